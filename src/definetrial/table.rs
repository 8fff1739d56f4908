//! Tables of events: BIDS's `events.tsv`, or any table with a line of names.

use std::path::Path;

use super::options::EventOptions;
use crate::error::{Error, Result};
use crate::input::{Event, Events, open_small};
use crate::phrase::shorten;
use crate::setting::Refusal;

/// Bytes of a table at most.
const LARGEST: u64 = 256 << 20;
/// Columns at most.
const MAX_COLUMNS: usize = 1024;
/// Events at most.
const MAX_EVENTS: usize = 1 << 22;
/// Characters that are shown of what was found.
const SHOWN: usize = 60;
/// How BIDS writes that there is no value.
const NO_VALUE: &str = "n/a";

/// The events in the table at `path`, of a recording of `sample_rate_hz`.
///
/// # Errors
/// No table there, a column that is missing, or a begin that is no number: path, line, found, expected.
pub fn read(path: &Path, options: &EventOptions, sample_rate_hz: f64) -> Result<Events> {
    const DOING: &str = "read this table of events";
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let extension = path.extension().unwrap_or_default();
    let is_tsv = extension.eq_ignore_ascii_case("tsv") || extension.eq_ignore_ascii_case("txt");
    let file = open_small(path, DOING, LARGEST)?;
    let mut table = csv::ReaderBuilder::new()
        .delimiter(if is_tsv { b'\t' } else { b',' })
        .trim(csv::Trim::All)
        .from_reader(file);
    let not_a_table = |error: csv::Error| wrong(format!("this is no table: {error}"));
    let names: Vec<String> = table
        .headers()
        .map_err(not_a_table)?
        .iter()
        .map(clean)
        .collect();
    if names.len() > MAX_COLUMNS {
        return Err(wrong(format!(
            "{} columns; expected at most {MAX_COLUMNS}",
            names.len()
        )));
    }
    let column = |name: &str| names.iter().position(|known| known == name);
    check_columns(options, &names)?;
    // a table may have a thousand columns, of which a few are asked for
    let is_kept = |name: &String| {
        let asked = options
            .condition
            .iter()
            .flat_map(|condition| condition.value.columns());
        let kept = options.trialinfo.iter().map(|name| name.value.as_str());
        asked.chain(kept).any(|asked| asked == name)
    };
    let kept: Vec<usize> = (0..names.len()).filter(|&k| is_kept(&names[k])).collect();
    for &k in &kept {
        if names.iter().filter(|name| **name == names[k]).count() > 1 {
            let name = shorten(&names[k], SHOWN);
            return Err(wrong(format!(
                "two columns are called {name}; expected one"
            )));
        }
    }
    let begin = options.sample.as_ref().unwrap_or(&options.onset);
    let Some(begin_column) = column(&begin.value) else {
        let known = names.iter().map(String::as_str);
        return Err(wrong(format!(
            "no column {}; {}",
            shorten(&begin.value, SHOWN),
            crate::setting::nearest(&begin.value, known)
        )));
    };
    let duration_column = column("duration");
    // one per sample, or seconds
    let (unit, per_unit) = match options.sample {
        Some(_) => ("a sample", 1.0),
        None => ("seconds", sample_rate_hz),
    };
    let mut events = Vec::new();
    for record in table.records() {
        let record = record.map_err(not_a_table)?;
        let line = record.position().map_or(0, csv::Position::line);
        if events.len() == MAX_EVENTS {
            return Err(wrong(format!(
                "more than {MAX_EVENTS} events; expected fewer"
            )));
        }
        if record.iter().any(|value| value.contains(['\n', '\r'])) {
            return Err(wrong(format!(
                "line {line}: a quoted value goes over the end of its line; expected one that ends there"
            )));
        }
        let value = |column: usize| clean(&record[column]);
        let number = |column: usize| value(column).parse::<f64>().ok().filter(|x| x.is_finite());
        let Some(at) = number(begin_column) else {
            return Err(wrong(format!(
                "line {line}: {} is \"{}\"; expected {unit}",
                shorten(&names[begin_column], SHOWN),
                shorten(&value(begin_column), SHOWN)
            )));
        };
        let duration = duration_column.and_then(number);
        events.push(Event {
            sample: at * per_unit,
            // BIDS has durations in seconds
            duration: duration.map(|s| s * sample_rate_hz),
            values: kept.iter().map(|&column| value(column)).collect(),
        });
    }
    if events.is_empty() {
        return Err(wrong(
            "this table has no rows; expected an event at least".into(),
        ));
    }
    let names = kept
        .into_iter()
        .map(|column| names[column].clone())
        .collect();
    Ok(Events { names, events })
}

/// A value without a byte order mark before it; nothing where BIDS says that there is none.
fn clean(value: &str) -> String {
    let value = value.trim_start_matches('\u{feff}');
    if value == NO_VALUE {
        return String::new();
    }
    value.to_owned()
}

/// Checks that events have the columns that are asked for.
///
/// # Errors
/// The first that they have not, with the nearest that they have.
pub fn check_columns(options: &EventOptions, names: &[String]) -> Result<(), Refusal> {
    let has = |name: &str| names.iter().any(|known| known == name);
    if let Some(condition) = &options.condition {
        for name in condition.value.columns() {
            if !has(name) {
                return Err(condition.refuse(no_column(name, names)));
            }
        }
    }
    for name in &options.trialinfo {
        if !has(&name.value) {
            return Err(name.refuse(no_column(&name.value, names)));
        }
    }
    Ok(())
}

fn no_column(name: &str, names: &[String]) -> String {
    let known = names.iter().map(String::as_str);
    format!(
        "events have no column {}; {}",
        shorten(name, 60),
        crate::setting::nearest(name, known)
    )
}
