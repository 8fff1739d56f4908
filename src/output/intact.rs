//! Whether a file of a result, finished or not, is what was written, as far as HDF5 interprets it: asked before HDF5 opens it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::MARK;
use super::info::{WRITTEN_BY, check_info, is_sealed_info};
use super::seal::{self, Seal};
use crate::error::{Error, Result};
use crate::input::syncopy::read_info;

/// Refuses a file of a result that is damaged. Of files that this program has not written nothing is known.
///
/// # Errors
/// It is damaged, or its seal is missing.
pub fn check_intact(path: &Path) -> Result<()> {
    seal_of(path).map(drop)
}

/// The seal of the file at `path`, which is intact; none of a file that has none.
///
/// # Errors
/// It is damaged; a part file without seal.
pub fn seal_of(path: &Path) -> Result<Option<Seal>> {
    let info = path.with_added_extension("info");
    if info.symlink_metadata().is_ok() {
        let seal = seal_in(&info)?;
        return match seal {
            Some(seal) => seal.check(path).map(|()| Some(seal)),
            None => Ok(None),
        };
    }
    let places = sealed_as(path);
    let mut there = places.iter().filter(|place| seal::beside(place).exists());
    let Some(first) = there.next() else {
        return match path.extension() {
            Some(part) if part == "part" => Seal::checked(&seal::beside(path), path).map(Some),
            _ => Ok(None),
        };
    };
    let found = Seal::checked(&seal::beside(first), path);
    let found = there.fold(found, |found, place| {
        found.or_else(|error| Seal::checked(&seal::beside(place), path).or(Err(error)))
    });
    found.map(Some)
}

/// The seal that stands in the `.info` file of a result; none of those that another program has written.
///
/// # Errors
/// The file cannot be read, or holds something else in its place.
pub fn seal_in(info: &Path) -> Result<Option<Seal>> {
    let object = read_info(info)?;
    let version = object.get("_version").and_then(Value::as_str);
    if version.is_some_and(|version| !may_be_ours(version)) {
        return Ok(None);
    }
    let found = object
        .get("info")
        .and_then(|info| info.get(MARK)?.get("seal"));
    if found.is_none() && !is_sealed_info(info) {
        return Ok(None);
    }
    check_info(info)?;
    let found = found.unwrap_or(&Value::Null);
    serde_json::from_value(found.clone())
        .map(Some)
        .map_err(|error| Error::Damaged {
            path: info.to_owned(),
            what: format!("the seal in this file is damaged: {error}"),
        })
}

/// Whether this is a version of this program, be it with a bit that has flipped. Syncopy keeps our words when it saves a result, but
/// writes its own version.
fn may_be_ours(version: &str) -> bool {
    let (first, last) = WRITTEN_BY.trim_end().split_at(WRITTEN_BY.len() / 2);
    version.contains(first) || version.contains(last)
}

/// The names that the file at `path` may have had when it was sealed: a job that is killed may leave it under the next one.
fn sealed_as(path: &Path) -> Vec<PathBuf> {
    let name = path.to_string_lossy();
    let is_one_of = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let before = |ending: &str| path.with_added_extension(ending);
    if is_one_of(&[".sums.part", ".packed.part", ".new.part"]) {
        return vec![path.to_owned()];
    }
    if is_one_of(&[".part"]) {
        return vec![path.to_owned(), path.with_extension("new.part")];
    }
    vec![
        path.to_owned(),
        before("part"),
        before("packed.part"),
        before("new.part"),
    ]
}

/// Whether a file has a seal of ours, in `.info` or beside it, whatever became of the file.
pub fn has_seal(path: &Path) -> bool {
    let info = path.with_added_extension("info");
    let beside = |place: &PathBuf| seal::beside(place).is_file();
    is_sealed_info(&info) || sealed_as(path).iter().any(beside)
}

/// Keeps the seal of data beside them, while their `.info` goes or other seals are made.
///
/// # Errors
/// The data are damaged; the file system's.
pub fn keep_seal(data: &Path) -> Result<()> {
    match seal_of(data)? {
        Some(seal) => seal.write_beside(data),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_ours_is_known_whichever_bit_of_it_flips() {
        let version = format!("{WRITTEN_BY}0.1.0").into_bytes();
        for bit in 0..version.len() * 8 {
            let mut flipped = version.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(may_be_ours(&String::from_utf8_lossy(&flipped)), "{bit}");
        }
        assert!(!may_be_ours("2023.9"));
    }
}
