//! A file of blocks to read from, with plain `pread`: what HDF5 has placed is read without it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::placement::Placement;
use crate::comm::note_progress;
use crate::error::{IoContext, Result};

/// Bytes of padding that are looked at together with those between them.
const WINDOW: u64 = 1 << 20;

/// The open file.
pub struct StoredBlocks {
    path: PathBuf,
    file: File,
    data: Placement,
}

impl StoredBlocks {
    /// Opens the file.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path, data: Placement) -> Result<StoredBlocks> {
        Ok(StoredBlocks {
            path: path.to_owned(),
            file: File::open(path).at(path, "open this file")?,
            data,
        })
    }

    /// Reads the block of `shape` at `start`.
    ///
    /// # Errors
    /// The system's; a file that ends too early.
    pub fn read(&self, start: &[usize], shape: &[usize], to: &mut [u8]) -> Result<()> {
        for run in self.data.runs(start, shape) {
            self.file
                .read_exact_at(&mut to[run.bytes], run.at)
                .at(&self.path, "read blocks back")?;
        }
        Ok(())
    }

    /// The stretches of padding, `(first byte, bytes)`, that do not hold the zeros that they were made with.
    ///
    /// # Errors
    /// The system's; a file that ends too early.
    pub fn padding_that_is_hurt(&self) -> Result<Vec<(u64, u64)>> {
        const DOING: &str = "read blocks back";
        let length = self.file.metadata().at(&self.path, DOING)?.len();
        let mut hurt = Vec::new();
        let (mut window, mut first) = (Vec::new(), 0);
        for (at, bytes) in self.data.padding() {
            let mut done = 0;
            while done < bytes {
                let from = at + done;
                if from < first || from >= first + window.len() as u64 {
                    first = from;
                    note_progress();
                    window.resize(WINDOW.min(length.saturating_sub(from)) as usize, 0_u8);
                    self.file
                        .read_exact_at(&mut window, from)
                        .at(&self.path, DOING)?;
                }
                let here = &window[(from - first) as usize..];
                let here = &here[..here.len().min((bytes - done) as usize)];
                if here.is_empty() {
                    break;
                }
                if here.iter().any(|&byte| byte != 0) {
                    hurt.push((at, bytes));
                    break;
                }
                done += here.len() as u64;
            }
        }
        Ok(hurt)
    }
}
