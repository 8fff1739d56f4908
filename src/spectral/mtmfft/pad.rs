//! `pad`: what the config asks for, and the samples it means for a recording.

use crate::phrase::number;
use serde_json::{Value as Json, json};

use crate::recording::Recording;
use crate::setting::{Refusal, Section, Setting};
use crate::spectral::cfg::plain;
use crate::spectral::remark::Remark;

/// Samples of a padded trial at most: 2⁴⁰, so that every product with a few bytes fits 64 bits.
const MAX_FFT: f64 = 1_099_511_627_776.0;

/// How many times as fine as that of the longest trial a grid is at most before that is said: zeros between known values are
/// for looks, for which ten are plenty.
const USUAL_REFINEMENT: f64 = 10.0;
/// How far below the longest trial a time may lie and mean it, as a part of it: sample rates are inaccurate.
const SLACK: f64 = 1e-6;

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
    /// As it is written.
    pub fn cfg(self) -> Json {
        match self {
            Pad::Maxperlen => json!("maxperlen"),
            Pad::Nextpow2 => json!("nextpow2"),
            Pad::Seconds(seconds) => plain(seconds),
        }
    }

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
            if seconds * (1.0 + SLACK) < least {
                return Err(pad.refuse(format!("expected at least {least} s, {what}")));
            }
            let n = (seconds * recording.sample_rate_hz).round();
            if n > MAX_FFT {
                return Err(pad.refuse(format!(
                    "{} samples are more than the {MAX_FFT} that are possible",
                    number(n)
                )));
            }
            Ok((n as usize).max(longest))
        }
    }
}

/// What is said of a padded length in seconds that was probably written in samples or milliseconds.
/// `what` of `n_samples` are padded to `n_fft`.
pub fn finer(
    pad: &Setting<Pad>,
    n_fft: usize,
    n_samples: usize,
    what: &str,
    sample_rate_hz: f64,
) -> Option<Remark> {
    let Pad::Seconds(seconds) = pad.value else {
        return None;
    };
    let refinement = n_fft as f64 / n_samples as f64;
    (refinement > USUAL_REFINEMENT).then(|| {
        let what = format!(
            "{what} of {} s are padded to {} s, which makes frequencies {} times as many; expected seconds: were samples or \
             milliseconds meant?",
            number(n_samples as f64 / sample_rate_hz),
            number(seconds),
            refinement.round()
        );
        Remark::Warning(pad.refuse(what).to_string())
    })
}
