//! The part of a block that belongs to a tile.

use pulp::Simd;

use crate::spectral::Real;
use crate::spectral::lanes::{Arithmetic, Z};
use crate::spectral::quantity::Quantity;

/// Where a tile's numbers go: a block is `(n_rows, n_freqs, n_channels)`, complex numbers as pairs.
pub(super) struct Destination<'a, T> {
    pub(super) quantity: Quantity,
    pub(super) n_freqs: usize,
    pub(super) n_channels: usize,
    pub(super) first: usize,
    pub(super) n_lanes: usize,
    pub(super) block: &'a mut [T],
}

impl<T: Real> Destination<'_, T> {
    /// The places of a time and a frequency.
    #[inline(always)]
    pub(super) fn places(&mut self, row: u32, f: usize) -> &mut [T] {
        let n_parts = self.quantity.element().n_parts();
        let at = (row as usize * self.n_freqs + f) * self.n_channels + self.first;
        &mut self.block[at * n_parts..][..self.n_lanes * n_parts]
    }

    /// Stores what is wanted of coefficients.
    #[inline(always)]
    pub(super) fn store<S: Simd>(&mut self, a: Arithmetic<S, T>, row: u32, f: usize, z: Z<S, T>) {
        let (quantity, n_lanes) = (self.quantity, self.n_lanes);
        let places = self.places(row, f);
        if quantity == Quantity::Pow {
            let power = a.add_power(z, a.splat(T::zero()));
            let power: &[T] = bytemuck::cast_slice(std::slice::from_ref(&power));
            match places.len() == power.len() {
                // of one length, which is known: one vector
                true => places[..power.len()].copy_from_slice(power),
                false => places.copy_from_slice(&power[..n_lanes]),
            }
            return;
        }
        let [re, im] = z.each_ref().map(std::slice::from_ref);
        let [re, im] = [re, im].map(bytemuck::cast_slice);
        quantity.store_all(&re[..n_lanes], &im[..n_lanes], places);
    }

    /// Writes NaN wherever the channel in `lane` goes.
    pub(super) fn spoil(&mut self, lane: usize) {
        let n_parts = self.quantity.element().n_parts();
        let channel = self.first + lane;
        for numbers in self.block.chunks_exact_mut(self.n_channels * n_parts) {
            numbers[channel * n_parts..][..n_parts].fill(T::nan());
        }
    }
}
