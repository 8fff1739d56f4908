//! From a container's metadata to a [`Recording`]: every claim is checked against the file before it is believed.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::number::{self, Order};
use super::{Sample, Storage, open_hdf5, read_info};
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::input::History;
use crate::recording::{Channel, Recording, Trial};

/// Numbers of a trial definition at most: a gigabyte of them.
const LARGEST_TRIALDEFINITION: usize = 1 << 27;
/// Samples and channels at most, so that products of them and of a few bytes fit 64 bits.
const LARGEST_AXIS: usize = 1 << 40;

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
            Some(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
            _ => Err(self.wrong(format!(
                "samplerate is {}; expected a number of Hz above 0",
                self.object.get("samplerate").unwrap_or(&Value::Null)
            ))),
        }
    }

    /// Whether the channel axis comes first.
    fn channel_first(&self) -> Result<bool> {
        if let Some(class) = self.object.get("dataclass").and_then(Value::as_str)
            && class != "AnalogData"
        {
            return Err(self.wrong(format!("this object is {class}; expected AnalogData")));
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
    if let Some(n) = shape.iter().find(|&&n| n > LARGEST_AXIS) {
        return Err(wrong(format!(
            "data claims an axis of {n}; expected at most {LARGEST_AXIS}"
        )));
    }
    let channel_first = info.channel_first()?;
    let (n_rows, n_columns) = if channel_first {
        (shape[1], shape[0])
    } else {
        (shape[0], shape[1])
    };
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
