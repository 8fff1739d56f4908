//! The right of one job to write a result: its lock, and what it finds there. What another job, a user or a link has put in
//! the place of its files is never written, renamed or removed.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Target;
use super::found::{Found, Intent, has_progress, look};
use super::lock::{Lock, clear_beside, owner};
use super::owner::Owner;
use super::seal;
use crate::comm::World;
use crate::error::{Error, IoContext, Result};

/// The files of this job; on rank 0 with the lock.
#[derive(Debug)]
pub struct Claim {
    target: Target,
    own: Vec<Own>,
    lock: Option<Lock>,
    /// What the lock file says as long as this job holds it.
    owner: Owner,
}

/// A file and the number that tells it from any other that has its name later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Own {
    path: PathBuf,
    inode: u64,
}

impl Claim {
    /// Claims the result for this process and says what is there. Nothing of it is changed yet.
    ///
    /// # Errors
    /// What is in the way, another job that is at work, or the file system's.
    pub fn take(target: &Target, input: &Path, intent: Intent) -> Result<(Claim, Found)> {
        target.check_place(input)?;
        // what can be refused without a lock is refused without a trace
        look(target, intent)?;
        target.make_container()?;
        let lock = Lock::take(&target.lock)?;
        let mut claim = Claim {
            target: target.clone(),
            own: Vec::new(),
            owner: lock.owner.clone(),
            lock: Some(lock),
        };
        if let Some(owner) = claim
            .lock
            .as_ref()
            .and_then(|lock| lock.taken_from.as_ref())
        {
            tracing::debug!("the lock of {owner} was left behind");
        }
        // another job may have finished between the first look and the lock
        let found = look(target, intent);
        if found.is_err() {
            claim.discard();
        }
        found.map(|found| (claim, found))
    }

    /// The files of the result.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether the result is still this job's to write.
    ///
    /// # Errors
    /// The lock is lost.
    pub fn check_lock(&self) -> Result<()> {
        self.lock.as_ref().map_or(Ok(()), Lock::check)
    }

    /// Removes what killed jobs have left beside the result.
    ///
    /// # Errors
    /// The lock is lost; the file system's.
    pub fn clear(&self) -> Result<()> {
        self.check_lock()?;
        let target = &self.target;
        for left_over in [&target.part, &target.sums, &target.new_part] {
            remove(left_over)?;
        }
        self.clear_finish()?;
        self.clear_seals()
    }

    /// Removes the seals of files that are no longer there; data that are not published have no other one.
    ///
    /// # Errors
    /// The file system's.
    pub fn clear_seals(&self) -> Result<()> {
        let target = &self.target;
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        if is_there(&target.data) && !is_there(&target.info) {
            return Ok(());
        }
        let sealed = [
            &target.part,
            &target.sums,
            &target.new_part,
            &target.packed,
            &target.data,
        ];
        sealed
            .into_iter()
            .try_for_each(|path| remove(&seal::beside(path)))
    }

    /// Removes what jobs that were killed while they finished have left.
    ///
    /// # Errors
    /// The lock is lost; the file system's.
    pub fn clear_finish(&self) -> Result<()> {
        self.check_lock()?;
        clear_beside(&self.target.lock);
        remove(&self.target.packed)?;
        remove(&self.target.info_part)?;
        remove_locks_of_mpi(&self.target);
        Ok(())
    }

    /// The files at these paths are this job's own.
    ///
    /// # Errors
    /// One of them is not there.
    pub fn own(&mut self, paths: &[&Path]) -> Result<()> {
        for path in paths {
            let metadata = path
                .symlink_metadata()
                .at(*path, "read the number of this file")?;
            self.own.push(Own {
                path: path.to_path_buf(),
                inode: metadata.ino(),
            });
        }
        Ok(())
    }

    /// The file at this path, which rank 0 has made, is this job's own, as far as this rank sees it yet.
    pub fn own_if_there(&mut self, path: &Path) {
        if self.lock.is_none() {
            // a file system that does not show it here yet has it removed by rank 0 alone
            let _ = self.own(&[path]);
        }
    }

    /// The claim of rank 0, without its lock, on every rank. Collective.
    pub fn share(claim: Option<Claim>, target: &Target, world: &World) -> Claim {
        let shared = claim
            .as_ref()
            .map(|claim| (claim.own.clone(), claim.owner.clone()));
        let (own, owner) = world.share(shared);
        claim.unwrap_or(Claim {
            target: target.clone(),
            own,
            lock: None,
            owner,
        })
    }

