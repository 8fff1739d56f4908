//! What a file holds, whatever its format, before anything is selected of it.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::probe::try_reading;
use super::{Format, Location, MAX_SAMPLES, Options, require_contents};
use crate::error::{Error, Result};
use crate::hdf5_process::Reading;
use crate::phrase;
use crate::recording::{Recording, Trial};
use crate::setting::refuse_unexpanded;
use crate::unit;

/// Characters that are shown of a name.
const MAX_SHOWN: usize = 60;

/// A recording as its file has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Source {
    /// Channels, sample rate and the trials of the file; one trial of everything where the file has none.
    pub recording: Recording,
    /// Where its samples lie.
    pub location: Location,
    /// What was done to it before.
    pub history: History,
    /// What happened while it was recorded, as the file says.
    pub events: Events,
    /// Rows of the time axis between which no time is missing: no trial that is cut of them may cross a border.
    pub stretches: Vec<Range<u64>>,
    /// When each stretch begins: samples since the first one, those that are missing included. Not one for each where the
    /// file does not say.
    pub begins: Vec<f64>,
    /// What the user should know about the trials of the file.
    pub remarks: Vec<String>,
    /// What the user should know about it whatever the trials are.
    pub notices: Vec<String>,
}

impl Source {
    /// A recording of one stretch, `n_rows` samples long, of which the file says nothing more.
    pub fn new(recording: Recording, location: Location, n_rows: u64) -> Source {
        Source {
            recording,
            location,
            history: History::default(),
            events: Events::default(),
            stretches: one_stretch(n_rows),
            begins: vec![0.0],
            remarks: Vec::new(),
            notices: Vec::new(),
        }
    }

    /// Whether it is known how much time is missing between stretches.
    pub fn knows_times(&self) -> bool {
        self.begins.len() == self.stretches.len()
    }

    /// The row of a time in samples since the first one, missing ones included, which are rows where nothing is known of
    /// them; [`NOT_RECORDED`] for a time that lies in a gap.
    pub fn row(&self, time: f64) -> f64 {
        if !self.knows_times() {
            return time;
        }
        // times are rounded to some digits
        let k = self
            .begins
            .partition_point(|begin| *begin <= time + 0.5)
            .max(1)
            - 1;
        let into = time - self.begins[k];
        let stretch = &self.stretches[k];
        let is_last = k + 1 == self.stretches.len();
        if !is_last && into.round() >= (stretch.end - stretch.start) as f64 {
            return NOT_RECORDED;
        }
        stretch.start as f64 + into
    }

    /// Samples on the time axis.
    pub fn n_rows(&self) -> u64 {
        self.stretches.last().map_or(0, |stretch| stretch.end)
    }
}

/// Events, each with the same columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Events {
    /// Names of the columns.
    pub names: Vec<String>,
    /// In the order of the file.
    pub events: Vec<Event>,
}

/// The place of what happened while nothing was recorded.
pub const NOT_RECORDED: f64 = f64::NEG_INFINITY;

/// Something that happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When: samples of the time axis, from 0; not rounded. [`NOT_RECORDED`] in a gap.
    pub sample: f64,
    /// How long, in samples, where that is known.
    pub duration: Option<f64>,
    /// A value for each column, empty where there is none.
    pub values: Vec<String>,
}

/// What was done to a recording before.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Free text, as Syncopy keeps it.
    pub log: String,
    /// The parameters of every function so far.
    #[serde(with = "as_text")]
    pub cfg: serde_json::Map<String, serde_json::Value>,
}

/// JSON as its text: the encoding between processes needs to know the type of every value.
mod as_text {
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_json::{Map, Value};

    pub fn serialize<S: Serializer>(map: &Map<String, Value>, to: S) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(map).map_err(S::Error::custom)?;
        text.serialize(to)
    }

    pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Map<String, Value>, D::Error> {
        let text = String::deserialize(from)?;
        serde_json::from_str(&text).map_err(D::Error::custom)
    }
}

/// The stretches of a recording in which no time is missing.
pub fn one_stretch(n_rows: u64) -> Vec<Range<u64>> {
    std::iter::once(0..n_rows).collect()
}

/// One trial of everything, for files that have none.
pub fn whole(n_rows: u64) -> Vec<Trial> {
    trial_of_each(&[Range {
        start: 0,
        end: n_rows,
    }])
}

/// One trial of each stretch, for files that have none but in which time is missing.
pub fn trial_of_each(stretches: &[Range<u64>]) -> Vec<Trial> {
    let trial = |(number, stretch): (usize, &Range<u64>)| Trial {
        number,
        start: stretch.start,
        n_samples: (stretch.end - stretch.start) as usize,
        offset: 0.0,
        info: Vec::new(),
        labels: Vec::new(),
    };
    stretches.iter().enumerate().map(trial).collect()
}

