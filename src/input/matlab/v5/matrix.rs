//! From the bytes of a matrix to a value: what is asked for of structs, with large arrays left where they are.

use std::ops::Range;

use super::Stored;
use super::element::{Elements, Header, MATRIX, Tag};
use crate::error::Result;
use crate::input::inflate::Deflate;
use crate::input::location::Sample;
use crate::input::matlab::value::{Numbers, Place, Structs, Value};
use crate::input::matlab::{Budget, FEW, FieldFilter, MAX_DEPTH, text};

/// Bytes of a text at most.
const MAX_TEXT: u64 = 1 << 16;
/// Fields of the structs of an array at most, those passed over among them: each takes a look at where it ends.
const MAX_PASSED: u64 = 1 << 24;
/// Texts that an object begins with.
const OPAQUE_TEXTS: usize = 3;
/// Bytes of the name of a class at most.
const MAX_CLASS: u64 = 63;
/// mxDOUBLE_CLASS
const DOUBLE: u8 = 6;

/// Reads matrices.
pub struct Parser<'a> {
    /// The stream that all of it is in, and the bytes that it inflates to.
    pub stream: Option<(Deflate, u64)>,
    /// The bytes.
    pub elements: Elements<'a>,
    /// What may still be kept.
    pub budget: Budget,
    /// What is asked for.
    pub wanted: FieldFilter<'a>,
}

impl Parser<'_> {
    /// The matrix of these bytes, `depth` structs and cells deep, within a field that is wanted as a whole or not.
    pub fn matrix(&mut self, bytes: Range<u64>, depth: usize, within: bool) -> Result<Value> {
        self.budget.take(self.elements.path, 1, 0)?;
        let (start, end) = (bytes.start, bytes.end);
        let Some(header) = self.elements.header(bytes)? else {
            return Ok(Value::nothing());
        };
        if depth > MAX_DEPTH {
            return Ok(Value::Other("structs and cells in each other, too deep"));
        }
        Ok(match header.class {
            1 => self.cells(&header, end, depth, within)?,
            2 => self.structs(&header, end, depth, within)?,
            3 => Value::Other("an object"),
            4 => self.characters(&header, end)?,
            5 => Value::Other("a sparse matrix"),
            _ if header.is_complex => Value::Other("complex numbers"),
            DOUBLE..=15 => self.numbers(header, end)?,
            16 => Value::Other("a function"),
            17 | 18 => self.opaque(&header, end),
            _ => return Err(self.elements.strange(start, "is of no known class")),
        })
    }

    /// The value at byte `at`, and where the next begins; nothing where it is not wanted.
    fn value(
        &mut self,
        at: u64,
        end: u64,
        depth: usize,
        within: Option<bool>,
    ) -> Result<(Option<Value>, u64)> {
        let tag = self.elements.tag(at, end)?;
        if tag.kind != MATRIX {
            return Err(self.elements.strange(at, "is not an array"));
        }
        let value = match within {
            Some(within) => Some(self.matrix(tag.bytes(), depth + 1, within)?),
            None => None,
        };
        Ok((value, tag.next))
    }

    fn cells(&mut self, header: &Header, end: u64, depth: usize, within: bool) -> Result<Value> {
        let mut cells = Vec::new();
        let mut at = header.next;
        for _ in 0..header.count {
            let (value, next) = self.value(at, end, depth, Some(within))?;
            cells.extend(value);
            at = next;
        }
        Ok(Value::Cells(cells))
    }

    fn structs(&mut self, header: &Header, end: u64, depth: usize, within: bool) -> Result<Value> {
        let (names, mut at) = self.elements.fields(header.next, end, &mut self.budget)?;
        let wanted: Vec<Option<bool>> = names
            .iter()
            .map(|name| self.wanted.takes(name, within))
            .collect();
        let mut values: Vec<Vec<Value>> = vec![Vec::new(); names.len()];
        let n = if names.is_empty() { 0 } else { header.count };
        if n.saturating_mul(names.len() as u64) > MAX_PASSED {
            let what = format!("has more than {MAX_PASSED} fields of all its structs");
            return Err(self.elements.strange(header.next, &what));
        }
        for _ in 0..n {
            for (values, &within) in values.iter_mut().zip(&wanted) {
                let (value, next) = self.value(at, end, depth, within)?;
                values.extend(value);
                at = next;
            }
        }
        let fields = names.into_iter().zip(values).zip(wanted);
        Ok(Value::Structs(Structs {
            n: n as usize,
            fields: fields
                .filter_map(|(field, wanted)| wanted.map(|_| field))
                .collect(),
        }))
    }

    /// An object, which begins with its name, the system of its type and its class.
    fn opaque(&mut self, header: &Header, end: u64) -> Value {
        let mut class = String::new();
        let mut at = header.next;
        for _ in 0..OPAQUE_TEXTS {
            match self.elements.tag(at, end) {
                Ok(tag) if tag.n <= MAX_CLASS => {
                    let Ok(bytes) = self.elements.bytes(&tag) else {
                        break;
                    };
                    class = text::bytes(&bytes);
                    at = tag.next;
                }
                _ => break,
            }
        }
        Value::object(&class)
    }

    fn characters(&mut self, header: &Header, end: u64) -> Result<Value> {
        if header.count == 0 {
            return Ok(Value::Text(String::new()));
        }
        if header.shape[0] != 1 {
            return Ok(Value::Other("rows of characters"));
        }
        let tag = self.elements.tag(header.next, end)?;
        if tag.n > MAX_TEXT {
            return Ok(Value::Other("a text of more than 65536 bytes"));
        }
        self.budget.take(self.elements.path, 0, tag.n as usize)?;
        let bytes = self.elements.bytes(&tag)?;
        let big_endian = self.elements.big_endian;
        let unit = |&pair: &[u8; 2]| {
            if big_endian {
                u16::from_be_bytes(pair)
            } else {
                u16::from_le_bytes(pair)
            }
        };
        Ok(match tag.kind {
            4 | 17 => Value::Text(text::utf16(bytes.as_chunks().0.iter().map(unit))),
            1 | 2 | 16 => Value::Text(text::bytes(&bytes)),
            _ => Value::Other("characters of an unknown encoding"),
        })
    }

    fn numbers(&mut self, header: Header, end: u64) -> Result<Value> {
        let tag = self.elements.tag(header.next, end)?;
        let Some(sample) = tag.sample() else {
            let what = "holds numbers of an unknown type";
            return Err(self.elements.strange(header.next, what));
        };
        if header.count.checked_mul(sample.bytes() as u64) != Some(tag.n) {
            let what = format!(
                "holds {} bytes where its axes make {} numbers of {}",
                tag.n,
                header.count,
                sample.bytes()
            );
            return Err(self.elements.strange(header.next, &what));
        }
        let stored = Stored {
            stream: self.stream,
            at: tag.at,
            sample,
            big_endian: self.elements.big_endian,
        };
        let few = self.few(&stored, &tag, header.count)?;
        Ok(Value::Numbers(Numbers {
            shape: header.shape,
            is_double: header.class == DOUBLE || sample == Sample::F64,
            place: Place::Bytes(stored),
            few,
        }))
    }

    fn few(&mut self, stored: &Stored, tag: &Tag, count: u64) -> Result<Vec<f64>> {
        if count > FEW {
            return Ok(Vec::new());
        }
        let mut few = vec![0.0; count as usize];
        stored.decode(&self.elements.bytes(tag)?, &mut few);
        Ok(few)
    }
}
