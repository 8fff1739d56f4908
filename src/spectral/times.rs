//! The stacking axis in time: which rows every trial has, what sample and second a row stands for, and how Syncopy's trial
//! definition says that. Rows of all trials lie one below the other, and a trial may have another number of them than the
//! next.

use std::ops::Range;

use super::toi::Toi;
use crate::recording::Recording;
use crate::setting::{Refusal, Setting};

/// The rows of all trials.
#[derive(Clone, Debug, PartialEq)]
pub struct Times {
    rule: Rule,
    /// Where the rows of every trial begin, and where those of the last one end; empty where a trial is a row.
    starts: Vec<usize>,
    n_trials: usize,
    /// Sample number of every trial's first sample relative to its time 0; empty where a trial is a row.
    offsets: Vec<f64>,
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
    /// For every `step`-th sample from `first` on.
    Every { first: usize, step: usize },
    /// For those next to these times in s.
    At(Vec<f64>),
    /// For those at or before these times, as Syncopy's wavelets have them: where a product falls just below a whole number, a
    /// sample early.
    Before(Vec<f64>),
}

/// Two times are as far apart as two others when their distances differ by less than this part of a sample: times in a config
/// are decimal fractions.
const SAME_STEP: f64 = 1e-3;

impl Times {
    /// One row for every trial, which has the sample rate of the recording, as spectra of whole trials have in Syncopy.
    pub fn whole(recording: &Recording) -> Times {
        Times {
            rule: Rule::Whole,
            starts: Vec::new(),
            n_trials: recording.trials.len(),
            offsets: Vec::new(),
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
            offsets: Vec::new(),
            ..self
        }
    }

    /// The rows that `toi` asks for: all samples, every `step`-th sample, or the times of a list. `first` and `n_behind` are
    /// samples at the start and the end of a trial that get no row, but where there is a list.
    ///
    /// # Panics
    /// If `step` is zero.
    pub fn of(
        recording: &Recording,
        toi: &Toi,
        step: usize,
        first: usize,
        n_behind: usize,
    ) -> Times {
        let fs = recording.sample_rate_hz;
        let trials = &recording.trials;
        let every = |n: usize| n.saturating_sub(first + n_behind).div_ceil(step);
        let (rule, sample_rate_hz) = match toi {
            Toi::At(times) => (Rule::At(times.clone()), rate_of_list(times, fs)),
            _ if step == 1 => (Rule::Every { first, step }, fs),
            // rounded as in Syncopy
            _ => (
                Rule::Every { first, step },
                (fs / step as f64 * 100.0).round() / 100.0,
            ),
        };
        let n_rows = |n_samples: usize| match &rule {
            Rule::At(times) | Rule::Before(times) => times.len(),
            _ => every(n_samples),
        };
        let mut end = 0;
        let mut starts = vec![0];
        starts.extend(trials.iter().map(|trial| {
            end += n_rows(trial.n_samples);
            end
        }));
        Times {
            rule,
            starts,
            n_trials: trials.len(),
            offsets: trials.iter().map(|trial| trial.offset).collect(),
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
        match self.are_whole() {
            true => trial..trial + 1,
            false => self.starts[trial]..self.starts[trial + 1],
        }
    }

    /// Rows of all trials.
    pub fn n_rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(self.n_trials)
    }

    /// Rows of the trial that has most.
    pub fn most_rows(&self) -> usize {
        let lens = self.starts.windows(2).map(|pair| pair[1] - pair[0]);
        lens.max().unwrap_or(1)
    }

    /// Rows of the trial that has fewest.
    pub fn fewest_rows(&self) -> usize {
        let lens = self.starts.windows(2).map(|pair| pair[1] - pair[0]);
        lens.min().unwrap_or(1)
    }

    /// Checks that trials can be averaged, where they are not kept.
    ///
    /// # Errors
    /// Trials with different numbers of times.
    pub fn check_averages(&self, keeptrials: &Setting<bool>) -> Result<(), Refusal> {
        let (fewest, most) = (self.fewest_rows(), self.most_rows());
        if keeptrials.value || fewest == most {
            return Ok(());
        }
        Err(keeptrials.refuse(format!(
            "trials have from {fewest} to {most} times, which cannot be averaged over trials; expected keeptrials = true, or as \
             many times in every trial"
        )))
    }

