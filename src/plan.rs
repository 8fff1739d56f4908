//! What will be computed, in which pieces, and what it takes: pure, comparable, printed by `slepian plan`.
//!
//! Units are trials, or groups of trials when they are averaged: the groups follow from recording and config alone, so
//! that averages have the same bits on any number of ranks. Blocks of channels are what is written at once.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::phrase::size;
use crate::recording::Recording;
use crate::setting::Setting;
use crate::spectral::{BlockLayout, Design};

/// Tiles (HDF5 chunks) of a data set at most: their index stays small and quick to make.
const MOST_TILES: usize = 1_000_000;
/// Bytes of a tile at most; HDF5 ends at 4 GiB.
const LARGEST_TILE: usize = 1 << 30;
/// Bytes that the sums of all groups may take on disk.
const SCRATCH_BUDGET: u128 = 1 << 30;
/// Groups of trials at most: several for each of a thousand ranks.
const MOST_GROUPS: u128 = 4096;
/// Pieces of work for each rank that let all end at about the same time.
const PLENTY: usize = 4;
/// Channels that are computed at once: fewer take as long.
const NARROW: usize = 16;
/// Bytes that a rank keeps for every trial: measured with a million of them, as the next one.
const OF_TRIAL: u128 = 110;
/// Bytes that a rank keeps for every unit, entries of the ledger above all.
const OF_UNIT: u128 = 110;

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

/// What a rank holds for a batch.
struct Memory {
    fixed: u128,
    /// Per channel of a batch.
    per_sample_channel: u128,
    /// Per channel of a block.
    per_block_channel: u128,
    /// Per channel of a block, when there are several: the last one may be filled up to the size of its tile.
    per_cut_channel: u128,
    n_channels: usize,
}

impl Memory {
    fn new(recording: &Recording, design: &Design, layout: &BlockLayout, bytes: Bytes) -> Memory {
        let elements = layout.elements_per_channel() * layout.element.n_parts() as u128;
        // a block is converted on its way to the file when it is stored in other numbers
        let converted = if bytes.computed == bytes.stored {
            0
        } else {
            elements * bytes.stored as u128
        };
        let sums = if design.averages_trials() {
            elements * 8
        } else {
            0
        };
        let n_trials = recording.trials.len() as u128;
        let n_units = if design.averages_trials() {
            n_trials.min(MOST_GROUPS)
        } else {
            n_trials
        };
        let records = n_trials * OF_TRIAL + n_units * OF_UNIT;
        Memory {
            fixed: design.fixed_bytes(bytes.computed) + u128::from(bytes.reader) + records,
            per_sample_channel: recording.longest_trial() as u128 * bytes.computed as u128 + sums,
            per_block_channel: elements * bytes.computed as u128 + converted,
            per_cut_channel: elements
                * if design.averages_trials() {
                    8
                } else {
                    bytes.stored
                } as u128,
            n_channels: recording.channels.len(),
        }
    }

    /// Bytes for a batch and blocks that may have a ragged one among them: more channels always take more.
    fn of(&self, batch_channels: usize, block_channels: usize) -> u128 {
        self.fixed
            + batch_channels as u128 * self.per_sample_channel
            + block_channels as u128 * self.per_block_channel
            + if block_channels < self.n_channels {
                block_channels as u128 * self.per_cut_channel
            } else {
                0
            }
    }

    /// The same, without what fills up the last block where it has as many channels as all others.
    fn of_even(&self, batch_channels: usize, block_channels: usize) -> u128 {
        let is_even = self.n_channels.is_multiple_of(block_channels);
        let filling = if is_even && block_channels < self.n_channels {
            block_channels as u128 * self.per_cut_channel
        } else {
            0
        };
        self.of(batch_channels, block_channels) - filling
    }
}

/// The largest of `1..=n` that holds, when `holds` is true up to some number and false above; at least 1.
fn largest(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (1, n.max(1));
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if holds(middle) {
            low = middle
        } else {
            high = middle - 1
        }
    }
    low
}

/// Blocks of at most `most` channels: all of one size where a size not far below divides the channels, since a ragged
/// last block does not fill its tile and is written in many small pieces.
fn even_blocks(n_channels: usize, most: usize) -> Vec<Range<usize>> {
    let n_blocks = n_channels.div_ceil(most);
    let divisor = (most.div_ceil(2)..=most)
        .rev()
        .find(|&c| n_channels.is_multiple_of(c));
    blocks_of(n_channels, divisor.unwrap_or(n_channels.div_ceil(n_blocks)))
}

/// Blocks of `block` channels; the last one may have fewer.
pub fn blocks_of(n_channels: usize, block: usize) -> Vec<Range<usize>> {
    (0..n_channels)
        .step_by(block)
        .map(|start| start..n_channels.min(start + block))
        .collect()
}

/// Channels of a block at most for `size` ranks that share `n_units`: all when there is plenty for everybody, else so many
/// that every rank has several blocks, or, when these would be narrow, one.
fn block_for(n_channels: usize, n_units: usize, size: usize) -> usize {
    let blocks_for = |n_items: usize| n_items.div_ceil(n_units).min(n_channels);
    if size == 1 {
        return n_channels;
    }
    let several = n_channels.div_ceil(blocks_for(PLENTY.saturating_mul(size)));
    let one = n_channels.div_ceil(blocks_for(size));
    several.max(one.min(NARROW))
}

