//! A drawn picture as pixels, as PNG.

use tiny_skia::{
    Color, ColorU8, FillRule, FilterQuality, LineJoin, Paint, Path, PathBuilder, Pixmap,
    PixmapPaint, Stroke, StrokeDash, Transform,
};
use ttf_parser::OutlineBuilder;

use super::colours::{Colour, INK, PAPER};
use super::font;
use super::shapes::{Drawing, Shape};

/// The bytes of the file.
///
/// # Panics
/// If the picture has no pixels, or too many for memory's addresses: the flags are checked.
pub fn png(drawing: &Drawing) -> Vec<u8> {
    let mut canvas = Pixmap::new(drawing.width, drawing.height).expect("the size was checked");
    canvas.fill(colour(PAPER));
    for shape in &drawing.shapes {
        draw(&mut canvas, shape);
    }
    encoded(&canvas)
}

/// Pixels alone, as PNG.
///
/// # Panics
/// If there are none.
pub fn of_pixels(columns: usize, pixels: &[Colour]) -> Vec<u8> {
    encoded(&pixmap(columns, pixels))
}

fn encoded(canvas: &Pixmap) -> Vec<u8> {
    canvas.encode_png().expect("memory takes any bytes")
}

fn pixmap(columns: usize, pixels: &[Colour]) -> Pixmap {
    let rows = pixels.len() / columns.max(1);
    let mut map = Pixmap::new(columns as u32, rows as u32).expect("there are pixels");
    for (to, [red, green, blue]) in map.pixels_mut().iter_mut().zip(pixels) {
        *to = ColorU8::from_rgba(*red, *green, *blue, 255).premultiply();
    }
    map
}

fn colour([red, green, blue]: Colour) -> Color {
    Color::from_rgba8(red, green, blue, 255)
}

fn paint(of: Colour) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(colour(of));
    paint
}

fn draw(canvas: &mut Pixmap, shape: &Shape) {
    let as_is = Transform::identity();
    match shape {
        Shape::Line {
            points,
            colour,
            width,
            is_dashed,
        } => {
            let dash = [4.0 * *width as f32, 3.0 * *width as f32];
            let stroke = Stroke {
                width: *width as f32,
                line_join: LineJoin::Round,
                dash: is_dashed
                    .then(|| StrokeDash::new(dash.to_vec(), 0.0))
                    .flatten(),
                ..Stroke::default()
            };
            if let Some(path) = polyline(points) {
                canvas.stroke_path(&path, &paint(*colour), &stroke, as_is, None);
            }
        }
        Shape::Dot {
            centre: (x, y),
            radius,
            colour,
        } => {
            if let Some(path) = PathBuilder::from_circle(*x as f32, *y as f32, *radius as f32) {
                canvas.fill_path(&path, &paint(*colour), FillRule::Winding, as_is, None);
            }
        }
        Shape::Pixels {
            place,
            columns,
            pixels,
        } => {
            let map = pixmap(*columns, pixels);
            let scale = Transform::from_row(
                (place.width / f64::from(map.width())) as f32,
                0.0,
                0.0,
                (place.height / f64::from(map.height())) as f32,
                place.x as f32,
                place.y as f32,
            );
            let paint = PixmapPaint {
                quality: FilterQuality::Nearest,
                ..PixmapPaint::default()
            };
            canvas.draw_pixmap(0, 0, map.as_ref(), &paint, scale, None);
        }
        Shape::Text {
            at: (x, y),
            text,
            size,
            anchor,
            is_upright,
        } => {
            let before = anchor.share() * font::width(text, *size);
            let turn = match is_upright {
                true => Transform::from_rotate(-90.0),
                false => as_is,
            };
            let scale = (size / font::units_per_em()) as f32;
            let begin = move |at: f64| Glyph {
                path: PathBuilder::new(),
                x: (at * size - before) as f32,
                scale,
            };
            font::outline(text, begin, |glyph| {
                if let Some(path) = glyph.path.finish() {
                    let place = turn.post_translate(*x as f32, *y as f32);
                    canvas.fill_path(&path, &paint(INK), FillRule::Winding, place, None);
                }
            });
        }
    }
}

fn polyline(points: &[(f64, f64)]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for (i, (x, y)) in points.iter().enumerate() {
        match i {
            0 => path.move_to(*x as f32, *y as f32),
            _ => path.line_to(*x as f32, *y as f32),
        }
    }
    path.finish()
}

/// A letter in pixels; fonts count upwards, pictures downwards.
struct Glyph {
    path: PathBuilder,
    x: f32,
    scale: f32,
}

impl Glyph {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for Glyph {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
