//! A zlib stream within a file, read from any place of what it inflates to. Deflate has no places to begin at: the stream
//! is inflated from its start on, and the state is kept every few megabytes (some ten kilobytes each), so that going back
//! costs those megabytes and not all that came before.
//! Source: RFC 1950, RFC 1951; zlib's examples/zran.c for the idea.

use std::fs::File;
use std::ops::RangeInclusive;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};
use serde::{Deserialize, Serialize};

use crate::error::{Error, IoContext, Result};

/// Inflated bytes from one kept state to the next, at least and at most: some milliseconds, and some ten of them.
const STEPS: RangeInclusive<u64> = 1 << 20..=8 << 20;
/// States that are kept at most: of 4 GiB, the most that MATLAB compresses as one, the longest steps make as many.
const STATES: u64 = 512;
/// Bytes of the file that are read at once.
const INPUT: usize = 64 << 10;
/// Inflated bytes that are passed over at once.
const PASSED: usize = 64 << 10;

/// Where a zlib stream lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deflate {
    /// Byte of the file that it begins at.
    pub at: u64,
    /// Bytes of the stream in the file.
    pub length: u64,
}

/// Reads what a stream inflates to.
pub struct Inflating {
    path: PathBuf,
    file: File,
    place: Deflate,
    now: State,
    kept: Vec<State>,
    /// Bytes from one of these to the next.
    step: u64,
    input: Vec<u8>,
    /// Byte of the stream that `input` begins at.
    input_at: u64,
}

/// How far a stream is inflated.
#[derive(Clone)]
struct State {
    inner: Box<InflateState>,
    /// Bytes of the stream that were taken.
    taken: u64,
    /// Bytes that were given.
    given: u64,
    has_ended: bool,
}

impl Inflating {
    /// The stream at `place` of the file `path`, which inflates to about `n_bytes`.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path, place: Deflate, n_bytes: u64) -> Result<Inflating> {
        Ok(Inflating {
            path: path.to_owned(),
            file: File::open(path).at(path, "open this file")?,
            place,
            now: State::start(),
            kept: Vec::new(),
            step: step(n_bytes),
            input: Vec::new(),
            input_at: 0,
        })
    }

    /// Bytes held at most for a stream that inflates to `n_bytes`.
    pub fn held_bytes(n_bytes: u64) -> u64 {
        let states = n_bytes / step(n_bytes) + 1;
        states * size_of::<InflateState>() as u64 + (INPUT + PASSED) as u64
    }

    /// Fills `to` from byte `at` of the inflated bytes on; how many there were, fewer only where the stream ends.
    ///
    /// # Errors
    /// The file cannot be read, or holds no such stream.
    pub fn read_some(&mut self, at: u64, to: &mut [u8]) -> Result<usize> {
        let nearest = self.kept.partition_point(|state| state.given <= at);
        let nearest = nearest.checked_sub(1).map(|k| &self.kept[k]);
        if at < self.now.given || nearest.is_some_and(|state| state.given > self.now.given) {
            self.now = nearest.cloned().unwrap_or_else(State::start);
        }
        let mut passed = Vec::new();
        while self.now.given < at {
            passed.resize(PASSED.min((at - self.now.given) as usize), 0);
            if self.step(&mut passed)? == 0 {
                return Ok(0);
            }
        }
        let mut n = 0;
        while n < to.len() {
            match self.step(&mut to[n..])? {
                0 => break,
                more => n += more,
            }
        }
        Ok(n)
    }

    /// Fills `to` from byte `at` of the inflated bytes on.
    ///
    /// # Errors
    /// As [`read_some`](Self::read_some), and a stream that ends too early.
    pub fn read_exact(&mut self, at: u64, to: &mut [u8]) -> Result<()> {
        if self.read_some(at, to)? == to.len() {
            return Ok(());
        }
        Err(self.wrong(format!(
            "holds {} bytes; expected {}",
            self.now.given,
            at + to.len() as u64
        )))
    }

    /// Inflates some bytes, at most up to where the state is kept; none only at the end.
    fn step(&mut self, to: &mut [u8]) -> Result<usize> {
        let next = (self.kept.len() as u64 + 1) * self.step;
        let most = match next.checked_sub(self.now.given) {
            Some(left) if left > 0 => left.min(to.len() as u64) as usize,
            _ => to.len(),
        };
        let to = &mut to[..most];
        while !self.now.has_ended && !to.is_empty() {
            let input_end = self.input_at + self.input.len() as u64;
            if !(self.input_at..input_end).contains(&self.now.taken) {
                self.refill()?;
            }
            let input = &self.input[(self.now.taken - self.input_at) as usize..];
            let was_empty = input.is_empty();
            let done = inflate(&mut self.now.inner, input, to, MZFlush::None);
            self.now.taken += done.bytes_consumed as u64;
            self.now.given += done.bytes_written as u64;
            match done.status {
                Ok(MZStatus::StreamEnd) => self.now.has_ended = true,
                Ok(_) => {}
                Err(MZError::Buf) if !was_empty => {}
                Err(_) if was_empty => return Err(self.wrong("is cut off".into())),
                Err(_) => {
                    return Err(
                        self.wrong(format!("is damaged behind its byte {}", self.now.taken))
                    );
                }
            }
            if done.bytes_written > 0 {
                if self.now.given == next && !self.now.has_ended {
                    self.kept.push(self.now.clone());
                }
                return Ok(done.bytes_written);
            }
        }
        Ok(0)
    }

    fn refill(&mut self) -> Result<()> {
        let taken = self.now.taken;
        let n = (self.place.length - taken).min(INPUT as u64) as usize;
        self.input.resize(n, 0);
        self.input_at = taken;
        self.file
            .read_exact_at(&mut self.input, self.place.at + taken)
            .at(&self.path, "read compressed data")
    }

    fn wrong(&self, what: String) -> Error {
        Error::Recording {
            path: self.path.clone(),
            what: format!(
                "the compressed data at byte {} {what}; expected a whole zlib stream: copy the file again, or save it \
                 again in MATLAB",
                self.place.at
            ),
        }
    }
}

