//! Discrete prolate spheroidal sequences, or Slepian tapers: the most energy inside a band.
//!
//! Each is found from its own index; there is no orthogonalisation, and none is needed. Here are the order, the signs and
//! the unit energy; the sequences come from `prolate`.

use super::prolate::{Chain, Parity};

/// The first sample of an odd taper with more energy than this, and than 1/n, tells its sign: the rule of SciPy.
const LOBE_ENERGY: f64 = 1e-7;

/// Squares added one by one before the sums are added: keeps rounding small over millions of samples.
const SUM_BLOCK: usize = 512;

/// Computes the first discrete prolate spheroidal sequences (Slepian tapers), most concentrated first.
///
/// `nw`: number of samples times the half bandwidth in cycles per sample. The result holds `n_tapers` tapers of
/// `n_samples` samples, without unit, of unit energy. Tapers 0, 2, … are even with a positive mean; tapers 1, 3, … are odd
/// and begin with a positive lobe. Taper k has the same bits whatever `n_tapers` is.
///
/// # Panics
/// Unless 0 < `n_tapers` <= `n_samples` and 0 < `nw` < `n_samples` / 2.
///
/// Source: Slepian (1978), Bell Syst. Tech. J. 57, 1371–1430; signs as in `scipy.signal.windows.dpss`.
pub fn dpss(n_samples: usize, nw: f64, n_tapers: usize) -> Vec<Vec<f64>> {
    assert!(
        0 < n_tapers && n_tapers <= n_samples,
        "{n_tapers} tapers asked for, {n_samples} samples have 1 to {n_samples}"
    );
    let indices = Vec::from_iter(0..n_tapers);
    let mut tapers = Vec::with_capacity(n_tapers);
    dpss_halves(n_samples, nw, &indices, |index, half| {
        tapers.push(unfolded(half, n_samples, Parity::of(index)).collect())
    });
    tapers
}

/// Computes the outer halves of the tapers of these indices, as [`dpss`] does, and shows them to `take` in their order.
///
/// Each holds the first `n_samples` / 2 samples, and that of the centre if there is one. A few are there at once, whatever
/// the number of indices, and each has the same bits in whatever company it is made.
///
/// # Panics
/// Unless every index is below `n_samples` and 0 < `nw` < `n_samples` / 2.
pub fn dpss_halves(
    n_samples: usize,
    nw: f64,
    indices: &[usize],
    mut take: impl FnMut(usize, &mut [f64]),
) {
    assert!(
        indices.iter().all(|&index| index < n_samples),
        "{n_samples} samples have as many tapers"
    );
    let largest = n_samples as f64 / 2.0;
    assert!(
        0.0 < nw && nw < largest,
        "nw = {nw} is not between 0 and {largest}"
    );

    // A late taper is an early one of the rest of the spectrum with alternating signs (Slepian 1978), and early eigenvalues
    // are small, hence exact.
    let n_early = n_samples.div_ceil(2);
    for run in indices.chunk_by(|a, b| (*a < n_early) == (*b < n_early)) {
        if run[0] < n_early {
            let band = Chain::new(n_samples, nw);
            band.halves(run, |index, half| {
                norm(half, n_samples, Parity::of(index));
                take(index, half);
            });
        } else {
            let mirrored = Vec::from_iter(run.iter().map(|index| n_samples - 1 - index));
            let rest = Chain::new(n_samples, largest - nw);
            rest.halves(&mirrored, |mirrored, half| {
                let index = n_samples - 1 - mirrored;
                alternate(half);
                norm(half, n_samples, Parity::of(index));
                take(index, half);
            });
        }
    }
}

/// Flips the sign of every second value.
fn alternate(half: &mut [f64]) {
    for value in half.iter_mut().skip(1).step_by(2) {
        *value = -*value;
    }
}

/// Gives the half of a taper, edge to centre and in any unit, its unit and its sign.
///
/// Even tapers need no sign: their edge is positive, and so is their mean. At W = 0 the tapers are discrete Legendre
/// polynomials, for small W perturbation theory gives mean and edge the same sign, and neither vanishes at a larger W.
fn norm(half: &mut [f64], n_samples: usize, parity: Parity) {
    let n_outer = n_samples / 2;
    let norm = (2.0 * energy(&half[..n_outer]) + energy(&half[n_outer..])).sqrt();
    let threshold = norm * LOBE_ENERGY.max(1.0 / n_samples as f64).sqrt();
    let lobe = half.iter().find(|value| value.abs() > threshold);
    let flips = parity == Parity::Odd && lobe.is_some_and(|&value| value < 0.0);
    let divisor = if flips { -norm } else { norm };
    for value in half {
        *value /= divisor;
    }
}

