//! Changes of TTL lines: markers with the line and whether it went on or off.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::input::gaps::SampleNumbers;
use crate::input::npy::open_npy;
use crate::input::placeholder::has_entry;
use crate::input::{Event, Events};

/// Changes at most.
const MAX_EVENTS: u64 = 1 << 22;
/// Folders at most that are looked at.
const MAX_FOLDERS: usize = 256;

/// Reads the changes in the folders of TTL lines below `folder`, of samples with these numbers.
///
/// # Errors
/// Lists that cannot be read, or do not fit to each other: path, found, expected.
pub fn read(folder: &Path, numbers: &SampleNumbers) -> Result<Events> {
    let mut events = Vec::new();
    for folder in folders(folder) {
        let first_of = |names: [&str; 2]| {
            let places = names.map(|name| folder.join(name));
            places.into_iter().find(|place| has_entry(place))
        };
        let states = first_of(["states.npy", "channel_states.npy"]);
        let place = first_of(super::numbers::FILES);
        let (Some(states), Some(place)) = (states, place) else {
            continue;
        };
        let states = open_npy(&states)?.read_all(MAX_EVENTS)?;
        let at = open_npy(&place)?.read_all(MAX_EVENTS)?;
        if states.len() != at.len() {
            return Err(Error::Recording {
                path: place,
                what: format!(
                    "holds {} numbers; expected {}, one for every state: copy this folder again, or rename it to read the samples without its markers",
                    at.len(),
                    states.len()
                ),
            });
        }
        for (&state, &number) in states.iter().zip(&at) {
            // a change before the first sample of all, or in a gap, has no row
            if let Some(row) = numbers.row(number) {
                events.push((row, state));
            }
        }
    }
    events.sort_by_key(|(row, _)| *row);
    Ok(named(&events))
}

/// The folders below that hold changes of lines: `TTL`, or `TTL_1` and so on.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_ttl = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("TTL") && path.is_dir()
    };
    let paths = entries.map(|entry| entry.path()).filter(is_ttl);
    let mut folders: Vec<PathBuf> = paths.take(MAX_FOLDERS).collect();
    folders.sort();
    folders
}

/// States are numbers of lines, from 1, negative where the line goes off. An event lasts until its line goes off.
fn named(changes: &[(u64, i64)]) -> Events {
    let mut events: Vec<Event> = Vec::new();
    let mut on: HashMap<u64, usize> = HashMap::new();
    for (k, &(row, state)) in changes.iter().enumerate() {
        let line = state.unsigned_abs();
        let is_on = state > 0;
        if let Some(begin) = on.remove(&line)
            && !is_on
        {
            events[begin].duration = Some((row - changes[begin].0) as f64);
        }
        if is_on {
            on.insert(line, k);
        }
        events.push(Event {
            sample: row as f64,
            duration: None,
            values: vec![line.to_string(), u8::from(is_on).to_string()],
        });
    }
    Events {
        names: vec!["line".into(), "on".into()],
        events,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_goes_on_lasts_until_it_goes_off() {
        let events = named(&[(10, 3), (12, 1), (25, -3), (30, 3), (31, -2)]);
        let found: Vec<(f64, Option<f64>, String)> = events
            .events
            .iter()
            .map(|event| (event.sample, event.duration, event.values.join(" ")))
            .collect();
        let event = |sample, duration, values: &str| (sample, duration, values.to_owned());
        assert_eq!(
            found,
            [
                event(10.0, Some(15.0), "3 1"),
                event(12.0, None, "1 1"),
                event(25.0, None, "3 0"),
                event(30.0, None, "3 1"),
                event(31.0, None, "2 0")
            ]
        );
    }
}
