//! The formats there are, and which one a path is of.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Options, Source, binary, brainvision, edf, eeglab, fieldtrip, syncopy};
use crate::error::{Error, IoContext, Result};

/// A format of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A Syncopy container.
    Syncopy,
    /// Numbers one after the other, of which the config says everything.
    Binary,
    /// EDF, EDF+ or BDF.
    Edf,
    /// BrainVision, by its header.
    BrainVision,
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
        Format::Edf,
        Format::BrainVision,
        Format::FieldTrip,
        Format::Eeglab,
    ];

    /// Its name in a config.
    pub fn name(self) -> &'static str {
        match self {
            Format::Syncopy => "syncopy",
            Format::Binary => "binary",
            Format::Edf => "edf",
            Format::BrainVision => "brainvision",
            Format::FieldTrip => "fieldtrip",
            Format::Eeglab => "eeglab",
        }
    }

    /// Its files, for messages.
    fn files(self) -> &'static str {
        match self {
            Format::Syncopy => "a Syncopy container, its data file or .info file",
            Format::Binary => "a flat binary file",
            Format::Edf => "an EDF or BDF file",
            Format::BrainVision => "a BrainVision header (.vhdr)",
            Format::FieldTrip => "FieldTrip's raw data (.mat)",
            Format::Eeglab => "a dataset of EEGLAB (.set)",
        }
    }

    /// The keys of `[input]` that say something about such files, beside `path` and `format`.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Format::Syncopy => &[],
            Format::Binary => binary::KEYS,
            Format::Edf => edf::KEYS,
            Format::BrainVision => brainvision::KEYS,
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
            Format::Binary | Format::Edf | Format::FieldTrip => path.clone(),
            Format::BrainVision => brainvision::find(path)?,
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
            "edf" | "bdf" => Ok(Format::Edf),
            "vhdr" | "vmrk" | "eeg" => Ok(Format::BrainVision),
            "dat" if brainvision::header_beside(&place).is_some() => Ok(Format::BrainVision),
            _ if found.is_file() && edf::begins(&first_bytes(&place)?) => Ok(Format::Edf),
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
            Format::Edf => edf::describe(file, options),
            Format::BrainVision => brainvision::describe(file, options),
            Format::FieldTrip => fieldtrip::describe(file, options),
            Format::Eeglab => eeglab::describe(file, options),
        }
    }
}

/// What a file begins with; less where it is shorter.
fn first_bytes(path: &Path) -> Result<Vec<u8>> {
    const DOING: &str = "read the first bytes of this file";
    let mut bytes = Vec::new();
    let file = File::open(path).at(path, DOING)?;
    file.take(8).read_to_end(&mut bytes).at(path, DOING)?;
    Ok(bytes)
}

/// What would be a recording, for messages.
struct Expected;

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for format in Format::ALL {
            if *format != Format::Binary {
                write!(f, "{}, ", format.files())?;
            }
        }
        write!(f, "or input.dtype for flat binary files")
    }
}
