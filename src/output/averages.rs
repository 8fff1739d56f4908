//! The sink of trial averages: sums that do not depend on who computed them.
//!
//! The trials of a group are added in their order, in double precision, by one rank; the sum of every group is a row of a
//! file beside the result, with a ledger of its own. In the end the rows are added in their order, each block of channels
//! by one rank. So any number of ranks gives the same bits, and so does a job that was interrupted.

use std::hash::Hasher;

use twox_hash::XxHash3_64;

use super::adding::{Adder, OfTrial, RunningSums, Totals};
use super::blocks::{Beside, Blocks};
use super::ledger::Mark;
use super::marks::{stored_marks, unmark};
use super::numbers::Numbers;
use super::placement::pieces;
use super::places::Places;
use super::stored_blocks::StoredBlocks;
use super::{Block, Estimated, Outline, Sink};
use crate::comm::{World, computing, note_progress};
use crate::error::{Error, IoContext, Result};
use crate::faults::{Point, strike};
use crate::plan::Plan;
use crate::schedule::Batch;
use crate::spectral::{BlockLayout, Design, Refiner};

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
    running: Vec<RunningSums>,
    /// The channel block that `running` begins with, when there is a batch at hand.
    first_block: Option<usize>,
    adder: Adder,
    design: Design,
    layout: BlockLayout,
    plan: Plan,
    refiner: Option<Refiner>,
    numbers: Numbers,
}

impl Averages {
    /// A sink into the files of the result and of the sums; blocks of the result that are there already stay.
    ///
    /// # Panics
    /// If trials are kept.
    pub fn new(
        outline: Outline,
        result: Blocks,
        sums: Blocks,
        places_of_sums: Places,
        is_averaged: Vec<bool>,
    ) -> Averages {
        let layout = outline.layout;
        Averages {
            result,
            sums,
            places_of_sums,
            is_averaged,
            running: Vec::new(),
            first_block: None,
            adder: Adder {
                sums: outline.plan.sums.clone().expect("trials are averaged"),
                averaging: layout.averaging.clone().expect("trials are averaged"),
            },
            design: outline.design.clone(),
            layout: layout.clone(),
            plan: outline.plan.clone(),
            refiner: outline.design.refiner(),
            numbers: outline.numbers(),
        }
    }

    /// Where the sums of a unit and a block of channels lie in their file: start and shape.
    fn place(&self, unit: usize, block: usize) -> ([usize; 3], [usize; 3]) {
        let rows = self.plan.units[unit].place();
        let channels = &self.plan.channel_blocks[block];
        let n_places = self.adder.sums.n_places();
        (
            [rows.start, 0, channels.start],
            [rows.len(), n_places, channels.len()],
        )
    }

    /// The rows of all groups of one block of channels added in their order, divided by the numbers of trials.
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
        // the memory of the last batch is used again
        let mut total = Totals::new(&self.adder.sums, channels.len(), self.running.pop());
        self.running.clear();
        let mut piece = vec![0.0_f64; 0];
        for unit in 0..self.plan.units.len() {
            let (start, shape) = self.place(unit, block);
            let mut hash = XxHash3_64::new();
            for (begin, extent) in pieces(&start, &shape, PIECE) {
                piece.resize(extent.iter().product(), 0.0);
                rows.read(&begin, &extent, bytemuck::cast_slice_mut(&mut piece))?;
                hash.write(bytemuck::cast_slice(&piece));
                total.add(begin[0] - start[0], begin[1], &piece);
                note_progress();
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
        let mut fits = Vec::new();
        let (means, n) = computing(|| {
            total.means(&self.adder.averaging, |row| {
                if let Some(refiner) = &self.refiner {
                    refiner.refine(row, &mut fits);
                }
            })
        });
        let mut rounded = Vec::new();
        let bytes = self.numbers.stored(Block::Double(&means), &mut rounded);
        let rows = 0..self.plan.rows_per_unit;
        let (start, shape) = self.layout.place(&rows, &channels);
        let beside = Beside { fits: &fits, n: &n };
        let checksum = self.result.write(&start, &shape, bytes, beside)?;
        self.result
            .done(0, block, checksum, clock.elapsed().as_secs_f64());
        Ok(())
    }
}

impl Sink for Averages {
    fn write(&mut self, estimated: &Estimated) -> Result<()> {
        let first = *self.first_block.get_or_insert(estimated.channel_block);
        let place = estimated.channel_block - first;
        let n_channels = self.plan.channel_blocks[estimated.channel_block].len();
        match self.running.get(place) {
            Some(sums) if sums.n_channels() == n_channels => {}
            // the last block may have fewer channels
            Some(_) => self.running[place] = RunningSums::new(&self.adder.sums, n_channels),
            None => self
                .running
                .push(RunningSums::new(&self.adder.sums, n_channels)),
        }
        let times = self.layout.times();
        let trial = estimated.trial;
        let of_trial = OfTrial {
            first_row: times.average_row(trial),
            n_rows: times.rows(trial).len(),
            has_number: &|row, freq| self.design.has_number(trial, row, freq),
        };
        let sums = &mut self.running[place];
        match estimated.block {
            Block::Single(block) => self.adder.add(block, &of_trial, sums),
            Block::Double(block) => self.adder.add(block, &of_trial, sums),
        }
        Ok(())
    }

    fn write_quality(&mut self, trial: usize, first_block: usize, flags: &[u8]) -> Result<()> {
        self.result.write_quality(trial, first_block, flags)
    }

    fn complete(&mut self, batch: &Batch, seconds: f64) -> Result<()> {
        let each = seconds / batch.blocks.len() as f64;
        for (place, block) in batch.blocks.clone().enumerate() {
            let (start, shape) = self.place(batch.unit, block);
            let sums = &mut self.running[place];
            let row = bytemuck::cast_slice(sums.packed(&self.adder.sums));
            let checksum = self.sums.write(&start, &shape, row, Beside::default())?;
            self.sums.done(batch.unit, block, checksum, each);
        }
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

    fn rest(&mut self, world: &World) {
        self.sums.rest(world);
        self.result.rest(world);
    }

    fn finish(&mut self, check: &dyn Fn() -> Result<()>, world: &World) -> Result<()> {
        let open = StoredBlocks::open(self.sums.path(), self.places_of_sums.data.clone());
        let rows = world.agree(open)?;
        let marks = world.agree(stored_marks(self.sums.path()))?.0;
        self.result.go_on(world)?;
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
            .and_then(|()| self.result.sync())
            .and_then(|()| self.result.mark(check));
        let agreed = self.result.agree(kept, world);
        self.rest(world);
        agreed
    }

    fn bytes_written(&self) -> u64 {
        self.result.bytes_written() + self.sums.bytes_written()
    }
}
