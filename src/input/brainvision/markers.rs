//! The marker file.

use std::path::Path;

use super::ini::{self, SHOWN, numbered, parts, section};
use crate::error::{Error, Result};
use crate::input::Event;
use crate::phrase::shorten;

/// Markers at most.
const MOST: usize = 1 << 20;
/// The columns of a marker. `value` is the number in a description such as `S  4`.
pub const NAMES: &[&str] = &["type", "description", "value", "channel"];

/// A marker.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    kind: String,
    description: String,
    /// Its sample, from 0.
    pub row: i64,
    /// Samples that it lasts; 0 or 1 of what has no duration.
    size: u64,
    /// The channel it belongs to, from 1; 0 for all.
    channel: String,
}

impl Marker {
    /// Whether it is of this type.
    pub fn is_of(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// What happened.
    pub fn into_event(self) -> Event {
        let value = code(&self.description).to_owned();
        Event {
            sample: self.row as f64,
            duration: (self.size > 1).then_some(self.size as f64),
            values: vec![self.kind, self.description, value, self.channel],
        }
    }
}

/// Reads the marker file `path`.
///
/// # Errors
/// What is wrong with it: path, marker, found, expected.
pub fn read(path: &Path) -> Result<Vec<Marker>> {
    let text = ini::read(path, "Marker")?;
    parse(&text).map_err(|what| Error::Recording {
        path: path.to_owned(),
        what,
    })
}

fn parse(text: &str) -> Result<Vec<Marker>, String> {
    let mut markers = Vec::new();
    for (key, value) in section(text, "Marker Infos") {
        if numbered(key, "Mk").is_none() {
            continue;
        }
        if markers.len() == MOST {
            return Err(format!("more than {MOST} markers; expected fewer"));
        }
        let marker = marker(value).ok_or_else(|| {
            format!(
                "{key} is \"{}\"; expected type, description, position from 1 up and size in samples",
                shorten(value, SHOWN)
            )
        })?;
        markers.push(marker);
    }
    Ok(markers)
}

/// `<type>,<description>,<position>,<size>,<channel>,<date>`, of which the last three may be missing.
fn marker(value: &str) -> Option<Marker> {
    /// Positions up to this are whole numbers in double precision.
    const LAST: i64 = 1 << 53;
    let mut parts = parts(value);
    let (kind, description) = (parts.next()?, parts.next()?);
    let position: i64 = parts.next()?.parse().ok()?;
    let size = parts.next().unwrap_or_default();
    let size = if size.is_empty() {
        0
    } else {
        size.parse().ok()?
    };
    let is_place = (0..=LAST).contains(&position) && size <= LAST as u64;
    is_place.then(|| Marker {
        kind,
        description,
        row: position - 1,
        size,
        channel: parts.next().unwrap_or_default(),
    })
}

/// The digits of a description that has letters at most before them, without leading zeros; else nothing.
fn code(description: &str) -> &str {
    let digits = description.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return "";
    }
    match digits.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    }
}
