//! Typed access to one table of the config, with Syncopy's notions of type: a number is no bool, an integer may be
//! written 3.0, `"none"` stands for Python's `None` where that is the default.

use std::collections::BTreeMap;
use std::fmt;

use super::names::{did_you_mean, known_are, misspelt};
use super::{Key, Place, Refusal, Setting};
use crate::phrase::{self, shorten};

/// Characters of a value that are shown.
const SHOWN: usize = 60;
/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The value.
    pub value: toml::Value,
    /// Where its key stands.
    pub place: Place,
    /// The value as typed, when that was on the command line.
    pub typed: Option<String>,
}

impl Entry {
    /// A value and where its key stands.
    pub fn new(value: toml::Value, place: Place) -> Entry {
        Entry {
            value,
            place,
            typed: None,
        }
    }
}

/// One table of the config and the keys it may have.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    table: &'static str,
    keys: &'static [Key],
    entries: &'a BTreeMap<String, Entry>,
}

impl<'a> Section<'a> {
    /// The table `table`, after a check that it has no key but `keys`.
    ///
    /// # Errors
    /// An unknown key, with the nearest known one.
    pub fn new(
        table: &'static str,
        keys: &'static [Key],
        entries: &'a BTreeMap<String, Entry>,
    ) -> Result<Section<'a>, Refusal> {
        let section = Section::unchecked(table, keys, entries);
        section.refuse_unknown(|_| true)?;
        Ok(section)
    }

    /// The table `table`, for those who call [`Section::refuse_unknown`] when they know which keys are of use.
    pub fn unchecked(
        table: &'static str,
        keys: &'static [Key],
        entries: &'a BTreeMap<String, Entry>,
    ) -> Section<'a> {
        Section {
            table,
            keys,
            entries,
        }
    }

    /// Checks that the table has no key but its known ones.
    ///
    /// # Errors
    /// An unknown key, with the nearest known one, else with those keys that are `of_use`.
    pub fn refuse_unknown(&self, of_use: impl Fn(&str) -> bool) -> Result<(), Refusal> {
        let known = || self.keys.iter().map(|key| key.name);
        for (name, entry) in self.entries {
            if known().all(|key| key != name) {
                let advice = match misspelt(name, known()) {
                    Some(key) => did_you_mean(key),
                    None => {
                        // a key may have an entry for each of several methods
                        let mut keys: Vec<&str> = known().filter(|key| of_use(key)).collect();
                        keys.dedup();
                        known_are(keys.into_iter())
                    }
                };
                return Err(Refusal {
                    place: entry.place.clone(),
                    found: format!("{}.{}", self.table, shorten(name, SHOWN)),
                    what: format!(": no such key; {advice}"),
                });
            }
        }
        Ok(())
    }

    /// The value as written, `None` when the key is absent.
    ///
    /// # Panics
    /// If the key is not among the keys of the table.
    pub fn raw(&self, key: &str) -> Option<Setting<&'a toml::Value>> {
        assert!(
            self.keys.iter().any(|k| k.name == key),
            "{}.{key} is a known key",
            self.table
        );
        self.entries.get(key).map(|entry| Setting {
            value: &entry.value,
            found: format!("{}.{key} = {}", self.table, as_written(&entry.value)),
            place: entry.place.clone(),
        })
    }

    /// The value as written, `None` when it is the default.
    ///
    /// # Panics
    /// If the key is not among the keys of the table.
    pub fn raw_unless_default(&self, key: &str) -> Option<Setting<&'a toml::Value>> {
        let raw = self.raw(key)?;
        let known = self.keys.iter().find(|k| k.name == key);
        let is_default = known.is_some_and(|key| key.default == raw.value.to_string());
        (!is_default).then_some(raw)
    }

    fn given(&self, key: &str) -> Option<Setting<&'a toml::Value>> {
        let none_is_default = self
            .keys
            .iter()
            .any(|k| k.name == key && k.none_is_default());
        self.raw(key)
            .filter(|raw| !(none_is_default && raw.value.as_str() == Some("none")))
    }

    fn typed<T>(
        &self,
        key: &str,
        convert: impl FnOnce(&toml::Value) -> Option<T>,
        expected: &str,
    ) -> Result<Option<Setting<T>>, Refusal> {
        let Some(raw) = self.given(key) else {
            return Ok(None);
        };
        match convert(raw.value) {
            Some(value) => Ok(Some(raw.map(|_| value))),
            None => Err(raw.refuse(format!("expected {expected}, found {}", kind(raw.value)))),
        }
    }

    /// A number.
    pub fn number(&self, key: &str) -> Result<Option<Setting<f64>>, Refusal> {
        self.typed(key, number, "a number")
    }

    /// A whole number of at least `least`.
    pub fn count(&self, key: &str, least: u64) -> Result<Option<Setting<u64>>, Refusal> {
        let expected = format!("a whole number from {least} up");
        let Some(setting) = self.typed(key, number, &expected)? else {
            return Ok(None);
        };
        let count = setting.value;
        // 2^53: above it a float no longer holds every whole number
        if count.fract() != 0.0 || count < least as f64 || count > 9_007_199_254_740_992.0 {
            return Err(setting.refuse(format!("expected {expected}")));
        }
        Ok(Some(setting.map(|count| count as u64)))
    }

    /// `true` or `false`.
    pub fn flag(&self, key: &str) -> Result<Option<Setting<bool>>, Refusal> {
        self.typed(key, toml::Value::as_bool, "true or false, in lower case")
    }

    /// A word.
    pub fn text(&self, key: &str) -> Result<Option<Setting<String>>, Refusal> {
        self.typed(key, |value| value.as_str().map(str::to_owned), "a string")
    }

    /// A path: on the command line without quotes, whatever it looks like.
    pub fn path(&self, key: &str) -> Result<Option<Setting<String>>, Refusal> {
        let typed = self.entries.get(key).and_then(|e| e.typed.clone());
        let path = |value: &toml::Value| value.as_str().map(str::to_owned).or(typed);
        self.typed(key, path, "a path in quotes")
    }

    /// One of `words`.
    pub fn word(
        &self,
        key: &str,
        words: &[&'static str],
    ) -> Result<Option<Setting<&'static str>>, Refusal> {
        let Some(text) = self.text(key)? else {
            return Ok(None);
        };
        let known = words.iter().copied().find(|word| *word == text.value);
        match known {
            Some(word) => Ok(Some(text.map(|_| word))),
            None => Err(text.refuse(format!(
                "expected {}",
                either(words.iter().map(|word| format!("\"{word}\"")))
            ))),
        }
    }

    /// A list of numbers; `"all"` counts as absent.
    pub fn numbers(&self, key: &str) -> Result<Option<Setting<Vec<f64>>>, Refusal> {
        if self
            .given(key)
            .is_some_and(|raw| raw.value.as_str() == Some("all"))
        {
            return Ok(None);
        }
        let list = |value: &toml::Value| value.as_array()?.iter().map(number).collect();
        self.typed(key, list, "a list of numbers, \"all\" or \"none\"")
    }
}

