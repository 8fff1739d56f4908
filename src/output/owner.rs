//! Who writes a result: a process, and the batch job it belongs to, by names that outlive it.

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
    /// It was on another host.
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
            ticks: ticks(std::process::id()),
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
        match ticks(self.pid) {
            None => Life::Gone,
            now if self.ticks.is_some() && now != self.ticks => Life::Gone,
            Some(_) => Life::Alive,
        }
    }
}

/// When a process of this host began, in ticks since boot; none when it is gone or a zombie.
///
/// Source: proc_pid_stat(5): state and start time are the first and the twentieth field after the name in parentheses.
fn ticks(pid: u32) -> Option<u64> {
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

fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
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
}
