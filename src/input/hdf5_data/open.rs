//! Opening HDF5 files and their data sets.

use std::path::Path;

use hdf5::plist::FileAccessBuilder;

use super::{filters, resolve};
use crate::error::{Error, Hdf5Context, Result};
use crate::input::{require_contents, require_regular};

/// How HDF5 begins when the lock of a file is refused.
const LOCKED: &str = "unable to lock file";
/// What HDF5 says of files that are cut off or damaged.
const DAMAGED: [&str; 8] = [
    "bad ",
    "wrong ",
    "incorrect",
    "overflow",
    "checksum",
    "superblock",
    "object header",
    "eof",
];
/// Bytes of an HDF5 chunk at most: HDF5 holds a chunk as a whole to give a single sample of it, and what is compressed may
/// be a thousandth of that in the file.
const MAX_CHUNK: u128 = 1 << 30;

/// Opens an HDF5 file to read, as `access` sets it up.
///
/// # Errors
/// No such file, none that is regular, none that HDF5 can read, or one that is locked: with what may help.
pub fn open_hdf5(path: &Path, access: impl Fn(&mut FileAccessBuilder)) -> Result<hdf5::File> {
    const DOING: &str = "open this file as HDF5";
    require_regular(path, DOING)?;
    require_contents(path, "HDF5")?;
    let mut options = hdf5::File::with_options();
    access(options.access_plist());
    let opened = options.open(path);
    let advice = opened
        .as_ref()
        .err()
        .and_then(|error| advice(&error.to_string()));
    match (opened, advice) {
        (Err(source), Some(advice)) => Err(Error::Recording {
            path: path.to_owned(),
            what: format!("cannot {DOING}: {source}; {advice}"),
        }),
        (opened, _) => opened.at(path, DOING),
    }
}

/// What may help if HDF5 refuses a file with these words.
fn advice(words: &str) -> Option<&'static str> {
    if words.contains(LOCKED) {
        Some(
            "another program has it open for writing, or the file system has no locks, where \
             HDF5_USE_FILE_LOCKING=FALSE in the environment helps (HDF5 1.10.7 and later: BEST_EFFORT)",
        )
    } else if words.contains("signature not found") {
        Some("expected HDF5: this file has another format, or was not copied completely")
    } else if words.contains("truncated file") {
        Some("expected a complete file: copy or download it again")
    } else if words.contains("consistency flags") {
        Some(
            "expected a closed file: it is being written, or its writer was stopped, where \"h5clear -s\" with its name \
             makes it readable",
        )
    } else if DAMAGED.iter().any(|known| words.contains(known)) {
        Some("expected a complete file: this one is cut off or damaged, copy or download it again")
    } else {
        None
    }
}

/// A data set of the file, not of another that a link leads to, whose chunks fit into memory.
///
/// # Errors
/// There is none of that name, or one that is stored in pieces too large.
pub fn data_set(path: &Path, file: &hdf5::File, name: &str) -> Result<hdf5::Dataset> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    // nothing there: HDF5 says so itself
    let place = resolve(path, file, name)?.map(|place| format!("/{place}"));
    let set = file
        .dataset(place.as_deref().unwrap_or(name))
        .map_err(|error| {
            wrong(format!(
                "cannot open the data set {name}; expected it in this file: {error}"
            ))
        })?;
    let dtype = set.dtype().at(path, format!("read the type of {name}"))?;
    let chunk = set.chunk().unwrap_or_default();
    let bytes = chunk.iter().fold(dtype.size() as u128, |bytes, &n| {
        bytes.saturating_mul(n as u128)
    });
    if bytes > MAX_CHUNK {
        return Err(wrong(format!(
            "{name} is stored in chunks of {bytes} bytes; expected at most {MAX_CHUNK}: rewrite the file with smaller \
             chunks (h5repack -l)"
        )));
    }
    if let Some(what) = filters::unavailable(&set, name) {
        return Err(wrong(what));
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_hdf5_or_cut_off_are_refused_with_what_may_help() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.nwb");
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            open_hdf5(&path, |_| ()).unwrap_err().one_line()
        };
        let line = refused(b"PK\x03\x04");
        assert!(
            line.ends_with("this file has another format, or was not copied completely"),
            "{line}"
        );
        let whole = folder.path().join("whole.nwb");
        let file = hdf5::File::create(&whole).unwrap();
        file.new_dataset_builder()
            .with_data(&[0_i16; 1000])
            .create("x")
            .unwrap();
        file.close().unwrap();
        let bytes = std::fs::read(&whole).unwrap();
        let line = refused(&bytes[..bytes.len() - 1000]);
        assert!(
            line.ends_with("expected a complete file: copy or download it again"),
            "{line}"
        );
        for length in (9..bytes.len()).step_by(37) {
            let line = refused(&bytes[..length]);
            assert!(line.contains("copy or download it again"), "{line}");
        }
        let mut damaged = bytes.clone();
        damaged[13] = 3;
        let line = refused(&damaged);
        assert!(
            line.ends_with("cut off or damaged, copy or download it again"),
            "{line}"
        );
    }

    #[test]
    fn a_file_that_is_being_written_is_refused_with_what_may_help() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.analog");
        drop(hdf5::File::create(&path).unwrap());
        // HDF5 itself lets one process open a file twice
        let writer = std::fs::File::open(&path).unwrap();
        writer.lock().unwrap();
        let error = open_hdf5(&path, |_| ()).unwrap_err().one_line();
        assert!(error.contains("HDF5_USE_FILE_LOCKING=FALSE"), "{error}");
        writer.unlock().unwrap();
        open_hdf5(&path, |_| ()).unwrap();
    }
}
