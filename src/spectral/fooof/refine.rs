//! Power spectra replaced by their models, and the models' parameters beside them.

use super::fit::Model;
use super::settings::Settings;
use crate::phrase::number;
use crate::setting::{Refusal, Section, Setting};
use crate::spectral::Real;
use crate::spectral::fit_numbers::FitNumbers;
use crate::spectral::remark::Remark;

/// What is added to peaks, so that their logarithm exists: Syncopy's.
const MIN_PEAK: f64 = 1e-16;
/// Steps of the frequencies that a peak is wide at least, if it is to be told from noise: fooof's.
const RESOLVED: f64 = 1.5;
/// Numbers of a model before those of its peaks.
const OF_MODEL: [&str; 7] = [
    "is_fitted",
    "offset",
    "knee",
    "exponent",
    "r_squared",
    "error",
    "n_peaks",
];
/// Numbers of a peak: fooof's centre frequency, power above the aperiodic part and bandwidth, and the Gaussian's height.
const OF_PEAK: [&str; 4] = ["CF", "PW", "BW", "height"];

/// What is stored of a model, in the unit of power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// Its aperiodic part.
    Aperiodic,
    /// What the peaks add to the aperiodic part.
    Peaks,
}

/// The words for them.
pub const WORDS: [(&str, Part); 3] = [
    ("fooof", Part::Whole),
    ("fooof_aperiodic", Part::Aperiodic),
    ("fooof_peaks", Part::Peaks),
];

/// What the config asks for: `output` and `fooof_opt`.
#[derive(Clone, Debug, PartialEq)]
pub struct Fits {
    /// What is stored.
    pub part: Part,
    /// How it is fitted.
    pub settings: Settings,
}

impl Fits {
    /// Reads the keys; none where `output` asks for no model, with a warning if there are settings of one.
    ///
    /// # Errors
    /// Settings that are not legal.
    pub fn from_section(
        section: &Section,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Setting<Fits>>, Refusal> {
        let settings = Settings::from_section(section, warnings)?;
        let text = section.text("output")?;
        let part = |text: &Setting<String>| {
            let found = WORDS.iter().find(|(word, _)| *word == text.value);
            found.map(|(_, part)| *part)
        };
        if let Some(text) = text
            && let Some(part) = part(&text)
        {
            return Ok(Some(text.map(|_| Fits { part, settings })));
        }
        if settings != Settings::default()
            && let Some(raw) = section.raw("fooof_opt")
        {
            warnings.push(
                raw.refuse("no effect without output = \"fooof\"")
                    .to_string(),
            );
        }
        Ok(None)
    }

    /// What is said of frequencies, at equal distances, that are too few for a model, or that resolve less than peaks may be narrow.
    pub fn remark(&self, hz: &[f64]) -> Option<Remark> {
        let fewest = self.settings.fewest_frequencies();
        if hz.len() < fewest {
            return Some(Remark::Warning(format!(
                "no model is fitted, spectra are NaN: {}, expected at least {fewest}, four more than the aperiodic part has \
                 parameters; set foilim or pad",
                match hz.len() {
                    1 => "there is 1 frequency".to_owned(),
                    n => format!("there are {n} frequencies"),
                }
            )));
        }
        let step_hz = hz[1] - hz[0];
        let narrowest = self.settings.peak_width_limits[0];
        let is_narrow = narrowest <= RESOLVED * step_hz;
        is_narrow.then(|| {
            Remark::Warning(format!(
                "peaks may be as narrow as {narrowest} Hz, frequencies are {} Hz apart: noise may be fitted as peaks; set \
                 peak_width_limits in fooof_opt, from about {} Hz on",
                number(step_hz),
                number(2.0 * step_hz)
            ))
        })
    }

    /// Syncopy's word for what is stored.
    pub fn word(&self) -> &'static str {
        let found = WORDS.iter().find(|(_, part)| *part == self.part);
        found.expect("every part has a word").0
    }

