//! The `.info` file: JSON as Python writes it, with bare `NaN`, `Infinity` and `-Infinity`.

use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use crate::error::{Error, IoContext, Result};
use crate::input::require_regular;
use crate::phrase::shorten;

/// Bytes of an `.info` file at most: a million long labels fit.
const LARGEST: u64 = 256 << 20;
/// Values in it at most: the frequencies of a spectrum of 2²³ samples fit. Each takes some hundred bytes once it is read,
/// up to fifty times of what it takes in the file.
const MAX_VALUES: usize = 1 << 23;
/// Lists and objects in each other at most. serde_json reads 127 of them; a result puts the history it finds one deeper.
const DEEPEST: usize = 100;

/// Reads the `.info` file at `path`; NaN and infinities become null.
///
/// # Errors
/// No file, too large a file, or no JSON object in it.
pub fn read_info(path: &Path) -> Result<Map<String, Value>> {
    const DOING: &str = "open the .info file beside the data";
    require_regular(path, DOING)?;
    let file = std::fs::File::open(path).at(path, DOING)?;
    let mut text = String::new();
    let n = file
        .take(LARGEST + 1)
        .read_to_string(&mut text)
        .at(path, "read this file as text")?;
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    if n as u64 > LARGEST {
        return Err(wrong(format!(
            "larger than {LARGEST} bytes; expected a small JSON file"
        )));
    }
    let clean = without_bare_words(&text).map_err(wrong)?;
    drop(text);
    match serde_json::from_str(&clean) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(other) => Err(wrong(format!(
            "this file holds {}; expected a JSON object",
            shorten(&other.to_string(), 60)
        ))),
        Err(error) => Err(wrong(format!(
            "this is not JSON: {error}; expected the .info file as Syncopy or Slepian writes it"
        ))),
    }
}

/// Replaces Python's bare words for numbers that JSON does not have, outside of strings, by null.
///
/// # Errors
/// More values, or deeper ones, than any recording needs, before memory is taken for them.
fn without_bare_words(text: &str) -> Result<String, String> {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    let (mut n_values, mut depth) = (0, 0_usize);
    while let Some(c) = rest.chars().next() {
        if !in_string {
            match c {
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            n_values += usize::from(matches!(c, '[' | '{' | ','));
            if depth > DEEPEST {
                return Err(format!(
                    "more than {DEEPEST} lists or objects lie in each other; expected fewer"
                ));
            }
            if n_values > MAX_VALUES {
                return Err(format!("more than {MAX_VALUES} values; expected fewer"));
            }
        }
        let word = ["NaN", "Infinity", "-Infinity"]
            .into_iter()
            .find(|word| !in_string && rest.starts_with(word));
        let taken = match word {
            Some(word) => {
                clean.push_str("null");
                word.len()
            }
            None if in_string && c == '\\' => {
                let n = c.len_utf8() + rest[1..].chars().next().map_or(0, char::len_utf8);
                clean.push_str(&rest[..n]);
                n
            }
            None => {
                in_string ^= c == '"';
                clean.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    Ok(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pythons_words_for_numbers_become_null_outside_of_strings() {
        let text =
            r#"{"a": NaN, "b": [-Infinity, Infinity, -1], "NaN \" Infinity": "NaN\\", "c": NaN}"#;
        let value: Value = serde_json::from_str(&without_bare_words(text).unwrap()).unwrap();
        let want = serde_json::json!({"a": null, "b": [null, null, -1], "NaN \" Infinity": "NaN\\", "c": null});
        assert_eq!(value, want);
        assert_eq!(without_bare_words("\"\\").unwrap(), "\"\\");
    }

    #[test]
    fn many_and_deep_values_are_refused_before_they_take_memory() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(without_bare_words(&deep(DEEPEST)).is_ok());
        let text = without_bare_words(&deep(DEEPEST + 1)).unwrap_err();
        assert!(text.contains("lie in each other"), "{text}");
        assert!(without_bare_words(&format!("\"{}\"", deep(1000))).is_ok());
        let many = "0,".repeat(MAX_VALUES + 1);
        let text = without_bare_words(&many).unwrap_err();
        assert_eq!(text, "more than 8388608 values; expected fewer");
    }

    #[test]
    fn numbers_are_read_to_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.analog.info");
        std::fs::write(&path, r#"{"samplerate": 29420.272246563618}"#).unwrap();
        let info = read_info(&path).unwrap();
        let rate = info["samplerate"].as_f64().unwrap();
        assert_eq!(rate.to_bits(), 29420.272246563618_f64.to_bits());
    }
}
