//! The refusal of a folder that is not a recording itself: it names the recordings in it. They are looked for by name, in
//! few folders of few entries; no file is opened, and links to folders are not followed.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::placeholder::has_entry;
use super::unsupported::{self, Unsupported};
use crate::error::{IoContext, Result};
use crate::phrase::count;
use crate::setting::misspelt;

/// Folders that may be above a recording, below the one that is searched: a BIDS derivative is five deep.
const MAX_DEPTH: usize = 6;
/// Entries of folders that are looked at: some seconds on a slow network file system.
const MAX_ENTRIES: usize = 10_000;
/// Recordings that are listed, and entries of a folder without any.
const MAX_LISTED: usize = 5;
/// Extensions of recordings.
const RECORDINGS: &[&str] = &["edf", "bdf", "vhdr", "set", "nwb", "rhd"];
/// Extensions of files that may be recordings, or anything else.
const CANDIDATES: &[&str] = &["mat", "h5", "hdf5", "bin", "dat", "raw", "eeg", "rec"];

/// What a search has found.
#[derive(Default)]
struct Found {
    recordings: Vec<PathBuf>,
    unsupported: Vec<(PathBuf, &'static Unsupported)>,
    candidates: Vec<PathBuf>,
    n_entries: usize,
    /// There are more entries than are looked at.
    is_cut_off: bool,
    /// There are folders deeper than are looked into.
    is_too_deep: bool,
    has_folder_links: bool,
    /// The first folder that cannot be listed.
    unlisted: Option<PathBuf>,
}

/// An entry of a folder.
struct Entry {
    name: String,
    path: PathBuf,
    is_folder: bool,
    /// A link to a folder, which is not followed: it may lead in a circle, or to another file system.
    is_folder_link: bool,
}

/// The error for a folder that is not a recording.
///
/// # Errors
/// The folder cannot be listed.
pub fn refusal(folder: &Path) -> Result<String> {
    let (top, n_top) = list(folder, MAX_ENTRIES)?;
    let found = search(folder);
    let at_least = |is_more: bool| if is_more { "at least " } else { "" };
    Ok(if let [one] = &found.recordings[..] {
        format!(
            "this is a folder, not a recording; expected the path of {} in it: {}",
            if found.is_partial() {
                "a recording, such as the one"
            } else {
                "the recording"
            },
            one.display()
        )
    } else if !found.recordings.is_empty() {
        format!(
            "this is a folder of {}{} recordings; expected the path of one of them: {}",
            at_least(found.is_partial()),
            found.recordings.len(),
            listed(&found.recordings)
        )
    } else if let Some((path, format)) = found.unsupported.first() {
        if path == folder {
            format.refusal(path)
        } else {
            format!(
                "no recording {} that Slepian reads; found {}, {}; {}",
                found.searched(),
                path.display(),
                format.name(),
                format.instead(path)
            )
        }
    } else if !found.candidates.is_empty() {
        format!(
            "no recording {} that its name tells; expected the path of one, if it is among {}",
            found.searched(),
            listed(&found.candidates)
        )
    } else {
        format!(
            "no recording {}; found {}{}{}; expected the path of a recording{}",
            found.searched(),
            at_least(n_top >= MAX_ENTRIES),
            contents(&top),
            found.not_searched(),
            if found.is_partial() {
                ": name the file itself, since the search ends there"
            } else {
                ", or a folder that contains some"
            }
        )
    })
}

/// The name in the folder of `path` that was probably meant.
pub fn similar(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    let folder = match path.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    let (entries, _) = list(folder, MAX_ENTRIES).ok()?;
    let names = entries.iter().map(|entry| &entry.name[..]);
    misspelt(&name, names).map(str::to_owned)
}

/// Whether a folder is a container of Syncopy's, by what is in it.
///
/// # Errors
/// The folder cannot be listed.
pub fn is_container(folder: &Path) -> Result<bool> {
    let is_spy = folder
        .extension()
        .is_some_and(|extension| extension == "spy");
    let is_part = |entry: &Entry| {
        !entry.is_folder && (entry.has(&["analog", "info"]) || entry.name.ends_with(".part"))
    };
    Ok(is_spy || list(folder, MAX_ENTRIES)?.0.iter().any(is_part))
}

/// Looks for recordings, the nearest first, those of a folder in the order of their names.
fn search(folder: &Path) -> Found {
    let mut found = Found::default();
    let mut folders = VecDeque::from([(folder.to_owned(), 0)]);
    while let Some((folder, depth)) = folders.pop_front() {
        let room = MAX_ENTRIES.saturating_sub(found.n_entries);
        let (entries, n_seen) = list(&folder, room).unwrap_or_else(|_| {
            found.unlisted.get_or_insert_with(|| folder.clone());
            Default::default()
        });
        found.n_entries += n_seen;
        if n_seen >= room {
            found.is_cut_off = true;
        }
        if room == 0 {
            break;
        }
        if found.take(&folder, &entries) {
            continue;
        }
        for entry in entries.iter().filter(|entry| entry.is_folder) {
            if depth < MAX_DEPTH {
                folders.push_back((entry.path.clone(), depth + 1));
            } else {
                found.is_too_deep = true;
            }
        }
    }
    found
}

impl Found {
    /// Whether the search has left something out for its size.
    fn is_partial(&self) -> bool {
        self.is_cut_off || self.is_too_deep
    }

