//! A value of the config together with the place where it was written, so that a check made much later, against the
//! recording, can still name the line.

mod key;
mod names;
mod section;
mod shell;

use std::fmt;
use std::path::{Path, PathBuf};

pub use key::Key;
pub use names::{did_you_mean, misspelt, nearest};
pub use section::{Entry, Section, number};
pub use shell::refuse_unexpanded;

use serde::{Deserialize, Serialize};

/// Where a value of the config was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Place {
    /// In the config file; line and column count from 1.
    File {
        /// The config file, as given.
        path: PathBuf,
        /// Line of the key.
        line: usize,
        /// Column of the key.
        column: usize,
    },
    /// On the command line, with `--set`.
    CommandLine,
    /// Nowhere: the default holds.
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { path, line, column } => write!(f, "{}:{line}:{column}: ", path.display()),
            Place::CommandLine => write!(f, "--set "),
            Place::Default => Ok(()),
        }
    }
}

/// A value of the config that was refused: where, what was found, what is legal and why.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{place}{found}{what}")]
pub struct Refusal {
    /// Where the value was written.
    pub place: Place,
    /// The key and the value as written, or the key alone, or nothing.
    pub found: String,
    /// What is wrong with it and what would be right.
    pub what: String,
}

/// A checked value and where it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// `table.key = value`, as written.
    pub found: String,
    /// Where it was written.
    pub place: Place,
}

impl<T> Setting<T> {
    /// A value that nobody wrote.
    pub fn default_of(table: &str, key: &str, value: T) -> Setting<T> {
        Setting {
            value,
            found: format!("{table}.{key}"),
            place: Place::Default,
        }
    }

    /// Whether the value stands in the config or on the command line.
    pub fn is_written(&self) -> bool {
        self.place != Place::Default
    }

    /// The refusal of this value; `what` follows the value as written.
    pub fn refuse(&self, what: impl fmt::Display) -> Refusal {
        Refusal {
            place: self.place.clone(),
            found: self.found.clone(),
            what: format!(": {what}"),
        }
    }

    /// What is said of two limits of which the first is the higher.
    pub fn reversed(&self, [first, second]: [f64; 2]) -> Option<String> {
        let what = || self.refuse("taken as from the lower to the higher");
        (first > second).then(|| what().to_string())
    }

    /// The same place with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Setting<U> {
        Setting {
            value: f(self.value),
            found: self.found,
            place: self.place,
        }
    }

    /// The same place with another value, or a refusal whose text `f` gives.
    pub fn try_map<U, E: fmt::Display>(
        self,
        f: impl FnOnce(&T) -> Result<U, E>,
    ) -> Result<Setting<U>, Refusal> {
        match f(&self.value) {
            Ok(value) => Ok(Setting {
                value,
                found: self.found,
                place: self.place,
            }),
            Err(what) => Err(self.refuse(what)),
        }
    }
}

/// A path relative to the config file, or to the current folder when `--set`.
pub fn relative(config: &Path, path: Setting<String>) -> Setting<PathBuf> {
    let folder = match path.place {
        Place::File { .. } => config.parent().unwrap_or(Path::new("")),
        _ => Path::new(""),
    };
    path.map(|path| folder.join(path))
}
