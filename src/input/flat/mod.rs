//! Numbers at places that can be computed, read with plain `pread`: no library and none of its locks on the way.

mod decode;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use decode::{Decoded, WHOLE};
pub use decode::{Strides, decode};

use super::location::Sample;
use super::{Reader, Samples, rows_wanted};
use crate::error::{Error, IoContext, Result};

/// Bytes read at once where numbers are converted or picked: they stay in a processor's own cache.
const STAGING: usize = 256 << 10;
/// Channels that are brought from channel × time to time × channel at once: a cache line of them, in 16 pieces that take
/// half of what a reader may hold.
const CHANNELS_AT_ONCE: usize = 16;
/// Bytes of a block at most that is read whole, whatever is wanted of it: less than a disk or a server reads ahead.
const SMALL_BLOCK: u64 = 64 << 10;
/// Bytes between channels that are read along with them: a page, which costs no more than another read.
const PAGE: u64 = 4 << 10;

/// Numbers that follow each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flat {
    /// Byte of the file that they begin at.
    pub offset: u64,
    /// The numbers.
    pub sample: Sample,
    /// Whether they are stored with the most significant byte first.
    pub big_endian: bool,
    /// Which follows which.
    pub order: Order,
    /// Samples on the time axis.
    pub n_rows: u64,
    /// Channels.
    pub n_columns: usize,
}

/// Which number follows which.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Order {
    /// All channels of a sample, then those of the next: `time × channel`.
    Multiplexed,
    /// Blocks of some samples: in each of them all samples of a channel follow each other.
    Blocks(Blocks),
}

/// Blocks, all of the same shape; the last may have fewer samples that count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blocks {
    /// Samples of a block.
    pub n_rows: u64,
    /// Bytes from a block to the next.
    pub bytes: u64,
    /// Bytes from the begin of a block to the first sample of each channel.
    pub starts: Vec<u64>,
}

impl Order {
    /// `channel × time`, in blocks of `n_rows` samples each.
    pub fn vectorized(n_rows: u64, n_columns: usize, sample: Sample) -> Order {
        let bytes = n_rows * sample.bytes() as u64;
        Order::Blocks(Blocks {
            n_rows,
            bytes: bytes * n_columns as u64,
            starts: (0..n_columns as u64).map(|column| column * bytes).collect(),
        })
    }
}

impl Blocks {
    /// The bytes that are read at once, of a block's first row on, where `n_bytes` of each of these channels are wanted:
    /// those of the first, and of the next ones as long as most of what is read is wanted.
    fn run(&self, columns: &[usize], n_bytes: u64) -> Range<u64> {
        let mut pieces = columns.iter().map(|&column| {
            let start = self.starts[column];
            start..start + n_bytes
        });
        let mut run = pieces.next().expect("there are columns");
        for (piece, n_before) in pieces.zip(1..) {
            let wider = run.start.min(piece.start)..run.end.max(piece.end);
            let length = wider.end - wider.start;
            let n: u64 = n_before + 1;
            if length > STAGING as u64 || length > n * (n_bytes + n_bytes.max(PAGE)) {
                break;
            }
            run = wider;
        }
        run
    }
}

/// Reads numbers of any order.
pub struct FlatReader {
    path: PathBuf,
    flat: Arc<Flat>,
    file: File,
    staging: Vec<u8>,
}

impl FlatReader {
    /// Opens the file.
    pub fn open(path: &Path, flat: &Flat) -> Result<FlatReader> {
        Ok(FlatReader {
            path: path.to_owned(),
            flat: Arc::new(flat.clone()),
            file: File::open(path).at(path, "open this file")?,
            staging: Vec::new(),
        })
    }

    /// Reads `n` bytes from byte `from` of the numbers on into the staging area.
    fn stage(&mut self, from: u64, n: usize) -> Result<()> {
        let mut staging = std::mem::take(&mut self.staging);
        staging.resize(n, 0);
        let done = self.read_exact(&mut staging, from);
        self.staging = staging;
        done
    }

