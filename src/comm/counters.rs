//! A few numbers on rank 0 that count what every rank asks for, and the pulse of the ranks: the work handed out, the work done,
//! whether the job should stop, who is still there, and who speaks when the job fails. Ranks ask by message and a thread on
//! rank 0 answers, while rank 0 computes; another thread on every other rank sends its pulse.
//!
//! No window with `MPI_Fetch_and_op`: between hosts Open MPI 4 has none under `MPI_THREAD_MULTIPLE` without RDMA hardware
//! (open-mpi/ompi#5200), and such a thread would be needed all the same, to make progress on rank 0.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mpi::Tag;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;

use super::getting_on::{LastStep, STEP_TIMEOUT, steps};
use super::pauses::Pauses;
use crate::error::{Error, Result};
use crate::signals;
use crate::thread;

/// How often rank 0 looks for questions: far less than a batch takes, and a thousandth of one core.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// How often the other ranks say what they have done, and learn whether to stop: this often in small worlds …
const PULSE_EVERY: Duration = Duration::from_millis(200);
/// … and in large ones so seldom that rank 0 hears of one in this time, which leaves it some 95 % of its core.
const BETWEEN_PULSES: Duration = Duration::from_micros(100);
/// Pulses that may get lost in the noise before a rank counts as silent.
const PULSES_OF_A_TIMEOUT: u32 = 3;

/// What is counted.
#[derive(Clone, Copy)]
pub enum Counter {
    /// Pieces of work handed out.
    Next,
    /// Ranks that had something to say when they failed.
    Speakers,
}
const N_COUNTERS: usize = 2;

/// Tag of a question, the number of a counter. Beside these only pieces of work go from rank to rank on the world's communicator.
const QUESTION: Tag = 1;
/// Tag of a pulse, `[work done since the last one, signal, whether it is the last one, steps since the last one]`, and of its
/// answer, `signal`.
const PULSE: Tag = 2;
const PULSE_BACK: Tag = 3;

/// Tag of the answer: one for each counter, since a failing rank may ask on a second thread.
fn answer(counter: usize) -> Tag {
    PULSE_BACK + 1 + counter as Tag
}

/// What the threads of this rank share.
struct Shared {
    /// On rank 0 the counters; zeros elsewhere.
    values: [AtomicU64; N_COUNTERS],
    /// On rank 0 the work done by all; elsewhere what rank 0 does not know of yet.
    done: Arc<AtomicU64>,
    /// The signal that some rank was asked to stop by, or 0.
    stop: AtomicI32,
    /// How long a rank may be silent, in ms; for ever when 0.
    peer_timeout_ms: AtomicU64,
    /// How long all ranks may stand still, in ms; for ever when 0.
    step_timeout_ms: AtomicU64,
    /// The job has come to its end.
    ended: AtomicBool,
}

impl Default for Shared {
    fn default() -> Shared {
        Shared {
            values: Default::default(),
            done: Arc::default(),
            stop: AtomicI32::new(0),
            peer_timeout_ms: AtomicU64::new(0),
            step_timeout_ms: AtomicU64::new(STEP_TIMEOUT.as_millis() as u64),
            ended: AtomicBool::new(false),
        }
    }
}

/// A time that is kept as a number of ms, of which 0 is for ever.
fn timeout(ms: &AtomicU64) -> Option<Duration> {
    match ms.load(Ordering::Relaxed) {
        0 => None,
        ms => Some(Duration::from_millis(ms)),
    }
}

impl Shared {
    fn peer_timeout(&self) -> Option<Duration> {
        timeout(&self.peer_timeout_ms)
    }

    /// The signal that this or another rank was asked to stop by, or 0.
    fn stop_signal(&self) -> i32 {
        match self.stop.load(Ordering::Relaxed) {
            0 => signals::asked(),
            signal => signal,
        }
    }

    fn note_stop(&self, signal: i32) {
        if signal != 0 {
            self.stop.store(signal, Ordering::Relaxed);
        }
    }
}

/// For every thread of this rank.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
    is_root: bool,
    /// Ends the job.
    fail: fn(Error) -> !,
}

impl Handle {
    /// Asks for the next number of a counter on rank 0.
    pub fn ask(&self, counter: Counter) {
        if !self.is_root {
            let world = SimpleCommunicator::world();
            world
                .process_at_rank(0)
                .send_with_tag(&(counter as u64), QUESTION);
        }
    }

