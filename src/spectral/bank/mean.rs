//! The geometric mean of coefficients, each with a weight: Π z_o^(w_o) with the principal branch of every power, so that its
//! magnitude is the mean of magnitudes and its phase that of principal angles.
//!
//! Squared magnitudes are multiplied, with the exponent kept apart, and one power is taken of the product. What is here is branchless, so that a compiler makes
//! vectors of it, and consists of operations that round once: the same bits in every vector.
//!
//! Source: Moca et al. (2021), Nat. Commun. 12, 337, eq. 3 and 5; the logarithm's series as in Abramowitz & Stegun, 4.1.27.

use std::f64::consts::{LN_2, LOG2_E, SQRT_2};

use pulp::Simd;

use crate::spectral::lanes::Vectors;

/// Stands for the exponent of zero and of infinity, beside which those of a thousand factors are small.
const FAR: i32 = 1 << 21;
/// Beyond all sums of exponents without these.
const ALMOST_FAR: i32 = 1 << 20;

/// Products of doubles are brought back to the size of 1 beyond 2²⁵⁶ and below its inverse, so that another factor of any sensible
/// double neither overflows nor vanishes.
const LARGE: f64 = 1.157_920_892_373_162e77;
const SMALL: f64 = 1.0 / LARGE;
const LOG2_LARGE: i32 = 256;

/// 1.5 · 2⁵²: sums with it have no digits after the point, and a whole number is in their last bits.
const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// Numbers whose products are kept apart from their exponents.
pub trait Factor: Vectors {
    /// Moves the exponents of `products`, which are not negative, to `sums`, which begin at zero.
    fn fold<S: Simd>(
        simd: S,
        products: Self::Vector<S>,
        sums: Self::Vector<S>,
    ) -> [Self::Vector<S>; 2];

    /// The exponent in a lane of sums, to which so many products were folded.
    fn exponent(sum: Self, n_products: i32) -> i32;
}

impl Factor for f32 {
    /// The exponents are counted as integers, with their bias. Numbers below normal ones are zero.
    #[inline(always)]
    fn fold<S: Simd>(simd: S, products: S::f32s, sums: S::f32s) -> [S::f32s; 2] {
        const MANTISSA: u32 = f32::MANTISSA_DIGITS - 1;
        let bits = simd.transmute_u32s_f32s(products);
        let exponents = simd.wrapping_dyn_shr_u32s(bits, simd.splat_u32s(MANTISSA));
        let are_zero = simd.less_than_f32s(products, simd.splat_f32s(f32::MIN_POSITIVE));
        let exponents = simd.select_u32s(are_zero, simd.splat_u32s(FAR as u32), exponents);
        let mantissas = simd.and_u32s(bits, simd.splat_u32s((1 << MANTISSA) - 1));
        let mantissas = simd.or_u32s(mantissas, simd.splat_u32s(f32::to_bits(1.0)));
        let sums = simd.add_u32s(simd.transmute_u32s_f32s(sums), exponents);
        [mantissas, sums].map(|bits| simd.transmute_f32s_u32s(bits))
    }

    #[inline(always)]
    fn exponent(sum: f32, n_products: i32) -> i32 {
        let sum = sum.to_bits() as i32;
        let exponent = sum - n_products * (f32::MAX_EXP - 1);
        if sum >= FAR { -FAR } else { exponent }
    }
}

impl Factor for f64 {
    /// How often [`LARGE`] was taken out is counted as a number.
    #[inline(always)]
    fn fold<S: Simd>(simd: S, products: S::f64s, sums: S::f64s) -> [S::f64s; 2] {
        let [large, small, one] = [LARGE, SMALL, 1.0].map(|x| simd.splat_f64s(x));
        let [zero, minus_one] = [0.0, -1.0].map(|x| simd.splat_f64s(x));
        let are_large = simd.less_than_f64s(large, products);
        let are_small = simd.less_than_f64s(products, small);
        let factors = simd.select_f64s(are_large, small, one);
        let factors = simd.select_f64s(are_small, large, factors);
        let counts = simd.select_f64s(are_large, one, zero);
        let counts = simd.select_f64s(are_small, minus_one, counts);
        [
            simd.mul_f64s(products, factors),
            simd.add_f64s(sums, counts),
        ]
    }

