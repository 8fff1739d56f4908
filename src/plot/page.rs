//! A picture while it is drawn, in pixels: lines, letters, axes with as many ticks as have room.

use std::io;

use plotters::backend::SVGBackend;
use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::PathElement;
use plotters::series::DashedLineSeries;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{
    Color, FontTransform, IntoFont, RGBColor, ShapeStyle, TRANSPARENT, TextStyle,
};

use super::axis::{Axis, Tick};
use super::colours::{Colour, GRID, INK};
use super::coordinate::Coordinate;
use super::drawing::{HALF, Pixels, UNITS};
use super::font;

/// The least width and height that sizes of letters are meant for.
const DESIGNED_FOR: (f64, f64) = (1000.0, 450.0);
/// Sizes of letters, of that size.
const LABEL: f64 = 16.0;
pub const TICK: f64 = 14.5;
/// Length of ticks, of that size.
const TICK_LENGTH: f64 = 5.0;
/// Space that keeps things apart, of that size.
pub const GAP: f64 = 8.0;
/// Width of the label of a tick at most, of that size.
const MAX_TICK: f64 = 130.0;

/// What drawing gives, or why plotters did not draw.
pub type Drawn<T = ()> = Result<T, DrawingAreaErrorKind<io::Error>>;
/// A part of a picture, in units of plotters from its upper left corner.
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Axes around a frame.
pub type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Coordinate, Coordinate>>;

/// A rectangle of whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its left side.
    pub x: i32,
    /// Its upper side.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

impl Place {
    /// The rectangle nearest to this corner and this size; it is not empty.
    pub fn around((x, y): (f64, f64), (width, height): (f64, f64)) -> Place {
        let whole = |x: f64| x.round() as i32;
        Place {
            x: whole(x),
            y: whole(y),
            width: whole(width).max(2),
            height: whole(height).max(2),
        }
    }

    /// The right side.
    pub fn right(&self) -> i32 {
        self.x + self.width
    }

    /// The lower side.
    pub fn bottom(&self) -> i32 {
        self.y + self.height
    }
}

/// What stands around a frame.
#[derive(Clone, Debug, Default)]
pub struct Around {
    /// Pixels left of it for ticks, and for the title of the y axis.
    pub left: f64,
    /// Pixels right of it, for ticks.
    pub right: f64,
    /// Pixels below it for ticks, and for the title of the x axis.
    pub below: f64,
    /// The title of the x axis; empty where there is none.
    pub x_title: String,
    /// That of the y axis.
    pub y_title: String,
    /// Whether there are lines across the frame at the ticks.
    pub has_grid: bool,
}

/// A picture that is being drawn.
pub struct Page<'a> {
    root: Area<'a>,
    scale: f64,
    maps: Vec<Pixels>,
}

impl<'a> Page<'a> {
    /// An empty picture of so many pixels, which plotters writes to `svg`.
    pub fn new(svg: &'a mut String, (width, height): (u32, u32)) -> Page<'a> {
        let units = (width * UNITS as u32, height * UNITS as u32);
        let (w, h) = (f64::from(width), f64::from(height));
        Page {
            root: SVGBackend::with_string(svg, units).into_drawing_area(),
            scale: (w / DESIGNED_FOR.0).min(h / DESIGNED_FOR.1).max(0.6),
            maps: Vec::new(),
        }
    }

    /// Ends the SVG; what plotters does not hold.
    pub fn finish(self) -> Drawn<Vec<Pixels>> {
        self.root.present()?;
        Ok(self.maps)
    }

    /// Pixels of what was designed with so many.
    pub fn px(&self, designed: f64) -> f64 {
        designed * self.scale
    }

    /// Size of the letters at ticks.
    pub fn tick_size(&self) -> f64 {
        self.px(TICK)
    }

    /// Size of the letters of axis titles.
    pub fn label_size(&self) -> f64 {
        self.px(LABEL)
    }

    /// A line of this colour, so many pixels wide.
    pub fn stroke(&self, colour: Colour, width: f64) -> ShapeStyle {
        rgb(colour).stroke_width(units(width).max(1) as u32)
    }

    /// A thin line.
    pub fn thin(&self, colour: Colour) -> ShapeStyle {
        self.stroke(colour, self.px(1.0).max(1.0))
    }

    fn letters(&self, em: f64) -> TextStyle<'static> {
        let size = font::size_of(em) * f64::from(UNITS);
        (font::FAMILY, size).into_font().color(&rgb(INK))
    }

    /// Writes a text that has room.
    pub fn text(&self, at: (f64, f64), text: &str, em: f64, h: HPos, v: VPos) -> Drawn {
        let style = self.letters(em).pos(Pos::new(h, v));
        self.root
            .draw_text(text, &style, (units(at.0), units(at.1)))
    }

