//! The labels of the stacking axis: a row of spectra of whole trials is a trial, all other rows are times of a trial.

use hdf5::{Dataset, File};
use ndarray::Array2;

use super::Outline;
use super::calls::{attach_scale, make_scale};
use super::text::{set_text, strings};
use crate::spectral::Times;

/// The name of the axis for readers of the file; Syncopy's is `time` for both.
pub fn axis_name(times: &Times) -> &'static str {
    match times.are_whole() {
        true => "trial",
        false => "time",
    }
}

/// Writes the coordinates of the axis: the number of every row's trial, or the time of every row and, beside it, the number of
/// its trial. Returned is the scale.
pub fn label(file: &File, times: &Times, outline: Outline) -> hdf5::Result<Dataset> {
    let name = axis_name(times);
    let trials = match outline.plan.averages {
        true => &outline.recording.trials[..1],
        false => &outline.recording.trials[..],
    };
    let mut numbers: Vec<i64> = Vec::new();
    let mut seconds: Vec<f64> = Vec::new();
    for (place, trial) in trials.iter().enumerate() {
        let n_rows = times.rows(place).len();
        let number = if outline.plan.averages {
            0
        } else {
            trial.number as i64
        };
        numbers.extend(std::iter::repeat_n(number, n_rows));
        if !times.are_whole() {
            seconds.extend((0..n_rows).map(|row| times.second(place, row)));
        }
    }
    let trial = file
        .new_dataset_builder()
        .with_data(&numbers)
        .create("trial")?;
    if times.are_whole() {
        make_scale(&trial, name)?;
        return Ok(trial);
    }
    let time = file
        .new_dataset_builder()
        .with_data(&seconds)
        .create(name)?;
    set_text(&time, "units", "s")?;
    make_scale(&time, name)?;
    attach_scale(&trial, &time, 0)?;
    Ok(time)
}

/// Writes the trial definition with names for its columns.
pub fn define_trials(file: &File, table: &Array2<f64>, times: &Times) -> hdf5::Result<()> {
    let names = ["start", "stop", "offset"].map(str::to_owned).into_iter();
    let names = names.chain((1..=table.ncols() - 3).map(|number| format!("info{number}")));
    let names: Vec<String> = names.collect();
    const COLUMN: &str = "trialdefinition_column";
    let columns = strings(file, COLUMN, names.iter().map(String::as_str))?;
    make_scale(&columns, COLUMN)?;
    let set = file
        .new_dataset_builder()
        .with_data(table)
        .create("trialdefinition")?;
    let rows = match times.are_whole() {
        true => file.dataset("trial")?,
        false => {
            const TRIAL: &str = "trialdefinition_trial";
            let numbers: Vec<i64> = (0..table.nrows() as i64).collect();
            let rows = file
                .new_dataset_builder()
                .with_data(&numbers)
                .create(TRIAL)?;
            make_scale(&rows, TRIAL)?;
            rows
        }
    };
    attach_scale(&set, &rows, 0)?;
    attach_scale(&set, &columns, 1)
}
