//! How much memory this host has to give, and what this process has taken of it.

use std::path::{Path, PathBuf};

use rustix::process::{Resource, getrlimit};

use crate::error::{Error, Result};
use crate::phrase::size;
use crate::thread;

/// The share of a host's free memory that its ranks take together unless told otherwise.
const SHARE: u64 = 2;
/// What MPI takes of a process's address space, most of it never touched: Open MPI 4.1 failed with 150 MiB, three
/// ranks waited for ever with 390 MiB.
const FOR_MPI: u64 = 512 << 20;
/// Threads of Open MPI 4.1 and of a rank beside its first.
const THREADS_OF_MPI: usize = 4;
/// What a rank takes at least, however little is free.
const LEAST: u64 = 64 << 20;

/// Bytes a rank may take when nothing is said: half the free memory, shared by the ranks of the host, and half of what this
/// process may still take, which limits hold for each process alone.
pub fn share_of_host(ranks_on_host: usize) -> u64 {
    let share = share_of(available() / ranks_on_host as u64);
    match left_of_limits() {
        Some(left) => share.min(left / SHARE),
        None => share,
    }
}

/// Refuses to start MPI where limits leave it too little memory or too few threads: it would print pages of its own, or crash.
///
/// # Errors
/// The limit, and what it should be.
pub fn require_room_for_mpi() -> Result<()> {
    match left_of_limits() {
        Some(left) if left < FOR_MPI => Err(Error::Launch(format!(
            "MPI cannot start: the limits of this process (ulimit -v, ulimit -d) leave {}; expected {} and more for each \
             rank, or none",
            size(left),
            size(FOR_MPI)
        ))),
        _ => thread::require(THREADS_OF_MPI),
    }
}

/// Bytes that this process may still take within its own limits (`ulimit -v` and `-d`); `None` where it has none.
///
/// Source: getrlimit(2), RLIMIT_AS and RLIMIT_DATA; proc(5), VmSize and VmData.
fn left_of_limits() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let left = |resource, taken: &str| {
        let limit = getrlimit(resource).current?;
        Some(limit.saturating_sub(bytes_of(&status, taken).unwrap_or(0)))
    };
    let limits = [
        left(Resource::As, "VmSize:"),
        left(Resource::Data, "VmData:"),
    ];
    limits.into_iter().flatten().min()
}

/// Bytes a rank may take of what a process of its own has when nothing is said.
pub fn share_of(bytes: u64) -> u64 {
    (bytes / SHARE).max(LEAST)
}

/// Bytes that processes can still take here: what the kernel says, within the limits of the control groups and of the
/// Slurm job.
fn available() -> u64 {
    let free = meminfo("MemAvailable").unwrap_or(u64::MAX);
    let left = control_groups().into_iter().filter_map(|group| {
        let most = read_number(&group.limit)?;
        Some(most.saturating_sub(read_number(&group.usage).unwrap_or(0)))
    });
    left.chain(slurm_limit(variable)).fold(free, u64::min)
}

/// Bytes of memory this host has, or this job may take of it.
pub fn total() -> u64 {
    let total = meminfo("MemTotal").unwrap_or(0);
    let limits = control_groups()
        .into_iter()
        .filter_map(|group| read_number(&group.limit));
    limits.chain(slurm_limit(variable)).fold(total, u64::min)
}

/// Bytes of memory that this process has held at most so far, libraries included; unknown where the kernel does not say.
///
/// Source: proc(5), VmHWM. getrusage's number is no substitute: a process begins with that of its parent.
pub fn peak() -> Option<u64> {
    bytes_of(
        &std::fs::read_to_string("/proc/self/status").ok()?,
        "VmHWM:",
    )
}

/// Files of a control group: its limit and its use of memory.
#[derive(Debug, PartialEq)]
struct ControlGroup {
    limit: PathBuf,
    usage: PathBuf,
}

fn control_groups() -> Vec<ControlGroup> {
    groups_of(&std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default())
}

