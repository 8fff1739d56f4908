//! Which batch comes next on a rank: a fixed range of the work, or ranges on request that shrink towards the end.
//!
//! Work is a line of items, unit by unit (a trial, or a group of trials), block by block of channels. Which ranges there
//! are is pure; only [`Schedule::next`] asks the shared counter which of them is next.

mod ranges;
mod todo;

use std::ops::Range;
use std::time::{Duration, Instant};

pub use ranges::{Ranges, dynamic_ranges, static_range, static_ranges};
pub use todo::Todo;

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

/// A rank whose batches take less than this asks for its next range before the last batch of the present one: an answer
/// takes a millisecond or two. When they take longer, another rank may be done first and is better given the range.
const ASK_AHEAD: Duration = Duration::from_millis(20);

/// Whether a rank asks for its next range before a batch with `n_ahead` more behind it in its range, when the batch
/// `before` took so long. Never sooner: what a rank holds when it stops or dies is little.
pub fn asks_ahead(before: Duration, n_ahead: usize) -> bool {
    n_ahead == 0 && before < ASK_AHEAD
}

/// The work ahead of one rank.
pub struct Schedule<'a> {
    /// Batches of the current range, the next one last.
    ahead: Vec<Batch>,
    /// Where further ranges come from; under the static policy there are none.
    asking: Option<Asking<'a>>,
    /// When the last batch was handed out.
    handed_out: Option<Instant>,
}

impl<'a> Schedule<'a> {
    /// The schedule of this rank for what is left to do.
    pub fn new(plan: &'a Plan, todo: &'a Todo, policy: Policy, world: &'a World) -> Schedule<'a> {
        let (n_blocks, most) = (plan.channel_blocks.len(), plan.blocks_per_batch);
        let (costs, rank, size) = (&plan.unit_costs[..], world.rank(), world.size());
        let mut schedule = Schedule {
            ahead: Vec::new(),
            asking: None,
            handed_out: None,
        };
        match policy {
            Policy::Static => {
                let share = todo.part(static_range(costs, n_blocks, todo, rank, size));
                schedule.ahead.extend(share.batches(n_blocks, most));
                schedule.ahead.reverse();
            }
            Policy::Dynamic => {
                schedule.asking = Some(Asking {
                    world,
                    ranges: dynamic_ranges(costs, n_blocks, most, todo, size),
                    n_found: 0,
                    // the first ranges are given, one to every rank, and the counter counts those after
                    next: Next::Known(rank as u64),
                });
            }
        }
        schedule
    }
}

impl Iterator for Schedule<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let before = self.handed_out.map(|at| at.elapsed());
        if let Some(asking) = &mut self.asking
            && self.ahead.is_empty()
        {
            asking.next_range(&mut self.ahead);
            self.ahead.reverse();
        }
        let batch = self.ahead.pop()?;
        if let Some(asking) = &mut self.asking
            && before.is_some_and(|before| asks_ahead(before, self.ahead.len()))
        {
            asking.ask();
        }
        self.handed_out = Some(Instant::now());
        Some(batch)
    }
}

/// Ranges that are asked for.
struct Asking<'a> {
    world: &'a World,
    ranges: Ranges<'a>,
    /// Ranges that were found before the next one.
    n_found: u64,
    next: Next,
}

/// What is known of a rank's next range.
enum Next {
    /// Its number.
    Known(u64),
    /// The question is on its way.
    Asked,
    /// Nothing yet.
    Unknown,
    /// There is none.
    None,
}

impl Asking<'_> {
    /// Asks for the next range, unless its number is known or on its way.
    fn ask(&mut self) {
        if matches!(self.next, Next::Unknown) {
            self.world.ask_next();
            self.next = Next::Asked;
        }
    }

    /// Puts the batches of the next range into `range`, or none at the end.
    fn next_range(&mut self, range: &mut Vec<Batch>) {
        self.ask();
        let number = match self.next {
            Next::Known(number) => number,
            Next::Asked => self.world.size() as u64 + self.world.next_answer(),
            Next::Unknown | Next::None => return,
        };
        self.next = Next::Unknown;
        while self.n_found <= number {
            self.ranges.next_into(range);
            self.n_found += 1;
            if range.is_empty() {
                self.next = Next::None;
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_asks_ahead_when_it_would_wait_and_not_when_others_would() {
        let ms = Duration::from_millis;
        assert!(asks_ahead(ms(1), 0));
        assert!(!asks_ahead(ms(1), 1), "it would hold much when it stops");
        assert!(!asks_ahead(ms(500), 0), "another rank is done first");
    }
}
