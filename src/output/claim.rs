//! The right of one job to write a result: a lock for as long as the job lives, and files that this job itself has made.
//! What another job, a user or a link has put in their place is never written, renamed or removed.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::{Deserialize, Serialize};

use super::Target;
use crate::comm::World;
use crate::error::{Error, IoContext, Result};

/// How often to try again when another job gives the lock up at the very moment.
const TRIES: usize = 3;

/// The files a job has made and may still remove; on rank 0 with the lock.
#[derive(Debug)]
pub struct Claim {
    target: Target,
    begun: Vec<Begun>,
    lock: Option<File>,
}

/// A file and the number that tells it from any other that has its name later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    path: PathBuf,
    inode: u64,
}

impl Claim {
    /// Claims the result for this process: makes the container, locks it and makes the temporary files, empty. Left-overs
    /// of killed jobs are removed, which `overwrite` must allow.
    ///
    /// # Errors
    /// What [`Target::check`] says, another job that is at work, or the file system's.
    pub fn take(target: &Target, input: &Path, overwrite: bool, with_sums: bool) -> Result<Claim> {
        target.check(input, overwrite)?;
        target.make_container()?;
        let mut claim = Claim {
            target: target.clone(),
            begun: Vec::new(),
            lock: lock(&target.lock)?,
        };
        let begun = claim.begin(input, overwrite, with_sums);
        if begun.is_err() {
            claim.discard();
        }
        begun.map(|()| claim)
    }

    fn begin(&mut self, input: &Path, overwrite: bool, with_sums: bool) -> Result<()> {
        let target = self.target.clone();
        // another job may have finished between the first look and the lock
        target.check(input, overwrite)?;
        for left_over in [&target.part, &target.sums, &target.info_part] {
            remove(left_over)?;
        }
        remove_locks_of_mpi(&target);
        let sums = with_sums.then_some(&target.sums);
        for path in [&target.part].into_iter().chain(sums) {
            let file = File::create_new(path).at(path, "create this file")?;
            let inode = file
                .metadata()
                .at(path, "read the number of this file")?
                .ino();
            self.begun.push(Begun {
                path: path.clone(),
                inode,
            });
        }
        Ok(())
    }

    /// Claims the result for all ranks. Collective.
    ///
    /// # Errors
    /// Those of [`Claim::take`], on rank 0.
    pub fn take_for_all(
        target: &Target,
        input: &Path,
        overwrite: bool,
        with_sums: bool,
        world: &World,
    ) -> Result<Claim> {
        let taken = world.on_root(|| Claim::take(target, input, overwrite, with_sums))?;
        let begun = world.share(taken.as_ref().map(|claim| claim.begun.clone()));
        Ok(taken.unwrap_or(Claim {
            target: target.clone(),
            begun,
            lock: None,
        }))
    }

    /// Removes what this job has begun: files that another one has made since stay.
    pub fn discard(&self) {
        for Begun { path, .. } in self.begun.iter().filter(|begun| begun.is_still_there()) {
            // it costs room, not results, when it cannot be removed
            let _ = std::fs::remove_file(path);
        }
        // any rank may do this: rank 0, which holds the lock, ends with it
        let _ = std::fs::remove_file(&self.target.lock);
        // fails unless the folder is empty
        let _ = std::fs::remove_dir(&self.target.container);
    }

    /// Whether the files of this job are still the ones under their names.
    ///
    /// # Errors
    /// One of them is gone or another file.
    pub fn check(&self) -> Result<()> {
        match self
            .begun
            .iter()
            .find(|begun| begun.path == self.target.part && !begun.is_still_there())
        {
            Some(gone) => Err(Error::Output {
                path: gone.path.clone(),
                what: "this file was removed or replaced while the job ran".into(),
            }),
            None => Ok(()),
        }
    }
}

impl Begun {
    fn is_still_there(&self) -> bool {
        self.path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.ino() == self.inode)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if self.lock.is_some() {
            // before the lock goes: whoever locks a file that is no longer there tries again
            let _ = std::fs::remove_file(&self.target.lock);
        }
    }
}

fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).at(path, "remove what a killed job has left")
        }
        _ => Ok(()),
    }
}

/// Removes the lock files that Open MPI's parallel files leave when a job is killed: `<part file>-<numbers>.lock`.
fn remove_locks_of_mpi(target: &Target) {
    let names = [&target.part, &target.sums]
        .map(|path| path.file_name().unwrap_or_default().to_string_lossy());
    let is_lock = |name: &str| {
        name.ends_with(".lock")
            && names
                .iter()
                .any(|part| name.starts_with(&format!("{part}-")))
    };
    for entry in std::fs::read_dir(&target.container)
        .into_iter()
        .flatten()
        .flatten()
    {
        if is_lock(&entry.file_name().to_string_lossy()) {
            // it costs a name in the folder when it cannot be removed
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Locks `path`, or nothing on file systems that cannot lock.
fn lock(path: &Path) -> Result<Option<File>> {
    let at_work = || {
        Err(Error::Usage(format!(
            "{}: another job is writing this result; expected another output.path",
            path.display()
        )))
    };
    for _ in 0..TRIES {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(path)
            .at(path, "create this lock file")?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return at_work(),
            Err(TryLockError::Error(_)) => {
                let _ = std::fs::remove_file(path);
                return Ok(None);
            }
        }
        let locked = file
            .metadata()
            .at(path, "read the number of this file")?
            .ino();
        if path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.ino() == locked)
        {
            return Ok(Some(file));
        }
    }
    at_work()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(folder: &tempfile::TempDir) -> Target {
        Target::new(&folder.path().join("s.spy"), "spectral")
    }

    fn take(target: &Target, overwrite: bool) -> Result<Claim> {
        Claim::take(target, Path::new("elsewhere.analog"), overwrite, true)
    }

    #[test]
    fn a_second_job_is_refused_while_the_first_lives_even_with_overwrite() {
        let folder = tempfile::tempdir().unwrap();
        let target = target(&folder);
        let first = take(&target, false).unwrap();
        for overwrite in [false, true] {
            let refusal = take(&target, overwrite)
                .expect_err("the first job lives")
                .to_string();
            assert!(refusal.contains("another job"), "{refusal}");
        }
        assert!(
            first.check().is_ok(),
            "the refused jobs left the first one's files alone"
        );
        drop(first);
        assert!(take(&target, true).is_ok());
    }

    #[test]
    fn discarding_removes_what_was_begun_and_nothing_that_came_later() {
        let folder = tempfile::tempdir().unwrap();
        let target = target(&folder);
        let claim = take(&target, false).unwrap();
        claim.discard();
        assert!(!target.container.exists());

        let claim = take(&target, false).unwrap();
        std::fs::remove_file(&target.part).unwrap();
        std::fs::write(&target.part, "of another job").unwrap();
        // inodes are reused: a new file may have the old number, which a second one cannot have
        let other = folder.path().join("other");
        std::fs::write(&other, "of another job").unwrap();
        std::fs::rename(&other, &target.part).unwrap();
        assert!(claim.check().is_err());
        claim.discard();
        assert!(target.part.exists() && !target.sums.exists());
    }

    #[test]
    fn links_under_temporary_names_are_removed_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let target = target(&folder);
        let precious = folder.path().join("precious");
        std::fs::write(&precious, "data").unwrap();
        target.make_container().unwrap();
        for link in [&target.part, &target.sums, &target.info_part] {
            std::os::unix::fs::symlink(&precious, link).unwrap();
        }
        let lock_of_mpi = target.container.join("s.spectral.part-123-4.lock");
        std::fs::write(&lock_of_mpi, "").unwrap();
        let claim = take(&target, true).unwrap();
        assert!(target.part.symlink_metadata().unwrap().is_file());
        assert!(!lock_of_mpi.exists());
        drop(claim);
        assert_eq!(std::fs::read_to_string(&precious).unwrap(), "data");
    }
}
