//! The formats there are, and which one a path is of.

use std::fmt;
use std::path::{Path, PathBuf};

use super::{Options, Source, binary, hdf5, intan, nwb, openephys, spikeglx, syncopy};
use crate::error::{Error, Result};

/// A format of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A Syncopy container.
    Syncopy,
    /// Numbers one after the other, of which the config says everything.
    Binary,
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
            Format::Nwb => "nwb",
            Format::Hdf5 => "hdf5",
            Format::SpikeGlx => "spikeglx",
            Format::OpenEphys => "openephys",
            Format::Intan => "intan",
        }
    }

    /// The keys of `[input]` that say something about such files, beside `path` and `format`.
    pub fn keys(self) -> &'static [&'static str] {
        match self {
            Format::Syncopy => &[],
            Format::Binary => binary::KEYS,
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
            Format::Binary | Format::Nwb | Format::Hdf5 => path.clone(),
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
        // numbers beside a file that says what they are
        let described = [
            (openephys::is_one as fn(&Path) -> bool, Format::OpenEphys),
            (intan::is_one, Format::Intan),
            (spikeglx::is_one, Format::SpikeGlx),
        ];
        let described = described.iter().find(|(is_one, _)| is_one(&place));
        match (extension.as_str(), described) {
            ("analog" | "info", _) if !found.is_dir() => Ok(Format::Syncopy),
            _ if options.dtype.is_some() && !found.is_dir() => Ok(Format::Binary),
            (_, Some((_, format))) => Ok(*format),
            _ if found.is_dir() && is_zarr(&place) => Err(wrong(format!(
                "this is a folder of Zarr; expected {Expected}"
            ))),
            _ if found.is_dir() => Ok(Format::Syncopy),
            ("bin" | "dat" | "raw", _) => Ok(Format::Binary),
            ("nwb", _) => Ok(Format::Nwb),
            ("h5" | "hdf5", _) if hdf5::is_nwb(&place)? => Ok(Format::Nwb),
            ("h5" | "hdf5", _) => Ok(Format::Hdf5),
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
            Format::Syncopy => syncopy::describe(file),
            Format::Binary => binary::describe(file, options),
            Format::Nwb => nwb::describe(file, options),
            Format::Hdf5 => hdf5::describe(file, options),
            Format::SpikeGlx => spikeglx::describe(file),
            Format::OpenEphys => openephys::describe(file, options),
            Format::Intan => intan::describe(file),
        }
    }
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
        write!(
            f,
            "a Syncopy container, its data file or .info file, an .nwb or .h5 file, files of SpikeGLX, Open Ephys or Intan, or input.dtype for flat binary files"
        )
    }
}
