//! What a long transform works in.

use super::plan::{LongFft, PANEL};
use crate::spectral::Real;
use crate::spectral::lanes::{Aligned, WIDEST};

/// Memory of a long transform; its content means nothing between two calls.
#[derive(Debug, Default)]
pub struct LongMemory {
    /// Points of a few groups of columns.
    pub(super) panel: Aligned,
    /// Where short transforms work.
    pub(super) work: Aligned,
    /// The transform of a group of columns.
    pub(super) outputs: Aligned,
    /// The matrix between the two passes.
    pub(super) matrix: Aligned,
}

impl LongMemory {
    /// Memory for `fft`.
    pub fn new<T: Real>(fft: &LongFft<T>) -> LongMemory {
        let lanes = WIDEST / size_of::<T>();
        // narrower vectors are more in number, and take no more
        let vectors = |n: usize| Aligned::new(n * 2 * WIDEST);
        let n_groups = fft.n_groups(lanes);
        LongMemory {
            panel: vectors(fft.n_rows * PANEL),
            work: vectors(fft.n_rows.max(fft.n_columns)),
            outputs: vectors(n_groups * lanes),
            matrix: vectors(n_groups * fft.n_columns),
        }
    }
}

#[cfg(test)]
impl LongMemory {
    pub fn bytes(&self) -> usize {
        let parts = [&self.panel, &self.work, &self.outputs, &self.matrix];
        parts.map(Aligned::bytes).iter().sum()
    }

    /// Fills everything with NaN.
    pub fn spoil(&mut self) {
        for memory in [
            &mut self.panel,
            &mut self.work,
            &mut self.outputs,
            &mut self.matrix,
        ] {
            memory.fill(0xff);
        }
    }
}
