//! The models of spectra: a data set in a group of its own, since unlabelled data sets beside labelled ones would keep xarray from
//! opening the file. It has its room from the start and is written in place; the checksum of a block covers its models too.

use std::fs::File as PlainFile;
use std::os::unix::fs::FileExt;
use std::path::Path;

use hdf5::dataset::{AllocTime, Layout};
use hdf5::{Dataset, File};

use super::Outline;
use super::calls::write_box;
use super::text::{set_text, strings};
use crate::comm::note_progress;
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::input::open_hdf5;
use crate::spectral::FitNumbers;

/// The group, its data set, and the names of that one's columns.
const GROUP: &str = "fooof";
pub const FITS: &str = "fooof/fits";
const COLUMNS: &str = "fooof/columns";
/// Bytes that are read at once.
const PIECE: usize = 4 << 20;

/// The place of the models in a file, and its shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Fits<'a> {
    of: &'a FitNumbers,
    n_rows: usize,
    n_channels: usize,
}

impl<'a> Fits<'a> {
    /// Those of this result, if its method fits any.
    pub fn of(outline: Outline<'a>) -> Option<Fits<'a>> {
        let of = outline.layout.fits.as_ref()?;
        Some(Fits {
            of,
            n_rows: outline.plan.output_shape[0],
            n_channels: outline.recording.channels.len(),
        })
    }

    /// Numbers of one row and channel.
    pub fn n_columns(&self) -> usize {
        self.of.columns.len()
    }

    /// Bytes in all.
    pub fn bytes(&self) -> u64 {
        (self.n_rows * self.n_channels) as u64 * self.of.bytes() as u64
    }

    /// Makes the data set, with zeros, and the names of its columns.
    ///
    /// # Errors
    /// HDF5's.
    pub fn create(&self, file: &File) -> hdf5::Result<()> {
        file.create_group(GROUP)?;
        let set = file
            .new_dataset::<f32>()
            .shape((self.n_rows, self.n_channels, self.n_columns()))
            .no_chunk()
            .alloc_time(Some(AllocTime::Early))
            .create(FITS)?;
        set_text(&set, "description", self.of.about)?;
        let columns = self.of.columns.iter().map(String::as_str);
        strings(file, COLUMNS, columns)?;
        Ok(())
    }

    /// Its first byte.
    ///
    /// # Errors
    /// What the file has instead.
    pub fn address(&self, file: &File) -> std::result::Result<u64, String> {
        let expected = [self.n_rows, self.n_channels, self.n_columns()];
        let set = stored(file).ok_or_else(|| format!("no data set {FITS} in one piece"))?;
        if set.shape() != expected {
            return Err(format!(
                "the data set {FITS} is {:?}, this job writes {expected:?}",
                set.shape()
            ));
        }
        let at = set.offset();
        at.ok_or_else(|| format!("the data set {FITS} has no place"))
    }

    /// Hands over all numbers of the file at `path`, some megabytes at a time: of neighbouring channels of a row, with the row and
    /// the first channel.
    ///
    /// # Errors
    /// The file has none, or cannot be read; those of `take`.
    pub fn read(
        &self,
        path: &Path,
        mut take: impl FnMut(usize, usize, &[f32]) -> Result<()>,
    ) -> Result<()> {
        let at = self.place(&open_hdf5(path, |_| ())?, path)?;
        let file = PlainFile::open(path).at(path, "open this file")?;
        let n_at_once = (PIECE / self.of.bytes()).clamp(1, self.n_channels.max(1));
        let mut numbers = Vec::new();
        for row in 0..self.n_rows {
            note_progress();
            for first in (0..self.n_channels).step_by(n_at_once) {
                let n = n_at_once.min(self.n_channels - first);
                numbers.resize(n * self.n_columns(), 0.0_f32);
                let place = (row * self.n_channels + first) * self.of.bytes();
                file.read_exact_at(bytemuck::cast_slice_mut(&mut numbers), at + place as u64)
                    .at(path, "read models of spectra back")?;
                take(row, first, &numbers)?;
            }
        }
        Ok(())
    }

    /// Copies all numbers from one file that has them to another one, `file` at the path `to`, that has room for them.
    ///
    /// # Errors
    /// The files'.
    pub fn copy(&self, from: &Path, file: &File, to: &Path) -> Result<()> {
        const DOING: &str = "copy models of spectra";
        let set = file.dataset(FITS).at(to, DOING)?;
        self.read(from, |row, channel, numbers| {
            let shape = [1, numbers.len() / self.n_columns(), self.n_columns()];
            let bytes = bytemuck::cast_slice(numbers);
            write_box(&set, &[row, channel, 0], &shape, bytes).at(to, DOING)
        })
    }

    fn place(&self, file: &File, path: &Path) -> Result<u64> {
        self.address(file).map_err(|what| Error::Output {
            path: path.to_owned(),
            what: format!("{what}; expected --overwrite to begin anew"),
        })
    }
}

/// The data set of a file that may be anything: none, or one that is stored whole.
pub fn stored(file: &File) -> Option<Dataset> {
    let set = file.dataset(FITS).ok()?;
    let is_type = set.dtype().is_ok_and(|dtype| dtype.is::<f32>());
    let shape = set.shape();
    let bytes: u128 = shape.iter().map(|&n| n as u128).product::<u128>() * 4;
    let is_whole = is_type
        && shape.len() == 3
        && matches!(set.layout(), Layout::Contiguous)
        && bytes <= u128::from(set.storage_size());
    is_whole.then_some(set)
}

/// How many spectra of the result at `path` have no model; none where no models are fitted.
///
/// # Errors
/// The file cannot be read.
pub fn not_fitted(path: &Path, outline: Outline) -> Result<Option<u64>> {
    let Some(fits) = Fits::of(outline) else {
        return Ok(None);
    };
    let mut n = 0;
    fits.read(path, |_, _, numbers| {
        let first = numbers.iter().step_by(fits.n_columns());
        n += first.filter(|&&is_fitted| is_fitted == 0.0).count() as u64;
        Ok(())
    })?;
    Ok(Some(n))
}
