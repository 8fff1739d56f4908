//! Dolph's window: all side lobes equally high, the main lobe as narrow as that allows.
//!
//! Its spectrum is a Chebyshev polynomial, T(x₀ cos(θ/2)) of degree n−1: C. L. Dolph (1946), Proc. IRE 34, 335–348; P. Lynch
//! (1997), Mon. Weather Rev. 125, 655–660. Any n or more samples of it fix the window, so a power of two is taken. The
//! transform is our own, because window values must not depend on the machine and rustfft's factors are std's sines.

use std::f64::consts::PI;

use super::window_formulas::mirrored;

/// Dolph's window, its largest sample 1; `attenuation_db` is that of the side lobes; `n` is at least two.
pub fn chebwin(n: usize, attenuation_db: f64) -> Vec<f64> {
    let n_frequencies = n.next_power_of_two();
    let spectrum = DolphSpectrum::new(n - 1, attenuation_db);
    let (mut real, mut imaginary): (Vec<f64>, Vec<f64>) = (0..n_frequencies)
        .map(|k| {
            let height = spectrum.at(PI * k as f64 / n_frequencies as f64);
            // A shift by (n−1)/2 samples, so that the window begins at sample 0.
            let turn = ((n - 1) * k % (2 * n_frequencies)) as f64 / n_frequencies as f64;
            (height * libm::cos(PI * turn), height * libm::sin(PI * turn))
        })
        .unzip();
    fft(&mut real, &mut imaginary);

    let largest = real[..n.div_ceil(2)].iter().copied().fold(0.0, f64::max);
    mirrored(n, |i| real[i] / largest)
}

/// Doubles of the spectrum that [`chebwin`] transforms.
pub fn making(n: usize) -> usize {
    2 * n.next_power_of_two()
}

/// The polynomial T(x₀ cos φ) of a degree, where x₀ > 1 makes it 1 in the side lobes and the attenuation at φ = 0.
struct DolphSpectrum {
    degree: usize,
    /// x₀.
    stretch: f64,
    /// (x₀ − 1) / 2.
    half_excess: f64,
}

impl DolphSpectrum {
    fn new(degree: usize, attenuation_db: f64) -> Self {
        let peak = libm::pow(10.0, attenuation_db / 20.0);
        let argument = libm::acosh(peak) / degree as f64;
        let sinh = libm::sinh(argument / 2.0);
        Self {
            degree,
            stretch: libm::cosh(argument),
            half_excess: sinh * sinh,
        }
    }

    /// Height at `phi`, 0 <= φ < π.
    fn at(&self, phi: f64) -> f64 {
        let (phi, sign) = match phi > PI / 2.0 {
            true if !self.degree.is_multiple_of(2) => (PI - phi, -1.0),
            true => (PI - phi, 1.0),
            false => (phi, 1.0),
        };
        // (x − 1)/2 for x = x₀ cos φ: the difference x − 1 itself has few digits where x is near 1.
        let sine = libm::sin(phi / 2.0);
        let half_excess = self.half_excess - self.stretch * (sine * sine);
        let degree = self.degree as f64;
        if half_excess > 0.0 {
            sign * libm::cosh(2.0 * degree * libm::asinh(half_excess.sqrt()))
        } else {
            sign * libm::cos(2.0 * degree * libm::asin((-half_excess).sqrt().min(1.0)))
        }
    }
}

