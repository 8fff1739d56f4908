//! Who writes a result: a process, and the batch job it belongs to, by names that outlive it.

use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Host of rank 0.
    pub host: String,
    /// Process number of rank 0.
    pub pid: u32,
    /// Changes whenever that host boots.
    pub boot_id: String,
    /// Where that process number counts: two containers of one host name may both have it. Absent in older lock files.
    #[serde(default)]
    pub pid_namespace: Option<u64>,
    /// When that process began, in the host's own ticks: another one may get its number.
    pub ticks: Option<u64>,
    /// The batch system's number of the job.
    pub job: Option<String>,
    /// How often the batch system has started that job again.
    pub restart: u64,
    /// When it began, in s since 1970.
    pub began: u64,
}

/// What a process can know of an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Its process runs on this host.
    Alive,
    /// It is gone.
    Gone,
    /// It was on another host, or in another container.
    Unknown,
}

impl Owner {
    /// This process.
    pub fn here() -> Owner {
        let variable = |name| std::env::var(name).ok();
        let host = hostname::get().unwrap_or_default();
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Owner {
            host: host.to_string_lossy().into_owned(),
            pid: std::process::id(),
            boot_id: boot_id(),
            pid_namespace: pid_namespace(),
            ticks: ticks("self"),
            job: variable("SLURM_JOB_ID"),
            restart: variable("SLURM_RESTART_COUNT")
                .and_then(|count| count.parse().ok())
                .unwrap_or(0),
            began: since.map_or(0, |since| since.as_secs()),
        }
    }

    /// Whether this is a later start of the same batch job: the batch system has given the earlier one up.
    pub fn supersedes(&self, other: &Owner) -> bool {
        self.job.is_some() && self.job == other.job && self.restart > other.restart
    }

    /// Whether the owner still runs, as far as this host knows.
    pub fn life(&self) -> Life {
        let here = Owner::here();
        if self.host != here.host {
            return Life::Unknown;
        }
        if self.boot_id != here.boot_id {
            return Life::Gone;
        }
        // process numbers of another container say nothing here, and neither does a /proc that shows others than ours
        let is_elsewhere = self.pid_namespace.is_some() && self.pid_namespace != here.pid_namespace;
        if is_elsewhere || !proc_shows_this_process() {
            return Life::Unknown;
        }
        match ticks(&self.pid.to_string()) {
            None => Life::Gone,
            now if self.ticks.is_some() && now != self.ticks => Life::Gone,
            Some(_) => Life::Alive,
        }
    }
}

/// When a process of this host began, in ticks since boot; none when it is gone or a zombie.
///
/// Source: proc_pid_stat(5): state and start time are the first and the twentieth field after the name in parentheses.
fn ticks(pid: &str) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    let ticks = fields.nth(18)?.parse().ok()?;
    (!["Z", "X"].contains(&state)).then_some(ticks)
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "process {} on {}", self.pid, self.host.escape_debug())?;
        match &self.job {
            Some(job) => write!(f, ", job {}", job.escape_debug()),
            None => Ok(()),
        }
    }
}

/// The number of this process's PID namespace, as in `pid:[4026531836]`. Source: pid_namespaces(7), namespaces(7).
fn pid_namespace() -> Option<u64> {
    namespace_number(&std::fs::read_link("/proc/self/ns/pid").ok()?)
}

fn namespace_number(link: &Path) -> Option<u64> {
    let number = link.to_str()?.strip_prefix("pid:[")?.strip_suffix(']')?;
    number.parse().ok()
}

/// Whether the processes in /proc have the numbers that they have for this one: not where a container kept its host's /proc.
fn proc_shows_this_process() -> bool {
    std::fs::read_link("/proc/self")
        .is_ok_and(|link| link.to_str() == Some(&std::process::id().to_string()))
}

fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_is_known_to_live_or_not_on_its_own_host_alone() {
        let me = Owner::here();
        assert_eq!(me.life(), Life::Alive);
        let of = |change: fn(&mut Owner)| {
            let mut owner = me.clone();
            change(&mut owner);
            owner.life()
        };
        assert_eq!(of(|owner| owner.host = "elsewhere".into()), Life::Unknown);
        assert_eq!(of(|owner| owner.boot_id = "another".into()), Life::Gone);
        assert_eq!(of(|owner| owner.pid = i32::MAX as u32), Life::Gone);
        assert_eq!(of(|owner| owner.pid = u32::MAX), Life::Gone);
        assert_eq!(of(|owner| owner.pid = 0), Life::Gone);
        assert_eq!(of(|owner| owner.ticks = Some(0)), Life::Gone);
        assert_eq!(of(|owner| owner.ticks = None), Life::Alive);
    }

    #[test]
    fn process_numbers_of_another_container_say_nothing() {
        let me = Owner::here();
        let other = |change: fn(&mut Owner)| {
            let mut owner = me.clone();
            owner.pid_namespace = Some(1);
            change(&mut owner);
            owner.life()
        };
        assert_eq!(other(|_| ()), Life::Unknown);
        assert_eq!(other(|owner| owner.pid = u32::MAX), Life::Unknown);
        // its processes are gone with the boot
        assert_eq!(other(|owner| owner.boot_id = "another".into()), Life::Gone);
        let older = other(|owner| owner.pid_namespace = None);
        assert_eq!(older, Life::Alive);
    }

    #[test]
    fn lock_files_of_before_are_read() {
        let mut text = serde_json::to_value(Owner::here()).unwrap();
        text.as_object_mut().unwrap().remove("pid_namespace");
        let owner: Owner = serde_json::from_value(text).unwrap();
        assert_eq!(owner.pid_namespace, None);
        assert_eq!(owner.life(), Life::Alive);
    }

    #[test]
    fn a_process_in_a_real_container_is_not_taken_for_one_that_is_gone() {
        // number 1 there, which is another process here
        let script = "readlink /proc/self/ns/pid; cut -d ' ' -f 22 /proc/1/stat; read -r _";
        let container = Command::new("unshare")
            .args(["--pid", "--fork", "--mount-proc", "sh", "-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut container) = container else {
            eprintln!("skipped: no unshare here");
            return;
        };
        let mut said = BufReader::new(container.stdout.take().unwrap()).lines();
        let mut line = || said.next().and_then(Result::ok).unwrap_or_default();
        let (link, ticks) = (line(), line());
        let Some(namespace) = namespace_number(Path::new(&link)) else {
            eprintln!("skipped: no PID namespace can be made here");
            let _ = container.wait();
            return;
        };
        let owner = Owner {
            pid: 1,
            pid_namespace: Some(namespace),
            ticks: ticks.parse().ok(),
            ..Owner::here()
        };
        assert_ne!(owner.pid_namespace, pid_namespace());
        assert_eq!(owner.life(), Life::Unknown);
        drop(container.stdin.take());
        container.wait().unwrap();
    }
}
