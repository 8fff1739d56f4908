//! Where samples come from. [`describe`] runs on rank 0 and reads metadata only; [`open`] runs on every rank and touches
//! none. One file per format or storage.

mod contiguous;
mod fingerprint;
mod hdf5_slabs;
pub mod syncopy;

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use fingerprint::{Fingerprint, Watch};

use crate::error::{Error, Result};
use crate::recording::Recording;
use crate::setting::Setting;

/// Bytes of samples that a reader holds at most on their way, beside those it returns.
const READ_STAGING: usize = 8 << 20;

/// Where the samples of a recording lie: all that a rank needs to read them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Location {
    /// A Syncopy container's data set.
    Syncopy(syncopy::Storage),
}

impl Location {
    /// The file that holds the samples.
    pub fn path(&self) -> &Path {
        match self {
            Location::Syncopy(storage) => &storage.path,
        }
    }

    /// The same samples in a file of another name.
    pub fn at(&self, path: &Path) -> Location {
        let mut moved = self.clone();
        match &mut moved {
            Location::Syncopy(storage) => storage.path = path.to_owned(),
        }
        moved
    }

    /// Bytes of one sample as stored.
    pub fn sample_bytes(&self) -> usize {
        match self {
            Location::Syncopy(storage) => storage.sample.bytes(),
        }
    }

    /// Bytes that a reader holds at most beside the samples.
    pub fn reader_bytes(&self) -> u64 {
        match self {
            Location::Syncopy(storage) => match storage.offset {
                Some(_) => READ_STAGING as u64,
                None => hdf5_slabs::held_bytes(storage),
            },
        }
    }
}

/// Room for samples, channel by channel, in the precision of the computation.
pub enum Samples<'a> {
    /// Single precision.
    Single(&'a mut [f32]),
    /// Double precision.
    Double(&'a mut [f64]),
}

/// Reads samples; one on every rank.
pub trait Reader {
    /// Fills `to` with the samples `rows` of the channels in `columns`: `(rows.len(), columns.len())` in C order.
    ///
    /// # Errors
    /// A file that cannot be read or ends too early.
    ///
    /// # Panics
    /// If `to` has another length than `rows.len() × columns.len()`.
    fn read(&mut self, rows: Range<u64>, columns: &[usize], to: Samples) -> Result<()>;
}

/// What the recording at `path` holds, its history, and where its samples lie. Reads metadata only.
///
/// # Errors
/// No recording there, with the line of the config, or one that is not what it should be: path, found, expected.
pub fn describe(path: &Setting<PathBuf>) -> Result<(Recording, Location, History)> {
    let data = syncopy::find(&path.value).map_err(|error| match error {
        Error::Recording { path: wrong, what } if wrong == path.value => path.refuse(what).into(),
        other => other,
    })?;
    // a result says where its recording was, from whatever folder it is read
    let data = std::path::absolute(&data).unwrap_or(data);
    // paths go from rank to rank and into the result as text
    if data.to_str().is_none() {
        return Err(Error::Recording {
            path: data,
            what: "this path is not UTF-8; expected one that is".into(),
        });
    }
    let (recording, storage, history) = syncopy::describe(&data)?;
    Ok((recording, Location::Syncopy(storage), history))
}

/// What was done to a recording before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Free text, as Syncopy keeps it.
    pub log: String,
    /// The parameters of every function so far.
    pub cfg: serde_json::Map<String, serde_json::Value>,
}

/// Opens the samples for this rank.
///
/// # Errors
/// The file cannot be opened.
pub fn open(location: &Location) -> Result<Box<dyn Reader>> {
    match location {
        Location::Syncopy(storage) => match storage.offset {
            Some(offset) => Ok(Box::new(contiguous::Contiguous::open(storage, offset)?)),
            None => Ok(Box::new(hdf5_slabs::Hdf5Slabs::open(storage)?)),
        },
    }
}
