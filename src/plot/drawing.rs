//! A drawn picture: what plotters has drawn, over maps of pixels, which it cannot enlarge.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use resvg::tiny_skia::{
    Color, ColorU8, FilterQuality, Pixmap, PixmapPaint, Transform as PixelTransform,
};
use resvg::usvg::{Options, Transform, Tree};

use super::colours::{Colour, PAPER};
use super::font;

/// Units of plotters in a pixel: it has whole ones.
pub const UNITS: i32 = 10;
/// Half a pixel: lines of a pixel on whole pixels are sharp.
pub const HALF: i32 = UNITS / 2;

/// A drawn picture.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Pixels across and down.
    pub size: (u32, u32),
    /// Maps of pixels, behind everything.
    pub maps: Vec<Pixels>,
    /// The SVG of plotters, in its units.
    pub chart: String,
}

/// Pixels in a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Pixels {
    /// The upper left one.
    pub at: (i32, i32),
    /// How many across.
    pub columns: usize,
    /// Line by line, from above.
    pub pixels: Vec<Colour>,
}

impl Drawing {
    /// The picture as SVG. Text stays text; maps are PNG inside, since cells side by side show seams.
    pub fn svg(&self) -> String {
        let images = self.maps.iter().map(|map| {
            let (columns, rows) = (map.columns as i32, map.rows() as i32);
            format!(
                "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" preserveAspectRatio=\"none\" href=\"data:image/png;base64,{}\"/>\n",
                map.at.0 * UNITS - HALF,
                map.at.1 * UNITS - HALF,
                columns * UNITS,
                rows * UNITS,
                STANDARD.encode(encoded(&map.pixmap()))
            )
        });
        let [red, green, blue] = PAPER;
        let paper = format!(
            "<rect x=\"-{HALF}\" y=\"-{HALF}\" width=\"100%\" height=\"100%\" fill=\"rgb({red}, {green}, {blue})\"/>\n"
        );
        self.with_behind(&(paper + &images.collect::<String>()))
    }

    /// What plotters drew, before what is `behind` it, as a picture of so many pixels.
    fn with_behind(&self, behind: &str) -> String {
        let (_, drawn) = self.chart.split_once('\n').unwrap_or_default();
        let (width, height) = self.size;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"-{HALF} -{HALF} {} {}\">\n{behind}{drawn}",
            i64::from(width) * i64::from(UNITS),
            i64::from(height) * i64::from(UNITS)
        )
    }

    /// The picture as PNG.
    ///
    /// # Errors
    /// What makes no picture of it, in words.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        let mut options = Options {
            font_family: font::FAMILY.to_owned(),
            ..Options::default()
        };
        options.fontdb_mut().load_font_data(font::BYTES.to_vec());
        let chart = Tree::from_str(&self.with_behind(""), &options).map_err(|e| e.to_string())?;
        let canvas = Pixmap::new(self.size.0, self.size.1);
        let mut canvas = canvas.ok_or("this picture has no pixels, or too many")?;
        let [red, green, blue] = PAPER;
        canvas.fill(Color::from_rgba8(red, green, blue, 255));
        let paint = PixmapPaint {
            quality: FilterQuality::Nearest,
            ..PixmapPaint::default()
        };
        for map in &self.maps {
            let (x, y) = map.at;
            let as_is = PixelTransform::identity();
            canvas.draw_pixmap(x, y, map.pixmap().as_ref(), &paint, as_is, None);
        }
        resvg::render(&chart, Transform::identity(), &mut canvas.as_mut());
        Ok(encoded(&canvas))
    }
}

impl Pixels {
    fn rows(&self) -> usize {
        self.pixels.len() / self.columns.max(1)
    }

    fn pixmap(&self) -> Pixmap {
        let map = Pixmap::new(self.columns as u32, self.rows() as u32);
        let mut map = map.expect("a frame has pixels");
        for (to, [red, green, blue]) in map.pixels_mut().iter_mut().zip(&self.pixels) {
            *to = ColorU8::from_rgba(*red, *green, *blue, 255).premultiply();
        }
        map
    }
}

fn encoded(canvas: &Pixmap) -> Vec<u8> {
    canvas.encode_png().expect("memory takes any bytes")
}
