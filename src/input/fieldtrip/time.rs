//! The times of trials: one for every sample, regular, from which offsets follow and, where a file does not say it, the
//! sample rate.

use crate::error::Result;
use crate::input::matlab::{MatFile, Numbers, Value};
use crate::phrase::number;

/// Times that are read at once.
const TIMES: u64 = 1 << 16;
/// A time may lie this far from its sample, in samples: what rounds to another sample is one.
const MAX_AWAY: f64 = 0.5;
/// A rate that is as near to a whole number, in parts of it, is that: differences of times are not exact.
const ROUNDING: f64 = 1e-9;
/// Offsets in samples beyond which samples have no numbers of their own any more.
const MAX_OFFSET: f64 = 9_007_199_254_740_992.0;

/// The sample number of the first sample relative to the trigger; or what is wrong with the times of this trial.
///
/// # Errors
/// The file cannot be read.
pub fn offset(
    file: &mut MatFile,
    time: &Value,
    n_samples: u64,
    sample_rate_hz: f64,
) -> Result<Result<f64, String>> {
    let times = match vector(time) {
        Some(times) if times.count() == n_samples => times,
        _ => {
            return Ok(Err(format!(
                "is {}; expected {n_samples} times, one for every sample of its trial",
                time.shown()
            )));
        }
    };
    let mut first = f64::NAN;
    for from in (0..n_samples).step_by(TIMES as usize) {
        let some = file.read(times, from..n_samples.min(from + TIMES))?;
        if from == 0 {
            first = some[0];
        }
        for (k, &time) in (from..).zip(&some) {
            let away = (time - first) * sample_rate_hz - k as f64;
            // not a number, where a time is none
            if away.abs() >= MAX_AWAY || away.is_nan() {
                return Ok(Err(format!(
                    "is {} s at sample {k} and {} s at the first; expected steps of {} s",
                    number(time),
                    number(first),
                    number(1.0 / sample_rate_hz)
                )));
            }
        }
    }
    let offset = (first * sample_rate_hz).round();
    if offset.abs() > MAX_OFFSET {
        return Ok(Err(format!("begins at {} s; expected less", number(first))));
    }
    // no negative zero
    Ok(Ok(offset + 0.0))
}

/// The sample rate that the longest trial's times make; none where no trial has two samples.
///
/// # Errors
/// The file cannot be read.
pub fn sample_rate(file: &mut MatFile, times: &[Value]) -> Result<Option<f64>> {
    let longest = times.iter().filter_map(vector).max_by_key(|t| t.count());
    let Some(times) = longest.filter(|times| times.count() > 1) else {
        return Ok(None);
    };
    let n = times.count();
    let (first, last) = (file.read(times, 0..1)?, file.read(times, n - 1..n)?);
    let hz = (n - 1) as f64 / (last[0] - first[0]);
    let whole = hz.round();
    Ok(Some(if (hz - whole).abs() < ROUNDING * hz {
        whole
    } else {
        hz
    }))
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
