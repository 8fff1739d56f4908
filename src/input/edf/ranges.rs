//! The physical and the digital range of a signal: together they make samples of the numbers in the file. Ranges that make
//! none, or that no recorder has, are reported.
//!
//! Source: EDF and EDF+ (www.edfplus.info/specs): the digital maximum is larger than the digital minimum; an inverted
//! amplifier has a physical maximum below the physical minimum.

use super::fields::{SHOWN, text};
use crate::input::location::{Calibration, Sample};
use crate::input::written;
use crate::phrase::{count, listed};

/// Channels that a notice lists at most.
const MAX_LISTED: usize = 8;
/// Physical values beyond this are reported: eight characters write 99999999 at most without an exponent, and a recorder's
/// unit is of the size of its signal.
const MAX_PHYSICAL: f64 = 1e9;
/// Physical ranges narrower than this are reported: a MEG of some fT in T, with room to spare.
const MIN_PHYSICAL_WIDTH: f64 = 1e-18;

/// The four fields of a signal's ranges.
#[derive(Clone, Debug)]
pub struct SignalRange {
    /// Physical minimum and maximum, digital minimum and maximum, as the file writes them.
    texts: [String; 4],
    values: [Option<f64>; 4],
}

/// A fault of a range, which its samples survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    NotANumber,
    EmptyPhysical,
    EmptyDigital,
    Overflows,
    DigitalUpsideDown,
    DigitalTooWide,
    Implausible,
}

/// All faults, in the order in which they are reported.
const FAULTS: &[Fault] = &[
    Fault::NotANumber,
    Fault::EmptyPhysical,
    Fault::EmptyDigital,
    Fault::Overflows,
    Fault::DigitalUpsideDown,
    Fault::DigitalTooWide,
    Fault::Implausible,
];

impl Fault {
    /// The fault, and how the samples are read nevertheless.
    fn message(self, sample: Sample) -> (&'static str, String) {
        const AS_STORED: &str = "the numbers are read as stored, without a unit";
        let (low, high) = stored_limits(sample);
        match self {
            Fault::NotANumber => (
                "physical or digital ranges that are not numbers",
                AS_STORED.into(),
            ),
            Fault::EmptyPhysical => (
                "an empty physical range (minimum = maximum)",
                AS_STORED.into(),
            ),
            Fault::EmptyDigital => (
                "an empty digital range (minimum = maximum)",
                AS_STORED.into(),
            ),
            Fault::Overflows => (
                "a physical range that leaves no finite samples, or only zeros",
                AS_STORED.into(),
            ),
            Fault::DigitalUpsideDown => (
                "a digital range that is upside down (minimum above maximum)",
                "read by the standard's formula; check their polarity".into(),
            ),
            Fault::DigitalTooWide => (
                "a digital range beyond the numbers that the format stores",
                format!(
                    "read by the standard's formula; check their amplitude ({low} to {high} can be stored)"
                ),
            ),
            Fault::Implausible => (
                "a physical range that no recorder has",
                "read by the standard's formula; check their amplitude and unit".into(),
            ),
        }
    }

    /// Whether the fault concerns the digital range.
    fn is_digital(self) -> bool {
        matches!(
            self,
            Fault::EmptyDigital | Fault::DigitalUpsideDown | Fault::DigitalTooWide
        )
    }
}

impl SignalRange {
    /// From the fields of physical minimum and maximum, digital minimum and maximum.
    pub fn parse(fields: [&[u8]; 4]) -> SignalRange {
        let texts = fields.map(text);
        let values = std::array::from_fn(|k| written::float(&texts[k]));
        SignalRange { texts, values }
    }

    /// Gain and offset, computed in the same order of operations as other EDF readers so that samples are bit-identical.
    /// `None` if the ranges give none: samples are then the numbers as stored.
    pub fn calibration(&self, sample: Sample) -> Option<(f64, f64)> {
        self.gain_and_offset(sample).ok()
    }

    /// Lowest and highest number that the digital range allows, if it makes samples and is narrower than `sample`.
    pub fn digital_limits(&self, sample: Sample) -> Option<(f64, f64)> {
        self.calibration(sample)?;
        let (from, to) = (self.values[2]?, self.values[3]?);
        let (low, high) = (from.min(to), from.max(to));
        let (lowest, highest) = stored_limits(sample);
        (low > lowest || high < highest).then_some((low, high))
    }

    fn gain_and_offset(&self, sample: Sample) -> Result<(f64, f64), Fault> {
        let [Some(low), Some(high), Some(digital_low), Some(digital_high)] = self.values else {
            return Err(Fault::NotANumber);
        };
        if low == high {
            return Err(Fault::EmptyPhysical);
        }
        if digital_low == digital_high {
            return Err(Fault::EmptyDigital);
        }
        let gain = (high - low) / (digital_high - digital_low);
        let offset = low - digital_low * gain;
        match Calibration::of(sample, vec![gain], vec![offset]) {
            Ok(_) => Ok((gain, offset)),
            Err(_) => Err(Fault::Overflows),
        }
    }

    fn has(&self, fault: Fault, sample: Sample) -> bool {
        if let Err(found) = self.gain_and_offset(sample) {
            return found == fault;
        }
        let [low, high, digital_low, digital_high] =
            self.values.map(|value| value.unwrap_or(f64::NAN));
        match fault {
            Fault::DigitalUpsideDown => digital_low > digital_high,
            Fault::DigitalTooWide => {
                let (lowest, highest) = stored_limits(sample);
                digital_low.min(digital_high) < lowest || digital_low.max(digital_high) > highest
            }
            Fault::Implausible => {
                low.abs().max(high.abs()) > MAX_PHYSICAL || (high - low).abs() < MIN_PHYSICAL_WIDTH
            }
            _ => false,
        }
    }

    /// The range in which the fault is, as the file writes it.
    fn written(&self, fault: Fault) -> String {
        let [low, high, digital_low, digital_high] = &self.texts;
        if fault == Fault::NotANumber {
            return format!(
                "\"{low}\" to \"{high}\", digital \"{digital_low}\" to \"{digital_high}\""
            );
        }
        if fault.is_digital() {
            return format!("{digital_low} to {digital_high}");
        }
        format!("{low} to {high}")
    }
}

/// The lowest and the highest number that `sample`, a signed integer, stores.
fn stored_limits(sample: Sample) -> (f64, f64) {
    let largest = 2_f64.powi(8 * sample.bytes() as i32 - 1);
    (-largest, largest - 1.0)
}

/// A notice for every kind of fault that these ranges have, each with the label of its channel.
pub fn notices(channels: &[(&str, &SignalRange)], sample: Sample) -> Vec<String> {
    let notice = |&fault: &Fault| {
        let faulty = channels
            .iter()
            .filter(|(_, range)| range.has(fault, sample));
        let names: Vec<String> = faulty
            .map(|(label, range)| format!("{label} ({})", range.written(fault)))
            .collect();
        let (what, reading) = fault.message(sample);
        (!names.is_empty()).then(|| {
            let n = count(names.len() as u64, "channel");
            let verb = if names.len() == 1 { "has" } else { "have" };
            let names = listed(&names, MAX_LISTED, 2 * SHOWN);
            format!("{n} {verb} {what}, {reading}: {names}")
        })
    };
    FAULTS.iter().filter_map(notice).collect()
}
