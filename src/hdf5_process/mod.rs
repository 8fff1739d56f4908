//! Reading what an HDF5 file says about itself, in a process of its own: HDF5 loops for ever or crashes on some damaged files,
//! and a file may be made so. The process is this program again, which never initialises MPI, under limits of time and
//! memory. What it has read comes back, so that the job itself does not read the file until its metadata and its first and
//! last samples were read once.
//!
//! Fork would be unsafe after MPI has started: the process is started as `posix_spawn` does it.

mod child;
mod defects;
mod limits;
mod parent;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

pub use child::main;
pub use parent::reap;

use crate::error::{Error, Result};
use crate::input::{Format, Options, Source};
use limits::Limits;

/// The subcommand of the process, which no help shows.
pub const SUBCOMMAND: &str = "read-hdf5-metadata";
/// How the process ends when it gets no more memory.
const OUT_OF_MEMORY: u8 = 3;

/// Only the program can start itself again: tests and examples read in their own process.
static IS_ENABLED: AtomicBool = AtomicBool::new(false);

/// From now on HDF5's metadata are read in processes of their own.
pub fn enable() {
    IS_ENABLED.store(true, Ordering::Relaxed);
}

/// What the process does.
#[derive(Debug, Serialize, Deserialize)]
enum Task {
    /// Describes a recording.
    Describe {
        format: Format,
        file: PathBuf,
        options: Box<Options>,
    },
    /// Makes the page that `slepian info` prints of a Syncopy object with this `.info` file.
    Page { info_path: PathBuf },
}

/// A task and its limits.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    task: Task,
    limits: Limits,
}

/// What comes of a task.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Described(Format, Box<Source>),
    Page(String),
    /// An error, as it is printed.
    Refused {
        text: String,
        exit_code: u8,
    },
}

/// Describes the recording in `file`.
///
/// # Errors
/// What is wrong with it: path, found, expected; or what became of the process.
pub fn describe(format: Format, file: &Path, options: &Options) -> Result<(Format, Source)> {
    if !IS_ENABLED.load(Ordering::Relaxed) {
        return crate::input::describe_here(format, file, options);
    }
    let task = Task::Describe {
        format,
        file: file.to_owned(),
        options: Box::new(options.clone()),
    };
    match parent::run(file, task)? {
        Answer::Described(format, source) => Ok((format, *source)),
        other => Err(unexpected(file, other)),
    }
}

/// The page of the Syncopy object with this `.info` file.
///
/// # Errors
/// Those of [`describe`].
pub fn page(info_path: &Path) -> Result<String> {
    if !IS_ENABLED.load(Ordering::Relaxed) {
        return crate::info::page(info_path);
    }
    let task = Task::Page {
        info_path: info_path.to_owned(),
    };
    let data = info_path.with_extension("");
    match parent::run(&data, task)? {
        Answer::Page(text) => Ok(text),
        other => Err(unexpected(&data, other)),
    }
}

/// The error of an answer that is none to the question.
fn unexpected(path: &Path, answer: Answer) -> Error {
    match answer {
        Answer::Refused { text, exit_code } => Error::Relayed { text, exit_code },
        _ => not_understood(path),
    }
}

/// The error of an answer that makes no sense.
fn not_understood(path: &Path) -> Error {
    Error::Recording {
        path: path.to_owned(),
        what: format!(
            "HDF5 read nonsense from it: the file is damaged or hostile; {}",
            parent::REMEDY
        ),
    }
}
