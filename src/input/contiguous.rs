//! Contiguous data, read with plain `pread`: no HDF5 and none of its locks on the way.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use super::syncopy::{Sample, Storage};
use super::{Reader, Samples};
use crate::error::{Error, IoContext, Result};

/// Bytes read at once where numbers are converted or picked: they stay in a processor's own cache.
const STAGING: usize = 256 << 10;
/// Channels that are brought from channel × time to time × channel at once: a cache line of them, in 16 pieces that take
/// half of what a reader may hold.
const CHANNELS_AT_ONCE: usize = 16;

/// Reads contiguous data of either axis order.
pub struct Contiguous {
    storage: Storage,
    offset: u64,
    file: File,
    staging: Vec<u8>,
}

impl Contiguous {
    /// Opens the file; data begin at `offset`.
    pub fn open(storage: &Storage, offset: u64) -> Result<Contiguous> {
        let file = File::open(&storage.path).at(&storage.path, "open this file")?;
        Ok(Contiguous {
            storage: storage.clone(),
            offset,
            file,
            staging: Vec::new(),
        })
    }

    /// Reads elements from the one numbered `first` on into the staging area.
    fn stage(&mut self, first: u64, n: usize) -> Result<()> {
        let mut staging = std::mem::take(&mut self.staging);
        staging.resize(n * self.storage.sample.bytes(), 0);
        let done = self.read_exact(&mut staging, first);
        self.staging = staging;
        done
    }

