//! Formats that are not read, but recognised: their refusal names them, and what opens them in Python or converts them.

mod beside;
mod npy;
mod row;
mod table;

use std::path::Path;

use self::beside::{BESIDE, BTI, NWB_ZARR, SPIKEINTERFACE_ZARR};
use self::table::TABLE;
use crate::input::placeholder::has_entry;

/// A format that is not read.
#[derive(Clone, Copy, Debug)]
pub struct Unsupported {
    /// As it follows "this is".
    name: &'static str,
    /// How names of its files end, in lower case; none: whatever they are called.
    endings: &'static [&'static str],
    /// How its files begin; none: whatever they begin with.
    begins: &'static [&'static [u8]],
    /// Whether its files belong together in a folder.
    is_folder: bool,
    /// Whether the name of a file tells that it is a recording.
    tells: bool,
    instead: Instead,
}

/// What to do with a format that is not read.
#[derive(Clone, Copy, Debug)]
enum Instead {
    /// Open it with this function or class of Python, and write a container.
    Reader(&'static str),
    /// Something else: "expected …".
    Do(&'static str),
}

/// The format of a file with this name and these first bytes, if it is known and not read.
pub fn of_file(path: &Path, begin: &[u8]) -> Option<&'static Unsupported> {
    let name = lower_name(path);
    let beside = BESIDE.iter().find(|(ending, companion, _)| {
        name.ends_with(ending) && has_companion(path, ending, companion)
    });
    let fits = |row: &&Unsupported| row.ends(&name) && row.starts(begin);
    beside
        .map(|(_, _, row)| row)
        .or_else(|| TABLE.iter().find(fits))
}

/// The format whose folders end with the name of one that `path` is in, such as `x.mff` of `x.mff/signal1.bin`.
pub fn of_folder_above(path: &Path) -> Option<&'static Unsupported> {
    path.ancestors().skip(1).find_map(|folder| {
        let name = lower_name(folder);
        TABLE
            .iter()
            .find(|row| row.is_folder && row.begins.is_empty() && row.ends(&name))
    })
}

/// The format of a file by its name alone, for files that are not looked into.
pub fn of_name(name: &str) -> Option<&'static Unsupported> {
    let name = name.to_lowercase();
    let fits = |row: &&Unsupported| row.begins.is_empty() && !row.is_folder && row.ends(&name);
    TABLE.iter().find(fits).filter(|row| row.tells)
}

/// The format of a folder with this name that contains files and folders of these names.
pub fn of_folder(folder: &Path, files: &[&str], folders: &[&str]) -> Option<&'static Unsupported> {
    let own = lower_name(folder);
    let lower =
        |names: &[&str]| -> Vec<String> { names.iter().map(|name| name.to_lowercase()).collect() };
    let (files, folders) = (lower(files), lower(folders));
    let starts = |names: &[String], begin: &str| names.iter().any(|name| name.starts_with(begin));
    if files.iter().any(|name| name == "config") && starts(&files, "c,rf") {
        return Some(&BTI);
    }
    let fits = |row: &&Unsupported| {
        row.is_folder && (row.ends(&own) || files.iter().any(|name| row.ends(name)))
    };
    let is_nwb = own.contains(".nwb") || folders.iter().any(|name| name == "acquisition");
    let row = TABLE.iter().find(fits)?;
    Some(match row.instead {
        Instead::Reader("zarr.open") if is_nwb => &NWB_ZARR,
        Instead::Reader("zarr.open") if starts(&folders, "traces_seg") => &SPIKEINTERFACE_ZARR,
        _ => row,
    })
}

impl Unsupported {
    fn ends(&self, name: &str) -> bool {
        self.endings.is_empty() || self.endings.iter().any(|ending| name.ends_with(ending))
    }

    fn starts(&self, bytes: &[u8]) -> bool {
        self.begins.is_empty() || self.begins.iter().any(|begin| bytes.starts_with(begin))
    }

    /// The ending of this format that a path has.
    fn names_ending(&self, path: &Path) -> Option<&'static str> {
        let name = lower_name(path);
        let fits = |ending: &&&str| ending.starts_with('.') && name.ends_with(**ending);
        self.endings.iter().find(fits).copied()
    }

    /// As it follows "found".
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What is wrong with a path of this format, and what to do.
    pub fn refusal(&self, path: &Path) -> String {
        let is_named = !self.is_folder || self.names_ending(path).is_some() || path.is_file();
        let kind = match path.extension() {
            Some(_) if is_named => format!(" (type {})", shown_ending(path, self)),
            _ => String::new(),
        };
        format!(
            "this is {}{kind}, which Slepian does not read; {}",
            self.name,
            self.instead(path)
        )
    }

    /// What to do with a path of this format: "expected …".
    pub fn instead(&self, path: &Path) -> String {
        let object = if self.is_folder { "folder" } else { "file" };
        match self.instead {
            Instead::Do(_) if lower_name(path).ends_with(".npy") => npy::instead(path),
            Instead::Do(what) => what.to_owned(),
            Instead::Reader(reader) => format!(
                "expected a container: open the {object} in Python with {reader} and write it with {}, see docs/python.md",
                writer(reader)
            ),
        }
    }
}

/// The function of docs/to_container.py that writes what a reader returns.
fn writer(reader: &str) -> &'static str {
    if reader == "mne.read_epochs" {
        "from_mne_epochs"
    } else if reader.starts_with("mne.") {
        "from_mne_raw"
    } else if reader.starts_with("neo.") {
        "from_neo"
    } else if reader.starts_with("spikeinterface.") {
        "from_spikeinterface"
    } else {
        "from_array"
    }
}

/// The extension of a file as its name has it, both of `x.fif.gz`.
fn shown_ending(path: &Path, row: &Unsupported) -> String {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let length = row.names_ending(path).map_or(0, str::len);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match name.get(name.len().saturating_sub(length)..) {
        Some(ending) if length > 0 => ending.to_owned(),
        _ => format!(".{extension}"),
    }
}

fn has_companion(path: &Path, ending: &str, companion: &str) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name
        .len()
        .checked_sub(ending.len())
        .and_then(|end| name.get(..end));
    stem.is_some_and(|stem| {
        [companion.to_owned(), companion.to_uppercase()]
            .iter()
            .any(|companion| has_entry(&path.with_file_name(format!("{stem}{companion}"))))
    })
}

fn lower_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests;
