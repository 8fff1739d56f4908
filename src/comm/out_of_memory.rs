//! The end of a job that gets no more memory: one line and exit code 1, in place of Rust's own end, an abort. The allocator
//! is the only place that hears of it: no stable interface of Rust lets a program end otherwise.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Duration;

use rustix::process::{Resource, getrlimit};

use super::last_words::{end, named, say};
use super::leave;
use crate::phrase::size;

/// What is left to say when there is no memory even for a sentence.
const SPEECHLESS: &[u8] =
    b"error: out of memory: give it more (ulimit -v, the batch system), or less to do\n";

/// The code that this process leaves with without a word, or 0.
static SILENT_CODE: AtomicU8 = AtomicU8::new(0);
/// Whether a thread of this process has found that there is no memory.
static IS_ENDING: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether it was this thread.
    static IS_ENDING_HERE: Cell<bool> = const { Cell::new(false) };
}

/// From now on a process that gets no more memory leaves with this code and says nothing.
pub fn leave_when_out_of_memory(code: u8) {
    SILENT_CODE.store(code, Ordering::Relaxed);
}

/// The system's allocator; where it has nothing left, the job ends.
pub struct Allocator;

// SAFETY: every call goes to the system's allocator with what the caller has given, and what that returns is returned.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the promises of this function, which are those of the system's.
        checked(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        checked(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        // SAFETY: as above.
        checked(unsafe { System.realloc(old, layout, bytes) }, bytes)
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// What was allocated, if it was.
fn checked(memory: *mut u8, bytes: usize) -> *mut u8 {
    if memory.is_null() {
        end_for_want_of(bytes);
    }
    memory
}

#[cold]
fn end_for_want_of(bytes: usize) -> ! {
    match SILENT_CODE.load(Ordering::Relaxed) {
        0 => {}
        code => leave(code),
    }
    if IS_ENDING_HERE.get() {
        // not even the sentence below can be made
        let _ = rustix::io::write(rustix::stdio::stderr(), SPEECHLESS);
        leave(1);
    }
    if IS_ENDING.swap(true, Ordering::Relaxed) {
        // another thread says it and ends the process
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }
    IS_ENDING_HERE.set(true);
    let rank = named();
    let message = format!("error: {rank}{}", sentence(bytes));
    if rank.is_empty() {
        say(&message);
        // HDF5's own end would need memory
        leave(1);
    }
    end(&message, 1)
}

fn sentence(bytes: usize) -> String {
    let limit = getrlimit(Resource::As).current;
    let limit = limit.map_or(String::new(), |limit| {
        format!(" within the limit of {} (ulimit -v)", size(limit))
    });
    format!(
        "out of memory: {} more cannot be had{limit}; expected more memory: raise the limit or the memory of the job, start \
         fewer ranks on a host, or set [parallel] memory_per_rank lower",
        size(bytes as u64)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_how_much_was_asked_for_and_what_to_do() {
        let text = sentence(3 << 20);
        assert!(
            text.starts_with("out of memory: 3.0 MiB more cannot be had"),
            "{text}"
        );
        assert!(text.contains("memory_per_rank"), "{text}");
    }
}
