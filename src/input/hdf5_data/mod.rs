//! Data sets of HDF5 files: every claim is checked against the file before it is believed. Contiguous data of a standard
//! type are found once and read without HDF5; HDF5 reads all else.

mod calls;
mod elsewhere;
mod filters;
mod links;
mod number;
mod open;
mod slabs;
mod tree;
mod values;

use std::path::Path;

use hdf5::dataset::Layout as Hdf5Layout;
use serde::{Deserialize, Serialize};

pub use elsewhere::missing;
pub use links::resolve;
pub use number::{describe as number, kind};
pub use open::{data_set, open_hdf5};
pub use slabs::Hdf5Slabs;
pub use tree::{members, objects};
pub use values::{
    Column, NUMBERS_AT_ONCE, column, column_within, number_attribute, numbers, text_attribute,
};

use super::flat::{Flat, Order};
use super::location::{Layout, Sample};
use super::{MAX_CHANNELS, MAX_SAMPLES, MAX_TRIALS};
use crate::error::{Error, Hdf5Context, IoContext, Result};

/// HDF5 chunks that the channels of a sample may lie in: HDF5 holds a kilobyte for every chunk that a read touches.
const MAX_CHUNKS_ACROSS: usize = 1 << 16;

/// What the axes of a data set are, in C order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Axes {
    /// One channel.
    Time,
    /// `time × channel`
    TimeChannel,
    /// `channel × time`
    ChannelTime,
    /// `trial × time × channel`
    TrialTimeChannel,
    /// `trial × channel × time`
    TrialChannelTime,
}

impl Axes {
    /// All there are.
    pub const ALL: &[Axes] = &[
        Axes::TimeChannel,
        Axes::ChannelTime,
        Axes::TrialTimeChannel,
        Axes::TrialChannelTime,
        Axes::Time,
    ];

    /// The names of the axes, as Syncopy's `dimord` has them.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Axes::Time => &["time"],
            Axes::TimeChannel => &["time", "channel"],
            Axes::ChannelTime => &["channel", "time"],
            Axes::TrialTimeChannel => &["trial", "time", "channel"],
            Axes::TrialChannelTime => &["trial", "channel", "time"],
        }
    }

    /// Trials, samples of a trial and channels of an array of this shape, which has as many dimensions.
    fn sizes(self, shape: &[usize]) -> (usize, usize, usize) {
        match self {
            Axes::Time => (1, shape[0], 1),
            Axes::TimeChannel => (1, shape[0], shape[1]),
            Axes::ChannelTime => (1, shape[1], shape[0]),
            Axes::TrialTimeChannel => (shape[0], shape[1], shape[2]),
            Axes::TrialChannelTime => (shape[0], shape[2], shape[1]),
        }
    }
}

/// A data set that HDF5 has to read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataSet {
    /// Its path in the file.
    pub name: String,
    /// The numbers.
    pub sample: Sample,
    /// What its axes are.
    pub axes: Axes,
    /// Samples of a trial, where trials are an axis; else of all.
    pub n_rows_per_trial: u64,
    /// Samples and channels of a chunk, of chunked data.
    pub chunk: Option<(usize, usize)>,
    /// Trials of a chunk, where trials are an axis; else 1.
    pub n_trials_per_chunk: usize,
    /// Whether chunks are compressed, or otherwise not stored as they are read.
    pub is_filtered: bool,
    /// Samples on the time axis, all trials.
    pub n_rows: u64,
    /// Channels.
    pub n_columns: usize,
}

/// A data set as found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Where its numbers are.
    pub layout: Layout,
    /// Trials, one where these are no axis.
    pub n_trials: usize,
    /// Samples of a trial.
    pub n_samples: usize,
    /// Channels.
    pub n_channels: usize,
}

