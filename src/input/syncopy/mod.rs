//! Syncopy containers: a folder `<base>.spy` with an HDF5 file and a JSON `.info` per object. Read are `data` and
//! `trialdefinition` of the HDF5 file and sample rate, labels, axis order and history of the `.info`.

mod find;
mod info;
mod metadata;
mod trials;

pub use find::{find, with_spy};
pub use info::read_info;
pub use metadata::describe;
pub use trials::{MAX_TRIALDEFINITION, trials};

/// The name of this program in what it writes: an attribute of files, a key of `info` in `.info`.
pub const MARK: &str = "slepian";
