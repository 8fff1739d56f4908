//! Data that HDF5 has to read: chunked, compressed, virtual, external.

use std::ops::Range;

use hdf5::{H5Type, Hyperslab, Selection};

use super::syncopy::{Storage, open_hdf5};
use super::{READ_STAGING, Reader, Samples};
use crate::error::{Hdf5Context, Result};

/// Bytes of chunks that HDF5 keeps unless told otherwise.
const HDF5S_OWN: usize = 1 << 20;
/// Bytes of chunks that HDF5 may keep, since trials and slabs share them: its own bound is less than many a chunk, which
/// is then decompressed again for every trial in it.
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
        let bytes = cache_bytes(storage);
        let file = open_hdf5(path, |access| {
            access.chunk_cache(CACHE_SLOTS, bytes, CACHE_PREEMPTION);
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

/// Bytes that reading takes beside the samples: the slab, the cache, and a chunk that is unpacked, which is there packed as
/// well.
pub fn held_bytes(storage: &Storage) -> u64 {
    let (rows, columns) = storage.chunk.unwrap_or_default();
    let chunk = rows
        .saturating_mul(columns)
        .saturating_mul(storage.sample.bytes());
    let unpacking = if storage.is_filtered { 2 * chunk } else { 0 };
    (READ_STAGING + cache_bytes(storage) + unpacking) as u64
}

/// Bytes of one row of chunks, which is what neighbouring slabs and trials share, within bounds; HDF5's own if that is
/// enough.
fn cache_bytes(storage: &Storage) -> usize {
    let (rows, columns) = storage.chunk.unwrap_or((0, 1));
    storage
        .n_columns
        .next_multiple_of(columns)
        .saturating_mul(rows)
        .saturating_mul(storage.sample.bytes())
        .clamp(HDF5S_OWN, LARGEST_CACHE)
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
            let storage = Storage {
                path,
                offset: None,
                sample: Sample::I16,
                big_endian: false,
                channel_first,
                chunk: Some(chunk),
                is_filtered: false,
                n_rows: n_rows as u64,
                n_columns,
            };
            let mut reader = Hdf5Slabs::open(&storage).unwrap();
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

    fn storage(chunk: Option<(usize, usize)>, is_filtered: bool) -> Storage {
        Storage {
            path: "x.analog".into(),
            offset: None,
            sample: Sample::I16,
            big_endian: false,
            channel_first: false,
            chunk,
            is_filtered,
            n_rows: 1 << 30,
            n_columns: 15,
        }
    }

    #[test]
    fn the_cache_holds_a_row_of_chunks_within_its_bound() {
        let bytes = |chunk| cache_bytes(&storage(chunk, true));
        assert_eq!(bytes(None), HDF5S_OWN);
        assert_eq!(bytes(Some((1000, 8))), HDF5S_OWN);
        assert_eq!(bytes(Some((100_000, 8))), 3_200_000);
        assert_eq!(bytes(Some((1 << 25, 8))), LARGEST_CACHE);
    }

    #[test]
    fn chunks_that_are_unpacked_are_counted_and_those_read_in_place_are_not() {
        let chunk = Some((1 << 25, 8));
        let of = |is_filtered| held_bytes(&storage(chunk, is_filtered));
        let plain = (READ_STAGING + LARGEST_CACHE) as u64;
        assert_eq!(of(false), plain);
        assert_eq!(of(true), plain + 2 * (1 << 29));
    }
}
