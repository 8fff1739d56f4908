//! Starting the program again under srun or mpiexec, and checking that the ranks found each other.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::environment::Environment;
use crate::comm::{World, is_mpich, library_version};
use crate::error::{Error, Result};

/// The launcher to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relaunch {
    /// `srun` inside the allocation; its number of tasks when nothing is said.
    Srun {
        /// `--ranks N`
        ranks: Option<usize>,
    },
    /// `mpiexec` on this machine.
    Mpiexec {
        /// How many ranks.
        ranks: usize,
    },
}

/// Set for the ranks, so that a launcher that hides itself does not lead to launchers without end.
const GUARD: &str = "SLEPIAN_LAUNCHED";

/// Keeps mpiexec inside an srun step: it would start helpers with srun, which wait for the step's own cores for ever.
/// MPICH; Open MPI 4; Open MPI 5.
const STAY_IN_STEP: [(&str, &str); 6] = [
    ("HYDRA_RMK", "user"),
    ("HYDRA_LAUNCHER", "fork"),
    ("OMPI_MCA_ras", "^slurm"),
    ("OMPI_MCA_plm", "^slurm"),
    ("PRTE_MCA_ras", "^slurm"),
    ("PRTE_MCA_plm", "^slurm"),
];

impl Relaunch {
    /// Becomes the launcher; returns only when that fails.
    pub fn exec(self) -> Error {
        if std::env::var_os(GUARD).is_some() {
            return Error::Launch(
                "the launcher left no trace in the environment; start the ranks with it directly"
                    .into(),
            );
        }
        let program = match std::env::current_exe() {
            Ok(program) => program,
            Err(error) => {
                return Error::Launch(format!("cannot find this program's own file: {error}"));
            }
        };
        let words = self.words();
        let mut command = Command::new(&words[0]);
        if matches!(self, Relaunch::Mpiexec { .. }) && Environment::here().in_allocation {
            command.envs(STAY_IN_STEP);
        }
        let error = command
            .args(&words[1..])
            .arg(program)
            .args(std::env::args_os().skip(1))
            .env(GUARD, "1")
            .exec();
        Error::Launch(format!(
            "cannot start {}: {error}; expected it in PATH, or another launcher in MPIEXEC",
            words[0]
        ))
    }

    /// The launcher with its options.
    fn words(self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut say = |more: &[&str]| words.extend(more.iter().map(|word| word.to_string()));
        match self {
            Relaunch::Srun { ranks } => {
                // -K1: without it the peers of a dead rank wait for ever
                // --wait=0: rank 0 publishes when the others have left, however long that takes
                say(&["srun", "-K1", "--wait=0"]);
                // a site's choice is kept, but not that of a step without MPI, such as salloc's shell
                let chosen = std::env::var("SLURM_MPI_TYPE").unwrap_or_default();
                if ["", "none"].contains(&chosen.as_str()) {
                    say(&[if is_mpich() {
                        "--mpi=pmi2"
                    } else {
                        "--mpi=pmix"
                    }]);
                }
                if let Some(ranks) = ranks {
                    say(&["-n", &ranks.to_string()]);
                }
            }
            Relaunch::Mpiexec { ranks } => {
                match std::env::var("MPIEXEC") {
                    Ok(launcher) if !launcher.trim().is_empty() => {
                        say(&launcher.split_whitespace().collect::<Vec<_>>());
                    }
                    _ if is_mpich() => say(&[first_in_path(
                        &["mpiexec.mpich", "mpiexec.hydra"],
                        "mpiexec",
                    )]),
                    // more ranks than cores are allowed, and ranks are not all bound to the first core
                    _ => say(&[
                        first_in_path(&["mpiexec.openmpi"], "mpiexec"),
                        "--oversubscribe",
                        "--bind-to",
                        "none",
                    ]),
                }
                say(&["-n", &ranks.to_string()]);
            }
        }
        words
    }
}

/// Removes the marker of a job script: the ranks have started. What leaves it there has computed nothing, and the script may
/// launch it once more.
pub fn note_start(marker: Option<&Path>) {
    let Some(path) = marker else { return };
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!("{}: cannot remove this file: {error}", path.display());
    }
}

/// The first of the names that is in PATH: where two MPI libraries are installed, `mpiexec` may be the other one's.
pub fn first_in_path<'a>(names: &[&'a str], otherwise: &'a str) -> &'a str {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let is_there = |name: &&&str| folders.iter().any(|folder| folder.join(name).is_file());
    names.iter().find(is_there).copied().unwrap_or(otherwise)
}

/// Refuses a world of another size than the launcher said: in several worlds of one each would compute everything and
/// write the same file.
///
/// # Errors
/// The launcher's options that help.
pub fn check_world(world: &World, environment: &Environment) -> Result<()> {
    match environment.launched {
        Some(launched) if world.size() != launched.size => {
            let remedy = match (launched.by_srun, is_mpich()) {
                (true, false) => "expected srun --mpi=pmix (see srun --mpi=list), or mpirun",
                (true, true) => "expected srun --mpi=pmi2 (see srun --mpi=list), or mpirun",
                _ => "expected the mpirun that belongs to this library",
            };
            let found = match world.size() {
                1 => "each is alone".to_owned(),
                size => format!("they found {size}"),
            };
            let expected = launched.size;
            Err(Error::Usage(format!(
                "the launcher started {expected} processes, but {found}: this program is built with {}; {remedy}",
                library_version()
            )))
        }
        _ => Ok(()),
    }
}
