//! The keys of mtmfft, checked as far as that is possible without the recording.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::choice::Choice;
use super::pad::{Pad, padded};
use crate::recording::Recording;
use crate::setting::{Refusal, Section, Setting};
use crate::spectral::detrend::Detrend;
use crate::spectral::quantity::{Quantity, WORDS};
use crate::spectral::tapers::{Value, Window};

/// What the config asks of mtmfft.
#[derive(Clone, Debug)]
pub struct Options {
    pub(super) quantity: Quantity,
    pub(super) keeptrials: bool,
    pub(super) foi: Option<Setting<Vec<f64>>>,
    pub(super) foilim: Option<Setting<[f64; 2]>>,
    pub(super) pad: Setting<Pad>,
    pub(super) detrend: Detrend,
    /// The window and its name; `None` multiplies with nothing.
    pub(super) window: Option<Setting<(String, Window)>>,
    window_options: BTreeMap<String, Value>,
    pub(super) tapsmofrq: Option<Setting<f64>>,
    pub(super) n_taper: Option<Setting<u64>>,
    pub(super) keeptapers: bool,
    pub(super) demean_taper: bool,
    pub(super) ft_compat: bool,
    pub(super) estimate: Choice,
}

impl Options {
    /// Reads the keys of mtmfft.
    ///
    /// # Errors
    /// Values that no recording makes legal.
    pub fn from_section(section: &Section, warnings: &mut Vec<String>) -> Result<Options, Refusal> {
        let foi = section.numbers("foi")?;
        let foilim = section.numbers("foilim")?;
        if let (Some(foi), Some(_)) = (&foi, &foilim) {
            return Err(foi.refuse("expected either foi or foilim, not both"));
        }
        if let Some(foi) = foi.as_ref().filter(|foi| foi.value.is_empty()) {
            return Err(foi.refuse("expected at least one frequency"));
        }
        let foilim = foilim
            .map(|foilim| {
                foilim.try_map(|f| {
                    <[f64; 2]>::try_from(f.clone()).map_err(|_| "expected two frequencies")
                })
            })
            .transpose()?;
        if let Some(foilim) = foilim.as_ref().filter(|f| f.value[0] > f.value[1]) {
            warnings.push(format!(
                "{}{}: taken as from the lower to the higher",
                foilim.place, foilim.found
            ));
        }
        let tapsmofrq = tapsmofrq(section)?;
        let mut n_taper = section.count("nTaper", 1)?;
        let keeptapers = section.flag("keeptapers")?;
        if tapsmofrq.is_none() {
            let is_used = |value: &toml::Value| {
                !matches!(value.as_bool(), Some(false)) && value.as_str() != Some("none")
            };
            for raw in ["nTaper", "keeptapers"]
                .into_iter()
                .filter_map(|key| section.raw(key))
            {
                if is_used(raw.value) {
                    warnings.push(raw.refuse("no effect without tapsmofrq").to_string());
                }
            }
            n_taper = None;
        }
        let quantity = quantity(section)?;
        let keeptapers = keeptapers.is_some_and(|keep| keep.value);
        if let Some(tapsmofrq) = &tapsmofrq
            && quantity.value != Quantity::Pow
            && !keeptapers
        {
            let place = if quantity.is_written() {
                &quantity.place
            } else {
                &tapsmofrq.place
            };
            return Err(Refusal {
                place: place.clone(),
                found: quantity.found.clone(),
                what: ": with tapsmofrq only power can be averaged over tapers; expected keeptapers = true or output \
                       = \"pow\""
                    .into(),
            });
        }
        let window_options = window_options(section)?;
        let demean_taper = section
            .flag("demean_taper")?
            .is_some_and(|demean| demean.value);
        let obstacle = if tapsmofrq.is_none() {
            Some("without tapsmofrq there is nothing to average over")
        } else if quantity.value != Quantity::Pow {
            Some("only power can be averaged")
        } else if keeptapers {
            Some("keeptapers = true needs every taper")
        } else if demean_taper {
            Some("demean_taper = true needs every taper")
        } else {
            None
        };
        Ok(Options {
            estimate: Choice::from_section(section, obstacle)?,
            quantity: quantity.value,
            keeptrials: section.flag("keeptrials")?.is_none_or(|keep| keep.value),
            foi,
            foilim,
            pad: pad(section)?,
            detrend: detrend(section)?,
            window: window(section, window_options.as_ref(), tapsmofrq.is_some())?,
            window_options: window_options.map_or_else(BTreeMap::new, |options| options.value),
            keeptapers: keeptapers && tapsmofrq.is_some(),
            tapsmofrq,
            n_taper,
            demean_taper,
            ft_compat: section
                .flag("ft_compat")?
                .is_some_and(|compat| compat.value),
        })
    }

