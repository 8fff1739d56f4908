//! The places of a picture along the time axis: the very times of the trials where a picture can show them all, else even
//! steps.

use std::collections::BTreeMap;

use super::bins::Bins;
use super::source::{Source, Trial};
use crate::error::{Error, Result};

/// The places, at most `most`, for the times of these trials.
///
/// # Errors
/// Times that cannot be read, or are no numbers.
pub fn places(source: &Source, trials: &[usize], most: usize) -> Result<Bins> {
    let trials = || trials.iter().map(|&trial| &source.trials[trial]);
    // trials that begin alike and are as long have the same times
    let shapes: BTreeMap<_, &Trial> = trials().map(|trial| (trial.shape(), trial)).collect();
    let mut span = (f64::INFINITY, f64::NEG_INFINITY);
    for trial in shapes.values() {
        let n = trial.rows.len();
        let first = source.times(trial, 0..1)?[0];
        let last = source.times(trial, n - 1..n)?[0];
        if !first.is_finite() || !last.is_finite() || last < first {
            return Err(Error::Recording {
                path: source.path.clone(),
                what: format!(
                    "the times of trial {} go from {first} to {last}; expected seconds that rise",
                    trial.number
                ),
            });
        }
        span = (span.0.min(first), span.1.max(last));
    }
    let longest = trials().max_by_key(|trial| trial.rows.len());
    let longest = longest.expect("a trial is chosen");
    let n = longest.rows.len();
    if n <= most {
        let times = source.times(longest, 0..n)?;
        let rise = times.windows(2).all(|pair| pair[0] < pair[1]);
        // a rounding away from the ends is no time beyond them
        let step = (times[n - 1] - times[0]) / n as f64;
        let has_all = span.0 >= times[0] - step / 4.0 && span.1 <= times[n - 1] + step / 4.0;
        if rise && has_all {
            return Ok(Bins { centres: times });
        }
    }
    let ends = (
        source.times(longest, 0..1)?[0],
        source.times(longest, n - 1..n)?[0],
    );
    let step = (ends.1 - ends.0) / (n.max(2) - 1) as f64;
    // the number of steps is a float that may be infinite: `as` ends at the largest integer
    let steps = ((span.1 - span.0) / step).round();
    let n = if steps.is_finite() {
        (steps as usize).saturating_add(1)
    } else {
        1
    };
    Ok(match n.min(most) {
        1 => Bins::single(span.0),
        n => Bins::even(span.0, span.1, n),
    })
}
