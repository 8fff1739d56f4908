//! mtmfft one channel after the other, for every length: detrend, taper, FFT, convert.
//!
//! Two tapers of one channel share one complex FFT, as real and imaginary part; two channels never share one, so that a
//! channel's numbers cannot depend on its neighbours.

use std::sync::Arc;

use num_complex::Complex;
use rustfft::Fft;

use super::design::Design;
use super::made;
use crate::spectral::fft::RealFft;
use crate::spectral::quantity::Quantity;
use crate::spectral::{Estimator, InstructionSet, Makers, Piece, Real, Scratch};

/// The planned method.
pub struct ByChannel<T: Real> {
    design: Design,
    bins: Vec<usize>,
    /// For two tapers at once, when there are two.
    pair_fft: Option<Arc<dyn Fft<T>>>,
    /// For the last of an odd number of tapers.
    single_fft: Option<RealFft<T>>,
}

impl<T: Real> ByChannel<T> {
    /// Plans FFTs for `design`.
    pub fn new(design: Design, instructions: InstructionSet) -> ByChannel<T> {
        let bins = design.grid.bins();
        let [has_pair, has_single] = design.has_pair_and_single();
        let mut ffts = instructions.ffts(&design.fft_lengths());
        ByChannel {
            pair_fft: has_pair.then(|| ffts.remove(0)),
            single_fft: has_single.then(|| RealFft::new(ffts.remove(0), design.n_fft, &bins)),
            bins,
            design,
        }
    }

    /// Mean of taper × line, which `demean_taper` subtracts.
    fn tapered_mean(&self, taper: &[T], line: &[T]) -> T {
        if !self.design.demean_taper {
            return T::zero();
        }
        let sum: f64 = taper
            .iter()
            .zip(line)
            .map(|(w, x)| (*w * *x).to_double())
            .sum();
        T::from_double(sum / line.len() as f64)
    }

    /// Coefficients of one taper: `emit(i, z)` for the i-th frequency.
    fn single(
        &self,
        taper: &[T],
        scratch: &mut Scratch<T>,
        mut emit: impl FnMut(&mut [f64], usize, Complex<T>),
    ) {
        let Scratch {
            line,
            signal,
            fft,
            means: sums,
            ..
        } = scratch;
        let line = &line[..taper.len()];
        let mean = self.tapered_mean(taper, line);
        let sample = |t: usize| {
            if t < line.len() {
                taper[t] * line[t] - mean
            } else {
                T::zero()
            }
        };
        let single_fft = self
            .single_fft
            .as_ref()
            .expect("an odd number of tapers has a single one");
        single_fft.process(sample, signal, &mut fft[..single_fft.scratch_len()]);
        for (i, &bin) in self.bins.iter().enumerate() {
            emit(sums, i, single_fft.coefficient(i, bin, signal));
        }
    }

    /// One FFT of two tapers; `emit(i, a, b)` with the transform at the i-th frequency and at its negative.
    fn pair(
        &self,
        tapers: [&[T]; 2],
        scratch: &mut Scratch<T>,
        mut emit: impl FnMut(&mut [f64], usize, Complex<T>, Complex<T>),
    ) {
        let Scratch {
            line,
            signal,
            fft,
            means: sums,
            ..
        } = scratch;
        let n = tapers[0].len();
        let line = &line[..n];
        let means = tapers.map(|taper| self.tapered_mean(taper, line));
        let tapered = tapers[0].iter().zip(tapers[1]).zip(line);
        for (place, ((w0, w1), x)) in signal.iter_mut().zip(tapered) {
            *place = Complex::new(*w0 * *x - means[0], *w1 * *x - means[1]);
        }
        signal[n..].fill(Complex::new(T::zero(), T::zero()));
        let pair_fft = self.pair_fft.as_ref().expect("two tapers are a pair");
        pair_fft.process_with_scratch(signal, &mut fft[..pair_fft.get_inplace_scratch_len()]);
        let n_fft = self.design.n_fft;
        for (i, &bin) in self.bins.iter().enumerate() {
            emit(
                sums,
                i,
                signal[bin],
                signal[if bin == 0 { 0 } else { n_fft - bin }],
            );
        }
    }

