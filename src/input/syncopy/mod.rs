//! Syncopy containers: a folder `<base>.spy` with an HDF5 file and a JSON `.info` per object. Read are `data` and
//! `trialdefinition` of the HDF5 file and sample rate, labels, axis order and history of the `.info`.

mod elsewhere;
mod find;
mod info;
mod metadata;
mod number;
mod open;
mod trials;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use find::{find, with_spy};
pub use info::read_info;
pub use metadata::{SAMPLE_RATES_HZ, describe};
pub use open::{data_set, open_hdf5, require_regular};
pub use trials::{LARGEST_TRIALDEFINITION, trials};

/// A number as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sample {
    /// Floats of two bytes; HDF5 reads them.
    F16,
    /// IEEE single.
    F32,
    /// IEEE double.
    F64,
    /// Signed integers.
    I8,
    /// Two bytes.
    I16,
    /// Four bytes.
    I32,
    /// Eight bytes.
    I64,
    /// Unsigned integers.
    U8,
    /// Two bytes.
    U16,
    /// Four bytes.
    U32,
    /// Eight bytes.
    U64,
}

impl Sample {
    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Sample::I8 | Sample::U8 => 1,
            Sample::F16 | Sample::I16 | Sample::U16 => 2,
            Sample::F32 | Sample::I32 | Sample::U32 => 4,
            Sample::F64 | Sample::I64 | Sample::U64 => 8,
        }
    }
}

/// Where the samples lie and how they are stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    /// The HDF5 file.
    pub path: PathBuf,
    /// First byte of contiguous, unfiltered data of a standard type; all else is read by HDF5.
    pub offset: Option<u64>,
    /// The numbers.
    pub sample: Sample,
    /// Whether they are stored with the most significant byte first.
    pub big_endian: bool,
    /// Whether the channel axis comes first.
    pub channel_first: bool,
    /// Samples and channels of a chunk, of chunked data.
    pub chunk: Option<(usize, usize)>,
    /// Whether chunks are compressed, or otherwise not stored as they are read.
    pub is_filtered: bool,
    /// Samples on the time axis, all trials.
    pub n_rows: u64,
    /// Channels in the file.
    pub n_columns: usize,
}
