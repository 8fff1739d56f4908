//! Sums of all trials, and the means they are divided into.
//!
//! Source: Fisher (1993), Statistical Analysis of Circular Data, eq. 2.9, for the mean of directions.

use super::RunningSums;
use crate::plan::Sums;
use crate::spectral::Averaging;

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
