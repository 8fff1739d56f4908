//! The keys of welch, and welch settled against a recording.

use serde_json::{Map, Value};

use super::average::Average;
use crate::recording::Recording;
use crate::setting::{Refusal, Section};
use crate::spectral::Describe;
use crate::spectral::compat::Compat;
use crate::spectral::layout::{BlockLayout, Coordinates};
use crate::spectral::mtmconvol::{self, Alignment, Edges, Windowed};
use crate::spectral::needed::lacks;
use crate::spectral::quantity::Quantity;
use crate::spectral::remark::Remark;
use crate::spectral::times::Times;
use crate::spectral::toi::Toi;

/// What the config asks of welch.
#[derive(Clone, Debug)]
pub struct Options {
    windows: mtmconvol::Options,
    average: Average,
}

impl Options {
    /// Reads the keys of welch.
    ///
    /// # Errors
    /// Values that no recording makes legal: anything but power of windows that overlap.
    pub fn from_section(
        section: &Section,
        compat: Compat,
        warnings: &mut Vec<String>,
    ) -> Result<Options, Refusal> {
        if let Some(keep) = section.flag("keeptapers")?.filter(|keep| keep.value) {
            return Err(keep.refuse("welch averages over tapers; expected false"));
        }
        if let Some(output) = section
            .text("output")?
            .filter(|output| output.value != "pow")
        {
            return Err(output.refuse("welch averages power; expected \"pow\""));
        }
        let method = Windowed {
            edges: &[("zero", Edges::Zero), ("drop", Edges::Drop)],
            default: Edges::Drop,
            is_padded: true,
        };
        let windows = mtmconvol::Options::from_section(section, method, compat, warnings)?;
        match windows.toi.value {
            Toi::Overlap(_) => {}
            _ if !windows.toi.is_written() => {
                let what = "toi, the overlap of neighbouring windows from 0 to 1";
                return Err(lacks(section, what));
            }
            _ => {
                let expected = "expected the overlap of neighbouring windows from 0 to 1";
                return Err(windows.toi.refuse(expected));
            }
        }
        debug_assert_eq!(windows.quantity.value, Quantity::Pow);
        let average = section.word("average", &["mean", "median"])?;
        Ok(Options {
            windows,
            average: match average {
                Some(word) if word.value == "median" => Average::Median,
                _ => Average::Mean,
            },
        })
    }

    /// Syncopy's keys with the values that are in effect, `None` as null.
    pub fn cfg(&self) -> Vec<(&'static str, Value)> {
        self.windows.cfg("welch")
    }
}

/// Everything that welch's numbers depend on, but the samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Design {
    pub(super) windows: mtmconvol::Design,
    pub(super) average: Average,
    remarks: Vec<Remark>,
}

/// What is said of trials that are shorter than a window.
fn without_windows(times: &Times, recording: &Recording) -> Option<Remark> {
    let n_trials = recording.trials.len();
    let short = (0..n_trials).filter(|&trial| times.rows(trial).is_empty());
    let n = short.count();
    (n > 0).then(|| {
        Remark::Warning(format!(
            "{n} of {n_trials} trials are shorter than a window: their spectra are NaN, and averages do without them"
        ))
    })
}

impl Design {
    /// Checks the options against the recording.
    ///
    /// # Errors
    /// Those of mtmconvol.
    pub fn new(options: &Options, recording: &Recording) -> Result<Design, Refusal> {
        let windows = &options.windows;
        // as textbooks and SciPy count them
        let designed = mtmconvol::Design::aligned(windows, recording, Alignment::FirstSample)?;
        if windows.compat.is_syncopy() {
            // windows of all trials are averaged first, row by row
            let keeptrials = &windows.averages.keeptrials;
            designed.times().check_averages(keeptrials)?;
        }
        let mut remarks = designed.remarks().to_vec();
        remarks.extend(without_windows(designed.times(), recording));
        Ok(Design {
            windows: designed,
            average: options.average,
            remarks,
        })
    }

    /// The same for at most `most` tapers.
    pub(in crate::spectral) fn with_fewer_tapers(&self, most: usize) -> Design {
        Design {
            windows: self.windows.with_fewer_tapers(most),
            ..self.clone()
        }
    }

    /// Windows whose power is held at once: of a median all.
    pub(super) fn n_held(&self, n_windows: usize) -> usize {
        match self.average {
            Average::Mean => 1,
            Average::Median => n_windows,
        }
    }
}

impl Describe for Design {
    fn block_layout(&self) -> BlockLayout {
        let mut layout = self.windows.block_layout();
        for axis in &mut layout.axes {
            if let Coordinates::Stacked(times) = &axis.coordinates {
                axis.coordinates = Coordinates::Stacked(times.clone().averaged());
            }
        }
        layout
    }

    fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    fn choices(&self) -> Map<String, Value> {
        let mut choices = self.windows.choices();
        let word = match self.average {
            Average::Mean => "mean",
            Average::Median => "median",
        };
        choices.insert("average".into(), word.into());
        choices
    }

    fn n_tapers(&self) -> usize {
        self.windows.n_tapers()
    }

    fn fixed_bytes(&self, real_bytes: usize) -> u128 {
        self.windows.fixed_bytes(real_bytes)
    }

    fn cost(&self, n_samples: usize, _n_rows: usize) -> u64 {
        let of_window = self.windows.cost(n_samples, 1);
        // close enough for trials of other lengths
        of_window.saturating_mul(self.windows.times().most_rows() as u64)
    }

    fn has_number(&self, trial: usize, _row: usize, _freq: usize) -> bool {
        !self.windows.times().rows(trial).is_empty()
    }

    fn most_samples(&self, n_samples: usize, _n_rows: usize) -> usize {
        let held = self.n_held(self.windows.times().most_rows());
        // the trial, a window that is filled up, power of windows and its sums, which take 16 bytes
        let of_window = self.windows.block_layout().elements() as usize;
        n_samples + self.windows.most_samples(n_samples, 1) + of_window * (held + 1 + 4)
    }
}
