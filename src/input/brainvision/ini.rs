//! BrainVision text files: a signature line, then INI sections of `Key=Value` lines, in UTF-8 or Latin-1. One section,
//! `[Comment]`, holds free text, which may look like anything, even like another section.

use std::path::Path;

use crate::error::{Error, Result};
use crate::input::read_small;
use crate::phrase::shorten;

/// Bytes of such a file at most.
const MAX_BYTES: u64 = 64 << 20;
/// Characters that are shown of what was found.
pub const SHOWN: usize = 60;

/// The first line of V-Amp's own headers and marker files names the amplifier.
const V_AMP: &str = "v-amp";

/// Reads such a file as text, without its signature line. `kind` is `Header` or `Marker`; `advice` tells what to do with a file
/// that lacks this line.
///
/// # Errors
/// No such file, or another kind of file: path, found, expected.
pub fn read(path: &Path, kind: &'static str, advice: &str) -> Result<String> {
    const DOING: &str = "read this file";
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let text = decode(read_small(path, DOING, MAX_BYTES)?);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    if first.to_lowercase().contains(V_AMP) {
        return Err(wrong(
            "this is a file of V-Amp's own format, whose data file has a channel that its header does not list; expected \
             BrainVision: export the recording with BrainVision Analyzer"
                .into(),
        ));
    }
    if !is_kind(first, kind) {
        let first: String = first.trim().chars().take(2 * SHOWN).collect();
        return Err(wrong(format!(
            "its first line is \"{}\"; expected Brain Vision Data Exchange {kind} File, Version 1.0 or 2.0: {advice}",
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

/// The sections that are read.
const NAMES: &[&str] = &[
    "Common Infos",
    "Binary Infos",
    "Channel Infos",
    "Marker Infos",
];

/// The sections of a file, each with its lines `Key=Value`.
///
/// A section that occurs twice is the first one: the second is part of a comment. A comment ends at a section that is read and
/// has not occurred yet.
pub struct Sections<'a> {
    found: Vec<(&'static str, Vec<&'a str>)>,
}

impl<'a> Sections<'a> {
    /// Sorts the lines of a file into its sections.
    pub fn of(text: &'a str) -> Sections<'a> {
        let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut is_inside = false;
        for line in text.lines().map(str::trim) {
            let Some(name) = section_name(line) else {
                if let Some((_, lines)) = found.last_mut().filter(|_| is_inside) {
                    lines.push(line);
                }
                continue;
            };
            let known = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name));
            let is_new = |known: &&&str| found.iter().all(|(name, _)| name != *known);
            match known.filter(is_new) {
                Some(known) => {
                    found.push((known, Vec::new()));
                    is_inside = true;
                }
                // a comment, text within one, or a section that is not read
                None => is_inside = false,
            }
        }
        Sections { found }
    }

    /// The trimmed lines of a section, without empty lines and comments.
    pub fn lines(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let section = self.found.iter().find(|(found, _)| *found == name);
        let lines = section.map_or(&[][..], |(_, lines)| lines).iter();
        lines
            .copied()
            .filter(|line| !line.is_empty() && !line.starts_with(';'))
    }

    /// The lines `Key=Value` of a section, both parts trimmed.
    pub fn pairs(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.lines(name).filter_map(pair)
    }
}

/// Key and value of a line, trimmed.
pub fn pair(line: &str) -> Option<(&str, &str)> {
    let (key, value) = line.split_once('=')?;
    Some((key.trim(), value.trim()))
}

/// The name of the section that this line starts.
fn section_name(line: &str) -> Option<&str> {
    let name = line.strip_prefix('[')?.strip_suffix(']')?;
    Some(name.trim())
}

/// The number behind `prefix` in a key such as `Ch12`.
pub fn numbered(key: &str, prefix: &str) -> Option<u64> {
    let head = key.get(..prefix.len())?;
    let is_ours = head.eq_ignore_ascii_case(prefix);
    key.get(prefix.len()..).filter(|_| is_ours)?.parse().ok()
}

/// Splits at commas and unescapes `\1`, which stands for a comma.
pub fn split_fields(value: &str) -> impl Iterator<Item = String> {
    value.split(',').map(|part| part.trim().replace("\\1", ","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
        Sections::of(text).lines(name).collect()
    }

    #[test]
    fn a_section_in_a_comment_counts_unless_it_occurred_before() {
        let text = "[common infos]\nA=1\n; B=2\n\n[Channel Infos]\nCh1=x\n[Comment]\nCh2=y\n[Channel Infos]\nCh1=z\n\
                    [ Binary Infos ]\nC=3\n[Comment]\nD=4\n";
        assert_eq!(lines(text, "Common Infos"), ["A=1"]);
        assert_eq!(lines(text, "Channel Infos"), ["Ch1=x"]);
        assert_eq!(lines(text, "Binary Infos"), ["C=3"]);
        assert_eq!(lines(text, "Marker Infos"), [""; 0]);
    }

    #[test]
    fn other_sections_end_a_section_and_are_not_read() {
        let text = "A=0\n[Channel Infos]\nCh1=x\n[Coordinates]\nCh1=1,2,3\n[Channel Infos] \nCh2=y\n[x]\n[";
        assert_eq!(lines(text, "Channel Infos"), ["Ch1=x"]);
        assert_eq!(
            lines("[Comment\n[Channel Infos]\n[Ch1", "Channel Infos"),
            ["[Ch1"]
        );
    }
}