    /// Writes the title of an axis upwards, left of `at`, its middle there.
    pub fn upright(&self, at: (f64, f64), text: &str, room: f64) -> Drawn {
        let em = self.label_size();
        let style = self.letters(em).transform(FontTransform::Rotate270);
        let style = style.pos(Pos::new(HPos::Center, VPos::Bottom));
        let text = font::shortened(text, em, room);
        self.root
            .draw_text(&text, &style, (units(at.0), units(at.1)))
    }

    /// Draws a line through places in pixels.
    pub fn line(&self, points: &[(f64, f64)], style: ShapeStyle) -> Drawn {
        let points: Vec<(i32, i32)> = points.iter().map(|&(x, y)| (units(x), units(y))).collect();
        self.root.draw(&PathElement::new(points, style))
    }

    /// Draws a disc around a place in pixels.
    pub fn dot(&self, (x, y): (f64, f64), radius: f64, colour: Colour) -> Drawn {
        let style = rgb(colour).filled();
        let disc = plotters::element::Circle::new((units(x), units(y)), units(radius), style);
        self.root.draw(&disc)
    }

    /// Fills a frame with colours of places in it, from 0 to 1, from the left and from below.
    pub fn fill(&mut self, frame: Place, colour: impl Fn(f64, f64) -> Colour) {
        let centre = |at: i32, of: i32| (f64::from(at) + 0.5) / f64::from(of);
        let places = (0..frame.height).flat_map(|row| (0..frame.width).map(move |x| (x, row)));
        let pixels = places.map(|(column, row)| {
            let y = 1.0 - centre(row, frame.height);
            colour(centre(column, frame.width), y)
        });
        self.maps.push(Pixels {
            at: (frame.x, frame.y),
            columns: frame.width as usize,
            pixels: pixels.collect(),
        });
    }

    /// Draws axes with ticks and titles around a frame, and its grid.
    pub fn axes(
        &self,
        frame: Place,
        x: Coordinate,
        y: Coordinate,
        around: &Around,
    ) -> Drawn<Chart<'a>> {
        let [left, right, below] =
            [around.left, around.right, around.below].map(|room| room.round() as i32);
        // half a pixel to the left and above: lines lie in the middle of pixels, numbers between their edges
        let whole = self.root.clone().shrink(
            ((frame.x - left) * UNITS - HALF, frame.y * UNITS - HALF),
            (
                (left + frame.width + right) * UNITS,
                (frame.height + below) * UNITS,
            ),
        );
        let x_marks = [(x.places(), 1.0), (x.minor_places(), 0.5)];
        let y_marks = [(y.places(), 1.0), (y.minor_places(), 0.5)];
        let mut chart = ChartBuilder::on(&whole)
            .x_label_area_size(below * UNITS)
            .y_label_area_size(left * UNITS)
            .set_label_area_size(LabelAreaPosition::Right, right * UNITS)
            .build_cartesian_2d(x, y)?;
        let (label, tick) = (self.label_size(), self.tick_size());
        let mut mesh = chart.configure_mesh();
        mesh.bold_line_style(self.thin(GRID))
            // its own lines would be a tenth of a pixel off
            .axis_style(TRANSPARENT)
            .label_style(self.letters(tick))
            .axis_desc_style(self.letters(label))
            .set_all_tick_mark_size(units(self.px(TICK_LENGTH)));
        if !around.has_grid {
            mesh.disable_mesh();
        }
        if !around.x_title.is_empty() {
            let room = f64::from(frame.width);
            mesh.x_desc(font::shortened(&around.x_title, label, room));
        }
        if !around.y_title.is_empty() {
            let room = f64::from(frame.height + below);
            mesh.y_desc(font::shortened(&around.y_title, label, room));
        }
        mesh.draw()?;
        let [x0, y0, width, height] = [frame.x, frame.y, frame.width, frame.height].map(f64::from);
        let (x1, y1) = (x0 + width, y0 + height);
        for (places, part) in x_marks {
            let long = part * self.px(TICK_LENGTH);
            for at in places.iter().filter(|_| below > 0) {
                let x = (x0 + at * width - 0.5).round();
                self.line(&[(x, y1), (x, y1 + long)], self.thin(INK))?;
            }
        }
        for (places, part) in y_marks {
            let long = part * self.px(TICK_LENGTH);
            let sides = [(left, x0, x0 - long), (right, x1, x1 + long)];
            for at in places {
                let y = (y1 - at * height - 0.5).round();
                for (_, from, to) in sides.into_iter().filter(|(room, ..)| *room > 0) {
                    self.line(&[(from, y), (to, y)], self.thin(INK))?;
                }
            }
        }
        Ok(chart)
    }

    /// Marks 0 on the x axis of a chart by dashes of so many pixels width, from end to end of its y axis.
    pub fn mark_zero(&self, chart: &mut Chart<'a>, y: &Axis, colour: Colour, width: f64) -> Drawn {
        let ends = [(0.0, y.low), (0.0, y.high)];
        let (dash, space) = (units(4.0 * width), units(3.0 * width));
        let style = self.stroke(colour, width);
        chart.draw_series(DashedLineSeries::new(ends, dash, space, style))?;
        Ok(())
    }

    /// Draws a frame.
    pub fn outline(&self, frame: Place) -> Drawn {
        let [left, top, right, bottom] =
            [frame.x, frame.y, frame.right(), frame.bottom()].map(f64::from);
        let corners = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        self.line(&corners, self.thin(INK))
    }

    /// The width that labels of these ticks take, with the ticks.
    pub fn ticks_width(&self, ticks: &[Tick]) -> f64 {
        let widths = ticks
            .iter()
            .map(|tick| font::width(&tick.label, self.tick_size()));
        widths.fold(0.0, f64::max) + self.px(2.0 * TICK_LENGTH + 2.0)
    }

    /// The height that labels below an axis take.
    pub fn ticks_height(&self) -> f64 {
        self.px(2.0 * TICK_LENGTH) + 1.2 * self.tick_size()
    }

    /// The space that the title of an axis takes beside or below its labels.
    pub fn title_height(&self) -> f64 {
        self.px(0.5 * GAP) + 1.2 * self.label_size()
    }

    /// As many ticks of an axis of `room` pixels as have room for their labels beside each other.
    pub fn across(&self, axis: &Axis, room: f64) -> Vec<Tick> {
        let size = self.tick_size();
        let width = |tick: &Tick| font::width(&tick.label, size);
        let fits = |pair: &[Tick]| {
            let apart = (pair[1].at - pair[0].at) * room;
            apart >= (width(&pair[0]) + width(&pair[1])) / 2.0 + 0.7 * size
        };
        let most = if axis.names.is_empty() { 12.0 } else { 60.0 };
        let mut ticks = fitting(axis, (room / (2.0 * size)).min(most), &fits);
        for tick in &mut ticks {
            tick.label = font::shortened(&tick.label, size, room.min(self.px(MAX_TICK)));
        }
        ticks
    }

    /// As many ticks of an axis of `room` pixels as have room for their labels above each other.
    pub fn upwards(&self, axis: &Axis, room: f64) -> Vec<Tick> {
        let (size, is_named) = (self.tick_size(), !axis.names.is_empty());
        let most = if is_named { 60.0 } else { 9.0 };
        let apart = |distance: f64| {
            let fits = |pair: &[Tick]| (pair[1].at - pair[0].at) * room >= distance;
            fitting(axis, (room / distance).min(most), &fits)
        };
        let (close, wide) = (1.15 * size, 2.0 * size);
        let mut ticks = apart(if is_named { close } else { wide });
        // one number is no scale
        if ticks.len() < 2 {
            ticks = apart(close);
        }
        for tick in &mut ticks {
            tick.label = font::shortened(&tick.label, size, self.px(MAX_TICK));
        }
        ticks
    }

    /// How far labels reach beyond the ends of an axis of `room` pixels: to the left and to the right.
    pub fn overhang(&self, ticks: &[Tick], room: f64) -> (f64, f64) {
        let beyond = |tick: &Tick, from_end: f64| {
            font::width(&tick.label, self.tick_size()) / 2.0 - from_end * room
        };
        let left = ticks.iter().map(|tick| beyond(tick, tick.at));
        let right = ticks.iter().map(|tick| beyond(tick, 1.0 - tick.at));
        (left.fold(0.0, f64::max), right.fold(0.0, f64::max))
    }
}