/// A number of either kind that TOML has.
pub fn number(value: &toml::Value) -> Option<f64> {
    match value {
        toml::Value::Float(number) => Some(*number),
        toml::Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

fn kind(value: &toml::Value) -> &'static str {
    match value {
        toml::Value::String(_) => "a string",
        toml::Value::Integer(_) | toml::Value::Float(_) => "a number",
        toml::Value::Boolean(_) => "a bool",
        toml::Value::Datetime(_) => "a date",
        toml::Value::Array(_) => "a list",
        toml::Value::Table(_) => "a table",
    }
}

/// The value on one line, shortened in the middle when it is long.
fn as_written(value: &toml::Value) -> String {
    const LONGEST: usize = 80;
    let text = compact(value).replace('\n', " ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    shorten(&text, SHOWN)
}

/// The value as TOML, but with an exponent where a float would fill the line with digits.
fn compact(value: &toml::Value) -> String {
    match value {
        toml::Value::Float(number) if phrase::number(*number).contains('e') => {
            phrase::number(*number)
        }
        toml::Value::Array(list) => {
            let items: Vec<String> = list.iter().map(compact).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// "a", "a or b", "a, b or c".
fn either<T: fmt::Display>(words: impl Iterator<Item = T>) -> String {
    let mut words: Vec<String> = words.map(|word| word.to_string()).collect();
    let last = words.pop().unwrap_or_default();
    if words.is_empty() {
        last
    } else {
        format!("{} or {last}", words.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[Key] = &[
        Key {
            name: "tapsmofrq",
            default: "\"none\"",
            unit: "Hz",
            legal: "",
            about: "",
        },
        Key {
            name: "pad",
            default: "\"maxperlen\"",
            unit: "s",
            legal: "",
            about: "",
        },
    ];

    fn entries(key: &str, value: impl Into<toml::Value>) -> BTreeMap<String, Entry> {
        let place = Place::File {
            path: "study.toml".into(),
            line: 7,
            column: 1,
        };
        BTreeMap::from([(key.to_owned(), Entry::new(value.into(), place))])
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_one() {
        let entries = entries("tapsmofreq", 3);
        let refusal = Section::new("freqanalysis", KEYS, &entries).expect_err("unknown");
        assert_eq!(
            refusal.to_string(),
            "study.toml:7:1: freqanalysis.tapsmofreq: no such key; did you mean tapsmofrq?"
        );
    }

    #[test]
    fn none_counts_as_absent_only_where_it_is_the_default() {
        let written = entries("tapsmofrq", "none");
        assert_eq!(
            Section::new("f", KEYS, &written)
                .unwrap()
                .number("tapsmofrq"),
            Ok(None)
        );
        let written = entries("pad", "none");
        assert_eq!(
            Section::new("f", KEYS, &written)
                .unwrap()
                .text("pad")
                .unwrap()
                .unwrap()
                .value,
            "none"
        );
    }

    #[test]
    fn a_bool_is_no_number_and_a_whole_float_is_a_count() {
        let written = entries("tapsmofrq", true);
        let refusal = Section::new("f", KEYS, &written)
            .unwrap()
            .number("tapsmofrq")
            .expect_err("bool");
        assert_eq!(
            refusal.to_string(),
            "study.toml:7:1: f.tapsmofrq = true: expected a number, found a bool"
        );
        let written = entries("tapsmofrq", 3.0);
        assert_eq!(
            Section::new("f", KEYS, &written)
                .unwrap()
                .count("tapsmofrq", 1)
                .unwrap()
                .unwrap()
                .value,
            3
        );
        let written = entries("tapsmofrq", 2.5);
        assert!(
            Section::new("f", KEYS, &written)
                .unwrap()
                .count("tapsmofrq", 1)
                .is_err()
        );
    }

    #[test]
    fn floats_are_shown_without_hundreds_of_digits() {
        let list = vec![toml::Value::Float(1e308), toml::Value::Float(1e-7)];
        assert_eq!(as_written(&toml::Value::Array(list)), "[1e308, 1e-7]");
        assert_eq!(as_written(&toml::Value::Float(0.5)), "0.5");
        assert_eq!(as_written(&toml::Value::Float(0.0)), "0.0");
    }

    #[test]
    fn lists_of_words_read_as_english() {
        assert_eq!(either(["a"].iter()), "a");
        assert_eq!(either(["a", "b", "c"].iter()), "a, b or c");
    }
}
