//! The keys of mtmfft, checked as far as that is possible without the recording.

use std::collections::BTreeMap;

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
    pub(super) tapsmofrq: Option<Setting<f64>>,
    pub(super) n_taper: Option<Setting<u64>>,
    pub(super) keeptapers: bool,
    pub(super) demean_taper: bool,
    pub(super) ft_compat: bool,
}

/// Length that trials are padded to with zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pad {
    /// That of the longest trial.
    Maxperlen,
    /// The power of two above that.
    Nextpow2,
    /// A time in seconds.
    Seconds(f64),
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
        Ok(Options {
            quantity: quantity.value,
            keeptrials: section.flag("keeptrials")?.is_none_or(|keep| keep.value),
            foi,
            foilim,
            pad: pad(section)?,
            detrend: detrend(section)?,
            window: window(section, tapsmofrq.is_some())?,
            keeptapers: keeptapers && tapsmofrq.is_some(),
            tapsmofrq,
            n_taper,
            demean_taper: section
                .flag("demean_taper")?
                .is_some_and(|demean| demean.value),
            ft_compat: section
                .flag("ft_compat")?
                .is_some_and(|compat| compat.value),
        })
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
    is_multitaper: bool,
) -> Result<Option<Setting<(String, Window)>>, Refusal> {
    let options = window_options(section)?;
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
    let made = Window::from_name(&taper.value, options.as_ref().map(|options| &options.value));
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
