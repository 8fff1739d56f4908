//! Power of one channel through weighted tapers: what the fast estimate adds to the quadratic form, and what it subtracts.
//! Two tapers share an FFT, as real and imaginary part.
//!
//! With Z the transform of taper a plus i times taper b, `|Z(f)|² + |Z(-f)|² = 2 (|A(f)|² + |B(f)|²)`: power needs no
//! untangling.

use std::sync::Arc;

use num_complex::Complex;
use pulp::{Simd, WithSimd};
use rustfft::Fft;

use super::halves::Tapered;
use crate::spectral::InstructionSet;
use crate::spectral::fft::fft_points;
use crate::spectral::lanes::{Aligned, Arithmetic, Width, Z};
use crate::spectral::long::{LongFft, LongMemory, PutRow, is_long, long_bytes};

/// The planned sum.
pub(super) struct Weighted {
    n_fft: usize,
    bins: Vec<usize>,
    fft: PairFft,
}

enum PairFft {
    /// Many short transforms.
    Long {
        fft: Box<LongFft<f64>>,
        width: Width,
        /// Of the bins and of their negatives.
        places: Vec<[usize; 2]>,
    },
    /// One, of a length that is short or has other factors.
    Whole(Arc<dyn Fft<f64>>),
}

/// Tapers of one sign: an index and an outer half each.
pub(super) type Tapers<'a> = (&'a [usize], &'a [Vec<f64>]);

/// What the sum works in; its content means nothing between two calls.
#[derive(Debug, Default)]
pub(super) struct WeightedMemory {
    long: LongMemory,
    sums: Aligned,
    signal: Vec<Complex<f64>>,
    fft: Vec<Complex<f64>>,
}

impl WeightedMemory {
    #[cfg(test)]
    pub fn spoil(&mut self) {
        self.long.spoil();
        self.sums.fill(0xff);
        self.signal.fill(Complex::new(f64::NAN, f64::NAN));
        self.fft.fill(Complex::new(f64::NAN, f64::NAN));
    }
}

impl Weighted {
    /// Plans the FFT of two tapers for `bins`.
    pub fn new(
        n_fft: usize,
        bins: Vec<usize>,
        instructions: InstructionSet,
        width: Width,
    ) -> Weighted {
        let fft = if is_long(n_fft) {
            let pairs = || bins.iter().map(|&bin| [bin, mirror(bin, n_fft)]);
            let fft = LongFft::new(n_fft, pairs().flatten());
            let lanes = lanes_of(width);
            let place = |bin| fft.place(bin, lanes);
            PairFft::Long {
                places: pairs().map(|pair| pair.map(place)).collect(),
                width,
                fft: Box::new(fft),
            }
        } else {
            PairFft::Whole(instructions.ffts(&[n_fft]).remove(0))
        };
        Weighted { n_fft, bins, fft }
    }

    /// Bytes of the sum and its memory for an FFT of `n_fft` points and `n_bins` bins, at most.
    pub fn bytes(n_fft: usize, n_bins: usize) -> u128 {
        const DOUBLE: u128 = 8;
        let n = n_fft as u128;
        let fft = if is_long(n_fft) {
            // a sum for every bin, and for what a last vector has beyond it
            long_bytes(n_fft, 8) + (n + n / 8) * DOUBLE
        } else {
            let fft = fft_points(n_fft);
            (n + fft.tables + fft.scratch) * 2 * DOUBLE
        };
        fft + n_bins as u128 * 3 * DOUBLE
    }

    pub fn memory(&self) -> WeightedMemory {
        let zero = Complex::new(0.0, 0.0);
        match &self.fft {
            PairFft::Long { fft, width, .. } => WeightedMemory {
                long: LongMemory::new(fft),
                sums: Aligned::new(fft.n_outputs(lanes_of(*width)) * width.bytes(size_of::<f64>())),
                ..WeightedMemory::default()
            },
            PairFft::Whole(fft) => WeightedMemory {
                signal: vec![zero; self.n_fft],
                fft: vec![zero; fft.get_inplace_scratch_len()],
                ..WeightedMemory::default()
            },
        }
    }

    /// Adds the power of `line` through the tapers `added` to `sums`, one for every bin, and subtracts that of `subtracted`.
    pub fn add(
        &self,
        line: &[f64],
        added: Tapers,
        subtracted: Tapers,
        memory: &mut WeightedMemory,
        sums: &mut [f64],
    ) {
        match &self.fft {
            PairFft::Long { fft, width, places } => {
                width.run(LongSum {
                    fft,
                    line,
                    added,
                    subtracted,
                    memory,
                });
                let n_numbers = fft.n_outputs(lanes_of(*width)) * lanes_of(*width);
                let of_bins: &[f64] = memory.sums.first(n_numbers);
                for (sum, &[at, mirror]) in sums.iter_mut().zip(places) {
                    *sum += 0.5 * (of_bins[at] + of_bins[mirror]);
                }
            }
            PairFft::Whole(fft) => {
                for (sign, tapers) in [(0.5, added), (-0.5, subtracted)] {
                    for (indices, halves) in pairs(tapers) {
                        let WeightedMemory {
                            signal,
                            fft: scratch,
                            ..
                        } = memory;
                        Tapered::new(line, indices, halves).fill(signal);
                        fft.process_with_scratch(signal, scratch);
                        for (sum, &bin) in sums.iter_mut().zip(&self.bins) {
                            let mirror = mirror(bin, self.n_fft);
                            *sum += sign * (signal[bin].norm_sqr() + signal[mirror].norm_sqr());
                        }
                    }
                }
            }
        }
    }
}

/// The negative of a bin.
fn mirror(bin: usize, n_fft: usize) -> usize {
    if bin == 0 { 0 } else { n_fft - bin }
}

fn lanes_of(width: Width) -> usize {
    width.bytes(size_of::<f64>()) / size_of::<f64>()
}

fn pairs<'a>((indices, halves): Tapers<'a>) -> impl Iterator<Item = Tapers<'a>> {
    indices.chunks(2).zip(halves.chunks(2))
}

/// All sums of power, bin by bin, left in the memory.
struct LongSum<'a> {
    fft: &'a LongFft<f64>,
    line: &'a [f64],
    added: Tapers<'a>,
    subtracted: Tapers<'a>,
    memory: &'a mut WeightedMemory,
}

impl WithSimd for LongSum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let a = Arithmetic::<S, f64>::new(simd);
        let lanes = size_of::<S::f64s>() / size_of::<f64>();
        let WeightedMemory { long, sums, .. } = self.memory;
        let sums = sums.first::<S::f64s>(self.fft.n_outputs(lanes));
        sums.fill(a.splat(0.0));
        for tapers in [self.subtracted, self.added] {
            // of nothing at first, then of what is subtracted
            for sum in &mut *sums {
                *sum = a.negative(*sum);
            }
            for (indices, halves) in pairs(tapers) {
                let points = Tapered::new(self.line, indices, halves);
                self.fft.run(a, points, long, &mut Sums(&mut *sums));
            }
        }
    }
}

/// Adds the power of outputs to sums.
struct Sums<'a, V>(&'a mut [V]);

impl<S: Simd> PutRow<S, f64> for Sums<'_, S::f64s> {
    #[inline(always)]
    fn put(&mut self, a: Arithmetic<S, f64>, at: usize, z: Z<S, f64>) {
        self.0[at] = a.add_power(z, self.0[at]);
    }
}
