//! A vector's worth of neighbouring channels: detrend, FFT, and for every kernel the product, its inverse FFT and what is stored of
//! it.
//!
//! Inverse FFTs are forward ones of conjugates, whose outputs are conjugates: transforms of kernels come conjugated, those of
//! channels become so here.

use std::ops::Range;

use ndarray::ArrayView2;
use pulp::{Simd, WithSimd};

use super::convolution::{Convolution, Share};
use super::design::Design;
use super::destination::Destination;
use super::estimator::{Bank, Planned};
use super::kernel::{Filter, Kernel};
use super::maker::Maker;
use super::mean::power_of_two;
use super::means::{MAX_LANES, Means, Part, Phases, scale};
use crate::spectral::lanes::{Aligned, Arithmetic, Load, Put, UNWANTED, Z};
use crate::spectral::{Real, Scratch};

/// Some neighbouring channels of a trial, one in each lane; lanes without a channel hold zeros.
pub(super) struct Tile<'a, K, T: Real> {
    pub(super) bank: &'a Bank<K, T>,
    /// The samples that are convolved.
    pub(super) span: Range<usize>,
    pub(super) samples: ArrayView2<'a, T>,
    pub(super) first: usize,
    pub(super) n_lanes: usize,
    /// Rows of the block that the samples of the span belong to.
    pub(super) row_of: &'a [u32],
    pub(super) scratch: &'a mut Scratch<T>,
    pub(super) block: &'a mut [T],
}

impl<K: Kernel, T: Real> WithSimd for Tile<'_, K, T> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let n_samples = self.samples.nrows();
        let design = &self.bank.design;
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        let a = Arithmetic::<S, T>::new(simd);
        let lines = self.scratch.lines.first::<T::Vector<S>>(n_samples);
        let channels = self.first..self.first + self.n_lanes;
        let rows = self.samples.slice_move(ndarray::s![.., channels]);
        let is_bad = design.detrend.apply_vectors(a, rows, lines);
        let mut exponents = [0; MAX_LANES];
        if design.has_means() {
            scale::<T>(
                bytemuck::cast_slice_mut(lines),
                lanes,
                &mut exponents[..lanes],
            );
        }
        let mut factors = a.splat(T::one());
        let lanes_of = bytemuck::cast_slice_mut(std::slice::from_mut(&mut factors));
        for (factor, exponent) in lanes_of.iter_mut().zip(&exponents) {
            *factor = T::from_double(power_of_two(-exponent));
        }
        let mut to = Destination {
            quantity: design.quantity,
            n_freqs: design.filters.len(),
            n_channels: self.samples.ncols(),
            first: self.first,
            n_lanes: self.n_lanes,
            block: self.block,
        };
        let Scratch {
            lines,
            points,
            outputs,
            bank: memory,
            ..
        } = self.scratch;
        let line = &lines.first::<T::Vector<S>>(n_samples)[self.span];
        let mut rows = std::mem::take(&mut memory.rows);
        let mut kernels = std::mem::take(&mut memory.kernels);
        let planned = self.bank.convolutions.iter();
        for (convolution, planned) in design.convolutions.iter().zip(planned) {
            let is_kept = !planned.kernels.is_empty();
            let mut makers = Vec::new();
            if !is_kept {
                let maker = |&n: &usize| Maker::new(n, self.bank.instructions);
                makers.extend(convolution.lengths.iter().map(maker));
            }
            let most_points = if is_kept {
                usize::MAX
            } else {
                self.bank.most_points
            };
            let n_kernels = |f: usize| design.filters[f].kernels.len();
            for share in convolution.shares(n_kernels, most_points) {
                let lengths = &convolution.kernels[share.kernels.clone()];
                let filters = &convolution.filters[share.filters.clone()];
                if !is_kept {
                    make(design, convolution, &share, &mut makers, &mut kernels);
                }
                let transforms = if is_kept { &planned.kernels } else { &kernels };
                for first in (0..line.len()).step_by(convolution.n_out) {
                    rows.clear();
                    let row_of = &self.row_of[first..];
                    let row = |&output: &u32| row_of.get(output as usize).copied();
                    rows.extend(planned.outputs.iter().map(|o| row(o).unwrap_or(UNWANTED)));
                    if rows.iter().all(|&row| row == UNWANTED) {
                        continue;
                    }
                    let mut at_work = AtWork::<S, T> {
                        a,
                        planned,
                        points: points.first(convolution.n_fft()),
                        spectra: outputs.first(convolution.n_spectra()),
                        products: &mut memory.products,
                        factors,
                        rows: &rows,
                        phases: Phases::of(design.quantity, design.compat),
                    };
                    at_work.transform(line, first, convolution);
                    let mut lengths = lengths.iter();
                    let mut rest = &transforms[..];
                    for &f in filters {
                        let filter: &Filter<K> = &design.filters[f];
                        for k in 0..filter.kernels.len() {
                            let length = *lengths.next().expect("a length for every kernel");
                            let transform = rest.split_off(..convolution.lengths[length]);
                            let transform = transform.expect("all kernels are there");
                            let first = convolution.lengths[..length].iter().sum();
                            let part = Part::of(filter, k);
                            at_work.filter(transform, (length, first), (f, part), &mut to);
                        }
                        if let [(_, weight), _, ..] = filter.kernels[..] {
                            let last = Part::of(filter, filter.kernels.len() - 1);
                            let n_before = match last {
                                Part::Other(_) => filter.kernels.len() - 1,
                                _ => filter.kernels.len(),
                            };
                            let before = (weight, n_before as i32);
                            at_work.store_means(last, f, before, &exponents[..lanes], &mut to);
                        }
                    }
                }
            }
        }
        memory.rows = rows;
        memory.kernels = kernels;
        let bad = (0..self.n_lanes).filter(|&lane| is_bad[lane]);
        for lane in bad.clone() {
            to.spoil(lane);
        }
        bad.count()
    }
}

