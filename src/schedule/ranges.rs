//! How work is shared: one range for each rank, or small ranges for ranks that ask. Pure: every rank finds the same ranges
//! from what is left to do and what it costs.

use std::iter::Peekable;
use std::ops::Range;

use super::{Batch, Todo};

/// The places of `rank` in the order of what is left: contiguous, and as near to an equal share of the cost as whole items
/// allow.
pub fn static_range(
    unit_costs: &[u64],
    n_blocks: usize,
    todo: &Todo,
    rank: usize,
    size: usize,
) -> Range<u64> {
    let cost_of = |unit: usize, n: usize| u128::from(unit_costs[unit]) * n as u128;
    let stretches = || todo.stretches(n_blocks);
    let total: u128 = stretches()
        .map(|(unit, blocks)| cost_of(unit, blocks.len()))
        .sum();
    let boundary = |r: usize| -> u64 {
        if r == size {
            return todo.len();
        }
        // all costs times the number of ranks, so that nothing is rounded before the last step
        let target = total * r as u128;
        let (mut sum, mut place) = (0, 0);
        for (unit, blocks) in stretches() {
            let item = cost_of(unit, size);
            let cost = item * blocks.len() as u128;
            if sum + cost > target {
                return place + ((target - sum + item / 2) / item) as u64;
            }
            sum += cost;
            place += blocks.len() as u64;
        }
        todo.len()
    };
    let start = if rank == 0 { 0 } else { boundary(rank) };
    start..boundary(rank + 1).max(start)
}

/// Ranges that a rank gets at least, if there are as many batches: what a rank holds when it stops or dies, a range and
/// perhaps the next one, is little.
const LEAST_RANGES: u128 = 128;
/// Batches that a rank gets at least, if there are as many items: to read neighbouring blocks together is no reason to let
/// ranks idle.
const LEAST_BATCHES: u64 = 8;

/// Ranges of batches for ranks that ask: each a share of what is left, so that the last ones are small and all ranks end
/// together, and none large, so that a rank that falls behind holds little that others could do. They are found one by
/// one: a hundred thousand ranks make millions.
///
/// Source: guided self-scheduling, Polychronopoulos & Kuck (1987), IEEE Trans. Comput. C-36, 1425–1439, with half
/// their size.
pub struct Ranges<'a, I: Iterator<Item = Batch>> {
    unit_costs: &'a [u64],
    batches: Peekable<I>,
    n_ranks: u128,
    total: u128,
    /// Cost of what no range has yet.
    left: u128,
}

/// The ranges for `size` ranks, whose batches have at most `most` blocks.
pub fn dynamic_ranges<'a>(
    unit_costs: &'a [u64],
    n_blocks: usize,
    most: usize,
    todo: &'a Todo,
    size: usize,
) -> Ranges<'a, impl Iterator<Item = Batch> + 'a> {
    // a rank alone shares with nobody
    let most = match size {
        1 => most,
        _ => {
            let share = todo.len() / (LEAST_BATCHES * size as u64);
            share.clamp(1, most as u64) as usize
        }
    };
    let cost_of =
        |(unit, blocks): (usize, Range<usize>)| u128::from(unit_costs[unit]) * blocks.len() as u128;
    let total: u128 = todo.stretches(n_blocks).map(cost_of).sum();
    Ranges {
        unit_costs,
        batches: todo.batches(n_blocks, most).peekable(),
        n_ranks: size as u128,
        total,
        left: total,
    }
}

