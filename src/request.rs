//! What the command line asks for.

use std::path::PathBuf;

use crate::output::Intent;

/// A run.
#[derive(Clone, Debug)]
pub struct Request {
    /// The config file.
    pub config: PathBuf,
    /// Values of `--set`.
    pub sets: Vec<String>,
    /// What is done with what is there.
    pub intent: Intent,
    /// Whether anything but errors is shown.
    pub quiet: bool,
}

impl Request {
    /// The command that goes on with this run.
    pub fn resume(&self) -> String {
        let set = |set: &String| format!(" --set '{set}'");
        let sets: String = self.sets.iter().map(set).collect();
        format!("slepian run --resume {}{sets}", self.config.display())
    }
}
