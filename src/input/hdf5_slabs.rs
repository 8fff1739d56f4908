//! Data that HDF5 has to read: chunked, compressed, virtual, external.

use std::ops::Range;

use hdf5::{H5Type, Hyperslab, Selection};

use super::syncopy::{Storage, open_hdf5};
use super::{Reader, Samples};
use crate::error::{Hdf5Context, Result};
use crate::plan::READ_STAGING;

/// Bytes of chunks that HDF5 may keep, since trials and slabs share them: its own bound of 1 MiB is less than many a
/// chunk, which is then decompressed again for every trial in it.
const LARGEST_CACHE: usize = 64 << 20;
/// Places of HDF5's table of chunks: a prime, as its manual asks, and far more than there are chunks in the cache, as
/// two chunks of one place drive each other out.
const CACHE_SLOTS: usize = 65_521;
/// HDF5's own preference for driving out what was read in full: neighbouring blocks of channels read chunks again.
const CACHE_PREEMPTION: f64 = 0.75;

/// Chunks that one read may touch, unless a single row does: HDF5 takes about a kilobyte of memory for each, so that chunks
/// of single samples would take a thousand times what they hold.
const MOST_CHUNKS: usize = 1 << 12;

/// Reads slabs of the data set, as large as the staging area allows.
pub struct Hdf5Slabs {
    storage: Storage,
    data: hdf5::Dataset,
}

impl Hdf5Slabs {
    /// Opens the data set.
    pub fn open(storage: &Storage) -> Result<Hdf5Slabs> {
        let path = &storage.path;
        let file = open_hdf5(path, |access| {
            if let Some(bytes) = cache_bytes(storage) {
                access.chunk_cache(CACHE_SLOTS, bytes, CACHE_PREEMPTION);
            }
        })?;
        let data = file.dataset("data").at(path, "open the data set data")?;
        Ok(Hdf5Slabs {
            storage: storage.clone(),
            data,
        })
    }

    fn read_into<T: H5Type + Copy>(
        &self,
        rows: Range<u64>,
        columns: &[usize],
        to: &mut [T],
    ) -> Result<()> {
        let n = (rows.end - rows.start) as usize;
        assert_eq!(to.len(), n * columns.len(), "one place per sample");
        if n == 0 || columns.is_empty() {
            return Ok(());
        }
        let low = columns.iter().copied().min().expect("there are columns");
        let high = columns.iter().copied().max().expect("there are columns") + 1;
        let channel_first = self.storage.channel_first;
        let rows_at_once = (READ_STAGING / ((high - low) * size_of::<T>())).clamp(1, n);
        let rows_at_once = rows_at_once.min(rows_of_chunks(self.storage.chunk, high - low));
        let rows = rows.start as usize..rows.end as usize;
        let mut from = rows.start;
        while from < rows.end {
            let time = from..slab_end(from, rows_at_once, self.storage.chunk).min(rows.end);
            let places = time.start - rows.start..time.end - rows.start;
            from = time.end;
            let channel = low..high;
            let slab = if channel_first {
                vec![channel.into(), time.into()]
            } else {
                vec![time.into(), channel.into()]
            };
            let slab = self
                .data
                .read_slice_2d::<T, _>(Selection::from(Hyperslab::from(slab)))
                .at(&self.storage.path, "read samples")?;
            let by_time = if channel_first {
                slab.reversed_axes()
            } else {
                slab
            };
            let to = to[places.start * columns.len()..places.end * columns.len()]
                .chunks_exact_mut(columns.len());
            for (row, to) in by_time.rows().into_iter().zip(to) {
                for (place, &column) in to.iter_mut().zip(columns) {
                    *place = row[column - low];
                }
            }
        }
        Ok(())
    }
}

impl Reader for Hdf5Slabs {
    fn read(&mut self, rows: Range<u64>, columns: &[usize], to: Samples) -> Result<()> {
        match to {
            Samples::Single(to) => self.read_into(rows, columns, to),
            Samples::Double(to) => self.read_into(rows, columns, to),
        }
    }
}

/// Bytes of one row of chunks, which is what neighbouring slabs and trials share; HDF5's own bound if that is enough.
fn cache_bytes(storage: &Storage) -> Option<usize> {
    const HDF5S_OWN: usize = 1 << 20;
    let (rows, columns) = storage.chunk?;
    let bytes = storage
        .n_columns
        .next_multiple_of(columns)
        .saturating_mul(rows)
        .saturating_mul(storage.sample.bytes());
    (bytes > HDF5S_OWN).then_some(bytes.min(LARGEST_CACHE))
}

