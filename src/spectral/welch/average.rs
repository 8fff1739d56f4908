//! One number from those of all windows.

use crate::spectral::Real;

/// What becomes of the windows of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Average {
    /// Their mean.
    Mean,
    /// Their median, so scaled that white noise has the level of the mean.
    Median,
}

/// The median of these numbers but NaN, divided by the median's expectation for white noise; NaN without one.
pub fn median<T: Real>(numbers: &mut Vec<T>) -> T {
    numbers.retain(|x| !num_traits::Float::is_nan(*x));
    let n = numbers.len();
    if n == 0 {
        return T::nan();
    }
    numbers.sort_unstable_by(|a, b| a.to_double().total_cmp(&b.to_double()));
    let middle = (numbers[(n - 1) / 2].to_double() + numbers[n / 2].to_double()) / 2.0;
    T::from_double(middle / expectation(n))
}

/// The median's expectation relative to the mean, of n numbers that are distributed as power of white noise.
fn expectation(n: usize) -> f64 {
    let odd = n - usize::from(n.is_multiple_of(2));
    (1..=odd)
        .map(|k| if k % 2 == 1 { 1.0 } else { -1.0 } / k as f64)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nan_does_not_count() {
        assert_eq!(median(&mut vec![2.0, f64::NAN]), 2.0);
        assert!(median(&mut vec![f64::NAN]).is_nan());
    }

    #[test]
    fn the_median_of_white_noise_tends_to_the_logarithm_of_two() {
        assert_eq!(
            [1, 2, 3].map(expectation),
            [1.0, 1.0, 1.0 - 0.5 + 1.0 / 3.0]
        );
        // the series' rest is below its next term
        assert!((expectation(10_001) - std::f64::consts::LN_2).abs() < 1e-4);
        assert_eq!(median(&mut vec![5.0, 1.0, 2.0]), 2.0 / expectation(3));
        assert_eq!(median(&mut vec![4.0, 1.0, 2.0, 9.0]), 3.0 / expectation(4));
    }
}