/// Makes the transforms of a share's kernels, one after the other; there is a maker for every length.
fn make<K: Kernel, T: Real>(
    design: &Design<K>,
    convolution: &Convolution,
    share: &Share,
    makers: &mut [Maker],
    kernels: &mut Vec<[T; 2]>,
) {
    let n = convolution.points(&share.kernels);
    kernels.clear();
    kernels.reserve_exact(n);
    kernels.resize(n, [T::zero(); 2]);
    let mut rest = &mut kernels[..];
    let of_share = design.kernels(&convolution.filters[share.filters.clone()]);
    let lengths = &convolution.kernels[share.kernels.clone()];
    for ((hz, kernel), &length) in of_share.zip(lengths) {
        let transform = rest.split_off_mut(..convolution.lengths[length]);
        makers[length].make(design, kernel, hz, transform.expect("room for all"));
    }
}

/// A block of a tile whose lines are detrended.
struct AtWork<'a, S: Simd, T: Real> {
    a: Arithmetic<S, T>,
    planned: &'a Planned<T>,
    points: &'a mut [Z<S, T>],
    /// Conjugate transforms of all lengths.
    spectra: &'a mut [Z<S, T>],
    products: &'a mut Aligned,
    /// What samples were scaled by, inverted.
    factors: T::Vector<S>,
    rows: &'a [u32],
    phases: Phases,
}

