//! Windows one after the other, each estimated as a trial.

use ndarray::{ArrayView2, s};

use super::design::Design;
use super::options::Edges;
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
        let mut filled = std::mem::take(&mut scratch.window);
        filled.clear();
        filled.resize(self.design.n_window * n_channels, T::zero());
        let (start, end) = (window.start.max(0), window.end.min(n_samples));
        let inside = samples.slice(s![(start - first) as usize..(end - first) as usize, ..]);
        let places = filled[(start - window.start) as usize * n_channels..].iter_mut();
        places.zip(inside).for_each(|(place, x)| *place = *x);
        let shape = (self.design.n_window, n_channels);
        let view = ArrayView2::from_shape(shape, &filled).expect("one place per sample");
        let n_bad = self.window.estimate(Piece::whole(view), scratch, spectra);
        scratch.window = filled;
        n_bad
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
