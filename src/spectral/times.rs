//! The stacking axis in time: which rows every trial has, what sample and second a row stands for, where rows of trials meet in
//! averages, and how Syncopy's trial definition says that. Rows of all trials lie one below the other, and a trial may have another
//! number of them than the next.

use std::ops::Range;

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

/// The rows of a trial at multiples of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Multiples {
    /// The multiple that its first row is.
    first: i64,
    /// The sample of the trial that is next to time 0.
    zero: i64,
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
/// Times as many rows as one trial has that averages have of trials which hardly meet.
const HARDLY: usize = 10;
/// Samples that time 0 may lie away from a trial: sums with them fit 64 bits.
const FARTHEST: f64 = 1e18;

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

    /// What is said of averages over trials that hardly meet: they are as long as all trials together.
    pub fn remark_of_averages(&self, averaging: Option<&Averaging>) -> Option<Remark> {
        let n_rows = self.n_average_rows();
        let is_long = n_rows > self.most_rows().saturating_mul(HARDLY);
        (averaging.is_some() && is_long).then(|| {
            Remark::Warning(format!(
                "averages are taken at equal times, of which trials have {n_rows} together and {} each at most: is their time 0 what \
                 it should be? compat = \"syncopy\" averages row by row",
                self.most_rows()
            ))
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
                multiple as f64 * *step as f64 / self.recording_rate_hz
            }
            Rule::At(times) => {
                (times[row] * self.recording_rate_hz).round() / self.recording_rate_hz
            }
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

impl Multiples {
    /// Those of a trial, and how many there are.
    fn of(trial: &Trial, steps: Steps) -> (Multiples, usize) {
        // the multiple m of the step lies at m · step − offset samples: rounding moves all of them alike
        let zero = (0.5 - trial.offset).floor().clamp(-FARTHEST, FARTHEST) as i64;
        let step = steps.step as i64;
        let first = (steps.before as i64 - zero).div_euclid(step);
        let is_multiple = (steps.before as i64 - zero).rem_euclid(step) == 0;
        let first = first + i64::from(!is_multiple);
        let end = trial.n_samples as i64 - steps.behind as i64;
        let rest = end - (first * step + zero);
        let n_rows = if rest > 0 { (rest - 1) / step + 1 } else { 0 };
        (Multiples { first, zero }, n_rows as usize)
    }
}

/// From the first multiple that a trial has to behind the last; one where no trial has any.
fn span(trials: &[Multiples], n_rows: &[usize]) -> Range<i64> {
    let with_rows = trials.iter().zip(n_rows).filter(|(_, n)| **n > 0);
    let spans = with_rows.map(|(trial, &n)| trial.first..trial.first + n as i64);
    let all = spans.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
    all.unwrap_or(0..1)
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

    /// Rows that are counted from the first sample, as in Syncopy.
    fn counted(lengths: &[usize], toi: Toi, step: usize, before: usize, behind: usize) -> Times {
        let steps = Steps {
            step,
            before,
            behind,
            from_zero: false,
        };
        Times::of(&recording(lengths), &toi, steps, Compat::Syncopy)
    }

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

    fn trial(offset: f64) -> Trial {
        Trial {
            offset,
            ..recording(&[1]).trials.remove(0)
        }
    }

    /// Trials that begin at these samples from time 0, of these lengths.
    fn begun(trials: &[(f64, usize)]) -> Recording {
        let lengths: Vec<usize> = trials.iter().map(|(_, n)| *n).collect();
        let mut all = recording(&lengths);
        let offsets = trials.iter().map(|(offset, _)| *offset);
        for (trial, offset) in all.trials.iter_mut().zip(offsets) {
            trial.offset = offset;
        }
        all
    }

    fn at_multiples(recording: &Recording, step: usize, before: usize, behind: usize) -> Times {
        let steps = Steps {
            step,
            before,
            behind,
            from_zero: true,
        };
        Times::of(recording, &Toi::Overlap(0.5), steps, Compat::None)
    }

    #[test]
    fn rows_lie_at_multiples_of_the_step_from_time_zero_and_meet_in_averages() {
        let recording = begun(&[(-300.0, 600), (-250.0, 550), (-203.0, 700), (-7.0, 3)]);
        let times = at_multiples(&recording, 50, 0, 0);
        let seconds = |trial| Vec::from_iter((0..2).map(|row| times.second(trial, row)));
        assert_eq!(seconds(0), [-0.6, -0.5]);
        assert_eq!(
            (seconds(1), seconds(2)),
            (vec![-0.5, -0.4], vec![-0.4, -0.3])
        );
        let n_rows = Vec::from_iter((0..4).map(|trial| times.rows(trial).len()));
        // from -300 to 250, from -250 to 250, from -200 to 450; no multiple lies in the last
        assert_eq!(n_rows, [12, 11, 14, 0]);
        assert_eq!(
            [0, 1, 2, 3].map(|trial| times.average_row(trial)),
            [0, 1, 2, 0]
        );
        assert_eq!(times.n_average_rows(), 16);
        assert_eq!(
            (times.average_second(0), times.average_second(6)),
            (-0.6, 0.0)
        );
        assert_eq!(times.average_offset(&recording.trials[0]), -6.0);
        assert_eq!(times.centre(2, 0), 3);
    }

    #[test]
    fn windows_that_have_to_lie_in_their_trial_leave_out_both_ends() {
        let times = at_multiples(&begun(&[(-100.0, 200)]), 50, 20, 19);
        // from -80 to 80
        assert_eq!(times.rows(0).len(), 3);
        assert_eq!((times.centre(0, 0), times.centre(0, 2)), (50, 150));
        let none = at_multiples(&begun(&[(10.0, 39)]), 50, 20, 19);
        assert_eq!((none.rows(0).len(), none.n_average_rows()), (0, 1));
    }

    #[test]
    fn trials_whose_samples_miss_time_zero_by_half_a_sample_meet_at_the_next_and_far_ones_do_no_harm()
     {
        let times = at_multiples(&begun(&[(-100.5, 200), (-100.0, 200)]), 1, 0, 0);
        assert_eq!([0, 1].map(|trial| times.average_row(trial)), [0, 1]);
        assert_eq!((times.centre(0, 0), times.second(0, 0)), (0, -0.201));
        let far = at_multiples(&begun(&[(-1e300, 5), (1e300, 5)]), 3, 0, 0);
        assert!(far.n_average_rows() > 1 << 58);
    }

    #[test]
    fn rows_of_unequal_trials_follow_each_other() {
        let times = counted(&[1000, 10, 101], Toi::Overlap(0.5), 50, 0, 0);
        let rows: Vec<_> = (0..3).map(|trial| times.rows(trial)).collect();
        assert_eq!(rows, [0..20, 20..21, 21..24]);
        assert_eq!(
            (times.n_rows(), times.most_rows(), times.fewest_rows()),
            (24, 20, 1)
        );
        assert_eq!(times.centre(2, 2), 100);
        assert_eq!(times.second(0, 5), 0.0);
        assert_eq!(
            (times.sample_rate_hz(), times.offset(&trial(-250.0), 0)),
            (10.0, -5.0)
        );
    }

    #[test]
    fn rows_may_leave_out_samples_at_both_ends() {
        let times = counted(&[100, 60], Toi::All, 1, 25, 24);
        assert_eq!([times.rows(0), times.rows(1)], [0..51, 51..62]);
        assert_eq!((times.centre(0, 0), times.centre(0, 50)), (25, 75));
        assert_eq!(times.offset(&trial(-250.0), 0), -225.0);
    }

    #[test]
    fn listed_times_are_the_nearest_samples_and_their_rate_is_told_when_they_have_one() {
        let even = Toi::At(vec![-0.2, 0.1, 0.4]);
        let times = counted(&[1000, 1000], even, 1, 0, 0);
        let centres: Vec<_> = (0..3).map(|row| times.centre(1, row)).collect();
        assert_eq!(centres, [150, 300, 450]);
        assert_eq!(times.rows(1), 3..6);
        assert_eq!((times.sample_rate_hz() * 3.0).round(), 10.0);
        assert!((times.offset(&trial(0.0), 0) + 2.0 / 3.0).abs() < 1e-12);
        assert!(are_even(&[-0.2, 0.1, 0.4], 500.0) && !are_even(&[0.0, 0.1, 0.7], 500.0));

        let uneven = counted(&[1000], Toi::At(vec![0.0, 0.1, 0.7]), 1, 0, 0);
        assert_eq!(uneven.sample_rate_hz(), 1.0);
        let single = counted(&[1000], Toi::At(vec![0.1]), 1, 0, 0);
        assert_eq!(
            (single.sample_rate_hz(), single.offset(&trial(0.0), 0)),
            (500.0, 50.0)
        );
    }

    #[test]
    fn syncopys_wavelets_take_the_sample_before_also_of_a_time_that_misses_one_by_rounding() {
        let listed = Toi::At(vec![-0.4, -0.38, 0.0, 0.003]);
        let times = counted(&[1000], listed, 1, 0, 0);
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
        assert_eq!(times.offset(&trial(-250.0), 0), -250.0);
    }
}
