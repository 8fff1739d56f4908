//! How trials are added up and divided: each number at its row of the average, with a count of the trials that have it.
//!
//! A trial has no number where the average has a time that it does not cover, or that is too near to its ends, and where samples are
//! NaN. Directions are added as unit vectors.
//!
//! Source: Fisher (1993), Statistical Analysis of Circular Data, eq. 2.9, for the mean of directions.

use crate::plan::Sums;
use crate::spectral::{Averaging, Nan, Real};

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

/// The means of one number of all channels from its sums, `(part, channel)`, as they are stored: complex ones as pairs.
fn mean(sums: &[f64], counts: &[u32], averaging: &Averaging, means: &mut [f64]) {
    let n_channels = counts.len();
    let is_enough = |n: u32| n >= averaging.min_trials.max(1);
    if sums.len() == n_channels {
        for (mean, (sum, &n)) in means.iter_mut().zip(sums.iter().zip(counts)) {
            *mean = if is_enough(n) {
                sum / f64::from(n)
            } else {
                f64::NAN
            };
        }
        return;
    }
    let (first, second) = sums.split_at(n_channels);
    let parts = first.iter().zip(second).zip(counts);
    for (means, ((x, y), &n)) in means.chunks_exact_mut(means.len() / n_channels).zip(parts) {
        match (is_enough(n), averaging.of_directions) {
            (false, _) => means.fill(f64::NAN),
            (true, true) => means[0] = libm::atan2(*y, *x),
            (true, false) => means.copy_from_slice(&[x, y].map(|sum| sum / f64::from(n))),
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

/// Sums of all groups of one block of channels.
pub struct Totals<'a> {
    sums: &'a Sums,
    n_channels: usize,
    /// `(row, number, channel)`
    numbers: Vec<f64>,
    /// `(row, count, channel)`
    counts: Vec<u32>,
}

impl<'a> Totals<'a> {
    /// Zeros, in the memory of sums that are done with.
    pub fn new(sums: &'a Sums, n_channels: usize, room: Option<RunningSums>) -> Totals<'a> {
        let (mut numbers, mut counts) =
            room.map_or_else(Default::default, |room| (room.places, room.counts));
        let n = sums.n_rows * n_channels;
        numbers.clear();
        // not the first group's sums: then -0 would stay -0 with one group only
        numbers.resize(n * sums.n_numbers(), 0.0);
        counts.clear();
        counts.resize(n * sums.n_counts, 0);
        Totals {
            sums,
            n_channels,
            numbers,
            counts,
        }
    }

    /// Adds places of a row of a group, from this place on.
    pub fn add(&mut self, row: usize, first_place: usize, places: &[f64]) {
        let n_channels = self.n_channels;
        let n_numbers = self.sums.n_numbers();
        let per_place = self.sums.counts_per_place;
        for (place, words) in (first_place..).zip(places.chunks_exact(n_channels)) {
            if let Some(first) = place.checked_sub(n_numbers) {
                let first = first * per_place;
                for number in first..self.sums.n_counts.min(first + per_place) {
                    let at = (row * self.sums.n_counts + number) * n_channels;
                    let counts = self.counts[at..at + n_channels].iter_mut();
                    counts
                        .zip(words)
                        .for_each(|(n, word)| *n += self.sums.unpack(*word, number));
                }
            } else {
                let at = (row * n_numbers + place) * n_channels;
                let sums = self.numbers[at..at + n_channels].iter_mut();
                sums.zip(words).for_each(|(sum, word)| *sum += *word);
            }
        }
    }

    /// The means, `(rows, tapers, freqs, channels)` with complex numbers as pairs, and how many trials each is the mean of, `(rows,
    /// freqs, channels)`. `finish` gets every row of means.
    pub fn means(
        self,
        averaging: &Averaging,
        mut finish: impl FnMut(&mut [f64]),
    ) -> (Vec<f64>, Vec<u32>) {
        let Totals {
            sums,
            n_channels,
            mut numbers,
            counts,
        } = self;
        let [n_tapers, n_freqs, n_parts] = sums.shape;
        let per_row = sums.n_numbers() * n_channels;
        let n_stored = if averaging.of_directions { 1 } else { n_parts };
        let row_of_means = n_tapers * n_freqs * n_stored * n_channels;
        let mut of_number = vec![0.0; n_parts * n_channels];
        let mut n = Vec::with_capacity(sums.n_rows * n_freqs * n_channels);
        for row in 0..sums.n_rows {
            let counts = &counts[row * sums.n_counts * n_channels..][..sums.n_counts * n_channels];
            let of_freq = |freq: usize| {
                let number = if averaging.by_frequency { freq } else { 0 };
                &counts[number * n_channels..][..n_channels]
            };
            (0..n_freqs).for_each(|freq| n.extend_from_slice(of_freq(freq)));
            for number in 0..n_tapers * n_freqs {
                let from = row * per_row + number * of_number.len();
                of_number.copy_from_slice(&numbers[from..from + n_parts * n_channels]);
                // in place: means take no more room than sums
                let to = row * row_of_means + number * n_stored * n_channels;
                let means = &mut numbers[to..to + n_stored * n_channels];
                mean(&of_number, of_freq(number % n_freqs), averaging, means);
            }
            finish(&mut numbers[row * row_of_means..][..row_of_means]);
        }
        numbers.truncate(sums.n_rows * row_of_means);
        (numbers, n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    fn adder(shape: [usize; 3], n_rows: usize, averaging: Averaging) -> Adder {
        let n_counts = if averaging.by_frequency { shape[1] } else { 1 };
        Adder {
            sums: Sums {
                n_rows,
                shape,
                n_counts,
                counts_per_place: 4,
            },
            averaging,
        }
    }

    fn omitting() -> Averaging {
        Averaging {
            nan: Nan::Omit,
            min_trials: 1,
            of_directions: false,
            by_frequency: false,
        }
    }

    /// Means and numbers of trials of blocks that begin at these rows, each a group for itself, or all in one.
    fn average(
        adder: &Adder,
        n_channels: usize,
        trials: &[(usize, &[f64])],
    ) -> (Vec<f64>, Vec<u32>) {
        let per_row = adder.sums.n_numbers() / adder.sums.shape[2] * n_channels;
        let per_row = per_row
            * if adder.averaging.of_directions {
                1
            } else {
                adder.sums.shape[2]
            };
        let has_number = |_: usize, _: usize| true;
        let of = |group_size: usize| {
            let mut total = Totals::new(&adder.sums, n_channels, None);
            // memory is used again and again
            let mut sums = RunningSums::new(&adder.sums, n_channels);
            for group in trials.chunks(group_size) {
                for (first_row, block) in group {
                    let of_trial = OfTrial {
                        first_row: *first_row,
                        n_rows: block.len() / per_row,
                        has_number: &has_number,
                    };
                    adder.add(block, &of_trial, &mut sums);
                }
                let n_places = adder.sums.n_places();
                let packed = sums.packed(&adder.sums);
                for (row, places) in packed.chunks_exact(n_places * n_channels).enumerate() {
                    // in two pieces
                    let (front, rest) = places.split_at(n_channels);
                    total.add(row, 0, front);
                    total.add(row, 1, rest);
                }
            }
            total.means(&adder.averaging, |_| {})
        };
        let (means, n) = of(1);
        let (same, same_n) = of(trials.len());
        let bits = |means: &[f64]| means.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        // few trials of small whole numbers: sums are exact
        assert_eq!((bits(&means), &n), (bits(&same), &same_n));
        (means, n)
    }

    #[test]
    fn trials_are_averaged_where_they_are() {
        let adder = adder([1, 1, 1], 4, omitting());
        let (means, n) = average(&adder, 1, &[(0, &[1.0, 2.0, 3.0]), (1, &[4.0, 5.0, 6.0])]);
        assert_eq!(means, [1.0, 3.0, 4.0, 6.0]);
        assert_eq!(n, [1, 2, 2, 1]);
    }

    #[test]
    fn a_channel_that_is_nan_in_one_trial_is_the_mean_of_the_others() {
        // two frequencies and two channels
        let trials: [(usize, &[f64]); 2] = [(0, &[1.0, NAN, 2.0, NAN]), (0, &[3.0, 5.0, 4.0, 6.0])];
        let of = |averaging| average(&adder([1, 2, 1], 1, averaging), 2, &trials);
        assert_eq!(of(omitting()), (vec![2.0, 5.0, 3.0, 6.0], vec![2, 1, 2, 1]));
        let (means, n) = of(Averaging {
            min_trials: 2,
            ..omitting()
        });
        assert!(means[1].is_nan() && means[3].is_nan() && means[0] == 2.0);
        assert_eq!(n, [2, 1, 2, 1]);
        let (means, n) = of(Averaging {
            nan: Nan::Propagate,
            ..omitting()
        });
        assert!(means[1].is_nan() && means[3].is_nan() && means[2] == 3.0);
        assert_eq!(n, [2, 2, 2, 2]);
    }

    #[test]
    fn a_trial_may_lack_some_frequencies_and_its_ends_propagate_nothing() {
        let averaging = Averaging {
            by_frequency: true,
            ..omitting()
        };
        let trials: [(usize, &[f64]); 2] = [(0, &[NAN, 2.0]), (0, &[3.0, 4.0])];
        let adder = adder([1, 2, 1], 1, averaging);
        assert_eq!(average(&adder, 1, &trials), (vec![3.0, 3.0], vec![1, 2]));
        let propagating = Adder {
            averaging: Averaging {
                nan: Nan::Propagate,
                ..adder.averaging.clone()
            },
            sums: adder.sums.clone(),
        };
        let mut sums = RunningSums::new(&propagating.sums, 1);
        for (first_row, block) in trials {
            let of_trial = OfTrial {
                first_row,
                n_rows: 1,
                // the first frequency reaches beyond the trial
                has_number: &|_, freq| freq > 0,
            };
            propagating.add(block, &of_trial, &mut sums);
        }
        let mut total = Totals::new(&propagating.sums, 1, None);
        total.add(0, 0, sums.packed(&propagating.sums));
        assert_eq!(
            total.means(&propagating.averaging, |_| {}),
            (vec![3.0, 3.0], vec![1, 2])
        );
    }

    #[test]
    fn complex_numbers_keep_both_parts_and_angles_are_directions() {
        let complex = adder([1, 1, 2], 1, omitting());
        let trials: [(usize, &[f64]); 3] = [
            (0, &[1.0, 2.0, 5.0, 6.0]),
            (0, &[3.0, 4.0, 7.0, 8.0]),
            (0, &[NAN, NAN, 0.0, 1.0]),
        ];
        let (means, n) = average(&complex, 2, &trials);
        assert_eq!((means, n), (vec![2.0, 3.0, 4.0, 5.0], vec![2, 3]));

        let directions = Averaging {
            of_directions: true,
            ..omitting()
        };
        let directions = adder([1, 1, 2], 1, directions);
        let mut sums = RunningSums::new(&directions.sums, 1);
        for angle in [3.0, -3.0] {
            let of_trial = OfTrial {
                first_row: 0,
                n_rows: 1,
                has_number: &|_, _| true,
            };
            directions.add(&[angle], &of_trial, &mut sums);
        }
        let mut total = Totals::new(&directions.sums, 1, None);
        total.add(0, 0, sums.packed(&directions.sums));
        let (means, n) = total.means(&directions.averaging, |_| {});
        assert!((means[0].abs() - std::f64::consts::PI).abs() < 1e-12);
        assert_eq!((means.len(), n), (1, vec![2]));
    }

    #[test]
    fn times_that_no_trial_has_are_nan() {
        let adder = adder([1, 1, 1], 3, omitting());
        let (means, n) = average(&adder, 1, &[(0, &[1.0]), (2, &[3.0])]);
        assert!(means[0] == 1.0 && means[1].is_nan() && means[2] == 3.0);
        assert_eq!(n, [1, 0, 1]);
    }
}
