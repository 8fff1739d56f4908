//! One FFT of a channel, one inverse FFT per kernel.

use std::sync::Arc;

use num_complex::Complex;
use rustfft::Fft;

use super::convolution::Maker;
use super::design::{Design, Filter, Kernel};
use super::mean::{Product, from_log};
use crate::spectral::quantity::Quantity;
use crate::spectral::{Estimator, InstructionSet, Makers, Piece, Real, Scratch};

/// The planned method.
pub struct Bank<K, T: Real> {
    design: Design<K>,
    fft: Arc<dyn Fft<T>>,
    instructions: InstructionSet,
    /// Transforms of all kernels, in the order of the filters; none when they are made for every channel.
    kernels: Vec<Complex<T>>,
}

/// What a channel is worked on with.
#[derive(Debug, Default)]
pub struct Memory<T> {
    /// The conjugate of its transform.
    spectrum: Vec<Complex<T>>,
    /// The transform of a kernel that is not kept.
    kernel: Vec<Complex<T>>,
    /// Products over kernels, for every time.
    products: Vec<Product>,
}

/// Plans the FFTs of `design`, and makes its kernels where they are kept.
pub fn estimator<K: Kernel, T: Real>(
    design: &Design<K>,
    instructions: InstructionSet,
) -> Bank<K, T> {
    let mut kernels = Vec::new();
    let n = design.n_fft;
    if design.keeps_kernels(size_of::<T>()) {
        kernels = vec![Complex::new(T::zero(), T::zero()); design.n_kernels() * n];
        let mut maker = Maker::new(design, instructions);
        let mut places = kernels.chunks_exact_mut(n);
        for filter in &design.filters {
            for ((kernel, _), place) in filter.kernels.iter().zip(&mut places) {
                maker.make(design, kernel, filter.hz, place);
            }
        }
    }
    Bank {
        fft: instructions.ffts::<T>(&[n]).remove(0),
        design: design.clone(),
        instructions,
        kernels,
    }
}

/// The places of one channel and frequency in a block.
struct Column<'a, T> {
    block: &'a mut [T],
    first: usize,
    /// From one time to the next.
    stride: usize,
}

impl<K: Kernel, T: Real> Bank<K, T> {
    /// The conjugate of the transform of `line`, filled up with zeros.
    fn transform(&self, line: &[T], scratch: &mut Scratch<T>) {
        let spectrum = &mut scratch.bank.spectrum;
        for (place, x) in spectrum.iter_mut().zip(line) {
            *place = Complex::new(*x, T::zero());
        }
        spectrum[line.len()..].fill(Complex::new(T::zero(), T::zero()));
        self.fft.process_with_scratch(spectrum, &mut scratch.fft);
        spectrum.iter_mut().for_each(|z| *z = z.conj());
    }

    /// The convolution with one kernel, conjugated, in `scratch.signal`.
    fn convolve(&self, kernel: Option<&[Complex<T>]>, scratch: &mut Scratch<T>) {
        let Scratch {
            signal, fft, bank, ..
        } = scratch;
        let kernel = kernel.unwrap_or(&bank.kernel);
        let factors = bank.spectrum.iter().zip(kernel);
        for (place, (x, h)) in signal.iter_mut().zip(factors) {
            *place = *x * *h;
        }
        self.fft.process_with_scratch(signal, fft);
    }

