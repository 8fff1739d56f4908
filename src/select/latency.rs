//! Which times of every trial are wanted.

use super::Selected;
use crate::phrase::number;
use crate::recording::{Recording, Trial};
use crate::setting::{Refusal, Setting};
use crate::spectral::Remark;

/// A window of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Latency {
    /// Begin and end in seconds, both included. Trials that cover it partly stay in with fewer samples.
    Window([f64; 2]),
    /// A window that follows from the trials. Trials that do not cover it are left out, as by Syncopy's `selectdata`.
    Period(Period),
}

/// A window that follows from the trials: Syncopy's and FieldTrip's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// From the earliest begin to the latest end of a trial.
    Max,
    /// What all trials cover.
    Min,
    /// From the earliest begin to the trigger.
    Prestim,
    /// From the trigger to the latest end.
    Poststim,
}

impl Period {
    /// The words, as a config writes them.
    pub const WORDS: &[(&str, Period)] = &[
        ("maxperiod", Period::Max),
        ("minperiod", Period::Min),
        ("prestim", Period::Prestim),
        ("poststim", Period::Poststim),
    ];

    /// Begin and end in seconds.
    fn window_s(self, recording: &Recording) -> [f64; 2] {
        let fs = recording.sample_rate_hz;
        let begins = recording.trials.iter().map(|trial| time(trial, 0, fs));
        let ends = recording
            .trials
            .iter()
            .map(|trial| time(trial, trial.n_samples - 1, fs));
        let least = |a: f64, b: f64| a.min(b);
        let most = |a: f64, b: f64| a.max(b);
        let first = || begins.clone().fold(f64::INFINITY, least);
        let last = || ends.clone().fold(f64::NEG_INFINITY, most);
        match self {
            Period::Max => [first(), last()],
            Period::Min => [
                begins.clone().fold(f64::NEG_INFINITY, most),
                ends.clone().fold(f64::INFINITY, least),
            ],
            Period::Prestim => [first(), 0.0],
            Period::Poststim => [0.0, last()],
        }
    }
}

/// Parts of a sample that a bound may lie beside a sample and mean it: 0.29 s are sample 29 at 100 Hz, though 0.29 · 100 is less
/// in binary numbers, and so is what a script adds up.
const ON_SAMPLE: f64 = 1e-6;
/// How many times as far from time 0 as the trials a window lies that was probably written in milliseconds.
const IN_MILLISECONDS: f64 = 10.0;

/// What is said of such a window.
const HINT: &str = "; expected seconds: were milliseconds meant?";

/// Cuts all trials to the window.
///
/// # Errors
/// A trial without a sample in it, or no trial that covers it.
pub fn cut(wanted: &Setting<Latency>, selected: &mut Selected) -> Result<(), Refusal> {
    let recording = &mut selected.recording;
    let fs = recording.sample_rate_hz;
    let window = match wanted.value {
        Latency::Window(window) => window,
        Latency::Period(period) => {
            let [begin, end] = period.window_s(recording);
            if begin >= end && matches!(period, Period::Prestim | Period::Poststim) {
                let side = match period {
                    Period::Prestim => "before",
                    _ => "after",
                };
                return Err(wanted.refuse(format!(
                    "no trial has times {side} its trigger; expected [begin, end] in seconds (slepian trials lists \
                     the times of trials)"
                )));
            }
            let n_trials = recording.trials.len();
            recording
                .trials
                .retain(|trial| covers(trial, [begin, end], fs));
            selected.n_dropped = n_trials - recording.trials.len();
            if recording.trials.is_empty() {
                return Err(wanted.refuse(format!(
                    "none of {n_trials} trials covers this window, from {} to {} s; expected [begin, end] or another window",
                    number(begin),
                    number(end)
                )));
            }
            [begin, end]
        }
    };
    if matches!(wanted.value, Latency::Window(_))
        && let Some(what) = surrounds(window, recording)
    {
        let remark = Remark::Warning(wanted.refuse(what).to_string());
        selected.remarks.push(remark);
        selected.window_s = Some(window);
        return Ok(());
    }
    let span = Period::Max.window_s(recording);
    for trial in &mut recording.trials {
        let is_partly = cut_trial(trial, window, fs).map_err(|what| wanted.refuse(what))?;
        selected.n_partly += usize::from(is_partly);
    }
    if is_far(window, span) {
        selected.hint = HINT;
    }
    selected.window_s = Some(window);
    Ok(())
}

/// What is said of a window that begins before and ends after all trials.
fn surrounds([begin, end]: [f64; 2], recording: &Recording) -> Option<String> {
    let fs = recording.sample_rate_hz;
    let [first, last] = Period::Max.window_s(recording);
    let is_around = begin < first - slack_s(begin, fs) && end > last + slack_s(end, fs);
    is_around.then(|| {
        format!(
            "trials last from {} to {} s, so that this cuts nothing{HINT}",
            number(first),
            number(last)
        )
    })
}

/// Whether a window reaches further from time 0 than trials of such a span ever would.
fn is_far([begin, end]: [f64; 2], [low, high]: [f64; 2]) -> bool {
    begin.abs().max(end.abs()) >= IN_MILLISECONDS * low.abs().max(high.abs())
}

/// How far a bound may lie beside a sample, in seconds; the second is a rounding or two of what is large.
fn slack_s(bound_s: f64, sample_rate_hz: f64) -> f64 {
    (ON_SAMPLE / sample_rate_hz).max(2.0 * f64::EPSILON * bound_s.abs())
}

/// When sample `k` of a trial was taken. The division decides, as in Syncopy.
fn time(trial: &Trial, k: usize, sample_rate_hz: f64) -> f64 {
    (k as f64 + trial.offset) / sample_rate_hz
}

fn covers(trial: &Trial, [begin, end]: [f64; 2], sample_rate_hz: f64) -> bool {
    let last = trial.n_samples - 1;
    begin <= end
        && time(trial, 0, sample_rate_hz) <= begin + slack_s(begin, sample_rate_hz)
        && time(trial, last, sample_rate_hz) >= end - slack_s(end, sample_rate_hz)
}

/// Keeps the samples from `begin` to `end`, both included, also those that a bound lies just beside; whether some of that window lies outside the trial.
fn cut_trial(trial: &mut Trial, [begin, end]: [f64; 2], fs: f64) -> Result<bool, String> {
    let n = trial.n_samples;
    let (from, to) = (begin - slack_s(begin, fs), end + slack_s(end, fs));
    let first = first_where(n, |sample| time(trial, sample, fs) >= from);
    let after = first_where(n, |sample| time(trial, sample, fs) > to);
    let (low, high) = (time(trial, 0, fs), time(trial, n - 1, fs));
    if after <= first {
        let overlaps = begin / 1000.0 <= high && end / 1000.0 >= low;
        let hint = if is_far([begin, end], [low, high]) && overlaps {
            HINT
        } else {
            ": select another window, or trials that it overlaps"
        };
        return Err(format!(
            "trial {} has no sample in it; it lasts from {} to {} s{hint}",
            trial.number,
            number(low),
            number(high)
        ));
    }
    trial.start += first as u64;
    trial.offset += first as f64;
    trial.n_samples = after - first;
    Ok(begin < low - slack_s(low, fs) || end > high + slack_s(high, fs))
}

/// The first of `0..n` for which `holds` is true, when it is false up to some number and true from there on; `n` when it
/// is nowhere. Counting there would take days: a trial may have 2⁴⁰ samples, and beside a large offset many of them fall
/// on the same time.
fn first_where(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle
        } else {
            low = middle + 1
        }
    }
    low
}
