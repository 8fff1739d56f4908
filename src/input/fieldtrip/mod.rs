//! FieldTrip's raw data, as `ft_preprocessing` and `ft_redefinetrial` make them and `save` writes them: a struct with cells
//! of trials, times and labels, in MATLAB files of any version. Not frequency, timelock, source or spike structures.
//! Source: FieldTrip, reference of ft_datatype_raw; Syncopy, load_ft_raw (BSD), for the offsets.

mod time;

#[cfg(test)]
mod tests;

use std::path::Path;

use super::location::Location;
use super::matlab::{MatFile, Numbers, Structs, Value, Wanted};
use super::source::Source;
use super::{MAX_CHANNELS, MAX_SAMPLES, Options, check_label, check_sample_rate};
use crate::error::{Error, Result};
use crate::phrase::{number, shorten};
use crate::recording::{Channel, Recording, Trial, nameless_trialinfo};
use crate::setting::nearest;

/// The keys of `[input]` that such files may have.
pub const KEYS: &[&str] = &["dataset", "unit"];

const WANTED: Wanted = Wanted {
    fields: &["trial", "time", "label", "fsample", "trialinfo"],
    whole: &[],
};
/// Fields that make a struct raw data.
const NEEDED: [&str; 3] = ["trial", "time", "label"];
/// Columns of trialinfo at most.
const MAX_COLUMNS: u64 = 1024;

/// Describes the raw data in the file `path`.
///
/// # Errors
/// What is wrong with them: path, found, expected.
pub fn describe(path: &Path, options: &Options) -> Result<Source> {
    let mut file = MatFile::open(path)?;
    let name = variable(path, &mut file, options)?;
    let Value::Structs(structs) = file.load(&name, WANTED)? else {
        return Err(Error::Recording {
            path: path.to_owned(),
            what: format!("{name} is no struct; expected FieldTrip's raw data"),
        });
    };
    let data = Raw {
        path,
        name,
        structs,
    };
    data.describe(&mut file, options)
}

