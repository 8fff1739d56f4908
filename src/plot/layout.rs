//! Where everything of a picture goes: titles, axes, legends and colour bars around the numbers, none over another.

use super::axis::{Axis, Tick};
use super::colours::{GRID, INK};
use super::draw_lines::draw_lines;
use super::draw_maps::draw_maps;
use super::figure::{Body, Figure};
use super::font;
use super::shapes::{Anchor, Drawing, Place, Shape};

/// The least width and height that sizes of letters are meant for.
const DESIGNED_FOR: (f64, f64) = (1000.0, 450.0);
/// Sizes of letters, of that size.
const TITLE: f64 = 18.0;
const LABEL: f64 = 16.0;
const TICK: f64 = 14.5;
/// Space that keeps things apart, of that size.
pub const GAP: f64 = 8.0;

/// Draws a picture of so many pixels.
pub fn draw(figure: &Figure, (width, height): (u32, u32)) -> Drawing {
    let (w, h) = (f64::from(width), f64::from(height));
    let scale = (w / DESIGNED_FOR.0).min(h / DESIGNED_FOR.1).max(0.6);
    let mut page = Page {
        scale,
        shapes: Vec::new(),
    };
    let gap = page.px(GAP);
    let mut top = 1.5 * gap + page.px(TITLE);
    let (size, middle) = (page.px(TITLE), w / 2.0);
    let title = font::shortened(&figure.title, size, w - 4.0 * gap);
    page.text((middle, top), title, size, Anchor::Middle);
    if !figure.note.is_empty() {
        let size = page.px(TICK);
        top += 0.5 * gap + size;
        let note = font::shortened(&figure.note, size, w - 4.0 * gap);
        page.text((middle, top), note, size, Anchor::Middle);
    }
    top += 1.5 * gap;
    let room = Place {
        x: 1.5 * gap,
        y: top,
        width: w - 3.0 * gap,
        height: h - top - 1.5 * gap,
    };
    match &figure.body {
        Body::Lines(lines) => draw_lines(&mut page, lines, room),
        Body::Maps(maps) => draw_maps(&mut page, maps, room),
    }
    Drawing {
        width,
        height,
        shapes: page.shapes,
    }
}

/// A picture that is being drawn.
pub struct Page {
    scale: f64,
    /// What is drawn already.
    pub shapes: Vec<Shape>,
}

impl Page {
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

    /// Writes a text with its foot at `at`.
    pub fn text(&mut self, at: (f64, f64), text: String, size: f64, anchor: Anchor) {
        self.shapes.push(Shape::Text {
            at,
            text,
            size,
            anchor,
            is_upright: false,
        });
    }

    /// Writes the title of an axis upwards, with the middle of its foot at `at`.
    pub fn upright(&mut self, at: (f64, f64), text: &str, room: f64) {
        let size = self.label_size();
        self.shapes.push(Shape::Text {
            at,
            text: font::shortened(text, size, room),
            size,
            anchor: Anchor::Middle,
            is_upright: true,
        });
    }

    /// Draws a thin line.
    pub fn line(&mut self, points: Vec<(f64, f64)>, colour: [u8; 3]) {
        let width = self.px(1.0).max(1.0);
        self.shapes.push(Shape::Line {
            points,
            colour,
            width,
            is_dashed: false,
        });
    }

    /// Draws lines across a frame at these ticks of its y and x axis.
    pub fn grid(&mut self, frame: Place, x: &[Tick], y: &[Tick]) {
        for tick in x {
            let at = frame.x + tick.at * frame.width;
            self.line(vec![(at, frame.y), (at, frame.bottom())], GRID);
        }
        for tick in y {
            let at = frame.bottom() - tick.at * frame.height;
            self.line(vec![(frame.x, at), (frame.right(), at)], GRID);
        }
    }

    /// Draws ticks below a frame, with labels where they may reach so many pixels beyond its sides.
    pub fn x_ticks(&mut self, frame: Place, axis: &Axis, ticks: &[Tick], beyond: Option<f64>) {
        let (long, size) = (self.px(5.0), self.tick_size());
        for at in minor_ticks(axis) {
            let x = frame.x + at * frame.width;
            self.line(
                vec![(x, frame.bottom()), (x, frame.bottom() + long / 2.0)],
                INK,
            );
        }
        for tick in ticks {
            let x = frame.x + tick.at * frame.width;
            self.line(vec![(x, frame.bottom()), (x, frame.bottom() + long)], INK);
            if let Some(beyond) = beyond {
                let half = font::width(&tick.label, size) / 2.0;
                let (first, last) = (frame.x - beyond + half, frame.right() + beyond - half);
                let x = if first < last {
                    x.clamp(first, last)
                } else {
                    x
                };
                let at = (x, frame.bottom() + 1.4 * long + size);
                self.text(at, tick.label.clone(), size, Anchor::Middle);
            }
        }
    }

