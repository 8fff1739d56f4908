//! Which batch comes next on a rank: a fixed range of the work, or ranges on request that shrink towards the end.
//!
//! Work is a line of items, unit by unit (a trial, or a group of trials), block by block of channels. Which ranges there
//! are is pure; only [`Schedule::next`] asks the shared counter which of them is next.

mod ranges;
mod todo;

use std::ops::Range;
use std::time::{Duration, Instant};

pub use ranges::{Ranges, dynamic_ranges, static_range};
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

/// A rank asks for its next range when it has work for less than this: an answer takes a millisecond or two. It does not
/// when its batches take longer, since the next range is better left to others meanwhile.
const ASK_AHEAD: Duration = Duration::from_millis(3);

/// The work ahead of one rank.
pub struct Schedule<'a> {
    source: Box<dyn Source + 'a>,
    /// Batches of the current range, the next one last.
    ahead: Vec<Batch>,
}

impl<'a> Schedule<'a> {
    /// The schedule of this rank for what is left to do.
    pub fn new(plan: &'a Plan, todo: &'a Todo, policy: Policy, world: &'a World) -> Schedule<'a> {
        let (n_blocks, most) = (plan.channel_blocks.len(), plan.blocks_per_batch);
        let (costs, rank, size) = (&plan.unit_costs[..], world.rank(), world.size());
        let mut ahead = Vec::new();
        let source: Box<dyn Source> = match policy {
            Policy::Static => {
                let share = todo.part(static_range(costs, n_blocks, todo, rank, size));
                ahead.extend(share.batches(n_blocks, most));
                Box::new(Nothing)
            }
            Policy::Dynamic => Box::new(Asking {
                world,
                ranges: dynamic_ranges(costs, n_blocks, most, todo, size),
                n_found: 0,
                // the first ranges are given, one to every rank, and the counter counts those after
                next: Next::Known(rank as u64),
                handed_out: None,
            }),
        };
        ahead.reverse();
        Schedule { source, ahead }
    }
}

impl Iterator for Schedule<'_> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        if self.ahead.is_empty() {
            self.source.next_range(&mut self.ahead);
            self.ahead.reverse();
        }
        let batch = self.ahead.pop();
        self.source.handing_out(self.ahead.len());
        batch
    }
}

/// Where a rank gets its ranges from.
trait Source {
    /// Puts the batches of the next range into `range`, or none at the end.
    fn next_range(&mut self, range: &mut Vec<Batch>);
    /// A batch is handed out, after which its range has `n_ahead` more.
    fn handing_out(&mut self, n_ahead: usize);
}

/// What a rank gets after its one range.
struct Nothing;

impl Source for Nothing {
    fn next_range(&mut self, _: &mut Vec<Batch>) {}
    fn handing_out(&mut self, _: usize) {}
}

/// Ranges that are asked for.
struct Asking<'a, I: Iterator<Item = Batch>> {
    world: &'a World,
    ranges: Ranges<'a, I>,
    /// Ranges that were found before the next one.
    n_found: u64,
    next: Next,
    /// When the last batch was handed out.
    handed_out: Option<Instant>,
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

impl<I: Iterator<Item = Batch>> Source for Asking<'_, I> {
    fn next_range(&mut self, range: &mut Vec<Batch>) {
        if matches!(self.next, Next::Unknown) {
            self.world.ask_next();
            self.next = Next::Asked;
        }
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

    fn handing_out(&mut self, n_ahead: usize) {
        let before = self.handed_out.replace(Instant::now());
        let is_near_its_end = before.is_some_and(|before| {
            let left = u32::try_from(n_ahead + 1).ok();
            left.is_some_and(|left| before.elapsed().saturating_mul(left) < ASK_AHEAD)
        });
        if is_near_its_end && matches!(self.next, Next::Unknown) {
            self.world.ask_next();
            self.next = Next::Asked;
        }
    }
}

impl<I: Iterator<Item = Batch>> Drop for Asking<'_, I> {
    /// A job that is asked to stop leaves no answer on its way.
    fn drop(&mut self) {
        if matches!(self.next, Next::Asked) && !std::thread::panicking() {
            self.world.next_answer();
        }
    }
}
