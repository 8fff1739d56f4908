//! What goes into a transform, and what becomes of its outputs.

use pulp::Simd;

use crate::spectral::Real;
use crate::spectral::lanes::{Arithmetic, Load, Put, Vectors, Z};

/// Two tapers of every channel.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a, V, T> {
    pub(super) lines: &'a [V],
    pub(super) tapers: [&'a [T]; 2],
    /// To be subtracted, negative.
    pub(super) means: [V; 2],
}

impl<S: Simd, T: Real> Load<S, T> for Pair<'_, T::Vector<S>, T> {
    #[inline(always)]
    fn load(&self, a: Arithmetic<S, T>, t: usize) -> Z<S, T> {
        let x = self.lines[t];
        let [first, second] = self.tapers;
        [
            a.mul_add(a.splat(first[t]), x, self.means[0]),
            a.mul_add(a.splat(second[t]), x, self.means[1]),
        ]
    }
    #[inline(always)]
    fn len(&self) -> usize {
        self.lines.len()
    }
}

/// One taper of every channel: two samples are a point, or one is, without an imaginary part.
#[derive(Clone, Copy)]
pub(super) struct Alone<'a, V, T> {
    pub(super) lines: &'a [V],
    pub(super) taper: &'a [T],
    pub(super) mean: V,
    /// Samples that are a point.
    pub(super) n_parts: usize,
}

impl<V, T: Real> Alone<'_, V, T> {
    #[inline(always)]
    pub(super) fn sample<S: Simd>(&self, a: Arithmetic<S, T>, t: usize) -> V
    where
        T: Vectors<Vector<S> = V>,
        V: Copy,
    {
        a.mul_add(a.splat(self.taper[t]), self.lines[t], self.mean)
    }
}

impl<S: Simd, T: Real> Load<S, T> for Alone<'_, T::Vector<S>, T> {
    #[inline(always)]
    fn load(&self, a: Arithmetic<S, T>, t: usize) -> Z<S, T> {
        let zero = a.splat(T::zero());
        if self.n_parts == 1 {
            return [self.sample(a, t), zero];
        }
        let second = 2 * t + 1;
        [
            self.sample(a, 2 * t),
            if second < self.lines.len() {
                self.sample(a, second)
            } else {
                zero
            },
        ]
    }
    #[inline(always)]
    fn len(&self) -> usize {
        self.lines.len().div_ceil(self.n_parts)
    }
}

/// Adds the power of outputs to sums.
pub(super) struct Sums<'a, V>(pub(super) &'a mut [V]);

impl<S: Simd, T: Real> Put<S, T> for Sums<'_, T::Vector<S>> {
    #[inline(always)]
    fn put(&mut self, a: Arithmetic<S, T>, slot: usize, z: Z<S, T>) {
        self.0[slot] = a.add_power(z, self.0[slot]);
    }
}

/// Keeps outputs.
pub(super) struct Outputs<'a, Z>(pub(super) &'a mut [Z]);

impl<S: Simd, T: Real> Put<S, T> for Outputs<'_, Z<S, T>> {
    #[inline(always)]
    fn put(&mut self, _: Arithmetic<S, T>, slot: usize, z: Z<S, T>) {
        self.0[slot] = z;
    }
}