    /// Draws ticks beside a frame, to its left or, of colour bars, to its right.
    pub fn y_ticks(&mut self, frame: Place, axis: &Axis, ticks: &[Tick], side: Side) {
        let (long, size) = (self.px(5.0), self.tick_size());
        let (edge, out, anchor) = match side {
            Side::Left => (frame.x, -1.0, Anchor::End),
            Side::Right => (frame.right(), 1.0, Anchor::Start),
        };
        let y = |at: f64| match axis.names.is_empty() {
            true => frame.bottom() - at * frame.height,
            false => frame.y + at * frame.height,
        };
        for at in minor_ticks(axis) {
            self.line(vec![(edge, y(at)), (edge + out * long / 2.0, y(at))], INK);
        }
        for tick in ticks {
            let at = y(tick.at);
            self.line(vec![(edge, at), (edge + out * long, at)], INK);
            // digits are about 0.72 of an em high
            let foot = (edge + out * 1.8 * long, at + 0.36 * size);
            let room = self.px(LONGEST_TICK);
            let label = font::shortened(&tick.label, size, room);
            self.text(foot, label, size, anchor);
        }
    }

    /// The width that labels of these ticks take, with the ticks.
    pub fn ticks_width(&self, ticks: &[Tick]) -> f64 {
        let size = self.tick_size();
        let widths = ticks.iter().map(|tick| font::width(&tick.label, size));
        widths.fold(0.0, f64::max).min(self.px(LONGEST_TICK)) + self.px(9.0)
    }

    /// The height that labels below an axis and its title take.
    pub fn below(&self) -> f64 {
        self.px(7.0) + 1.2 * self.tick_size() + self.px(GAP) + self.label_size()
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
        fitting(axis, (room / (2.0 * size)).min(most), &fits)
    }

    /// As many ticks of an axis of `room` pixels as have room for their labels above each other.
    pub fn upwards(&self, axis: &Axis, room: f64) -> Vec<Tick> {
        let (size, is_named) = (self.tick_size(), !axis.names.is_empty());
        let distance = if is_named { 1.15 } else { 2.0 } * size;
        let fits = |pair: &[Tick]| (pair[1].at - pair[0].at) * room >= distance;
        fitting(
            axis,
            (room / distance).min(if is_named { 60.0 } else { 9.0 }),
            &fits,
        )
    }
}

/// Which side of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The left.
    Left,
    /// The right.
    Right,
}

/// Width of the label of a tick at most, of the size that sizes are meant for.
const LONGEST_TICK: f64 = 130.0;

fn fitting(axis: &Axis, most: f64, fits: &dyn Fn(&[Tick]) -> bool) -> Vec<Tick> {
    let most = (most as usize).clamp(2, 60);
    let choices = (2..=most).rev().map(|most| axis.ticks(most));
    let mut choices = choices.filter(|ticks| ticks.windows(2).all(fits));
    // one label is always beside no other
    let first = || axis.ticks(2).into_iter().take(1).collect();
    choices.next().unwrap_or_else(first)
}

/// The places of 2, 3, …, 9 in every decade of a logarithmic axis of few.
fn minor_ticks(axis: &Axis) -> Vec<f64> {
    const MOST_DECADES: f64 = 8.0;
    if !axis.is_log || (axis.high / axis.low).log10() > MOST_DECADES {
        return Vec::new();
    }
    let decades = axis.low.log10().floor() as i32..=axis.high.log10().ceil() as i32;
    let values = decades
        .flat_map(|exponent| (1..10).map(move |digit| f64::from(digit) * 10.0_f64.powi(exponent)));
    let inside = values.filter(|x| (axis.low..=axis.high).contains(x));
    inside.map(|x| axis.fraction(x)).collect()
}

/// The place with whole pixels, so that its sides are sharp.
pub fn sharp(place: Place) -> Place {
    let (x, y) = (place.x.round() + 0.5, place.y.round() + 0.5);
    Place {
        x,
        y,
        width: (place.right() - x).round().max(2.0),
        height: (place.bottom() - y).round().max(2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_beside_each_other_do_not_touch() {
        let page = Page {
            scale: 1.0,
            shapes: Vec::new(),
        };
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
