//! What is left to do, and how it is cut into batches.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Batch;

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

    /// The items in their order, in batches of one unit and at most `most` neighbouring blocks, as equal as can be.
    pub fn batches(&self, n_blocks: usize, most: usize) -> impl Iterator<Item = Batch> {
        self.stretches(n_blocks).flat_map(move |(unit, blocks)| {
            let n_batches = blocks.len().div_ceil(most);
            let border = move |i: usize| blocks.start + i * blocks.len() / n_batches;
            (0..n_batches).map(move |i| Batch {
                unit,
                blocks: border(i)..border(i + 1),
            })
        })
    }

    /// The stretches of the items whose places in the order are in `places`.
    pub(super) fn part(&self, places: Range<u64>) -> Todo {
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
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
            for batch in todo.part(from..from + n).batches(n_blocks, most) {
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

    pub fn some_of(n_items: usize, seed: u64) -> Todo {
        Todo::of(n_items as u64, |item| is_chosen(item, seed))
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

    #[test]
    fn blocks_of_one_unit_are_read_together_in_equal_batches() {
        let sizes = |n_blocks, most| -> Vec<usize> {
            let batches = Todo::all(n_blocks as u64);
            let batches = batches.batches(n_blocks, most);
            batches.map(|batch| batch.blocks.len()).collect()
        };
        assert_eq!(sizes(8, 8), [8]);
        assert_eq!(sizes(10, 8), [5, 5]);
        assert_eq!(sizes(7, 3), [2, 2, 3]);
    }
}
