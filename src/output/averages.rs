//! The sink of trial averages: sums that do not depend on who computed them.
//!
//! The trials of a group are added in their order, in double precision, by one rank; the sum of every group is a row of a
//! file beside the result, with a ledger of its own. In the end the rows are added in their order, each block of channels
//! by one rank. So any number of ranks gives the same bits, and so does a job that was interrupted.

use std::hash::Hasher;

use twox_hash::XxHash3_64;

use super::blocks::{Blocks, Places, StoredBlocks};
use super::ledger::Mark;
use super::numbers::Numbers;
use super::placement::pieces;
use super::stored::{stored_marks, unmark};
use super::{Block, Outline, Sink};
use crate::comm::World;
use crate::error::{Error, IoContext, Result};
use crate::faults::{Point, strike};
use crate::plan::Plan;
use crate::schedule::Batch;
use crate::spectral::{BlockLayout, Refiner};

/// Numbers of a row that are read at once, some megabytes.
const PIECE: usize = 1 << 19;

/// Adds trials up, group by group.
pub struct Averages {
    result: Blocks,
    sums: Blocks,
    places_of_sums: Places,
    /// Whether a block of the result is on disk from an earlier attempt.
    is_averaged: Vec<bool>,
    /// Sums of the batch at hand, block by block.
    running: Vec<f64>,
    /// The channel block that `running` begins with, when there is a batch at hand.
    first_block: Option<usize>,
    layout: BlockLayout,
    plan: Plan,
    refiner: Option<Refiner>,
    numbers: Numbers,
    n_trials: usize,
}

impl Averages {
    /// A sink into the files of the result and of the sums; blocks of the result that are there already stay.
    pub fn new(
        outline: Outline,
        result: Blocks,
        sums: Blocks,
        places_of_sums: Places,
        is_averaged: Vec<bool>,
    ) -> Averages {
        let per_channel = numbers_per_channel(outline.layout, outline.plan);
        Averages {
            result,
            sums,
            places_of_sums,
            is_averaged,
            running: Vec::with_capacity(outline.plan.most_channels() * per_channel),
            first_block: None,
            layout: outline.layout.clone(),
            plan: outline.plan.clone(),
            refiner: outline.design.refiner(),
            numbers: outline.numbers(),
            n_trials: outline.recording.trials.len(),
        }
    }

    /// Numbers of one channel of a block.
    fn numbers_per_channel(&self) -> usize {
        numbers_per_channel(&self.layout, &self.plan)
    }

    /// The rows of all groups of one block of channels added in their order, divided by the number of trials.
    ///
    /// # Errors
    /// A row is not what was written: its mark is taken back. The files' own.
    fn average(
        &mut self,
        rows: &StoredBlocks,
        marks: &[Mark],
        block: usize,
        check: &dyn Fn() -> Result<()>,
    ) -> Result<()> {
        strike(Point::Add).at(self.sums.path(), "read sums")?;
        let clock = std::time::Instant::now();
        let channels = self.plan.channel_blocks[block].clone();
        let total = &mut self.running;
        total.clear();
        let n_parts = self.layout.element.n_parts();
        let mut piece = vec![0.0_f64; 0];
        for unit in 0..self.plan.units.len() {
            let place = self.plan.units[unit].place();
            let (start, shape) = self.layout.place(&place, &channels);
            let mut at = 0;
            let mut hash = XxHash3_64::new();
            for (start, shape) in pieces(&start, &shape, PIECE / n_parts) {
                let len = shape.iter().product::<usize>() * n_parts;
                piece.resize(len, 0.0);
                rows.read(&start, &shape, bytemuck::cast_slice_mut(&mut piece))?;
                hash.write(bytemuck::cast_slice(&piece));
                if unit == 0 {
                    // what the sums of a single rank begin with, so that -0 stays -0 for nobody
                    total.resize(at + len, 0.0);
                }
                let places = total[at..at + len].iter_mut();
                places.zip(&piece).for_each(|(total, row)| *total += *row);
                at += len;
            }
            let item = unit * self.plan.channel_blocks.len() + block;
            if hash.finish() != marks[item].checksum {
                check()?;
                unmark(self.sums.path(), &[item as u64])?;
                return Err(Error::Output {
                    path: self.sums.path().to_owned(),
                    what: format!(
                        "the sums of group {unit} are not what was written; they have to be computed again"
                    ),
                });
            }
        }
        total
            .iter_mut()
            .for_each(|sum| *sum /= self.n_trials as f64);
        let mut fits = Vec::new();
        if let Some(refiner) = &self.refiner {
            refiner.refine(total, &mut fits);
        }
        let mut rounded = Vec::new();
        let bytes = self.numbers.stored(Block::Double(total), &mut rounded);
        let rows = 0..self.plan.rows_per_unit;
        let (start, shape) = self.layout.place(&rows, &channels);
        let checksum = self.result.write(&start, &shape, bytes, &fits)?;
        self.result
            .done(0, block, checksum, clock.elapsed().as_secs_f64());
        Ok(())
    }
}

