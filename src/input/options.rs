//! `[input]`: the recording, and what its file does not say about itself.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::format::Format;
use super::hdf5_data::Axes;
use super::{MAX_CHANNELS, Sample, check_label, check_sample_rate};
use crate::setting::{Key, Refusal, Section, Setting, number};

/// The keys of `[input]`.
pub const KEYS: &[Key] = &[
    Key {
        name: "path",
        default: "",
        unit: "",
        legal: "a Syncopy container, its data file or its .info file, or a file of the formats below",
        about: "the recording; relative to this file",
    },
    Key {
        name: "format",
        default: "\"auto\"",
        unit: "",
        legal: "\"auto\", \"syncopy\", \"binary\", \"edf\" (also EDF+ and BDF), \"brainvision\", \"fieldtrip\", \"eeglab\", \"nwb\", \"hdf5\", \"spikeglx\", \"openephys\", \"intan\"",
        about: "what kind of file that is; auto goes by the file's name and first bytes",
    },
    Key {
        name: "dataset",
        default: "",
        unit: "",
        legal: "a path within the file, a stream or a variable",
        about: "which of several recordings in one file",
    },
    Key {
        name: "dimord",
        default: "[\"time\", \"channel\"]",
        unit: "",
        legal: "[\"time\", \"channel\"], [\"channel\", \"time\"], [\"trial\", \"time\", \"channel\"], [\"trial\", \"channel\", \"time\"] or [\"time\"]",
        about: "axes of the numbers, the slowest first; of binary files the first two only",
    },
    Key {
        name: "dtype",
        default: "",
        unit: "",
        legal: "\"int8\", \"uint8\", \"int16\", \"uint16\", \"int24\", \"int32\", \"uint32\", \"int64\", \"uint64\", \"float32\" or \"float64\"",
        about: "numbers of a binary file",
    },
    Key {
        name: "byte_order",
        default: "\"little\"",
        unit: "",
        legal: "\"little\" or \"big\"",
        about: "which byte of a number is first in a binary file, the least or the most significant",
    },
    Key {
        name: "n_channels",
        default: "",
        unit: "",
        legal: "a whole number from 1 up",
        about: "channels in a binary file",
    },
    Key {
        name: "header_bytes",
        default: "0",
        unit: "bytes",
        legal: "a whole number from 0 up",
        about: "what comes before the numbers of a binary file",
    },
    Key {
        name: "samplerate",
        default: "",
        unit: "Hz",
        legal: "a number above 0",
        about: "samples per second, where the file does not say; of EDF files whose channels differ, those that are read",
    },
    Key {
        name: "scale",
        default: "1",
        unit: "",
        legal: "a number, or one for every channel of the file",
        about: "sample = number · scale + offset",
    },
    Key {
        name: "offset",
        default: "0",
        unit: "",
        legal: "a number, or one for every channel of the file",
        about: "sample = number · scale + offset",
    },
    Key {
        name: "unit",
        default: "",
        unit: "",
        legal: "a unit such as \"uV\"",
        about: "of the samples",
    },
    Key {
        name: "channel",
        default: "",
        unit: "",
        legal: "a list of names, one for every channel of the file",
        about: "names of the channels; absent: channel1, channel2, …",
    },
];

/// The numbers that a binary file may hold, by NumPy's names.
const DTYPES: &[(&str, Sample)] = &[
    ("int8", Sample::I8),
    ("uint8", Sample::U8),
    ("int16", Sample::I16),
    ("uint16", Sample::U16),
    ("int24", Sample::I24),
    ("int32", Sample::I32),
    ("uint32", Sample::U32),
    ("int64", Sample::I64),
    ("uint64", Sample::U64),
    ("float32", Sample::F32),
    ("float64", Sample::F64),
];

/// A checked `[input]`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Options {
    /// The recording, relative to the current folder.
    pub path: Setting<PathBuf>,
    /// Its format, where the config says so.
    pub format: Option<Setting<Format>>,
    /// Which of several in one file.
    pub dataset: Option<Setting<String>>,
    /// Axes of the numbers.
    pub dimord: Option<Setting<Axes>>,
    /// Numbers as stored.
    pub dtype: Option<Setting<Sample>>,
    /// Whether the most significant byte of a number comes first.
    pub big_endian: Option<Setting<bool>>,
    /// Channels in the file.
    pub n_channels: Option<Setting<u64>>,
    /// Bytes before the numbers.
    pub header_bytes: Option<Setting<u64>>,
    /// In Hz.
    pub samplerate: Option<Setting<f64>>,
    /// One for all channels or one for each.
    pub scale: Option<Setting<Vec<f64>>>,
    /// One for all channels or one for each.
    pub offset: Option<Setting<Vec<f64>>>,
    /// Unit of the samples.
    pub unit: Option<Setting<String>>,
    /// Names of the channels.
    pub channel: Option<Setting<Vec<String>>>,
    /// Whether what happened is wanted, which may take a pass over the file; no key says so, but those of trials do.
    pub wants_events: bool,
}

impl Options {
    /// The recording at this path, of which its file says everything.
    pub fn of_path(path: Setting<PathBuf>) -> Options {
        Options {
            path,
            format: None,
            dataset: None,
            dimord: None,
            dtype: None,
            big_endian: None,
            n_channels: None,
            header_bytes: None,
            samplerate: None,
            scale: None,
            offset: None,
            unit: None,
            channel: None,
            wants_events: false,
        }
    }

