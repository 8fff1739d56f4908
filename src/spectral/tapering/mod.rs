//! What trials or windows are multiplied with: `taper`, `taper_opt`, `tapsmofrq`, `nTaper` and `keeptapers`, of all methods that
//! take FFTs.

mod level;
mod prolate;
mod settle;

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

pub use level::Level;
pub use prolate::Prolate;
pub use settle::{Lengths, Tapers};

use super::cfg::{option, plain};
use super::quantity::Quantity;
use super::tapers::{Value, Window};
use crate::setting::{Refusal, Section, Setting};

/// What the config asks for.
#[derive(Clone, Debug)]
pub struct Tapering {
    /// The window and its name; `None` multiplies with nothing.
    window: Option<Setting<(String, Window)>>,
    window_options: BTreeMap<String, Value>,
    tapsmofrq: Option<Setting<f64>>,
    n_taper: Option<Setting<u64>>,
    keeptapers: bool,
}

impl Tapering {
    /// Reads the keys.
    ///
    /// # Errors
    /// Values that no recording makes legal; an average over tapers of anything but power.
    pub fn from_section(
        section: &Section,
        quantity: &Setting<Quantity>,
        warnings: &mut Vec<String>,
    ) -> Result<Tapering, Refusal> {
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
        Ok(Tapering {
            window: window(section, window_options.as_ref(), tapsmofrq.is_some())?,
            window_options: window_options.map_or_else(BTreeMap::new, |options| options.value),
            keeptapers: keeptapers && tapsmofrq.is_some(),
            tapsmofrq,
            n_taper,
        })
    }

    /// Whether there is more than a window.
    pub fn is_multitaper(&self) -> bool {
        self.tapsmofrq.is_some()
    }

    /// Whether every taper has spectra of its own.
    pub fn keeps_tapers(&self) -> bool {
        self.keeptapers
    }

    /// As Syncopy's `cfg` holds the keys.
    pub fn cfg(&self) -> [(&'static str, Json); 5] {
        let options = self.window_options.iter();
        let options: Map<String, Json> = options
            .map(|(name, value)| (name.clone(), option(value)))
            .collect();
        let options = (!options.is_empty()).then_some(options);
        let tapsmofrq = self.tapsmofrq.as_ref();
        [
            (
                "taper",
                json!(self.window.as_ref().map(|window| &window.value.0)),
            ),
            ("taper_opt", json!(options)),
            (
                "tapsmofrq",
                tapsmofrq.map_or(Json::Null, |hz| plain(hz.value)),
            ),
            (
                "nTaper",
                json!(self.n_taper.as_ref().map(|n_taper| n_taper.value)),
            ),
            ("keeptapers", json!(self.keeptapers)),
        ]
    }
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
