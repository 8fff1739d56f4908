//! The container of a result: names of its files, and whether they may be written.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::disk::sync_folder;
use super::info::is_sealed_info;
use super::intact::{has_seal, seal_of};
use crate::error::{Error, IoContext, Result};
use crate::input::syncopy::{MARK, read_info, with_spy};

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
    /// The part file before it is whole.
    pub new_part: PathBuf,
    /// The compressed copy while it is made.
    pub packed: PathBuf,
    /// The `.info` file before it is complete.
    pub info_part: PathBuf,
    /// Locked while a job writes this result.
    pub lock: PathBuf,
}

fn nothing_in(path: &Path) -> Error {
    Error::Recording {
        path: path.to_owned(),
        what: "nothing of a result is here; expected the container of a result, finished or not"
            .into(),
    }
}

/// The refusal of what is at `path`.
///
/// # Errors
/// Always.
pub fn in_the_way<T>(path: &Path, what: &str) -> Result<T> {
    Err(Error::Usage(format!("{}: {what}", path.display())))
}

/// Whether two paths name the same file or folder, links resolved.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    match (std::fs::metadata(a), std::fs::metadata(b)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Whether a file begins as every HDF5 file of ours does.
///
/// Source: HDF5 File Format Specification 3.0, II.A, format signature.
fn begins_as_hdf5(path: &Path) -> bool {
    let mut first = [0_u8; 8];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && first == *b"\x89HDF\r\n\x1a\n"
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
            new_part: file(".new.part"),
            packed: file(".packed.part"),
            info_part: file(".info.part"),
            lock: file(".lock"),
        }
    }

    /// The files of the result that `path` names, finished or not: its container, or one of its files.
    ///
    /// # Errors
    /// Nothing of a result there, or several results, which are listed.
    pub fn find(path: &Path) -> Result<Target> {
        let wrong = |what: String| {
            Err(Error::Recording {
                path: path.to_owned(),
                what,
            })
        };
        let place = with_spy(path);
        let (folder, wanted) = match place.is_dir() {
            true => (place.clone(), None),
            // a part file has no name of its own yet: what is asked for may be the name it will have
            false => match (place.parent(), place.file_name()) {
                (Some(folder), Some(name)) => {
                    let folder = if folder.as_os_str().is_empty() {
                        Path::new(".")
                    } else {
                        folder
                    };
                    (folder.to_owned(), Some(name.to_string_lossy().into_owned()))
                }
                _ => return wrong("no such file or folder".into()),
            },
        };
        // a name in the current folder is in a container too
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        let Some(base) = folder.file_stem().map(|stem| stem.to_string_lossy()) else {
            return wrong("no such file or folder; expected the container of a result".into());
        };
        let mut extensions: Vec<String> = Vec::new();
        let entries = std::fs::read_dir(&folder).at(&folder, "list this folder")?;
        for entry in entries {
            let name = entry.at(&folder, "list this folder")?.file_name();
            let name = name.to_string_lossy();
            let rest = name
                .strip_prefix(&*base)
                .and_then(|rest| rest.strip_prefix('.'));
            let extension = rest.and_then(|rest| rest.split('.').next());
            // a recording is no result
            let extension = extension.filter(|extension| !["analog", ""].contains(extension));
            let is_wanted = |extension: &str| {
                let stem = format!("{base}.{extension}");
                wanted
                    .as_ref()
                    .is_none_or(|wanted| *wanted == stem || wanted.starts_with(&format!("{stem}.")))
            };
            if let Some(extension) = extension.filter(|extension| is_wanted(extension)) {
                extensions.push(extension.to_owned());
            }
        }
        extensions.sort();
        extensions.dedup();
        match &extensions[..] {
            [one] => Ok(Target::new(&folder, one)),
            [] => Err(nothing_in(path)),
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|extension| format!("{base}.{extension}"))
                    .collect();
                wrong(format!(
                    "several results are here, name one of them: {}",
                    names.join(", ")
                ))
            }
        }
    }

    /// The file that holds the numbers now: the part file while there is one, else the data.
    ///
    /// # Errors
    /// There is neither.
    pub fn current(&self) -> Result<&Path> {
        let files = [&self.part, &self.data];
        let there = files
            .into_iter()
            .find(|path| path.symlink_metadata().is_ok());
        there
            .map(PathBuf::as_path)
            .ok_or_else(|| nothing_in(&self.container))
    }

    /// Whether this is a recording, which is written in one go: a job that was killed left nothing to go on with.
    pub fn is_recording(&self) -> bool {
        self.data
            .extension()
            .is_some_and(|extension| extension == "analog")
    }

    /// Whether a result may be here: never over its own input, and in a folder.
    ///
    /// # Errors
    /// What is in the way.
    pub fn check_place(&self, input: &Path) -> Result<()> {
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
        Ok(())
    }

    /// Whether an existing file of the result was written by this program. Syncopy carries the mark of a `.info` along
    /// when it saves a result, so the HDF5 file has one of its own.
    pub fn is_ours(&self, path: &Path) -> bool {
        if !path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_file())
        {
            return false;
        }
        if path != self.info {
            return match seal_of(path) {
                // recordings are not sealed
                _ if self.is_recording() => hdf5::File::open(path)
                    .and_then(|file| file.attr(MARK))
                    .is_ok(),
                Ok(Some(_)) => true,
                // nothing is known of it
                Ok(None) => hdf5::File::open(path)
                    .and_then(|file| file.attr(MARK))
                    .is_ok(),
                // HDF5 is not asked about a file that is damaged
                Err(_) => begins_as_hdf5(path) && has_seal(path),
            };
        }
        let marked = |info: serde_json::Map<String, serde_json::Value>| {
            info.get("info")
                .and_then(|info| info.get(MARK))
                .is_some_and(serde_json::Value::is_object)
        };
        read_info(path).is_ok_and(marked) || is_sealed_info(path)
    }

    /// Makes the container's folder, and makes sure that it is on disk: work in it is to survive a host that dies.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn make_container(&self) -> Result<()> {
        let missing: Vec<&Path> = self
            .container
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
            .collect();
        std::fs::create_dir_all(&self.container).at(&self.container, "make this folder")?;
        for made in missing {
            let parent = made
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            sync_folder(parent.unwrap_or(Path::new(".")))?;
        }
        Ok(())
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
        let refusal = Target::new(&link, "spectral").check_place(&input.join("a.analog"));
        assert!(
            refusal
                .expect_err("same folder")
                .to_string()
                .contains("the output is the input")
        );
    }
}
