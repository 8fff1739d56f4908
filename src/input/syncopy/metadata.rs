//! From a container's metadata to a [`Recording`]: every claim is checked against the file before it is believed.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::number::{self, Order};
use super::{Sample, Storage, open_hdf5, read_info};
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::input::History;
use crate::recording::{Channel, Recording, Trial};

/// Numbers of a trial definition at most: a gigabyte of them.
const LARGEST_TRIALDEFINITION: usize = 1 << 27;
/// Samples at most, so that products of them, of channels and of a few bytes fit 64 bits.
const MOST_SAMPLES: usize = 1 << 40;
/// Channels at most: each takes a label in memory whatever the file claims; the widest arrays have some ten thousand.
const MOST_CHANNELS: usize = 1 << 20;
/// Sample rates in Hz, lowest and highest: one sample in days to a terahertz. Beyond them times and frequencies lose
/// their meaning before they overflow.
const SAMPLE_RATES_HZ: RangeInclusive<f64> = 1e-6..=1e12;

/// Describes the recording in the data file `path`, with its `.info` beside it.
///
/// # Errors
/// What is wrong with the container: path, found, expected.
pub fn describe(path: &Path) -> Result<(Recording, Storage, History)> {
    let info_path = beside(path);
    let info = Info {
        path: &info_path,
        object: read_info(&info_path)?,
    };
    let file = open_hdf5(path, |_| ())?;
    let storage = storage(path, &file, &info)?;
    let (trials, n_info) = trials(path, &file, storage.n_rows)?;
    let recording = Recording {
        sample_rate_hz: info.sample_rate()?,
        channels: info.channels(storage.n_columns)?,
        trials,
        is_double: storage.sample == Sample::F64,
        n_info,
    };
    Ok((recording, storage, info.history()))
}

/// `x.analog.info` beside `x.analog`.
fn beside(data: &Path) -> PathBuf {
    let mut name: OsString = data.as_os_str().to_owned();
    name.push(".info");
    PathBuf::from(name)
}

struct Info<'a> {
    path: &'a Path,
    object: Map<String, Value>,
}

impl Info<'_> {
    fn wrong(&self, what: impl Into<String>) -> Error {
        Error::Recording {
            path: self.path.to_owned(),
            what: what.into(),
        }
    }

    fn sample_rate(&self) -> Result<f64> {
        match self.object.get("samplerate").and_then(Value::as_f64) {
            Some(rate) if SAMPLE_RATES_HZ.contains(&rate) => Ok(rate),
            _ => Err(self.wrong(format!(
                "samplerate is {}; expected a number of Hz from {:e} to {:e}",
                self.object.get("samplerate").unwrap_or(&Value::Null),
                SAMPLE_RATES_HZ.start(),
                SAMPLE_RATES_HZ.end()
            ))),
        }
    }

    /// Whether the channel axis comes first.
    fn channel_first(&self) -> Result<bool> {
        if let Some(class) = self.object.get("dataclass").and_then(Value::as_str)
            && class != "AnalogData"
        {
            return Err(self.wrong(format!("this object is {class:?}; expected AnalogData")));
        }
        let words: Vec<&str> = self
            .object
            .get("dimord")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        match words[..] {
            ["time", "channel"] => Ok(false),
            ["channel", "time"] => Ok(true),
            _ => Err(self.wrong(format!(
                "dimord is {}; expected [\"time\", \"channel\"] in either order",
                self.object.get("dimord").unwrap_or(&Value::Null)
            ))),
        }
    }

    fn channels(&self, n: usize) -> Result<Vec<Channel>> {
        let labels: Vec<String> = match self.object.get("channel") {
            None | Some(Value::Null) => Recording::default_labels(n),
            Some(Value::Array(labels)) => labels
                .iter()
                .map(|label| label.as_str().map(str::to_owned))
                .collect::<Option<_>>()
                .ok_or_else(|| self.wrong("channel holds something that is no string"))?,
            Some(other) => {
                return Err(self.wrong(format!(
                    "channel is {other}; expected a list of strings or null"
                )));
            }
        };
        if labels.len() != n {
            return Err(self.wrong(format!(
                "channel has {} labels; expected {n}, the channels of data",
                labels.len()
            )));
        }
        Ok(labels
            .into_iter()
            .enumerate()
            .map(|(column, label)| Channel { label, column })
            .collect())
    }

    fn history(&self) -> History {
        History {
            log: self
                .object
                .get("_log")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            cfg: self
                .object
                .get("cfg")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
        }
    }
}

