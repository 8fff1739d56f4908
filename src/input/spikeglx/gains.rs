//! How many microvolts a number of a probe's channel is: Vmax / Imax / gain.

use std::collections::HashMap;

use super::meta::{Meta, RESTORE, shown};
use super::probes::{Gains, MaxInt, Probe};
use super::saved::{AP, LF, Saved};
use crate::error::Result;
use crate::phrase::number;

/// Keys with the gain of channel 0, AP and LF.
const GAIN_KEYS: [&str; 2] = ["imChan0apGain", "imChan0lfGain"];
/// What to do where a `.meta` file is of no use.
pub const AS_BINARY: &str =
    "or read the .bin file with input.format = \"binary\" and a scale of your own";

/// Microvolts per number, for every number that is stored, and what the user should know about them.
pub struct ProbeGains {
    /// 1 for words of synchronization.
    pub microvolts: Vec<f64>,
    /// About gains that the file has twice.
    pub notices: Vec<String>,
}

/// The probe of a file, as messages name it.
struct Named {
    probe: &'static Probe,
    name: String,
}

impl ProbeGains {
    /// Those of the saved channels.
    ///
    /// # Errors
    /// A type of probe that is not known, or something that its rules need is missing or wrong.
    pub fn read(meta: &Meta, saved: &[Saved]) -> Result<ProbeGains> {
        let named = probe(meta)?;
        let mut notices = Vec::new();
        let volts = meta.positive("imAiRangeMax")? / max_int(meta, &named, &mut notices)?;
        let gains = match named.probe.gains {
            Gains::PerChannel => table(meta)?,
            Gains::InHead => Table::of_head(meta)?,
            Gains::Fixed(_) | Gains::InMeta(_) => Table::default(),
        };
        let microvolts = saved.iter().map(|saved| {
            let band = saved.kind;
            if band > LF {
                return Ok(1.0);
            }
            let gain = match named.probe.gains {
                Gains::PerChannel | Gains::InHead => gains.gain(meta, saved)?,
                Gains::Fixed(gain) => match written(meta, band)? {
                    Some(written) => written,
                    None => gain,
                },
                Gains::InMeta(gain) => written(meta, band)?.ok_or_else(|| {
                    missing(meta, GAIN_KEYS[AP], &named, "gain of the channels", gain)
                })?,
            };
            Ok(volts * (1.0 / gain) * 1e6)
        });
        let microvolts = microvolts.collect::<Result<_>>()?;
        for band in [AP, LF] {
            if saved.iter().any(|saved| saved.kind == band) {
                notices.extend(disagreement(meta, &named, &gains, band));
            }
        }
        Ok(ProbeGains {
            microvolts,
            notices,
        })
    }
}

/// The gain of all channels that the file has beside `imroTbl`. LF channels that were made of a probe's only band have the
/// gain of that band.
fn written(meta: &Meta, band: usize) -> Result<Option<f64>> {
    for key in [GAIN_KEYS[band], GAIN_KEYS[AP]] {
        if meta.optional(key).is_some() {
            return meta.positive(key).map(Some);
        }
    }
    Ok(None)
}

/// That something is missing which SpikeGLX always writes for such a probe, with what its data sheet says.
fn missing(
    meta: &Meta,
    key: &str,
    named: &Named,
    what: &str,
    expected: f64,
) -> crate::error::Error {
    meta.wrong(format!(
        "{key} is missing; expected the {what} of {}, which SpikeGLX writes: {RESTORE}, or add the \
         line {key}={}, which is right for an unchanged probe of this type",
        named.name,
        number(expected)
    ))
}

fn max_int(meta: &Meta, named: &Named, notices: &mut Vec<String>) -> Result<f64> {
    const KEY: &str = "imMaxInt";
    if meta.optional(KEY).is_some() {
        return meta.positive(KEY);
    }
    match named.probe.max_int {
        MaxInt::OrElse(max_int) => {
            // files of Neuropixels 1.0 were written without it for years
            if !matches!(named.probe.gains, Gains::PerChannel) {
                notices.push(format!(
                    "{KEY} is missing in its .meta file: samples are scaled with {}, as for {}",
                    number(max_int),
                    named.name
                ));
            }
            Ok(max_int)
        }
        MaxInt::InMeta(max_int) => Err(missing(
            meta,
            KEY,
            named,
            "largest number of the converter",
            max_int,
        )),
    }
}

/// A line of the file that names the probe.
struct Claim {
    /// The line, for messages.
    line: String,
    /// How other messages name the probe.
    name: String,
    /// The probe, if it is known.
    probe: Option<&'static Probe>,
}

/// What the file says about its probe, what counts most first.
fn claims(meta: &Meta) -> Vec<Claim> {
    let of_number = |text: &str| text.parse().ok().and_then(Probe::of_type);
    let of_text = |text: &str| of_number(text).or_else(|| Probe::of_part(text));
    let claim = |key: &str, text: &str, kind: &str, probe| Claim {
        line: format!("{key} is {}", shown(text)),
        name: format!("a probe {kind}{}", shown(text)),
        probe,
    };
    let mut claims = Vec::new();
    if let Some(text) = meta.optional("imDatPrb_type") {
        claims.push(claim("imDatPrb_type", text, "of type ", of_text(text)));
    }
    let is_phase_3a = meta.optional("imProbeOpt").is_some();
    if is_phase_3a {
        claims.push(Claim {
            line: "imProbeOpt is there, as in phase 3A".into(),
            name: "a probe of phase 3A".into(),
            probe: of_number("0"),
        });
    }
    if let Some(text) = meta.optional("imDatPrb_pn") {
        claims.push(claim("imDatPrb_pn", text, "", Probe::of_part(text)));
    }
    let list = meta.list("~imroTbl").unwrap_or_default();
    let head = list.first().and_then(|head| head.split(',').next());
    // phase 3A has the serial number of the probe in the head
    if let Some(text) = head.map(str::trim).filter(|_| !is_phase_3a) {
        claims.push(claim(
            "the head of ~imroTbl",
            text,
            "of type ",
            of_text(text),
        ));
    }
    claims
}

