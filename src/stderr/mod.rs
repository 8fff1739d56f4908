//! stderr, as messages go there: writing never fails, and nothing is written that would end the job.

mod listener;

use std::io::Write;

pub use listener::has_reader;

/// Writes to stderr in one piece, so that no launcher's words get into it. A stderr that cannot be written, such as a log on a
/// full disk, ends no job: `eprint!` would panic.
pub fn eprint(text: &str) {
    let _ = Stderr.write_all(text.as_bytes());
}

/// stderr for messages: writing never fails.
pub struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if has_reader(2) {
            let _ = std::io::stderr().write_all(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
