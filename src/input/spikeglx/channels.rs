//! The channels of a `.bin` file, and how many units a number of each is.

use std::collections::HashMap;

use super::meta::{Meta, shown};
use crate::error::Result;
use crate::input::{MAX_CHANNELS, check_label};
use crate::recording::Channel;

/// Types of probes whose table has gains for every channel: Neuropixels 1.0 and those that are like it.
const GAINS_BY_CHANNEL: &[u32] = &[0, 1020, 1030, 1100, 1120, 1121, 1122, 1123, 1200, 1300];
/// Types with the same gains for all channels, in the head of the table: Neuropixels UHD, phase 2.
const GAINS_IN_HEAD: u32 = 1110;
/// Gains of types with a fixed one, where an old file does not say: the first versions of Neuropixels 2.0.
const FIXED_GAINS: &[(u32, f64)] = &[
    (21, 80.0),
    (24, 80.0),
    (2003, 80.0),
    (2004, 80.0),
    (2013, 100.0),
    (2014, 100.0),
];
/// Largest number of a converter where the file does not say: with gains by channel, and without.
const IM_MAX_INT: [f64; 2] = [512.0, 8192.0];
/// The same of NI's converters of 16 bits.
const NI_MAX_INT: f64 = 32768.0;

/// What is stored for every sample.
pub struct Stream {
    /// What has the sample rate.
    pub rate_key: &'static str,
    /// Units per number, for every number that is stored; 1 for digital words.
    pub gain: Vec<f64>,
    /// The channels, without digital words.
    pub channels: Vec<Channel>,
}

/// A kind of channel: its short name, how many were acquired, and how many are saved.
struct Kind {
    name: &'static str,
    n_acquired: usize,
    n_saved: usize,
}

/// A saved number: the kind of its channel, its number among those of the kind, and that among all acquired ones.
struct Saved {
    kind: usize,
    number: usize,
    acquired: usize,
}

impl Stream {
    /// What this file says of it.
    ///
    /// # Errors
    /// What is missing or wrong: path, found, expected.
    pub fn of(meta: &Meta) -> Result<Stream> {
        if meta.optional("snsApLfSy").is_some() {
            let saved = saved(
                meta,
                &kinds(meta, ["AP", "LF", "SY"], "snsApLfSy", "acqApLfSy")?,
            )?;
            let gain = probe_gains(meta, &saved)?;
            return Stream::with(
                meta,
                &saved,
                ["AP", "LF", "SY"],
                "imSampRate",
                "uV",
                gain,
                &[2],
            );
        }
        if meta.optional("snsMnMaXaDw").is_some() {
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
            return Stream::with(meta, &saved, names, "niSampRate", "V", gain, &[3]);
        }
        if meta.optional("snsXaDwSy").is_some() {
            let names = ["XA", "XD", "SY"];
            let saved = saved(meta, &kinds(meta, names, "snsXaDwSy", "acqXaDwSy")?)?;
            let volts = meta.positive("obAiRangeMax")? / meta.positive("obMaxInt")?;
            let gain = vec![volts; saved.len()];
            return Stream::with(meta, &saved, names, "obSampRate", "V", gain, &[1, 2]);
        }
        Err(meta.wrong(
            "says no number of channels; expected snsApLfSy, snsMnMaXaDw or snsXaDwSy, as SpikeGLX writes them",
        ))
    }

    fn with<const N: usize>(
        meta: &Meta,
        saved: &[Saved],
        kinds: [&str; N],
        rate_key: &'static str,
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
                    "snsChanMap has the name {}; expected {expected}",
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
            return Err(meta.wrong("only digital words were saved; expected a channel at least"));
        }
        if let Some(gain) = gain.iter().find(|gain| !gain.is_finite()) {
            return Err(meta.wrong(format!(
                "a number is {gain} {unit}; expected a finite factor"
            )));
        }
        Ok(Stream {
            rate_key,
            gain,
            channels,
        })
    }
}

