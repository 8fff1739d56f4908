//! One number from those of all windows.

use std::collections::BTreeMap;

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
pub fn median<T: Real>(numbers: &mut Vec<T>, expectations: &mut Expectations) -> T {
    numbers.retain(|x| !num_traits::Float::is_nan(*x));
    let n = numbers.len();
    if n == 0 {
        return T::nan();
    }
    numbers.sort_unstable_by(|a, b| a.to_double().total_cmp(&b.to_double()));
    let middle = (numbers[(n - 1) / 2].to_double() + numbers[n / 2].to_double()) / 2.0;
    T::from_double(middle / expectations.of(n))
}

/// Expectations of medians relative to the mean, of numbers that are distributed as power of white noise.
///
/// Power averaged over k tapers is a sum of k exponential numbers: with one taper the series of SciPy and FINDCHIRP, with more the
/// mean of the middle one of n such sums. Even n count as the odd number below.
///
/// Source: Allen et al. (2012), Phys. Rev. D 85, 122006, appendix B; David & Nagaraja (2003), Order Statistics, eq. 3.1.1.
pub struct Expectations {
    n_tapers: usize,
    known: BTreeMap<usize, f64>,
}

impl Expectations {
    /// For power that is averaged over so many tapers.
    pub fn new(n_tapers: usize) -> Expectations {
        Expectations {
            n_tapers,
            known: BTreeMap::new(),
        }
    }

    fn of(&mut self, n: usize) -> f64 {
        let odd = n - usize::from(n.is_multiple_of(2));
        let n_tapers = self.n_tapers;
        *self.known.entry(odd).or_insert_with(|| match n_tapers {
            _ if odd == 1 => 1.0,
            1 => of_one_taper(odd),
            _ => of_several(odd, n_tapers),
        })
    }
}

fn of_one_taper(odd: usize) -> f64 {
    (1..=odd)
        .map(|k| if k % 2 == 1 { 1.0 } else { -1.0 } / k as f64)
        .sum()
}

/// Points that the integral over the ranks of the middle number takes.
const POINTS: usize = 1000;
/// Standard deviations of the middle number's rank that count.
const REACH: f64 = 10.0;

/// ∫ Q(u) (u (1 − u))^m du over the same without Q, for n = 2m + 1 numbers with the quantiles Q.
fn of_several(odd: usize, n_tapers: usize) -> f64 {
    let m = (odd / 2) as f64;
    let reach = (REACH * 0.5 / (odd as f64).sqrt()).min(0.5);
    let (mut sum, mut total) = (0.0, 0.0);
    for i in 0..POINTS {
        let u = 0.5 + reach * (2.0 * (i as f64 + 0.5) / POINTS as f64 - 1.0);
        // relative to the greatest, at a half
        let weight = libm::exp(m * libm::log(4.0 * u * (1.0 - u)));
        sum += weight * quantile(u, n_tapers);
        total += weight;
    }
    sum / (total * n_tapers as f64)
}

/// Below which sums of `k` exponential numbers lie with the probability `u`: by bisection, which no start can mislead.
fn quantile(u: f64, k: usize) -> f64 {
    let (mut low, mut high) = (0.0, k as f64 + 10.0 * (k as f64).sqrt() + 40.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if 1.0 - above(middle, k) < u {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// How probable it is that a sum of `k` exponential numbers lies above `x`: e^(−x) Σ x^j / j! for j below k.
fn above(x: f64, k: usize) -> f64 {
    let last = (k - 1) as f64;
    let mut term = libm::exp(last * libm::log(x) - x - libm::lgamma(last + 1.0));
    let mut sum = term;
    for j in (1..k).rev() {
        term *= j as f64 / x;
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_one(n: usize) -> f64 {
        Expectations::new(1).of(n)
    }

    #[test]
    fn what_is_nan_does_not_count() {
        let expectations = &mut Expectations::new(1);
        assert_eq!(median(&mut vec![2.0, f64::NAN], expectations), 2.0);
        assert!(median(&mut vec![f64::NAN], expectations).is_nan());
    }

    #[test]
    fn the_median_of_white_noise_tends_to_the_logarithm_of_two() {
        assert_eq!([1, 2, 3].map(of_one), [1.0, 1.0, 1.0 - 0.5 + 1.0 / 3.0]);
        // the series' rest is below its next term
        assert!((of_one(10_001) - std::f64::consts::LN_2).abs() < 1e-4);
        let expectations = &mut Expectations::new(1);
        assert_eq!(
            median(&mut vec![5.0, 1.0, 2.0], expectations),
            2.0 / of_one(3)
        );
        let four = &mut vec![4.0, 1.0, 2.0, 9.0];
        assert_eq!(median(four, expectations), 3.0 / of_one(4));
    }

    #[test]
    fn the_integral_for_several_tapers_is_the_series_for_one() {
        for n in [3, 5, 21, 401] {
            assert!((of_several(n, 1) - of_one(n)).abs() < 1e-4, "{n}");
        }
    }

    /// Medians of Gamma(k) distributions are tabulated: 1.678347, 2.674060, 9.668715 for k = 2, 3, 10.
    #[test]
    fn the_median_over_many_windows_tends_to_that_of_a_sum_of_exponentials() {
        for (k, of_sum) in [(2, 1.678_347), (3, 2.674_060), (10, 9.668_715)] {
            let got = Expectations::new(k).of(100_001);
            assert!((got - of_sum / k as f64).abs() < 1e-5, "{k}: {got}");
        }
    }
}
