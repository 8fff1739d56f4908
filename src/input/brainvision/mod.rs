//! BrainVision: a header (.vhdr) that describes a file of numbers (.eeg, .dat) and names a file of markers (.vmrk).
//! Binary numbers of the time domain; not numbers written as text, not spectra.
//!
//! Source: Brain Products, "Specification of BrainVision Core Data Format 1.0", document version 2.5 (2019).

mod files;
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
use crate::phrase::{count, listed};
use crate::recording::{Channel, Recording, Trial};
use header::Header;
use markers::{Marker, Markers};

/// Channels that a notice lists at most.
const MAX_LISTED: usize = 8;

/// The `[input]` keys that apply to BrainVision files: none.
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
    if extension.eq_ignore_ascii_case("ahdr") || extension.eq_ignore_ascii_case("amrk") {
        return Err(wrong(
            path,
            "this is a file of V-Amp's own format (.ahdr), whose data file has a channel that its header does not list; \
             expected a .vhdr file: export the recording with BrainVision Analyzer"
                .into(),
        ));
    }
    if ["eeg", "dat", "vmrk"]
        .iter()
        .all(|e| !extension.eq_ignore_ascii_case(e))
    {
        return Ok(path.to_owned());
    }
    header_beside(path).ok_or_else(|| {
        let advice = if extension.eq_ignore_ascii_case("vmrk") { "of which this file has the markers: put it there, or name the header if it is called otherwise" } else {
                "that describes this file: put it there, or name the type of the numbers with the keys of format = \"binary\""
            };
        wrong(
            path,
            format!("no header beside it; expected the .vhdr file {advice}"),
        )
    })
}

/// Describes the recording with the header `path`.
///
/// # Errors
/// A fault of one of its files: path, found, expected, and what to do about it.
pub fn describe(path: &Path) -> Result<Source> {
    let header = header::read(path)?;
    let data = files::data_file(path, &header)?;
    let (n_rows, n_rest) = n_rows(path, &data.path, &header)?;
    let marker_file = files::marker_file(path, &header)?;
    let markers = match &marker_file {
        Some(file) => markers::read(&file.path, n_rows)?,
        None => Markers::default(),
    };
    let segments = match header.segment_rows {
        Some(n) => equal_segments(n, n_rows).map_err(|what| wrong(path, what))?,
        None => contiguous_segments(&markers.found, n_rows),
    };
    let mut trials = trial_of_each(&segments);
    if header.segment_rows.is_some() {
        set_offsets(&mut trials, &markers.found);
    }
    let location = location(data.path, &header, n_rows).map_err(|what| wrong(path, what))?;
    let recording = Recording {
        sample_rate_hz: header.sample_rate_hz,
        channels: channels(&header),
        trials,
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    let mut source = Source::new(recording, location, n_rows);
    if header.segment_rows.is_none() {
        source.remarks = gaps::remark(&segments).into_iter().collect();
    }
    let notices = [
        data.notice,
        marker_file.and_then(|file| file.notice),
        negative_resolutions(&header),
        partial_sample(n_rest, &header),
        markers.notice(),
    ];
    source.notices = notices.into_iter().flatten().collect();
    source.stretches = segments;
    source.events = Events {
        names: markers::NAMES.iter().map(|&name| name.to_owned()).collect(),
        events: markers.found.into_iter().map(Marker::into_event).collect(),
    };
    Ok(source)
}

fn location(data: PathBuf, header: &Header, n_rows: u64) -> Result<Location, String> {
    let n_columns = header.channels.len();
    let flat = Flat {
        offset: 0,
        sample: header.sample,
        big_endian: header.big_endian,
        order: if header.is_vectorized {
            Order::vectorized(n_rows, n_columns, header.sample)
        } else {
            Order::Multiplexed
        },
        n_rows,
        n_columns,
    };
    let gain = header.channels.iter().map(|channel| channel.resolution);
    Ok(Location {
        path: data,
        layout: Layout::Flat(flat),
        calibration: Calibration::of(header.sample, gain.collect(), vec![0.0; n_columns])?,
    })
}

/// A notice of channels whose samples have the sign opposite to their numbers.
fn negative_resolutions(header: &Header) -> Option<String> {
    let negative = header.channels.iter().filter(|c| c.resolution < 0.0);
    let names: Vec<String> = negative
        .map(|c| format!("{} ({})", c.key, c.label))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "{} with a negative resolution: their samples are inverted; check their polarity: {}",
            count(names.len() as u64, "channel"),
            listed(&names, MAX_LISTED, ini::SHOWN)
        )
    })
}

