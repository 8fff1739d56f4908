//! What a kernel makes of a sine of its own frequency.

use num_complex::Complex;

use super::kernel::{Kernel, Sampling};

/// Points that a kernel's own transform is summed over at most: of longer kernels every so manyth, which are still close to each
/// other, since a longer kernel is a slower one.
const MAX_POINTS: f64 = 1e6;

/// |H(f)|, H the transform of the whole kernel, however short trials are: an amplitude is the same beside whatever other trials.
pub fn response<K: Kernel>(kernel: &K, hz: f64, sample_rate_hz: f64, sampling: Sampling) -> f64 {
    let n = sampling.n;
    let step = (n / MAX_POINTS).ceil().max(1.0);
    let mut sum = Complex::new(0.0, 0.0);
    for i in 0..(n / step).ceil() as usize {
        let time = sampling.time_s(i as f64 * step);
        let angle = -std::f64::consts::TAU * (hz * time).fract();
        let turn = Complex::new(libm::cos(angle), libm::sin(angle));
        sum += kernel.at(time, sample_rate_hz) * turn;
    }
    sum.norm() * step
}
