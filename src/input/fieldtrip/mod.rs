//! FieldTrip's raw data, as `ft_preprocessing` and `ft_redefinetrial` make them and `save` writes them: a struct with cells
//! of trials, times and labels, in MATLAB files of any version. Not frequency, timelock, source or spike structures.
//! Source: FieldTrip, reference of ft_datatype_raw; Syncopy, load_ft_raw (BSD), for the offsets.

mod choose;
mod time;
mod trialinfo;

#[cfg(test)]
mod tests;

use std::path::Path;

use super::location::Location;
use super::matlab::{FieldFilter, MatFile, Numbers, Structs, Value};
use super::rate::without_rounding;
use super::source::Source;
use super::{MAX_CHANNELS, MAX_LABEL, MAX_SAMPLES, Options, check_label, check_sample_rate};
use crate::error::{Error, Result};
use crate::phrase::{number, rounded, shorten};
use crate::recording::{
    Channel, Recording, Trial, name_by_place, trial_label_names, trialinfo_names,
};
use trialinfo::{TextColumn, TrialInfo};

/// The keys of `[input]` that such files may have.
pub const KEYS: &[&str] = &["dataset", "unit"];

const WANTED: FieldFilter<'static> = FieldFilter {
    fields: &["trial", "time", "label", "fsample"],
    whole: &["trialinfo"],
};
/// Fields that make a struct raw data.
const NEEDED: [&str; 3] = ["trial", "time", "label"];
/// Relative error of a rate in single precision, or with as many digits.
const SINGLE: f64 = 2.0 * f32::EPSILON as f64;
/// How far `fsample` may take the last sample of a trial from its time, in samples.
const MAX_OFF: f64 = 0.5;
/// A distance of times from their samples, in samples, that the user is told.
const WORTH_TELLING: f64 = 0.25;

/// Describes the raw data in the file `path`.
///
/// # Errors
/// What is wrong with them: path, found, expected.
pub fn describe(path: &Path, options: &Options) -> Result<Source> {
    let mut file = MatFile::open(path)?;
    let parts = choose::recording(path, &mut file, options)?;
    let name = parts.join(".");
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let structs = match file.load_within(&parts, WANTED)? {
        Value::Structs(structs) => structs,
        other => {
            return Err(Error::Recording {
                path: path.to_owned(),
                what: format!(
                    "{} is {}; expected FieldTrip's raw data, a struct: input.dataset names it, as in \"data\" or \"s.data\"",
                    shorten(&name, 60),
                    other.shown()
                ),
            });
        }
    };
    let data = Raw {
        path,
        name,
        structs,
    };
    data.describe(&mut file, options)
}

/// A struct that should be raw data.
struct Raw<'a> {
    path: &'a Path,
    name: String,
    structs: Structs,
}