    /// Reads bytes from byte `from` of the numbers on.
    fn read_exact(&self, to: &mut [u8], from: u64) -> Result<()> {
        let at = self.flat.offset + from;
        let end = at + to.len() as u64;
        self.file
            .read_exact_at(to, at)
            .map_err(|source| match source.kind() {
                std::io::ErrorKind::UnexpectedEof => Error::Recording {
                    path: self.path.clone(),
                    what: format!("this file ends before byte {end}; expected the samples that were there when the \
                                   job started: start it again when the file is complete"),
                },
                _ => Error::Io {
                    path: self.path.clone(),
                    doing: "read samples",
                    source,
                },
            })
    }

    fn read_into<T: Decoded>(
        &mut self,
        rows: Range<u64>,
        columns: &[usize],
        to: &mut [T],
    ) -> Result<()> {
        if rows_wanted(&rows, columns, to.len()) == 0 {
            return Ok(());
        }
        let flat = Arc::clone(&self.flat);
        match &flat.order {
            Order::Multiplexed if self.is_wanted_as_stored::<T>(columns) => {
                let first = rows.start * (columns.len() * size_of::<T>()) as u64;
                self.read_exact(bytemuck::cast_slice_mut(to), first)
            }
            Order::Multiplexed => self.read_rows(rows, columns, to),
            Order::Blocks(blocks) => self.read_blocks(blocks, rows, columns, to),
        }
    }

    fn is_wanted_as_stored<T: Decoded>(&self, columns: &[usize]) -> bool {
        T::is(self.flat.sample)
            && !self.flat.big_endian
            && columns.iter().copied().eq(0..self.flat.n_columns)
    }

    /// Rows of time × channel data, as many at once as the staging area holds.
    fn read_rows<T: Decoded>(
        &mut self,
        rows: Range<u64>,
        columns: &[usize],
        to: &mut [T],
    ) -> Result<()> {
        let low = columns.iter().copied().min().expect("there are columns");
        let high = columns.iter().copied().max().expect("there are columns");
        let (sample, big_endian) = (self.flat.sample, self.flat.big_endian);
        let n_columns = self.flat.n_columns;
        let rows_at_once = (STAGING / (n_columns * sample.bytes())).max(1);
        let mut row = rows.start;
        for part in to.chunks_mut(rows_at_once * columns.len()) {
            let n_rows = part.len() / columns.len();
            let first = row * n_columns as u64 + low as u64;
            let n = (n_rows - 1) * n_columns + high - low + 1;
            self.stage(first * sample.bytes() as u64, n * sample.bytes())?;
            let steps = columns.iter().map(|column| column - low);
            let strides = Strides {
                row: n_columns,
                in_order: steps.clone().eq(0..columns.len()),
            };
            decode(sample, big_endian, &self.staging, strides, steps, part);
            row += n_rows as u64;
        }
        Ok(())
    }

    /// Rows of blocks: of small ones many at once and whole, of large ones a piece of each channel.
    fn read_blocks<T: Decoded>(
        &mut self,
        blocks: &Blocks,
        rows: Range<u64>,
        columns: &[usize],
        mut to: &mut [T],
    ) -> Result<()> {
        let mut row = rows.start;
        while row < rows.end {
            let (first, from) = (row / blocks.n_rows, row % blocks.n_rows);
            let is_small = blocks.bytes <= SMALL_BLOCK;
            let n_blocks = if is_small {
                (STAGING as u64 / blocks.bytes).max(1)
            } else {
                1
            };
            let end = rows.end.min((first + n_blocks) * blocks.n_rows);
            let (part, rest) = to.split_at_mut((end - row) as usize * columns.len());
            if is_small {
                self.read_small_blocks(blocks, row..end, columns, part)?;
            } else {
                let begin = first * blocks.bytes;
                self.read_channels(blocks, begin, from, columns, part)?;
            }
            (to, row) = (rest, end);
        }
        Ok(())
    }

