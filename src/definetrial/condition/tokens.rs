//! The words that a condition is written in.

use super::{Comparison, Value};
use crate::phrase::shorten;

/// A word of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A column, or a word such as `and`.
    Name(String),
    /// What a column is compared with.
    Value(Value),
    /// How.
    Comparison(Comparison),
    /// One of `( ) [ ] ,`
    Mark(char),
}

impl Token {
    /// The word, for messages.
    pub fn shown(&self) -> String {
        let text = match self {
            Token::Name(name) => name.clone(),
            Token::Value(Value::Text(text)) => format!("\"{text}\""),
            Token::Value(Value::Number(number)) => number.to_string(),
            Token::Comparison(_) => "a comparison".into(),
            Token::Mark(mark) => mark.to_string(),
        };
        shorten(&text, 40)
    }
}

/// The words of a condition.
///
/// # Errors
/// What is none, and what would be.
pub fn tokens(text: &str) -> Result<Vec<Token>, String> {
    const COMPARISONS: &[(&str, Comparison)] = &[
        ("==", Comparison::Equal),
        ("!=", Comparison::Unequal),
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(c) = rest.chars().next() {
        let comparison = COMPARISONS.iter().find(|(sign, _)| rest.starts_with(sign));
        let is_in_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let (token, length) = match (c, comparison) {
            (_, Some((sign, comparison))) => (Token::Comparison(*comparison), sign.len()),
            ('(' | ')' | '[' | ']' | ',', _) => (Token::Mark(c), 1),
            ('"' | '\'' | '`', _) => {
                let inside = &rest[1..];
                let Some(end) = inside.find(c) else {
                    return Err(format!("a string has no end; expected a {c} that ends it"));
                };
                let text = inside[..end].to_owned();
                let token = match c {
                    // names that are no words, as pandas writes them
                    '`' => Token::Name(text),
                    _ => Token::Value(Value::Text(text)),
                };
                (token, end + 2)
            }
            (c, _) if c.is_ascii_digit() || c == '-' || c == '+' || c == '.' => {
                let is_in_number = |(k, c): &(usize, char)| {
                    let after = rest[..*k].chars().next_back();
                    let is_sign = matches!(c, '+' | '-');
                    c.is_alphanumeric()
                        || *c == '.'
                        || is_sign && matches!(after, None | Some('e' | 'E'))
                };
                let end: usize = rest
                    .char_indices()
                    .take_while(is_in_number)
                    .map(|(_, c)| c.len_utf8())
                    .sum();
                let written = &rest[..end];
                match written.parse::<f64>() {
                    Ok(number) if number.is_finite() => (Token::Value(Value::Number(number)), end),
                    _ => {
                        let written = shorten(written, 40);
                        return Err(format!("{written} is no number; expected one"));
                    }
                }
            }
            (c, _) if is_in_name(c) => {
                let end = rest.find(|c| !is_in_name(c)).unwrap_or(rest.len());
                (Token::Name(rest[..end].to_owned()), end)
            }
            _ => {
                let what = match c {
                    '=' => "expected == for \"is\"".to_owned(),
                    '&' => "expected and".to_owned(),
                    '|' => "expected or".to_owned(),
                    '!' => "expected not, or !=".to_owned(),
                    c => format!(
                        "expected names, strings in quotes, numbers and comparisons, found {}",
                        c.escape_default()
                    ),
                };
                return Err(what);
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}
