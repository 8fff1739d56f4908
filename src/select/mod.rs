//! `[select]`: what part of a recording is analysed. A selection of trials, channels and times gives a recording again.

mod channels;
mod latency;
mod options;
mod pick;
mod trials;

pub use latency::{Latency, Period};
pub use options::{KEYS, cfg, parse};
pub use pick::{Item, Pick, Slice};

use crate::recording::Recording;
use crate::setting::{Refusal, Setting};
use crate::spectral::Remark;

/// What part of a recording is wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// Trials; all when absent.
    pub trials: Option<Setting<Vec<Item>>>,
    /// Channels; all when absent.
    pub channel: Option<Setting<Vec<Item>>>,
    /// A window of time; all of every trial when absent.
    pub latency: Option<Setting<Latency>>,
    /// What the user should know of the values as they were written.
    pub remarks: Vec<Remark>,
}

/// What was selected.
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// The selected part.
    pub recording: Recording,
    /// The window of time, in seconds, both ends included.
    pub window_s: Option<[f64; 2]>,
    /// Trials that the window covers only partly: they stay in with fewer samples.
    pub n_partly: usize,
    /// Trials that were left out because they do not cover the window.
    pub n_dropped: usize,
    /// What the user should know beside these numbers.
    remarks: Vec<Remark>,
    /// What follows where it is said that trials are covered partly.
    hint: &'static str,
}

impl Selected {
    /// What the user should know of trials and the window.
    pub fn remarks(&self) -> Vec<Remark> {
        let n = self.recording.trials.len();
        let dropped = (self.n_dropped > 0).then(|| {
            format!(
                "{} of {} trials do not cover select.latency and are left out",
                self.n_dropped,
                n + self.n_dropped
            )
        });
        let partly = (self.n_partly > 0).then(|| {
            format!(
                "{} of {n} trials are covered only partly by select.latency and stay in with fewer samples{}",
                self.n_partly, self.hint
            )
        });
        let texts = [dropped, partly].into_iter().flatten();
        let remarks = self.remarks.iter().cloned();
        remarks.chain(texts.map(Remark::Warning)).collect()
    }
}

/// The part of `recording` that `select` names.
///
/// # Errors
/// A trial, channel or time that the recording does not have.
pub fn select(recording: &Recording, select: &Select) -> Result<Selected, Refusal> {
    let mut selected = Selected {
        recording: recording.clone(),
        window_s: None,
        n_partly: 0,
        n_dropped: 0,
        remarks: select.remarks.clone(),
        hint: "",
    };
    if let Some(wanted) = &select.trials {
        selected.recording.trials = trials::pick(wanted, recording)?;
    }
    if let Some(wanted) = &select.channel {
        selected.recording.channels = channels::pick(wanted, recording)?;
    }
    if let Some(wanted) = &select.latency {
        latency::cut(wanted, &mut selected)?;
    }
    Ok(selected)
}

#[cfg(test)]
mod tests;
