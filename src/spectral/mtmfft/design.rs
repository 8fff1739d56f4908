//! mtmfft settled against a recording: padded length, grid, tapers, scaling.

use serde_json::{Map, Value};

use super::choice;
use super::footprint;
use super::options::Options;
use super::pad::{finer, padded};
use super::transition::Transitions;
use crate::recording::Recording;
use crate::setting::{Refusal, Setting};
use crate::spectral::Real;
use crate::spectral::averaging::Averaging;
use crate::spectral::compat::Compat;
use crate::spectral::detrend::Detrend;
use crate::spectral::fft::real_fft_len;
use crate::spectral::fooof::{Fits, Refiner};
use crate::spectral::frequencies::Grid;
use crate::spectral::lanes::factors;
use crate::spectral::layout::{BlockLayout, Frequencies};
use crate::spectral::phase::{Reference, Turns};
use crate::spectral::quantity::Quantity;
use crate::spectral::remark::Remark;
use crate::spectral::tapering::{Lengths, Level, Tapers};
use crate::spectral::times::Times;

/// Points of an FFT of many channels at most: beyond, they leave the caches that one channel stays in.
pub(super) const MAX_BY_LANES: usize = 1 << 16;

/// Everything that mtmfft's numbers depend on, but the samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    pub(super) n_fft: usize,
    pub(super) grid: Grid,
    pub(super) quantity: Quantity,
    pub(super) detrend: Detrend,
    pub(super) tapers: Tapers,
    pub(super) keeptapers: bool,
    pub(super) demean_taper: bool,
    pub(super) level: Level,
    /// The tapers by way of which power is averaged, without all others.
    pub(super) fast: Option<Transitions>,
    /// The different lengths of the trials, rising.
    pub(super) lengths: Vec<usize>,
    pub(super) fits: Option<Fits>,
    pub(in crate::spectral) averaging: Option<Averaging>,
    reference: Reference,
    compat: Compat,
    times: Times,
    remarks: Vec<Remark>,
}

impl Design {
    /// Checks the options against the recording.
    ///
    /// # Errors
    /// Frequencies, padding or bandwidth that the recording does not allow.
    pub fn new(
        options: &Options,
        recording: &Recording,
        computes_double: bool,
    ) -> Result<Design, Refusal> {
        let mut remarks = Vec::new();
        let fs = recording.sample_rate_hz;
        let n_fft = padded(&options.pad, recording)?;
        if recording.shortest_trial() != recording.longest_trial() {
            remarks.push(of_unequal_trials(options.level, n_fft));
        }
        let longest = recording.longest_trial();
        remarks.extend(finer(&options.pad, n_fft, longest, "trials", fs));
        let grid = Grid::whole(fs, n_fft).select(&options.wanted)?;
        remarks.extend(grid.remark(&options.wanted));
        if let Some(fits) = &options.fits {
            check_frequencies(fits, &grid)?;
            remarks.extend(fits.value.remark(&grid.frequencies_hz()));
        }
        let lengths = Lengths::of_trials(recording);
        let tapers = options
            .tapering
            .settle(fs, &lengths, options.compat, &mut remarks)?;
        let longest = recording.longest_trial();
        let fast = options.estimate.settle(
            &tapers,
            longest,
            options.averages_power_over_tapers(),
            computes_double,
        );
        remarks.extend(fast.as_ref().map(|fast| choice::remark(fast, longest)));
        Ok(Design {
            n_fft,
            grid,
            quantity: options.quantity,
            detrend: options.detrend,
            tapers,
            keeptapers: options.tapering.keeps_tapers(),
            demean_taper: options.demean_taper,
            level: options.level.at(fs),
            fast,
            lengths: lengths.each,
            fits: options.fits.as_ref().map(|fits| fits.value.clone()),
            averaging: options.averages.settle(
                recording,
                options.quantity,
                options.compat,
                false,
            )?,
            reference: match options.compat {
                Compat::Syncopy => Reference::FirstSample,
                Compat::None => {
                    let offsets = recording.trials.iter().map(|trial| trial.offset);
                    Reference::TimeZero(offsets.collect())
                }
            },
            compat: options.compat,
            times: Times::whole(recording),
            remarks,
        })
    }
}

