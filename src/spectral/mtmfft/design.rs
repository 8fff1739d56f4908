//! mtmfft settled against a recording: padded length, grid, tapers, scaling.

use serde_json::{Map, Value};

use super::choice;
use super::footprint;
use super::options::Options;
use super::pad::padded;
use super::transition::Transition;
use crate::phrase::{count, hz};
use crate::recording::Recording;
use crate::setting::{Refusal, Setting};
use crate::spectral::detrend::Detrend;
use crate::spectral::fft::real_fft_len;
use crate::spectral::frequencies::Grid;
use crate::spectral::lanes::factors;
use crate::spectral::layout::{Axis, BlockLayout, Coordinates};
use crate::spectral::quantity::Quantity;
use crate::spectral::remark::Remark;
use crate::spectral::tapers::{Window, dpss};

/// Numbers that all tapers of a trial may have together; the same, and beyond the memory of any rank.
const MOST_TAPER_SAMPLES: u128 = 1 << 40;
/// Points of an FFT of many channels at most: beyond, they leave the caches that one channel stays in.
pub(super) const LONGEST_BY_LANES: usize = 1 << 16;
/// Samples that a window is tried with at most; even. Whether it vanishes or refuses a length depends on parity and, where
/// few samples meet its zeros, on the length, which is settled long before.
const LONGEST_TRIED: usize = 1 << 20;

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
    pub(super) ft_compat: bool,
    /// The tapers by way of which power is averaged, without all others.
    pub(super) fast: Option<Transition>,
    /// The different lengths of the trials, rising.
    pub(super) lengths: Vec<usize>,
    keeptrials: bool,
    remarks: Vec<Remark>,
}

/// What trials are multiplied with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Tapers {
    /// Nothing.
    None,
    /// One window.
    Window { name: String, window: Window },
    /// The first `n_tapers` prolate sequences of time-half-bandwidth product `nw`.
    Dpss { nw: f64, n_tapers: usize },
}

impl Tapers {
    pub(super) fn count(&self) -> usize {
        match self {
            Tapers::Dpss { n_tapers, .. } => *n_tapers,
            _ => 1,
        }
    }

    /// The tapers for trials of `n_samples`, scaled so that the FFT gives the coefficients of the module's header.
    pub(super) fn scaled(&self, n_samples: usize, n_fft: usize, ft_compat: bool) -> Vec<Vec<f64>> {
        let l = n_samples as f64;
        let (mut tapers, scale) = match self {
            Tapers::None
            | Tapers::Window {
                window: Window::Boxcar,
                ..
            } => (vec![vec![1.0; n_samples]], 2.0_f64.sqrt() / l),
            Tapers::Window { window, .. } => {
                let samples = window
                    .sample(n_samples)
                    .expect("the design has tried this length, or a long one of its parity");
                let sum: f64 = samples.iter().sum();
                (vec![samples], (8.0_f64 / 3.0).sqrt() / (l * sum).sqrt())
            }
            Tapers::Dpss { nw, n_tapers } => (dpss(n_samples, *nw, *n_tapers), (2.0 / l).sqrt()),
        };
        let scale = compatible(scale, n_samples, n_fft, ft_compat);
        tapers.iter_mut().flatten().for_each(|w| *w *= scale);
        tapers
    }

    /// What prolate sequences of unit energy are multiplied with.
    pub(super) fn dpss_scale(n_samples: usize, n_fft: usize, ft_compat: bool) -> f64 {
        compatible((2.0 / n_samples as f64).sqrt(), n_samples, n_fft, ft_compat)
    }
}

fn compatible(scale: f64, n_samples: usize, n_fft: usize, ft_compat: bool) -> f64 {
    if ft_compat {
        scale * (n_samples as f64 / n_fft as f64).sqrt()
    } else {
        scale
    }
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
            remarks.push(Remark::Note(format!(
                "trials have unequal lengths; all are padded to {n_fft} samples"
            )));
        }
        let grid = Grid::whole(fs, n_fft).select(options.foi.as_ref(), options.foilim.as_ref())?;
        let tapers = match (&options.tapsmofrq, &options.window) {
            (Some(tapsmofrq), _) => {
                multitapers(tapsmofrq, options.n_taper.as_ref(), recording, &mut remarks)?
            }
            (None, None) => Tapers::None,
            (None, Some(window)) => {
                let mut lengths: Vec<usize> = recording
                    .trial_lengths()
                    .into_iter()
                    .map(|n| n.min(LONGEST_TRIED + n % 2))
                    .collect();
                lengths.dedup();
                for n in lengths {
                    let sum: f64 = window
                        .value
                        .1
                        .sample(n)
                        .map_err(|error| window.refuse(error))?
                        .iter()
                        .sum();
                    if !(sum > 0.0 && sum.is_finite()) {
                        return Err(window
                            .refuse(format!("this window vanishes for trials of {n} samples")));
                    }
                }
                let (name, window) = window.value.clone();
                Tapers::Window { name, window }
            }
        };
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
            keeptapers: options.keeptapers,
            demean_taper: options.demean_taper,
            ft_compat: options.ft_compat,
            fast,
            lengths: recording.trial_lengths(),
            keeptrials: options.keeptrials,
            remarks,
        })
    }
}

impl Design {
    pub(in crate::spectral) fn with_fewer_tapers(&self, most: usize) -> Design {
        let mut design = self.clone();
        if let (Some(fast), Some(&longest)) = (&mut design.fast, self.lengths.last()) {
            // the same share of those that are made
            let made = fast.indices(longest).len();
            let share = most.min(fast.n_tapers) as f64 / fast.n_tapers as f64;
            fast.most = ((made as f64 * share) as usize).max(2);
            return design;
        }
        if let Tapers::Dpss { n_tapers, .. } = &mut design.tapers {
            *n_tapers = (*n_tapers).min(most);
        }
        design
    }

