//! BrainVision: a header (.vhdr) that says what lies in a file of numbers (.eeg, .dat) and where markers are listed (.vmrk).
//! Binary numbers of the time domain; not numbers written as text, not spectra.
//!
//! Source: Brain Products, "Specification of BrainVision Core Data Format 1.0", document version 2.5 (2019).

mod header;
mod ini;
mod markers;

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::flat::{Flat, Order};
use super::location::{Calibration, Layout, Location, Sample};
use super::placeholder::has_entry;
use super::require_regular;
use super::source::{Source, trial_of_each};
use super::{Events, MAX_SAMPLES, MAX_TRIALS, gaps};
use crate::error::{Error, IoContext, Result};
use crate::recording::{Channel, Recording, Trial};
use header::Header;
use markers::Marker;

/// The keys of `[input]` that say something about such files.
pub const KEYS: &[&str] = &[];

/// The header that lies beside a file of the same name.
pub fn header_beside(path: &Path) -> Option<PathBuf> {
    let mut names = ["vhdr", "VHDR"].iter().map(|e| path.with_extension(e));
    names.find(|header| has_entry(header))
}

/// The header of what `path` names: itself, or the one beside it.
///
/// # Errors
/// Another file without a header beside it.
pub fn find(path: &Path) -> Result<PathBuf> {
    let extension = path.extension().unwrap_or_default();
    if ["eeg", "dat", "vmrk"]
        .iter()
        .all(|e| !extension.eq_ignore_ascii_case(e))
    {
        return Ok(path.to_owned());
    }
    header_beside(path).ok_or_else(|| Error::Recording {
        path: path.to_owned(),
        what: "no header beside it; expected the .vhdr file that says what this file holds, or the keys of \
               format = \"binary\""
            .into(),
    })
}

/// Describes the recording with the header `path`.
///
/// # Errors
/// What is wrong with one of its files: path, found, expected.
pub fn describe(path: &Path) -> Result<Source> {
    let header = header::read(path)?;
    let data = path.with_file_name(&header.data_file);
    let n_rows = n_rows(&data, &header)?;
    let flat = Flat {
        offset: 0,
        sample: header.sample,
        big_endian: header.big_endian,
        order: match header.is_vectorized {
            true => Order::vectorized(n_rows, header.channels.len(), header.sample),
            false => Order::Multiplexed,
        },
        n_rows,
        n_columns: header.channels.len(),
    };
    let gain = header.channels.iter().map(|channel| channel.resolution);
    let offset = vec![0.0; header.channels.len()];
    let markers = match marker_file(path, &header) {
        Some(file) => markers::read(&file)?,
        None => Vec::new(),
    };
    let stretches = match header.segment_rows {
        Some(n) => segments(n, n_rows).map_err(|what| wrong(path, what))?,
        None => stretches(&markers, n_rows),
    };
    let mut trials = trial_of_each(&stretches);
    if header.segment_rows.is_some() {
        set_offsets(&mut trials, &markers);
    }
    let location = Location {
        path: data,
        layout: Layout::Flat(flat),
        calibration: Calibration::of(header.sample, gain.collect(), offset)
            .map_err(|what| wrong(path, what))?,
    };
    let recording = Recording {
        sample_rate_hz: header.sample_rate_hz,
        channels: channels(&header),
        trials,
        is_double: location.is_double(),
        trialinfo: Vec::new(),
    };
    let mut source = Source::new(recording, location, n_rows);
    if header.segment_rows.is_none() {
        source.remarks = gaps::remark(&stretches).into_iter().collect();
    }
    source.stretches = stretches;
    source.events = Events {
        names: markers::NAMES.iter().map(|&name| name.to_owned()).collect(),
        events: markers.into_iter().map(Marker::into_event).collect(),
    };
    Ok(source)
}

fn wrong(path: &Path, what: String) -> Error {
    Error::Recording {
        path: path.to_owned(),
        what,
    }
}