    #[inline(always)]
    fn exponent(sum: f64, _n_products: i32) -> i32 {
        LOG2_LARGE * (sum + ROUNDING).to_bits() as i32
    }
}

/// The mantissa from 1 to 2 and the exponent of a number that is not negative; numbers below normal ones count as zero.
#[inline(always)]
pub fn parts(number: f64) -> Product {
    const MANTISSA: u32 = f64::MANTISSA_DIGITS - 1;
    const BIAS: i32 = f64::MAX_EXP - 1;
    let bits = number.to_bits();
    let exponent = (bits >> MANTISSA) as i32 - BIAS;
    let exponent = if exponent == -BIAS { -FAR } else { exponent };
    let exponent = if exponent > BIAS { FAR } else { exponent };
    let mantissa = bits & ((1 << MANTISSA) - 1) | f64::to_bits(1.0);
    (f64::from_bits(mantissa), exponent)
}

/// A product, taken apart.
pub type Product = (f64, i32);

/// The whole part of the logarithm to base 2 and the rest, from −½ to ½, which errs by less than 3·10⁻¹⁶.
#[inline(always)]
fn log2((mantissa, exponent): Product) -> [f64; 2] {
    let is_large = mantissa > SQRT_2;
    let mantissa = mantissa * if is_large { 0.5 } else { 1.0 };
    // ln m = 2 (x + x³/3 + x⁵/5 …), x² at most 0.03: 0.03¹²/25 is below 10⁻¹⁹
    let x = (mantissa - 1.0) / (mantissa + 1.0);
    let square = x * x;
    let mut sum = 1.0 / 23.0;
    for k in (0..11).rev() {
        sum = f64::mul_add(sum, square, 1.0 / f64::from(2 * k + 1));
    }
    let whole = f64::from(exponent + i32::from(is_large));
    [whole, x * sum * (2.0 * LOG2_E)]
}

/// 2^`exponent` Π p^w over products and weights, with a relative error of 10⁻¹⁵ where the logarithm is of the size of 1, and else
/// of as many roundings of it; zero where one of the products is.
#[inline(always)]
pub fn mean<const N: usize>(products: [Product; N], weights: [f64; N], exponent: i32) -> f64 {
    let logs = products.map(log2);
    let mut log = 0.0;
    for ([whole, rest], weight) in logs.iter().zip(weights) {
        log = f64::mul_add(whole + rest, weight, log);
    }
    let shifted = log + ROUNDING;
    // what is left of the logarithm, the large parts first
    let mut x = ROUNDING - shifted;
    for ([whole, _], weight) in logs.iter().zip(weights) {
        x = f64::mul_add(*whole, weight, x);
    }
    for ([_, rest], weight) in logs.iter().zip(weights) {
        x = f64::mul_add(*rest, weight, x);
    }
    let mut sum = EXP2[0];
    for term in &EXP2[1..] {
        sum = f64::mul_add(sum, x, *term);
    }
    let exponent = (shifted.to_bits() as i32).wrapping_add(exponent);
    let exponent = exponent.clamp(-2044, 2046);
    // in two steps: numbers near the ends of the range have powers of two beyond it
    let first = exponent >> 1;
    let mut mean = sum * power_of_two(first) * power_of_two(exponent - first);
    for (_, exponent) in products {
        mean = if exponent > ALMOST_FAR {
            f64::INFINITY
        } else {
            mean
        };
    }
    for (_, exponent) in products {
        mean = if exponent < -ALMOST_FAR { 0.0 } else { mean };
    }
    mean
}

/// Terms of 2^x = Σ (x ln 2)^k / k!, the last one first; for |x| up to ½ the next one is below 10⁻¹⁷.
const EXP2: [f64; 14] = {
    let mut terms = [1.0; 14];
    let mut k = 1;
    while k < 14 {
        terms[13 - k] = terms[14 - k] * LN_2 / k as f64;
        k += 1;
    }
    terms
};

