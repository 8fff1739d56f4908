//! Signals that ask a job to stop: SIGUSR1, which job scripts forward before a time limit, SIGTERM and SIGINT. The first
//! one is remembered, and ranks look for it between batches; the second ends the process at once. And SIGXFSZ, which would.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1, SIGXFSZ};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, signal_name};

use crate::error::{IoContext, Result};
use crate::thread;

/// Launchers and batch systems may both pass the same signal on: what comes this soon is no second one.
const SAME_WITHIN: Duration = Duration::from_millis(500);

/// In place of a signal; none has this number.
const FAILED: i32 = i32::MAX;

static ASKED: AtomicI32 = AtomicI32::new(0);

/// Listens from now on; to be called once.
///
/// # Errors
/// The system's.
pub fn listen() -> Result<()> {
    let mut signals = Signals::new([SIGUSR1, SIGTERM, SIGINT]).at("signals", "listen for them")?;
    thread::spawn(move || {
        let mut first: Option<Instant> = None;
        for signal in signals.forever() {
            match first {
                None => {
                    first = Some(Instant::now());
                    ASKED.store(signal, Ordering::Relaxed);
                }
                Some(first) if first.elapsed() < SAME_WITHIN => {}
                Some(_) => {
                    // returns for signals whose default is to go on, which none of these is
                    let _ = emulate_default_handler(signal);
                }
            }
        }
    })?;
    Ok(())
}

/// From now on a file that would become larger than the system allows is an error of the write, not the end of the process.
///
/// # Errors
/// The system's.
pub fn outlive_size_limit() -> Result<()> {
    signal_hook::flag::register(SIGXFSZ, Arc::default()).at("signals", "listen for them")?;
    Ok(())
}

/// Asks this process to stop as a signal would: it has failed, and what others do is in vain.
pub fn ask_to_stop() {
    let _ = ASKED.compare_exchange(0, FAILED, Ordering::Relaxed, Ordering::Relaxed);
}

/// The signal that asked this process to stop, or 0.
pub fn asked() -> i32 {
    ASKED.load(Ordering::Relaxed)
}

/// The name of a signal.
pub fn name(signal: i32) -> &'static str {
    signal_name(signal).unwrap_or("a signal")
}