/// Transforms in place, exp(−2πijk/n) for a length that is a power of two: J. W. Cooley and J. W. Tukey (1965), Math.
/// Comput. 19, 297–301.
fn fft(real: &mut [f64], imaginary: &mut [f64]) {
    let n = real.len();
    let n_bits = n.trailing_zeros();
    for i in 0..n {
        let j = i
            .reverse_bits()
            .checked_shr(usize::BITS - n_bits)
            .unwrap_or(0);
        if i < j {
            real.swap(i, j);
            imaginary.swap(i, j);
        }
    }
    let mut half = 1;
    while half < n {
        for k in 0..half {
            let phase = -PI * k as f64 / half as f64;
            let (cos, sin) = (libm::cos(phase), libm::sin(phase));
            for i in (k..n).step_by(2 * half) {
                let j = i + half;
                let re = real[j] * cos - imaginary[j] * sin;
                let im = real[j] * sin + imaginary[j] * cos;
                (real[j], imaginary[j]) = (real[i] - re, imaginary[i] - im);
                (real[i], imaginary[i]) = (real[i] + re, imaginary[i] + im);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few units in the last digit for short windows; the argument of the cosine loses one digit per factor of ten.
    const ROUNDING: f64 = 1e-13;

    /// Height at θ, in cycles per sample.
    fn height(window: &[f64], frequency: f64) -> f64 {
        let centre = (window.len() - 1) as f64 / 2.0;
        let phase = |i: usize| 2.0 * PI * frequency * (i as f64 - centre);
        let terms = window.iter().enumerate();
        terms.map(|(i, value)| value * libm::cos(phase(i))).sum()
    }

    #[test]
    fn all_side_lobes_are_equally_high() {
        for (n, attenuation_db) in [(20, 50.0), (51, 80.0), (64, 100.0)] {
            let window = chebwin(n, attenuation_db);
            let heights: Vec<f64> = (0..=4000)
                .map(|i| height(&window, f64::from(i) / 8000.0).abs() / height(&window, 0.0))
                .collect();
            let tops = heights.windows(3).filter(|h| h[0] < h[1] && h[1] > h[2]);
            let tops_db: Vec<f64> = tops.map(|h| 20.0 * libm::log10(h[1])).collect();
            assert!(tops_db.len() >= n / 2 - 5, "{n}: {tops_db:?}");
            for top_db in tops_db {
                // The grid misses the tops by up to 1/8000 of a cycle.
                assert!((top_db + attenuation_db).abs() < 0.02, "{n}: {top_db}");
            }
        }
    }

    #[test]
    fn samples_are_those_of_scipy() {
        let nine = [
            0.02182740747521154,
            0.14450562749217408,
            0.44346858840240555,
            0.8207710626585829,
            1.0,
        ];
        let ten = [
            0.04431324947801111,
            0.1888932622106905,
            0.4572905243455934,
            0.7774679588943731,
            1.0,
        ];
        for (window, expected) in [(chebwin(9, 100.0), nine), (chebwin(10, 60.0), ten)] {
            for (found, expected) in window.iter().zip(expected) {
                assert!((found - expected).abs() < ROUNDING, "{found} {expected}");
            }
        }
    }

    #[test]
    fn two_samples_are_equal() {
        assert_eq!(chebwin(2, 60.0), [1.0, 1.0]);
    }

    #[test]
    fn the_transform_is_the_sum_it_stands_for() {
        for n in [1, 2, 8, 64] {
            let input: Vec<f64> = (0..n).map(|i| libm::cos((i * i) as f64)).collect();
            let (mut real, mut imaginary) = (
                input.clone(),
                input.iter().map(|x| 1.0 - x).collect::<Vec<_>>(),
            );
            fft(&mut real, &mut imaginary);
            for k in 0..n {
                let phase = |i: usize| -2.0 * PI * (i * k % n) as f64 / n as f64;
                let (mut re, mut im) = (0.0, 0.0);
                for (i, x) in input.iter().enumerate() {
                    let (cos, sin) = (libm::cos(phase(i)), libm::sin(phase(i)));
                    re += x * cos - (1.0 - x) * sin;
                    im += x * sin + (1.0 - x) * cos;
                }
                assert!((real[k] - re).abs() < ROUNDING, "{n} {k}");
                assert!((imaginary[k] - im).abs() < ROUNDING, "{n} {k}");
            }
        }
    }
}
