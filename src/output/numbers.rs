//! The numbers that are stored.

use hdf5::Datatype;

use super::Block;
use crate::spectral::Element;

/// What can be stored: HDF5's calls want to know the type while they are compiled.
macro_rules! with_stored_type {
    ($numbers:expr, $T:ident => $call:expr) => {
        match ($numbers.element, $numbers.double) {
            ($crate::spectral::Element::Real, false) => {
                type $T = f32;
                $call
            }
            ($crate::spectral::Element::Real, true) => {
                type $T = f64;
                $call
            }
            ($crate::spectral::Element::Complex, false) => {
                type $T = num_complex::Complex<f32>;
                $call
            }
            ($crate::spectral::Element::Complex, true) => {
                type $T = num_complex::Complex<f64>;
                $call
            }
        }
    };
}
pub(super) use with_stored_type;

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

    /// Bytes of an element.
    pub fn bytes(self) -> usize {
        self.element.n_parts() * if self.double { 8 } else { 4 }
    }

    /// Whether a type of a file is this one, in the byte order of this processor.
    pub fn is(self, dtype: &Datatype) -> bool {
        with_stored_type!(self, T => dtype.is::<T>())
    }

    /// The bytes of a block as stored, rounded to single precision in `room` where that is stored.
    ///
    /// # Panics
    /// If the block is in single precision and double is stored.
    pub fn stored<'a>(self, block: Block<'a>, room: &'a mut Vec<f32>) -> &'a [u8] {
        match (block, self.double) {
            (Block::Single(numbers), false) => bytemuck::cast_slice(numbers),
            (Block::Double(numbers), true) => bytemuck::cast_slice(numbers),
            (Block::Double(numbers), false) => {
                room.clear();
                room.extend(numbers.iter().map(|&number| number as f32));
                bytemuck::cast_slice(room)
            }
            (Block::Single(_), true) => {
                panic!("double precision is stored only when it was computed")
            }
        }
    }
}
