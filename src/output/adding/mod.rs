//! How trials are added up: each number at its row of the average, with a count of the trials that have it.
//!
//! A trial has no number where the average has a time that it does not cover, or that is too near to its ends, and where samples are
//! NaN. Directions are added as unit vectors.

use crate::plan::Sums;
use crate::spectral::{Averaging, Nan, Real};

#[cfg(test)]
mod tests;
mod totals;

pub use totals::Totals;

/// Adds trials to sums.
pub struct Adder {
    pub sums: Sums,
    pub averaging: Averaging,
}

/// Where a trial goes, and where it has numbers.
pub struct OfTrial<'a> {
    /// The row of the average that its first row goes to.
    pub first_row: usize,
    pub n_rows: usize,
    /// Whether the method gives a number at this row and frequency where samples are finite.
    pub has_number: &'a dyn Fn(usize, usize) -> bool,
}

/// Sums of a group of trials and their counts: `(row, place, channel)` and `(row, count, channel)`.
pub struct RunningSums {
    places: Vec<f64>,
    counts: Vec<u32>,
    n_channels: usize,
    /// Whether a trial was added since they were zero.
    is_begun: bool,
}

impl RunningSums {
    /// Room for sums of so many channels.
    pub fn new(sums: &Sums, n_channels: usize) -> RunningSums {
        let n = sums.n_rows * n_channels;
        RunningSums {
            places: vec![0.0; n * sums.n_places()],
            counts: vec![0; n * sums.n_counts],
            n_channels,
            is_begun: false,
        }
    }

    /// How many channels they are of.
    pub fn n_channels(&self) -> usize {
        self.n_channels
    }

    /// Everything in one row of places; what is added next begins anew.
    pub fn packed(&mut self, sums: &Sums) -> &[f64] {
        self.is_begun = false;
        let n_channels = self.n_channels;
        let (n_numbers, per_row) = (sums.n_numbers(), sums.n_places() * n_channels);
        let counts = self.counts.chunks_exact(sums.n_counts * n_channels);
        for (row, counts) in self.places.chunks_exact_mut(per_row).zip(counts) {
            let (_, packed) = row.split_at_mut(n_numbers * n_channels);
            for channel in 0..n_channels {
                let of_channel = counts[channel..].iter().step_by(n_channels).copied();
                let places = packed[channel..].iter_mut().step_by(n_channels);
                places
                    .zip(sums.pack(of_channel))
                    .for_each(|(place, word)| *place = word);
            }
        }
        &self.places
    }
}

impl Adder {
    /// Adds the block of a trial, `(rows, tapers, freqs, channels)` with complex numbers as pairs.
    pub fn add<T: Real>(&self, block: &[T], of_trial: &OfTrial, to: &mut RunningSums) {
        if !to.is_begun {
            to.places.fill(0.0);
            to.counts.fill(0);
            to.is_begun = true;
        }
        let n_channels = to.n_channels;
        let per_row = (block.len() / of_trial.n_rows.max(1)).max(1);
        let places = to
            .places
            .chunks_exact_mut(self.sums.n_places() * n_channels);
        let counts = to.counts.chunks_exact_mut(self.sums.n_counts * n_channels);
        let rows = places.zip(counts).skip(of_trial.first_row);
        // numbers that are there together or not at all: those of a frequency, or of all
        let n_lines = self.sums.n_counts;
        for (row, (numbers, (places, counts))) in block.chunks_exact(per_row).zip(rows).enumerate()
        {
            let places = &mut places[..self.sums.n_numbers() * n_channels];
            if !has_nan(numbers) {
                self.add_all(numbers, places, n_channels);
                counts.iter_mut().for_each(|n| *n += 1);
                continue;
            }
            if counts.len() == numbers.len() && self.averaging.nan == Nan::Omit {
                add_those_there(numbers, places, counts);
                continue;
            }
            let numbers = numbers.chunks_exact(per_row / n_lines);
            let places = places.chunks_exact_mut(self.sums.n_numbers() / n_lines * n_channels);
            let counts = counts.chunks_exact_mut(n_channels);
            for (line, (numbers, (places, counts))) in numbers.zip(places.zip(counts)).enumerate() {
                let has_number = || (of_trial.has_number)(row, line);
                self.add_line(numbers, has_number, places, counts);
            }
        }
    }

