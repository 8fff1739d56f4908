//! A few words of memory on rank 0 that every rank can add to: the counter of dynamic scheduling, the work done, and who
//! speaks when the job fails. `MPI_Fetch_and_op` needs rank 0 to progress while it computes, so a thread there probes
//! every millisecond.

use std::ffi::{c_int, c_void};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use mpi::ffi;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;

use super::last_words;

/// How often rank 0 makes progress. Tried on Open MPI and MPICH, shared memory and TCP: the slowest fetch took 8 ms.
const PROBE_EVERY: Duration = Duration::from_millis(1);
/// Probes between two looks at the work done.
const PROBES_PER_LOOK: u32 = 100;

/// The words of the window.
#[derive(Clone, Copy)]
pub enum Word {
    /// Pieces of work handed out.
    Next,
    /// Work done.
    Done,
    /// Ranks that had something to say when they failed.
    Speakers,
}
const N_WORDS: usize = 3;

/// The handle of the window, for every thread of this rank.
#[derive(Clone, Copy)]
pub struct Handle(ffi::MPI_Win);

// SAFETY: MPI runs with MPI_THREAD_MULTIPLE, under which any thread may use a window's handle.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Handle {
    /// Adds `n` to a word on rank 0; its value before.
    pub fn fetch_add(self, word: Word, n: u64) -> u64 {
        let mut before = 0_u64;
        // SAFETY: both addresses are of u64s that live until the flush returns; the window has N_WORDS words on rank 0
        // and is in a passive-target epoch (lock_all) from creation to drop.
        unsafe {
            ffi::MPI_Fetch_and_op(
                ptr::from_ref(&n).cast::<c_void>(),
                ptr::from_mut(&mut before).cast::<c_void>(),
                ffi::RSMPI_UINT64_T,
                0,
                word as ffi::MPI_Aint,
                ffi::RSMPI_SUM,
                self.0,
            );
            ffi::MPI_Win_flush(0, self.0);
        }
        before
    }
}

/// The shared words, and on rank 0 the thread that keeps them reachable.
pub struct Window {
    handle: Handle,
    done: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    progress: Option<JoinHandle<()>>,
}

impl Window {
    /// Makes the window on `world`. Collective; needs `MPI_THREAD_MULTIPLE`.
    pub fn new(world: &SimpleCommunicator) -> Window {
        let is_root = world.rank() == 0;
        let mut base: *mut u64 = ptr::null_mut();
        // SAFETY: null windows are overwritten by MPI_Win_allocate.
        let mut win = unsafe { ffi::RSMPI_WIN_NULL };
        let bytes = if is_root {
            N_WORDS * size_of::<u64>()
        } else {
            0
        };
        // SAFETY: called on every rank of the world; `base` and `win` are places for the results. The words are zeroed
        // under an exclusive lock before the barrier, so nobody adds to them earlier. MPI aborts on any error.
        unsafe {
            ffi::MPI_Win_allocate(
                bytes as ffi::MPI_Aint,
                size_of::<u64>() as c_int,
                ffi::RSMPI_INFO_NULL,
                world.as_raw(),
                ptr::from_mut(&mut base).cast::<c_void>(),
                &mut win,
            );
            if is_root {
                ffi::MPI_Win_lock(ffi::MPI_LOCK_EXCLUSIVE as c_int, 0, 0, win);
                ptr::write_bytes(base, 0, N_WORDS);
                ffi::MPI_Win_unlock(0, win);
            }
            ffi::MPI_Barrier(world.as_raw());
            ffi::MPI_Win_lock_all(0, win);
        }
        let handle = Handle(win);
        let done = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let progress = is_root.then(|| {
            let (done, stop) = (done.clone(), stop.clone());
            std::thread::spawn(move || keep_reachable(handle, &done, &stop))
        });
        last_words::set_window(handle);
        Window {
            handle,
            done,
            stop,
            progress,
        }
    }

    /// Adds `n` to a word on rank 0; its value before.
    pub fn fetch_add(&self, word: Word, n: u64) -> u64 {
        self.handle.fetch_add(word, n)
    }

    /// On rank 0 the work done by all ranks, as of a tenth of a second ago.
    pub fn done(&self) -> Arc<AtomicU64> {
        self.done.clone()
    }
}

fn keep_reachable(handle: Handle, done: &AtomicU64, stop: &AtomicBool) {
    let mut probes = 0_u32;
    while !stop.load(Ordering::Relaxed) {
        let mut flag: c_int = 0;
        // SAFETY: a probe on the world communicator with a place for its answer; MPI runs with MPI_THREAD_MULTIPLE.
        unsafe {
            ffi::MPI_Iprobe(
                ffi::RSMPI_ANY_SOURCE,
                ffi::RSMPI_ANY_TAG,
                ffi::RSMPI_COMM_WORLD,
                &mut flag,
                ffi::RSMPI_STATUS_IGNORE,
            );
        }
        probes = probes.wrapping_add(1);
        if probes.is_multiple_of(PROBES_PER_LOOK) {
            done.store(handle.fetch_add(Word::Done, 0), Ordering::Relaxed);
        }
        std::thread::sleep(PROBE_EVERY);
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // nobody adds any more once all ranks have come here; until then rank 0 stays reachable
        // SAFETY: every rank drops its world, and the window with it, exactly once.
        unsafe {
            ffi::MPI_Win_unlock_all(self.handle.0);
            ffi::MPI_Barrier(ffi::RSMPI_COMM_WORLD);
        }
        self.stop.store(true, Ordering::Relaxed);
        if let Some(progress) = self.progress.take() {
            // a panic of that thread has already ended the job
            let _ = progress.join();
        }
        last_words::forget_window();
        // SAFETY: the passive epoch has ended on all ranks.
        unsafe {
            ffi::MPI_Win_free(&mut self.handle.0);
        }
    }
}