/// What is said of trials of unequal lengths that are padded to `n_fft` samples.
fn of_unequal_trials(level: Level, n_fft: usize) -> Remark {
    let padded = format!("trials have unequal lengths; all are padded to {n_fft} samples");
    match level {
        Level::Spectrum { .. } => Remark::Warning(format!(
            "{padded}, and noise has a level of 2σ²/L in a trial of L samples, lower in longer ones; scaling = \"density\" does \
             not depend on the length"
        )),
        Level::Density { .. } => Remark::Note(padded),
    }
}

/// Frequencies that a model can be fitted to: above zero, at equal distances.
fn check_frequencies(fits: &Setting<Fits>, grid: &Grid) -> Result<(), Refusal> {
    let bins = grid.bins();
    if bins.contains(&0) {
        return Err(fits.refuse(
            "a model has no value at 0 Hz; expected frequencies above it: set foilim, or foi",
        ));
    }
    let rises = bins.windows(2).all(|bins| bins[0] < bins[1]);
    let is_even = bins.windows(3).all(|bins| bins[0] + bins[2] == 2 * bins[1]);
    if !(rises && is_even) {
        return Err(fits.refuse(
            "a model is fitted to rising frequencies at equal distances; expected foilim, or other values in foi",
        ));
    }
    Ok(())
}

/// What the design of single windows is made of.
pub struct OfWindows {
    pub n_samples: usize,
    /// Points of the FFT, at least as many.
    pub n_fft: usize,
    pub grid: Grid,
    pub quantity: Quantity,
    pub detrend: Detrend,
    pub tapers: Tapers,
    pub keeptapers: bool,
    pub level: Level,
    pub reference: Reference,
    pub compat: Compat,
}

impl Design {
    /// The design that estimates windows as trials, not by way of other tapers. A result has the rows `times`.
    pub(in crate::spectral) fn of_windows(
        windows: OfWindows,
        times: Times,
        averaging: Option<Averaging>,
    ) -> Design {
        Design {
            n_fft: windows.n_fft,
            grid: windows.grid,
            quantity: windows.quantity,
            detrend: windows.detrend,
            tapers: windows.tapers,
            keeptapers: windows.keeptapers,
            demean_taper: false,
            level: windows.level,
            fast: None,
            lengths: vec![windows.n_samples],
            fits: None,
            averaging,
            reference: windows.reference,
            compat: windows.compat,
            times,
            remarks: Vec::new(),
        }
    }

    /// What is subtracted from every trial or window.
    pub(in crate::spectral) fn detrend(&self) -> Detrend {
        self.detrend
    }

    /// What fits models to power, if that is asked for.
    pub(in crate::spectral) fn refiner(&self) -> Option<Refiner> {
        let fits = self.fits.clone()?;
        Some(Refiner::new(fits, self.grid.frequencies_hz()))
    }

    pub(in crate::spectral) fn with_fewer_tapers(&self, most: usize) -> Design {
        let mut design = self.clone();
        if let (Some(fast), Some(&longest)) = (&mut design.fast, self.lengths.last()) {
            // the same share of those that are made
            let made = fast.indices(longest).len();
            let n_tapers = fast.prolate.count(longest);
            let share = most.min(n_tapers) as f64 / n_tapers as f64;
            fast.most = ((made as f64 * share) as usize).max(2);
            return design;
        }
        if let Tapers::Dpss(prolate) = &mut design.tapers {
            *prolate = prolate.with_at_most(most);
        }
        design
    }

    /// Whether many channels are transformed at once: a fixed rule, since it decides on bits.
    pub(in crate::spectral) fn is_by_lanes(&self) -> bool {
        self.n_fft <= MAX_BY_LANES && factors(self.n_fft).is_some()
    }

