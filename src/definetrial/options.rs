//! The keys of `[definetrial]`.

use std::path::{Path, PathBuf};

use super::Condition;
use crate::setting::{Key, Refusal, Section, Setting, relative};

/// A trial begins or ends at most this far from its event: some decades, so that sums of samples stay whole numbers.
const MAX_S: f64 = 1e9;

/// The keys.
pub const KEYS: &[Key] = &[
    Key {
        name: "events",
        default: "\"none\"",
        unit: "",
        legal: "a table with a line of names (.tsv: tabs, else commas), relative to this file, or \"markers\": those of the recording's file",
        about: "what trials lie around",
    },
    Key {
        name: "where",
        default: "\"none\"",
        unit: "",
        legal: "a condition on columns, as 'trial_type == \"target\" and response_time < 0.5'",
        about: "the events that count",
    },
    Key {
        name: "pre",
        default: "0",
        unit: "s",
        legal: "a number of seconds",
        about: "a trial begins this long before its event",
    },
    Key {
        name: "post",
        default: "\"none\"",
        unit: "s",
        legal: "\"none\" or a number of seconds, above -pre",
        about: "a trial ends this long after its event; absent: with the event itself, which must have a duration",
    },
    Key {
        name: "onset",
        default: "\"onset\"",
        unit: "",
        legal: "the name of a column",
        about: "when an event begins, in seconds from the first sample on",
    },
    Key {
        name: "sample",
        default: "\"none\"",
        unit: "",
        legal: "\"none\" or the name of a column",
        about: "the same in samples, from 0, in place of onset",
    },
    Key {
        name: "trialinfo",
        default: "[]",
        unit: "",
        legal: "a list of columns that hold numbers",
        about: "what is kept of an event beside its trial",
    },
    Key {
        name: "length",
        default: "\"none\"",
        unit: "s",
        legal: "\"none\", a number of seconds, or \"all\"",
        about: "trials that follow each other, this long each, rounded to samples, or one of everything; not together with events",
    },
    Key {
        name: "overlap",
        default: "0",
        unit: "",
        legal: "a number from 0 to below 1",
        about: "which part of it a trial of a fixed length shares with the one before",
    },
    Key {
        name: "clip_edges",
        default: "\"drop\"",
        unit: "",
        legal: "\"drop\", true or false",
        about: "trials past the edges of the recording are left out and counted, cut short (true) or refused (false)",
    },
];

/// A checked `[definetrial]`.
// a job has one of them
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug)]
pub enum Options {
    /// Around events.
    Events(Box<EventOptions>),
    /// One after the other.
    Length(LengthOptions),
}

/// Trials around events.
#[derive(Clone, Debug)]
pub struct EventOptions {
    /// Where the events stand, relative to the current folder; none: in the recording's file.
    pub table: Setting<Option<PathBuf>>,
    /// Those that count.
    pub condition: Option<Setting<Condition>>,
    /// Seconds before the event.
    pub pre: Setting<f64>,
    /// Seconds after it.
    pub post: Option<Setting<f64>>,
    /// Column with the begin of an event in seconds.
    pub onset: Setting<String>,
    /// Column with the begin of an event in samples.
    pub sample: Option<Setting<String>>,
    /// Columns that are kept.
    pub trialinfo: Vec<Setting<String>>,
    /// What becomes of trials past the edges.
    pub clip_edges: Setting<ClipEdges>,
}

/// Trials that follow each other.
#[derive(Clone, Debug)]
pub struct LengthOptions {
    /// How long they are.
    pub length: Setting<Length>,
    /// Which part of it a trial shares with the one before.
    pub overlap: Setting<f64>,
}

/// The length of trials that follow each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// One trial of everything.
    All,
    /// In seconds.
    Seconds(f64),
}

/// What becomes of trials past the edges of the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClipEdges {
    /// They are left out, and counted.
    Drop,
    /// They are cut short, as Syncopy's `True`.
    Clip,
    /// They are an error, as Syncopy's `False`.
    Refuse,
}

impl Options {
    /// Whether the events of the recording's file are needed.
    pub fn are_around_markers(&self) -> bool {
        matches!(self, Options::Events(options) if options.table.value.is_none())
    }

    /// Reads `[definetrial]` of the config file `config`; none where it leaves the trials of the file as they are.
    ///
    /// # Errors
    /// The first value that is not legal, with its line.
    pub fn parse(section: &Section, config: &Path) -> Result<Option<Options>, Refusal> {
        let length = section.raw("length").map(length).transpose()?.flatten();
        let events = section.path("events")?;
        match (events, length) {
            (Some(_), Some(length)) => Err(length.refuse(
                "trials lie around events or follow each other; expected either events or length",
            )),
            (None, Some(length)) => {
                refuse(
                    section,
                    &[
                        "where",
                        "pre",
                        "post",
                        "onset",
                        "sample",
                        "trialinfo",
                        "clip_edges",
                    ],
                    "trials of a fixed length have no events; expected no such key beside length",
                )?;
                Ok(Some(Options::Length(LengthOptions {
                    length,
                    overlap: overlap(section)?,
                })))
            }
            (Some(events), None) => {
                refuse(
                    section,
                    &["overlap"],
                    "trials around events lie where these are; expected no overlap beside events",
                )?;
                {
                    let options = event_options(section, events, config)?;
                    Ok(Some(Options::Events(Box::new(options))))
                }
            }
            (None, None) => {
                let keys: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
                refuse(section, &keys, "expected events or length beside it")?;
                Ok(None)
            }
        }
    }
}

