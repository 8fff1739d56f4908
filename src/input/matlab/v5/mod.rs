//! Files of version 5, which `save -v6` and `-v7` write: variables one after the other, those of `-v7` compressed each for
//! itself. Only the begin of a variable is looked at to find it, and only one is loaded.

mod element;
mod matrix;

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::value::{Numbers, Place, Value};
use super::window::Window;
use super::{Budget, FieldFilter, HEADER, LISTED_LEVELS, NamedStruct, wrong};
use crate::error::{IoContext, Result};
use crate::input::deflated::Deflated;
use crate::input::flat::{Flat, Order, Strides, decode};
use crate::input::inflate::Deflate;
use crate::input::location::{Layout, Sample};
use element::{COMPRESSED, Elements, MATRIX};
use matrix::Parser;

/// Elements of a file at most, variables and MATLAB's own.
const MAX_ELEMENTS: usize = 1 << 16;
/// Numbers that are read at once.
const NUMBERS: usize = 1 << 16;

/// An open file.
pub struct File {
    path: PathBuf,
    big_endian: bool,
    variables: Vec<Variable>,
    open: Option<(Option<Deflate>, Window)>,
}

/// Where a variable is.
struct Variable {
    name: String,
    /// The stream that holds it, of compressed ones.
    stream: Option<Deflate>,
    /// The bytes of the matrix, of the file or of what the stream inflates to.
    bytes: Range<u64>,
}

/// Numbers as they are stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The stream that they are in, and the bytes that it inflates to.
    stream: Option<(Deflate, u64)>,
    /// Their first byte, of the file or of what the stream inflates to.
    at: u64,
    sample: Sample,
    big_endian: bool,
}

impl File {
    /// Finds the variables of a file.
    ///
    /// # Errors
    /// What is wrong with it: path, found, expected.
    pub fn open(path: &Path, big_endian: bool) -> Result<File> {
        let length = std::fs::metadata(path)
            .at(path, "read the size of this file")?
            .len();
        let mut file = File {
            path: path.to_owned(),
            big_endian,
            variables: Vec::new(),
            open: None,
        };
        let mut window = Window::open(path, None)?;
        let mut at = HEADER as u64;
        let mut n_elements = 0;
        while at + 8 <= length {
            n_elements += 1;
            if n_elements > MAX_ELEMENTS {
                let what = format!(
                    "holds more variables than there may be; expected at most {MAX_ELEMENTS}: save the recording alone"
                );
                return Err(wrong(path, what));
            }
            let begin = at;
            let tag = file.elements(&mut window).tag(at, length)?;
            at = tag.next;
            let (stream, bytes) = match tag.kind {
                MATRIX => (None, tag.bytes()),
                COMPRESSED => {
                    let (at, length) = (tag.at, tag.n);
                    let stream = Deflate { at, length };
                    (Some(stream), file.matrix_of(stream)?)
                }
                kind => {
                    return Err(wrong(
                        path,
                        format!(
                            "the element at byte {begin} is of type {kind}; expected {MATRIX} or {COMPRESSED}, a variable: the file is \
                             damaged, copy it or save it again"
                        ),
                    ));
                }
            };
            file.add(stream, bytes, &mut window)?;
        }
        Ok(file)
    }

    fn add(
        &mut self,
        stream: Option<Deflate>,
        bytes: Range<u64>,
        window: &mut Window,
    ) -> Result<()> {
        let mut inflated;
        let window = match stream {
            None => window,
            Some(_) => {
                inflated = Window::open(&self.path, stream)?;
                &mut inflated
            }
        };
        let header = self.elements(window).header(bytes.clone())?;
        // what has no name is MATLAB's own
        if let Some(name) = header.map(|header| header.name).filter(|n| !n.is_empty()) {
            self.variables.push(Variable {
                name,
                stream,
                bytes,
            });
        }
        Ok(())
    }

    /// The bytes of the matrix that a stream inflates to.
    fn matrix_of(&self, stream: Deflate) -> Result<Range<u64>> {
        let mut window = Window::open(&self.path, Some(stream))?;
        let tag = self.elements(&mut window).tag(0, u64::MAX)?;
        if tag.kind == MATRIX {
            return Ok(tag.bytes());
        }
        Err(wrong(
            &self.path,
            format!(
                "the compressed data at byte {} are an element of type {}; expected {MATRIX}, a variable: the file is damaged, copy it \
                 or save it again",
                stream.at, tag.kind
            ),
        ))
    }

    fn elements<'a>(&'a self, window: &'a mut Window) -> Elements<'a> {
        Elements {
            path: &self.path,
            big_endian: self.big_endian,
            window,
        }
    }

    /// The names of the variables.
    pub fn names(&self) -> Vec<&str> {
        self.variables.iter().map(|v| v.name.as_str()).collect()
    }

