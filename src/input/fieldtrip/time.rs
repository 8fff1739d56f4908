//! The times of trials: one for every sample, regular, from which the sample rate and offsets follow.

use crate::error::Result;
use crate::input::matlab::{MatFile, Numbers, Value};
use crate::input::time_axis::{self, Point, Rates};
use crate::phrase::number;

/// Times that are read at once.
const TIMES: u64 = 1 << 16;
/// Trials, and blocks of times of all of them, that the sample rate is estimated from.
const MAX_TRIALS: usize = 64;
const N_BLOCKS: u64 = 16;
/// Times of such a block.
const BLOCK: u64 = 1 << 12;
/// A time may lie this far from its sample, in samples: what rounds to another sample is one.
const MAX_AWAY: f64 = 0.5;
/// Offsets in samples beyond which samples have no numbers of their own any more.
const MAX_OFFSET: f64 = 9_007_199_254_740_992.0;

/// Where a trial lies.
pub struct Axis {
    /// The sample number of its first sample relative to the trigger.
    pub offset: f64,
    /// How far times are from their samples, in samples.
    pub away: f64,
}

/// The axis of a trial; or what is wrong with its times.
///
/// # Errors
/// The file cannot be read.
pub fn axis(
    file: &mut MatFile,
    time: &Value,
    n_samples: u64,
    sample_rate_hz: f64,
) -> Result<Result<Axis, String>> {
    let times = match vector(time) {
        Some(times) if times.count() == n_samples => times,
        _ => {
            return Ok(Err(format!(
                "is {}; expected {n_samples} times, one for every sample of its trial: cut both with ft_selectdata or \
                 ft_redefinetrial",
                time.shown()
            )));
        }
    };
    let mut first = f64::NAN;
    let mut furthest = 0.0_f64;
    for from in (0..n_samples).step_by(TIMES as usize) {
        let some = file.read(times, from..n_samples.min(from + TIMES))?;
        if from == 0 {
            first = some[0];
        }
        for (k, &time) in (from..).zip(&some) {
            if !time.is_finite() {
                return Ok(Err(format!(
                    "holds {} at sample {k}; expected finite times in seconds: correct them and save the data again",
                    number(time)
                )));
            }
            let away = (time - first) * sample_rate_hz - k as f64;
            // infinite, where a difference of times overflows
            if away.abs() >= MAX_AWAY || away.is_nan() {
                return Ok(Err(format!(
                    "is {} s at sample {k} and {} s at the first; expected steps of {} s: cut the trial where time is \
                     missing with ft_redefinetrial, or correct its times",
                    number(time),
                    number(first),
                    number(1.0 / sample_rate_hz)
                )));
            }
            furthest = furthest.max(away.abs());
        }
    }
    let offset = (first * sample_rate_hz).round();
    if offset.abs() > MAX_OFFSET {
        return Ok(Err(format!(
            "begins at {} s; expected at most 2⁵³ samples from the trigger: subtract the trigger's time",
            number(first)
        )));
    }
    Ok(Ok(Axis {
        // no negative zero
        offset: offset + 0.0,
        away: furthest,
    }))
}

/// The sample rates that the times of all trials leave open, and the samples of the longest; `None` if no trial has two
/// samples, or if times do not grow.
///
/// # Errors
/// The file cannot be read.
pub fn rates(file: &mut MatFile, times: &[Value]) -> Result<Option<(Rates, u64)>> {
    let trials: Vec<&Numbers> = times.iter().filter_map(vector).collect();
    let Some(longest) = trials.iter().map(|times| times.count()).max() else {
        return Ok(None);
    };
    let n_read = trials.len().min(MAX_TRIALS);
    let n_blocks = (N_BLOCKS / n_read as u64).max(1);
    let mut lists: Vec<Vec<Point>> = Vec::new();
    for k in 0..n_read {
        // spread over all trials
        let times = trials[k * trials.len() / n_read];
        let mut list = Vec::new();
        for rows in time_axis::blocks(times.count(), n_blocks, BLOCK) {
            list.extend((rows.start..).zip(file.read(times, rows)?));
        }
        lists.push(list);
    }
    Ok(Rates::of(&lists).map(|rates| (rates, longest)))
}

/// Numbers of one row or column.
fn vector(value: &Value) -> Option<&Numbers> {
    match value {
        Value::Numbers(numbers) => {
            let is_vector = matches!(numbers.shape[..], [1, _] | [_, 1]);
            is_vector.then_some(numbers)
        }
        _ => None,
    }
}
