//! Window formulas of one line each, and Taylor's.
//!
//! All are symmetric: the first half is computed from the distance to the centre, the second is its mirror image, bit for
//! bit. Definitions as in `scipy.signal.windows`; sources at the functions. Harris below is F. J. Harris (1978), Proc.
//! IEEE 66, 51–83. Lengths are at least two; `Window::sample` answers for the others.

use std::f64::consts::PI;

/// Harris (1978): the rounded weights, not the exact ones.
pub const BLACKMAN: [f64; 3] = [0.42, 0.5, 0.08];

/// A. H. Nuttall (1981), IEEE Trans. Acoust. Speech Signal Process. 29, 84–91: four terms, lowest side lobes.
pub const NUTTALL: [f64; 4] = [0.3635819, 0.4891775, 0.1365995, 0.0106411];

/// Harris (1978): four terms, −92 dB.
pub const BLACKMAN_HARRIS: [f64; 4] = [0.35875, 0.48829, 0.14128, 0.01168];

/// G. D'Antona and A. Ferrero (2006), Digital Signal Processing for Measurement Systems, p. 70.
pub const FLAT_TOP: [f64; 5] = [
    0.21557895,
    0.41663158,
    0.277263158,
    0.083578947,
    0.006947368,
];

/// Harris (1978).
pub const HAMMING: [f64; 2] = [0.54, 0.46];

/// Harris (1978).
pub const HANN: [f64; 2] = [0.5, 0.5];

/// Fills a symmetric window from its first half; `value` takes the distance to the centre in samples.
pub fn symmetric(n: usize, value: impl Fn(f64) -> f64) -> Vec<f64> {
    let centre = (n - 1) as f64 / 2.0;
    mirrored(n, |i| value(centre - i as f64))
}

/// Fills a symmetric window from its first half; `value` takes the sample.
pub fn mirrored(n: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut window: Vec<f64> = (0..n.div_ceil(2)).map(value).collect();
    window.extend_from_within(..n / 2);
    window[n.div_ceil(2)..].reverse();
    window
}

/// Σ aₖ cos(2πkx / (n−1)), x the distance to the centre.
pub fn sum_of_cosines(n: usize, weights: &[f64]) -> Vec<f64> {
    symmetric(n, |x| {
        let phase = 2.0 * PI * x / (n - 1) as f64;
        let terms = weights.iter().enumerate();
        terms.map(|(k, a)| a * libm::cos(k as f64 * phase)).sum()
    })
}

/// A triangle that would reach zero one sample (odd lengths) or half a sample (even lengths) outside.
pub fn triang(n: usize) -> Vec<f64> {
    mirrored(n, |i| match n % 2 {
        0 => (2 * i + 1) as f64 / n as f64,
        _ => (2 * i + 2) as f64 / (n + 1) as f64,
    })
}

/// A triangle that reaches zero at both ends.
pub fn bartlett(n: usize) -> Vec<f64> {
    mirrored(n, |i| (2 * i) as f64 / (n - 1) as f64)
}

/// Source: E. Parzen (1961), Technometrics 3, 167–190.
pub fn parzen(n: usize) -> Vec<f64> {
    symmetric(n, |x| {
        let u = x / (n as f64 / 2.0);
        if x <= (n - 1) as f64 / 4.0 {
            1.0 - 6.0 * (u * u) + 6.0 * (u * u * u)
        } else {
            2.0 * ((1.0 - u) * (1.0 - u) * (1.0 - u))
        }
    })
}

/// Source: Harris (1978). The ends are exactly zero.
pub fn bohman(n: usize) -> Vec<f64> {
    symmetric(n, |x| {
        let u = 2.0 * x / (n - 1) as f64;
        if u == 1.0 {
            return 0.0;
        }
        (1.0 - u) * libm::cos(PI * u) + libm::sin(PI * u) / PI
    })
}

/// Source: Y. H. Ha and J. A. Pearce (1989), IEEE Trans. Acoust. Speech Signal Process. 37, 298–301.
pub fn barthann(n: usize) -> Vec<f64> {
    symmetric(n, |x| {
        let u = x / (n - 1) as f64;
        0.62 - 0.48 * u + 0.38 * libm::cos(2.0 * PI * u)
    })
}

/// Half a period of a sine that would reach zero half a sample outside.
pub fn cosine(n: usize) -> Vec<f64> {
    mirrored(n, |i| libm::sin(PI / n as f64 * (i as f64 + 0.5)))
}

