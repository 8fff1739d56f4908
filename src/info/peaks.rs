//! Where the spectra of a result have their peaks: found in some of its rows, of which those without numbers do not count.

use std::collections::BTreeSet;

use hdf5::{Dataset, Hyperslab, Selection};
use num_complex::Complex;

use super::{MAX_READ, PIECE};

/// Rows that the peaks are taken over, at most.
const MAX_ROWS: usize = 100;

/// The frequency above 0 with the largest mean magnitude of every channel, over rows from all of the result; of at most
/// [`super::MAX_SPECTRUM`] frequencies × channels.
///
/// # Errors
/// HDF5's.
pub fn peaks(set: &Dataset, shape: &[usize], freq: &[f64]) -> hdf5::Result<Vec<Option<f64>>> {
    let (n_freqs, n_channels) = (shape[2], shape[3]);
    if n_freqs == 0 || n_channels == 0 {
        return Ok(vec![None; n_channels]);
    }
    let most_spectra = MAX_READ / (n_freqs * n_channels);
    let rows = spread(
        shape[0],
        MAX_ROWS.min(most_spectra.div_ceil(shape[1].max(1))),
    );
    let spectra = rows
        .into_iter()
        .flat_map(|row| (0..shape[1]).map(move |taper| (row, taper)))
        .take(most_spectra);
    let freqs_at_once = (PIECE / n_channels).max(1);
    let is_complex = matches!(
        set.dtype()?.to_descriptor()?,
        hdf5::types::TypeDescriptor::Compound(_)
    );
    let mut means = vec![Mean::default(); n_freqs * n_channels];
    for (row, taper) in spectra {
        for (piece, means) in means.chunks_mut(freqs_at_once * n_channels).enumerate() {
            let first = piece * freqs_at_once;
            let place = vec![
                (row..row + 1).into(),
                (taper..taper + 1).into(),
                (first..first + means.len() / n_channels).into(),
                (..).into(),
            ];
            let place = Selection::from(Hyperslab::from(place));
            if is_complex {
                let slab = set.read_slice::<Complex<f64>, _, ndarray::IxDyn>(place)?;
                let magnitudes = slab.iter().map(|z| z.norm());
                means
                    .iter_mut()
                    .zip(magnitudes)
                    .for_each(|(mean, x)| mean.add(x));
            } else {
                let slab = set.read_slice::<f64, _, ndarray::IxDyn>(place)?;
                let magnitudes = slab.iter().map(|x| x.abs());
                means
                    .iter_mut()
                    .zip(magnitudes)
                    .for_each(|(mean, x)| mean.add(x));
            }
        }
    }
    let peak = |channel: usize| {
        let of_channel = |f: usize| means[f * n_channels + channel].value();
        (0..freq.len())
            .filter(|&f| freq[f] > 0.0 && of_channel(f) > 0.0)
            .max_by(|&a, &b| of_channel(a).total_cmp(&of_channel(b)))
            .map(|f| freq[f])
    };
    Ok((0..n_channels).map(peak).collect())
}

/// The mean of the finite ones among numbers.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    n: u32,
}

impl Mean {
    fn add(&mut self, x: f64) {
        if x.is_finite() {
            self.sum += x;
            self.n += 1;
        }
    }

    fn value(self) -> f64 {
        match self.n {
            0 => 0.0,
            n => self.sum / f64::from(n),
        }
    }
}

/// At most `most` of `n` rows, from all of them, in order. They are not evenly spaced: in step with trials all of them might lie at
/// the beginning of one, where spectra over time have no numbers.
///
/// Source: Weyl's sequence with the golden ratio; Knuth, The Art of Computer Programming, vol. 3, section 6.4, theorem S.
fn spread(n: usize, most: usize) -> BTreeSet<usize> {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    if n <= most {
        return (0..n).collect();
    }
    let places = (1..=most).map(|i| (i as f64 * GOLDEN).fract());
    places
        .map(|place| ((place * n as f64) as usize).min(n - 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f32 = f32::NAN;

    /// Peaks of one channel at 0, 10 and 20 Hz in these rows.
    fn found(rows: &[[f32; 3]]) -> Option<f64> {
        let folder = tempfile::tempdir().unwrap();
        let file = hdf5::File::create(folder.path().join("x")).unwrap();
        let shape = [rows.len(), 1, 3, 1];
        let set = file.new_dataset::<f32>().shape(shape).create("data");
        let set = set.unwrap();
        set.write_raw(rows.as_flattened()).unwrap();
        peaks(&set, &shape, &[0.0, 10.0, 20.0]).unwrap()[0]
    }

    #[test]
    fn rows_without_numbers_do_not_move_a_peak() {
        let mut rows = vec![[NAN; 3]; 1000];
        // the lower frequency has the fewer numbers, and the larger ones
        rows[100..900].fill([9.0, NAN, 2.0]);
        rows[400..600].fill([9.0, 3.0, 2.0]);
        assert_eq!(found(&rows), Some(10.0));
        assert_eq!(found(&[[NAN; 3]; 200]), None);
        assert_eq!(found(&[[9.0, f32::INFINITY, 2.0]]), Some(20.0));
    }

    #[test]
    fn rows_are_spread_and_not_in_step_with_trials() {
        assert_eq!(spread(3, 100), [0, 1, 2].into());
        let rows = spread(1000 * 50, 100);
        assert_eq!(rows.len(), 100);
        for part in 0..10 {
            let within = part * 5000..(part + 1) * 5000;
            assert!((8..=12).contains(&rows.range(within).count()), "{rows:?}");
        }
        let in_the_middle = rows.iter().filter(|&row| (10..40).contains(&(row % 50)));
        assert!((40..80).contains(&in_the_middle.count()), "{rows:?}");
    }
}
