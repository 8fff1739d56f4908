//! The prolate quadratic form: Σ λ_k |X_k(f)|² over all tapers there are, without making any.
//!
//! The tapers are the eigenvectors of sin(2πW(m−n))/(π(m−n)) with eigenvalues λ_k, so the sum is the Fourier transform of the
//! autocorrelation times sin(2πWτ)/(πτ). The autocorrelation comes from FFTs of twice the length, exactly; folded modulo the
//! padded length it has the same transform at the grid's frequencies.
//!
//! Source: Karnik, Romberg & Davenport (2022), IEEE Trans. Inf. Theory (arXiv 2103.11586).

use std::f64::consts::PI;

use num_complex::Complex;

use crate::spectral::InstructionSet;
use crate::spectral::fft::{RealFft, fft_points, real_fft_len};
use crate::spectral::tapers::Parity;

/// What the form of one trial length needs; in double precision.
pub(super) struct Form {
    n_samples: usize,
    /// An even length at which the lags of the autocorrelation do not meet their mirror images.
    n_lags: usize,
    /// Of `n_lags` points, for all frequencies.
    fft: RealFft<f64>,
    /// sin(2πWτ)/(πτ) / `n_lags` for the lags from 0 on: what the inverse FFT leaves is divided as well.
    kernel: Vec<f64>,
    /// The kernel's transform, which is about 1 inside the band and about 0 outside.
    response: Vec<f64>,
}

/// What the form works in; its content means nothing between two calls.
#[derive(Debug, Default)]
pub(super) struct FormMemory {
    signal: Vec<Complex<f64>>,
    fft: Vec<Complex<f64>>,
    /// Power of the padded trial, then autocorrelation times kernel.
    lags: Vec<f64>,
}

impl FormMemory {
    /// Makes room for a form.
    fn fit(&mut self, form: &Form) {
        let zero = Complex::new(0.0, 0.0);
        self.signal.resize(form.n_lags / 2, zero);
        self.fft.resize(form.fft.scratch_len(), zero);
        self.lags.resize(form.n_lags / 2 + 1, 0.0);
    }

    #[cfg(test)]
    pub fn spoil(&mut self) {
        self.signal.fill(Complex::new(f64::NAN, f64::NAN));
        self.fft.fill(Complex::new(f64::NAN, f64::NAN));
        self.lags.fill(f64::NAN);
    }
}

/// The smallest even number from `least` up without prime factors above 5.
pub(super) fn smooth_length(least: usize) -> usize {
    let mut best = least.max(2).next_power_of_two();
    let mut fives = 1;
    while fives <= best {
        let mut odd = fives;
        while odd <= best {
            let length = odd * least.div_ceil(odd).max(2).next_power_of_two();
            best = best.min(length);
            odd *= 3;
        }
        fives *= 5;
    }
    best
}

impl Form {
    /// The form for trials of `n_samples` and time-half-bandwidth product `nw`.
    pub fn new(n_samples: usize, nw: f64, instructions: InstructionSet) -> Form {
        let n_lags = smooth_length(2 * n_samples);
        let bins: Vec<usize> = (0..=n_lags / 2).collect();
        let half = instructions.ffts(&[real_fft_len(n_lags)]).remove(0);
        let fft = RealFft::new(half, n_lags, &bins);
        let w = nw / n_samples as f64;
        let kernel = |lag: usize| {
            if lag == 0 {
                return 2.0 * w;
            }
            let lag = lag as f64;
            // of many turns little would be left after the point: what rounding took is added
            let turns = w * lag;
            let turn = turns.fract() + w.mul_add(lag, -turns);
            libm::sin(2.0 * PI * turn) / (PI * lag)
        };
        let mut form = Form {
            n_samples,
            n_lags,
            fft,
            kernel: (0..n_samples).map(kernel).collect(),
            response: Vec::new(),
        };
        let mut memory = FormMemory::default();
        memory.fit(&form);
        form.transform_even(&form.kernel, &mut memory);
        form.response = bins
            .iter()
            .map(|&bin| form.fft.coefficient(bin, bin, &memory.signal).re)
            .collect();
        let scale = 1.0 / n_lags as f64;
        form.kernel.iter_mut().for_each(|value| *value *= scale);
        form
    }

    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// Bytes of the memory that the form of `n_samples` works in: signal and lags, and the FFT's scratch.
    pub fn memory_bytes(n_samples: usize) -> u128 {
        let n_fft = Self::fft_len(n_samples);
        let scratch = fft_points(n_fft).scratch * size_of::<Complex<f64>>() as u128;
        (3 * (n_fft as u128 + 1)) * size_of::<f64>() as u128 + scratch
    }

