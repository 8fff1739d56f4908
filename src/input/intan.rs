//! Intan RHD, one file per type of signal: `info.rhd` says what there is, `amplifier.dat` holds the electrodes' numbers of
//! 16 bits, `time.dat` their samples' numbers. Samples are in microvolts.
//!
//! Not: data within `.rhd` files, one file per channel, `.rhs`, and the other types of signals.
//! Source: Intan Technologies, "RHD2000 Application note: Data file formats", and "RHX data acquisition software".

mod header;

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use self::header::Header;
use super::binary::{n_rows, of_recorder};
use super::location::Sample;
use super::placeholder::has_entry;
use super::source::{Source, one_stretch, trial_of_each};
use super::{gaps, require_regular};
use crate::error::{Error, IoContext, Result};
use crate::recording::{Channel, Recording};

/// The keys of `[input]` that such folders need: none.
pub const KEYS: &[&str] = &[];

const INFO: &str = "info.rhd";
const NUMBERS: &str = "amplifier.dat";
const TIMES: &str = "time.dat";
/// Microvolts per number: the converter's step, as the format's description has it.
const MICROVOLTS: f64 = 0.195;

/// Whether `path` is such a folder or one of its files, or another file of this maker's.
pub fn is_one(path: &Path) -> bool {
    let is_numbers = path.file_name().is_some_and(|name| name == NUMBERS);
    let extension = path.extension().unwrap_or_default();
    extension == "rhd"
        || extension == "rhs"
        || path.is_dir() && has_entry(&path.join(INFO))
        || is_numbers && has_entry(&path.with_file_name(INFO))
}

/// The header of the recording that `path` names, its folder or a file in it.
pub fn find(path: &Path) -> PathBuf {
    let is_numbers = path.file_name().is_some_and(|name| name == NUMBERS);
    match path.is_dir() {
        true => path.join(INFO),
        false if is_numbers => path.with_file_name(INFO),
        false => path.to_owned(),
    }
}

/// Describes the electrodes of the recording with the header `path`.
///
/// # Errors
/// What is wrong with one of its files: path, found, expected.
pub fn describe(path: &Path) -> Result<Source> {
    let header = Header::read(path)?;
    let numbers = path.with_file_name(NUMBERS);
    if !has_entry(&numbers) {
        return Err(Error::Recording {
            path: path.to_owned(),
            what: format!(
                "no {NUMBERS} beside it; expected a recording saved as \"one file per signal type\", to which Intan's \
                 own software converts others"
            ),
        });
    }
    let n_columns = header.amplifier.len();
    let n_rows = n_rows(&numbers, 0, (n_columns * Sample::I16.bytes()) as u64)?;
    let (stretches, begins) = stretches(&path.with_file_name(TIMES), n_rows)?;
    let location = of_recorder(path, &numbers, n_rows, vec![MICROVOLTS; n_columns])?;
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
        stretches,
        begins,
        ..Source::new(recording, location, n_rows)
    })
}

/// The stretches without gaps and when they begin, as the numbers of the samples say where there are such.
fn stretches(path: &Path, n_rows: u64) -> Result<(Vec<Range<u64>>, Vec<f64>)> {
    const DOING: &str = "read these numbers of samples";
    if !has_entry(path) {
        return Ok((one_stretch(n_rows), vec![0.0]));
    }
    require_regular(path, DOING)?;
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let file = File::open(path).at(path, DOING)?;
    let length = file.metadata().at(path, DOING)?.len();
    if length != 4 * n_rows {
        return Err(wrong(format!(
            "has {length} bytes; expected {}, 4 for every sample of {NUMBERS}",
            4 * n_rows
        )));
    }
    let number = |row: u64| {
        let mut bytes = [0; 4];
        file.read_exact_at(&mut bytes, 4 * row).at(path, DOING)?;
        Ok(i64::from(i32::from_le_bytes(bytes)))
    };
    let found = gaps::stretches(n_rows, number)?.map_err(wrong)?;
    let begins = gaps::begins(&found, number)?;
    Ok((found, begins))
}
