//! The error of those who give a recording where a config is expected: it shows the config that was missing.

use std::path::{Path, PathBuf};

use super::LARGEST;
use crate::input::{self, Format};
use crate::setting::Setting;

/// What is wrong with a path that names a folder or a recording in place of a config; none of other paths.
pub fn what_is_wrong(path: &Path) -> Option<String> {
    let options = input::Options::of_path(Setting::default_of("input", "path", path.to_owned()));
    let format = Format::find(&options).ok().map(|(format, _)| format);
    let is_container = path.with_added_extension("spy").is_dir() && !path.exists();
    let found = match format {
        _ if path.is_dir() && format.is_none() => "this is a folder",
        Some(Format::Binary) if may_be_text(path) => return None,
        Some(_) if is_container || path.exists() => "this is a recording",
        _ => return None,
    };
    let recording = match format {
        Some(_) => path.to_owned(),
        None => path.join("RECORDING"),
    };
    let quoted = |path: &Path| toml::Value::from(path.display().to_string()).to_string();
    let example = format!(
        "'[input]', 'path = {}', '[output]', 'path = {}'",
        quoted(&recording),
        quoted(&result_of(&recording))
    );
    Some(format!(
        "{found}; expected a config, a text file that names one, as study.toml of four lines: {example}"
    ))
}

/// Whether a file of numbers that says nothing about itself may as well be a config.
fn may_be_text(path: &Path) -> bool {
    let length = std::fs::metadata(path).map_or(0, |found| found.len());
    length <= LARGEST && std::fs::read_to_string(path).is_ok()
}

/// A name for the result in the current folder: containers have one dot.
fn result_of(recording: &Path) -> PathBuf {
    let stem = recording.file_stem().unwrap_or_default();
    let stem = stem.to_string_lossy().replace('.', "_");
    PathBuf::from(format!("{stem}_power.spy"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_in_place_of_a_config_is_told_with_the_config_that_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a.b.edf"), "").unwrap();
        std::fs::write(at("numbers.dat"), [0xff, 0xfe, 0]).unwrap();
        std::fs::write(at("study.dat"), "[input]\n").unwrap();
        std::fs::write(at("study.toml"), "[input]\n").unwrap();
        let text = what_is_wrong(&at("a.b.edf")).expect("a recording");
        assert!(
            text.starts_with("this is a recording; expected a config"),
            "{text}"
        );
        assert!(
            text.ends_with("a.b.edf\"', '[output]', 'path = \"a_b_power.spy\"'"),
            "{text}"
        );
        assert!(what_is_wrong(&at("numbers.dat")).is_some());
        let text = what_is_wrong(folder.path()).expect("a folder");
        assert!(
            text.starts_with("this is a folder; expected a config"),
            "{text}"
        );
        for name in ["study.dat", "study.toml", "nothing"] {
            assert_eq!(what_is_wrong(&at(name)), None, "{name}");
        }
    }
}
