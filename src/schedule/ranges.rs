//! How work is shared: one range for each rank, or small ranges for ranks that ask. Pure: every rank finds the same ranges
//! from what is left to do and what it costs.

use std::ops::Range;

use super::{Batch, Todo};

/// The places of `rank` in the order of what is left: contiguous, and as near to an equal share of the cost as whole items
/// allow.
///
/// # Panics
/// If `rank` is not below `size`.
pub fn static_range(
    unit_costs: &[u64],
    n_blocks: usize,
    todo: &Todo,
    rank: usize,
    size: usize,
) -> Range<u64> {
    let mut ranges = static_ranges(unit_costs, n_blocks, todo, size);
    ranges.nth(rank).expect("a rank is below the size")
}

/// The places of all ranks, one range for each, in their order: what is left is walked through once.
pub fn static_ranges(
    unit_costs: &[u64],
    n_blocks: usize,
    todo: &Todo,
    size: usize,
) -> impl Iterator<Item = Range<u64>> {
    let cost_of = |unit: usize, n: usize| u128::from(unit_costs[unit]) * n as u128;
    let total: u128 = todo
        .stretches(n_blocks)
        .map(|(unit, blocks)| cost_of(unit, blocks.len()))
        .sum();
    let mut stretches = todo.stretches(n_blocks).peekable();
    let (mut sum, mut place) = (0, 0);
    let mut border = move |rank: usize| -> u64 {
        // all costs times the number of ranks, so that nothing is rounded before the last step
        let target = total * rank as u128;
        while let Some((unit, blocks)) = stretches.peek() {
            let item = cost_of(*unit, size);
            let cost = item * blocks.len() as u128;
            if sum + cost > target {
                return place + ((target - sum + item / 2) / item) as u64;
            }
            sum += cost;
            place += blocks.len() as u64;
            stretches.next();
        }
        place
    };
    (1..=size).scan(0, move |start, next_rank| {
        let range = *start..border(next_rank);
        *start = range.end;
        Some(range)
    })
}

/// Ranges that a rank gets at least, if there are as many batches: what a rank holds when it stops or dies is little.
const MIN_RANGES: u128 = 64;
/// Batches that a rank gets at least, if there are as many items: to read neighbouring blocks together is no reason to let
/// ranks idle.
const MIN_BATCHES: u128 = 8;

/// Ranges of batches for ranks that ask: each a share of what is left, so that the last ones are small and all ranks end
/// together, and none large, so that a rank that falls behind holds little that others could do. They are found one by
/// one: a hundred thousand ranks make millions.
///
/// Blocks that fit into memory together stay together, in batches that shrink like the ranges, but later.
///
/// Source: guided self-scheduling, Polychronopoulos & Kuck (1987), IEEE Trans. Comput. C-36, 1425–1439, with half
/// their size.
pub struct Ranges<'a> {
    unit_costs: &'a [u64],
    /// What no range has yet, but for the rest of the stretch at hand.
    stretches: Box<dyn Iterator<Item = (usize, Range<usize>)> + 'a>,
    unit: usize,
    blocks: Range<usize>,
    /// Blocks of a batch at most.
    most: usize,
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
) -> Ranges<'a> {
    let cost_of =
        |(unit, blocks): (usize, Range<usize>)| u128::from(unit_costs[unit]) * blocks.len() as u128;
    let total: u128 = todo.stretches(n_blocks).map(cost_of).sum();
    Ranges {
        unit_costs,
        stretches: Box::new(todo.stretches(n_blocks)),
        unit: 0,
        blocks: 0..0,
        most,
        n_ranks: size as u128,
        total,
        left: total,
    }
}

