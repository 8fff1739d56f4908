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
    /// Samples before which the sequence was scaled down.
    scaled_before: Vec<usize>,
}

/// Sequences that are continued at once. A step waits for the one before it, and a processor can do this many others in
/// the meantime; what each comes to does not depend on its neighbours.
pub const LANES: usize = 8;

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

    /// Computes the eigenvectors of these indices from the edge to the centre, in any unit, their first values not negative,
    /// and shows them to `take` one by one: at most [`LANES`] are there at once.
    ///
    /// Each holds n/2 samples, and one more for the centre if n is odd.
    pub fn halves(&self, indices: &[usize], mut take: impl FnMut(usize, &mut [f64])) {
        let eigenvalues = self.eigenvalues(indices);
        let n_lanes = indices.len().min(LANES);
        let room = |_| Vec::with_capacity(self.n_samples.div_ceil(2));
        let mut halves: Vec<Vec<f64>> = (0..n_lanes).map(room).collect();
        for (indices, eigenvalues) in indices.chunks(LANES).zip(eigenvalues.chunks(LANES)) {
            let parity = |lane: usize| indices.get(lane).map_or(Parity::Even, |&k| Parity::of(k));
            let parities: [Parity; LANES] = std::array::from_fn(parity);
            // a lane without an index repeats another one
            let trials =
                std::array::from_fn(|lane| *eigenvalues.get(lane).unwrap_or(&eigenvalues[0]));
            halves.iter_mut().for_each(Vec::clear);
            let arrivals = self.walk(trials, parities, |values| {
                for (half, value) in halves.iter_mut().zip(values) {
                    half.push(*value);
                }
            });
            for ((&index, half), arrival) in indices.iter().zip(&mut halves).zip(arrivals) {
                scale_outer(half, &arrival.scaled_before);
                take(index, half);
            }
        }
    }

    /// Finds the eigenvalues of these indices, in their order.
    fn eigenvalues(&self, indices: &[usize]) -> Vec<f64> {
        let mut found = vec![0.0; indices.len()];
        let mut waiting = indices.iter().map(|&index| self.search(index)).enumerate();
        let mut lanes: [Option<(usize, Search)>; LANES] = std::array::from_fn(|_| waiting.next());
        while let Some((_, any)) = lanes.iter().flatten().next() {
            let idle = any.trial;
            let trials = std::array::from_fn(|i| lanes[i].as_ref().map_or(idle, |(_, s)| s.trial));
            let parities =
                std::array::from_fn(|i| lanes[i].as_ref().map_or(Parity::Even, |(_, s)| s.parity));
            let arrivals = self.walk(trials, parities, |_| ());
            for (lane, arrival) in lanes.iter_mut().zip(arrivals) {
                if let Some((place, search)) = lane
                    && let Some(eigenvalue) = search.goes_on(&arrival)
                {
                    found[*place] = eigenvalue;
                    *lane = waiting.next();
                }
            }
        }
        found
    }

    /// The search for the eigenvalue of this index, before its first trial.
    ///
    /// Without the well the eigenvalues are k(k+1)/2, those of the discrete Legendre polynomials; the well adds at most its
    /// rim.
    fn search(&self, index: usize) -> Search {
        let k = index as f64;
        let rim = self.well.first().copied().unwrap_or(0.0);
        let low = k * (k + 1.0) / 2.0 * (1.0 - BRACKET_MARGIN);
        let high = (k * (k + 1.0) / 2.0 + rim) * (1.0 + BRACKET_MARGIN);
        Search {
            parity: Parity::of(index),
            n_below: index / 2,
            low,
            high,
            trial: low + (high - low) / 2.0,
            last_step: f64::INFINITY,
        }
    }

    /// Continues the sequences that begin with 1 at the edge up to the centre, one for each trial value.
    ///
    /// `visit` sees their samples, from the edge to the centre. Sequences grow from the edge inwards and then oscillate,
    /// never the other way round: in this direction rounding errors do not grow.
    fn walk(
        &self,
        trials: [f64; LANES],
        parities: [Parity; LANES],
        mut visit: impl FnMut(&[f64; LANES]),
    ) -> [Arrival; LANES] {
        let mut value = [1.0_f64; LANES];
        let (mut force, mut energy) = ([0.0; LANES], [0.0; LANES]);
        // What rounding took from `value`: with a weak well each step is a small part of the last digit (Kahan 1965, Commun.
        // ACM 8, 40).
        let mut lost = [0.0; LANES];
        let mut n_sign_changes = [0_u64; LANES];
        let mut scaled_before: [Vec<usize>; LANES] = Default::default();
        for (i, (well, compliance)) in self.well.iter().zip(&self.compliance).enumerate() {
            let mut largest = 0.0_f64;
            for l in 0..LANES {
                let stretch = force[l] * compliance + lost[l];
                let next = value[l] + stretch;
                lost[l] = stretch - (next - value[l]);
                n_sign_changes[l] += (next.to_bits() ^ value[l].to_bits()) >> 63;
                value[l] = next;
                largest = if next.abs() > largest {
                    next.abs()
                } else {
                    largest
                };
            }
            if largest > LARGE {
                let is_large = value.map(|value| value.abs() > LARGE);
                for l in (0..LANES).filter(|&l| is_large[l]) {
                    value[l] /= LARGE;
                    force[l] /= LARGE;
                    lost[l] /= LARGE;
                    energy[l] = energy[l] / LARGE / LARGE;
                    scaled_before[l].push(i);
                }
            }
            visit(&value);
            for l in 0..LANES {
                energy[l] += value[l] * value[l];
                force[l] += (well - trials[l]) * value[l];
            }
        }

        let has_centre = !self.n_samples.is_multiple_of(2);
        let mut centres = [0.0; LANES];
        for l in 0..LANES {
            let stretch = force[l] * self.middle_compliance;
            let centre = match (has_centre, parities[l]) {
                (true, _) => value[l] + stretch,
                (false, Parity::Even) => value[l],
                (false, Parity::Odd) => value[l] + stretch / 2.0,
            };
            n_sign_changes[l] += u64::from((centre < 0.0) != (value[l] < 0.0));
            if has_centre && parities[l] == Parity::Even {
                energy[l] += centre * centre / 2.0;
                force[l] -= trials[l] * centre / 2.0;
            }
            centres[l] = centre;
        }
        if has_centre {
            visit(&std::array::from_fn(|l| match parities[l] {
                Parity::Even => centres[l],
                Parity::Odd => 0.0,
            }));
        }

        // The eigenvector leaves no force at the centre (even) or no value (odd).
        std::array::from_fn(|l| {
            let n_sign_changes = n_sign_changes[l] as usize;
            let (force, centre) = (force[l], centres[l]);
            let (n_below, correction) = match parities[l] {
                Parity::Even => {
                    let force_is_opposed = (force < 0.0) != (centre < 0.0);
                    let n_below = n_sign_changes + usize::from(force_is_opposed);
                    (n_below, force * centre / energy[l])
                }
                Parity::Odd => (n_sign_changes, -force * centre / energy[l]),
            };
            Arrival {
                n_below,
                correction,
                scaled_before: std::mem::take(&mut scaled_before[l]),
            }
        })
    }
}

