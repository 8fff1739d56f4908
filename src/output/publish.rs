//! The end of a job: what was `.part` becomes the result. Rank 0 alone; the others have left. A kill at any step leaves what
//! the next job publishes.

use std::fs::{File, Metadata};
use std::io::{Read, Write};
use std::path::Path;

use serde_json::ser::{PrettyFormatter, Serializer};
use sha1::{Digest, Sha1};

use super::disk::sync_folder;
use super::info::with_checksum;
use super::intact::{keep_seal, seal_of};
use super::{Claim, Outline, Provenance, Target, info_json};
use crate::comm::note_progress;
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::faults::{Point, strike};
use crate::input::open_hdf5;

/// Whether the SHA-1 of the result is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// Up to 4 GB.
    Auto,
    /// Always.
    Yes,
    /// Never.
    No,
}

/// Bytes of a result whose SHA-1 is computed unasked.
const CHECKSUM_UP_TO: u64 = 4_000_000_000;
/// Gives the finished file `source`, a part file, a compressed copy or what has its name already, the name of the data and
/// writes `.info`, which makes the result valid.
///
/// # Errors
/// The file system's; a result that is no longer this job's to write.
pub fn publish(
    claim: Claim,
    target: &Target,
    source: &Path,
    outline: Outline,
    provenance: &Provenance,
    checksum: Checksum,
) -> Result<()> {
    claim.check()?;
    let file = File::open(source).at(source, "open this file")?;
    let metadata = file.metadata().at(source, "read the size of this file")?;
    file.sync_all().at(source, "sync this file to disk")?;
    let digest = match checksum {
        Checksum::Yes => Some(sha1_of(source)?),
        Checksum::Auto if metadata.len() <= CHECKSUM_UP_TO => Some(sha1_of(source)?),
        _ => None,
    };
    // what is published was sealed when it was made
    let seal = seal_of(source)?.ok_or_else(|| Error::Damaged {
        path: source.to_owned(),
        what: "this file has no seal".into(),
    })?;
    let offset = data_offset(source)?;
    let info = info_json(
        target,
        outline,
        provenance,
        offset,
        digest.as_deref(),
        &seal,
    );
    let finished = Finished {
        path: source,
        metadata,
        info: &info,
    };
    let replaced = replace(&claim, &finished, &|| {
        let left = [target.part.as_path(), &target.sums];
        let left: Vec<&Path> = left.into_iter().filter(|path| *path != source).collect();
        claim.remove_own(&left);
    });
    if replaced.is_err() {
        // a compressed copy is made again in any case, and takes room that may be missing
        claim.remove_packed();
    }
    replaced?;
    claim.clear_seals()
}

/// Puts the whole part file of a recording, the claim's own, in the place of what was there.
///
/// # Errors
/// The file system's; a recording that is no longer this job's to write. Its files are gone then.
pub fn publish_recording(
    mut claim: Claim,
    info: &serde_json::Map<String, serde_json::Value>,
) -> Result<()> {
    let part = claim.target().part.clone();
    let published = claim
        .check()
        .and_then(|()| {
            part.symlink_metadata()
                .at(&part, "read the size of this file")
        })
        .and_then(|metadata| {
            let finished = Finished {
                path: &part,
                metadata,
                info,
            };
            replace(&claim, &finished, &|| ())
        });
    if published.is_err() {
        claim.discard();
    }
    published
}

/// A finished file.
struct Finished<'a> {
    path: &'a Path,
    /// Its metadata, by which it is known again.
    metadata: Metadata,
    /// What its `.info` says.
    info: &'a serde_json::Map<String, serde_json::Value>,
}

/// Puts a finished file and its `.info` in the place of what was there; `.info` is the commit. `clear` removes what the job no
/// longer needs once the data have their name.
fn replace(claim: &Claim, finished: &Finished, clear: &dyn Fn()) -> Result<()> {
    let replaced = put(claim, finished, clear);
    if replaced.is_err() && claim.check_lock().is_ok() {
        // it costs a name in the folder when it cannot be removed
        let _ = std::fs::remove_file(&claim.target().info_part);
    }
    replaced
}

fn put(claim: &Claim, finished: &Finished, clear: &dyn Fn()) -> Result<()> {
    let source = finished.path;
    let target = claim.target();
    // another start of the same job may have begun since: nothing of its is renamed or removed
    let check = |path: &Path| claim.check_file(path, &finished.metadata);
    check(source)?;
    write_info(&target.info_part, finished.info)?;
    strike(Point::Rename).at(source, "rename the finished file")?;
    check(source)?;
    if source != target.data {
        // an old result loses its validity before its data go
        if target.info.symlink_metadata().is_ok() {
            // what is damaged has no seal worth keeping
            let _ = keep_seal(&target.data);
            std::fs::remove_file(&target.info)
                .at(&target.info, "remove the old result's .info file")?;
            sync_folder(&target.container)?;
            check(source)?;
            strike(Point::Replace).at(&target.data, "rename the finished file")?;
        }
        std::fs::rename(source, &target.data).at(&target.data, "rename the finished file")?;
        sync_folder(&target.container)?;
    }
    clear();
    strike(Point::Commit).at(&target.info, "rename the finished .info file")?;
    check(&target.data)?;
    std::fs::rename(&target.info_part, &target.info)
        .at(&target.info, "rename the finished .info file")?;
    sync_folder(&target.container)
}

fn data_offset(path: &Path) -> Result<Option<u64>> {
    let file = open_hdf5(path, |_| ())?;
    Ok(file
        .dataset("data")
        .at(path, "open the data set data")?
        .offset())
}

/// Writes a `.info` file that was not there and syncs it to disk.
fn write_info(path: &Path, info: &serde_json::Map<String, serde_json::Value>) -> Result<()> {
    let mut text = Vec::new();
    let mut serializer =
        Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    "));
    serde::Serialize::serialize(info, &mut serializer).expect("a map of JSON values is JSON");
    // what an attempt that was given up has made since is none of this job's
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).at(path, "remove what a killed job has left");
        }
        _ => {}
    }
    let text = with_checksum(text);
    let mut file = File::create_new(path).at(path, "create this file")?;
    file.write_all(&text).at(path, "write this file")?;
    file.sync_all().at(path, "sync this file to disk")
}

/// The SHA-1 of the file at `path`, in hexadecimal.
///
/// # Errors
/// The file cannot be read.
pub fn sha1_of(path: &Path) -> Result<String> {
    let mut file = File::open(path).at(path, "open this file")?;
    let mut digest = Sha1::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = file.read(&mut buffer).at(path, "read this file back")?;
        if n == 0 {
            break;
        }
        digest.update(&buffer[..n]);
        note_progress();
    }
    Ok(digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
