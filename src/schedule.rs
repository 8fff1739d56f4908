//! Which batch comes next on a rank: a fixed range of the work, or ranges on request that shrink towards the end.
//!
//! Work is a line of items, unit by unit (a trial, or a group of trials), block by block of channels. The static part and
//! the sizes of the dynamic ranges are pure; only [`Schedule::next`] asks the shared counter.

use std::ops::Range;

use serde::{Deserialize, Serialize};

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

/// The items that are left to do, as ranges in their order; all of them when a job begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    runs: Vec<Range<u64>>,
}

impl Todo {
    /// All of `n_items`.
    pub fn all(n_items: u64) -> Todo {
        Todo::new(std::iter::once(0..n_items).collect())
    }

    /// The items that `is_left`, of `n_items`.
    pub fn of(n_items: u64, is_left: impl Fn(u64) -> bool) -> Todo {
        let mut runs: Vec<Range<u64>> = Vec::new();
        for item in (0..n_items).filter(|&item| is_left(item)) {
            match runs.last_mut() {
                Some(run) if run.end == item => run.end += 1,
                _ => runs.push(item..item + 1),
            }
        }
        Todo::new(runs)
    }

    fn new(runs: Vec<Range<u64>>) -> Todo {
        let runs = runs.into_iter().filter(|run| !run.is_empty()).collect();
        Todo { runs }
    }

    /// How many items there are.
    pub fn len(&self) -> u64 {
        self.runs.iter().map(|run| run.end - run.start).sum()
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The items in their order, in stretches that lie in one unit: the unit and its blocks.
    pub fn stretches(&self, n_blocks: usize) -> impl Iterator<Item = (usize, Range<usize>)> {
        let n = n_blocks as u64;
        self.runs.iter().flat_map(move |run| {
            let units = run.start / n..(run.end - 1) / n + 1;
            let run = run.clone();
            units.map(move |unit| {
                let first = run.start.max(unit * n) - unit * n;
                let last = run.end.min((unit + 1) * n) - unit * n;
                (unit as usize, first as usize..last as usize)
            })
        })
    }

    /// The stretches of the items whose places in the order are in `places`.
    fn part(&self, places: Range<u64>) -> Todo {
        let mut at = 0;
        let mut runs = Vec::new();
        for run in &self.runs {
            let len = run.end - run.start;
            let first = places.start.clamp(at, at + len) - at;
            let last = places.end.clamp(at, at + len) - at;
            runs.push(run.start + first..run.start + last);
            at += len;
        }
        Todo::new(runs)
    }
}

/// The work ahead of one rank.
pub struct Schedule<'a> {
    world: &'a World,
    todo: Todo,
    /// The ranges of places that are handed out; one for this rank alone under the static policy.
    ranges: Vec<Range<u64>>,
    policy: Policy,
    /// Batches of the current range, the next one last.
    ahead: Vec<Batch>,
    n_blocks: usize,
    blocks_per_batch: usize,
    taken: bool,
}