    /// The number of a variable, opened.
    fn window_of(&mut self, name: &str) -> Result<(usize, Window)> {
        let Some(k) = self.variables.iter().position(|v| v.name == name) else {
            let what = format!("holds no variable {name}; expected it");
            return Err(wrong(&self.path, what));
        };
        Ok((k, self.window(self.variables[k].stream)?))
    }

    /// The bytes of the file or of a stream, with what was kept of going through it before.
    fn window(&mut self, stream: Option<Deflate>) -> Result<Window> {
        match self.open.take() {
            Some((of, window)) if of == stream => Ok(window),
            _ => Window::open(&self.path, stream),
        }
    }

    /// The fields of a variable that is a struct.
    pub fn fields(&mut self, name: &str) -> Result<Vec<String>> {
        let (k, mut window) = self.window_of(name)?;
        let bytes = self.variables[k].bytes.clone();
        let mut elements = self.elements(&mut window);
        Ok(match elements.header(bytes.clone())? {
            Some(header) if header.is_struct() => {
                let mut budget = Budget::new();
                elements.fields(header.next, bytes.end, &mut budget)?.0
            }
            _ => Vec::new(),
        })
    }

    /// The structs of a variable.
    pub fn structs(&mut self, name: &str) -> Result<Vec<NamedStruct>> {
        let (k, mut window) = self.window_of(name)?;
        let bytes = self.variables[k].bytes.clone();
        let mut elements = self.elements(&mut window);
        let mut found = Vec::new();
        elements.structs(bytes, name, LISTED_LEVELS, &mut Budget::new(), &mut found)?;
        Ok(found)
    }

    /// What a variable holds of what is wanted.
    pub fn load(&mut self, name: &str, wanted: FieldFilter) -> Result<Value> {
        let (k, mut window) = self.window_of(name)?;
        let variable = &self.variables[k];
        let bytes = variable.bytes.clone();
        let mut parser = Parser {
            stream: variable.stream.map(|stream| (stream, bytes.end)),
            elements: self.elements(&mut window),
            budget: Budget::new(),
            wanted,
        };
        let value = parser.matrix(bytes.clone(), 0, wanted.whole.contains(&name))?;
        if variable.stream.is_some() {
            // the last byte, and the checksum behind it
            window.read(bytes.end - 1, &mut [0])?;
        }
        self.open = Some((self.variables[k].stream, window));
        Ok(value)
    }

    /// Some of these numbers.
    pub fn read(&mut self, stored: &Stored, some: Range<u64>) -> Result<Vec<f64>> {
        let stream = stored.stream.map(|(stream, _)| stream);
        let mut window = self.window(stream)?;
        let mut numbers = Vec::new();
        let width = stored.sample.bytes() as u64;
        let mut bytes = Vec::new();
        for first in (some.start..some.end).step_by(NUMBERS) {
            let n = (some.end - first).min(NUMBERS as u64);
            bytes.resize((n * width) as usize, 0);
            window.read(stored.at + first * width, &mut bytes)?;
            let from = numbers.len();
            numbers.resize(from + n as usize, 0.0);
            stored.decode(&bytes, &mut numbers[from..]);
        }
        self.open = Some((stream, window));
        Ok(numbers)
    }
}

impl Stored {
    fn decode(&self, bytes: &[u8], to: &mut [f64]) {
        let whole = Strides {
            row: 1,
            in_order: true,
        };
        decode(self.sample, self.big_endian, bytes, whole, 0..1, to);
    }
}

/// Matrices of channels × samples, one after the other on the time axis: in memory each is time × channel.
pub fn samples(matrices: &[&Numbers]) -> Layout {
    let mut pieces = Vec::new();
    let mut stream = None;
    let mut row = 0;
    let mut is_narrowed = false;
    for matrix in matrices {
        let (Place::Bytes(stored), [n_columns, ..]) = (&matrix.place, &matrix.shape[..]) else {
            unreachable!("matrices of this file have numbers and axes");
        };
        let n_rows = matrix.count() / n_columns;
        let flat = Flat {
            offset: stored.at,
            sample: stored.sample,
            big_endian: stored.big_endian,
            order: Order::Multiplexed,
            n_rows,
            n_columns: *n_columns as usize,
        };
        pieces.push((row, flat));
        row += n_rows;
        stream = stored.stream;
        is_narrowed |= matrix.is_double && stored.sample != Sample::F64;
    }
    let layout = match (stream, &mut pieces[..]) {
        (Some((stream, n_bytes)), _) => Layout::Deflated(Deflated {
            stream,
            n_bytes,
            pieces,
        }),
        (None, [(_, one)]) => Layout::Flat(one.clone()),
        (None, _) => {
            let flat = |(row, flat)| (row, Layout::Flat(flat));
            Layout::Pieces(pieces.into_iter().map(flat).collect())
        }
    };
    if is_narrowed {
        Layout::Doubles(Box::new(layout))
    } else {
        layout
    }
}
