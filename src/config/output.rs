//! `[output]` beyond its path: checksum, compression, and what MPI should know of the file system.

use crate::comm::{Hints, MAX_NAME, MAX_VALUE};
use crate::output::{Checksum, Compression};
use crate::phrase::shorten;
use crate::setting::{Refusal, Section};

/// As `[output] compression_level` says when it is absent.
const LEVEL: u8 = 4;
/// Hints at most: an MPI library knows some dozens.
const MAX_HINTS: usize = 100;

/// Whether the SHA-1 of the result is stored.
pub fn checksum(section: &Section) -> Result<Checksum, Refusal> {
    match section.raw("checksum") {
        None => Ok(Checksum::Auto),
        Some(raw) => match raw.value {
            toml::Value::Boolean(true) => Ok(Checksum::Yes),
            toml::Value::Boolean(false) => Ok(Checksum::No),
            toml::Value::String(word) if word == "auto" => Ok(Checksum::Auto),
            _ => Err(raw.refuse("expected \"auto\", true or false")),
        },
    }
}

/// How the result is compressed, if it is.
pub fn compression(section: &Section) -> Result<Option<Compression>, Refusal> {
    let level = section.count("compression_level", 1)?;
    if let Some(level) = level.as_ref().filter(|level| level.value > 9) {
        return Err(level.refuse("expected 1 (fast) to 9 (small)"));
    }
    let shuffle = section.flag("shuffle")?.is_none_or(|shuffle| shuffle.value);
    match section.word("compression", &["none", "gzip"])? {
        Some(word) if word.value == "gzip" => {
            if !hdf5::filters::deflate_available() {
                return Err(
                    word.refuse("this HDF5 library was built without gzip; expected \"none\"")
                );
            }
            Ok(Some(Compression {
                level: level.map_or(LEVEL, |level| level.value as u8),
                shuffle,
            }))
        }
        _ => Ok(None),
    }
}

/// Hints for MPI-IO, by the names that the MPI library has for them.
pub fn mpi_hints(section: &Section) -> Result<Hints, Refusal> {
    const EXPECTED: &str = "expected a table of names and values, as { striping_factor = 16 }";
    let Some(raw) = section.raw("mpi_hints") else {
        return Ok(Hints::default());
    };
    let toml::Value::Table(table) = raw.value else {
        return Err(raw.refuse(EXPECTED));
    };
    if table.len() > MAX_HINTS {
        return Err(raw.refuse(format!("expected at most {MAX_HINTS} hints")));
    }
    let mut hints = Hints::default();
    for (name, value) in table {
        let shown = shorten(name, MAX_NAME);
        let is_name = !name.is_empty()
            && name.len() < MAX_NAME
            && name.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_name {
            return Err(raw.refuse(format!(
                "no MPI has a hint of the name \"{shown}\"; expected up to {} letters, digits and signs",
                MAX_NAME - 1
            )));
        }
        let value = match value {
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::String(text) => text.clone(),
            _ => return Err(raw.refuse(format!("{shown}: expected a string or a whole number"))),
        };
        let is_value = !value.trim().is_empty()
            && value.len() < MAX_VALUE
            && !value.bytes().any(|byte| byte.is_ascii_control());
        if !is_value {
            return Err(raw.refuse(format!(
                "{shown}: expected 1 to {} characters on one line",
                MAX_VALUE - 1
            )));
        }
        hints.0.push((name.clone(), value));
    }
    Ok(hints)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn read(text: &str) -> Result<Config, Refusal> {
        let whole = format!("[input]\npath = \"a\"\n[output]\npath = \"b\"\n{text}");
        Config::parse(&whole, Path::new("s.toml"), &[])
    }

    fn refused(text: &str) -> String {
        read(text).expect_err(text).to_string()
    }

    #[test]
    fn compression_is_gzip_with_a_level_or_nothing() {
        let parse = |text: &str| read(text).expect(text).compression;
        assert_eq!(parse(""), None);
        let default = Compression {
            level: 4,
            shuffle: true,
        };
        assert_eq!(parse("compression = \"gzip\"\n"), Some(default));
        let other = Compression {
            level: 9,
            shuffle: false,
        };
        let text = "compression = \"gzip\"\ncompression_level = 9\nshuffle = false\n";
        assert_eq!(parse(text), Some(other));
        assert!(refused("compression_level = 10\n").contains("expected 1 (fast) to 9 (small)"));
        assert!(refused("compression = \"lzf\"\n").contains("gzip"));
    }

    #[test]
    fn hints_are_names_and_values_that_every_mpi_takes() {
        let hints = |text: &str| read(text).expect(text).mpi_hints.0;
        assert!(hints("").is_empty());
        let written = hints("mpi_hints = { cb_nodes = 4, romio_cb_write = \"enable\" }\n");
        let expected = [("cb_nodes", "4"), ("romio_cb_write", "enable")];
        assert_eq!(written, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        for (wrong, why) in [
            ("4".into(), "a table of names and values"),
            (
                "{ cb_nodes = 0.5 }".into(),
                "cb_nodes: expected a string or a whole",
            ),
            (
                "{ cb_nodes = { a = 1 } }".into(),
                "cb_nodes: expected a string or a whole",
            ),
            (
                "{ cb_nodes = \"\" }".into(),
                "cb_nodes: expected 1 to 255 characters",
            ),
            (
                "{ cb_nodes = \"a\\u0000b\" }".into(),
                "cb_nodes: expected 1 to 255",
            ),
            (
                format!("{{ cb_nodes = \"{}\" }}", "4".repeat(256)),
                "cb_nodes: expected 1 to 255",
            ),
            (
                "{ \"cb nodes\" = 1 }".into(),
                "no MPI has a hint of the name",
            ),
            (
                format!("{{ {} = 1 }}", "n".repeat(36)),
                "expected up to 35 letters",
            ),
        ] {
            let text = refused(&format!("mpi_hints = {wrong}\n"));
            assert!(
                text.starts_with("s.toml:5:1: output.mpi_hints = ") && text.contains(why),
                "{text}"
            );
        }
    }
}
