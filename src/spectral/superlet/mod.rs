//! `superlet`: geometric means of Morlet wavelets of rising numbers of cycles, which are sharp in time and in frequency.
//!
//! The wavelet of c cycles at scale s = 1/(2πf) is `B e^(it/s) e^(−½ (5t / (2π c s))²)`, B = 5 / (s c (2π)^(3/2)); the kernel is it
//! times `sqrt(dt) / 4π`, sampled at 10·s·c/dt points: Syncopy's, so that a sine of amplitude A has coefficients of
//! A · sqrt(fs) / 8π; `scaling = "amplitude"` gives A. Multiplicative superlets take the orders o from `order_min` to `order_max`, of
//! c_1 · o cycles; adaptive ones have an order a that rises with the frequency, and take all whole orders up to it and a fraction of
//! the next.
//!
//! Source: Moca, Bârzan, Nagy-Dăbâcan & Mureșan (2021), Nat. Commun. 12, 337, eq. 1–7.

mod orders;

use num_complex::Complex;

pub use orders::Options;

use super::bank::{self, Kernel};

/// A Morlet wavelet of some cycles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Morlet {
    cycles: f64,
    scale_s: f64,
}

/// The method settled against a recording.
pub type Design = bank::Design<Morlet>;

/// Standard deviations that the Gaussian has in a wavelet's cycles.
const DEVIATIONS: f64 = 5.0;

impl Kernel for Morlet {
    fn n_points(&self, sample_rate_hz: f64) -> f64 {
        10.0 * self.scale_s * self.cycles * sample_rate_hz
    }

    fn at(&self, time_s: f64, sample_rate_hz: f64) -> Complex<f64> {
        use std::f64::consts::{PI, TAU};
        let size = DEVIATIONS / (self.scale_s * self.cycles * TAU * TAU.sqrt());
        let factor = size * (1.0 / sample_rate_hz).sqrt() / (4.0 * PI);
        let x = time_s / self.scale_s;
        let within = DEVIATIONS * x / (TAU * self.cycles);
        let envelope = factor * libm::exp(-0.5 * within * within);
        Complex::new(envelope * libm::cos(x), envelope * libm::sin(x))
    }

    fn is_real(&self) -> bool {
        false
    }

    fn deviation_s(&self) -> f64 {
        std::f64::consts::TAU * self.cycles * self.scale_s / DEVIATIONS
    }
}