impl Raw<'_> {
    fn wrong(&self, what: impl std::fmt::Display) -> Error {
        Error::Recording {
            path: self.path.to_owned(),
            what: format!("{}{what}", shorten(&self.name, 60)),
        }
    }

    fn describe(&self, file: &mut MatFile, options: &Options) -> Result<Source> {
        if self.structs.n != 1 {
            let what = format!(
                " is an array of {} structs; expected one: save each by itself, data = {}(1)",
                self.structs.n, self.name
            );
            return Err(self.wrong(what));
        }
        let matrices = self.matrices()?;
        let n_channels = matrices[0].shape[0];
        let (mut channels, nameless) = self.channels(n_channels)?;
        if let Some(unit) = &options.unit {
            for channel in &mut channels {
                channel.unit = unit.value.clone();
            }
        }
        let times = self.cells("time")?;
        if times.len() != matrices.len() {
            return Err(self.wrong(format!(
                ".time has {} cells; expected {}, one for every trial",
                times.len(),
                matrices.len()
            )));
        }
        let (sample_rate_hz, notice) = self.sample_rate(file, times)?;
        let mut trials = Vec::new();
        let mut row = 0;
        let mut furthest = (0.0, 0);
        for (number, (matrix, time)) in matrices.iter().zip(times).enumerate() {
            let n_samples = matrix.shape[1];
            let axis = time::axis(file, time, n_samples, sample_rate_hz)?;
            let axis =
                axis.map_err(|what| self.wrong(format!(".time{{{}}} {what}", number + 1)))?;
            if axis.away > furthest.0 {
                furthest = (axis.away, number + 1);
            }
            trials.push(Trial {
                number,
                start: row,
                n_samples: n_samples as usize,
                offset: axis.offset,
                info: Vec::new(),
                labels: Vec::new(),
            });
            row += n_samples;
        }
        let info = trialinfo::read(file, self.structs.value("trialinfo"), trials.len())?;
        let info = info.map_err(|what| self.wrong(format!(".trialinfo {what}")))?;
        let location = Location {
            path: self.path.to_owned(),
            layout: file.samples(&matrices)?,
            calibration: None,
        };
        let stretches = trials
            .iter()
            .map(|trial| trial.start..trial.start + trial.n_samples as u64);
        let stretches = stretches.collect();
        let recording = Recording {
            sample_rate_hz,
            channels,
            trials,
            is_double: location.is_double(),
            trialinfo: Vec::new(),
            trial_labels: Vec::new(),
        };
        let mut source = Source {
            stretches,
            ..Source::new(recording, location, row)
        };
        if furthest.0 > WORTH_TELLING {
            let (away, trial) = (rounded(furthest.0), furthest.1);
            source.notices.push(format!(
                "{}.time{{{trial}}} is off a constant rate of {} Hz by up to {away} samples, less than the half that would \
                 be a gap",
                shorten(&self.name, 60),
                number(sample_rate_hz)
            ));
        }
        source.notices.extend(notice);
        source.notices.extend(nameless);
        attach(&mut source, info);
        Ok(source)
    }

    fn value(&self, field: &str) -> Result<&Value> {
        let value = self.structs.value(field);
        value.ok_or_else(|| {
            self.wrong(format!(
                " has no field {field}; expected FieldTrip's raw data, with the fields trial, time and label"
            ))
        })
    }

    fn cells(&self, field: &str) -> Result<&[Value]> {
        match self.value(field)? {
            Value::Cells(cells) if !cells.is_empty() => Ok(cells),
            other => Err(self.wrong(format!(
                ".{field} is {}; expected cells, as ft_preprocessing makes them: {}",
                other.shown(),
                advice(field, other)
            ))),
        }
    }

    /// The trials: channels × samples, at least one of each.
    fn matrices(&self) -> Result<Vec<&Numbers>> {
        let mut matrices: Vec<&Numbers> = Vec::new();
        let mut n_rows = 0;
        for (k, cell) in (1..).zip(self.cells("trial")?) {
            let matrix = match cell {
                Value::Numbers(matrix) if matrix.shape.len() == 2 && matrix.count() > 0 => matrix,
                other => {
                    return Err(self.wrong(format!(
                        ".trial{{{k}}} is {}; expected a matrix of channels × samples, real numbers, at least one: \
                         ft_selectdata leaves trials out",
                        other.shown()
                    )));
                }
            };
            let n_channels = matrices.first().map_or(matrix.shape[0], |m| m.shape[0]);
            if matrix.shape[0] != n_channels {
                return Err(self.wrong(format!(
                    ".trial{{{k}}} has {} channels; expected {n_channels}, as the first has: ft_appenddata puts together \
                     data of the same channels",
                    matrix.shape[0]
                )));
            }
            n_rows += u128::from(matrix.shape[1]);
            matrices.push(matrix);
        }
        let n_channels = matrices[0].shape[0];
        for (n, most, of) in [
            (n_rows, MAX_SAMPLES, "samples"),
            (u128::from(n_channels), MAX_CHANNELS, "channels"),
        ] {
            if n > most as u128 {
                return Err(self.wrong(format!(
                    ".trial has {n} {of}; expected at most {most}: save parts with ft_selectdata"
                )));
            }
        }
        Ok(matrices)
    }

    /// The channels, and what the user should know about their names.
    fn channels(&self, n_channels: u64) -> Result<(Vec<Channel>, Option<String>)> {
        let cells = self.cells("label")?;
        if cells.len() as u64 != n_channels {
            return Err(self.wrong(format!(
                ".label has {} names; expected {n_channels}, one for every channel, as the trials have rows: correct it and \
                 save the data again",
                cells.len()
            )));
        }
        let label = |(k, cell): (usize, &Value)| {
            let label = cell.as_text().ok_or("characters".to_owned());
            let label = label.and_then(|label| check_label(label).map(|()| label.to_owned()));
            label.map_err(|expected| {
                let found = cell.shown();
                self.wrong(format!(
                    ".label{{{k}}} is {found}; expected {expected}: data.label = cellstr(string(data.label))"
                ))
            })
        };
        let mut labels: Vec<String> = (1..).zip(cells).map(label).collect::<Result<_>>()?;
        let notice = name_by_place(&mut labels);
        Ok((Channel::of(labels), notice))
    }

    /// The sample rate of the time axes, or else what `fsample` says; and what the user should know about it.
    ///
    /// FieldTrip's analyses go by the time axes. A stored `fsample` wins where these, of few digits or short, cannot tell;
    /// where both contradict each other over a trial, nobody knows which of them is wrong.
    fn sample_rate(&self, file: &mut MatFile, times: &[Value]) -> Result<(f64, Option<String>)> {
        let stored = self
            .structs
            .value("fsample")
            .filter(|value| !value.is_empty());
        let axes = time::rates(file, times)?;
        let Some(stored) = stored else {
            let hz = axes.map_or(f64::NAN, |(rates, _)| rates.obvious_hz());
            return match check_sample_rate(hz) {
                Ok(()) => Ok((hz, None)),
                Err(expected) => Err(self.wrong(format!(
                    " has no fsample, and the times of its trials do not grow by a constant step that makes {expected}; \
                     expected such times, or data.fsample in Hz"
                ))),
            };
        };
        let hz = stored.number().unwrap_or(f64::NAN);
        check_sample_rate(hz).map_err(|expected| {
            let found = stored.shown();
            self.wrong(format!(
                ".fsample is {found}; expected {expected}, or none, where the times say it: data = rmfield(data, 'fsample')"
            ))
        })?;
        let Some((rates, n_samples)) = axes else {
            return Ok((without_rounding(hz, SINGLE), None));
        };
        let round = without_rounding(hz, SINGLE);
        if let Some(hz) = [round, hz].into_iter().find(|&hz| rates.contain(hz)) {
            return Ok((hz, None));
        }
        let of_times = rates.obvious_hz();
        let off = (hz / of_times - 1.0).abs();
        // in samples, at the end of the longest trial
        if off * n_samples as f64 >= MAX_OFF || check_sample_rate(of_times).is_err() {
            return Err(self.wrong(format!(
                ".fsample is {} Hz, but the steps of data.time make {} Hz; expected both to agree: correct the wrong one, \
                 times in seconds, and save the data again",
                number(hz),
                number(of_times)
            )));
        }
        let notice = format!(
            "{}.fsample is {} Hz, but its time axes make {} Hz, which is used",
            shorten(&self.name, 60),
            number(hz),
            number(of_times)
        );
        Ok((of_times, (off > SINGLE).then_some(notice)))
    }
}

