//! Mother wavelets as Syncopy has them, sampled in time.
//!
//! Source: Torrence & Compo (1998), Bull. Am. Meteorol. Soc. 79, 61–78, table 1; Farge (1992), Annu. Rev. Fluid Mech. 24,
//! 395–457, for the correction of Morlet's mean.

use std::f64::consts::PI;

use num_complex::Complex;

/// A mother wavelet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mother {
    /// A complex exponential of ω₀ radians per unit of scale in a Gaussian.
    Morlet {
        /// ω₀
        omega: f64,
    },
    /// Paul's, of an order.
    Paul {
        /// The order.
        order: u32,
    },
    /// A derivative of the Gaussian; that of order 2 is Ricker's, Marr's, or the Mexican hat. Real.
    Dog {
        /// The order.
        order: u32,
    },
}

impl Mother {
    /// The scale in s of a period in s.
    pub fn scale(self, period_s: f64) -> f64 {
        period_s / self.period(1.0)
    }

    /// The period in s of a scale in s.
    pub fn period(self, scale_s: f64) -> f64 {
        let of_one = match self {
            Mother::Morlet { omega } => 4.0 * PI / (omega + (2.0 + omega * omega).sqrt()),
            Mother::Paul { order } => 4.0 * PI / (2.0 * f64::from(order) + 1.0),
            Mother::Dog { order } => 2.0 * PI / (f64::from(order) + 0.5).sqrt(),
        };
        scale_s * of_one
    }

    /// Whether it is real, so that it has no phase.
    pub fn is_real(self) -> bool {
        matches!(self, Mother::Dog { .. })
    }

    /// √2 times the standard deviation of its squared magnitude, in units of the scale: 1 for Morlet's Gaussian.
    ///
    /// Of Paul's, |ψ|² ∝ (1 + x²)^(−m−1), and of the derivatives, whose transform is k^m e^(−k²/2), ∫|dψ̂/dk|² / ∫|ψ̂|².
    pub fn deviation(self) -> f64 {
        match self {
            Mother::Morlet { .. } => 1.0,
            Mother::Paul { order } => (2.0 / (2.0 * f64::from(order) - 1.0)).sqrt(),
            Mother::Dog { order } => {
                let m = f64::from(order);
                (2.0 * (m - 0.25) / (m - 0.5)).sqrt()
            }
        }
    }

    /// Its value at `x`, in units of the scale.
    pub fn at(self, x: f64) -> Complex<f64> {
        match self {
            Mother::Morlet { omega } => {
                let envelope = libm::pow(PI, -0.25) * libm::exp(-x * x / 2.0);
                let mean = libm::exp(-omega * omega / 2.0);
                Complex::new(libm::cos(omega * x) - mean, libm::sin(omega * x)) * envelope
            }
            Mother::Paul { order } => {
                let m = f64::from(order);
                // 2^m m! / sqrt(π (2m)!)
                let log = m * std::f64::consts::LN_2 + libm::lgamma(m + 1.0)
                    - 0.5 * (libm::log(PI) + libm::lgamma(2.0 * m + 1.0));
                // i^m (1 - ix)^-(m+1)
                let angle = m * PI / 2.0 + (m + 1.0) * libm::atan(x);
                let log = log - 0.5 * (m + 1.0) * libm::log1p(x * x);
                Complex::new(libm::cos(angle), libm::sin(angle)) * libm::exp(log)
            }
            Mother::Dog { order } => {
                let (mut last, mut hermite) = (0.0, 1.0);
                for k in 0..order {
                    (last, hermite) = (hermite, x * hermite - f64::from(k) * last);
                }
                let sign = if order % 2 == 0 { -1.0 } else { 1.0 };
                let size = libm::exp(-x * x / 2.0 - 0.5 * libm::lgamma(f64::from(order) + 0.5));
                Complex::new(sign * hermite * size, 0.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_is_that_of_the_squared_magnitude() {
        for mother in [
            Mother::Morlet { omega: 6.0 },
            Mother::Paul { order: 4 },
            Mother::Dog { order: 1 },
            Mother::Dog { order: 2 },
            Mother::Dog { order: 6 },
        ] {
            let (mut energy, mut moment) = (0.0, 0.0);
            for i in -40_000..=40_000 {
                let x = f64::from(i) * 1e-3;
                let power = mother.at(x).norm_sqr();
                energy += power;
                moment += power * x * x;
            }
            let want = (2.0 * moment / energy).sqrt();
            // Morlet's mean, and what Paul's has beyond
            assert!(
                (mother.deviation() / want - 1.0).abs() < 1e-4,
                "{mother:?}: {want}"
            );
        }
    }

    // values of SciPy's special functions to 12 digits
    const TO_TWELVE_DIGITS: f64 = 1e-11;

    #[test]
    fn periods_are_those_of_the_table() {
        let ratio = |mother: Mother| mother.period(1.0);
        // the table's formulas, to four digits
        for (mother, want) in [
            (Mother::Morlet { omega: 6.0 }, 1.033),
            (Mother::Paul { order: 4 }, 1.396),
            (Mother::Dog { order: 2 }, 3.974),
            (Mother::Dog { order: 6 }, 2.464),
        ] {
            assert!(
                (ratio(mother) - want).abs() < 1e-3,
                "{mother:?}: {}",
                ratio(mother)
            );
            assert!((mother.scale(mother.period(0.3)) - 0.3).abs() < 1e-15);
        }
    }

    #[test]
    fn values_at_zero_are_those_of_the_table() {
        // π^(-1/4) = 0.751126, 1.079 for Paul of order 4, ±0.867 and -0.884 for the derivatives
        let at_zero = |mother: Mother| mother.at(0.0);
        let morlet = 0.751_125_544_464_943 * (1.0 - (-18.0_f64).exp());
        assert!((at_zero(Mother::Morlet { omega: 6.0 }).re - morlet).abs() < TO_TWELVE_DIGITS);
        let paul = 16.0 * 24.0 / (PI * 40_320.0).sqrt();
        assert!(
            (at_zero(Mother::Paul { order: 4 }) - Complex::new(paul, 0.0)).norm()
                < TO_TWELVE_DIGITS
        );
        // He_2(0) = -1, Γ(2.5) = 3 sqrt(π)/4; He_6(0) = -15, Γ(6.5)
        let ricker = 1.0 / (0.75 * PI.sqrt()).sqrt();
        assert!((at_zero(Mother::Dog { order: 2 }).re - ricker).abs() < TO_TWELVE_DIGITS);
        let sixth = 15.0 / libm::tgamma(6.5).sqrt();
        assert!((at_zero(Mother::Dog { order: 6 }).re - sixth).abs() < TO_TWELVE_DIGITS);
    }

    #[test]
    fn energies_are_one_and_means_vanish() {
        let step = 0.01;
        for mother in [
            Mother::Morlet { omega: 6.0 },
            Mother::Paul { order: 4 },
            Mother::Dog { order: 2 },
            Mother::Dog { order: 5 },
        ] {
            let values: Vec<_> = (-100_000..=100_000)
                .map(|k| mother.at(f64::from(k) * step))
                .collect();
            let energy: f64 = values.iter().map(|z| z.norm_sqr()).sum::<f64>() * step;
            let mean: Complex<f64> = values.iter().sum::<Complex<f64>>() * step;
            // Morlet's correction takes 1e-8 of the energy
            assert!((energy - 1.0).abs() < 1e-6, "{mother:?}: {energy}");
            assert!(mean.norm() < 1e-6, "{mother:?}: {mean}");
        }
    }
}
