//! The stacking axis in time: which rows every trial has, what sample and second a row stands for, where rows of trials meet in
//! averages, and how Syncopy's trial definition says that. Rows of all trials lie one below the other, and a trial may have another
//! number of them than the next.

mod multiples;

use std::ops::Range;

use multiples::{Multiples, span};

use super::averaging::Averaging;
use super::compat::Compat;
use super::remark::Remark;
use super::toi::Toi;
use crate::recording::{Recording, Trial};
use crate::setting::{Refusal, Setting};

/// The rows of all trials.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    rule: Rule,
    /// Where the rows of every trial begin, and where those of the last one end; empty where a trial is a row.
    starts: Vec<usize>,
    n_trials: usize,
    /// Rows of the trial that has fewest, and of the one that has most.
    fewest_and_most: [usize; 2],
    /// Sample number of every trial's first sample relative to its time 0; empty where a trial is a row.
    offsets: Vec<f64>,
    /// Part of a sample that the samples of all trials lie behind whole samples from time 0; none where trials differ in it.
    fraction: Option<f64>,
    recording_rate_hz: f64,
    /// Of the rows.
    sample_rate_hz: f64,
}

/// Which samples rows stand for.
#[derive(Clone, Debug, PartialEq)]
enum Rule {
    /// A row stands for its whole trial.
    Whole,
    /// The same, of what was averaged over the times of a trial.
    Averaged,
    /// For every `step`-th sample from `first` on, counted from the first sample of the trial.
    Every { first: usize, step: usize },
    /// For the samples at multiples of `step` samples from time 0.
    Multiples {
        step: usize,
        trials: Vec<Multiples>,
        /// The multiples that rows of any trial stand for.
        span: Range<i64>,
    },
    /// For those next to these times in s.
    At(Vec<f64>),
    /// For those at or before these times, as Syncopy's wavelets have them: where a product falls just below a whole number, a
    /// sample early.
    Before(Vec<f64>),
}

/// How rows are counted where there is no list of times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Steps {
    /// Samples from one row to the next.
    pub step: usize,
    /// Samples at the start of a trial that get no row.
    pub before: usize,
    /// Samples at its end that get none.
    pub behind: usize,
    /// Whether rows lie at multiples of the step from time 0, so that those of all trials meet; else they are counted from the
    /// first sample of each trial.
    pub from_zero: bool,
}

/// Two times are as far apart as two others when their distances differ by less than this part of a sample: times in a config
/// are decimal fractions.
const SAME_STEP: f64 = 1e-3;
/// Averages with more than so many times the rows of the longest trial are of trials that hardly meet.
const MAX_ROWS_OVER_LONGEST_TRIAL: usize = 10;
/// Samples that a row may lie away from its trial: sums with them fit 64 bits, and no trial is as long.
const MAX_OFFSET_SAMPLES: f64 = 1e18;

impl Times {
    /// One row for every trial, which has the sample rate of the recording, as spectra of whole trials have in Syncopy.
    pub fn whole(recording: &Recording) -> Times {
        Times {
            rule: Rule::Whole,
            starts: Vec::new(),
            n_trials: recording.trials.len(),
            fewest_and_most: [1, 1],
            offsets: Vec::new(),
            fraction: Some(0.0),
            recording_rate_hz: recording.sample_rate_hz,
            sample_rate_hz: recording.sample_rate_hz,
        }
    }

    /// One row for every trial, with the sample rate of the rows that are averaged; Syncopy's trial definition says nothing of
    /// such trials but their row.
    pub fn averaged(self) -> Times {
        Times {
            rule: Rule::Averaged,
            starts: Vec::new(),
            fewest_and_most: [1, 1],
            offsets: Vec::new(),
            ..self
        }
    }

    /// The rows that `toi` asks for: the times of a list, or samples that are `steps` apart.
    ///
    /// # Panics
    /// If the step is zero.
    pub fn of(recording: &Recording, toi: &Toi, steps: Steps, compat: Compat) -> Times {
        let fs = recording.sample_rate_hz;
        let trials = &recording.trials;
        let Steps { step, before, .. } = steps;
        let (rule, n_rows): (Rule, Vec<usize>) = match toi {
            Toi::At(times) => (Rule::At(times.clone()), vec![times.len(); trials.len()]),
            _ if steps.from_zero => {
                let all = trials.iter().map(|trial| Multiples::of(trial, steps));
                let (trials, n_rows): (Vec<_>, Vec<_>) = all.unzip();
                let span = span(&trials, &n_rows);
                (Rule::Multiples { step, trials, span }, n_rows)
            }
            _ => {
                let rest = |trial: &Trial| trial.n_samples.saturating_sub(before + steps.behind);
                let n_rows = trials.iter().map(|trial| rest(trial).div_ceil(step));
                let first = before;
                (Rule::Every { first, step }, n_rows.collect())
            }
        };
        let sample_rate_hz = match &rule {
            Rule::At(times) => rate_of_list(times, fs),
            _ if step > 1 && compat.is_syncopy() => (fs / step as f64 * 100.0).round() / 100.0,
            _ => fs / step as f64,
        };
        let fewest_and_most = [n_rows.iter().min(), n_rows.iter().max()];
        let fewest_and_most = fewest_and_most.map(|n| n.copied().unwrap_or(1));
        let mut end = 0_usize;
        let mut starts = vec![0];
        starts.extend(n_rows.into_iter().map(|n| {
            end = end.saturating_add(n);
            end
        }));
        Times {
            rule,
            starts,
            n_trials: trials.len(),
            fewest_and_most,
            offsets: trials.iter().map(|trial| trial.offset).collect(),
            fraction: common_fraction(trials),
            recording_rate_hz: fs,
            sample_rate_hz,
        }
    }