impl<S: Simd, T: Real> AtWork<'_, S, T> {
    /// Transforms the samples that the outputs from `first` on need.
    #[inline(always)]
    fn transform(&mut self, line: &[T::Vector<S>], first: usize, convolution: &Convolution) {
        let skipped = first.saturating_sub(convolution.n_before);
        let n_zeros = convolution.n_before.saturating_sub(first);
        let rest = &line[skipped..];
        let mut spectra = &mut *self.spectra;
        for (&n, [forward, _]) in convolution.lengths.iter().zip(&self.planned.ffts) {
            let samples = Samples {
                n_zeros,
                line: &rest[..rest.len().min(n - n_zeros)],
            };
            let spectrum = spectra.split_off_mut(..n).expect("room for all");
            forward.run(self.a, samples, self.points, Conjugates(spectrum));
        }
    }

    /// Convolves with one kernel by way of the spectrum of a length, which begins at `first`, and stores what is wanted of it or
    /// lets a mean have it.
    #[inline(always)]
    fn filter(
        &mut self,
        kernel: &[[T; 2]],
        (length, first): (usize, usize),
        (f, part): (usize, Part),
        to: &mut Destination<T>,
    ) {
        let load = Filtered {
            spectrum: &self.spectra[first..][..kernel.len()],
            kernel,
        };
        let [_, inverse] = &self.planned.ffts[length];
        let (a, rows) = (self.a, self.rows);
        if part == Part::Alone {
            let stored = Stored {
                factors: self.factors,
                rows,
                f,
                to,
            };
            inverse.run(a, load, self.points, stored);
        } else {
            let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
            let means = Means::new(part, (rows.len(), lanes), self.phases, self.products);
            inverse.run(a, load, self.points, means);
        }
    }

    /// Stores the means over the kernels of filter `f`, of which the last was `part`.
    #[inline(always)]
    fn store_means(
        &mut self,
        part: Part,
        f: usize,
        (weight, n_before): (f64, i32),
        exponents: &[i32],
        to: &mut Destination<T>,
    ) {
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        let rows = self.rows;
        let means = Means::new(part, (rows.len(), lanes), self.phases, self.products);
        self.a.compiled(
            #[inline(always)]
            || means.store(rows, (f, weight, n_before), exponents, to),
        );
    }
}

/// Samples of a line after zeros.
#[derive(Clone, Copy)]
struct Samples<'a, V> {
    n_zeros: usize,
    line: &'a [V],
}

impl<S: Simd, T: Real> Load<S, T> for Samples<'_, T::Vector<S>> {
    #[inline(always)]
    fn load(&self, a: Arithmetic<S, T>, t: usize) -> Z<S, T> {
        let zero = a.splat(T::zero());
        match t.checked_sub(self.n_zeros) {
            Some(t) => [self.line[t], zero],
            None => [zero, zero],
        }
    }
    #[inline(always)]
    fn len(&self) -> usize {
        self.n_zeros + self.line.len()
    }
}

/// The product of the transforms of channels and kernel.
#[derive(Clone, Copy)]
struct Filtered<'a, Z, T> {
    spectrum: &'a [Z],
    kernel: &'a [[T; 2]],
}

impl<S: Simd, T: Real> Load<S, T> for Filtered<'_, Z<S, T>, T> {
    #[inline(always)]
    fn load(&self, a: Arithmetic<S, T>, t: usize) -> Z<S, T> {
        a.turn(self.spectrum[t], self.kernel[t])
    }
    #[inline(always)]
    fn len(&self) -> usize {
        self.spectrum.len()
    }
}

/// Keeps conjugates of outputs.
struct Conjugates<'a, Z>(&'a mut [Z]);

impl<S: Simd, T: Real> Put<S, T> for Conjugates<'_, Z<S, T>> {
    #[inline(always)]
    fn put(&mut self, a: Arithmetic<S, T>, slot: usize, z: Z<S, T>) {
        self.0[slot] = a.conjugate(z);
    }
}

/// Stores the conjugates of outputs.
struct Stored<'a, 'b, V, T> {
    /// What samples were scaled by, inverted.
    factors: V,
    rows: &'a [u32],
    f: usize,
    to: &'a mut Destination<'b, T>,
}

impl<S: Simd, T: Real> Put<S, T> for Stored<'_, '_, T::Vector<S>, T> {
    #[inline(always)]
    fn put(&mut self, a: Arithmetic<S, T>, slot: usize, z: Z<S, T>) {
        let row = self.rows[slot];
        if row != UNWANTED {
            let z = a.conjugate(z).map(|part| a.mul(self.factors, part));
            self.to.store(a, row, self.f, z);
        }
    }
}
