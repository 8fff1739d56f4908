//! What will be computed, in which pieces, and what it takes: pure, comparable, printed by `slepian plan`.
//!
//! Units are trials, or groups of trials when they are averaged: the groups follow from recording and config alone, so
//! that averages have the same bits on any number of ranks. Blocks of channels are what is written at once.

mod cut;
mod memory;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::phrase::size;
use crate::recording::Recording;
use crate::setting::Setting;
use crate::spectral::Design;

pub use cut::blocks_of;
use cut::{block_for, even_blocks, groups, largest, tile};
use memory::Memory;

/// The numbers that the work is done and stored with, and what reading takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// Bytes of a real number while computing.
    pub computed: usize,
    /// Bytes of a real number in the result.
    pub stored: usize,
    /// Bytes that a reader holds at most beside the samples it returns.
    pub reader: u64,
}

/// What is computed in which pieces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The trials of every unit, in the order they are added; one trial each unless they are averaged.
    pub units: Vec<Range<usize>>,
    /// Whether a unit's trials are averaged.
    pub averages: bool,
    /// The channels of every block.
    pub channel_blocks: Vec<Range<usize>>,
    /// Blocks that a rank may hold at once.
    pub blocks_per_batch: usize,
    /// Cost of every unit, in arbitrary units: whole numbers, since ranks cut the work by them, each for itself, and
    /// must find the same pieces on any processor.
    pub unit_costs: Vec<u64>,
    /// Shape of the result's data.
    pub output_shape: Vec<usize>,
    /// Shape of a storage tile of the result; contiguous storage without.
    pub result_tile: Option<Vec<usize>>,
    /// Shape of a storage tile of the sums of groups; contiguous storage without.
    pub sums_tile: Option<Vec<usize>>,
    /// Bytes of the result's data.
    pub output_bytes: u128,
    /// Bytes that averages take on disk while the job runs.
    pub scratch_bytes: u128,
    /// Bytes that a rank holds at most.
    pub rank_bytes: u128,
    /// The limit they were fitted into.
    pub memory_per_rank: u64,
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLarge {
    /// One channel does not fit into the memory of a rank.
    #[error(
        "one channel of the longest trial takes {} on a rank, and a rank may take {}; give it more in [parallel] \
         memory_per_rank, or take shorter trials with less padding, or fewer tapers",
        enough(*.needed),
        size(*.limit)
    )]
    Memory {
        /// Bytes for one channel.
        needed: u128,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The blocks that a partial result was begun with do not fit into the memory of a rank.
    #[error(
        "the partial result was begun with blocks of {channels} channels, one of which takes {}, and a rank may take {}; \
         give it that much in [parallel] memory_per_rank, or begin anew with --overwrite",
        enough(*.needed),
        size(*.limit)
    )]
    Blocks {
        /// Channels of a block.
        channels: usize,
        /// Bytes for one block.
        needed: u128,
        /// Bytes that are allowed.
        limit: u64,
    },
    /// The result has more elements than a file can hold.
    #[error("the result would take {}, more than a file can hold", size(*.0))]
    Output(u128),
}

/// A size that is no less than `bytes` as it stands there: setting it is enough.
fn enough(bytes: u128) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// How channels are cut into blocks.
#[derive(Clone, Copy, Debug)]
pub enum Cut<'a> {
    /// At most as many as this says, or as fit; even where they can be.
    AtMost(&'a Setting<u64>),
    /// All that fit, fewer where so many ranks would have too little work; even where they can be.
    ForRanks(usize),
    /// As a partial result was begun: exactly as many, but for the last block.
    Exactly(usize),
}

