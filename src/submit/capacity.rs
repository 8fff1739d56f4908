//! Whether a partition can ever run a job: Slurm queues many a request that no set of nodes satisfies, and leaves it there.
//! Where Slurm is not understood, or something else decides about the job, it is submitted unchecked.

use super::partition::{Partition, cancels_preempted, line_of, setting};
use super::request::Request;
use super::shape::{Shape, refusal};
use super::slurm;
use crate::error::{Error, Result};

/// Options of sbatch that make a request no smaller. Source: sbatch(1).
const HARMLESS_OPTIONS: &[&str] = &[
    "--account",
    "--begin",
    "--comment",
    "--constraint",
    "--contiguous",
    "--cpu-freq",
    "--deadline",
    "--dependency",
    "--exclude",
    "--exclusive",
    "--export",
    "--gpus",
    "--gpus-per-node",
    "--gpus-per-task",
    "--gres",
    "--hint",
    "--hold",
    "--job-name",
    "--licenses",
    "--mail-type",
    "--mail-user",
    "--nice",
    "--nodelist",
    "--priority",
    "--profile",
    "--propagate",
    "--switches",
    "--tmp",
    "--wckey",
    "-A",
    "-C",
    "-H",
    "-J",
    "-L",
    "-b",
    "-d",
    "-w",
    "-x",
];
/// The same for variables that sbatch reads.
const HARMLESS_VARIABLES: &[&str] = &[
    "SBATCH_ACCOUNT",
    "SBATCH_CONSTRAINT",
    "SBATCH_DEBUG",
    "SBATCH_EXCLUSIVE",
    "SBATCH_EXPORT",
    "SBATCH_HINT",
    "SBATCH_JOB_NAME",
    "SBATCH_NO_REQUEUE",
    "SBATCH_OPEN_MODE",
    "SBATCH_OUTPUT",
    "SBATCH_REQUEUE",
    "SBATCH_SIGNAL",
    "SBATCH_WAIT",
];

/// Refuses a job that its partitions, whose lines are in `all`, can never run, and warns of what they do to it.
///
/// # Errors
/// What was asked for, what there is at most, and what to do.
pub fn check(request: &Request, all: &str) -> Result<()> {
    let config = slurm::config().map_err(|error| error.one_line());
    let names: Vec<Option<&str>> = match &request.cluster.partition {
        Some(names) => names.split(',').map(Some).collect(),
        None => vec![None],
    };
    let lines: Vec<&str> = names
        .iter()
        .filter_map(|name| line_of(all, *name))
        .collect();
    warn_of_preemption(&lines, config.as_deref().unwrap_or_default());
    let refusals = match (config, unchecked(request)) {
        (Err(why), _) | (_, Some(why)) => Err(why),
        (Ok(config), None) if has_routing(request, &config) => {
            Err("a plugin of the site may choose the partition".into())
        }
        (Ok(config), None) => refusals(&Shape::of(request), &lines, &config),
    };
    match refusals {
        Ok(refusals) if refusals.is_empty() => Ok(()),
        Ok(refusals) => Err(Error::Usage(refusals.join("; "))),
        Err(why) => {
            tracing::debug!("the job is submitted unchecked: {why}");
            Ok(())
        }
    }
}

fn warn_of_preemption(lines: &[&str], config: &str) {
    for line in lines.iter().filter(|line| cancels_preempted(line, config)) {
        let name = slurm::field(line, "PartitionName").unwrap_or_default();
        tracing::warn!(
            "partition {name} cancels jobs that it preempts (PreemptMode=CANCEL): such a job does not go back into the queue; \
             submitted again it goes on with what is done"
        );
    }
}

/// What else than the request says how much the job asks for.
fn unchecked(request: &Request) -> Option<String> {
    let mut names = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    let variable = names.find(|name| {
        let is_known = HARMLESS_VARIABLES.contains(&name.as_str());
        name == "SLURM_CLUSTERS" || name.starts_with("SBATCH_") && !is_known
    });
    let mut options = request.cluster.sbatch.iter();
    let option = options.find(|word| !is_harmless(word));
    variable
        .or(option.cloned())
        .map(|what| format!("{what} may change what is asked for"))
}

/// Whether the site may send a job without a partition to another one than the default.
fn has_routing(request: &Request, config: &str) -> bool {
    let plugins = setting(config, "JobSubmitPlugins");
    request.cluster.partition.is_none() && plugins.is_some_and(|plugins| plugins != "(null)")
}

/// Why none of the partitions can ever run the job, or nothing.
///
/// # Errors
/// Why that is not known.
fn refusals(job: &Shape, lines: &[&str], config: &str) -> Result<Vec<String>, String> {
    let mut refusals = Vec::new();
    for line in lines {
        let name = slurm::field(line, "PartitionName").ok_or("a partition has no name")?;
        let nodes = slurm::nodes(name).map_err(|error| error.one_line())?;
        let mut partition = Partition::parse(line, &nodes)?;
        let selects = [
            setting(config, "SelectTypeParameters"),
            slurm::field(line, "SelectTypeParameters"),
        ];
        let gives_memory =
            |by: &Option<&str>| by.is_some_and(|by| by.to_uppercase().contains("MEMORY"));
        if !selects.iter().any(gives_memory) {
            partition = partition.without_memory();
        }
        let Some(why) = refusal(job, &partition) else {
            return Ok(Vec::new());
        };
        refusals.push(format!("partition {name} can never run this job: {why}"));
    }
    Ok(refusals)
}

/// Whether a word of sbatch's options leaves what is asked for as it is, or asks for more.
fn is_harmless(word: &str) -> bool {
    let is_value = !word.starts_with('-');
    let name = word.split('=').next().unwrap_or_default();
    let short = word.get(..2).filter(|_| !word.starts_with("--"));
    let is_known = |known: &&str| *known == name || Some(*known) == short;
    is_value || HARMLESS_OPTIONS.iter().any(is_known)
}
