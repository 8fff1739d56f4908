//! The keys that methods with wavelets share.

use serde_json::{Value as Json, json};

use crate::phrase::number;
use crate::recording::Recording;
use crate::setting::{Refusal, Section, Setting};
use crate::spectral::averaging::AverageKeys;
use crate::spectral::compat::Compat;
use crate::spectral::detrend::Detrend;
use crate::spectral::frequencies::{Wanted, up_to_half};
use crate::spectral::quantity::Quantity;
use crate::spectral::times::{Steps, Times};
use crate::spectral::toi::Toi;

/// What lies around the times of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// The rest of the trial; numbers that depend on what lies beyond it are NaN.
    Nan,
    /// The rest of the trial, and zeros beyond it.
    Trial,
    /// Zeros: Syncopy cuts the trial to the times of interest first.
    Cut,
}

impl Edges {
    const WORDS: [&'static str; 3] = ["nan", "zero", "trial"];

    fn from_section(section: &Section, compat: Compat) -> Result<Edges, Refusal> {
        let word = section.word("edges", &Edges::WORDS)?;
        Ok(match (word.map(|word| word.value), compat) {
            (Some("nan"), _) | (None, Compat::None) => Edges::Nan,
            (Some("zero") | None, Compat::Syncopy) => Edges::Cut,
            _ => Edges::Trial,
        })
    }

    /// The word for it in results.
    pub fn word(self) -> &'static str {
        match self {
            Edges::Nan => "nan",
            Edges::Trial => "trial",
            Edges::Cut => "zero",
        }
    }
}

/// What coefficients mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaling {
    /// What they are in Syncopy; they depend on the sample rate.
    Spectrum,
    /// A sine of amplitude A at a filter's frequency has coefficients of magnitude A.
    Amplitude,
}

/// What the config asks for.
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) quantity: Quantity,
    pub(super) averages: AverageKeys,
    pub(in crate::spectral) wanted: Wanted,
    pub(super) detrend: Detrend,
    pub(super) toi: Setting<Toi>,
    pub(super) edges: Edges,
    pub(super) scaling: Scaling,
    pub(super) compat: Compat,
}

/// The longest period in samples: that of the longest trial there can be.
const MAX_PERIOD: f64 = 1_099_511_627_776.0;
/// How far a step of `foilim` may lie above the upper limit.
const ROUNDING_HZ: f64 = 1e-9;
/// Syncopy's lowest frequency in Hz, which it raises lower ones to.
const MIN_HZ: f64 = 0.01;
/// Frequencies at most: more than any picture shows, and few enough to be listed.
const MAX_FREQUENCIES: f64 = 1e6;
/// Scales per octave of the automatic choice.
///
/// Source: Torrence & Compo (1998), Bull. Am. Meteorol. Soc. 79, 61–78, eq. 9–10, with δj = 1/4.
const PER_OCTAVE: f64 = 4.0;

impl Options {
    /// Reads the keys.
    ///
    /// # Errors
    /// Values that no recording makes legal.
    pub fn from_section(
        section: &Section,
        compat: Compat,
        warnings: &mut Vec<String>,
    ) -> Result<Options, Refusal> {
        let toi = Toi::from_section(section)?;
        if let Toi::Overlap(_) = toi.value {
            return Err(
                toi.refuse("wavelets have no windows; expected \"all\" or a list of times in s")
            );
        }
        let scaling = section.word("scaling", &["spectrum", "amplitude"])?;
        Ok(Options {
            quantity: Quantity::from_section(section)?.value,
            averages: AverageKeys::from_section(section, compat, warnings)?,
            wanted: Wanted::from_section(section, warnings)?,
            detrend: Detrend::from_section(section)?,
            toi,
            edges: Edges::from_section(section, compat)?,
            compat,
            scaling: match scaling {
                Some(word) if word.value == "amplitude" => Scaling::Amplitude,
                _ => Scaling::Spectrum,
            },
        })
    }

