//! The world of ranks: the only place that says `mpi::`. Everyone else gets a [`World`] or plain numbers `(rank, size)`.
//!
//! A world of one never initialises MPI: it is the serial program. Nobody waits for a rank that has failed: results of a
//! setup step are agreed upon ([`World::agree`]), a failure between steps ends the job ([`fail`]), a panic too
//! ([`end_job_on_panic`]).

mod counters;
mod farewell;
mod gathering;
mod getting_on;
mod handing_in;
mod hints;
mod last_words;
mod may_not_end;
mod out_of_memory;
mod pauses;
mod transport;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use mpi::collective::SystemOperation;
use mpi::environment::Universe;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;

use crate::error::{Error, Result};
use counters::Counters;
use farewell::Farewell;
pub use farewell::leave;
pub use getting_on::{STEP_TIMEOUT, computing, note_progress};
pub use hints::{Hints, Info, MAX_NAME, MAX_VALUE};
pub use last_words::{end_job_on_panic, fail, say};
pub use may_not_end::may_not_end;
pub use out_of_memory::{Allocator, leave_when_out_of_memory};

/// Elements of one message at most; MPI counts in 32 bits.
const MAX_MESSAGE: usize = 1 << 30;

const MAX_BIT: u64 = 1 << 63;

/// All ranks of the job.
pub struct World {
    rank: usize,
    size: usize,
    /// What this process would exit with now.
    exit_code: Cell<u8>,
    local: LocalCounters,
    // the counters go before the universe, whose drop ends MPI
    mpi: Option<Mpi>,
}

/// The shared numbers of a world of one.
#[derive(Default)]
struct LocalCounters {
    next: AtomicU64,
    done: Arc<AtomicU64>,
}

struct Mpi {
    counters: Option<Counters>,
    /// Files this process may open, when they are fewer than its connections may become.
    most_files: Option<u64>,
    world: SimpleCommunicator,
    _universe: Universe,
}

impl World {
    /// A world of one, without MPI.
    pub fn serial() -> World {
        World {
            rank: 0,
            size: 1,
            exit_code: Cell::new(1),
            local: LocalCounters::default(),
            mpi: None,
        }
    }

    /// The world that mpirun or srun started, on one host or on any number. Collective.
    ///
    /// # Errors
    /// MPI is initialised already, or cannot be; a rank has no room for a thread.
    pub fn join(is_on_one_host: bool) -> Result<World> {
        if is_on_one_host {
            transport::stay_on_this_host();
        }
        let (universe, provided) = mpi::initialize_with_threading(mpi::Threading::Multiple)
            .ok_or_else(|| Error::Launch("MPI is initialised already".into()))?;
        transport::send_without_delay();
        let world = universe.world();
        let (rank, size) = (world.rank() as usize, world.size() as usize);
        let most_files = transport::allow_connections(size);
        last_words::set_rank(rank, size);
        crate::faults::set_rank(rank);
        let has_counters = size > 1 && provided == mpi::Threading::Multiple;
        let prepared = has_counters.then(|| Counters::prepare(rank == 0, fail));
        let mut world = World {
            rank,
            size,
            exit_code: Cell::new(1),
            local: LocalCounters::default(),
            mpi: Some(Mpi {
                counters: None,
                most_files,
                world,
                _universe: universe,
            }),
        };
        let prepared = world.agree(prepared.transpose());
        let prepared = prepared.map_err(|error| world.speak(error))?;
        if let (Some(prepared), Some(mpi)) = (prepared, &mut world.mpi) {
            let counters = prepared.start();
            last_words::set_counters(counters.handle().clone());
            mpi.counters = Some(counters);
        }
        Ok(world)
    }

    /// Nothing is left to do on this rank but to end MPI.
    pub fn note_done(&self) {
        self.exit_code.set(0);
    }

    /// This rank, from 0.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Number of ranks.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether this rank speaks for all.
    pub fn is_root(&self) -> bool {
        self.rank == 0
    }

    /// The communicator for HDF5, if there is more than one rank.
    pub fn communicator(&self) -> Option<mpi::ffi::MPI_Comm> {
        self.mpi
            .as_ref()
            .filter(|_| self.size > 1)
            .map(|mpi| mpi.world.as_raw())
    }

