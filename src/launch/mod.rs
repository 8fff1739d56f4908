//! How a job starts: in the world a launcher made, as one process, or by starting itself again under a launcher.

mod environment;
mod relaunch;

pub use environment::{Environment, Launched};
pub use relaunch::{Relaunch, check_world, first_in_path, note_start};

use crate::comm::World;
use crate::error::{Error, Result};
use crate::memory;

/// What the command line and the config ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// `--ranks N`
    pub ranks: Option<usize>,
    /// `--serial`
    pub serial: bool,
    /// `parallel` of the config.
    pub parallel: Option<bool>,
}

/// What this process does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// It is the whole world.
    Serial,
    /// It joins the world of its launcher.
    Join {
        /// Whether it is known that all ranks are on one host.
        is_on_one_host: bool,
    },
    /// It becomes a launcher that starts it again.
    Relaunch(Relaunch),
}

/// What helps in a launcher's world of one, such as `srun -n1 --pty bash`.
const REMEDY: &str = "a shell outside of srun and mpirun, or one of them with that many ranks";

/// What the user should know when a launcher's world of one cannot be `parallel`.
pub fn warning(environment: &Environment, wish: Wish) -> Option<String> {
    let alone = environment
        .launched
        .is_some_and(|launched| launched.size == 1);
    let asks = wish.parallel == Some(true) && wish.ranks.is_none() && !wish.serial;
    (alone && asks).then(|| {
        format!("parallel = true under a launcher of 1 has no effect; for more ranks use {REMEDY}")
    })
}

/// The world that the environment and the wish lead to; this process may become a launcher that starts it again. `listen` is
/// called before MPI starts, which takes its time: until then a signal ends the process.
///
/// # Errors
/// Wishes that contradict the launcher, a launcher that cannot be started, ranks that do not find each other.
pub fn enter(
    environment: &Environment,
    wish: Wish,
    listen: impl FnOnce() -> Result<()>,
) -> Result<World> {
    let alone = |error: Error| {
        if environment.speaks() {
            error
        } else {
            Error::Elsewhere {
                rank: 0,
                exit_code: error.exit_code(),
            }
        }
    };
    let world = match decide(environment, wish).map_err(alone)? {
        Start::Relaunch(launcher) => return Err(launcher.exec()),
        Start::Serial => {
            listen()?;
            World::serial()
        }
        Start::Join { is_on_one_host } => {
            memory::require_room_for_mpi().map_err(alone)?;
            listen()?;
            World::join(is_on_one_host)?
        }
    };
    check_world(&world, environment).map_err(|error| world.speak(alone(error)))?;
    Ok(world)
}

