//! Which batch comes next on a rank: a fixed range of the work, or ranges on request that shrink towards the end.
//!
//! Work is a line of items, unit by unit (a trial, or a group of trials), block by block of channels. The static part and
//! the sizes of the dynamic ranges are pure; only [`Schedule::next`] asks the shared counter.

use std::ops::Range;

use crate::comm::World;
use crate::plan::Plan;

/// Who decides what a rank does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Ranks ask for their next batch.
    Dynamic,
    /// Every rank has one range from the start.
    Static,
}

/// What a rank reads and computes at once: neighbouring channel blocks of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The trial, or the group of trials when they are averaged.
    pub unit: usize,
    /// The channel blocks.
    pub blocks: Range<usize>,
}

/// The work ahead of one rank.
pub struct Schedule<'a> {
    world: &'a World,
    /// The ranges of the line that are handed out; one for this rank alone under the static policy.
    ranges: Vec<Range<u64>>,
    policy: Policy,
    /// Batches of the current range, the next one last.
    ahead: Vec<Batch>,
    n_blocks: usize,
    blocks_per_batch: usize,
    taken: bool,
}

impl<'a> Schedule<'a> {
    /// The schedule of this rank.
    pub fn new(plan: &Plan, policy: Policy, world: &'a World) -> Schedule<'a> {
        let n_blocks = plan.channel_blocks.len();
        let ranges = match policy {
            Policy::Static => vec![static_range(
                &plan.unit_costs,
                n_blocks,
                world.rank(),
                world.size(),
            )],
            Policy::Dynamic => dynamic_ranges(&plan.unit_costs, n_blocks, world.size()),
        };
        Schedule {
            world,
            ranges,
            policy,
            ahead: Vec::new(),
            n_blocks,
            blocks_per_batch: plan.blocks_per_batch,
            taken: false,
        }
    }

    fn next_range(&mut self) -> Option<Range<u64>> {
        match self.policy {
            Policy::Static if self.taken => None,
            Policy::Static => {
                self.taken = true;
                self.ranges.first().cloned()
            }
            Policy::Dynamic => {
                if self.taken {
                    return None;
                }
                let range = self.ranges.get(self.world.fetch_next(1) as usize).cloned();
                self.taken = range.is_none();
                range
            }
        }
    }
}

impl Iterator for Schedule<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        while self.ahead.is_empty() {
            let range = self.next_range()?;
            self.ahead = batches(range, self.n_blocks, self.blocks_per_batch);
            self.ahead.reverse();
        }
        self.ahead.pop()
    }
}

/// Cuts a range of the line into batches of one unit and at most `most` blocks.
fn batches(range: Range<u64>, n_blocks: usize, most: usize) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut item = range.start;
    while item < range.end {
        let unit = (item / n_blocks as u64) as usize;
        let first = (item % n_blocks as u64) as usize;
        let left = (range.end - item).min(most as u64) as usize;
        let last = n_blocks.min(first + left);
        batches.push(Batch {
            unit,
            blocks: first..last,
        });
        item += (last - first) as u64;
    }
    batches
}

/// The range of `rank`: contiguous, and as near to an equal share of the cost as whole items allow.
pub fn static_range(unit_costs: &[u64], n_blocks: usize, rank: usize, size: usize) -> Range<u64> {
    let n_ranks = size as u128;
    let total: u128 = unit_costs.iter().map(|&cost| u128::from(cost)).sum();
    let boundary = |r: usize| -> u64 {
        if r == size {
            return unit_costs.len() as u64 * n_blocks as u64;
        }
        // all costs times the number of ranks, so that nothing is rounded before the last step
        let target = total * r as u128;
        let mut sum = 0;
        for (unit, &cost) in unit_costs.iter().enumerate() {
            let cost = u128::from(cost) * n_ranks;
            if sum + cost > target {
                let within = ((target - sum) * n_blocks as u128 + cost / 2) / cost;
                return unit as u64 * n_blocks as u64 + within as u64;
            }
            sum += cost;
        }
        unit_costs.len() as u64 * n_blocks as u64
    };
    let start = if rank == 0 { 0 } else { boundary(rank) };
    start..boundary(rank + 1).max(start)
}