/// All samples of the taper whose outer half this is.
pub fn unfolded(half: &[f64], n_samples: usize, parity: Parity) -> impl Iterator<Item = f64> {
    let inner = half[..n_samples / 2].iter().rev();
    let mirrored = move |value: &f64| match parity {
        Parity::Even => *value,
        Parity::Odd => -*value,
    };
    half.iter().copied().chain(inner.map(mirrored))
}

fn energy(values: &[f64]) -> f64 {
    let of_block = |block: &[f64]| block.iter().map(|value| value * value).sum::<f64>();
    values.chunks(SUM_BLOCK).map(of_block).sum()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;

    /// Largest entry of VVᵀ − I, and largest error of a sample; 6e-14 was the worst seen.
    const ROUNDING: f64 = 1e-12;

    /// SciPy's own error at 1000 samples, where its matrix has lost six digits.
    const SCIPY_ERROR: f64 = 1e-12;

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        let blocks = a.chunks(SUM_BLOCK).zip(b.chunks(SUM_BLOCK));
        let of_block = |(a, b): (&[f64], &[f64])| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        blocks.map(of_block).sum()
    }

    fn distance_from_orthonormal(tapers: &[Vec<f64>]) -> f64 {
        let mut worst: f64 = 0.0;
        for (i, a) in tapers.iter().enumerate() {
            for (j, b) in tapers[..=i].iter().enumerate() {
                let expected = if i == j { 1.0 } else { 0.0 };
                worst = worst.max((dot(a, b) - expected).abs());
            }
        }
        worst
    }

    /// The definition: energy inside the band is the quadratic form of sin(2πW(i−j)) / (π(i−j)).
    fn filtered(taper: &[f64], nw: f64) -> Vec<f64> {
        let w = nw / taper.len() as f64;
        let kernel = |lag: f64| match lag {
            0.0 => 2.0 * w,
            _ => libm::sin(2.0 * PI * w * lag) / (PI * lag),
        };
        let row = |i: usize| -> f64 {
            let terms = taper.iter().enumerate();
            terms
                .map(|(j, value)| kernel(i as f64 - j as f64) * value)
                .sum()
        };
        (0..taper.len()).map(row).collect()
    }

    fn assert_eigenvectors_in_falling_order(n_samples: usize, nw: f64, tapers: &[Vec<f64>]) {
        let mut last = 1.0;
        for (k, taper) in tapers.iter().enumerate() {
            let image = filtered(taper, nw);
            let concentration = dot(taper, &image);
            assert!(
                concentration <= last + ROUNDING,
                "{n_samples} {nw} {k}: order"
            );
            last = concentration;
            for (value, image) in taper.iter().zip(&image) {
                let error = (image - concentration * value).abs();
                assert!(error < ROUNDING, "{n_samples} {nw} {k}: {error:e}");
            }
        }
    }

    #[test]
    fn tapers_are_eigenvectors_of_the_sinc_kernel_in_falling_order() {
        for (n_samples, nw) in [
            (2, 0.5),
            (3, 1.4),
            (16, 2.0),
            (33, 16.0),
            (60, 0.5),
            (61, 29.9),
        ] {
            let tapers = dpss(n_samples, nw, n_samples);
            assert_eigenvectors_in_falling_order(n_samples, nw, &tapers);
            assert!(
                distance_from_orthonormal(&tapers) < ROUNDING,
                "{n_samples} {nw}"
            );
        }
    }

    #[test]
    fn one_and_two_samples_have_the_only_tapers_there_are() {
        let half = 0.5_f64.sqrt();
        assert_eq!(dpss(1, 0.3, 1), [[1.0]]);
        for (found, expected) in dpss(2, 0.9, 2).iter().zip([[half, half], [half, -half]]) {
            assert!(
                found
                    .iter()
                    .zip(expected)
                    .all(|(f, e)| (f - e).abs() < ROUNDING)
            );
        }
    }

    #[test]
    fn a_taper_has_the_same_bits_however_many_are_asked_for() {
        for (n_samples, nw) in [(50, 4.0), (51, 25.0)] {
            let all = dpss(n_samples, nw, n_samples);
            for n_tapers in [1, 2, 7, 26, n_samples - 1] {
                assert_eq!(dpss(n_samples, nw, n_tapers), all[..n_tapers]);
            }
        }
    }

    #[test]
    fn even_tapers_have_positive_means_and_odd_ones_begin_with_a_positive_lobe() {
        for (n_samples, nw, n_tapers) in [(100, 4.0, 8), (101, 20.0, 40), (1000, 8.0, 15)] {
            for (k, taper) in dpss(n_samples, nw, n_tapers).iter().enumerate() {
                let rms = (1.0 / n_samples as f64).sqrt();
                let lobe = taper.iter().find(|value| value.abs() > rms);
                match Parity::of(k) {
                    Parity::Even => assert!(taper.iter().sum::<f64>() > 0.0, "{n_samples} {k}"),
                    Parity::Odd => assert!(lobe.is_some_and(|&v| v > 0.0), "{n_samples} {k}"),
                }
            }
        }
    }

    #[test]
    fn samples_are_those_of_scipy() {
        // scipy.signal.windows.dpss: (n, nw, taper, sample, value).
        let expected = [
            (100, 4.0, 0, 0, 1.7157162350350366e-05),
            (100, 4.0, 0, 30, 0.07821766432960119),
            (100, 4.0, 0, 49, 0.1981792386529139),
            (100, 4.0, 1, 10, 0.010629264481707148),
            (100, 4.0, 6, 0, 0.10985374804157029),
            (100, 4.0, 6, 49, -0.09130123266558511),
            (1000, 8.0, 0, 499, 0.07491899238211336),
            (1000, 8.0, 1, 200, 0.002749039588501405),
            (1000, 8.0, 14, 499, -0.026514640456655306),
        ];
        for (n_samples, nw, k, i, value) in expected {
            let found = dpss(n_samples, nw, k + 1)[k][i];
            assert!(
                (found - value).abs() < SCIPY_ERROR,
                "{n_samples} {k} {i}: {found}"
            );
        }
    }

    #[test]
    fn long_tapers_are_orthonormal() {
        // 100,000 samples: their square does not fit into 32 bits, nor do the digits of Slepian's matrix into 64.
        for (n_samples, nw, n_tapers) in
            [(100_000, 8.0, 4), (100_001, 0.5, 2), (20_000, 9_999.0, 3)]
        {
            let tapers = dpss(n_samples, nw, n_tapers);
            assert!(
                distance_from_orthonormal(&tapers) < ROUNDING,
                "{n_samples} {nw}"
            );
        }
    }

    #[test]
    fn long_tapers_are_short_ones_stretched() {
        // For n → ∞ the tapers become functions of the share of the length; they approach it with 1/n².
        let long = dpss(60_000, 2.5, 3);
        for (short, long) in dpss(600, 2.5, 3).iter().zip(&long) {
            for (i, value) in short.iter().enumerate() {
                let stretched = (long[100 * i + 49] + long[100 * i + 50]) / 2.0 * 10.0;
                assert!((value - stretched).abs() < 1e-6, "{i}: {value} {stretched}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "nw = 4 is not between 0 and 4")]
    fn a_band_as_wide_as_the_spectrum_is_refused() {
        dpss(8, 4.0, 1);
    }

    #[test]
    #[should_panic(expected = "9 tapers asked for")]
    fn more_tapers_than_samples_are_refused() {
        dpss(8, 2.0, 9);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn any_set_is_orthonormal_and_symmetric(n_samples in 1_usize..120, share in 0.001..0.999) {
            let nw = share * n_samples as f64 / 2.0;
            let tapers = dpss(n_samples, nw, n_samples);
            prop_assert!(distance_from_orthonormal(&tapers) < ROUNDING);
            for (k, taper) in tapers.iter().enumerate() {
                let sign = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
                let mirrored: Vec<f64> = taper.iter().rev().map(|value| sign * value).collect();
                prop_assert_eq!(taper, &mirrored);
            }
        }
    }
}
