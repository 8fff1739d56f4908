//! Jobs and what becomes of them: chunk times drawn by chance, rank 0's thread, and the program's own ranges.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, LogNormal};

use slepian::schedule::{Batch, Todo, dynamic_ranges, static_ranges};

/// Rank 0's thread sleeps this long when nobody asks any more, with the timer's 50 µs: `LOOK_EVERY` in src/comm/counters.rs.
const LOOK_EVERY_S: f64 = 1.05e-3;
/// What an answer takes rank 0, and a message on its way: benches/handouts.rs measured 2 to 6 µs with 64 ranks on two cores,
/// and networks of clusters take about as long as this.
const SERVICE_S: f64 = 3e-6;
const MESSAGE_S: f64 = 2e-6;

/// Ranks of a host.
const RANKS_PER_HOST: usize = 64;
/// Spread of the lengths of trials: of their logarithms, as of all the following.
const SPREAD_OF_TRIALS: f64 = 0.5;
/// Spread of the time of a chunk beside its length: caches, the file system, other jobs.
const SPREAD_OF_CHUNKS: f64 = 0.1;
/// Spread of the speed of uneven hosts, and how many of them, one in so many, have half of it.
const SPREAD_OF_HOSTS: f64 = 0.05;
const ONE_SLOW_HOST_IN: usize = 50;

/// What is computed where.
pub struct Job {
    n_ranks: usize,
    /// Channel blocks of a trial, and how many of them fit into memory at once.
    pub n_blocks: usize,
    pub blocks_per_batch: usize,
    /// Of every trial, in samples: what the schedules know.
    costs: Vec<u64>,
    /// Of a block of every trial, on a host of speed 1.
    seconds: Vec<f32>,
    /// Of every host.
    speeds: Vec<f64>,
}

impl Job {
    /// Trials of `mean_s` seconds per block, in one block each.
    pub fn new(
        n_ranks: usize,
        n_trials: usize,
        mean_s: f64,
        hosts_are_even: bool,
        seed: u64,
    ) -> Job {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let log_normal = |spread| LogNormal::new(0.0, spread).expect("a spread is not negative");
        let (length, chunk, host) = (
            log_normal(SPREAD_OF_TRIALS),
            log_normal(SPREAD_OF_CHUNKS),
            log_normal(SPREAD_OF_HOSTS),
        );
        let lengths = (0..n_trials).map(|_| length.sample(&mut random));
        let costs: Vec<u64> = lengths.map(|length| (2000.0 * length) as u64 + 1).collect();
        let mean_cost = costs.iter().sum::<u64>() as f64 / n_trials as f64;
        let seconds = costs
            .iter()
            .map(|&cost| (mean_s * cost as f64 / mean_cost * chunk.sample(&mut random)) as f32);
        let seconds = seconds.collect();
        let speeds = (0..n_ranks.div_ceil(RANKS_PER_HOST)).map(|number| match hosts_are_even {
            true => 1.0,
            false if number % ONE_SLOW_HOST_IN == ONE_SLOW_HOST_IN / 4 => 0.5,
            false => host.sample(&mut random),
        });
        Job {
            n_ranks,
            n_blocks: 1,
            blocks_per_batch: 1,
            costs,
            seconds,
            speeds: speeds.collect(),
        }
    }

    fn todo(&self) -> Todo {
        Todo::all((self.costs.len() * self.n_blocks) as u64)
    }

    fn speed(&self, rank: usize) -> f64 {
        self.speeds[rank / RANKS_PER_HOST]
    }

    fn takes(&self, batch: &Batch, rank: usize) -> f64 {
        f64::from(self.seconds[batch.unit]) * batch.blocks.len() as f64 / self.speed(rank)
    }

    /// The time of all work over the time of all ranks, when the last of them ends at `end`. A slow rank's time counts
    /// by its speed.
    fn efficiency(&self, end: f64) -> f64 {
        let work: f64 = self.seconds.iter().map(|&s| f64::from(s)).sum();
        let speed: f64 = (0..self.n_ranks).map(|rank| self.speed(rank)).sum();
        work * self.n_blocks as f64 / (speed * end)
    }
}