    /// The numbers that are stored of every spectrum.
    pub fn numbers(&self) -> FitNumbers {
        let mut columns: Vec<String> = OF_MODEL.map(str::to_owned).into();
        for peak in 1..=self.settings.max_n_peaks {
            columns.extend(OF_PEAK.map(|name| format!("{name}{peak}")));
        }
        FitNumbers {
            columns,
            about: "the model of every spectrum, (row, channel, number): is_fitted is 0 where there is none; offset, knee and \
                    exponent of the aperiodic part log10 P = offset - log10(knee + f^exponent); squared correlation and mean \
                    absolute error in decades of power; number of peaks; of each peak its centre frequency CF in Hz, its power \
                    PW above the aperiodic part in decades, its bandwidth BW in Hz (two standard deviations) and the height of \
                    its Gaussian in decades; NaN where there is nothing",
        }
    }

    /// Bytes that a fit to `n_freqs` works in: the slopes of all parameters, once more scaled, and a dozen spectra.
    pub fn bytes(&self, n_freqs: usize) -> u128 {
        let per_freq = 2 * 3 * self.settings.max_n_peaks + 16;
        (n_freqs * size_of::<f64>()) as u128 * per_freq as u128
    }
}

/// Fits models to spectra at given frequencies.
#[derive(Clone, Debug, PartialEq)]
pub struct Refiner {
    fits: Fits,
    hz: Vec<f64>,
}

impl Refiner {
    /// For spectra at the frequencies `hz` above zero, which are at equal distances.
    pub fn new(fits: Fits, hz: Vec<f64>) -> Refiner {
        Refiner { fits, hz }
    }

    /// Replaces the power of one row, `(n_freqs, n_channels)`, by its models, by NaN where there is none. `numbers` becomes what
    /// is stored beside it, `(n_channels, n_columns)`.
    pub fn refine<T: Real>(&self, power: &mut [T], numbers: &mut Vec<f32>) {
        let n_channels = power.len() / self.hz.len();
        let mut spectrum = vec![0.0; self.hz.len()];
        numbers.clear();
        for channel in 0..n_channels {
            let column = power[channel..].iter().step_by(n_channels);
            let places = spectrum.iter_mut().zip(column);
            places.for_each(|(place, p)| *place = p.to_double());
            let is_fitted = self.hz.len() >= self.fits.settings.fewest_frequencies();
            let fit = || Model::fit(&self.fits.settings, &self.hz, &spectrum);
            let model = is_fitted.then(fit).flatten();
            let column = power[channel..].iter_mut().step_by(n_channels);
            for (i, place) in column.enumerate() {
                let value = model
                    .as_ref()
                    .map_or(f64::NAN, |model| self.value(model, i));
                *place = T::from_double(value);
            }
            self.describe(model.as_ref(), numbers);
        }
    }

    fn value(&self, model: &Model, i: usize) -> f64 {
        let power = |log: f64| libm::pow(10.0, log);
        match self.fits.part {
            Part::Whole => power(model.log[i]),
            Part::Aperiodic => power(model.aperiodic_log[i]),
            Part::Peaks => power(model.log[i]) - power(model.aperiodic_log[i]) + MIN_PEAK,
        }
    }

    fn describe(&self, model: Option<&Model>, numbers: &mut Vec<f32>) {
        let end = numbers.len() + OF_MODEL.len() + OF_PEAK.len() * self.fits.settings.max_n_peaks;
        match model {
            None => numbers.push(0.0),
            Some(model) => {
                let (offset, rest) = (model.aperiodic[0], &model.aperiodic[1..]);
                let (knee, exponent) = match rest {
                    [knee, exponent] => (*knee, *exponent),
                    _ => (f64::NAN, rest[0]),
                };
                let n_peaks = model.gaussians.len() as f64;
                let of_model = [
                    offset,
                    knee,
                    exponent,
                    model.r_squared,
                    model.error,
                    n_peaks,
                ];
                numbers.push(1.0);
                numbers.extend(of_model.map(|x| x as f32));
                for (peak, gaussian) in model.peaks(&self.hz).iter().zip(&model.gaussians) {
                    let of_peak = [peak.centre, peak.height, peak.width, gaussian.height];
                    numbers.extend(of_peak.map(|x| x as f32));
                }
            }
        }
        numbers.resize(end, f32::NAN);
    }
}
