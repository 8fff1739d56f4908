//! Halves of discrete prolate spheroidal sequences: eigenvectors of a tridiagonal matrix, found one by one.
//!
//! Slepian (1978), Bell Syst. Tech. J. 57, 1371–1430; Percival & Walden (1993), Spectral Analysis for Physical
//! Applications, chapter 8. The matrix here is (n²−1)/4 less Slepian's: a chain of springs in a parabolic well. All its terms
//! are positive, so nothing cancels, where Slepian's matrix has lost n² of its digits before the first step. Its symmetry
//! about the centre splits it into an even and an odd matrix of half the size.

use std::f64::consts::PI;

/// Share by which an eigenvalue's bracket is widened: rounding must not put the eigenvalue outside.
const BRACKET_MARGIN: f64 = 1e-9;

/// Relative step that ends the search. The error after a step is its square over the distance to the next eigenvalue, and
/// that is no less than about 1/k of eigenvalue k: small enough for 10⁴ tapers.
const LAST_STEP: f64 = 1e-11;

/// A sequence that has grown beyond 2²⁵⁴ is scaled down, before its square overflows. A power of two: exact.
const LARGE: f64 = (1_u128 << 127) as f64 * (1_u128 << 127) as f64;

/// What lies this many scalings below the largest samples is zero: 2^(−5·254) is below every number.
const MAX_SCALINGS: usize = 5;

/// Symmetry of a sequence about its centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Parity {
    /// Mirror images are equal.
    Even,
    /// Mirror images are opposite.
    Odd,
}

impl Parity {
    /// Returns the symmetry of the sequence of this index.
    pub fn of(index: usize) -> Self {
        match index % 2 {
            0 => Self::Even,
            _ => Self::Odd,
        }
    }
}

/// The chain from the edge to the centre; the rest is its mirror image.
///
/// Springs of stiffness i(n−i)/2 join samples i−1 and i. The well pulls a sample at distance x from the centre back with
/// 2 sin²(πW) x².
pub struct Chain {
    n_samples: usize,
    /// Strength of the well at the outer n/2 samples.
    well: Vec<f64>,
    /// Inverse stiffness of the spring before each of them; 0 for the first, which has none.
    compliance: Vec<f64>,
    /// Inverse stiffness of the spring after the last of them.
    middle_compliance: f64,
}

/// What a sequence continued from the edge brings to the centre.
struct Arrival {
    /// Eigenvalues of this parity below the trial value.
    n_below: usize,
    /// Newton's step from the trial value towards an eigenvalue.
    correction: f64,
    /// Times the sequence was scaled down on its way.
    n_scalings: usize,
}

impl Chain {
    /// Builds the chain for `n_samples` samples; `nw` is their number times the half bandwidth in cycles per sample.
    pub fn new(n_samples: usize, nw: f64) -> Self {
        let n = n_samples as f64;
        let n_outer = n_samples / 2;
        let sine = libm::sin(PI * (nw / n));
        let well = |i: usize| {
            let distance = (n - 1.0) / 2.0 - i as f64;
            2.0 * (sine * sine) * (distance * distance)
        };
        let compliance = |i: usize| match i {
            0 => 0.0,
            _ => 2.0 / (i as f64 * (n - i as f64)),
        };
        Self {
            n_samples,
            well: (0..n_outer).map(well).collect(),
            compliance: (0..n_outer).map(compliance).collect(),
            middle_compliance: compliance(n_outer),
        }
    }

    /// Computes the eigenvector of this index from the edge to the centre, in any unit, its first value not negative.
    ///
    /// The result holds n/2 samples, and one more for the centre if n is odd; it has room for the mirror image.
    pub fn half(&self, index: usize) -> Vec<f64> {
        let parity = Parity::of(index);
        let eigenvalue = self.eigenvalue(index);
        let n_scalings = self.walk(eigenvalue, parity, |_, _| ()).n_scalings;
        let mut half = Vec::with_capacity(self.n_samples);
        self.walk(eigenvalue, parity, |value, n_done| {
            let n_missing = (n_scalings - n_done).min(MAX_SCALINGS);
            half.push((0..n_missing).fold(value, |value, _| value / LARGE));
        });
        half
    }

    /// Finds the eigenvalue of this index: bisection by counting, then Newton's steps.
    ///
    /// Without the well the eigenvalues are k(k+1)/2, those of the discrete Legendre polynomials; the well adds at most its
    /// rim. Source: Parlett (1998), The Symmetric Eigenvalue Problem, chapters 3 (counting) and 10 (bounds).
    fn eigenvalue(&self, index: usize) -> f64 {
        let k = index as f64;
        let rim = self.well.first().copied().unwrap_or(0.0);
        let mut low = k * (k + 1.0) / 2.0 * (1.0 - BRACKET_MARGIN);
        let mut high = (k * (k + 1.0) / 2.0 + rim) * (1.0 + BRACKET_MARGIN);
        let n_below = index / 2;
        let mut trial = low + (high - low) / 2.0;
        let mut last_step = f64::INFINITY;
        loop {
            let arrival = self.walk(trial, Parity::of(index), |_, _| ());
            if arrival.n_below > n_below {
                high = trial;
            } else {
                low = trial;
            }
            let next = trial + arrival.correction;
            let step = arrival.correction.abs();
            // From beyond a neighbour the steps would lead to that one.
            let is_neighbour = (n_below..=n_below + 1).contains(&arrival.n_below);
            let closes_in = is_neighbour && low <= next && next <= high && step <= last_step / 2.0;
            if closes_in && step <= LAST_STEP * trial {
                return next;
            }
            let middle = low + (high - low) / 2.0;
            if middle <= low || high <= middle {
                return middle;
            }
            (trial, last_step) = match closes_in {
                true => (next, step),
                false => (middle, f64::INFINITY),
            };
        }
    }

