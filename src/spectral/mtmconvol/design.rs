//! mtmconvol settled against a recording: windows, their centres, and the design that estimates each of them.

use std::ops::Range;

use serde_json::{Map, Value};

use super::options::{Edges, Options};
use crate::phrase::{number, rounded};
use crate::recording::Recording;
use crate::setting::Refusal;
use crate::spectral::Describe;
use crate::spectral::compat::Compat;
use crate::spectral::detrend::Detrend;
use crate::spectral::frequencies::Grid;
use crate::spectral::layout::BlockLayout;
use crate::spectral::mtmfft::{self, OfWindows, finer, padded_to};
use crate::spectral::phase::Reference;
use crate::spectral::remark::Remark;
use crate::spectral::tapering::Lengths;
use crate::spectral::times::{Steps, Times};
use crate::spectral::toi::{Toi, check_span, outside, uneven};

/// A length or an overlap that lies less than this below a whole number of samples is meant to be one: 0.29 s at 100 Hz are 29
/// samples, though 0.29 · 100 is less in binary numbers.
const WHOLE: f64 = 1e-6;

/// Where windows lie that are a step apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// Around multiples of the step from time 0.
    TimeZero,
    /// From the first sample of the trial on.
    FirstSample,
}

/// Everything that mtmconvol's numbers depend on, but the samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    /// How a window is estimated.
    pub(super) window: mtmfft::Design,
    /// Samples of a window.
    pub(super) n_window: usize,
    pub(super) edges: Edges,
    /// Whether windows are detrended with the zeros that they are filled up with, as in Syncopy.
    pub(super) detrends_zeros: bool,
    pub(super) times: Times,
    /// Samples of every trial.
    pub(super) n_samples: Vec<usize>,
    remarks: Vec<Remark>,
}

impl Design {
    /// Checks the options against the recording.
    ///
    /// # Errors
    /// Windows, frequencies, times or a bandwidth that the recording does not allow.
    pub fn new(options: &Options, recording: &Recording) -> Result<Design, Refusal> {
        let aligned = match options.compat {
            Compat::Syncopy => Alignment::FirstSample,
            Compat::None => Alignment::TimeZero,
        };
        let design = Design::aligned(options, recording, aligned)?;
        design.check_rows(options, recording)?;
        design.times.check_averages(&options.averages.keeptrials)?;
        let averaging = design.window.averaging.as_ref();
        let of_averages = design.times.remarks_of_averages(averaging);
        let remarks = design.remarks.iter().cloned().chain(of_averages).collect();
        Ok(Design { remarks, ..design })
    }

    /// The windows, aligned so that those of all trials meet, or that as many as possible lie in each trial.
    ///
    /// # Errors
    /// Windows, frequencies, times or a bandwidth that the recording does not allow.
    pub fn aligned(
        options: &Options,
        recording: &Recording,
        aligned: Alignment,
    ) -> Result<Design, Refusal> {
        let mut remarks = Vec::new();
        let fs = recording.sample_rate_hz;
        let n_window = window(options, recording)?;
        let n_fft = padded_to(&options.pad, n_window, "the window", recording)?;
        let grid = Grid::whole(fs, n_fft).select(&options.wanted)?;
        remarks.extend(grid.remark(&options.wanted));
        remarks.extend(finer(&options.pad, n_fft, n_window, "windows", fs));
        let lengths = Lengths::of_windows(n_window);
        let tapers = options
            .tapering
            .settle(fs, &lengths, options.compat, &mut remarks)?;
        check_span(&options.toi, recording)?;
        let step = match options.toi.value {
            Toi::Overlap(overlap) => {
                let shared = (overlap * n_window as f64 + WHOLE).floor() as usize;
                n_window - shared.min(n_window - 1)
            }
            _ => 1,
        };
        let half = n_window / 2;
        let (before, behind) = match options.edges.value {
            Edges::Drop => (half, n_window - half - 1),
            _ => (0, 0),
        };
        let steps = Steps {
            step,
            before,
            behind,
            from_zero: aligned == Alignment::TimeZero,
        };
        let times = Times::of(recording, &options.toi.value, steps, options.compat);
        let averaging =
            options
                .averages
                .settle(recording, options.quantity.value, options.compat, false)?;
        let windows = OfWindows {
            n_samples: n_window,
            n_fft,
            grid,
            quantity: options.quantity.value,
            detrend: options.detrend,
            tapers,
            keeptapers: options.tapering.keeps_tapers(),
            level: options.level.at(fs),
            reference: match options.compat {
                Compat::Syncopy => Reference::FirstSample,
                Compat::None => Reference::Row(half),
            },
            compat: options.compat,
        };
        let design = Design {
            window: mtmfft::Design::of_windows(windows, times.clone(), averaging),
            n_window,
            edges: options.edges.value,
            detrends_zeros: options.compat.is_syncopy(),
            times,
            n_samples: recording
                .trials
                .iter()
                .map(|trial| trial.n_samples)
                .collect(),
            remarks,
        };
        design.check_list(options, recording)?;
        Ok(Design {
            remarks: design.all_remarks(options, fs),
            ..design
        })
    }

