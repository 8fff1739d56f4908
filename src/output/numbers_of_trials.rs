//! The data set `n` of averages: how many trials every number is the mean of. It has the axes of the spectra but that of tapers, and
//! its room from the start; the checksum of a block covers its part.

use std::ops::Range;
use std::path::Path;

use hdf5::dataset::{AllocTime, FillTime};
use hdf5::{Dataset, File, Hyperslab, Selection};

use super::Outline;
use super::calls::attach_scale;
use super::part_file::axis_name;
use super::places;
use super::text::set_text;
use crate::error::{Hdf5Context, Result};
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

    /// Makes the data set with gzip of this level, and copies it from another file.
    ///
    /// # Errors
    /// HDF5's.
    pub fn copy(&self, from: &File, to: &File, level: u8, outline: Outline) -> hdf5::Result<()> {
        let source = from.dataset(N)?;
        let rows = rows_at_once(&self.shape);
        let mut tile = self.shape.clone();
        tile[0] = rows;
        let builder = to.new_dataset::<i32>().shape(&self.shape[..]);
        let set = builder.chunk(&tile[..]).deflate(level).create(N)?;
        for_each_piece(&source, |place, numbers| {
            set.write_slice(&numbers, Selection::from(Hyperslab::from(place)))
        })?;
        label(to, &set, outline)
    }
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

fn rows_at_once(shape: &[usize]) -> usize {
    let row: usize = shape[1..].iter().product();
    (PIECE / row.max(1)).clamp(1, shape[0].max(1))
}

/// Hands over the numbers some rows at a time.
fn for_each_piece(
    set: &Dataset,
    mut take: impl FnMut(Vec<hdf5::SliceOrIndex>, ndarray::ArrayD<i32>) -> hdf5::Result<()>,
) -> hdf5::Result<()> {
    let shape = set.shape();
    let step = rows_at_once(&shape);
    for first in (0..shape[0]).step_by(step) {
        let rows = first..shape[0].min(first + step);
        let place = || vec![rows.clone().into(), (..).into(), (..).into()];
        let numbers = set.read_slice(Selection::from(Hyperslab::from(place())))?;
        take(place(), numbers)?;
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

/// The numbers of some rows and channels of all frequencies, as they are stored.
///
/// # Errors
/// HDF5 cannot read them.
pub fn read(set: &Dataset, rows: Range<usize>, channels: Range<usize>) -> hdf5::Result<Vec<u8>> {
    let place = vec![rows.into(), (..).into(), channels.into()];
    let numbers: ndarray::ArrayD<i32> = set.read_slice(Selection::from(Hyperslab::from(place)))?;
    Ok(bytemuck::cast_slice(numbers.as_slice().expect("C order")).to_vec())
}

/// The least and the greatest number of trials that an average in the file at `path` is over; none where trials are kept.
///
/// # Errors
/// The file cannot be read.
pub fn numbers_averaged(path: &Path, outline: Outline) -> Result<Option<[u64; 2]>> {
    if !outline.plan.averages() {
        return Ok(None);
    }
    let file = places::open(path)?;
    let Some(set) = stored(&file, &outline.plan.output_shape) else {
        return Ok(None);
    };
    let mut range = [u64::MAX, 0];
    let read = for_each_piece(&set, |_, numbers| {
        for &n in &numbers {
            let n = n.max(0) as u64;
            range = [range[0].min(n), range[1].max(n)];
        }
        Ok(())
    });
    read.at(path, "read the numbers of trials")?;
    Ok(Some(range))
}
