//! The disk that a result goes to: how much room it has, and what is kept on it.

use std::fs::File;
use std::path::Path;

use rustix::process::{Resource, getrlimit};

use super::Target;
use crate::error::{Error, IoContext, Result};
use crate::faults::{Point, is_armed};
use crate::phrase::size;
use crate::plan::Plan;

/// Bytes that labels, trial definition and HDF5's own structures take beside the data, at least.
const OVERHEAD: u128 = 1 << 20;

/// Refuses a result that the disk has no room for.
///
/// # Errors
/// The path, the room that is needed and the room there is.
pub fn check_free_space(target: &Target, plan: &Plan) -> Result<()> {
    let needed = plan.output_bytes + plan.scratch_bytes;
    let largest = plan.output_bytes.max(plan.scratch_bytes);
    check_room(target, "the result", needed, largest)
}

/// Refuses files of `needed` bytes together, and of `largest` at most, that the disk has no room for; `what` they are.
///
/// # Errors
/// The path, the room that is needed and the room there is.
pub fn check_room(target: &Target, what: &str, needed: u128, largest: u128) -> Result<()> {
    let needed = needed + OVERHEAD;
    let known = free_space(&target.container);
    let Some(free) = known.filter(|_| !is_armed(Point::Reserve)) else {
        return Ok(());
    };
    let longest = getrlimit(Resource::Fsize).current.unwrap_or(u64::MAX);
    if largest > u128::from(longest) {
        return Err(Error::Output {
            path: target.part.clone(),
            what: format!(
                "{what} takes {}, a file here may have {} (see ulimit -f)",
                size(largest),
                size(longest)
            ),
        });
    }
    if needed > u128::from(free) {
        return Err(Error::Output {
            path: target.container.clone(),
            what: format!(
                "{what} takes {}, this disk has {} left",
                size(needed),
                size(free)
            ),
        });
    }
    Ok(())
}

/// Whether `path` is on NFS, or will be.
pub fn is_on_nfs(path: &Path) -> bool {
    let here = path.ancestors().find(|folder| folder.exists());
    let here = here.filter(|folder| !folder.as_os_str().is_empty());
    rustix::fs::statfs(here.unwrap_or(Path::new(".")))
        .is_ok_and(|stat| stat.f_type == rustix::fs::NFS_SUPER_MAGIC)
}

/// Bytes that this user may still write where `path` is, or will be.
pub fn free_space(path: &Path) -> Option<u64> {
    let here = path
        .ancestors()
        .find(|folder| folder.exists())
        .unwrap_or(Path::new("."));
    let here = if here.as_os_str().is_empty() {
        Path::new(".")
    } else {
        here
    };
    let stat = rustix::fs::statvfs(here).ok()?;
    stat.f_bavail.checked_mul(stat.f_frsize)
}

/// What a message about a write that failed says of the room where `path` is.
pub fn room_left(path: &Path) -> String {
    free_space(path).map_or(String::new(), |free| {
        format!("; this disk has {} left", size(free))
    })
}

/// Makes sure that the names in a folder are on disk.
///
/// # Errors
/// The file system's.
pub fn sync_folder(folder: &Path) -> Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // some network file systems cannot sync a folder
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => Ok(()),
        other => other.at(folder, "sync this folder to disk"),
    }
}
