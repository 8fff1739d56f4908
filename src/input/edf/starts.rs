//! The starts of records, as annotations give them: whether time is missing between records, and how long a record lasts by
//! the recorder's clock, which may run at another rate than the header says.

use super::annotations::Time;
use crate::phrase::{count, number};

/// Gaps at most.
pub const MAX_GAPS: usize = 1 << 20;
/// Deviations of up to half a sample are due to rounding.
const MAX_ROUNDING: f64 = 0.5;
/// A clock runs at another rate than the header says by at most this part of it.
const MAX_DRIFT: f64 = 0.01;
/// Records between the starts that give the typical record if single ones differ by their rounding.
const SPAN: usize = 64;
/// The part of all starts that have as many digits as the others would have with their zeros.
const HAVE_ALL_DIGITS: f64 = 0.25;

/// Starts as they are written.
#[derive(Debug, Default)]
pub struct Starts {
    /// In seconds, NaN where a record gives none.
    seconds: Vec<f64>,
    /// Digits after the point.
    n_decimals: Vec<u8>,
}

/// What the header says of records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nominal {
    pub sample_rate_hz: f64,
    /// Samples of a record.
    pub per_record: u64,
}

/// What starts tell.
#[derive(Debug)]
pub struct Told {
    /// The start of the first record.
    pub first_s: f64,
    /// A notice if some records give no start: each of them follows the record before it.
    pub notice: Option<String>,
    /// What is wrong with them: records that are not in the order of time, or too many gaps.
    pub timeline: Result<Timeline, String>,
}

/// The records on the axis of time.
#[derive(Debug)]
pub struct Timeline {
    /// The start of every record.
    pub starts_s: Vec<f64>,
    /// From the start of a record to that of the next, if no time is missing between them.
    pub step_s: f64,
    /// The records before which time is missing.
    pub gaps: Vec<u64>,
    /// By how many samples starts are off what the header says, at most, if that is more than rounding.
    pub drift: Option<f64>,
}

impl Nominal {
    pub fn record_s(&self) -> f64 {
        self.per_record as f64 / self.sample_rate_hz
    }

    /// Samples by which the difference between two starts may deviate from a multiple of `step_s` without a gap, if they have
    /// `n_decimals` digits after the point.
    pub fn rounding(&self, n_decimals: u32, step_s: f64, start_s: f64) -> f64 {
        let digit_s = digit_s(n_decimals);
        let n_digits = step_s / digit_s;
        let is_multiple = n_digits > 0.5 && (n_digits - n_digits.round()).abs() <= 1e-9 * n_digits;
        // starts that cannot be written exactly are off by half a digit each
        let written = if is_multiple { 0.0 } else { digit_s };
        self.samples(written, start_s)
    }

    /// Samples for times that are off by `written` seconds for want of digits.
    fn samples(&self, written: f64, start_s: f64) -> f64 {
        let binary = 4.0 * f64::EPSILON * start_s.abs() * self.sample_rate_hz;
        let half_record = self.per_record as f64 / 2.0;
        MAX_ROUNDING.max((written * self.sample_rate_hz).min(half_record)) + binary
    }
}

/// The value of the last of so many digits after the point.
fn digit_s(n_decimals: u32) -> f64 {
    10_f64.powi(-(n_decimals as i32))
}

/// Seconds without the digits that computing them adds.
pub fn shown(seconds: f64) -> String {
    let rounded = (seconds * 1e6).round() / 1e6;
    number(if rounded == 0.0 { seconds } else { rounded })
}

impl Starts {
    pub fn push(&mut self, start: Option<Time>) {
        self.seconds
            .push(start.map_or(f64::NAN, |start| start.seconds));
        let n_decimals = start.map_or(0, |start| start.n_decimals);
        self.n_decimals.push(n_decimals.min(u8::MAX.into()) as u8);
    }