/// exp(−|x/σ|^(2p) / 2): p = 1 is a Gaussian.
pub fn general_gaussian(n: usize, p: f64, sigma: f64) -> Vec<f64> {
    symmetric(n, |x| {
        let u = x / sigma;
        let power = if p == 1.0 {
            u * u
        } else {
            libm::pow(u, 2.0 * p)
        };
        libm::exp(-0.5 * power)
    })
}

/// A plateau of ones with flanks of a raised cosine. Source: Harris (1978).
pub fn tukey(n: usize, alpha: f64) -> Vec<f64> {
    let flank = alpha * (n - 1) as f64;
    mirrored(n, |i| {
        if alpha == 0.0 || i as f64 > (flank / 2.0).floor() {
            return 1.0;
        }
        0.5 * (1.0 + libm::cos(PI * (2.0 * i as f64 / flank - 1.0)))
    })
}

/// sin(πu)/(πu) with u = 2x / (n−1). Source: C. Lanczos (1956), Applied Analysis.
pub fn lanczos(n: usize) -> Vec<f64> {
    symmetric(n, |x| {
        if x == 0.0 {
            return 1.0;
        }
        let phase = PI * (2.0 * x / (n - 1) as f64);
        libm::sin(phase) / phase
    })
}

/// `n_bar`: nearly equal side lobes; `attenuation_db`: theirs; `norm`: whether the centre is scaled to 1.
///
/// Source: W. G. Carrara, R. S. Goodman and R. M. Majewski (1995), Spotlight Synthetic Aperture Radar, pp. 512–513.
pub fn taylor(n: usize, n_bar: usize, attenuation_db: f64, norm: bool) -> Vec<f64> {
    let weights = taylor_weights(n_bar, attenuation_db);
    let scale = if norm {
        1.0 / (1.0 + 2.0 * weights.iter().sum::<f64>())
    } else {
        1.0
    };
    symmetric(n, |x| {
        let phase = 2.0 * PI * x / n as f64;
        let terms = (1..).zip(&weights);
        let sum: f64 = terms
            .map(|(m, f)| f * libm::cos(f64::from(m) * phase))
            .sum();
        scale * (1.0 + 2.0 * sum)
    })
}

