//! Tapers settled against the lengths that they are for.

use super::prolate::{Prolate, Wanted};
use super::{Level, Tapering};
use crate::recording::Recording;
use crate::setting::Refusal;
use crate::spectral::compat::Compat;
use crate::spectral::remark::Remark;
use crate::spectral::tapers::Window;

/// Samples that a window is tried with at most; even. Whether it vanishes or refuses a length depends on parity and, where
/// few samples meet its zeros, on the length, which is settled long before.
const MAX_TRIED: usize = 1 << 20;

/// The lengths in samples of what is multiplied with tapers.
#[derive(Clone, Debug, PartialEq)]
pub struct Lengths {
    /// Their mean, which settles the bandwidth of all tapers in Syncopy.
    pub(super) mean: f64,
    /// The different ones, rising.
    pub each: Vec<usize>,
    /// What has them, for messages.
    pub(super) what: &'static str,
    /// Number of the first trial that has the shortest; none of windows.
    shortest_trial: Option<usize>,
    /// Whether prolate sequences are periodic where Syncopy's conventions hold.
    pub(super) are_of_windows: bool,
}

impl Lengths {
    /// Of the trials of a recording.
    pub fn of_trials(recording: &Recording) -> Lengths {
        let trials = recording.trials.iter();
        let sum: f64 = trials.map(|trial| trial.n_samples as f64).sum();
        Lengths {
            mean: sum / recording.trials.len() as f64,
            each: recording.trial_lengths(),
            what: "trial",
            shortest_trial: recording
                .trials
                .iter()
                .min_by_key(|trial| trial.n_samples)
                .map(|trial| trial.number),
            are_of_windows: false,
        }
    }

    /// Of sliding windows of `n` samples.
    pub fn of_windows(n: usize) -> Lengths {
        Lengths {
            mean: n as f64,
            each: vec![n],
            what: "window",
            shortest_trial: None,
            are_of_windows: true,
        }
    }

    /// The shortest.
    pub fn shortest(&self) -> usize {
        self.each.first().copied().unwrap_or(0)
    }

    /// The longest.
    pub fn longest(&self) -> usize {
        self.each.last().copied().unwrap_or(0)
    }

    /// What has the shortest length.
    pub(super) fn shortest_by_name(&self) -> String {
        match self.shortest_trial {
            Some(number) => format!("trial {number}"),
            None => format!("a {}", self.what),
        }
    }
}

/// What trials are multiplied with.
#[derive(Clone, Debug, PartialEq)]
pub enum Tapers {
    /// Nothing.
    None,
    /// One window.
    Window { name: String, window: Window },
    /// Prolate sequences.
    Dpss(Prolate),
}

impl Tapers {
    /// How many there are for `n` samples.
    pub fn count(&self, n: usize) -> usize {
        match self {
            Tapers::Dpss(prolate) => prolate.count(n),
            _ => 1,
        }
    }

    /// Syncopy's labels of the taper axis for trials of these lengths, rising; an average over tapers is called by their number,
    /// since it is not the first of them.
    pub fn labels(&self, keeps_tapers: bool, lengths: &[usize]) -> Vec<String> {
        let ends = [lengths.first(), lengths.last()].map(|n| self.count(n.copied().unwrap_or(0)));
        match (self, ends) {
            (Tapers::None, _) => vec!["None".to_owned()],
            (Tapers::Window { name, .. }, _) => vec![name.clone()],
            (Tapers::Dpss(_), [n_tapers, _]) if keeps_tapers => {
                (0..n_tapers).map(|k| format!("dpss{k}")).collect()
            }
            (Tapers::Dpss(_), [few, many]) if few < many => vec![format!("dpss{few}-{many}")],
            (Tapers::Dpss(_), [_, many]) => vec![format!("dpss{many}")],
        }
    }

    /// The window of `n_samples`, scaled so that FFTs of `n_fft` points give spectra of `level`.
    ///
    /// # Panics
    /// If there are prolate sequences, which are made one by one.
    pub fn window(&self, n_samples: usize, n_fft: usize, level: Level) -> Vec<f64> {
        let (mut window, is_flat) = match self {
            Tapers::None
            | Tapers::Window {
                window: Window::Boxcar,
                ..
            } => (vec![1.0; n_samples], true),
            Tapers::Window { window, .. } => {
                let made = window.sample(n_samples);
                let made =
                    made.expect("the design has tried this length, or a long one of its parity");
                (made, false)
            }
            Tapers::Dpss(_) => unreachable!("prolate sequences are no window"),
        };
        let scale = level.of_window(&window, is_flat, n_fft);
        window.iter_mut().for_each(|w| *w *= scale);
        window
    }
}

impl Tapering {
    /// Checks the tapers against the lengths that they are for.
    ///
    /// # Errors
    /// A bandwidth that these lengths do not allow, windows that vanish.
    pub fn settle(
        &self,
        sample_rate_hz: f64,
        lengths: &Lengths,
        compat: Compat,
        remarks: &mut Vec<Remark>,
    ) -> Result<Tapers, Refusal> {
        let window = match (&self.tapsmofrq, &self.window) {
            (Some(tapsmofrq), _) => {
                let wanted = Wanted {
                    tapsmofrq,
                    n_taper: self.n_taper.as_ref(),
                    keeptapers: self.keeptapers,
                    compat,
                };
                let prolate = wanted.settle(sample_rate_hz, lengths, remarks)?;
                return Ok(Tapers::Dpss(prolate));
            }
            (None, None) => return Ok(Tapers::None),
            (None, Some(window)) => window,
        };
        let mut tried: Vec<usize> = lengths
            .each
            .iter()
            .map(|n| (*n).min(MAX_TRIED + n % 2))
            .collect();
        tried.dedup();
        for n in tried {
            let made = window.value.1.sample(n);
            let sum: f64 = made.map_err(|error| window.refuse(error))?.iter().sum();
            if !(sum > 0.0 && sum.is_finite()) {
                return Err(window.refuse(format!("this window vanishes for {n} samples")));
            }
        }
        let (name, window) = window.value.clone();
        Ok(Tapers::Window { name, window })
    }
}