/// What came of a job.
pub struct Outcome {
    pub efficiency: f64,
    pub n_questions: u64,
    /// Share of the job that rank 0's thread spent on answers.
    pub busy: f64,
}

pub fn by_static_schedule(job: &Job) -> Outcome {
    let todo = job.todo();
    let mut end = 0_f64;
    for (rank, range) in static_ranges(&job.costs, job.n_blocks, &todo, job.n_ranks).enumerate() {
        let blocks = range.map(|item| job.seconds[item as usize / job.n_blocks]);
        let seconds: f64 = blocks.map(f64::from).sum();
        end = end.max(seconds / job.speed(rank));
    }
    Outcome {
        efficiency: job.efficiency(end),
        n_questions: 0,
        busy: 0.0,
    }
}

/// Rank 0's thread: answers until nobody asks, then sleeps.
#[derive(Default)]
struct Questions {
    /// When it is done with all answers so far.
    done: f64,
    n: u64,
}

impl Questions {
    /// When the answer to a question that was sent at `time` is there. Questions come in the order of their time.
    fn answer(&mut self, time: f64) -> f64 {
        let arrival = time + MESSAGE_S;
        if arrival > self.done {
            self.done += ((arrival - self.done) / LOOK_EVERY_S).ceil() * LOOK_EVERY_S;
        }
        self.done += SERVICE_S;
        self.n += 1;
        self.done + MESSAGE_S
    }
}

/// When a rank asks for its next range, and has done the present one.
struct Turn {
    asks: f64,
    ends: f64,
}

/// Whether a rank asks for its next range, from the time that its last batch took and the number of batches after the one
/// that it begins.
pub type Rule = fn(Duration, usize) -> bool;

fn turn(job: &Job, range: &[Batch], rank: usize, start: f64, before: &mut f64, rule: Rule) -> Turn {
    let (mut time, mut asks) = (start, None);
    for (i, batch) in range.iter().enumerate() {
        let is_asked = asks.is_some() || !before.is_finite();
        if !is_asked && rule(Duration::from_secs_f64(*before), range.len() - 1 - i) {
            asks = Some(time);
        }
        *before = job.takes(batch, rank);
        time += *before;
    }
    Turn {
        asks: asks.unwrap_or(time),
        ends: time,
    }
}

pub fn by_dynamic_schedule(job: &Job, rule: Rule) -> Outcome {
    let todo = job.todo();
    let most = job.blocks_per_batch;
    let mut ranges = dynamic_ranges(&job.costs, job.n_blocks, most, &todo, job.n_ranks);
    let mut range = Vec::new();
    let mut questions = Questions::default();
    let mut before = vec![f64::INFINITY; job.n_ranks];
    // (nanoseconds of the question, rank), and when the rank has nothing to do
    let mut asking = BinaryHeap::with_capacity(job.n_ranks);
    let mut ends = vec![0.0; job.n_ranks];
    let nanoseconds = |time: f64| (time * 1e9) as u64;
    for rank in 0..job.n_ranks {
        ranges.next_into(&mut range);
        let turn = turn(job, &range, rank, 0.0, &mut before[rank], rule);
        ends[rank] = turn.ends;
        asking.push(Reverse((nanoseconds(turn.asks), rank)));
    }
    while let Some(Reverse((time, rank))) = asking.pop() {
        let time = time as f64 / 1e9;
        // rank 0 asks nobody
        let answer = if rank == 0 {
            time
        } else {
            questions.answer(time)
        };
        ranges.next_into(&mut range);
        if range.is_empty() {
            ends[rank] = ends[rank].max(answer);
            continue;
        }
        let start = ends[rank].max(answer);
        let turn = turn(job, &range, rank, start, &mut before[rank], rule);
        ends[rank] = turn.ends;
        asking.push(Reverse((nanoseconds(turn.asks), rank)));
    }
    let end = ends.iter().copied().fold(0.0, f64::max);
    Outcome {
        efficiency: job.efficiency(end),
        n_questions: questions.n,
        busy: questions.n as f64 * SERVICE_S / end,
    }
}
