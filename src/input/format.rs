//! The formats of recordings, and the format of a path: by its name, its first bytes, and the files beside it or in it.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    Options, Source, binary, brainvision, edf, eeglab, fieldtrip, folder, hdf5, intan, matlab, nwb,
    openephys, placeholder, require_regular, spikeglx, syncopy, unsupported,
};
use crate::error::{Error, IoContext, Result};
use crate::setting;

/// How files begin that macOS writes for the attributes of others, where the file system has none (AppleDouble).
const APPLE_DOUBLE: &[u8] = &[0, 5, 0x16, 7];

/// A format of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// A Syncopy container.
    Syncopy,
    /// Headerless numbers, described by the config.
    Binary,
    /// EDF, EDF+ or BDF.
    Edf,
    /// BrainVision, by its header.
    BrainVision,
    /// FieldTrip's raw data in a file of MATLAB.
    FieldTrip,
    /// A dataset of EEGLAB.
    Eeglab,
    /// Neurodata Without Borders, as HDF5.
    Nwb,
    /// A data set of any HDF5 file; the config names it and gives its sample rate.
    Hdf5,
    /// SpikeGLX: `.bin` with `.meta` beside it.
    SpikeGlx,
    /// Open Ephys' binary format.
    OpenEphys,
    /// Intan's `info.rhd` and `amplifier.dat`.
    Intan,
}

impl Format {
    /// All formats.
    pub const ALL: &[Format] = &[
        Format::Syncopy,
        Format::Binary,
        Format::Edf,
        Format::BrainVision,
        Format::FieldTrip,
        Format::Eeglab,
        Format::Nwb,
        Format::Hdf5,
        Format::SpikeGlx,
        Format::OpenEphys,
        Format::Intan,
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
            Format::Nwb => "nwb",
            Format::Hdf5 => "hdf5",
            Format::SpikeGlx => "spikeglx",
            Format::OpenEphys => "openephys",
            Format::Intan => "intan",
        }
    }

    /// The names of its files, for messages; empty if any name will do.
    fn files(self) -> &'static str {
        match self {
            Format::Syncopy => ".spy",
            Format::Binary => "",
            Format::Edf => ".edf, .bdf",
            Format::BrainVision => ".vhdr",
            Format::FieldTrip => ".mat",
            Format::Eeglab => ".set",
            Format::Nwb => ".nwb",
            Format::Hdf5 => ".h5",
            Format::SpikeGlx => ".bin with .meta",
            Format::OpenEphys => "structure.oebin",
            Format::Intan => "info.rhd",
        }
    }

    /// The keys of `[input]` that apply to such files, beside `path` and `format`.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Format::Syncopy => &["unit"],
            Format::Binary => binary::KEYS,
            Format::Edf => edf::KEYS,
            Format::BrainVision => brainvision::KEYS,
            Format::FieldTrip => fieldtrip::KEYS,
            Format::Eeglab => eeglab::KEYS,
            Format::Nwb => nwb::KEYS,
            Format::Hdf5 => hdf5::KEYS,
            Format::SpikeGlx => spikeglx::KEYS,
            Format::OpenEphys => openephys::KEYS,
            Format::Intan => intan::KEYS,
        }
    }

    /// The format that the config names, or else that of the path, and the file that is read first. Files that may be
    /// NWB count as HDF5 until [`Format::settle`].
    ///
    /// # Errors
    /// No such path, or not a recording: with what to do instead.
    pub fn find(options: &Options) -> Result<(Format, PathBuf)> {
        let path = &options.path.value;
        let format = match &options.format {
            Some(format) => format.value,
            None => Format::guess(path, options)?,
        };
        let file = match format {
            Format::Syncopy => syncopy::find(path)?,
            Format::Binary | Format::Edf | Format::FieldTrip | Format::Nwb | Format::Hdf5 => {
                path.clone()
            }
            Format::BrainVision => brainvision::find(path)?,
            Format::Eeglab => eeglab::find(path)?,
            Format::SpikeGlx => spikeglx::find(path),
            Format::OpenEphys => openephys::find(path),
            Format::Intan => intan::find(path),
        };
        Ok((format, file))
    }

    /// The format of a path whose format the config does not name.
    fn guess(path: &Path, options: &Options) -> Result<Format> {
        let wrong = |what: String| Error::Recording {
            path: path.to_owned(),
            what,
        };
        // the extension of a container need not be written
        let place = syncopy::with_spy(path);
        let missing = placeholder::what_is_missing(&place);
        if let Some(what) = missing {
            return Err(wrong(what));
        }
        let found = std::fs::metadata(&place).map_err(|error| wrong(not_found(path, &error)))?;
        if found.is_dir() {
            return match described(&place) {
                Some(format) => Ok(format),
                None if folder::is_container(&place)? => Ok(Format::Syncopy),
                None => Err(wrong(folder::refusal(&place)?)),
            };
        }
        let extension = place.extension().unwrap_or_default().to_string_lossy();
        let extension = extension.to_lowercase();
        if matches!(&extension[..], "analog" | "info") {
            return Ok(Format::Syncopy);
        }
        if options.dtype.is_some() {
            return Ok(Format::Binary);
        }
        if let Some(format) = described(&place) {
            return Ok(format);
        }
        require_regular(&place, "open this file")?;
        let begin = first_bytes(&place)?;
        if begin.starts_with(APPLE_DOUBLE) {
            return Err(wrong(
                "this is a file that macOS writes beside another (\"._\"); expected the other one, without \"._\"".into(),
            ));
        }
        if let Some(format) = unsupported::of_file(&place, &begin) {
            return Err(wrong(format.refusal(&place)));
        }
        match extension.as_str() {
            "mat" => Ok(Format::FieldTrip),
            "set" | "fdt" => Ok(Format::Eeglab),
            "edf" | "bdf" => Ok(Format::Edf),
            "vhdr" | "vmrk" | "eeg" => Ok(Format::BrainVision),
            "nwb" => Ok(Format::Nwb),
            "h5" | "hdf5" => Ok(Format::Hdf5),
            "bin" if spikeglx::has_spikeglx_name(&place) => Ok(Format::SpikeGlx),
            _ if edf::has_edf_magic(&begin) => Ok(Format::Edf),
            _ => match unsupported::of_folder_above(&place) {
                Some(format) => Err(wrong(format.refusal(&place))),
                None if matches!(&extension[..], "bin" | "dat" | "raw") => Ok(Format::Binary),
                None => Err(wrong(unknown(&extension, &begin))),
            },
        }
    }

    /// Whether a file of this format may be one of NWB, as only HDF5 can tell.
    pub fn may_be_nwb(self, options: &Options) -> bool {
        self == Format::Hdf5 && options.format.is_none()
    }

    /// The format of `file`, once it may be read.
    ///
    /// # Errors
    /// A file that has to be HDF5 and is not.
    pub fn settle(self, file: &Path, options: &Options) -> Result<Format> {
        if self.may_be_nwb(options) && hdf5::is_nwb(file)? {
            return Ok(Format::Nwb);
        }
        Ok(self)
    }

    /// Whether HDF5 has to read the metadata of `file`.
    pub fn is_hdf5(self, file: &Path) -> bool {
        match self {
            Format::Syncopy | Format::Nwb | Format::Hdf5 => true,
            Format::FieldTrip | Format::Eeglab => matlab::is_hdf5(file),
            _ => false,
        }
    }

    /// Describes the recording in the file.
    ///
    /// # Errors
    /// What is wrong with it: path, found, expected.
    pub fn describe(self, file: &Path, options: &Options) -> Result<Source> {
        match self {
            Format::Syncopy => syncopy::describe(file, options),
            Format::Binary => binary::describe(file, options),
            Format::Edf => edf::describe(file, options),
            Format::BrainVision => brainvision::describe(file),
            Format::FieldTrip => fieldtrip::describe(file, options),
            Format::Eeglab => eeglab::describe(file, options),
            Format::Nwb => nwb::describe(file, options),
            Format::Hdf5 => hdf5::describe(file, options),
            Format::SpikeGlx => spikeglx::describe(file),
            Format::OpenEphys => openephys::describe(file, options),
            Format::Intan => intan::describe(file),
        }
    }
}

