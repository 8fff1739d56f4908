//! SpikeGLX: numbers of 16 bits in a `.bin` file, described by the `.meta` file beside it. Samples are in microvolts
//! (probes) or volts (NI, OneBox); digital words are no channels.
//!
//! Not: `.cbin` files, which are compressed.
//! Source: SpikeGLX, "Metadata" (billkarsh.github.io/SpikeGLX): V = i · Vmax / Imax / gain.

mod channels;
mod gains;
mod meta;
mod probes;
mod saved;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use self::channels::Stream;
use self::meta::Meta;
use super::binary::{interleaved_i16, n_rows};
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

/// Whether a `.bin` file is called as SpikeGLX calls its files: `run_g0_t0.imec0.ap.bin`. Then its `.meta` file is missing
/// where [`is_one`] is false.
pub fn has_spikeglx_name(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = name.strip_suffix(".bin").unwrap_or_default();
    let stream = stem.rsplit_once('.').map_or("", |(_, stream)| stream);
    matches!(stream, "ap" | "lf" | "nidq") || stream.starts_with("obx")
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
    let description = path.with_extension("meta");
    require_both(path, &description)?;
    let meta = Meta::read(&description)?;
    let stream = Stream::read(&meta)?;
    require_size(path, &meta)?;
    let n_columns = stream.gain.len();
    let n_rows = n_rows(path, 0, (n_columns * Sample::I16.bytes()) as u64)?;
    let location = interleaved_i16(path, path, n_rows, stream.gain)?;
    let recording = Recording {
        sample_rate_hz: meta.sample_rate(stream.rate_key)?,
        channels: stream.channels,
        trials: whole(n_rows),
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    Ok(Source {
        notices: stream.notices,
        ..Source::new(recording, location, n_rows)
    })
}

/// Refuses one file without the other.
fn require_both(numbers: &Path, description: &Path) -> Result<()> {
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let wrong = |path: &Path, what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    if !has_entry(description) {
        return Err(wrong(
            numbers,
            format!(
                "its .meta file is missing; expected {} in the same folder, which SpikeGLX writes with it and which has \
                 gains and sample rate: copy it there, or set input.dtype, n_channels and samplerate to read the numbers \
                 as they are",
                name(description)
            ),
        ));
    }
    if !has_entry(numbers) {
        let hint = if has_entry(&numbers.with_extension("cbin")) {
            "decompress the .cbin file with mtscomp"
        } else {
            "copy it there"
        };
        return Err(wrong(
            description,
            format!(
                "its .bin file is missing; expected {} with the samples in the same folder: {hint}",
                name(numbers)
            ),
        ));
    }
    Ok(())
}

/// Refuses a file whose size is not the one that its `.meta` file has.
fn require_size(path: &Path, meta: &Meta) -> Result<()> {
    const KEY: &str = "fileSizeBytes";
    let Some(claimed) = meta.optional(KEY) else {
        return Ok(());
    };
    let found = std::fs::metadata(path)
        .at(path, "read the size of this file")?
        .len();
    if claimed.parse() == Ok(found) {
        return Ok(());
    }
    Err(Error::Recording {
        path: path.to_owned(),
        what: format!(
            "has {found} bytes; expected {KEY} of its .meta file, {}: copy both files again, or, to read what is there, \
             write {KEY}={found} in a copy of the .meta file",
            meta::shown(claimed)
        ),
    })
}
