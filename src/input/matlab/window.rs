//! Bytes of a file, or of what a stream in it inflates to, small pieces of which are read one after the other.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::wrong;
use crate::error::{IoContext, Result};
use crate::input::inflate::{Deflate, Inflating};

/// Bytes that are read at once.
const WINDOW: usize = 64 << 10;

/// A window onto bytes.
pub struct Window {
    path: PathBuf,
    source: Source,
    bytes: Vec<u8>,
    start: u64,
}

enum Source {
    File(File),
    Stream(Inflating),
}

impl Window {
    /// The bytes of the file `path`, or of a stream in it.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path, stream: Option<Deflate>) -> Result<Window> {
        Ok(Window {
            path: path.to_owned(),
            source: match stream {
                Some(stream) => Source::Stream(Inflating::open(path, stream, u64::MAX)?),
                None => Source::File(File::open(path).at(path, "open this file")?),
            },
            bytes: Vec::new(),
            start: 0,
        })
    }

    /// Fills `to` from byte `at` on.
    ///
    /// # Errors
    /// There are not as many.
    pub fn read(&mut self, at: u64, to: &mut [u8]) -> Result<()> {
        let end = at + to.len() as u64;
        if at < self.start || end > self.start + self.bytes.len() as u64 {
            if to.len() > WINDOW {
                let n = self.source.read_some(&self.path, at, to)?;
                return self.check(n == to.len(), end);
            }
            let mut bytes = std::mem::take(&mut self.bytes);
            bytes.resize(WINDOW, 0);
            let n = self.source.read_some(&self.path, at, &mut bytes)?;
            bytes.truncate(n);
            (self.bytes, self.start) = (bytes, at);
            self.check(n >= to.len(), end)?;
        }
        let from = (at - self.start) as usize;
        to.copy_from_slice(&self.bytes[from..from + to.len()]);
        Ok(())
    }

    fn check(&self, are_there: bool, end: u64) -> Result<()> {
        if are_there {
            return Ok(());
        }
        let of = match self.source {
            Source::File(_) => "this file",
            Source::Stream(_) => "a compressed variable",
        };
        let what = format!(
            "{of} ends before byte {end}; expected more of a variable there: the file is cut off, copy it or save \
             it again"
        );
        Err(wrong(&self.path, what))
    }
}

impl Source {
    /// Fills `to`; how many bytes there were, fewer only at the end.
    fn read_some(&mut self, path: &Path, at: u64, to: &mut [u8]) -> Result<usize> {
        let file = match self {
            Source::Stream(stream) => return stream.read_some(at, to),
            Source::File(file) => file,
        };
        let mut n = 0;
        while n < to.len() {
            match file.read_at(&mut to[n..], at + n as u64) {
                Ok(0) => break,
                Ok(more) => n += more,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error).at(path, "read this file"),
            }
        }
        Ok(n)
    }
}
