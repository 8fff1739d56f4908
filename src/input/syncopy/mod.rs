//! Syncopy containers: a folder `<base>.spy` with an HDF5 file and a JSON `.info` per object. Read are `data` and
//! `trialdefinition` of the HDF5 file and sample rate, labels, axis order and history of the `.info`.

mod find;
mod info;
mod labels;
mod metadata;
mod trials;

pub use find::{find, with_spy};
pub use info::read_info;
pub use labels::{trial_labels, trialinfo};
pub use metadata::describe;
pub use trials::{MAX_TRIALDEFINITION, trials};

/// The name of this program in what it writes: an attribute of files, a key of `info` in `.info`.
pub const MARK: &str = "slepian";
/// The data set with the names of the trial definition's columns.
pub const TRIAL_COLUMN: &str = "trialdefinition_column";
/// The group with a data set for each column of text that trials have.
pub const TRIAL_LABELS: &str = "trial_label";
