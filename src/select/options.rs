//! The keys of `[select]`, and what Syncopy's `cfg` holds of them.

use serde_json::{Map, Value, json};

use super::{Item, Latency, Period, Select, Selected};
use crate::setting::{Key, Refusal, Section, Setting, number};
use crate::spectral::Remark;

/// The keys.
pub const KEYS: &[Key] = &[
    Key {
        name: "trials",
        default: "\"all\"",
        unit: "",
        legal: "\"all\", a number (from 0), a range \"0:10\", what is left out \"-3\", or a list of them",
        about: "trials to analyse, in this order",
    },
    Key {
        name: "channel",
        default: "\"all\"",
        unit: "",
        legal: "\"all\", a name, a number (from 0), a range \"0:16\", \"EEG*\", \"/expression/\", what is left out \"-EOG*\", or a list of them",
        about: "channels to analyse, in this order",
    },
    Key {
        name: "latency",
        default: "\"none\"",
        unit: "s",
        legal: "\"none\", [begin, end], both ends included, \"maxperiod\", \"minperiod\", \"prestim\" or \"poststim\"",
        about: "time window of every trial, relative to its trigger",
    },
];

/// Reads `[select]`.
///
/// # Errors
/// Values of the wrong type; whether trials and channels exist is checked by [`super::select`].
pub fn parse(section: &Section) -> Result<Select, Refusal> {
    let mut remarks = Vec::new();
    let latency = section.raw("latency");
    let latency = latency.map(|raw| latency_of(raw, &mut remarks));
    Ok(Select {
        trials: list(section, "trials", "a list of trial numbers, counted from 0")?,
        channel: list(section, "channel", "a list of channel names or numbers")?,
        latency: latency.transpose()?.flatten(),
        remarks,
    })
}

/// The selection as Syncopy's `cfg` holds it, given what it selected; nothing when everything is selected.
pub fn cfg(select: &Select, selected: &Selected) -> Option<Value> {
    let mut cfg = Map::new();
    if select.trials.is_some() || selected.n_dropped > 0 {
        let numbers = selected
            .recording
            .trials
            .iter()
            .map(|trial| json!(trial.number));
        cfg.insert("trials".into(), numbers.collect());
    }
    if select.channel.is_some() {
        // Syncopy takes names or numbers, no mixture
        let channels = selected.recording.channels.iter();
        let labels = channels.map(|channel| json!(channel.label));
        cfg.insert("channel".into(), labels.collect());
    }
    if let Some(window) = &selected.window_s {
        cfg.insert("latency".into(), json!(window));
    }
    (!cfg.is_empty()).then_some(Value::Object(cfg))
}

/// One item or a list of items; "all" and "none" count as absent.
fn list(
    section: &Section,
    key: &str,
    expected: &str,
) -> Result<Option<Setting<Vec<Item>>>, Refusal> {
    let Some(raw) = section.raw(key) else {
        return Ok(None);
    };
    if matches!(raw.value.as_str(), Some("all" | "none")) {
        return Ok(None);
    }
    let values = match raw.value {
        toml::Value::Array(values) => &values[..],
        single => std::slice::from_ref(single),
    };
    let mut items = Vec::with_capacity(values.len());
    for value in values {
        let item = match value {
            toml::Value::String(text) => Some(Item::parse(text).map_err(|what| raw.refuse(what))?),
            toml::Value::Integer(number) => usize::try_from(*number).ok().map(Item::number),
            _ => None,
        };
        items.extend(item);
    }
    if items.is_empty() || items.len() < values.len() {
        return Err(raw.refuse(format!("expected {expected}, or \"all\"")));
    }
    Ok(Some(raw.map(|_| items)))
}

fn latency_of(
    raw: Setting<&toml::Value>,
    remarks: &mut Vec<Remark>,
) -> Result<Option<Setting<Latency>>, Refusal> {
    let latency = match raw.value {
        toml::Value::String(word) if matches!(word.as_str(), "none" | "all") => return Ok(None),
        toml::Value::String(word) => {
            let known = Period::WORDS.iter().find(|(known, _)| known == word);
            known.map(|(_, period)| Latency::Period(*period))
        }
        toml::Value::Array(window) => {
            let window: Option<Vec<f64>> = window.iter().map(number).collect();
            match window.as_deref() {
                Some(&[begin, end]) if begin.is_finite() && end.is_finite() => {
                    remarks.extend(raw.reversed([begin, end]).map(Remark::Warning));
                    Some(Latency::Window([begin.min(end), begin.max(end)]))
                }
                _ => None,
            }
        }
        _ => None,
    };
    match latency {
        Some(latency) => Ok(Some(raw.map(|_| latency))),
        None => {
            let words: Vec<String> = Period::WORDS
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect();
            Err(raw.refuse(format!(
                "expected [begin, end] in seconds, or one of {}",
                words.join(", ")
            )))
        }
    }
}
