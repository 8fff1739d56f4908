//! Slurm by its commands: what they are asked, and what their answers say.

use std::path::Path;
use std::process::{Command, Output};

use crate::error::{Error, Result};

/// Runs one of Slurm's commands; its output when it ended well.
fn ask(words: &[&str]) -> Result<String> {
    let output = run(words)?;
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(Error::Launch(format!("{}: {}", words[0], reason(&output))))
    }
}

fn run(words: &[&str]) -> Result<Output> {
    Command::new(words[0])
        .args(&words[1..])
        .output()
        .map_err(|error| Error::Launch(format!("cannot run {}: {error}", words[0])))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// What a command that failed says, in one line.
fn reason(output: &Output) -> String {
    let said = [&output.stderr, &output.stdout].map(|bytes| text(bytes));
    let said = said.iter().find(|text| !text.is_empty());
    let Some(said) = said else {
        return output.status.to_string();
    };
    let lines = said.lines().map(|line| {
        let line = line.trim();
        line.split_once("error: ").map_or(line, |(_, what)| what)
    });
    lines.collect::<Vec<_>>().join("; ")
}

/// Whether jobs can be submitted from here.
pub fn is_here() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join("sbatch").is_file())
}

/// Names of the PMI plugins that srun has.
pub fn mpi_plugins() -> Vec<String> {
    // it lists them on stderr before 21.08
    run(&["srun", "--mpi=list"]).map_or(Vec::new(), |output| {
        let said = [text(&output.stdout), text(&output.stderr)].join("\n");
        said.split_whitespace().map(str::to_owned).collect()
    })
}

/// All partitions, a line of `key=value` pairs each.
///
/// # Errors
/// What Slurm says.
pub fn partitions() -> Result<String> {
    ask(&["scontrol", "-a", "show", "partition", "-o"])
}

/// The cluster's configuration.
///
/// # Errors
/// What Slurm says.
pub fn config() -> Result<String> {
    ask(&["scontrol", "show", "config"])
}

/// The nodes of a partition, also those that are down: a line of name, CPUs and MiB each.
///
/// # Errors
/// What Slurm says.
pub fn nodes(partition: &str) -> Result<String> {
    ask(&["sinfo", "-h", "-N", "-p", partition, "-o", "%n|%c|%m"])
}

/// Bytes of memory that partitions, the default one without a name, give to each core; the least of several, and nothing
/// when they say nothing. `all` is what Slurm says of all partitions.
///
/// # Errors
/// No such partition, with those that exist.
pub fn memory_of(partitions: Option<&str>, all: &str) -> Result<Option<u64>> {
    let of = |line: &str| -> Option<u64> {
        let mib = |key| field(line, key).and_then(|value| value.parse::<u64>().ok());
        mib("DefMemPerCPU").or_else(|| mib("MaxMemPerCPU"))
    };
    let Some(names) = partitions else {
        let line = all
            .lines()
            .find(|line| field(line, "Default") == Some("YES"));
        return Ok(line.and_then(of).map(|mib| mib << 20));
    };
    let mut least: Option<u64> = None;
    for name in names.split(',') {
        let Some(line) = all
            .lines()
            .find(|line| field(line, "PartitionName") == Some(name))
        else {
            let there = all.lines().filter_map(|line| field(line, "PartitionName"));
            return Err(Error::Usage(format!(
                "there is no partition {name}; expected one of {}",
                there.collect::<Vec<_>>().join(", ")
            )));
        };
        least = least.into_iter().chain(of(line)).min();
    }
    Ok(least.map(|mib| mib << 20))
}

/// The value of `key` in a line of `key=value` pairs.
pub fn field<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.split_whitespace()
        .find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

/// Submits a script; the job's number.
///
/// # Errors
/// What Slurm says, such as a wrong account or a limit.
pub fn sbatch(script: &Path) -> Result<u64> {
    let script = script.to_string_lossy();
    let said = ask(&["sbatch", "--parsable", &script])?;
    let number = said.split(';').next().unwrap_or_default();
    number
        .parse()
        .map_err(|_| Error::Launch(format!("sbatch: expected a job's number, found {said}")))
}

/// Cancels a job.
///
/// # Errors
/// What Slurm says.
pub fn cancel(job: u64) -> Result<()> {
    ask(&["scancel", &job.to_string()]).map(|_| ())
}