fn storage(path: &Path, file: &hdf5::File, info: &Info) -> Result<Storage> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let data = file.dataset("data").at(path, "open the data set data")?;
    let shape = data.shape();
    if shape.len() != 2 {
        return Err(wrong(format!(
            "data has {} dimensions; expected 2, time and channel",
            shape.len()
        )));
    }
    let channel_first = info.channel_first()?;
    let (n_rows, n_columns) = if channel_first {
        (shape[1], shape[0])
    } else {
        (shape[0], shape[1])
    };
    for (n, most, of) in [
        (n_rows, MOST_SAMPLES, "samples"),
        (n_columns, MOST_CHANNELS, "channels"),
    ] {
        if n > most {
            return Err(wrong(format!(
                "data claims {n} {of}; expected at most {most}"
            )));
        }
    }
    if n_rows == 0 || n_columns == 0 {
        return Err(wrong(format!(
            "data holds {n_rows} samples of {n_columns} channels; expected at least one of each"
        )));
    }
    let dtype = data.dtype().at(path, "read the type of data")?;
    let Some((sample, order)) = number::describe(&dtype) else {
        return Err(wrong(
            "data holds numbers of an unknown type; expected integers of 8 to 64 bits or floats of 16, 32 or 64 bits"
                .into(),
        ));
    };
    // a virtual, external, compact, chunked or never written data set has no bytes of its own at one place
    let is_contiguous = matches!(data.layout(), hdf5::dataset::Layout::Contiguous);
    let offset = data.offset().filter(|_| is_contiguous);
    if let Some(offset) = offset {
        let bytes =
            n_rows as u128 * n_columns as u128 * sample.bytes() as u128 + u128::from(offset);
        let length = std::fs::metadata(path)
            .at(path, "read the size of this file")?
            .len();
        if bytes > u128::from(length) {
            return Err(wrong(format!(
                "this file is cut off: it has {length} bytes; expected {bytes}"
            )));
        }
    }
    Ok(Storage {
        path: path.to_owned(),
        offset: offset.filter(|_| order.is_some()),
        sample,
        big_endian: order == Some(Order::BigEndian),
        channel_first,
        chunk: data.chunk().map(|chunk| {
            if channel_first {
                (chunk[1], chunk[0])
            } else {
                (chunk[0], chunk[1])
            }
        }),
        n_rows: n_rows as u64,
        n_columns,
    })
}

/// The trials and how many columns of the user's they have.
fn trials(path: &Path, file: &hdf5::File, n_rows: u64) -> Result<(Vec<Trial>, usize)> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let set = file
        .dataset("trialdefinition")
        .at(path, "open the data set trialdefinition")?;
    let shape = set.shape();
    let [n_trials, n_columns] = shape[..] else {
        return Err(wrong(format!(
            "trialdefinition has {} dimensions; expected 2",
            shape.len()
        )));
    };
    if n_columns < 3 {
        return Err(wrong(format!(
            "trialdefinition has {n_columns} columns; expected start, stop, offset and more"
        )));
    }
    if n_trials == 0 {
        return Err(wrong("trialdefinition holds no trial".into()));
    }
    if n_trials.saturating_mul(n_columns) > LARGEST_TRIALDEFINITION {
        return Err(wrong(format!(
            "trialdefinition claims {n_trials} × {n_columns} numbers; expected at most {LARGEST_TRIALDEFINITION}"
        )));
    }
    let table = set
        .read_2d::<f64>()
        .at(path, "read trialdefinition as numbers")?;
    let trial = |(number, row): (usize, ndarray::ArrayView1<f64>)| {
        let (start, stop, offset) = (row[0], row[1], row[2]);
        let is_index = |x: f64| x.fract() == 0.0 && (0.0..=n_rows as f64).contains(&x);
        if !is_index(start) || !is_index(stop) || start >= stop {
            return Err(wrong(format!(
                "trial {number} is defined from sample {start} to {stop}; expected whole numbers, the first below the \
                 second, within the {n_rows} samples of data"
            )));
        }
        if !offset.is_finite() {
            return Err(wrong(format!(
                "trial {number} has the offset {offset}; expected a number"
            )));
        }
        Ok(Trial {
            number,
            start: start as u64,
            n_samples: (stop - start) as usize,
            offset,
            info: row.iter().skip(3).copied().collect(),
        })
    };
    Ok((
        table
            .rows()
            .into_iter()
            .enumerate()
            .map(trial)
            .collect::<Result<_>>()?,
        n_columns - 3,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a recording of one trial whose data claim `shape` but hold nothing.
    fn refusal(shape: (usize, usize), sample_rate: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.analog");
        let file = hdf5::File::create(&path).unwrap();
        let data = file.new_dataset::<i16>().chunk((1, 1)).shape(shape);
        data.create("data").unwrap();
        let trial = ndarray::arr2(&[[0.0, shape.0 as f64, 0.0]]);
        let trials = file.new_dataset_builder().with_data(&trial);
        trials.create("trialdefinition").unwrap();
        file.close().unwrap();
        let info = format!(r#"{{"samplerate": {sample_rate}, "dimord": ["time", "channel"]}}"#);
        std::fs::write(beside(&path), info).unwrap();
        describe(&path).unwrap_err().one_line()
    }

    #[test]
    fn more_channels_than_memory_are_refused_before_they_are_named() {
        let text = refusal((2, 1 << 38), "1000");
        assert!(
            text.contains("claims 274877906944 channels; expected at most 1048576"),
            "{text}"
        );
        let text = refusal((1 << 41, 2), "1000");
        assert!(text.contains("samples; expected at most"), "{text}");
    }

    #[test]
    fn sample_rates_that_no_recording_has_are_refused() {
        for rate in ["0", "-1", "1e-300", "1e300", "\"1000\"", "null"] {
            let text = refusal((2, 2), rate);
            assert!(text.contains("x.analog.info: samplerate is "), "{text}");
            assert!(
                text.ends_with("expected a number of Hz from 1e-6 to 1e12"),
                "{text}"
            );
        }
    }
}