/// 2^k of a normal number.
#[inline(always)]
pub fn power_of_two(k: i32) -> f64 {
    f64::from_bits(((f64::MAX_EXP - 1 + k) as u64) << (f64::MANTISSA_DIGITS - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Roundings of exponents of the size of 1.
    const ROUND_OFF: f64 = 1e-15;

    fn of_all(numbers: impl IntoIterator<Item = f64>) -> f64 {
        let mut n = 0.0;
        let mut product = (1.0, 0);
        for number in numbers {
            n += 1.0;
            let (mantissa, exponent) = parts(product.0 * number);
            product = (mantissa, product.1 + exponent);
        }
        mean([product], [1.0 / n], 0)
    }

    #[test]
    fn roots_are_as_precise_as_doubles() {
        for i in 1..20_000 {
            let x = f64::from(i) * 0.000_37;
            for (w, want) in [(1.0, x), (0.5, x.sqrt()), (1.0 / 3.0, x.cbrt())] {
                let got = mean([parts(x)], [w], 3) / 8.0;
                assert!(
                    (got / want - 1.0).abs() < 2.0 * ROUND_OFF,
                    "{x}^{w}: {got}, want {want}"
                );
            }
        }
    }

    #[test]
    fn powers_with_two_weights_are_those_of_the_library() {
        for i in 1..500 {
            for j in 1..50 {
                let (x, y) = (f64::from(i) * 0.13, 1.0 / f64::from(j));
                let weights = [0.4, 0.17];
                let got = mean([parts(x), parts(y)], weights, 0);
                let want = libm::pow(x, weights[0]) * libm::pow(y, weights[1]);
                assert!((got / want - 1.0).abs() < 3.0 * ROUND_OFF, "{x}, {y}");
            }
        }
    }

    #[test]
    fn many_small_or_large_numbers_have_a_mean_and_nothing_has_none() {
        for size in [1e-60, 1e-300, 1e60, 1e150] {
            let got = of_all([size; 100]) / size;
            // a logarithm of up to 100,000 is exact to 1e-11, its hundredth to 1e-13
            assert!((got - 1.0).abs() < 3e-13, "{got}");
        }
        assert_eq!(of_all([0.0, 1.0]), 0.0);
        assert_eq!(of_all((0..1000).map(|_| 0.0)), 0.0);
        assert_eq!(mean([(1.0, 0), parts(0.0)], [0.5, 0.5], 0), 0.0);
        assert_eq!(of_all([f64::INFINITY, 1.0]), f64::INFINITY);
        // numbers next to the ends of the range come back
        for x in [f64::MIN_POSITIVE, f64::MAX] {
            let got = mean([parts(x)], [1.0], 0);
            assert!((got / x - 1.0).abs() < 1e-12, "{got}");
        }
    }

    #[test]
    fn products_are_the_same_with_their_exponents_apart() {
        let scalar = pulp::Scalar;
        for size in [1e-30_f32, 1e-3, 1.0, 1e18] {
            let (mut number, mut sum) = (1.0_f32, 0.0_f32);
            let mut want = 0.0;
            for k in 1..=1000 {
                let factor = size * (1.0 + (k as f32).sin() * 0.5);
                [number, sum] = f32::fold(scalar, number * factor, sum);
                want += libm::log2(f64::from(factor));
            }
            let got = libm::log2(f64::from(number)) + f64::from(f32::exponent(sum, 1000));
            // a thousand roundings of single precision
            assert!((got - want).abs() < 1e-4, "{got}, want {want}");
            [_, sum] = f32::fold(scalar, 0.0, sum);
            assert_eq!(f32::exponent(sum, 1001), -FAR);
        }
        for size in [1e-70_f64, 1e-3, 1.0, 1e70] {
            let (mut number, mut sum) = (1.0_f64, 0.0_f64);
            let mut want = 0.0;
            for k in 1..=1000 {
                let factor = size * (1.0 + f64::from(k).sin() * 0.5);
                [number, sum] = f64::fold(scalar, number * factor, sum);
                want += libm::log2(factor);
            }
            let got = libm::log2(number) + f64::from(f64::exponent(sum, 1000));
            assert!((got - want).abs() < 1e-9, "{got}, want {want}");
        }
    }
}
