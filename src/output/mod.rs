//! Where spectra go: one HDF5 file in a Syncopy container, written by all ranks at once.
//!
//! The file is whole before the first spectrum: rank 0 writes labels and trial definition, then all ranks create `data`
//! together. From then on only raw numbers change. While the job runs the file is called `<name>.part`; the data file is
//! renamed first, the `.info` last: `.info` is the commit.

mod averages;
mod claim;
mod container;
mod data_set;
mod info;
mod part_file;
mod publish;
mod scales;
mod spectra;

use crate::comm::World;
use crate::error::Result;
use crate::plan::Plan;
use crate::recording::Recording;
use crate::schedule::Batch;
use crate::spectral::BlockLayout;

pub use claim::Claim;
pub use container::{MARK, Target};
pub use info::{Provenance, info_json};
pub use publish::{Checksum, check_free_space, free_space, publish, replace};

/// A block of spectra in the precision of the computation, complex numbers as pairs.
#[derive(Clone, Copy)]
pub enum Block<'a> {
    /// Single precision.
    Single(&'a [f32]),
    /// Double precision.
    Double(&'a [f64]),
}

/// What a result looks like: everything a sink needs to know before the first spectrum.
#[derive(Clone, Copy)]
pub struct Outline<'a> {
    /// The selected recording.
    pub recording: &'a Recording,
    /// Axes of a block.
    pub layout: &'a BlockLayout,
    /// The pieces of work.
    pub plan: &'a Plan,
    /// Whether numbers are stored in double precision.
    pub stores_double: bool,
}

/// Takes the blocks of a rank.
pub trait Sink {
    /// Takes the block of one trial and one channel block.
    ///
    /// # Errors
    /// The file cannot be written.
    fn write(&mut self, trial: usize, channel_block: usize, block: Block) -> Result<()>;

    /// All trials and blocks of a batch were written.
    ///
    /// # Errors
    /// The file cannot be written.
    fn complete(&mut self, batch: &Batch) -> Result<()>;

    /// All ranks have written everything: brings the file into its final state and closes it. Collective.
    ///
    /// # Errors
    /// The file cannot be written or closed.
    fn finish(self: Box<Self>, world: &World) -> Result<()>;

    /// Bytes this rank has written.
    fn bytes_written(&self) -> u64;
}

/// Creates the file of the result. Collective.
///
/// # Errors
/// The file cannot be created, or there is not enough room for it.
pub fn create(target: &Target, outline: Outline, world: &World) -> Result<Box<dyn Sink>> {
    let data = part_file::create(target, outline, world)?;
    if outline.plan.averages {
        Ok(Box::new(averages::Averages::create(
            target, outline, data, world,
        )?))
    } else {
        Ok(Box::new(spectra::Spectra::new(outline, data)))
    }
}
