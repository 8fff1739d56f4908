//! Which prolate sequences trials or windows of a length are multiplied with: a half-bandwidth in Hz gives every length its own
//! time-half-bandwidth product and its own number of tapers.
//!
//! Source: Thomson (1982), Proc. IEEE 70, 1055–1096, sec. IV: the first 2NW − 1 sequences are concentrated well.

use super::Lengths;
use crate::phrase::{count, hz, number, rounded, rounded_up};
use crate::setting::{Refusal, Setting};
use crate::spectral::compat::Compat;
use crate::spectral::remark::Remark;

/// Numbers that all tapers of a trial may have together; the same, and beyond the memory of any rank.
const MAX_TAPER_SAMPLES: u128 = 1 << 40;
/// Samples of the shortest trial that two different tapers fit.
const FEWEST_SAMPLES: usize = 4;
/// What rounding may take of a product of whole numbers.
const ROUNDING: f64 = 1e-9;

/// Prolate sequences for all lengths.
#[derive(Clone, Debug, PartialEq)]
pub struct Prolate {
    bandwidth: Bandwidth,
    /// Whether they are periodic: of one sample more, which is left out.
    pub is_periodic: bool,
    /// Tapers at most, to measure a part of the work.
    most: usize,
}

#[derive(Clone, Debug, PartialEq)]
enum Bandwidth {
    /// One time-half-bandwidth product and one number of tapers for all lengths, as in Syncopy.
    Product { nw: f64, n_tapers: usize },
    /// A half-bandwidth, and the number of tapers where one is given.
    Hz {
        half_hz: f64,
        sample_rate_hz: f64,
        n_tapers: Option<usize>,
    },
}

/// What the config says of prolate sequences.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The half-bandwidth in Hz.
    pub tapsmofrq: &'a Setting<f64>,
    /// The number of tapers.
    pub n_taper: Option<&'a Setting<u64>>,
    /// Whether every taper has spectra of its own, so that all trials have as many.
    pub keeptapers: bool,
    /// Whose conventions hold.
    pub compat: Compat,
}

impl Prolate {
    /// Time-half-bandwidth product for `n` samples.
    pub fn nw(&self, n: usize) -> f64 {
        match self.bandwidth {
            Bandwidth::Product { nw, .. } => nw,
            Bandwidth::Hz {
                half_hz,
                sample_rate_hz,
                ..
            } => half_hz * n as f64 / sample_rate_hz,
        }
    }

    /// How many there are for `n` samples.
    pub fn count(&self, n: usize) -> usize {
        let all = match self.bandwidth {
            Bandwidth::Product { n_tapers, .. } => n_tapers,
            Bandwidth::Hz {
                n_tapers: Some(n_tapers),
                ..
            } => n_tapers,
            Bandwidth::Hz { .. } => best_number(self.nw(n)),
        };
        all.min(self.most)
    }

    /// The same with fewer tapers.
    pub fn with_at_most(&self, most: usize) -> Prolate {
        Prolate {
            most: self.most.min(most),
            ..self.clone()
        }
    }
}

/// 2NW − 1, at least one.
fn best_number(nw: f64) -> usize {
    (2.0 * nw - 1.0 + ROUNDING).max(1.0) as usize
}

