//! Starts the process, waits for its answer, and says what became of it where none comes.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpid};

use super::{Answer, Limits, OUT_OF_MEMORY, Request, SUBCOMMAND, defects, not_understood};
use crate::comm;
use crate::error::{Error, Result};
use crate::phrase::size;
use crate::signals;

/// This program, even where its file was replaced since.
const PROGRAM: &str = "/proc/self/exe";
/// How the variables begin by which MPI libraries and this program know that a launcher has started them. The process is no
/// rank, whatever its parent is.
const OF_LAUNCHERS: &[&str] = &[
    "OMPI_", "PMIX_", "PMI_", "PRTE_", "HYDRA_", "HYDI_", "MPI", "MV2_", "I_MPI_", "PALS_",
    "SLURM_",
];
/// How long at most until a signal is noticed.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How much longer a job waits that was asked to stop: what most files take, and far less than a batch system gives.
const AFTER_STOP: Duration = Duration::from_secs(2);
/// The exit code of a program whose libraries cannot be loaded.
const NOT_LOADED: i32 = 127;
/// Bytes that are read at once.
const PIECE: usize = 1 << 16;
/// What helps.
pub const REMEDY: &str = "copy or download it again, or repair it: h5dump shows what is in it, h5repack writes a new file";

/// Has the process answer a question about the file `path`.
///
/// # Errors
/// The process cannot be started, or ends without an answer: what became of it, and what may help.
pub fn run(path: &Path, reading: &str, question: Vec<u8>) -> Result<Answer> {
    defects::note();
    // a file that cannot be looked at is refused by the process
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    let limits = Limits::of(bytes).within_those_here();
    let request = Request {
        reading: reading.to_owned(),
        question,
        limits,
    };
    let request = postcard::to_stdvec(&request).expect("texts, bytes and numbers can be encoded");
    let mut process = Process::start(path)?;
    let deadline = Instant::now() + limits.waiting_time();
    process.send(&request);
    let answer = process.receive(path, limits, deadline)?;
    if let Some(answer) = whole(&answer) {
        process.has_answered = true;
        return postcard::from_bytes(answer).map_err(|_| not_understood(path));
    }
    match process.end(deadline) {
        Some(status) if status.success() => Err(not_understood(path)),
        status => Err(died(path, status, limits)),
    }
}

/// The answer, once all of it is there: its length comes before it.
fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let (length, answer) = bytes.split_first_chunk()?;
    (answer.len() as u64 == u64::from_le_bytes(*length)).then_some(answer)
}