    /// The frequencies in Hz that are asked for: those of `foi`, in steps of 1 Hz from the lower to the upper limit of `foilim`,
    /// or else from the period of two samples to that of a trial, four per octave, rising. `scale` is that of a period in s,
    /// `frequency` its inverse. In Syncopy those below 0.01 Hz, 0 among them, are raised to it.
    ///
    /// # Errors
    /// Frequencies that are not above 0, up to half the sample rate; more than can be stored.
    pub fn frequencies(
        &self,
        recording: &Recording,
        scale: impl Fn(f64) -> f64,
        frequency: impl Fn(f64) -> f64,
    ) -> Result<Vec<f64>, Refusal> {
        let fs = recording.sample_rate_hz;
        let as_syncopy = self.compat.is_syncopy();
        if !as_syncopy {
            self.check_above_zero(fs)?;
        }
        self.wanted.check(fs)?;
        let lowest = if as_syncopy { MIN_HZ } else { 0.0 };
        let legal = |f: f64| up_to_half(f, fs).max(lowest);
        if let Some(foi) = &self.wanted.foi {
            return Ok(foi.value.iter().map(|&f| legal(f)).collect());
        }
        if let Some(foilim) = &self.wanted.foilim {
            let [a, b] = foilim.value;
            let (low, high) = (a.min(b), a.max(b));
            let n = (high + 1.0 - low).ceil();
            if n > MAX_FREQUENCIES {
                return Err(foilim.refuse(format!(
                    "expected at most {MAX_FREQUENCIES} frequencies of 1 Hz"
                )));
            }
            let all = (0..n as usize).map(|k| low + k as f64);
            // sums may round to a little above the limit
            let is_within = |f: &f64| *f <= high + ROUNDING_HZ;
            return Ok(all.filter(is_within).map(legal).collect());
        }
        let smallest = scale(2.0 / fs);
        let longest = match self.edges {
            Edges::Nan => recording.longest_trial(),
            _ => recording.shortest_trial(),
        };
        let octaves = libm::log2(longest as f64 / fs / smallest);
        let n = (PER_OCTAVE * octaves).max(0.0) as usize;
        let scales = (0..=n)
            .rev()
            .map(|j| smallest * libm::exp2(j as f64 / PER_OCTAVE));
        Ok(scales.map(frequency).collect())
    }

    /// Which samples rows stand for.
    pub(super) fn times(&self, recording: &Recording) -> Times {
        let steps = Steps {
            step: 1,
            before: 0,
            behind: 0,
            from_zero: !self.compat.is_syncopy(),
        };
        let times = Times::of(recording, &self.toi.value, steps, self.compat);
        match self.edges {
            Edges::Cut => times.before(),
            _ => times,
        }
    }

    /// Refuses frequencies of which there is no wavelet.
    fn check_above_zero(&self, sample_rate_hz: f64) -> Result<(), Refusal> {
        let least = sample_rate_hz / MAX_PERIOD;
        let check = |setting: Setting<&[f64]>| match setting.value.iter().find(|f| **f < least) {
            Some(f) => Err(setting.refuse(format!(
                "a wavelet of {} Hz does not exist; expected frequencies above 0",
                number(*f)
            ))),
            None => Ok(()),
        };
        let foi = self.wanted.foi.as_ref();
        let foilim = self.wanted.foilim.as_ref();
        foi.map_or(Ok(()), |foi| check(foi.clone().map(|_| &foi.value[..])))?;
        foilim.map_or(Ok(()), |f| check(f.clone().map(|_| &f.value[..])))
    }

    /// Syncopy's keys with the values that are in effect, `None` as null.
    pub fn cfg(&self, method: &str) -> Vec<(&'static str, Json)> {
        let mut cfg = vec![
            ("method", json!(method)),
            ("output", json!(self.quantity.word())),
            ("keeptrials", json!(self.averages.keeptrials.value)),
            ("polyremoval", self.detrend.cfg()),
            ("toi", self.toi.value.cfg()),
        ];
        cfg.extend(self.wanted.cfg());
        cfg
    }
}