    /// Whether some block is marked as done.
    pub fn has_progress(&self) -> bool {
        self.own.iter().any(|own| has_progress(&own.path))
    }

    /// Whether a later start of the same batch job has taken the result over, on any rank.
    ///
    /// # Errors
    /// Who has it now.
    pub fn check_owner(&self) -> Result<()> {
        // a lock file that cannot be read says nothing
        let now = owner(&self.target.lock);
        let is_gone = matches!(
            self.target.lock.symlink_metadata(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound
        );
        let who = match now.filter(|now| *now != self.owner) {
            Some(now) => now.to_string(),
            None if is_gone => "nobody".into(),
            None => return Ok(()),
        };
        Err(Error::Output {
            path: self.target.lock.clone(),
            what: format!("this job has lost its lock, which {who} has now"),
        })
    }

    /// Removes this job's files, unless the result is no longer its to write: what another one has made since stays. Rank 0
    /// alone has the lock and does this.
    pub fn discard(&mut self) {
        if self.lock.is_none() || self.check_lock().is_err() {
            return;
        }
        for Own { path, .. } in self.own.iter().filter(|own| own.is_still_there()) {
            // it costs room, not results, when it cannot be removed
            let _ = std::fs::remove_file(path);
        }
        let _ = self.clear_seals();
        self.lock = None;
        // fails unless the folder is empty
        let _ = std::fs::remove_dir(&self.target.container);
    }

    /// Removes those of this job's own files that are at these paths. The room of a file that is open somewhere is free at once.
    pub fn remove_own(&self, paths: &[&Path]) {
        if self.check_lock().is_err() || self.check_owner().is_err() {
            return;
        }
        let at = |own: &&Own| paths.contains(&own.path.as_path());
        for Own { path, .. } in self
            .own
            .iter()
            .filter(at)
            .filter(|own| own.is_still_there())
        {
            // what is left of the job costs room, not results
            let _ = std::fs::File::options()
                .write(true)
                .open(path)
                .and_then(|file| file.set_len(0));
            let _ = std::fs::remove_file(path);
        }
    }

    /// Removes the compressed copy that this job has made, and its seal.
    pub fn remove_packed(&self) {
        let packed = &self.target.packed;
        self.remove_own(&[packed]);
        if self.lock.is_some() && self.check_lock().is_ok() && packed.symlink_metadata().is_err() {
            let _ = std::fs::remove_file(seal::beside(packed));
        }
    }

    /// Whether the result is still this job's to write, and its files the ones under their names.
    ///
    /// # Errors
    /// The lock is lost; a file is gone or another one.
    pub fn check(&self) -> Result<()> {
        self.check_lock()?;
        match self.own.iter().find(|own| !own.is_still_there()) {
            Some(gone) => Err(vanished(&gone.path)),
            None => Ok(()),
        }
    }

    /// Whether the result is still this job's to write, and what has the name `path` the file of these metadata.
    ///
    /// # Errors
    /// The lock is lost; the file is gone or another one.
    pub fn check_file(&self, path: &Path, file: &Metadata) -> Result<()> {
        self.check_lock()?;
        match path
            .symlink_metadata()
            .is_ok_and(|there| (there.dev(), there.ino()) == (file.dev(), file.ino()))
        {
            true => Ok(()),
            false => Err(vanished(path)),
        }
    }
}

fn vanished(path: &Path) -> Error {
    Error::Output {
        path: path.to_owned(),
        what: "this file was removed or replaced while the job ran".into(),
    }
}

impl Own {
    fn is_still_there(&self) -> bool {
        self.path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.ino() == self.inode)
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

/// Removes the lock files that Open MPI's parallel files leave when a job is killed: `<file>-<numbers>.lock`.
fn remove_locks_of_mpi(target: &Target) {
    let made = [&target.packed, &target.new_part, &target.sums];
    let names = made.map(|path| path.file_name().unwrap_or_default().to_string_lossy());
    let starts = names.map(|name| format!("{name}-"));
    let entries = std::fs::read_dir(&target.container);
    for entry in entries.into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if starts.iter().any(|start| name.starts_with(start)) && name.ends_with(".lock") {
            // it costs a name in the folder when it cannot be removed
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests;
