//! `scaling`: what power means. Of FFTs either Syncopy's power per bin, which does not depend on padding, or the density of the
//! textbooks.
//!
//! Source: Heinzel, Rüdiger & Schilling (2002), Spectrum and spectral density estimation by the DFT, eq. 20–25.

use crate::setting::{Refusal, Section};
use crate::spectral::quantity::Quantity;

/// What power of FFTs means.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// Syncopy's: in the square of the recording's unit, zero and the highest frequency twice what one side would show.
    Spectrum {
        /// Scaled by the padded length, as FieldTrip does.
        ft_compat: bool,
    },
    /// One-sided density, in the square of the recording's unit per Hz: its sum over frequencies times their step is the
    /// variance of the signal.
    Density {
        /// Of the recording.
        sample_rate_hz: f64,
    },
}

impl Level {
    /// Reads `scaling`; the sample rate is put in when there is a recording.
    ///
    /// # Errors
    /// No such word, or a density that FieldTrip's scaling is asked of.
    pub fn from_section(section: &Section) -> Result<Level, Refusal> {
        let ft_compat = section
            .flag("ft_compat")?
            .is_some_and(|compat| compat.value);
        match section.word("scaling", &["spectrum", "density"])? {
            Some(word) if word.value == "density" && ft_compat => Err(word.refuse(
                "a density does not depend on padding; expected ft_compat = false, or scaling = \"spectrum\"",
            )),
            Some(word) if word.value == "density" => Ok(Level::Density {
                sample_rate_hz: 1.0,
            }),
            _ => Ok(Level::Spectrum { ft_compat }),
        }
    }

    /// The same for a recording.
    pub fn at(self, sample_rate_hz: f64) -> Level {
        match self {
            Level::Density { .. } => Level::Density { sample_rate_hz },
            spectrum => spectrum,
        }
    }

    /// The word that the config has for it.
    pub fn word(self) -> &'static str {
        match self {
            Level::Spectrum { .. } => "spectrum",
            Level::Density { .. } => "density",
        }
    }

    /// What a window of these samples is multiplied with, for FFTs of `n_fft` points; `is_flat` without one.
    pub fn of_window(self, window: &[f64], is_flat: bool, n_fft: usize) -> f64 {
        let n = window.len() as f64;
        match self {
            Level::Density { .. } => self.of_energy(window.iter().map(|w| w * w).sum()),
            Level::Spectrum { .. } if is_flat => {
                2.0_f64.sqrt() / n * self.compatible(window.len(), n_fft)
            }
            Level::Spectrum { .. } => {
                let sum: f64 = window.iter().sum();
                (8.0_f64 / 3.0).sqrt() / (n * sum).sqrt() * self.compatible(window.len(), n_fft)
            }
        }
    }

    /// What prolate sequences of unit energy and `n_samples` are multiplied with.
    pub fn of_dpss(self, n_samples: usize, n_fft: usize) -> f64 {
        match self {
            Level::Density { .. } => self.of_energy(1.0),
            Level::Spectrum { .. } => {
                (2.0 / n_samples as f64).sqrt() * self.compatible(n_samples, n_fft)
            }
        }
    }

    fn of_energy(self, energy: f64) -> f64 {
        match self {
            Level::Density { sample_rate_hz } => (2.0 / (sample_rate_hz * energy)).sqrt(),
            Level::Spectrum { .. } => 1.0,
        }
    }

    fn compatible(self, n_samples: usize, n_fft: usize) -> f64 {
        match self {
            Level::Spectrum { ft_compat: true } => (n_samples as f64 / n_fft as f64).sqrt(),
            _ => 1.0,
        }
    }

    /// What is left of power at zero and at half the sample rate, which have no other side.
    pub fn of_edges(self) -> f64 {
        match self {
            Level::Spectrum { .. } => 1.0,
            Level::Density { .. } => 0.5,
        }
    }

    /// The unit of a quantity, where that of the recording is called unit.
    pub fn unit(self, quantity: Quantity) -> &'static str {
        match (self, quantity) {
            (_, Quantity::Angle) => "rad",
            (Level::Spectrum { .. }, Quantity::Pow) => "unit^2",
            (Level::Spectrum { .. }, _) => "unit",
            (Level::Density { .. }, Quantity::Pow) => "unit^2/Hz",
            (Level::Density { .. }, _) => "unit/Hz^0.5",
        }
    }
}