    /// What the starts tell; `None` if no record gives one.
    pub fn told(&self, nominal: Nominal) -> Option<Told> {
        let step_s = self.typical_s(nominal);
        let (starts_s, notice) = self.complete(step_s)?;
        let first_s = starts_s[0];
        let digits = Digits::of(self, nominal, step_s);
        let timeline = digits.gaps(&starts_s, step_s).map(|gaps| {
            let mut timeline = Timeline {
                starts_s,
                step_s,
                gaps,
                drift: None,
            };
            timeline.refine(&digits);
            timeline
        });
        Some(Told {
            first_s,
            notice,
            timeline,
        })
    }

    /// Seconds from the start of a record to that of the next, of most records: what the header says unless the clock ran
    /// at another rate.
    fn typical_s(&self, nominal: Nominal) -> f64 {
        let record_s = nominal.record_s();
        let mut steps: Vec<f64> = self.steps(1).collect();
        let median_s = middle(&mut steps);
        let is_same =
            |step: &&f64| (**step - median_s).abs() * nominal.sample_rate_hz <= MAX_ROUNDING;
        let n_same = steps.iter().filter(is_same).count();
        let typical_s = if 2 * n_same > steps.len() {
            median_s
        } else {
            let span = SPAN.min(self.seconds.len().saturating_sub(1)).max(1);
            middle(&mut self.steps(span).collect::<Vec<f64>>())
        };
        let is_clock = (typical_s - record_s).abs() <= MAX_DRIFT * record_s;
        let is_header = (typical_s - record_s).abs() <= 1e-9 * record_s;
        if !is_clock || is_header {
            return record_s;
        }
        let rounding = nominal.rounding(self.usual_decimals(), typical_s, 0.0);
        let agrees = |step: &&f64| (**step - typical_s).abs() * nominal.sample_rate_hz <= rounding;
        let n_agree = steps.iter().filter(agrees).count();
        // a single step is a gap
        if n_agree > 1 && 2 * n_agree > steps.len() {
            typical_s
        } else {
            record_s
        }
    }

    /// Seconds per record between starts that are `n` records apart.
    fn steps(&self, n: usize) -> impl Iterator<Item = f64> {
        let pairs = self.seconds.iter().zip(self.seconds.iter().skip(n));
        let steps = pairs.map(move |(first, last)| (last - first) / n as f64);
        steps.filter(|step| !step.is_nan())
    }

    /// Digits that starts have, unless their zeros are left out; a few may have more.
    fn usual_decimals(&self) -> u32 {
        let known = self.seconds.iter().zip(&self.n_decimals);
        let known = known.filter(|(start_s, _)| !start_s.is_nan());
        let mut n_of = [0_usize; 256];
        known.for_each(|(_, &n)| n_of[usize::from(n)] += 1);
        let wanted = HAVE_ALL_DIGITS * n_of.iter().sum::<usize>() as f64;
        let mut n_with = 0;
        for (n_decimals, &n) in n_of.iter().enumerate().rev() {
            n_with += n;
            if n_with > 0 && n_with as f64 >= wanted {
                return n_decimals as u32;
            }
        }
        0
    }

    /// The start of every record, and a notice if some give none.
    fn complete(&self, step_s: f64) -> Option<(Vec<f64>, Option<String>)> {
        let known = self.seconds.iter().position(|start_s| !start_s.is_nan())?;
        let mut complete = self.seconds.clone();
        let mut unknown = Vec::new();
        let mut next_s = complete[known] - known as f64 * step_s;
        for (record, start_s) in complete.iter_mut().enumerate() {
            if start_s.is_nan() {
                *start_s = next_s;
                unknown.push(record);
            }
            next_s = *start_s + step_s;
        }
        let notice = unknown.first().map(|first| {
            format!(
                "{} of {} give no time, the first is record {first}: each is read as following the record before it",
                unknown.len(),
                count(complete.len() as u64, "record")
            )
        });
        Some((complete, notice))
    }
}

/// The median; NaN of nothing.
fn middle(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let half = values.len() / 2;
    *values.select_nth_unstable_by(half, f64::total_cmp).1
}

/// How exactly starts are written.
struct Digits<'a> {
    nominal: Nominal,
    of: &'a [u8],
    usual: u32,
    /// Steps that are longer or shorter by a digit are rounded: a clock that drifts makes one from time to time.
    has_drifting_digit: bool,
}

