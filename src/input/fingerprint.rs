//! What tells a recording from any other, and whether it is still the one that a job began with.

use std::fs::{File, Metadata};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

use super::Location;
use crate::error::{Error, IoContext, Result};
use crate::recording::Recording;

/// Pieces of the file that are looked at, evenly spread, the first and the last bytes among them.
const PIECES: u64 = 64;
/// Bytes of a piece.
const PIECE: u64 = 4096;

/// Size, time and hashes of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The data file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// When it was changed last, in ns since 1970.
    pub modified_ns: i64,
    /// XXH3-64 of channels, trials, sample rate and storage.
    pub metadata: u64,
    /// XXH3-64 of some hundred kilobytes, evenly spread.
    pub samples: u64,
}

impl Fingerprint {
    /// The fingerprint of a whole recording, whatever is selected of it.
    ///
    /// # Errors
    /// The file cannot be read.
    ///
    /// # Panics
    /// If the facts cannot be encoded, which would be a bug.
    pub fn of(recording: &Recording, location: &Location) -> Result<Fingerprint> {
        let path = &location.path;
        let file = File::open(path).at(path, "open this file")?;
        let metadata = file.metadata().at(path, "read the size of this file")?;
        // the same recording may lie elsewhere
        let facts = (recording, location.at(Path::new("")));
        let facts = postcard::to_stdvec(&facts).expect("our own types can be encoded");
        Ok(Fingerprint {
            path: path.to_owned(),
            bytes: metadata.len(),
            modified_ns: modified_ns(&metadata),
            metadata: XxHash3_64::oneshot(&facts),
            samples: spread(&file, metadata.len()).at(path, "read this file")?,
        })
    }

    /// Whether a job that began with `self` may go on with `now`.
    ///
    /// # Errors
    /// What has changed, with both values.
    pub fn check(&self, now: &Fingerprint) -> Result<()> {
        let what = if self.bytes != now.bytes {
            format!(
                "{} bytes, the partial result was begun with {}",
                now.bytes, self.bytes
            )
        } else if self.modified_ns != now.modified_ns {
            format!(
                "changed at {}, the partial result was begun with a file of {}",
                time(now.modified_ns),
                time(self.modified_ns)
            )
        } else if self.metadata != now.metadata {
            "channels, trials, sample rate or storage are other ones than those the partial result was begun with".into()
        } else if self.samples != now.samples {
            "samples are other ones than those the partial result was begun with".into()
        } else {
            return Ok(());
        };
        Err(Error::Usage(format!(
            "{}: this recording is not the same: {what}; expected the recording as it was, or --overwrite to begin anew",
            now.path.display()
        )))
    }
}

/// Hashes pieces of a file of `bytes` bytes.
fn spread(file: &File, bytes: u64) -> std::io::Result<u64> {
    let mut hash = XxHash3_64::new();
    let last = bytes.saturating_sub(PIECE);
    let mut piece = vec![0; PIECE.min(bytes) as usize];
    for k in 0..PIECES {
        let at = (u128::from(last) * u128::from(k) / u128::from(PIECES - 1)) as u64;
        file.read_exact_at(&mut piece, at)?;
        std::hash::Hasher::write(&mut hash, &piece);
    }
    Ok(std::hash::Hasher::finish(&hash))
}

fn modified_ns(metadata: &Metadata) -> i64 {
    metadata
        .mtime()
        .saturating_mul(1_000_000_000)
        .saturating_add(metadata.mtime_nsec())
}

fn time(ns: i64) -> String {
    jiff::Timestamp::from_nanosecond(i128::from(ns))
        .map_or_else(|_| format!("{ns} ns"), |time| time.to_string())
}

/// The data file as a job found it when it began.
#[derive(Clone, Debug)]
pub struct Watch {
    path: PathBuf,
    found: (u64, u64, u64, i64),
}

impl Watch {
    /// Remembers the file of this fingerprint.
    ///
    /// # Errors
    /// It is no longer what the fingerprint says.
    pub fn begin(fingerprint: &Fingerprint) -> Result<Watch> {
        let path = &fingerprint.path;
        let (device, inode, ..) = facts(path)?;
        let watch = Watch {
            path: path.clone(),
            found: (device, inode, fingerprint.bytes, fingerprint.modified_ns),
        };
        watch.check().map(|()| watch)
    }

    /// Whether it is still the same file, of the same size and time: what was read since then is what was there.
    ///
    /// # Errors
    /// It is gone, replaced or changed.
    pub fn check(&self) -> Result<()> {
        let now = facts(&self.path)?;
        if now == self.found {
            return Ok(());
        }
        let what = if (now.0, now.1) != (self.found.0, self.found.1) {
            "another file has taken its place".to_owned()
        } else if now.2 != self.found.2 {
            format!("it has {} bytes now, it had {}", now.2, self.found.2)
        } else {
            format!("it was written at {}", time(now.3))
        };
        Err(Error::Recording {
            path: self.path.clone(),
            what: format!(
                "this recording was changed while the job ran: {what}; expected no change: start the job again when \
                 the recording is complete"
            ),
        })
    }
}

/// Device, number, size and time of the file that has this name.
fn facts(path: &Path) -> Result<(u64, u64, u64, i64)> {
    let metadata = std::fs::metadata(path).at(path, "find this recording again")?;
    Ok((
        metadata.dev(),
        metadata.ino(),
        metadata.len(),
        modified_ns(&metadata),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_the_file_is_seen_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.analog");
        std::fs::write(&path, [1; 100]).unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        let fingerprint = |bytes| Fingerprint {
            path: path.clone(),
            bytes,
            modified_ns: modified_ns(&metadata),
            metadata: 0,
            samples: 0,
        };
        let watch = Watch::begin(&fingerprint(100)).unwrap();
        assert!(watch.check().is_ok());
        assert!(Watch::begin(&fingerprint(99)).is_err());
        std::fs::File::options()
            .append(true)
            .open(&path)
            .unwrap()
            .set_len(50)
            .unwrap();
        let error = watch.check().unwrap_err().to_string();
        assert!(error.contains("it has 50 bytes now, it had 100"), "{error}");
        let other = folder.path().join("other");
        std::fs::write(&other, [1; 100]).unwrap();
        std::fs::rename(&other, &path).unwrap();
        let error = watch.check().unwrap_err().to_string();
        assert!(
            error.contains("another file has taken its place"),
            "{error}"
        );
        std::fs::remove_file(&path).unwrap();
        assert!(watch.check().is_err());
    }

    #[test]
    fn samples_count_wherever_they_are_looked_at_and_small_files_count_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let hash = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            spread(&File::open(&path).unwrap(), bytes.len() as u64).unwrap()
        };
        let mut bytes = vec![0; 3 * PIECE as usize];
        let before = hash(&bytes);
        bytes[PIECE as usize + 7] = 1;
        assert_ne!(hash(&bytes), before);
        assert_ne!(hash(&[1]), hash(&[2]));
        assert_eq!(hash(&[]), hash(&[]));
    }
}
