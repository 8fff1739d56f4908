//! `[cluster]`: what `slepian submit` asks the batch system for. A run reads past it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::setting::{Key, Refusal, Section, Setting, refuse_unexpanded, relative};

/// Ranks of a job unless told otherwise; as Syncopy's `esi_cluster_setup`.
const N_JOBS: u64 = 2;
/// Starts of one job after the first at most, unless told otherwise.
const MAX_RESTARTS: u64 = 20;

/// The keys of the table.
pub const CLUSTER: &[Key] = &[
    Key {
        name: "scheduler",
        default: "\"slurm\"",
        unit: "",
        legal: "\"slurm\"; \"script\", \"pbs\" or \"lsf\" write a job script and submit nothing",
        about: "the batch system",
    },
    Key {
        name: "partition",
        default: "\"none\"",
        unit: "",
        legal: "\"none\" (the default one) or its name",
        about: "partition, or queue, of the job",
    },
    Key {
        name: "n_jobs",
        default: "2",
        unit: "",
        legal: "a whole number from 1 up",
        about: "MPI ranks of the job",
    },
    Key {
        name: "mem_per_job",
        default: "\"none\"",
        unit: "bytes",
        legal: "\"none\" (as the partition gives) or a size such as \"16 GB\"",
        about: "memory of one rank",
    },
    Key {
        name: "cores_per_job",
        default: "1",
        unit: "",
        legal: "a whole number from 1 up",
        about: "cores of one rank, of which it computes on one",
    },
    Key {
        name: "processes",
        default: "\"none\"",
        unit: "",
        legal: "\"none\" or a whole number from 1 up",
        about: "ranks on each node",
    },
    Key {
        name: "nodes",
        default: "\"none\"",
        unit: "",
        legal: "\"none\" or a whole number from 1 up",
        about: "nodes of the job",
    },
    Key {
        name: "time",
        default: "\"none\"",
        unit: "",
        legal: "\"none\" (the partition's) or a limit as Slurm writes it: \"30\" minutes, \"2:00:00\", \"1-12:00:00\"",
        about: "time limit of one start of the job, which goes back into the queue while work is left",
    },
    Key {
        name: "max_restarts",
        default: "20",
        unit: "",
        legal: "a whole number from 0 up",
        about: "how often the job goes back into the queue at most",
    },
    Key {
        name: "account",
        default: "\"none\"",
        unit: "",
        legal: "\"none\" or its name",
        about: "account that is charged",
    },
    Key {
        name: "qos",
        default: "\"none\"",
        unit: "",
        legal: "\"none\" or its name",
        about: "quality of service",
    },
    Key {
        name: "workdir",
        default: "",
        unit: "",
        legal: "a folder; absent: slepian_jobs in the current folder",
        about: "where job scripts and logs go; relative to this file",
    },
    Key {
        name: "sbatch",
        default: "\"none\"",
        unit: "",
        legal: "\"none\" or options such as \"--constraint=avx512 --exclusive\"",
        about: "further options for sbatch, as they would stand on its command line",
    },
    Key {
        name: "timeout",
        default: "\"none\"",
        unit: "s",
        legal: "\"none\", a time such as \"10 min\", or seconds",
        about: "a job that has not started after this long is cancelled",
    },
];

/// Who queues and starts the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheduler {
    /// Slurm, by sbatch.
    Slurm,
    /// Slurm, but the user submits the script.
    Script,
    /// OpenPBS and its relatives; the user submits the script.
    Pbs,
    /// IBM LSF; the user submits the script.
    Lsf,
}

/// The checked table.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// The batch system.
    pub scheduler: Scheduler,
    /// Partition or queue.
    pub partition: Option<String>,
    /// MPI ranks.
    pub n_jobs: usize,
    /// Bytes of memory of one rank.
    pub mem_per_job: Option<u64>,
    /// Cores of one rank.
    pub cores_per_job: u64,
    /// Ranks on each node.
    pub processes: Option<u64>,
    /// Nodes.
    pub nodes: Option<u64>,
    /// Time limit, as Slurm writes it.
    pub time: Option<TimeLimit>,
    /// Starts after the first at most.
    pub max_restarts: u64,
    /// Account that is charged.
    pub account: Option<String>,
    /// Quality of service.
    pub qos: Option<String>,
    /// Where scripts and logs go.
    pub workdir: PathBuf,
    /// Further options.
    pub sbatch: Vec<String>,
    /// How long the job may wait.
    pub timeout: Option<Duration>,
}

/// A time limit in Slurm's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeLimit {
    /// As written.
    pub text: String,
    /// Its seconds.
    pub seconds: u64,
}

impl TimeLimit {
    /// Minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes, days-hours:minutes:seconds.
    ///
    /// Source: sbatch(1), `--time`.
    pub fn parse(text: &str) -> Option<TimeLimit> {
        let number = |text: &str| text.parse::<u64>().ok().filter(|&n| n < 1_000_000);
        let (days, rest) = match text.split_once('-') {
            Some((days, rest)) => (Some(number(days)?), rest),
            None => (None, text),
        };
        let fields: Vec<u64> = rest.split(':').map(number).collect::<Option<_>>()?;
        let clock = match (days, &fields[..]) {
            (None, [m]) => m * 60,
            (None, [m, s]) => m * 60 + s,
            (Some(_), [h]) => h * 3600,
            (Some(_), [h, m]) => h * 3600 + m * 60,
            (_, [h, m, s]) => h * 3600 + m * 60 + s,
            _ => return None,
        };
        let seconds = days.unwrap_or(0) * 86_400 + clock;
        (seconds > 0).then(|| TimeLimit {
            text: text.to_owned(),
            seconds,
        })
    }
}