/// Bytes from one kept state to the next.
fn step(n_bytes: u64) -> u64 {
    (n_bytes / STATES).clamp(*STEPS.start(), *STEPS.end())
}

impl State {
    fn start() -> State {
        State {
            inner: InflateState::new_boxed(DataFormat::Zlib),
            taken: 0,
            given: 0,
            has_ended: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec_zlib;

    const STEP: usize = *STEPS.start() as usize;

    fn noise(n: usize) -> Vec<u8> {
        let mut x = 1_u32;
        let mut next = || {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // half of the bits, so that there is something to compress
            (x >> 28) as u8
        };
        (0..n).map(|_| next()).collect()
    }

    fn stream(bytes: &[u8]) -> (tempfile::TempDir, PathBuf, Deflate) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stream");
        let packed = compress_to_vec_zlib(bytes, 3);
        std::fs::write(&path, [&[7; 5], &packed[..], &[9; 11]].concat()).unwrap();
        let length = packed.len() as u64;
        (folder, path, Deflate { at: 5, length })
    }

    #[test]
    fn bytes_are_the_same_from_any_place_forward_and_back() {
        let bytes = noise(3 * STEP + 12_345);
        let (_folder, path, place) = stream(&bytes);
        let mut reader = Inflating::open(&path, place, 0).unwrap();
        let step = STEP;
        for at in [
            0,
            5,
            2 * step + 1,
            step - 3,
            step,
            bytes.len() - 100,
            17,
            2 * step,
            3 * step - 1,
        ] {
            let mut found = vec![0; 100.min(bytes.len() - at)];
            reader.read_exact(at as u64, &mut found).unwrap();
            assert!(found == bytes[at..at + found.len()], "from {at}");
        }
        assert_eq!(reader.kept.len(), 3);
        let mut past = [0; 10];
        let n = reader.read_some(bytes.len() as u64 - 4, &mut past).unwrap();
        assert_eq!(n, 4);
        assert_eq!(reader.read_some(1 << 40, &mut past).unwrap(), 0);
        let error = reader.read_exact(bytes.len() as u64, &mut past);
        assert!(
            error
                .unwrap_err()
                .one_line()
                .contains("holds 3158073 bytes")
        );
    }

    #[test]
    fn streams_that_are_cut_off_or_damaged_are_refused() {
        let bytes = noise(100_000);
        let (_folder, path, place) = stream(&bytes);
        let mut all = vec![0; bytes.len()];
        let length = place.length / 2;
        let mut reader = Inflating::open(&path, Deflate { length, ..place }, 0).unwrap();
        let error = reader.read_exact(0, &mut all).unwrap_err().one_line();
        assert!(error.contains("at byte 5 is cut off; expected"), "{error}");
        let mut file = std::fs::read(&path).unwrap();
        let last = 5 + place.length as usize - 1;
        file[last] ^= 1;
        std::fs::write(&path, file).unwrap();
        // the checksum is looked at behind the last byte
        let mut reader = Inflating::open(&path, place, 0).unwrap();
        let error = reader.read_some(bytes.len() as u64, &mut [0]);
        let error = error.unwrap_err().one_line();
        assert!(error.contains("is damaged behind"), "{error}");
    }
}