/// Decides from the environment and the wish.
///
/// # Errors
/// Wishes that contradict the launcher.
pub fn decide(environment: &Environment, wish: Wish) -> Result<Start> {
    if let Some(launched) = environment.launched {
        let Launched {
            size,
            by_srun,
            is_on_one_host,
            ..
        } = launched;
        if let Some(ranks) = wish.ranks.filter(|&ranks| ranks > 1)
            && (by_srun && size == 1 && !wish.serial)
        {
            // a step of one task is often a shell, with cores for more
            return Ok(Start::Relaunch(Relaunch::Mpiexec { ranks }));
        }
        if wish.serial && size != 1 {
            return Err(Error::Usage(format!(
                "--serial under a launcher would run {size} times; expected one or the other"
            )));
        }
        if let Some(ranks) = wish.ranks.filter(|&ranks| ranks != size) {
            return Err(Error::Usage(if size == 1 {
                format!("--ranks {ranks} under a launcher of 1; expected {REMEDY}")
            } else {
                format!("--ranks {ranks} under a launcher of {size}; expected one or the other")
            }));
        }
        return Ok(if size == 1 {
            Start::Serial
        } else {
            Start::Join { is_on_one_host }
        });
    }
    if wish.serial {
        return match wish.ranks {
            Some(ranks) if ranks > 1 => Err(Error::Usage(
                "--serial and --ranks contradict each other".into(),
            )),
            _ => Ok(Start::Serial),
        };
    }
    match (environment.in_allocation, wish.ranks, wish.parallel) {
        (_, Some(1), _) => Ok(Start::Serial),
        (true, ranks @ Some(_), _) | (true, ranks, None | Some(true)) => {
            Ok(Start::Relaunch(Relaunch::Srun { ranks }))
        }
        (false, Some(ranks), _) => Ok(Start::Relaunch(Relaunch::Mpiexec { ranks })),
        (false, None, Some(true)) => match environment.n_cores {
            1 => Ok(Start::Serial),
            ranks => Ok(Start::Relaunch(Relaunch::Mpiexec { ranks })),
        },
        (_, None, _) => Ok(Start::Serial),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let find = |name: &str| {
            variables
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| v.to_string())
        };
        Environment {
            n_cores: 4,
            ..Environment::from_variables(find)
        }
    }

    const JOIN: Start = Start::Join {
        is_on_one_host: false,
    };
    const NO_WISH: Wish = Wish {
        ranks: None,
        serial: false,
        parallel: None,
    };
    const ALLOCATION: &[(&str, &str)] = &[("SLURM_JOB_ID", "7"), ("SLURM_NTASKS", "8")];

    #[test]
    fn without_a_launcher_one_process_computes_everything() {
        assert_eq!(decide(&environment(&[]), NO_WISH).unwrap(), Start::Serial);
    }

    #[test]
    fn a_launchers_world_is_joined_and_a_launcher_of_one_is_no_world() {
        for (name, size) in [
            ("OMPI_COMM_WORLD_SIZE", 3),
            ("PMI_SIZE", 3),
            ("SLURM_STEP_NUM_TASKS", 3),
        ] {
            let size = size.to_string();
            let variables = [
                (name, size.as_str()),
                ("SLURM_STEP_ID", "0"),
                ("SLURM_JOB_ID", "7"),
            ];
            assert_eq!(
                decide(&environment(&variables), NO_WISH).unwrap(),
                JOIN,
                "{name}"
            );
        }
        let one = environment(&[("OMPI_COMM_WORLD_SIZE", "1")]);
        assert_eq!(decide(&one, NO_WISH).unwrap(), Start::Serial);
        let three = environment(&[("OMPI_COMM_WORLD_SIZE", "3")]);
        assert!(
            decide(
                &three,
                Wish {
                    serial: true,
                    ..NO_WISH
                }
            )
            .is_err()
        );
        assert!(
            decide(
                &three,
                Wish {
                    ranks: Some(4),
                    ..NO_WISH
                }
            )
            .is_err()
        );
        assert_eq!(
            decide(
                &three,
                Wish {
                    ranks: Some(3),
                    ..NO_WISH
                }
            )
            .unwrap(),
            JOIN
        );
    }

    #[test]
    fn a_launchers_world_of_one_names_what_gives_more_ranks() {
        let shell = [
            ("SLURM_JOB_ID", "7"),
            ("SLURM_STEP_ID", "0"),
            ("SLURM_STEP_NUM_TASKS", "1"),
        ];
        let shell = environment(&shell);
        let eight = Wish {
            ranks: Some(8),
            ..NO_WISH
        };
        // a shell in a step of one task can start ranks on its host
        let ranks = Start::Relaunch(Relaunch::Mpiexec { ranks: 8 });
        assert_eq!(decide(&shell, eight).unwrap(), ranks);
        let one = environment(&[("OMPI_COMM_WORLD_SIZE", "1")]);
        let error = decide(&one, eight).expect_err("one is not eight");
        assert!(error.to_string().contains("outside of srun"), "{error}");
        let parallel = Wish {
            parallel: Some(true),
            ..NO_WISH
        };
        assert_eq!(decide(&shell, parallel).unwrap(), Start::Serial);
        assert!(warning(&shell, parallel).is_some());
        assert_eq!(warning(&shell, NO_WISH), None);
        assert_eq!(warning(&environment(&[]), parallel), None);
    }

    #[test]
    fn wishes_start_ranks_on_this_machine() {
        let four = Start::Relaunch(Relaunch::Mpiexec { ranks: 4 });
        assert_eq!(
            decide(
                &environment(&[]),
                Wish {
                    parallel: Some(true),
                    ..NO_WISH
                }
            )
            .unwrap(),
            four
        );
        let two = Start::Relaunch(Relaunch::Mpiexec { ranks: 2 });
        let wish = Wish {
            ranks: Some(2),
            parallel: Some(false),
            ..NO_WISH
        };
        assert_eq!(decide(&environment(&[]), wish).unwrap(), two);
    }

    #[test]
    fn inside_an_allocation_srun_is_used_unasked_unless_opted_out() {
        let inside = environment(ALLOCATION);
        let srun = |ranks| Start::Relaunch(Relaunch::Srun { ranks });
        assert_eq!(decide(&inside, NO_WISH).unwrap(), srun(None));
        assert_eq!(
            decide(
                &inside,
                Wish {
                    ranks: Some(5),
                    ..NO_WISH
                }
            )
            .unwrap(),
            srun(Some(5))
        );
        assert_eq!(
            decide(
                &inside,
                Wish {
                    serial: true,
                    ..NO_WISH
                }
            )
            .unwrap(),
            Start::Serial
        );
        assert_eq!(
            decide(
                &inside,
                Wish {
                    parallel: Some(false),
                    ..NO_WISH
                }
            )
            .unwrap(),
            Start::Serial
        );
    }

    #[test]
    fn a_step_of_one_task_starts_ranks_beside_it_when_asked() {
        let shell = environment(&[
            ("SLURM_JOB_ID", "7"),
            ("SLURM_NTASKS", "1"),
            ("SLURM_STEP_ID", "0"),
            ("SLURM_STEP_NUM_TASKS", "1"),
        ]);
        assert_eq!(decide(&shell, NO_WISH).unwrap(), Start::Serial);
        let wish = Wish {
            ranks: Some(4),
            ..NO_WISH
        };
        let four = Start::Relaunch(Relaunch::Mpiexec { ranks: 4 });
        assert_eq!(decide(&shell, wish).unwrap(), four);
        let contradicting = Wish {
            serial: true,
            ..wish
        };
        assert!(decide(&shell, contradicting).is_err());
        let mpirun = environment(&[("OMPI_COMM_WORLD_SIZE", "1")]);
        assert!(decide(&mpirun, wish).is_err());
    }

    #[test]
    fn a_batch_script_submitted_from_a_step_is_not_that_step() {
        let batch = [
            ("SLURM_JOB_ID", "7"),
            ("SLURM_NTASKS", "8"),
            ("SLURM_STEP_ID", "0"),
            ("SLURM_STEP_NUM_TASKS", "1"),
        ];
        assert_eq!(
            decide(&environment(&batch), NO_WISH).unwrap(),
            Start::Relaunch(Relaunch::Srun { ranks: None })
        );
    }

    #[test]
    fn the_batch_step_is_no_launcher() {
        let batch = [
            ("SLURM_JOB_ID", "7"),
            ("SLURM_STEP_ID", "4294967291"),
            ("SLURM_STEP_NUM_TASKS", "4"),
        ];
        assert_eq!(
            decide(&environment(&batch), NO_WISH).unwrap(),
            Start::Relaunch(Relaunch::Srun { ranks: None })
        );
    }

    #[test]
    fn ranks_of_one_host_are_known_to_be() {
        let is_on_one_host = |variables: &[(&str, &str)]| {
            decide(&environment(variables), NO_WISH).unwrap()
                == Start::Join {
                    is_on_one_host: true,
                }
        };
        let mpirun = |local| {
            is_on_one_host(&[
                ("OMPI_COMM_WORLD_SIZE", "4"),
                ("OMPI_COMM_WORLD_LOCAL_SIZE", local),
            ])
        };
        assert!(mpirun("4") && !mpirun("2"));
        let srun = |nodes| {
            is_on_one_host(&[
                ("SLURM_JOB_ID", "7"),
                ("SLURM_STEP_ID", "0"),
                ("SLURM_STEP_NUM_TASKS", "4"),
                ("SLURM_STEP_NUM_NODES", nodes),
            ])
        };
        assert!(srun("1") && !srun("2"));
        // MPICH's hydra says how many processes there are, not where
        assert!(!is_on_one_host(&[("PMI_SIZE", "4")]));
    }
}
