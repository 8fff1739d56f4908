//! The sink of trial averages: sums that do not depend on who computed them.
//!
//! The trials of a group are added in their order, in double precision, by one rank; the sum of every group is a row of a
//! file beside the result. In the end the rows are added in their order. So any number of ranks gives the same bits.

use std::ops::Range;
use std::path::PathBuf;

use hdf5::{File, H5Type, Hyperslab, Selection};
use num_complex::Complex;

use super::data_set::{DataSet, Numbers};
use super::part_file::{self, PartFile};
use super::{Block, Outline, Sink, Target};
use crate::comm::World;
use crate::error::{Hdf5Context, Result};
use crate::plan::Plan;
use crate::schedule::Batch;
use crate::spectral::{BlockLayout, Element};

/// Adds trials up, group by group.
pub struct Averages {
    result: PartFile,
    sums: DataSet,
    sums_file: File,
    sums_path: PathBuf,
    /// Sums of the batch at hand, block by block.
    running: Vec<f64>,
    /// The channel block that `running` begins with, when there is a batch at hand.
    first_block: Option<usize>,
    layout: BlockLayout,
    plan: Plan,
    n_trials: usize,
}

impl Averages {
    /// Creates the file of sums. Collective.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn create(
        target: &Target,
        outline: Outline,
        result: PartFile,
        world: &World,
    ) -> Result<Averages> {
        let path = &target.sums;
        world.on_root(|| {
            File::create(path)
                .and_then(File::close)
                .at(path, "create this file")
        })?;
        world.on_root(|| part_file::reserve(path, outline.plan.scratch_bytes))?;
        let file = part_file::open_on_all_ranks(path, world)?;
        let mut shape = outline.layout.shape(outline.recording.channels.len());
        shape[0] *= outline.plan.units.len();
        let numbers = Numbers {
            element: outline.layout.element,
            double: true,
        };
        let sums = DataSet::create(
            &file,
            path,
            "sums",
            &shape,
            outline.plan.tile.as_deref(),
            numbers,
        );
        let sums = world.agree(sums)?;
        world.agree(file.flush().at(path, "flush this file"))?;
        let per_channel =
            outline.layout.elements_per_channel() as usize * outline.layout.element.n_parts();
        Ok(Averages {
            result,
            sums,
            sums_file: file,
            sums_path: path.clone(),
            running: Vec::with_capacity(outline.plan.most_channels() * per_channel),
            first_block: None,
            layout: outline.layout.clone(),
            plan: outline.plan.clone(),
            n_trials: outline.recording.trials.len(),
        })
    }

    /// Numbers of one channel of a block.
    fn numbers_per_channel(&self) -> usize {
        self.layout.elements_per_channel() as usize * self.layout.element.n_parts()
    }
}