    /// All times of one filter.
    fn filter(
        &self,
        filter: &Filter<K>,
        first_kernel: usize,
        centres: &[usize],
        maker: &mut Option<Maker>,
        scratch: &mut Scratch<T>,
        column: &mut Column<T>,
    ) {
        let quantity = self.design.quantity;
        let n = self.design.n_fft;
        let has_phase = !matches!(quantity, Quantity::Pow | Quantity::Abs);
        let n_parts = quantity.element().n_parts();
        let n_kernels = filter.kernels.len();
        // those before the last have one weight
        let mut weights = (0.0, 0.0);
        let mut logs = Vec::new();
        for (k, (kernel, weight)) in filter.kernels.iter().enumerate() {
            let kept = match maker {
                None => Some(&self.kernels[(first_kernel + k) * n..][..n]),
                Some(maker) => {
                    maker.make(&self.design, kernel, filter.hz, &mut scratch.bank.kernel);
                    None
                }
            };
            self.convolve(kept, scratch);
            if n_kernels == 1 {
                for (row, &centre) in centres.iter().enumerate() {
                    let place = column.first + row * column.stride;
                    let z = scratch.signal[centre].conj();
                    quantity.store(z, &mut column.block[place..][..n_parts]);
                }
                return;
            }
            let products = &mut scratch.bank.products;
            if k == 0 {
                products.clear();
                products.resize(centres.len(), Product::ONE);
                weights.0 = *weight;
            } else if *weight != weights.0 && logs.is_empty() {
                // what comes now has another weight
                logs = products
                    .iter()
                    .map(|product| product.to_power(weights.0))
                    .collect();
                products.fill(Product::ONE);
                weights.1 = *weight;
            }
            for (product, &centre) in products.iter_mut().zip(centres) {
                let z = scratch.signal[centre].conj();
                let square = Complex::new(z.re.to_double(), z.im.to_double()).norm_sqr();
                let angle = if has_phase {
                    T::angle(z.re, z.im).to_double()
                } else {
                    0.0
                };
                product.push(square, angle);
            }
        }
        for (row, product) in scratch.bank.products.iter().enumerate() {
            let (log, angle) = match logs.get(row) {
                None => product.to_power(weights.0),
                Some((log, angle)) => {
                    let last = product.to_power(weights.1);
                    (log + last.0, angle + last.1)
                }
            };
            let z = from_log(log, angle);
            let place = column.first + row * column.stride;
            let z = Complex::new(T::from_double(z.re), T::from_double(z.im));
            quantity.store(z, &mut column.block[place..][..n_parts]);
        }
    }
}

impl<K: Kernel, T: Real> Estimator<T> for Bank<K, T> {
    fn scratch(&self) -> Scratch<T> {
        let zero = Complex::new(T::zero(), T::zero());
        let n = self.design.n_fft;
        let memory = Memory {
            spectrum: vec![zero; n],
            kernel: vec![zero; if self.kernels.is_empty() { n } else { 0 }],
            products: Vec::new(),
        };
        Scratch {
            signal: vec![zero; n],
            fft: vec![zero; self.fft.get_inplace_scratch_len()],
            bank: memory,
            ..Scratch::default()
        }
    }

    fn prepare(&self, _scratch: &mut Scratch<T>, _makers: &dyn Makers) {}

    fn estimate(&self, piece: Piece<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize {
        let design = &self.design;
        let (n_samples, n_channels) = piece.samples.dim();
        let n_parts = design.quantity.element().n_parts();
        let n_freqs = design.filters.len();
        let n_rows = piece.rows.len();
        assert_eq!(
            block.len(),
            n_rows * n_freqs * n_channels * n_parts,
            "the block has the layout's shape"
        );
        let span = design.span(piece.trial);
        // times outside of the trial have no coefficients, and rise
        let centre = |row: usize| design.times.centre(piece.trial, row);
        let inside: Vec<usize> = piece
            .rows
            .clone()
            .filter(|&row| (0..n_samples as i64).contains(&centre(row)))
            .collect();
        let first_row = inside.first().map_or(0, |row| row - piece.rows.start);
        let centres: Vec<usize> = inside
            .iter()
            .map(|&row| centre(row) as usize - span.start)
            .collect();
        if centres.len() < n_rows {
            block.fill(T::nan());
        }
        let mut maker = self
            .kernels
            .is_empty()
            .then(|| Maker::new(design, self.instructions));
        let mut line = std::mem::take(&mut scratch.line);
        line.resize(n_samples, T::zero());
        let mut n_bad = 0;
        for (c, channel) in piece.samples.columns().into_iter().enumerate() {
            let is_finite = design.detrend.apply(channel.iter(), &mut line);
            n_bad += usize::from(!is_finite);
            let stride = n_freqs * n_channels * n_parts;
            if !is_finite {
                for row in 0..n_rows * n_freqs {
                    block[(row * n_channels + c) * n_parts..][..n_parts].fill(T::nan());
                }
                continue;
            }
            self.transform(&line[span.clone()], scratch);
            let mut first_kernel = 0;
            for (f, filter) in design.filters.iter().enumerate() {
                let mut column = Column {
                    first: first_row * stride + (f * n_channels + c) * n_parts,
                    stride,
                    block,
                };
                self.filter(
                    filter,
                    first_kernel,
                    &centres,
                    &mut maker,
                    scratch,
                    &mut column,
                );
                first_kernel += filter.kernels.len();
            }
        }
        scratch.line = line;
        n_bad
    }
}
