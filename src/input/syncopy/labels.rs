//! Names and text that this program keeps beside a trial definition: Syncopy knows neither.

use std::path::Path;

use super::{TRIAL_COLUMN, TRIAL_LABELS};
use crate::error::{Error, Result};
use crate::input::check_label;
use crate::input::hdf5_data::{Column, column, column_within, members, resolve};
use crate::phrase::shorten;
use crate::recording::{MAX_TRIAL_COLUMNS, TRIAL_COLUMNS, nameless_trialinfo, trialinfo_names};

/// Bytes of a column of text at most: more than any other format's events or trials have.
const MAX_TEXT: usize = 1 << 28;
/// Characters that are shown of what was found.
const SHOWN: usize = 80;

/// Names for the `n_info` columns of the trial definition after those that every one has.
///
/// # Errors
/// HDF5 cannot read them.
pub fn trialinfo(path: &Path, file: &hdf5::File, n_info: usize) -> Result<Vec<String>> {
    let n_columns = TRIAL_COLUMNS.len() + n_info;
    if resolve(path, file, TRIAL_COLUMN)?.is_none() {
        return Ok(nameless_trialinfo(n_info));
    }
    let names = column(path, file, TRIAL_COLUMN, n_columns)?;
    let names = names.as_ref().and_then(Column::texts);
    let names = names.filter(|names| names.len() == n_columns);
    Ok(names.map_or_else(
        || nameless_trialinfo(n_info),
        |names| trialinfo_names(names[TRIAL_COLUMNS.len()..].iter().map(String::as_str)),
    ))
}

/// The columns of text: the name of each, and one text for each of `n_trials`.
///
/// # Errors
/// A column that does not hold a text for each trial: path, found, expected.
pub fn trial_labels(
    path: &Path,
    file: &hdf5::File,
    n_trials: usize,
) -> Result<Vec<(String, Vec<String>)>> {
    if resolve(path, file, TRIAL_LABELS)?.is_none() {
        return Ok(Vec::new());
    }
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let group = file.group(TRIAL_LABELS).map_err(|error| {
        wrong(format!(
            "cannot open the group {TRIAL_LABELS}; expected a group with a data set of texts for each column: delete it, or \
             write the container anew ({error})"
        ))
    })?;
    let names = members(path, &group)?;
    if names.len() > MAX_TRIAL_COLUMNS {
        return Err(wrong(format!(
            "{TRIAL_LABELS} holds {} columns; expected at most {MAX_TRIAL_COLUMNS}: delete some of them",
            names.len()
        )));
    }
    let mut columns = Vec::new();
    for name in names {
        let set = format!("{TRIAL_LABELS}/{name}");
        let texts = match column_within(path, file, &set, n_trials, MAX_TEXT)? {
            Some(Column::Texts(texts)) if texts.len() == n_trials => texts,
            _ => {
                return Err(wrong(format!(
                    "{} does not hold a text for each trial; expected {n_trials}: delete it, or write the container anew",
                    shorten(&set, SHOWN)
                )));
            }
        };
        for text in &texts {
            check_label(text).map_err(|expected| {
                let found = shorten(text, SHOWN);
                wrong(format!("{set} holds {found:?}; expected {expected}"))
            })?;
        }
        columns.push((name, texts));
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdf5::types::VarLenUnicode;

    #[test]
    fn what_is_called_as_the_group_of_texts_but_is_none_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.analog");
        let file = hdf5::File::create(&path).unwrap();
        let set = file.new_dataset_builder().with_data(&[1.0]);
        set.create(TRIAL_LABELS).unwrap();
        let line = trial_labels(&path, &file, 1).unwrap_err().one_line();
        assert!(
            line.contains("cannot open the group trial_label; expected a group")
                && line.contains("delete it, or write the container anew"),
            "{line}"
        );
    }

    /// What is read of `n_columns` columns that hold `text` for each of `n_trials`.
    fn read(n_columns: usize, n_trials: usize, text: &str) -> Result<Vec<(String, Vec<String>)>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.analog");
        let file = hdf5::File::create(&path).unwrap();
        let group = file.create_group(TRIAL_LABELS).unwrap();
        let text: VarLenUnicode = text.parse().unwrap();
        let texts = vec![text; n_trials];
        for k in 0..n_columns {
            let set = group.new_dataset_builder().with_data(&texts);
            set.create(format!("c{k:04}").as_str()).unwrap();
        }
        trial_labels(&path, &file, n_trials)
    }

    #[test]
    fn as_many_columns_are_read_as_trials_may_have() {
        let columns = read(MAX_TRIAL_COLUMNS, 1, "a").unwrap();
        assert_eq!(columns.len(), 1024);
        assert_eq!(columns[1023], ("c1023".to_owned(), vec!["a".to_owned()]));
        let error = read(MAX_TRIAL_COLUMNS + 1, 1, "a").unwrap_err().one_line();
        assert!(
            error.contains("holds 1025 columns; expected at most 1024"),
            "{error}"
        );
    }

    #[test]
    fn a_column_may_hold_more_text_than_those_of_other_files() {
        let text = "x".repeat(1000);
        let columns = read(1, 9000, &text).unwrap();
        assert_eq!(columns[0].1.len(), 9000);
        assert!(columns[0].1.iter().all(|found| *found == text));
    }
}