/// Checks the table.
///
/// # Errors
/// The first value that is not legal.
pub fn parse(section: &Section, config: &Path) -> Result<Cluster, Refusal> {
    let count = |key: &str, least: u64| -> Result<Option<u64>, Refusal> {
        Ok(section.count(key, least)?.map(|setting| setting.value))
    };
    // what goes into a job script and onto a command line must not become something else there
    let name = |key: &str| -> Result<Option<String>, Refusal> {
        let Some(setting) = section.text(key)? else {
            return Ok(None);
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-,+:/@".contains(c);
        let is_name = !setting.value.is_empty() && setting.value.chars().all(is_plain);
        if is_name && !setting.value.starts_with('-') {
            Ok(Some(setting.value))
        } else {
            Err(setting.refuse("expected a name: letters, digits and ._-,+:/@"))
        }
    };
    let workdir = section.path("workdir")?;
    // it stands in a line of the job script, where a batch system reads % as a word of its own
    let is_wrong =
        |path: &str| path.is_empty() || path.contains(|c: char| c == '%' || c.is_control());
    if let Some(wrong) = workdir.as_ref().filter(|path| is_wrong(&path.value)) {
        return Err(wrong.refuse("expected a folder on one line, without %"));
    }
    if let Some(workdir) = &workdir {
        refuse_unexpanded(workdir, Path::new(&workdir.value))?;
    }
    Ok(Cluster {
        scheduler: match section.word("scheduler", &["slurm", "script", "pbs", "lsf"])? {
            Some(word) if word.value == "script" => Scheduler::Script,
            Some(word) if word.value == "pbs" => Scheduler::Pbs,
            Some(word) if word.value == "lsf" => Scheduler::Lsf,
            _ => Scheduler::Slurm,
        },
        partition: name("partition")?,
        n_jobs: count("n_jobs", 1)?.unwrap_or(N_JOBS) as usize,
        mem_per_job: memory(section)?.map(|setting| setting.value),
        cores_per_job: count("cores_per_job", 1)?.unwrap_or(1),
        processes: count("processes", 1)?,
        nodes: count("nodes", 1)?,
        time: time_limit(section)?,
        max_restarts: count("max_restarts", 0)?.unwrap_or(MAX_RESTARTS),
        account: name("account")?,
        qos: name("qos")?,
        workdir: workdir.map_or("slepian_jobs".into(), |path| relative(config, path).value),
        sbatch: options(section)?,
        timeout: super::time(section, "timeout", 0.0)?,
    })
}

fn memory(section: &Section) -> Result<Option<Setting<u64>>, Refusal> {
    match section.raw("mem_per_job") {
        Some(raw) if raw.value.as_str() == Some("none") => Ok(None),
        Some(raw) => super::bytes(&raw).map(Some),
        None => Ok(None),
    }
}

fn time_limit(section: &Section) -> Result<Option<TimeLimit>, Refusal> {
    let Some(raw) = section.raw("time") else {
        return Ok(None);
    };
    let text = match raw.value {
        toml::Value::String(text) if text == "none" => return Ok(None),
        toml::Value::String(text) => text.trim().to_owned(),
        toml::Value::Integer(minutes) => minutes.to_string(),
        _ => String::new(),
    };
    match TimeLimit::parse(&text) {
        Some(limit) => Ok(Some(limit)),
        None => {
            Err(raw.refuse("expected minutes or a limit such as \"2:00:00\" or \"1-12:00:00\""))
        }
    }
}

/// Options without which a job could not be followed.
const OURS: &[&str] = &[
    "--array",
    "--chdir",
    "--error",
    "--no-requeue",
    "--open-mode",
    "--output",
    "--parsable",
    "--requeue",
    "--signal",
    "--wrap",
    "-D",
    "-a",
    "-e",
    "-o",
];

fn is_ours(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or_default();
    // a short option may have its value right behind it
    let short = word.get(..2).filter(|_| !word.starts_with("--"));
    OURS.iter()
        .any(|ours| *ours == name || Some(*ours) == short)
}

/// The words of `sbatch`, as a shell would part them.
fn options(section: &Section) -> Result<Vec<String>, Refusal> {
    let Some(text) = section.text("sbatch")? else {
        return Ok(Vec::new());
    };
    match shlex::split(&text.value) {
        Some(_) if text.value.contains(char::is_control) => {
            Err(text.refuse("expected options on one line"))
        }
        Some(words) => match words.iter().find(|word| is_ours(word)) {
            Some(ours) => {
                Err(text.refuse(format!("{ours} is slepian's own; expected other options")))
            }
            None => Ok(words),
        },
        None => Err(text.refuse("expected options with every quote closed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_limits_are_those_of_slurm() {
        for (text, seconds) in [
            ("30", 1800),
            ("2:30", 150),
            ("2:00:00", 7200),
            ("1-12", 129_600),
            ("1-12:30", 131_400),
            ("1-0:0:1", 86_401),
        ] {
            assert_eq!(
                TimeLimit::parse(text).map(|t| t.seconds),
                Some(seconds),
                "{text}"
            );
        }
        for text in [
            "",
            "0",
            "x",
            "1:2:3:4",
            "-5",
            "1-",
            "1e3",
            "99999999999999999999",
        ] {
            assert_eq!(TimeLimit::parse(text), None, "{text}");
        }
    }
}