    /// Whether power is averaged over dpss tapers, and that is all.
    pub(super) fn averages_power_over_tapers(&self) -> bool {
        self.tapsmofrq.is_some()
            && self.quantity == Quantity::Pow
            && !self.keeptapers
            && !self.demean_taper
    }

    /// Syncopy's keys with the values that are in effect, `None` as null.
    ///
    /// # Panics
    /// If the recording is not the one that was designed for.
    pub fn cfg(&self, recording: &Recording) -> Vec<(&'static str, Json)> {
        let sorted = |[a, b]: [f64; 2]| json!([plain(a.min(b)), plain(a.max(b))]);
        let window_options: Map<String, Json> = self
            .window_options
            .iter()
            .map(|(name, value)| (name.clone(), option(value)))
            .collect();
        let window_options = (!window_options.is_empty()).then_some(window_options);
        vec![
            ("method", json!("mtmfft")),
            ("output", json!(self.quantity.word())),
            ("keeptrials", json!(self.keeptrials)),
            (
                "foi",
                self.foi
                    .as_ref()
                    .map_or(Json::Null, |foi| plain_list(&foi.value)),
            ),
            (
                "foilim",
                self.foilim
                    .as_ref()
                    .map_or(Json::Null, |foilim| sorted(foilim.value)),
            ),
            ("pad", self.pad_cfg(recording)),
            (
                "polyremoval",
                match self.detrend {
                    Detrend::None => Json::Null,
                    Detrend::Mean => json!(0),
                    Detrend::Line => json!(1),
                },
            ),
            (
                "taper",
                json!(self.window.as_ref().map(|window| &window.value.0)),
            ),
            ("demean_taper", json!(self.demean_taper)),
            ("taper_opt", json!(window_options)),
            (
                "tapsmofrq",
                self.tapsmofrq
                    .as_ref()
                    .map_or(Json::Null, |tapsmofrq| plain(tapsmofrq.value)),
            ),
            (
                "nTaper",
                json!(self.n_taper.as_ref().map(|n_taper| n_taper.value)),
            ),
            ("keeptapers", json!(self.keeptapers)),
            ("ft_compat", json!(self.ft_compat)),
        ]
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

/// A number for Syncopy, where an integer may not be written 3.0.
fn plain(number: f64) -> Json {
    // 2^53: above it a float no longer holds every whole number
    if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
        json!(number as i64)
    } else {
        json!(number)
    }
}

fn plain_list(numbers: &[f64]) -> Json {
    numbers.iter().copied().map(plain).collect()
}

fn option(value: &Value) -> Json {
    match value {
        Value::Number(number) => plain(*number),
        Value::Flag(flag) => json!(flag),
        Value::List(list) => plain_list(list),
    }
}

fn quantity(section: &Section) -> Result<Setting<Quantity>, Refusal> {
    let Some(text) = section.text("output")? else {
        return Ok(Setting::default_of("freqanalysis", "output", Quantity::Pow));
    };
    if text.value.starts_with("fooof") {
        return Err(text.refuse("this output is not available yet"));
    }
    let words: Vec<&'static str> = WORDS.iter().map(|(word, _)| *word).collect();
    let word = section.word("output", &words)?.expect("it was written");
    Ok(word.map(|word| {
        WORDS
            .iter()
            .find(|(known, _)| *known == word)
            .expect("a known word")
            .1
    }))
}

fn tapsmofrq(section: &Section) -> Result<Option<Setting<f64>>, Refusal> {
    let Some(tapsmofrq) = section.number("tapsmofrq")? else {
        return Ok(None);
    };
    if !tapsmofrq.value.is_finite() || tapsmofrq.value < 0.0 {
        return Err(tapsmofrq.refuse("expected a smoothing bandwidth in Hz, usually 1 to 10"));
    }
    Ok(Some(tapsmofrq))
}

fn pad(section: &Section) -> Result<Setting<Pad>, Refusal> {
    let expected = "expected \"maxperlen\", \"nextpow2\" or the padded length in seconds";
    let Some(raw) = section.raw("pad") else {
        return Ok(Setting::default_of("freqanalysis", "pad", Pad::Maxperlen));
    };
    raw.try_map(|value| match value {
        toml::Value::String(word) if word == "maxperlen" => Ok(Pad::Maxperlen),
        toml::Value::String(word) if word == "nextpow2" => Ok(Pad::Nextpow2),
        toml::Value::Integer(seconds) => Ok(Pad::Seconds(*seconds as f64)),
        toml::Value::Float(seconds) if seconds.is_finite() => Ok(Pad::Seconds(*seconds)),
        _ => Err(expected),
    })
}

fn detrend(section: &Section) -> Result<Detrend, Refusal> {
    let expected = "expected 0, 1 or \"none\"";
    let Some(raw) = section.raw("polyremoval") else {
        return Ok(Detrend::Mean);
    };
    let number = match raw.value {
        toml::Value::String(word) if word == "none" => return Ok(Detrend::None),
        toml::Value::Integer(number) => *number as f64,
        toml::Value::Float(number) => *number,
        _ => return Err(raw.refuse(expected)),
    };
    match number {
        0.0 => Ok(Detrend::Mean),
        1.0 => Ok(Detrend::Line),
        _ => Err(raw.refuse(expected)),
    }
}

/// The window that `taper` and `taper_opt` name; none of its own when tapsmofrq asks for dpss.
fn window(
    section: &Section,
    options: Option<&Setting<BTreeMap<String, Value>>>,
    is_multitaper: bool,
) -> Result<Option<Setting<(String, Window)>>, Refusal> {
    let taper = section
        .text("taper")?
        .unwrap_or_else(|| Setting::default_of("freqanalysis", "taper", "hann".into()));
    if is_multitaper && taper.value != "hann" {
        return Err(taper.refuse("expected no taper beside tapsmofrq, which sets the tapers"));
    }
    if taper.value == "none" {
        return match options {
            Some(options) => {
                Err(options.refuse("expected \"none\": without a taper there is nothing to set"))
            }
            None => Ok(None),
        };
    }
    let made = Window::from_name(&taper.value, options.map(|options| &options.value));
    match made {
        Ok(window) => Ok(Some(taper.map(|name| (name, window)))),
        Err(error) if error.concerns_options() => match options {
            Some(options) => Err(options.refuse(error)),
            None => Err(taper.refuse(format!("{error}; set it in taper_opt"))),
        },
        Err(error) => Err(taper.refuse(error)),
    }
}

fn window_options(section: &Section) -> Result<Option<Setting<BTreeMap<String, Value>>>, Refusal> {
    let Some(raw) = section.raw("taper_opt") else {
        return Ok(None);
    };
    if raw.value.as_str() == Some("none") {
        return Ok(None);
    }
    let number = |value: &toml::Value| {
        value
            .as_float()
            .or(value.as_integer().map(|number| number as f64))
    };
    let parameter = |value: &toml::Value| match value {
        toml::Value::Boolean(flag) => Some(Value::Flag(*flag)),
        toml::Value::Array(list) => list
            .iter()
            .map(number)
            .collect::<Option<_>>()
            .map(Value::List),
        single => number(single).map(Value::Number),
    };
    raw.try_map(|value| {
        value
            .as_table()
            .and_then(|table| {
                table
                    .iter()
                    .map(|(name, value)| Some((name.clone(), parameter(value)?)))
                    .collect()
            })
            .ok_or("expected a table of numbers, as { beta = 14 }, or \"none\"")
    })
    .map(Some)
}
