//! `slepian submit`: from a config to a job in the queue, and to its end. Everything that can be known beforehand is checked
//! before; the job itself is `slepian run` in a script that anybody can read.

mod capacity;
mod each;
mod follow;
mod log;
mod partition;
mod request;
mod script;
mod shape;
mod slurm;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::SubmitArgs;
use crate::comm::is_mpich;
use crate::config::{Config, Scheduler};
use crate::described::Described;
use crate::error::{Error, IoContext, Result};
use crate::launch::first_in_path;
use crate::phrase::{count, size};
use crate::plan::TooLarge;
use crate::study::Study;
use crate::{logging, memory, preview, run, setting, status};
use each::each;
use follow::{End, Job};
use log::{failure, log};
use request::Request;
use script::{Launcher, script};
use slurm::Task;

/// EX_TEMPFAIL of sysexits.h: try again.
pub const WORK_IS_LEFT: u8 = 75;

/// Submits the study and follows it; the job's exit code.
///
/// # Errors
/// A config or a request that cannot work, and what the batch system says.
pub fn submit(args: &SubmitArgs) -> Result<u8> {
    logging::start(args.quiet, args.verbose);
    if args.study.config.to_str().is_none() {
        return Err(not_utf8(&args.study.config));
    }
    let sets: Vec<String> = args
        .study
        .set
        .iter()
        .cloned()
        .chain(args.cluster_sets())
        .collect();
    let mut config = run::load(&args.study.config, &sets)?;
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
    // slepian status in the script would take it for a result
    if args
        .study
        .config
        .extension()
        .is_none_or(|extension| extension != "toml")
    {
        let config = args.study.config.display();
        return Err(Error::Usage(format!(
            "{config}: expected a name that ends in .toml"
        )));
    }
    let is_slurm = matches!(scheduler, Scheduler::Slurm | Scheduler::Script);
    let cluster = &config.cluster;
    if !is_slurm && (args.after.is_some() || cluster.qos.is_some() || !cluster.sbatch.is_empty()) {
        return Err(Error::Usage(
            "--after, qos and sbatch are for Slurm; expected them in the script that is written"
                .into(),
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
    let is_asked =
        scheduler == Scheduler::Slurm && slurm::is_here() && !names_partition_elsewhere(&config);
    let partitions = is_asked.then(partitions).flatten();
    if let Some(all) = &partitions {
        let per_core = slurm::memory_of(config.cluster.partition.as_deref(), all)?;
        let of_job = per_core.map(|bytes| bytes.saturating_mul(config.cluster.cores_per_job));
        config.cluster.mem_per_job = config.cluster.mem_per_job.or(of_job);
    }
    let mut request = Request::new(args, config.cluster.clone(), args.study.set.clone(), each);
    if let Some(all) = &partitions {
        capacity::check(&request, all)?;
    }
    let study = settle(&config, &request.each)?;
    let program = std::env::current_exe().at("this program", "find its own file")?;
    let each = request.each.iter().map(|each| &each.recording);
    if let Some(path) = each.chain([&program]).find(|path| path.to_str().is_none()) {
        return Err(not_utf8(path));
    }
    if args.dry_run {
        let text = script(&request, &program, launcher());
        logging::print(&preview::page(&study, request.cluster.n_jobs, true))?;
        logging::print(&format!("\n{text}"))?;
        return Ok(0);
    }
    let path = write(&mut request, &program)?;
    if !submits {
        logging::print_report(&format!("{}\n", path.display()));
        return Ok(0);
    }
    let number = slurm::sbatch(&path)?;
    if args.detach {
        // the job is queued; whoever takes this for a failure submits it twice
        logging::print_report(&format!("{number}\n"));
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
        results: if request.each.is_empty() {
            vec![study.config.output.value.clone()]
        } else {
            request
                .each
                .iter()
                .map(|each| each.result.clone())
                .collect()
        },
        timeout: request.cluster.timeout,
    };
    match job.follow()? {
        End::Left => {
            tracing::info!(
                "job {number} goes on; slepian status {} says how far it is",
                args.study.config.display()
            );
            Ok(WORK_IS_LEFT)
        }
        End::Cancelled => {
            tracing::info!("job {number} is cancelled; what is done is kept");
            Ok(WORK_IS_LEFT)
        }
        End::Ended(tasks) => report(&request, number, &study, &tasks),
    }
}

/// A job script is text.
fn not_utf8(path: &Path) -> Error {
    Error::Usage(format!(
        "{}: its name is no UTF-8, which cannot stand in a job script; expected another name",
        path.display()
    ))
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
        let (described, _) = Described::of(&config.data)?;
        let is_given = config.memory_per_rank.is_some();
        Study::settle(config, described, share, n_ranks).map_err(|error| match error {
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
        config.data.input.path = place(&task.recording);
        config.output = place(&task.result);
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
    let (pmi, own) = if is_mpich() {
        (
            "pmi2",
            first_in_path(&["mpiexec.mpich", "mpiexec.hydra"], "mpiexec"),
        )
    } else {
        ("pmix", first_in_path(&["mpirun.openmpi"], "mpirun"))
    };
    if plugins.iter().any(|plugin| plugin == pmi) {
        Launcher::Srun(pmi)
    } else {
        Launcher::Mpirun(own)
    }
}

/// What Slurm says of its partitions; nothing when it cannot be asked, and then sbatch decides.
fn partitions() -> Option<String> {
    let why = match slurm::partitions() {
        Ok(all) if all.contains("PartitionName=") => return Some(all),
        Ok(_) => "scontrol names no partition".to_owned(),
        Err(error) => error.one_line(),
    };
    tracing::debug!("the job is submitted unchecked: {why}");
    None
}

/// Whether the partition is chosen where only sbatch looks.
fn names_partition_elsewhere(config: &Config) -> bool {
    let is_partition = |word: &String| word.starts_with("-p") || word.starts_with("--partition");
    config.cluster.partition.is_none()
        && (std::env::var_os("SBATCH_PARTITION").is_some()
            || config.cluster.sbatch.iter().any(is_partition))
}

/// Writes the script into the folder for jobs, under a name that no other job has: jobs of one config may be submitted at
/// the same time.
fn write(request: &mut Request, program: &Path) -> Result<PathBuf> {
    let folder = &request.cluster.workdir;
    std::fs::create_dir_all(folder).at(folder, "make this folder")?;
    let mut number = 1;
    let mut file = loop {
        match File::create_new(&request.script) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                number += 1;
                request.script = folder.join(format!("{}-{number}.sh", request.name));
            }
            file => break file.at(&request.script, "make this job script")?,
        }
    };
    let text = script(request, program, launcher());
    let path = request.script.clone();
    file.write_all(text.as_bytes())
        .at(&path, "write this job script")?;
    Ok(path)
}

/// Says how a job has ended; its exit code.
fn report(
    request: &Request,
    number: u64,
    study: &Study,
    tasks: &BTreeMap<usize, Task>,
) -> Result<u8> {
    let result = &study.config.output.value;
    if request.each.is_empty() {
        let log = log(request, number, None);
        let how = match tasks.values().find(|task| !task.is_well()) {
            None if status::is_finished(result) => {
                logging::print_report(&format!("result: {}\n", result.display()));
                return Ok(0);
            }
            None => format!("ended, and {} is not finished", result.display()),
            Some(task) => state(task),
        };
        let code = tasks.values().map(|task| task.code).max();
        return Err(Error::Job {
            what: format!(
                "job {number}: {how}; {}; log {}",
                failure(&log),
                log.display()
            ),
            exit_code: code.unwrap_or(1).max(1),
        });
    }
    let mut code = 0;
    let mut n_failed = 0;
    for (index, each) in request.each.iter().enumerate() {
        let task = tasks.get(&index);
        if status::is_finished(&each.result) && task.is_none_or(Task::is_well) {
            continue;
        }
        n_failed += 1;
        code = code.max(task.map_or(1, |task| task.code.max(1)));
        let log = log(request, number, Some(index));
        tracing::error!(
            "{}: {}; {}; log {}",
            each.recording.display(),
            task.map_or("has not run".to_owned(), state),
            failure(&log),
            log.display()
        );
    }
    let n = request.each.len();
    let text = format!(
        "{} of {} done, {n_failed} failed\n",
        n - n_failed,
        count(n as u64, "recording")
    );
    logging::print_report(&text);
    Ok(code)
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
