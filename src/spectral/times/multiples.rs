//! Rows at multiples of a step from time 0, where those of all trials meet.

use std::ops::Range;

use super::{MAX_OFFSET_SAMPLES, Steps};
use crate::recording::Trial;

/// The rows of a trial at multiples of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Multiples {
    /// The multiple that its first row is.
    pub first: i64,
    /// The sample of the trial that is next to time 0.
    pub zero: i64,
}

impl Multiples {
    /// Those of a trial, and how many there are.
    pub fn of(trial: &Trial, steps: Steps) -> (Multiples, usize) {
        // the multiple m of the step lies at m · step − offset samples: rounding moves all of them alike
        let zero = (0.5 - trial.offset)
            .floor()
            .clamp(-MAX_OFFSET_SAMPLES, MAX_OFFSET_SAMPLES) as i64;
        let step = steps.step as i64;
        let first = (steps.before as i64 - zero).div_euclid(step);
        let is_multiple = (steps.before as i64 - zero).rem_euclid(step) == 0;
        let first = first + i64::from(!is_multiple);
        let end = trial.n_samples as i64 - steps.behind as i64;
        let rest = end - (first * step + zero);
        let n_rows = if rest > 0 { (rest - 1) / step + 1 } else { 0 };
        (Multiples { first, zero }, n_rows as usize)
    }
}

/// From the first multiple that a trial has to behind the last; one where no trial has any.
pub fn span(trials: &[Multiples], n_rows: &[usize]) -> Range<i64> {
    let with_rows = trials.iter().zip(n_rows).filter(|(_, n)| **n > 0);
    let spans = with_rows.map(|(trial, &n)| trial.first..trial.first + n as i64);
    let all = spans.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
    all.unwrap_or(0..1)
}
