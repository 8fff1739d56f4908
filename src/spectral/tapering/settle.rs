//! Tapers settled against the lengths that they are for.

use super::{Level, Tapering};
use crate::phrase::{count, hz};
use crate::recording::Recording;
use crate::setting::{Refusal, Setting};
use crate::spectral::remark::Remark;
use crate::spectral::tapers::Window;

/// Numbers that all tapers of a trial may have together; the same, and beyond the memory of any rank.
const MOST_TAPER_SAMPLES: u128 = 1 << 40;
/// Samples that a window is tried with at most; even. Whether it vanishes or refuses a length depends on parity and, where
/// few samples meet its zeros, on the length, which is settled long before.
const LONGEST_TRIED: usize = 1 << 20;

/// The lengths in samples of what is multiplied with tapers.
#[derive(Clone, Debug, PartialEq)]
pub struct Lengths {
    /// Their mean, which settles the bandwidth of all tapers.
    mean: f64,
    /// The different ones, rising.
    pub each: Vec<usize>,
    /// What has them, for messages.
    what: &'static str,
    /// Whether prolate sequences are periodic, as Syncopy has them for sliding windows.
    are_of_windows: bool,
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
            are_of_windows: false,
        }
    }

    /// Of sliding windows of `n` samples.
    pub fn of_windows(n: usize) -> Lengths {
        Lengths {
            mean: n as f64,
            each: vec![n],
            what: "window",
            are_of_windows: true,
        }
    }

    fn shortest(&self) -> usize {
        self.each.first().copied().unwrap_or(0)
    }

    fn longest(&self) -> usize {
        self.each.last().copied().unwrap_or(0)
    }
}

/// What trials are multiplied with.
#[derive(Clone, Debug, PartialEq)]
pub enum Tapers {
    /// Nothing.
    None,
    /// One window.
    Window { name: String, window: Window },
    /// The first `n_tapers` prolate sequences of time-half-bandwidth product `nw`; periodic ones are of one sample more, which
    /// is left out.
    Dpss {
        nw: f64,
        n_tapers: usize,
        is_periodic: bool,
    },
}

impl Tapers {
    /// How many there are.
    pub fn count(&self) -> usize {
        match self {
            Tapers::Dpss { n_tapers, .. } => *n_tapers,
            _ => 1,
        }
    }

    /// Syncopy's labels of the taper axis; an average over tapers is called by their number, since it is not the first of
    /// them.
    pub fn labels(&self, keeps_tapers: bool) -> Vec<String> {
        match self {
            Tapers::None => vec!["None".to_owned()],
            Tapers::Window { name, .. } => vec![name.clone()],
            Tapers::Dpss { n_tapers, .. } if keeps_tapers => {
                (0..*n_tapers).map(|k| format!("dpss{k}")).collect()
            }
            Tapers::Dpss { n_tapers, .. } => vec![format!("dpss{n_tapers}")],
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
            Tapers::Dpss { .. } => unreachable!("prolate sequences are no window"),
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
        remarks: &mut Vec<Remark>,
    ) -> Result<Tapers, Refusal> {
        let window = match (&self.tapsmofrq, &self.window) {
            (Some(tapsmofrq), _) => {
                let n_taper = self.n_taper.as_ref();
                return multitapers(tapsmofrq, n_taper, sample_rate_hz, lengths, remarks);
            }
            (None, None) => return Ok(Tapers::None),
            (None, Some(window)) => window,
        };
        let mut tried: Vec<usize> = lengths
            .each
            .iter()
            .map(|n| (*n).min(LONGEST_TRIED + n % 2))
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

/// Syncopy's choice of tapers: bandwidth clipped to what the mean trial length can resolve, `2NW - 1` tapers.
fn multitapers(
    tapsmofrq: &Setting<f64>,
    n_taper: Option<&Setting<u64>>,
    fs: f64,
    lengths: &Lengths,
    remarks: &mut Vec<Remark>,
) -> Result<Tapers, Refusal> {
    let n = lengths.mean;
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
            "tapsmofrq = {asked} is raised to {}, the least that {}s resolve",
            hz(least),
            lengths.what
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
    let shortest = lengths.shortest();
    let n_tapers = match n_taper {
        None => best,
        Some(asked) => {
            if asked.value >= shortest as u64 {
                return Err(asked.refuse(format!(
                    "expected less than {shortest}, the samples of the shortest {}",
                    lengths.what
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
            "{n_tapers} tapers of time-half-bandwidth product {nw:.2} do not fit the shortest {} of {shortest} samples",
            lengths.what
        )));
    }
    if n_tapers as u128 * lengths.longest() as u128 > MOST_TAPER_SAMPLES {
        return Err(tapsmofrq.refuse(format!(
            "{n_tapers} tapers of {} samples fit no memory; expected a smaller bandwidth or less samples",
            lengths.longest()
        )));
    }
    remarks.push(Remark::Note(format!(
        "{} for a smoothing of ±{}",
        count(n_tapers as u64, "taper"),
        hz(bandwidth)
    )));
    Ok(Tapers::Dpss {
        nw,
        n_tapers,
        is_periodic: lengths.are_of_windows,
    })
}
