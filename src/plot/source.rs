//! What a result says of itself: its axes, trials, times, unit and method. Every claim is checked against the file before
//! memory or time is spent on it; no spectrum is read here.

use std::ops::Range;
use std::path::{Path, PathBuf};

use hdf5::types::{TypeDescriptor, VarLenUnicode};
use hdf5::{Dataset, Hyperslab, Selection};
use serde_json::{Map, Value};

use super::cone::Cone;
use super::labels::{MAX_UNIT, SHOWN, channel_units, frequencies, labels, trial_numbers};
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::input::syncopy::{read_info, trials};
use crate::input::{data_set, open_hdf5};
use crate::output::{MARK, check_intact};
use crate::phrase::{printable, shorten, size};

/// The axes of spectra.
const AXES: [&str; 4] = ["time", "taper", "freq", "channel"];
/// How much smaller gzip can make anything.
///
/// Source: zlib's technical details, <https://zlib.net/zlib_tech.html>: 1032 to 1.
const MAX_COMPRESSED: u128 = 1032;
/// HDF5 chunks that one row may lie in: HDF5 takes about a kilobyte for each.
const MAX_CHUNKS: usize = 1 << 16;

/// The rows of a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Its number in the recording.
    pub number: i64,
    /// Its rows on the first axis of the data.
    pub rows: Range<usize>,
    /// Time of its first row in rows, relative to the trigger.
    offset: f64,
}

impl Trial {
    /// What tells the times of two trials apart: how many there are, and the first.
    pub fn shape(&self) -> (usize, u64) {
        (self.rows.len(), self.offset.to_bits())
    }
}

/// An open result.
pub struct Source {
    /// The data file.
    pub path: PathBuf,
    /// The spectra: (row, taper, freq, channel).
    pub set: Dataset,
    /// Its shape.
    pub shape: [usize; 4],
    /// Whether its numbers are complex.
    pub is_complex: bool,
    /// Frequencies in Hz, in the order of the file.
    pub freq: Vec<f64>,
    /// Names of the channels.
    pub channels: Vec<String>,
    /// Units of the recording's channels, where they differ.
    channel_units: Vec<String>,
    /// The trials, or the one average.
    pub trials: Vec<Trial>,
    /// How many trials an average is the mean of, of results that hold one.
    pub n_averaged: Option<u64>,
    /// Unit of the numbers, as it is stored.
    pub unit: String,
    /// Syncopy's name of the method.
    pub method: String,
    /// What is stored of each coefficient.
    pub output: String,
    /// Whether a trial has several rows, one after the other in time.
    pub is_over_time: bool,
    /// Whether rows have a time.
    pub has_times: bool,
    /// How far kernels reach out of the trials, where the result says it.
    pub cone: Option<Cone>,
    times: Option<Dataset>,
    sample_rate_hz: f64,
}

