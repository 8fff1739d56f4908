//! Tables of events: BIDS's `events.tsv`, or any table with a line of names.

use std::io::{BufRead, BufReader};
use std::path::Path;

use super::columns::finite;
use super::options::EventOptions;
use crate::error::{Error, IoContext, Result};
use crate::input::{Event, Events, open_small};
use crate::phrase::{count, shorten};
use crate::setting::Refusal;

/// Bytes of a table at most.
const LARGEST: u64 = 256 << 20;
/// Columns at most.
const MAX_COLUMNS: usize = 1024;
/// Events at most.
const MAX_EVENTS: usize = 1 << 22;
/// Characters that are shown of what was found.
const SHOWN: usize = 60;
/// The column of how long events last.
const DURATION: &str = "duration";
/// Which tables have which separators.
const OTHER_SEPARATORS: &str = "tabs in .tsv and .txt, commas in all others";
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
    let mut file = BufReader::new(open_small(path, DOING, LARGEST)?);
    if is_utf_16(file.fill_buf().at(path, DOING)?) {
        return Err(wrong(
            "this is no table: its text is UTF-16; expected UTF-8: save it as UTF-8".into(),
        ));
    }
    let mut table = csv::ReaderBuilder::new()
        .delimiter(if is_tsv { b'\t' } else { b',' })
        .trim(csv::Trim::All)
        .from_reader(file);
    let not_a_table = |error: csv::Error| wrong(format!("this is no table: {}", fault(&error)));
    let names: Vec<String> = table
        .headers()
        .map_err(not_a_table)?
        .iter()
        .map(clean)
        .collect();
    if names.len() > MAX_COLUMNS {
        return Err(wrong(format!(
            "{} columns; expected at most {MAX_COLUMNS}: leave some out",
            names.len()
        )));
    }
    let column = |name: &str| names.iter().position(|known| known == name);
    let begin = options.sample.as_ref().unwrap_or(&options.onset);
    if let [name] = &names[..]
        && *name != begin.value
        && let Some(found) = other_separator(name)
    {
        return Err(wrong(format!(
            "line 1 is a single name with {found} in it; expected names separated by {}: save the table with these, \
             {OTHER_SEPARATORS}",
            if is_tsv { "tabs" } else { "commas" }
        )));
    }
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
    let used = [begin.value.as_str(), DURATION];
    let used = used.into_iter().filter_map(column);
    for k in kept.iter().copied().chain(used) {
        if names.iter().filter(|name| **name == names[k]).count() > 1 {
            let name = shorten(&names[k], SHOWN);
            return Err(wrong(format!(
                "two columns are called {name}; expected one: rename or remove the other"
            )));
        }
    }
    let Some(begin_column) = column(&begin.value) else {
        let known = names.iter().map(String::as_str);
        return Err(wrong(format!(
            "no column {}; {}",
            shorten(&begin.value, SHOWN),
            crate::setting::nearest(&begin.value, known)
        )));
    };
    let duration_column = column(DURATION);
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
        let number = |column: usize| finite(&value(column));
        let Some(at) = number(begin_column) else {
            return Err(wrong(format!(
                "line {line}: {} is \"{}\"; expected {unit}: correct it, or remove the line",
                shorten(&names[begin_column], SHOWN),
                shorten(&record[begin_column], SHOWN)
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

/// Whether a table begins as UTF-16 does: with its byte order mark, or with a letter that has a zero byte.
fn is_utf_16(head: &[u8]) -> bool {
    matches!(
        head,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=255, ..] | [1..=255, 0, ..]
    )
}

/// What is wrong with a table that cannot be read.
fn fault(error: &csv::Error) -> String {
    let line = error.position().map_or("a line".to_owned(), |position| {
        format!("line {}", position.line())
    });
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => {
            format!("{line} holds text that is not UTF-8; expected UTF-8: save it as UTF-8")
        }
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!(
            "{line} has {}; expected {expected_len}, one for each name of line 1: write {NO_VALUE} where there is no value, \
             and quotes around a value that holds the separator",
            count(u128::from(*len), "field")
        ),
        _ => error.to_string(),
    }
}

/// What separates names in a line that should have several columns.
fn other_separator(name: &str) -> Option<&'static str> {
    let separators = [(';', "semicolons"), ('\t', "tabs"), (',', "commas")];
    let found = separators
        .iter()
        .find(|(separator, _)| name.contains(*separator));
    found.map(|(_, shown)| *shown)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definetrial::ClipEdges;
    use crate::setting::Setting;

    fn read_as(name: &str, contents: &[u8]) -> Result<Events, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, contents).unwrap();
        fn default<T>(key: &str, value: T) -> Setting<T> {
            Setting::default_of("definetrial", key, value)
        }
        let options = EventOptions {
            table: default("events", Some(path.clone())),
            condition: None,
            pre: default("pre", 0.0),
            post: None,
            onset: default("onset", "onset".to_owned()),
            sample: None,
            trialinfo: vec![default("trialinfo", "x".to_owned())],
            clip_edges: default("clip_edges", ClipEdges::Drop),
        };
        read(&path, &options, 100.0).map_err(|error| error.one_line())
    }

    #[test]
    fn tables_have_tabs_or_commas_and_are_utf_8() {
        for (name, contents) in [
            ("x.tsv", "onset\tx\tduration\n1\tä\tn/a\n"),
            ("x.txt", "\u{feff}onset\tx\tduration\r\n1\tä\t\r\n"),
            ("x.csv", "onset,x,duration\n1,\"ä\",inf\n"),
        ] {
            let events = read_as(name, contents.as_bytes()).unwrap();
            assert_eq!(events.names, ["x"]);
            let event = &events.events[0];
            assert_eq!((event.sample, event.duration), (100.0, None));
            assert_eq!(event.values, ["ä"]);
        }
    }

    #[test]
    fn what_is_wrong_with_a_table_is_said_with_what_to_do() {
        let utf_16 =
            |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
        for (name, contents, part) in [
            (
                "x.tsv",
                b"onset\tx\n1\t\xe4\n".to_vec(),
                "line 2 holds text that is not UTF-8; expected UTF-8: save it as UTF-8",
            ),
            ("x.tsv", b"onset\t\xe4\n1\t2\n".to_vec(), "save it as UTF-8"),
            ("x.tsv", utf_16("\u{feff}onset\tx\n"), "its text is UTF-16"),
            ("x.csv", utf_16("onset,x\n"), "its text is UTF-16"),
            (
                "x.csv",
                b"onset,x\n1,2\n3\n".to_vec(),
                "line 3 has 1 field; expected 2, one for each name of line 1: write n/a",
            ),
            (
                "x.csv",
                b"onset,x,x\n1,2,3\n".to_vec(),
                "two columns are called x; expected one: rename or remove the other",
            ),
            (
                "x.csv",
                b"onset,x,onset\n1,2,3\n".to_vec(),
                "two columns are called onset; expected one",
            ),
            (
                "x.tsv",
                b"onset\tx\nn/a\t2\n".to_vec(),
                "line 2: onset is \"n/a\"; expected seconds: correct it, or remove the line",
            ),
            (
                "x.csv",
                b"onset;x\n1;2\n".to_vec(),
                "line 1 is a single name with semicolons in it; expected names separated by commas",
            ),
            (
                "x.tsv",
                b"onset,x\n1,2\n".to_vec(),
                "with commas in it; expected names separated by tabs",
            ),
            (
                "x.csv",
                b"onset\tx\n1\t2\n".to_vec(),
                "with tabs in it; expected names separated by commas",
            ),
        ] {
            let error = read_as(name, &contents).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
