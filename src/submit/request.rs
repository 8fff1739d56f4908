//! What is asked of the batch system: the checked table `[cluster]` with everything around it.

use std::path::{Path, PathBuf};

use super::each::Each;
use crate::cli::SubmitArgs;
use crate::config::Cluster;

/// A job before it is submitted.
#[derive(Clone, Debug)]
pub struct Request {
    /// The table `[cluster]`.
    pub cluster: Cluster,
    /// The config that the job runs with.
    pub config: PathBuf,
    /// Values of the config that were set.
    pub sets: Vec<String>,
    /// Recordings and their results, when there is a task for each.
    pub each: Vec<Each>,
    /// The job that has to end well before.
    pub after: Option<u64>,
    /// The job's name.
    pub name: String,
    /// Where the job script goes.
    pub script: PathBuf,
    /// The log's path, with the batch system's word for the job's number.
    pub log_pattern: PathBuf,
}

impl Request {
    /// The request of the command line, with the values of the config.
    pub fn new(args: &SubmitArgs, cluster: Cluster, sets: Vec<String>, each: Vec<Each>) -> Request {
        let name = name(&args.study.config);
        let word = match (cluster.scheduler, each.is_empty()) {
            (crate::config::Scheduler::Pbs, _) => "",
            (crate::config::Scheduler::Lsf, _) => "-%J",
            (_, true) => "-%j",
            (_, false) => "-%A_%a",
        };
        Request {
            log_pattern: cluster.workdir.join(format!("{name}{word}.log")),
            script: cluster.workdir.join(format!("{name}.sh")),
            config: args.study.config.clone(),
            after: args.after,
            cluster,
            sets,
            each,
            name,
        }
    }

    /// Memory of one core, as Slurm wants it.
    pub fn mib_per_core(&self) -> Option<u64> {
        let bytes = self.cluster.mem_per_job?;
        Some((bytes >> 20).div_ceil(self.cluster.cores_per_job).max(1))
    }
}

/// The config's name, as far as it is plain.
fn name(config: &Path) -> String {
    let stem = config.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    let stem: String = stem.chars().map(plain).take(60).collect();
    format!("slepian-{stem}")
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::config::Config;

    /// The request of a config with this table `[cluster]`.
    pub fn request(cluster: &str) -> Request {
        let text = format!(
            "[input]\npath = \"a.spy\"\n[output]\npath = \"b.spy\"\n[cluster]\n{cluster}\n"
        );
        let config = Config::parse(&text, Path::new("study.toml"), &[]).unwrap();
        Request {
            config: "study.toml".into(),
            sets: Vec::new(),
            each: Vec::new(),
            after: None,
            name: "slepian-study".into(),
            script: "slepian-study.sh".into(),
            log_pattern: config.cluster.workdir.join("slepian-study-%j.log"),
            cluster: config.cluster,
        }
    }

    #[test]
    fn names_of_jobs_are_plain() {
        assert_eq!(
            name(Path::new("dir/my study.v2.toml")),
            "slepian-my_study.v2"
        );
    }

    #[test]
    fn memory_of_a_rank_is_shared_by_its_cores() {
        let mib = |table| request(table).mib_per_core();
        assert_eq!(
            mib("mem_per_job = \"3 GiB\"\ncores_per_job = 2"),
            Some(1536)
        );
        assert_eq!(mib("n_jobs = 2"), None);
    }
}
