//! Trials that are stored each for themselves, as one long time axis.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::location::Layout;
use super::{Reader, Samples, open_layout};
use crate::error::Result;

/// Reads the pieces that rows lie in, one open at a time.
pub struct Pieces {
    path: PathBuf,
    pieces: Vec<(u64, Layout)>,
    open: Option<(usize, Box<dyn Reader>)>,
}

impl Pieces {
    /// The pieces of the file `path`, in the order of the time axis.
    pub fn new(path: &Path, pieces: &[(u64, Layout)]) -> Pieces {
        Pieces {
            path: path.to_owned(),
            pieces: pieces.to_vec(),
            open: None,
        }
    }

    /// The reader of the piece numbered `k`.
    fn reader(&mut self, k: usize) -> Result<&mut dyn Reader> {
        let open = match self.open.take() {
            Some((number, reader)) if number == k => reader,
            _ => open_layout(&self.path, &self.pieces[k].1)?,
        };
        Ok(&mut *self.open.insert((k, open)).1)
    }
}

impl Reader for Pieces {
    fn read(&mut self, rows: Range<u64>, columns: &[usize], mut to: Samples) -> Result<()> {
        let mut row = rows.start;
        while row < rows.end {
            let k = self.pieces.partition_point(|(first, _)| *first <= row) - 1;
            let first = self.pieces[k].0;
            let end = self.pieces.get(k + 1).map_or(rows.end, |(next, _)| *next);
            let end = end.min(rows.end);
            let part = (row - rows.start) as usize * columns.len()
                ..(end - rows.start) as usize * columns.len();
            let part = match &mut to {
                Samples::Single(to) => Samples::Single(&mut to[part]),
                Samples::Double(to) => Samples::Double(&mut to[part]),
            };
            self.reader(k)?
                .read(row - first..end - first, columns, part)?;
            row = end;
        }
        Ok(())
    }
}
