//! Reads a result piece by piece and adds every number to its place in the picture. What is kept are the sums of a
//! picture's places, however large the result.

use std::ops::Range;

use hdf5::{Hyperslab, Selection};
use num_complex::Complex;

use super::bins::NOWHERE;
use super::source::{Source, Trial};
use super::view::{Kind, View};
use crate::error::{Hdf5Context, Result};

/// Numbers that are read at once, some megabytes.
const PIECE: usize = 1 << 19;

/// Means of what falls into each place: (group, time, frequency, channel). NaN where no number does.
pub struct Values {
    /// Groups, times, frequencies, channels.
    pub shape: [usize; 4],
    /// The means, channels fastest.
    pub means: Vec<f64>,
    /// Whether numbers that are NaN or infinite were left out of means of others.
    pub has_gaps: bool,
}

impl Values {
    /// One of them.
    pub fn at(&self, group: usize, time: usize, freq: usize, channel: usize) -> f64 {
        let [_, times, freqs, channels] = self.shape;
        self.means[((group * times + time) * freqs + freq) * channels + channel]
    }
}

/// Sums of what falls into each place.
struct Sums {
    shape: [usize; 4],
    sums: Vec<f64>,
    /// Sums of sines, of angles; their cosines are in `sums`.
    sines: Vec<f64>,
    counts: Vec<u32>,
    n_left_out: Vec<u32>,
    is_angle: bool,
}

impl Sums {
    fn of(shape: [usize; 4], is_angle: bool) -> Sums {
        let n: usize = shape.iter().product();
        Sums {
            shape,
            sums: vec![0.0; n],
            sines: vec![0.0; if is_angle { n } else { 0 }],
            counts: vec![0; n],
            n_left_out: vec![0; n],
            is_angle,
        }
    }

    #[inline]
    fn add(&mut self, place: usize, x: f64) {
        if !x.is_finite() {
            self.n_left_out[place] = self.n_left_out[place].saturating_add(1);
            return;
        }
        if self.is_angle {
            let (sine, cosine) = x.sin_cos();
            self.sums[place] += cosine;
            self.sines[place] += sine;
        } else {
            self.sums[place] += x;
        }
        self.counts[place] = self.counts[place].saturating_add(1);
    }

    fn means(self) -> Values {
        let mean = |i: usize| match (self.counts[i], self.is_angle) {
            (0, _) => f64::NAN,
            // the direction of the mean of unit vectors
            (_, true) => self.sines[i].atan2(self.sums[i]),
            (n, false) => self.sums[i] / f64::from(n),
        };
        Values {
            shape: self.shape,
            has_gaps: (0..self.counts.len()).any(|i| self.counts[i] > 0 && self.n_left_out[i] > 0),
            means: (0..self.counts.len()).map(mean).collect(),
        }
    }
}

/// Reads what the picture shows: magnitudes of complex numbers, mean directions of angles.
///
/// # Errors
/// The file cannot be read.
pub fn read(source: &Source, view: &View) -> Result<Values> {
    let mut sums = Sums::of(view.shape(), source.output == "angle");
    let freqs = span(&view.freq_places);
    let channels = span(&view.channel_places);
    let per_row = source.shape[1] * freqs.len() * channels.len();
    let rows_at_once = (PIECE / per_row).max(1);
    for (group, trials) in view.groups.iter().enumerate() {
        for trial in trials.iter().map(|&trial| &source.trials[trial]) {
            let n = trial.rows.len();
            for first in (0..n).step_by(rows_at_once) {
                let rows = first..n.min(first + rows_at_once);
                let times = time_places(source, view, trial, rows.clone())?;
                let piece = Piece {
                    group,
                    times: &times,
                    rows: trial.rows.start + rows.start..trial.rows.start + rows.end,
                };
                add_rows(source, view, &piece, (&freqs, &channels), &mut sums)?;
            }
        }
    }
    Ok(sums.means())
}

/// Neighbouring rows of one trial.
struct Piece<'a> {
    group: usize,
    /// The place of every row.
    times: &'a [u32],
    rows: Range<usize>,
}