    /// The same with samples at or before the times of a list.
    pub fn before(self) -> Times {
        match self.rule {
            Rule::At(times) => Times {
                rule: Rule::Before(times),
                ..self
            },
            rule => Times { rule, ..self },
        }
    }

    /// Whether a row stands for its whole trial.
    pub fn are_whole(&self) -> bool {
        matches!(self.rule, Rule::Whole | Rule::Averaged)
    }

    /// Whether rows are averages over the times of a trial.
    pub fn are_averaged(&self) -> bool {
        self.rule == Rule::Averaged
    }

    /// The rows of a trial in a result that keeps trials.
    pub fn rows(&self, trial: usize) -> Range<usize> {
        if self.are_whole() {
            trial..trial + 1
        } else {
            self.starts[trial]..self.starts[trial + 1]
        }
    }

    /// Rows of all trials.
    pub fn n_rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(self.n_trials)
    }

    /// Rows of the trial that has most.
    pub fn most_rows(&self) -> usize {
        self.fewest_and_most[1]
    }

    /// Rows of the trial that has fewest.
    pub fn fewest_rows(&self) -> usize {
        self.fewest_and_most[0]
    }

    /// Checks that trials can be averaged row by row, where rows do not meet at equal times.
    ///
    /// # Errors
    /// Trials with different numbers of times.
    pub fn check_averages(&self, keeptrials: &Setting<bool>) -> Result<(), Refusal> {
        let (fewest, most) = (self.fewest_rows(), self.most_rows());
        let meet = matches!(self.rule, Rule::Multiples { .. });
        if keeptrials.value || fewest == most || meet {
            return Ok(());
        }
        Err(keeptrials.refuse(format!(
            "trials have from {fewest} to {most} times, which cannot be averaged row by row; expected keeptrials = true, as many \
             times in every trial, or compat = \"none\", which averages at equal times"
        )))
    }

    /// What is said of averages over trials whose times do not meet well.
    pub fn remarks_of_averages(
        &self,
        averaging: Option<&Averaging>,
    ) -> impl Iterator<Item = Remark> {
        let hardly = self.remark_of_spans(averaging);
        hardly
            .into_iter()
            .chain(self.remark_of_fractions(averaging))
    }

    /// Averages of trials that hardly meet are as long as all trials together.
    fn remark_of_spans(&self, averaging: Option<&Averaging>) -> Option<Remark> {
        let n_rows = self.n_average_rows();
        let is_long = n_rows > self.most_rows().saturating_mul(MAX_ROWS_OVER_LONGEST_TRIAL);
        (averaging.is_some() && is_long).then(|| {
            Remark::Warning(format!(
                "averages are taken at equal times, of which trials have {n_rows} together and {} each at most: is their time 0 what \
                 it should be? compat = \"syncopy\" averages row by row",
                self.most_rows()
            ))
        })
    }

    /// Samples of trials may lie beside each other.
    fn remark_of_fractions(&self, averaging: Option<&Averaging>) -> Option<Remark> {
        (averaging.is_some() && self.fraction.is_none()).then(|| {
            Remark::Warning(
                "trials begin at different fractions of a sample from time 0: averages are over samples up to half a sample apart, \
                 and phases over time differ by as much"
                    .into(),
            )
        })
    }

    /// Rows of an average over trials: from the earliest time of a trial to the latest.
    pub fn n_average_rows(&self) -> usize {
        match &self.rule {
            Rule::Multiples { span, .. } => (span.end - span.start) as usize,
            _ => self.most_rows(),
        }
    }

    /// The row of an average that the first row of a trial goes to.
    pub fn average_row(&self, trial: usize) -> usize {
        match &self.rule {
            Rule::Multiples { trials, span, .. } if !self.rows(trial).is_empty() => {
                (trials[trial].first - span.start) as usize
            }
            _ => 0,
        }
    }

    /// The time in s that a row of an average stands for.
    pub fn average_second(&self, row: usize) -> f64 {
        match &self.rule {
            Rule::Multiples { step, span, .. } => {
                let multiple = span.start + row as i64;
                let fraction = self.fraction.unwrap_or(0.0);
                (multiple as f64 * *step as f64 + fraction) / self.recording_rate_hz
            }
            Rule::At(times) if self.fraction.is_none() => times[row],
            _ => self.second(0, row),
        }
    }

    /// The sample of the trial, counted from its first, that a row stands for; outside of the trial where a list says so.
    pub fn centre(&self, trial: usize, row: usize) -> i64 {
        match &self.rule {
            Rule::Whole | Rule::Averaged => 0,
            Rule::Every { first, step } => (first + row * step) as i64,
            Rule::Multiples { step, trials, .. } => {
                let Multiples { first, zero } = trials[trial];
                (first + row as i64) * *step as i64 + zero
            }
            Rule::At(times) => {
                whole((times[row] * self.recording_rate_hz - self.offsets[trial]).round())
            }
            Rule::Before(times) => {
                let fs = self.recording_rate_hz;
                let start = self.offsets[trial] / fs;
                // in Syncopy's order of operations
                let first = (fs * (times[0] - start)).floor();
                whole(first + (fs * (times[row] - start) - first).floor())
            }
        }
    }

    /// The time that a row stands for, in s from time 0 of its trial.
    pub fn second(&self, trial: usize, row: usize) -> f64 {
        let offset = self.offsets.get(trial).copied().unwrap_or(0.0);
        (offset + self.centre(trial, row) as f64) / self.recording_rate_hz
    }

    /// Rows per second in Hz; of times that are not equally far apart 1, as in Syncopy, where only their coordinates say more.
    pub fn sample_rate_hz(&self) -> f64 {
        self.sample_rate_hz
    }

    /// Whether the config lists the times.
    pub fn is_list(&self) -> bool {
        matches!(self.rule, Rule::At(_) | Rule::Before(_))
    }

    /// Whether rows are equally far apart in time, so that their sample rate says all.
    pub fn are_even(&self) -> bool {
        match &self.rule {
            Rule::At(times) | Rule::Before(times) => are_even(times, self.recording_rate_hz),
            _ => true,
        }
    }

    /// Samples from the centre of a row to that of the row `n_rows` further on, at most.
    pub fn reach(&self, n_rows: usize) -> usize {
        match &self.rule {
            Rule::Whole | Rule::Averaged => 0,
            Rule::Every { step, .. } | Rule::Multiples { step, .. } => step.saturating_mul(n_rows),
            Rule::At(times) | Rule::Before(times) => {
                let n_rows = n_rows.min(times.len() - 1);
                let spans = times.iter().zip(&times[n_rows..]);
                let longest = spans.map(|(first, last)| last - first).fold(0.0, f64::max);
                (longest * self.recording_rate_hz).ceil() as usize + 1
            }
        }
    }

    /// What the trial definition has as the offset of a trial: the first row's place relative to time 0, in rows.
    pub fn offset(&self, trial: &Trial, place: usize) -> f64 {
        match &self.rule {
            Rule::Whole => trial.offset,
            Rule::Averaged => 0.0,
            Rule::Every { first, step } => (trial.offset + *first as f64) / *step as f64,
            Rule::Multiples { step, .. } => {
                (trial.offset + self.centre(place, 0) as f64) / *step as f64
            }
            Rule::At(times) | Rule::Before(times) => times[0] * self.sample_rate_hz,
        }
    }

    /// The same of an average over trials, of which `first` is the first trial.
    pub fn average_offset(&self, first: &Trial) -> f64 {
        match &self.rule {
            Rule::Multiples { span, .. } => span.start as f64,
            _ => self.offset(first, 0),
        }
    }
}

