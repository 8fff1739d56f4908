//! Reading what an HDF5 file says about itself, in a process of its own: HDF5 loops for ever or crashes on some damaged files,
//! and a file may be made so. The process is this program again, which never initialises MPI, under limits of time and
//! memory. What it has read comes back, so that the job itself does not read the file until its metadata and its first and
//! last samples were read once.
//!
//! MPI does not allow a fork once it has started: the process is started as `posix_spawn` does it.

mod child;
mod defects;
mod limits;
mod parent;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use child::main;
pub use parent::reap;

use crate::error::{Error, Result};
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

/// Something that is read in a process of its own.
pub struct Reading {
    /// Its name.
    pub name: &'static str,
    /// What the process does: the answer to a question, both encoded.
    pub perform: fn(&[u8]) -> Result<Vec<u8>>,
}

impl Reading {
    /// Answers a question about the file at `path`, as `here` would in this process.
    ///
    /// # Errors
    /// Those of `here`; or what became of the process.
    pub fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        path: &Path,
        question: &Q,
        here: impl FnOnce() -> Result<A>,
    ) -> Result<A> {
        if !IS_ENABLED.load(Ordering::Relaxed) {
            return here();
        }
        let question = postcard::to_stdvec(question).map_err(|_| Error::Recording {
            path: path.to_owned(),
            what: "the config, or its folder, has a name that is not UTF-8; expected one that is: rename it".into(),
        })?;
        match parent::run(path, self.name, question)? {
            Answer::Done(answer) => postcard::from_bytes(&answer).map_err(|_| not_understood(path)),
            Answer::Refused { text, exit_code } => Err(Error::Relayed { text, exit_code }),
        }
    }

    /// What the process does with an encoded question.
    ///
    /// # Errors
    /// Those of `answer`; a question that is none.
    pub fn answer<Q: DeserializeOwned, A: Serialize>(
        question: &[u8],
        answer: impl FnOnce(Q) -> Result<A>,
    ) -> Result<Vec<u8>> {
        let wrong = |_| Error::Usage("the question cannot be decoded".into());
        let question = postcard::from_bytes(question).map_err(wrong)?;
        postcard::to_stdvec(&answer(question)?).map_err(wrong)
    }
}

/// What the process is asked, and its limits.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    reading: String,
    question: Vec<u8>,
    limits: Limits,
}

/// What comes of it.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Done(Vec<u8>),
    /// An error, as it is printed.
    Refused {
        text: String,
        exit_code: u8,
    },
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
