//! What a block looks like: its axes, their coordinates, and whether its numbers are real or complex. Plan and output
//! read this and know no method.

use std::ops::Range;

use super::frequencies::Grid;

/// Real or complex numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// One number.
    Real,
    /// Real and imaginary part.
    Complex,
}

impl Element {
    /// Numbers per element.
    pub fn n_parts(self) -> usize {
        match self {
            Element::Real => 1,
            Element::Complex => 2,
        }
    }
}

/// The coordinates along an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Coordinates {
    /// Rows of all trials, one below the other; this many per trial.
    Stacked(usize),
    /// Names.
    Labels(Vec<String>),
    /// Frequencies in Hz.
    Frequencies(Grid),
    /// The recording's channels; this axis is cut into blocks.
    Channels,
}

/// One axis of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Its name in Syncopy.
    pub name: &'static str,
    /// Its coordinates.
    pub coordinates: Coordinates,
}

/// The axes of a block, the stacking axis first.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockLayout {
    /// Syncopy's class for the result.
    pub dataclass: &'static str,
    /// Real or complex.
    pub element: Element,
    /// The axes in C order.
    pub axes: Vec<Axis>,
}

impl BlockLayout {
    /// Shape of a block of `n_channels` channels.
    pub fn shape(&self, n_channels: usize) -> Vec<usize> {
        let len = |axis: &Axis| match &axis.coordinates {
            Coordinates::Stacked(n) => *n,
            Coordinates::Labels(labels) => labels.len(),
            Coordinates::Frequencies(grid) => grid.len(),
            Coordinates::Channels => n_channels,
        };
        self.axes.iter().map(len).collect()
    }

    /// Where the block of a unit and its `channels` begins in a result of many units, and its shape.
    pub fn place(&self, unit: usize, channels: &Range<usize>) -> (Vec<usize>, Vec<usize>) {
        let shape = self.shape(channels.len());
        let mut start = vec![0; shape.len()];
        start[0] = unit * self.rows_per_trial();
        start[self.channel_axis()] = channels.start;
        (start, shape)
    }

    /// Rows a trial takes on the stacking axis.
    pub fn rows_per_trial(&self) -> usize {
        self.shape(1)[0]
    }

    /// Elements of one channel of a block; wide enough for any claim of a config.
    pub fn elements_per_channel(&self) -> u128 {
        self.shape(1).iter().map(|&n| n as u128).product()
    }

    /// The frequencies, for methods that have any.
    pub fn frequencies(&self) -> Option<&Grid> {
        self.axes.iter().find_map(|axis| match &axis.coordinates {
            Coordinates::Frequencies(grid) => Some(grid),
            _ => None,
        })
    }

    /// Place of the axis that is cut into blocks.
    ///
    /// # Panics
    /// If no axis holds the channels: every method has one.
    pub fn channel_axis(&self) -> usize {
        self.axes
            .iter()
            .position(|axis| axis.coordinates == Coordinates::Channels)
            .expect("a block has channels")
    }

    /// The file extension Syncopy gives this class: its name without "Data", in lower case.
    pub fn extension(&self) -> String {
        self.dataclass.trim_end_matches("Data").to_lowercase()
    }
}