/// What makes cells of a field that is something else.
fn advice(field: &str, found: &Value) -> &'static str {
    let is_stack = matches!(found, Value::Numbers(numbers) if numbers.shape.len() == 3);
    match (field, found) {
        ("trial", _) if is_stack => {
            "data = ft_checkdata(data, 'datatype', 'raw') makes raw data of timelock data"
        }
        ("label", Value::Text(_) | Value::Other(_)) => "data.label = cellstr(data.label)",
        (_, Value::Numbers(numbers)) if numbers.count() > 0 => {
            "of a single trial, data.trial = {data.trial} and data.time = {data.time}"
        }
        _ => "save what ft_preprocessing returns",
    }
}

/// Gives trials the columns of trialinfo.
fn attach(source: &mut Source, info: TrialInfo) {
    for (_, values) in &info.numbers {
        for (trial, value) in source.recording.trials.iter_mut().zip(values) {
            trial.info.push(*value);
        }
    }
    let names = info.numbers.iter().map(|(name, _)| name.as_str());
    source.recording.trialinfo = trialinfo_names(names);
    let names = source.recording.trialinfo.iter();
    for (name, (_, values)) in names.zip(&info.numbers) {
        if values.iter().all(|value| value.is_nan()) {
            source.remarks.push(format!(
                "trialinfo column {} has no value for any trial: it is NaN for all trials",
                shorten(name, 60)
            ));
        }
    }
    source.notices.extend(info.notices);
    attach_text_columns(source, info.texts);
}

/// Gives trials the columns of text.
fn attach_text_columns(source: &mut Source, columns: Vec<TextColumn>) {
    let (good, bad): (Vec<_>, Vec<_>) = columns
        .into_iter()
        .partition(|column| column.values.iter().all(|text| check_label(text).is_ok()));
    for column in bad {
        let column = match &column.name[..] {
            "" => "a trialinfo column without a name".to_owned(),
            name => format!("trialinfo column {}", shorten(name, 60)),
        };
        source.notices.push(format!(
            "{column} is left out: it holds a text of more than {MAX_LABEL} bytes, or with a zero byte"
        ));
    }
    source.recording.trial_labels =
        trial_label_names(good.iter().map(|column| column.name.as_str()));
    for column in good {
        for (trial, text) in source.recording.trials.iter_mut().zip(column.values) {
            trial.labels.push(text);
        }
    }
}