    /// Whether ranks can share a counter; without, only the static schedule works.
    pub fn has_counter(&self) -> bool {
        self.size == 1 || self.mpi.as_ref().is_some_and(|mpi| mpi.counters.is_some())
    }

    /// Asks for the next number of the counter of handed-out work, which [`World::next_answer`] waits for.
    ///
    /// # Panics
    /// If [`World::has_counter`] is false.
    pub fn ask_next(&self) {
        if let Some(counters) = self.counters() {
            counters.ask_next();
        }
    }

    /// The answer to [`World::ask_next`]: 0, 1, 2, … , every number once.
    ///
    /// # Panics
    /// If [`World::has_counter`] is false.
    pub fn next_answer(&self) -> u64 {
        match self.counters() {
            Some(counters) => counters.next_answer(),
            None => self
                .local
                .next
                .fetch_add(1, std::sync::atomic::Ordering::Relaxed),
        }
    }

    fn counters(&self) -> Option<&Counters> {
        let mpi = self.mpi.as_ref().filter(|_| self.size > 1)?;
        Some(mpi.counters.as_ref().expect("the caller asked has_counter"))
    }

    /// Adds `n` to the work done by all ranks; rank 0 sees it a moment later.
    pub fn add_done(&self, n: u64) {
        note_progress();
        self.done_cell()
            .fetch_add(n, std::sync::atomic::Ordering::Relaxed);
    }

    /// The work done by all ranks, to be read on rank 0 at any time.
    pub fn done(&self) -> Arc<AtomicU64> {
        self.done_cell().clone()
    }

    fn done_cell(&self) -> &Arc<AtomicU64> {
        let counters = self.mpi.as_ref().and_then(|mpi| mpi.counters.as_ref());
        counters.map_or(&self.local.done, Counters::done)
    }

    /// Whether this rank or another one was asked to stop.
    pub fn is_stopping(&self) -> bool {
        self.stop_signal() != 0
    }

    /// The signal that a rank was asked to stop by, or 0. Others learn of it a moment later.
    pub fn stop_signal(&self) -> i32 {
        let counters = self.mpi.as_ref().and_then(|mpi| mpi.counters.as_ref());
        counters.map_or_else(crate::signals::asked, Counters::stop_signal)
    }

    /// From now on a rank of which nothing is heard for this long ends the job. Whether ranks can hear each other.
    pub fn set_peer_timeout(&self, timeout: Option<Duration>) -> bool {
        match self.mpi.as_ref().and_then(|mpi| mpi.counters.as_ref()) {
            Some(counters) => counters.set_peer_timeout(timeout),
            None => return self.size == 1,
        }
        true
    }

    /// From now on a job whose ranks all stand still for this long ends. Whether rank 0 can hear of the others' steps.
    pub fn set_step_timeout(&self, timeout: Option<Duration>) -> bool {
        match self.mpi.as_ref().and_then(|mpi| mpi.counters.as_ref()) {
            Some(counters) => counters.set_step_timeout(timeout),
            None => return self.size == 1,
        }
        true
    }

    /// How many files this process may open, when they are fewer than the connections it may need.
    pub fn too_few_files(&self) -> Option<u64> {
        self.mpi.as_ref()?.most_files
    }

    /// Waits for all ranks. Collective.
    pub fn barrier(&self) {
        if let Some(mpi) = &self.mpi {
            mpi.world.barrier();
        }
    }

    /// Rank 0's bytes on every rank. Collective.
    pub fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8> {
        let Some(mpi) = &self.mpi else { return bytes };
        let root = mpi.world.process_at_rank(0);
        let mut len = bytes.len() as u64;
        root.broadcast_into(&mut len);
        let mut bytes = bytes;
        bytes.resize(len as usize, 0);
        for piece in bytes.chunks_mut(MAX_MESSAGE) {
            root.broadcast_into(piece);
        }
        bytes
    }

    /// The bytes of rank `from` on every rank, in their place. Collective.
    pub fn hand_out(&self, from: usize, bytes: &mut [u8]) {
        note_progress();
        let Some(mpi) = &self.mpi else { return };
        let root = mpi.world.process_at_rank(from as i32);
        for piece in bytes.chunks_mut(MAX_MESSAGE) {
            root.broadcast_into(piece);
        }
    }

