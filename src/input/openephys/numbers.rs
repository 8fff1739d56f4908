//! The number of every sample of a stream, and what to do where they are of no use.
//!
//! Source: Open Ephys GUI documentation, "Binary format": `sample_numbers.npy` since version 0.6, `timestamps.npy` before,
//! which since then holds times in seconds.

use std::path::Path;

use crate::error::{Error, Result};
use crate::input::gaps::SampleNumbers;
use crate::input::npy::open_npy;
use crate::input::placeholder::has_entry;

/// Names of the file, that of newer versions first.
pub const FILES: [&str; 2] = ["sample_numbers.npy", "timestamps.npy"];
/// Reads the numbers of the `n_rows` samples in the folder of a stream; `None` if there are none.
///
/// # Errors
/// Numbers that do not grow, or not one for each sample: path, found, expected.
pub fn read(folder: &Path, n_rows: u64) -> Result<Option<SampleNumbers>> {
    let paths = FILES.map(|name| folder.join(name));
    let Some(path) = paths.into_iter().find(|path| has_entry(path)) else {
        return Ok(None);
    };
    checked(&path, n_rows).map(Some).map_err(with_advice)
}

fn checked(path: &Path, n_rows: u64) -> Result<SampleNumbers> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let numbers = open_npy(path)?;
    if numbers.n != n_rows {
        return Err(wrong(format!(
            "holds {} numbers; expected {n_rows}, one for each sample of continuous.dat",
            numbers.n
        )));
    }
    let numbers = SampleNumbers::read(&numbers)?;
    match numbers.first() {
        Some(first) if first < 0 => Err(wrong(format!(
            "the first sample has the number {first}; expected numbers from 0 up"
        ))),
        _ => Ok(numbers),
    }
}

/// Adds what a user can do about numbers that are wrong: without any, nothing is known of gaps.
fn with_advice(error: Error) -> Error {
    match error {
        Error::Recording { path, what } => {
            let [new, old] = FILES;
            let (copied, renamed) = if path.ends_with(new) {
                (new.to_owned(), format!("it and {old}"))
            } else {
                (
                    format!("{old} (of version 0.6 and later {new}, which is missing)"),
                    old.to_owned(),
                )
            };
            Error::Recording {
                path,
                what: format!(
                    "{what}: copy {copied} from the recording computer again, or rename {renamed} to read the samples as one \
                     stretch, without gaps and TTL markers"
                ),
            }
        }
        other => other,
    }
}