    /// Adds numbers of all channels that are there together, `(numbers, channels)`, to their places and to one count.
    fn add_line<T: Real>(
        &self,
        numbers: &[T],
        has_number: impl Fn() -> bool,
        places: &mut [f64],
        counts: &mut [u32],
    ) {
        if !has_nan(numbers) {
            self.add_all(numbers, places, counts.len());
            counts.iter_mut().for_each(|n| *n += 1);
            return;
        }
        let is_wanted = self.averaging.nan == Nan::Propagate && has_number();
        if is_wanted || !numbers.iter().all(|x| x.is_nan()) {
            self.add_some(numbers, is_wanted, places, counts);
        }
    }

    /// The same where all channels are there.
    fn add_all<T: Real>(&self, numbers: &[T], places: &mut [f64], n_channels: usize) {
        let [_, _, n_parts] = self.sums.shape;
        if n_parts == 1 {
            let places = places.iter_mut().zip(numbers);
            places.for_each(|(sum, x)| *sum += x.to_double());
            return;
        }
        let per_number = n_channels * n_parts;
        let stored = numbers.chunks_exact(numbers.len() * per_number / places.len());
        for (places, stored) in places.chunks_exact_mut(per_number).zip(stored) {
            let (first, second) = places.split_at_mut(n_channels);
            for (channel, (a, b)) in first.iter_mut().zip(second).enumerate() {
                let [x, y] = self.parts(stored, channel);
                *a += x;
                *b += y;
            }
        }
    }

    /// The two parts of a channel's number: of a complex one both, of a direction those of its unit vector.
    fn parts<T: Real>(&self, stored: &[T], channel: usize) -> [f64; 2] {
        if self.averaging.of_directions {
            let angle = stored[channel].to_double();
            return [libm::cos(angle), libm::sin(angle)];
        }
        [stored[2 * channel], stored[2 * channel + 1]].map(T::to_double)
    }

    /// The same channel by channel: those that are not NaN as a whole, or all that are wanted.
    fn add_some<T: Real>(
        &self,
        numbers: &[T],
        is_wanted: bool,
        places: &mut [f64],
        counts: &mut [u32],
    ) {
        let [_, _, n_parts] = self.sums.shape;
        let per_number = n_parts * counts.len();
        let n_stored = numbers.len() * per_number / places.len();
        let step = n_stored / counts.len();
        for (channel, count) in counts.iter_mut().enumerate() {
            let first = |stored: &[T]| stored[channel * step];
            let mut stored = numbers.chunks_exact(n_stored);
            if !is_wanted && stored.all(|stored| first(stored).is_nan()) {
                continue;
            }
            *count += 1;
            let stored = numbers.chunks_exact(n_stored);
            for (places, stored) in places.chunks_exact_mut(per_number).zip(stored) {
                if n_parts == 1 {
                    places[channel] += stored[channel].to_double();
                } else {
                    let [x, y] = self.parts(stored, channel);
                    places[channel] += x;
                    places[channel + per_number / 2] += y;
                }
            }
        }
    }
}

/// Adds real numbers each of which has a count of its own, where they are not NaN; without a branch for each.
fn add_those_there<T: Real>(numbers: &[T], places: &mut [f64], counts: &mut [u32]) {
    for (x, (place, count)) in numbers.iter().zip(places.iter_mut().zip(counts)) {
        let is_there = !x.is_nan();
        // sums begin with 0, so that they are never -0
        *place += if is_there { x.to_double() } else { 0.0 };
        *count += u32::from(is_there);
    }
}

/// Without a branch for each number.
fn has_nan<T: Real>(numbers: &[T]) -> bool {
    numbers.iter().fold(false, |has, x| has | x.is_nan())
}
