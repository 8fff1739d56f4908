//! Threads whose start may fail: where there are too many processes, or no address space for a stack, that is an error and no
//! panic.

use std::thread::{Builder, JoinHandle};

use crate::error::{Error, Result};

/// Starts a thread.
///
/// # Errors
/// The system has no room for one: what may help.
pub fn spawn<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> Result<JoinHandle<T>> {
    Builder::new().spawn(f).map_err(|error| {
        Error::Launch(format!(
            "cannot start a thread: {error}; expected room for one: raise the limits of processes (ulimit -u) and memory \
             (ulimit -v), or start fewer ranks on a host"
        ))
    })
}
