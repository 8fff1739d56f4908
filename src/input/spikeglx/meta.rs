//! A `.meta` file: a line `key=value` for each thing, with `~` before keys whose value is a list `(…)(…)`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::input::{check_sample_rate, read_small};
use crate::phrase::shorten;

/// Bytes of such a file; those of the largest probes have some 100 kB.
const MAX_BYTES: u64 = 16 << 20;
/// What to do about a file that was changed.
pub const RESTORE: &str = "use the .meta file that SpikeGLX wrote";
/// Characters that are shown of what was found.
const SHOWN: usize = 80;

/// The keys and values of a `.meta` file.
pub struct Meta {
    path: PathBuf,
    values: HashMap<String, String>,
}

/// A text of the file, for messages.
pub fn shown(text: &str) -> String {
    shorten(text, SHOWN)
}

impl Meta {
    /// Reads the file.
    ///
    /// # Errors
    /// No such file, or one that is too large.
    pub fn read(path: &Path) -> Result<Meta> {
        const DOING: &str = "read this .meta file";
        let bytes = read_small(path, DOING, MAX_BYTES)?;
        Ok(Meta::of(path, &String::from_utf8_lossy(&bytes)))
    }

    /// The keys and values in this text.
    pub fn of(path: &Path, text: &str) -> Meta {
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        let values = pairs.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
        Meta {
            path: path.to_owned(),
            values: values.collect(),
        }
    }

    /// An error about this file.
    pub fn wrong(&self, what: impl Into<String>) -> Error {
        Error::Recording {
            path: self.path.clone(),
            what: what.into(),
        }
    }

    /// The value of a key, if it is there.
    pub fn optional(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str)
    }

    /// The value of a key.
    ///
    /// # Errors
    /// It is not there.
    pub fn text(&self, key: &str) -> Result<&str> {
        self.optional(key).ok_or_else(|| {
            self.wrong(format!(
                "{key} is missing; expected it in this .meta file: {RESTORE}"
            ))
        })
    }

    /// Requires that lists have their `~`: some archives take it away, and then gains and names would be overlooked.
    ///
    /// # Errors
    /// One of these lists is there without it.
    pub fn require_marked_lists(&self, keys: &[&str]) -> Result<()> {
        let is_bare = |key: &&&str| {
            self.optional(key).is_some() && self.optional(&format!("~{key}")).is_none()
        };
        let bare: Vec<&str> = keys.iter().filter(is_bare).copied().collect();
        if bare.is_empty() {
            return Ok(());
        }
        let marked: Vec<String> = bare.iter().map(|key| format!("~{key}")).collect();
        Err(self.wrong(format!(
            "has {} without the ~ that marks a list; expected {}, as SpikeGLX writes it: put the ~ back in a copy of this \
             file, or {RESTORE}",
            bare.join(" and "),
            marked.join(" and ")
        )))
    }

    /// A number above 0.
    ///
    /// # Errors
    /// It is not there, or is something else.
    pub fn positive(&self, key: &str) -> Result<f64> {
        let text = self.text(key)?;
        let number = text
            .parse()
            .ok()
            .filter(|&x: &f64| x.is_finite() && x > 0.0);
        number.ok_or_else(|| {
            self.wrong(format!(
                "{key} is {}; expected a number above 0: {RESTORE}",
                shown(text)
            ))
        })
    }

    /// The samples per second.
    ///
    /// # Errors
    /// It is not there, or is something else.
    pub fn sample_rate(&self, key: &str) -> Result<f64> {
        let text = self.text(key)?;
        let hz = text.parse().unwrap_or(f64::NAN);
        check_sample_rate(hz).map(|()| hz).map_err(|expected| {
            self.wrong(format!(
                "{key} is {}; expected {expected}: {RESTORE}",
                shown(text)
            ))
        })
    }

    /// `N` counts with commas between them.
    ///
    /// # Errors
    /// It is not there, or is something else.
    pub fn counts<const N: usize>(&self, key: &str) -> Result<[usize; N]> {
        let text = self.text(key)?;
        let counts: Option<Vec<usize>> = text
            .split(',')
            .map(|count| count.trim().parse::<u32>().ok().map(|count| count as usize))
            .collect();
        let counts = counts.and_then(|counts| counts.try_into().ok());
        counts.ok_or_else(|| {
            self.wrong(format!(
                "{key} is {}; expected {N} counts with commas between them: {RESTORE}",
                shown(text)
            ))
        })
    }

    /// The contents of each pair of brackets; the first pair is the head of the list. `None` if a bracket is not closed.
    pub fn list(&self, key: &str) -> Option<Vec<&str>> {
        let text = self.optional(key)?;
        let parts = text.split('(').skip(1);
        parts.map(|part| Some(&part[..part.find(')')?])).collect()
    }
}
