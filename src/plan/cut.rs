//! How work is cut: channels into blocks, trials into groups, data sets into tiles.

use std::ops::Range;

use crate::spectral::Times;

/// Tiles (HDF5 chunks) of a data set at most: their index stays small and quick to make.
const MAX_TILES: usize = 1_000_000;
/// Bytes of a tile at most; HDF5 ends at 4 GiB.
const MAX_TILE: usize = 1 << 30;
/// Bytes that the sums of all groups may take on disk.
const SCRATCH_BUDGET: u128 = 1 << 30;
/// Groups of trials at most: several for each of a thousand ranks.
pub(super) const MAX_GROUPS: u128 = 4096;
/// Pieces of work for each rank that let all end at about the same time.
const PLENTY: usize = 4;
/// Channels that are computed at once: fewer take as long.
const NARROW: usize = 16;
/// Bytes of a block of many rows: less is lost when a rank is, and a rank holds little; more would be written no faster.
const LARGE_BLOCK: u128 = 32 << 20;

/// The largest of `1..=n` that holds, when `holds` is true up to some number and false above; at least 1.
pub(super) fn largest(n: usize, holds: impl Fn(usize) -> bool) -> usize {
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
pub(super) fn even_blocks(n_channels: usize, most: usize) -> Vec<Range<usize>> {
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
pub(super) fn block_for(n_channels: usize, n_units: usize, size: usize) -> usize {
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
pub(super) fn groups(n_trials: usize, row_bytes: u128) -> Vec<Range<usize>> {
    let n_groups = match SCRATCH_BUDGET.checked_div(row_bytes) {
        None => n_trials,
        Some(most) => most.clamp(1, MAX_GROUPS).min(n_trials as u128) as usize,
    };
    (0..n_groups)
        .map(|g| g * n_trials / n_groups..(g + 1) * n_trials / n_groups)
        .collect()
}

/// Rows of a unit at most, of a method whose rows are independent: as many as `fits` allows and give a block of some size,
/// fewer where `size` ranks would have too little work, but no less than the `fewest` that are worth it, where these fit. Very
/// few rows take more memory again, for the entries of so many units: halving ends where there would be no end.
pub(super) fn rows_for(
    times: &Times,
    row_bytes: u128,
    fewest: usize,
    size: usize,
    fits: impl Fn(usize) -> bool,
) -> usize {
    let in_block = usize::try_from(LARGE_BLOCK / row_bytes.max(1)).unwrap_or(usize::MAX);
    let for_ranks = match size {
        1 => times.n_rows(),
        _ => times.n_rows().div_ceil(PLENTY.saturating_mul(size)),
    };
    let most = for_ranks.min(in_block).max(fewest);
    let most = most.clamp(1, times.most_rows());
    let halves = std::iter::successors(Some(most), |rows| (*rows > 1).then(|| rows.div_ceil(2)));
    let mut halves = halves.take(usize::BITS as usize);
    halves
        .find(|rows| fits(*rows))
        .unwrap_or(fewest.clamp(1, most))
}

/// One trial's rows × one block of channels, larger when there would be too many, smaller when one would be too large.
pub(super) fn tile(
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
    if n_tiles > MAX_TILES {
        tile[0] = (tile[0] * n_tiles.div_ceil(MAX_TILES)).min(shape[0]);
    }
    for axis in 0..tile.len() {
        let bytes = tile.iter().fold(element_bytes as u128, |product, &n| {
            product.saturating_mul(n as u128)
        });
        let excess = bytes.div_ceil(MAX_TILE as u128);
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
            prop_assert!(tile.iter().product::<usize>() * 8 <= MAX_TILE);
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
    fn the_largest_that_holds_is_found() {
        assert_eq!(largest(100, |n| n <= 37), 37);
        assert_eq!(largest(100, |_| true), 100);
        assert_eq!(largest(100, |n| n <= 1), 1);
    }
}
