//! The lock of a result: a file that one job holds for as long as it lives, and that says who it is.
//!
//! The system's lock (`flock`) ends with its process, so what a killed job leaves is free. Where file systems have no such
//! locks, or a host that was cut off keeps one, the names in the file decide: a process that is gone on this host, or a
//! host that has booted since, or an earlier start of the same batch job holds nothing any more. Of a process in another
//! container of this host nothing is known.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::owner::{Life, Owner};
use crate::error::{Error, IoContext, Result};
use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};

/// How often to try when the lock changes hands at the very moment.
const TRIES: usize = 5;
const AGAIN_AFTER: Duration = Duration::from_millis(20);
/// Bytes of a lock file at most.
const LONGEST: u64 = 64 << 10;

/// Who holds a lock, as far as this host can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Nobody.
    Nobody,
    /// Somebody, perhaps by this name.
    Somebody(Option<Owner>),
}

/// Who holds the lock file at `path`, by looking at it.
pub fn holder(path: &Path) -> Holder {
    let Ok(mut file) = open(path) else {
        return Holder::Nobody;
    };
    let owner = read(&mut file);
    match file.try_lock_shared() {
        Ok(()) => Holder::Nobody,
        Err(TryLockError::WouldBlock) => Holder::Somebody(owner),
        // no locks here: the name decides
        Err(TryLockError::Error(_)) => match owner {
            Some(owner) if owner.life() == Life::Gone => Holder::Nobody,
            owner => Holder::Somebody(owner),
        },
    }
}

/// The owner that the lock file at `path` names.
pub fn owner(path: &Path) -> Option<Owner> {
    read(&mut open(path).ok()?)
}

fn read(file: &mut File) -> Option<Owner> {
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn open(path: &Path) -> std::io::Result<File> {
    // a FIFO in its place must not keep the job waiting
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits() as i32)
        .open(path)
}

/// The same for an exclusive lock, which NFS gives to writers alone.
fn open_to_lock(path: &Path) -> std::io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let writer = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(flags.bits() as i32)
        .open(path);
    match writer {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
            ) =>
        {
            open(path)
        }
        opened => opened,
    }
}

/// The file that has this name, by number.
fn number_of(path: &Path) -> Option<u64> {
    let metadata = path.symlink_metadata().ok()?;
    Some(metadata.ino())
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
        // whole and locked before it has its name: nobody ever sees a lock without an owner
        let (file, own) = Lock::make(path, me)?;
        let taken = Lock::give_name(file, &own, path, me);
        if taken.is_err() {
            let _ = std::fs::remove_file(&own);
        }
        taken
    }

    /// A file with the owner's name, under a name that no other process uses.
    fn make(path: &Path, me: &Owner) -> Result<(File, PathBuf)> {
        let text = serde_json::to_vec(me).expect("names and numbers are JSON");
        loop {
            let own = beside(path, "new");
            let mut file = match File::create_new(&own) {
                // left by a process of the same number
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                made => made.at(&own, "create this lock file")?,
            };
            // where there are no locks, names decide
            if let Err(TryLockError::WouldBlock) = file.try_lock() {
                // somebody looks whether it was left: it is not used
                let _ = std::fs::remove_file(&own);
                continue;
            }
            let written = file.write_all(&text);
            if written.is_err() {
                // on a full disk an empty file would stay
                let _ = std::fs::remove_file(&own);
            }
            written.at(&own, "write this lock file")?;
            return Ok((file, own));
        }
    }

    fn give_name(file: File, own: &Path, path: &Path, me: &Owner) -> Result<Lock> {
        const DOING: &str = "create this lock file";
        let inode = file.metadata().at(own, DOING)?.ino();
        let mut taken_from = None;
        let mut refusal = None;
        for attempt in 0..TRIES {
            if attempt > 0 {
                std::thread::sleep(AGAIN_AFTER);
            }
            if take_name(own, path).at(path, DOING)? {
                return Ok(Lock {
                    path: path.to_owned(),
                    inode,
                    _file: file,
                    owner: me.clone(),
                    taken_from,
                });
            }
            let mut other = match open_to_lock(path) {
                Ok(other) => other,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error).at(path, "open this lock file"),
            };
            let number = other.metadata().at(path, DOING)?.ino();
            let owner = read(&mut other);
            let is_given_up = match other.try_lock() {
                Ok(()) => true,
                Err(_) if owner.as_ref().is_some_and(|owner| me.supersedes(owner)) => true,
                Err(TryLockError::WouldBlock) => false,
                Err(TryLockError::Error(_)) => owner
                    .as_ref()
                    .is_some_and(|owner| owner.life() == Life::Gone),
            };
            // another one may have taken its place since it was opened
            if is_given_up && number_of(path) == Some(number) {
                displace(path, number);
                taken_from = owner;
            } else if !is_given_up {
                refusal = owner;
            }
        }
        let (who, hint) = match &refusal {
            Some(owner) if owner.life() == Life::Alive => (format!(" ({owner})"), ""),
            Some(owner) => (format!(" ({owner})"), IF_GONE),
            None => (String::new(), IF_GONE),
        };
        Err(Error::Usage(format!(
            "{}: another job is at work on this result{who}; expected another output.path{hint}",
            path.display()
        )))
    }

    /// Whether this job still holds the lock: a later start of the same batch job may have taken it.
    ///
    /// # Errors
    /// Who has it now.
    pub fn check(&self) -> Result<()> {
        let owner = owner(&self.path);
        if number_of(&self.path) == Some(self.inode) && owner.as_ref() == Some(&self.owner) {
            return Ok(());
        }
        let who = owner.map_or("nobody".into(), |owner| owner.to_string());
        Err(Error::Output {
            path: self.path.clone(),
            what: format!("this job has lost its lock, which {who} has now"),
        })
    }
}

