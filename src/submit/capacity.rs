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
    match refusals(request, all) {
        Ok(refusals) if refusals.is_empty() => Ok(()),
        Ok(refusals) => Err(Error::Usage(refusals.join("; "))),
        Err(why) => {
            tracing::debug!("the job is submitted unchecked: {why}");
            Ok(())
        }
    }
}

/// Why none of the partitions can run the job, or nothing; an error is why that is not known.
fn refusals(request: &Request, all: &str) -> Result<Vec<String>, String> {
    let cluster = &request.cluster;
    if let Some(name) = std::env::vars_os().map(|(name, _)| name).find(|name| {
        let name = name.to_string_lossy();
        name == "SLURM_CLUSTERS"
            || name.starts_with("SBATCH_") && !HARMLESS_VARIABLES.contains(&&*name)
    }) {
        return Err(format!("{} is set", name.to_string_lossy()));
    }
    let config = slurm::config().map_err(|error| error.one_line())?;
    let names: Vec<Option<&str>> = match &cluster.partition {
        Some(names) => names.split(',').map(Some).collect(),
        None => vec![None],
    };
    for name in &names {
        let line = line_of(all, *name).ok_or("there is no default partition")?;
        if cancels_preempted(line, &config) {
            let name = slurm::field(line, "PartitionName").unwrap_or_default();
            tracing::warn!(
                "partition {name} cancels jobs that it preempts (PreemptMode=CANCEL): such a job does not go back into the \
                 queue; submitted again it goes on with what is done"
            );
        }
    }
    if let Some(word) = cluster.sbatch.iter().find(|word| !is_harmless(word)) {
        return Err(format!("{word} may change what is asked for"));
    }
    let plugins = setting(&config, "JobSubmitPlugins");
    if cluster.partition.is_none() && plugins.is_some_and(|plugins| plugins != "(null)") {
        return Err("a plugin of the site may choose the partition".into());
    }
    let shape = Shape::of(request);
    let mut refusals = Vec::new();
    for name in names {
        let line = line_of(all, name).ok_or("there is no default partition")?;
        let name = slurm::field(line, "PartitionName").ok_or("a partition has no name")?;
        let nodes = slurm::nodes(name).map_err(|error| error.one_line())?;
        let mut partition = Partition::parse(line, &nodes)?;
        let selects = [
            setting(&config, "SelectTypeParameters"),
            slurm::field(line, "SelectTypeParameters"),
        ];
        let gives_memory = |by: &Option<&str>| by.is_some_and(|by| by.contains("MEMORY"));
        if !selects.iter().any(gives_memory) {
            partition = partition.without_memory();
        }
        match refusal(&shape, &partition) {
            Some(why) => refusals.push(format!("partition {name} can never run this job: {why}")),
            None => return Ok(Vec::new()),
        }
    }
    Ok(refusals)
}

/// Whether a word of sbatch's options leaves what is asked for as it is, or asks for more.
fn is_harmless(word: &str) -> bool {
    let is_value = !word.starts_with('-');
    let name = word.split('=').next().unwrap_or_default();
    let short = word.get(..2).filter(|_| !word.starts_with("--"));
    let is_known = |known: &&str| *known == name || Some(*known) == short;
    is_value || HARMLESS_OPTIONS.iter().any(|known| is_known(known))
}
