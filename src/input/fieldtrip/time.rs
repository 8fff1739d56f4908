//! The times of trials: one for every sample, regular, from which the sample rate and offsets follow.

use crate::error::Result;
use crate::input::matlab::{MatFile, Numbers, Value};
use crate::input::time_axis::{Point, Rates};
use crate::phrase::number;

/// Times that are read at once.
const TIMES: u64 = 1 << 16;
/// Blocks of times that the sample rate is estimated from, spread over the longest trial.
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

/// The sample rates that the longest trial's times leave open, and its samples; `None` where no trial has two samples, or
/// where its times do not grow.
///
/// # Errors
/// The file cannot be read.
pub fn rates(file: &mut MatFile, times: &[Value]) -> Result<Option<(Rates, u64)>> {
    let longest = times.iter().filter_map(vector).max_by_key(|t| t.count());
    let Some(times) = longest else {
        return Ok(None);
    };
    let n = times.count();
    let n_blocks = n.div_ceil(BLOCK).min(N_BLOCKS);
    let mut points: Vec<Point> = Vec::new();
    for k in 0..n_blocks {
        // the first and the last times among them
        let first = match n_blocks {
            1 => 0,
            _ => k * n.saturating_sub(BLOCK) / (n_blocks - 1),
        };
        let first = first.max(points.last().map_or(0, |(row, _)| row + 1));
        let rows = first..n.min(first + BLOCK);
        points.extend((first..).zip(file.read(times, rows)?));
    }
    Ok(Rates::of(&[points]).map(|rates| (rates, n)))
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
