//! A part of every record, one after the other: what annotations and triggers are read with. Samples are read elsewhere.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::error::{Error, IoContext, Result};

/// Bytes that are read at once.
const AT_ONCE: u64 = 1 << 20;
/// Bytes of a record at most that is read whole, whatever is wanted of it: less than a disk or a server reads ahead.
const SMALL_RECORD: u64 = 64 << 10;
/// Bytes of the wanted part of a record at most.
const MAX_PART: u64 = 16 << 20;
/// Bytes of the wanted parts of all records at most: some weeks of triggers.
const MAX_PARTS: u64 = 8 << 30;

/// The records of a file.
pub struct Records {
    pub path: PathBuf,
    pub file: File,
    /// Byte of the file that they begin at.
    pub offset: u64,
    /// Bytes of a record.
    pub bytes: u64,
    /// How many there are.
    pub n: u64,
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
        let n_at_once = if self.bytes <= SMALL_RECORD {
            AT_ONCE / self.bytes
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

    /// The bytes `part` of the first record.
    ///
    /// # Errors
    /// More than can be meant, or a file that cannot be read.
    pub fn first(&self, part: &Range<u64>) -> Result<Vec<u8>> {
        let mut bytes = vec![0; self.bytes_of(part)? as usize];
        self.read(part, 0, &mut bytes)?;
        Ok(bytes)
    }

    /// How many bytes that is of a record, which must be few enough.
    fn bytes_of(&self, part: &Range<u64>) -> Result<u64> {
        let n_bytes = part.end - part.start;
        let total = u128::from(n_bytes) * u128::from(self.n);
        if n_bytes <= MAX_PART && total <= u128::from(MAX_PARTS) {
            return Ok(n_bytes);
        }
        Err(self.wrong(format!(
            "annotations or triggers of {n_bytes} bytes in each of {} records; expected at most {MAX_PART}, and \
             {MAX_PARTS} in all",
            self.n
        )))
    }

    fn read(&self, part: &Range<u64>, record: u64, to: &mut [u8]) -> Result<()> {
        let at = self.offset + record * self.bytes + part.start;
        let read = self.file.read_exact_at(to, at);
        read.at(&self.path, "read annotations or triggers")
    }

    /// What is wrong with the file.
    pub fn wrong(&self, what: String) -> Error {
        Error::Recording {
            path: self.path.clone(),
            what,
        }
    }
}
