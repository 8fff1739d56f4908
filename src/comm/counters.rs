//! A few numbers on rank 0 that every rank can add to: the work handed out, the work done, and who speaks when the job
//! fails. Ranks ask by message and a thread on rank 0 answers, while rank 0 computes.
//!
//! No window with `MPI_Fetch_and_op`: between hosts Open MPI 4 has none under `MPI_THREAD_MULTIPLE` without RDMA hardware
//! (open-mpi/ompi#5200), and such a thread would be needed all the same, to make progress on rank 0.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use mpi::Tag;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;

/// How often rank 0 looks for questions: far less than a batch takes, and a thousandth of one core.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// What can be added to.
#[derive(Clone, Copy)]
pub enum Counter {
    /// Pieces of work handed out.
    Next,
    /// Work done.
    Done,
    /// Ranks that had something to say when they failed.
    Speakers,
}
const N_COUNTERS: usize = 3;

/// Tag of a question, `[counter, n]`; nothing else is sent on the world's communicator from rank to rank.
const QUESTION: Tag = 1;

/// Tag of the answer: one for each counter, since a failing rank may ask on a second thread.
fn answer(counter: usize) -> Tag {
    QUESTION + 1 + counter as Tag
}

/// For every thread of this rank.
#[derive(Clone)]
pub struct Handle {
    /// On rank 0 the counters; zeros elsewhere.
    values: [Arc<AtomicU64>; N_COUNTERS],
    is_root: bool,
}

impl Handle {
    /// Adds `n` to a counter on rank 0; its value before.
    pub fn fetch_add(&self, counter: Counter, n: u64) -> u64 {
        if self.is_root {
            return self.values[counter as usize].fetch_add(n, Ordering::Relaxed);
        }
        let world = SimpleCommunicator::world();
        let root = world.process_at_rank(0);
        root.send_with_tag(&[counter as u64, n], QUESTION);
        let mut before = 0_u64;
        root.receive_into_with_tag(&mut before, answer(counter as usize));
        before
    }

    fn answer_until(&self, stop: &AtomicBool) {
        let world = SimpleCommunicator::world();
        while !stop.load(Ordering::Relaxed) {
            while let Some(status) = world.any_process().immediate_probe_with_tag(QUESTION) {
                let asking = world.process_at_rank(status.source_rank());
                let mut question = [0_u64; 2];
                asking.receive_into_with_tag(&mut question, QUESTION);
                let [counter, n] = question;
                let counter = counter as usize;
                let before = self.values[counter].fetch_add(n, Ordering::Relaxed);
                asking.send_with_tag(&before, answer(counter));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// The counters, and on rank 0 the thread that answers.
pub struct Counters {
    handle: Handle,
    stop: Arc<AtomicBool>,
    answering: Option<JoinHandle<()>>,
}

impl Counters {
    /// Starts at zero; needs `MPI_THREAD_MULTIPLE`. To be made on every rank of the world.
    pub fn new(is_root: bool) -> Counters {
        let handle = Handle {
            values: Default::default(),
            is_root,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let answering = is_root.then(|| {
            let (handle, stop) = (handle.clone(), stop.clone());
            std::thread::spawn(move || handle.answer_until(&stop))
        });
        Counters {
            handle,
            stop,
            answering,
        }
    }

    /// For other threads of this rank.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Adds `n` to a counter on rank 0; its value before.
    pub fn fetch_add(&self, counter: Counter, n: u64) -> u64 {
        self.handle.fetch_add(counter, n)
    }

    /// On rank 0 the work done by all ranks.
    pub fn done(&self) -> Arc<AtomicU64> {
        self.handle.values[Counter::Done as usize].clone()
    }
}

impl Drop for Counters {
    /// Collective.
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // nobody asks any more once all ranks have come here; until then rank 0 answers
        SimpleCommunicator::world().barrier();
        self.stop.store(true, Ordering::Relaxed);
        if let Some(answering) = self.answering.take() {
            // a panic of that thread has already ended the job
            let _ = answering.join();
        }
    }
}
