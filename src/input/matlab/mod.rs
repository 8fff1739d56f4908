//! Variables of MATLAB's files, whichever way they are written: version 5 (`save -v6` and `-v7`, [`v5`]) or HDF5
//! (`save -v7.3`, [`v73`]). What is asked for is read and all else passed over; large arrays are places in the file.
//! Source: MathWorks, MAT-File Format; for HDF5 what MATLAB writes, as hdf5storage (BSD) documents it.

mod text;
mod v5;
mod v73;
mod value;
mod window;

#[cfg(test)]
mod tests;
#[cfg(test)]
#[path = "../../../tests/support/matlab.rs"]
pub mod writing;

use std::io::Read;
use std::ops::Range;
use std::path::Path;

pub use value::{Numbers, Structs, Value};

use super::location::Layout;
use super::require_regular;
use crate::error::{Error, IoContext, Result};
use value::Place;

/// Bytes before the variables: text, version, byte order. HDF5 files of MATLAB begin with such a block as well.
const HEADER: usize = 128;
/// What HDF5 files begin with, in MATLAB's behind 512 bytes of which the first are a header.
const HDF5_SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";
/// Where that signature may be.
const HDF5_STARTS: [usize; 2] = [512, 0];
/// Values at most in what is asked for: half a million events, a million trials.
const MAX_VALUES: usize = 1 << 21;
/// Bytes of text at most in what is asked for.
const MAX_TEXT: usize = 64 << 20;
/// Structs and cells in each other at most.
const MAX_DEPTH: usize = 16;
/// Levels of structs in a variable that are listed, and how many structs at most.
const LISTED_LEVELS: usize = 2;
const MAX_LISTED: usize = 256;
/// Numbers of an array that are read with it.
const FEW: u64 = 64;

/// The fields of structs that are read.
#[derive(Clone, Copy, Debug)]
pub struct FieldFilter<'a> {
    /// Fields of structs.
    pub fields: &'a [&'a str],
    /// Fields, and variables, of which everything within is read.
    pub whole: &'a [&'a str],
}

impl FieldFilter<'_> {
    /// Whether a field is read, within one that is read as a whole or not; and whether it is so itself.
    fn takes(&self, field: &str, within: bool) -> Option<bool> {
        if within || self.whole.contains(&field) {
            return Some(true);
        }
        self.fields.contains(&field).then_some(false)
    }
}

/// An open file.
pub enum MatFile {
    /// Version 5.
    V5(v5::File),
    /// HDF5.
    V73(v73::File),
}

impl MatFile {
    /// Opens a file and finds its variables.
    ///
    /// # Errors
    /// What is wrong with it: path, found, expected.
    pub fn open(path: &Path) -> Result<MatFile> {
        let head = head(path)?;
        if begins_as_hdf5(&head) {
            return Ok(MatFile::V73(v73::File::open(path)?));
        }
        let big_endian = match head.get(HEADER - 4..HEADER) {
            // version 1.0, then "MI" as a number of two bytes
            Some([0, 1, b'I', b'M']) => false,
            Some([1, 0, b'M', b'I']) => true,
            _ => {
                return Err(wrong(
                    path,
                    "does not begin as a file of MATLAB of version 5 or 7.3; expected one that save wrote with -v6, -v7 or \
                     -v7.3: load older ones, of version 4, in MATLAB and save them again, copy one that is damaged again, and \
                     give one of another program its own ending, or input.format",
                ));
            }
        };
        Ok(MatFile::V5(v5::File::open(path, big_endian)?))
    }

    /// The names of the variables.
    pub fn names(&self) -> Vec<&str> {
        match self {
            MatFile::V5(file) => file.names(),
            MatFile::V73(file) => file.names(),
        }
    }

    /// The fields of a variable that is a struct; none where it is none.
    ///
    /// # Errors
    /// The variable cannot be read.
    pub fn fields(&mut self, name: &str) -> Result<Vec<String>> {
        match self {
            MatFile::V5(file) => file.fields(name),
            MatFile::V73(file) => file.fields(name),
        }
    }

    /// The structs of the variable `name`: itself, and those within it down to two levels, as `name.field.field`, each with
    /// its fields. Arrays of structs are not looked into.
    ///
    /// # Errors
    /// The variable cannot be read.
    pub fn structs(&mut self, name: &str) -> Result<Vec<NamedStruct>> {
        match self {
            MatFile::V5(file) => file.structs(name),
            MatFile::V73(file) => file.structs(name),
        }
    }