fn kinds<const N: usize>(
    meta: &Meta,
    names: [&'static str; N],
    saved: &str,
    acquired: &str,
) -> Result<[Kind; N]> {
    let n_saved = meta.counts::<N>(saved)?;
    let n_acquired = match meta.optional(acquired) {
        Some(_) => meta.counts::<N>(acquired)?,
        None => n_saved,
    };
    let n: usize = n_saved.iter().sum();
    if n == 0 || n > MAX_CHANNELS {
        return Err(meta.wrong(format!(
            "{saved} names {n} channels; expected 1 to {MAX_CHANNELS}"
        )));
    }
    let claimed = meta.text("nSavedChans")?;
    if claimed.parse() != Ok(n) {
        return Err(meta.wrong(format!(
            "nSavedChans is {}; expected {n}, the sum of {saved}",
            shown(claimed)
        )));
    }
    Ok(std::array::from_fn(|kind| Kind {
        name: names[kind],
        n_acquired: n_acquired[kind],
        n_saved: n_saved[kind],
    }))
}

/// What is saved, in the order of the file.
fn saved(meta: &Meta, kinds: &[Kind]) -> Result<Vec<Saved>> {
    let n: usize = kinds.iter().map(|kind| kind.n_saved).sum();
    let acquired = subset(meta, n)?;
    let mut saved = Vec::new();
    let mut begin = 0;
    for (number, kind) in kinds.iter().enumerate() {
        let end = begin + kind.n_acquired;
        for place in 0..kind.n_saved {
            // without a list all of its kind are saved, one after the other
            let acquired = match &acquired {
                Some(list) => list[saved.len()],
                None => begin + place,
            };
            if !(begin..end).contains(&acquired) {
                return Err(meta.wrong(format!(
                    "channel {acquired} is saved in place of one of {}; expected one from {begin} on, below {end}",
                    kind.name
                )));
            }
            saved.push(Saved {
                kind: number,
                number: acquired - begin,
                acquired,
            });
        }
        begin = end;
    }
    Ok(saved)
}

/// The numbers of the channels that are saved, `n` of them; none where all are.
fn subset(meta: &Meta, n: usize) -> Result<Option<Vec<usize>>> {
    const KEY: &str = "snsSaveChanSubset";
    let Some(text) = meta.optional(KEY) else {
        return Ok(None);
    };
    if text.eq_ignore_ascii_case("all") || text.is_empty() {
        return Ok(None);
    }
    let wrong = || {
        meta.wrong(format!(
            "{KEY} is {}; expected {n} channels, as 0:383,768",
            shown(text)
        ))
    };
    let mut list = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        let number = |text: &str| {
            text.trim()
                .parse::<u32>()
                .ok()
                .map(|number| number as usize)
        };
        let (Some(first), Some(last)) = (number(first), number(last)) else {
            return Err(wrong());
        };
        if last < first || last - first >= n || list.len() + last - first >= n {
            return Err(wrong());
        }
        list.extend(first..=last);
    }
    match list.len() == n {
        true => Ok(Some(list)),
        false => Err(wrong()),
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

/// Microvolts per number of a probe's channels.
fn probe_gains(meta: &Meta, saved: &[Saved]) -> Result<Vec<f64>> {
    let kind = match meta.optional("imDatPrb_type") {
        None => 0,
        Some(text) => text.parse::<u32>().map_err(|_| {
            meta.wrong(format!(
                "imDatPrb_type is {}; expected a number",
                shown(text)
            ))
        })?,
    };
    let by_channel = GAINS_BY_CHANNEL.contains(&kind);
    let max_int = match meta.optional("imMaxInt") {
        Some(_) => meta.positive("imMaxInt")?,
        None => IM_MAX_INT[usize::from(!by_channel)],
    };
    let volts = meta.positive("imAiRangeMax")? / max_int;
    let table = meta.list("~imroTbl").unwrap_or_default();
    let gain = |saved: &Saved| -> Result<f64> {
        let key = ["imChan0apGain", "imChan0lfGain", ""][saved.kind];
        let gain = if saved.kind == 2 {
            return Ok(1.0);
        } else if by_channel {
            // channel, bank, reference, gain of AP, gain of LF
            let entry = table.get(1 + saved.number).copied().unwrap_or_default();
            entry.split_whitespace().nth(3 + saved.kind)
        } else if meta.optional(key).is_some() {
            return meta.positive(key);
        } else if kind == GAINS_IN_HEAD {
            table
                .first()
                .and_then(|head| head.split(',').nth(3 + saved.kind))
        } else if let Some((_, gain)) = FIXED_GAINS.iter().find(|(known, _)| *known == kind) {
            return Ok(*gain);
        } else {
            None
        };
        let number = gain.and_then(|gain| gain.trim().parse::<f64>().ok());
        number
            .filter(|gain| gain.is_finite() && *gain > 0.0)
            .ok_or_else(|| {
                meta.wrong(format!(
                    "no gain of channel {} of a probe of type {kind}; expected it in imroTbl, or {key}",
                    saved.acquired
                ))
            })
    };
    saved
        .iter()
        .map(|saved| Ok(volts * (1.0 / gain(saved)?) * 1e6))
        .collect()
}
