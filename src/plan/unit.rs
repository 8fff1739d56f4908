//! Units: what one rank computes of the stacking axis, for any channels.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::spectral::Times;

/// A piece of the stacking axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its trials, in the order they are added; one unless they are averaged.
    pub trials: Range<usize>,
    /// Rows of these trials; all when they are averaged.
    pub rows: Range<usize>,
    /// Its first row in the result, or in the sums when trials are averaged.
    pub first_row: usize,
}

impl Unit {
    /// A trial that is one row.
    pub fn whole(trial: usize) -> Unit {
        Unit {
            trials: trial..trial + 1,
            rows: 0..1,
            first_row: trial,
        }
    }

    /// Trials that are averaged, in groups.
    pub(super) fn of_groups(groups: Vec<Range<usize>>, n_rows: usize) -> Vec<Unit> {
        let of_group = |(number, trials): (usize, Range<usize>)| Unit {
            trials,
            rows: 0..n_rows,
            first_row: number * n_rows,
        };
        groups.into_iter().enumerate().map(of_group).collect()
    }

    /// Trials for themselves, in parts of at most `rows_per_unit` rows.
    pub(super) fn of_trials(times: &Times, n_trials: usize, rows_per_unit: usize) -> Vec<Unit> {
        let of_trial = |trial: usize| {
            let all = times.rows(trial);
            let first_row = all.start;
            parts(all, rows_per_unit).map(move |part| Unit {
                trials: trial..trial + 1,
                rows: part.start - first_row..part.end - first_row,
                first_row: part.start,
            })
        };
        (0..n_trials).flat_map(of_trial).collect()
    }

    /// Its rows in the result, or in the sums.
    pub fn place(&self) -> Range<usize> {
        self.first_row..self.first_row + self.rows.len()
    }
}

/// Rows of a trial in parts of at most `most`.
pub fn parts(rows: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(most.max(1))
        .map(move |start| start..end.min(start.saturating_add(most)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_rows_in_order() {
        assert_eq!(parts(3..10, 3).collect::<Vec<_>>(), [3..6, 6..9, 9..10]);
        assert_eq!(parts(3..6, usize::MAX).next(), Some(3..6));
        assert_eq!(parts(4..4, 3).count(), 0);
    }
}