/// Trials in groups that are as equal as can be: every trial for itself when a row of sums costs nothing, else as many
/// groups as the scratch budget allows.
fn groups(n_trials: usize, row_bytes: u128) -> Vec<Range<usize>> {
    let n_groups = match SCRATCH_BUDGET.checked_div(row_bytes) {
        None => n_trials,
        Some(most) => most.clamp(1, MOST_GROUPS).min(n_trials as u128) as usize,
    };
    (0..n_groups)
        .map(|g| g * n_trials / n_groups..(g + 1) * n_trials / n_groups)
        .collect()
}

/// One trial's rows × one block of channels, larger when there would be too many, smaller when one would be too large.
fn tile(
    shape: &[usize],
    channel_axis: usize,
    block: usize,
    rows: usize,
    element_bytes: usize,
) -> Vec<usize> {
    let mut tile = shape.to_vec();
    tile[0] = rows.min(shape[0]);
    tile[channel_axis] = block;
    let n_tiles = shape[0]
        .div_ceil(tile[0])
        .saturating_mul(shape[channel_axis].div_ceil(block));
    if n_tiles > MOST_TILES {
        tile[0] = (tile[0] * n_tiles.div_ceil(MOST_TILES)).min(shape[0]);
    }
    for axis in 0..tile.len() {
        let bytes = tile.iter().fold(element_bytes as u128, |product, &n| {
            product.saturating_mul(n as u128)
        });
        let excess = bytes.div_ceil(LARGEST_TILE as u128);
        if excess > 1 && axis != channel_axis {
            tile[axis] = ((tile[axis] as u128 / excess).max(1)) as usize;
        }
    }
    tile
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_cover_every_channel_once_and_are_even_where_they_can_be(
            n_channels in 1_usize..500, most in 1_usize..600
        ) {
            let most = most.min(n_channels);
            let blocks = even_blocks(n_channels, most);
            let mut next = 0;
            for block in &blocks {
                prop_assert_eq!(block.start, next);
                prop_assert!(block.len() <= most && !block.is_empty());
                prop_assert!(block.len() <= blocks[0].len());
                next = block.end;
            }
            prop_assert_eq!(next, n_channels);
        }

        #[test]
        fn groups_cover_every_trial_once_whatever_the_size_of_a_row(
            n_trials in 1_usize..10_000, row_bytes in 0_u128..(1 << 40)
        ) {
            let groups = groups(n_trials, row_bytes);
            prop_assert!(groups.iter().all(|group| !group.is_empty()));
            prop_assert!(groups.windows(2).all(|pair| pair[0].end == pair[1].start));
            prop_assert_eq!((groups[0].start, groups[groups.len() - 1].end), (0, n_trials));
            let on_disk = groups.len() as u128 * row_bytes;
            prop_assert!(on_disk <= SCRATCH_BUDGET || groups.len() == 1);
        }

        #[test]
        fn tiles_stay_within_their_limits(
            rows in 1_usize..5_000_000, n_tapers in 1_usize..40, n_freqs in 1_usize..100_000, block in 1_usize..65
        ) {
            let shape = [rows, n_tapers, n_freqs, 64];
            let tile = tile(&shape, 3, block, 1, 8);
            prop_assert!(tile.iter().zip(&shape).all(|(t, s)| t <= s && *t > 0));
            prop_assert!(tile.iter().product::<usize>() * 8 <= LARGEST_TILE);
        }
    }

    #[test]
    fn a_ragged_split_is_replaced_by_an_even_one() {
        let sizes = |n, most| {
            even_blocks(n, most)
                .iter()
                .map(|block| block.len())
                .collect::<Vec<_>>()
        };
        assert_eq!(sizes(64, 24), [16; 4]);
        assert_eq!(sizes(64, 40), [32, 32]);
        assert_eq!(sizes(64, 1), [1; 64]);
        assert_eq!(sizes(31, 10), [8, 8, 8, 7]);
    }

    #[test]
    fn channels_are_cut_when_there_are_too_few_trials_for_the_ranks() {
        // (channels, units, ranks)
        for (given, expected) in [
            ((376, 1, 1), 376),
            ((376, 1, 2), 47),
            ((376, 1, 64), 6),
            ((64, 100, 4), 64),
            ((64, 3, 2), 22),
            ((64, 16, 8), 32),
            ((4, 3, 2), 4),
            ((4, 1, 2), 2),
            ((4, 1, 64), 1),
        ] {
            let (n_channels, n_units, size) = given;
            assert_eq!(block_for(n_channels, n_units, size), expected, "{given:?}");
        }
    }

    #[test]
    fn only_a_ragged_last_block_takes_memory_to_be_filled_up() {
        let memory = Memory {
            fixed: 1000,
            per_sample_channel: 10,
            per_block_channel: 5,
            per_cut_channel: 3,
            n_channels: 12,
        };
        assert_eq!(memory.of_even(12, 12), 1000 + 120 + 60);
        assert_eq!(memory.of_even(12, 4), 1000 + 120 + 20);
        assert_eq!(memory.of_even(10, 5), 1000 + 100 + 25 + 15);
        assert_eq!(memory.of(12, 4), 1000 + 120 + 20 + 12);
    }

    #[test]
    fn the_largest_that_holds_is_found() {
        assert_eq!(largest(100, |n| n <= 37), 37);
        assert_eq!(largest(100, |_| true), 100);
        assert_eq!(largest(100, |n| n <= 1), 1);
    }
}
