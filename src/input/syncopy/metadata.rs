//! From a container's metadata to a [`Recording`]: every claim is checked against the file before it is believed.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use hdf5::dataset::Layout;
use serde_json::{Map, Value};

use super::elsewhere;
use super::number::{self, Order};
use super::trials::trials;
use super::{Sample, Storage, data_set, open_hdf5, read_info};
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::input::History;
use crate::phrase::shorten;
use crate::recording::{Channel, Recording};

/// HDF5 chunks that the channels of a sample may lie in: HDF5 holds a kilobyte for every chunk that a read touches.
const MOST_CHUNKS_ACROSS: usize = 1 << 16;
/// Bytes of a label at most.
const LONGEST_LABEL: usize = 1000;
/// Characters that are shown of what was found.
const SHOWN: usize = 80;
/// Samples at most, so that products of them, of channels and of a few bytes fit 64 bits.
const MOST_SAMPLES: usize = 1 << 40;
/// Channels at most: each takes a label in memory whatever the file claims; the widest arrays have some ten thousand.
const MOST_CHANNELS: usize = 1 << 20;
/// Sample rates in Hz, lowest and highest: one sample in days to a terahertz. Beyond them times and frequencies lose
/// their meaning before they overflow.
pub const SAMPLE_RATES_HZ: RangeInclusive<f64> = 1e-6..=1e12;

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

    /// What stands there, for messages.
    fn found(&self, key: &str) -> String {
        match self.object.get(key) {
            None => "missing".into(),
            Some(value) => shorten(&value.to_string(), SHOWN),
        }
    }

    fn sample_rate(&self) -> Result<f64> {
        match self.object.get("samplerate").and_then(Value::as_f64) {
            Some(rate) if SAMPLE_RATES_HZ.contains(&rate) => Ok(rate),
            _ => Err(self.wrong(format!(
                "samplerate is {}; expected a number of Hz from {:e} to {:e}",
                self.found("samplerate"),
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
            let class = shorten(class, SHOWN);
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
                self.found("dimord")
            ))),
        }
    }

    fn channels(&self, n: usize) -> Result<Vec<Channel>> {
        let labels: Vec<String> = match self.object.get("channel") {
            None | Some(Value::Null) => Recording::default_labels(n),
            Some(Value::Array(labels)) => labels
                .iter()
                .enumerate()
                .map(|(number, label)| self.label(number, label))
                .collect::<Result<_>>()?,
            Some(_) => {
                return Err(self.wrong(format!(
                    "channel is {}; expected a list of strings or null",
                    self.found("channel")
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

    fn label(&self, number: usize, label: &Value) -> Result<String> {
        match label.as_str() {
            // HDF5's strings end at a zero byte
            Some(text) if text.len() <= LONGEST_LABEL && !text.contains('\0') => {
                Ok(text.to_owned())
            }
            _ => Err(self.wrong(format!(
                "channel has the label {} for channel {number}; expected a string of at most {LONGEST_LABEL} bytes, \
                 none of them zero",
                shorten(&label.to_string(), SHOWN)
            ))),
        }
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
    let data = data_set(path, file, "data")?;
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
        return Err(wrong(format!(
            "data holds {} of {} bytes; expected integers of 8 to 64 bits or floats of 16, 32 or 64 bits",
            number::kind(&dtype),
            dtype.size()
        )));
    };
    let bytes = n_rows as u128 * n_columns as u128 * sample.bytes() as u128;
    if let Some(what) = elsewhere::missing(path, &data, bytes)? {
        return Err(wrong(what));
    }
    let chunk = data.chunk().map(|chunk| match channel_first {
        true => (chunk[1], chunk[0]),
        false => (chunk[0], chunk[1]),
    });
    let across = chunk.map_or(1, |(_, columns)| n_columns.div_ceil(columns));
    if across > MOST_CHUNKS_ACROSS {
        return Err(wrong(format!(
            "the channels of data lie in {across} chunks; expected at most {MOST_CHUNKS_ACROSS}"
        )));
    }
    // a virtual, external, compact, chunked or never written data set has no bytes of its own at one place
    let is_contiguous = data.layout() == Layout::Contiguous;
    let offset = data.offset().filter(|_| is_contiguous);
    if let Some(offset) = offset {
        let bytes = bytes + u128::from(offset);
        let length = std::fs::metadata(path)
            .at(path, "read the size of this file")?
            .len();
        if bytes > u128::from(length) {
            return Err(wrong(format!(
                "this file is cut off: it has {length} bytes; expected {bytes}"
            )));
        }
    } else if data.layout() != Layout::Virtual && data.storage_size() == 0 {
        // HDF5 would give zeros
        return Err(wrong(format!(
            "data claims {n_rows} samples of {n_columns} channels, but none was ever written; expected {bytes} bytes"
        )));
    }
    Ok(Storage {
        path: path.to_owned(),
        offset: offset.filter(|_| order.is_some()),
        sample,
        big_endian: order == Some(Order::BigEndian),
        channel_first,
        chunk,
        is_filtered: !data.filters().is_empty(),
        n_rows: n_rows as u64,
        n_columns,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdf5::{Hyperslab, Selection};

    /// What is said of a recording of one trial whose data claim `shape` but hold nothing.
    fn refusal(shape: (usize, usize), sample_rate: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.analog");
        let file = hdf5::File::create(&path).unwrap();
        let data = file.new_dataset::<i16>().chunk((1, 1)).shape(shape);
        let data = data.create("data").unwrap();
        let corner = Selection::from(Hyperslab::from((0..1, 0..1)));
        data.write_slice(&ndarray::arr2(&[[1_i16]]), corner)
            .unwrap();
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
