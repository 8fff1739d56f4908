//! `wavelet`: the continuous wavelet transform in time, with Morlet's, Paul's and Gaussian derivatives as mothers.
//!
//! The kernel of scale s is `sqrt(dt) / (8π s) · ψ(t/s)`, sampled at 10·s/dt points around zero: Syncopy's, so that a sine of
//! amplitude A has coefficients of 0.0375 · A · sqrt(fs) with Morlet's wavelet of width 6; `scaling = "amplitude"` gives A. Scales
//! are chosen by the frequency that they are most sensitive to.
//!
//! Source: Torrence & Compo (1998), Bull. Am. Meteorol. Soc. 79, 61–78.

mod mother;
mod options;

use num_complex::Complex;

pub use mother::Mother;
pub use options::Options;

use super::bank::{self, Kernel};

/// A mother wavelet at a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wavelet {
    mother: Mother,
    scale_s: f64,
}

/// The method settled against a recording.
pub type Design = bank::Design<Wavelet>;

impl Kernel for Wavelet {
    fn n_points(&self, sample_rate_hz: f64) -> f64 {
        10.0 * self.scale_s * sample_rate_hz
    }

    fn at(&self, time_s: f64, sample_rate_hz: f64) -> Complex<f64> {
        let factor = (1.0 / sample_rate_hz).sqrt() / (8.0 * std::f64::consts::PI * self.scale_s);
        self.mother.at(time_s / self.scale_s) * factor
    }

    fn is_real(&self) -> bool {
        self.mother.is_real()
    }

    fn deviation_s(&self) -> f64 {
        self.mother.deviation() * self.scale_s
    }
}