/// Rows of a slab whose chunks HDF5 can hold at once, at least one.
fn rows_of_chunks(chunk: Option<(usize, usize)>, n_columns: usize) -> usize {
    let Some((rows, columns)) = chunk else {
        return usize::MAX;
    };
    // a block of channels may begin within a chunk
    let across = n_columns.div_ceil(columns) + 1;
    (MOST_CHUNKS / across).max(1).saturating_mul(rows)
}

/// Where a slab of at most `most` rows ends that begins at row `from`: where a chunk does, if it reaches that far.
fn slab_end(from: usize, most: usize, chunk: Option<(usize, usize)>) -> usize {
    let end = from + most;
    let aligned = chunk.map_or(end, |(rows, _)| end - end % rows);
    if aligned > from { aligned } else { end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::syncopy::Sample;
    use ndarray::Array2;

    #[test]
    fn slabs_end_where_chunks_do() {
        assert_eq!(slab_end(0, 100, None), 100);
        assert_eq!(slab_end(7, 100, Some((30, 8))), 90);
        assert_eq!(slab_end(90, 100, Some((30, 8))), 180);
        assert_eq!(slab_end(0, 100, Some((1000, 8))), 100);
        assert_eq!(slab_end(950, 100, Some((1000, 8))), 1000);
    }

    #[test]
    fn slabs_of_small_chunks_are_short_and_of_large_ones_as_long_as_they_may_be() {
        assert_eq!(rows_of_chunks(None, 64), usize::MAX);
        assert_eq!(rows_of_chunks(Some((1, 1)), 64), 63);
        assert_eq!(rows_of_chunks(Some((1, 1)), 1 << 20), 1);
        assert_eq!(rows_of_chunks(Some((1000, 64)), 64), 2_048_000);
        assert_eq!(rows_of_chunks(Some((usize::MAX, 64)), 64), usize::MAX);
    }

    #[test]
    fn samples_of_any_chunks_and_axis_order_are_those_written() {
        let folder = tempfile::tempdir().unwrap();
        let (n_rows, n_columns) = (1000, 5);
        for (chunk, channel_first) in [((7, 2), false), ((300, 5), false), ((300, 2), true)] {
            let path = folder.path().join(format!("{chunk:?}{channel_first}"));
            let value = |(row, column): (usize, usize)| (row * n_columns + column) as i16;
            let (data, shape) = if channel_first {
                let data = Array2::from_shape_fn((n_columns, n_rows), |(c, r)| value((r, c)));
                (data, (chunk.1, chunk.0))
            } else {
                (Array2::from_shape_fn((n_rows, n_columns), value), chunk)
            };
            let file = hdf5::File::create(&path).unwrap();
            let builder = file.new_dataset_builder().chunk(shape).with_data(&data);
            builder.create("data").unwrap();
            file.close().unwrap();
            let mut reader = Hdf5Slabs::open(&Storage {
                path,
                offset: None,
                sample: Sample::I16,
                big_endian: false,
                channel_first,
                chunk: Some(chunk),
                n_rows: n_rows as u64,
                n_columns,
            })
            .unwrap();
            let (rows, columns) = (290..920, [3, 1]);
            let mut samples = vec![f32::NAN; rows.len() * columns.len()];
            reader
                .read(290..920, &columns, Samples::Single(&mut samples))
                .unwrap();
            let want = rows.clone().flat_map(|row| {
                columns
                    .iter()
                    .map(move |&column| f32::from(value((row, column))))
            });
            assert!(want.eq(samples.iter().copied()));
        }
    }

    #[test]
    fn the_cache_holds_a_row_of_chunks_within_its_bound() {
        let storage = |chunk| Storage {
            path: "x.analog".into(),
            offset: None,
            sample: Sample::I16,
            big_endian: false,
            channel_first: false,
            chunk,
            n_rows: 1 << 30,
            n_columns: 15,
        };
        assert_eq!(cache_bytes(&storage(None)), None);
        assert_eq!(cache_bytes(&storage(Some((1000, 8)))), None);
        assert_eq!(cache_bytes(&storage(Some((100_000, 8)))), Some(3_200_000));
        assert_eq!(
            cache_bytes(&storage(Some((1 << 25, 8)))),
            Some(LARGEST_CACHE)
        );
    }
}