    /// Reads `[input]`; `path` is there already, relative to the current folder.
    ///
    /// # Errors
    /// The first value that is not legal, with its line.
    pub fn parse(section: &Section, path: Setting<PathBuf>) -> Result<Options, Refusal> {
        let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        let dtypes: Vec<&str> = DTYPES.iter().map(|(name, _)| *name).collect();
        let format = section.word("format", &[&["auto"], &names[..]].concat())?;
        let of_name = |name: &str| Format::ALL.iter().copied().find(|f| f.name() == name);
        let dtype = section.word("dtype", &dtypes)?;
        let sample = |name: &str| DTYPES.iter().find(|(known, _)| *known == name);
        Ok(Options {
            path,
            format: format
                .filter(|format| format.value != "auto")
                .map(|format| {
                    format.map(|name| of_name(name).expect("one of the words that are legal"))
                }),
            dataset: section.text("dataset")?,
            dimord: section.raw("dimord").map(dimord).transpose()?,
            dtype: dtype.map(|dtype| {
                dtype.map(|name| sample(name).expect("one of the words that are legal").1)
            }),
            big_endian: section
                .word("byte_order", &["little", "big"])?
                .map(|order| order.map(|order| order == "big")),
            n_channels: section
                .count("n_channels", 1)?
                .map(|n| n.try_map(|&n| few_channels(n)))
                .transpose()?,
            header_bytes: section.count("header_bytes", 0)?,
            samplerate: section
                .number("samplerate")?
                .map(|hz| {
                    let check = |&hz: &f64| check_sample_rate(hz).map(|()| hz);
                    hz.try_map(|hz| check(hz).map_err(|expected| format!("expected {expected}")))
                })
                .transpose()?,
            scale: section.raw("scale").map(numbers).transpose()?,
            offset: section.raw("offset").map(numbers).transpose()?,
            unit: section.text("unit")?.map(label).transpose()?,
            channel: section.raw("channel").map(labels).transpose()?,
            wants_events: false,
        })
    }

    /// Refuses keys that say nothing about files of this format.
    ///
    /// # Errors
    /// The first of them.
    pub fn refuse_useless(&self, format: Format) -> Result<(), Refusal> {
        let useless = |key: &str| {
            Err(format!(
                "a file of the format \"{}\" says this itself; expected no {key}",
                format.name()
            ))
        };
        let known = format.keys();
        macro_rules! check {
            ($($field:ident $key:literal),*) => {$(
                if let Some(setting) = &self.$field && !known.contains(&$key) {
                    setting.clone().try_map(|_| useless($key))? as Setting<()>;
                }
            )*};
        }
        check!(
            dataset "dataset", dimord "dimord", dtype "dtype", big_endian "byte_order",
            n_channels "n_channels", header_bytes "header_bytes", samplerate "samplerate",
            scale "scale", offset "offset", unit "unit", channel "channel"
        );
        Ok(())
    }
}

fn few_channels(n: u64) -> Result<u64, String> {
    if n <= MAX_CHANNELS as u64 {
        return Ok(n);
    }
    Err(format!("expected at most {MAX_CHANNELS} channels"))
}

fn dimord(raw: Setting<&toml::Value>) -> Result<Setting<Axes>, Refusal> {
    let words: Option<Vec<&str>> = match raw.value {
        toml::Value::Array(words) => words.iter().map(toml::Value::as_str).collect(),
        _ => None,
    };
    let axes = Axes::ALL
        .iter()
        .find(|axes| words.as_deref() == Some(axes.names()));
    match axes {
        Some(&axes) => Ok(raw.map(|_| axes)),
        None => {
            let all = Axes::ALL.iter().map(|axes| format!("{:?}", axes.names()));
            let all: Vec<String> = all.collect();
            Err(raw.refuse(format!("expected one of {}", all.join(", "))))
        }
    }
}

/// One finite number, or a list of them.
fn numbers(raw: Setting<&toml::Value>) -> Result<Setting<Vec<f64>>, Refusal> {
    let list = match raw.value {
        toml::Value::Array(values) => values.iter().map(number).collect(),
        value => number(value).map(|number| vec![number]),
    };
    match list.filter(|list: &Vec<f64>| list.iter().all(|x| x.is_finite())) {
        Some(list) => Ok(raw.map(|_| list)),
        None => Err(raw.refuse("expected a number, or a list of one for every channel")),
    }
}

fn labels(raw: Setting<&toml::Value>) -> Result<Setting<Vec<String>>, Refusal> {
    let text = |value: &toml::Value| value.as_str().map(str::to_owned);
    let list: Option<Vec<String>> = match raw.value {
        toml::Value::Array(values) => values.iter().map(text).collect(),
        _ => None,
    };
    let Some(list) = list else {
        return Err(raw.refuse("expected a list of names, one for every channel"));
    };
    for text in &list {
        check_label(text).map_err(|expected| raw.refuse(format!("expected {expected}")))?;
    }
    Ok(raw.map(|_| list))
}

fn label(text: Setting<String>) -> Result<Setting<String>, Refusal> {
    let check = |text: &String| {
        check_label(text)
            .map(|()| text.clone())
            .map_err(|expected| format!("expected {expected}"))
    };
    text.try_map(check)
}
