//! The times of records: whether time is missing between them, and which row a time is.
//!
//! A header claims that records follow each other (EDF, EDF+C, BDF+C), or that time may be missing (EDF+D, BDF+D). The
//! records of a file with annotations give their own times, which are believed if they agree with each other. If they
//! contradict each other, the header's claim holds; EDF+D and BDF+D claim nothing, so that such a file is refused.

use std::ops::Range;

use super::annotations::{self, Annotations, MAX_RECORDS, Time};
use super::header::{Header, Signal};
use super::records::Records;
use crate::error::Result;
use crate::input::NOT_RECORDED;
use crate::phrase::{count, number, rounded};

/// Gaps at most.
const MAX_GAPS: usize = 1 << 20;
/// In a larger file that claims to be continuous, the first and the last record are compared before all are read, which
/// would take longer than many a job.
const MAX_READ_BYTES: u64 = 1 << 30;
/// Deviations of up to half a sample are due to rounding.
const MAX_ROUNDING: f64 = 0.5;
/// Gaps of at most this part of a record, after most records, come from a clock that runs at another rate.
const MAX_DRIFT: f64 = 0.01;
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
    /// The start of each record, if time may be missing between them.
    starts_s: Option<Vec<f64>>,
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
    if header.is_discontinuous {
        annotations = annotations::read(header, records, wants_events)?;
        let notice = times.set_discontinuous(&annotations.starts_s, annotations.n_decimals);
        notices.extend(notice.map_err(|what| records.wrong(what))?);
    } else if let Some(signal) = annotations::signals(header).next()
        && (wants_events || !times.is_settled(signal, records)?)
    {
        annotations = annotations::read(header, records, wants_events)?;
        notices = times.set_continuous(&annotations.starts_s, annotations.n_decimals);
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
        let first = annotations::start_of(signal, records, 0)?;
        let last = annotations::start_of(signal, records, self.n_records - 1)?;
        Ok(match (first, last) {
            (Some(first), Some(last)) => self.agree(first, last),
            _ => false,
        })
    }

    /// Whether the starts of the first and the last record allow no gap.
    fn agree(&self, first: Time, last: Time) -> bool {
        let samples = (last.seconds - first.seconds) * self.sample_rate_hz;
        let missing = samples - (self.n_records - 1) as f64 * self.per_record as f64;
        missing.abs() <= self.rounding(first.n_decimals.max(last.n_decimals), last.seconds)
    }

    fn record_s(&self) -> f64 {
        self.per_record as f64 / self.sample_rate_hz
    }

    /// Enters the times of a file that may have gaps.
    ///
    /// # Errors
    /// Times that are missing or contradict each other.
    fn set_discontinuous(
        &mut self,
        starts_s: &[f64],
        n_decimals: u32,
    ) -> Result<Option<String>, String> {
        if self.n_records > MAX_RECORDS {
            return Err(format!(
                "time may be missing between its {} records (EDF+D or BDF+D); expected at most {MAX_RECORDS} of them: split \
                 the file",
                self.n_records
            ));
        }
        let Some((starts_s, notice)) = self.complete(starts_s) else {
            return Err(format!(
                "time may be missing between its records (EDF+D or BDF+D), but none of them gives its time; expected \
                 annotations that do: {CLAIM_CONTINUOUS}"
            ));
        };
        let gaps = self.gaps(&starts_s, n_decimals);
        self.gaps = gaps.map_err(|what| format!("{what}: {CLAIM_CONTINUOUS}"))?;
        self.first_s = starts_s[0];
        self.starts_s = Some(starts_s);
        Ok(notice)
    }

    /// Enters the times of a file that claims to have no gaps; returns notices.
    fn set_continuous(&mut self, starts_s: &[f64], n_decimals: u32) -> Vec<String> {
        if self.n_records > MAX_RECORDS {
            return vec![format!(
                "the times of its {} records are not read; expected at most {MAX_RECORDS} of them: it is read as \
                 continuous, as its header claims",
                self.n_records
            )];
        }
        let Some((starts_s, notice)) = self.complete(starts_s) else {
            return Vec::new();
        };
        let mut notices: Vec<String> = notice.into_iter().collect();
        self.first_s = starts_s[0];
        match self.gaps(&starts_s, n_decimals) {
            Ok(gaps) if gaps.is_empty() => {}
            Ok(gaps) if self.is_drift(&gaps, &starts_s) => notices.push(format!(
                "records start every {} s, but hold {} s of samples: they are read as continuous, as the header claims; \
                 check the sample rate",
                rounded_interval(&starts_s),
                number(self.record_s())
            )),
            Ok(gaps) => {
                let first = gaps[0] as usize;
                let missing_s = starts_s[first] - starts_s[first - 1] - self.record_s();
                notices.push(format!(
                    "the header claims continuous data, but by the times of its records time is missing at {}: the first \
                     gap, of {} s, is before record {first}",
                    count(gaps.len() as u64, "place"),
                    number(rounded(missing_s))
                ));
                self.gaps = gaps;
                self.starts_s = Some(starts_s);
            }
            Err(what) => notices.push(format!(
                "{what}: its records are read as continuous, as the header claims; check the times of events"
            )),
        }
        notices
    }

    /// The start of every record, and a notice if some of them give none: each of these follows the record before it.
    /// `None` if no record gives a start.
    fn complete(&self, starts_s: &[f64]) -> Option<(Vec<f64>, Option<String>)> {
        let known = starts_s.iter().position(|start_s| !start_s.is_nan())?;
        let mut complete = starts_s.to_vec();
        let mut unknown = Vec::new();
        let mut next_s = starts_s[known] - known as f64 * self.record_s();
        for (record, start_s) in complete.iter_mut().enumerate() {
            if start_s.is_nan() {
                *start_s = next_s;
                unknown.push(record);
            }
            next_s = *start_s + self.record_s();
        }
        let notice = unknown.first().map(|first| {
            format!(
                "{} of {} give no time, the first is record {first}: each is read as following the record before it",
                unknown.len(),
                count(self.n_records, "record")
            )
        });
        Some((complete, notice))
    }

    /// The records before which time is missing, where starts are written with `n_decimals` digits after the point.
    ///
    /// # Errors
    /// Records that are not in the order of time, or too many gaps.
    fn gaps(&self, starts_s: &[f64], n_decimals: u32) -> Result<Vec<u64>, String> {
        let mut gaps = Vec::new();
        for (record, pair) in (1_u64..).zip(starts_s.windows(2)) {
            let missing = (pair[1] - pair[0] - self.record_s()) * self.sample_rate_hz;
            let rounding = self.rounding(n_decimals, pair[1]);
            if missing < -rounding {
                return Err(format!(
                    "record {record} starts at {} s, before the end of the record before it, which starts at {} s and \
                     lasts {} s; expected records in the order of time",
                    number(pair[1]),
                    number(pair[0]),
                    number(self.record_s())
                ));
            }
            if missing > rounding {
                gaps.push(record);
            }
        }
        if gaps.len() > MAX_GAPS {
            return Err(format!(
                "time is missing before {} of its records; expected at most {MAX_GAPS} gaps",
                gaps.len()
            ));
        }
        Ok(gaps)
    }

    /// Samples by which the difference between two starts may deviate without a gap.
    fn rounding(&self, n_decimals: u32, start_s: f64) -> f64 {
        let step_s = 10_f64.powi(-(n_decimals.min(300) as i32));
        let n_steps = self.record_s() / step_s;
        let is_multiple = n_steps > 0.5 && (n_steps - n_steps.round()).abs() <= 1e-9 * n_steps;
        // starts that cannot be written exactly are off by half a step each
        let written = if is_multiple {
            0.0
        } else {
            step_s * self.sample_rate_hz
        };
        let binary = 4.0 * f64::EPSILON * start_s.abs() * self.sample_rate_hz;
        let half_record = self.per_record as f64 / 2.0;
        MAX_ROUNDING.max(written.min(half_record)) + binary
    }

    /// Whether these gaps come from a clock that runs at another rate than the header gives.
    fn is_drift(&self, gaps: &[u64], starts_s: &[f64]) -> bool {
        let is_small = |&record: &u64| {
            let record = record as usize;
            let missing_s = starts_s[record] - starts_s[record - 1] - self.record_s();
            missing_s <= MAX_DRIFT * self.record_s()
        };
        2 * gaps.len() + 1 > starts_s.len() && gaps.iter().all(is_small)
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
        let into = (time_s - starts_s[k]) * self.sample_rate_hz;
        let next = k as u64 + 1;
        let is_gap_next = next == self.n_records || self.gaps.binary_search(&next).is_ok();
        if is_gap_next && into.round() >= self.per_record as f64 {
            return NOT_RECORDED;
        }
        k as f64 * self.per_record as f64 + into
    }
}

/// The mean time between the starts of records.
fn rounded_interval(starts_s: &[f64]) -> String {
    let n = (starts_s.len() - 1).max(1) as f64;
    let mean_s = (starts_s[starts_s.len() - 1] - starts_s[0]) / n;
    // ppm of a clock need more digits than `rounded` keeps
    number((mean_s * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests;
