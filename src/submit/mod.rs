//! `slepian submit`: from a config to a job in the queue, and to its end. Everything that can be known beforehand is checked
//! before; the job itself is `slepian run` in a script that anybody can read.

mod each;
mod follow;
mod request;
mod script;
mod slurm;

use std::path::{Path, PathBuf};

use crate::cli::SubmitArgs;
use crate::comm::is_mpich;
use crate::config::{Config, Scheduler};
use crate::error::{Error, IoContext, Result};
use crate::launch::first_in_path;
use crate::phrase::{count, size};
use crate::plan::TooLarge;
use crate::study::Study;
use crate::{input, logging, memory, preview, run, setting};
use each::each;
use follow::{End, Job};
use request::Request;
use script::{Launcher, script};
use slurm::Task;

/// Lines of a log that are shown when a job has failed without a word of ours in it.
const LAST_LINES: usize = 5;

/// Submits the study and follows it; the job's exit code.
///
/// # Errors
/// A config or a request that cannot work, and what the batch system says.
pub fn submit(args: &SubmitArgs) -> Result<u8> {
    logging::start(args.quiet, false);
    let sets: Vec<String> = args
        .set
        .iter()
        .cloned()
        .chain(args.cluster_sets())
        .collect();
    let mut config = run::load(&args.config, &sets)?;
    let each = match &args.each {
        Some(pattern) => each(pattern, &config.output.value)?,
        None => Vec::new(),
    };
    let scheduler = config.cluster.scheduler;
    if !each.is_empty() && !matches!(scheduler, Scheduler::Slurm | Scheduler::Script) {
        return Err(Error::Usage(
            "--each makes a job array of Slurm; expected scheduler = \"slurm\"".into(),
        ));
    }
    let submits = scheduler == Scheduler::Slurm && !args.dry_run;
    if submits && !slurm::is_here() {
        return Err(Error::Usage(
            "no sbatch in PATH; expected a host that submits to Slurm; slepian run --ranks N computes on this one, and \
             --scheduler script writes the job script only"
                .into(),
        ));
    }
    if scheduler == Scheduler::Slurm && slurm::is_here() {
        let per_core = slurm::memory_per_core(config.cluster.partition.as_deref())?;
        let of_job = per_core.map(|bytes| bytes.saturating_mul(config.cluster.cores_per_job));
        config.cluster.mem_per_job = config.cluster.mem_per_job.or(of_job);
    }
    let study = settle(&config, &each)?;
    let request = Request::new(args, config.cluster, args.set.clone(), each);
    let program = std::env::current_exe().at("this program", "find its own file")?;
    let text = script(&request, &program, launcher());
    if args.dry_run {
        logging::print(&preview::page(&study, request.cluster.n_jobs, true))?;
        logging::print(&format!("\n{text}"))?;
        return Ok(0);
    }
    let path = write(&request, &text)?;
    if !submits {
        logging::print(&format!("{}\n", path.display()))?;
        return Ok(0);
    }
    let number = slurm::sbatch(&path)?;
    if args.detach {
        logging::print(&format!("{number}\n"))?;
        return Ok(0);
    }
    tracing::info!(
        "job {number}: {}; log {}",
        preview::essence(&study),
        log(&request, number, None).display()
    );
    let job = Job {
        number,
        n_ranks: request.cluster.n_jobs,
        n_samples: study.n_samples(),
        result: request
            .each
            .is_empty()
            .then(|| study.config.output.value.clone()),
        timeout: request.cluster.timeout,
    };
    match job.follow()? {
        End::Left => {
            tracing::info!(
                "job {number} goes on; slepian status {} says how far it is",
                args.config.display()
            );
            Ok(0)
        }
        End::Cancelled => {
            tracing::info!("job {number} is cancelled; what is done is kept");
            Ok(75)
        }
        End::Ended(tasks) => report(&request, number, &study, &tasks),
    }
}

