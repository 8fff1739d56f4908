//! Checks before a file is read: it must be regular, since a FIFO or a device would keep a job waiting for ever, its contents
//! must be on this machine, and a file that is read as a whole must be small.

use std::fs::{File, FileType};
use std::io::Read;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use super::placeholder;
use crate::error::{Error, IoContext, Result};

/// Refuses all but regular files whose contents are here; links are followed. `doing` is what the file is for.
///
/// # Errors
/// No such file, one whose contents were not fetched, or a folder, FIFO, socket or device.
pub fn require_regular(path: &Path, doing: &'static str) -> Result<()> {
    if let Some(what) = placeholder::what_is_missing(path) {
        return Err(Error::Recording {
            path: path.to_owned(),
            what,
        });
    }
    let found = std::fs::metadata(path).at(path, doing)?.file_type();
    if found.is_file() {
        return Ok(());
    }
    let advice = if found.is_dir() {
        ""
    } else {
        ": write what comes from it into one first"
    };
    Err(Error::Recording {
        path: path.to_owned(),
        what: format!("this is a {}; expected a regular file{advice}", name(found)),
    })
}

/// Refuses files without a byte. `expected` is what should be in it.
///
/// # Errors
/// An empty file, or none.
pub fn require_contents(path: &Path, expected: &str) -> Result<()> {
    let length = std::fs::metadata(path)
        .at(path, "read the size of this file")?
        .len();
    if length > 0 {
        return Ok(());
    }
    Err(Error::Recording {
        path: path.to_owned(),
        what: format!(
            "this file is empty (0 bytes); expected {expected}: copy or download the file again"
        ),
    })
}

/// Opens a file of at most `largest` bytes.
///
/// # Errors
/// No such file, none that is regular, or a larger one.
pub fn open_small(path: &Path, doing: &'static str, largest: u64) -> Result<File> {
    require_regular(path, doing)?;
    let file = File::open(path).at(path, doing)?;
    let length = file.metadata().at(path, doing)?.len();
    if length > largest {
        return Err(Error::Recording {
            path: path.to_owned(),
            what: format!("this file has {length} bytes; expected at most {largest}"),
        });
    }
    Ok(file)
}

/// The bytes of a file of at most `largest` bytes, even if it grows meanwhile.
///
/// # Errors
/// Those of [`open_small`]; the file cannot be read.
pub fn read_small(path: &Path, doing: &'static str, largest: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = open_small(path, doing, largest)?;
    file.take(largest).read_to_end(&mut bytes).at(path, doing)?;
    Ok(bytes)
}

fn name(found: FileType) -> &'static str {
    if found.is_dir() {
        "folder"
    } else if found.is_fifo() {
        "FIFO"
    } else if found.is_socket() {
        "socket"
    } else {
        "device"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_regular_file_is_refused_by_its_kind() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::create_dir(folder.join("folder")).unwrap();
        std::fs::write(folder.join("file"), "").unwrap();
        std::os::unix::fs::symlink(folder.join("file"), folder.join("link")).unwrap();
        std::os::unix::fs::symlink("/dev/null", folder.join("device")).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
        let fifo = std::process::Command::new("mkfifo")
            .arg(folder.join("FIFO"))
            .status();
        assert!(fifo.unwrap().success());
        for kind in ["folder", "device", "socket", "FIFO"] {
            let error = require_regular(&folder.join(kind), "open this file").unwrap_err();
            let want = format!("this is a {kind}; expected a regular file");
            assert!(error.to_string().contains(&want), "{error}");
        }
        for good in ["file", "link"] {
            require_regular(&folder.join(good), "open this file").unwrap();
        }
    }

    #[test]
    fn files_are_read_up_to_the_size_that_is_expected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, [7; 100]).unwrap();
        assert_eq!(read_small(&path, "read this file", 100).unwrap(), [7; 100]);
        let error = read_small(&path, "read this file", 99)
            .unwrap_err()
            .to_string();
        assert!(
            error.ends_with("this file has 100 bytes; expected at most 99"),
            "{error}"
        );
    }
}
