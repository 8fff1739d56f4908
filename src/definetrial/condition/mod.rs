//! A condition on the columns of an event, as `trial_type == "target" and (response_time < 0.5 or block != 1)`:
//! comparisons of a column with a string or a number, `column in ["a", "b"]`, `and`, `or`, `not` and parentheses, which
//! pandas' `query` understands as well.

#[cfg(test)]
mod tests;
mod tokens;

use super::columns::finite;
use tokens::{Token, tokens};

/// Bytes of a condition at most.
const LONGEST: usize = 10_000;
/// Parentheses and negations in each other at most.
const DEEPEST: usize = 50;

/// A condition on the values of named columns.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of them hold.
    And(Vec<Condition>),
    /// One of them holds.
    Or(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
    /// A column against a value.
    Compare(String, Comparison, Value),
    /// A column against some values, one of which it has.
    In(String, Vec<Value>),
}

/// How a column compares with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What a column is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string in quotes.
    Text(String),
    /// A number.
    Number(f64),
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// What cannot be understood, and what would be.
    pub fn parse(text: &str) -> Result<Condition, String> {
        if text.len() > LONGEST {
            return Err(format!("{} bytes; expected at most {LONGEST}", text.len()));
        }
        let tokens = tokens(text)?;
        let mut parser = Parser {
            tokens: &tokens,
            depth: 0,
        };
        let condition = parser.any()?;
        match parser.tokens.first() {
            None => Ok(condition),
            Some(token) => Err(format!(
                "expected and, or, or the end before {}",
                token.shown()
            )),
        }
    }

    /// The columns that it asks about.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            Condition::And(all) | Condition::Or(all) => {
                all.iter().flat_map(Condition::columns).collect()
            }
            Condition::Not(condition) => condition.columns(),
            Condition::Compare(column, ..) | Condition::In(column, _) => vec![column],
        }
    }

    /// Whether it holds, where `value_of` gives the value of a column, which may be empty. A number is compared with
    /// values that are numbers and is unequal to all others.
    pub fn holds<'a>(&self, value_of: &impl Fn(&str) -> &'a str) -> bool {
        match self {
            Condition::And(all) => all.iter().all(|condition| condition.holds(value_of)),
            Condition::Or(all) => all.iter().any(|condition| condition.holds(value_of)),
            Condition::Not(condition) => !condition.holds(value_of),
            Condition::Compare(column, comparison, value) => {
                comparison.holds(value_of(column), value)
            }
            Condition::In(column, values) => {
                let found = value_of(column);
                values
                    .iter()
                    .any(|value| Comparison::Equal.holds(found, value))
            }
        }
    }
}

impl Comparison {
    fn holds(self, found: &str, value: &Value) -> bool {
        let ordering = match value {
            Value::Text(text) => Some(found.cmp(text.as_str())),
            Value::Number(number) => finite(found).and_then(|x| x.partial_cmp(number)),
        };
        match self {
            Comparison::Equal => ordering.is_some_and(|o| o.is_eq()),
            Comparison::Unequal => ordering.is_none_or(|o| o.is_ne()),
            Comparison::Less => ordering.is_some_and(|o| o.is_lt()),
            Comparison::LessOrEqual => ordering.is_some_and(|o| o.is_le()),
            Comparison::Greater => ordering.is_some_and(|o| o.is_gt()),
            Comparison::GreaterOrEqual => ordering.is_some_and(|o| o.is_ge()),
        }
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    depth: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<&Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_next = matches!(self.tokens.first(), Some(Token::Name(name)) if name == word);
        if is_next {
            self.next();
        }
        is_next
    }

    fn take_mark(&mut self, mark: char) -> bool {
        let is_next = self.tokens.first() == Some(&Token::Mark(mark));
        if is_next {
            self.next();
        }
        is_next
    }

    fn any(&mut self) -> Result<Condition, String> {
        let mut one_of = vec![self.all()?];
        while self.take_word("or") {
            one_of.push(self.all()?);
        }
        Ok(match one_of.len() {
            1 => one_of.remove(0),
            _ => Condition::Or(one_of),
        })
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut all = vec![self.single()?];
        while self.take_word("and") {
            all.push(self.single()?);
        }
        Ok(match all.len() {
            1 => all.remove(0),
            _ => Condition::And(all),
        })
    }

    fn single(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!(
                "more than {DEEPEST} conditions lie in each other; expected fewer"
            ));
        }
        let condition = if self.take_word("not") {
            Condition::Not(Box::new(self.single()?))
        } else if self.take_mark('(') {
            let inside = self.any()?;
            if !self.take_mark(')') {
                return Err("a parenthesis has no end; expected a )".into());
            }
            inside
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn comparison(&mut self) -> Result<Condition, String> {
        const EXPECTED: &str =
            "expected a column, a comparison and a value, as trial_type == \"target\"";
        let column = match self.next() {
            Some(Token::Name(name)) => name.clone(),
            _ => return Err(EXPECTED.into()),
        };
        let is_not = self.take_word("not");
        if self.take_word("in") {
            let values = Condition::In(column, self.values()?);
            return Ok(if is_not {
                Condition::Not(Box::new(values))
            } else {
                values
            });
        }
        let Some(&Token::Comparison(comparison)) = self.next().filter(|_| !is_not) else {
            return Err(EXPECTED.into());
        };
        match self.next() {
            Some(Token::Value(value)) => Ok(Condition::Compare(column, comparison, value.clone())),
            _ => Err(format!("{EXPECTED}; strings stand in quotes")),
        }
    }

    /// `["a", "b"]`, or with parentheses.
    fn values(&mut self) -> Result<Vec<Value>, String> {
        const EXPECTED: &str = "expected values in brackets behind in, as [\"left\", \"right\"]";
        let end = match self.next() {
            Some(Token::Mark('[')) => ']',
            Some(Token::Mark('(')) => ')',
            _ => return Err(EXPECTED.into()),
        };
        let mut values = Vec::new();
        loop {
            match self.next() {
                Some(Token::Value(value)) => values.push(value.clone()),
                _ => return Err(EXPECTED.into()),
            }
            if self.take_mark(end) {
                return Ok(values);
            }
            if !self.take_mark(',') {
                return Err(EXPECTED.into());
            }
        }
    }
}
