//! The marker file.

use std::path::Path;

use super::ini::{self, SHOWN, Sections, numbered, pair, split_fields};
use crate::error::{Error, Result};
use crate::input::Event;
use crate::phrase::{count, shorten};

/// Markers at most.
const MAX_MARKERS: usize = 1 << 20;
/// Integers up to this are exact in double precision.
const MAX_EXACT_INT: u64 = 1 << 53;
/// The columns of a marker. `value` is the number in a description such as `S  4`.
pub const NAMES: &[&str] = &["type", "description", "value", "channel"];
/// How a recording is read whose marker file cannot be.
pub const WITHOUT_MARKERS: &str =
    "delete the line MarkerFile= from the header to read the recording without markers";

/// A marker.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    kind: String,
    description: String,
    /// Its sample, from 0.
    pub row: u64,
    /// Duration in samples; 0 or 1 for a point event.
    duration_samples: u64,
    /// The channel it belongs to, from 1 as in the file; 0 for all.
    channel: String,
}

impl Marker {
    /// Whether its type is `kind`.
    pub fn has_type(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }

    /// The marker as an event.
    pub fn into_event(self) -> Event {
        let value = trigger_number(&self.description).to_owned();
        let duration = self.duration_samples;
        Event {
            sample: self.row as f64,
            duration: (duration > 1).then_some(duration as f64),
            values: vec![self.kind, self.description, value, self.channel],
        }
    }
}

/// The markers of a file.
#[derive(Debug, Default)]
pub struct Markers {
    /// Those within the recording, in the order of the file.
    pub found: Vec<Marker>,
    /// Lines that are not markers within the recording.
    n_unusable: u64,
    /// The first of these lines.
    first_unusable: String,
    n_rows: u64,
}

impl Markers {
    /// A notice if some lines could not be used.
    pub fn notice(&self) -> Option<String> {
        let (n, first) = (self.n_unusable, &self.first_unusable);
        let verb = if n == 1 { "is" } else { "are" };
        (n > 0).then(|| {
            format!(
                "{} cannot be used and {verb} left out, the first is \"{}\"; expected type, description, position from 1 to \
                 {} and size in samples",
                count(n, "marker"),
                shorten(first, SHOWN),
                self.n_rows
            )
        })
    }
}

/// Reads the marker file `path` of a recording of `n_rows` samples.
///
/// # Errors
/// Another kind of file, or too many markers: path, found, expected.
pub fn read(path: &Path, n_rows: u64) -> Result<Markers> {
    let advice = format!("put this line first, or {WITHOUT_MARKERS}");
    let text = ini::read(path, "Marker", &advice)?;
    parse(&text, n_rows).map_err(|what| Error::Recording {
        path: path.to_owned(),
        what,
    })
}

fn parse(text: &str, n_rows: u64) -> Result<Markers, String> {
    let mut markers = Markers {
        n_rows,
        ..Markers::default()
    };
    for line in Sections::of(text).lines("Marker Infos") {
        let marker = pair(line)
            .filter(|(key, _)| numbered(key, "Mk").is_some())
            .and_then(|(_, value)| marker(value))
            .filter(|marker| marker.row < n_rows);
        let Some(marker) = marker else {
            if markers.n_unusable == 0 {
                line.clone_into(&mut markers.first_unusable);
            }
            markers.n_unusable += 1;
            continue;
        };
        if markers.found.len() == MAX_MARKERS {
            return Err(format!(
                "more than {MAX_MARKERS} markers; expected fewer: {WITHOUT_MARKERS}"
            ));
        }
        markers.found.push(marker);
    }
    Ok(markers)
}

/// `<type>,<description>,<position>,<size>,<channel>,<date>`, of which the last three may be missing.
fn marker(value: &str) -> Option<Marker> {
    let mut fields = split_fields(value);
    let (kind, description) = (fields.next()?, fields.next()?);
    let position: u64 = fields.next()?.parse().ok()?;
    let size = fields.next().unwrap_or_default();
    let size = if size.is_empty() {
        0
    } else {
        size.parse().ok()?
    };
    let is_exact = position <= MAX_EXACT_INT && size <= MAX_EXACT_INT;
    Some(Marker {
        kind,
        description,
        row: position.checked_sub(1).filter(|_| is_exact)?,
        duration_samples: size,
        channel: fields.next().unwrap_or_default(),
    })
}

/// The number in a description such as `S  4`: digits preceded only by ASCII letters and spaces, leading zeros removed.
/// Empty for any other description.
fn trigger_number(description: &str) -> &str {
    let digits = description.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return "";
    }
    match digits.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    }
}
