//! Which rows and trials the units of a stored result have: its trial definition cut as the result was begun.

use std::ops::Range;

use hdf5::File;
use hdf5::dataset::Layout;

use crate::plan::parts;

/// A unit of a stored result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its rows.
    pub rows: Range<usize>,
    /// Place of its trial in the trial definition, or of its group.
    pub trial: usize,
    /// Whether it is the first part of its trial.
    pub is_first: bool,
}

/// The units of a file with `n_units` units and `n_rows` rows, in parts of at most `rows_per_unit`: of its trials,
/// or all as many where it has no trial definition, as the sums of groups.
///
/// # Errors
/// What does not fit together.
pub fn units(
    file: &File,
    n_units: usize,
    n_rows: usize,
    rows_per_unit: usize,
) -> Result<Vec<Unit>, String> {
    let trials = if file.link_exists("trialdefinition") {
        trials(file)?
    } else {
        let all = parts(0..n_rows, rows_per_unit);
        all.take(n_units + 1).collect()
    };
    let units: Vec<Unit> = trials
        .into_iter()
        .enumerate()
        .flat_map(|(trial, of_trial)| {
            let start = of_trial.start;
            parts(of_trial, rows_per_unit).map(move |rows| Unit {
                is_first: rows.start == start,
                rows,
                trial,
            })
        })
        .take(n_units + 1)
        .collect();
    let follows = units
        .windows(2)
        .all(|pair| pair[0].rows.end == pair[1].rows.start);
    let ends = units.first().is_some_and(|first| first.rows.start == 0)
        && units.last().is_some_and(|last| last.rows.end == n_rows);
    if rows_per_unit == 0 || units.len() != n_units || !follows || !ends {
        return Err(format!(
            "its trials in parts of {rows_per_unit} rows are not the {n_units} units of its ledger in {n_rows} rows"
        ));
    }
    Ok(units)
}

/// The rows of every trial.
fn trials(file: &File) -> Result<Vec<Range<usize>>, String> {
    let wrong = |error: hdf5::Error| format!("trialdefinition: {error}");
    let set = file.dataset("trialdefinition").map_err(wrong)?;
    let shape = set.shape();
    let claimed = shape.iter().map(|&n| n as u128).product::<u128>() * 8;
    let is_there = matches!(set.layout(), Layout::Contiguous | Layout::Compact)
        && claimed <= u128::from(set.storage_size());
    if shape.len() != 2 || shape[1] < 2 || !is_there {
        return Err(format!(
            "trialdefinition is {shape:?}, expected a table that is stored whole"
        ));
    }
    let numbers = set.read_raw::<f64>().map_err(wrong)?;
    let rows = numbers.chunks_exact(shape[1]);
    Ok(rows.map(|row| row[0] as usize..row[1] as usize).collect())
}
