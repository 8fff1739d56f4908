//! The transforms of kernels.

use std::sync::Arc;

use num_complex::Complex;
use rustfft::Fft;

use super::design::Design;
use super::kernel::{Kernel, Sampling};
use super::options::Scaling;
use super::response::response;
use crate::spectral::fft::fft_points;
use crate::spectral::{InstructionSet, Real};

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
    /// For convolutions of `n_fft` points.
    pub fn new(n_fft: usize, instructions: InstructionSet) -> Maker {
        let fft = instructions.ffts::<f64>(&[n_fft]).remove(0);
        let zero = Complex::new(0.0, 0.0);
        Maker {
            points: vec![zero; n_fft],
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
        transform: &mut [[T; 2]],
    ) {
        let n = self.points.len();
        let fs = design.sample_rate_hz;
        self.points.fill(Complex::new(0.0, 0.0));
        let sampling = Sampling::of(kernel, fs, design.compat);
        let centre = sampling.centre();
        // only lags that are shorter than the trial meet it
        let reach = design.longest as f64 - 1.0;
        let (first, last) = (
            (centre - reach).max(0.0),
            (centre + reach).min(sampling.n - 1.0),
        );
        let mut k = first;
        while k <= last {
            let value = kernel.at(sampling.time_s(k), fs);
            let lag = (k - centre) as i64;
            self.points[lag.rem_euclid(n as i64) as usize] = value;
            k += 1.0;
        }
        let scale = match design.scaling {
            Scaling::Spectrum => 1.0,
            // a sine is half of a rotation each way, of which a complex wavelet sees one
            Scaling::Amplitude if kernel.is_real() => 1.0 / response(kernel, hz, fs, sampling),
            Scaling::Amplitude => 2.0 / response(kernel, hz, fs, sampling),
        };
        self.fft
            .process_with_scratch(&mut self.points, &mut self.scratch);
        let scale = scale / n as f64;
        for (place, z) in transform.iter_mut().zip(&self.points) {
            *place = [z.re * scale, -z.im * scale].map(T::from_double);
        }
    }
}