    /// Continues the sequence that begins with 1 at the edge up to the centre.
    ///
    /// `visit` sees the samples of `half`, each with the number of scalings before it. Sequences grow from the edge inwards
    /// and then oscillate, never the other way round: in this direction rounding errors do not grow.
    fn walk(&self, eigenvalue: f64, parity: Parity, mut visit: impl FnMut(f64, usize)) -> Arrival {
        let (mut value, mut force, mut energy) = (1.0_f64, 0.0, 0.0);
        // What rounding took from `value`: with a weak well each step is a small part of the last digit (Kahan 1965, Commun.
        // ACM 8, 40).
        let mut lost = 0.0;
        let (mut n_sign_changes, mut n_scalings) = (0, 0);
        for (well, compliance) in self.well.iter().zip(&self.compliance) {
            let stretch = force * compliance + lost;
            let next = value + stretch;
            lost = stretch - (next - value);
            n_sign_changes += usize::from((next < 0.0) != (value < 0.0));
            value = next;
            if value.abs() > LARGE {
                value /= LARGE;
                force /= LARGE;
                lost /= LARGE;
                energy = energy / LARGE / LARGE;
                n_scalings += 1;
            }
            visit(value, n_scalings);
            energy += value * value;
            force += (well - eigenvalue) * value;
        }

        let has_centre = !self.n_samples.is_multiple_of(2);
        let stretch = force * self.middle_compliance;
        let centre = match (has_centre, parity) {
            (true, _) => value + stretch,
            (false, Parity::Even) => value,
            (false, Parity::Odd) => value + stretch / 2.0,
        };
        n_sign_changes += usize::from((centre < 0.0) != (value < 0.0));
        match (has_centre, parity) {
            (true, Parity::Even) => {
                visit(centre, n_scalings);
                energy += centre * centre / 2.0;
                force -= eigenvalue * centre / 2.0;
            }
            (true, Parity::Odd) => visit(0.0, n_scalings),
            (false, _) => (),
        }

        // The eigenvector leaves no force at the centre (even) or no value (odd).
        let (n_below, correction) = match parity {
            Parity::Even => {
                let force_is_opposed = (force < 0.0) != (centre < 0.0);
                let n_below = n_sign_changes + usize::from(force_is_opposed);
                (n_below, force * centre / energy)
            }
            Parity::Odd => (n_sign_changes, -force * centre / energy),
        };
        Arrival {
            n_below,
            correction,
            n_scalings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative; the eigenvalues are sums of positive terms.
    const ROUNDING: f64 = 1e-13;

    #[test]
    fn without_a_well_the_eigenvalues_are_those_of_legendre_polynomials() {
        for n_samples in [2, 3, 50, 51, 100_000] {
            let chain = Chain::new(n_samples, 1e-200);
            for k in 0..n_samples.min(12) {
                let expected = (k * (k + 1) / 2) as f64;
                let found = chain.eigenvalue(k);
                assert!(
                    (found - expected).abs() <= ROUNDING * expected,
                    "{n_samples} {k}: {found}"
                );
            }
        }
    }

    #[test]
    fn eigenvalues_add_up_to_the_trace() {
        for (n_samples, nw) in [(2, 0.7), (9, 1.0), (40, 19.5), (41, 10.0)] {
            let chain = Chain::new(n_samples, nw);
            let sum: f64 = (0..n_samples).map(|k| chain.eigenvalue(k)).sum();
            let springs: f64 = (1..n_samples).map(|i| (i * (n_samples - i)) as f64).sum();
            let trace = springs + 2.0 * chain.well.iter().sum::<f64>();
            assert!(
                (sum - trace).abs() < ROUNDING * trace,
                "{n_samples}: {sum} {trace}"
            );
        }
    }

    #[test]
    fn low_eigenvalues_of_many_samples_are_those_of_the_spheroidal_functions() {
        // With c = πNW they approach half of χ₀ ≈ c − 3/4 − 3/(16c) − 15/(64c²): Abramowitz & Stegun (1964), 21.7.6.
        let c = 8.0 * PI;
        let expected = (c - 0.75 - 3.0 / (16.0 * c) - 15.0 / (64.0 * c * c)) / 2.0;
        let found = Chain::new(1_000_000, 8.0).eigenvalue(0);
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn a_half_counts_its_own_zeros() {
        for n_samples in [30, 31] {
            let chain = Chain::new(n_samples, 3.0);
            for k in 0..n_samples {
                let half = chain.half(k);
                let outer = &half[..n_samples / 2];
                let n_zeros = outer
                    .windows(2)
                    .filter(|pair| pair[0] * pair[1] < 0.0)
                    .count();
                // An even one of odd length may cross just before its centre sample.
                let at_centre = usize::from(half[n_samples / 2 - 1] * half[half.len() - 1] < 0.0);
                assert_eq!(n_zeros + at_centre, k / 2, "{n_samples} {k}");
            }
        }
    }
}
