//! What phases refer to. An FFT gives them at the first of its samples; a turn of every coefficient moves them to another time: that
//! to time t by exp(2πi f t).
//!
//! Source: Oppenheim & Schafer (2010), Discrete-Time Signal Processing, sec. 8.6.2; FieldTrip's ft_specest_mtmfft refers to time 0.

use std::f64::consts::TAU;

use num_complex::Complex;

use super::Real;
use super::frequencies::Grid;

/// What phases of FFTs refer to.
#[derive(Clone, Debug, PartialEq)]
pub enum Reference {
    /// The first sample of the trial or window, as in Syncopy.
    FirstSample,
    /// Time 0; of every trial the place of its first sample, counted from there.
    TimeZero(Vec<f64>),
    /// The sample that a window lies around, which is this one of its samples.
    Row(usize),
}

impl Reference {
    /// The words for it in results.
    pub fn words(&self) -> &'static str {
        match self {
            Reference::FirstSample => "first sample",
            Reference::TimeZero(_) => "time 0",
            Reference::Row(_) => "time of the row",
        }
    }

    /// Place of the first sample of a trial, counted from what phases refer to.
    fn first(&self, trial: usize) -> f64 {
        match self {
            Reference::FirstSample => 0.0,
            Reference::TimeZero(offsets) => offsets[trial],
            Reference::Row(place) => -(*place as f64),
        }
    }
}

/// The turns of the coefficients of one trial, kept for the next one that needs the same.
#[derive(Clone, Debug, Default)]
pub struct Turns<T> {
    /// Place of the first sample that they are for; where there is none, coefficients are not turned.
    first: f64,
    /// By frequency, in the order of the result.
    each: Vec<[T; 2]>,
}

impl<T: Real> Turns<T> {
    /// Those of a trial.
    pub fn of(mut self, reference: &Reference, grid: &Grid, trial: usize) -> Turns<T> {
        let first = reference.first(trial);
        if first == 0.0 {
            self.each.clear();
        } else if first != self.first || self.each.is_empty() {
            let turn = |bin: usize| turn(bin, first, grid.n_fft()).map(T::from_double);
            self.each.clear();
            self.each.extend(grid.bins().into_iter().map(turn));
        }
        self.first = first;
        self
    }

    /// The turn of the coefficient at the i-th frequency, if there is one.
    #[inline(always)]
    pub fn at(&self, i: usize) -> Option<[T; 2]> {
        let turn = self.each.get(i).copied();
        // also keeps what is infinite from becoming NaN
        turn.filter(|turn| *turn != [T::one(), T::zero()])
    }

    /// A coefficient at the i-th frequency, turned.
    pub fn turn(&self, i: usize, z: Complex<T>) -> Complex<T> {
        match self.at(i) {
            Some([re, im]) => z * Complex::new(re, im),
            None => z,
        }
    }
}

/// exp(−2πi k t / n) for a bin k of n points and a first sample t from the reference: exact at quarters of a turn, so that zero and
/// half the sample rate stay real.
fn turn(bin: usize, first: f64, n_fft: usize) -> [f64; 2] {
    let whole = first.round();
    // of many turns little would be left after the point
    let whole_part = (whole % n_fft as f64) as i128 * bin as i128;
    let whole_turns = whole_part.rem_euclid(n_fft as i128) as f64 / n_fft as f64;
    let turns = whole_turns + bin as f64 * (first - whole) / n_fft as f64;
    let [cos, sin] = cos_sin(turns);
    [cos, -sin]
}

/// Cosine and sine of so many turns.
fn cos_sin(turns: f64) -> [f64; 2] {
    let quarters = (4.0 * turns).round();
    let angle = TAU * (turns - quarters / 4.0);
    let (cos, sin) = (libm::cos(angle), libm::sin(angle));
    match quarters.rem_euclid(4.0) as u8 {
        0 => [cos, sin],
        1 => [-sin, cos],
        2 => [-cos, -sin],
        _ => [sin, -cos],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_moves_the_phase_of_a_sine_to_the_reference() {
        for (bin, first, n) in [
            (3, -13.0, 100),
            (50, -27.0, 100),
            (7, 1e12 + 0.5, 64),
            (2, 0.5, 8),
        ] {
            let [re, im] = turn(bin, first, n);
            let turns = -(bin as f64) * (first % n as f64) / n as f64;
            let want = [libm::cos(TAU * turns), libm::sin(TAU * turns)];
            assert!(
                (re - want[0]).abs() < 1e-9 && (im - want[1]).abs() < 1e-9,
                "{bin} {first}"
            );
        }
    }

    #[test]
    fn zero_and_half_the_sample_rate_stay_real() {
        for first in [-120.0, -7.0, 3.0, 1e15] {
            assert_eq!(turn(0, first, 240), [1.0, 0.0]);
            let [re, im] = turn(120, first, 240);
            assert_eq!((re.abs(), im.abs()), (1.0, 0.0));
        }
    }
}
