//! The formats there are, and which one a path is of.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{Options, Source, binary, eeglab, fieldtrip, syncopy};
use crate::error::{Error, Result};

/// A format of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A Syncopy container.
    Syncopy,
    /// Numbers one after the other, of which the config says everything.
    Binary,
    /// FieldTrip's raw data in a file of MATLAB.
    FieldTrip,
    /// A dataset of EEGLAB.
    Eeglab,
}

impl Format {
    /// All there are.
    pub const ALL: &[Format] = &[
        Format::Syncopy,
        Format::Binary,
        Format::FieldTrip,
        Format::Eeglab,
    ];

    /// Its name in a config.
    pub fn name(self) -> &'static str {
        match self {
            Format::Syncopy => "syncopy",
            Format::Binary => "binary",
            Format::FieldTrip => "fieldtrip",
            Format::Eeglab => "eeglab",
        }
    }

    /// The keys of `[input]` that say something about such files, beside `path` and `format`.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Format::Syncopy => &[],
            Format::Binary => binary::KEYS,
            Format::FieldTrip => fieldtrip::KEYS,
            Format::Eeglab => eeglab::KEYS,
        }
    }

    /// The format of what the config names, as it says or else as the path looks, and the file that is read first.
    ///
    /// # Errors
    /// Nothing there, or nothing that looks like a recording.
    pub fn find(options: &Options) -> Result<(Format, PathBuf)> {
        let path = &options.path.value;
        let format = match &options.format {
            Some(format) => format.value,
            None => Format::guess(path, options)?,
        };
        let file = match format {
            Format::Syncopy => syncopy::find(path)?,
            Format::Binary | Format::FieldTrip => path.clone(),
            Format::Eeglab => eeglab::find(path),
        };
        Ok((format, file))
    }

    /// The format that a path looks like.
    fn guess(path: &Path, options: &Options) -> Result<Format> {
        let wrong = |what: String| Error::Recording {
            path: path.to_owned(),
            what,
        };
        // the extension of a container need not be written
        let place = syncopy::with_spy(path);
        let found = match std::fs::metadata(&place) {
            Ok(found) => found,
            Err(error) => {
                let found = match error.kind() {
                    std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
                    _ => error.to_string(),
                };
                return Err(wrong(format!("{found}; expected {}", Expected)));
            }
        };
        let extension = place.extension().unwrap_or_default().to_string_lossy();
        let extension = extension.to_lowercase();
        match extension.as_str() {
            _ if found.is_dir() => Ok(Format::Syncopy),
            "analog" | "info" => Ok(Format::Syncopy),
            "mat" => Ok(Format::FieldTrip),
            "set" | "fdt" => Ok(Format::Eeglab),
            _ if options.dtype.is_some() => Ok(Format::Binary),
            "bin" | "dat" | "raw" => Ok(Format::Binary),
            other => Err(wrong(format!(
                "this is a file of type .{other}; expected {Expected}"
            ))),
        }
    }

    /// What the file holds.
    ///
    /// # Errors
    /// What is wrong with it: path, found, expected.
    pub fn describe(self, file: &Path, options: &Options) -> Result<Source> {
        match self {
            Format::Syncopy => syncopy::describe(file),
            Format::Binary => binary::describe(file, options),
            Format::FieldTrip => fieldtrip::describe(file, options),
            Format::Eeglab => eeglab::describe(file, options),
        }
    }
}

/// What would be a recording, for messages.
struct Expected;

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a Syncopy container, its data file or .info file, FieldTrip's raw data (.mat), a dataset of EEGLAB (.set), or \
             input.dtype for flat binary files"
        )
    }
}
