//! `structure.oebin`: JSON that says which streams a recording has, and what their channels are.

use std::path::Path;

use serde::Deserialize;

use super::units;
use crate::error::{Error, Result};
use crate::input::{MAX_CHANNELS, check_label, check_sample_rate, read_small};
use crate::phrase::{count, number, shorten};
use crate::recording::Channel;

/// Bytes of such a file; a thousand channels take some 500 kB.
const MAX_BYTES: u64 = 64 << 20;
/// Characters that are shown of what was found.
const SHOWN: usize = 80;

/// What to do about a file that was changed or cut.
const RESTORE: &str = "copy structure.oebin from the recording computer again";

/// The contents of a recording.
pub struct Structure {
    /// Its streams of samples.
    pub continuous: Vec<Continuous>,
}

/// A stream of samples.
pub struct Continuous {
    /// Its folder.
    pub folder: String,
    /// In Hz.
    pub sample_rate_hz: f64,
    /// Units per number, for every number that is stored; 1 for words of synchronization.
    pub gain: Vec<f64>,
    /// The channels, without those words.
    pub channels: Vec<Channel>,
    /// What the user should know about their units.
    pub notices: Vec<String>,
}

#[derive(Deserialize)]
struct StructureFile {
    #[serde(default)]
    continuous: Vec<ContinuousEntry>,
}

#[derive(Deserialize)]
struct ContinuousEntry {
    folder_name: String,
    sample_rate: f64,
    num_channels: u64,
    channels: Vec<ChannelEntry>,
}

#[derive(Deserialize)]
struct ChannelEntry {
    channel_name: String,
    bit_volts: f64,
    #[serde(default)]
    units: String,
}

impl Structure {
    /// Reads the file.
    ///
    /// # Errors
    /// No such file, or one that does not say what it should: path, found, expected.
    pub fn read(path: &Path) -> Result<Structure> {
        const DOING: &str = "read this description of a recording";
        let wrong = |what: String| Error::Recording {
            path: path.to_owned(),
            what,
        };
        let bytes = read_small(path, DOING, MAX_BYTES)?;
        let file: StructureFile = serde_json::from_slice(&bytes).map_err(|error| {
            let error = shorten(&error.to_string(), SHOWN);
            wrong(format!(
                "{error}; expected JSON as Open Ephys writes it: {RESTORE}"
            ))
        })?;
        let streams = file.continuous.into_iter();
        let continuous = streams.map(|entry| entry.checked().map_err(wrong));
        Ok(Structure {
            continuous: continuous.collect::<Result<_>>()?,
        })
    }
}

impl ContinuousEntry {
    fn checked(self) -> Result<Continuous, String> {
        let folder = self.folder_name.trim_end_matches('/').to_owned();
        let of = || format!("the stream {}", shorten(&folder, SHOWN));
        check_label(&folder).map_err(|expected| {
            format!("{} has this name; expected {expected}: {RESTORE}", of())
        })?;
        check_sample_rate(self.sample_rate).map_err(|expected| {
            let rate = number(self.sample_rate);
            format!(
                "{} has the sample_rate {rate}; expected {expected}: {RESTORE}",
                of()
            )
        })?;
        let n = self.channels.len();
        if n as u64 != self.num_channels || n == 0 || n > MAX_CHANNELS {
            return Err(format!(
                "{} has num_channels {} and describes {n} channels; expected the same number in both, 1 to {MAX_CHANNELS}: {RESTORE}",
                of(),
                self.num_channels
            ));
        }
        let mut gain = Vec::new();
        let mut channels = Vec::new();
        let mut notices = Vec::new();
        for (column, channel) in self.channels.into_iter().enumerate() {
            let name = shorten(&channel.channel_name, SHOWN);
            for text in [&channel.channel_name, &channel.units] {
                check_label(text).map_err(|expected| {
                    format!(
                        "{} has the channel {name} of the unit {}; expected {expected}: {RESTORE}",
                        of(),
                        shorten(text, SHOWN)
                    )
                })?;
            }
            if channel.channel_name.contains("SYNC") {
                gain.push(1.0);
                continue;
            }
            let bit_volts = channel.bit_volts;
            if !bit_volts.is_finite() || bit_volts == 0.0 {
                let bit_volts = number(bit_volts);
                return Err(format!(
                    "{} has bit_volts {bit_volts} for {name}; expected a number other than 0: correct it in a copy of the recording's folder",
                    of()
                ));
            }
            gain.push(bit_volts);
            notices.extend(units::doubt(
                &channel.channel_name,
                bit_volts,
                &channel.units,
            ));
            let unit = match channel.units.as_str() {
                "" => units::default_unit(&channel.channel_name),
                unit => unit,
            };
            channels.push(Channel {
                label: channel.channel_name,
                column,
                unit: unit.to_owned(),
            });
        }
        if channels.is_empty() {
            return Err(format!(
                "{} has only words of synchronization; expected a channel at least: name another stream with input.dataset",
                of()
            ));
        }
        Ok(Continuous {
            folder,
            sample_rate_hz: self.sample_rate,
            gain,
            channels,
            notices: summarized(notices),
        })
    }
}

/// One notice for all channels with the same doubt.
fn summarized(mut notices: Vec<String>) -> Vec<String> {
    let n_more = notices.len().saturating_sub(1);
    notices.truncate(1);
    if let Some(notice) = notices.first_mut()
        && n_more > 0
    {
        notice.push_str(&format!(
            " ({} of this kind)",
            count(n_more as u64 + 1, "channel")
        ));
    }
    notices
}