    /// A value of rank 0 on every rank. Collective.
    ///
    /// # Panics
    /// If the value does not survive its encoding, which would be a bug.
    pub fn share<T: serde::Serialize + serde::de::DeserializeOwned>(&self, value: Option<T>) -> T {
        if self.size == 1 {
            return value.expect("rank 0 has the value");
        }
        let bytes =
            value.map(|value| postcard::to_stdvec(&value).expect("our own types can be encoded"));
        let bytes = self.broadcast(bytes.unwrap_or_default());
        postcard::from_bytes(&bytes).expect("what rank 0 encoded can be decoded")
    }

    /// The smallest value of all ranks. Collective.
    pub fn min(&self, value: u64) -> u64 {
        let Some(mpi) = &self.mpi else { return value };
        // MPICH 4.0.2 compares unsigned numbers of 64 bits as signed ones: the highest bit turned, their order is the same
        let signed = (value ^ MAX_BIT) as i64;
        let mut least = 0_i64;
        mpi.world
            .all_reduce_into(&signed, &mut least, SystemOperation::min());
        least as u64 ^ MAX_BIT
    }

    /// Makes one result of all ranks' results: every rank returns an error when one has failed, and the lowest that did
    /// is the one that speaks. Collective.
    ///
    /// # Errors
    /// This rank's own error if it is the lowest that failed, else [`Error::Elsewhere`].
    pub fn agree<T>(&self, result: Result<T>) -> Result<T> {
        self.agree_as_is(result.map_err(|error| error.on_rank(self.rank, self.size)))
    }

    /// Lets rank 0 do something for all: its result on rank 0, nothing on the others. Collective.
    ///
    /// # Errors
    /// Rank 0's error there, [`Error::Elsewhere`] on the others.
    pub fn on_root<T>(&self, f: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
        self.agree_as_is(if self.is_root() {
            f().map(Some)
        } else {
            Ok(None)
        })
    }

    fn agree_as_is<T>(&self, result: Result<T>) -> Result<T> {
        if self.mpi.is_none() {
            return result;
        }
        // the lowest rank wins, its exit code rides along
        let code = match &result {
            Ok(_) => u64::MAX,
            Err(error) => (self.rank as u64) << 8 | u64::from(error.exit_code()),
        };
        let least = self.min(code);
        let rank = (least >> 8) as usize;
        match result {
            Ok(_) if least != u64::MAX => Err(Error::Elsewhere {
                rank,
                exit_code: least as u8,
            }),
            Err(_) if rank != self.rank => Err(Error::Elsewhere {
                rank,
                exit_code: least as u8,
            }),
            result => result,
        }
    }

    /// Lets the rank whose error it is speak before any rank leaves: launchers end the others as soon as one has left with
    /// an error. What every rank returns then. Collective.
    pub fn speak(&self, error: Error) -> Error {
        self.exit_code.set(error.exit_code());
        if self.size == 1 {
            return error;
        }
        if error.is_ours() {
            last_words::say(&format!("error: {}", error.one_line()));
        }
        self.barrier();
        Error::Elsewhere {
            rank: self.rank,
            exit_code: error.exit_code(),
        }
    }
}

impl crate::spectral::Makers for World {
    fn place(&self) -> (usize, usize) {
        (self.rank, self.size)
    }

    fn hand_out(&self, maker: usize, bytes: &mut [u8]) {
        World::hand_out(self, maker, bytes);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        last_words::forget_counters();
        if let Some(Mpi {
            counters,
            world,
            _universe,
            ..
        }) = self.mpi.take()
        {
            // the counters go first, then MPI ends
            drop((counters, world));
            let _farewell = may_not_end().then(|| Farewell::begin(self.rank, self.exit_code.get()));
            drop(_universe);
        }
        last_words::set_rank(0, 1);
    }
}

/// Name and version of the MPI library, without initialising it.
pub fn library_version() -> String {
    let version = mpi::environment::library_version().unwrap_or_default();
    let first = version.split(['\n', ',']).next().unwrap_or_default();
    // MPICH says "MPICH Version:", a tab and the number
    let words: Vec<&str> = first
        .split_whitespace()
        .filter(|word| *word != "Version:")
        .collect();
    words.join(" ")
}

/// Whether the library is MPICH or one of its relatives, which take other launcher options than Open MPI.
pub fn is_mpich() -> bool {
    !library_version().starts_with("Open MPI")
}
