//! The sink of single trials: every block goes straight to its place in `data`.

use super::part_file::PartFile;
use super::{Block, Outline, Sink};
use crate::comm::World;
use crate::error::{Hdf5Context, Result};
use crate::plan::Plan;
use crate::schedule::Batch;
use crate::spectral::BlockLayout;

/// Writes blocks of single trials.
pub struct Spectra {
    part: PartFile,
    layout: BlockLayout,
    plan: Plan,
}

impl Spectra {
    /// A sink into the file that was created for it.
    pub fn new(outline: Outline, part: PartFile) -> Spectra {
        Spectra {
            part,
            layout: outline.layout.clone(),
            plan: outline.plan.clone(),
        }
    }
}

impl Sink for Spectra {
    fn write(&mut self, trial: usize, channel_block: usize, block: Block) -> Result<()> {
        let channels = &self.plan.channel_blocks[channel_block];
        let shape = self.layout.shape(channels.len());
        let mut start = vec![0; shape.len()];
        start[0] = trial * self.layout.rows_per_trial();
        start[self.layout.channel_axis()] = channels.start;
        self.part.data.write(&start, &shape, block)
    }

    fn complete(&mut self, _batch: &Batch) -> Result<()> {
        Ok(())
    }

    fn finish(self: Box<Self>, world: &World) -> Result<()> {
        self.part.close(world)
    }

    fn bytes_written(&self) -> u64 {
        self.part.data.bytes_written()
    }
}

impl PartFile {
    /// Closes the data set, then the file. Collective.
    ///
    /// # Errors
    /// HDF5's, on any rank.
    pub fn close(self, world: &World) -> Result<()> {
        let PartFile { data, file } = self;
        let path = file.filename();
        drop(data);
        world.agree(file.close().at(path, "close this file"))
    }
}
