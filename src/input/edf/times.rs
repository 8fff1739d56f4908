//! The times of records: whether time is missing between them, and which row a time is.
//!
//! A header claims that records follow each other (EDF, EDF+C, BDF+C), or that time may be missing (EDF+D, BDF+D). The
//! records of a file with annotations give their own times, which are believed if they agree with each other. If they
//! contradict each other, the header's claim holds; EDF+D and BDF+D claim nothing, so that such a file is refused.

use std::ops::Range;

use super::annotations::{self, Annotations, MAX_RECORDS, Time};
use super::header::{Header, Signal};
use super::records::Records;
use super::starts::{Nominal, Starts, Timeline, shown};
use crate::error::Result;
use crate::input::NOT_RECORDED;
use crate::phrase::{count, number, rounded};

/// In a larger file that claims to be continuous, the first and the last record are compared before all are read, which
/// would take longer than many a job.
const MAX_READ_BYTES: u64 = 1 << 30;
/// How a user makes a file continuous whose times are wrong.
const CLAIM_CONTINUOUS: &str = "to read its records as following each other, write EDF+C in place of EDF+D, or BDF+C \
                                of BDF+D, in the header (bytes 192 to 235 of the file)";

/// Maps the index of a record, times and rows to each other.
#[derive(Debug, PartialEq)]
pub struct RecordTimes {
    pub sample_rate_hz: f64,
    /// Samples of a record.
    pub per_record: u64,
    n_records: u64,
    /// When the first record starts, in seconds since the full second of the header.
    first_s: f64,
    /// The start of each record, if time may be missing between them, or if their clock runs at another rate.
    starts_s: Option<Vec<f64>>,
    /// From the start of a record to that of the next, if no time is missing between them.
    step_s: f64,
    /// The records before which time is missing.
    gaps: Vec<u64>,
}

/// The times of a file's records, and the annotations that were read for them.
pub struct Found {
    pub times: RecordTimes,
    pub annotations: Annotations,
    pub notices: Vec<String>,
}

/// Reads the times of all records.
///
/// # Errors
/// Times that are missing or contradict each other, unless the header claims that records follow each other; annotations
/// that are too many.
pub fn read(
    header: &Header,
    records: &Records,
    per_record: u64,
    wants_events: bool,
) -> Result<Found> {
    let mut times = RecordTimes::continuous(header.rate_hz(per_record), per_record, records.n);
    let mut annotations = Annotations::default();
    let mut notices = Vec::new();
    let has_too_many = records.n > MAX_RECORDS;
    if header.is_discontinuous {
        if has_too_many {
            return Err(records.wrong(format!(
                "time may be missing between its {} records (EDF+D or BDF+D); expected at most {MAX_RECORDS} of them: split \
                 the file",
                records.n
            )));
        }
        annotations = annotations::read(header, records, wants_events)?;
        let found = times.set_discontinuous(&annotations.starts);
        notices = found.map_err(|what| records.wrong(what))?;
    } else if let Some(signal) = annotations::signals(header).next()
        && has_too_many
    {
        notices.extend(times.set_first(signal, records)?);
        if wants_events {
            annotations = annotations::read(header, records, wants_events)?;
        }
    } else if let Some(signal) = annotations::signals(header).next()
        && (wants_events || !times.is_settled(signal, records)?)
    {
        annotations = annotations::read(header, records, wants_events)?;
        notices = times.set_continuous(&annotations.starts);
    }
    notices.extend(annotations.notice());
    Ok(Found {
        times,
        annotations,
        notices,
    })
}

impl RecordTimes {
    /// Records that follow each other, the first at time 0.
    fn continuous(sample_rate_hz: f64, per_record: u64, n_records: u64) -> RecordTimes {
        RecordTimes {
            sample_rate_hz,
            per_record,
            n_records,
            first_s: 0.0,
            starts_s: None,
            step_s: per_record as f64 / sample_rate_hz,
            gaps: Vec::new(),
        }
    }

    /// Whether the header's claim of continuity is believed before all annotations are read: they are too large, or the
    /// first and the last record of a large file agree with it.
    fn is_settled(&self, signal: &Signal, records: &Records) -> Result<bool> {
        if !records.can_read(&signal.bytes) {
            return Ok(true);
        }
        if self.n_records.saturating_mul(records.bytes) <= MAX_READ_BYTES {
            return Ok(false);
        }
        let (first, last) = ends(signal, records)?;
        Ok(self.agree(first, last))
    }

    /// Takes the time of the first record of a file that claims to have no gaps and has more records than are compared;
    /// returns a notice unless the last one agrees with it.
    fn set_first(&mut self, signal: &Signal, records: &Records) -> Result<Option<String>> {
        if !records.can_read(&signal.bytes) {
            return Ok(None);
        }
        let (first, last) = ends(signal, records)?;
        self.first_s = first.map_or(0.0, |first| first.seconds);
        Ok((!self.agree(first, last)).then(|| {
            format!(
                "the times of its {} records are not read; expected at most {MAX_RECORDS} of them: it is read as \
                 continuous, as its header claims",
                self.n_records
            )
        }))
    }

    /// Whether the starts of the first and the last record are known and allow no gap.
    fn agree(&self, first: Option<Time>, last: Option<Time>) -> bool {
        let (Some(first), Some(last)) = (first, last) else {
            return false;
        };
        let samples = (last.seconds - first.seconds) * self.sample_rate_hz;
        let missing = samples - (self.n_records - 1) as f64 * self.per_record as f64;
        let n_decimals = first.n_decimals.max(last.n_decimals).min(u8::MAX.into());
        let nominal = self.nominal();
        missing.abs() <= nominal.rounding(n_decimals, nominal.record_s(), last.seconds)
    }

