//! The end of MPI, where it may never come: a process that has waited for long enough leaves without it.

use std::ffi::c_int;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use crate::thread;

/// How long the end of MPI may take where it is known to hang.
const MAX_END: Duration = Duration::from_secs(10);
/// How much longer the other ranks wait than rank 0, which has something to say: MPICH's launcher kills all ranks when the first
/// one leaves.
const AFTER_RANK_0: Duration = Duration::from_millis(200);

unsafe extern "C" {
    fn _exit(code: c_int) -> !;
}

/// Ends this process at once, without what libraries do at its end.
pub fn leave(code: u8) -> ! {
    // SAFETY: _exit may be called at any time.
    unsafe { _exit(c_int::from(code)) }
}

/// Waits for the end of MPI beside the thread that is in it; over when dropped.
pub struct Farewell {
    _came: Sender<()>,
}

impl Farewell {
    /// From now on MPI has so long to end. Then this process leaves without it, with this code. All that it had to say it
    /// has said.
    pub fn begin(rank: usize, code: u8) -> Farewell {
        let (came, end) = channel::<()>();
        let longest = match rank {
            0 => MAX_END,
            _ => MAX_END + AFTER_RANK_0,
        };
        // without a thread the end is waited for, however long it takes
        let _ = thread::spawn(move || {
            // nothing is sent: either the sender is gone, or the time is over
            if end.recv_timeout(longest) == Err(std::sync::mpsc::RecvTimeoutError::Disconnected) {
                return;
            }
            if rank == 0 {
                tracing::warn!(
                    "MPI does not come to its end (pmodels/mpich#6596): the job leaves without it, which mpiexec calls a failure"
                );
            }
            // none of the library's own ends, which would wait as well
            leave(code)
        });
        Farewell { _came: came }
    }
}