/// States of a job on its nodes. Source: squeue(1), job state codes.
const RUNNING: &[&str] = &[
    "COMPLETING",
    "RESIZING",
    "RUNNING",
    "SIGNALING",
    "STAGE_OUT",
    "STOPPED",
    "SUSPENDED",
];
/// States after which nothing comes; a job in any other one waits.
const ENDED: &[&str] = &[
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "REVOKED",
    "TIMEOUT",
];

/// What Slurm knows of one task of a job, or of a job that is no array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its number in an array.
    pub index: Option<usize>,
    /// PENDING, RUNNING, COMPLETED, …
    pub state: String,
    /// Why it is in this state.
    pub reason: String,
    /// Exit code of the script.
    pub code: u8,
}

impl Task {
    fn parse(line: &str) -> Option<Task> {
        let code = field(line, "ExitCode").unwrap_or("0:0");
        let (code, signal) = code.split_once(':').unwrap_or((code, "0"));
        let code = match (code.parse::<u8>().unwrap_or(1), signal) {
            (0, "0") => 0,
            (0, _) => 1,
            (code, _) => code,
        };
        Some(Task {
            index: field(line, "ArrayTaskId").and_then(|index| index.parse().ok()),
            state: field(line, "JobState")?.to_owned(),
            reason: field(line, "Reason").unwrap_or("None").to_owned(),
            code,
        })
    }

    /// Whether it computes, or would if it were let.
    pub fn is_running(&self) -> bool {
        RUNNING.contains(&self.state.as_str())
    }

    /// Whether it has ended as it should.
    pub fn is_well(&self) -> bool {
        self.state == "COMPLETED" && self.code == 0
    }

    /// Whether it has come to its end.
    pub fn has_ended(&self) -> bool {
        ENDED.contains(&self.state.as_str())
    }
}

/// The tasks of a job, one if it is no array.
///
/// # Errors
/// What Slurm says.
pub fn tasks(job: u64) -> Result<Vec<Task>> {
    let said = ask(&["scontrol", "show", "job", "-o", &job.to_string()])?;
    Ok(said.lines().filter_map(Task::parse).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_what_scontrol_says() {
        let line = "JobId=7 JobName=slepian-x UserId=root(0) JobState=PENDING Reason=Resources Dependency=(null) Requeue=1 \
                    Restarts=0 BatchFlag=1 Reboot=0 ExitCode=0:9 StdErr=/a b.log StdIn=/dev/null StdOut=/a b.log Power=";
        let task = Task::parse(line).unwrap();
        assert_eq!(
            (task.state.as_str(), task.reason.as_str(), task.code),
            ("PENDING", "Resources", 1)
        );
        assert!(!task.has_ended() && !task.is_running() && task.index.is_none());
        let line = "JobId=9 ArrayJobId=7 ArrayTaskId=2 JobState=FAILED Reason=NonZeroExitCode ExitCode=3:0";
        let task = Task::parse(line).unwrap();
        assert_eq!(
            (task.index, task.code, task.has_ended()),
            (Some(2), 3, true)
        );
        // those that wait are one
        let line =
            "JobId=7 ArrayJobId=7 ArrayTaskId=3-9 JobState=RESV_DEL_HOLD Reason=None ExitCode=0:0";
        let task = Task::parse(line).unwrap();
        assert!(task.index.is_none() && !task.has_ended() && !task.is_running());
        assert_eq!(Task::parse("nonsense"), None);
    }

    #[test]
    fn the_memory_of_partitions_is_the_least_of_them() {
        let all = "PartitionName=a Default=NO DefMemPerCPU=500 MaxMemPerNode=UNLIMITED\n\
                   PartitionName=b Default=YES MaxMemPerCPU=300 DefMemPerNode=UNLIMITED\n\
                   PartitionName=c Default=NO DefMemPerNode=UNLIMITED\n";
        let mib = |names| memory_of(names, all).unwrap().map(|bytes| bytes >> 20);
        assert_eq!(mib(None), Some(300));
        assert_eq!(mib(Some("a")), Some(500));
        assert_eq!(mib(Some("a,b")), Some(300));
        assert_eq!(mib(Some("c")), None);
        let error = memory_of(Some("a,d"), all).unwrap_err().to_string();
        assert_eq!(error, "there is no partition d; expected one of a, b, c");
    }
}
