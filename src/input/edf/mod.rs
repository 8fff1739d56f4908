//! EDF, EDF+ and BDF: records of a fixed length, in each of them all samples of a signal, then those of the next. Signals
//! of annotations and BioSemi's Status are events, not channels. Not read: filters, patients, dates.
//!
//! Sources: Kemp et al. (1992), Electroenceph. Clin. Neurophysiol. 82, 391–393; Kemp & Olivan (2003), Clin. Neurophysiol.
//! 114, 1755–1761 (www.edfplus.info/specs); BioSemi, "Which file format does BioSemi use" (www.biosemi.com/faq).

mod annotations;
mod beyond;
mod events;
mod fields;
mod header;
mod ranges;
mod records;
mod selection;
mod starts;
mod status;
mod times;

use std::path::Path;

use super::flat::{Blocks, Flat, Order};
use super::location::{Calibration, Layout, Location, Sample};
use super::source::{Source, trial_of_each};
use super::{MAX_SAMPLES, Options, gaps};
use crate::error::{Error, Result};
use crate::recording::{Channel, Recording};
use header::Signal;
use records::Records;

pub use header::has_edf_magic;

/// The `[input]` keys that apply to EDF and BDF files.
pub const KEYS: &[&str] = &["samplerate"];

/// Describes the recording in the file `path`.
///
/// # Errors
/// Path, found, expected, and what to do about it.
pub fn describe(path: &Path, options: &Options) -> Result<Source> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let (header, records) = header::read(path)?;
    let per_record = selection::samples_per_record(&header, options, &wrong)?;
    let signals = selection::signals(&header, per_record);
    let sample = if header.is_bdf {
        Sample::I24
    } else {
        Sample::I16
    };
    let location = location(&records, &signals, per_record, sample)?;
    let found = times::read(&header, &records, per_record, options.wants_events)?;
    let segments = found.times.contiguous_segments();
    let recording = Recording {
        sample_rate_hz: found.times.sample_rate_hz,
        channels: channels(&signals, sample),
        trials: trial_of_each(&segments),
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    let mut source = Source::new(recording, location, records.n * per_record);
    if header.is_discontinuous {
        // gaps that the header denies are a notice
        source.remarks = gaps::remark(&segments).into_iter().collect();
    }
    source.notices = selection::skipped_channels_messages(&header, per_record);
    let labelled = signals
        .iter()
        .map(|signal| (signal.label.as_str(), &signal.range));
    let labelled: Vec<_> = labelled.collect();
    source.notices.extend(ranges::notices(&labelled, sample));
    let beyond = beyond::notice(&signals, &records, sample)?;
    source.notices.extend(beyond);
    source.notices.extend(records.notice());
    source.notices.extend(found.notices);
    source.begins = found.times.segment_starts(&segments);
    source.stretches = segments;
    if options.wants_events {
        source.events = events::read(&header, &records, &found.annotations, &found.times)?;
    }
    Ok(source)
}

/// Where the samples of `signals` are stored, each with `per_record` numbers of type `sample` in a record.
fn location(
    records: &Records,
    signals: &[&Signal],
    per_record: u64,
    sample: Sample,
) -> Result<Location> {
    let n_rows = records.n.checked_mul(per_record);
    let Some(n_rows) = n_rows.filter(|&n| n <= MAX_SAMPLES as u64) else {
        return Err(records.wrong(format!(
            "{} records of {per_record} samples; expected at most {MAX_SAMPLES} samples: split the file",
            records.n
        )));
    };
    let flat = Flat {
        offset: records.offset,
        sample,
        big_endian: false,
        order: Order::Blocks(Blocks {
            n_rows: per_record,
            bytes: records.bytes,
            starts: signals.iter().map(|signal| signal.bytes.start).collect(),
        }),
        n_rows,
        n_columns: signals.len(),
    };
    let calibrations = signals
        .iter()
        .map(|signal| signal.range.calibration(sample).unwrap_or((1.0, 0.0)));
    let (gain, offset) = calibrations.unzip();
    Ok(Location {
        path: records.path.clone(),
        layout: Layout::Flat(flat),
        calibration: Calibration::of(sample, gain, offset).map_err(|what| records.wrong(what))?,
    })
}

/// The channels; those whose numbers are read as stored have no unit.
fn channels(signals: &[&Signal], sample: Sample) -> Vec<Channel> {
    let channel = |(column, signal): (usize, &&Signal)| {
        let has_unit = signal.range.calibration(sample).is_some();
        Channel {
            label: signal.label.clone(),
            column,
            unit: if has_unit {
                signal.unit.clone()
            } else {
                String::new()
            },
        }
    };
    signals.iter().enumerate().map(channel).collect()
}

#[cfg(test)]
mod tests;
