//! Numbers in a compressed stream, as MATLAB 7 stores variables: inflated on the way, with a few megabytes held. Rows in
//! their order cost one pass over the stream; going back costs some milliseconds; a rank that begins in the middle
//! inflates all that comes before once.

use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::flat::{Flat, Strides, decode};
use super::inflate::{Deflate, Inflating};
use super::location::Sample;
use super::{READ_STAGING, Reader, Samples};
use crate::error::Result;

/// Bytes that are inflated at once.
const STAGING: usize = 256 << 10;

/// Numbers in a compressed stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deflated {
    /// The stream.
    pub stream: Deflate,
    /// Bytes that it inflates to.
    pub n_bytes: u64,
    /// Stretches of the time axis, one after the other, with the row each begins at: `time × channel`, at bytes of what
    /// the stream inflates to.
    pub pieces: Vec<(u64, Flat)>,
}

impl Deflated {
    /// The widest of the numbers.
    pub fn sample(&self) -> Sample {
        let samples = self.pieces.iter().map(|(_, flat)| flat.sample);
        samples.max_by_key(Sample::width).unwrap_or(Sample::F64)
    }

    /// Bytes that a reader holds at most beside the samples.
    pub fn held_bytes(&self) -> u64 {
        READ_STAGING as u64 + Inflating::held_bytes(self.n_bytes)
    }
}

/// Reads numbers of a compressed stream.
pub struct DeflatedReader {
    deflated: Deflated,
    stream: Inflating,
    staging: Vec<u8>,
}

impl DeflatedReader {
    /// Opens the file.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path, deflated: &Deflated) -> Result<DeflatedReader> {
        Ok(DeflatedReader {
            stream: Inflating::open(path, deflated.stream, deflated.n_bytes)?,
            deflated: deflated.clone(),
            staging: Vec::new(),
        })
    }

    /// Rows of one piece, counted from its first.
    fn read_piece(
        &mut self,
        k: usize,
        rows: Range<u64>,
        columns: &[usize],
        mut to: Samples,
    ) -> Result<()> {
        let flat = &self.deflated.pieces[k].1;
        let row_bytes = flat.n_columns * flat.sample.bytes();
        let rows_at_once = (STAGING / row_bytes).max(1) as u64;
        let strides = Strides {
            row: flat.n_columns,
            in_order: columns.iter().copied().eq(0..columns.len()),
        };
        let mut row = rows.start;
        while row < rows.end {
            let end = rows.end.min(row + rows_at_once);
            self.staging.resize((end - row) as usize * row_bytes, 0);
            let at = flat.offset + row * row_bytes as u64;
            self.stream.read_exact(at, &mut self.staging)?;
            let part = places(row - rows.start..end - rows.start, columns.len());
            let steps = columns.iter().copied();
            let (sample, big_endian) = (flat.sample, flat.big_endian);
            match &mut to {
                Samples::Single(to) => decode(
                    sample,
                    big_endian,
                    &self.staging,
                    strides,
                    steps,
                    &mut to[part],
                ),
                Samples::Double(to) => decode(
                    sample,
                    big_endian,
                    &self.staging,
                    strides,
                    steps,
                    &mut to[part],
                ),
            }
            row = end;
        }
        Ok(())
    }
}

impl Reader for DeflatedReader {
    fn read(&mut self, rows: Range<u64>, columns: &[usize], mut to: Samples) -> Result<()> {
        let mut row = rows.start;
        while row < rows.end && !columns.is_empty() {
            let pieces = &self.deflated.pieces;
            let k = pieces.partition_point(|(first, _)| *first <= row) - 1;
            let first = pieces[k].0;
            let end = pieces.get(k + 1).map_or(rows.end, |(next, _)| *next);
            let end = end.min(rows.end);
            let part = places(row - rows.start..end - rows.start, columns.len());
            let part = match &mut to {
                Samples::Single(to) => Samples::Single(&mut to[part]),
                Samples::Double(to) => Samples::Double(&mut to[part]),
            };
            self.read_piece(k, row - first..end - first, columns, part)?;
            row = end;
        }
        Ok(())
    }
}

/// Where these rows stand among samples of `n_columns` channels.
fn places(rows: Range<u64>, n_columns: usize) -> Range<usize> {
    rows.start as usize * n_columns..rows.end as usize * n_columns
}
