//! The formats there are, and which one a path is of.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{
    Options, Source, binary, brainvision, edf, eeglab, fieldtrip, hdf5, intan, nwb, openephys,
    spikeglx, syncopy,
};
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
    /// Neurodata Without Borders, as HDF5.
    Nwb,
    /// A data set of an HDF5 file, of which the config says the rest.
    Hdf5,
    /// SpikeGLX: `.bin` with `.meta` beside it.
    SpikeGlx,
    /// Open Ephys' binary format.
    OpenEphys,
    /// Intan's `info.rhd` and `amplifier.dat`.
    Intan,
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

    /// Its files, for messages.
    fn files(self) -> &'static str {
        match self {
            Format::Syncopy => "a Syncopy container, its data file or .info file",
            Format::Binary => "a flat binary file",
            Format::Edf => "an EDF or BDF file",
            Format::BrainVision => "a BrainVision header (.vhdr)",
            Format::FieldTrip => "FieldTrip's raw data (.mat)",
            Format::Eeglab => "a dataset of EEGLAB (.set)",
            Format::Nwb => "an NWB file (.nwb)",
            Format::Hdf5 => "an HDF5 file (.h5)",
            Format::SpikeGlx => "files of SpikeGLX (.meta)",
            Format::OpenEphys => "files of Open Ephys (structure.oebin)",
            Format::Intan => "files of Intan (info.rhd)",
        }
    }

    /// The keys of `[input]` that say something about such files, beside `path` and `format`.
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
            Format::Binary | Format::Edf | Format::FieldTrip | Format::Nwb | Format::Hdf5 => {
                path.clone()
            }
            Format::BrainVision => brainvision::find(path)?,
            Format::Eeglab => eeglab::find(path),
            Format::SpikeGlx => spikeglx::find(path),
            Format::OpenEphys => openephys::find(path),
            Format::Intan => intan::find(path),
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
        // numbers beside a file that says what they are, and folders of such
        let described = if openephys::is_one(&place) {
            Some(Format::OpenEphys)
        } else if intan::is_one(&place) {
            Some(Format::Intan)
        } else if spikeglx::is_one(&place) {
            Some(Format::SpikeGlx)
        } else {
            None
        };
        if found.is_dir() {
            return match described {
                Some(format) => Ok(format),
                None if is_zarr(&place) => Err(wrong(format!(
                    "this is a folder of Zarr; expected {Expected}"
                ))),
                None => Ok(Format::Syncopy),
            };
        }
        match (extension.as_str(), described) {
            ("analog" | "info", _) => Ok(Format::Syncopy),
            _ if options.dtype.is_some() => Ok(Format::Binary),
            (_, Some(format)) => Ok(format),
            ("mat", _) => Ok(Format::FieldTrip),
            ("set" | "fdt", _) => Ok(Format::Eeglab),
            ("edf" | "bdf", _) => Ok(Format::Edf),
            ("vhdr" | "vmrk" | "eeg", _) => Ok(Format::BrainVision),
            ("dat", _) if brainvision::header_beside(&place).is_some() => Ok(Format::BrainVision),
            ("nwb", _) => Ok(Format::Nwb),
            ("h5" | "hdf5", _) if hdf5::is_nwb(&place)? => Ok(Format::Nwb),
            ("h5" | "hdf5", _) => Ok(Format::Hdf5),
            _ if found.is_file() && edf::has_edf_magic(&first_bytes(&place)?) => Ok(Format::Edf),
            ("bin" | "dat" | "raw", _) => Ok(Format::Binary),
            (other, _) => Err(wrong(format!(
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

/// What a file begins with; less where it is shorter.
fn first_bytes(path: &Path) -> Result<Vec<u8>> {
    const DOING: &str = "read the first bytes of this file";
    let mut bytes = Vec::new();
    let file = File::open(path).at(path, DOING)?;
    file.take(8).read_to_end(&mut bytes).at(path, DOING)?;
    Ok(bytes)
}

/// Whether a folder is an array or a group of Zarr, as NWB has them too.
fn is_zarr(folder: &Path) -> bool {
    [".zgroup", ".zarray", "zarr.json"]
        .iter()
        .any(|name| folder.join(name).exists())
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
