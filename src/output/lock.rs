//! The lock of a result: a file that one job holds for as long as it lives, and that says who it is.
//!
//! The system's lock (`flock`) ends with its process, so what a killed job leaves is free. Where file systems have no such
//! locks, or a host that was cut off keeps one, the names in the file decide: a process that is gone on this host, or a
//! host that has booted since, or an earlier start of the same batch job holds nothing any more.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::OFlags;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use crate::error::{Error, IoContext, Result};

/// How often to try when the lock changes hands at the very moment.
const TRIES: usize = 5;
const AGAIN_AFTER: Duration = Duration::from_millis(20);
/// Bytes of a lock file at most.
const LONGEST: u64 = 64 << 10;

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Host of rank 0.
    pub host: String,
    /// Process number of rank 0.
    pub pid: u32,
    /// Changes whenever that host boots.
    pub boot_id: String,
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
            job: variable("SLURM_JOB_ID"),
            restart: variable("SLURM_RESTART_COUNT")
                .and_then(|count| count.parse().ok())
                .unwrap_or(0),
            began: since.map_or(0, |since| since.as_secs()),
        }
    }

    /// Whether this is a later start of the same batch job: the batch system has given the earlier one up.
    fn supersedes(&self, other: &Owner) -> bool {
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
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        match pid.map(test_kill_process) {
            Some(Ok(()) | Err(rustix::io::Errno::PERM)) => Life::Alive,
            _ => Life::Gone,
        }
    }
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

/// The owner that the lock file at `path` names.
pub fn owner(path: &Path) -> Option<Owner> {
    let mut file = open(path, false).ok()?;
    read(&mut file)
}

fn read(file: &mut File) -> Option<Owner> {
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn open(path: &Path, create: bool) -> std::io::Result<File> {
    // a FIFO in its place must not keep the job waiting
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new()
        .read(true)
        .write(create)
        .create(create)
        .custom_flags(flags.bits() as i32)
        .open(path)
}

/// A lock that this process holds; it ends when dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    inode: u64,
    /// Holds the system's lock, where there is one.
    _file: File,
    /// What its file says.
    pub owner: Owner,
    /// Who held it before and was given up.
    pub taken_from: Option<Owner>,
}

impl Lock {
    /// Takes the lock file at `path`.
    ///
    /// # Errors
    /// Another job holds it: who that is.
    pub fn take(path: &Path) -> Result<Lock> {
        Lock::take_as(path, &Owner::here())
    }

    fn take_as(path: &Path, me: &Owner) -> Result<Lock> {
        let mut refusal = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                std::thread::sleep(AGAIN_AFTER);
            }
            let mut file = open(path, true).at(path, "create this lock file")?;
            let locked = file.try_lock();
            let before = read(&mut file);
            let is_free = match (&locked, &before) {
                (Ok(()), _) => true,
                (_, Some(other)) if me.supersedes(other) => {
                    // its file, with the lock that will not end, goes; the next try makes another
                    let _ = std::fs::remove_file(path);
                    false
                }
                (Err(TryLockError::WouldBlock), _) => false,
                // no locks here: the names decide
                (Err(TryLockError::Error(_)), Some(other)) => other.life() == Life::Gone,
                (Err(TryLockError::Error(_)), None) => true,
            };
            let inode = file
                .metadata()
                .at(path, "read the number of this file")?
                .ino();
            let is_still_there = path
                .symlink_metadata()
                .is_ok_and(|metadata| metadata.ino() == inode);
            if is_free && is_still_there {
                write(&mut file, me).at(path, "write this lock file")?;
                return Ok(Lock {
                    path: path.to_owned(),
                    inode,
                    _file: file,
                    owner: me.clone(),
                    taken_from: before,
                });
            }
            refusal = before.or(refusal);
        }
        let (who, hint) = match &refusal {
            Some(owner) if owner.life() == Life::Unknown => (
                format!(" ({owner})"),
                ", or, if that job is gone, remove this lock file",
            ),
            Some(owner) => (format!(" ({owner})"), ""),
            None => (String::new(), ""),
        };
        Err(Error::Usage(format!(
            "{}: another job is writing this result{who}; expected another output.path{hint}",
            path.display()
        )))
    }

    /// Whether this job still holds the lock: a later start of the same batch job may have taken it.
    ///
    /// # Errors
    /// Who has it now.
    pub fn check(&self) -> Result<()> {
        let is_ours = self
            .path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.ino() == self.inode);
        if is_ours {
            return Ok(());
        }
        let who = owner(&self.path).map_or("nobody".into(), |owner| owner.to_string());
        Err(Error::Output {
            path: self.path.clone(),
            what: format!("this job has lost its lock, which {who} has now"),
        })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.check().is_ok() {
            // before the lock goes: whoever locks a file that is no longer there tries again
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn write(file: &mut File, owner: &Owner) -> std::io::Result<()> {
    let text = serde_json::to_vec(owner).expect("names and numbers are JSON");
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        (folder, path)
    }

    #[test]
    fn a_lock_is_held_by_one_and_goes_with_it() {
        let (_folder, path) = path();
        let first = Lock::take(&path).unwrap();
        let refusal = Lock::take(&path).unwrap_err().to_string();
        let pid = std::process::id();
        assert!(
            refusal.contains("another job is writing this result"),
            "{refusal}"
        );
        assert!(refusal.contains(&format!("process {pid} on ")), "{refusal}");
        assert!(first.check().is_ok());
        drop(first);
        assert!(!path.exists());
        Lock::take(&path).unwrap();
    }

    #[test]
    fn what_a_killed_job_left_is_taken() {
        let (_folder, path) = path();
        for left in ["", "{", "{\"pid\": -1}", "not even JSON \u{0}"] {
            std::fs::write(&path, left).unwrap();
            Lock::take(&path).unwrap();
        }
        let gone = Owner {
            host: "elsewhere".into(),
            ..Owner::here()
        };
        std::fs::write(&path, serde_json::to_vec(&gone).unwrap()).unwrap();
        let lock = Lock::take(&path).unwrap();
        assert_eq!(lock.taken_from, Some(gone));
    }

    #[test]
    fn a_later_start_of_the_same_batch_job_takes_over_and_no_other() {
        let (_folder, path) = path();
        let of = |job: &str, restart| Owner {
            job: Some(job.into()),
            restart,
            ..Owner::here()
        };
        let first = Lock::take_as(&path, &of("7", 1)).unwrap();
        for other in [
            of("7", 0),
            of("7", 1),
            of("8", 2),
            Owner {
                job: None,
                ..of("7", 5)
            },
        ] {
            assert!(Lock::take_as(&path, &other).is_err(), "{other:?}");
        }
        let second = Lock::take_as(&path, &of("7", 2)).unwrap();
        let lost = first.check().unwrap_err().to_string();
        assert!(
            lost.contains("lost its lock") && lost.contains("job 7"),
            "{lost}"
        );
        // the first one leaves what is no longer its own
        drop(first);
        assert!(second.check().is_ok() && path.exists());
    }

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
    }

    #[test]
    fn links_and_fifos_in_its_place_are_refused() {
        let (folder, path) = path();
        std::os::unix::fs::symlink(folder.path().join("precious"), &path).unwrap();
        assert!(Lock::take(&path).is_err());
        assert!(!folder.path().join("precious").exists());
    }
}