impl Source {
    /// Opens the data file `path` with its `.info` beside it.
    ///
    /// # Errors
    /// What is wrong with it: path, found, expected.
    pub fn open(path: &Path) -> Result<Source> {
        let info_path = path.with_added_extension("info");
        let info = read_info(&info_path)?;
        check_class(&info_path, &info)?;
        let wrong = |what: String| Error::Recording {
            path: path.to_owned(),
            what,
        };
        check_intact(path)?;
        let file = open_hdf5(path, |_| ())?;
        let set = data_set(path, &file, "data")?;
        let shape = set.shape();
        let Ok(shape) = <[usize; 4]>::try_from(shape.as_slice()) else {
            return Err(wrong(format!(
                "data is {shape:?}; expected four axes, {}",
                AXES.join(" × ")
            )));
        };
        check_size(path, &set, shape)
            .and_then(|what| what.map_or(Ok(()), |what| Err(wrong(what))))?;
        let dtype = set.dtype().at(path, "read the type of data")?;
        let is_complex = match dtype.to_descriptor() {
            Ok(TypeDescriptor::Compound(_)) => true,
            Ok(
                TypeDescriptor::Float(_) | TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_),
            ) => false,
            _ => {
                return Err(wrong(
                    "data holds no numbers; expected real or complex ones".into(),
                ));
            }
        };
        let freq = frequencies(&info_path, &info, shape[2])?;
        let channels = labels(&info_path, &info, shape[3])?;
        let (rows, _) = trials(path, &file, shape[0] as u64)?;
        let n_rows = rows
            .iter()
            .map(|trial| trial.n_samples as u128)
            .sum::<u128>();
        if n_rows > shape[0] as u128 {
            return Err(wrong(format!(
                "its trials have {n_rows} rows together; expected at most {}, those of data",
                shape[0]
            )));
        }
        let numbers = trial_numbers(path, &file, rows.len());
        let trials: Vec<Trial> = rows
            .iter()
            .map(|trial| Trial {
                number: numbers
                    .get(trial.number)
                    .copied()
                    .unwrap_or(trial.number as i64),
                rows: trial.start as usize..trial.start as usize + trial.n_samples,
                offset: trial.offset,
            })
            .collect();
        let is_over_time = trials.iter().any(|trial| trial.rows.len() > 1);
        let times = data_set(path, &file, "time")
            .ok()
            .filter(|set| set.shape() == [shape[0]]);
        let rate = info.get("samplerate").and_then(Value::as_f64);
        let rate = rate.filter(|rate| rate.is_finite() && *rate > 0.0);
        if is_over_time && times.is_none() && rate.is_none() {
            return Err(Error::Recording {
                path: info_path,
                what: "samplerate is not a number above 0; expected the rate of the rows in Hz"
                    .into(),
            });
        }
        let unit = set
            .attr("units")
            .and_then(|attr| attr.read_scalar::<VarLenUnicode>())
            .map_or(String::new(), |unit| {
                printable(&shorten(unit.as_str(), MAX_UNIT))
            });
        let of_cfg = |key: &str| {
            let cfg = info.get("cfg").and_then(|cfg| cfg.get("freqanalysis"));
            let word = cfg.and_then(|cfg| cfg.get(key)).and_then(Value::as_str);
            shorten(word.unwrap_or_default(), SHOWN)
        };
        let made = info.get("info").and_then(|info| info.get(MARK));
        let n_trials = made
            .and_then(|made| made.get("trials"))
            .and_then(Value::as_u64);
        let keeps = info
            .get("cfg")
            .and_then(|cfg| cfg.get("freqanalysis"))
            .and_then(|cfg| cfg.get("keeptrials"))
            .and_then(Value::as_bool);
        Ok(Source {
            n_averaged: n_trials.filter(|_| trials.len() == 1 && keeps == Some(false)),
            has_times: times.is_some() || is_over_time,
            cone: Cone::read(path, &file, shape[2], trials.len()),
            path: path.to_owned(),
            shape,
            is_complex,
            freq,
            channel_units: channel_units(path, &file, channels.len()),
            channels,
            trials,
            unit,
            method: of_cfg("method"),
            output: of_cfg("output"),
            is_over_time,
            times,
            sample_rate_hz: rate.unwrap_or(1.0),
            set,
        })
    }

    /// Times in s of these rows of a trial, counted from its first; relative to the trigger.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn times(&self, trial: &Trial, rows: Range<usize>) -> Result<Vec<f64>> {
        let Some(set) = &self.times else {
            let time = |row: usize| (row as f64 + trial.offset) / self.sample_rate_hz;
            return Ok(rows.map(time).collect());
        };
        let place = trial.rows.start + rows.start..trial.rows.start + rows.end;
        let place = Selection::from(Hyperslab::from(vec![place.into()]));
        let times = set.read_slice::<f64, _, ndarray::Ix1>(place);
        Ok(times.at(&self.path, "read times")?.to_vec())
    }

    /// Units of these channels, each once, where channels have several.
    pub fn units_of(&self, channels: &[usize]) -> Vec<&str> {
        let units = channels.iter().filter_map(|&k| self.channel_units.get(k));
        let mut units: Vec<&str> = units.map(String::as_str).collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    /// Name of the container or the file, for titles.
    pub fn name(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default();
        shorten(&stem.to_string_lossy(), SHOWN)
    }
}

