//! What a block looks like: its axes, their coordinates, and whether its numbers are real or complex. Plan and output
//! read this and know no method.

use std::ops::Range;

use super::averaging::Averaging;
use super::element::Element;
use super::fit_numbers::FitNumbers;
use super::frequencies::Grid;
use super::times::Times;

/// The coordinates along an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Coordinates {
    /// Rows of all trials, one below the other.
    Stacked(Times),
    /// Names.
    Labels(Vec<String>),
    /// Frequencies in Hz.
    Frequencies(Frequencies),
    /// The recording's channels; this axis is cut into blocks.
    Channels,
}

/// The frequencies of a result.
#[derive(Clone, Debug, PartialEq)]
pub enum Frequencies {
    /// Bins of an FFT.
    Grid(Grid),
    /// Any frequencies in Hz, in the order of the result.
    List(Vec<f64>),
}

impl Frequencies {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Frequencies::Grid(grid) => grid.len(),
            Frequencies::List(list) => list.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The frequencies in Hz, in the order of the result.
    pub fn hz(&self) -> Vec<f64> {
        match self {
            Frequencies::Grid(grid) => grid.frequencies_hz(),
            Frequencies::List(list) => list.clone(),
        }
    }

    /// The lowest and the highest in Hz.
    pub fn range_hz(&self) -> (f64, f64) {
        match self {
            Frequencies::Grid(grid) => grid.range_hz(),
            Frequencies::List(list) => (
                list.iter().copied().fold(f64::INFINITY, f64::min),
                list.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            ),
        }
    }
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
    /// Unit of the numbers, where that of the recording is called unit.
    pub unit: &'static str,
    /// The axes in C order.
    pub axes: Vec<Axis>,
    /// Numbers of the models that are fitted, if any are.
    pub fits: Option<FitNumbers>,
    /// How trials are averaged, if they are.
    pub averaging: Option<Averaging>,
    /// What phases refer to, of numbers that have any.
    pub phase_reference: Option<&'static str>,
    /// Seconds to either side of a time within which its numbers depend on the samples, by frequency; of methods where they differ.
    pub cone_of_influence: Option<Vec<f64>>,
}

impl BlockLayout {
    /// The axes of spectra: time, taper, frequency, channel.
    pub fn of_spectra(
        element: Element,
        unit: &'static str,
        times: Times,
        tapers: Vec<String>,
        frequencies: Frequencies,
    ) -> BlockLayout {
        let axis = |name, coordinates| Axis { name, coordinates };
        BlockLayout {
            dataclass: "SpectralData",
            element,
            unit,
            axes: vec![
                axis("time", Coordinates::Stacked(times)),
                axis("taper", Coordinates::Labels(tapers)),
                axis("freq", Coordinates::Frequencies(frequencies)),
                axis("channel", Coordinates::Channels),
            ],
            fits: None,
            averaging: None,
            phase_reference: None,
            cone_of_influence: None,
        }
    }

    /// Shape of a block of `n_rows` rows and `n_channels` channels.
    pub fn shape(&self, n_rows: usize, n_channels: usize) -> Vec<usize> {
        let len = |axis: &Axis| match &axis.coordinates {
            Coordinates::Stacked(_) => n_rows,
            Coordinates::Labels(labels) => labels.len(),
            Coordinates::Frequencies(frequencies) => frequencies.len(),
            Coordinates::Channels => n_channels,
        };
        self.axes.iter().map(len).collect()
    }

    /// Where the block of these rows and channels begins in a result, and its shape.
    pub fn place(&self, rows: &Range<usize>, channels: &Range<usize>) -> (Vec<usize>, Vec<usize>) {
        let shape = self.shape(rows.len(), channels.len());
        let mut start = vec![0; shape.len()];
        start[0] = rows.start;
        start[self.channel_axis()] = channels.start;
        (start, shape)
    }

    /// Elements of one row and channel; wide enough for any claim of a config.
    pub fn elements(&self) -> u128 {
        self.shape(1, 1).iter().map(|&n| n as u128).product()
    }

    /// The rows of all trials.
    ///
    /// # Panics
    /// If no axis is stacked: every method has one.
    pub fn times(&self) -> &Times {
        let times = self.axes.iter().find_map(|axis| match &axis.coordinates {
            Coordinates::Stacked(times) => Some(times),
            _ => None,
        });
        times.expect("an axis is stacked")
    }

    /// The frequencies, for methods that have any.
    pub fn frequencies(&self) -> Option<&Frequencies> {
        self.axes.iter().find_map(|axis| match &axis.coordinates {
            Coordinates::Frequencies(frequencies) => Some(frequencies),
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
