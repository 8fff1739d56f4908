//! The text files of BrainVision: a line that says which, sections, and lines `Key=Value`. Microsoft's INI with free text in
//! one section, in UTF-8 or Latin-1.

use std::path::Path;

use crate::error::{Error, Result};
use crate::input::read_small;
use crate::phrase::shorten;

/// Bytes of such a file at most.
const LARGEST: u64 = 64 << 20;
/// Characters that are shown of what was found.
pub const SHOWN: usize = 60;

/// Reads such a file as text, without the line that says which it is.
///
/// # Errors
/// No such file, or one that is something else: path, found, expected. `kind` is `Header` or `Marker`.
pub fn read(path: &Path, kind: &'static str) -> Result<String> {
    const DOING: &str = "read this file";
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let text = decode(read_small(path, DOING, LARGEST)?);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    if !is_kind(first, kind) {
        let first: String = first.trim().chars().take(2 * SHOWN).collect();
        return Err(wrong(format!(
            "its first line is \"{}\"; expected Brain Vision Data Exchange {kind} File, Version 1.0 or 2.0",
            shorten(&first, SHOWN)
        )));
    }
    Ok(rest.to_owned())
}

/// Programs write this line with and without some of its words and blanks.
fn is_kind(line: &str, kind: &str) -> bool {
    let line = line.trim().replace(' ', "").to_lowercase();
    let is_ours = line.starts_with("brainvision");
    let is_kind = line.contains(&format!("{}file", kind.to_lowercase()));
    is_ours && is_kind && (line.ends_with("version1.0") || line.ends_with("version2.0"))
}

fn decode(bytes: Vec<u8>) -> String {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => error.as_bytes().iter().map(|&b| char::from(b)).collect(),
    };
    match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    }
}

/// The lines `Key=Value` of a section, both parts trimmed; names of sections and keys in any case.
pub fn section<'a>(text: &'a str, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_of = |line: &str, name: &str| {
        let inside = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'));
        inside.is_some_and(|inside| inside.trim().eq_ignore_ascii_case(name))
    };
    let begins = |line: &str| line.starts_with('[') && line.ends_with(']');
    let name = name.to_owned();
    // free text, which may look like anything
    let lines = text.lines().map(str::trim);
    let lines = lines.take_while(move |line| !is_of(line, "Comment"));
    let lines = lines.skip_while(move |line| !is_of(line, &name)).skip(1);
    let lines = lines.take_while(move |line| !begins(line));
    let lines = lines.filter(|line| !line.starts_with(';'));
    lines
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
}

/// The number behind `prefix` in a key such as `Ch12`.
pub fn numbered(key: &str, prefix: &str) -> Option<u64> {
    let head = key.get(..prefix.len())?;
    let is_ours = head.eq_ignore_ascii_case(prefix);
    key.get(prefix.len()..).filter(|_| is_ours)?.parse().ok()
}

/// Parts between commas; commas within them are written as `\1`.
pub fn parts(value: &str) -> impl Iterator<Item = String> {
    value.split(',').map(|part| part.trim().replace("\\1", ","))
}