    /// Waits for the number that was asked for: 0, 1, 2, … , each given once.
    pub fn answer(&self, counter: Counter) -> u64 {
        if self.is_root {
            return self.shared.values[counter as usize].fetch_add(1, Ordering::Relaxed);
        }
        let world = SimpleCommunicator::world();
        let mut number = 0_u64;
        world
            .process_at_rank(0)
            .receive_into_with_tag(&mut number, answer(counter as usize));
        number
    }

    /// Rank 0's thread.
    fn answer_until_the_end(&self) {
        let world = SimpleCommunicator::world();
        let mut peers = Peers::new(world.size() as usize);
        let mut last_step = LastStep::new();
        let shared = &self.shared;
        while !shared.ended.load(Ordering::Relaxed) {
            while let Some(status) = world.any_process().immediate_probe_with_tag(QUESTION) {
                let asking = world.process_at_rank(status.source_rank());
                let mut counter = 0_u64;
                asking.receive_into_with_tag(&mut counter, QUESTION);
                let counter = counter as usize;
                let number = shared.values[counter].fetch_add(1, Ordering::Relaxed);
                asking.send_with_tag(&number, answer(counter));
            }
            while let Some(status) = world.any_process().immediate_probe_with_tag(PULSE) {
                let rank = status.source_rank();
                let peer = world.process_at_rank(rank);
                let mut pulse = [0_u64; 4];
                peer.receive_into_with_tag(&mut pulse, PULSE);
                let [done, signal, is_last, steps] = pulse;
                last_step.note(steps);
                shared.done.fetch_add(done, Ordering::Relaxed);
                shared.note_stop(signal as i32);
                peers.heard_of(rank as usize, is_last == 1);
                peer.send_with_tag(&(shared.stop_signal() as u64), PULSE_BACK);
            }
            if let Some(timeout) = shared.peer_timeout()
                && let Some(rank) = peers.silent_for(timeout)
            {
                (self.fail)(Error::Launch(format!(
                    "rank {rank} has given no sign of life for {} s (parallel.peer_timeout)",
                    timeout.as_secs_f64()
                )));
            }
            last_step.note(steps());
            if let Some(timeout) = timeout(&shared.step_timeout_ms)
                && let Err(error) = last_step.check(timeout)
            {
                (self.fail)(error);
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// The thread of every other rank.
    fn pulse_until_the_end(&self) {
        let world = SimpleCommunicator::world();
        let root = world.process_at_rank(0);
        let shared = &self.shared;
        let (rank, size) = (world.rank() as usize, world.size() as usize);
        let pause = pulse_every(size);
        // all began together, and rank 0 should not hear from all together
        std::thread::park_timeout(pause * rank as u32 / size as u32);
        loop {
            let is_last = shared.ended.load(Ordering::Relaxed);
            let done = shared.done.swap(0, Ordering::Relaxed);
            let signal = signals::asked() as u64;
            root.send_with_tag(&[done, signal, u64::from(is_last), steps()], PULSE);
            let mut asked = Instant::now();
            let mut pauses = Pauses::new();
            while root.immediate_probe_with_tag(PULSE_BACK).is_none() {
                let timeout = shared.peer_timeout();
                if timeout.is_some_and(|timeout| pauses.was_one(timeout)) {
                    asked = Instant::now();
                }
                if let Some(timeout) = timeout.filter(|timeout| asked.elapsed() > *timeout) {
                    (self.fail)(Error::Launch(format!(
                        "rank 0 has given no sign of life for {} s (parallel.peer_timeout)",
                        timeout.as_secs_f64()
                    )));
                }
                std::thread::sleep(LOOK_EVERY);
            }
            let mut signal = 0_u64;
            root.receive_into_with_tag(&mut signal, PULSE_BACK);
            shared.note_stop(signal as i32);
            if is_last {
                return;
            }
            std::thread::park_timeout(pause);
        }
    }
}

/// How often each of so many ranks sends its pulse.
fn pulse_every(size: usize) -> Duration {
    let of_all = u32::try_from(size).map(|size| BETWEEN_PULSES * size);
    PULSE_EVERY.max(of_all.unwrap_or(Duration::MAX))
}

/// Pulses may come late: no shorter time tells that a rank is silent.
fn least_timeout() -> Duration {
    pulse_every(SimpleCommunicator::world().size() as usize) * PULSES_OF_A_TIMEOUT
}

/// When rank 0 heard of the others last.
struct Peers {
    /// None when a rank has said that it is at its end.
    heard: Vec<Option<Instant>>,
    pauses: Pauses,
}

impl Peers {
    fn new(size: usize) -> Peers {
        Peers {
            heard: vec![Some(Instant::now()); size],
            pauses: Pauses::new(),
        }
    }

    fn heard_of(&mut self, rank: usize, is_last: bool) {
        self.heard[rank] = (!is_last).then(Instant::now);
    }

    /// A rank that was silent for longer than `timeout`, not counting time in which this process itself did not run.
    fn silent_for(&mut self, timeout: Duration) -> Option<usize> {
        let now = Instant::now();
        if self.pauses.was_one(timeout) {
            self.heard
                .iter_mut()
                .flatten()
                .for_each(|heard| *heard = now);
        }
        let is_silent = |heard: &Option<Instant>| heard.is_some_and(|heard| now - heard > timeout);
        (1..self.heard.len()).find(|&rank| is_silent(&self.heard[rank]))
    }
}

/// The counters, and this rank's thread.
pub struct Counters {
    handle: Handle,
    /// Questions for more work whose answers nobody has waited for.
    n_open: Cell<u64>,
    thread: Option<JoinHandle<()>>,
}

/// Counters whose thread waits: they count once all ranks have them, and end without a word when dropped before.
pub struct Prepared {
    handle: Handle,
    thread: JoinHandle<()>,
    go: Sender<()>,
}

impl Prepared {
    /// From now on they count. To be called on every rank of the world, or on none.
    pub fn start(self) -> Counters {
        self.go.send(()).expect("the thread waits");
        Counters {
            handle: self.handle,
            n_open: Cell::new(0),
            thread: Some(self.thread),
        }
    }
}

impl Counters {
    /// Starts at zero; needs `MPI_THREAD_MULTIPLE`. To be made on every rank of the world. `fail` ends the job when a rank
    /// gives no sign of life any more.
    ///
    /// # Errors
    /// There is no room for a thread.
    pub fn prepare(is_root: bool, fail: fn(Error) -> !) -> Result<Prepared> {
        let handle = Handle {
            shared: Arc::default(),
            is_root,
            fail,
        };
        let (go, gone) = channel();
        let thread = {
            let handle = handle.clone();
            thread::spawn(move || {
                if gone.recv().is_err() {
                    return;
                }
                if is_root {
                    handle.answer_until_the_end()
                } else {
                    handle.pulse_until_the_end()
                }
            })?
        };
        Ok(Prepared { handle, thread, go })
    }

    /// For other threads of this rank.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Asks for more work.
    pub fn ask_next(&self) {
        self.handle.ask(Counter::Next);
        self.n_open.set(self.n_open.get() + 1);
    }

    /// Waits for the answer to the first question that is open, or to one that is asked now.
    pub fn next_answer(&self) -> u64 {
        if self.n_open.get() == 0 {
            self.ask_next();
        }
        self.n_open.set(self.n_open.get() - 1);
        self.handle.answer(Counter::Next)
    }

    /// The work done: on rank 0 by all ranks, a moment ago.
    pub fn done(&self) -> &Arc<AtomicU64> {
        &self.handle.shared.done
    }

    /// The signal that a rank was asked to stop by, or 0.
    pub fn stop_signal(&self) -> i32 {
        self.handle.shared.stop_signal()
    }

    /// From now on a rank that is silent for this long, and for some pulses, ends the job.
    pub fn set_peer_timeout(&self, timeout: Option<Duration>) {
        let ms = timeout.map_or(0, |timeout| timeout.max(least_timeout()).as_millis() as u64);
        self.handle
            .shared
            .peer_timeout_ms
            .store(ms, Ordering::Relaxed);
    }

    /// From now on a job whose ranks all stand still for this long, and for some pulses, ends.
    pub fn set_step_timeout(&self, timeout: Option<Duration>) {
        let ms = timeout.map_or(0, |timeout| timeout.max(least_timeout()).as_millis() as u64);
        self.handle
            .shared
            .step_timeout_ms
            .store(ms, Ordering::Relaxed);
    }

    fn end(&mut self) {
        self.handle.shared.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // a panic of that thread has already ended the job
            let _ = thread.join();
        }
    }
}

impl Drop for Counters {
    /// Collective.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // MPI must not end while a message is on its way, as when a rank that had asked was told to stop
        while self.n_open.get() > 0 {
            self.next_answer();
        }
        if !self.handle.is_root {
            self.end();
        }
        // nobody asks any more once all ranks have come here; until then rank 0 answers
        SimpleCommunicator::world().barrier();
        if self.handle.is_root {
            self.end();
        }
    }
}

#[cfg(test)]
mod tests;
