//! How a job ends that cannot go on: one message from one rank, then all ranks are gone. Without this a rank that fails
//! between two collective calls would leave the others waiting for ever.

use std::sync::Mutex;
use std::sync::mpsc;
use std::time::Duration;

use mpi::ffi;
use rustix::process::{Signal, getpid, kill_process};

use super::counters::{Counter, Handle};
use crate::error::Error;
use crate::stderr::eprint;
use crate::thread;

/// How long to ask whether another rank has spoken already; rank 0 may be gone and never answer.
const ASK_FOR: Duration = Duration::from_secs(2);
/// MPICH's launcher forgets what it has not read yet when a rank aborts.
const HEARD_AFTER: Duration = Duration::from_millis(100);
/// How long a silent rank waits for the speaking one to end the job, before it ends it itself.
const WAIT_FOR_END: Duration = Duration::from_secs(5);
/// How long MPI may take to end the job.
const WAIT_FOR_ABORT: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Here {
    rank: usize,
    size: usize,
    counters: Option<Handle>,
}

static HERE: Mutex<Here> = Mutex::new(Here {
    rank: 0,
    size: 1,
    counters: None,
});

fn here() -> Here {
    let here = HERE.lock();
    here.unwrap_or_else(|poisoned| poisoned.into_inner())
        .clone()
}

fn change(f: impl FnOnce(&mut Here)) {
    f(&mut HERE.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
}

pub fn set_rank(rank: usize, size: usize) {
    change(|here| (here.rank, here.size) = (rank, size));
}

pub fn set_counters(counters: Handle) {
    change(|here| here.counters = Some(counters));
}

pub fn forget_counters() {
    change(|here| here.counters = None);
}

/// Ends the job on all ranks, with this message unless another rank has spoken already.
pub fn fail(error: Error) -> ! {
    let here = here();
    let code = error.exit_code();
    end(
        &format!("error: {}", error.on_rank(here.rank, here.size).one_line()),
        code,
    )
}

/// Makes a panic on any thread end the job on all ranks: while unwinding, MPI would wait for the others in its finalize.
pub fn end_job_on_panic() {
    std::panic::set_hook(Box::new(|info| {
        let rank = named();
        let text = info.to_string().replace('\n', ": ");
        end(
            &format!("error: {rank}this is a bug in slepian, please report it: {text}"),
            1,
        );
    }));
}

/// This rank as errors begin with it; nothing where there is only one.
pub fn named() -> String {
    let here = here();
    if here.size > 1 {
        format!("rank {}: ", here.rank)
    } else {
        String::new()
    }
}

/// Ends the job on all ranks, with this message unless another rank has spoken already.
pub fn end(message: &str, code: u8) -> ! {
    let here = here();
    if here.size == 1 {
        say(message);
        std::process::exit(i32::from(code));
    }
    if is_first_to_speak(&here) {
        say(message);
        std::thread::sleep(HEARD_AFTER);
    } else {
        std::thread::sleep(WAIT_FOR_END);
    }
    // a launcher that is cut off from this host never answers the abort, and the rank would spin in it for ever
    let _ = thread::spawn(|| {
        std::thread::sleep(WAIT_FOR_ABORT);
        let _ = kill_process(getpid(), Signal::KILL);
    });
    // SAFETY: MPI is initialised whenever the world has more than one rank, and MPI_Abort may be called at any time.
    unsafe {
        ffi::MPI_Abort(ffi::RSMPI_COMM_WORLD, i32::from(code));
    }
    std::process::exit(i32::from(code))
}

/// Writes a line to stderr.
pub fn say(message: &str) {
    eprint(&format!("{message}\n"));
}

/// Asks rank 0, on a thread of its own, since the answer may never come.
fn is_first_to_speak(here: &Here) -> bool {
    let Some(counters) = here.counters.clone() else {
        return true;
    };
    let (sender, receiver) = mpsc::channel();
    let asking = thread::spawn(move || {
        counters.ask(Counter::Speakers);
        let before = counters.answer(Counter::Speakers);
        // the receiver is gone when the answer came too late
        let _ = sender.send(before);
    });
    if asking.is_err() {
        return true;
    }
    receiver.recv_timeout(ASK_FOR).map_or_else(
        |_| {
            // all ranks notice at the same time that rank 0 is gone: the next one speaks, and ends the others
            if here.rank > 1 {
                std::thread::sleep(WAIT_FOR_END);
            }
            true
        },
        |before| before == 0,
    )
}
