//! EEGLAB's datasets: a `.set` file, which is one of MATLAB's of any version, with the samples in it or in a `.fdt` (or, of
//! old, `.dat`) file beside it. Continuous or epoched. Not studies, ICA activations or `.icaset`.
//! Source: EEGLAB, "The EEG structure" and eeg_checkset's help; MNE-Python, mne/io/eeglab (BSD).

mod data;
mod events;

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::gaps;
use super::location::Location;
use super::matlab::{FieldFilter, MatFile, Structs, Value};
use super::placeholder::has_entry;
use super::rate::without_rounding;
use super::source::{Source, trial_of_each};
use super::{MAX_CHANNELS, MAX_SAMPLES, Options, check_label, check_sample_rate};
use crate::error::{Error, Result};
use crate::phrase::{number, shorten};
use crate::recording::{Channel, Recording, Trial, name_by_place};

/// The keys of `[input]` that such files may have.
pub const KEYS: &[&str] = &["unit"];

/// The variable, unless its fields are variables themselves.
const EEG: &str = "EEG";
/// What `data` is called where it is a variable of its own beside [`EEG`], as of old.
const EEGDATA: &str = "EEGDATA";
/// Relative error of a rate that a program computed as a quotient of times and stored in double precision.
const QUOTIENT: f64 = 1e-9;
const FIELDS: [&str; 9] = [
    "nbchan", "trials", "pnts", "srate", "xmin", "data", "datfile", "chanlocs", "event",
];
const WANTED: FieldFilter<'static> = FieldFilter {
    fields: &[
        "nbchan", "trials", "pnts", "srate", "xmin", "data", "datfile", "chanlocs", "labels",
        "label",
    ],
    whole: &["event"],
};
/// What EEGLAB scales its samples to.
const UNIT: &str = "uV";
/// Epochs at most.
const MAX_EPOCHS: u64 = 1 << 24;

/// The `.set` file beside a file of samples; any other as it is.
///
/// # Errors
/// No `.set` file beside a file of samples.
pub fn find(path: &Path) -> Result<PathBuf> {
    let is_fdt = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("fdt"));
    if !is_fdt {
        return Ok(path.to_owned());
    }
    let names = ["set", "SET"].map(|extension| path.with_extension(extension));
    let found = names.iter().find(|path| has_entry(path));
    found.cloned().ok_or_else(|| {
        let name = names[0].file_name().unwrap_or_default();
        Error::Recording {
            path: path.to_owned(),
            what: format!(
                "this is a file of an EEGLAB dataset's samples, without its .set file; expected {} beside it: copy it there, \
                 or give the path of the .set file that names this one; without any, input.format = \"binary\" with dtype = \
                 \"float32\", n_channels and samplerate reads the numbers",
                shorten(&name.to_string_lossy(), 100)
            ),
        }
    })
}

