//! EDF, EDF+ and BDF: records of a fixed length, in each of them all samples of a signal, then those of the next. Signals
//! of annotations and BioSemi's Status are no channels but say what happened. Not read: filters, patients, dates.
//!
//! Sources: Kemp et al. (1992), Electroenceph. Clin. Neurophysiol. 82, 391–393; Kemp & Olivan (2003), Clin. Neurophysiol.
//! 114, 1755–1761 (www.edfplus.info/specs); BioSemi, "Which file format does BioSemi use" (www.biosemi.com/faq).

mod annotations;
mod events;
mod header;
mod records;
mod status;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use super::flat::{Blocks, Flat, Order};
use super::location::{Calibration, Layout, Location, Sample};
use super::source::{Source, trial_of_each};
use super::{MAX_SAMPLES, NOT_RECORDED, Options, gaps};
use crate::error::{Error, Result};
use crate::phrase::{count, hz, number};
use crate::recording::{Channel, Recording};
use crate::setting::Refusal;
use header::{Header, Kind, Signal};

pub use header::begins;

/// The keys of `[input]` that say something about such files.
pub const KEYS: &[&str] = &["samplerate"];

/// Rates that are listed at most.
const MAX_LISTED: usize = 8;
/// Stretches between which time is missing, at most.
const MAX_STRETCHES: usize = 1 << 20;