/// The study as a rank of the job will find it; of many recordings, the one that takes most memory. A recording that cannot
/// be read fails its own task.
fn settle(config: &Config, each: &[each::Each]) -> Result<Study> {
    let of = |config: Config| -> Result<Study> {
        let cluster = &config.cluster;
        let (limit, n_ranks) = (cluster.mem_per_job.unwrap_or(u64::MAX), cluster.n_jobs);
        let share = memory::share_of(limit);
        if let Some(asked) = config
            .memory_per_rank
            .as_ref()
            .filter(|asked| asked.value > limit)
        {
            return Err(asked
                .refuse(format!(
                    "a job has {} of memory; expected at most that",
                    size(limit)
                ))
                .into());
        }
        let (recording, location, _) = input::describe(&config.input)?;
        let is_given = config.memory_per_rank.is_some();
        Study::settle(config, &recording, location, share, n_ranks).map_err(|error| match error {
            Error::TooLarge(TooLarge::Memory { needed, .. }) if !is_given => Error::Usage(format!(
                "one channel of the longest trial takes {}, and a job of {} gives half of its memory to that; \
                 --mem-per-job {}MiB would do",
                size(needed),
                size(limit),
                (2 * needed).div_ceil(1 << 20) + 1
            )),
            error => error,
        })
    };
    if each.is_empty() {
        return of(config.clone());
    }
    let mut largest: Option<Study> = None;
    let mut wrong = None;
    for task in each {
        let mut config = config.clone();
        let place = |path: &Path| setting::Setting {
            value: path.to_owned(),
            found: path.display().to_string(),
            place: setting::Place::CommandLine,
        };
        (config.input, config.output) = (place(&task.recording), place(&task.result));
        match of(config) {
            Ok(study)
                if largest
                    .as_ref()
                    .is_none_or(|l| l.plan.rank_bytes < study.plan.rank_bytes) =>
            {
                largest = Some(study);
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(
                    "{}: its task will fail: {}",
                    task.recording.display(),
                    error.one_line()
                );
                wrong = Some(error);
            }
        }
    }
    match (largest, wrong) {
        (Some(study), _) => Ok(study),
        (None, Some(error)) => Err(error),
        (None, None) => unreachable!("a pattern without recordings was refused"),
    }
}

/// Slurm's launcher where it speaks the PMI of this program's MPI, else MPI's own.
fn launcher() -> Launcher {
    let plugins = slurm::mpi_plugins();
    let (pmi, own) = match is_mpich() {
        true => (
            "pmi2",
            first_in_path(&["mpiexec.mpich", "mpiexec.hydra"], "mpiexec"),
        ),
        false => ("pmix", first_in_path(&["mpirun.openmpi"], "mpirun")),
    };
    match plugins.iter().any(|plugin| plugin == pmi) {
        true => Launcher::Srun(pmi),
        false => Launcher::Mpirun(own),
    }
}

/// Writes the script into the folder for jobs.
fn write(request: &Request, text: &str) -> Result<PathBuf> {
    let folder = &request.cluster.workdir;
    std::fs::create_dir_all(folder).at(folder, "make this folder")?;
    let path = request.script();
    std::fs::write(&path, text).at(&path, "write this job script")?;
    Ok(path)
}

/// Where the job, or one of its tasks, writes its log.
fn log(request: &Request, number: u64, task: Option<usize>) -> PathBuf {
    let task = task.map_or("%a".to_owned(), |task| task.to_string());
    let pattern = request.log_pattern.to_string_lossy();
    let number = number.to_string();
    pattern
        .replace("%j", &number)
        .replace("%A", &number)
        .replace("%a", &task)
        .into()
}

/// Says how a job has ended; its exit code.
fn report(request: &Request, number: u64, study: &Study, tasks: &[Task]) -> Result<u8> {
    let has_failed = |task: &&Task| task.state != "COMPLETED" || task.code != 0;
    let failed: Vec<&Task> = tasks.iter().filter(has_failed).collect();
    if request.each.is_empty() {
        let Some(task) = failed.first() else {
            logging::print(&format!(
                "result: {}\n",
                study.config.output.value.display()
            ))?;
            return Ok(0);
        };
        let log = log(request, number, None);
        return Err(Error::Job {
            what: format!(
                "job {number}: {}; {}; log {}",
                state(task),
                last_words(&log),
                log.display()
            ),
            exit_code: task.code.max(1),
        });
    }
    for task in &failed {
        let index = task.index.unwrap_or(0);
        let recording = request
            .each
            .get(index)
            .map(|each| each.recording.display().to_string());
        let log = log(request, number, task.index);
        tracing::error!(
            "{}: {}; {}; log {}",
            recording.unwrap_or_default(),
            state(task),
            last_words(&log),
            log.display()
        );
    }
    let n = request.each.len() as u64;
    let text = format!(
        "{} of {} done, {} failed\n",
        n - failed.len() as u64,
        count(n, "recording"),
        failed.len()
    );
    logging::print(&text)?;
    Ok(failed
        .iter()
        .map(|task| task.code.max(1))
        .max()
        .unwrap_or(0))
}

fn state(task: &Task) -> String {
    match task.state.as_str() {
        "TIMEOUT" => "ended by its time limit".into(),
        "OUT_OF_MEMORY" => "ended for taking more memory than it asked for".into(),
        "CANCELLED" => "cancelled".into(),
        "NODE_FAIL" => "ended because a node failed".into(),
        state => format!("{} with exit code {}", state.to_lowercase(), task.code),
    }
}

/// What a log says of the failure: the program's own errors, else its last lines.
fn last_words(log: &Path) -> String {
    let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let text = text.unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let ours = lines.iter().rev().find(|line| line.starts_with("error: "));
    let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
    ours.map_or_else(
        || last.join(" | "),
        |line| line.trim_start_matches("error: ").to_owned(),
    )
}
