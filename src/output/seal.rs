//! The seal of a file: what its bytes are that HDF5 interprets. They do not change once the file is made, so that damage to them is
//! found before HDF5 opens the file, which would crash on some of it, or read something else. The numbers, which HDF5 only hands
//! on, have checksums of their own in the ledger.
//!
//! A file that is not finished has its seal beside it, in a file of its name and `.seal`; a result has it in `.info`.
//!
//! Source: XXH3, Collet, <https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md>.

use std::fs::File;
use std::hash::Hasher;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_64;

use crate::comm::note_progress;
use crate::error::{Error, IoContext, Result};
use crate::input::require_regular;

/// Bytes that are read at once.
const PIECE: u64 = 1 << 20;
/// Bytes that HDF5 interprets, at most, of a file that may claim anything: labels and trial definitions of the largest results.
const MAX_SEALED: u64 = 16 << 30;
/// Stretches of numbers at most: a result has about a million tiles.
const MAX_STRETCHES: u64 = 1 << 23;
/// Bytes of a seal file at most.
const MAX_FILE: u64 = 256 << 20;
/// How many copies of a seal its file has.
const COPIES: usize = 2;
/// Where HDF5 notes in the oldest kind of superblock that one process has the file open for writing, and what it writes there;
/// zeros otherwise. Nobody reads it: a job that is killed leaves it.
///
/// Source: HDF5 File Format Specification 3.0, II.A, version 0: file consistency flags.
const IS_OPEN: std::ops::Range<usize> = 20..24;
const OPEN: [u8; 4] = [1, 0, 0, 0];
/// The byte with the version of the superblock.
const VERSION: usize = 8;

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Length of the file.
    bytes: u64,
    /// Where numbers lie, in ascending order.
    numbers: Vec<Stretches>,
    /// XXH3-64 of the other fields and of all other bytes, in their order.
    xxh3: Digest,
}

/// Stretches of the same length at the same distance: `[first byte, bytes of each, bytes from one to the next, how many]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stretches(u64, u64, u64, u64);

/// A hash as JSON has it: 16 hexadecimal digits, since not every reader keeps 64 bits of a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// That of a hasher.
    pub fn of(hash: &XxHash3_64) -> Digest {
        Digest(format!("{:016x}", hash.finish()))
    }

    /// Its digits.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

/// The file beside `path` that holds its seal.
pub fn beside(path: &Path) -> PathBuf {
    path.with_added_extension("seal")
}

