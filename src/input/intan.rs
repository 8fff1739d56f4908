//! Intan RHD, one file per type of signal: `info.rhd` describes the recording, `amplifier.dat` holds the electrodes' numbers
//! of 16 bits, `time.dat` the number of every sample. Samples are in microvolts.
//!
//! Not: data within `.rhd` files, one file per channel, `.rhs`, and the other types of signals; they are refused by name.
//! Source: Intan Technologies, "RHD2000 Application note: Data file formats", and "RHX data acquisition software".

mod header;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::path::{Path, PathBuf};

use self::header::{Header, WITH_PYTHON};
use super::binary::{interleaved_i16, n_rows};
use super::gaps::{self, SampleNumbers};
use super::integers::{Integers, Width};
use super::location::Sample;
use super::placeholder::has_entry;
use super::require_regular;
use super::source::{Source, one_stretch, trial_of_each};
use crate::error::{Error, IoContext, Result};
use crate::recording::{Channel, Recording};

/// The keys of `[input]` that such folders need: none.
pub const KEYS: &[&str] = &[];

const INFO: &str = "info.rhd";
/// The same of a stimulation system.
const RHS_INFO: &str = "info.rhs";
const NUMBERS: &str = "amplifier.dat";
const TIMES: &str = "time.dat";
/// Entries of a folder that are looked at.
const MAX_ENTRIES: usize = 10_000;
/// Microvolts per number: the converter's step, as the format's description has it.
const MICROVOLTS: f64 = 0.195;

/// Whether `path` is such a folder or one of its files, or another recording of this maker's, which [`describe`] refuses.
pub fn is_one(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    extension == "rhd" || extension == "rhs" || header_of(path).is_some()
}

/// The header of the recording that `path` names, its folder or a file in it.
pub fn find(path: &Path) -> PathBuf {
    header_of(path).unwrap_or_else(|| path.to_owned())
}

/// The header in the folder `path`, or beside the samples `path`.
fn header_of(path: &Path) -> Option<PathBuf> {
    let folder = if path.is_dir() {
        path
    } else if path.file_name()? == NUMBERS {
        path.parent()?
    } else {
        return None;
    };
    let headers = [INFO, RHS_INFO].map(|name| folder.join(name));
    headers.into_iter().find(|header| has_entry(header))
}

/// Describes the electrodes of the recording with the header `path`.
///
/// # Errors
/// What is wrong with one of its files: path, found, expected.
pub fn describe(path: &Path) -> Result<Source> {
    let header = Header::read(path)?;
    let numbers = path.with_file_name(NUMBERS);
    if !has_entry(&numbers) {
        return Err(without_numbers(path, &header));
    }
    let n_columns = header.amplifier.len();
    let n_rows = n_rows(&numbers, 0, (n_columns * Sample::I16.bytes()) as u64)?;
    let mut notices = Vec::new();
    let (stretches, begins) = match sample_numbers(&path.with_file_name(TIMES), n_rows)? {
        Some(numbers) => (numbers.stretches(), numbers.begins()),
        None => {
            notices.push(format!(
                "no {TIMES} beside {NUMBERS}: read as one stretch, without gaps"
            ));
            (one_stretch(n_rows), vec![0.0])
        }
    };
    let location = interleaved_i16(path, &numbers, n_rows, vec![MICROVOLTS; n_columns])?;
    let mut channels = Channel::of(header.amplifier);
    for channel in &mut channels {
        channel.unit = "uV".into();
    }
    let recording = Recording {
        sample_rate_hz: header.sample_rate_hz,
        channels,
        trials: trial_of_each(&stretches),
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    Ok(Source {
        remarks: gaps::remark(&stretches).into_iter().collect(),
        notices,
        stretches,
        begins,
        ..Source::new(recording, location, n_rows)
    })
}

/// The error of a header without samples beside it, which names the layout that it probably belongs to.
fn without_numbers(path: &Path, header: &Header) -> Error {
    let found = if header.has_data {
        "has data after its header, as Intan's \"traditional\" format"
    } else if has_file_per_channel(path) {
        "belongs to a recording saved as \"one file per channel\""
    } else {
        "has no amplifier.dat beside it"
    };
    Error::Recording {
        path: path.to_owned(),
        what: format!(
            "{found}; expected {INFO} and {NUMBERS} of a recording saved as \"one file per signal type\": save it as such \
             with Intan's RHX software, or {WITH_PYTHON}"
        ),
    }
}

/// Whether a file with the samples of one electrode is beside the header: `amp-A-000.dat`.
fn has_file_per_channel(header: &Path) -> bool {
    let folder = header.parent().unwrap_or(Path::new(""));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.take(MAX_ENTRIES).any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("amp-") && name.ends_with(".dat")
    })
}

/// Reads the number of every sample; `None` if there is no such file.
fn sample_numbers(path: &Path, n_rows: u64) -> Result<Option<SampleNumbers>> {
    const DOING: &str = "read these numbers of samples";
    if !has_entry(path) {
        return Ok(None);
    }
    require_regular(path, DOING)?;
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what: format!("{what}: rename it to read the samples as one stretch, without gaps"),
    };
    let file = File::open(path).at(path, DOING)?;
    let length = file.metadata().at(path, DOING)?.len();
    if length != 4 * n_rows {
        return Err(wrong(format!(
            "has {length} bytes; expected {}, 4 for every sample of {NUMBERS}",
            4 * n_rows
        )));
    }
    let numbers = Integers::new(path, file, 0, Width::Four, n_rows);
    match SampleNumbers::read(&numbers) {
        Ok(numbers) => Ok(Some(numbers)),
        Err(Error::Recording { what, .. }) => Err(wrong(what)),
        Err(other) => Err(other),
    }
}
