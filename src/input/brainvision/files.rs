//! The files that a header names. Recordings are renamed, and their headers keep the old names.

use std::path::{Path, PathBuf};

use super::header::Header;
use super::markers::WITHOUT_MARKERS;
use crate::error::{Error, Result};
use crate::input::placeholder::has_entry;

/// Extensions of files of samples.
const DATA_EXTENSIONS: &[&str] = &["eeg", "dat", "EEG", "DAT"];
/// Extensions of files of markers.
const MARKER_EXTENSIONS: &[&str] = &["vmrk", "VMRK"];

/// A file of a recording.
pub struct Named {
    pub path: PathBuf,
    /// What the user should know about the choice of the file.
    pub notice: Option<String>,
}

/// The file of samples of the header `path`.
///
/// # Errors
/// No such file.
pub fn data_file(path: &Path, header: &Header) -> Result<Named> {
    let named = path.with_file_name(&header.data_file);
    let beside = beside(path, DATA_EXTENSIONS);
    if !has_entry(&named) {
        let advice = match &beside {
            Some(beside) => format!(
                "if its samples are in {0}, write DataFile={0} in {1}",
                name(beside),
                name(path)
            ),
            None => format!(
                "put it there, or correct the line DataFile= in {}",
                name(path)
            ),
        };
        return Err(Error::Recording {
            path: named,
            what: format!(
                "cannot find the data file that the header names; expected it beside the header: {advice}"
            ),
        });
    }
    let notice = another(path, &named, beside.as_deref(), "DataFile");
    Ok(Named {
        path: named,
        notice,
    })
}

/// The file of markers of the header `path`: the one that it names, or if that is gone the one with the header's name.
/// `None` if the header names none.
///
/// # Errors
/// Neither is there.
pub fn marker_file(path: &Path, header: &Header) -> Result<Option<Named>> {
    let Some(marker_file) = &header.marker_file else {
        return Ok(None);
    };
    let named = path.with_file_name(marker_file);
    let beside = beside(path, MARKER_EXTENSIONS);
    if has_entry(&named) {
        let notice = another(path, &named, beside.as_deref(), "MarkerFile");
        return Ok(Some(Named {
            path: named,
            notice,
        }));
    }
    let Some(beside) = beside else {
        return Err(Error::Recording {
            path: named,
            what: format!(
                "cannot find the marker file that the header names; expected it beside the header: put it there, correct the \
                 line MarkerFile= in {}, or {WITHOUT_MARKERS}",
                name(path)
            ),
        });
    };
    let notice = format!(
        "the marker file {} that the header names is not there: {} is read, which has the name of the header",
        name(&named),
        name(&beside)
    );
    Ok(Some(Named {
        path: beside,
        notice: Some(notice),
    }))
}

/// The file with the name of the header and one of these extensions.
fn beside(path: &Path, extensions: &[&str]) -> Option<PathBuf> {
    let mut names = extensions.iter().map(|e| path.with_extension(e));
    // a link whose contents are not here is one too
    names.find(|beside| has_entry(beside) && !beside.is_dir())
}

/// A notice if another file than the one that the header names has the name of the header.
fn another(path: &Path, named: &Path, beside: Option<&Path>, key: &str) -> Option<String> {
    let beside = beside.filter(|beside| *beside != named)?;
    // names that differ in case, or a link
    let is_same = match (named.canonicalize(), beside.canonicalize()) {
        (Ok(named), Ok(beside)) => named == beside,
        _ => false,
    };
    (!is_same).then(|| {
        format!(
            "the header names {}, and is read with it, though {} has the name of the header: if that is its file, correct \
             the line {key}= in {}",
            name(named),
            name(beside),
            name(path)
        )
    })
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
