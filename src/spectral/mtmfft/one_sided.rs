//! Densities have one side: zero and half the sample rate are no pairs of frequencies, and have half the power that the
//! coefficients of all others say.

use super::design::Design;
use crate::spectral::quantity::Quantity;
use crate::spectral::{Estimator, Makers, Piece, Real, Scratch};

/// An estimate with what is left of zero and half the sample rate.
pub struct OneSided<T: Real> {
    inner: Box<dyn Estimator<T>>,
    /// Places of these frequencies.
    edges: Vec<usize>,
    n_freqs: usize,
    n_parts: usize,
    factor: T,
}

impl<T: Real> OneSided<T> {
    /// Leaves `share` of the power of `inner` there.
    pub fn new(design: &Design, inner: Box<dyn Estimator<T>>, share: f64) -> OneSided<T> {
        let is_edge = |bin: &usize| *bin == 0 || 2 * bin == design.n_fft;
        let bins = design.grid.bins();
        let edges = bins.iter().enumerate().filter(|(_, bin)| is_edge(bin));
        OneSided {
            inner,
            edges: edges.map(|(place, _)| place).collect(),
            n_freqs: bins.len(),
            n_parts: design.quantity.element().n_parts(),
            factor: T::from_double(match design.quantity {
                Quantity::Pow => share,
                Quantity::Angle => 1.0,
                _ => share.sqrt(),
            }),
        }
    }
}

impl<T: Real> Estimator<T> for OneSided<T> {
    fn scratch(&self) -> Scratch<T> {
        self.inner.scratch()
    }

    fn prepare(&self, scratch: &mut Scratch<T>, makers: &dyn Makers) {
        self.inner.prepare(scratch, makers);
    }

    fn estimate(&self, piece: Piece<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize {
        let row = piece.samples.ncols() * self.n_parts;
        let n_bad = self.inner.estimate(piece, scratch, block);
        for spectrum in block.chunks_exact_mut(self.n_freqs * row) {
            for edge in &self.edges {
                let numbers = &mut spectrum[edge * row..(edge + 1) * row];
                numbers.iter_mut().for_each(|x| *x = *x * self.factor);
            }
        }
        n_bad
    }
}