/// Describes the dataset of the file `path`.
///
/// # Errors
/// What is wrong with it: path, found, expected.
pub fn describe(path: &Path, options: &Options) -> Result<Source> {
    let mut file = MatFile::open(path)?;
    let eeg = Dataset {
        path,
        eeg: load(path, &mut file)?,
    };
    let sizes = eeg.sizes()?;
    let sample_rate_hz = eeg.sample_rate()?;
    let (mut channels, nameless) = eeg.channels(sizes.n_channels)?;
    let unit = options.unit.as_ref().map_or(UNIT, |unit| &unit.value);
    for channel in &mut channels {
        channel.unit = unit.to_owned();
    }
    let trials = sizes.trials(eeg.offset(sample_rate_hz)?);
    let samples = eeg.samples(&file, &sizes)?;
    let events = events::events(eeg.eeg.value("event"));
    let location = Location {
        path: samples.path,
        layout: samples.layout,
        calibration: None,
    };
    let (stretches, trials) = match sizes.n_epochs {
        1 => {
            let stretches = events::stretches(&events, sizes.n_rows());
            let mut of_each = trial_of_each(&stretches);
            // its time is known up to where something was cut out
            of_each[0].offset = trials[0].offset;
            (stretches, of_each)
        }
        _ => (trials.iter().map(rows).collect(), trials),
    };
    let is_cut = sizes.n_epochs == 1;
    let recording = Recording {
        sample_rate_hz,
        channels,
        trials,
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    Ok(Source {
        events,
        remarks: gaps::remark(&stretches)
            .filter(|_| is_cut)
            .into_iter()
            .collect(),
        stretches,
        notices: samples.notice.into_iter().chain(nameless).collect(),
        ..Source::new(recording, location, sizes.n_rows())
    })
}

fn rows(trial: &Trial) -> Range<u64> {
    trial.start..trial.start + trial.n_samples as u64
}

/// The fields of the dataset, which is a struct or the variables of the file.
fn load(path: &Path, file: &mut MatFile) -> Result<Structs> {
    let names: Vec<String> = file.names().into_iter().map(str::to_owned).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    if has(EEG) {
        let mut eeg = match file.load(EEG, WANTED)? {
            Value::Structs(eeg) if eeg.n == 1 => eeg,
            other => {
                return Err(wrong(format!(
                    "{EEG} is {}; expected a struct, EEGLAB's dataset: save each with pop_saveset",
                    other.shown()
                )));
            }
        };
        let is_beside = |data: &str| data.eq_ignore_ascii_case(EEGDATA) && has(EEGDATA);
        if eeg
            .value("data")
            .and_then(Value::as_text)
            .is_some_and(is_beside)
        {
            let samples = file.load(EEGDATA, WANTED)?;
            eeg.fields.retain(|(name, _)| name != "data");
            eeg.fields.push(("data".into(), vec![samples]));
        }
        return Ok(eeg);
    }
    if !has("nbchan") || !has("data") {
        let names = shorten(&names.join(", "), 200);
        return Err(wrong(format!(
            "holds the variables {names}; expected EEG, EEGLAB's dataset: load this file in EEGLAB and save each dataset \
             with pop_saveset"
        )));
    }
    let mut fields = Vec::new();
    for name in FIELDS.into_iter().filter(|name| has(name)) {
        fields.push((name.to_owned(), vec![file.load(name, WANTED)?]));
    }
    Ok(Structs { n: 1, fields })
}

/// A dataset that is being looked at.
struct Dataset<'a> {
    path: &'a Path,
    eeg: Structs,
}

/// How much a dataset holds.
struct Sizes {
    n_channels: u64,
    /// Samples of an epoch.
    n_samples: u64,
    n_epochs: u64,
}

impl Sizes {
    fn n_rows(&self) -> u64 {
        self.n_samples * self.n_epochs
    }

    /// Bytes of a file beside the dataset: singles.
    fn bytes(&self) -> u128 {
        u128::from(self.n_rows()) * u128::from(self.n_channels) * size_of::<f32>() as u128
    }

    fn trials(&self, offset: f64) -> Vec<Trial> {
        let trial = |number: u64| Trial {
            number: number as usize,
            start: number * self.n_samples,
            n_samples: self.n_samples as usize,
            offset,
            info: Vec::new(),
            labels: Vec::new(),
        };
        (0..self.n_epochs).map(trial).collect()
    }
}

