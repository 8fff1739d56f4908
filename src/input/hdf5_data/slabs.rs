//! Data that HDF5 has to read: chunked, compressed, virtual, external.

use std::ops::Range;
use std::path::{Path, PathBuf};

use hdf5::{H5Type, Hyperslab, Selection, SliceOrIndex};
use ndarray::{Array2, ArrayD, Axis, Ix2};

use super::{Axes, DataSet, open_hdf5};
use crate::error::{Hdf5Context, Result};
use crate::input::{READ_STAGING, Reader, Samples, rows_wanted};

/// Bytes of chunks that HDF5 keeps unless told otherwise.
const HDF5S_OWN: usize = 1 << 20;
/// Bytes of chunks that HDF5 may keep, since trials and slabs share them: its own bound is less than many a chunk, which
/// is then decompressed again for every trial in it.
const MAX_CACHE: usize = 64 << 20;
/// Places of HDF5's table of chunks: a prime, as its manual asks, and far more than there are chunks in the cache, as
/// two chunks of one place drive each other out.
const CACHE_SLOTS: usize = 65_521;
/// HDF5's own preference for driving out what was read in full: neighbouring blocks of channels read chunks again.
const CACHE_PREEMPTION: f64 = 0.75;

/// Chunks that one read may touch, unless a single row does: HDF5 takes about a kilobyte of memory for each, so that chunks
/// of single samples would take a thousand times what they hold.
const MAX_CHUNKS: usize = 1 << 12;

/// Reads slabs of the data set, as large as the staging area allows.
pub struct Hdf5Slabs {
    path: PathBuf,
    set: DataSet,
    data: hdf5::Dataset,
}

impl Hdf5Slabs {
    /// Opens the data set.
    pub fn open(path: &Path, set: &DataSet) -> Result<Hdf5Slabs> {
        let bytes = cache_bytes(set);
        let file = open_hdf5(path, |access| {
            access.chunk_cache(CACHE_SLOTS, bytes, CACHE_PREEMPTION);
        })?;
        let data = file.dataset(&set.name);
        let data = data.at(path, format!("open the data set {}", set.name))?;
        Ok(Hdf5Slabs {
            path: path.to_owned(),
            set: set.clone(),
            data,
        })
    }

