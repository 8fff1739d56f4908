//! The model of one spectrum: aperiodic part and peaks, fitted in turn.
//!
//! Source: Donoghue et al. (2020), Nature Neuroscience 23, 1655–1665; the order of the steps is fooof 1.1's.

use super::aperiodic::{self, Aperiodic};
use super::least_squares::Curve;
use super::peaks::{self, Gaussian};
use super::settings::Settings;

/// What a spectrum was taken apart into.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Offset in decades of power, knee where there is one, exponent.
    pub aperiodic: Vec<f64>,
    /// The Gaussians, by rising centre.
    pub gaussians: Vec<Gaussian>,
    /// The aperiodic part at every frequency, in decades of power.
    pub aperiodic_log: Vec<f64>,
    /// All of the model at every frequency, in decades of power.
    pub log: Vec<f64>,
    /// Squared correlation of the model with the spectrum, both in decades.
    pub r_squared: f64,
    /// Mean distance of the model from the spectrum, in decades.
    pub error: f64,
}

/// A peak as it is reported.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// Its frequency in Hz.
    pub centre: f64,
    /// How far the model stands above the aperiodic part at the next frequency, in decades of power.
    pub height: f64,
    /// Two standard deviations in Hz.
    pub width: f64,
}

impl Model {
    /// Fits the model to `power`, in the square of a unit, at the frequencies `hz` above zero, which are at equal distances; none
    /// where there is power that is no finite number above zero, or a fit does not end.
    ///
    /// # Panics
    /// If there are fewer than two frequencies.
    pub fn fit(settings: &Settings, hz: &[f64], power: &[f64]) -> Option<Model> {
        let log_power: Vec<f64> = power.iter().map(|&p| libm::log10(p)).collect();
        if log_power.iter().any(|p| !p.is_finite()) {
            return None;
        }
        let mode = settings.mode;
        let curve = |parameters: &[f64]| Aperiodic { mode, hz }.values(parameters);
        let robust = aperiodic::robust_fit(mode, hz, &log_power)?;
        let flat = difference(&log_power, &curve(&robust));
        let gaussians = peaks::find(settings, hz, &flat)?;
        let peaks = peaks::sum(&gaussians, hz);
        let without_peaks = difference(&log_power, &peaks);
        let aperiodic = aperiodic::fit(mode, hz, &without_peaks, &log_power)?;
        let aperiodic_log = curve(&aperiodic);
        let log: Vec<f64> = peaks
            .iter()
            .zip(&aperiodic_log)
            .map(|(p, a)| p + a)
            .collect();
        let distances = difference(&log_power, &log);
        let sum: f64 = distances.iter().map(|d| d.abs()).sum();
        Some(Model {
            r_squared: r_squared(&log_power, &log),
            error: sum / hz.len() as f64,
            aperiodic,
            gaussians,
            aperiodic_log,
            log,
        })
    }

    /// The peaks as they are reported.
    pub fn peaks(&self, hz: &[f64]) -> Vec<Peak> {
        let peak = |gaussian: &Gaussian| {
            let distance = |i: usize| (hz[i] - gaussian.centre).abs();
            let nearer = |best: usize, i: usize| {
                if distance(i) < distance(best) {
                    i
                } else {
                    best
                }
            };
            let next = (1..hz.len()).fold(0, nearer);
            Peak {
                centre: gaussian.centre,
                height: self.log[next] - self.aperiodic_log[next],
                width: 2.0 * gaussian.deviation,
            }
        };
        self.gaussians.iter().map(peak).collect()
    }
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// Squared correlation; NaN where either is flat.
fn r_squared(a: &[f64], b: &[f64]) -> f64 {
    let centred = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|x| x - mean).collect::<Vec<f64>>()
    };
    let (a, b) = (centred(a), centred(b));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    product(&a, &b) * product(&a, &b) / (product(&a, &a) * product(&b, &b))
}
