//! The windows of a trial one after the other, and their average.

use super::average::{Average, Expectations, median};
use super::design::Design;
use crate::spectral::mtmconvol::{self, Convol};
use crate::spectral::{Describe, Estimator, InstructionSet, Makers, Piece, Real, Scratch};

/// The planned method.
pub struct Welch<T: Real> {
    design: Design,
    windows: Convol<T>,
    per_channel: usize,
}

/// Plans the FFTs of `design`.
pub fn estimator<T: Real>(design: &Design, instructions: InstructionSet) -> Welch<T> {
    Welch {
        windows: mtmconvol::estimator(&design.windows, instructions),
        per_channel: design.windows.block_layout().elements() as usize,
        design: design.clone(),
    }
}

impl<T: Real> Estimator<T> for Welch<T> {
    fn scratch(&self) -> Scratch<T> {
        self.windows.scratch()
    }

    fn prepare(&self, scratch: &mut Scratch<T>, makers: &dyn Makers) {
        self.windows.prepare(scratch, makers);
    }

    fn estimate(&self, piece: Piece<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize {
        let n_windows = self.design.windows.times().rows(piece.trial).len();
        let n_samples = piece.samples.nrows();
        let len = self.per_channel * piece.samples.ncols();
        assert_eq!(block.len(), len, "the block has the layout's shape");
        let n_held = self.design.n_held(n_windows);
        let mut power = std::mem::take(&mut scratch.power);
        power.clear();
        power.resize(len * n_held, T::zero());
        let mut n_bad = 0;
        let mut window = |row: usize, scratch: &mut Scratch<T>, power: &mut [T]| {
            let rows = row..row + 1;
            let wanted = self.design.windows.samples(piece.trial, n_samples, &rows);
            let samples = piece.samples.slice(ndarray::s![wanted, ..]);
            let piece = Piece::of(piece.trial, rows, samples);
            n_bad = self.windows.estimate(piece, scratch, power).max(n_bad);
        };
        match self.design.average {
            Average::Mean => {
                let mut sums = std::mem::take(&mut scratch.sums_of_windows);
                sums.clear();
                sums.resize(len, (0.0, 0_u32));
                for row in 0..n_windows {
                    window(row, scratch, &mut power);
                    for ((sum, n), x) in sums.iter_mut().zip(&power) {
                        if !num_traits::Float::is_nan(*x) {
                            *sum += x.to_double();
                            *n += 1;
                        }
                    }
                }
                for (place, (sum, n)) in block.iter_mut().zip(&sums) {
                    *place = match n {
                        0 => T::nan(),
                        n => T::from_double(sum / f64::from(*n)),
                    };
                }
                scratch.sums_of_windows = sums;
            }
            Average::Median => {
                for (row, power) in power.chunks_exact_mut(len).enumerate() {
                    window(row, scratch, power);
                }
                let mut numbers = std::mem::take(&mut scratch.window);
                let mut expectations = Expectations::new(self.design.n_tapers());
                for (i, place) in block.iter_mut().enumerate() {
                    numbers.clear();
                    numbers.extend(power.iter().skip(i).step_by(len));
                    *place = median(&mut numbers, &mut expectations);
                }
                scratch.window = numbers;
            }
        }
        scratch.power = power;
        n_bad
    }
}
