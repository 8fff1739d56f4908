//! The container of a result: names of its files, and whether they may be written.

use std::ffi::OsString;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};
use crate::input::syncopy::read_info;

/// Attribute of the HDF5 file and key of `.info`'s `info` that mark what this program wrote.
pub const MARK: &str = "slepian";

/// The files of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The folder `<base>.spy`.
    pub container: PathBuf,
    /// The HDF5 file.
    pub data: PathBuf,
    /// The JSON file beside it.
    pub info: PathBuf,
    /// The HDF5 file while the job runs.
    pub part: PathBuf,
    /// Sums of groups of trials, while averages are computed.
    pub sums: PathBuf,
    /// The `.info` file before it is complete.
    pub info_part: PathBuf,
    /// Locked while a job writes this result.
    pub lock: PathBuf,
}

/// Whether two paths name the same file or folder, links resolved.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    match (std::fs::metadata(a), std::fs::metadata(b)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

impl Target {
    /// The files in the container `<base>.spy` for a result with the extension of its class.
    ///
    /// # Panics
    /// If the container has no name: the config has checked it.
    pub fn new(container: &Path, extension: &str) -> Target {
        let base = container.file_stem().expect("the container has a name");
        let file = |ending: &str| {
            let mut name: OsString = base.to_owned();
            name.push(".");
            name.push(extension);
            name.push(ending);
            container.join(name)
        };
        Target {
            container: container.to_owned(),
            data: file(""),
            info: file(".info"),
            part: file(".part"),
            sums: file(".sums.part"),
            info_part: file(".info.part"),
            lock: file(".lock"),
        }
    }

    /// Whether the result may be written: never over its own input, over an earlier result only when asked to and only
    /// when this program wrote it.
    ///
    /// # Errors
    /// What is in the way, and how to go on.
    pub fn check(&self, input: &Path, overwrite: bool) -> Result<()> {
        let in_the_way =
            |path: &Path, what: &str| Err(Error::Usage(format!("{}: {what}", path.display())));
        let input_folder = input
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let is_container = input_folder
            .extension()
            .is_some_and(|extension| extension == "spy");
        if is_same_file(&self.data, input)
            || is_same_file(&self.container, input)
            || (is_container && is_same_file(&self.container, input_folder))
        {
            return in_the_way(
                &self.container,
                "the output is the input; expected another output.path",
            );
        }
        if self.container.exists() && !self.container.is_dir() {
            return in_the_way(
                &self.container,
                "this is a file; expected a folder, or nothing yet, as output.path",
            );
        }
        // a broken link counts as a file in the way
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        for path in [&self.data, &self.info]
            .into_iter()
            .filter(|path| is_there(path))
        {
            if !overwrite {
                return in_the_way(
                    path,
                    "this result exists; expected --overwrite, or another output.path",
                );
            }
            if !self.is_ours(path) {
                return in_the_way(
                    path,
                    "this file was not written by slepian and is not replaced; expected another output.path",
                );
            }
        }
        if is_there(&self.part) && !overwrite {
            return in_the_way(
                &self.part,
                "another job writes this result, or was killed while it did; expected --overwrite to replace it, or \
                 another output.path",
            );
        }
        Ok(())
    }

    /// Whether an existing file of the result was written by this program. Syncopy carries the mark of a `.info` along
    /// when it saves a result, so the HDF5 file has one of its own.
    fn is_ours(&self, path: &Path) -> bool {
        if !path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file())
        {
            return false;
        }
        if path == self.data {
            return hdf5::File::open(path)
                .and_then(|file| file.attr(MARK))
                .is_ok();
        }
        let marked = |info: serde_json::Map<String, serde_json::Value>| {
            info.get("info")
                .and_then(|info| info.get(MARK))
                .is_some_and(serde_json::Value::is_object)
        };
        read_info(path).is_ok_and(marked)
    }

    /// Makes the container's folder.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn make_container(&self) -> Result<()> {
        std::fs::create_dir_all(&self.container).at(&self.container, "make this folder")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_carry_the_containers_name() {
        let target = Target::new(Path::new("a/spectra.spy"), "spectral");
        assert_eq!(target.data, Path::new("a/spectra.spy/spectra.spectral"));
        assert_eq!(
            target.info,
            Path::new("a/spectra.spy/spectra.spectral.info")
        );
        assert_eq!(
            target.part,
            Path::new("a/spectra.spy/spectra.spectral.part")
        );
    }

    #[test]
    fn the_input_is_recognised_through_links() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("a.spy");
        std::fs::create_dir(&input).unwrap();
        std::fs::write(input.join("a.analog"), "x").unwrap();
        let link = folder.path().join("b.spy");
        std::os::unix::fs::symlink(&input, &link).unwrap();
        let refusal = Target::new(&link, "spectral").check(&input.join("a.analog"), true);
        assert!(
            refusal
                .expect_err("same folder")
                .to_string()
                .contains("the output is the input")
        );
    }

    #[test]
    fn only_what_slepian_wrote_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = Target::new(&folder.path().join("s.spy"), "spectral");
        let input = folder.path().join("a.analog");
        let refusal = |overwrite| {
            target
                .check(&input, overwrite)
                .expect_err("refused")
                .to_string()
        };
        assert!(target.check(&input, false).is_ok());
        target.make_container().unwrap();
        std::fs::write(&target.data, "precious").unwrap();
        assert!(refusal(false).contains("--overwrite"));
        assert!(refusal(true).contains("not written by slepian"));
        // the mark of a .info alone is not enough
        std::fs::write(&target.info, r#"{"info": {"slepian": {}}}"#).unwrap();
        assert!(refusal(true).contains("not written by slepian"));
        let file = hdf5::File::create(&target.data).unwrap();
        file.new_attr::<f64>().create(MARK).unwrap();
        file.close().unwrap();
        assert!(target.check(&input, true).is_ok());
        std::fs::write(&target.info, "{}").unwrap();
        assert!(refusal(true).contains("not written by slepian"));
    }
}