/// A notice of `n_rest` bytes after the last complete sample.
fn partial_sample(n_rest: u64, header: &Header) -> Option<String> {
    (n_rest > 0).then(|| {
        format!(
            "1 partial sample at the end of the data file is not read: {n_rest} of its {} bytes are there",
            row_bytes(header)
        )
    })
}

fn wrong(path: &Path, what: String) -> Error {
    Error::Recording {
        path: path.to_owned(),
        what,
    }
}

/// Bytes of a sample of all channels.
fn row_bytes(header: &Header) -> u64 {
    (header.channels.len() * header.sample.bytes()) as u64
}

/// Samples in the data file, which must be as many as the header claims, and the bytes after the last complete one.
fn n_rows(path: &Path, data: &Path, header: &Header) -> Result<(u64, u64)> {
    require_regular(data, "open the data file that the header names")?;
    let length = std::fs::metadata(data)
        .at(data, "read the size of this file")?
        .len();
    let row_bytes = row_bytes(header);
    let (there, rest) = (length / row_bytes, length % row_bytes);
    let n = header.n_rows.unwrap_or(there);
    // a recording that was not ended may have begun its last sample
    let fits = n == there && (rest == 0 || !header.is_vectorized);
    if !fits {
        let is_short = there < n;
        let cut_off = if is_short {
            "this file is cut off: "
        } else {
            ""
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let advice = if header.is_vectorized {
            format!(
                "copy or export the file again, or correct the number of channels or samples in {name}"
            )
        } else {
            format!(
                "copy the file again, or delete the line DataPoints= from {name} to read the {} that are there",
                count(there, "whole sample")
            )
        };
        let what = format!(
            "{cut_off}{length} bytes; expected {}, {n} samples of {} as its header says: {advice}",
            u128::from(n) * u128::from(row_bytes),
            count(header.channels.len() as u64, "channel")
        );
        return Err(wrong(data, what));
    }
    if n == 0 || n > MAX_SAMPLES as u64 {
        let what = format!(
            "holds {n} samples; expected 1 to {MAX_SAMPLES}: copy or export the file again"
        );
        return Err(wrong(data, what));
    }
    Ok((n, rest))
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
fn equal_segments(n: u64, n_rows: u64) -> Result<Vec<Range<u64>>, String> {
    if !n_rows.is_multiple_of(n) {
        return Err(format!(
            "SegmentDataPoints is {n} of {n_rows} samples; expected segments of equal length: correct it, or delete the line \
             to cut segments at the markers New Segment"
        ));
    }
    let n_segments = n_rows / n;
    if n_segments > MAX_TRIALS as u64 {
        return Err(format!(
            "claims {n_segments} segments; expected at most {MAX_TRIALS}: correct SegmentDataPoints, or delete the line to cut \
             segments at the markers New Segment"
        ));
    }
    Ok((0..n_segments).map(|k| k * n..(k + 1) * n).collect())
}

/// The contiguous row ranges of the recording: it was paused before each new segment.
fn contiguous_segments(markers: &[Marker], n_rows: u64) -> Vec<Range<u64>> {
    let starts = markers.iter().filter(|m| m.has_type("New Segment"));
    let mut starts: Vec<u64> = starts
        .map(|marker| marker.row)
        .filter(|row| (1..n_rows).contains(row))
        .collect();
    starts.sort_unstable();
    starts.dedup();
    let ends = starts.iter().copied().chain([n_rows]);
    let starts = [0].into_iter().chain(starts.iter().copied());
    starts.zip(ends).map(|(start, end)| start..end).collect()
}

/// Sets time 0 of each segment to the marker `Time 0` in it, if there is exactly one.
fn set_offsets(trials: &mut [Trial], markers: &[Marker]) {
    let zeros = markers.iter().filter(|marker| marker.has_type("Time 0"));
    let mut zeros: Vec<u64> = zeros.map(|marker| marker.row).collect();
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