/// Describes the recording in the file `path`.
///
/// # Errors
/// What is wrong with it: path, found, expected.
pub fn describe(path: &Path, options: &Options) -> Result<Source> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let (header, records) = header::read(path)?;
    let per_record = samples_per_record(&header, options, &wrong)?;
    let signals: Vec<&Signal> = header
        .signals
        .iter()
        .filter(|signal| signal.kind == Kind::Ordinary && signal.n_samples == per_record)
        .collect();
    let n_rows = match records.n.checked_mul(per_record) {
        Some(n) if n <= MAX_SAMPLES as u64 => n,
        _ => {
            return Err(wrong(format!(
                "{} records of {per_record} samples; expected at most {MAX_SAMPLES} samples",
                records.n
            )));
        }
    };
    let sample = if header.is_bdf {
        Sample::I24
    } else {
        Sample::I16
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
    let (gain, offset) = signals.iter().map(|signal| signal.calibration).unzip();
    let location = Location {
        path: path.to_owned(),
        layout: Layout::Flat(flat),
        calibration: Calibration::of(sample, gain, offset).map_err(&wrong)?,
    };
    let starts_s = match header.is_discontinuous {
        true => Some(annotations::starts(&header, &records)?),
        false => None,
    };
    let clock = Clock {
        record_s: header.record_s,
        per_record,
        n_records: records.n,
        starts_s,
    };
    let stretches = clock.stretches().map_err(&wrong)?;
    let recording = Recording {
        sample_rate_hz: clock.sample_rate_hz(),
        channels: channels(&signals),
        trials: trial_of_each(&stretches),
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    let mut source = Source::new(recording, location, n_rows);
    source.remarks = gaps::remark(&stretches).into_iter().collect();
    source.notices.extend(of_other_rates(&header, per_record));
    source.begins = clock.begins(&stretches);
    source.stretches = stretches;
    if options.wants_events {
        source.events = events::read(&header, &records, &clock)?;
    }
    Ok(source)
}

/// What is said of channels of other rates, which are not read.
fn of_other_rates(header: &Header, per_record: u64) -> Option<String> {
    let others = header
        .signals
        .iter()
        .filter(|signal| signal.kind == Kind::Ordinary && signal.n_samples != per_record);
    let names: Vec<String> = others
        .map(|signal| {
            let rate_hz = signal.n_samples as f64 / header.record_s;
            format!("{} ({})", signal.label, hz(rate_hz))
        })
        .collect();
    let shown = names[..names.len().min(MAX_LISTED)].join(", ");
    let more = match names.len().saturating_sub(MAX_LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let n = count(names.len() as u64, "channel");
    (!names.is_empty()).then(|| format!("{n} of other rates left out: {shown}{more}"))
}

/// Samples of a record of the channels that are read: all have as many, or the config says which.
fn samples_per_record(
    header: &Header,
    options: &Options,
    wrong: &impl Fn(String) -> Error,
) -> Result<u64> {
    let mut n_channels: BTreeMap<u64, usize> = BTreeMap::new();
    for signal in &header.signals {
        if signal.kind == Kind::Ordinary {
            *n_channels.entry(signal.n_samples).or_default() += 1;
        }
    }
    let rate_hz = |n_samples: u64| n_samples as f64 / header.record_s;
    let listed = || {
        let all = n_channels.iter().rev().take(MAX_LISTED);
        let all = all.map(|(&n_samples, n)| format!("{n} of {}", hz(rate_hz(n_samples))));
        let more = n_channels.len().saturating_sub(MAX_LISTED);
        let more = if more > 0 {
            format!(" and {more} more rates")
        } else {
            String::new()
        };
        format!("{}{more}", all.collect::<Vec<_>>().join(", "))
    };
    let refuse = |refusal: Refusal| Err(refusal.into());
    let found = match (&options.samplerate, n_channels.len()) {
        (_, 0) => {
            return Err(wrong(
                "all its signals are annotations or triggers; expected one of samples at least"
                    .into(),
            ));
        }
        // headers round the length of a record to eight characters
        (Some(asked), _) => {
            let is_asked = |&&n: &&u64| (rate_hz(n) - asked.value).abs() <= 1e-6 * asked.value;
            match n_channels.keys().find(is_asked) {
                Some(&n) => n,
                None => {
                    return refuse(asked.refuse(format!(
                        "no channel of the file has this rate; expected one of these, by number of channels: {}",
                        listed()
                    )));
                }
            }
        }
        (None, 1) => *n_channels.keys().next().unwrap_or(&1),
        (None, _) => {
            return refuse(options.path.refuse(format!(
                "channels of different rates, by their number: {}; expected input.samplerate in the config, the rate \
                 of those that are to be read",
                listed()
            )));
        }
    };
    super::check_sample_rate(rate_hz(found)).map_err(|expected| {
        wrong(format!(
            "{found} samples in records of {} s; expected a rate that is {expected}",
            number(header.record_s)
        ))
    })?;
    Ok(found)
}

fn channels(signals: &[&Signal]) -> Vec<Channel> {
    let channel = |(column, signal): (usize, &&Signal)| Channel {
        label: signal.label.clone(),
        column,
        unit: signal.unit.clone(),
    };
    signals.iter().enumerate().map(channel).collect()
}

/// When records were recorded.
struct Clock {
    /// Seconds of a record.
    record_s: f64,
    /// Samples of a record.
    per_record: u64,
    n_records: u64,
    /// When each begins, of files in which time is missing.
    starts_s: Option<Vec<f64>>,
}

impl Clock {
    fn sample_rate_hz(&self) -> f64 {
        self.per_record as f64 / self.record_s
    }

    /// Rows between which no time is missing.
    fn stretches(&self) -> Result<Vec<Range<u64>>, String> {
        let n_rows = self.n_records * self.per_record;
        let Some(starts_s) = &self.starts_s else {
            return Ok(std::iter::once(0..n_rows).collect());
        };
        let mut stretches = Vec::new();
        let mut first = 0;
        for (k, pair) in (1_u64..).zip(starts_s.windows(2)) {
            // times are rounded to some digits
            let gap = (pair[1] - pair[0] - self.record_s) * self.sample_rate_hz();
            if gap < -0.5 {
                return Err(format!(
                    "record {k} begins at {} s, before the one ahead of it ends, which begins at {} s and lasts {} s; \
                     expected records in the order of time",
                    number(pair[1]),
                    number(pair[0]),
                    number(self.record_s)
                ));
            }
            if gap > 0.5 {
                if stretches.len() + 1 == MAX_STRETCHES {
                    return Err(format!(
                        "time is missing between more than {MAX_STRETCHES} of its records; expected fewer gaps"
                    ));
                }
                stretches.push(first..k * self.per_record);
                first = k * self.per_record;
            }
        }
        stretches.push(first..n_rows);
        Ok(stretches)
    }

    /// When each stretch begins, in samples since the first record.
    fn begins(&self, stretches: &[Range<u64>]) -> Vec<f64> {
        let Some(starts_s) = &self.starts_s else {
            return vec![0.0];
        };
        let begins = stretches.iter().map(|stretch| {
            let record = (stretch.start / self.per_record) as usize;
            (starts_s[record] - starts_s[0]) * self.sample_rate_hz()
        });
        begins.collect()
    }

    /// The row of a time, where `first_s` is when the file begins; [`NOT_RECORDED`] in a gap.
    fn row(&self, time_s: f64, first_s: f64) -> f64 {
        let Some(starts_s) = &self.starts_s else {
            return (time_s - first_s) * self.sample_rate_hz();
        };
        // times are rounded to some digits
        let half = 0.5 / self.sample_rate_hz();
        let k = starts_s.partition_point(|start_s| *start_s <= time_s + half);
        let Some(k) = k.checked_sub(1) else {
            return NOT_RECORDED;
        };
        let into = (time_s - starts_s[k]) * self.sample_rate_hz();
        if into.round() >= self.per_record as f64 {
            return NOT_RECORDED;
        }
        k as f64 * self.per_record as f64 + into
    }
}

#[cfg(test)]
mod tests;