/// Checks that the times of all samples are numbers that doubles hold to a part of a sample.
fn check_offsets(recording: &Recording, path: &Path) -> Result<()> {
    let is_good = |offset: f64| offset.abs() <= MAX_SAMPLES as f64;
    match recording.trials.iter().find(|trial| !is_good(trial.offset)) {
        None => Ok(()),
        Some(Trial { number, offset, .. }) => Err(Error::Recording {
            path: path.to_owned(),
            what: format!(
                "trial {number} has the offset {}; expected a number of samples from -{MAX_SAMPLES} to {MAX_SAMPLES}: \
                 correct the trial's times in the file",
                phrase::number(*offset)
            ),
        }),
    }
}

/// What the user should know if several channels have the same name.
fn same_names(recording: &Recording) -> Option<String> {
    let mut n_of: HashMap<&str, usize> = HashMap::new();
    let labels = || recording.channels.iter().map(|channel| &channel.label[..]);
    labels().for_each(|label| *n_of.entry(label).or_default() += 1);
    let shared = || labels().filter(|label| n_of[label] > 1);
    let first = shared().next()?;
    Some(format!(
        "{} channels have the name of another one, such as \"{}\": [select] channel takes them by their numbers, by ranges and \
         by patterns, not by such a name",
        shared().count(),
        phrase::shorten(first, MAX_SHOWN)
    ))
}

/// The format of the recording that `options` name, what it holds, and where its samples lie. Reads metadata only; those of
/// HDF5 in a process of their own.
///
/// # Errors
/// No recording there, with the line of the config, or one that is not what it should be: path, found, expected.
pub fn describe(options: &Options) -> Result<(Format, Source)> {
    let path = &options.path;
    if !super::syncopy::with_spy(&path.value).exists() {
        refuse_unexpanded(path, &path.value)?;
    }
    let (format, file) = Format::find(options).map_err(|error| match error {
        Error::Recording { path: wrong, what } if wrong == path.value => path.refuse(what).into(),
        other => other,
    })?;
    if !format.may_be_nwb(options) {
        options.refuse_useless(format)?;
    }
    // a result says where its recording was, from whatever folder it is read
    let file = std::path::absolute(&file).unwrap_or(file);
    // paths go from rank to rank and into the result as text
    if file.to_str().is_none() {
        return Err(Error::Recording {
            path: file,
            what: "this path is not UTF-8; expected one that is: rename the file or its folder"
                .into(),
        });
    }
    if file.is_file() {
        require_contents(&file, "a recording")?;
    }
    if format.is_hdf5(&file) {
        let question = (format, file.clone(), options.clone());
        return DESCRIBING.ask(&file, &question, || describe_here(format, &file, options));
    }
    describe_here(format, &file, options)
}

/// Describing an HDF5 file in a process of its own, which also tries to read from it.
pub const DESCRIBING: Reading = Reading {
    name: "describe",
    perform: |question| {
        Reading::answer(
            question,
            |(format, file, options): (Format, PathBuf, Options)| {
                let (format, source) = describe_here(format, &file, &options)?;
                // samples that cannot be read are an error of the job that reads them: it names the trial
                let n_channels = source.recording.channels.len();
                try_reading(&source.location, source.n_rows(), n_channels);
                Ok((format, source))
            },
        )
    },
};

/// Describes the recording in `file` in this process.
fn describe_here(format: Format, file: &Path, options: &Options) -> Result<(Format, Source)> {
    let format = format.settle(file, options)?;
    options.refuse_useless(format)?;
    let mut source = format.describe(file, options)?;
    check_offsets(&source.recording, file)?;
    source.notices.extend(same_names(&source.recording));
    source.recording.is_double = source.location.is_double();
    for channel in &mut source.recording.channels {
        channel.unit = unit::spelled(&channel.unit);
    }
    Ok((format, source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Channel;

    #[test]
    fn channels_of_one_name_are_told_with_how_to_select_them() {
        let of = |labels: &[&str]| {
            same_names(&Recording {
                sample_rate_hz: 500.0,
                channels: Channel::of(labels.iter().map(|label| (*label).to_owned()).collect()),
                trials: whole(10),
                is_double: false,
                trialinfo: Vec::new(),
                trial_labels: Vec::new(),
            })
        };
        assert_eq!(of(&["A", "B"]), None);
        assert_eq!(
            of(&["B", "A", "A", "C", "C", "A"]).unwrap(),
            "5 channels have the name of another one, such as \"A\": [select] channel takes them by their numbers, by \
             ranges and by patterns, not by such a name"
        );
    }
}
