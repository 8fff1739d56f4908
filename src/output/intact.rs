//! Whether a file of a result, finished or not, is what was written, as far as HDF5 interprets it: asked before HDF5 opens it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::MARK;
use super::info::WRITTEN_BY;
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
    let is_ours = version.is_some_and(|version| version.starts_with(WRITTEN_BY));
    let found = object
        .get("info")
        .and_then(|info| info.get(MARK)?.get("seal"));
    let Some(found) = found.filter(|_| is_ours) else {
        return Ok(None);
    };
    serde_json::from_value(found.clone())
        .map(Some)
        .map_err(|error| Error::Damaged {
            path: info.to_owned(),
            what: format!("the seal in this file is damaged: {error}"),
        })
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
    vec![before("part"), before("packed.part"), before("new.part")]
}
