//! The job script: one of `jobscripts/` with the request filled in, to be read, kept and changed like those.

use std::path::Path;

use super::request::Request;
use crate::config::Scheduler;

const SRUN: &str = include_str!("../../jobscripts/slurm_srun.sbatch");
const MPIRUN: &str = include_str!("../../jobscripts/slurm_mpirun.sbatch");
const PBS: &str = include_str!("../../jobscripts/pbs.sh");
const LSF: &str = include_str!("../../jobscripts/lsf.sh");

/// Seconds before the time limit at which the ranks are asked to stop, unless the limit is short.
const STOP_BEFORE_S: u64 = 300;
/// With less warning than this a rank has no time for its batch.
const MIN_WARNING_S: u64 = 10;

/// What starts the ranks in a Slurm job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Launcher {
    /// `srun --mpi=NAME`.
    Srun(&'static str),
    /// MPI's own, by its name.
    Mpirun(&'static str),
}

/// The script of `request`, which starts `program`.
pub fn script(request: &Request, program: &Path, launcher: Launcher) -> String {
    let (template, options) = match (request.cluster.scheduler, launcher) {
        (Scheduler::Pbs, _) => (PBS, pbs(request)),
        (Scheduler::Lsf, _) => (LSF, lsf(request)),
        (_, Launcher::Srun(_)) => (SRUN, sbatch(request)),
        (_, Launcher::Mpirun(_)) => (MPIRUN, sbatch(request)),
    };
    let mark = match request.cluster.scheduler {
        Scheduler::Pbs => "#PBS ",
        Scheduler::Lsf => "#BSUB ",
        _ => "#SBATCH ",
    };
    let mut options = Some(options);
    let mut lines: Vec<String> = Vec::new();
    for line in template.lines() {
        if line.starts_with(mark) {
            // all options stand where the template's first one does
            let options = options.take().into_iter().flatten();
            lines.extend(options.map(|option| {
                assert!(!option.contains('\n'), "an option is one line");
                format!("{mark}{option}")
            }));
            continue;
        }
        let filled = match line {
            _ if line.starts_with("# Usage: ") => "# Written by slepian submit.".to_owned(),
            _ if line.starts_with("slepian=") => format!("slepian={}", quoted(program)),
            _ if line.starts_with("script=") => format!("script={}", quoted(&request.script)),
            _ if line.starts_with("stop_after=") => format!("stop_after={}", stop_after(request)),
            _ if line.starts_with("max_restarts=") => {
                format!(
                    "max_restarts=${{MAX_RESTARTS:-{}}}",
                    request.cluster.max_restarts
                )
            }
            _ => match launcher {
                Launcher::Srun(mpi) => {
                    line.replace("srun --mpi=pmix", &format!("srun --mpi={mpi}"))
                }
                Launcher::Mpirun(name) if line.trim_start().starts_with("mpirun ") => {
                    line.replacen("mpirun", name, 1)
                }
                Launcher::Mpirun(_) => line.to_owned(),
            },
        };
        lines.push(filled);
        if line.starts_with("set -euo pipefail") {
            lines.extend(arguments(request));
        }
    }
    lines.join("\n") + "\n"
}

/// What the script is called with when nobody gives it arguments: `"$@"`, of this recording in a job array.
fn arguments(request: &Request) -> Vec<String> {
    let mut words = vec!["set --".to_owned(), quoted(&request.config)];
    for set in &request.sets {
        words.extend(["--set".to_owned(), quoted(Path::new(set))]);
    }
    let mut lines = vec![String::new()];
    if !request.each.is_empty() {
        lines.push("# one task of the array for each".to_owned());
        for (name, of) in [
            (
                "recordings",
                (|e| &e.recording) as fn(&super::each::Each) -> &Path,
            ),
            ("results", |e| &e.result),
        ] {
            lines.push(format!("{name}=("));
            lines.extend(
                request
                    .each
                    .iter()
                    .map(|each| format!("    {}", quoted(of(each)))),
            );
            lines.push(")".to_owned());
        }
        lines.push("task=$SLURM_ARRAY_TASK_ID".to_owned());
        for (key, name) in [("input", "recordings"), ("output", "results")] {
            words.push(format!("--set \"{key}.path=${{{name}[task]}}\""));
        }
    }
    lines.push("# what is computed; the folder is where the job was submitted from".to_owned());
    lines.push(words.join(" "));
    lines
}

fn sbatch(request: &Request) -> Vec<String> {
    let cluster = &request.cluster;
    let mut options = vec![
        format!("--job-name={}", request.name),
        format!("--output={}", quoted(&request.log_pattern)),
        format!("--ntasks={}", cluster.n_jobs),
        format!("--cpus-per-task={}", cluster.cores_per_job),
    ];
    let mut add = |name: &str, value: Option<String>| {
        options.extend(value.map(|value| format!("--{name}={value}")));
    };
    let text = |number: Option<u64>| number.map(|number| number.to_string());
    add("nodes", text(cluster.nodes));
    add("ntasks-per-node", text(cluster.processes));
    add(
        "mem-per-cpu",
        request.mib_per_core().map(|mib| format!("{mib}M")),
    );
    add("partition", cluster.partition.clone());
    add("account", cluster.account.clone());
    add("qos", cluster.qos.clone());
    add(
        "time",
        cluster.time.as_ref().map(|limit| limit.text.clone()),
    );
    add(
        "dependency",
        request.after.map(|job| format!("afterok:{job}")),
    );
    if request.after.is_some() {
        add("kill-on-invalid-dep", Some("yes".into()));
    }
    if !request.each.is_empty() {
        add("array", Some(format!("0-{}", request.each.len() - 1)));
    }
    add("signal", Some(format!("B:USR1@{}", warning_s(request))));
    options.extend(["--requeue".into(), "--open-mode=append".into()]);
    options.extend(cluster.sbatch.iter().map(|word| quoted(Path::new(word))));
    options
}

/// Seconds before the limit at which Slurm signals: it looks every 30 s, so that much earlier at most.
fn warning_s(request: &Request) -> u64 {
    let limit = request
        .cluster
        .time
        .as_ref()
        .map_or(u64::MAX, |limit| limit.seconds);
    (limit / 4).clamp(MIN_WARNING_S, STOP_BEFORE_S)
}

/// Seconds after which a script stops its ranks itself; nothing without a limit.
fn stop_after(request: &Request) -> String {
    let limit = request.cluster.time.as_ref();
    limit.map_or(String::new(), |limit| {
        limit.seconds.saturating_sub(warning_s(request)).to_string()
    })
}

fn pbs(request: &Request) -> Vec<String> {
    let cluster = &request.cluster;
    let n_ranks = cluster.n_jobs as u64;
    let nodes = cluster.nodes.unwrap_or(1);
    let per_node = cluster
        .processes
        .unwrap_or(n_ranks.div_ceil(nodes))
        .min(n_ranks);
    // so many nodes with so many ranks each, and one with the rest
    let chunk = |n_nodes: u64, ranks: u64| {
        let memory = cluster.mem_per_job.map_or(String::new(), |bytes| {
            format!(":mem={}mb", ranks.saturating_mul(bytes >> 20))
        });
        let cores = ranks.saturating_mul(cluster.cores_per_job);
        format!("{n_nodes}:ncpus={cores}:mpiprocs={ranks}{memory}")
    };
    let rest = (!n_ranks.is_multiple_of(per_node)).then(|| chunk(1, n_ranks % per_node));
    let chunks = [Some(chunk(n_ranks / per_node, per_node)), rest];
    let select = chunks.into_iter().flatten().collect::<Vec<_>>().join("+");
    let mut options = vec![
        format!("-N {}", request.name),
        format!("-o {}", quoted(&request.log_pattern)),
        "-j oe".into(),
        format!("-l select={select}"),
    ];
    add(
        &mut options,
        "-l walltime=",
        cluster.time.as_ref().map(|limit| clock(limit.seconds)),
    );
    add(&mut options, "-q ", cluster.partition.as_ref());
    add(&mut options, "-A ", cluster.account.as_ref());
    options.push("-r y".into());
    options
}

fn lsf(request: &Request) -> Vec<String> {
    let cluster = &request.cluster;
    let mut options = vec![
        format!("-J {}", request.name),
        format!("-o {}", quoted(&request.log_pattern)),
        format!("-n {}", cluster.n_jobs),
        format!("-R \"affinity[core({})]\"", cluster.cores_per_job),
    ];
    options.extend(cluster.processes.map(|n| format!("-R \"span[ptile={n}]\"")));
    options.extend(
        cluster
            .mem_per_job
            .map(|bytes| format!("-M {}MB", bytes >> 20)),
    );
    let minutes = cluster
        .time
        .as_ref()
        .map(|limit| limit.seconds.div_ceil(60));
    add(&mut options, "-W ", minutes);
    add(&mut options, "-q ", cluster.partition.as_ref());
    add(&mut options, "-P ", cluster.account.as_ref());
    let warning = warning_s(request).div_ceil(60);
    options.extend([
        format!("-wa USR1 -wt {warning}"),
        "-r".into(),
        "-Q \"75\"".into(),
    ]);
    options
}

/// Adds an option that was asked for.
fn add(options: &mut Vec<String>, flag: &str, value: Option<impl std::fmt::Display>) {
    options.extend(value.map(|value| format!("{flag}{value}")));
}

fn clock(seconds: u64) -> String {
    format!(
        "{}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// One word for a shell, and for the batch system, which splits options like one.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    shlex::try_quote(&text).map_or_else(|_| "''".into(), |quoted| quoted.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::submit::request::tests::request;

    #[test]
    fn the_request_stands_in_the_script_and_nothing_of_the_template() {
        let request = request(
            "partition = \"16GBXL\"\nn_jobs = 10\nmem_per_job = \"16 GiB\"\ntime = \"1:00:00\"",
        );
        let text = script(
            &request,
            Path::new("/opt/my slepian"),
            Launcher::Srun("pmi2"),
        );
        for line in [
            "#SBATCH --ntasks=10",
            "#SBATCH --partition=16GBXL",
            "#SBATCH --mem-per-cpu=16384M",
            "#SBATCH --signal=B:USR1@300",
            "slepian='/opt/my slepian'",
            "max_restarts=${MAX_RESTARTS:-20}",
            "set -- study.toml",
        ] {
            assert_eq!(
                text.lines().filter(|l| *l == line).count(),
                1,
                "{line}\n{text}"
            );
        }
        assert!(text.contains("\n    srun --mpi=pmi2 -K1 "), "{text}");
        assert!(
            !text.contains("--nodes=2") && !text.contains("target/release"),
            "{text}"
        );
        let mpirun = script(
            &request,
            Path::new("slepian"),
            Launcher::Mpirun("mpiexec.mpich"),
        );
        assert!(
            mpirun.contains("\n    mpiexec.mpich \"$slepian\" run"),
            "{mpirun}"
        );
    }

    #[test]
    fn a_short_limit_gets_a_short_warning() {
        for (time, warning) in [("1", 15), ("4", 60), ("60", 300), ("0:20", 10)] {
            let request = request(&format!("time = \"{time}\""));
            assert_eq!(warning_s(&request), warning, "{time}");
        }
    }

    #[test]
    fn pbs_gets_as_many_ranks_as_were_asked_for() {
        for (wish, select) in [
            ("n_jobs = 8\nnodes = 2", "2:ncpus=4:mpiprocs=4"),
            (
                "n_jobs = 10\nprocesses = 4",
                "2:ncpus=4:mpiprocs=4+1:ncpus=2:mpiprocs=2",
            ),
            ("n_jobs = 3\ncores_per_job = 2", "1:ncpus=6:mpiprocs=3"),
        ] {
            let request = request(&format!("scheduler = \"pbs\"\n{wish}"));
            let options = pbs(&request);
            assert!(
                options.contains(&format!("-l select={select}")),
                "{options:?}"
            );
        }
    }

    #[test]
    fn other_batch_systems_get_their_own_words() {
        let wish = "n_jobs = 8\nprocesses = 4\nmem_per_job = \"2 GiB\"\ntime = \"90\"\npartition = \"long\"";
        for (scheduler, lines) in [
            (
                "pbs",
                &[
                    "#PBS -l select=2:ncpus=4:mpiprocs=4:mem=8192mb",
                    "#PBS -l walltime=1:30:00",
                    "#PBS -q long",
                ][..],
            ),
            (
                "lsf",
                &[
                    "#BSUB -n 8",
                    "#BSUB -R \"span[ptile=4]\"",
                    "#BSUB -M 2048MB",
                    "#BSUB -W 90",
                ][..],
            ),
        ] {
            let request = request(&format!("scheduler = \"{scheduler}\"\n{wish}"));
            let text = script(&request, Path::new("slepian"), Launcher::Mpirun("mpirun"));
            for line in lines {
                assert!(text.lines().any(|l| l == *line), "{line}\n{text}");
            }
            assert!(text.contains("set -- study.toml\n"), "{text}");
        }
    }
}
