//! Data that lie in other files: external and virtual data sets. Where those files are missing or too short HDF5 gives
//! zeros and says nothing, so that they are looked at before they are believed.

use std::path::{Path, PathBuf};

use hdf5::Dataset;
use hdf5::dataset::Layout;

use crate::error::{Hdf5Context, Result};

/// What is missing of the files that `data`, of `bytes` bytes in the file `path`, takes its numbers from.
///
/// # Errors
/// HDF5 does not say where the numbers are.
pub fn missing(path: &Path, data: &Dataset, bytes: u128) -> Result<Option<String>> {
    let created = data.dcpl().at(path, "read how data is stored")?;
    if data.layout() == Layout::Virtual {
        let sources = created
            .get_virtual_map()
            .at(path, "read the sources of data")?;
        return Ok(sources
            .iter()
            .map(|source| source.src_filename.as_str())
            // a pattern names as many files as there are
            .filter(|name| *name != "." && !name.contains('%'))
            .find(|name| !places("HDF5_VDS_PREFIX", path, name).any(|place| place.is_file()))
            .map(|name| format!("data is put together from {name}, which does not exist; expected it beside this file, or in a folder that \
                 HDF5_VDS_PREFIX in the environment names")));
    }
    // HDF5 looks for external files in the current folder, not beside the file that names them
    let mut left = bytes;
    for file in created
        .get_external()
        .at(path, "read where data is stored")?
    {
        let n = match file.size {
            // as long as it takes
            0 => left,
            n => left.min(n as u128),
        };
        let places: Vec<PathBuf> =
            places("HDF5_EXTFILE_PREFIX", Path::new(""), &file.name).collect();
        let lengths = places
            .iter()
            .filter_map(|place| std::fs::metadata(place).ok());
        let Some(length) = lengths.map(|file| file.len()).max() else {
            return Ok(Some(format!(
                "data is stored in {}, which does not exist; expected it there (relative names are relative to the current folder), or \
                 below a folder that HDF5_EXTFILE_PREFIX in the environment names",
                file.name
            )));
        };
        let end = file.offset as u128 + n;
        if u128::from(length) < end {
            return Ok(Some(format!(
                "data is stored in {}, which has {length} bytes; expected {end}: copy that file again",
                file.name
            )));
        }
        left -= n;
    }
    Ok(None)
}

/// Where HDF5 looks for a file named by another, `by`: below the prefix of the environment, as it is, and beside `by`.
fn places<'a>(prefix: &str, by: &'a Path, name: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
    let origin = by.parent().unwrap_or(Path::new("")).to_owned();
    let prefixes = std::env::var(prefix).unwrap_or_default();
    let prefixes: Vec<PathBuf> = prefixes
        .split(':')
        .map(|prefix| PathBuf::from(prefix.replace("${ORIGIN}", &origin.to_string_lossy())))
        .collect();
    prefixes
        .into_iter()
        .chain([PathBuf::new(), origin])
        .map(move |folder| folder.join(name))
}
