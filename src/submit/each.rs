//! A study over many recordings: which there are, and where each result goes.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::config::container;
use crate::error::{Error, Result};
use crate::setting::{Place, Setting, refuse_unexpanded};

/// What stands for a recording's name in `output.path`.
pub const STEM: &str = "{stem}";
/// Tasks of an array at most: Slurm's default ends there as well.
const MOST: usize = 1001;

/// One recording and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Each {
    /// The recording.
    pub recording: PathBuf,
    /// The container of its result.
    pub result: PathBuf,
}

/// The recordings that match `pattern`, in the order of their names, with their results: `output` with the recording's
/// name for `{stem}`. Where several have one name, folders above are added until they differ: `sub-1_recording`.
///
/// # Errors
/// A pattern that matches nothing or too much, an `output` without `{stem}`.
pub fn each(pattern: &str, output: &Path) -> Result<Vec<Each>> {
    let wrong = |what: String| Error::Usage(format!("--each {pattern}: {what}"));
    let Some(output) = output.to_str().filter(|path| path.contains(STEM)) else {
        return Err(wrong(format!(
            "output.path = \"{}\" would be the same for all; expected {STEM} in it",
            output.display()
        )));
    };
    let found = glob::glob(pattern).map_err(|error| wrong(error.to_string()))?;
    let mut recordings = Vec::new();
    for path in found {
        recordings.push(path.map_err(|error| wrong(error.to_string()))?);
        if recordings.len() > MOST {
            return Err(wrong(format!("matches more than {MOST} recordings")));
        }
    }
    if recordings.is_empty() {
        let pattern = Setting {
            value: (),
            found: format!("--each {pattern}"),
            place: Place::Default,
        };
        refuse_unexpanded(&pattern, Path::new(&pattern.found[7..]))?;
        return Err(wrong("no recording matches".into()));
    }
    let stems =
        stems(&recordings).ok_or_else(|| wrong("two recordings have the same name".into()))?;
    let pairs = recordings.into_iter().zip(stems);
    let each = pairs.map(|(recording, stem)| {
        let result = PathBuf::from(output.replace(STEM, &stem));
        let result = container(&result).map_err(|what| wrong(what.into()))?;
        Ok(Each { recording, result })
    });
    each.collect()
}

/// Short names that all differ.
fn stems(recordings: &[PathBuf]) -> Option<Vec<String>> {
    let parts = |path: &PathBuf| -> Vec<String> {
        let parts = path.with_extension("");
        let names = parts.iter().map(|part| part.to_string_lossy().into_owned());
        names.filter(|name| name != "/").collect()
    };
    let parts: Vec<Vec<String>> = recordings.iter().map(parts).collect();
    let deepest = parts.iter().map(Vec::len).max()?;
    (1..=deepest)
        .map(|n| -> Vec<String> {
            // a container's name has no dot but that of .spy
            let last = |parts: &Vec<String>| {
                parts[parts.len().saturating_sub(n)..]
                    .join("_")
                    .replace('.', "_")
            };
            parts.iter().map(last).collect()
        })
        .find(|stems| stems.iter().collect::<HashSet<_>>().len() == stems.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[&str]) -> Option<Vec<String>> {
        stems(&Vec::from_iter(paths.iter().map(PathBuf::from)))
    }

    #[test]
    fn recordings_are_named_as_shortly_as_they_differ() {
        assert_eq!(names(&["a/x.spy", "a/y.spy"]).unwrap(), ["x", "y"]);
        let paths = ["sub-1/recording.spy", "sub-2/recording.spy"];
        assert_eq!(
            names(&paths).unwrap(),
            ["sub-1_recording", "sub-2_recording"]
        );
        assert_eq!(names(&["a/rest.v2.spy"]).unwrap(), ["rest_v2"]);
        assert_eq!(names(&["x.spy", "x.analog"]), None);
    }

    #[test]
    fn a_pattern_without_recordings_or_an_output_without_names_is_refused() {
        let error =
            |pattern, output: &str| each(pattern, Path::new(output)).unwrap_err().to_string();
        assert!(error("/nowhere/*.spy", "{stem}.spy").contains("no recording matches"));
        assert!(error("/*", "x.spy").contains("expected {stem}"));
    }
}