    /// Refuses windows of which none lies in a trial, and trials that are kept without a row.
    fn check_rows(&self, options: &Options, recording: &Recording) -> Result<(), Refusal> {
        if options.compat.is_syncopy() {
            return Ok(());
        }
        let n_trials = self.n_samples.len();
        let has_window = |trial: usize| {
            let rows = 0..self.times.rows(trial).len();
            rows.into_iter().any(|row| self.has_number(trial, row, 0))
        };
        let is_list = matches!(options.toi.value, Toi::At(_));
        if !(0..n_trials).any(has_window) {
            let (key, where_they_lie) = if is_list {
                (options.toi.refuse(""), "they lie around these times")
            } else {
                (
                    options.t_ftimwin.refuse(""),
                    "they lie around multiples of their step from time 0",
                )
            };
            return Err(Refusal {
                what: format!(
                    ": no window lies in a trial as a whole: {where_they_lie}; expected other times or more overlap in toi, a \
                     shorter t_ftimwin, or edges = \"zero\""
                ),
                ..key
            });
        }
        let is_dropped = |trial: &usize| self.times.rows(*trial).is_empty();
        if options.averages.keeptrials.value
            && let Some(trial) = (0..n_trials).find(is_dropped)
        {
            return Err(options.t_ftimwin.refuse(format!(
                "no window lies in trial {}, which would have no row; expected a shorter t_ftimwin, more overlap in toi, or a \
                 selection without such trials",
                recording.trials[trial].number
            )));
        }
        Ok(())
    }

    /// Refuses lists with windows that should be left out.
    fn check_list(&self, options: &Options, recording: &Recording) -> Result<(), Refusal> {
        if options.edges.value == Edges::Drop
            && let Toi::At(times) = &options.toi.value
        {
            for trial in 0..self.n_samples.len() {
                let outside = (0..times.len()).find(|&row| !self.is_inside(trial, row));
                if let Some(row) = outside {
                    return Err(options.edges.refuse(format!(
                        "the window around {} s reaches beyond trial {}; expected other times, or \"nan\" or \"zero\"",
                        number(times[row]),
                        recording.trials[trial].number
                    )));
                }
            }
        }
        Ok(())
    }

    fn all_remarks(&self, options: &Options, fs: f64) -> Vec<Remark> {
        let mut remarks = self.remarks.clone();
        if options.edges.value == Edges::Nan {
            let half = number(rounded(self.n_window as f64 / 2.0 / fs));
            remarks.push(Remark::Note(format!(
                "edges = \"nan\": the first and the last {half} s of a trial, where windows reach beyond it, are NaN"
            )));
        }
        if !self.times.are_even() {
            remarks.push(uneven(&options.toi));
        }
        let is_outside = |trial: usize| {
            let n_rows = self.times.rows(trial).len();
            let lies_in = |row: usize| {
                let centre = self.times.centre(trial, row);
                (0..self.n_samples[trial] as i64).contains(&centre)
            };
            // centres rise
            n_rows > 0 && !(lies_in(0) && lies_in(n_rows - 1))
        };
        let n_outside = (0..self.n_samples.len())
            .filter(|&trial| is_outside(trial))
            .count();
        if n_outside > 0 {
            remarks.push(outside(&options.toi, n_outside));
        }
        remarks
    }

