//! The errors of the program, their texts and their exit codes.
//!
//! A text says what is wrong, where, and what would be right; it starts in lower case, has no full stop, and its cause
//! follows by `source()`.

use std::path::PathBuf;

use crate::phrase::{printable, shorten};
use crate::setting::Refusal;

/// Characters of a message at most. What was found is shortened where it is said; paths and what other libraries say are
/// shortened here.
const LONGEST: usize = 1500;

/// Result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can end a job.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value of the config is not legal.
    #[error(transparent)]
    Config(#[from] Refusal),
    /// The program was called in a way that cannot work.
    #[error("{0}")]
    Usage(String),
    /// A recording is not what it should be.
    #[error("{}: {what}", path.display())]
    Recording {
        /// The file that is wrong.
        path: PathBuf,
        /// What was found, and what was expected.
        what: String,
    },
    /// A result cannot be written where it should go.
    #[error("{}: {what}", path.display())]
    Output {
        /// The file or folder that cannot be written.
        path: PathBuf,
        /// What is in the way.
        what: String,
    },
    /// A file of a result is not what was written.
    #[error("{}: {what}; expected the file as it was written: a copy of it, or --overwrite to compute it again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The operating system refused something.
    #[error("{}: cannot {doing}", path.display())]
    Io {
        /// The file or folder it was about.
        path: PathBuf,
        /// What was tried, as it follows "cannot".
        doing: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
    /// HDF5 refused something.
    #[error("{}: cannot {doing}", path.display())]
    Hdf5 {
        /// The file it was about.
        path: PathBuf,
        /// What was tried, as it follows "cannot".
        doing: String,
        /// HDF5's reason.
        source: hdf5::Error,
    },
    /// The ranks could not be started, or not joined into one world.
    #[error("{0}")]
    Launch(String),
    /// The study does not fit into memory, or into a file.
    #[error(transparent)]
    TooLarge(#[from] crate::plan::TooLarge),
    /// A job in the queue has failed.
    #[error("{what}")]
    Job {
        /// Which, and why.
        what: String,
        /// Its exit code.
        exit_code: u8,
    },
    /// The process that reads HDF5's metadata has refused something.
    #[error("{text}")]
    Relayed {
        /// Its error, as it is printed.
        text: String,
        /// Its exit code.
        exit_code: u8,
    },
    /// Samples of a trial could not be read, though it was tried twice.
    #[error("trial {trial}, tried twice: {source}")]
    InTrial {
        /// Number of the trial in the recording.
        trial: usize,
        /// What went wrong.
        source: Box<Error>,
    },
    /// A job that failed has left work that counts.
    #[error("{source}; {kept}")]
    Kept {
        /// Why it failed.
        source: Box<Error>,
        /// What is there, and how to go on.
        kept: String,
    },
    /// What a rank says when several run.
    #[error("rank {rank}: {source}")]
    OnRank {
        /// The rank that failed.
        rank: usize,
        /// What it says.
        source: Box<Error>,
    },
    /// Another rank has failed and speaks for all.
    #[error("rank {rank} failed")]
    Elsewhere {
        /// The rank that failed.
        rank: usize,
        /// Its exit code, which all ranks return.
        exit_code: u8,
    },
}

impl Error {
    /// Exit code of the program: 1 failed, 2 wrong config or usage.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Config(_) | Error::Usage(_) | Error::TooLarge(_) => 2,
            Error::Job { exit_code, .. } | Error::Relayed { exit_code, .. } => *exit_code,
            Error::OnRank { source, .. } | Error::Kept { source, .. } => source.exit_code(),
            Error::Elsewhere { exit_code, .. } => *exit_code,
            _ => 1,
        }
    }

    /// Whether this rank is the one that prints the error.
    pub fn is_ours(&self) -> bool {
        !matches!(self, Error::Elsewhere { .. })
    }

    /// Says which trial was read.
    pub fn in_trial(self, trial: usize) -> Error {
        Error::InTrial {
            trial,
            source: Box::new(self),
        }
    }

    /// Says what the job has left.
    pub fn with_kept(self, kept: String) -> Error {
        Error::Kept {
            source: Box::new(self),
            kept,
        }
    }

    /// Says which rank it was, where that tells anything: a wrong config is wrong on every rank.
    pub fn on_rank(self, rank: usize, size: usize) -> Error {
        match self {
            Error::Config(_) | Error::Usage(_) | Error::OnRank { .. } => self,
            source if size > 1 => Error::OnRank {
                rank,
                source: Box::new(source),
            },
            other => other,
        }
    }

    /// The whole message, causes included, on one line that shows what it says and does nothing else to a terminal.
    pub fn one_line(&self) -> String {
        let line = match self {
            Error::OnRank { rank, source } => format!("rank {rank}: {}", source.one_line()),
            Error::InTrial { trial, source } => {
                format!("trial {trial}, tried twice: {}", source.one_line())
            }
            Error::Kept { source, kept } => format!("{}; {kept}", source.one_line()),
            _ => self.with_causes(),
        };
        shorten(&printable(&line.replace('\n', " ")), LONGEST)
    }

    fn with_causes(&self) -> String {
        let mut line = self.to_string();
        let mut error: &dyn std::error::Error = self;
        while let Some(cause) = error.source() {
            let text = cause.to_string();
            if !line.ends_with(&text) {
                line = format!("{line}: {text}");
            }
            error = cause;
        }
        line
    }
}

/// Adds the file and what was tried to an error of the operating system.
pub trait IoContext<T> {
    /// The error becomes `PATH: cannot DOING`.
    fn at(self, path: impl Into<PathBuf>, doing: &'static str) -> Result<T>;
}

impl<T> IoContext<T> for std::io::Result<T> {
    fn at(self, path: impl Into<PathBuf>, doing: &'static str) -> Result<T> {
        self.map_err(|source| Error::Io {
            path: path.into(),
            doing,
            source,
        })
    }
}

/// Adds the file and what was tried to an error of HDF5.
pub trait Hdf5Context<T> {
    /// The error becomes `PATH: cannot DOING`.
    fn at(self, path: impl Into<PathBuf>, doing: impl Into<String>) -> Result<T>;
}

impl<T> Hdf5Context<T> for hdf5::Result<T> {
    fn at(self, path: impl Into<PathBuf>, doing: impl Into<String>) -> Result<T> {
        self.map_err(|source| Error::Hdf5 {
            path: path.into(),
            doing: doing.into(),
            source,
        })
    }
}
