//! Small values beside the samples: attributes, and columns of numbers or texts. All are read in pieces and within bounds,
//! since what a file claims may be more than it holds.

use std::ops::Range;
use std::path::Path;

use hdf5::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};
use hdf5::{Attribute, Container, Dataset, H5Type, Hyperslab, Location, Selection};

use super::{data_set, kind, missing};
use crate::error::{Error, Hdf5Context, Result};
use crate::phrase::number;

/// Numbers that are read at once: HDF5 holds a kilobyte for every chunk that a read touches, and a chunk may hold a single
/// number.
pub const NUMBERS_AT_ONCE: usize = 1 << 15;
/// Texts that are read at once: each may be as long as the file, all of them the same bytes of it.
const TEXTS_AT_ONCE: usize = 64;
/// Bytes of a column of texts at most, unless more is asked for.
const MAX_TEXT: usize = 8 << 20;
/// Bytes at most of a text of fixed length.
const MAX_FIXED: usize = 1024;

/// A column of values.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; truth values are 0 and 1.
    Numbers(Vec<f64>),
    /// Texts.
    Texts(Vec<String>),
}

impl Column {
    /// The value of a row as text, of numbers a short one; nothing for what is no number.
    pub fn text(&self, row: usize) -> String {
        match self {
            Column::Numbers(numbers) if numbers[row].is_nan() => String::new(),
            Column::Numbers(numbers) => number(numbers[row]),
            Column::Texts(texts) => texts[row].clone(),
        }
    }

    /// Its numbers, if it holds numbers.
    pub fn numbers(&self) -> Option<&[f64]> {
        match self {
            Column::Numbers(numbers) => Some(numbers),
            Column::Texts(_) => None,
        }
    }

    /// Its texts, if it holds text.
    pub fn texts(&self) -> Option<&[String]> {
        match self {
            Column::Numbers(_) => None,
            Column::Texts(texts) => Some(texts),
        }
    }

    /// Values.
    pub fn len(&self) -> usize {
        match self {
            Column::Numbers(numbers) => numbers.len(),
            Column::Texts(texts) => texts.len(),
        }
    }

    /// Bytes of its texts.
    pub fn text_bytes(&self) -> usize {
        match self {
            Column::Numbers(_) => 0,
            Column::Texts(texts) => texts.iter().map(String::len).sum(),
        }
    }
}

/// A column of at most `most` values; none for what is no list of numbers, truth values or texts.
///
/// # Errors
/// Nothing of that name, too many values, or values that HDF5 cannot read: path, found, expected.
pub fn column(path: &Path, file: &hdf5::File, name: &str, most: usize) -> Result<Option<Column>> {
    column_within(path, file, name, most, MAX_TEXT)
}

/// A column of at most `most` values, and `max_text` bytes of text.
///
/// # Errors
/// Those of [`column`].
pub fn column_within(
    path: &Path,
    file: &hdf5::File,
    name: &str,
    most: usize,
    max_text: usize,
) -> Result<Option<Column>> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let set = data_set(path, file, name)?;
    let &[n] = &set.shape()[..] else {
        return Ok(None);
    };
    if n > most {
        return Err(wrong(format!(
            "{name} claims {n} values; expected at most {most}: input.format = \"hdf5\" reads the samples without it"
        )));
    }
    let dtype = set.dtype().at(path, format!("read the type of {name}"))?;
    let bytes = n as u128 * dtype.size() as u128;
    if let Some(what) = missing(path, &set, bytes)? {
        return Err(wrong(what));
    }
    let descriptor = dtype.to_descriptor();
    if super::number(&dtype).is_some() || matches!(descriptor, Ok(TypeDescriptor::Boolean)) {
        let mut values = Vec::new();
        for rows in pieces(0..n, NUMBERS_AT_ONCE) {
            values.extend(numbers(path, &set, name, rows)?);
        }
        return Ok(Some(Column::Numbers(values)));
    }
    let mut values = Vec::new();
    let mut left = max_text;
    for rows in pieces(0..n, TEXTS_AT_ONCE) {
        let Some(texts) = texts(path, &set, name, rows)? else {
            return Ok(None);
        };
        for text in texts {
            left = left.checked_sub(text.len()).ok_or_else(|| {
                wrong(format!(
                    "{name} holds more than {max_text} bytes of text; expected less: input.format = \"hdf5\" reads the \
                     samples without it"
                ))
            })?;
            values.push(text);
        }
    }
    Ok(Some(Column::Texts(values)))
}