    /// The samples of the window of a row, counted from the trial's first.
    pub(super) fn window_of(&self, trial: usize, row: usize) -> Range<i64> {
        let start = self.times.centre(trial, row) - (self.n_window / 2) as i64;
        start..start + self.n_window as i64
    }

    /// Whether the window of a row lies in its trial.
    pub(super) fn is_inside(&self, trial: usize, row: usize) -> bool {
        let window = self.window_of(trial, row);
        window.start >= 0 && window.end <= self.n_samples[trial] as i64
    }

    /// The same for at most `most` tapers.
    pub(in crate::spectral) fn with_fewer_tapers(&self, most: usize) -> Design {
        Design {
            window: self.window.with_fewer_tapers(most),
            ..self.clone()
        }
    }

    /// What is subtracted from a window.
    pub(super) fn detrend(&self) -> Detrend {
        self.window.detrend()
    }

    /// Rows of every trial.
    pub(in crate::spectral) fn times(&self) -> &Times {
        &self.times
    }
}

/// Samples of a window of `t_ftimwin` seconds.
fn window(options: &Options, recording: &Recording) -> Result<usize, Refusal> {
    let fs = recording.sample_rate_hz;
    // shorter trials have no window, which Syncopy refuses
    let (most, which) = match options.compat {
        Compat::Syncopy => (recording.shortest_trial(), "shortest"),
        Compat::None => (recording.longest_trial(), "longest"),
    };
    let n = (options.t_ftimwin.value * fs + WHOLE).floor();
    if !(n >= 1.0 && n <= most as f64) {
        return Err(options.t_ftimwin.refuse(format!(
            "expected windows of {} s, one sample, to {} s, the {which} trial",
            1.0 / fs,
            most as f64 / fs
        )));
    }
    Ok(n as usize)
}

impl Describe for Design {
    fn block_layout(&self) -> BlockLayout {
        self.window.block_layout()
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn choices(&self) -> Map<String, Value> {
        let mut choices = self.window.choices();
        let word = match self.edges {
            Edges::Zero => "zero",
            Edges::Drop => "drop",
            Edges::Nan => "nan",
        };
        choices.insert("edges".into(), word.into());
        choices
    }

    fn n_tapers(&self) -> usize {
        self.window.n_tapers()
    }

    fn fixed_bytes(&self, real_bytes: usize) -> u128 {
        self.window.fixed_bytes(real_bytes)
    }

    fn cost(&self, _n_samples: usize, n_rows: usize) -> u64 {
        self.window
            .cost(self.n_window, 1)
            .saturating_mul(n_rows as u64)
    }

    fn samples(&self, trial: usize, n_samples: usize, rows: &Range<usize>) -> Range<usize> {
        if rows.is_empty() {
            return 0..0;
        }
        let first = self.window_of(trial, rows.start).start;
        let last = self.window_of(trial, rows.end - 1).end;
        let within = |sample: i64| sample.clamp(0, n_samples as i64) as usize;
        within(first)..within(last)
    }

    fn most_samples(&self, n_samples: usize, n_rows: usize) -> usize {
        let reach = self.times.reach(n_rows.saturating_sub(1));
        // what is read, and one window that is filled up with zeros
        (reach + self.n_window).min(n_samples) + self.n_window
    }

    fn has_number(&self, trial: usize, row: usize, _freq: usize) -> bool {
        let centre = self.times.centre(trial, row);
        let lies_in = (0..self.n_samples[trial] as i64).contains(&centre);
        lies_in && (self.edges != Edges::Nan || self.is_inside(trial, row))
    }

    fn fewest_rows_worth_a_unit(&self) -> Option<usize> {
        let step = self.times.reach(1).max(1);
        Some(self.n_window.div_ceil(step))
    }
}