/// Scales what came before a scaling down to the unit of what came after.
fn scale_outer(half: &mut [f64], scaled_before: &[usize]) {
    let mut start = 0;
    for (n_done, &end) in scaled_before.iter().enumerate() {
        let n_missing = (scaled_before.len() - n_done).min(MAX_SCALINGS);
        for value in &mut half[start..end] {
            *value = (0..n_missing).fold(*value, |value, _| value / LARGE);
        }
        start = end;
    }
}

/// The search for one eigenvalue: bisection by counting, then Newton's steps.
///
/// Source: Parlett (1998), The Symmetric Eigenvalue Problem, chapters 3 (counting) and 10 (bounds).
struct Search {
    parity: Parity,
    /// Eigenvalues of this parity below the wanted one.
    n_below: usize,
    low: f64,
    high: f64,
    trial: f64,
    last_step: f64,
}

impl Search {
    /// Takes what the trial value came to: the eigenvalue, or none and another trial value.
    fn goes_on(&mut self, arrival: &Arrival) -> Option<f64> {
        let n_below = self.n_below;
        if arrival.n_below > n_below {
            self.high = self.trial;
        } else {
            self.low = self.trial;
        }
        let (low, high) = (self.low, self.high);
        let next = self.trial + arrival.correction;
        let step = arrival.correction.abs();
        // From beyond a neighbour the steps would lead to that one.
        let is_neighbour = (n_below..=n_below + 1).contains(&arrival.n_below);
        let closes_in = is_neighbour && low <= next && next <= high && step <= self.last_step / 2.0;
        if closes_in && step <= LAST_STEP * self.trial {
            return Some(next);
        }
        let middle = low + (high - low) / 2.0;
        if middle <= low || high <= middle {
            return Some(middle);
        }
        (self.trial, self.last_step) = if closes_in {
            (next, step)
        } else {
            (middle, f64::INFINITY)
        };
        None
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
                let found = chain.eigenvalues(&[k])[0];
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
            let sum: f64 = chain
                .eigenvalues(&Vec::from_iter(0..n_samples))
                .iter()
                .sum();
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
        let found = Chain::new(1_000_000, 8.0).eigenvalues(&[0])[0];
        assert!((found - expected).abs() < 1e-4, "{found} {expected}");
    }

    #[test]
    fn a_half_counts_its_own_zeros() {
        for n_samples in [30, 31] {
            let chain = Chain::new(n_samples, 3.0);
            chain.halves(&Vec::from_iter(0..n_samples), |k, half| {
                let outer = &half[..n_samples / 2];
                let n_zeros = outer
                    .windows(2)
                    .filter(|pair| pair[0] * pair[1] < 0.0)
                    .count();
                // An even one of odd length may cross just before its centre sample.
                let at_centre = usize::from(half[n_samples / 2 - 1] * half[half.len() - 1] < 0.0);
                assert_eq!(n_zeros + at_centre, k / 2, "{n_samples} {k}");
            });
        }
    }
}
