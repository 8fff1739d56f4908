//! SpikeGLX: numbers of 16 bits in a `.bin` file and what they are in the `.meta` file beside it. Samples are in microvolts
//! (probes) or volts (NI, OneBox); digital words are no channels.
//!
//! Source: SpikeGLX, "Metadata" (billkarsh.github.io/SpikeGLX): V = i · Vmax / Imax / gain.

mod channels;
mod meta;

use std::path::{Path, PathBuf};

use self::channels::Stream;
use self::meta::Meta;
use super::binary::{n_rows, of_recorder};
use super::location::Sample;
use super::placeholder::has_entry;
use super::source::{Source, whole};
use crate::error::{Error, IoContext, Result};
use crate::recording::Recording;

/// The keys of `[input]` that such files need: none.
pub const KEYS: &[&str] = &[];

/// Whether `path` is one of two such files, of which the other is there.
pub fn is_one(path: &Path) -> bool {
    let is = |extension: &str| path.extension().is_some_and(|own| own == extension);
    is("bin") && has_entry(&path.with_extension("meta")) || is("meta")
}

/// The file with the numbers, of which `path` is one or the file beside it.
pub fn find(path: &Path) -> PathBuf {
    path.with_extension("bin")
}

/// Describes the numbers in the file `path`.
///
/// # Errors
/// What is wrong with it or with the file beside it: path, found, expected.
pub fn describe(path: &Path) -> Result<Source> {
    let meta = Meta::read(&path.with_extension("meta"))?;
    let stream = Stream::of(&meta)?;
    let n_columns = stream.gain.len();
    let n_rows = n_rows(path, 0, (n_columns * Sample::I16.bytes()) as u64)?;
    if let Some(claimed) = meta.optional("fileSizeBytes") {
        let found = std::fs::metadata(path).at(path, "read the size of this file")?;
        if claimed.parse() != Ok(found.len()) {
            return Err(Error::Recording {
                path: path.to_owned(),
                what: format!(
                    "has {} bytes; expected fileSizeBytes of its .meta file, {}",
                    found.len(),
                    meta::shown(claimed)
                ),
            });
        }
    }
    let location = of_recorder(path, path, n_rows, stream.gain)?;
    let recording = Recording {
        sample_rate_hz: meta.sample_rate(stream.rate_key)?,
        channels: stream.channels,
        trials: whole(n_rows),
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    Ok(Source::new(recording, location, n_rows))
}