fn event_options(
    section: &Section,
    events: Setting<String>,
    config: &Path,
) -> Result<EventOptions, Refusal> {
    let table = match events.value.as_str() {
        "markers" => events.map(|_| None),
        _ => relative(config, events).map(Some),
    };
    let pre = seconds(section, "pre")?;
    let pre = pre.unwrap_or(Setting::default_of("definetrial", "pre", 0.0));
    let post = seconds(section, "post")?;
    if let Some(post) = &post
        && pre.value + post.value <= 0.0
    {
        return Err(post.refuse(format!(
            "a trial would end before it begins, {} s before its event; expected more than {}",
            pre.value, -pre.value
        )));
    }
    let trialinfo = match section.raw("trialinfo") {
        None => Vec::new(),
        Some(raw) => {
            let text = |value: &toml::Value| value.as_str().map(str::to_owned);
            let list: Option<Vec<String>> = match raw.value {
                toml::Value::Array(list) => list.iter().map(text).collect(),
                one => text(one).map(|one| vec![one]),
            };
            match list {
                Some(list) => list
                    .into_iter()
                    .map(|name| raw.clone().map(|_| name))
                    .collect(),
                None => return Err(raw.refuse("expected a list of names of columns")),
            }
        }
    };
    let condition = section.text("where")?;
    let condition = condition.map(|text| text.try_map(|text| Condition::parse(text)));
    let default = |key, value: &str| Setting::default_of("definetrial", key, value.to_owned());
    Ok(EventOptions {
        table,
        condition: condition.transpose()?,
        pre,
        post,
        onset: section.text("onset")?.unwrap_or(default("onset", "onset")),
        sample: section.text("sample")?,
        trialinfo,
        clip_edges: clip_edges(section)?,
    })
}

/// A finite number of seconds.
fn seconds(section: &Section, key: &str) -> Result<Option<Setting<f64>>, Refusal> {
    let check = |&s: &f64| {
        if s.abs() <= MAX_S {
            Ok(s)
        } else {
            Err(format!("expected seconds from {:e} to {MAX_S:e}", -MAX_S))
        }
    };
    let seconds = section.number(key)?;
    seconds.map(|seconds| seconds.try_map(check)).transpose()
}

fn length(raw: Setting<&toml::Value>) -> Result<Option<Setting<Length>>, Refusal> {
    let length = match raw.value.as_str() {
        Some("none") => return Ok(None),
        Some("all") => Some(Length::All),
        _ => crate::setting::number(raw.value)
            .filter(|&s| s > 0.0 && s <= MAX_S)
            .map(Length::Seconds),
    };
    match length {
        Some(length) => Ok(Some(raw.map(|_| length))),
        None => Err(raw.refuse(format!(
            "expected a number of seconds above 0, up to {MAX_S:e}, or \"all\""
        ))),
    }
}

fn overlap(section: &Section) -> Result<Setting<f64>, Refusal> {
    let check = |&overlap: &f64| {
        if (0.0..1.0).contains(&overlap) {
            Ok(overlap)
        } else {
            Err("expected a number from 0 to below 1")
        }
    };
    match section.number("overlap")? {
        Some(overlap) => overlap.try_map(check),
        None => Ok(Setting::default_of("definetrial", "overlap", 0.0)),
    }
}

fn clip_edges(section: &Section) -> Result<Setting<ClipEdges>, Refusal> {
    let Some(raw) = section.raw("clip_edges") else {
        return Ok(Setting::default_of(
            "definetrial",
            "clip_edges",
            ClipEdges::Drop,
        ));
    };
    let clip_edges = match raw.value {
        toml::Value::Boolean(true) => ClipEdges::Clip,
        toml::Value::Boolean(false) => ClipEdges::Refuse,
        toml::Value::String(word) if word == "drop" => ClipEdges::Drop,
        _ => return Err(raw.refuse("expected \"drop\", true or false")),
    };
    Ok(raw.map(|_| clip_edges))
}

/// Refuses keys that are written though they say nothing, but for their defaults.
fn refuse(section: &Section, keys: &[&str], what: &str) -> Result<(), Refusal> {
    for key in keys {
        if let Some(raw) = section.raw_unless_default(key) {
            return Err(raw.refuse(what));
        }
    }
    Ok(())
}
