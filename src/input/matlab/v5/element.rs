//! Elements of a file of version 5: a type, a number of bytes, and those, and the header that every matrix begins with.
//! Source: MathWorks, MAT-File Format, "Level 5 MAT-Files".

use std::ops::Range;
use std::path::Path;

use crate::error::Result;
use crate::input::location::Sample;
use crate::input::matlab::window::Window;
use crate::input::matlab::{Budget, MAX_LISTED, NamedStruct, text, wrong};

/// miMATRIX
pub const MATRIX: u32 = 14;
/// miCOMPRESSED
pub const COMPRESSED: u32 = 15;
/// miINT8
const INT8: u32 = 1;
/// miINT32
const INT32: u32 = 5;
/// miUINT32
const UINT32: u32 = 6;

/// miUTF8
const UTF8: u32 = 16;

/// Axes of an array at most.
const MAX_AXES: u64 = 32;
/// Bytes of a name at most; MATLAB's own have at most 63.
const MAX_NAME: u64 = 256;
/// Bytes of the names of a struct's fields at most.
const MAX_NAMES: u64 = 1 << 20;

/// Reads elements.
pub struct Elements<'a> {
    /// The file, for messages.
    pub path: &'a Path,
    /// Order of the bytes of its numbers.
    pub big_endian: bool,
    /// The bytes.
    pub window: &'a mut Window,
}

/// What an element begins with.
#[derive(Clone, Debug)]
pub struct Tag {
    /// The type.
    pub kind: u32,
    /// Its bytes.
    pub n: u64,
    /// The first of them.
    pub at: u64,
    /// Where the next element begins.
    pub next: u64,
}

impl Tag {
    /// The bytes of the element.
    pub fn bytes(&self) -> Range<u64> {
        self.at..self.at + self.n
    }

    /// The numbers that it holds.
    pub fn sample(&self) -> Option<Sample> {
        Some(match self.kind {
            INT8 => Sample::I8,
            2 => Sample::U8,
            3 => Sample::I16,
            4 => Sample::U16,
            INT32 => Sample::I32,
            UINT32 => Sample::U32,
            7 => Sample::F32,
            9 => Sample::F64,
            12 => Sample::I64,
            13 => Sample::U64,
            _ => return None,
        })
    }
}

/// What a matrix begins with.
#[derive(Clone, Debug)]
pub struct Header {
    /// Its class.
    pub class: u8,
    /// Whether it has an imaginary part.
    pub is_complex: bool,
    /// Its axes, the first running fastest.
    pub shape: Vec<u64>,
    /// How many elements that makes.
    pub count: u64,
    /// Its name.
    pub name: String,
    /// Where its content begins.
    pub next: u64,
}

impl Header {
    /// Whether it is a struct or an array of structs.
    pub fn is_struct(&self) -> bool {
        self.class == 2
    }
}

