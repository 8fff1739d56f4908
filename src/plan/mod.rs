//! What will be computed, in which pieces, and what it takes: pure, comparable, printed by `slepian plan`.
//!
//! Units are trials, parts of long trials where the method's rows are independent of each other, or groups of trials when they
//! are averaged: the groups follow from recording and config alone, so that averages have the same bits on any number of
//! ranks. Blocks of channels are what is written at once.

mod cut;
mod memory;
mod sums;
mod unit;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::phrase::size;
use crate::recording::Recording;
use crate::setting::Setting;
use crate::spectral::Design;

pub use cut::blocks_of;
use cut::{block_for, even_blocks, groups, largest, rows_for, tile};
use memory::Memory;
pub use sums::Sums;
pub use unit::{Unit, parts};

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
    /// The pieces of the stacking axis.
    pub units: Vec<Unit>,
    /// Rows of a unit at most.
    pub rows_per_unit: usize,
    /// What is added up of a unit's trials, where they are averaged.
    pub sums: Option<Sums>,
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
        "one channel of {what} takes {} on a rank, and a rank may take {}; give it more in [parallel] \
         memory_per_rank, or a higher ulimit -v where there is one, or take {remedy}",
        enough(*.needed),
        size(*.limit)
    )]
    Memory {
        /// What it is a channel of.
        what: &'static str,
        /// What would take less.
        remedy: &'static str,
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
    /// As a partial result was begun.
    Exactly(Blocks),
}

/// The blocks that a result is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocks {
    /// Channels of a block; the last block may have fewer.
    pub channels: usize,
    /// Rows of a block at most; the last block of a trial may have fewer.
    pub rows: usize,
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
        let times = layout.times();
        let n_channels = recording.channels.len();
        let n_trials = recording.trials.len();
        let averaging = layout.averaging.as_ref();
        let limit = u128::from(memory_per_rank);

        // groups of trials follow from recording and config alone
        let sums = |largest| averaging.map(|averaging| Sums::of(&layout, averaging, largest));
        let row_bytes = sums(usize::MAX).map_or(0, |sums| sums.bytes() * n_channels as u128);
        let groups = groups(n_trials, row_bytes);
        let sums = sums(groups.iter().map(Range::len).max().unwrap_or(0));
        let memory_of = |rows| Memory::new(recording, design, &layout, bytes, rows, sums.as_ref());
        let rows_per_unit = match (cut, design.fewest_rows_worth_a_unit()) {
            _ if averaging.is_some() => times.n_average_rows(),
            (Cut::Exactly(blocks), _) => blocks.rows.clamp(1, times.most_rows()),
            (Cut::AtMost(_) | Cut::ForRanks(_), Some(fewest)) => {
                let size = if let Cut::ForRanks(size) = cut {
                    size
                } else {
                    1
                };
                let row_bytes = layout.elements()
                    * (layout.element.n_parts() * bytes.stored * n_channels) as u128;
                rows_for(times, row_bytes, fewest, size, |rows| {
                    memory_of(rows).of(n_channels, n_channels) <= limit
                })
            }
            _ => times.most_rows(),
        };
        let memory = memory_of(rows_per_unit);
        let is_long = averaging.is_some() && rows_per_unit > times.most_rows();
        if memory.of(1, 1) > limit {
            return Err(TooLarge::Memory {
                what: if is_long {
                    "the average over all times of trials"
                } else {
                    "the longest trial"
                },
                remedy: if is_long {
                    "trials whose time 0 lies in them, or compat = \"syncopy\", which averages row by row: averages are taken \
                         at equal times"
                } else {
                    "shorter trials with less padding, or fewer tapers, frequencies or times"
                },
                needed: memory.of(1, 1),
                limit: memory_per_rank,
            });
        }
        let most = largest(n_channels, |channels| {
            memory.of(channels, channels) <= limit
        });
        let elements = layout.elements() * n_channels as u128;
        let n_parts = layout.element.n_parts() as u128;
        let units = match sums {
            Some(_) => Unit::of_groups(groups, rows_per_unit),
            None => Unit::of_trials(times, n_trials, rows_per_unit),
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
            Cut::Exactly(blocks) => {
                let channels = blocks.channels.clamp(1, n_channels);
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
            memory.of(blocks * block, block) <= limit
        });

        let rows = match averaging {
            Some(_) => rows_per_unit,
            None => times.n_rows(),
        };
        let fits_bytes = layout
            .fits
            .as_ref()
            .map_or(0, |fits| fits.bytes() * n_channels);
        // how many trials every number is the mean of
        let n_bytes = sums
            .as_ref()
            .map_or(0, |sums| (sums.shape[1] * n_channels) as u128 * 4);
        let row_bytes = elements * n_parts * bytes.stored as u128 + fits_bytes as u128 + n_bytes;
        let output_bytes = row_bytes * rows as u128;
        if output_bytes > i64::MAX as u128 {
            return Err(TooLarge::Output(output_bytes));
        }
        let is_tiled = channel_blocks.len() > 1;
        let output_shape = layout.shape(rows, n_channels);
        let element_bytes = layout.element.n_parts() * bytes.stored;
        let axis = layout.channel_axis();
        let result_tile =
            is_tiled.then(|| tile(&output_shape, axis, block, rows_per_unit, element_bytes));
        let sums_tile = sums.as_ref().filter(|_| is_tiled).map(|sums| {
            let rows = units.len() * sums.n_rows;
            let shape = [rows, sums.n_places(), n_channels];
            tile(&shape, 2, block, rows_per_unit, 8)
        });
        let cost = |unit: &Unit| {
            let trials = unit.trials.clone();
            let of_trial = |trial: usize| {
                let n_rows = unit.rows.len().min(times.rows(trial).len());
                design.cost(recording.trials[trial].n_samples, n_rows)
            };
            trials.map(of_trial).fold(0, u64::saturating_add)
        };
        Ok(Plan {
            unit_costs: units.iter().map(cost).collect(),
            blocks_per_batch,
            output_shape,
            result_tile,
            sums_tile,
            scratch_bytes: sums.as_ref().map_or(0, |sums| {
                units.len() as u128 * sums.bytes() * n_channels as u128
            }),
            rank_bytes: memory.of_even((blocks_per_batch * block).min(n_channels), block),
            units,
            sums,
            rows_per_unit,
            channel_blocks,
            output_bytes,
            memory_per_rank,
        })
    }

    /// The blocks that a result is made of.
    pub fn blocks(&self) -> Blocks {
        Blocks {
            channels: self.channel_blocks[0].len(),
            rows: self.rows_per_unit,
        }
    }

    /// Whether a unit's trials are averaged.
    pub fn averages(&self) -> bool {
        self.sums.is_some()
    }

    /// Whether units are parts of trials.
    pub fn is_cut(&self) -> bool {
        self.units.iter().any(|unit| unit.rows.start > 0)
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
        let what = match (self.averages(), n_units) {
            (false, _) if self.is_cut() => "parts of trials",
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