    /// Power of all tapers, averaged; left in `scratch.means`.
    ///
    /// With Z the transform of taper a plus i times taper b, `|Z(f)|² + |Z(-f)|² = 2 (|A(f)|² + |B(f)|²)`: power needs
    /// no untangling.
    fn mean_power(&self, tapers: &[Vec<T>], scratch: &mut Scratch<T>) {
        scratch.means.fill(0.0);
        for pair in tapers.chunks(2) {
            match pair {
                [a, b] => self.pair([a, b], scratch, |sums, i, z, mirror| {
                    sums[i] += 0.5 * (z.norm_sqr() + mirror.norm_sqr()).to_double();
                }),
                [a] => self.single(a, scratch, |sums, i, z| sums[i] += z.norm_sqr().to_double()),
                _ => unreachable!("chunks of two"),
            }
        }
        let n_tapers = tapers.len() as f64;
        scratch.means.iter_mut().for_each(|sum| *sum /= n_tapers);
    }

    /// Coefficients of all tapers: `emit(k, i, z)` for taper k at the i-th frequency.
    fn coefficients(
        &self,
        tapers: &[Vec<T>],
        scratch: &mut Scratch<T>,
        mut emit: impl FnMut(usize, usize, Complex<T>),
    ) {
        let half = T::from_double(0.5);
        for (p, pair) in tapers.chunks(2).enumerate() {
            match pair {
                [a, b] => self.pair([a, b], scratch, |_, i, z, mirror| {
                    let sum = z + mirror.conj();
                    let difference = z - mirror.conj();
                    emit(2 * p, i, sum.scale(half));
                    emit(
                        2 * p + 1,
                        i,
                        Complex::new(difference.im, -difference.re).scale(half),
                    );
                }),
                [a] => self.single(a, scratch, |_, i, z| emit(2 * p, i, z)),
                _ => unreachable!("chunks of two"),
            }
        }
    }
}

impl<T: Real> Estimator<T> for ByChannel<T> {
    fn scratch(&self) -> Scratch<T> {
        let zero = Complex::new(T::zero(), T::zero());
        let of_pair = self
            .pair_fft
            .as_ref()
            .map_or(0, |fft| fft.get_inplace_scratch_len());
        let of_single = self.single_fft.as_ref().map_or(0, RealFft::scratch_len);
        Scratch {
            line: vec![T::zero(); self.design.lengths.last().copied().unwrap_or(0)],
            signal: vec![zero; self.design.signal_len()],
            fft: vec![zero; of_pair.max(of_single)],
            means: vec![0.0; self.bins.len()],
            ..Scratch::default()
        }
    }

    fn prepare(&self, scratch: &mut Scratch<T>, makers: &dyn Makers) {
        made::together(&self.design, &mut scratch.tapers, makers);
    }

    fn estimate(&self, piece: Piece<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize {
        let samples = piece.samples;
        let (n_samples, n_channels) = samples.dim();
        let tapers = scratch
            .tapers
            .of(n_samples, || made::tapers(&self.design, n_samples, None));
        let quantity = self.design.quantity;
        let n_parts = quantity.element().n_parts();
        let n_freqs = self.bins.len();
        let n_kept = self.design.n_kept();
        self.design.assert_shape(block, n_channels);

        let turns = std::mem::take(&mut scratch.turns);
        let turns = self.design.turns(turns, piece.trial);
        let detrend = piece.detrend(self.design.detrend);
        let mut n_bad = 0;
        for (c, channel) in samples.columns().into_iter().enumerate() {
            let place = |k: usize, i: usize| ((k * n_freqs + i) * n_channels + c) * n_parts;
            if !detrend.apply(channel.iter(), &mut scratch.line[..n_samples]) {
                n_bad += 1;
                for row in 0..n_kept * n_freqs {
                    block[place(0, row)..][..n_parts].fill(T::nan());
                }
            } else if quantity == Quantity::Pow && n_kept == 1 {
                self.mean_power(&tapers, scratch);
                for (i, sum) in scratch.means.iter().enumerate() {
                    block[place(0, i)] = T::from_double(*sum);
                }
            } else {
                self.coefficients(&tapers, scratch, |k, i, z| {
                    quantity.store(turns.turn(i, z), &mut block[place(k, i)..][..n_parts])
                });
            }
        }
        scratch.turns = turns;
        n_bad
    }
}
