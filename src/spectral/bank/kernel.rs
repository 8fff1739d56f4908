//! What a trial is convolved with.

use num_complex::Complex;

/// A function of time that a trial is convolved with.
pub trait Kernel: Copy + Send + Sync + std::fmt::Debug + PartialEq {
    /// Number of samples, at this sample rate; never none.
    fn n_points(&self, sample_rate_hz: f64) -> f64;

    /// Its value at a time in s, with Syncopy's factors.
    fn at(&self, time_s: f64, sample_rate_hz: f64) -> Complex<f64>;

    /// Whether it is real.
    fn is_real(&self) -> bool;
}

/// What is computed for one frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter<K> {
    /// The frequency in Hz.
    pub hz: f64,
    /// Its kernels and their weights in the geometric mean; one alone has weight 1. Those before the last have one weight.
    pub kernels: Vec<(K, f64)>,
}
