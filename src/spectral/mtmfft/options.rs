//! The keys of mtmfft, checked as far as that is possible without the recording.

use serde_json::{Value as Json, json};

use super::choice::Choice;
use super::pad::{Pad, padded};
use crate::recording::Recording;
use crate::setting::{Refusal, Section, Setting};
use crate::spectral::averaging::AverageKeys;
use crate::spectral::cfg::plain;
use crate::spectral::compat::Compat;
use crate::spectral::detrend::Detrend;
use crate::spectral::fooof::{self, Fits};
use crate::spectral::frequencies::Wanted;
use crate::spectral::quantity::{Quantity, WORDS};
use crate::spectral::tapering::{Level, Tapering};

/// What the config asks of mtmfft.
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) quantity: Quantity,
    pub(super) fits: Option<Setting<Fits>>,
    pub(super) averages: AverageKeys,
    pub(super) compat: Compat,
    pub(super) wanted: Wanted,
    pub(super) pad: Setting<Pad>,
    pub(super) detrend: Detrend,
    pub(super) tapering: Tapering,
    pub(super) demean_taper: bool,
    pub(super) level: Level,
    pub(super) estimate: Choice,
}

impl Options {
    /// Reads the keys of mtmfft.
    ///
    /// # Errors
    /// Values that no recording makes legal.
    pub fn from_section(
        section: &Section,
        compat: Compat,
        warnings: &mut Vec<String>,
    ) -> Result<Options, Refusal> {
        let fits = Fits::from_section(section, warnings)?;
        let quantity = match &fits {
            Some(fits) => fits.clone().map(|_| Quantity::Pow),
            None => quantity(section)?,
        };
        let wanted = Wanted::from_section(section, warnings)?;
        let tapering = Tapering::from_section(section, &quantity, warnings)?;
        if let Some(fits) = &fits
            && tapering.keeps_tapers()
        {
            return Err(fits
                .refuse("keeptapers = true keeps what has to be averaged first; expected false"));
        }
        let demean_taper = section
            .flag("demean_taper")?
            .is_some_and(|demean| demean.value);
        let obstacle = if !tapering.is_multitaper() {
            Some("without tapsmofrq there is nothing to average over")
        } else if quantity.value != Quantity::Pow {
            Some("only power can be averaged")
        } else if tapering.keeps_tapers() {
            Some("keeptapers = true needs every taper")
        } else if demean_taper {
            Some("demean_taper = true needs every taper")
        } else {
            None
        };
        Ok(Options {
            estimate: Choice::from_section(section, obstacle)?,
            quantity: quantity.value,
            fits,
            averages: AverageKeys::from_section(section, compat, warnings)?,
            compat,
            wanted,
            pad: Pad::from_section(section)?,
            detrend: Detrend::from_section(section)?,
            tapering,
            demean_taper,
            level: Level::from_section(section)?,
        })
    }

    /// Whether power is averaged over dpss tapers, and that is all.
    pub(super) fn averages_power_over_tapers(&self) -> bool {
        self.tapering.is_multitaper()
            && self.quantity == Quantity::Pow
            && !self.tapering.keeps_tapers()
            && !self.demean_taper
    }

    /// Syncopy's keys with the values that are in effect, `None` as null.
    ///
    /// # Panics
    /// If the recording is not the one that was designed for.
    pub fn cfg(&self, recording: &Recording) -> Vec<(&'static str, Json)> {
        let (output, settings) = match &self.fits {
            Some(Setting { value: fits, .. }) => (fits.word(), fits.settings.cfg()),
            None => (self.quantity.word(), Json::Null),
        };
        let mut cfg = vec![
            ("method", json!("mtmfft")),
            ("output", json!(output)),
            ("fooof_opt", settings),
            ("keeptrials", json!(self.averages.keeptrials.value)),
            ("pad", self.pad_cfg(recording)),
            ("polyremoval", self.detrend.cfg()),
            ("demean_taper", json!(self.demean_taper)),
            (
                "ft_compat",
                json!(self.level == Level::Spectrum { ft_compat: true }),
            ),
        ];
        cfg.extend(self.wanted.cfg());
        cfg.extend(self.tapering.cfg());
        cfg
    }

    /// Padding for Syncopy, which cuts off where we round: half a sample more is the same number of samples there.
    fn pad_cfg(&self, recording: &Recording) -> Json {
        match self.pad.value {
            Pad::Maxperlen => json!("maxperlen"),
            Pad::Nextpow2 => json!("nextpow2"),
            Pad::Seconds(seconds) => {
                let fs = recording.sample_rate_hz;
                let n = padded(&self.pad, recording).expect("the design has padded it") as f64;
                if (seconds * fs).trunc() == n {
                    plain(seconds)
                } else {
                    json!((n + 0.5) / fs)
                }
            }
        }
    }
}

fn quantity(section: &Section) -> Result<Setting<Quantity>, Refusal> {
    let models = fooof::WORDS.iter().map(|(word, _)| *word);
    let words = WORDS.iter().map(|(word, _)| *word).chain(models);
    section.word("output", &Vec::from_iter(words))?;
    Quantity::from_section(section)
}
