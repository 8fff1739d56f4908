//! Trials of a session: the table `trials`, or `epochs` where there is none. Every row is an event with all columns that
//! have one value per row, and a trial where the series holds it as a whole.

use std::ops::Range;
use std::path::Path;

use super::times::Times;
use crate::error::{Error, Hdf5Context, Result};
use crate::input::hdf5_data::{Column, column, members, resolve};
use crate::input::{Event, Events, MAX_LABEL, NOT_RECORDED, Source, check_label, gaps};
use crate::phrase::count;
use crate::recording::{EVENT, Trial, trial_label_names, trialinfo_names};

/// The tables that are looked for, the first that there is.
const TABLES: &[&str] = &["intervals/trials", "intervals/epochs"];
/// Rows of a table at most.
const MAX_ROWS: usize = 1 << 20;
/// Columns at most; more are left out.
const MAX_COLUMNS: usize = 64;
/// Values at most of all columns; columns beyond are left out.
const MAX_VALUES: usize = 1 << 21;
/// Bytes of text at most in all columns; columns of which there would be more are left out.
const MAX_TEXT: usize = 16 << 20;
/// The columns that every such table has.
const START: &str = "start_time";
const STOP: &str = "stop_time";

/// A table of intervals.
pub struct Intervals {
    name: &'static str,
    /// Begin and end of each, in rows.
    spans: Vec<(f64, f64)>,
    columns: Vec<(String, Column)>,
}

/// The intervals of the file.
///
/// # Errors
/// A table that is not what it should be: path, found, expected.
pub fn find(path: &Path, file: &hdf5::File, times: &Times) -> Result<Option<Intervals>> {
    for &name in TABLES {
        if let Some(resolved) = resolve(path, file, name)? {
            return table(path, file, name, &resolved, times).map(Some);
        }
    }
    Ok(None)
}

fn table(
    path: &Path,
    file: &hdf5::File,
    name: &'static str,
    resolved: &str,
    times: &Times,
) -> Result<Intervals> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let bound = |column_name: &str| -> Result<Vec<f64>> {
        match column(path, file, &format!("{resolved}/{column_name}"), MAX_ROWS)? {
            Some(Column::Numbers(times)) => Ok(times),
            _ => Err(wrong(format!(
                "{name}/{column_name} is not a list of numbers; expected seconds: correct it, or read the samples alone with \
                 input.format = \"hdf5\""
            ))),
        }
    };
    let (starts, stops) = (bound(START)?, bound(STOP)?);
    if starts.len() != stops.len() {
        return Err(wrong(format!(
            "{name} has {} times of start and {} of stop; expected as many: correct it, or read the samples alone with \
             input.format = \"hdf5\"",
            starts.len(),
            stops.len()
        )));
    }
    let spans = starts.iter().zip(&stops);
    let spans = spans.map(|(&start, &stop)| times.span(start, stop));
    let spans: Vec<(f64, f64)> = spans.collect();
    let mut columns = vec![
        (START.to_owned(), Column::Numbers(starts)),
        (STOP.to_owned(), Column::Numbers(stops)),
    ];
    let group = file.group(&format!("/{resolved}"));
    let group = group.at(path, format!("open the table {name}"))?;
    let names = members(path, &group)?;
    let mut text_left = MAX_TEXT;
    for own in &names {
        // values of an indexed column are several per row; the numbers of the rows are no column
        let is_index = own.ends_with("_index") || names.contains(&format!("{own}_index"));
        let is_known = [START, STOP, "id"].contains(&own.as_str());
        let is_more =
            columns.len() == MAX_COLUMNS || (columns.len() + 1) * spans.len() > MAX_VALUES;
        if is_index || is_known || own.len() > MAX_LABEL || is_more {
            continue;
        }
        // of other objects than lists, and of lists of another length, nothing belongs to a row
        if let Ok(Some(values)) = column(path, file, &format!("{resolved}/{own}"), MAX_ROWS)
            && values.len() == spans.len()
            && let Some(left) = text_left.checked_sub(values.text_bytes())
        {
            text_left = left;
            columns.push((own.clone(), values));
        }
    }
    Ok(Intervals {
        name,
        spans,
        columns,
    })
}