impl Digits<'_> {
    fn of(starts: &Starts, nominal: Nominal, step_s: f64) -> Digits<'_> {
        let usual = starts.usual_decimals();
        let digit_s = digit_s(usual);
        let is_digit = |step: &f64| ((*step - step_s).abs() - digit_s).abs() <= 0.01 * digit_s;
        let is_small = digit_s <= MAX_DRIFT * nominal.record_s();
        Digits {
            nominal,
            of: &starts.n_decimals,
            usual,
            has_drifting_digit: is_small && starts.steps(1).filter(is_digit).count() > 1,
        }
    }

    /// Samples by which the start of `record` may be off that of the record before it, and a multiple of `step_s`.
    fn rounding(&self, record: usize, step_s: f64, start_s: f64) -> f64 {
        // writers leave out zeros, and some have fewer digits in larger times
        let own = self.of[record].max(self.of[record - 1]);
        let n_decimals = u32::from(own).min(self.usual);
        if self.has_drifting_digit {
            return self.nominal.samples(1.01 * digit_s(n_decimals), start_s);
        }
        self.nominal.rounding(n_decimals, step_s, start_s)
    }

    fn gaps(&self, starts_s: &[f64], step_s: f64) -> Result<Vec<u64>, String> {
        let mut gaps = Vec::new();
        for (record, pair) in (1..).zip(starts_s.windows(2)) {
            let missing = (pair[1] - pair[0] - step_s) * self.nominal.sample_rate_hz;
            let rounding = self.rounding(record, step_s, pair[1]);
            if missing < -rounding {
                return Err(format!(
                    "record {record} starts at {} s, before the end of the record before it, which starts at {} s and \
                     lasts {} s; expected records in the order of time",
                    shown(pair[1]),
                    shown(pair[0]),
                    shown(step_s)
                ));
            }
            if missing > rounding {
                gaps.push(record as u64);
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
}

impl Timeline {
    /// Takes the duration of a record from the longest stretch, and looks how far stretches are from steady ones.
    fn refine(&mut self, digits: &Digits) {
        let gaps = self.gaps.iter().map(|&record| record as usize);
        let ends: Vec<usize> = gaps.chain([self.starts_s.len()]).collect();
        let firsts = [0].into_iter().chain(ends.iter().copied());
        let stretches: Vec<_> = firsts.zip(&ends).map(|(first, &end)| first..end).collect();
        let record_s = digits.nominal.record_s();
        let longest = stretches.iter().max_by_key(|stretch| stretch.len());
        let longest = longest.expect("there is a stretch").clone();
        if longest.len() > 2 {
            let last = longest.end - 1;
            let lasts_s = self.starts_s[last] - self.starts_s[longest.start];
            self.step_s = lasts_s / (longest.len() - 1) as f64;
        }
        let rate_hz = digits.nominal.sample_rate_hz;
        // by how many samples the starts of a stretch are off steady ones, and whether that is more than rounding
        let off = |starts_s: &[f64], first: usize, step_s: f64| {
            let (mut most, mut is_rounding) = (0.0_f64, true);
            for k in 1..starts_s.len() {
                let off = (starts_s[k] - starts_s[0] - k as f64 * step_s).abs() * rate_hz;
                is_rounding &= off <= digits.rounding(first + k, step_s, starts_s[k]);
                most = most.max(off);
            }
            (most, is_rounding)
        };
        let (_, is_nominal) = off(&self.starts_s[longest.clone()], longest.start, record_s);
        if is_nominal {
            self.step_s = record_s;
        }
        for stretch in stretches {
            let first = stretch.start;
            let starts_s = &mut self.starts_s[stretch];
            let (most, is_rounding) = off(starts_s, first, record_s);
            if !is_rounding {
                self.drift = Some(self.drift.unwrap_or(0.0).max(most));
            }
            // rounded starts are replaced by what they stand for
            if off(starts_s, first, self.step_s).1 {
                for k in 1..starts_s.len() {
                    starts_s[k] = starts_s[0] + k as f64 * self.step_s;
                }
            }
        }
    }
}
