//! Flat binary files: numbers one after the other, of which the config says everything.

use std::path::Path;

use super::flat::{Flat, Order};
use super::hdf5_data::Axes;
use super::location::{Calibration, Layout, Location, Sample};
use super::require_regular;
use super::source::{Source, whole};
use super::{MAX_SAMPLES, Options};
use crate::error::{Error, IoContext, Result};
use crate::recording::{Channel, Recording};
use crate::setting::{Refusal, Setting};

/// The keys of `[input]` that such files need or may have.
pub const KEYS: &[&str] = &[
    "dimord",
    "dtype",
    "byte_order",
    "n_channels",
    "header_bytes",
    "samplerate",
    "scale",
    "offset",
    "unit",
    "channel",
];

/// Describes the numbers in the file `path`.
///
/// # Errors
/// A key that is missing, or numbers that the file does not hold: path, found, expected.
pub fn describe(path: &Path, options: &Options) -> Result<Source> {
    let sample = *needed(&options.dtype, "dtype", options)?;
    let n_columns = *needed(&options.n_channels, "n_channels", options)? as usize;
    let sample_rate_hz = *needed(&options.samplerate, "samplerate", options)?;
    let channel_first = match &options.dimord {
        None => false,
        Some(dimord) => match dimord.value {
            Axes::TimeChannel => false,
            Axes::ChannelTime => true,
            _ => {
                let what =
                    "expected [\"time\", \"channel\"] or [\"channel\", \"time\"] of a binary file";
                return Err(dimord.refuse(what).into());
            }
        },
    };
    let offset = options.header_bytes.as_ref().map_or(0, |bytes| bytes.value);
    let n_rows = n_rows(path, offset, n_columns as u64 * sample.bytes() as u64)?;
    let flat = Flat {
        offset,
        sample,
        big_endian: options.big_endian.as_ref().is_some_and(|big| big.value),
        order: match channel_first {
            true => Order::vectorized(n_rows, n_columns, sample),
            false => Order::Multiplexed,
        },
        n_rows,
        n_columns,
    };
    let calibration = calibration(options, sample, n_columns)?;
    let location = Location {
        path: path.to_owned(),
        layout: Layout::Flat(flat),
        calibration,
    };
    let recording = Recording {
        sample_rate_hz,
        channels: channels(options, n_columns)?,
        trials: whole(n_rows),
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    Ok(Source::new(recording, location, n_rows))
}

/// Where the samples of a recorder lie that writes numbers of 16 bits, all channels of a sample after each other.
///
/// # Errors
/// A gain that leaves nothing of the numbers, in the file `description`.
pub fn of_recorder(
    description: &Path,
    numbers: &Path,
    n_rows: u64,
    gain: Vec<f64>,
) -> Result<Location> {
    let n_columns = gain.len();
    let calibration = Calibration::of(Sample::I16, gain, vec![0.0; n_columns]);
    let calibration = calibration.map_err(|what| Error::Recording {
        path: description.to_owned(),
        what,
    })?;
    let flat = Flat {
        offset: 0,
        sample: Sample::I16,
        big_endian: false,
        order: Order::Multiplexed,
        n_rows,
        n_columns,
    };
    Ok(Location {
        path: numbers.to_owned(),
        layout: Layout::Flat(flat),
        calibration,
    })
}

/// Samples of `row_bytes` bytes each behind the first `offset` bytes of a file.
///
/// # Errors
/// None, too many, or not a whole number of them.
pub fn n_rows(path: &Path, offset: u64, row_bytes: u64) -> Result<u64> {
    require_regular(path, "open this file")?;
    let length = std::fs::metadata(path)
        .at(path, "read the size of this file")?
        .len();
    let bytes = length.saturating_sub(offset);
    let n_rows = bytes / row_bytes;
    let what = if !bytes.is_multiple_of(row_bytes) || n_rows == 0 {
        format!(
            "{bytes} bytes behind the first {offset}; expected a multiple of {row_bytes}, the bytes of all channels of one sample"
        )
    } else if n_rows > MAX_SAMPLES as u64 {
        format!("holds {n_rows} samples; expected at most {MAX_SAMPLES}")
    } else {
        return Ok(n_rows);
    };
    Err(Error::Recording {
        path: path.to_owned(),
        what,
    })
}

/// What the config says that makes samples of the numbers of the file.
///
/// # Errors
/// Neither one number for all channels nor one for each, or one that leaves nothing of the numbers.
pub fn calibration(
    options: &Options,
    sample: Sample,
    n_channels: usize,
) -> Result<Option<Calibration>, Refusal> {
    let gain = per_channel(&options.scale, 1.0, n_channels)?;
    let offset = per_channel(&options.offset, 0.0, n_channels)?;
    Calibration::of(sample, gain, offset).map_err(|what| match (&options.scale, &options.offset) {
        (Some(scale), _) => scale.refuse(what),
        (None, Some(offset)) => offset.refuse(what),
        (None, None) => options.path.refuse(what),
    })
}

/// A number for every channel of the file.
fn per_channel(
    setting: &Option<Setting<Vec<f64>>>,
    default: f64,
    n_channels: usize,
) -> Result<Vec<f64>, Refusal> {
    match setting {
        None => Ok(vec![default; n_channels]),
        Some(setting) => match &setting.value[..] {
            &[one] => Ok(vec![one; n_channels]),
            all if all.len() == n_channels => Ok(all.to_vec()),
            some => Err(setting.refuse(format!(
                "{} numbers; expected one, or {n_channels}, the channels of the file",
                some.len()
            ))),
        },
    }
}

/// The channels that the config names, or numbers them.
///
/// # Errors
/// Another number of names than there are channels.
pub fn channels(options: &Options, n_channels: usize) -> Result<Vec<Channel>, Refusal> {
    let labels = match &options.channel {
        None => Recording::default_labels(n_channels),
        Some(labels) if labels.value.len() == n_channels => labels.value.clone(),
        Some(labels) => {
            return Err(labels.refuse(format!(
                "{} names; expected {n_channels}, the channels of the file",
                labels.value.len()
            )));
        }
    };
    let mut channels = Channel::of(labels);
    if let Some(unit) = &options.unit {
        for channel in &mut channels {
            channel.unit = unit.value.clone();
        }
    }
    Ok(channels)
}

fn needed<'a, T>(
    setting: &'a Option<Setting<T>>,
    key: &str,
    options: &Options,
) -> Result<&'a T, Refusal> {
    match setting {
        Some(setting) => Ok(&setting.value),
        None => Err(options.path.refuse(format!(
            "a binary file does not say what it holds; expected input.{key} in the config"
        ))),
    }
}
