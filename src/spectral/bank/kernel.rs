//! What a trial is convolved with.

use num_complex::Complex;

use crate::spectral::compat::Compat;

/// A function of time that a trial is convolved with.
pub trait Kernel: Copy + Send + Sync + std::fmt::Debug + PartialEq {
    /// Number of samples, at this sample rate; never none.
    fn n_points(&self, sample_rate_hz: f64) -> f64;

    /// Its value at a time in s, with Syncopy's factors.
    fn at(&self, time_s: f64, sample_rate_hz: f64) -> Complex<f64>;

    /// Whether it is real.
    fn is_real(&self) -> bool;

    /// Its standard deviation in s: √2 times that of its squared magnitude, which for a Gaussian is the Gaussian's own.
    fn deviation_s(&self) -> f64;
}

/// Standard deviations to either side that the numbers of a time depend on: what is beyond adds a hundredth at most to those of a
/// Gaussian.
const REACH: f64 = 3.0;

/// The samples that a kernel is taken at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// How many there are.
    pub n: f64,
    /// The time of the first, in samples.
    first: f64,
    sample_rate_hz: f64,
}

impl Sampling {
    /// Those of a kernel: as many to either side of time 0, or as Syncopy has them, in which case time 0 may lie between two.
    pub fn of<K: Kernel>(kernel: &K, sample_rate_hz: f64, compat: Compat) -> Sampling {
        let n_points = kernel.n_points(sample_rate_hz);
        let (n, first) = match compat {
            // as NumPy's arange has it
            Compat::Syncopy => (n_points.ceil(), (1.0 - n_points) / 2.0),
            Compat::None => {
                let half = (n_points / 2.0).floor();
                (2.0 * half + 1.0, -half)
            }
        };
        Sampling {
            n,
            first,
            sample_rate_hz,
        }
    }

    /// The sample that becomes that of the output.
    pub fn centre(&self) -> f64 {
        ((self.n - 1.0) / 2.0).floor()
    }

    /// The time of a sample in s.
    pub fn time_s(&self, k: f64) -> f64 {
        (self.first + k) / self.sample_rate_hz
    }
}

/// What is computed for one frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter<K> {
    /// The frequency in Hz.
    pub hz: f64,
    /// Its kernels and their weights in the geometric mean; one alone has weight 1. Those before the last have one weight.
    pub kernels: Vec<(K, f64)>,
}

impl<K: Kernel> Filter<K> {
    /// Seconds to either side of a time within which its numbers depend on the samples: three standard deviations of its longest
    /// kernel.
    pub fn reach_s(&self) -> f64 {
        let deviations = self.kernels.iter().map(|(kernel, _)| kernel.deviation_s());
        REACH * deviations.fold(0.0, f64::max)
    }
}
