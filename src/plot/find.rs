//! From what the user wrote to the data file of one finished result.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};
use crate::input::syncopy::with_spy;

/// The extension of recordings.
const RECORDING: &str = "analog";
/// Results of a container that are listed at most.
const MAX_LISTED: usize = 20;

fn wrong(path: &Path, what: impl Into<String>) -> Error {
    Error::Recording {
        path: path.to_owned(),
        what: what.into(),
    }
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension() == Some(OsStr::new(wanted))
}

/// The data file that `path` names: a container, a data file or its `.info`.
///
/// # Errors
/// Nothing there, a recording, a result that is not finished, or several, which are listed.
pub fn result(path: &Path) -> Result<PathBuf> {
    let place = with_spy(path);
    if place.is_dir() {
        return in_container(&place);
    }
    if has_extension(&place, "part") {
        return Err(not_finished(&place));
    }
    if !place.exists() {
        let part = place.with_added_extension("part");
        return Err(if part.exists() {
            not_finished(&part)
        } else {
            wrong(
                path,
                "no such file or folder; expected the container of a result, its data file or .info file",
            )
        });
    }
    let data = if has_extension(&place, "info") {
        place.with_extension("")
    } else {
        place
    };
    if has_extension(&data, RECORDING) {
        return Err(recording(&data));
    }
    Ok(data)
}

fn recording(path: &Path) -> Error {
    wrong(
        path,
        "a recording, which holds samples; expected a result, which holds spectra (slepian run computes one)",
    )
}

fn not_finished(part: &Path) -> Error {
    wrong(
        part,
        "not finished: a job writes it, or was killed; expected a finished result (slepian status says how far it is, \
         slepian run --resume goes on)",
    )
}

fn in_container(folder: &Path) -> Result<PathBuf> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).at(folder, "list this folder")? {
        paths.push(entry.at(folder, "list this folder")?.path());
    }
    paths.sort();
    let infos = paths.iter().filter(|path| has_extension(path, "info"));
    let objects: Vec<PathBuf> = infos.map(|path| path.with_extension("")).collect();
    let results: Vec<&PathBuf> = objects
        .iter()
        .filter(|path| !has_extension(path, RECORDING))
        .collect();
    match results[..] {
        [one] => Ok(one.clone()),
        [] => Err(
            match (
                paths.iter().find(|path| has_extension(path, "part")),
                objects.first(),
            ) {
                (Some(part), _) => not_finished(part),
                (None, Some(object)) => recording(object),
                (None, None) => wrong(
                    folder,
                    "no .info file in this folder; expected the container of a result",
                ),
            },
        ),
        _ => {
            let names = results.iter().take(MAX_LISTED).map(|path| {
                let name = path.file_name().unwrap_or_default();
                name.to_string_lossy().into_owned()
            });
            Err(wrong(
                folder,
                format!(
                    "this container holds {} results, name one of them: {}",
                    results.len(),
                    names.collect::<Vec<_>>().join(", ")
                ),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        folder
    }

    #[test]
    fn a_container_is_searched_for_its_result_and_not_for_its_recording() {
        let folder = folder(&["a.analog", "a.analog.info", "a.spectral", "a.spectral.info"]);
        let data = folder.path().join("a.spectral");
        for name in ["", "a.spectral", "a.spectral.info"] {
            assert_eq!(result(&folder.path().join(name)).unwrap(), data);
        }
    }

    #[test]
    fn what_is_no_finished_result_is_refused_with_what_helps() {
        for (files, name, want) in [
            (
                &["a.analog", "a.analog.info"][..],
                "",
                "slepian run computes one",
            ),
            (&["a.analog", "a.analog.info"], "a.analog", "holds samples"),
            (&["a.spectral.part"], "", "slepian run --resume"),
            (&["a.spectral.part"], "a.spectral", "slepian status"),
            (&["a.spectral.part"], "a.spectral.part", "slepian status"),
            (&[], "", "no .info file"),
            (&[], "nothing.spy", "no such file"),
            (
                &["a.spectral.info", "b.spectral.info"],
                "",
                "a.spectral, b.spectral",
            ),
        ] {
            let folder = folder(files);
            let error = result(&folder.path().join(name)).unwrap_err().to_string();
            assert!(error.contains(want), "{files:?} {name}: {error}");
        }
    }
}
