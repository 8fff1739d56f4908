//! What a variable holds.

use super::v5::Stored;
use crate::phrase::number;

/// What tables are called in messages.
const TABLE: &str = "a table";

/// A value of any class.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Real numbers, truth values among them.
    Numbers(Numbers),
    /// A row of characters.
    Text(String),
    /// Cells, the first axis running fastest.
    Cells(Vec<Value>),
    /// Structs that have the same fields.
    Structs(Structs),
    /// What is not read: what it is, for messages.
    Other(&'static str),
}

/// Structs that have the same fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Structs {
    /// How many.
    pub n: usize,
    /// Of those fields that were asked for, name and a value for each struct.
    pub fields: Vec<(String, Vec<Value>)>,
}

/// An array of numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Its axes, the first running fastest.
    pub shape: Vec<u64>,
    /// Whether MATLAB computes with them as doubles, however they are stored.
    pub is_double: bool,
    /// Where they are.
    pub(super) place: Place,
    /// All of them, where they are few.
    pub(super) few: Vec<f64>,
}

/// Where numbers are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Place {
    /// Nowhere: there are none.
    Nowhere,
    /// In a file of version 5.
    Bytes(Stored),
    /// In this data set.
    DataSet(String),
}

impl Numbers {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.shape.iter().product()
    }

    /// The only one.
    pub fn one(&self) -> Option<f64> {
        match self.few[..] {
            [one] if self.count() == 1 => Some(one),
            _ => None,
        }
    }
}

impl Structs {
    /// The values of a field, one for each struct.
    pub fn values(&self, name: &str) -> Option<&[Value]> {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map(|(_, values)| &values[..])
    }

    /// The value of a field of a single struct.
    pub fn value(&self, name: &str) -> Option<&Value> {
        match self.values(name) {
            Some([one]) => Some(one),
            _ => None,
        }
    }
}

impl Value {
    /// `[]`
    pub(super) fn nothing() -> Value {
        Value::Numbers(Numbers {
            shape: vec![0, 0],
            is_double: true,
            place: Place::Nowhere,
            few: Vec::new(),
        })
    }

    /// An object of this class.
    pub(super) fn object(class: &str) -> Value {
        Value::Other(match class {
            "table" => TABLE,
            "timetable" => "a timetable",
            "string" => "a string array",
            "categorical" => "a categorical array",
            "datetime" => "dates",
            "duration" => "durations",
            _ => "an object",
        })
    }

    /// Whether it is a table, which only MATLAB can read.
    pub fn is_table(&self) -> bool {
        *self == Value::Other(TABLE)
    }

    /// Whether it holds nothing, as `[]`, `{}` and `''` do.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Numbers(numbers) => numbers.count() == 0,
            Value::Text(text) => text.is_empty(),
            Value::Cells(cells) => cells.is_empty(),
            Value::Structs(structs) => structs.n == 0,
            Value::Other(_) => false,
        }
    }

    /// A single number.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Numbers(numbers) => numbers.one(),
            _ => None,
        }
    }

    /// Characters.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Characters, or a single number as text.
    pub fn text(&self) -> Option<String> {
        match self {
            Value::Text(text) => Some(text.clone()),
            Value::Cells(cells) if cells.len() == 1 => cells[0].text(),
            value => value.number().map(number),
        }
    }

    /// What it is, for messages.
    pub fn shown(&self) -> String {
        let shape = |shape: &[u64]| {
            let sizes: Vec<String> = shape.iter().take(4).map(u64::to_string).collect();
            sizes.join(" × ")
        };
        match self {
            Value::Numbers(numbers) => match numbers.one() {
                Some(one) => number(one),
                None => format!("{} numbers", shape(&numbers.shape)),
            },
            Value::Text(text) => format!("\"{}\"", crate::phrase::shorten(text, 60)),
            Value::Cells(cells) => format!("{} cells", cells.len()),
            Value::Structs(structs) if structs.n == 1 => "a struct".into(),
            Value::Structs(structs) => format!("{} structs", structs.n),
            Value::Other(what) => (*what).into(),
        }
    }
}
