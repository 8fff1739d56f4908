//! A bank settled against a recording: its filters, the times they are wanted at, the length of the FFT.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::{Map, Value};

use super::convolution::Convolution;
use super::fitting::{ROUNDING, room_of};
use super::footprint;
use super::kernel::{Filter, Kernel};
use super::options::{Edges, Options, Scaling};
use crate::phrase::{hz, number, rounded};
use crate::recording::Recording;
use crate::setting::Refusal;
use crate::spectral::Describe;
use crate::spectral::averaging::Averaging;
use crate::spectral::compat::Compat;
use crate::spectral::detrend::Detrend;
use crate::spectral::layout::{BlockLayout, Frequencies};
use crate::spectral::quantity::Quantity;
use crate::spectral::remark::Remark;
use crate::spectral::times::Times;
use crate::spectral::toi::{Toi, outside, uneven};

/// Everything that numbers depend on, but the samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Design<K> {
    pub(super) filters: Vec<Filter<K>>,
    /// Samples to either side that the numbers of every filter depend on.
    pub(super) reaches: Vec<f64>,
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
    averaging: Option<Averaging>,
    pub(super) compat: Compat,
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
        let fs = recording.sample_rate_hz;
        let times = options.times(recording);
        let mut remarks = remarks;
        if !times.are_even() {
            if options.compat.is_syncopy() {
                let expected = "expected \"all\" or times that are equally far apart, as wavelets need them in Syncopy";
                return Err(options.toi.refuse(expected));
            }
            remarks.push(uneven(&options.toi));
        }
        times.check_averages(&options.averages.keeptrials)?;
        let averaging = options.averages.settle(
            recording,
            options.quantity,
            options.compat,
            options.edges == Edges::Nan,
        )?;
        remarks.extend(times.remarks_of_averages(averaging.as_ref()));
        let mut design = Design {
            filters,
            reaches: Vec::new(),
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
            averaging,
            compat: options.compat,
            remarks,
        };
        let trials = 0..design.n_samples.len();
        design.longest = trials
            .map(|trial| design.span(trial).len())
            .max()
            .unwrap_or(0)
            .max(1);
        design.convolutions = design.convolutions_of_filters();
        design.reaches = design.reaches_of();
        let n_outside = design.n_trials_short_of_times();
        if n_outside > 0 {
            design.remarks.push(outside(&options.toi, n_outside));
        }
        let widest = design
            .filters
            .iter()
            .max_by(|a, b| a.reach_s().total_cmp(&b.reach_s()));
        if let (Edges::Nan, Some(widest)) = (design.edges, widest) {
            design.remarks.push(Remark::Note(format!(
                "edges = \"nan\": times within 3 σ of a wavelet of the ends of a trial are NaN, {} s at {}",
                number(rounded(widest.reach_s())),
                hz(widest.hz)
            )));
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
        design.reaches = design.reaches_of();
        design
    }

    /// The samples of a trial that are convolved: with a list of times those from the first to the last, unless the rest of the
    /// trial counts too.
    pub(super) fn span(&self, trial: usize) -> Range<usize> {
        let n = self.n_samples[trial];
        let n_rows = self.times.rows(trial).len();
        if !self.has_list || self.edges != Edges::Cut || n_rows == 0 {
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

    /// Samples from each of these rows of a trial to the nearer end of the trial, where numbers that depend on what lies beyond are
    /// NaN.
    pub(super) fn room(&self, trial: usize, row: usize) -> Option<f64> {
        let centre = self.times.centre(trial, row);
        let last = self.n_samples[trial] as i64 - 1;
        (self.edges == Edges::Nan).then(|| room_of(centre, last) as f64)
    }

    /// Samples to either side of a time within which the numbers of every filter depend on the samples.
    fn reaches_of(&self) -> Vec<f64> {
        let filters = self.filters.iter();
        filters
            .map(|filter| filter.reach_s() * self.sample_rate_hz)
            .collect()
    }

    /// Samples of the longest trial.
    pub(super) fn longest_trial(&self) -> usize {
        self.n_samples.iter().max().copied().unwrap_or(0)
    }
}

/// Whether a kernel that reaches so many samples reaches beyond a trial with room for so many.
pub(super) fn is_beyond(reach: f64, room: f64) -> bool {
    reach > room + ROUNDING
}

impl<K: Kernel> Describe for Design<K> {
    fn block_layout(&self) -> BlockLayout {
        let unit = match self.quantity {
            Quantity::Pow => "unit^2",
            Quantity::Angle => "rad",
            _ => "unit",
        };
        let of_phase = match self.compat {
            Compat::None => "time of the row",
            Compat::Syncopy => "time of the row, to half a sample",
        };
        let layout = BlockLayout::of_spectra(
            self.quantity.element(),
            unit,
            self.times.clone(),
            vec!["None".to_owned()],
            Frequencies::List(self.filters.iter().map(|filter| filter.hz).collect()),
        );
        BlockLayout {
            averaging: self.averaging.clone(),
            phase_reference: self.quantity.has_phase().then_some(of_phase),
            cone_of_influence: Some(self.filters.iter().map(Filter::reach_s).collect()),
            ..layout
        }
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
        choices.insert("scaling".into(), scaling.into());
        choices.insert("edges".into(), self.edges.word().into());
        choices.insert("compat".into(), self.compat.word().into());
        if let Some(averaging) = &self.averaging {
            averaging.record(&mut choices);
        }
        choices
    }

    fn n_tapers(&self) -> usize {
        1
    }

    fn fixed_bytes(&self, real_bytes: usize) -> u128 {
        footprint::bytes(self, real_bytes)
    }

    fn has_number(&self, trial: usize, row: usize, freq: usize) -> bool {
        let centre = self.times.centre(trial, row);
        let lies_in = (0..self.n_samples[trial] as i64).contains(&centre);
        let room = self.room(trial, row);
        lies_in && !room.is_some_and(|room| is_beyond(self.reaches[freq], room))
    }

    fn cost(&self, n_samples: usize, _n_rows: usize) -> u64 {
        let all = self.convolutions.iter().map(|c| c.work(n_samples));
        all.fold(n_samples as u64, u64::saturating_add)
    }
}