impl<'a> Schedule<'a> {
    /// The schedule of this rank for what is left to do.
    pub fn new(plan: &Plan, todo: &Todo, policy: Policy, world: &'a World) -> Schedule<'a> {
        let n_blocks = plan.channel_blocks.len();
        let (costs, size) = (&plan.unit_costs, world.size());
        let ranges = match policy {
            Policy::Static => vec![static_range(costs, n_blocks, todo, world.rank(), size)],
            Policy::Dynamic => dynamic_ranges(costs, n_blocks, todo, size),
        };
        Schedule {
            world,
            todo: todo.clone(),
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
            let part = self.todo.part(range);
            self.ahead = batches(&part, self.n_blocks, self.blocks_per_batch);
            self.ahead.reverse();
        }
        self.ahead.pop()
    }
}

/// Cuts items into batches of one unit and at most `most` neighbouring blocks.
fn batches(items: &Todo, n_blocks: usize, most: usize) -> Vec<Batch> {
    let mut batches = Vec::new();
    for (unit, blocks) in items.stretches(n_blocks) {
        for first in blocks.clone().step_by(most) {
            batches.push(Batch {
                unit,
                blocks: first..blocks.end.min(first + most),
            });
        }
    }
    batches
}

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

/// Ranges that a rank gets at least, if there are as many items: what a rank holds when it stops or dies is little.
const LEAST_RANGES: u128 = 64;

/// Ranges of places for ranks that ask: each a share of what is left, so that the last ones are small and all ranks end
/// together, and none large, so that a rank that falls behind holds little that others could do.
///
/// Source: guided self-scheduling, Polychronopoulos & Kuck (1987), IEEE Trans. Comput. C-36, 1425–1439, with half
/// their size.
pub fn dynamic_ranges(
    unit_costs: &[u64],
    n_blocks: usize,
    todo: &Todo,
    size: usize,
) -> Vec<Range<u64>> {
    let n_ranks = size as u128;
    let costs = || {
        let stretches = todo.stretches(n_blocks);
        stretches.flat_map(|(unit, blocks)| blocks.map(move |_| u128::from(unit_costs[unit])))
    };
    let total: u128 = costs().sum();
    let mut left = total;
    let mut ranges = Vec::new();
    let (mut start, mut end, mut sum) = (0, 0, 0);
    // a share is left / (2 n_ranks), at most total / (64 n_ranks)
    let is_enough =
        |sum: u128, left: u128| 2 * n_ranks * sum >= left || LEAST_RANGES * n_ranks * sum >= total;
    // an item that would more than double the share waits for the next range
    let is_too_much =
        |sum: u128, left: u128| n_ranks * sum > left || LEAST_RANGES / 2 * n_ranks * sum > total;
    for cost in costs() {
        if end > start && (is_enough(sum, left) || is_too_much(sum + cost, left)) {
            ranges.push(start..end);
            left -= sum;
            (start, sum) = (end, 0);
        }
        sum += cost;
        end += 1;
    }
    if end > start {
        ranges.push(start..end);
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
            costs in prop::collection::vec(1_u64..500, 1..40), n_blocks in 1_usize..6, size in 1_usize..70,
            seed in 0_u64..1000
        ) {
            let todo = some_of(costs.len() * n_blocks, seed);
            let ranges = dynamic_ranges(&costs, n_blocks, &todo, size);
            let mut next = 0;
            for range in &ranges {
                prop_assert_eq!(range.start, next);
                prop_assert!(range.end > range.start);
                next = range.end;
            }
            prop_assert_eq!(next, todo.len());
            if let Some(last) = ranges.last() {
                prop_assert!(size < 2 || last.end - last.start <= 2);
            }
        }

        #[test]
        fn batches_are_the_items_of_their_part_in_order(
            n_units in 1_usize..20, n_blocks in 1_usize..9, most in 1_usize..9, seed in 0_u64..1000,
            from in 0_u64..100, n in 0_u64..100
        ) {
            let n_items = n_units * n_blocks;
            let todo = some_of(n_items, seed);
            let want: Vec<u64> = (0..n_items as u64)
                .filter(|item| is_chosen(*item, seed)).skip(from as usize).take(n as usize).collect();
            let mut items = Vec::new();
            for batch in batches(&todo.part(from..from + n), n_blocks, most) {
                prop_assert!(batch.blocks.len() <= most && !batch.blocks.is_empty());
                prop_assert!(batch.blocks.end <= n_blocks);
                items.extend(batch.blocks.map(|block| (batch.unit * n_blocks + block) as u64));
            }
            prop_assert_eq!(items, want);
        }
    }

    /// About two thirds of the items, in runs; all of them for the first seed.
    fn is_chosen(item: u64, seed: u64) -> bool {
        seed == 0 || (item / (1 + seed % 4) + seed).wrapping_mul(0x9e37_79b9) % 8 > 2
    }

    fn some_of(n_items: usize, seed: u64) -> Todo {
        Todo::of(n_items as u64, |item| is_chosen(item, seed))
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
        assert_eq!(dynamic_ranges(&costs, 1000, &todo, 4)[0], 0..391);
    }

    #[test]
    fn equal_trials_are_shared_in_small_ranges_that_end_with_single_trials() {
        let costs = [1; 6400];
        let ranges = dynamic_ranges(&costs, 1, &all(&costs, 1), 2);
        let sizes: Vec<u64> = ranges.iter().map(|range| range.end - range.start).collect();
        // 1/64 of a rank's share
        assert_eq!(sizes[0], 50);
        assert!(sizes.windows(2).all(|pair| pair[1] <= pair[0]), "{sizes:?}");
        assert_eq!(*sizes.last().unwrap(), 1);
        let few = dynamic_ranges(&costs[..40], 1, &all(&costs[..40], 1), 3);
        assert_eq!(few.len(), 40, "a rank holds one trial when there are few");
    }

    #[test]
    fn what_is_left_is_kept_in_runs() {
        let todo = Todo::of(10, |item| item % 4 != 1);
        assert_eq!(todo.runs, [0..1, 2..5, 6..9]);
        assert_eq!((todo.len(), todo.is_empty()), (7, false));
        let stretches: Vec<_> = todo.stretches(3).collect();
        assert_eq!(stretches, [(0, 0..1), (0, 2..3), (1, 0..2), (2, 0..3)]);
        assert!(Todo::of(10, |_| false).is_empty());
    }
}
