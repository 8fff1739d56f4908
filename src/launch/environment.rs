//! What the environment variables of launchers and of Slurm say.

/// A launcher started this process as one of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launched {
    /// How many processes it started.
    pub size: usize,
    /// Which of them this is; MPI may count otherwise, but one of them is 0.
    pub rank: usize,
    /// Whether it was srun, and no mpirun inside its step.
    pub by_srun: bool,
    /// Whether it is known that all of them are on one host.
    pub is_on_one_host: bool,
}

/// Where this process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Environment {
    /// The launcher, if there is one.
    pub launched: Option<Launched>,
    /// Whether this is inside a Slurm allocation.
    pub in_allocation: bool,
    /// Processors this process may use.
    pub n_cores: usize,
}

/// Slurm numbers the steps that are no srun, such as the batch script, from here on.
///
/// Source: `slurm/slurm.h`, SLURM_INTERACTIVE_STEP and above.
const FIRST_SPECIAL_STEP: u64 = 0xffff_fff0;

impl Environment {
    /// Reads this process's environment.
    pub fn here() -> Environment {
        Environment::from_variables(|name| std::env::var(name).ok())
    }

    /// Whether this process is the one that speaks before ranks know each other.
    pub fn speaks(&self) -> bool {
        self.launched.is_none_or(|launched| launched.rank == 0)
    }

    /// Reads any environment.
    pub fn from_variables(find: impl Fn(&str) -> Option<String>) -> Environment {
        let number = |name: &str| find(name).and_then(|text| text.trim().parse::<usize>().ok());
        // mpirun of Open MPI; hydra of MPICH and Intel, and Slurm's pmi2; Cray's PALS
        let by_mpirun = [
            "OMPI_COMM_WORLD_SIZE",
            "PMI_SIZE",
            "MV2_COMM_WORLD_SIZE",
            "PALS_SIZE",
        ]
        .into_iter()
        .find_map(number);
        let ranks = [
            "OMPI_COMM_WORLD_RANK",
            "PMI_RANK",
            "MV2_COMM_WORLD_RANK",
            "PALS_RANKID",
            "SLURM_PROCID",
        ];
        let rank = ranks.into_iter().find_map(number).unwrap_or(0);
        let launched = match by_mpirun {
            Some(size) => Some(Launched {
                size,
                rank,
                by_srun: false,
                is_on_one_host: number("OMPI_COMM_WORLD_LOCAL_SIZE") == Some(size),
            }),
            None => slurm_step_size(&number).map(|size| Launched {
                size,
                rank,
                by_srun: true,
                is_on_one_host: number("SLURM_STEP_NUM_NODES") == Some(1),
            }),
        };
        Environment {
            launched,
            in_allocation: number("SLURM_JOB_ID").is_some(),
            n_cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// Tasks of the srun step this process runs in, if it does.
fn slurm_step_size(number: &impl Fn(&str) -> Option<usize>) -> Option<usize> {
    let step = number("SLURM_STEP_ID")?;
    if step as u64 >= FIRST_SPECIAL_STEP {
        return None;
    }
    let size = number("SLURM_STEP_NUM_TASKS")?;
    // srun sets both to the same number; a batch script that was submitted from inside a step, such as an interactive
    // shell, keeps the variables of that step and sets its own number of tasks
    let is_inherited = size == 1 && number("SLURM_NTASKS").is_some_and(|tasks| tasks > 1);
    (!is_inherited).then_some(size)
}