impl Sink for Averages {
    fn write(&mut self, _trial: usize, channel_block: usize, block: Block) -> Result<()> {
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

    fn complete(&mut self, batch: &Batch) -> Result<()> {
        let per_channel = self.numbers_per_channel();
        let mut at = 0;
        for block in batch.blocks.clone() {
            let channels = &self.plan.channel_blocks[block];
            let shape = self.layout.shape(channels.len());
            let mut start = vec![0; shape.len()];
            start[0] = batch.unit * self.layout.rows_per_trial();
            start[self.layout.channel_axis()] = channels.start;
            let len = channels.len() * per_channel;
            self.sums
                .write(&start, &shape, Block::Double(&self.running[at..at + len]))?;
            at += len;
        }
        self.running.clear();
        self.first_block = None;
        Ok(())
    }

    fn finish(self: Box<Self>, world: &World) -> Result<()> {
        let Averages {
            mut result,
            sums,
            sums_file,
            sums_path,
            layout,
            plan,
            n_trials,
            running,
            ..
        } = *self;
        // its memory is what the rows are added up in
        drop(running);
        drop(sums);
        world.agree(sums_file.close().at(&sums_path, "close this file"))?;
        // all ranks have closed the file: everybody sees everybody's sums
        let added = match layout.element {
            Element::Real => add_rows::<f64>(&sums_path, &mut result, &plan, n_trials, world),
            Element::Complex => {
                add_rows::<Complex<f64>>(&sums_path, &mut result, &plan, n_trials, world)
            }
        };
        world.agree(added)?;
        result.close(world)
    }

    fn bytes_written(&self) -> u64 {
        self.result.data.bytes_written() + self.sums.bytes_written()
    }
}

/// This rank's share of the result: the rows of all groups added in their order, divided by the number of trials.
fn add_rows<E>(
    path: &PathBuf,
    result: &mut PartFile,
    plan: &Plan,
    n_trials: usize,
    world: &World,
) -> Result<()>
where
    E: H5Type + bytemuck::Pod + std::ops::AddAssign,
{
    let file = File::open(path).at(path, "open this file")?;
    let sums = file.dataset("sums").at(path, "open the data set sums")?;
    let shape = &plan.output_shape;
    for slab in slabs(shape, plan.slab, world.rank(), world.size()) {
        let len: usize = slab.iter().map(Range::len).product();
        let mut total = vec![E::zeroed(); len];
        let n_rows = shape[0];
        for group in 0..plan.units.len() {
            let mut place = slab.clone();
            place[0] = group * n_rows + slab[0].start..group * n_rows + slab[0].end;
            let place: Vec<_> = place.into_iter().map(Into::into).collect();
            let rows = sums
                .read_slice::<E, _, ndarray::IxDyn>(Selection::from(Hyperslab::from(place)))
                .at(path, "read sums")?;
            total
                .iter_mut()
                .zip(&rows)
                .for_each(|(total, row)| *total += *row);
        }
        let numbers: &mut [f64] = bytemuck::cast_slice_mut(&mut total);
        numbers
            .iter_mut()
            .for_each(|number| *number /= n_trials as f64);
        let start: Vec<usize> = slab.iter().map(|range| range.start).collect();
        let extent: Vec<usize> = slab.iter().map(Range::len).collect();
        result.data.write(&start, &extent, Block::Double(numbers))?;
    }
    Ok(())
}

/// The slabs of `shape`, of `most` elements, that `rank` adds up: full in the last axis, cut along the axes before it.
fn slabs(shape: &[usize], most: usize, rank: usize, size: usize) -> Vec<Vec<Range<usize>>> {
    let last = shape.len() - 1;
    let n_lines: usize = shape[..last].iter().product();
    let lines_at_once = (most / shape[last])
        .max(1)
        .min(n_lines.div_ceil(size).max(1));
    // the axis before the last is cut into runs, all axes before it are taken one by one
    let run_axis = last - 1;
    let n_runs = shape[run_axis].div_ceil(lines_at_once);
    let n_outer: usize = shape[..run_axis].iter().product();
    (0..n_outer * n_runs)
        .skip(rank)
        .step_by(size)
        .map(|number| {
            let (mut outer, run) = (number / n_runs, number % n_runs);
            let mut slab = vec![0..0; shape.len()];
            slab[last] = 0..shape[last];
            slab[run_axis] = run * lines_at_once..((run + 1) * lines_at_once).min(shape[run_axis]);
            for axis in (0..run_axis).rev() {
                slab[axis] = outer % shape[axis]..outer % shape[axis] + 1;
                outer /= shape[axis];
            }
            slab
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slabs_of_all_ranks_cover_every_number_once(
            shape in prop::collection::vec(1_usize..6, 2..5), most in 1_usize..30, size in 1_usize..5
        ) {
            let mut seen = vec![0; shape.iter().product()];
            for rank in 0..size {
                for slab in slabs(&shape, most, rank, size) {
                    let mut index: Vec<usize> = slab.iter().map(|range| range.start).collect();
                    'places: loop {
                        let flat = index.iter().zip(&shape).fold(0, |flat, (i, n)| flat * n + i);
                        seen[flat] += 1;
                        for axis in (0..shape.len()).rev() {
                            index[axis] += 1;
                            if index[axis] < slab[axis].end {
                                continue 'places;
                            }
                            index[axis] = slab[axis].start;
                        }
                        break;
                    }
                }
            }
            prop_assert!(seen.iter().all(|&n| n == 1), "{seen:?}");
        }
    }
}
