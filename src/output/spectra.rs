//! The sink of single trials: every block goes straight to its place in the result.

use super::blocks::{Beside, Blocks};
use super::numbers::Numbers;
use super::{Estimated, Outline, Sink};
use crate::comm::World;
use crate::error::Result;
use crate::plan::Plan;
use crate::schedule::Batch;
use crate::spectral::BlockLayout;

/// Writes blocks of single trials.
pub struct Spectra {
    result: Blocks,
    layout: BlockLayout,
    plan: Plan,
    numbers: Numbers,
    rounded: Vec<f32>,
    /// Blocks of the batch at hand and their checksums.
    written: Vec<(usize, u64)>,
}

impl Spectra {
    /// A sink into the file of the result.
    pub fn new(outline: Outline, result: Blocks) -> Spectra {
        Spectra {
            result,
            layout: outline.layout.clone(),
            plan: outline.plan.clone(),
            numbers: outline.numbers(),
            rounded: Vec::new(),
            written: Vec::new(),
        }
    }
}

impl Sink for Spectra {
    fn write(&mut self, estimated: &Estimated) -> Result<()> {
        let Estimated {
            unit,
            channel_block,
            block,
            fits,
            ..
        } = *estimated;
        let channels = &self.plan.channel_blocks[channel_block];
        let (start, shape) = self.layout.place(&self.plan.units[unit].place(), channels);
        let bytes = self.numbers.stored(block, &mut self.rounded);
        let checksum = self
            .result
            .write(&start, &shape, bytes, Beside { fits, n: &[] })?;
        self.written.push((channel_block, checksum));
        Ok(())
    }

    fn write_quality(&mut self, trial: usize, first_block: usize, flags: &[u8]) -> Result<()> {
        self.result.write_quality(trial, first_block, flags)
    }

    fn complete(&mut self, batch: &Batch, seconds: f64) -> Result<()> {
        let each = seconds / self.written.len().max(1) as f64;
        for (block, checksum) in self.written.drain(..) {
            self.result.done(batch.unit, block, checksum, each);
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        self.result.sync()
    }

    fn mark(&mut self, check: &dyn Fn() -> Result<()>) -> Result<()> {
        self.result.mark(check)
    }

    fn rest(&mut self, world: &World) {
        self.result.rest(world);
    }

    fn finish(&mut self, _check: &dyn Fn() -> Result<()>, _world: &World) -> Result<()> {
        Ok(())
    }

    fn bytes_written(&self) -> u64 {
        self.result.bytes_written()
    }
}
