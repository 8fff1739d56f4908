//! The labels of the stacking axis: a row of spectra of whole trials is a trial, all other rows are times of a trial.

use hdf5::{Dataset, File};
use ndarray::Array2;

use super::Outline;
use super::calls::{attach_scale, make_scale};
use super::text::{set_text, strings};
use super::trial_labels;
use crate::input::syncopy::TRIAL_COLUMN;
use crate::recording::TRIAL_COLUMNS;
use crate::spectral::{Axis, Coordinates, Times};

/// The numbers of the trials where rows are times of trials.
const TRIAL: &str = "trialdefinition_trial";

/// The name of an axis for readers of the file.
pub fn axis_name(axis: &Axis) -> &'static str {
    match &axis.coordinates {
        Coordinates::Stacked(times) => name(times),
        _ => axis.name,
    }
}

/// The name of the stacking axis for readers of the file; Syncopy's is `time` for both.
pub fn name(times: &Times) -> &'static str {
    if times.are_whole() { "trial" } else { "time" }
}

/// The name of the data set that holds the numbers of the trials of the trial definition.
pub fn trial_scale(times: &Times) -> &'static str {
    if times.are_whole() {
        name(times)
    } else {
        TRIAL
    }
}

/// Writes the coordinates of the axis: the number of every row's trial, or the time of every row and, beside it, the number of
/// its trial. Returned is the scale.
pub fn label(file: &File, times: &Times, outline: Outline) -> hdf5::Result<Dataset> {
    let name = name(times);
    let mut numbers: Vec<i64> = Vec::new();
    let mut seconds: Vec<f64> = Vec::new();
    let is_average = outline.plan.averages();
    for (place, number) in trial_numbers(outline).into_iter().enumerate() {
        let n_rows = if is_average {
            times.n_average_rows()
        } else {
            times.rows(place).len()
        };
        numbers.extend(std::iter::repeat_n(number, n_rows));
        if !times.are_whole() {
            let second = |row| {
                if is_average {
                    times.average_second(row)
                } else {
                    times.second(place, row)
                }
            };
            seconds.extend((0..n_rows).map(second));
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

/// Numbers in the recording of the trials of a result; 0 of their average.
fn trial_numbers(outline: Outline) -> Vec<i64> {
    if outline.plan.averages() {
        return vec![0];
    }
    let trials = outline.recording.trials.iter();
    trials.map(|trial| trial.number as i64).collect()
}

/// Writes the trial definition with names for its columns.
pub fn define_trials(
    file: &File,
    table: &Array2<f64>,
    times: &Times,
    outline: Outline,
) -> hdf5::Result<()> {
    let info = outline.recording.trialinfo.iter().map(String::as_str);
    // of averages there are none
    let names = TRIAL_COLUMNS.into_iter().chain(info).take(table.ncols());
    let columns = strings(file, TRIAL_COLUMN, names)?;
    make_scale(&columns, TRIAL_COLUMN)?;
    let set = file
        .new_dataset_builder()
        .with_data(table)
        .create("trialdefinition")?;
    let trial = trial_scale(times);
    if !times.are_whole() {
        let rows = file
            .new_dataset_builder()
            .with_data(&trial_numbers(outline))
            .create(trial)?;
        make_scale(&rows, trial)?;
    }
    attach_scale(&set, &file.dataset(trial)?, 0)?;
    attach_scale(&set, &columns, 1)?;
    if outline.plan.averages() {
        return Ok(());
    }
    trial_labels::write(file, outline.recording, Some(trial))
}
