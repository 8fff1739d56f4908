//! The TOML as written, with `--set` on top: tables of entries that know their line. Nothing is checked here but that
//! the text is TOML and every value stands in a table.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use crate::phrase::shorten;
use crate::setting::{Entry, Place, Refusal};

/// Characters of a name that are shown.
const SHOWN: usize = 60;
/// Bytes of a line that are counted as characters at most.
const MAX_COUNTED: usize = 4096;

/// The entries of every table, by table name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Entries by key, by table.
    pub tables: BTreeMap<String, Table>,
}

/// One table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Where the table begins.
    pub place: Place,
    /// Its entries.
    pub entries: BTreeMap<String, Entry>,
}

impl Document {
    /// Takes the entries of a table out; none where there is no such table.
    pub fn take(&mut self, name: &str) -> BTreeMap<String, Entry> {
        let table = self.tables.remove(name);
        table.map(|table| table.entries).unwrap_or_default()
    }

    /// Reads the text of a config file and the values of `--set`, which replace what the file says.
    ///
    /// # Errors
    /// Text that is no TOML, a value outside of a table, a `--set` that is not `table.key=value`.
    pub fn parse(text: &str, path: &Path, sets: &[String]) -> Result<Document, Refusal> {
        let line_starts: Vec<usize> = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(newline, _)| newline + 1))
            .collect();
        let at = |offset: usize| {
            let offset = text.floor_char_boundary(offset);
            let line = line_starts.partition_point(|&start| start <= offset);
            let before = &text[line_starts[line - 1]..offset];
            // nobody counts that far, and a line may hold any number of keys
            let column = match before.len() {
                n if n > MAX_COUNTED => n,
                _ => before.chars().count(),
            };
            Place::File {
                path: path.to_owned(),
                line,
                column: column + 1,
            }
        };
        let is_named_toml = path
            .extension()
            .is_some_and(|extension| extension == "toml");
        let advice = if is_named_toml {
            ""
        } else {
            "; expected a config (.toml), which names a recording as input.path"
        };
        let not_toml = |error: toml::de::Error| Refusal {
            place: at(error.span().map_or(0, |span| span.start)),
            found: String::new(),
            what: match error.message() {
                "recursion limit" => {
                    "tables or lists lie too deep in each other; expected fewer of them".into()
                }
                message => format!("this is not TOML: {}{advice}", message.replace('\n', ", ")),
            },
        };
        let spans = DeTable::parse(text).map_err(not_toml)?;
        let values: toml::Table = toml::from_str(text).map_err(not_toml)?;

        let mut document = Document::default();
        for (name, content) in spans.get_ref() {
            let place = at(name.span().start);
            if is_repeated_table(content.get_ref()) {
                let name = shorten(name.get_ref(), SHOWN);
                return Err(Refusal {
                    place,
                    found: format!("[[{name}]]"),
                    what: format!(": expected a single table, [{name}]"),
                });
            }
            let DeValue::Table(keys) = content.get_ref() else {
                return Err(Refusal {
                    place,
                    found: shorten(name.get_ref(), SHOWN),
                    what: ": stands outside of any table, as [input] or [freqanalysis]".into(),
                });
            };
            let written = values[name.get_ref().as_ref()]
                .as_table()
                .expect("both readings see a table");
            let entries = keys
                .iter()
                .map(|(key, _)| {
                    let value = written[key.get_ref().as_ref()].clone();
                    (
                        key.get_ref().to_string(),
                        Entry::new(value, at(key.span().start)),
                    )
                })
                .collect();
            document
                .tables
                .insert(name.get_ref().to_string(), Table { place, entries });
        }
        for set in sets {
            document.set(set)?;
        }
        Ok(document)
    }

    fn set(&mut self, set: &str) -> Result<(), Refusal> {
        let refuse = |what: &str| Refusal {
            place: Place::CommandLine,
            found: shorten(set, SHOWN),
            what: format!(": {what}"),
        };
        let (name, value) = set
            .split_once('=')
            .ok_or_else(|| refuse("expected table.key=value"))?;
        let (table, key) = name
            .trim()
            .split_once('.')
            .ok_or_else(|| refuse("expected table.key=value"))?;
        if table.is_empty() || key.is_empty() || key.contains('.') {
            return Err(refuse("expected table.key=value"));
        }
        let typed = value.trim();
        let value = toml::de::ValueDeserializer::parse(typed)
            .and_then(toml::Value::deserialize)
            .unwrap_or_else(|_| toml::Value::String(typed.to_owned()));
        let table = self
            .tables
            .entry(table.to_owned())
            .or_insert_with(|| Table {
                place: Place::CommandLine,
                entries: BTreeMap::new(),
            });
        table.entries.insert(
            key.to_owned(),
            Entry {
                value,
                place: Place::CommandLine,
                typed: Some(typed.to_owned()),
            },
        );
        Ok(())
    }
}