    /// Where was searched.
    fn searched(&self) -> String {
        if self.is_cut_off {
            format!("among the first {MAX_ENTRIES} entries of this folder and those in it")
        } else if self.is_too_deep {
            format!("in this folder down to {MAX_DEPTH} folders deep")
        } else {
            "in this folder".into()
        }
    }

    /// What was not searched for another reason.
    fn not_searched(&self) -> String {
        let links = if self.has_folder_links {
            ", links to folders are not searched"
        } else {
            ""
        };
        let unlisted = self.unlisted.as_ref();
        let unlisted = unlisted.map(|path| format!(", {} cannot be listed", path.display()));
        format!("{links}{}", unlisted.unwrap_or_default())
    }

    /// Adds what a folder is or contains; returns `true` if what is further down belongs to it.
    fn take(&mut self, folder: &Path, entries: &[Entry]) -> bool {
        let has = |name: &str| entries.iter().any(|entry| entry.name == name);
        let objects: Vec<&Entry> = entries.iter().filter(|e| e.has(&["analog"])).collect();
        let is_folder =
            objects.len() == 1 || has("structure.oebin") || has("info.rhd") && has("amplifier.dat");
        if is_folder {
            self.recordings.push(folder.to_owned());
            return true;
        }
        if !objects.is_empty() || folder.extension().is_some_and(|e| e == "spy") {
            self.recordings
                .extend(objects.iter().map(|entry| entry.path.clone()));
            return true;
        }
        let names = |are_folders: bool| -> Vec<&str> {
            let such = entries
                .iter()
                .filter(|entry| entry.is_folder == are_folders);
            such.map(|entry| &entry.name[..]).collect()
        };
        if let Some(format) = unsupported::of_folder(folder, &names(false), &names(true)) {
            self.unsupported.push((folder.to_owned(), format));
        }
        let is_file = |entry: &&Entry| !entry.is_folder && !entry.is_folder_link;
        entries
            .iter()
            .filter(is_file)
            .for_each(|entry| self.take_file(entry));
        self.has_folder_links |= entries.iter().any(|entry| entry.is_folder_link);
        self.unsupported
            .last()
            .is_some_and(|(path, _)| path == folder)
    }

    fn take_file(&mut self, entry: &Entry) {
        let is_spikeglx = entry.has(&["bin"]) && has_entry(&entry.path.with_extension("meta"));
        if is_spikeglx || entry.has(RECORDINGS) {
            self.recordings.push(entry.path.clone());
        } else if let Some(format) = unsupported::of_name(&entry.name) {
            self.unsupported.push((entry.path.clone(), format));
        } else if entry.has(CANDIDATES) {
            self.candidates.push(entry.path.clone());
        }
    }
}

impl Entry {
    fn has(&self, extensions: &[&str]) -> bool {
        let extension = self.path.extension().unwrap_or_default();
        extensions
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    }
}

/// Files, links and folders by their names, without those that are hidden, FIFOs and devices, and how many entries were
/// looked at: `most` of them.
fn list(folder: &Path, most: usize) -> Result<(Vec<Entry>, usize)> {
    const DOING: &str = "list this folder";
    let mut entries = Vec::new();
    let mut n_seen = 0;
    for entry in std::fs::read_dir(folder).at(folder, DOING)?.take(most) {
        let entry = entry.at(folder, DOING)?;
        n_seen += 1;
        let kind = entry.file_type().at(entry.path(), DOING)?;
        let path = entry.path();
        // a link may be a file whose contents are elsewhere
        let is_folder_link = kind.is_symlink() && path.is_dir();
        let is_file = kind.is_file() || kind.is_symlink();
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_marker = [".zgroup", ".zarray", ".zattrs", ".zmetadata"].contains(&&name[..]);
        if (is_file || kind.is_dir()) && (!name.starts_with('.') || is_marker) {
            entries.push(Entry {
                name,
                path,
                is_folder: kind.is_dir(),
                is_folder_link,
            });
        }
    }
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((entries, n_seen))
}

fn listed(paths: &[PathBuf]) -> String {
    let shown = paths.iter().take(MAX_LISTED);
    let shown: Vec<String> = shown.map(|path| path.display().to_string()).collect();
    let mut text = shown.join(", ");
    if paths.len() > MAX_LISTED {
        write!(text, ", and {} more", paths.len() - MAX_LISTED).expect("strings take everything");
    }
    text
}

/// What is in a folder: "nothing", "3 files and 1 folder: a.txt, b.txt, c/ …".
fn contents(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "nothing".into();
    }
    let n_folders = entries.iter().filter(|entry| entry.is_folder).count() as u64;
    let n_files = entries.len() as u64 - n_folders;
    let names = entries.iter().take(MAX_LISTED).map(|entry| {
        if entry.is_folder {
            format!("{}/", entry.name)
        } else {
            entry.name.clone()
        }
    });
    let names: Vec<String> = names.collect();
    let more = if entries.len() > MAX_LISTED {
        ", …"
    } else {
        ""
    };
    format!(
        "{} and {} ({}{more})",
        count(n_files, "file"),
        count(n_folders, "folder"),
        names.join(", ")
    )
}

#[cfg(test)]
mod tests;
