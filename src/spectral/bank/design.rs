//! A bank settled against a recording: its filters, the times they are wanted at, the length of the FFT.

use std::ops::Range;

use num_complex::Complex;
use serde_json::{Map, Value};

use super::convolution::{fft_len, made_bytes};
use super::options::{Edges, Options, Scaling};
use crate::recording::Recording;
use crate::setting::Refusal;
use crate::spectral::Describe;
use crate::spectral::detrend::Detrend;
use crate::spectral::fft::fft_points;
use crate::spectral::kept::KEPT;
use crate::spectral::layout::{BlockLayout, Frequencies};
use crate::spectral::quantity::Quantity;
use crate::spectral::remark::Remark;
use crate::spectral::times::Times;
use crate::spectral::toi::{Toi, check_span};

/// A function of time that a trial is convolved with.
pub trait Kernel: Copy + Send + Sync + std::fmt::Debug + PartialEq {
    /// Number of samples, at this sample rate; never none.
    fn n_points(&self, sample_rate_hz: f64) -> f64;

    /// Its value at a time in s, with Syncopy's factors.
    fn at(&self, time_s: f64, sample_rate_hz: f64) -> Complex<f64>;

    /// Whether it is real.
    fn is_real(&self) -> bool;
}

/// What is computed for one frequency.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter<K> {
    /// The frequency in Hz.
    pub hz: f64,
    /// Its kernels and their weights in the geometric mean; one alone has weight 1. Those before the last have one weight.
    pub kernels: Vec<(K, f64)>,
}

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
    /// Points of the FFT.
    pub(super) n_fft: usize,
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
        let (fewest, most) = (times.fewest_rows(), times.most_rows());
        if !options.keeptrials.value && fewest != most {
            return Err(options.keeptrials.refuse(format!(
                "trials have from {fewest} to {most} times, which cannot be averaged over trials; expected keeptrials = \
                 true, a list in toi, or trials of one length"
            )));
        }
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
            n_fft: 0,
            keeptrials: options.keeptrials.value,
            remarks,
        };
        let trials = 0..design.n_samples.len();
        design.longest = trials
            .map(|trial| design.span(trial).len())
            .max()
            .unwrap_or(0)
            .max(1);
        let kernels = design.filters.iter().flat_map(|filter| &filter.kernels);
        let points = kernels.map(|(kernel, _)| kernel.n_points(fs));
        design.n_fft = fft_len(design.longest, points.fold(1.0, f64::max));
        Ok(design)
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

    /// Kernels of all filters.
    pub(super) fn n_kernels(&self) -> usize {
        self.filters.iter().map(|filter| filter.kernels.len()).sum()
    }

    /// Whether the transforms of all kernels are kept: they are few enough.
    pub(super) fn keeps_kernels(&self, real_bytes: usize) -> bool {
        self.n_kernels() as u128 * self.n_fft as u128 * 2 * real_bytes as u128 <= KEPT as u128
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
        let n = self.n_fft as u128;
        let points = fft_points(self.n_fft);
        let complex = 2 * real_bytes as u128;
        let kept = match self.keeps_kernels(real_bytes) {
            true => self.n_kernels() as u128 * n * complex,
            false => 0,
        };
        // tables and scratch, the trial's transform and the product; one channel of the longest trial
        let transforms = (points.tables + points.scratch + 2 * n) * complex;
        let longest = self.n_samples.iter().max().copied().unwrap_or(0) as u128;
        // of every time of one frequency: products before the last kernel
        let products = self.longest as u128 * 48;
        kept + transforms + longest * real_bytes as u128 + products + made_bytes(self.n_fft)
    }

    fn cost(&self, n_samples: usize, _n_rows: usize) -> u64 {
        let n = self.n_fft as u64;
        let of_fft = n.saturating_mul(u64::from(n.max(1).ilog2()) + 1);
        let n_ffts = self.n_kernels() as u64 + 1;
        of_fft
            .saturating_mul(n_ffts)
            .saturating_add(n_samples as u64)
    }
}