/// The weights F₁ … F(n̄−1) of Taylor's cosines.
fn taylor_weights(n_bar: usize, attenuation_db: f64) -> Vec<f64> {
    let a = libm::acosh(libm::pow(10.0, attenuation_db / 20.0)) / PI;
    let zero = |i: f64| a * a + (i - 0.5) * (i - 0.5);
    let sigma_2 = (n_bar * n_bar) as f64 / zero(n_bar as f64);
    let weight = |m: usize| {
        let m_2 = (m * m) as f64;
        // Factor by factor numerator and denominator stay near each other; their products alone overflow for n̄ > 500.
        let ratio = |i: usize| {
            let numerator = 1.0 - m_2 / sigma_2 / zero(i as f64);
            if i == m {
                numerator
            } else {
                numerator / (1.0 - m_2 / (i * i) as f64)
            }
        };
        let sign = if m.is_multiple_of(2) { -0.5 } else { 0.5 };
        sign * (1..n_bar).map(ratio).product::<f64>()
    };
    (1..n_bar).map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A few units in the last digit of 1.
    const ROUNDING: f64 = 1e-14;

    /// Compares with the first half of a window.
    fn assert_begins_with(found: &[f64], expected: &[f64]) {
        for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
            assert!(
                (found - expected).abs() < ROUNDING,
                "sample {i}: {found} {expected}"
            );
        }
    }

    #[test]
    fn five_samples_have_their_closed_forms() {
        let root = 0.5_f64.sqrt();
        assert_begins_with(&sum_of_cosines(5, &HANN), &[0.0, 0.5, 1.0, 0.5, 0.0]);
        assert_begins_with(&sum_of_cosines(5, &HAMMING), &[0.08, 0.54, 1.0, 0.54, 0.08]);
        assert_begins_with(&sum_of_cosines(5, &BLACKMAN), &[0.0, 0.34, 1.0, 0.34, 0.0]);
        assert_begins_with(&bartlett(5), &[0.0, 0.5, 1.0, 0.5, 0.0]);
        assert_begins_with(&triang(5), &[1.0 / 3.0, 2.0 / 3.0, 1.0]);
        assert_begins_with(&triang(4), &[0.25, 0.75, 0.75, 0.25]);
        assert_begins_with(&bohman(5), &[0.0, 1.0 / PI, 1.0]);
        assert_begins_with(&lanczos(5), &[0.0, 2.0 / PI, 1.0]);
        assert_begins_with(&cosine(2), &[root, root]);
        assert_begins_with(&parzen(3), &[2.0 / 27.0, 1.0, 2.0 / 27.0]);
        assert_begins_with(&barthann(5), &[0.0, 0.5, 1.0]);
    }

    #[test]
    fn windows_of_two_samples_are_their_ends() {
        for window in [
            sum_of_cosines(2, &HANN),
            bartlett(2),
            bohman(2),
            tukey(2, 0.5),
        ] {
            assert_eq!(window, [0.0, 0.0]);
        }
    }

    #[test]
    fn published_weights_add_up_to_one_at_the_centre() {
        for weights in [&BLACKMAN[..], &NUTTALL, &BLACKMAN_HARRIS, &HAMMING, &HANN] {
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < ROUNDING);
        }
        // Published with nine decimals.
        assert!((FLAT_TOP.iter().sum::<f64>() - 1.0).abs() < 4e-9);
    }

    #[test]
    fn a_gaussian_falls_to_one_over_root_e_at_its_deviation() {
        let gaussian = general_gaussian(101, 1.0, 10.0);
        assert_begins_with(&gaussian[40..=40], &[libm::exp(-0.5)]);
        assert_eq!(gaussian[50], 1.0);
        // p = 1/2: a Laplace distribution.
        let laplace = general_gaussian(101, 0.5, 10.0);
        assert_begins_with(&laplace[30..=40], &[libm::exp(-1.0)]);
    }

    #[test]
    fn the_flanks_of_tukey_lead_from_boxcar_to_hann() {
        assert_eq!(tukey(9, 0.0), [1.0; 9]);
        assert_begins_with(&tukey(9, 1.0), &sum_of_cosines(9, &HANN));
        let window = tukey(17, 0.5);
        assert_begins_with(
            &window,
            &[0.0, 0.14644660940672627, 0.5, 0.8535533905932738, 1.0],
        );
        assert_eq!(window[4..13], [1.0; 9]);
    }

    #[test]
    fn side_lobes_of_taylor_are_as_low_as_asked_for() {
        // Height at bin f, between the zeros; the first side lobes lie within a few tenths of a dB of the design.
        let window = taylor(400, 4, 30.0, true);
        let height = |f: f64| -> f64 {
            let terms = window.iter().enumerate();
            terms
                .map(|(i, w)| w * libm::cos(2.0 * PI * f * (i as f64 - 199.5) / 400.0))
                .sum()
        };
        let lobes = (180..1000).map(|f| height(f64::from(f) / 100.0).abs());
        let worst_db = 20.0 * libm::log10(lobes.fold(0.0, f64::max) / height(0.0));
        assert!((-30.5..=-29.5).contains(&worst_db), "{worst_db}");
    }

    #[test]
    fn weights_of_taylor_stay_finite_for_many_lobes() {
        for n_bar in [1, 2, 100, 600, 1000] {
            let weights = taylor_weights(n_bar, 30.0);
            assert_eq!(weights.len(), n_bar - 1);
            assert!(weights.iter().all(|weight| weight.is_finite()), "{n_bar}");
        }
    }

    #[test]
    fn samples_are_those_of_scipy() {
        let parzen_17 = [
            0.0004070832485243235,
            0.010991247710156733,
            0.05088540606554038,
            0.13962955424384285,
            0.29656014654996943,
        ];
        assert_begins_with(&parzen(17), &parzen_17);
        let bohman_16 = [
            0.0,
            0.007662233545221581,
            0.058115516453420196,
            0.1791238937062839,
        ];
        assert_begins_with(&bohman(16), &bohman_16);
        let barthann_16 = [0.0, 0.06485272609581172, 0.18973036958363382];
        assert_begins_with(&barthann(16), &barthann_16);
        let flattop_17 = [
            -0.0004210510000000013,
            -0.005268058476261539,
            -0.02687219328633453,
        ];
        assert_begins_with(&sum_of_cosines(17, &FLAT_TOP), &flattop_17);
        let nuttall_16 = [0.0003628000000000381, 0.004810642418510291];
        assert_begins_with(&sum_of_cosines(16, &NUTTALL), &nuttall_16);
        let taylor_16 = [0.252321041674507, 0.3222510447908465, 0.44360038398850743];
        assert_begins_with(&taylor(16, 4, 30.0, true), &taylor_16);
        let unscaled_8 = [0.4352513132673068, 0.8023624157864853, 1.2422807726568994];
        assert_begins_with(&taylor(8, 4, 30.0, false), &unscaled_8);
        let general_7 = [0.18498139990730428, 0.6065306597126334, 0.9394130628134758];
        assert_begins_with(&general_gaussian(7, 1.5, 2.0), &general_7);
        let cosine_16 = [0.0980171403295606, 0.2902846772544624, 0.4713967368259976];
        assert_begins_with(&cosine(16), &cosine_16);
    }
}
