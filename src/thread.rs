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

/// Checks that there is room for `n` threads at once.
///
/// # Errors
/// There is not: what may help.
pub fn require(n: usize) -> Result<()> {
    let (release, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Arc::new(std::sync::Mutex::new(wait));
    let started: Result<Vec<JoinHandle<()>>> = (0..n)
        .map(|_| {
            let wait = wait.clone();
            spawn(move || {
                // returns when the sender is gone
                let _ = wait.lock().map(|wait| wait.recv().is_err());
            })
        })
        .collect();
    drop(release);
    for thread in started? {
        // it has nothing to say
        let _ = thread.join();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_a_few_threads_and_they_end() {
        require(4).unwrap();
        assert_eq!(spawn(|| 7).unwrap().join().unwrap(), 7);
    }
}