/// Numbers of one channel in all rows of a unit.
fn numbers_per_channel(layout: &BlockLayout, plan: &Plan) -> usize {
    layout.elements() as usize * layout.element.n_parts() * plan.rows_per_unit
}

impl Sink for Averages {
    fn write(
        &mut self,
        _unit: usize,
        channel_block: usize,
        block: Block,
        _fits: &[f32],
    ) -> Result<()> {
        let first = *self.first_block.get_or_insert(channel_block);
        let per_channel = self.numbers_per_channel();
        let blocks = &self.plan.channel_blocks;
        let at = (blocks[channel_block].start - blocks[first].start) * per_channel;
        let len = blocks[channel_block].len() * per_channel;
        if self.running.len() < at + len {
            self.running.resize(at + len, 0.0);
        }
        let sums = &mut self.running[at..at + len];
        match block {
            Block::Single(block) => sums
                .iter_mut()
                .zip(block)
                .for_each(|(sum, x)| *sum += f64::from(*x)),
            Block::Double(block) => sums.iter_mut().zip(block).for_each(|(sum, x)| *sum += *x),
        }
        Ok(())
    }

    fn write_quality(&mut self, trial: usize, first_channel: usize, flags: &[u8]) -> Result<()> {
        self.result.write_quality(trial, first_channel, flags)
    }

    fn complete(&mut self, batch: &Batch, seconds: f64) -> Result<()> {
        let per_channel = self.numbers_per_channel();
        let each = seconds / batch.blocks.len() as f64;
        let mut at = 0;
        for block in batch.blocks.clone() {
            let channels = &self.plan.channel_blocks[block];
            let place = self.plan.units[batch.unit].place();
            let (start, shape) = self.layout.place(&place, channels);
            let len = channels.len() * per_channel;
            let row = bytemuck::cast_slice(&self.running[at..at + len]);
            let checksum = self.sums.write(&start, &shape, row, &[])?;
            self.sums.done(batch.unit, block, checksum, each);
            at += len;
        }
        self.running.clear();
        self.first_block = None;
        Ok(())
    }

    fn sync(&mut self) -> Result<()> {
        // flags are in the file of the result
        self.sums.sync()?;
        self.result.sync()
    }

    fn mark(&mut self, check: &dyn Fn() -> Result<()>) -> Result<()> {
        self.sums.mark(check)?;
        self.result.mark(check)
    }

    fn finish(&mut self, check: &dyn Fn() -> Result<()>, world: &World) -> Result<()> {
        let open = StoredBlocks::open(self.sums.path(), self.places_of_sums.data.clone());
        let rows = world.agree(open)?;
        let marks = world.agree(stored_marks(self.sums.path()))?.0;
        let left: Vec<usize> = (0..self.is_averaged.len())
            .filter(|&block| !self.is_averaged[block])
            .collect();
        let mine = left.into_iter().skip(world.rank()).step_by(world.size());
        let mut averaged = Ok(());
        for block in mine.take_while(|_| !world.is_stopping()) {
            averaged = self.average(&rows, &marks, block, check);
            if averaged.is_err() {
                break;
            }
        }
        let kept = averaged
            .and_then(|()| self.sync())
            .and_then(|()| self.mark(check));
        world.agree(kept)
    }

    fn bytes_written(&self) -> u64 {
        self.result.bytes_written() + self.sums.bytes_written()
    }
}
