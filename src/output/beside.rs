//! What a method stores beside its spectra: a data set of its own in a group of its own, since unlabelled data sets beside
//! labelled ones would keep xarray from opening the file. It has its room from the start and is written in place.

use std::path::Path;

use hdf5::File;
use hdf5::dataset::{AllocTime, Layout};

use super::part_file::{set_text, strings};
use super::{Outline, places};
use crate::error::{Error, Result};
use crate::spectral::Beside;

/// The data set in the group.
const FITS: &str = "fits";
/// The names of its columns.
const COLUMNS: &str = "columns";

/// Its place in a file, and its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers<'a> {
    of: &'a Beside,
    n_rows: usize,
    n_channels: usize,
}

impl<'a> Numbers<'a> {
    /// The numbers beside this result, if its method stores any.
    pub fn of(outline: Outline<'a>) -> Option<Numbers<'a>> {
        let of = outline.layout.beside.as_ref()?;
        Some(Numbers {
            of,
            n_rows: outline.plan.output_shape[0],
            n_channels: outline.recording.channels.len(),
        })
    }

    /// Numbers of one row and channel.
    pub fn n_columns(&self) -> usize {
        self.of.columns.len()
    }

    /// Numbers in all.
    pub fn len(&self) -> usize {
        self.n_rows * self.n_channels * self.n_columns()
    }

    fn name(&self) -> String {
        format!("{}/{FITS}", self.of.group)
    }

    /// Makes the data set, with zeros, and the names of its columns.
    ///
    /// # Errors
    /// HDF5's.
    pub fn create(&self, file: &File) -> hdf5::Result<()> {
        file.create_group(self.of.group)?;
        let set = file
            .new_dataset::<f32>()
            .shape((self.n_rows, self.n_channels, self.n_columns()))
            .no_chunk()
            .alloc_time(Some(AllocTime::Early))
            .create(self.name().as_str())?;
        set_text(&set, "description", self.of.about)?;
        let columns = self.of.columns.iter().map(String::as_str);
        strings(file, &format!("{}/{COLUMNS}", self.of.group), columns)?;
        Ok(())
    }

    /// Its first byte.
    ///
    /// # Errors
    /// What the file has instead.
    pub fn address(&self, file: &File) -> std::result::Result<u64, String> {
        let name = self.name();
        let set = file
            .dataset(&name)
            .map_err(|_| format!("no data set {name}"))?;
        let expected = [self.n_rows, self.n_channels, self.n_columns()];
        let is_type = set.dtype().is_ok_and(|dtype| dtype.is::<f32>());
        if !is_type || set.shape() != expected || !matches!(set.layout(), Layout::Contiguous) {
            return Err(format!(
                "the data set {name} is {:?}, this job writes {expected:?} of float32",
                set.shape()
            ));
        }
        let bytes = (self.len() * size_of::<f32>()) as u64;
        let at = set.offset().filter(|_| set.storage_size() >= bytes);
        at.ok_or_else(|| format!("the data set {name} is not stored in one piece"))
    }

    /// All numbers of a file that has them.
    ///
    /// # Errors
    /// What the file has instead.
    pub fn read(&self, file: &File) -> std::result::Result<Vec<f32>, String> {
        self.address(file)?;
        let set = file.dataset(&self.name());
        let numbers = set.and_then(|set| set.read_raw::<f32>());
        numbers.map_err(|error| format!("{}: {error}", self.name()))
    }

    /// Writes all numbers to a file that has room for them.
    ///
    /// # Errors
    /// HDF5's.
    pub fn write(&self, file: &File, numbers: &[f32]) -> hdf5::Result<()> {
        file.dataset(&self.name())?.write_raw(numbers)
    }
}

/// How many rows and channels of the result at `path` have zero as their first number, which says that there is nothing to say;
/// none where the method stores nothing beside its spectra.
///
/// # Errors
/// The file cannot be read.
pub fn not_fitted(path: &Path, outline: Outline) -> Result<Option<u64>> {
    let Some(numbers) = Numbers::of(outline) else {
        return Ok(None);
    };
    let of_file = numbers.read(&places::open(path)?);
    let of_file = of_file.map_err(|what| Error::Output {
        path: path.to_owned(),
        what,
    })?;
    let first = of_file.iter().step_by(numbers.n_columns());
    Ok(Some(first.filter(|&&x| x == 0.0).count() as u64))
}
