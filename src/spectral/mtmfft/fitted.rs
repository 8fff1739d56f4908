//! Power of single trials replaced by its models.

use crate::spectral::fooof::Refiner;
use crate::spectral::{Estimator, Makers, Piece, Real, Scratch};

/// An estimate of power, and what becomes of it.
pub struct Fitted<T> {
    /// Estimates power.
    pub inner: Box<dyn Estimator<T>>,
    /// Fits the models.
    pub refiner: Refiner,
}

impl<T: Real> Estimator<T> for Fitted<T> {
    fn scratch(&self) -> Scratch<T> {
        self.inner.scratch()
    }

    fn prepare(&self, scratch: &mut Scratch<T>, makers: &dyn Makers) {
        self.inner.prepare(scratch, makers);
    }

    fn estimate(&self, piece: Piece<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize {
        let n_bad = self.inner.estimate(piece, scratch, block);
        self.refiner.refine(block, &mut scratch.fits);
        n_bad
    }
}
