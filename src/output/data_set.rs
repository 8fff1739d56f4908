//! A data set of spectra that ranks write block by block, each its own bytes.

use std::path::{Path, PathBuf};

use hdf5::dataset::{AllocTime, FillTime};
use hdf5::{Dataset, File, H5Type, Hyperslab, Selection};
use ndarray::{ArrayViewD, IxDyn};
use num_complex::Complex;

use super::Block;
use crate::error::{Hdf5Context, Result};
use crate::spectral::Element;

/// Bytes of one write at most: MPI-IO counts bytes in 32 bits.
const LARGEST_WRITE: usize = 512 << 20;

/// What a data set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Numbers {
    /// Real or complex.
    pub element: Element,
    /// Double or single precision.
    pub double: bool,
}

impl Numbers {
    /// numpy's name of the type.
    pub fn numpy_name(self) -> &'static str {
        match (self.element, self.double) {
            (Element::Real, false) => "float32",
            (Element::Real, true) => "float64",
            (Element::Complex, false) => "complex64",
            (Element::Complex, true) => "complex128",
        }
    }
}

/// An open data set.
pub struct DataSet {
    path: PathBuf,
    set: Dataset,
    numbers: Numbers,
    converted: Vec<f32>,
    bytes_written: u64,
}

impl DataSet {
    /// Creates the data set with its room allocated and nothing written to it. Collective when the file is open on all
    /// ranks.
    ///
    /// # Errors
    /// HDF5's.
    pub fn create(
        file: &File,
        path: &Path,
        name: &str,
        shape: &[usize],
        tile: Option<&[usize]>,
        numbers: Numbers,
    ) -> Result<DataSet> {
        let set = match (numbers.element, numbers.double) {
            (Element::Real, false) => create_typed::<f32>(file, name, shape, tile),
            (Element::Real, true) => create_typed::<f64>(file, name, shape, tile),
            (Element::Complex, false) => create_typed::<Complex<f32>>(file, name, shape, tile),
            (Element::Complex, true) => create_typed::<Complex<f64>>(file, name, shape, tile),
        };
        let set = set.at(path, format!("create the data set {name}"))?;
        Ok(DataSet {
            path: path.to_owned(),
            set,
            numbers,
            converted: Vec::new(),
            bytes_written: 0,
        })
    }

    /// The HDF5 handle, for dimension scales.
    pub fn handle(&self) -> &Dataset {
        &self.set
    }

    /// Bytes this rank has written.
    pub fn bytes_written(&self) -> u64 {
        self.bytes_written
    }

    /// Writes a block of `shape` at `start`, rounded to single precision where that is stored. Not collective.
    ///
    /// # Errors
    /// HDF5's; for a full disk it says only that the write failed.
    ///
    /// # Panics
    /// If the block is in single precision and double is stored, or has another length than its shape says.
    pub fn write(&mut self, start: &[usize], shape: &[usize], block: Block) -> Result<()> {
        let written = match (block, self.numbers.double) {
            (Block::Single(numbers), false) => self.write_real(start, shape, numbers),
            (Block::Double(numbers), true) => self.write_real(start, shape, numbers),
            (Block::Double(numbers), false) => {
                let mut converted = std::mem::take(&mut self.converted);
                converted.clear();
                converted.extend(numbers.iter().map(|&number| number as f32));
                let result = self.write_real(start, shape, &converted);
                self.converted = converted;
                result
            }
            (Block::Single(_), true) => {
                panic!("double precision is stored only when it was computed")
            }
        };
        written.at(&self.path, "write spectra")
    }

    fn write_real<T>(&mut self, start: &[usize], shape: &[usize], numbers: &[T]) -> hdf5::Result<()>
    where
        T: H5Type + bytemuck::Pod,
        Complex<T>: H5Type + bytemuck::Pod,
    {
        self.bytes_written += size_of_val(numbers) as u64;
        match self.numbers.element {
            Element::Real => write_pieces(&self.set, start, shape, numbers),
            Element::Complex => write_pieces(
                &self.set,
                start,
                shape,
                bytemuck::cast_slice::<T, Complex<T>>(numbers),
            ),
        }
    }
}

fn create_typed<T: H5Type>(
    file: &File,
    name: &str,
    shape: &[usize],
    tile: Option<&[usize]>,
) -> hdf5::Result<Dataset> {
    let builder = file
        .new_dataset::<T>()
        .shape(shape)
        .alloc_time(Some(AllocTime::Early))
        .fill_time(FillTime::Never);
    match tile {
        Some(tile) => builder.chunk(tile).create(name),
        None => builder.no_chunk().create(name),
    }
}

/// Writes in pieces that MPI-IO can count, halving the first axis that is longer than one.
fn write_pieces<T: H5Type>(
    set: &Dataset,
    start: &[usize],
    shape: &[usize],
    data: &[T],
) -> hdf5::Result<()> {
    let axis = shape.iter().position(|&n| n > 1);
    if let Some(axis) = axis.filter(|_| size_of_val(data) > LARGEST_WRITE) {
        let half = shape[axis] / 2;
        let (first, second) = data.split_at(data.len() / shape[axis] * half);
        let (mut head, mut tail, mut middle) = (shape.to_vec(), shape.to_vec(), start.to_vec());
        head[axis] = half;
        tail[axis] -= half;
        middle[axis] += half;
        write_pieces(set, start, &head, first)?;
        return write_pieces(set, &middle, &tail, second);
    }
    let view =
        ArrayViewD::from_shape(IxDyn(shape), data).expect("a block has the shape of its place");
    let place: Vec<_> = start
        .iter()
        .zip(shape)
        .map(|(&start, &n)| (start..start + n).into())
        .collect();
    set.write_slice(view, Selection::from(Hyperslab::from(place)))
}
