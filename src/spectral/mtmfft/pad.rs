//! `pad`: what the config asks for, and the samples it means for a recording.

use crate::recording::Recording;
use crate::setting::{Refusal, Section, Setting};

/// Samples of a padded trial at most: 2⁴⁰, so that every product with a few bytes fits 64 bits.
const LONGEST_FFT: f64 = 1_099_511_627_776.0;

/// Part of a sample that seconds may lack of a whole number of samples.
const WHOLE: f64 = 1e-6;

/// Length that trials are padded to with zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pad {
    /// That of the longest trial, or of the window.
    Maxperlen,
    /// The power of two above that.
    Nextpow2,
    /// A time in seconds.
    Seconds(f64),
}

impl Pad {
    /// Reads `pad`.
    ///
    /// # Errors
    /// Another word, or no finite number.
    pub fn from_section(section: &Section) -> Result<Setting<Pad>, Refusal> {
        let expected = "expected \"maxperlen\", \"nextpow2\" or the padded length in seconds";
        let Some(raw) = section.raw("pad") else {
            return Ok(Setting::default_of("freqanalysis", "pad", Pad::Maxperlen));
        };
        raw.try_map(|value| match value {
            toml::Value::String(word) if word == "maxperlen" => Ok(Pad::Maxperlen),
            toml::Value::String(word) if word == "nextpow2" => Ok(Pad::Nextpow2),
            toml::Value::Integer(seconds) => Ok(Pad::Seconds(*seconds as f64)),
            toml::Value::Float(seconds) if seconds.is_finite() => Ok(Pad::Seconds(*seconds)),
            _ => Err(expected),
        })
    }
}

/// Samples of a padded trial.
pub(super) fn padded(pad: &Setting<Pad>, recording: &Recording) -> Result<usize, Refusal> {
    padded_to(
        pad,
        recording.longest_trial(),
        "the longest trial",
        recording,
    )
}

/// Samples that `least` samples are padded to, which are those of `what`.
pub fn padded_to(
    pad: &Setting<Pad>,
    longest: usize,
    what: &str,
    recording: &Recording,
) -> Result<usize, Refusal> {
    match pad.value {
        Pad::Maxperlen => Ok(longest),
        Pad::Nextpow2 => Ok(longest.next_power_of_two()),
        Pad::Seconds(seconds) => {
            let least = longest as f64 / recording.sample_rate_hz;
            // a length in seconds that was rounded is meant to be this many samples
            if seconds * recording.sample_rate_hz < longest as f64 - WHOLE {
                return Err(pad.refuse(format!("expected at least {least} s, {what}")));
            }
            let n = (seconds * recording.sample_rate_hz).round();
            if n > LONGEST_FFT {
                return Err(pad.refuse(format!(
                    "{n} samples are more than the {LONGEST_FFT} that are possible"
                )));
            }
            Ok((n as usize).max(longest))
        }
    }
}