/// The probe that the file names.
fn probe(meta: &Meta) -> Result<Named> {
    let claims = claims(meta);
    let Some(first) = claims.first() else {
        return Err(meta.wrong(format!(
            "does not name the probe; expected imDatPrb_type, as SpikeGLX writes it: {RESTORE}, \
             {AS_BINARY}"
        )));
    };
    let Some(probe) = first.probe else {
        return Err(meta.wrong(format!(
            "{}; expected a type of Neuropixels 1.0, 2.0 or NXT whose gains are known here: correct it in a copy of both \
             files if it is wrong, {AS_BINARY}",
            first.line
        )));
    };
    let differs = |other: &&Claim| other.probe.is_some_and(|other| !other.is_scaled_as(probe));
    if let Some(other) = claims.iter().find(differs) {
        return Err(meta.wrong(format!(
            "{}, but {}; expected the same probe in both: {RESTORE}",
            first.line, other.line
        )));
    }
    Ok(Named {
        probe,
        name: first.name.clone(),
    })
}

/// Gains of `imroTbl`.
#[derive(Default)]
struct Table {
    /// AP and LF of each channel.
    by_channel: HashMap<usize, [f64; 2]>,
    /// AP and LF of the others.
    of_all: Option<[f64; 2]>,
}

/// The gains of each channel: `(channel bank reference AP LF)`, since phase 3B with one number more.
fn table(meta: &Meta) -> Result<Table> {
    let mut table = Table::default();
    let list = meta.list("~imroTbl").unwrap_or_default();
    for entry in list.iter().skip(1) {
        let numbers: Vec<&str> = entry.split_whitespace().collect();
        let channel = numbers.first().and_then(|channel| channel.parse().ok());
        let gains = match numbers[..] {
            [_, _, _, ap, lf] | [_, _, _, ap, lf, _] => Some([gain(ap), gain(lf)]),
            _ => None,
        };
        let (Some(channel), Some(gains)) = (channel, gains) else {
            return Err(meta.wrong(format!(
                "imroTbl has ({}); expected channel, bank, reference, gains of AP and LF, and filter, as SpikeGLX writes \
                 them for this type of probe: {RESTORE}, {AS_BINARY}",
                shown(entry)
            )));
        };
        if table.by_channel.insert(channel, gains).is_some() {
            return Err(meta.wrong(format!(
                "imroTbl has channel {channel} twice; expected every channel once, as SpikeGLX writes them: {RESTORE}"
            )));
        }
    }
    Ok(table)
}

/// A gain, NaN where it is not a number.
fn gain(text: &str) -> f64 {
    text.trim().parse().unwrap_or(f64::NAN)
}

impl Table {
    /// The gains in the head of the table: `(type,columns,reference,AP,LF,filter)`.
    fn of_head(meta: &Meta) -> Result<Table> {
        let list = meta.list("~imroTbl").unwrap_or_default();
        let head = list.first().copied().unwrap_or_default();
        match head.split(',').collect::<Vec<_>>()[..] {
            [_, _, _, ap, lf, _] => Ok(Table {
                of_all: Some([gain(ap), gain(lf)]),
                ..Table::default()
            }),
            _ => Err(meta.wrong(format!(
                "imroTbl begins with ({}); expected type, columns, reference, gains of AP and LF, and filter, as SpikeGLX \
                 writes them for this type of probe: {RESTORE}, {AS_BINARY}",
                shown(head)
            ))),
        }
    }

    fn of_channel(&self, channel: usize) -> Option<[f64; 2]> {
        self.by_channel.get(&channel).copied().or(self.of_all)
    }

    fn gain(&self, meta: &Meta, saved: &Saved) -> Result<f64> {
        let gain = self.of_channel(saved.number).map(|gains| gains[saved.kind]);
        let channel = saved.acquired;
        let found = match gain {
            Some(gain) if gain.is_finite() && gain > 0.0 => return Ok(gain),
            Some(gain) if gain.is_nan() => {
                format!("the gain of channel {channel} in imroTbl is no number")
            }
            Some(gain) => format!(
                "the gain of channel {channel} in imroTbl is {}",
                number(gain)
            ),
            None => format!("no gain of channel {channel} in imroTbl"),
        };
        Err(meta.wrong(format!(
            "{found}; expected ~imroTbl as SpikeGLX writes it, with a gain above 0 for every channel of the probe: \
             {RESTORE}, {AS_BINARY}"
        )))
    }
}

/// What is wrong between the gain that the file has for channel 0 and the one of its table or type.
fn disagreement(meta: &Meta, named: &Named, table: &Table, band: usize) -> Option<String> {
    let key = GAIN_KEYS[band];
    let written = meta.positive(key).ok()?;
    let differs = |gain: f64| (gain - written).abs() > 1e-9 * gain;
    match named.probe.gains {
        Gains::PerChannel | Gains::InHead => {
            let gain = table.of_channel(0)?[band];
            differs(gain).then(|| {
                format!(
                    "{key} is {}, but imroTbl has {} for channel 0: the gains of imroTbl are used",
                    number(written),
                    number(gain)
                )
            })
        }
        Gains::Fixed(gain) | Gains::InMeta(gain) => differs(gain).then(|| {
            format!(
                "{key} is {}, which is used, but {} has the gain {}",
                number(written),
                named.name,
                number(gain)
            )
        }),
    }
}