impl Seal {
    /// Seals the file at `path`, in which numbers lie in these stretches of `(first byte, bytes)`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(path: &Path, numbers: Vec<(u64, u64)>) -> Result<Seal> {
        let bytes = std::fs::metadata(path)
            .at(path, "read the size of this file")?
            .len();
        let seal = Seal {
            bytes,
            numbers: packed(numbers),
            xxh3: Digest(String::new()),
        };
        let xxh3 = seal.digest(path)?;
        Ok(Seal { xxh3, ..seal })
    }

    /// Whether the file at `path` is still the one that was sealed.
    ///
    /// # Errors
    /// What differs; the file cannot be read.
    pub fn check(&self, path: &Path) -> Result<()> {
        let damaged = |what: String| Error::Damaged {
            path: path.to_owned(),
            what,
        };
        require_regular(path, "open this file")?;
        let bytes = std::fs::metadata(path)
            .at(path, "read the size of this file")?
            .len();
        if bytes != self.bytes {
            return Err(damaged(format!(
                "this file is {bytes} bytes long, {} were written",
                self.bytes
            )));
        }
        self.check_claims().map_err(damaged)?;
        if self.digest(path)? != self.xxh3 {
            return Err(damaged(
                "this file is damaged: what describes its numbers is not what was written".into(),
            ));
        }
        Ok(())
    }

    /// Where numbers may not lie.
    fn check_claims(&self) -> std::result::Result<(), String> {
        let wrong = || "its seal is damaged: it names stretches that this file has not".to_owned();
        let (mut end, mut total, mut n) = (0_u64, 0_u64, 0_u64);
        for Stretches(at, bytes, step, count) in &self.numbers {
            let last = count.checked_sub(1).and_then(|n| n.checked_mul(*step));
            let stop = last
                .and_then(|last| at.checked_add(last)?.checked_add(*bytes))
                .filter(|stop| *stop <= self.bytes);
            let (Some(stop), true) = (stop, *at >= end && *bytes > 0) else {
                return Err(wrong());
            };
            if *count > 1 && step < bytes {
                return Err(wrong());
            }
            end = stop;
            // a product of what lies within the file
            total += bytes * count;
            n = n.saturating_add(*count);
        }
        if n > MAX_STRETCHES || self.bytes - total > MAX_SEALED {
            return Err(wrong());
        }
        Ok(())
    }

    /// The hash of where numbers lie, and of all bytes that are no numbers.
    fn digest(&self, path: &Path) -> Result<Digest> {
        const DOING: &str = "read this file";
        let file = File::open(path).at(path, DOING)?;
        let mut hash = XxHash3_64::new();
        hash.write_u64(self.bytes);
        for Stretches(at, bytes, step, count) in &self.numbers {
            for number in [at, bytes, step, count] {
                hash.write_u64(*number);
            }
        }
        let mut buffer = Vec::new();
        let is_part = path
            .extension()
            .is_some_and(|extension| extension == "part");
        let mut add = |from: u64, to: u64| -> Result<()> {
            let mut at = from;
            while at < to {
                let n = PIECE.min(to - at);
                buffer.resize(n as usize, 0_u8);
                file.read_exact_at(&mut buffer, at).at(path, DOING)?;
                if at == 0 && is_part && is_marked_open(&buffer) {
                    buffer[IS_OPEN].fill(0);
                }
                note_progress();
                hash.write(&buffer);
                at += n;
            }
            Ok(())
        };
        let mut end = 0;
        for Stretches(at, bytes, step, count) in &self.numbers {
            for k in 0..*count {
                let start = at + k * step;
                add(end, start)?;
                end = start + bytes;
            }
        }
        add(end, self.bytes)?;
        Ok(Digest::of(&hash))
    }

    /// Writes the seal beside the file at `path`, twice, since it guards hours of work, and syncs it to disk.
    ///
    /// # Errors
    /// The file system's.
    pub fn write_beside(&self, path: &Path) -> Result<()> {
        let path = &beside(path);
        let text = serde_json::to_string(self).expect("a seal is JSON");
        let mut file = File::create(path).at(path, "create this file")?;
        // two line ends: where one of them is hurt the other one still keeps the copies apart
        let written = file.write_all(format!("{text}\n\n{text}\n").as_bytes());
        written.at(path, "write this file")?;
        file.sync_all().at(path, "sync this file to disk")
    }

    /// The seal in the file `seal`, if the file at `path` is the one that was sealed.
    ///
    /// # Errors
    /// There is no seal, or it is damaged; the file is damaged.
    pub fn checked(seal: &Path, path: &Path) -> Result<Seal> {
        let wrong = |what: String| {
            Err(Error::Damaged {
                path: seal.to_owned(),
                what,
            })
        };
        match seal.symlink_metadata() {
            Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_FILE => {}
            Ok(_) => return wrong("this is no seal; expected a small JSON file".into()),
            Err(error) => {
                let file = path.display();
                return wrong(format!("cannot open the seal of {file}: {error}"));
            }
        }
        let text = std::fs::read(seal).at(seal, "read this file")?;
        let copies = text.split(|byte| *byte == b'\n');
        let copies = copies.filter_map(|line| serde_json::from_slice::<Seal>(line).ok());
        let copies = copies.take(COPIES);
        let mut refused = wrong("this seal is damaged".into());
        for copy in copies {
            match copy.check(path) {
                Ok(()) => return Ok(copy),
                Err(error) => refused = Err(error),
            }
        }
        refused
    }
}

/// Whether these first bytes of a file say that it is open.
fn is_marked_open(bytes: &[u8]) -> bool {
    bytes.get(VERSION) == Some(&0) && bytes.get(IS_OPEN) == Some(&OPEN)
}

/// Takes back what HDF5 has noted in the file at `path` while one process had it open, which then was killed.
///
/// # Errors
/// The file cannot be read, or not be written.
pub fn mark_closed(path: &Path) -> Result<()> {
    const DOING: &str = "mark this file as closed";
    let file = File::options().read(true).write(true).open(path);
    let file = file.at(path, DOING)?;
    let mut first = [0_u8; IS_OPEN.end];
    let read = file.read_exact_at(&mut first, 0);
    if read.is_ok() && is_marked_open(&first) {
        let written = file.write_all_at(&[0; OPEN.len()], IS_OPEN.start as u64);
        written.and_then(|()| file.sync_data()).at(path, DOING)?;
    }
    Ok(())
}

/// The same stretches in ascending order, neighbours as one, those that repeat together.
fn packed(mut numbers: Vec<(u64, u64)>) -> Vec<Stretches> {
    numbers.retain(|(_, bytes)| *bytes > 0);
    numbers.sort_unstable();
    numbers.dedup_by(|next, kept| {
        let touches = kept.0 + kept.1 == next.0;
        if touches {
            kept.1 += next.1;
        }
        touches
    });
    let mut packed: Vec<Stretches> = Vec::new();
    for (at, bytes) in numbers {
        if let Some(Stretches(first, width, step, count)) = packed.last_mut()
            && *width == bytes
            && (*count == 1 || at == *first + *step * *count)
        {
            *step = at - *first - *step * (*count - 1);
            *count += 1;
        } else {
            packed.push(Stretches(at, bytes, 0, 1));
        }
    }
    packed
}

#[cfg(test)]
mod tests;