impl<I: Iterator<Item = Batch>> Ranges<'_, I> {
    /// Whether a range of this cost has its share: left / (2 n_ranks), at most total / (128 n_ranks).
    fn is_enough(&self, sum: u128) -> bool {
        2 * self.n_ranks * sum >= self.left || LEAST_RANGES * self.n_ranks * sum >= self.total
    }

    /// Whether it has more than double its share.
    fn is_too_much(&self, sum: u128) -> bool {
        self.n_ranks * sum > self.left || LEAST_RANGES / 2 * self.n_ranks * sum > self.total
    }

    /// The batches of the next range in place of those in `range`; none when all ranges are found.
    pub fn next_into(&mut self, range: &mut Vec<Batch>) {
        range.clear();
        let mut sum = 0;
        while let Some(batch) = self.batches.peek() {
            let cost = u128::from(self.unit_costs[batch.unit]) * batch.blocks.len() as u128;
            if !range.is_empty() && (self.is_enough(sum) || self.is_too_much(sum + cost)) {
                break;
            }
            sum += cost;
            range.extend(self.batches.next());
        }
        self.left -= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::super::todo::tests::some_of;
    use super::*;
    use proptest::prelude::*;

    fn ranges(
        costs: &[u64],
        n_blocks: usize,
        most: usize,
        todo: &Todo,
        size: usize,
    ) -> Vec<Vec<Batch>> {
        let mut ranges = dynamic_ranges(costs, n_blocks, most, todo, size);
        let mut range = Vec::new();
        let all = std::iter::repeat_with(|| {
            ranges.next_into(&mut range);
            range.clone()
        });
        all.take_while(|range| !range.is_empty()).collect()
    }

    proptest! {
        #[test]
        fn static_ranges_cover_every_item_once(
            costs in prop::collection::vec(1_u64..500, 0..40), n_blocks in 1_usize..6, size in 1_usize..70,
            seed in 0_u64..1000
        ) {
            let todo = some_of(costs.len() * n_blocks, seed);
            let range = |rank| static_range(&costs, n_blocks, &todo, rank, size);
            let ranges: Vec<_> = (0..size).map(range).collect();
            prop_assert_eq!(ranges[0].start, 0);
            for pair in ranges.windows(2) {
                prop_assert_eq!(pair[0].end, pair[1].start);
            }
            prop_assert_eq!(ranges[size - 1].end, todo.len());
        }

        #[test]
        fn dynamic_ranges_cover_every_item_once_and_end_small(
            costs in prop::collection::vec(1_u64..500, 1..40), n_blocks in 1_usize..6, most in 1_usize..6,
            size in 1_usize..70, seed in 0_u64..1000
        ) {
            let todo = some_of(costs.len() * n_blocks, seed);
            let ranges = ranges(&costs, n_blocks, most, &todo, size);
            if let Some(last) = ranges.last() {
                prop_assert!(size < 2 || last.len() <= 2);
            }
            let found: Vec<_> = ranges
                .concat()
                .into_iter()
                .flat_map(|batch| batch.blocks.map(move |block| (batch.unit, block)))
                .collect();
            let want: Vec<_> = todo
                .stretches(n_blocks)
                .flat_map(|(unit, blocks)| blocks.map(move |block| (unit, block)))
                .collect();
            prop_assert_eq!(found, want);
        }
    }

    fn all(costs: &[u64], n_blocks: usize) -> Todo {
        Todo::all((costs.len() * n_blocks) as u64)
    }

    #[test]
    fn static_shares_follow_the_cost_of_trials() {
        // one trial ten times as long as the others
        let mut costs = vec![1; 10];
        costs[0] = 10;
        let share = |n_blocks, rank, size| {
            static_range(&costs, n_blocks, &all(&costs, n_blocks), rank, size)
        };
        assert_eq!(share(1, 0, 2), 0..1);
        assert_eq!(share(1, 1, 2), 1..10);
        assert_eq!(share(10, 0, 4), 0..5);
    }

    #[test]
    fn costs_at_their_limit_do_not_overflow() {
        let costs = [u64::MAX; 100];
        let todo = all(&costs, 1000);
        assert_eq!(static_range(&costs, 1000, &todo, 1, 4), 25_000..50_000);
        assert_eq!(ranges(&costs, 1000, 1, &todo, 4)[0].len(), 196);
    }

    #[test]
    fn equal_trials_are_shared_in_small_ranges_that_end_with_single_trials() {
        let costs = [1; 6400];
        let sizes = |costs: &[u64], size| -> Vec<usize> {
            let ranges = ranges(costs, 1, 1, &all(costs, 1), size);
            ranges.iter().map(Vec::len).collect()
        };
        let many = sizes(&costs, 2);
        // 1/128 of a rank's share
        assert_eq!(many[0], 25);
        assert!(many.windows(2).all(|pair| pair[1] <= pair[0]), "{many:?}");
        assert_eq!(many.last(), Some(&1));
        assert_eq!(
            sizes(&costs[..40], 3),
            [1; 40],
            "a rank holds one trial when there are few"
        );
    }

    #[test]
    fn blocks_stay_together_while_there_are_batches_for_everybody() {
        let longest = |n_units, n_blocks, size| {
            let costs = vec![1; n_units];
            let ranges = ranges(&costs, n_blocks, n_blocks, &all(&costs, n_blocks), size);
            let lengths = ranges.concat().into_iter().map(|batch| batch.blocks.len());
            lengths.max().unwrap()
        };
        assert_eq!(longest(64, 10, 4), 10);
        assert_eq!(longest(1, 47, 2), 2);
        assert_eq!(longest(1, 47, 1), 47);
        assert_eq!(longest(3, 5, 64), 1);
    }
}
