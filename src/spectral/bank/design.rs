//! A bank settled against a recording: its filters, the times they are wanted at, the length of the FFT.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::{Map, Value};

use super::convolution::Convolution;
use super::footprint;
use super::kernel::{Filter, Kernel};
use super::options::{Edges, Options, Scaling};
use crate::recording::Recording;
use crate::setting::Refusal;
use crate::spectral::Describe;
use crate::spectral::detrend::Detrend;
use crate::spectral::layout::{BlockLayout, Frequencies};
use crate::spectral::quantity::Quantity;
use crate::spectral::remark::Remark;
use crate::spectral::times::Times;
use crate::spectral::toi::{Toi, check_span, outside};

/// Everything that numbers depend on, but the samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Design<K> {
    pub(super) filters: Vec<Filter<K>>,
    pub(super) quantity: Quantity,
    pub(super) detrend: Detrend,
    pub(super) scaling: Scaling,
    edges: Edges,
    pub(super) sample_rate_hz: f64,
    pub(super) times: Times,
    /// Samples of every trial.
    n_samples: Vec<usize>,
    has_list: bool,
    /// Samples of the longest stretch that is convolved.
    pub(super) longest: usize,
    /// The FFTs, and which filters have which.
    pub(super) convolutions: Vec<Convolution>,
    keeptrials: bool,
    remarks: Vec<Remark>,
}

impl<K: Kernel> Design<K> {
    /// Checks the options against the recording.
    ///
    /// # Errors
    /// Times that the recording does not have; averages of what cannot be averaged.
    pub fn new(
        options: &Options,
        filters: Vec<Filter<K>>,
        recording: &Recording,
        remarks: Vec<Remark>,
    ) -> Result<Design<K>, Refusal> {
        check_span(&options.toi, recording)?;
        let fs = recording.sample_rate_hz;
        let times = Times::of(recording, &options.toi.value, 1, 0, 0);
        let times = match options.edges {
            Edges::Zero => times.before(),
            Edges::Trial => times,
        };
        if !times.are_even() {
            let expected = "expected \"all\" or times that are equally far apart, as wavelets need them in Syncopy";
            return Err(options.toi.refuse(expected));
        }
        times.check_averages(&options.keeptrials)?;
        let mut design = Design {
            filters,
            quantity: options.quantity,
            detrend: options.detrend,
            scaling: options.scaling,
            edges: options.edges,
            sample_rate_hz: fs,
            times,
            n_samples: recording
                .trials
                .iter()
                .map(|trial| trial.n_samples)
                .collect(),
            has_list: matches!(options.toi.value, Toi::At(_)),
            longest: 0,
            convolutions: Vec::new(),
            keeptrials: options.keeptrials.value,
            remarks,
        };
        let trials = 0..design.n_samples.len();
        design.longest = trials
            .map(|trial| design.span(trial).len())
            .max()
            .unwrap_or(0)
            .max(1);
        design.convolutions = design.convolutions_of_filters();
        let n_outside = design.n_trials_short_of_times();
        if n_outside > 0 {
            design.remarks.push(outside(&options.toi, n_outside));
        }
        Ok(design)
    }

    fn convolutions_of_filters(&self) -> Vec<Convolution> {
        let of_filter = |filter: &Filter<K>| {
            let kernels = filter.kernels.iter();
            kernels.map(|(kernel, _)| self.reach(kernel)).collect()
        };
        let reaches: Vec<Vec<usize>> = self.filters.iter().map(of_filter).collect();
        Convolution::of_reaches(self.longest, &reaches)
    }

    /// Trials in which some of the times do not lie.
    fn n_trials_short_of_times(&self) -> usize {
        let n_inside = |trial: usize| self.outputs(trial).count();
        let trials = 0..self.n_samples.len();
        let is_short = |trial: &usize| n_inside(*trial) < self.times.rows(*trial).len();
        trials.filter(is_short).count()
    }

    /// The same with fewer filters, of fewer kernels, so that a trial of `n_samples` takes about this much work.
    pub(in crate::spectral) fn with_less_work(&self, n_samples: usize, most: u64) -> Design<K> {
        let too_much = (self.cost(n_samples, 0) / most.max(1) + 1) as usize;
        let mut design = self.clone();
        let step = too_much.min(self.filters.len()).max(1);
        let filters = self.filters.iter().skip(step / 2).step_by(step);
        let fewer = (too_much / step).max(1);
        let part = |filter: &Filter<K>| Filter {
            kernels: filter.kernels.iter().step_by(fewer).copied().collect(),
            ..*filter
        };
        design.filters = filters.map(part).collect();
        design.convolutions = design.convolutions_of_filters();
        design
    }

