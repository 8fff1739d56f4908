//! The tapers between those that are whole inside the band and those that are whole outside: all that the fast estimate
//! needs. Which they are follows from length, bandwidth and number alone, before any of them is made.
//!
//! Source: Karnik, Romberg & Davenport (2022), Thomson's multitaper method revisited, IEEE Trans. Inf. Theory
//! (arXiv 2103.11586); Slepian (1978), Bell Syst. Tech. J. 57, 1371–1430, for the eigenvalues.

use std::f64::consts::PI;
use std::ops::Range;

use super::form::{Form, FormMemory};
use crate::spectral::tapering::Prolate;
use crate::spectral::tapers::dpss_halves;

/// What a taper of the mean may lack of λ = 1 to be left as it is: an eighth of a single's rounding (2⁻²⁴).
pub(super) const ERROR_OF_POWER: f64 = 1.0 / (1_u64 << 27) as f64;

/// Power that may come from outside of the band, relative to the level of white noise of the trial's energy: −120 dB. FFTs
/// in single precision err by about 4·10⁻⁷ of the root of that level, which is more wherever power is above 10⁻¹¹ of it.
pub(super) const ERROR_OF_LEVEL: f64 = 1.0 / (1_u64 << 40) as f64;

/// Tapers beyond either end that Slepian's formula, an asymptotic one, gives.
const MARGIN: f64 = 3.0;

/// What rounding leaves of an eigenvalue that is zero.
const ROUNDING: f64 = 1e-14;

/// Means over tapers by way of the transition, for trials of any length.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Transitions {
    /// The tapers of the means.
    pub prolate: Prolate,
    /// Tapers of a transition that are taken at most, to measure a part of the work.
    pub most: usize,
}

impl Transitions {
    /// That of trials of `n_samples`.
    pub fn of(&self, n_samples: usize) -> Transition {
        Transition {
            nw: self.prolate.nw(n_samples),
            n_tapers: self.prolate.count(n_samples),
            most: self.most,
        }
    }

    /// The indices of the tapers that are needed for trials of `n_samples`.
    pub fn indices(&self, n_samples: usize) -> Range<usize> {
        self.of(n_samples).indices(n_samples)
    }
}

/// A mean over tapers by way of the transition.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Transition {
    /// Time-half-bandwidth product.
    pub nw: f64,
    /// Tapers of the mean.
    pub n_tapers: usize,
    /// Tapers of the transition that are taken at most, to measure a part of the work; the power is wrong then.
    pub most: usize,
}

impl Transition {
    /// The indices of the tapers that are needed for trials of `n_samples`.
    ///
    /// With λ = 1/(1 + exp(πb)), index + 1/2 = 2NW + (b/π)·(1 + ln(4N sin(2πW)/b)) for large b: Slepian's formula with
    /// Stirling's for the gamma function. Nearer to the middle it gives a few more.
    pub fn indices(&self, n_samples: usize) -> Range<usize> {
        let n = n_samples as f64;
        let reach = |error: f64| {
            let b = -libm::log(error) / PI;
            let range = 4.0 * n * libm::sin(2.0 * PI * (self.nw / n)).abs();
            b / PI * (1.0 + libm::log(range / b).max(0.0)) + MARGIN
        };
        let middle = 2.0 * self.nw;
        let leaked = ERROR_OF_LEVEL * self.n_tapers as f64 / n;
        // casts of negative numbers give zero
        let first = (middle - reach(ERROR_OF_POWER)).floor() as usize;
        let last = (middle + reach(leaked)).ceil() as usize;
        let all = first.min(self.n_tapers)..last.min(n_samples).max(self.n_tapers);
        if all.len() <= self.most {
            return all;
        }
        let start = self.n_tapers.saturating_sub(self.most / 2);
        let start = start.clamp(all.start, all.end - self.most);
        start..start + self.most
    }

    /// How many of the first tapers lack so little of λ = 1 that they need not be added: what the margin is beyond those that
    /// matter, known when they are made. `halves` are the weighted ones of `indices`.
    pub fn n_whole(&self, indices: &[usize], halves: &[Vec<f64>]) -> usize {
        if self.most < usize::MAX {
            // a part of the work is measured
            return 0;
        }
        let lacks = |half: &[f64]| 2.0 * half.iter().map(|value| value * value).sum::<f64>();
        let is_whole = |(index, half): &(&usize, &Vec<f64>)| {
            self.adds(**index) && lacks(half) <= ERROR_OF_POWER
        };
        indices.iter().zip(halves).take_while(is_whole).count()
    }

    /// Whether the taper of this index is added to the quadratic form, and not subtracted.
    pub fn adds(&self, index: usize) -> bool {
        index < self.n_tapers
    }

    /// The outer halves of tapers of the transition for trials of `n_samples`, multiplied with the root of their weight in the
    /// sum: of 1 − λ for those of the mean, of λ for all others. `form` is that of this length; `take` gets them in their order.
    ///
    /// # Panics
    /// If a taper at an end of the transition should have had more of them behind it, which [`Transition::indices`] rules out.
    pub fn weighted_halves(
        &self,
        form: &Form,
        indices: &[usize],
        mut take: impl FnMut(usize, Vec<f64>),
    ) {
        let n_samples = form.n_samples();
        let all = self.indices(n_samples);
        let mut memory = FormMemory::default();
        dpss_halves(n_samples, self.nw, indices, |index, half| {
            let [inside, outside] = form.concentration(half, index, &mut memory);
            let ends_too_early = all.len() < self.most
                && (index == all.start && index > 0 && outside > ERROR_OF_POWER
                    || index + 1 == all.end
                        && all.end < n_samples
                        && inside
                            > ERROR_OF_LEVEL * self.n_tapers as f64 / n_samples as f64 + ROUNDING);
            assert!(
                !ends_too_early,
                "the transition of {n_samples} samples and {self:?} goes on beyond {index}"
            );
            let weight = if self.adds(index) { outside } else { inside };
            let root = weight.max(0.0).sqrt();
            take(index, half.iter().map(|value| value * root).collect());
        });
    }
}
