//! Whether anybody reads what mpiexec passes on for a rank. Open MPI's crashes, and takes the job with it, when ranks write some
//! ten lines more to a pipe that was closed (`mpiexec … 2>&1 | head`): then a rank says nothing.

use std::fs::OpenOptions;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::sync::OnceLock;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;

/// Processes between a rank and its launcher at most, such as shells.
const MAX_STEPS: usize = 8;
/// How the names of launchers begin that pass on what ranks write.
const LAUNCHERS: &[&str] = &["mpiexec", "mpirun", "orterun", "prterun"];

/// Whether somebody may read what this process writes to its descriptor `fd`, as far as its launcher on this host is asked.
pub fn has_reader(fd: u32) -> bool {
    static LAUNCHER: OnceLock<Option<u32>> = OnceLock::new();
    LAUNCHER
        .get_or_init(launcher)
        .is_none_or(|pid| !is_closed_pipe(pid, fd))
}

/// The process number of mpiexec, if this process is below it.
fn launcher() -> Option<u32> {
    let mut pid = std::process::id();
    for _ in 0..MAX_STEPS {
        let (name, parent) = name_and_parent(pid)?;
        if LAUNCHERS.iter().any(|known| name.starts_with(known)) {
            return Some(pid);
        }
        pid = parent;
    }
    None
}

/// Source: proc_pid_stat(5): the name in parentheses, the state, the parent.
fn name_and_parent(pid: u32) -> Option<(String, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (start, fields) = stat.rsplit_once(')')?;
    let (_, name) = start.split_once('(')?;
    let parent = fields.split_whitespace().nth(1)?.parse().ok()?;
    Some((name.to_owned(), parent))
}

/// Whether a descriptor is a pipe that nobody reads. Source: poll(2), POLLERR.
fn is_closed_pipe(pid: u32, fd: u32) -> bool {
    let path = format!("/proc/{pid}/fd/{fd}");
    let is_pipe = std::fs::metadata(&path).is_ok_and(|metadata| metadata.file_type().is_fifo());
    if !is_pipe {
        return false;
    }
    let mut options = OpenOptions::new();
    options
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits() as i32);
    let Ok(pipe) = options.open(&path) else {
        return false;
    };
    let mut events = [PollFd::new(&pipe, PollFlags::OUT)];
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    poll(&mut events, Some(&now)).is_ok() && events[0].revents().contains(PollFlags::ERR)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn a_pipe_is_closed_when_its_reader_is_gone() {
        let (reader, writer) = std::io::pipe().unwrap();
        let (pid, fd) = (std::process::id(), writer.as_raw_fd() as u32);
        assert!(!is_closed_pipe(pid, fd));
        drop(reader);
        assert!(is_closed_pipe(pid, fd));
    }

    #[test]
    fn what_is_no_pipe_is_not_closed() {
        let (socket, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        let null = std::fs::File::open("/dev/null").unwrap();
        let pid = std::process::id();
        for fd in [socket.as_raw_fd(), null.as_raw_fd(), 1_000_000] {
            assert!(!is_closed_pipe(pid, fd as u32), "{fd}");
        }
    }

    #[test]
    fn a_process_has_a_name_and_a_parent() {
        let (_, parent) = name_and_parent(std::process::id()).unwrap();
        assert_eq!(parent, std::os::unix::process::parent_id());
    }
}