    /// Spectra of a trial that are stored: one for every taper, or one for all.
    pub(super) fn n_kept(&self) -> usize {
        if self.keeptapers {
            self.most_tapers()
        } else {
            1
        }
    }

    /// Tapers of the longest trial, which has most.
    pub(super) fn most_tapers(&self) -> usize {
        self.tapers.count(self.lengths.last().copied().unwrap_or(0))
    }

    /// The turns of the coefficients of a trial, made from those of the last one.
    pub(super) fn turns<T: Real>(&self, last: Turns<T>, trial: usize) -> Turns<T> {
        if self.quantity.has_phase() {
            last.of(&self.reference, &self.grid, trial)
        } else {
            last
        }
    }

    /// # Panics
    /// If `block` has another length than the layout says for so many channels.
    pub(super) fn assert_shape<T>(&self, block: &[T], n_channels: usize) {
        let n_numbers = self.grid.len() * n_channels * self.quantity.element().n_parts();
        assert_eq!(
            block.len(),
            self.n_kept() * n_numbers,
            "the block has the layout's shape"
        );
    }

    /// Whether two tapers of some trial share an FFT, and whether one has its own.
    pub(super) fn has_pair_and_single(&self) -> [bool; 2] {
        let n_tapers = || self.lengths.iter().map(|&n| self.tapers.count(n));
        [n_tapers().any(|n| n >= 2), n_tapers().any(|n| n % 2 == 1)]
    }

    /// Points of the longest FFT.
    pub(super) fn signal_len(&self) -> usize {
        self.fft_lengths().into_iter().max().unwrap_or(0)
    }

    /// Lengths of the FFTs: that of a pair, then that of a single taper, as far as there are such.
    pub(super) fn fft_lengths(&self) -> Vec<usize> {
        let [has_pair, has_single] = self.has_pair_and_single();
        let pair = has_pair.then_some(self.n_fft);
        let single = has_single.then_some(real_fft_len(self.n_fft));
        pair.into_iter().chain(single).collect()
    }
}

impl crate::spectral::Describe for Design {
    fn block_layout(&self) -> BlockLayout {
        let frequencies = Frequencies::Grid(self.grid.clone());
        let layout = BlockLayout::of_spectra(
            self.quantity.element(),
            self.level.unit(self.quantity),
            self.times.clone(),
            self.tapers.labels(self.keeptapers, &self.lengths),
            frequencies,
        );
        BlockLayout {
            fits: self.fits.as_ref().map(Fits::numbers),
            averaging: self.averaging.clone(),
            phase_reference: (self.quantity.has_phase()).then(|| self.reference.words()),
            ..layout
        }
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn choices(&self) -> Map<String, Value> {
        let mut record = choice::record(self.fast.as_ref());
        record.insert("scaling".into(), self.level.word().into());
        record.insert("compat".into(), self.compat.word().into());
        if let Some(averaging) = &self.averaging {
            averaging.record(&mut record);
        }
        record
    }

    fn n_tapers(&self) -> usize {
        self.most_tapers()
    }

    fn fixed_bytes(&self, real_bytes: usize) -> u128 {
        let fits = self.fits.as_ref();
        footprint::bytes(self, real_bytes) + fits.map_or(0, |fits| fits.bytes(self.grid.len()))
    }

    fn cost(&self, n_samples: usize, _n_rows: usize) -> u64 {
        let n = self.n_fft as u64;
        let of_taper = n
            .saturating_mul(u64::from(n.max(1).ilog2()) + 1)
            .saturating_add(n_samples as u64);
        let n_tapers = match &self.fast {
            // in double precision, which takes twice the time
            Some(fast) => 2 * (fast.indices(n_samples).len() + choice::FORM_TAPERS),
            None => self.tapers.count(n_samples),
        };
        of_taper.saturating_mul(n_tapers as u64)
    }
}