    fn read_into<T: H5Type + Copy>(
        &self,
        rows: Range<u64>,
        columns: &[usize],
        to: &mut [T],
    ) -> Result<()> {
        let n = rows_wanted(&rows, columns, to.len());
        if n == 0 {
            return Ok(());
        }
        let low = columns.iter().copied().min().expect("there are columns");
        let high = columns.iter().copied().max().expect("there are columns") + 1;
        let rows_at_once = (READ_STAGING / ((high - low) * size_of::<T>())).clamp(1, n);
        let rows_at_once = rows_at_once.min(rows_of_chunks(self.set.chunk, high - low));
        let per_trial = self.set.n_rows_per_trial;
        let mut row = rows.start;
        while row < rows.end {
            // of one trial, and up to where a chunk of it ends
            let (trial, from) = (row / per_trial, (row % per_trial) as usize);
            let left = (rows.end - row).min(per_trial - from as u64) as usize;
            let time = from..slab_end(from, rows_at_once, self.set.chunk).min(from + left);
            let places = (row - rows.start) as usize..(row - rows.start) as usize + time.len();
            row += time.len() as u64;
            let by_time = self.slab::<T>(trial as usize, time, low..high)?;
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

    /// A part of one trial, `time × channel`.
    fn slab<T: H5Type>(
        &self,
        trial: usize,
        time: Range<usize>,
        channel: Range<usize>,
    ) -> Result<Array2<T>> {
        let trial: SliceOrIndex = trial.into();
        let slab: Vec<SliceOrIndex> = match self.set.axes {
            Axes::Time => vec![time.into()],
            Axes::TimeChannel => vec![time.into(), channel.into()],
            Axes::ChannelTime => vec![channel.into(), time.into()],
            Axes::TrialTimeChannel => vec![trial, time.into(), channel.into()],
            Axes::TrialChannelTime => vec![trial, channel.into(), time.into()],
        };
        let slab: ArrayD<T> = self
            .data
            .read_slice(Selection::from(Hyperslab::from(slab)))
            .at(&self.path, "read samples")?;
        let slab = match self.set.axes {
            Axes::Time => slab.insert_axis(Axis(1)),
            Axes::ChannelTime | Axes::TrialChannelTime => slab.reversed_axes(),
            Axes::TimeChannel | Axes::TrialTimeChannel => slab,
        };
        Ok(slab
            .into_dimensionality::<Ix2>()
            .expect("two axes are left"))
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

impl DataSet {
    /// Bytes that reading takes beside the samples: the slab, the cache, and a chunk that is unpacked, which is there packed
    /// as well.
    pub fn held_bytes(&self) -> u64 {
        let (rows, columns) = self.chunk.unwrap_or_default();
        let chunk = rows
            .saturating_mul(columns)
            .saturating_mul(self.n_trials_per_chunk)
            .saturating_mul(self.sample.bytes());
        let unpacking = if self.is_filtered { 2 * chunk } else { 0 };
        (READ_STAGING + cache_bytes(self) + unpacking) as u64
    }
}

/// Bytes of one row of chunks, which is what neighbouring slabs and trials share, within bounds; HDF5's own if that is
/// enough.
fn cache_bytes(set: &DataSet) -> usize {
    let (rows, columns) = set.chunk.unwrap_or((0, 1));
    set.n_columns
        .next_multiple_of(columns)
        .saturating_mul(rows)
        .saturating_mul(set.n_trials_per_chunk)
        .saturating_mul(set.sample.bytes())
        .clamp(HDF5S_OWN, MAX_CACHE)
}

/// Rows of a slab whose chunks HDF5 can hold at once, at least one.
fn rows_of_chunks(chunk: Option<(usize, usize)>, n_columns: usize) -> usize {
    let Some((rows, columns)) = chunk else {
        return usize::MAX;
    };
    // a block of channels may begin within a chunk
    let across = n_columns.div_ceil(columns) + 1;
    (MAX_CHUNKS / across).max(1).saturating_mul(rows)
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
    use crate::input::Sample;
    use ndarray::Array;

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
    fn samples_of_any_chunks_and_axes_are_those_written() {
        let folder = tempfile::tempdir().unwrap();
        let value = |row: usize, column: usize| (row * 7 + column) as i16;
        for (chunk, axes) in [
            (&[7, 2][..], Axes::TimeChannel),
            (&[300, 5], Axes::TimeChannel),
            (&[2, 300], Axes::ChannelTime),
            (&[9], Axes::Time),
            (&[2, 30, 2], Axes::TrialTimeChannel),
            (&[1, 5, 70], Axes::TrialChannelTime),
        ] {
            let path = folder.path().join(format!("{chunk:?}"));
            let shape: &[usize] = match axes {
                Axes::Time => &[1000],
                Axes::TimeChannel => &[1000, 5],
                Axes::ChannelTime => &[5, 1000],
                Axes::TrialTimeChannel => &[10, 100, 5],
                Axes::TrialChannelTime => &[10, 5, 100],
            };
            let data = Array::from_shape_fn(shape, |at| match axes {
                Axes::Time => value(at[0], 0),
                Axes::TimeChannel => value(at[0], at[1]),
                Axes::ChannelTime => value(at[1], at[0]),
                Axes::TrialTimeChannel => value(at[0] * 100 + at[1], at[2]),
                Axes::TrialChannelTime => value(at[0] * 100 + at[2], at[1]),
            });
            let file = hdf5::File::create(&path).unwrap();
            let builder = file.new_dataset_builder().chunk(chunk).with_data(&data);
            builder.create("deep").unwrap();
            let found = super::super::find(&path, &file, "deep", axes).unwrap();
            file.close().unwrap();
            let crate::input::Layout::Hdf5(set) = found.layout else {
                panic!("{axes:?} is chunked")
            };
            let mut reader = Hdf5Slabs::open(&path, &set).unwrap();
            let columns: &[usize] = if axes == Axes::Time { &[0] } else { &[3, 1] };
            let rows = 290..920;
            let mut samples = vec![f32::NAN; rows.len() * columns.len()];
            reader
                .read(290..920, columns, Samples::Single(&mut samples))
                .unwrap();
            let want = rows.clone().flat_map(|row| {
                let of = move |&column: &usize| f32::from(value(row, column));
                columns.iter().map(of)
            });
            assert!(want.eq(samples.iter().copied()), "{axes:?}");
        }
    }

    fn set(chunk: Option<(usize, usize)>, is_filtered: bool) -> DataSet {
        DataSet {
            name: "data".into(),
            sample: Sample::I16,
            axes: Axes::TimeChannel,
            n_rows_per_trial: 1 << 30,
            chunk,
            n_trials_per_chunk: 1,
            is_filtered,
            n_rows: 1 << 30,
            n_columns: 15,
        }
    }

    #[test]
    fn the_cache_holds_a_row_of_chunks_within_its_bound() {
        let bytes = |chunk| cache_bytes(&set(chunk, true));
        assert_eq!(bytes(None), HDF5S_OWN);
        assert_eq!(bytes(Some((1000, 8))), HDF5S_OWN);
        assert_eq!(bytes(Some((100_000, 8))), 3_200_000);
        assert_eq!(bytes(Some((1 << 25, 8))), MAX_CACHE);
    }

    #[test]
    fn chunks_that_are_unpacked_are_counted_and_those_read_in_place_are_not() {
        let chunk = Some((1 << 25, 8));
        let of = |is_filtered| set(chunk, is_filtered).held_bytes();
        let plain = (READ_STAGING + MAX_CACHE) as u64;
        assert_eq!(of(false), plain);
        assert_eq!(of(true), plain + 2 * (1 << 29));
        // chunks that span trials
        let of_trials = DataSet {
            n_trials_per_chunk: 1024,
            ..set(Some((1 << 15, 8)), true)
        };
        assert_eq!(of_trials.held_bytes(), plain + 2 * (1 << 29));
    }
}
