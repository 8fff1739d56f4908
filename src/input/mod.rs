//! Where samples come from. [`describe`] runs for rank 0 and reads metadata only; [`open`] runs on every rank and touches
//! none. One file per format; what formats have in common is where their numbers lie ([`Layout`]) and what makes samples of
//! them ([`Calibration`]).

mod binary;
mod brainvision;
mod calibrated;
mod deflated;
mod edf;
mod eeglab;
mod fieldtrip;
mod files;
mod fingerprint;
mod flat;
mod folder;
mod format;
mod gaps;
mod hdf5;
mod hdf5_data;
mod inflate;
mod intan;
mod integers;
mod level;
mod location;
mod matlab;
mod npy;
mod nwb;
mod openephys;
mod options;
mod pieces;
mod placeholder;
mod probe;
mod rate;
mod source;
mod spikeglx;
pub mod syncopy;
mod time_axis;
mod unsupported;
mod written;

use std::ops::{Range, RangeInclusive};
use std::path::Path;

pub use files::{open_small, read_small, require_contents, require_regular};
pub use fingerprint::{Fingerprint, Watch};
pub use format::Format;
pub use hdf5_data::{data_set, open_hdf5};
pub use location::{Calibration, Layout, Location, Sample};
pub use options::{KEYS, Options};
pub use source::{DESCRIBING, Event, Events, History, NOT_RECORDED, Source, describe};

use crate::error::Result;

/// Bytes of samples that a reader holds at most on their way, beside those it returns.
const READ_STAGING: usize = 8 << 20;
/// Samples at most, so that products of them, of channels and of a few bytes fit 64 bits.
const MAX_SAMPLES: usize = 1 << 40;
/// Trials at most: every rank holds all of them, and a container's trial definition has 2²⁵ numbers.
pub const MAX_TRIALS: usize = 1 << 23;
/// Channels at most: each takes a label in memory whatever the file claims; the widest arrays have some ten thousand.
const MAX_CHANNELS: usize = 1 << 20;
/// Sample rates in Hz, lowest and highest: one sample in days to a terahertz. Beyond them times and frequencies lose
/// their meaning before they overflow.
pub const SAMPLE_RATES_HZ: RangeInclusive<f64> = 1e-6..=1e12;
/// Bytes of a label at most.
pub const MAX_LABEL: usize = 1000;

/// Room for samples, channel by channel, in the precision of the computation.
pub enum Samples<'a> {
    /// Single precision.
    Single(&'a mut [f32]),
    /// Double precision.
    Double(&'a mut [f64]),
}

/// Reads samples; one on every rank.
pub trait Reader {
    /// Fills `to` with the samples `rows` of the channels in `columns`: `(rows.len(), columns.len())` in C order.
    ///
    /// # Errors
    /// A file that cannot be read or ends too early.
    ///
    /// # Panics
    /// If `to` has another length than `rows.len() × columns.len()`.
    fn read(&mut self, rows: Range<u64>, columns: &[usize], to: Samples) -> Result<()>;
}

/// How many rows there are to read, 0 where no channel is wanted.
///
/// # Panics
/// If there is not one place for each of their samples.
fn rows_wanted(rows: &Range<u64>, columns: &[usize], n_places: usize) -> usize {
    let n = (rows.end - rows.start) as usize;
    assert_eq!(n_places, n * columns.len(), "one place per sample");
    if columns.is_empty() { 0 } else { n }
}

/// Opens the samples for this rank.
///
/// # Errors
/// The file cannot be opened.
pub fn open(location: &Location) -> Result<Box<dyn Reader>> {
    crate::hdf5_process::reap();
    let numbers = open_layout(&location.path, &location.layout)?;
    Ok(match &location.calibration {
        Some(calibration) => Box::new(calibrated::Calibrated::new(
            numbers,
            location.layout.sample(),
            calibration.clone(),
        )),
        None => numbers,
    })
}

fn open_layout(path: &Path, layout: &Layout) -> Result<Box<dyn Reader>> {
    Ok(match layout {
        Layout::Flat(flat) => Box::new(flat::FlatReader::open(path, flat)?),
        Layout::Hdf5(set) => Box::new(hdf5_data::Hdf5Slabs::open(path, set)?),
        Layout::Pieces(pieces) => Box::new(pieces::Pieces::new(path, pieces)),
        Layout::Deflated(numbers) => Box::new(deflated::DeflatedReader::open(path, numbers)?),
        Layout::Doubles(numbers) => open_layout(path, numbers)?,
    })
}

/// Checks that a text may be a label.
///
/// # Errors
/// What a label is.
pub fn check_label(text: &str) -> Result<(), String> {
    // HDF5's strings end at a zero byte
    if text.len() <= MAX_LABEL && !text.contains('\0') {
        return Ok(());
    }
    Err(format!(
        "a string of at most {MAX_LABEL} bytes, none of them zero"
    ))
}

/// Whether this is a sample rate; else what would be one.
fn check_sample_rate(hz: f64) -> Result<(), String> {
    if SAMPLE_RATES_HZ.contains(&hz) {
        return Ok(());
    }
    Err(format!(
        "a number of Hz from {:e} to {:e}",
        SAMPLE_RATES_HZ.start(),
        SAMPLE_RATES_HZ.end()
    ))
}
