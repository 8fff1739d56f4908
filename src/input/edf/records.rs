//! Reads a part of every record, one after the other: annotations and triggers. Samples are read elsewhere.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::error::{Error, IoContext, Result};
use crate::phrase::count;

/// Bytes that are read at once.
const READ_BYTES: u64 = 1 << 20;
/// Records of at most this many bytes are read whole, whatever part is requested: less than a disk or a server reads ahead.
const MAX_WHOLE_RECORD: u64 = 64 << 10;
/// Bytes of the requested part of a record at most.
const MAX_PART: u64 = 16 << 20;
/// Bytes of the requested parts of all records at most: some weeks of triggers.
const MAX_PARTS: u64 = 8 << 30;

/// The records of a file.
pub struct Records {
    pub path: PathBuf,
    pub file: File,
    /// Byte of the file at which the first one starts.
    pub offset: u64,
    /// Bytes of a record.
    pub bytes: u64,
    /// Number of complete records.
    pub n: u64,
    /// Bytes after the last complete record.
    pub n_rest: u64,
}

impl Records {
    /// Calls `visit` with the number of each record and its bytes `part`, in order.
    ///
    /// # Errors
    /// More than can be meant, a file that cannot be read, and those of `visit`.
    pub fn each(
        &self,
        part: &Range<u64>,
        mut visit: impl FnMut(u64, &[u8]) -> Result<(), String>,
    ) -> Result<()> {
        let n_bytes = self.bytes_of(part)?;
        let n_at_once = if self.bytes <= MAX_WHOLE_RECORD {
            READ_BYTES / self.bytes
        } else {
            1
        };
        let mut staging = Vec::new();
        let mut record = 0;
        while record < self.n {
            let n = n_at_once.min(self.n - record);
            staging.resize(((n - 1) * self.bytes + n_bytes) as usize, 0);
            self.read(part, record, &mut staging)?;
            for (record, bytes) in (record..).zip(staging.chunks(self.bytes as usize)) {
                visit(record, &bytes[..n_bytes as usize])
                    .map_err(|what| self.wrong(format!("record {record}: {what}")))?;
            }
            record += n;
        }
        Ok(())
    }

    /// A notice if the file ends within a record.
    pub fn notice(&self) -> Option<String> {
        (self.n_rest > 0).then(|| {
            format!(
                "1 partial record at the end is not read: {} of its {} bytes are there, after {}",
                self.n_rest,
                self.bytes,
                count(self.n, "whole record")
            )
        })
    }

    /// Whether `part` of all records is small enough to be read.
    pub fn can_read(&self, part: &Range<u64>) -> bool {
        let n_bytes = part.end - part.start;
        let total = u128::from(n_bytes) * u128::from(self.n);
        n_bytes <= MAX_PART && total <= u128::from(MAX_PARTS)
    }

    /// Bytes of the part of a record.
    ///
    /// # Errors
    /// More than can be meant.
    pub fn bytes_of(&self, part: &Range<u64>) -> Result<u64> {
        let n_bytes = part.end - part.start;
        if self.can_read(part) {
            return Ok(n_bytes);
        }
        Err(self.wrong(format!(
            "annotations or triggers of {n_bytes} bytes in each of {} records; expected at most {MAX_PART}, and \
             {MAX_PARTS} in all: cut trials without events, or split the file",
            self.n
        )))
    }

    /// Reads the bytes `part` of a record, and as many after them as fill `to`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, part: &Range<u64>, record: u64, to: &mut [u8]) -> Result<()> {
        let at = self.offset + record * self.bytes + part.start;
        let read = self.file.read_exact_at(to, at);
        read.at(&self.path, "read records of this file")
    }

    /// What is wrong with the file.
    pub fn wrong(&self, what: String) -> Error {
        Error::Recording {
            path: self.path.clone(),
            what,
        }
    }
}
