//! The channels of a `.bin` file, and how many units a number of each is.

use std::collections::HashMap;

use super::gains::{AS_BINARY, ProbeGains};
use super::meta::{Meta, RESTORE, shown};
use super::saved::{AP, LF, Saved, kinds, saved};
use crate::error::Result;
use crate::input::check_label;
use crate::recording::Channel;

/// Largest number of NI's converters, where the file does not say: 16 bits.
const NI_MAX_INT: f64 = 32768.0;

/// What is stored for every sample.
pub struct Stream {
    /// The key of the sample rate.
    pub rate_key: &'static str,
    /// Units per number, for every number that is stored; 1 for digital words.
    pub gain: Vec<f64>,
    /// The channels, without digital words.
    pub channels: Vec<Channel>,
    /// What the user should know about the gains.
    pub notices: Vec<String>,
}

impl Stream {
    /// The stream that a `.meta` file describes.
    ///
    /// # Errors
    /// What is missing or wrong: path, found, expected.
    pub fn read(meta: &Meta) -> Result<Stream> {
        meta.require_marked_lists(&["imroTbl", "snsChanMap"])?;
        if meta.optional("snsApLfSy").is_some() {
            Stream::of_probe(meta)
        } else if meta.optional("snsMnMaXaDw").is_some() {
            Stream::of_ni(meta)
        } else if meta.optional("snsXaDwSy").is_some() {
            Stream::of_onebox(meta)
        } else {
            Err(meta.wrong(format!(
                "says no number of channels; expected snsApLfSy, snsMnMaXaDw or snsXaDwSy, as SpikeGLX writes them: \
                 {RESTORE}, {AS_BINARY}"
            )))
        }
    }

    fn of_probe(meta: &Meta) -> Result<Stream> {
        let names = ["AP", "LF", "SY"];
        let mut kinds = kinds(meta, names, "snsApLfSy", "acqApLfSy")?;
        // CatGT makes LF channels of a probe that has one band only, and numbers them as that band
        if kinds[LF].acquired.is_empty() {
            kinds[LF].acquired = kinds[AP].acquired.clone();
        }
        let saved = saved(meta, &kinds)?;
        let gains = ProbeGains::read(meta, &saved)?;
        let mut stream = Stream::with(meta, &saved, names, "uV", gains.microvolts, &[2])?;
        stream.rate_key = "imSampRate";
        stream.notices = gains.notices;
        Ok(stream)
    }

    fn of_ni(meta: &Meta) -> Result<Stream> {
        let names = ["MN", "MA", "XA", "XD"];
        let saved = saved(meta, &kinds(meta, names, "snsMnMaXaDw", "acqMnMaXaDw")?)?;
        let max_int = match meta.optional("niMaxInt") {
            Some(_) => meta.positive("niMaxInt")?,
            None => NI_MAX_INT,
        };
        let volts = meta.positive("niAiRangeMax")? / max_int;
        let gain = saved.iter().map(|saved| {
            Ok(match saved.kind {
                0 => volts * (1.0 / meta.positive("niMNGain")?),
                1 => volts * (1.0 / meta.positive("niMAGain")?),
                _ => volts,
            })
        });
        let gain = gain.collect::<Result<_>>()?;
        let mut stream = Stream::with(meta, &saved, names, "V", gain, &[3])?;
        stream.rate_key = "niSampRate";
        Ok(stream)
    }

    fn of_onebox(meta: &Meta) -> Result<Stream> {
        let names = ["XA", "XD", "SY"];
        let saved = saved(meta, &kinds(meta, names, "snsXaDwSy", "acqXaDwSy")?)?;
        let volts = meta.positive("obAiRangeMax")? / meta.positive("obMaxInt")?;
        let gain = vec![volts; saved.len()];
        let mut stream = Stream::with(meta, &saved, names, "V", gain, &[1, 2])?;
        stream.rate_key = "obSampRate";
        Ok(stream)
    }

    fn with<const N: usize>(
        meta: &Meta,
        saved: &[Saved],
        kinds: [&str; N],
        unit: &str,
        mut gain: Vec<f64>,
        digital: &[usize],
    ) -> Result<Stream> {
        let names = names(meta);
        let mut channels = Vec::new();
        for (column, saved) in saved.iter().enumerate() {
            if digital.contains(&saved.kind) {
                gain[column] = 1.0;
                continue;
            }
            let label = match names.get(&saved.acquired) {
                Some(name) => (*name).to_owned(),
                None => format!("{}{}", kinds[saved.kind], saved.number),
            };
            check_label(&label).map_err(|expected| {
                meta.wrong(format!(
                    "snsChanMap has the name {}; expected {expected}: shorten it in a copy of both files",
                    shown(&label)
                ))
            })?;
            channels.push(Channel {
                label,
                column,
                unit: unit.to_owned(),
            });
        }
        if channels.is_empty() {
            return Err(meta.wrong(
                "only digital words were saved; expected a channel at least: to read the words as numbers, set \
                 input.format = \"binary\", dtype, n_channels and samplerate",
            ));
        }
        if let Some(gain) = gain.iter().find(|gain| !gain.is_finite()) {
            return Err(meta.wrong(format!(
                "a number is {gain} {unit}; expected a finite factor: check the ranges and gains of this .meta file"
            )));
        }
        Ok(Stream {
            rate_key: "",
            gain,
            channels,
            notices: Vec::new(),
        })
    }
}

/// Names of channels by their number, as `(AP12;12:12)` has them.
fn names(meta: &Meta) -> HashMap<usize, &str> {
    fn name(entry: &str) -> Option<(usize, &str)> {
        let (name, places) = entry.split_once(';')?;
        let acquired = places.split(':').next()?;
        Some((acquired.trim().parse().ok()?, name))
    }
    let entries = meta.list("~snsChanMap").unwrap_or_default();
    entries.into_iter().skip(1).filter_map(name).collect()
}
