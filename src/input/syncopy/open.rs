//! Opening the files of a container: regular files only, since a FIFO or a device would keep a job waiting for ever.

use std::fs::FileType;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::error::{Error, Hdf5Context, IoContext, Result};

/// Opens an HDF5 file to read.
///
/// # Errors
/// No such file, none that is regular, or none that HDF5 can read.
pub fn open_hdf5(path: &Path) -> Result<hdf5::File> {
    const DOING: &str = "open this file as HDF5";
    require_regular(path, DOING)?;
    hdf5::File::open(path).at(path, DOING)
}

/// Refuses all but regular files; links are followed. `doing` is what the file is for.
///
/// # Errors
/// No such file, or a folder, FIFO, socket or device.
pub fn require_regular(path: &Path, doing: &'static str) -> Result<()> {
    let found = std::fs::metadata(path).at(path, doing)?.file_type();
    if found.is_file() {
        return Ok(());
    }
    Err(Error::Recording {
        path: path.to_owned(),
        what: format!("this is a {}; expected a regular file", name(found)),
    })
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
            assert!(error.to_string().ends_with(&want), "{error}");
        }
        for good in ["file", "link"] {
            require_regular(&folder.join(good), "open this file").unwrap();
        }
    }
}