    fn nominal(&self) -> Nominal {
        Nominal {
            sample_rate_hz: self.sample_rate_hz,
            per_record: self.per_record,
        }
    }

    /// Enters the times of a file that may have gaps; returns notices.
    ///
    /// # Errors
    /// Times that are missing or contradict each other.
    fn set_discontinuous(&mut self, starts: &Starts) -> Result<Vec<String>, String> {
        let Some(told) = starts.told(self.nominal()) else {
            return Err(format!(
                "time may be missing between its records (EDF+D or BDF+D), but none of them gives its time; expected \
                 annotations that do: {CLAIM_CONTINUOUS}"
            ));
        };
        let timeline = told
            .timeline
            .map_err(|what| format!("{what}: {CLAIM_CONTINUOUS}"))?;
        self.first_s = told.first_s;
        let notices = told
            .notice
            .into_iter()
            .chain(self.drift_notice(&timeline))
            .collect();
        self.set(timeline);
        Ok(notices)
    }

    /// Enters the times of a file that claims to have no gaps; returns notices.
    fn set_continuous(&mut self, starts: &Starts) -> Vec<String> {
        let Some(told) = starts.told(self.nominal()) else {
            return Vec::new();
        };
        let mut notices: Vec<String> = told.notice.into_iter().collect();
        self.first_s = told.first_s;
        let timeline = match told.timeline {
            Ok(timeline) => timeline,
            Err(what) => {
                notices.push(format!(
                    "{what}: its records are read as continuous, as the header claims; check the times of events"
                ));
                return notices;
            }
        };
        if let Some(&first) = timeline.gaps.first() {
            let starts_s = &timeline.starts_s[first as usize - 1..];
            let missing_s = starts_s[1] - starts_s[0] - timeline.step_s;
            notices.push(format!(
                "the header claims continuous data, but by the times of its records time is missing at {}: no trial goes \
                 over one; the first gap, of {} s, is before record {first}",
                count(timeline.gaps.len() as u64, "place"),
                number(rounded(missing_s))
            ));
        }
        notices.extend(self.drift_notice(&timeline));
        if !timeline.gaps.is_empty() || timeline.drift.is_some() {
            self.set(timeline);
        }
        notices
    }

    fn set(&mut self, timeline: Timeline) {
        self.step_s = timeline.step_s;
        self.gaps = timeline.gaps;
        self.starts_s = Some(timeline.starts_s);
    }

    /// What a user should know about records that start at other times than the header says.
    fn drift_notice(&self, timeline: &Timeline) -> Option<String> {
        let off = number(rounded(timeline.drift?));
        let record_s = self.nominal().record_s();
        let what = if timeline.step_s == record_s {
            format!("records start up to {off} samples away from where the sample rate puts them")
        } else {
            format!(
                "records start every {} s, but hold {} s of samples, which makes up to {off} samples",
                number((timeline.step_s * 1e9).round() / 1e9),
                shown(record_s)
            )
        };
        Some(format!(
            "{what}: markers of the file are placed by the times of records, those of a table by the sample rate; check the \
             sample rate"
        ))
    }

    /// The contiguous row ranges of the recording: one per gap-free segment.
    pub fn contiguous_segments(&self) -> Vec<Range<u64>> {
        let starts = self.gaps.iter().map(|record| record * self.per_record);
        let ends = starts.clone().chain([self.n_records * self.per_record]);
        let starts = [0].into_iter().chain(starts);
        starts.zip(ends).map(|(start, end)| start..end).collect()
    }

    /// When each segment starts, in samples since the first record.
    pub fn segment_starts(&self, segments: &[Range<u64>]) -> Vec<f64> {
        let Some(starts_s) = &self.starts_s else {
            return vec![0.0];
        };
        let starts = segments.iter().map(|segment| {
            let record = (segment.start / self.per_record) as usize;
            (starts_s[record] - starts_s[0]) * self.sample_rate_hz
        });
        starts.collect()
    }

    /// The row of a time; [`NOT_RECORDED`] in a gap.
    pub fn row(&self, time_s: f64) -> f64 {
        let Some(starts_s) = &self.starts_s else {
            return (time_s - self.first_s) * self.sample_rate_hz;
        };
        // times are rounded to some digits
        let half = 0.5 / self.sample_rate_hz;
        let k = starts_s.partition_point(|start_s| *start_s <= time_s + half);
        let Some(k) = k.checked_sub(1) else {
            return NOT_RECORDED;
        };
        // by the clock of the starts
        let into = (time_s - starts_s[k]) / self.step_s * self.per_record as f64;
        let next = k as u64 + 1;
        let is_gap_next = next == self.n_records || self.gaps.binary_search(&next).is_ok();
        if is_gap_next && into.round() >= self.per_record as f64 {
            return NOT_RECORDED;
        }
        k as f64 * self.per_record as f64 + into
    }
}

/// The times of the first and the last record, if they give any.
fn ends(signal: &Signal, records: &Records) -> Result<(Option<Time>, Option<Time>)> {
    let first = annotations::start_of(signal, records, 0)?;
    let last = annotations::start_of(signal, records, records.n - 1)?;
    Ok((first, last))
}

#[cfg(test)]
mod tests;
