//! Whether a number of a result is real or complex.

/// Real or complex numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// One number.
    Real,
    /// Real and imaginary part.
    Complex,
}

impl Element {
    /// Numbers per element.
    pub fn n_parts(self) -> usize {
        match self {
            Element::Real => 1,
            Element::Complex => 2,
        }
    }
}