/// The format of a folder or file that another file describes.
fn described(path: &Path) -> Option<Format> {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    let is_brainvision = || {
        let is_numbers = ["eeg", "dat"].iter().any(|known| extension == *known);
        is_numbers && brainvision::header_beside(path).is_some()
    };
    if openephys::is_one(path) {
        Some(Format::OpenEphys)
    } else if intan::is_one(path) {
        Some(Format::Intan)
    } else if spikeglx::is_one(path) {
        Some(Format::SpikeGlx)
    } else if is_brainvision() {
        Some(Format::BrainVision)
    } else {
        None
    }
}

/// The first bytes of a file; fewer if it is shorter.
fn first_bytes(path: &Path) -> Result<Vec<u8>> {
    const DOING: &str = "read the first bytes of this file";
    let mut bytes = Vec::new();
    let file = File::open(path).at(path, DOING)?;
    file.take(32).read_to_end(&mut bytes).at(path, DOING)?;
    Ok(bytes)
}

/// What is wrong with a file that begins so, of a type that is not known.
fn unknown(extension: &str, begin: &[u8]) -> String {
    let kind = match extension {
        "" => "this is a file without an extension".to_owned(),
        extension => format!("this is a file of type .{extension}"),
    };
    if begin.starts_with(b"\x89HDF") {
        format!(
            "{kind} in HDF5; expected input.format = \"hdf5\", or the name of another format that it has"
        )
    } else if begin.starts_with(b"MATLAB ") {
        format!("{kind} in MATLAB's format; expected input.format = \"fieldtrip\" or \"eeglab\"")
    } else {
        format!("{kind}; expected {Expected}")
    }
}

/// What is wrong with a path that cannot be found, and one that is probably meant.
fn not_found(path: &Path, error: &std::io::Error) -> String {
    if error.kind() != std::io::ErrorKind::NotFound {
        return format!("{error}; expected the path of a recording");
    }
    let exists = |folder: &&Path| folder.as_os_str().is_empty() || folder.is_dir();
    let advice = match path.parent() {
        Some(folder) if exists(&folder) => folder::similar(path)
            .map(|name| setting::did_you_mean(&folder.join(name).display().to_string())),
        Some(folder) => Some(format!("the folder {} does not exist", folder.display())),
        None => None,
    };
    let advice = advice.unwrap_or_else(|| "expected the path of a recording".into());
    format!("no such file or folder; {advice}")
}

/// What would be a recording, for messages.
struct Expected;

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<&str> = Format::ALL.iter().map(|format| format.files()).collect();
        let known: Vec<&str> = known
            .into_iter()
            .filter(|files| !files.is_empty())
            .collect();
        write!(
            f,
            "a recording ({}), a file of bare numbers with input.dtype, n_channels and samplerate, or a container written \
             in Python (docs/python.md)",
            known.join(", ")
        )
    }
}

#[cfg(test)]
mod tests;
