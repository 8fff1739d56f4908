//! `pad`: what the config asks for, and the samples it means for a recording.

use crate::recording::Recording;
use crate::setting::{Refusal, Setting};

/// Samples of a padded trial at most: 2⁴⁰, so that every product with a few bytes fits 64 bits.
const LONGEST_FFT: f64 = 1_099_511_627_776.0;

/// Length that trials are padded to with zeros.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Pad {
    /// That of the longest trial.
    Maxperlen,
    /// The power of two above that.
    Nextpow2,
    /// A time in seconds.
    Seconds(f64),
}

/// Samples of a padded trial.
pub(super) fn padded(pad: &Setting<Pad>, recording: &Recording) -> Result<usize, Refusal> {
    let longest = recording.longest_trial();
    match pad.value {
        Pad::Maxperlen => Ok(longest),
        Pad::Nextpow2 => Ok(longest.next_power_of_two()),
        Pad::Seconds(seconds) => {
            let least = longest as f64 / recording.sample_rate_hz;
            if seconds < least {
                return Err(pad.refuse(format!("expected at least {least} s, the longest trial")));
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