    /// What the struct or field `name.field.field` holds, where `parts` are these names.
    ///
    /// # Errors
    /// What is wrong with it, or with a struct that it lies in: path, found, expected.
    pub fn load_within(&mut self, parts: &[&str], wanted: FieldFilter) -> Result<Value> {
        let fields = [wanted.fields, &parts[1..]].concat();
        let wanted = FieldFilter {
            fields: &fields,
            ..wanted
        };
        let mut value = self.load(parts[0], wanted)?;
        for part in &parts[1..] {
            let field = match value {
                Value::Structs(structs) if structs.n == 1 => {
                    structs.fields.into_iter().find(|(name, _)| name == part)
                }
                _ => None,
            };
            value = field.map_or_else(Value::nothing, |(_, mut values)| values.remove(0));
        }
        Ok(value)
    }

    /// What the variable `name` holds of what is wanted.
    ///
    /// # Errors
    /// What is wrong with it: path, found, expected.
    pub fn load(&mut self, name: &str, wanted: FieldFilter) -> Result<Value> {
        match self {
            MatFile::V5(file) => file.load(name, wanted),
            MatFile::V73(file) => file.load(name, wanted),
        }
    }

    /// Some of these numbers, in the order of the file.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn read(&mut self, numbers: &Numbers, some: Range<u64>) -> Result<Vec<f64>> {
        if !numbers.few.is_empty() {
            return Ok(numbers.few[some.start as usize..some.end as usize].to_vec());
        }
        match (&numbers.place, self) {
            (Place::Bytes(stored), MatFile::V5(file)) => file.read(stored, some),
            (Place::DataSet(name), MatFile::V73(file)) => file.read(name, some),
            _ => unreachable!("numbers are read from the file they are of"),
        }
    }

    /// Matrices of channels × samples (× trials), one after the other on the time axis.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn samples(&self, matrices: &[&Numbers]) -> Result<Layout> {
        match self {
            MatFile::V5(_) => Ok(v5::samples(matrices)),
            MatFile::V73(file) => file.samples(matrices),
        }
    }
}

/// Whether a file is one of MATLAB 7.3, which HDF5 has to read.
pub fn is_hdf5(path: &Path) -> bool {
    head(path).is_ok_and(|head| begins_as_hdf5(&head))
}

/// The first bytes of a file, as many as tell its version.
fn head(path: &Path) -> Result<Vec<u8>> {
    require_regular(path, "open this file")?;
    let mut head = Vec::new();
    let file = std::fs::File::open(path).at(path, "open this file")?;
    file.take(HDF5_STARTS[0] as u64 + HDF5_SIGNATURE.len() as u64)
        .read_to_end(&mut head)
        .at(path, "read this file")?;
    Ok(head)
}

fn begins_as_hdf5(head: &[u8]) -> bool {
    HDF5_STARTS.iter().any(|&start| {
        head.get(start..)
            .is_some_and(|rest| rest.starts_with(HDF5_SIGNATURE))
    })
}

/// A struct and the names of its fields.
pub type NamedStruct = (String, Vec<String>);

/// What may still be kept in memory of what a file claims.
struct Budget {
    values: usize,
    text: usize,
}

impl Budget {
    fn new() -> Budget {
        Budget {
            values: MAX_VALUES,
            text: MAX_TEXT,
        }
    }

    /// Takes some values and bytes of text out of the budget.
    fn take(&mut self, path: &Path, values: usize, text: usize) -> Result<()> {
        match (self.values.checked_sub(values), self.text.checked_sub(text)) {
            (Some(values), Some(text)) => {
                *self = Budget { values, text };
                Ok(())
            }
            (None, _) => Err(wrong(
                path,
                format!(
                    "a variable holds more values than there may be; expected at most {MAX_VALUES}: save the samples, times and \
                     labels without the rest"
                ),
            )),
            (_, None) => Err(wrong(
                path,
                format!(
                    "a variable holds more text than there may be; expected at most {MAX_TEXT} bytes: save the samples, times \
                     and labels without the rest"
                ),
            )),
        }
    }
}

fn wrong(path: &Path, what: impl Into<String>) -> Error {
    Error::Recording {
        path: path.to_owned(),
        what: what.into(),
    }
}
