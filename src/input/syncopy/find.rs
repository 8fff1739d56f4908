//! From what the user wrote to the data file of one recording.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};

const EXTENSION: &str = "analog";
/// Recordings of a container that are listed at most.
const MAX_LISTED: usize = 20;

/// The data file that `path` names: a container, a data file or its `.info`.
///
/// # Errors
/// Nothing there, no recording in the container, or several of them, which are listed.
pub fn find(path: &Path) -> Result<PathBuf> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let place = with_spy(path);
    if place.is_dir() {
        return in_container(&place);
    }
    if let Err(error) = std::fs::metadata(&place) {
        let found = match error.kind() {
            ErrorKind::NotFound => "no such file or folder".to_owned(),
            _ => error.to_string(),
        };
        return Err(wrong(format!(
            "{found}; expected the path of a Syncopy container, its data file or .info file"
        )));
    }
    let data = if place
        .extension()
        .is_some_and(|extension| extension == "info")
    {
        place.with_extension("")
    } else {
        place
    };
    match data.extension().and_then(|extension| extension.to_str()) {
        Some(EXTENSION) => Ok(data),
        other => Err(wrong(format!(
            "this is a file of type .{}, not a recording; expected .{EXTENSION}, or another input.format",
            other.unwrap_or_default()
        ))),
    }
}

/// `path`, or `path.spy` where only that exists: the extension of a container need not be written.
pub fn with_spy(path: &Path) -> PathBuf {
    let container = path.with_added_extension("spy");
    if !path.exists() && container.is_dir() {
        container
    } else {
        path.to_owned()
    }
}

fn in_container(folder: &Path) -> Result<PathBuf> {
    let entries = std::fs::read_dir(folder).at(folder, "list this folder")?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry.at(folder, "list this folder")?.path();
        let is_recording = path
            .extension()
            .is_some_and(|extension| extension == EXTENSION);
        if is_recording && !path.is_dir() {
            names.push(path);
        }
    }
    names.sort();
    if let Some(name) = names.iter().find(|name| name.to_str().is_none()) {
        return Err(Error::Recording {
            path: name.clone(),
            what: "the name of this file is not UTF-8; expected one that is: rename the file"
                .into(),
        });
    }
    match &names[..] {
        [one] => Ok(one.clone()),
        [] => Err(Error::Recording {
            path: folder.to_owned(),
            what: format!(
                "no recording in this folder; {}expected a file *.{EXTENSION}: copy the container again, as a whole, or give \
                 the path of a recording",
                result(folder).unwrap_or_default()
            ),
        }),
        several => {
            let list: Vec<String> = several
                .iter()
                .take(MAX_LISTED)
                .map(|path| {
                    path.file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned()
                })
                .collect();
            Err(Error::Recording {
                path: folder.to_owned(),
                what: format!(
                    "this container holds {} recordings; expected the path of one of them: {}{}",
                    several.len(),
                    list.join(", "),
                    if several.len() > MAX_LISTED {
                        ", …"
                    } else {
                        ""
                    }
                ),
            })
        }
    }
}

/// Says that a container holds a result, or one that is not finished.
fn result(folder: &Path) -> Option<String> {
    let paths = std::fs::read_dir(folder).ok()?.flatten();
    let mut names: Vec<String> = paths
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let ends = |ending: &str| names.iter().find(|name| name.ends_with(ending));
    if let Some(name) = ends(".spectral") {
        return Some(format!(
            "{name} is a result, which \"slepian info\" and \"slepian plot\" show; "
        ));
    }
    ends(".part").map(|name| format!("{name} is not finished: a job writes it, or was stopped; "))
}
