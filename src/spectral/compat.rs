//! `compat`: whose conventions hold where the config leaves a choice open. Each convention is named where it is chosen; the list is
//! in docs/methods.md.

use crate::setting::{Refusal, Section};

/// Whose conventions hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compat {
    /// Those of textbooks, SciPy and FieldTrip.
    #[default]
    None,
    /// Those of Syncopy 2023.9, but for its known bugs.
    Syncopy,
}

impl Compat {
    /// Reads `compat`.
    ///
    /// # Errors
    /// Another word.
    pub fn from_section(section: &Section) -> Result<Compat, Refusal> {
        Ok(match section.word("compat", &["none", "syncopy"])? {
            Some(word) if word.value == "syncopy" => Compat::Syncopy,
            _ => Compat::None,
        })
    }

    /// Whether Syncopy's conventions hold.
    pub fn is_syncopy(self) -> bool {
        self == Compat::Syncopy
    }

    /// The word that the config has for it.
    pub fn word(self) -> &'static str {
        match self {
            Compat::None => "none",
            Compat::Syncopy => "syncopy",
        }
    }
}