/// The range in pieces of `n` at most.
fn pieces(range: Range<usize>, n: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range.step_by(n).map(move |first| first..end.min(first + n))
}

/// The numbers `rows` of a list.
///
/// # Errors
/// HDF5 cannot read them as numbers.
pub fn numbers(path: &Path, set: &Dataset, name: &str, rows: Range<usize>) -> Result<Vec<f64>> {
    let values = set.read_slice_1d::<f64, _>(Selection::from(Hyperslab::from(rows)));
    let values = values.at(path, format!("read {name} as numbers"))?;
    Ok(values.to_vec())
}

fn texts(
    path: &Path,
    set: &Dataset,
    name: &str,
    rows: Range<usize>,
) -> Result<Option<Vec<String>>> {
    fn read<T: H5Type>(
        set: &Dataset,
        rows: Range<usize>,
        bytes: impl Fn(&T) -> &[u8],
    ) -> hdf5::Result<Vec<String>> {
        let values = set.read_slice_1d::<T, _>(Selection::from(Hyperslab::from(rows)))?;
        Ok(values.iter().map(|value| lossy(bytes(value))).collect())
    }
    let dtype = set.dtype().at(path, format!("read the type of {name}"))?;
    let values = match dtype.to_descriptor() {
        Ok(TypeDescriptor::VarLenUnicode) => read(set, rows, VarLenUnicode::as_bytes),
        Ok(TypeDescriptor::VarLenAscii) => read(set, rows, VarLenAscii::as_bytes),
        Ok(TypeDescriptor::FixedUnicode(n)) if n <= MAX_FIXED => {
            read(set, rows, FixedUnicode::<MAX_FIXED>::as_bytes)
        }
        Ok(TypeDescriptor::FixedAscii(n)) if n <= MAX_FIXED => {
            read(set, rows, FixedAscii::<MAX_FIXED>::as_bytes)
        }
        _ => return Ok(None),
    };
    Ok(Some(values.at(path, format!("read {name} as texts"))?))
}

/// HDF5's strings are whatever bytes a file holds.
fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The attribute of that name, if there is one.
fn attribute(of: &Location, name: &str) -> Option<Attribute> {
    // of several values none is meant, and HDF5 would read all of them
    let attribute = of.attr(name).ok()?;
    (attribute.size() == 1).then_some(attribute)
}

/// The number that an attribute is.
///
/// # Errors
/// It is something else: path, found, expected.
pub fn number_attribute(path: &Path, of: &Location, name: &str) -> Result<Option<f64>> {
    let Some(attribute) = attribute(of, name) else {
        return Ok(None);
    };
    let dtype = attribute
        .dtype()
        .at(path, format!("read the type of {name}"))?;
    if super::number(&dtype).is_none() {
        return Err(Error::Recording {
            path: path.to_owned(),
            what: format!(
                "the attribute {name} of {} holds {}; expected a number: correct it, or read the samples with input.format = \
                 \"hdf5\"",
                of.name(),
                kind(&dtype)
            ),
        });
    }
    let values = attribute.read_raw::<f64>();
    let values = values.at(path, format!("read the attribute {name} as a number"))?;
    Ok(values.first().copied())
}

/// The text that an attribute is; none for what is no text.
pub fn text_attribute(of: &Location, name: &str) -> Option<String> {
    fn read<T: H5Type>(attribute: &Container, bytes: impl Fn(&T) -> &[u8]) -> Option<String> {
        let values = attribute.read_raw::<T>().ok()?;
        values.first().map(|value| lossy(bytes(value)))
    }
    let attribute = attribute(of, name)?;
    match attribute.dtype().ok()?.to_descriptor().ok()? {
        TypeDescriptor::VarLenUnicode => read(&attribute, VarLenUnicode::as_bytes),
        TypeDescriptor::VarLenAscii => read(&attribute, VarLenAscii::as_bytes),
        TypeDescriptor::FixedUnicode(n) if n <= MAX_FIXED => {
            read(&attribute, FixedUnicode::<MAX_FIXED>::as_bytes)
        }
        TypeDescriptor::FixedAscii(n) if n <= MAX_FIXED => {
            read(&attribute, FixedAscii::<MAX_FIXED>::as_bytes)
        }
        _ => None,
    }
}