    /// Bytes of the form of `n_samples` itself: kernel and response, and turns, which are pairs; and its FFT's tables.
    pub fn bytes(n_samples: usize) -> usize {
        let n_fft = Self::fft_len(n_samples);
        let fft = fft_points(n_fft).tables as usize * size_of::<Complex<f64>>();
        (n_samples + 3 * (n_fft + 1)) * size_of::<f64>() + fft
    }

    /// Points of the FFT of `n_samples`.
    pub fn fft_len(n_samples: usize) -> usize {
        smooth_length(2 * n_samples) / 2
    }

    /// Transforms `lags[0 … ]` and its mirror image, at most `n_lags` / 2 + 1 values, zero from its end on.
    fn transform_even(&self, lags: &[f64], memory: &mut FormMemory) {
        let lag = |t: usize| lags.get(t.min(self.n_lags - t)).copied().unwrap_or(0.0);
        self.fft.process(lag, &mut memory.signal, &mut memory.fft);
    }

    /// Share of a taper's energy inside and outside of the band, λ and 1 − λ; `half` is the outer half of the taper of this
    /// index. Both are sums of their own, with the rounding errors of their own size.
    pub fn concentration(&self, half: &[f64], index: usize, memory: &mut FormMemory) -> [f64; 2] {
        memory.fit(self);
        let n = self.n_samples;
        let mirrored = match Parity::of(index) {
            Parity::Even => 1.0,
            Parity::Odd => -1.0,
        };
        let sample = |t: usize| match t {
            t if t < half.len() => half[t],
            t if t < n => mirrored * half[n - 1 - t],
            _ => 0.0,
        };
        self.fft
            .process(sample, &mut memory.signal, &mut memory.fft);
        let last = self.n_lags / 2;
        let mut sums = [0.0; 2];
        for (bin, response) in self.response.iter().enumerate() {
            let power = self.fft.coefficient(bin, bin, &memory.signal).norm_sqr();
            let times = if bin == 0 || bin == last { 1.0 } else { 2.0 };
            sums[0] += times * power * response;
            sums[1] += times * power * (1.0 - response);
        }
        sums.map(|sum| sum / self.n_lags as f64)
    }

    /// The autocorrelation of a trial times the kernel, for the lags from 0 on; left in `memory.lags`.
    ///
    /// # Panics
    /// If `line` has another length than the trials.
    pub fn lags<'m>(&self, line: &[f64], memory: &'m mut FormMemory) -> &'m [f64] {
        let n = self.n_samples;
        assert_eq!(line.len(), n, "a trial of this length");
        memory.fit(self);
        let sample = |t: usize| if t < n { line[t] } else { 0.0 };
        self.fft
            .process(sample, &mut memory.signal, &mut memory.fft);
        let mut lags = std::mem::take(&mut memory.lags);
        for (bin, power) in lags.iter_mut().enumerate() {
            *power = self.fft.coefficient(bin, bin, &memory.signal).norm_sqr();
        }
        self.transform_even(&lags, memory);
        for (lag, kernel) in self.kernel.iter().enumerate() {
            lags[lag] = kernel * self.fft.coefficient(lag, lag, &memory.signal).re;
        }
        memory.lags = lags;
        &memory.lags[..n]
    }
}

/// `lags[0 … ]` and their mirror image, folded modulo `n_fft`, at most which they are: the value at `t`.
pub(super) fn folded(lags: &[f64], n_fft: usize, t: usize) -> f64 {
    let of_lag = |lag: usize| lags.get(lag).copied().unwrap_or(0.0);
    match t {
        0 => of_lag(0),
        _ => of_lag(t) + of_lag(n_fft - t),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smooth_lengths_are_even_and_near() {
        for least in 1..5000 {
            let length = smooth_length(least);
            let mut rest = length;
            for factor in [2, 3, 5] {
                while rest.is_multiple_of(factor) {
                    rest /= factor;
                }
            }
            assert!(length >= least && rest == 1 && length.is_multiple_of(2));
            assert!(least < 20 || length < least + least / 4, "{least} {length}");
        }
        assert_eq!(smooth_length(1_199_999), 1_200_000);
    }
}
