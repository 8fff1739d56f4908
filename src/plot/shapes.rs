//! What a drawn picture consists of. Places are in pixels from the upper left corner.

use super::colours::Colour;

/// A drawn picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// From behind to before.
    pub shapes: Vec<Shape>,
}

/// A piece of a picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// A line through points.
    Line {
        /// Its points.
        points: Vec<(f64, f64)>,
        /// Its colour.
        colour: Colour,
        /// Its width.
        width: f64,
        /// Whether it is dashed.
        is_dashed: bool,
    },
    /// A disc.
    Dot {
        /// Its centre.
        centre: (f64, f64),
        /// Its radius.
        radius: f64,
        /// Its colour.
        colour: Colour,
    },
    /// A picture of pixels.
    Pixels {
        /// Where it is.
        place: Place,
        /// Pixels across.
        columns: usize,
        /// Line by line, from above.
        pixels: Vec<Colour>,
    },
    /// A text.
    Text {
        /// The foot of its beginning, middle or end.
        at: (f64, f64),
        /// What it says.
        text: String,
        /// Height of its letters, an em.
        size: f64,
        /// What of it lies at its place.
        anchor: Anchor,
        /// Whether it runs upwards.
        is_upright: bool,
    },
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Its left side.
    pub x: f64,
    /// Its upper side.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

/// What of a text lies at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

impl Anchor {
    /// The part of a text that lies before its place.
    pub fn share(self) -> f64 {
        match self {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5,
            Anchor::End => 1.0,
        }
    }
}

impl Place {
    /// The right side.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    /// The lower side.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    /// Its outline.
    pub fn outline(&self) -> Vec<(f64, f64)> {
        let (left, top, right, bottom) = (self.x, self.y, self.right(), self.bottom());
        vec![
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ]
    }
}
