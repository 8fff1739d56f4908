//! The entries of a file's ledger, read and taken back.

use std::os::unix::fs::FileExt;
use std::path::Path;

use super::ledger::{self, MARK_BYTES, Mark};
use super::places;
use crate::error::{Error, IoContext, Result};

/// The ledger of the file at `path`, and its shape.
///
/// # Errors
/// A file without one.
pub fn stored_marks(path: &Path) -> Result<(Vec<Mark>, [usize; 2])> {
    ledger::marks(&places::open(path)?).map_err(|what| Error::Recording {
        path: path.to_owned(),
        what: format!("{what}; expected a result of slepian, finished or not"),
    })
}

/// Takes the marks of these items back, of the file at `path`.
///
/// # Errors
/// The file cannot be written.
pub fn unmark(path: &Path, items: &[u64]) -> Result<()> {
    const DOING: &str = "mark what is hurt";
    if items.is_empty() {
        return Ok(());
    }
    let [ledger, ..] = ledger::addresses(&places::open(path)?);
    let file = std::fs::File::options()
        .write(true)
        .open(path)
        .at(path, DOING)?;
    for item in items {
        let Some(ledger) = ledger else { break };
        let at = ledger + item * MARK_BYTES as u64;
        file.write_all_at(bytemuck::bytes_of(&Mark::default()), at)
            .at(path, DOING)?;
    }
    file.sync_all().at(path, "sync this file to disk")
}
