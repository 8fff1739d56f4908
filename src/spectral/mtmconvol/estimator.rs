//! Windows one after the other, each estimated as a trial.

use ndarray::{ArrayView2, s};

use super::design::Design;
use super::options::Edges;
use crate::spectral::detrend::Detrend;
use crate::spectral::{Describe, Estimator, InstructionSet, Makers, Piece, Real, Scratch, mtmfft};

/// The planned method.
pub struct Convol<T: Real> {
    design: Design,
    window: Box<dyn Estimator<T>>,
    /// Numbers of one channel in one row.
    per_channel: usize,
}

/// Plans the FFTs of `design`.
pub fn estimator<T: Real>(design: &Design, instructions: InstructionSet) -> Convol<T> {
    let layout = design.block_layout();
    Convol {
        window: mtmfft::estimator(&design.window, instructions),
        per_channel: layout.elements() as usize * layout.element.n_parts(),
        design: design.clone(),
    }
}

impl<T: Real> Convol<T> {
    /// The spectra of the window of one row, `row` of them; whether they are NaN for the place of the window alone.
    fn one(
        &self,
        (trial, row): (usize, usize),
        (samples, first): (ArrayView2<T>, i64),
        scratch: &mut Scratch<T>,
        spectra: &mut [T],
    ) -> usize {
        let window = self.design.window_of(trial, row);
        let n_samples = self.design.n_samples[trial] as i64;
        let centre = self.design.times.centre(trial, row);
        if self.design.is_inside(trial, row) {
            let (start, end) = (
                (window.start - first) as usize,
                (window.end - first) as usize,
            );
            let piece = Piece::whole(samples.slice(s![start..end, ..]));
            return self.window.estimate(piece, scratch, spectra);
        }
        if self.design.edges == Edges::Nan || !(0..n_samples).contains(&centre) {
            spectra.fill(T::nan());
            return 0;
        }
        let n_channels = samples.ncols();
        let n_window = self.design.n_window;
        let mut filled = std::mem::take(&mut scratch.window);
        filled.clear();
        filled.resize((n_channels + 1) * n_window, T::zero());
        let (filled_up, line) = filled.split_at_mut(n_window * n_channels);
        let (start, end) = (window.start.max(0), window.end.min(n_samples));
        let inside = samples.slice(s![(start - first) as usize..(end - first) as usize, ..]);
        let places = &mut filled_up[(start - window.start) as usize * n_channels..];
        let is_detrended = !self.design.detrends_zeros;
        match is_detrended {
            // zeros behind a mean that is not zero would be a step
            true => detrended(self.design.detrend(), inside, line, places),
            false => places.iter_mut().zip(inside).for_each(|(to, x)| *to = *x),
        }
        let view = ArrayView2::from_shape((n_window, n_channels), &*filled_up);
        let piece = Piece {
            is_detrended,
            ..Piece::whole(view.expect("one place per sample"))
        };
        let n_bad = self.window.estimate(piece, scratch, spectra);
        scratch.window = filled;
        n_bad
    }
}

/// Writes the samples of all channels to `to`, each channel detrended for itself by way of `line`. Channels that are not finite stay
/// what they are.
fn detrended<T: Real>(detrend: Detrend, samples: ArrayView2<T>, line: &mut [T], to: &mut [T]) {
    let n_channels = samples.ncols();
    for (channel, column) in samples.columns().into_iter().enumerate() {
        let line = &mut line[..column.len()];
        detrend.apply(column.iter(), line);
        let places = to[channel..].iter_mut().step_by(n_channels);
        places.zip(line).for_each(|(place, x)| *place = *x);
    }
}

impl<T: Real> Estimator<T> for Convol<T> {
    fn scratch(&self) -> Scratch<T> {
        self.window.scratch()
    }

    fn prepare(&self, scratch: &mut Scratch<T>, makers: &dyn Makers) {
        self.window.prepare(scratch, makers);
    }

    fn estimate(&self, piece: Piece<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize {
        let Piece {
            trial,
            rows,
            samples,
            ..
        } = piece;
        let n_samples = self.design.n_samples[trial];
        let first = self.design.samples(trial, n_samples, &rows).start as i64;
        let of_row = self.per_channel * samples.ncols();
        assert_eq!(
            block.len(),
            rows.len() * of_row,
            "the block has the layout's shape"
        );
        let spectra = block.chunks_exact_mut(of_row);
        rows.zip(spectra)
            .map(|(row, spectra)| self.one((trial, row), (samples, first), scratch, spectra))
            .max()
            .unwrap_or(0)
    }
}