/// Looks at the data set `name` of `file`, which lies at `path`.
///
/// # Errors
/// What is wrong with it: path, found, expected.
pub fn find(path: &Path, file: &hdf5::File, name: &str, axes: Axes) -> Result<Found> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let data = data_set(path, file, name)?;
    let shape = data.shape();
    let names = axes.names();
    if shape.len() != names.len() {
        return Err(wrong(format!(
            "{name} has {} dimensions; expected {}, {}",
            shape.len(),
            names.len(),
            names.join(" and "),
        )));
    }
    let (n_trials, n_samples, n_channels) = axes.sizes(&shape);
    let n_rows = n_trials.saturating_mul(n_samples);
    for (n, most, of) in [
        (n_rows, MAX_SAMPLES, "samples"),
        (n_trials, MAX_TRIALS, "trials"),
        (n_channels, MAX_CHANNELS, "channels"),
    ] {
        if n > most {
            return Err(wrong(format!(
                "{name} claims {n} {of}; expected at most {most}: a copy of a part of it can be read"
            )));
        }
    }
    if n_rows == 0 || n_channels == 0 {
        return Err(wrong(format!(
            "{name} holds {n_rows} samples of {n_channels} channels; expected at least one of each: input.dataset names \
             another data set"
        )));
    }
    let dtype = data.dtype().at(path, format!("read the type of {name}"))?;
    let Some((sample, order)) = number(&dtype) else {
        return Err(wrong(format!(
            "{name} holds {} of {} bytes; expected integers of 8 to 64 bits or floats of 16, 32 or 64 bits: convert \
             them in Python, see docs/python.md",
            kind(&dtype),
            dtype.size()
        )));
    };
    let bytes = n_rows as u128 * n_channels as u128 * sample.bytes() as u128;
    if let Some(what) = missing(path, &data, bytes)? {
        return Err(wrong(what));
    }
    let chunk = data.chunk().map(|chunk| axes.sizes(&chunk));
    let n_trials_per_chunk = chunk.map_or(1, |(trials, ..)| trials);
    let chunk = chunk.map(|(_, rows, columns)| (rows, columns));
    let across = chunk.map_or(1, |(_, columns)| n_channels.div_ceil(columns));
    if across > MAX_CHUNKS_ACROSS {
        return Err(wrong(format!(
            "the channels of {name} are in {across} chunks; expected at most {MAX_CHUNKS_ACROSS}: rewrite the file \
             with wider chunks (h5repack -l)"
        )));
    }
    // a virtual, external, compact, chunked or never written data set has no bytes of its own at one place
    let is_contiguous = data.layout() == Hdf5Layout::Contiguous;
    let offset = data.offset().filter(|_| is_contiguous);
    if let Some(offset) = offset {
        let bytes = bytes + u128::from(offset);
        let length = std::fs::metadata(path)
            .at(path, "read the size of this file")?
            .len();
        if bytes > u128::from(length) {
            return Err(wrong(format!(
                "this file is cut off: it has {length} bytes; expected {bytes}: copy or download it again"
            )));
        }
    } else if data.layout() != Hdf5Layout::Virtual && data.storage_size() == 0 {
        // HDF5 would give zeros
        return Err(wrong(format!(
            "{name} claims {n_rows} samples of {n_channels} channels, but none was ever written; expected {bytes} \
             bytes: the program that created the file was stopped, or wrote another data set"
        )));
    }
    let layout = match (offset, order) {
        (Some(offset), Some(order)) => Layout::Flat(Flat {
            offset,
            sample,
            big_endian: order == number::Order::BigEndian,
            order: match axes {
                Axes::Time | Axes::TimeChannel | Axes::TrialTimeChannel => Order::Multiplexed,
                Axes::ChannelTime | Axes::TrialChannelTime => {
                    Order::vectorized(n_samples as u64, n_channels, sample)
                }
            },
            n_rows: n_rows as u64,
            n_columns: n_channels,
        }),
        _ => Layout::Hdf5(DataSet {
            name: name.to_owned(),
            sample,
            axes,
            n_rows_per_trial: n_samples as u64,
            chunk,
            n_trials_per_chunk,
            is_filtered: !data.filters().is_empty(),
            n_rows: n_rows as u64,
            n_columns: n_channels,
        }),
    };
    Ok(Found {
        layout,
        n_trials,
        n_samples,
        n_channels,
    })
}