impl Dataset<'_> {
    fn wrong(&self, what: impl Into<String>) -> Error {
        Error::Recording {
            path: self.path.to_owned(),
            what: what.into(),
        }
    }

    /// What a field holds, for messages.
    fn found(&self, field: &str) -> String {
        self.eeg
            .value(field)
            .map_or_else(|| "missing".into(), Value::shown)
    }

    fn size(&self, field: &str, most: u64) -> Result<u64> {
        match self.eeg.value(field).and_then(Value::number) {
            Some(n) if n.fract() == 0.0 && (1.0..=most as f64).contains(&n) => Ok(n as u64),
            _ => Err(self.wrong(format!(
                "EEG.{field} is {}; expected a whole number from 1 to {most}: eeg_checkset sets it, then save the dataset \
                 again",
                self.found(field)
            ))),
        }
    }

    fn sizes(&self) -> Result<Sizes> {
        let sizes = Sizes {
            n_channels: self.size("nbchan", MAX_CHANNELS as u64)?,
            n_samples: self.size("pnts", MAX_SAMPLES as u64)?,
            n_epochs: match self.eeg.value("trials") {
                // of continuous data some leave it out
                None => 1,
                Some(value) if value.is_empty() => 1,
                Some(_) => self.size("trials", MAX_EPOCHS)?,
            },
        };
        let n_rows = sizes.n_samples.saturating_mul(sizes.n_epochs);
        if n_rows > MAX_SAMPLES as u64 {
            return Err(self.wrong(format!(
                "EEG.pnts · EEG.trials are {n_rows} samples; expected at most {MAX_SAMPLES}: save parts with pop_select"
            )));
        }
        Ok(sizes)
    }

    fn sample_rate(&self) -> Result<f64> {
        let hz = self.eeg.value("srate").and_then(Value::number);
        let precision = match self.eeg.value("srate") {
            Some(Value::Numbers(rate)) if !rate.is_double => f64::from(f32::EPSILON),
            _ => QUOTIENT,
        };
        let hz = without_rounding(hz.unwrap_or(f64::NAN), precision);
        check_sample_rate(hz).map(|()| hz).map_err(|expected| {
            let found = self.found("srate");
            self.wrong(format!(
                "EEG.srate is {found}; expected {expected}: set it and save the dataset again"
            ))
        })
    }

    /// The number of the first sample of every epoch relative to its event.
    fn offset(&self, sample_rate_hz: f64) -> Result<f64> {
        let begin = match self.eeg.value("xmin") {
            None => Some(0.0),
            Some(value) if value.is_empty() => Some(0.0),
            Some(value) => value.number(),
        };
        let offset = begin.map(|begin| (begin * sample_rate_hz).round());
        match offset.filter(|offset| offset.abs() < MAX_SAMPLES as f64) {
            // no negative zero
            Some(offset) => Ok(offset + 0.0),
            None => Err(self.wrong(format!(
                "EEG.xmin is {}; expected the time of an epoch's first sample, at most {} s from its event: set it and \
                 save the dataset again",
                self.found("xmin"),
                number(MAX_SAMPLES as f64 / sample_rate_hz)
            ))),
        }
    }

    /// The channels, and what the user should know about their names.
    fn channels(&self, n_channels: u64) -> Result<(Vec<Channel>, Option<String>)> {
        let n = n_channels as usize;
        let mut labels = match self.eeg.value("chanlocs") {
            Some(Value::Structs(places)) if places.n == n => {
                match places.values("labels").or(places.values("label")) {
                    None => Recording::default_labels(n),
                    Some(labels) => (1..)
                        .zip(labels)
                        .map(|(k, label)| self.label(k, label))
                        .collect::<Result<_>>()?,
                }
            }
            Some(other) if !other.is_empty() => {
                return Err(self.wrong(format!(
                    "EEG.chanlocs is {}; expected {n} structs, one for every channel of EEG.nbchan, or [] for channels \
                     without names",
                    other.shown()
                )));
            }
            _ => Recording::default_labels(n),
        };
        let notice = name_by_place(&mut labels);
        Ok((Channel::of(labels), notice))
    }

    /// The name of the channel numbered `k`, from 1; empty where it has none.
    fn label(&self, k: usize, label: &Value) -> Result<String> {
        if label.is_empty() {
            return Ok(String::new());
        }
        let text = label.text().unwrap_or("\0".into());
        check_label(&text).map(|()| text).map_err(|expected| {
            let found = label.shown();
            self.wrong(format!(
                "EEG.chanlocs({k}).labels is {found}; expected {expected}, or '' for none"
            ))
        })
    }
}
