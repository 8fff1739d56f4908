//! The transform of one real signal, and the order in which a transform hands its outputs over.

use std::collections::HashMap;

use pulp::Simd;

use crate::spectral::Real;
use crate::spectral::fft::real_fft_len;
use crate::spectral::lanes::{Arithmetic, LaneFft, Z};

/// The transform of one real signal: by an FFT of half the length when that is even.
///
/// Source: Press et al., Numerical Recipes, section "FFT of a single real function".
pub(super) struct Single<T> {
    pub(super) fft: LaneFft<T>,
    /// Where the two coefficients lie that make up the i-th frequency's; the same one twice for odd lengths.
    pub(super) slots: Vec<[usize; 2]>,
    /// exp(−2πi k/n) for the i-th frequency; empty for odd lengths.
    pub(super) turns: Vec<[T; 2]>,
}

/// Bins in the order of their slots.
#[derive(Default)]
pub(super) struct Slots {
    pub(super) bins: Vec<usize>,
    pub(super) of: HashMap<usize, usize>,
}

impl Slots {
    pub(super) fn of(&mut self, bin: usize) -> usize {
        *self.of.entry(bin).or_insert_with(|| {
            self.bins.push(bin);
            self.bins.len() - 1
        })
    }
}

impl<T: Real> Single<T> {
    pub(super) fn new(n: usize, bins: &[usize]) -> Single<T> {
        let half = real_fft_len(n);
        let mut slots = Slots::default();
        let is_even = half != n;
        let of_bins = bins
            .iter()
            .map(|bin| {
                let mirror = if is_even {
                    (half - bin % half) % half
                } else {
                    *bin
                };
                [slots.of(bin % half), slots.of(mirror)]
            })
            .collect();
        let turn = |&bin: &usize| {
            let angle = -std::f64::consts::TAU * bin as f64 / n as f64;
            [libm::cos(angle), libm::sin(angle)].map(T::from_double)
        };
        Single {
            fft: LaneFft::new(half, &slots.bins),
            slots: of_bins,
            turns: if is_even {
                bins.iter().map(turn).collect()
            } else {
                Vec::new()
            },
        }
    }

    /// The coefficient of the i-th frequency.
    #[inline(always)]
    pub(super) fn coefficient<S: Simd>(
        &self,
        a: Arithmetic<S, T>,
        i: usize,
        out: &[Z<S, T>],
    ) -> Z<S, T> {
        let [at, mirror] = self.slots[i];
        let z = out[at];
        if self.turns.is_empty() {
            return z;
        }
        let half = T::from_double(0.5);
        let (even, odd) = untangled(a, z, out[mirror], half);
        a.add(even, a.turn(odd, self.turns[i]))
    }
}

/// The transforms of real and imaginary part, given those of the whole at one frequency and its negative.
#[inline(always)]
pub(super) fn untangled<S: Simd, T: Real>(
    a: Arithmetic<S, T>,
    z: Z<S, T>,
    mirror: Z<S, T>,
    half: T,
) -> (Z<S, T>, Z<S, T>) {
    let conjugate = a.conjugate(mirror);
    let sum = a.add(z, conjugate);
    let difference = a.sub(z, conjugate);
    (
        a.scale(half, sum),
        a.scale(half, a.times_minus_i(difference)),
    )
}