/// The variable that the config names, or the only one that could be raw data.
fn variable(path: &Path, file: &mut MatFile, options: &Options) -> Result<String> {
    let names: Vec<String> = file.names().into_iter().map(str::to_owned).collect();
    if let Some(wanted) = &options.dataset {
        if names.contains(&wanted.value) {
            return Ok(wanted.value.clone());
        }
        let known = names.iter().map(String::as_str);
        let advice = nearest(&wanted.value, known);
        return Err(wanted
            .refuse(format!("no such variable in this file; {advice}"))
            .into());
    }
    let wrong = |what| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let mut found = Vec::new();
    for name in &names {
        let fields = file.fields(name)?;
        if NEEDED
            .iter()
            .all(|needed| fields.iter().any(|f| f == needed))
        {
            found.push(name.clone());
        } else if fields.iter().any(|field| field == "nbchan") {
            return Err(wrong(format!(
                "{} is a dataset of EEGLAB; expected FieldTrip's raw data, or input.format = \"eeglab\"",
                shorten(name, 60)
            )));
        }
    }
    match &found[..] {
        [one] => Ok(one.clone()),
        [] => Err(wrong(format!(
            "holds no struct with the fields trial, time and label; expected FieldTrip's raw data{}",
            match names.is_empty() {
                true => String::new(),
                false => format!(", found {}", shorten(&names.join(", "), 200)),
            }
        ))),
        some => Err(wrong(format!(
            "holds {} recordings, {}; expected input.dataset in the config, one of them",
            some.len(),
            shorten(&some.join(", "), 200)
        ))),
    }
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
            let what = format!(" is an array of {} structs; expected one", self.structs.n);
            return Err(self.wrong(what));
        }
        let matrices = self.matrices()?;
        let n_channels = matrices[0].shape[0];
        let mut channels = self.channels(n_channels)?;
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
        let sample_rate_hz = self.sample_rate(file, times)?;
        let mut trials = Vec::new();
        let mut row = 0;
        for (number, (matrix, time)) in matrices.iter().zip(times).enumerate() {
            let n_samples = matrix.shape[1];
            let offset = time::offset(file, time, n_samples, sample_rate_hz)?;
            let offset =
                offset.map_err(|what| self.wrong(format!(".time{{{}}} {what}", number + 1)))?;
            trials.push(Trial {
                number,
                start: row,
                n_samples: n_samples as usize,
                offset,
                info: Vec::new(),
                labels: Vec::new(),
            });
            row += n_samples;
        }
        let n_info = self.info(file, &mut trials)?;
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
            trialinfo: nameless_trialinfo(n_info),
            trial_labels: Vec::new(),
        };
        Ok(Source {
            stretches,
            ..Source::new(recording, location, row)
        })
    }

    fn value(&self, field: &str) -> Result<&Value> {
        let value = self.structs.value(field);
        value.ok_or_else(|| {
            self.wrong(format!(
                " has no field {field}; expected FieldTrip's raw data"
            ))
        })
    }

    fn cells(&self, field: &str) -> Result<&[Value]> {
        match self.value(field)? {
            Value::Cells(cells) if !cells.is_empty() => Ok(cells),
            other => Err(self.wrong(format!(
                ".{field} is {}; expected cells, as ft_preprocessing makes them",
                other.shown()
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
                        ".trial{{{k}}} is {}; expected a matrix of channels × samples",
                        other.shown()
                    )));
                }
            };
            let n_channels = matrices.first().map_or(matrix.shape[0], |m| m.shape[0]);
            if matrix.shape[0] != n_channels {
                return Err(self.wrong(format!(
                    ".trial{{{k}}} has {} channels; expected {n_channels}, as the first has",
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
                return Err(self.wrong(format!(".trial has {n} {of}; expected at most {most}")));
            }
        }
        Ok(matrices)
    }

    fn channels(&self, n_channels: u64) -> Result<Vec<Channel>> {
        let cells = self.cells("label")?;
        if cells.len() as u64 != n_channels {
            return Err(self.wrong(format!(
                ".label has {} names; expected {n_channels}, one for every channel of the trials",
                cells.len()
            )));
        }
        let label = |(k, cell): (usize, &Value)| {
            let Value::Text(label) = cell else {
                let found = cell.shown();
                return Err(self.wrong(format!(".label{{{k}}} is {found}; expected characters")));
            };
            check_label(label)
                .map(|()| label.clone())
                .map_err(|expected| {
                    let found = cell.shown();
                    self.wrong(format!(".label{{{k}}} is {found}; expected {expected}"))
                })
        };
        let labels: Vec<String> = (1..).zip(cells).map(label).collect::<Result<_>>()?;
        Ok(Channel::of(labels))
    }

    /// What `fsample` says, or else the times of the longest trial.
    fn sample_rate(&self, file: &mut MatFile, times: &[Value]) -> Result<f64> {
        let found = match self.structs.value("fsample") {
            Some(value) if !value.is_empty() => value.number(),
            _ => time::sample_rate(file, times)?,
        };
        let hz = found.unwrap_or(f64::NAN);
        check_sample_rate(hz).map(|()| hz).map_err(|expected| {
            self.wrong(match self.structs.value("fsample") {
                Some(value) if !value.is_empty() => {
                    format!(".fsample is {}; expected {expected}", value.shown())
                }
                _ => format!(
                    " has no fsample, and its times make a sample rate of {}; expected {expected}",
                    number(hz)
                ),
            })
        })
    }

    /// Gives the trials the numbers of `trialinfo`, where it is a matrix; how many columns that has. Tables are not read.
    fn info(&self, file: &mut MatFile, trials: &mut [Trial]) -> Result<usize> {
        let Some(Value::Numbers(info)) = self.structs.value("trialinfo") else {
            return Ok(0);
        };
        if info.count() == 0 {
            return Ok(0);
        }
        let n_trials = trials.len() as u64;
        let n_columns = match info.shape[..] {
            [rows, columns] if rows == n_trials && columns <= MAX_COLUMNS => columns,
            _ => {
                return Err(self.wrong(format!(
                    ".trialinfo is {}; expected {n_trials} rows, one for every trial, of at most {MAX_COLUMNS} numbers",
                    self.structs.value("trialinfo").map_or_else(String::new, Value::shown)
                )));
            }
        };
        for column in 0..n_columns {
            let numbers = file.read(info, column * n_trials..(column + 1) * n_trials)?;
            for (trial, x) in trials.iter_mut().zip(numbers) {
                trial.info.push(x);
            }
        }
        Ok(n_columns as usize)
    }
}
