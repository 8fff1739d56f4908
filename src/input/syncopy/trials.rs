//! From the data set `trialdefinition` to trials: read in pieces, since what a file claims may be more than it holds.

use std::path::Path;

use hdf5::{Hyperslab, Selection};

use crate::error::{Error, Hdf5Context, Result};
use crate::input::hdf5_data::{data_set, kind, missing, number};
use crate::phrase;
use crate::recording::{MAX_TRIAL_COLUMNS, TRIAL_COLUMNS, Trial};

/// Numbers of a trial definition at most: some millions of trials, and a quarter of a gigabyte.
pub const MAX_TRIALDEFINITION: usize = 1 << 25;
/// Columns of a trial definition at most.
const MAX_COLUMNS: usize = TRIAL_COLUMNS.len() + MAX_TRIAL_COLUMNS;
/// Numbers of a trial definition that are read at once: HDF5 holds a kilobyte for every chunk that a read touches, and a
/// chunk may hold a single number.
const NUMBERS_AT_ONCE: usize = 1 << 15;

/// The trials and how many columns of the user's they have; `n_rows` samples there are.
///
/// # Errors
/// What is wrong with the data set trialdefinition: path, found, expected.
pub fn trials(path: &Path, file: &hdf5::File, n_rows: u64) -> Result<(Vec<Trial>, usize)> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let set = data_set(path, file, "trialdefinition")?;
    let shape = set.shape();
    let [n_trials, n_columns] = shape[..] else {
        return Err(wrong(format!(
            "trialdefinition has {} dimensions; expected 2",
            shape.len()
        )));
    };
    if !(3..=MAX_COLUMNS).contains(&n_columns) {
        return Err(wrong(format!(
            "trialdefinition has {n_columns} columns; expected start, stop, offset and more, up to {MAX_COLUMNS}"
        )));
    }
    if n_trials == 0 {
        return Err(wrong(
            "trialdefinition holds no trial; expected at least one".into(),
        ));
    }
    if n_trials.saturating_mul(n_columns) > MAX_TRIALDEFINITION {
        return Err(wrong(format!(
            "trialdefinition claims {n_trials} × {n_columns} numbers; expected at most {MAX_TRIALDEFINITION}"
        )));
    }
    let dtype = set.dtype().at(path, "read the type of trialdefinition")?;
    if number(&dtype).is_none() {
        return Err(wrong(format!(
            "trialdefinition holds {} of {} bytes; expected numbers",
            kind(&dtype),
            dtype.size()
        )));
    }
    let bytes = (n_trials * n_columns) as u128 * dtype.size() as u128;
    if let Some(what) = missing(path, &set, bytes)? {
        return Err(wrong(what));
    }
    let trial = |number: usize, row: ndarray::ArrayView1<f64>| {
        let (start, stop, offset) = (row[0], row[1], row[2]);
        let is_index = |x: f64| x.fract() == 0.0 && (0.0..=n_rows as f64).contains(&x);
        if !is_index(start) || !is_index(stop) || start >= stop {
            return Err(wrong(format!(
                "trial {number} is defined from sample {} to {}; expected whole numbers, the first below the second, \
                 within the {n_rows} samples of data",
                phrase::number(start),
                phrase::number(stop)
            )));
        }
        Ok(Trial {
            number,
            start: start as u64,
            n_samples: (stop - start) as usize,
            offset,
            info: row.iter().skip(3).copied().collect(),
            labels: Vec::new(),
        })
    };
    let mut trials = Vec::new();
    for first in (0..n_trials).step_by(NUMBERS_AT_ONCE / n_columns) {
        let last = n_trials.min(first + NUMBERS_AT_ONCE / n_columns);
        let rows = Selection::from(Hyperslab::from((first..last, ..)));
        let rows = set
            .read_slice_2d::<f64, _>(rows)
            .at(path, "read trialdefinition as numbers")?;
        for (row, number) in rows.rows().into_iter().zip(first..) {
            trials.push(trial(number, row)?);
        }
    }
    Ok((trials, n_columns - 3))
}
