//! Whether the job gets on: every rank notes its steps, and rank 0 ends a job in which no rank has made one for too long. Whatever
//! keeps all ranks waiting, such as a call of a library that some of them never come to, ends with one line.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::pauses::Pauses;
use crate::error::Error;

/// How long no rank may make a step, unless the config says another time.
pub const STEP_TIMEOUT: Duration = Duration::from_secs(600);

/// Steps of this rank that rank 0 does not know of.
static STEPS: AtomicU64 = AtomicU64::new(0);
/// Whether this rank is in the middle of a computation, which comes to its end.
static COMPUTES: AtomicBool = AtomicBool::new(false);

/// This rank has come a step further: a batch, a tile, a row of sums.
pub fn note_progress() {
    STEPS.fetch_add(1, Ordering::Relaxed);
}

/// Does work that needs no other rank, no disk and no library that may wait, however long it takes: all that time counts as
/// progress.
pub fn computing<T>(work: impl FnOnce() -> T) -> T {
    COMPUTES.store(true, Ordering::Relaxed);
    let done = work();
    COMPUTES.store(false, Ordering::Relaxed);
    note_progress();
    done
}

/// The steps since this was asked last, of which a computation that goes on is one.
pub fn steps() -> u64 {
    STEPS.swap(0, Ordering::Relaxed) + u64::from(COMPUTES.load(Ordering::Relaxed))
}

/// When some rank has made the last step.
pub struct LastStep {
    when: Instant,
    pauses: Pauses,
}

impl LastStep {
    pub fn new() -> LastStep {
        LastStep {
            when: Instant::now(),
            pauses: Pauses::new(),
        }
    }

    /// Some rank has made so many steps.
    pub fn note(&mut self, steps: u64) {
        if steps > 0 {
            self.when = Instant::now();
        }
    }

    /// The error of a job in which no rank has made a step for as long as `timeout`, not counting time in which this process
    /// itself did not run.
    pub fn check(&mut self, timeout: Duration) -> Result<(), Error> {
        if self.pauses.was_one(timeout) {
            self.when = Instant::now();
        }
        if self.when.elapsed() <= timeout {
            return Ok(());
        }
        Err(Error::Launch(format!(
            "no rank has got any further for {} s (parallel.step_timeout): a file system, a library or another host does not \
             answer; what is done is kept, --resume goes on",
            timeout.as_secs_f64()
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_stands_still_is_ended_and_one_that_was_suspended_is_not() {
        let timeout = Duration::from_millis(400);
        let ago = |ms| {
            Instant::now()
                .checked_sub(Duration::from_millis(ms))
                .unwrap()
        };
        let mut last = LastStep::new();
        last.when = ago(500);
        let text = last.check(timeout).unwrap_err().to_string();
        assert!(text.contains("0.4 s (parallel.step_timeout)"), "{text}");
        last.note(0);
        assert!(last.check(timeout).is_err());
        last.note(1);
        assert!(last.check(timeout).is_ok());
        (last.when, last.pauses) = (ago(900), Pauses::since(ago(900)));
        assert!(last.check(timeout).is_ok());
    }
}
