//! The parameters of a fit: `fooof_opt`, with fooof's names and defaults.

use serde_json::{Map, Value as Json, json};

use super::aperiodic::Mode;
use crate::setting::{Refusal, Section, nearest, number};
use crate::spectral::cfg::plain;

/// Peaks of a model at most, also where any number is asked for: each has its place in the result, and a fit of more takes
/// longer than anything else.
pub const MAX_PEAKS: usize = 40;

/// The names of the parameters.
const NAMES: [&str; 6] = [
    "peak_width_limits",
    "max_n_peaks",
    "min_peak_height",
    "peak_threshold",
    "aperiodic_mode",
    "verbose",
];

/// How a spectrum is taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The least and the greatest width of a peak, two standard deviations, in Hz.
    pub peak_width_limits: [f64; 2],
    /// Peaks at most, up to [`MAX_PEAKS`].
    pub max_n_peaks: usize,
    /// How far a peak stands out at least, in decades of power.
    pub min_peak_height: f64,
    /// The same in standard deviations of what is left of the spectrum.
    pub peak_threshold: f64,
    /// The shape of the aperiodic part.
    pub mode: Mode,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            peak_width_limits: [0.5, 12.0],
            max_n_peaks: MAX_PEAKS,
            min_peak_height: 0.0,
            peak_threshold: 2.0,
            mode: Mode::Fixed,
        }
    }
}

impl Settings {
    /// Reads `fooof_opt`.
    ///
    /// # Errors
    /// An unknown name, a value that is not legal.
    pub fn from_section(
        section: &Section,
        warnings: &mut Vec<String>,
    ) -> Result<Settings, Refusal> {
        let mut settings = Settings::default();
        let Some(raw) = section.raw("fooof_opt") else {
            return Ok(settings);
        };
        if raw.value.as_str() == Some("none") {
            return Ok(settings);
        }
        let Some(table) = raw.value.as_table() else {
            let expected = "expected a table, as { aperiodic_mode = \"knee\", max_n_peaks = 6 }";
            return Err(raw.refuse(expected));
        };
        for (name, value) in table {
            if !NAMES.contains(&name.as_str()) {
                let advice = nearest(name, NAMES.into_iter());
                return Err(raw.refuse(format!("{name}: no such parameter; {advice}")));
            }
            let refuse = |what: String| raw.refuse(format!("{name}: expected {what}"));
            settings.read(name, value).map_err(refuse)?;
        }
        let [least, most] = &mut settings.peak_width_limits;
        if least > most {
            let what = "peak_width_limits: taken as from the lower to the higher";
            warnings.push(raw.refuse(what).to_string());
            std::mem::swap(least, most);
        }
        Ok(settings)
    }

    /// Takes the parameter of that name, or says what is legal.
    fn read(&mut self, name: &str, value: &toml::Value) -> Result<(), String> {
        match name {
            "peak_width_limits" => {
                let limits = value.as_array().filter(|list| list.len() == 2);
                let limits = limits.and_then(|list| Some([number(&list[0])?, number(&list[1])?]));
                let is_width = |width: &f64| 0.0 < *width && width.is_finite();
                let is_legal =
                    |limits: &[f64; 2]| limits.iter().all(is_width) && limits[0] != limits[1];
                let expected = "[least, greatest] in Hz, above 0 and different";
                self.peak_width_limits = limits.filter(is_legal).ok_or(expected)?;
            }
            "max_n_peaks" => {
                let is_whole = |n: &f64| (0.0..=MAX_PEAKS as f64).contains(n) && n.fract() == 0.0;
                let n = number(value).filter(|n| is_whole(n) || *n == f64::INFINITY);
                let n = n.ok_or(format!("a whole number from 0 to {MAX_PEAKS}, or inf"))?;
                // inf becomes the most there are
                self.max_n_peaks = (n as usize).min(MAX_PEAKS);
            }
            "min_peak_height" => self.min_peak_height = not_negative(value)?,
            "peak_threshold" => self.peak_threshold = not_negative(value)?,
            "aperiodic_mode" => {
                self.mode = match value.as_str() {
                    Some("fixed") => Mode::Fixed,
                    Some("knee") => Mode::Knee,
                    _ => return Err("\"fixed\" or \"knee\"".into()),
                }
            }
            // says more while it fits; there is nothing to hear on many ranks
            "verbose" => {
                value.as_bool().ok_or("true or false")?;
            }
            _ => unreachable!("one of the names"),
        }
        Ok(())
    }

    /// As Syncopy's `cfg` holds them: those that differ from their defaults, null when none does.
    pub fn cfg(&self) -> Json {
        let default = Settings::default();
        let mut cfg = Map::new();
        if self.peak_width_limits != default.peak_width_limits {
            let limits = self.peak_width_limits.map(plain);
            cfg.insert("peak_width_limits".into(), json!(limits));
        }
        if self.max_n_peaks != default.max_n_peaks {
            cfg.insert("max_n_peaks".into(), json!(self.max_n_peaks));
        }
        if self.min_peak_height != default.min_peak_height {
            cfg.insert("min_peak_height".into(), plain(self.min_peak_height));
        }
        if self.peak_threshold != default.peak_threshold {
            cfg.insert("peak_threshold".into(), plain(self.peak_threshold));
        }
        if self.mode != default.mode {
            cfg.insert("aperiodic_mode".into(), json!("knee"));
        }
        if cfg.is_empty() {
            Json::Null
        } else {
            Json::Object(cfg)
        }
    }

    /// Frequencies that a model is fitted to at least: with no more than three beside the parameters of the aperiodic part, nearly
    /// any spectrum has a model, which says nothing.
    pub fn fewest_frequencies(&self) -> usize {
        let n_parameters = match self.mode {
            Mode::Fixed => 2,
            Mode::Knee => 3,
        };
        n_parameters + 4
    }

    /// The least and the greatest standard deviation of a peak, in Hz.
    pub fn deviations(&self) -> [f64; 2] {
        self.peak_width_limits.map(|width| 0.5 * width)
    }
}

fn not_negative(value: &toml::Value) -> Result<f64, String> {
    let legal = number(value).filter(|x| *x >= 0.0 && x.is_finite());
    legal.ok_or_else(|| "a finite number from 0 up".into())
}
