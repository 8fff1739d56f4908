//! Contiguous data, read with plain `pread`: no HDF5 and none of its locks on the way.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use super::syncopy::{Sample, Storage};
use super::{Reader, Samples};
use crate::error::{Error, IoContext, Result};

/// Bytes read at once: what is spread over the channels stays in a processor's own cache.
const STAGING: usize = 256 << 10;

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
        let width = self.storage.sample.bytes();
        self.staging.resize(n * width, 0);
        let at = self.offset + first * width as u64;
        self.file
            .read_exact_at(&mut self.staging, at)
            .map_err(|source| match source.kind() {
                std::io::ErrorKind::UnexpectedEof => Error::Recording {
                    path: self.storage.path.clone(),
                    what: format!(
                        "this file ends before byte {}, where samples should be",
                        at + (n * width) as u64
                    ),
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
        let (Some(&low), Some(&high)) = (columns.iter().min(), columns.iter().max()) else {
            return Ok(());
        };
        let (sample, big_endian) = (self.storage.sample, self.storage.big_endian);
        if self.storage.channel_first {
            let piece = STAGING / sample.bytes();
            for (&column, channel) in columns.iter().zip(to.chunks_mut(n)) {
                let first = column as u64 * self.storage.n_rows + rows.start;
                for (p, part) in channel.chunks_mut(piece).enumerate() {
                    self.stage(first + (p * piece) as u64, part.len())?;
                    decode(sample, big_endian, &self.staging, 1, part);
                }
            }
            return Ok(());
        }
        let n_columns = self.storage.n_columns;
        let rows_at_once = (STAGING / (n_columns * sample.bytes())).clamp(1, n.max(1));
        for start in (0..n).step_by(rows_at_once) {
            let n_now = rows_at_once.min(n - start);
            let first = (rows.start + start as u64) * n_columns as u64 + low as u64;
            self.stage(first, (n_now - 1) * n_columns + high - low + 1)?;
            for (&column, channel) in columns.iter().zip(to.chunks_mut(n)) {
                let bytes = &self.staging[(column - low) * sample.bytes()..];
                decode(
                    sample,
                    big_endian,
                    bytes,
                    n_columns,
                    &mut channel[start..start + n_now],
                );
            }
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
trait Decoded: Copy {
    fn from_f32(value: f32) -> Self;
    fn from_f64(value: f64) -> Self;
    fn from_i64(value: i64) -> Self;
    fn from_u64(value: u64) -> Self;
}

macro_rules! decoded {
    ($float:ty) => {
        impl Decoded for $float {
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
decoded!(f32);
decoded!(f64);

/// Fills `to` with every `stride`-th of the stored numbers.
fn decode<T: Decoded>(sample: Sample, big_endian: bool, bytes: &[u8], stride: usize, to: &mut [T]) {
    macro_rules! from {
        ($number:ty, $convert:ident, $wide:ty) => {
            if big_endian {
                fill(bytes, stride, to, |b| {
                    T::$convert(<$number>::from_be_bytes(b) as $wide)
                })
            } else {
                fill(bytes, stride, to, |b| {
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
    stride: usize,
    to: &mut [T],
    convert: impl Fn([u8; WIDTH]) -> T,
) {
    for (place, number) in to.iter_mut().zip(bytes.chunks(stride * WIDTH)) {
        *place = convert(*number.first_chunk().expect("a staged number is whole"));
    }
}