/// From the first to behind the last that has a place.
fn span(places: &[u32]) -> Range<usize> {
    let first = places.iter().position(|&place| place != NOWHERE);
    let last = places.iter().rposition(|&place| place != NOWHERE);
    match (first, last) {
        (Some(first), Some(last)) => first..last + 1,
        _ => 0..0,
    }
}

fn time_places(
    source: &Source,
    view: &View,
    trial: &Trial,
    rows: Range<usize>,
) -> Result<Vec<u32>> {
    if !matches!(view.kind, Kind::TimeMap | Kind::Band | Kind::BandMap) {
        return Ok(vec![0; rows.len()]);
    }
    let times = source.times(trial, rows)?;
    Ok(times
        .into_iter()
        .map(|time| view.times.nearest(time))
        .collect())
}

fn add_rows(
    source: &Source,
    view: &View,
    piece: &Piece,
    (freqs, channels): (&Range<usize>, &Range<usize>),
    sums: &mut Sums,
) -> Result<()> {
    let n_channels = channels.len();
    let [_, n_times, n_freqs, n_places] = sums.shape;
    // rows of very many tapers and frequencies come in parts
    let n_tapers = source.shape[1];
    let tapers_at_once = (PIECE / n_channels).clamp(1, n_tapers);
    let freqs_at_once = (PIECE / (tapers_at_once * n_channels)).max(1);
    let parts = (0..n_tapers).step_by(tapers_at_once).flat_map(|taper| {
        let firsts = freqs.clone().step_by(freqs_at_once);
        firsts.map(move |freq| (taper, freq))
    });
    for (taper, first) in parts {
        let tapers = taper..n_tapers.min(taper + tapers_at_once);
        let part = first..freqs.end.min(first + freqs_at_once);
        let numbers = numbers(source, [&piece.rows, &tapers, &part, channels])?;
        let per_row = tapers.len() * part.len() * n_channels;
        for (row, &time) in numbers.chunks_exact(per_row).zip(piece.times) {
            for (i, spectrum) in row.chunks_exact(n_channels).enumerate() {
                let freq = view.freq_places[part.start + i % part.len()];
                if freq == NOWHERE {
                    continue;
                }
                let place = (piece.group * n_times + time as usize) * n_freqs + freq as usize;
                for (channel, &x) in channels.clone().zip(spectrum) {
                    let channel = view.channel_places[channel];
                    if channel != NOWHERE {
                        sums.add(place * n_places + channel as usize, x);
                    }
                }
            }
        }
    }
    Ok(())
}

/// The numbers of a part of the result in C order, of complex ones their magnitudes.
fn numbers(source: &Source, ranges: [&Range<usize>; 4]) -> Result<Vec<f64>> {
    let place = ranges.map(|range| range.clone().into());
    let place = Selection::from(Hyperslab::from(place.to_vec()));
    let set = &source.set;
    let numbers = if source.is_complex {
        let slab = set.read_slice::<Complex<f64>, _, ndarray::IxDyn>(place);
        slab.map(|slab| slab.iter().map(|z| z.norm()).collect())
    } else {
        let slab = set.read_slice::<f64, _, ndarray::IxDyn>(place);
        slab.map(|slab| slab.into_iter().collect())
    };
    numbers.at(&source.path, "read spectra")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_leave_out_what_is_no_number_and_say_so() {
        let mut sums = Sums::of([1, 1, 1, 3], false);
        for (place, x) in [
            (0, 1.0),
            (0, 3.0),
            (1, f64::NAN),
            (1, 5.0),
            (2, f64::INFINITY),
        ] {
            sums.add(place, x);
        }
        let values = sums.means();
        assert_eq!(values.means[..2], [2.0, 5.0]);
        assert!(values.means[2].is_nan());
        assert!(values.has_gaps);
    }

    #[test]
    fn the_mean_of_angles_is_a_direction() {
        let mut sums = Sums::of([1, 1, 1, 1], true);
        sums.add(0, 3.0);
        sums.add(0, -3.0);
        assert!((sums.means().means[0].abs() - std::f64::consts::PI).abs() < 1e-12);
    }
}
