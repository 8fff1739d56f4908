//! The geometric mean of coefficients, each with a weight: Π z_o^(w_o) with the principal branch of every power, so that its
//! magnitude is the mean of magnitudes and its phase that of principal angles.
//!
//! Source: Moca et al. (2021), Nat. Commun. 12, 337, eq. 3 and 5; complex powers as in NumPy.

use num_complex::Complex;

/// Products are brought back to the size of 1 beyond this one and below its inverse: 2²⁵⁶, so that another factor of a single or
/// of any sensible double neither overflows nor vanishes.
const LARGE: f64 = 1.157_920_892_373_162e77;

/// A product as it grows, of factors that have the same weight.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// Of squared magnitudes, without a power of [`LARGE`].
    squares: f64,
    /// That power.
    exponent: i32,
    /// Sum of the angles.
    angle: f64,
}

impl Product {
    /// Of nothing.
    pub const ONE: Product = Product {
        squares: 1.0,
        exponent: 0,
        angle: 0.0,
    };

    /// Takes one more factor; `angle` is only looked at where phases count.
    pub fn push(&mut self, square: f64, angle: f64) {
        self.squares *= square;
        self.angle += angle;
        if self.squares > LARGE {
            self.squares /= LARGE;
            self.exponent += 1;
        } else if self.squares < 1.0 / LARGE && self.squares > 0.0 {
            self.squares *= LARGE;
            self.exponent -= 1;
        }
    }

    /// The product to the power `weight`, as the logarithm of its magnitude and its angle.
    pub fn to_power(self, weight: f64) -> (f64, f64) {
        let log =
            libm::log(self.squares) + f64::from(self.exponent) * 256.0 * std::f64::consts::LN_2;
        (0.5 * weight * log, weight * self.angle)
    }
}

/// The number with this logarithm of the magnitude and this angle.
pub fn from_log(log: f64, angle: f64) -> Complex<f64> {
    let magnitude = libm::exp(log);
    Complex::new(magnitude * libm::cos(angle), magnitude * libm::sin(angle))
}

#[cfg(test)]
mod tests {
    use super::*;

    // logarithms of sums of some dozens
    const ROUND_OFF: f64 = 1e-13;

    fn mean(numbers: &[Complex<f64>]) -> Complex<f64> {
        let mut product = Product::ONE;
        for z in numbers {
            product.push(z.norm_sqr(), z.im.atan2(z.re));
        }
        let (log, angle) = product.to_power(1.0 / numbers.len() as f64);
        from_log(log, angle)
    }

    #[test]
    fn the_mean_is_the_product_of_principal_roots() {
        let numbers = [
            Complex::new(-2.0, 0.5),
            Complex::new(0.1, -3.0),
            Complex::new(-1.0, -1.0),
        ];
        let want: Complex<f64> = numbers.iter().map(|z| z.powf(1.0 / 3.0)).product();
        assert!((mean(&numbers) - want).norm() < ROUND_OFF);
    }

    #[test]
    fn many_small_or_large_numbers_have_a_mean_and_nothing_has_none() {
        for size in [1e-30, 1e30] {
            let numbers = vec![Complex::new(size, 0.0); 100];
            let got = mean(&numbers).re / size;
            // a logarithm of about 7000 is exact to 1e-12
            assert!((got - 1.0).abs() < 1e-11, "{got}");
        }
        assert_eq!(
            mean(&[Complex::new(0.0, 0.0), Complex::new(1.0, 0.0)]).norm(),
            0.0
        );
        assert!(mean(&[Complex::new(f64::NAN, 0.0)]).re.is_nan());
    }
}
