//! Neurodata Without Borders: the recording is an `ElectricalSeries` of an HDF5 file, its samples are in volts as the
//! schema makes them of `data`, its trials are in `intervals`. Only metadata and timestamps are read here.
//!
//! Not: stimuli, spikes, the files of other backends (Zarr), series of which parts lie in other files.
//! Source: NWB schema 2.x (nwb-schema.readthedocs.io): TimeSeries, ElectricalSeries, TimeIntervals, DynamicTable.

mod electrodes;
mod intervals;
mod series;
mod starting_time;
#[cfg(test)]
mod tests;
mod times;
mod timestamps;

use std::ops::Range;
use std::path::Path;

use super::hdf5_data::open_hdf5;
use super::location::Location;
use super::source::{Source, trial_of_each};
use super::{Options, gaps};
use crate::error::Result;
use crate::phrase::shorten;
use crate::recording::Recording;
use times::Times;

/// The keys of `[input]` that such files may need.
pub const KEYS: &[&str] = &["dataset"];

/// Characters that are shown of a name.
const MAX_SHOWN: usize = 200;

/// Whether an HDF5 file says that it is of this format.
pub fn is_nwb(file: &hdf5::File) -> bool {
    file.attr("nwb_version").is_ok()
}

/// Describes the series of the file `path` that the config names, or its only one.
///
/// # Errors
/// No series, several of them, or one that is not what it should be: path, found, expected.
pub fn describe(path: &Path, options: &Options) -> Result<Source> {
    let file = open_hdf5(path, |_| ())?;
    let name = series::find(path, &file, options)?;
    let found = series::look(path, &file, &name)?;
    let n_rows = found.n_rows;
    let (channels, nameless) =
        electrodes::channels(path, &file, &name, found.n_channels, &found.unit)?;
    let times = starting_time::find(path, &file, &name, n_rows)?;
    let location = Location {
        path: path.to_owned(),
        layout: found.layout,
        calibration: found.calibration,
    };
    let stretches = stretches(&times, n_rows);
    let recording = Recording {
        sample_rate_hz: times.sample_rate_hz,
        channels,
        trials: trial_of_each(&stretches),
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    let mut source = Source {
        remarks: gaps::remark(&stretches).into_iter().collect(),
        begins: begins(&times),
        stretches,
        ..Source::new(recording, location, n_rows)
    };
    if let Some(intervals) = intervals::find(path, &file, &times)? {
        intervals.enter(&mut source, options.wants_events);
    }
    source.notices.extend(nameless);
    source.notices.extend(times.notices);
    if found.n_channels as u64 > n_rows {
        source.notices.push(format!(
            "{}/data has {} channels and only {n_rows} samples: if it is transposed, read it with input.format = \
             \"hdf5\" and input.dimord = [\"channel\", \"time\"]",
            shorten(&name, MAX_SHOWN),
            found.n_channels
        ));
    }
    Ok(source)
}

/// Rows between which no time is missing.
fn stretches(times: &Times, n_rows: u64) -> Vec<Range<u64>> {
    let starts = times.pieces.iter().filter(|piece| piece.is_after_gap);
    let starts: Vec<u64> = starts.map(|piece| piece.row).collect();
    let ends = starts.iter().skip(1).copied().chain([n_rows]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| start..end)
        .collect()
}

/// When each stretch begins, in samples since the first one.
fn begins(times: &Times) -> Vec<f64> {
    let starts = times.pieces.iter().filter(|piece| piece.is_after_gap);
    let first_s = times.pieces[0].time_s;
    starts
        .map(|piece| (piece.time_s - first_s) * times.sample_rate_hz)
        .collect()
}