/// The control groups of memory that `/proc/self/cgroup` names, each before its parent, up to the root: the limit of any
/// of them binds. In a container the names may be those of the host, which do not exist here; the root always does.
///
/// Source: cgroups(7); Linux's admin-guide/cgroup-v2.rst and admin-guide/cgroup-v1/memory.rst.
fn groups_of(proc_self_cgroup: &str) -> Vec<ControlGroup> {
    let mut groups = Vec::new();
    for line in proc_self_cgroup.lines() {
        // number:controllers:path
        let mut fields = line.splitn(3, ':');
        let (Some(number), Some(controllers), Some(path)) =
            (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let (root, limit, usage) = if (number, controllers) == ("0", "") {
            ("/sys/fs/cgroup", "memory.max", "memory.current")
        } else if controllers.split(',').any(|name| name == "memory") {
            (
                "/sys/fs/cgroup/memory",
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
            )
        } else {
            continue;
        };
        let path = Path::new(path.trim_start_matches('/'));
        groups.extend(path.ancestors().map(|path| {
            let group = Path::new(root).join(path);
            ControlGroup {
                limit: group.join(limit),
                usage: group.join(usage),
            }
        }));
    }
    groups
}

/// Bytes that a Slurm job may take on this host, from its environment: not every site enforces them by control groups,
/// but a job that takes more is ended.
///
/// Source: sbatch(1), output environment variables; numbers are MiB, and 0 is all memory of the node.
fn slurm_limit(variable: impl Fn(&str) -> Option<String>) -> Option<u64> {
    variable("SLURM_JOB_ID")?;
    let number = |name| variable(name)?.trim().parse::<u64>().ok();
    let per_node = number("SLURM_MEM_PER_NODE");
    let per_cpu = number("SLURM_MEM_PER_CPU")
        .zip(number("SLURM_CPUS_ON_NODE"))
        .map(|(mib, n_cpus)| mib.saturating_mul(n_cpus));
    per_node
        .into_iter()
        .chain(per_cpu)
        .filter(|&mib| mib > 0)
        .min()
        .map(|mib| mib.saturating_mul(1 << 20))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn meminfo(key: &str) -> Option<u64> {
    bytes_of(&std::fs::read_to_string("/proc/meminfo").ok()?, key)
}

/// The bytes that a line of `/proc/meminfo` or `/proc/self/status` says.
fn bytes_of(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(key))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kib.checked_mul(1024)
}

fn read_number(path: impl AsRef<Path>) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(text: &str) -> Vec<String> {
        groups_of(text)
            .iter()
            .map(|group| group.limit.display().to_string())
            .collect()
    }

    #[test]
    fn every_group_up_to_the_root_limits() {
        let text = "0::/system.slice/slurmstepd.scope/job_7/step_0\n";
        assert_eq!(
            limits(text),
            [
                "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/step_0/memory.max",
                "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/memory.max",
                "/sys/fs/cgroup/system.slice/slurmstepd.scope/memory.max",
                "/sys/fs/cgroup/system.slice/memory.max",
                "/sys/fs/cgroup/memory.max",
            ]
        );
        assert_eq!(limits("0::/\n"), ["/sys/fs/cgroup/memory.max"]);
        assert_eq!(
            groups_of("0::/")[0].usage,
            Path::new("/sys/fs/cgroup/memory.current")
        );
    }

    #[test]
    fn the_first_version_has_a_tree_for_memory() {
        let text = "12:cpu,cpuacct:/a:b\n4:memory:/slurm/uid_1\n1:name=systemd:/init.scope\n";
        assert_eq!(
            limits(text),
            [
                "/sys/fs/cgroup/memory/slurm/uid_1/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/slurm/memory.limit_in_bytes",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes",
            ]
        );
        assert_eq!(limits("nonsense\n\n"), [""; 0]);
    }

    #[test]
    fn slurm_says_what_a_job_may_take() {
        let limit = |variables: &[(&str, &str)]| {
            slurm_limit(|name| {
                let found = variables.iter().find(|(known, _)| *known == name)?;
                Some(found.1.to_owned())
            })
        };
        let job = ("SLURM_JOB_ID", "7");
        assert_eq!(limit(&[job, ("SLURM_MEM_PER_NODE", "2048")]), Some(2 << 30));
        let per_cpu = [
            job,
            ("SLURM_MEM_PER_CPU", "512"),
            ("SLURM_CPUS_ON_NODE", "4"),
        ];
        assert_eq!(limit(&per_cpu), Some(2 << 30));
        assert_eq!(limit(&per_cpu[..2]), None);
        assert_eq!(limit(&[job, ("SLURM_MEM_PER_NODE", "0")]), None);
        assert_eq!(limit(&[("SLURM_MEM_PER_NODE", "2048")]), None);
    }

    #[test]
    fn the_most_that_was_held_is_among_other_numbers() {
        let text = "Name:\tslepian\nVmPeak:\t  900 kB\nVmHWM:\t  31 kB\nVmRSS:\t  7 kB\n";
        assert_eq!(bytes_of(text, "VmHWM:"), Some(31 << 10));
        assert_eq!(bytes_of("Name:\tslepian\n", "VmHWM:"), None);
        assert_eq!(bytes_of("VmHWM:\n", "VmHWM:"), None);
        let held = vec![1_u8; 8 << 20];
        let peak = peak().expect("Linux says");
        assert!(peak > std::hint::black_box(&held).len() as u64);
    }

    #[test]
    fn meminfo_is_in_kib() {
        let text = "MemTotal:       16 kB\nMemAvailable:    8 kB\n";
        assert_eq!(bytes_of(text, "MemAvailable"), Some(8 << 10));
        assert_eq!(bytes_of(text, "SwapFree"), None);
    }
}
