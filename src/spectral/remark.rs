//! What the user should know of the choices that were made.

use std::fmt;

/// A choice worth knowing, or one that may not be what the user wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Good to know.
    Note(String),
    /// Probably not what was meant.
    Warning(String),
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Remark::Note(text) | Remark::Warning(text) => f.write_str(text),
        }
    }
}