/// Gives the file `own` the name `path`, unless another one has it.
fn take_name(own: &Path, path: &Path) -> std::io::Result<bool> {
    match renameat_with(CWD, own, CWD, path, RenameFlags::NOREPLACE) {
        Ok(()) => return Ok(true),
        Err(rustix::io::Errno::EXIST) => return Ok(false),
        // not every file system can rename so
        Err(_) => {}
    }
    match std::fs::hard_link(own, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        linked => linked?,
    }
    let _ = std::fs::remove_file(own);
    Ok(true)
}

/// What a user can do about a lock whose owner this host cannot ask.
const IF_GONE: &str = ", or, if that job is gone, remove this lock file";

/// Takes the name from the lock file of that number, and from no other that may have got it meanwhile.
fn displace(path: &Path, number: u64) {
    let aside = beside(path, "old");
    if std::fs::rename(path, &aside).is_err() {
        return;
    }
    if number_of(&aside) == Some(number) {
        let _ = std::fs::remove_file(&aside);
    } else {
        // it goes back; not every file system can rename so
        if renameat_with(CWD, &aside, CWD, path, RenameFlags::NOREPLACE).is_err() {
            let _ = std::fs::hard_link(&aside, path);
            let _ = std::fs::remove_file(&aside);
        }
    }
}

/// A name beside `path` that no other process uses, also of another container or machine of the same host name.
fn beside(path: &Path, what: &str) -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let here = Owner::here();
    let mut name: OsString = path.as_os_str().to_owned();
    // machines differ in the boot, containers of one machine in the namespace
    let boot: String = here.boot_id.chars().take(8).collect();
    name.push(format!(
        ".{what}-{}-{}-{}-{}-{number}",
        here.host.replace('/', "_"),
        boot.replace('/', "_"),
        here.pid_namespace.unwrap_or(0),
        here.pid
    ));
    name.into()
}

/// Removes what processes that are gone have left beside the lock file at `path`.
pub fn clear_beside(path: &Path) {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let entries = path.parent().map(std::fs::read_dir);
    for entry in entries.into_iter().flatten().flatten().flatten() {
        let is_ours = entry
            .file_name()
            .to_string_lossy()
            .strip_prefix(&name)
            .is_some_and(|rest| rest.starts_with(".new-") || rest.starts_with(".old-"));
        if is_ours && holder(&entry.path()) == Holder::Nobody {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.check().is_ok() {
            // before the lock goes: whoever locks a file that is no longer there tries again
            displace(&self.path, self.inode);
        }
    }
}

#[cfg(test)]
mod tests;