/// Samples in the data file, which must be those that the header claims.
fn n_rows(data: &Path, header: &Header) -> Result<u64> {
    require_regular(data, "open the data file that the header names")?;
    let length = std::fs::metadata(data)
        .at(data, "read the size of this file")?
        .len();
    let row_bytes = (header.channels.len() * header.sample.bytes()) as u64;
    let (there, rest) = (length / row_bytes, length % row_bytes);
    let n = header.n_rows.unwrap_or(there);
    // a recording that was not ended may have begun its last sample
    let fits = n == there && (rest == 0 || !header.is_vectorized);
    if !fits {
        let cut_off = if there < n {
            "this file is cut off: "
        } else {
            ""
        };
        let what = format!(
            "{cut_off}{length} bytes; expected {}, {n} samples of {} channels as its header says",
            u128::from(n) * u128::from(row_bytes),
            header.channels.len()
        );
        return Err(wrong(data, what));
    }
    if n == 0 || n > MAX_SAMPLES as u64 {
        let what = format!("holds {n} samples; expected 1 to {MAX_SAMPLES}");
        return Err(wrong(data, what));
    }
    Ok(n)
}

/// The file with the markers; one of the header's name where that which the header names is not there, since recordings
/// are renamed. None where there are none.
fn marker_file(path: &Path, header: &Header) -> Option<PathBuf> {
    let named = path.with_file_name(header.marker_file.as_ref()?);
    let beside = || Some(path.with_extension("vmrk")).filter(|beside| has_entry(beside));
    if has_entry(&named) {
        return Some(named);
    }
    // the error names what the header does
    Some(beside().unwrap_or(named))
}

fn channels(header: &Header) -> Vec<Channel> {
    let channel = |(column, channel): (usize, &header::Channel)| Channel {
        label: channel.label.clone(),
        column,
        unit: channel.unit.clone(),
    };
    header.channels.iter().enumerate().map(channel).collect()
}

/// Segments of `n` samples each, which do not follow each other in time.
fn segments(n: u64, n_rows: u64) -> Result<Vec<Range<u64>>, String> {
    if !n_rows.is_multiple_of(n) {
        return Err(format!(
            "SegmentDataPoints is {n} of {n_rows} samples; expected segments of equal length"
        ));
    }
    let n_segments = n_rows / n;
    if n_segments > MAX_TRIALS as u64 {
        return Err(format!(
            "claims {n_segments} segments; expected at most {MAX_TRIALS}"
        ));
    }
    Ok((0..n_segments).map(|k| k * n..(k + 1) * n).collect())
}

/// Rows between new segments: the recording was paused there.
fn stretches(markers: &[Marker], n_rows: u64) -> Vec<Range<u64>> {
    let begins = markers.iter().filter(|marker| marker.is_of("New Segment"));
    let mut begins: Vec<u64> = begins
        .filter_map(|marker| u64::try_from(marker.row).ok())
        .filter(|row| (1..n_rows).contains(row))
        .collect();
    begins.sort_unstable();
    begins.dedup();
    let ends = begins.iter().copied().chain([n_rows]);
    let begins = [0].into_iter().chain(begins.iter().copied());
    begins.zip(ends).map(|(begin, end)| begin..end).collect()
}

/// A segment's time is 0 at the one marker in it that says so.
fn set_offsets(trials: &mut [Trial], markers: &[Marker]) {
    let zeros = markers.iter().filter(|marker| marker.is_of("Time 0"));
    let mut zeros: Vec<u64> = zeros
        .filter_map(|marker| u64::try_from(marker.row).ok())
        .collect();
    zeros.sort_unstable();
    for trial in trials {
        let end = trial.start + trial.n_samples as u64;
        let first = zeros.partition_point(|zero| *zero < trial.start);
        let after = zeros.partition_point(|zero| *zero < end);
        if let [zero] = zeros[first..after] {
            trial.offset = trial.start as f64 - zero as f64;
        }
    }
}

#[cfg(test)]
mod tests;