impl Intervals {
    /// Gives a recording these events, where they are wanted, and as trials those that lie in it.
    pub fn enter(self, source: &mut Source, wants_events: bool) {
        let own = || self.columns[2..].iter();
        let numbers: Vec<(&str, &[f64])> = own()
            .filter_map(|(name, column)| Some((name.as_str(), column.numbers()?)))
            .collect();
        let texts: Vec<(&str, &[String])> = own()
            .filter_map(|(name, column)| Some((name.as_str(), column.texts()?)))
            .filter(|(_, texts)| texts.iter().all(|text| check_label(text).is_ok()))
            .collect();
        let mut trials = Vec::new();
        for (row, &(start, stop)) in self.spans.iter().enumerate() {
            let (first, last) = (start.round(), stop.round());
            if !is_whole(&source.stretches, first, last) {
                continue;
            }
            trials.push(Trial {
                number: trials.len(),
                start: first as u64,
                n_samples: (last - first) as usize,
                offset: 0.0,
                info: std::iter::once(row as f64)
                    .chain(numbers.iter().map(|(_, numbers)| numbers[row]))
                    .collect(),
                labels: texts.iter().map(|(_, texts)| texts[row].clone()).collect(),
            });
        }
        let n_left_out = self.spans.len() - trials.len();
        source.remarks = self.remarks(n_left_out, &source.stretches);
        if !trials.is_empty() {
            let names = numbers.iter().map(|(name, _)| *name);
            source.recording.trialinfo = trialinfo_names(std::iter::once(EVENT).chain(names));
            source.recording.trial_labels = trial_label_names(texts.iter().map(|(name, _)| *name));
            source.recording.trials = trials;
        }
        if wants_events {
            source.events = self.events();
        }
    }

    /// What the user should know about intervals that are not trials, and about gaps.
    fn remarks(&self, n_left_out: usize, stretches: &[Range<u64>]) -> Vec<String> {
        let is_cut = stretches.len() > 1;
        let has_trials = n_left_out < self.spans.len();
        let missing = if has_trials {
            is_cut.then(|| {
                let places = count(stretches.len() as u64 - 1, "place");
                format!("samples are missing at {places}: trials across them are left out")
            })
        } else {
            gaps::remark(stretches)
        };
        let left_out = (n_left_out > 0).then(|| {
            let trials = count(n_left_out as u64, "trial");
            let across = if is_cut { ", or across a gap" } else { "" };
            match (has_trials, is_cut) {
                (true, _) => format!(
                    "{trials} of {} left out: not in the series as a whole{across}",
                    self.name
                ),
                (false, false) => format!(
                    "none of {trials} of {} is in the series as a whole; it is one trial now",
                    self.name
                ),
                (false, true) => format!(
                    "none of {trials} of {} is between two gaps of the series as a whole",
                    self.name
                ),
            }
        });
        missing.into_iter().chain(left_out).collect()
    }

    fn events(&self) -> Events {
        let event = |(row, &(start, stop)): (usize, &(f64, f64))| {
            let duration = stop - start;
            // a time that is not a number cannot be where a trial lies
            let is_known = start.is_finite() || start == NOT_RECORDED;
            is_known.then(|| Event {
                sample: start,
                duration: duration.is_finite().then_some(duration),
                values: self
                    .columns
                    .iter()
                    .map(|(_, column)| column.text(row))
                    .collect(),
            })
        };
        Events {
            names: self.columns.iter().map(|(name, _)| name.clone()).collect(),
            events: self.spans.iter().enumerate().filter_map(event).collect(),
        }
    }
}

/// Whether the rows from `first` up to `last` lie in one stretch.
fn is_whole(stretches: &[Range<u64>], first: f64, last: f64) -> bool {
    // a time that is not a number lies nowhere
    let is_forward = first >= 0.0 && first < last;
    let after = stretches.partition_point(|stretch| stretch.end as f64 <= first);
    is_forward
        && stretches
            .get(after)
            .is_some_and(|stretch| last <= stretch.end as f64)
}
