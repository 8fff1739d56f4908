//! Trials of signals for their tests.

use ndarray::Array2;
use num_complex::Complex;
use rustfft::FftPlanner;

use super::signal::Signal;
use super::sizes::Sizes;

/// Trials of one length at 1000 Hz, with the seed 1.
pub fn sizes(n_trials: usize, n_samples: usize, n_channels: usize) -> Sizes {
    Sizes {
        n_channels,
        sample_rate_hz: 1000.0,
        offset: 0.0,
        seed: 1,
        lengths: vec![n_samples; n_trials],
    }
}

/// The next rows, `(n_samples, n_channels)`.
pub fn rows_of(mut rows: impl FnMut(&mut [f64]), sizes: &Sizes, n_samples: usize) -> Array2<f64> {
    let mut samples = Array2::zeros((n_samples, sizes.n_channels));
    for mut row in samples.rows_mut() {
        rows(row.as_slice_mut().expect("rows are contiguous"));
    }
    samples
}

/// A trial of the signal without noise, `(n_samples, n_channels)`.
pub fn samples(signal: &dyn Signal, sizes: &Sizes, trial: usize) -> Array2<f64> {
    rows_of(signal.rows(sizes.trial(trial)), sizes, sizes.lengths[trial])
}

/// Power of every channel at the bins up to one half, of trials with a hann window, such that white noise of variance 1
/// has 1.
pub fn mean_power(signal: &dyn Signal, sizes: &Sizes, n_trials: usize) -> Vec<Vec<f64>> {
    let n = sizes.lengths[0];
    let fft = FftPlanner::new().plan_fft_forward(n);
    let window = |k: usize| {
        (std::f64::consts::PI * (k as f64 + 0.5) / n as f64)
            .sin()
            .powi(2)
    };
    // Σ window² = 3 n / 8
    let scale = 1.0 / (0.375 * n as f64 * n_trials as f64);
    let mut power = vec![vec![0.0; n / 2 + 1]; sizes.n_channels];
    for trial in 0..n_trials {
        let samples = samples(signal, sizes, trial);
        for (channel, power) in samples.columns().into_iter().zip(&mut power) {
            let windowed = channel
                .iter()
                .enumerate()
                .map(|(k, x)| Complex::from(x * window(k)));
            let mut spectrum: Vec<Complex<f64>> = windowed.collect();
            fft.process(&mut spectrum);
            for (sum, x) in power.iter_mut().zip(&spectrum) {
                *sum += scale * x.norm_sqr();
            }
        }
    }
    power
}
