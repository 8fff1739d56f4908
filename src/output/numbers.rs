//! The numbers that are stored.

use hdf5::Datatype;
use num_complex::Complex;

use super::Block;
use crate::spectral::Element;

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
        match (self.element, self.double) {
            (Element::Real, false) => dtype.is::<f32>(),
            (Element::Real, true) => dtype.is::<f64>(),
            (Element::Complex, false) => dtype.is::<Complex<f32>>(),
            (Element::Complex, true) => dtype.is::<Complex<f64>>(),
        }
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
