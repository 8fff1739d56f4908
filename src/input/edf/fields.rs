//! Fields of the header: text of a fixed width, in ASCII by the standard, in files also in UTF-8 or Latin-1.

use crate::input::written;
use crate::phrase::{printable, shorten};

/// Characters that are shown of what was found.
pub const SHOWN: usize = 40;

/// Characters as text, without the blanks around them.
pub fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    let bytes = bytes[..end].trim_ascii();
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
    }
}

/// A whole number from 0 up.
///
/// # Errors
/// Found and expected; `what` names the field.
pub fn parse_u64(what: &str, bytes: &[u8]) -> Result<u64, String> {
    let text = text(bytes);
    let number = text.parse();
    number.map_err(|_| wrong(what, &text, "a whole number from 0 up"))
}

/// A finite number.
///
/// # Errors
/// Found and expected; `what` names the field.
pub fn parse_f64(what: &str, bytes: &[u8]) -> Result<f64, String> {
    let text = text(bytes);
    written::float(&text).ok_or_else(|| wrong(what, &text, "a number"))
}

fn wrong(what: &str, found: &str, expected: &str) -> String {
    format!(
        "its {what} is \"{}\"; expected {expected}: correct the header",
        shorten(&printable(found), SHOWN)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_units_are_ascii_utf_8_or_latin_1() {
        assert_eq!(text(b"Cz \0\0  "), "Cz");
        assert_eq!(text(b" \xb5V "), "µV");
        assert_eq!(text("µV".as_bytes()), "µV");
    }

    #[test]
    fn numbers_have_a_point_or_a_comma() {
        assert_eq!(parse_f64("x", b" -0,5 "), Ok(-0.5));
        assert_eq!(parse_u64("x", b"12\0     "), Ok(12));
        for bad in ["", "nan", "inf", "1e999", "1.5.2"] {
            let error = parse_f64("physical minimum", bad.as_bytes()).unwrap_err();
            let start = format!("its physical minimum is \"{bad}\"; expected a number");
            assert!(error.starts_with(&start), "{error}");
        }
    }
}
