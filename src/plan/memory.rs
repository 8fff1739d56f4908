//! What a rank holds while it works.

use super::Bytes;
use super::Sums;
use super::cut::MAX_GROUPS;
use crate::recording::Recording;
use crate::spectral::{BlockLayout, Design};

/// Bytes that a rank keeps for every trial: measured with a million of them, as the next one.
const OF_TRIAL: u128 = 110;
/// Bytes that a rank keeps for every unit, entries of the ledger above all.
const OF_UNIT: u128 = 140;
/// Bytes that rank 0 takes for the time and the trial of every row while it writes them.
const OF_LABEL: u128 = 24;

/// What a rank holds for a batch.
pub(super) struct Memory {
    fixed: u128,
    /// Per channel of a batch.
    per_sample_channel: u128,
    /// Per channel of a block.
    per_block_channel: u128,
    /// Per channel of a block while averages are finished, when there are neither samples nor sums of a batch any more.
    per_finished_channel: u128,
    /// Per channel of a block, when there are several: the last one may be filled up to the size of its tile.
    per_cut_channel: u128,
    n_channels: usize,
}

impl Memory {
    /// For units of at most `rows` rows, whose trials are added up to `sums` where they are averaged.
    pub fn new(
        recording: &Recording,
        design: &Design,
        layout: &BlockLayout,
        bytes: Bytes,
        rows: usize,
        sums: Option<&Sums>,
    ) -> Memory {
        let times = layout.times();
        let per_row = layout.elements() * layout.element.n_parts() as u128;
        let of_block = per_row * rows.min(times.most_rows()) as u128;
        // a block is converted on its way to the file when it is stored in other numbers, as averages are, which are doubles
        let converted_from = |computed: usize| {
            let is_converted = computed != bytes.stored;
            u128::from(is_converted) * per_row * rows as u128 * bytes.stored as u128
        };
        let converted = match sums {
            None => converted_from(bytes.computed),
            Some(_) => 0,
        };
        let held = sums.map_or(0, Sums::held_bytes);
        let n_trials = recording.trials.len() as u128;
        let n_units = if sums.is_some() {
            n_trials.min(MAX_GROUPS)
        } else if rows >= times.most_rows() {
            n_trials
        } else {
            (times.n_rows() as u128).div_ceil(rows.max(1) as u128) + n_trials
        };
        let n_labels = match sums {
            _ if times.are_whole() => 0,
            Some(_) => rows,
            None => times.n_rows(),
        };
        let records = n_trials * OF_TRIAL + n_units * OF_UNIT + n_labels as u128 * OF_LABEL;
        Memory {
            fixed: design.fixed_bytes(bytes.computed) + u128::from(bytes.reader) + records,
            per_sample_channel: design
                .most_samples(recording.longest_trial(), rows.min(times.most_rows()))
                as u128
                * bytes.computed as u128
                + held,
            per_block_channel: of_block * bytes.computed as u128 + converted,
            per_finished_channel: sums.map_or(0, |sums| sums.finished_bytes() + converted_from(8)),
            per_cut_channel: match sums {
                Some(sums) => sums.bytes(),
                None => of_block * bytes.stored as u128,
            },
            n_channels: recording.channels.len(),
        }
    }

    /// Bytes for a batch and blocks that may have a ragged one among them: more channels always take more.
    pub fn of(&self, batch_channels: usize, block_channels: usize) -> u128 {
        let computing = batch_channels as u128 * self.per_sample_channel
            + block_channels as u128 * self.per_block_channel;
        let finishing = block_channels as u128 * self.per_finished_channel;
        let cut = if block_channels < self.n_channels {
            block_channels as u128 * self.per_cut_channel
        } else {
            0
        };
        self.fixed + computing.max(finishing) + cut
    }

    /// The same, without what fills up the last block where it has as many channels as all others.
    pub fn of_even(&self, batch_channels: usize, block_channels: usize) -> u128 {
        let is_even = self.n_channels.is_multiple_of(block_channels);
        let filling = if is_even && block_channels < self.n_channels {
            block_channels as u128 * self.per_cut_channel
        } else {
            0
        };
        self.of(batch_channels, block_channels) - filling
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_ragged_last_block_takes_memory_to_be_filled_up() {
        let memory = Memory {
            fixed: 1000,
            per_sample_channel: 10,
            per_block_channel: 5,
            per_finished_channel: 30,
            per_cut_channel: 3,
            n_channels: 12,
        };
        assert_eq!(memory.of_even(12, 12), 1000 + 360);
        let memory = Memory {
            per_finished_channel: 0,
            ..memory
        };
        assert_eq!(memory.of_even(12, 12), 1000 + 120 + 60);
        assert_eq!(memory.of_even(12, 4), 1000 + 120 + 20);
        assert_eq!(memory.of_even(10, 5), 1000 + 100 + 25 + 15);
        assert_eq!(memory.of(12, 4), 1000 + 120 + 20 + 12);
    }
}