/// What is wrong with the size that `set` claims, if anything is: a sparse file may claim any.
fn check_size(path: &Path, set: &Dataset, shape: [usize; 4]) -> Result<Option<String>> {
    if shape.contains(&0) {
        return Ok(Some(format!(
            "data is {shape:?}; expected a spectrum at least"
        )));
    }
    let bytes = set.dtype().at(path, "read the type of data")?.size() as u128;
    let bytes = shape
        .iter()
        .fold(bytes, |bytes, &n| bytes.saturating_mul(n as u128));
    let length = std::fs::metadata(path)
        .at(path, "read the size of this file")?
        .len();
    let most = if set.filters().is_empty() {
        u128::from(length)
    } else {
        u128::from(length) * MAX_COMPRESSED
    };
    if bytes > most {
        return Ok(Some(format!(
            "data claims {} in a file of {}",
            size(bytes),
            size(length)
        )));
    }
    let chunk = set.chunk().unwrap_or_else(|| shape.to_vec());
    let across = (1..4)
        .map(|axis| shape[axis].div_ceil(chunk[axis].max(1)))
        .fold(1, usize::saturating_mul);
    Ok((across > MAX_CHUNKS)
        .then(|| format!("a spectrum lies in {across} chunks; expected at most {MAX_CHUNKS}")))
}

fn check_class(path: &Path, info: &Map<String, Value>) -> Result<()> {
    let wrong = |what: String| {
        Err(Error::Recording {
            path: path.to_owned(),
            what,
        })
    };
    match info.get("dataclass").and_then(Value::as_str) {
        Some("SpectralData") => {}
        Some("AnalogData") => {
            return wrong(
                "this object is AnalogData, which holds samples; expected SpectralData, which slepian run computes"
                    .into(),
            );
        }
        Some(class) => {
            let class = shorten(class, SHOWN);
            return wrong(format!("this object is {class:?}; expected SpectralData"));
        }
        None => return wrong("dataclass is missing; expected \"SpectralData\"".into()),
    }
    let axes = info.get("dimord").cloned().unwrap_or_default();
    if axes != serde_json::json!(AXES) {
        let found = shorten(&axes.to_string(), SHOWN);
        return wrong(format!("dimord is {found}; expected {AXES:?}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Opens spectra of `shape`, none of which is written, with this `.info`.
    fn opened(shape: [usize; 4], info: serde_json::Value) -> Result<Source> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.spectral");
        let file = hdf5::File::create(&path).unwrap();
        let builder = file.new_dataset::<f32>().chunk([1, 1, 3, 1]).shape(shape);
        builder.create("data").unwrap();
        file.close().unwrap();
        let text = serde_json::to_string(&info).unwrap();
        std::fs::write(path.with_added_extension("info"), text).unwrap();
        Source::open(&path)
    }

    fn spectra() -> serde_json::Value {
        serde_json::json!({
            "dataclass": "SpectralData",
            "dimord": AXES,
            "freq": [0.0, 10.0, 20.0],
            "channel": ["a", "b"],
        })
    }

    fn with(key: &str, value: serde_json::Value) -> serde_json::Value {
        let mut info = spectra();
        info[key] = value;
        info
    }

    #[test]
    fn claims_are_refused_before_anything_is_read() {
        for (shape, info, want) in [
            ([1 << 40, 1, 3, 2], spectra(), "data claims"),
            ([1, 1, 3, 1 << 38], spectra(), "data claims"),
            ([1, 1, 3, 0], spectra(), "expected a spectrum"),
            (
                [1, 1, 3, 2],
                with("dataclass", "AnalogData".into()),
                "holds samples",
            ),
            (
                [1, 1, 3, 2],
                with("dataclass", "CrossSpectralData".into()),
                "expected SpectralData",
            ),
            (
                [1, 1, 3, 2],
                with("dimord", serde_json::json!(["freq"])),
                "dimord is [\"freq\"]",
            ),
        ] {
            let error = opened(shape, info).err().unwrap().to_string();
            assert!(error.contains(want), "{error}");
        }
    }
}
