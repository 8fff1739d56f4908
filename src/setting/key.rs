//! What is known of a key of the config: the one place for its default, unit and legal values. Parsing, the listing of
//! `slepian defaults` and the `cfg` of a result all read it.

/// One key of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// The key, in Syncopy's words where Syncopy has it.
    pub name: &'static str,
    /// The default as TOML; empty when the key must be given or has no fixed default.
    pub default: &'static str,
    /// The unit, empty for pure numbers and words.
    pub unit: &'static str,
    /// The legal values, in words.
    pub legal: &'static str,
    /// What it does, in a few words.
    pub about: &'static str,
}

impl Key {
    /// Whether Python's `None`, written `"none"`, is the default.
    pub fn none_is_default(&self) -> bool {
        self.default == "\"none\""
    }
}