/// Two samples meet when they are no further apart than this part of one.
const MEETING: f64 = 1e-6;

/// The part of a sample, from −½ to below ½, by which all trials miss whole samples from time 0.
fn common_fraction(trials: &[Trial]) -> Option<f64> {
    let fraction = |trial: &Trial| trial.offset + (0.5 - trial.offset).floor();
    let first = trials.first().map_or(0.0, fraction);
    let is_same = |trial: &Trial| (fraction(trial) - first).abs() < MEETING;
    trials.iter().all(is_same).then_some(first)
}

/// A sample as a whole number, however far away a file says it is.
fn whole(sample: f64) -> i64 {
    sample.clamp(-MAX_OFFSET_SAMPLES, MAX_OFFSET_SAMPLES) as i64
}

/// Times per second, when they are equally far apart.
fn rate_of_list(times: &[f64], fs: f64) -> f64 {
    match times {
        [first, second, ..] if are_even(times, fs) => 1.0 / (second - first),
        [_, _, ..] => 1.0,
        _ => fs,
    }
}

/// Whether the times of a list are equally far apart.
fn are_even(times: &[f64], fs: f64) -> bool {
    let mut steps = times.windows(2).map(|pair| pair[1] - pair[0]);
    let first = steps.next().unwrap_or(0.0);
    steps.all(|step| (step - first).abs() < SAME_STEP / fs)
}

#[cfg(test)]
mod tests;