/// Processes that have answered and may not have come to their end.
static ENDING: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// Waits for the end of the processes that have answered. The system takes a millisecond to clear one away, in which their
/// answers are worked with.
pub fn reap() {
    let mut ending = ENDING
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    for mut child in ending.drain(..) {
        // fails where it has ended
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// The running process; killed when dropped, unless it has answered.
struct Process {
    child: Option<Child>,
    has_answered: bool,
}

impl Process {
    fn start(path: &Path) -> Result<Process> {
        let mut command = Command::new(PROGRAM);
        let own = getpid().as_raw_nonzero().to_string();
        command.arg0("slepian").args([SUBCOMMAND, &own]);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if OF_LAUNCHERS.iter().any(|begin| text.starts_with(begin)) {
                command.env_remove(&name);
            }
        }
        let pipes = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // what HDF5 or the C library print while a process dies is of no use to anyone
        let started = pipes.stderr(Stdio::null()).spawn();
        let process = |child| Process {
            child: Some(child),
            has_answered: false,
        };
        started.map(process).map_err(|error| Error::Recording {
            path: path.to_owned(),
            what: format!(
                "cannot start the process that reads it ({PROGRAM}): {error}; expected more room for processes (ulimit -u) \
                 and memory (ulimit -v), and /proc"
            ),
        })
    }

    /// Sends the request; a process that has died meanwhile is noticed when nothing comes back.
    fn send(&mut self, request: &[u8]) {
        if let Some(mut to) = self.child().stdin.take() {
            let _ = to.write_all(request);
        }
    }

    fn child(&mut self) -> &mut Child {
        self.child.as_mut().expect("it is here until it is dropped")
    }

    /// What the process writes, up to the end of its answer or its own.
    fn receive(&mut self, path: &Path, limits: Limits, deadline: Instant) -> Result<Vec<u8>> {
        let mut from = self.child().stdout.take().expect("stdout is a pipe");
        let mut bytes = Vec::new();
        let mut stop = None;
        loop {
            if signals::asked() != 0 && stop.is_none() {
                stop = Some(Instant::now() + AFTER_STOP);
            }
            if stop.is_some_and(|stop| stop < Instant::now()) {
                return Err(stopped(path));
            }
            if deadline < Instant::now() {
                return Err(silent(path, limits.waiting_time().as_secs()));
            }
            comm::note_progress();
            match receive_piece(&mut from, &mut bytes) {
                Ok(Piece::Some) if whole(&bytes).is_some() => return Ok(bytes),
                Ok(Piece::Some) => {}
                Ok(Piece::NotYet) => continue,
                Ok(Piece::End) => return Ok(bytes),
                Err(error) => {
                    return Err(Error::Io {
                        path: path.to_owned(),
                        doing: "receive what was read from it",
                        source: error,
                    });
                }
            }
            // no process holds more than it may take
            if bytes.len() as u64 > limits.address_space {
                return Err(too_large(path, limits));
            }
        }
    }

    /// How the process has ended.
    fn end(&mut self, deadline: Instant) -> Option<ExitStatus> {
        while Instant::now() < deadline {
            if let Some(status) = self.child().try_wait().ok()? {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut ending = ENDING
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        ending.extend(self.child.take());
        drop(ending);
        if !self.has_answered {
            reap();
        }
    }
}

enum Piece {
    Some,
    NotYet,
    End,
}

/// Waits for a moment for more bytes.
fn receive_piece(from: &mut ChildStdout, bytes: &mut Vec<u8>) -> std::io::Result<Piece> {
    let wait = Timespec {
        tv_sec: 0,
        tv_nsec: LOOK_EVERY.as_nanos() as i64,
    };
    match poll(&mut [PollFd::new(from, PollFlags::IN)], Some(&wait)) {
        Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(Piece::NotYet),
        Ok(_) => {}
        Err(error) => return Err(error.into()),
    }
    let before = bytes.len();
    bytes.resize(before + PIECE, 0);
    let read = from.read(&mut bytes[before..]);
    bytes.truncate(before + *read.as_ref().unwrap_or(&0));
    match read {
        Ok(0) => Ok(Piece::End),
        Ok(_) => Ok(Piece::Some),
        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Ok(Piece::NotYet),
        Err(error) => Err(error),
    }
}

fn wrong(path: &Path, what: String) -> Error {
    Error::Recording {
        path: path.to_owned(),
        what,
    }
}

/// The error of a process that has ended like this, without an answer.
fn died(path: &Path, status: Option<ExitStatus>, limits: Limits) -> Error {
    let code = status.and_then(|status| status.code());
    let signal = status.and_then(|status| status.signal());
    let is_any = |signals: &[Signal]| signals.iter().any(|known| signal == Some(known.as_raw()));
    if code == Some(OUT_OF_MEMORY.into()) {
        too_large(path, limits)
    } else if status.is_none() || is_any(&[Signal::XCPU]) {
        endless(path, limits.cpu_s)
    } else if is_any(&[Signal::INT, Signal::TERM, Signal::USR1]) {
        stopped(path)
    } else if is_any(&[Signal::KILL]) {
        let what = "the process that read it was killed, as the system does where memory is short; expected more memory, or \
                    a sound file";
        wrong(path, format!("{what}: {REMEDY}"))
    } else if code == Some(NOT_LOADED) {
        let what = "the process that reads it did not start, as where memory is short; expected more room for it (ulimit -v)";
        wrong(path, what.into())
    } else {
        let how = match (code, signal) {
            (_, Some(signal)) => format!("crashed on it ({})", signals::name(signal)),
            (code, _) => format!("failed on it (exit code {})", code.unwrap_or_default()),
        };
        wrong(
            path,
            format!("HDF5 {how}: the file is damaged or hostile; {REMEDY}"),
        )
    }
}

fn endless(path: &Path, seconds: u64) -> Error {
    wrong(
        path,
        format!(
            "HDF5 did not come to an end of reading it in {seconds} s: the file is damaged or hostile; {REMEDY}"
        ),
    )
}

fn silent(path: &Path, seconds: u64) -> Error {
    wrong(
        path,
        format!(
            "reading it did not come to an end in {seconds} s, in most of which nothing was computed: its file system does \
             not answer; expected a file that is there, and not on a tape"
        ),
    )
}

fn too_large(path: &Path, limits: Limits) -> Error {
    wrong(
        path,
        format!(
            "HDF5 took more than {} of memory to read it: the file is damaged or hostile, or memory is limited (ulimit -v); \
             {REMEDY}",
            size(limits.address_space)
        ),
    )
}

fn stopped(path: &Path) -> Error {
    wrong(
        path,
        format!(
            "stopped by {} while it was read; nothing was written, run it again",
            signals::name(signals::asked())
        ),
    )
}