impl Elements<'_> {
    /// The tag at byte `at` of something that ends at byte `end`.
    pub fn tag(&mut self, at: u64, end: u64) -> Result<Tag> {
        let mut bytes = [0; 8];
        if at.saturating_add(8) > end {
            return Err(self.cut_off(at, end));
        }
        self.window.read(at, &mut bytes)?;
        let [a, b, c, d, rest @ ..] = bytes;
        let first = self.u32([a, b, c, d]);
        // up to four bytes may stand in the tag itself
        let tag = match first >> 16 {
            0 => {
                let (kind, n) = (first, u64::from(self.u32(rest)));
                let padded = match kind {
                    COMPRESSED => n,
                    _ => n.next_multiple_of(8),
                };
                Tag {
                    kind,
                    n,
                    at: at + 8,
                    next: (at + 8 + padded).min(end),
                }
            }
            n => Tag {
                kind: first & 0xffff,
                n: u64::from(n.min(5)),
                at: at + 4,
                next: at + 8,
            },
        };
        if tag.at + tag.n > end || tag.next < tag.at + tag.n {
            return Err(self.cut_off(at, end));
        }
        Ok(tag)
    }

    fn cut_off(&self, at: u64, end: u64) -> crate::error::Error {
        let what = format!(
            "the element at byte {at} does not end before byte {end}, where this file or a variable of it does; \
             expected whole variables: the file is cut off or damaged, copy it or save it again"
        );
        wrong(self.path, what)
    }

    fn u32(&self, bytes: [u8; 4]) -> u32 {
        if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }

    /// What the matrix of these bytes begins with; nothing where it holds none, as empty ones.
    pub fn header(&mut self, bytes: Range<u64>) -> Result<Option<Header>> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let flags = self.tag(bytes.start, bytes.end)?;
        if flags.kind != UINT32 || flags.n != 8 {
            return Err(self.strange(bytes.start, "does not begin with flags of 8 bytes"));
        }
        let mut first = [0; 4];
        self.window.read(flags.at, &mut first)?;
        let first = self.u32(first);
        let class = first as u8;
        if class > 16 {
            // what is opaque has another form
            return Ok(Some(Header {
                class,
                is_complex: false,
                shape: vec![1, 1],
                count: 1,
                name: String::new(),
                next: flags.next,
            }));
        }
        let axes = self.tag(flags.next, bytes.end)?;
        // other programs than MATLAB write what is as good
        let is_right = matches!(axes.kind, INT32 | UINT32);
        if !is_right || !axes.n.is_multiple_of(4) || !(8..=4 * MAX_AXES).contains(&axes.n) {
            return Err(self.strange(bytes.start, "does not have from 2 to 32 axes"));
        }
        let mut sizes = vec![0; axes.n as usize];
        self.window.read(axes.at, &mut sizes)?;
        let (sizes, _) = sizes.as_chunks::<4>();
        let shape: Vec<u64> = sizes
            .iter()
            .map(|&size| u64::from(self.u32(size)))
            .collect();
        let name = self.tag(axes.next, bytes.end)?;
        if !matches!(name.kind, INT8 | UTF8) || name.n > MAX_NAME {
            return Err(self.strange(bytes.start, "has no name of at most 256 bytes"));
        }
        let product = shape.iter().try_fold(1_u64, |n, &size| n.checked_mul(size));
        let count = match product {
            Some(n) if shape.iter().all(|&size| size <= i32::MAX as u64) => n,
            _ => return Err(self.strange(bytes.start, "has more elements than a file may hold")),
        };
        Ok(Some(Header {
            class,
            is_complex: first & 0x0800 != 0,
            count,
            shape,
            name: text::bytes(&self.bytes(&name)?),
            next: name.next,
        }))
    }

    /// The names of a struct's fields, which begin at byte `at`, and where the values begin. A struct of no elements has
    /// names too, so they are of the budget.
    pub fn fields(&mut self, at: u64, end: u64, budget: &mut Budget) -> Result<(Vec<String>, u64)> {
        let width = self.tag(at, end)?;
        let mut bytes = [0; 4];
        if width.kind == INT32 && width.n == 4 {
            self.window.read(width.at, &mut bytes)?;
        }
        let n = u64::from(self.u32(bytes));
        let names = self.tag(width.next, end)?;
        if !(1..=MAX_NAME).contains(&n) || names.kind != INT8 || names.n > MAX_NAMES {
            return Err(self.strange(at, "does not name the fields of a struct"));
        }
        budget.take(self.path, (names.n / n) as usize, names.n as usize)?;
        let bytes = self.bytes(&names)?;
        let name = |bytes: &[u8]| {
            let name = bytes.split(|&byte| byte == 0).next();
            text::bytes(name.unwrap_or_default())
        };
        Ok((
            bytes.chunks_exact(n as usize).map(name).collect(),
            names.next,
        ))
    }

    /// Adds the struct of these bytes, called `name`, and those in it down to so many levels.
    pub fn structs(
        &mut self,
        bytes: Range<u64>,
        name: &str,
        levels: usize,
        budget: &mut Budget,
        found: &mut Vec<NamedStruct>,
    ) -> Result<()> {
        let end = bytes.end;
        let Some(header) = self.header(bytes)?.filter(Header::is_struct) else {
            return Ok(());
        };
        let (fields, mut at) = self.fields(header.next, end, budget)?;
        found.push((name.to_owned(), fields.clone()));
        if levels == 0 || header.count != 1 {
            return Ok(());
        }
        for field in fields {
            if found.len() >= MAX_LISTED {
                break;
            }
            let tag = self.tag(at, end)?;
            if tag.kind == MATRIX {
                self.structs(
                    tag.bytes(),
                    &format!("{name}.{field}"),
                    levels - 1,
                    budget,
                    found,
                )?;
            }
            at = tag.next;
        }
        Ok(())
    }

    /// The bytes of an element, of which the caller has bounded the number.
    pub fn bytes(&mut self, tag: &Tag) -> Result<Vec<u8>> {
        let mut bytes = vec![0; tag.n as usize];
        self.window.read(tag.at, &mut bytes)?;
        Ok(bytes)
    }

    /// What stands at byte `at` is not what it should be.
    pub fn strange(&self, at: u64, what: &str) -> crate::error::Error {
        let what = format!(
            "what is stored at byte {at} of this file or of a variable in it {what}; expected a MATLAB array: the file is damaged, \
             copy it or save it again"
        );
        wrong(self.path, what)
    }
}