/// Whether this is `[[table]]`, TOML's list of tables.
fn is_repeated_table(content: &DeValue) -> bool {
    match content {
        DeValue::Array(list) => {
            let mut items = list.iter().map(|item| item.get_ref());
            !list.is_empty() && items.all(|item| matches!(item, DeValue::Table(_)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, sets: &[&str]) -> Result<Document, Refusal> {
        let sets: Vec<String> = sets.iter().map(|set| set.to_string()).collect();
        Document::parse(text, Path::new("study.toml"), &sets)
    }

    #[test]
    fn every_entry_knows_its_line_and_column() {
        let document = parse("# ü\n[freqanalysis]\n  foilim = [1,\n 2]\npad = 1\n", &[]).unwrap();
        let table = &document.tables["freqanalysis"];
        assert_eq!(
            table.entries["foilim"].place,
            Place::File {
                path: "study.toml".into(),
                line: 3,
                column: 3
            }
        );
        assert_eq!(
            table.entries["pad"].place,
            Place::File {
                path: "study.toml".into(),
                line: 5,
                column: 1
            }
        );
    }

    #[test]
    fn a_recording_in_place_of_a_config_is_told_where_it_belongs() {
        let refusal = Document::parse("NEURALCD\u{2}", Path::new("x.ns6"), &[]);
        let text = refusal.map(|_| ()).unwrap_err().to_string();
        assert!(text.contains("this is not TOML"), "{text}");
        let advice = "expected a config (.toml), which names a recording as input.path";
        assert!(text.ends_with(advice), "{text}");
        let refusal = Document::parse("NEURALCD", Path::new("x.toml"), &[]);
        let text = refusal.map(|_| ()).unwrap_err().to_string();
        assert!(!text.contains("input.path"), "{text}");
    }

    #[test]
    fn a_slip_in_the_toml_is_refused_with_its_line() {
        let refusal = parse("[input]\npath = \n", &[]).expect_err("no value");
        assert!(
            refusal.to_string().starts_with("study.toml:2:"),
            "{refusal}"
        );
        let refusal = parse("foilim = [1, 2]\n", &[]).expect_err("no table");
        assert!(
            refusal.to_string().contains("outside of any table"),
            "{refusal}"
        );
        let refusal = parse("[[input]]\npath = \"a\"\n", &[]).expect_err("a list of tables");
        assert!(
            refusal
                .to_string()
                .contains("[[input]]: expected a single table, [input]"),
            "{refusal}"
        );
    }

    #[test]
    fn set_replaces_the_file_and_reads_toml_else_a_string() {
        let sets = [
            "a.x=[1, 2]",
            "a.y=recording one.spy",
            "b.z=true",
            "a.w=\"3\"",
            "a.v=",
        ];
        let document = parse("[a]\nx = 1\n", &sets).unwrap();
        let a = &document.tables["a"].entries;
        assert_eq!(a["x"].value.as_array().unwrap().len(), 2);
        assert_eq!(a["x"].place, Place::CommandLine);
        assert_eq!(a["y"].value.as_str(), Some("recording one.spy"));
        assert_eq!(a["w"].value.as_str(), Some("3"));
        assert_eq!(a["v"].value.as_str(), Some(""));
        assert_eq!(
            document.tables["b"].entries["z"].value.as_bool(),
            Some(true)
        );
        assert!(parse("", &["nonsense"]).is_err());
        assert!(parse("", &["a.b.c=1"]).is_err());
    }
}