/// A colour of plotters.
pub fn rgb([red, green, blue]: Colour) -> RGBColor {
    RGBColor(red, green, blue)
}

/// Units of plotters of so many pixels.
pub fn units(pixels: f64) -> i32 {
    (pixels * f64::from(UNITS)).round() as i32
}

fn fitting(axis: &Axis, most: f64, fits: &dyn Fn(&[Tick]) -> bool) -> Vec<Tick> {
    let most = (most as usize).clamp(2, 60);
    let choices = (2..=most).rev().map(|most| axis.ticks(most));
    let mut choices = choices.filter(|ticks| ticks.windows(2).all(fits));
    // one label is always beside no other
    let first = || axis.ticks(2).into_iter().take(1).collect();
    choices.next().unwrap_or_else(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_beside_each_other_do_not_touch() {
        let mut svg = String::new();
        let page = Page::new(&mut svg, (1000, 700));
        let names: Vec<String> = (0..64).map(|i| format!("electrode {i}")).collect();
        for axis in [
            Axis::linear("x", "", (-1.0, 1.0)),
            Axis::logarithmic("x", "", (0.5, 500.0)),
            Axis::named("x", names),
        ] {
            for room in [60.0, 200.0, 900.0] {
                let ticks = page.across(&axis, room);
                assert!(!ticks.is_empty());
                for pair in ticks.windows(2) {
                    let widths = pair.iter().map(|tick| font::width(&tick.label, TICK));
                    let apart = (pair[1].at - pair[0].at) * room;
                    assert!(apart > widths.sum::<f64>() / 2.0, "{pair:?}");
                }
            }
        }
    }
}