    /// Rows of blocks that are read whole.
    fn read_small_blocks<T: Decoded>(
        &mut self,
        blocks: &Blocks,
        rows: Range<u64>,
        columns: &[usize],
        to: &mut [T],
    ) -> Result<()> {
        let (sample, big_endian) = (self.flat.sample, self.flat.big_endian);
        let first = rows.start / blocks.n_rows;
        let last = (rows.end - 1) / blocks.n_rows;
        let width = sample.bytes() as u64;
        // what comes after the last wanted channel may not be in the file
        let ends = columns
            .iter()
            .map(|&column| blocks.starts[column] + blocks.n_rows * width);
        let tail = ends.max().expect("there are columns");
        let n_bytes = (last - first) * blocks.bytes + tail;
        self.stage(first * blocks.bytes, n_bytes as usize)?;
        let mut piece = vec![T::default(); blocks.n_rows as usize];
        let mut row = rows.start;
        let mut to = to;
        while row < rows.end {
            let (block, from) = (row / blocks.n_rows, row % blocks.n_rows);
            let n = (rows.end - row).min(blocks.n_rows - from);
            let (part, rest) = to.split_at_mut(n as usize * columns.len());
            let piece = &mut piece[..n as usize];
            for (c, &column) in columns.iter().enumerate() {
                let at = (block - first) * blocks.bytes + blocks.starts[column] + from * width;
                let bytes = &self.staging[at as usize..(at + n * width) as usize];
                decode(sample, big_endian, bytes, WHOLE, 0..1, piece);
                for (row, x) in part.chunks_exact_mut(columns.len()).zip(&*piece) {
                    row[c] = *x;
                }
            }
            (to, row) = (rest, row + n);
        }
        Ok(())
    }

    /// Channels of a large block, from its row `from` on: long pieces of some neighbours, short ones read with those that
    /// follow them, then row after row of them, so that what is spread over the rows fills cache lines.
    fn read_channels<T: Decoded>(
        &mut self,
        blocks: &Blocks,
        begin: u64,
        from: u64,
        columns: &[usize],
        to: &mut [T],
    ) -> Result<()> {
        let (sample, big_endian) = (self.flat.sample, self.flat.big_endian);
        let n_at_once = (STAGING / size_of::<f64>()).min(to.len() / columns.len());
        let n_channels_at_once = CHANNELS_AT_ONCE.min(columns.len());
        let mut pieces = vec![T::default(); n_at_once * n_channels_at_once];
        let mut row = from;
        for part in to.chunks_mut(n_at_once * columns.len()) {
            let n_rows = part.len() / columns.len();
            let n_bytes = n_rows * sample.bytes();
            let mut staged = 0..0;
            for (first, columns_now) in (0..)
                .step_by(CHANNELS_AT_ONCE)
                .zip(columns.chunks(CHANNELS_AT_ONCE))
            {
                let pieces = &mut pieces[..n_rows * columns_now.len()];
                for (c, piece) in (first..).zip(pieces.chunks_exact_mut(n_rows)) {
                    let start = blocks.starts[columns[c]];
                    if !(staged.start <= start && start + n_bytes as u64 <= staged.end) {
                        staged = blocks.run(&columns[c..], n_bytes as u64);
                        let at = begin + staged.start + row * sample.bytes() as u64;
                        self.stage(at, (staged.end - staged.start) as usize)?;
                    }
                    let at = (start - staged.start) as usize;
                    let bytes = &self.staging[at..at + n_bytes];
                    decode(sample, big_endian, bytes, WHOLE, 0..1, piece);
                }
                for (t, to) in part.chunks_exact_mut(columns.len()).enumerate() {
                    let places = &mut to[first..first + columns_now.len()];
                    for (c, place) in places.iter_mut().enumerate() {
                        *place = pieces[c * n_rows + t];
                    }
                }
            }
            row += n_rows as u64;
        }
        Ok(())
    }
}

impl Reader for FlatReader {
    fn read(&mut self, rows: Range<u64>, columns: &[usize], to: Samples) -> Result<()> {
        match to {
            Samples::Single(to) => self.read_into(rows, columns, to),
            Samples::Double(to) => self.read_into(rows, columns, to),
        }
    }
}