impl Ranges<'_> {
    /// The batches of the next range in place of those in `range`; none when all ranges are found.
    pub fn next_into(&mut self, range: &mut Vec<Batch>) {
        range.clear();
        let mut sum = 0;
        while let Some((batch, cost)) = self.next_batch() {
            if !range.is_empty() && (self.is_enough(sum) || self.is_too_much(sum + cost)) {
                break;
            }
            sum += cost;
            self.blocks.start = batch.blocks.end;
            range.push(batch);
        }
        self.left -= sum;
    }

    /// Whether a range of this cost has its share: left / (2 n_ranks), at most total / (64 n_ranks).
    fn is_enough(&self, sum: u128) -> bool {
        2 * self.n_ranks * sum >= self.left || MIN_RANGES * self.n_ranks * sum >= self.total
    }

    /// Whether it has more than double its share.
    fn is_too_much(&self, sum: u128) -> bool {
        self.n_ranks * sum > self.left || MIN_RANGES / 2 * self.n_ranks * sum > self.total
    }

    /// The batch that comes next, and its cost. Stretches are cut into batches as equal as can be.
    fn next_batch(&mut self) -> Option<(Batch, u128)> {
        while self.blocks.is_empty() {
            (self.unit, self.blocks) = self.stretches.next()?;
        }
        let item = u128::from(self.unit_costs[self.unit]);
        let n_left = self.blocks.len();
        let n = n_left / n_left.div_ceil(self.largest_batch(item));
        let batch = Batch {
            unit: self.unit,
            blocks: self.blocks.start..self.blocks.start + n,
        };
        Some((batch, item * n as u128))
    }

    /// Blocks of this cost that may be read together: left / (2 n_ranks), at most total / (8 n_ranks).
    fn largest_batch(&self, item: u128) -> usize {
        // a rank alone shares with nobody
        if self.n_ranks == 1 {
            return self.most;
        }
        let cost = (self.left / 2).min(self.total / MIN_BATCHES) / self.n_ranks;
        let n = cost.checked_div(item).unwrap_or(cost);
        n.clamp(1, self.most as u128) as usize
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
                prop_assert!(pair[1].start <= pair[1].end);
            }
            prop_assert_eq!(ranges[size - 1].end, todo.len());
            prop_assert!(static_ranges(&costs, n_blocks, &todo, size).eq(ranges));
        }

        #[test]
        fn dynamic_ranges_cover_every_item_once_and_end_small(
            costs in prop::collection::vec(1_u64..500, 1..40), n_blocks in 1_usize..6, most in 1_usize..6,
            size in 1_usize..70, seed in 0_u64..1000
        ) {
            let todo = some_of(costs.len() * n_blocks, seed);
            let ranges = ranges(&costs, n_blocks, most, &todo, size);
            if let Some(last) = ranges.last() {
                let n_blocks: usize = last.iter().map(|batch| batch.blocks.len()).sum();
                prop_assert!(size < 2 || n_blocks <= 2);
            }
            for batch in ranges.iter().flatten() {
                prop_assert!((1..=most).contains(&batch.blocks.len()));
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
        assert_eq!(ranges(&costs, 1000, 1, &todo, 4)[0].len(), 391);
    }

    #[test]
    fn equal_trials_are_shared_in_small_ranges_that_end_with_single_trials() {
        let costs = [1; 6400];
        let sizes = |costs: &[u64], size| -> Vec<usize> {
            let ranges = ranges(costs, 1, 1, &all(costs, 1), size);
            ranges.iter().map(Vec::len).collect()
        };
        let many = sizes(&costs, 2);
        // 1/64 of a rank's share
        assert_eq!(many[0], 50);
        assert!(many.windows(2).all(|pair| pair[1] <= pair[0]), "{many:?}");
        assert_eq!(many.last(), Some(&1));
        assert_eq!(
            sizes(&costs[..40], 3),
            [1; 40],
            "a rank holds one trial when there are few"
        );
    }

    #[test]
    fn ranges_are_as_many_as_ranks_or_items_and_few_when_there_is_much_to_do() {
        let count = |n_items, size| {
            let costs = vec![1; n_items];
            ranges(&costs, 1, 1, &all(&costs, 1), size).len()
        };
        assert_eq!(count(10, 64), 10);
        assert_eq!(count(64 * 64, 64), 64 * 64, "one item each");
        // 62 for every rank in equal ranges, the rest in 2 ln(chunks / 64 / 2) that shrink, rounded up
        assert_eq!(count(64 * 1024, 64), 4400);
        assert_eq!(count(64 * 16_384, 64), 4749);
    }

    #[test]
    fn ranges_cost_nothing_before_they_are_found() {
        // to make them all would take years
        let (costs, n_blocks, size) = ([u64::MAX], 1 << 50, 100_000);
        let todo = all(&costs, n_blocks);
        let mut ranges = dynamic_ranges(&costs, n_blocks, 1 << 20, &todo, size);
        let (mut range, mut next) = (Vec::new(), 0);
        for _ in 0..size {
            ranges.next_into(&mut range);
            assert_eq!(range[0].blocks.start, next);
            next = range[range.len() - 1].blocks.end;
        }
        let share = n_blocks / (64 * size);
        assert!((share * size..(share + (1 << 20)) * size).contains(&next));
    }

    #[test]
    fn blocks_stay_together_while_there_are_batches_for_everybody() {
        let lengths = |n_units, n_blocks, size| -> Vec<usize> {
            let costs = vec![1; n_units];
            let ranges = ranges(&costs, n_blocks, n_blocks, &all(&costs, n_blocks), size);
            ranges.concat().iter().map(|b| b.blocks.len()).collect()
        };
        let many = lengths(64, 10, 4);
        assert_eq!(many[..50], [10; 50]);
        assert!(
            many.windows(2).all(|pair| pair[1] <= pair[0] + 1),
            "{many:?}"
        );
        assert_eq!(
            many.last(),
            Some(&1),
            "and are parted when ranks would wait for the last ones"
        );
        assert_eq!(lengths(1, 47, 2).iter().max(), Some(&2));
        assert_eq!(lengths(1, 47, 1), [47], "a rank alone waits for nobody");
        assert_eq!(lengths(3, 5, 64), [1; 15]);
    }
}
