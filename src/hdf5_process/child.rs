//! The process that reads: it takes a request from stdin and writes the answer to stdout.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1};

use super::{Answer, OUT_OF_MEMORY, Reading, Request};
use crate::comm;

/// Reads what is asked by the process of this number, its parent, and ends.
pub fn main(parent: Option<OsString>, readings: &[&Reading]) -> ! {
    // a job that is killed leaves nothing that runs
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    let parent = parent.and_then(|number| Pid::from_raw(number.to_str()?.parse().ok()?));
    if parent.is_none() || getppid() != parent {
        comm::say("error: this subcommand is for slepian itself; see slepian --help");
        comm::leave(2);
    }
    // terminals and batch systems send these to all processes of a job; the parent decides
    for signal in [SIGINT, SIGTERM, SIGUSR1] {
        let _ = signal_hook::flag::register(signal, Arc::new(AtomicBool::new(false)));
    }
    comm::leave_when_out_of_memory(OUT_OF_MEMORY);
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string().replace('\n', ": ");
        answer(&Answer::Refused {
            text: format!("this is a bug in slepian, please report it: {text}"),
            exit_code: 1,
        })
    }));
    hdf5::silence_errors(true);
    let mut request = Vec::new();
    let request = std::io::stdin()
        .read_to_end(&mut request)
        .ok()
        .and_then(|_| postcard::from_bytes::<Request>(&request).ok());
    let request = request.and_then(|request| {
        let reading = readings
            .iter()
            .find(|known| known.name == request.reading)?;
        Some((reading, request))
    });
    let Some((reading, request)) = request else {
        comm::leave(1);
    };
    request.limits.set();
    let done = (reading.perform)(&request.question);
    answer(&done.map_or_else(
        |error| Answer::Refused {
            text: error.one_line(),
            exit_code: error.exit_code(),
        },
        Answer::Done,
    ))
}

/// Writes the answer, its length before it, and ends without HDF5's own end, which may hang where a file is damaged.
fn answer(answer: &Answer) -> ! {
    let bytes = postcard::to_stdvec(answer).unwrap_or_default();
    let length = (bytes.len() as u64).to_le_bytes();
    let written = std::io::stdout().write_all(&[&length[..], &bytes].concat());
    let flushed = written.and_then(|()| std::io::stdout().flush());
    comm::leave(flushed.is_err().into())
}