    /// Reads the bytes of elements from the one numbered `first` on.
    fn read_exact(&self, to: &mut [u8], first: u64) -> Result<()> {
        let at = self.offset + first * self.storage.sample.bytes() as u64;
        let end = at + to.len() as u64;
        self.file
            .read_exact_at(to, at)
            .map_err(|source| match source.kind() {
                std::io::ErrorKind::UnexpectedEof => Error::Recording {
                    path: self.storage.path.clone(),
                    what: format!("this file ends before byte {end}, where samples should be"),
                },
                _ => Error::Io {
                    path: self.storage.path.clone(),
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
        let n = (rows.end - rows.start) as usize;
        assert_eq!(to.len(), n * columns.len(), "one place per sample");
        if n == 0 || columns.is_empty() {
            return Ok(());
        }
        if self.storage.channel_first {
            self.read_channels(rows, columns, to)
        } else if T::is(self.storage.sample)
            && !self.storage.big_endian
            && columns.iter().copied().eq(0..self.storage.n_columns)
        {
            // what is stored is what is wanted
            let first = rows.start * columns.len() as u64;
            self.read_exact(bytemuck::cast_slice_mut(to), first)
        } else {
            self.read_rows(rows, columns, to)
        }
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
        let (sample, big_endian) = (self.storage.sample, self.storage.big_endian);
        let n_columns = self.storage.n_columns;
        let rows_at_once = (STAGING / (n_columns * sample.bytes())).max(1);
        let mut row = rows.start;
        for part in to.chunks_mut(rows_at_once * columns.len()) {
            let n_rows = part.len() / columns.len();
            let first = row * n_columns as u64 + low as u64;
            self.stage(first, (n_rows - 1) * n_columns + high - low + 1)?;
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

    /// Channels of channel × time data: long pieces of some neighbours, then row after row of them, so that what is spread
    /// over the rows fills cache lines.
    fn read_channels<T: Decoded>(
        &mut self,
        rows: Range<u64>,
        columns: &[usize],
        to: &mut [T],
    ) -> Result<()> {
        const WHOLE: Strides = Strides {
            row: 1,
            in_order: true,
        };
        let (sample, big_endian) = (self.storage.sample, self.storage.big_endian);
        let n_at_once = (STAGING / size_of::<f64>()).min(to.len() / columns.len());
        let n_channels_at_once = CHANNELS_AT_ONCE.min(columns.len());
        let mut pieces = vec![T::default(); n_at_once * n_channels_at_once];
        let mut row = rows.start;
        for part in to.chunks_mut(n_at_once * columns.len()) {
            let n_rows = part.len() / columns.len();
            for (first, columns_now) in (0..)
                .step_by(CHANNELS_AT_ONCE)
                .zip(columns.chunks(CHANNELS_AT_ONCE))
            {
                let pieces = &mut pieces[..n_rows * columns_now.len()];
                for (&column, piece) in columns_now.iter().zip(pieces.chunks_exact_mut(n_rows)) {
                    self.stage(column as u64 * self.storage.n_rows + row, n_rows)?;
                    decode(sample, big_endian, &self.staging, WHOLE, 0..1, piece);
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

impl Reader for Contiguous {
    fn read(&mut self, rows: Range<u64>, columns: &[usize], to: Samples) -> Result<()> {
        match to {
            Samples::Single(to) => self.read_into(rows, columns, to),
            Samples::Double(to) => self.read_into(rows, columns, to),
        }
    }
}

/// What stored numbers become.
trait Decoded: bytemuck::Pod + Default {
    /// Whether numbers stored like this, in this machine's order, are this type.
    fn is(sample: Sample) -> bool;
    fn from_f32(value: f32) -> Self;
    fn from_f64(value: f64) -> Self;
    fn from_i64(value: i64) -> Self;
    fn from_u64(value: u64) -> Self;
}

macro_rules! decoded {
    ($float:ty, $sample:path) => {
        impl Decoded for $float {
            fn is(sample: Sample) -> bool {
                cfg!(target_endian = "little") && matches!(sample, $sample)
            }
            fn from_f32(value: f32) -> $float {
                value as $float
            }
            fn from_f64(value: f64) -> $float {
                value as $float
            }
            fn from_i64(value: i64) -> $float {
                value as $float
            }
            fn from_u64(value: u64) -> $float {
                value as $float
            }
        }
    };
}
decoded!(f32, Sample::F32);
decoded!(f64, Sample::F64);

/// Where the numbers of a row stand among those that were staged.
#[derive(Clone, Copy)]
struct Strides {
    /// Numbers from one row to the next.
    row: usize,
    /// Whether the wanted ones of a row are its first, in their order.
    in_order: bool,
}

/// Fills `to` with the numbers `steps` of every row.
fn decode<T: Decoded>(
    sample: Sample,
    big_endian: bool,
    bytes: &[u8],
    strides: Strides,
    steps: impl ExactSizeIterator<Item = usize> + Clone,
    to: &mut [T],
) {
    macro_rules! from {
        ($number:ty, $convert:ident, $wide:ty) => {
            if big_endian {
                fill(bytes, strides, steps, to, |b| {
                    T::$convert(<$number>::from_be_bytes(b) as $wide)
                })
            } else {
                fill(bytes, strides, steps, to, |b| {
                    T::$convert(<$number>::from_le_bytes(b) as $wide)
                })
            }
        };
    }
    match sample {
        Sample::F16 => unreachable!("HDF5 reads floats of two bytes"),
        Sample::F32 => from!(f32, from_f32, f32),
        Sample::F64 => from!(f64, from_f64, f64),
        Sample::I8 => from!(i8, from_i64, i64),
        Sample::I16 => from!(i16, from_i64, i64),
        Sample::I32 => from!(i32, from_i64, i64),
        Sample::I64 => from!(i64, from_i64, i64),
        Sample::U8 => from!(u8, from_u64, u64),
        Sample::U16 => from!(u16, from_u64, u64),
        Sample::U32 => from!(u32, from_u64, u64),
        Sample::U64 => from!(u64, from_u64, u64),
    }
}

fn fill<T, const WIDTH: usize>(
    bytes: &[u8],
    strides: Strides,
    steps: impl ExactSizeIterator<Item = usize> + Clone,
    to: &mut [T],
    convert: impl Fn([u8; WIDTH]) -> T,
) {
    let (numbers, _) = bytes.as_chunks::<WIDTH>();
    let rows = numbers.chunks(strides.row);
    let width = steps.len();
    for (row, to) in rows.zip(to.chunks_exact_mut(width)) {
        if strides.in_order {
            for (place, number) in to.iter_mut().zip(row) {
                *place = convert(*number);
            }
        } else {
            for (place, step) in to.iter_mut().zip(steps.clone()) {
                *place = convert(row[step]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_either_axis_order_are_those_written_whatever_the_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let (n_rows, n_columns) = (40_000, 21);
        // more rows than a piece, more channels than are brought over at once
        assert!(n_rows > STAGING / size_of::<f64>() && n_columns > CHANNELS_AT_ONCE);
        let value = |row: usize, column: usize| ((row * 7 + column * 1003) % 30_011) as i16;
        for channel_first in [false, true] {
            let number = |i: usize| match channel_first {
                true => value(i % n_rows, i / n_rows),
                false => value(i / n_columns, i % n_columns),
            };
            let path = folder.path().join(channel_first.to_string());
            let bytes = (0..n_rows * n_columns).flat_map(|i| number(i).to_le_bytes());
            std::fs::write(&path, [0; 5].into_iter().chain(bytes).collect::<Vec<u8>>()).unwrap();
            let storage = Storage {
                path,
                offset: Some(5),
                sample: Sample::I16,
                big_endian: false,
                channel_first,
                chunk: None,
                is_filtered: false,
                n_rows: n_rows as u64,
                n_columns,
            };
            let mut reader = Contiguous::open(&storage, 5).unwrap();
            let all: Vec<usize> = (0..n_columns).collect();
            for (rows, columns) in [
                (0..n_rows, &all[..]),
                (3..39_000, &[20, 4, 5]),
                (9..9, &all),
            ] {
                let mut samples = vec![f64::NAN; rows.len() * columns.len()];
                let asked = rows.start as u64..rows.end as u64;
                reader
                    .read(asked, columns, Samples::Double(&mut samples))
                    .unwrap();
                let want =
                    rows.flat_map(|row| columns.iter().map(move |&c| f64::from(value(row, c))));
                assert!(want.eq(samples.iter().copied()), "{channel_first}");
            }
        }
    }
}