    /// The samples of a trial that are convolved: with a list of times those from the first to the last, unless the rest of the
    /// trial counts too.
    pub(super) fn span(&self, trial: usize) -> Range<usize> {
        let n = self.n_samples[trial];
        let n_rows = self.times.rows(trial).len();
        if !self.has_list || self.edges == Edges::Trial || n_rows == 0 {
            return 0..n;
        }
        let first = self.times.centre(trial, 0).clamp(0, n as i64) as usize;
        let last = self.times.centre(trial, n_rows - 1) + 1;
        first..(last.clamp(0, n as i64) as usize).max(first)
    }

    /// Samples that a kernel reaches to either side; those further off than the trial is long never meet it.
    fn reach(&self, kernel: &K) -> usize {
        let n_points = kernel.n_points(self.sample_rate_hz).ceil();
        ((n_points / 2.0).floor() as usize).min(self.longest - 1)
    }

    /// Whether some filter has several kernels.
    pub(super) fn has_means(&self) -> bool {
        self.filters.iter().any(|filter| filter.kernels.len() > 1)
    }

    /// Frequencies in Hz and kernels of the filters at these places.
    pub(super) fn kernels(&self, filters: &[usize]) -> impl Iterator<Item = (f64, &K)> {
        let filters = filters.iter().map(|&f| &self.filters[f]);
        filters.flat_map(|filter| {
            let kernels = filter.kernels.iter();
            kernels.map(|(kernel, _)| (filter.hz, kernel))
        })
    }

    /// The samples, counted from the first that is convolved, that the rows of a trial stand for; only those in the trial.
    pub(super) fn outputs(&self, trial: usize) -> impl Iterator<Item = (usize, usize)> {
        let first = self.span(trial).start as i64;
        let within = 0..self.n_samples[trial] as i64;
        let rows = 0..self.times.rows(trial).len();
        rows.filter_map(move |row| {
            let centre = self.times.centre(trial, row);
            within
                .contains(&centre)
                .then(|| (row, (centre - first) as usize))
        })
    }

    /// The samples that rows of any trial stand for, rising, counted as in [`Design::outputs`].
    pub(super) fn all_outputs(&self) -> Vec<usize> {
        if !self.has_list {
            return (0..self.longest).collect();
        }
        let trials = 0..self.n_samples.len();
        let outputs = trials.flat_map(|trial| self.outputs(trial));
        let outputs: BTreeSet<usize> = outputs.map(|(_, sample)| sample).collect();
        outputs.into_iter().collect()
    }

    /// Samples of the longest trial.
    pub(super) fn longest_trial(&self) -> usize {
        self.n_samples.iter().max().copied().unwrap_or(0)
    }
}

impl<K: Kernel> Describe for Design<K> {
    fn block_layout(&self) -> BlockLayout {
        let unit = match self.quantity {
            Quantity::Pow => "unit^2",
            Quantity::Angle => "rad",
            _ => "unit",
        };
        BlockLayout::of_spectra(
            self.quantity.element(),
            unit,
            self.times.clone(),
            vec!["None".to_owned()],
            Frequencies::List(self.filters.iter().map(|filter| filter.hz).collect()),
        )
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn choices(&self) -> Map<String, Value> {
        let mut choices = Map::new();
        let scaling = match self.scaling {
            Scaling::Spectrum => "spectrum",
            Scaling::Amplitude => "amplitude",
        };
        let edges = match self.edges {
            Edges::Zero => "zero",
            Edges::Trial => "trial",
        };
        choices.insert("scaling".into(), scaling.into());
        choices.insert("edges".into(), edges.into());
        choices
    }

    fn averages_trials(&self) -> bool {
        !self.keeptrials
    }

    fn n_tapers(&self) -> usize {
        1
    }

    fn fixed_bytes(&self, real_bytes: usize) -> u128 {
        footprint::bytes(self, real_bytes)
    }

    fn cost(&self, n_samples: usize, _n_rows: usize) -> u64 {
        let all = self.convolutions.iter().map(|c| c.work(n_samples));
        all.fold(n_samples as u64, u64::saturating_add)
    }
}
