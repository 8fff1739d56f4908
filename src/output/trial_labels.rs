//! Text of trials, such as their conditions: a data set of UTF-8 strings for every column, in a group of their own, one string
//! for each row of the trial definition.

use hdf5::File;

use super::calls::attach_scale;
use super::text::strings;
use crate::input::syncopy::TRIAL_LABELS as GROUP;
use crate::recording::Recording;

/// Writes the texts of all trials of a recording, if it has any, with the data set `trial` as their axis where there is one.
///
/// # Errors
/// HDF5's.
pub fn write(file: &File, recording: &Recording, trial: Option<&str>) -> hdf5::Result<()> {
    if recording.trial_labels.is_empty() {
        return Ok(());
    }
    file.create_group(GROUP)?;
    for (column, name) in recording.trial_labels.iter().enumerate() {
        let labels = recording
            .trials
            .iter()
            .map(|trial| trial.labels[column].as_str());
        let set = strings(file, &format!("{GROUP}/{name}"), labels)?;
        if let Some(trial) = trial {
            attach_scale(&set, &file.dataset(trial)?, 0)?;
        }
    }
    Ok(())
}
