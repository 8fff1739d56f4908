//! The data set `n` of averages: how many trials every number is the mean of. It has the axes of the spectra but that of tapers, and
//! its room from the start; the checksum of a block covers its part.

use std::ops::Range;
use std::path::Path;

use hdf5::dataset::{AllocTime, FillTime};
use hdf5::{Dataset, File, Hyperslab, Selection};

use super::Outline;
use super::calls::attach_scale;
use super::placement::{grid, pieces, points};
use super::rows::axis_name;
use super::text::set_text;
use super::tile::tile;
use crate::comm::note_progress;
use crate::error::{Hdf5Context, Result};
use crate::input::open_hdf5;
use crate::spectral::Coordinates;

/// Its name.
pub const N: &str = "n";
/// Bytes of a number.
pub const BYTES: usize = size_of::<i32>();
/// Numbers that are read at once.
const PIECE: usize = 1 << 20;

/// The shape of the data set: rows, frequencies, channels.
#[derive(Clone, Debug, PartialEq)]
pub struct NumbersOfTrials {
    /// Shape of the data set.
    pub shape: Vec<usize>,
    /// Shape of a tile; contiguous storage without.
    pub tile: Option<Vec<usize>>,
}

impl NumbersOfTrials {
    /// That of this result, if it holds averages.
    pub fn of(outline: Outline) -> Option<NumbersOfTrials> {
        let without_tapers = |shape: &Vec<usize>| [shape[0], shape[2], shape[3]].to_vec();
        outline.plan.averages().then(|| NumbersOfTrials {
            shape: without_tapers(&outline.plan.output_shape),
            tile: outline.plan.result_tile.as_ref().map(without_tapers),
        })
    }

    /// Makes the data set, with all its room.
    ///
    /// # Errors
    /// HDF5's.
    pub fn create(&self, file: &File, outline: Outline) -> hdf5::Result<()> {
        let builder = file
            .new_dataset::<i32>()
            .shape(&self.shape[..])
            .alloc_time(Some(AllocTime::Early))
            .fill_time(FillTime::Never);
        let set = match &self.tile {
            Some(tile) => builder.chunk(&tile[..]).create(N)?,
            None => builder.no_chunk().create(N)?,
        };
        label(file, &set, outline)
    }

    /// Makes the data set with gzip of this level, in tiles, and copies it from another file tile by tile.
    ///
    /// # Errors
    /// HDF5's.
    pub fn copy(&self, from: &File, to: &File, level: u8, outline: Outline) -> hdf5::Result<()> {
        let source = from.dataset(N)?;
        let tile = tile(&self.shape, BYTES);
        let builder = to.new_dataset::<i32>().shape(&self.shape[..]);
        let set = builder
            .chunk(&tile[..])
            .deflate(level)
            .fletcher32()
            .create(N)?;
        let tiles: Vec<_> = grid(&self.shape, &tile).into_iter().map(|n| 0..n).collect();
        for point in points(&tiles) {
            note_progress();
            let start = point.iter().zip(&tile).map(|(i, n)| i * n);
            let ends = start.clone().zip(&tile).zip(&self.shape);
            let ranges = start.zip(ends.map(|((start, tile), n)| (start + tile).min(*n)));
            let ranges: Vec<_> = ranges.map(|(start, end)| start..end).collect();
            let numbers: ndarray::ArrayD<i32> = source.read_slice(selection(&ranges))?;
            set.write_slice(&numbers, selection(&ranges))?;
        }
        label(to, &set, outline)
    }
}

fn selection(ranges: &[Range<usize>]) -> Selection {
    let ranges = ranges.iter().cloned().map(Into::into);
    Selection::from(Hyperslab::from(ranges.collect::<Vec<_>>()))
}

fn label(file: &File, set: &Dataset, outline: Outline) -> hdf5::Result<()> {
    set_text(
        set,
        "description",
        "trials that every number of data is the mean of",
    )?;
    let axes = outline.layout.axes.iter();
    let axes = axes.filter(|axis| !matches!(axis.coordinates, Coordinates::Labels(_)));
    for (i, axis) in axes.enumerate() {
        attach_scale(set, &file.dataset(axis_name(axis))?, i)?;
    }
    Ok(())
}

/// Hands over the numbers of some rows and channels of all frequencies, in C order, some megabytes at a time.
///
/// # Errors
/// HDF5 cannot read them.
pub fn for_each_piece(
    set: &Dataset,
    rows: &Range<usize>,
    channels: &Range<usize>,
    mut take: impl FnMut(&[i32]),
) -> hdf5::Result<()> {
    let start = [rows.start, 0, channels.start];
    let shape = [rows.len(), set.shape()[1], channels.len()];
    for (start, shape) in pieces(&start, &shape, PIECE) {
        let ranges = start.iter().zip(&shape);
        let ranges: Vec<_> = ranges.map(|(&start, n)| start..start + n).collect();
        let numbers: ndarray::ArrayD<i32> = set.read_slice(selection(&ranges))?;
        note_progress();
        take(numbers.as_slice().expect("what was read is in C order"));
    }
    Ok(())
}

/// The data set of a file whose spectra have `shape`; none where the file has none, or one of another type or shape.
pub fn stored(file: &File, shape: &[usize]) -> Option<Dataset> {
    let set = file.dataset(N).ok()?;
    let is_type = set.dtype().is_ok_and(|dtype| dtype.is::<i32>());
    let expected = [*shape.first()?, *shape.get(2)?, *shape.get(3)?];
    (is_type && set.shape() == expected).then_some(set)
}

/// The least and the greatest number of trials that an average in the file at `path` is over; none where trials are kept.
///
/// # Errors
/// The file cannot be read.
pub fn numbers_averaged(path: &Path, outline: Outline) -> Result<Option<[u64; 2]>> {
    if !outline.plan.averages() {
        return Ok(None);
    }
    let file = open_hdf5(path, |_| ())?;
    let Some(set) = stored(&file, &outline.plan.output_shape) else {
        return Ok(None);
    };
    let mut range = [u64::MAX, 0];
    let [rows, _, channels] = [0, 1, 2].map(|axis| 0..set.shape()[axis]);
    let read = for_each_piece(&set, &rows, &channels, |numbers| {
        for &n in numbers {
            let n = n.max(0) as u64;
            range = [range[0].min(n), range[1].max(n)];
        }
    });
    read.at(path, "read the numbers of trials")?;
    Ok(Some(range))
}