impl Wanted<'_> {
    /// Checks the half-bandwidth against the lengths.
    ///
    /// # Errors
    /// One that a length does not allow.
    pub fn settle(
        self,
        fs: f64,
        lengths: &Lengths,
        remarks: &mut Vec<Remark>,
    ) -> Result<Prolate, Refusal> {
        let prolate = match self.compat {
            Compat::Syncopy => self.of_mean_length(fs, lengths, remarks)?,
            Compat::None => self.of_each_length(fs, lengths, remarks)?,
        };
        for &n in &lengths.each {
            self.check(&prolate, n, lengths)?;
        }
        Ok(prolate)
    }

    /// One product for all lengths: bandwidth clipped to what the mean length can resolve, `2NW - 1` tapers.
    fn of_mean_length(
        self,
        fs: f64,
        lengths: &Lengths,
        remarks: &mut Vec<Remark>,
    ) -> Result<Prolate, Refusal> {
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
        let asked = self.tapsmofrq.value;
        let half_hz = if asked < least {
            let raised = format!(
                "raised to {}, the least that {}s resolve",
                hz(least),
                lengths.what
            );
            remarks.push(Remark::Warning(self.tapsmofrq.refuse(raised).to_string()));
            least
        } else {
            self.lowered(most, remarks)
        };
        let nw = half_hz * n / fs;
        let best = ((2.0 * nw - 1.0) as usize).max(1);
        let n_tapers = self.number(lengths)?;
        self.remark(half_hz, n_tapers, [best, best], remarks);
        Ok(Prolate {
            bandwidth: Bandwidth::Product {
                nw,
                n_tapers: n_tapers.unwrap_or(best),
            },
            is_periodic: lengths.are_of_windows,
            most: usize::MAX,
        })
    }

    /// A half-bandwidth in Hz for every length.
    fn of_each_length(
        self,
        fs: f64,
        lengths: &Lengths,
        remarks: &mut Vec<Remark>,
    ) -> Result<Prolate, Refusal> {
        let (shortest, longest) = (lengths.shortest(), lengths.longest());
        self.check_each(fs, lengths)?;
        // a sequence of n samples has n - 1 others beside it, and half the sample rate is the whole spectrum
        let most = fs / 2.0 * (1.0 - 2.0 / shortest as f64).max(0.0);
        let half_hz = self.lowered(most, remarks);
        let mut prolate = Prolate {
            bandwidth: Bandwidth::Hz {
                half_hz,
                sample_rate_hz: fs,
                n_tapers: self.number(lengths)?,
            },
            is_periodic: false,
            most: usize::MAX,
        };
        let best = [shortest, longest].map(|n| best_number(prolate.nw(n)));
        let asked = self.n_taper.map(|n_taper| n_taper.value as usize);
        if let (true, None, [few, many], Bandwidth::Hz { n_tapers, .. }) =
            (self.keeptapers, asked, best, &mut prolate.bandwidth)
        {
            *n_tapers = Some(few);
            if few < many {
                remarks.push(Remark::Note(format!(
                    "keeptapers = true: every trial has {}, those of the shortest one ({})",
                    count(few as u64, "taper"),
                    lengths.shortest_by_name()
                )));
            }
            self.remark(half_hz, None, [few, few], remarks);
        } else {
            self.remark(half_hz, asked, best, remarks);
        }
        Ok(prolate)
    }

    /// Checks that every length has a taper of this half-bandwidth, 2·T·W − 1 of them.
    fn check_each(self, fs: f64, lengths: &Lengths) -> Result<(), Refusal> {
        let (asked, shortest) = (self.tapsmofrq.value, lengths.shortest());
        let seconds = shortest as f64 / fs;
        let refuse = |what: String| {
            let name = lengths.shortest_by_name();
            let lasts = number(rounded(seconds));
            Err(self
                .tapsmofrq
                .refuse(format!("{name} lasts {lasts} s, {what}")))
        };
        let is_single = self.n_taper.is_some_and(|n_taper| n_taper.value == 1);
        if shortest < FEWEST_SAMPLES && !is_single {
            return refuse(format!(
                "{}, which is too short for several tapers; expected longer ones, or no tapsmofrq, which takes a single window",
                count(shortest as u64, "sample")
            ));
        }
        if asked <= 0.0 || asked * seconds < 1.0 - ROUNDING && !is_single {
            let single = if asked > 0.0 { "nTaper = 1, or " } else { "" };
            return refuse(format!(
                "which no taper smooths by so little: 2·T·W − 1 is below 1; expected at least {} Hz, or {single}no tapsmofrq, which \
                 takes a single window",
                number(rounded_up(1.0 / seconds)),
            ));
        }
        Ok(())
    }

    /// The half-bandwidth that is asked for, at most `most`.
    fn lowered(self, most: f64, remarks: &mut Vec<Remark>) -> f64 {
        let asked = self.tapsmofrq.value;
        if asked <= most {
            return asked;
        }
        let lowered = format!("lowered to {}, the most that is possible", hz(most));
        remarks.push(Remark::Warning(self.tapsmofrq.refuse(lowered).to_string()));
        most
    }

    /// The number of tapers that is asked for.
    fn number(self, lengths: &Lengths) -> Result<Option<usize>, Refusal> {
        let Some(asked) = self.n_taper else {
            return Ok(None);
        };
        let shortest = lengths.shortest();
        if asked.value >= shortest as u64 {
            return Err(asked.refuse(format!(
                "expected less than {shortest}, the samples of the shortest {}",
                lengths.what
            )));
        }
        Ok(Some(asked.value as usize))
    }

    fn remark(
        self,
        half_hz: f64,
        asked: Option<usize>,
        best: [usize; 2],
        remarks: &mut Vec<Remark>,
    ) {
        let [few, many] = best;
        let range = if few == many {
            many.to_string()
        } else {
            format!("{few} to {many}")
        };
        if let (Some(asked), Some(setting)) = (asked, self.n_taper)
            && best != [asked, asked]
        {
            let what = format!("the best number is {range}: this distorts the smoothing bandwidth");
            remarks.push(Remark::Warning(setting.refuse(what).to_string()));
        }
        let tapers = match asked {
            Some(asked) => count(asked as u64, "taper"),
            None if few == many => count(many as u64, "taper"),
            None => format!("{range} tapers, by the length of each trial,"),
        };
        remarks.push(Remark::Note(format!(
            "{tapers} for a smoothing of ±{}",
            hz(half_hz)
        )));
    }

    /// Checks that the tapers of a length are there, and fit a memory.
    fn check(self, prolate: &Prolate, n: usize, lengths: &Lengths) -> Result<(), Refusal> {
        let (nw, n_tapers) = (prolate.nw(n), prolate.count(n));
        // not a number and zero, which come of sample rates near the smallest doubles, are out as well
        let fits = nw > 0.0 && nw < n as f64 / 2.0;
        if n_tapers >= n || !fits {
            let shortest = if n == lengths.shortest() {
                "the shortest "
            } else {
                "a "
            };
            return Err(self.tapsmofrq.refuse(format!(
                "{} of time-half-bandwidth product {nw:.2} do not fit {shortest}{} of {n} samples",
                count(n_tapers as u64, "taper"),
                lengths.what
            )));
        }
        if n_tapers as u128 * n as u128 > MAX_TAPER_SAMPLES {
            return Err(self.tapsmofrq.refuse(format!(
                "{n_tapers} tapers of {n} samples fit no memory; expected a smaller bandwidth or less samples"
            )));
        }
        Ok(())
    }
}