/// Ranges for ranks that ask: each a share of what is left, so that the last ones are small and all ranks end together.
///
/// Source: guided self-scheduling, Polychronopoulos & Kuck (1987), IEEE Trans. Comput. C-36, 1425–1439, with half
/// their size.
pub fn dynamic_ranges(unit_costs: &[u64], n_blocks: usize, size: usize) -> Vec<Range<u64>> {
    let n_blocks = n_blocks as u64;
    let n_items = unit_costs.len() as u64 * n_blocks;
    let n_ranks = size as u128;
    // all costs times the number of blocks: an item costs what its unit does, and every rank cuts the same ranges
    let mut left: u128 = unit_costs
        .iter()
        .map(|&cost| u128::from(cost) * u128::from(n_blocks))
        .sum();
    let mut ranges = Vec::new();
    let mut start = 0;
    while start < n_items {
        // a share is left / (2 n_ranks)
        let mut end = start;
        let mut cost = 0;
        while end < n_items && (end == start || 2 * n_ranks * cost < left) {
            let item_cost = u128::from(unit_costs[(end / n_blocks) as usize]);
            // an item that would more than double the share waits for the next range
            if end > start && n_ranks * (cost + item_cost) > left {
                break;
            }
            cost += item_cost;
            end += 1;
        }
        left -= cost;
        ranges.push(start..end);
        start = end;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn static_ranges_cover_every_item_once(
            costs in prop::collection::vec(1_u64..500, 0..40), n_blocks in 1_usize..6, size in 1_usize..70
        ) {
            let ranges: Vec<_> = (0..size).map(|rank| static_range(&costs, n_blocks, rank, size)).collect();
            prop_assert_eq!(ranges[0].start, 0);
            for pair in ranges.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
            }
            prop_assert_eq!(ranges[size - 1].end, (costs.len() * n_blocks) as u64);
        }

        #[test]
        fn dynamic_ranges_cover_every_item_once_and_end_small(
            costs in prop::collection::vec(1_u64..500, 1..40), n_blocks in 1_usize..6, size in 1_usize..70
        ) {
            let ranges = dynamic_ranges(&costs, n_blocks, size);
            let mut next = 0;
            for range in &ranges {
                prop_assert_eq!(range.start, next);
                prop_assert!(range.end > range.start);
                next = range.end;
            }
            prop_assert_eq!(next, (costs.len() * n_blocks) as u64);
            let last = ranges.last().unwrap();
            prop_assert!(size < 2 || last.end - last.start <= 2);
        }

        #[test]
        fn batches_hold_one_unit_and_keep_their_order(
            start in 0_u64..50, len in 0_u64..60, n_blocks in 1_usize..9, most in 1_usize..9
        ) {
            let batches = batches(start..start + len, n_blocks, most);
            let mut item = start;
            for batch in &batches {
                prop_assert_eq!((batch.unit * n_blocks + batch.blocks.start) as u64, item);
                prop_assert!(batch.blocks.len() <= most && !batch.blocks.is_empty());
                prop_assert!(batch.blocks.end <= n_blocks);
                item += batch.blocks.len() as u64;
            }
            prop_assert_eq!(item, start + len);
        }
    }

    #[test]
    fn static_shares_follow_the_cost_of_trials() {
        // one trial ten times as long as the others
        let mut costs = vec![1; 10];
        costs[0] = 10;
        assert_eq!(static_range(&costs, 1, 0, 2), 0..1);
        assert_eq!(static_range(&costs, 1, 1, 2), 1..10);
        let wide = static_range(&costs, 10, 0, 4);
        assert_eq!(wide, 0..5);
    }

    #[test]
    fn costs_at_their_limit_do_not_overflow() {
        let costs = [u64::MAX; 100];
        assert_eq!(static_range(&costs, 1000, 1, 4), 25_000..50_000);
        assert_eq!(dynamic_ranges(&costs, 1000, 4)[0], 0..12_500);
    }

    #[test]
    fn equal_trials_are_shared_equally_and_shrink_in_halves() {
        let ranges = dynamic_ranges(&[1; 64], 1, 2);
        let sizes: Vec<u64> = ranges.iter().map(|range| range.end - range.start).collect();
        assert_eq!(sizes[0], 16);
        assert!(sizes.windows(2).all(|pair| pair[1] <= pair[0]), "{sizes:?}");
        assert_eq!(*sizes.last().unwrap(), 1);
    }
}