    /// The sample of the trial, counted from its first, that a row stands for; outside of the trial where a list says so.
    pub fn centre(&self, trial: usize, row: usize) -> i64 {
        match &self.rule {
            Rule::Whole | Rule::Averaged => 0,
            Rule::Every { first, step } => (first + row * step) as i64,
            Rule::At(times) => {
                (times[row] * self.recording_rate_hz - self.offsets[trial]).round() as i64
            }
            Rule::Before(times) => {
                let fs = self.recording_rate_hz;
                let start = self.offsets[trial] / fs;
                // in Syncopy's order of operations
                let first = (fs * (times[0] - start)).floor();
                (first + (fs * (times[row] - start) - first).floor()) as i64
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
            Rule::Every { step, .. } => step.saturating_mul(n_rows),
            Rule::At(times) | Rule::Before(times) => {
                let n_rows = n_rows.min(times.len() - 1);
                let spans = times.iter().zip(&times[n_rows..]);
                let longest = spans.map(|(first, last)| last - first).fold(0.0, f64::max);
                (longest * self.recording_rate_hz).ceil() as usize + 1
            }
        }
    }

    /// What the trial definition has as the offset of a trial, of which the recording has `offset`: the first row's place
    /// relative to time 0, in rows.
    pub fn offset(&self, offset: f64) -> f64 {
        match &self.rule {
            Rule::Whole => offset,
            Rule::Averaged => 0.0,
            Rule::Every { first, step } => (offset + *first as f64) / *step as f64,
            Rule::At(times) | Rule::Before(times) => times[0] * self.sample_rate_hz,
        }
    }
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
mod tests {
    use super::*;
    use crate::recording::Trial;

    fn recording(lengths: &[usize]) -> Recording {
        let trial = |(number, &n_samples): (usize, &usize)| Trial {
            number,
            start: 0,
            n_samples,
            offset: -250.0,
            info: Vec::new(),
        };
        Recording {
            sample_rate_hz: 500.0,
            channels: Vec::new(),
            trials: lengths.iter().enumerate().map(trial).collect(),
            is_double: false,
            trialinfo: Vec::new(),
        }
    }

    #[test]
    fn rows_of_unequal_trials_follow_each_other() {
        let times = Times::of(&recording(&[1000, 10, 101]), &Toi::Overlap(0.5), 50, 0, 0);
        let rows: Vec<_> = (0..3).map(|trial| times.rows(trial)).collect();
        assert_eq!(rows, [0..20, 20..21, 21..24]);
        assert_eq!(
            (times.n_rows(), times.most_rows(), times.fewest_rows()),
            (24, 20, 1)
        );
        assert_eq!(times.centre(2, 2), 100);
        assert_eq!(times.second(0, 5), 0.0);
        assert_eq!((times.sample_rate_hz(), times.offset(-250.0)), (10.0, -5.0));
    }

    #[test]
    fn rows_may_leave_out_samples_at_both_ends() {
        let times = Times::of(&recording(&[100, 60]), &Toi::All, 1, 25, 24);
        assert_eq!([times.rows(0), times.rows(1)], [0..51, 51..62]);
        assert_eq!((times.centre(0, 0), times.centre(0, 50)), (25, 75));
        assert_eq!(times.offset(-250.0), -225.0);
    }

    #[test]
    fn listed_times_are_the_nearest_samples_and_their_rate_is_told_when_they_have_one() {
        let even = Toi::At(vec![-0.2, 0.1, 0.4]);
        let times = Times::of(&recording(&[1000, 1000]), &even, 1, 0, 0);
        let centres: Vec<_> = (0..3).map(|row| times.centre(1, row)).collect();
        assert_eq!(centres, [150, 300, 450]);
        assert_eq!(times.rows(1), 3..6);
        assert_eq!((times.sample_rate_hz() * 3.0).round(), 10.0);
        assert!((times.offset(0.0) + 2.0 / 3.0).abs() < 1e-12);
        assert!(are_even(&[-0.2, 0.1, 0.4], 500.0) && !are_even(&[0.0, 0.1, 0.7], 500.0));

        let uneven = Times::of(&recording(&[1000]), &Toi::At(vec![0.0, 0.1, 0.7]), 1, 0, 0);
        assert_eq!(uneven.sample_rate_hz(), 1.0);
        let single = Times::of(&recording(&[1000]), &Toi::At(vec![0.1]), 1, 0, 0);
        assert_eq!((single.sample_rate_hz(), single.offset(0.0)), (500.0, 50.0));
    }

    #[test]
    fn syncopys_wavelets_take_the_sample_before_also_of_a_time_that_misses_one_by_rounding() {
        let listed = Toi::At(vec![-0.4, -0.38, 0.0, 0.003]);
        let times = Times::of(&recording(&[1000]), &listed, 1, 0, 0);
        let centres = |times: &Times| (0..4).map(|row| times.centre(0, row)).collect::<Vec<_>>();
        assert_eq!(centres(&times), [50, 60, 250, 252]);
        // 500 · (-0.4 + 0.5) is below 50
        assert_eq!(centres(&times.before()), [49, 60, 250, 251]);
    }

    #[test]
    fn a_trial_is_one_row_of_a_spectrum() {
        let times = Times::whole(&recording(&[10, 20]));
        assert_eq!(
            (times.rows(1), times.n_rows(), times.most_rows()),
            (1..2, 2, 1)
        );
        assert_eq!(times.offset(-250.0), -250.0);
    }
}
