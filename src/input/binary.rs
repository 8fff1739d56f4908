//! Headerless binary files, described by the config.

use std::path::Path;

use super::flat::{Flat, Order};
use super::hdf5_data::Axes;
use super::location::{Calibration, Layout, Location, Sample};
use super::source::{Source, whole};
use super::{MAX_SAMPLES, Options};
use super::{require_contents, require_regular};
use crate::error::{Error, IoContext, Result};
use crate::phrase::count;
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
    let (Some(sample), Some(n_columns), Some(sample_rate_hz)) =
        (&options.dtype, &options.n_channels, &options.samplerate)
    else {
        return Err(options.path.refuse(missing_keys(path, options)).into());
    };
    let (sample, n_columns, sample_rate_hz) =
        (sample.value, n_columns.value as usize, sample_rate_hz.value);
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
        order: if channel_first {
            Order::vectorized(n_rows, n_columns, sample)
        } else {
            Order::Multiplexed
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

/// Location of samples that a recorder writes as numbers of 16 bits, all channels of a sample after each other.
///
/// # Errors
/// A gain that leaves nothing of the numbers, in the file `description`.
pub fn interleaved_i16(
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
    require_contents(path, "samples")?;
    let length = std::fs::metadata(path)
        .at(path, "read the size of this file")?
        .len();
    let bytes = length.saturating_sub(offset);
    let n_rows = bytes / row_bytes;
    let rest = bytes % row_bytes;
    let what = if rest > 0 || n_rows == 0 {
        let hint = if n_rows > 0 {
            format!(
                ": if the recording was interrupted, cut the last {} off a copy of the file (truncate -s -{rest})",
                count(rest, "byte")
            )
        } else {
            String::new()
        };
        format!(
            "{bytes} bytes behind the first {offset}; expected a multiple of {row_bytes}, the bytes of all channels of one sample{hint}"
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

/// The calibration (`input.scale`, `input.offset`) from stored values to samples; `None` if it is the identity.
///
/// # Errors
/// Neither one number for all channels nor one for each, or a gain of 0 or one that is not finite.
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

/// The keys that a binary file needs and the config lacks, with an example, and the file that other programs describe it
/// with.
fn missing_keys(path: &Path, options: &Options) -> String {
    let keys = [
        ("dtype", "\"int16\"", options.dtype.is_none()),
        ("n_channels", "64", options.n_channels.is_none()),
        ("samplerate", "30000", options.samplerate.is_none()),
    ];
    let missing = keys.iter().filter(|(_, _, is_missing)| *is_missing);
    let names: Vec<String> = missing
        .clone()
        .map(|(key, ..)| format!("input.{key}"))
        .collect();
    let values: Vec<String> = missing
        .map(|(key, value, _)| format!("{key} = {value}"))
        .collect();
    let names = match &names[..] {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        names => names.join(", "),
    };
    format!(
        "a binary file does not say what it holds; expected {names} in the config, such as {}{}",
        values.join(", "),
        description(path)
    )
}

/// The file that describes a binary file of this name, where a recorder writes one.
fn description(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (recorder, file) = if name == "continuous.dat" {
        (
            "Open Ephys",
            "structure.oebin three folders above".to_owned(),
        )
    } else if name == "amplifier.dat" {
        ("Intan", "info.rhd beside it".to_owned())
    } else if path.extension().is_some_and(|extension| extension == "bin") {
        let meta = path.with_extension("meta");
        let meta = meta.file_name().unwrap_or_default().to_string_lossy();
        ("SpikeGLX", format!("{meta} beside it"))
    } else {
        return String::new();
    };
    format!(", or, if it is of {recorder}, {file}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(name: &str) -> Options {
        Options::of_path(Setting::default_of("input", "path", name.into()))
    }

    #[test]
    fn all_keys_that_are_missing_are_named_at_once() {
        let mut options = options("x.dat");
        let text = missing_keys(Path::new("x.dat"), &options);
        assert_eq!(
            text,
            "a binary file does not say what it holds; expected input.dtype, input.n_channels and input.samplerate in the \
             config, such as dtype = \"int16\", n_channels = 64, samplerate = 30000"
        );
        options.n_channels = Some(Setting::default_of("input", "n_channels", 4));
        let text = missing_keys(Path::new("x.dat"), &options);
        assert!(
            text.ends_with(
                "expected input.dtype and input.samplerate in the config, such as dtype = \"int16\", samplerate = 30000"
            ),
            "{text}"
        );
    }

    #[test]
    fn files_of_recorders_name_the_file_that_describes_them() {
        for (name, end) in [
            (
                "a_t0.imec0.ap.bin",
                ", or, if it is of SpikeGLX, a_t0.imec0.ap.meta beside it",
            ),
            (
                "continuous.dat",
                ", or, if it is of Open Ephys, structure.oebin three folders above",
            ),
            (
                "amplifier.dat",
                ", or, if it is of Intan, info.rhd beside it",
            ),
            ("x.raw", "samplerate = 30000"),
        ] {
            let text = missing_keys(Path::new(name), &options(name));
            assert!(text.ends_with(end), "{text}");
        }
    }
}
