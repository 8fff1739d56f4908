//! `[select]`: what part of the recording is analysed.

use serde_json::{Map, Value, json};

use crate::recording::{ChannelName, Recording, Select};
use crate::setting::{Refusal, Section, Setting};

/// Reads `[select]`.
///
/// # Errors
/// Values of the wrong type; whether trials and channels exist is checked by [`Recording::select`].
pub fn parse(section: &Section) -> Result<Select, Refusal> {
    Ok(Select {
        trials: list(
            section,
            "trials",
            "a list of trial numbers, counted from 0",
            trial_number,
        )?,
        channel: list(
            section,
            "channel",
            "a list of channel names or numbers",
            channel_name,
        )?,
        latency: latency(section)?,
    })
}

/// The selection as Syncopy's `cfg` holds it, given what it `selected`; nothing when everything is selected.
pub fn cfg(select: &Select, selected: &Recording) -> Option<Value> {
    let mut cfg = Map::new();
    if let Some(trials) = &select.trials {
        cfg.insert("trials".into(), json!(trials.value));
    }
    if select.channel.is_some() {
        // Syncopy takes names or numbers, no mixture
        let labels = selected.channels.iter().map(|channel| json!(channel.label));
        cfg.insert("channel".into(), labels.collect());
    }
    if let Some(latency) = &select.latency {
        cfg.insert("latency".into(), json!(latency.value));
    }
    (!cfg.is_empty()).then_some(Value::Object(cfg))
}

fn trial_number(value: &toml::Value) -> Option<usize> {
    value
        .as_integer()
        .and_then(|number| usize::try_from(number).ok())
}

fn channel_name(value: &toml::Value) -> Option<ChannelName> {
    match value {
        toml::Value::String(label) => Some(ChannelName::Label(label.clone())),
        other => trial_number(other).map(ChannelName::Number),
    }
}

/// One item or a list of items; "all" and "none" count as absent.
fn list<T>(
    section: &Section,
    key: &str,
    expected: &str,
    item: fn(&toml::Value) -> Option<T>,
) -> Result<Option<Setting<Vec<T>>>, Refusal> {
    let Some(raw) = section.raw(key) else {
        return Ok(None);
    };
    if matches!(raw.value.as_str(), Some("all" | "none")) {
        return Ok(None);
    }
    let items: Option<Vec<T>> = match raw.value {
        toml::Value::Array(values) => values.iter().map(item).collect(),
        single => item(single).map(|item| vec![item]),
    };
    match items {
        Some(items) if !items.is_empty() => Ok(Some(raw.map(|_| items))),
        _ => Err(raw.refuse(format!("expected {expected}, or \"all\""))),
    }
}

fn latency(section: &Section) -> Result<Option<Setting<[f64; 2]>>, Refusal> {
    let Some(latency) = section.numbers("latency")? else {
        return Ok(None);
    };
    latency
        .try_map(|window| match window[..] {
            [begin, end] if begin.is_finite() && end.is_finite() && begin <= end => {
                Ok([begin, end])
            }
            _ => Err("expected [begin, end] in seconds, begin not after end"),
        })
        .map(Some)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::tables::SELECT;
    use crate::recording::Channel;
    use crate::setting::{Entry, Place};

    fn written(text: &str) -> Result<Select, Refusal> {
        let table: toml::Table = toml::from_str(text).unwrap();
        let entries: BTreeMap<String, Entry> = table
            .into_iter()
            .map(|(key, value)| (key, Entry::new(value, Place::Default)))
            .collect();
        parse(&Section::new("select", SELECT, &entries)?)
    }

    #[test]
    fn a_single_item_is_a_list_of_one_and_all_is_no_selection() {
        let select = written("trials = 3\nchannel = [\"Cz\", 0]\n").unwrap();
        assert_eq!(select.trials.unwrap().value, [3]);
        assert_eq!(
            select.channel.unwrap().value,
            [ChannelName::Label("Cz".into()), ChannelName::Number(0)]
        );
        let select = written("trials = \"all\"\nlatency = \"none\"\n").unwrap();
        assert_eq!(select, Select::default());
    }

    #[test]
    fn cfg_calls_all_channels_by_name() {
        let recording = Recording {
            sample_rate_hz: 1000.0,
            channels: Channel::of(vec!["Cz".into(), "Pz".into()]),
            trials: Vec::new(),
            is_double: false,
            n_info: 0,
        };
        let select = written("channel = [\"Pz\", 0]\n").unwrap();
        let (selected, _) = recording.select(&select).unwrap();
        assert_eq!(
            cfg(&select, &selected),
            Some(json!({ "channel": ["Pz", "Cz"] }))
        );
        assert_eq!(cfg(&Select::default(), &recording), None);
    }

    #[test]
    fn selections_of_the_wrong_type_are_refused() {
        for text in [
            "trials = -1",
            "trials = []",
            "trials = \"first\"",
            "channel = [true]",
            "latency = [1, 0]",
            "latency = [1]",
        ] {
            assert!(written(text).is_err(), "{text}");
        }
    }
}