impl Plan {
    /// Cuts the work into pieces that fit `memory_per_rank` bytes.
    ///
    /// # Errors
    /// [`TooLarge`] when not even one channel, or not one block of those begun with, fits, or no file could hold the result.
    pub fn new(
        recording: &Recording,
        design: &Design,
        bytes: Bytes,
        cut: Cut,
        memory_per_rank: u64,
    ) -> Result<Plan, TooLarge> {
        let layout = design.block_layout();
        let n_channels = recording.channels.len();
        let n_trials = recording.trials.len();
        let averages = design.averages_trials();

        let memory = Memory::new(recording, design, &layout, bytes);
        if memory.of(1, 1) > u128::from(memory_per_rank) {
            return Err(TooLarge::Memory {
                needed: memory.of(1, 1),
                limit: memory_per_rank,
            });
        }
        let most = largest(n_channels, |channels| {
            memory.of(channels, channels) <= u128::from(memory_per_rank)
        });
        let elements = layout.elements_per_channel() * n_channels as u128;
        let n_parts = layout.element.n_parts() as u128;
        let units = if averages {
            groups(n_trials, elements * n_parts * 8)
        } else {
            groups(n_trials, 0)
        };
        let channel_blocks = match cut {
            Cut::AtMost(asked) => {
                let asked = asked.value.min(n_channels as u64) as usize;
                even_blocks(n_channels, asked.min(most))
            }
            Cut::ForRanks(size) => even_blocks(
                n_channels,
                block_for(n_channels, units.len(), size).min(most),
            ),
            Cut::Exactly(channels) => {
                let channels = channels.clamp(1, n_channels);
                if channels > most {
                    return Err(TooLarge::Blocks {
                        channels,
                        needed: memory.of(channels, channels),
                        limit: memory_per_rank,
                    });
                }
                blocks_of(n_channels, channels)
            }
        };
        let block = channel_blocks[0].len();
        let blocks_per_batch = largest(channel_blocks.len(), |blocks| {
            memory.of(blocks * block, block) <= u128::from(memory_per_rank)
        });

        let rows = if averages {
            layout.rows_per_trial()
        } else {
            layout.rows_per_trial() * n_trials
        };
        let output_elements = elements * if averages { 1 } else { n_trials as u128 };
        let output_bytes = output_elements * n_parts * bytes.stored as u128;
        if output_bytes > i64::MAX as u128 {
            return Err(TooLarge::Output(output_bytes));
        }
        let mut output_shape = layout.shape(n_channels);
        output_shape[0] = rows;
        let mut unit_shape = layout.shape(n_channels);
        unit_shape[0] *= units.len();
        let tile_of = |rows: usize, real_bytes: usize| {
            let mut shape = unit_shape.clone();
            shape[0] = rows;
            let element_bytes = layout.element.n_parts() * real_bytes;
            let (axis, unit) = (layout.channel_axis(), layout.rows_per_trial());
            (channel_blocks.len() > 1).then(|| tile(&shape, axis, block, unit, element_bytes))
        };
        let trial_cost = |trial: usize| design.cost(recording.trials[trial].n_samples);
        Ok(Plan {
            unit_costs: units
                .iter()
                .map(|trials| trials.clone().map(trial_cost).fold(0, u64::saturating_add))
                .collect(),
            averages,
            blocks_per_batch,
            result_tile: tile_of(rows, bytes.stored),
            sums_tile: averages.then(|| tile_of(unit_shape[0], 8)).flatten(),
            scratch_bytes: if averages {
                units.len() as u128 * elements * n_parts * 8
            } else {
                0
            },
            rank_bytes: memory.of_even((blocks_per_batch * block).min(n_channels), block),
            units,
            channel_blocks,
            output_shape,
            output_bytes,
            memory_per_rank,
        })
    }

    /// Pieces of work: units × channel blocks.
    pub fn n_items(&self) -> u64 {
        self.units.len() as u64 * self.channel_blocks.len() as u64
    }

    /// Channels of a batch at most.
    pub fn most_channels(&self) -> usize {
        let n_channels = self.channel_blocks.last().map_or(0, |block| block.end);
        (self.blocks_per_batch * self.channel_blocks[0].len()).min(n_channels)
    }

    /// The channels of a batch of blocks.
    pub fn channels(&self, blocks: &Range<usize>) -> Range<usize> {
        self.channel_blocks[blocks.start].start..self.channel_blocks[blocks.end - 1].end
    }

    /// Advice when `size` ranks find too little work.
    pub fn advice(&self, size: usize) -> Option<String> {
        let n_items = self.n_items();
        if n_items >= size as u64 {
            return None;
        }
        let n_units = self.units.len();
        let what = match (self.averages, n_units) {
            (false, 1) => "trial",
            (false, _) => "trials",
            (true, 1) => "group of trials",
            (true, _) => "groups of trials",
        };
        let idle = size as u64 - n_items;
        let n_channels = self.channel_blocks.last().map_or(0, |block| block.end);
        // the most channels a block may have so that there is one for everybody
        let better = (1..=n_channels)
            .rev()
            .find(|&c| n_units * n_channels.div_ceil(c) >= size);
        let remedy = match better {
            Some(c) => format!("chan_per_worker = {c} would use them"),
            None => format!("no more than {} can be used", n_units * n_channels),
        };
        Some(format!(
            "{n_units} {what} for {size} ranks: {idle} idle; {remedy}"
        ))
    }
}
