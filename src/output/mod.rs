//! Where spectra go: one HDF5 file in a Syncopy container, written by all ranks at once.
//!
//! Rank 0 makes the file whole before the first spectrum: labels, room for all numbers, an empty ledger. From then on ranks
//! write blocks to their places and mark them in the ledger, so the file is its own checkpoint. While the job runs it is
//! called `<name>.part`; the data file is renamed first, the `.info` last: `.info` is the commit.

mod adding;
mod analog;
mod averages;
mod beginning;
mod blocks;
mod calls;
mod claim;
mod cone;
mod container;
mod disk;
mod fits;
mod found;
mod identity;
mod info;
mod intact;
mod ledger;
mod lock;
mod marks;
mod numbers;
mod numbers_of_trials;
mod owner;
mod packing;
mod part_file;
mod placement;
mod places;
mod publish;
mod recheck;
mod rows;
mod seal;
mod spectra;
mod stored;
mod stored_blocks;
mod text;
mod tile;
mod trial_labels;
mod units;

use crate::comm::{Hints, World};
use crate::error::Result;
pub use crate::input::syncopy::MARK;
use crate::plan::Plan;
use crate::recording::Recording;
use crate::schedule::Batch;
use crate::spectral::{BlockLayout, Design};

pub use analog::{Analog, stacked};
pub use beginning::{Begun, Job, Stage, begin, left_on_disk, quality};
pub use calls::{close_nothing_at_exit, write_box};
pub use claim::Claim;
pub use cone::{CONE, SPAN};
pub use container::Target;
pub use disk::{check_free_space, check_room, free_space, is_on_nfs, room_left};
pub use fits::not_fitted;
pub use found::{Intent, look};
pub use identity::Identity;
pub use info::{Provenance, check_info, info_json, with_checksum};
pub use intact::check_intact;
pub use ledger::Mark;
pub use lock::{Holder, Lock, holder, owner};
pub use marks::{stored_marks, unmark};
pub use numbers::Numbers;
pub use numbers_of_trials::{N, numbers_averaged};
pub use owner::{Life, Owner};
pub use packing::{Compression, pack};
pub use part_file::{CHANNEL_UNIT, seal_of_file};
pub use places::Places;
pub use publish::{Checksum, publish, publish_recording, sha1_of};
pub use stored::StoredResult;

/// A block of spectra in the precision of the computation, complex numbers as pairs.
#[derive(Clone, Copy)]
pub enum Block<'a> {
    /// Single precision.
    Single(&'a [f32]),
    /// Double precision.
    Double(&'a [f64]),
}

/// How a job writes its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// Every rank with the system's own calls, to the places that HDF5 has given its numbers.
    Posix,
    /// All ranks through parallel HDF5 and MPI-IO; one rank alone through HDF5's default driver.
    Mpio,
}

/// What a result looks like: everything a sink needs to know before the first spectrum.
#[derive(Clone, Copy)]
pub struct Outline<'a> {
    /// The selected recording.
    pub recording: &'a Recording,
    /// Axes of a block.
    pub layout: &'a BlockLayout,
    /// The method.
    pub design: &'a Design,
    /// The pieces of work.
    pub plan: &'a Plan,
    /// Whether numbers are stored in double precision.
    pub stores_double: bool,
    /// What MPI should know when it makes or opens files.
    pub mpi_hints: &'a Hints,
    /// How its files are written.
    pub driver: Driver,
}

impl Outline<'_> {
    /// The numbers of the result.
    pub fn numbers(&self) -> Numbers {
        Numbers {
            element: self.layout.element,
            double: self.stores_double,
        }
    }
}

/// What was estimated of one trial.
#[derive(Clone, Copy)]
pub struct Estimated<'a> {
    /// The unit that the trial, or a part of it, belongs to.
    pub unit: usize,
    /// The block of channels.
    pub channel_block: usize,
    /// The trial's place among those that are analysed.
    pub trial: usize,
    /// Its spectra.
    pub block: Block<'a>,
    /// The models that were fitted to them, if any were.
    pub fits: &'a [f32],
}

/// Takes the blocks of a rank. What is written counts once it is on disk ([`Sink::sync`]) and marked ([`Sink::mark`]).
pub trait Sink {
    /// Takes one block of channels of a unit; of a group of trials one after the other.
    ///
    /// # Errors
    /// The file cannot be written.
    fn write(&mut self, estimated: &Estimated) -> Result<()>;

    /// Takes the flags of neighbouring channels of one trial, of whole blocks from number `first_block` on.
    ///
    /// # Errors
    /// The file cannot be written.
    fn write_quality(&mut self, trial: usize, first_block: usize, flags: &[u8]) -> Result<()>;

    /// All trials and blocks of a batch were written, which took `seconds`.
    ///
    /// # Errors
    /// The file cannot be written.
    fn complete(&mut self, batch: &Batch, seconds: f64) -> Result<()>;

    /// Brings what this rank has written to disk.
    ///
    /// # Errors
    /// The disk's; the file is gone.
    fn sync(&mut self) -> Result<()>;

    /// Marks the batches that were complete before the last [`Sink::sync`], while `check` says that this is still this job's
    /// to do.
    ///
    /// # Errors
    /// The ledger cannot be written; those of `check`.
    fn mark(&mut self, check: &dyn Fn() -> Result<()>) -> Result<()>;

    /// All ranks have written what they will for now: from here on every rank sees what the others have written. Collective.
    fn rest(&mut self, world: &World);

    /// All ranks have marked everything, and rest: brings the result into its final state. Collective.
    ///
    /// # Errors
    /// The file cannot be written.
    fn finish(&mut self, check: &dyn Fn() -> Result<()>, world: &World) -> Result<()>;

    /// Bytes this rank has written.
    fn bytes_written(&self) -> u64;
}

/// Version of the HDF5 library.
pub fn hdf5_version() -> String {
    let (major, minor, release) = hdf5::library_version();
    format!("{major}.{minor}.{release}")
}
