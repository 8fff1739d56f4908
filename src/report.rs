//! What a finished job has done, as rank 0 prints it.

use std::fmt;

use crate::compute::Tally;
use crate::lost::Lost;
use crate::phrase::{count, rate, size, time};
use crate::quality::Counts;
use crate::study::Study;

/// The numbers of a finished job.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    n_trials: usize,
    n_channels: usize,
    averages: bool,
    tallies: Vec<Tally>,
    seconds: f64,
    /// Bytes that a rank has held at most; unknown when no rank knows.
    pub peak_bytes: Option<u64>,
    n_partly: usize,
    output: String,
    /// What was found in the samples.
    pub counts: Counts,
}

impl Report {
    /// The report of a job whose ranks did `tallies`, in `seconds` from the first sample to the last spectrum, and held
    /// `peak_bytes` of memory at most.
    pub fn new(
        study: &Study,
        tallies: Vec<Tally>,
        seconds: f64,
        peak_bytes: Option<u64>,
        counts: Counts,
    ) -> Report {
        Report {
            n_trials: study.recording.trials.len(),
            n_channels: study.recording.channels.len(),
            averages: study.plan.averages(),
            n_partly: study.n_partly,
            output: study.config.output.value.display().to_string(),
            tallies,
            seconds,
            peak_bytes,
            counts,
        }
    }

    /// Numbers that single precision does not hold, of all ranks of this job.
    pub fn lost(&self) -> Lost {
        let lost = self.tallies.iter().map(|tally| tally.lost);
        lost.fold(Lost::default(), Lost::and)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = |of: fn(&Tally) -> u64| self.tallies.iter().map(of).sum::<u64>();
        let items: Vec<u64> = self.tallies.iter().map(|tally| tally.n_items).collect();
        let (least, most) = (
            items.iter().min().unwrap_or(&0),
            items.iter().max().unwrap_or(&0),
        );
        let chunks = if least == most {
            count(*most, "chunk")
        } else {
            format!("{least} to {most} chunks")
        };
        let samples = total(|tally| tally.n_samples);
        let mean = self.tallies.iter().map(|tally| tally.seconds).sum::<f64>()
            / self.tallies.len().max(1) as f64;
        let longest = self
            .tallies
            .iter()
            .map(|tally| tally.seconds)
            .fold(0.0, f64::max);
        let imbalance = if mean > 0.0 {
            (longest / mean - 1.0) * 100.0
        } else {
            0.0
        };
        let averaged = if self.averages { ", averaged" } else { "" };
        writeln!(
            f,
            "{} × {}{averaged}, {chunks} per rank",
            count(self.n_trials as u64, "trial"),
            count(self.n_channels as u64, "channel")
        )?;
        writeln!(
            f,
            "{}, {}, {} read, {} written, imbalance {imbalance:.0} %",
            time(self.seconds),
            rate(samples as f64 / self.seconds.max(1e-9)),
            size(total(|tally| tally.bytes_read)),
            size(total(|tally| tally.bytes_written)),
        )?;
        if let Some(bytes) = self.peak_bytes {
            writeln!(f, "at most {} of memory per rank", size(bytes))?;
        }
        if self.n_partly > 0 {
            writeln!(
                f,
                "{} covered only partly by select.latency",
                count(self.n_partly as u64, "trial")
            )?;
        }
        let Counts {
            not_finite,
            flat,
            clipped,
            flat_by_rounding,
            not_fitted,
        } = self.counts;
        // the log says what became of them in averages
        let of_not_finite = if self.averages {
            "with NaN or infinite samples"
        } else {
            "with NaN or infinite samples; spectra that these have a part in are NaN"
        };
        for (n, what) in [
            (not_finite, of_not_finite),
            (flat, "are flat: all samples have one value"),
            (
                clipped,
                "are clipped: samples stay at the highest or lowest value",
            ),
            (
                flat_by_rounding,
                "became flat by rounding; precision = \"double\" keeps samples apart up to 2^53",
            ),
        ] {
            if n > 0 {
                writeln!(f, "{} of single trials {what}", count(n, "channel"))?;
            }
        }
        if let Some(n) = not_fitted.filter(|&n| n > 0) {
            let spectra = if n == 1 { "spectrum" } else { "spectra" };
            writeln!(
                f,
                "{n} {spectra} without a model: they are NaN, and fooof/fits says which"
            )?;
        }
        write!(f, "result: {}", self.output)
    }
}
