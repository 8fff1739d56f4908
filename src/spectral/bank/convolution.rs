//! Convolutions by FFT: how long it is, and the transforms of kernels.

use std::sync::Arc;

use num_complex::Complex;
use rustfft::Fft;

use super::design::{Design, Kernel};
use super::options::Scaling;
use super::response::response;
use crate::spectral::fft::fft_points;
use crate::spectral::{InstructionSet, Real};

/// Points of an FFT that convolves `n_samples` with a kernel of up to `n_points`: so many that nothing that comes round falls on
/// what is wanted, and a product of 2, 3 and 5.
pub fn fft_len(n_samples: usize, n_points: f64) -> usize {
    // what lies further off than the trial is long never meets it
    let n_points = n_points.ceil().min(2.0 * n_samples as f64) as usize;
    smooth(n_samples + n_points.div_ceil(2) + 1)
}

/// The least product of 2, 3 and 5 that is no less than `n`.
fn smooth(n: usize) -> usize {
    let mut best = n.next_power_of_two();
    let mut fives = 1;
    while fives < best {
        let mut odd = fives;
        while odd < best {
            let rest = n.div_ceil(odd).next_power_of_two();
            best = best.min(odd * rest);
            odd *= 3;
        }
        fives *= 5;
    }
    best
}

/// Bytes that it takes to make the transform of a kernel, beside itself.
pub fn made_bytes(n_fft: usize) -> u128 {
    let points = fft_points(n_fft);
    (points.tables + points.scratch + n_fft as u128) * 2 * size_of::<f64>() as u128
}

/// Makes transforms of kernels, in double precision whatever they are rounded to.
pub struct Maker {
    fft: Arc<dyn Fft<f64>>,
    points: Vec<Complex<f64>>,
    scratch: Vec<Complex<f64>>,
}

impl Maker {
    /// For a bank.
    pub fn new<K>(design: &Design<K>, instructions: InstructionSet) -> Maker {
        let fft = instructions.ffts::<f64>(&[design.n_fft]).remove(0);
        let zero = Complex::new(0.0, 0.0);
        Maker {
            points: vec![zero; design.n_fft],
            scratch: vec![zero; fft.get_inplace_scratch_len()],
            fft,
        }
    }

    /// The conjugate of the transform of `kernel`, over the length of the FFT: an FFT of its product with the conjugate of a
    /// trial's transform is the conjugate of their convolution.
    pub fn make<K: Kernel, T: Real>(
        &mut self,
        design: &Design<K>,
        kernel: &K,
        hz: f64,
        transform: &mut [Complex<T>],
    ) {
        let n = self.points.len();
        let fs = design.sample_rate_hz;
        self.points.fill(Complex::new(0.0, 0.0));
        let n_points = kernel.n_points(fs);
        let centre = ((n_points.ceil() - 1.0) / 2.0).floor();
        // only lags that are shorter than the trial meet it
        let reach = design.longest as f64 - 1.0;
        let (first, last) = (
            (centre - reach).max(0.0),
            (centre + reach).min(n_points.ceil() - 1.0),
        );
        let mut k = first;
        while k <= last {
            // as NumPy's arange has it
            let time = ((1.0 - n_points) / 2.0 + k) / fs;
            let value = kernel.at(time, fs);
            let lag = (k - centre) as i64;
            self.points[lag.rem_euclid(n as i64) as usize] = value;
            k += 1.0;
        }
        let scale = match design.scaling {
            Scaling::Spectrum => 1.0,
            // a sine is half of a rotation each way, of which a complex wavelet sees one
            Scaling::Amplitude if kernel.is_real() => 1.0 / response(kernel, hz, fs),
            Scaling::Amplitude => 2.0 / response(kernel, hz, fs),
        };
        self.fft
            .process_with_scratch(&mut self.points, &mut self.scratch);
        let scale = scale / n as f64;
        for (place, z) in transform.iter_mut().zip(&self.points) {
            *place = Complex::new(T::from_double(z.re * scale), T::from_double(-z.im * scale));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_least_products_that_are_long_enough() {
        let has_no_other = |n: usize| {
            let mut rest = n;
            for factor in [2, 3, 5] {
                while rest.is_multiple_of(factor) {
                    rest /= factor;
                }
            }
            rest == 1
        };
        for n in 1..3000 {
            let want = (n..).find(|&n| has_no_other(n)).unwrap();
            assert_eq!(smooth(n), want);
        }
        assert_eq!(fft_len(1000, 100.0), smooth(1051));
        assert_eq!(fft_len(1000, 1e300), smooth(2001));
    }
}
