//! Kaiser's window, the window derived from it, and the modified Bessel function they need.
//!
//! Sources: J. F. Kaiser and R. W. Schafer (1980), IEEE Trans. Acoust. Speech Signal Process. 28, 105–107; M. Bosi and
//! R. E. Goldberg (2003), Introduction to Digital Audio Coding and Standards, chapter 5; M. Abramowitz and I. A. Stegun
//! (1964), Handbook of Mathematical Functions, 9.6.12 and 9.7.1.

use std::f64::consts::PI;

use super::window_formulas::{mirrored, symmetric};

/// From here on the asymptotic series has a term below 1e-17 before it diverges; the smallest is about exp(−2x).
const ASYMPTOTIC_FROM: f64 = 30.0;

/// Terms below this share of the sum change nothing.
const NEGLIGIBLE: f64 = 1e-18;

/// Kaiser's window I₀(β √(1 − u²)) / I₀(β), u from −1 to 1; `n` is at least two.
pub fn kaiser(n: usize, beta: f64) -> Vec<f64> {
    let centre = (n - 1) as f64 / 2.0;
    let peak = scaled_bessel_i0(beta);
    symmetric(n, |x| {
        let u = x / centre;
        let root = ((1.0 - u) * (1.0 + u)).sqrt();
        // β (√(1−u²) − 1), written without a difference.
        let exponent = -beta * u * u / (1.0 + root);
        libm::exp(exponent) * (scaled_bessel_i0(beta * root) / peak)
    })
}

/// The window whose squares, n/2 samples apart, add up to 1; `n` is even and not zero.
pub fn kaiser_bessel_derived(n: usize, beta: f64) -> Vec<f64> {
    let running_sum = |sum: &mut f64, value: f64| {
        *sum += value;
        Some(*sum)
    };
    let sums: Vec<f64> = kaiser(n / 2 + 1, beta)
        .into_iter()
        .scan(0.0, running_sum)
        .collect();
    mirrored(n, |i| (sums[i] / sums[n / 2]).sqrt())
}

/// The modified Bessel function exp(−x) I₀(x), x not negative.
fn scaled_bessel_i0(x: f64) -> f64 {
    if x < ASYMPTOTIC_FROM {
        let quarter = x * x / 4.0;
        libm::exp(-x) * sum_of_series(|k| quarter / (k * k))
    } else {
        let ratio = |k: f64| (2.0 * k - 1.0) * (2.0 * k - 1.0) / (8.0 * k * x);
        sum_of_series(ratio) / (2.0 * PI * x).sqrt()
    }
}

/// Sums positive terms, the first 1, up to a negligible one; `ratio` is the k-th over the one before.
fn sum_of_series(ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > NEGLIGIBLE * sum {
        term *= ratio(k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative error of the Bessel function, a few units in the last digit; its tables have no more.
    const ROUNDING: f64 = 4e-15;

    #[test]
    fn the_bessel_function_has_its_tabulated_values() {
        assert_eq!(scaled_bessel_i0(0.0), 1.0);
        let table = [
            (1.0, 0.46575960759364043),
            (8.6, 0.13816424739806846),
            (29.9, 0.07326921904600191),
            (30.1, 0.07302329413106094),
            (100.0, 0.03994437929909668),
        ];
        for (x, expected) in table {
            let error = scaled_bessel_i0(x) / expected - 1.0;
            assert!(error.abs() < ROUNDING, "{x}: {error:e}");
        }
    }

    #[test]
    fn beta_zero_is_a_boxcar() {
        assert_eq!(kaiser(6, 0.0), [1.0; 6]);
    }

    #[test]
    fn samples_of_kaiser_are_those_of_scipy() {
        let expected = [
            0.0013325139979024198,
            0.019382547917636408,
            0.07792398124526782,
            0.20105486954533092,
        ];
        for (found, expected) in kaiser(16, 8.6).iter().zip(expected) {
            assert!((found - expected).abs() < ROUNDING, "{found} {expected}");
        }
    }

    #[test]
    fn squares_of_the_derived_window_half_a_length_apart_add_up_to_one() {
        for (n, beta) in [(2, 4.0), (8, 0.0), (64, 12.0), (1000, 700.0)] {
            let window = kaiser_bessel_derived(n, beta);
            for (a, b) in window.iter().zip(&window[n / 2..]) {
                assert!((a * a + b * b - 1.0).abs() < ROUNDING, "{n} {beta}");
            }
        }
        let first = kaiser_bessel_derived(8, 4.0)[0];
        assert!((first - 0.19027811085318355).abs() < ROUNDING, "{first}");
    }
}
