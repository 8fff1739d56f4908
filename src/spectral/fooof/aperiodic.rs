//! The aperiodic part of a spectrum: its offset, its knee, its exponent.
//!
//! Source: Donoghue et al. (2020), Nature Neuroscience 23, 1655–1665, equations 2 to 4; the robust fit is fooof 1.1's.

use nalgebra::DMatrix;

use super::least_squares::{Curve, unbounded};

/// Percentile of the distances up to which points count as free of peaks: fooof's.
const FREE_OF_PEAKS_PERCENTILE: f64 = 0.025;

/// The shape of the aperiodic part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// b − log10(f^χ)
    Fixed,
    /// b − log10(k + f^χ)
    Knee,
}

impl Mode {
    /// How many parameters it has.
    pub fn n_parameters(self) -> usize {
        match self {
            Mode::Fixed => 2,
            Mode::Knee => 3,
        }
    }
}

/// The curve of a mode over frequencies in Hz; its parameters are b, k where there is a knee, χ.
pub struct Aperiodic<'a> {
    /// The shape.
    pub mode: Mode,
    /// Frequencies in Hz, above zero.
    pub hz: &'a [f64],
}

impl Aperiodic<'_> {
    fn knee(&self, parameters: &[f64]) -> (f64, f64) {
        match self.mode {
            Mode::Fixed => (0.0, parameters[1]),
            Mode::Knee => (parameters[1], parameters[2]),
        }
    }
}

impl Curve for Aperiodic<'_> {
    fn values(&self, parameters: &[f64]) -> Vec<f64> {
        let (knee, exponent) = self.knee(parameters);
        let value = |&f: &f64| parameters[0] - libm::log10(knee + libm::pow(f, exponent));
        self.hz.iter().map(value).collect()
    }

    fn slopes(&self, parameters: &[f64]) -> DMatrix<f64> {
        let (knee, exponent) = self.knee(parameters);
        let last = self.mode.n_parameters() - 1;
        DMatrix::from_fn(self.hz.len(), last + 1, |i, parameter| {
            let power = libm::pow(self.hz[i], exponent);
            let per_log = -1.0 / ((knee + power) * std::f64::consts::LN_10);
            match parameter {
                0 => 1.0,
                n if n == last => per_log * power * libm::log(self.hz[i]),
                _ => per_log,
            }
        })
    }
}

/// Fits the aperiodic part to `log_power` at `hz`; the exponent begins with the slope from end to end of `spectrum`.
pub fn fit(mode: Mode, hz: &[f64], log_power: &[f64], spectrum: &[f64]) -> Option<Vec<f64>> {
    let last = hz.len() - 1;
    let rise = spectrum[last] - spectrum[0];
    let exponent = (rise / (libm::log10(hz[last]) - libm::log10(hz[0]))).abs();
    let start = match mode {
        Mode::Fixed => vec![log_power[0], exponent],
        Mode::Knee => vec![log_power[0], 0.0, exponent],
    };
    unbounded(&Aperiodic { mode, hz }, log_power, &start)
}

/// Fits the aperiodic part, then again to the points that lie lowest above the first fit, where no peak is.
pub fn robust_fit(mode: Mode, hz: &[f64], log_power: &[f64]) -> Option<Vec<f64>> {
    let first = fit(mode, hz, log_power, log_power)?;
    let curve = Aperiodic { mode, hz }.values(&first);
    let above = log_power.iter().zip(&curve);
    let above: Vec<f64> = above.map(|(p, model)| (p - model).max(0.0)).collect();
    let threshold = percentile(&above, FREE_OF_PEAKS_PERCENTILE);
    let free = (0..hz.len()).filter(|&i| above[i] <= threshold);
    let (hz, log_power): (Vec<f64>, Vec<f64>) = free.map(|i| (hz[i], log_power[i])).unzip();
    // fewer points than parameters determine nothing
    if hz.len() < mode.n_parameters() {
        return None;
    }
    unbounded(&Aperiodic { mode, hz: &hz }, &log_power, &first)
}

/// The percentile between the two values next to it.
fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = percent / 100.0 * (sorted.len() - 1) as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
}