    /// Whether many channels are transformed at once: a fixed rule, since it decides on bits.
    pub(in crate::spectral) fn is_by_lanes(&self) -> bool {
        self.n_fft <= LONGEST_BY_LANES && factors(self.n_fft).is_some()
    }

    /// Spectra of a trial that are stored: one for every taper, or one for all.
    pub(super) fn n_kept(&self) -> usize {
        if self.keeptapers {
            self.tapers.count()
        } else {
            1
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

    /// Whether two tapers share an FFT, and whether one has its own.
    pub(super) fn has_pair_and_single(&self) -> [bool; 2] {
        let n_tapers = self.tapers.count();
        [n_tapers >= 2, n_tapers % 2 == 1]
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

/// Syncopy's choice of tapers: bandwidth clipped to what the mean trial length can resolve, `2NW - 1` tapers.
fn multitapers(
    tapsmofrq: &Setting<f64>,
    n_taper: Option<&Setting<u64>>,
    recording: &Recording,
    remarks: &mut Vec<Remark>,
) -> Result<Tapers, Refusal> {
    let fs = recording.sample_rate_hz;
    let n_trials = recording.trials.len() as f64;
    let n = recording
        .trials
        .iter()
        .map(|trial| trial.n_samples as f64)
        .sum::<f64>()
        / n_trials;
    let least = fs / n;
    // Syncopy takes 1/n Hz off half the sample rate, which leaves nothing at rates below 2/n Hz: there it is fs/n
    let below_nyquist = fs / 2.0 - 1.0 / n;
    let below_nyquist = if below_nyquist >= least {
        below_nyquist
    } else {
        fs / 2.0 - least
    };
    let most = below_nyquist.min(fs * (n + 1.0) / (2.0 * n)).max(least);
    let asked = tapsmofrq.value;
    let bandwidth = if asked < least {
        remarks.push(Remark::Warning(format!(
            "tapsmofrq = {asked} is raised to {}, the least that the trials resolve",
            hz(least)
        )));
        least
    } else if asked > most {
        remarks.push(Remark::Warning(format!(
            "tapsmofrq = {asked} is lowered to {}, the most that is possible",
            hz(most)
        )));
        most
    } else {
        asked
    };
    let nw = bandwidth * n / fs;
    let best = ((2.0 * nw - 1.0) as usize).max(1);
    let shortest = recording.shortest_trial();
    let n_tapers = match n_taper {
        None => best,
        Some(asked) => {
            if asked.value >= shortest as u64 {
                return Err(asked.refuse(format!(
                    "expected less than {shortest}, the samples of the shortest trial"
                )));
            }
            if asked.value != best as u64 {
                remarks.push(Remark::Warning(format!(
                    "nTaper = {} instead of the best number, {best}: this distorts the smoothing bandwidth",
                    asked.value
                )));
            }
            asked.value as usize
        }
    };
    // not a number and zero, which come of sample rates near the smallest doubles, are out as well
    let fits = nw > 0.0 && nw < shortest as f64 / 2.0;
    if n_tapers >= shortest || !fits {
        return Err(tapsmofrq.refuse(format!(
            "{n_tapers} tapers of time-half-bandwidth product {nw:.2} do not fit the shortest trial of {shortest} samples"
        )));
    }
    if n_tapers as u128 * recording.longest_trial() as u128 > MOST_TAPER_SAMPLES {
        return Err(tapsmofrq.refuse(format!(
            "{n_tapers} tapers of {} samples fit no memory; expected a smaller bandwidth or shorter trials",
            recording.longest_trial()
        )));
    }
    remarks.push(Remark::Note(format!(
        "{} for a smoothing of ±{}",
        count(n_tapers as u64, "taper"),
        hz(bandwidth)
    )));
    Ok(Tapers::Dpss { nw, n_tapers })
}

impl crate::spectral::Describe for Design {
    fn block_layout(&self) -> BlockLayout {
        let tapers = match &self.tapers {
            Tapers::None => vec!["None".to_owned()],
            Tapers::Window { name, .. } => vec![name.clone()],
            Tapers::Dpss { n_tapers, .. } if self.keeptapers => {
                (0..*n_tapers).map(|k| format!("dpss{k}")).collect()
            }
            // an average over tapers is not the first of them
            Tapers::Dpss { n_tapers, .. } => vec![format!("dpss{n_tapers}")],
        };
        let axis = |name, coordinates| Axis { name, coordinates };
        BlockLayout {
            dataclass: "SpectralData",
            element: self.quantity.element(),
            axes: vec![
                axis("time", Coordinates::Stacked(1)),
                axis("taper", Coordinates::Labels(tapers)),
                axis("freq", Coordinates::Frequencies(self.grid.clone())),
                axis("channel", Coordinates::Channels),
            ],
        }
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn choices(&self) -> Map<String, Value> {
        choice::record(self.fast.as_ref())
    }

    fn averages_trials(&self) -> bool {
        !self.keeptrials
    }

    fn n_tapers(&self) -> usize {
        self.tapers.count()
    }

    fn fixed_bytes(&self, real_bytes: usize) -> u128 {
        footprint::bytes(self, real_bytes)
    }

    fn cost(&self, n_samples: usize) -> u64 {
        let n = self.n_fft as u64;
        let of_taper = n
            .saturating_mul(u64::from(n.max(1).ilog2()) + 1)
            .saturating_add(n_samples as u64);
        let n_tapers = match &self.fast {
            // in double precision, which takes twice the time
            Some(fast) => 2 * (fast.indices(n_samples).len() + choice::FORM_TAPERS),
            None => self.tapers.count(),
        };
        of_taper.saturating_mul(n_tapers as u64)
    }
}
