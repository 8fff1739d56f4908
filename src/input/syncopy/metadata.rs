//! From a container's metadata to a [`Recording`]: every claim is checked against the file before it is believed.

use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::trials::trials;
use super::{MARK, labels, read_info};
use crate::error::{Error, Result};
use crate::input::hdf5_data::{self, Axes, open_hdf5};
use crate::input::source::one_stretch;
use crate::input::{History, Location, Options, SAMPLE_RATES_HZ, Source, check_label};
use crate::phrase::shorten;
use crate::recording::{Channel, Recording, Trial};

/// Characters that are shown of what was found.
const SHOWN: usize = 80;

/// Describes the recording in the data file `path`, with its `.info` beside it.
///
/// # Errors
/// What is wrong with the container: path, found, expected.
pub fn describe(path: &Path, options: &Options) -> Result<Source> {
    let info_path = beside(path);
    let info = Info {
        path: &info_path,
        object: read_info(&info_path)?,
    };
    let file = open_hdf5(path, |_| ())?;
    let found = hdf5_data::find(path, &file, "data", info.axes()?)?;
    let n_rows = found.n_samples as u64;
    let (mut trials, n_info) = trials(path, &file, n_rows)?;
    let texts = labels::trial_labels(path, &file, trials.len())?;
    for (k, trial) in trials.iter_mut().enumerate() {
        trial.labels = texts.iter().map(|(_, texts)| texts[k].clone()).collect();
    }
    let location = Location {
        path: path.to_owned(),
        layout: found.layout,
        calibration: None,
    };
    let mut recording = Recording {
        sample_rate_hz: info.sample_rate()?,
        channels: info.channels(found.n_channels)?,
        trials,
        is_double: location.is_double(),
        trialinfo: labels::trialinfo(path, &file, n_info)?,
        trial_labels: texts.into_iter().map(|(name, _)| name).collect(),
    };
    if let Some(unit) = &options.unit {
        if let Some(stored) = recording.channels.iter().find(|c| !c.unit.is_empty()) {
            let what = format!(
                "the container says that its unit is {}; expected none here",
                stored.unit
            );
            return Err(unit.refuse(what).into());
        }
        for channel in &mut recording.channels {
            channel.unit = unit.value.clone();
        }
    }
    let stretches = stretches(&recording.trials, n_rows);
    Ok(Source {
        history: info.history(),
        stretches,
        ..Source::new(recording, location, n_rows)
    })
}

/// Each trial where these follow each other and are all there is: they were cut before they were stored, and nobody knows
/// how much time lies between them. Else they were defined on a recording that was not cut.
fn stretches(trials: &[Trial], n_rows: u64) -> Vec<Range<u64>> {
    let rows = |trial: &Trial| trial.start..trial.start + trial.n_samples as u64;
    let mut next = 0;
    let follow = trials.iter().map(rows).all(|rows| {
        let follows = rows.start == next;
        next = rows.end;
        follows
    });
    if follow && next == n_rows {
        trials.iter().map(rows).collect()
    } else {
        one_stretch(n_rows)
    }
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

    fn axes(&self) -> Result<Axes> {
        if let Some(class) = self.object.get("dataclass").and_then(Value::as_str)
            && class != "AnalogData"
        {
            let class = shorten(class, SHOWN);
            return Err(self.wrong(format!(
                "this object is {class:?}; expected AnalogData: a recording, not a result"
            )));
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
            ["time", "channel"] => Ok(Axes::TimeChannel),
            ["channel", "time"] => Ok(Axes::ChannelTime),
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
        let mut channels = Channel::of(labels);
        for (channel, unit) in channels.iter_mut().zip(self.units()) {
            channel.unit = unit;
        }
        Ok(channels)
    }

    /// Units of the channels, where this program has written the container; Syncopy has none.
    fn units(&self) -> Vec<String> {
        let mark = self.object.get("info").and_then(|info| info.get(MARK));
        let units = mark
            .and_then(|mark| mark.get("unit"))
            .and_then(Value::as_array);
        let units = units
            .into_iter()
            .flatten()
            .map(|unit| unit.as_str().unwrap_or_default());
        let is_unit = |unit: &&str| check_label(unit).is_ok();
        units.take_while(is_unit).map(str::to_owned).collect()
    }

    fn label(&self, number: usize, label: &Value) -> Result<String> {
        let text = label.as_str().unwrap_or("\0");
        check_label(text)
            .map(|()| text.to_owned())
            .map_err(|expected| {
                self.wrong(format!(
                    "channel has the label {} for channel {number}; expected {expected}",
                    shorten(&label.to_string(), SHOWN)
                ))
            })
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
        let setting = crate::setting::Setting::default_of("input", "path", path.clone());
        describe(&path, &Options::of_path(setting))
            .unwrap_err()
            .one_line()
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
