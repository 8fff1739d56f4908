//! Open Ephys, binary format: numbers of 16 bits in `continuous.dat`, one folder for each stream, and what they are in
//! `structure.oebin`. Words of synchronization are no channels. TTL lines are markers.
//!
//! Not: spikes, messages, and the older format of the same program (`.continuous` files).
//! Source: Open Ephys GUI, "Binary format" (open-ephys.github.io/gui-docs).

mod numbers;
mod oebin;
#[cfg(test)]
mod tests;
mod ttl;
mod units;

use std::path::{Component, Path, PathBuf};

use self::oebin::{Continuous, Structure};
use super::binary::{interleaved_i16, n_rows};
use super::location::Sample;
use super::placeholder::has_entry;
use super::source::{Source, one_stretch, trial_of_each};
use super::{Events, Options, gaps};
use crate::error::{Error, Result};
use crate::phrase::shorten;
use crate::recording::Recording;

/// The keys of `[input]` that such folders may need.
pub const KEYS: &[&str] = &["dataset"];

/// The file that says what a recording holds.
const STRUCTURE: &str = "structure.oebin";
/// Streams that are listed at most.
const MAX_LISTED: usize = 20;
/// Characters that are shown of a name.
const SHOWN: usize = 80;

/// Whether `path` is such a folder, the file that describes it, or a file of numbers in it.
pub fn is_one(path: &Path) -> bool {
    let is_numbers = path
        .file_name()
        .is_some_and(|name| name == "continuous.dat");
    path.extension()
        .is_some_and(|extension| extension == "oebin")
        || path.is_dir() && has_entry(&path.join(STRUCTURE))
        || is_numbers && structure_above(path).is_some()
}

/// The file that describes the recording that `path` names, the folder or a file in it.
pub fn find(path: &Path) -> PathBuf {
    if path.is_dir() {
        path.join(STRUCTURE)
    } else {
        structure_above(path).unwrap_or_else(|| path.to_owned())
    }
}

/// `structure.oebin` above `continuous/STREAM/continuous.dat`.
fn structure_above(path: &Path) -> Option<PathBuf> {
    let names_all = path
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let place = match path.ancestors().nth(3) {
        Some(folder) if names_all => folder.join(STRUCTURE),
        _ => whole_path(path).ancestors().nth(3)?.join(STRUCTURE),
    };
    has_entry(&place).then_some(place)
}

/// The path with all folders that it lies in, which the one that was typed may leave to the working directory.
fn whole_path(path: &Path) -> PathBuf {
    let goes_up = path.components().any(|part| part == Component::ParentDir);
    let whole = if goes_up {
        path.canonicalize()
    } else {
        std::path::absolute(path)
    };
    whole.unwrap_or_else(|_| path.to_owned())
}

/// Describes the stream that the config names, or the only one, of the recording that the file `path` describes.
///
/// # Errors
/// No stream, several of them, or one that is not what it should be: path, found, expected.
pub fn describe(path: &Path, options: &Options) -> Result<Source> {
    let structure = Structure::read(path)?;
    let stream = choose(path, &structure, options)?;
    let recorded = path.parent().unwrap_or(Path::new(""));
    let folder = recorded.join("continuous").join(&stream.folder);
    let samples = folder.join("continuous.dat");
    if !has_entry(&samples) {
        return Err(Error::Recording {
            path: path.to_owned(),
            what: format!(
                "the samples of the stream {} are missing; expected continuous/{}/continuous.dat beside this file: copy \
                 the whole folder of the recording",
                shorten(&stream.folder, SHOWN),
                shorten(&stream.folder, SHOWN)
            ),
        });
    }
    let n_columns = stream.gain.len();
    let n_rows = n_rows(&samples, 0, (n_columns * Sample::I16.bytes()) as u64)?;
    let location = interleaved_i16(path, &samples, n_rows, stream.gain.clone())?;
    let mut notices = stream.notices.clone();
    let numbers = numbers::read(&folder, n_rows)?;
    let (stretches, begins, events) = match &numbers {
        Some(numbers) => (
            numbers.stretches(),
            numbers.begins(),
            ttl::read(&recorded.join("events").join(&stream.folder), numbers)?,
        ),
        None => {
            notices.push(
                "no numbers of samples beside continuous.dat: read as one stretch, without gaps and TTL markers".into(),
            );
            (one_stretch(n_rows), vec![0.0], Events::default())
        }
    };
    let recording = Recording {
        sample_rate_hz: stream.sample_rate_hz,
        channels: stream.channels.clone(),
        trials: trial_of_each(&stretches),
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    Ok(Source {
        events,
        begins,
        remarks: gaps::remark(&stretches).into_iter().collect(),
        notices,
        stretches,
        ..Source::new(recording, location, n_rows)
    })
}

/// The stream that is meant: that of the file which the config names, the one it calls by its folder, or the only one.
fn choose<'a>(path: &Path, structure: &'a Structure, options: &Options) -> Result<&'a Continuous> {
    let streams = &structure.continuous;
    let listed = || {
        let names = streams.iter().take(MAX_LISTED);
        let names: Vec<String> = names.map(|stream| shorten(&stream.folder, SHOWN)).collect();
        let more = if streams.len() > MAX_LISTED {
            ", …"
        } else {
            ""
        };
        format!("{}{more}", names.join(", "))
    };
    if let Some(dataset) = &options.dataset {
        let name = dataset.value.trim_end_matches('/');
        let named = streams.iter().find(|stream| stream.folder == name);
        return named.ok_or_else(|| {
            let what = format!(
                "is no stream of {}; expected one of {}",
                path.display(),
                listed()
            );
            dataset.refuse(what).into()
        });
    }
    let given = whole_path(&options.path.value);
    let given = given.parent().and_then(Path::file_name);
    let is_numbers = options
        .path
        .value
        .extension()
        .is_some_and(|extension| extension == "dat");
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    match &streams[..] {
        [one] => Ok(one),
        [] => Err(wrong(
            "names no continuous stream; expected one at least: choose another recording of the session, or record the \
             stream in a Record Node"
                .into(),
        )),
        several => several
            .iter()
            .find(|stream| is_numbers && given.is_some_and(|name| *name == *stream.folder))
            .ok_or_else(|| {
                wrong(format!(
                    "holds {} streams; expected input.dataset to name one of them: {}",
                    several.len(),
                    listed()
                ))
            }),
    }
}
