//! The frequency grid of an FFT and what `foi` and `foilim` take of it.

use serde_json::{Value, json};

use super::cfg::{plain, plain_list};
use super::remark::Remark;
use crate::phrase::{hz, number};
use crate::setting::{Refusal, Section, Setting};

/// How far above half the sample rate a frequency may lie, as a part of it: the rate of a recording is often the inverse of
/// a mean distance of samples, 999.9999999999993 Hz in place of 1000.
const SLACK: f64 = 1e-6;
/// What rounding may take of a frequency.
const ROUNDING: f64 = 1e-12;
/// How far from its bin a frequency may lie, in bins, before that is said.
const UNTOLD: f64 = 0.01;
/// Frequencies that are listed in a message.
const MAX_TOLD: usize = 6;

/// A frequency up to half the sample rate, for one that may lie a little above it.
pub fn up_to_half(f: f64, sample_rate_hz: f64) -> f64 {
    f.min(sample_rate_hz / 2.0)
}

/// The frequencies that the config asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Single ones, in Hz.
    pub foi: Option<Setting<Vec<f64>>>,
    /// All between two, in Hz, in either order.
    pub foilim: Option<Setting<[f64; 2]>>,
}

impl Wanted {
    /// Reads `foi` and `foilim`.
    ///
    /// # Errors
    /// Both, an empty list, or limits that are not two.
    pub fn from_section(section: &Section, warnings: &mut Vec<String>) -> Result<Wanted, Refusal> {
        let foi = section.numbers("foi")?;
        let foilim = section.numbers("foilim")?;
        if let (Some(foi), Some(_)) = (&foi, &foilim) {
            return Err(foi.refuse("expected either foi or foilim, not both"));
        }
        if let Some(foi) = foi.as_ref().filter(|foi| foi.value.is_empty()) {
            return Err(foi.refuse("expected at least one frequency"));
        }
        let two =
            |f: &Vec<f64>| <[f64; 2]>::try_from(f.clone()).map_err(|_| "expected two frequencies");
        let foilim = foilim.map(|foilim| foilim.try_map(two)).transpose()?;
        warnings.extend(foilim.as_ref().and_then(|f| f.reversed(f.value)));
        Ok(Wanted { foi, foilim })
    }

    /// As Syncopy's `cfg` holds them.
    pub fn cfg(&self) -> [(&'static str, Value); 2] {
        let list = |foi: &Setting<Vec<f64>>| plain_list(&foi.value);
        let sorted = |foilim: &Setting<[f64; 2]>| {
            let [a, b] = foilim.value;
            json!([plain(a.min(b)), plain(a.max(b))])
        };
        [
            ("foi", self.foi.as_ref().map_or(Value::Null, list)),
            ("foilim", self.foilim.as_ref().map_or(Value::Null, sorted)),
        ]
    }

    /// Checks that all of them lie between 0 and half the sample rate, but for the inaccuracy of the latter.
    ///
    /// # Errors
    /// One that does not.
    pub fn check(&self, sample_rate_hz: f64) -> Result<(), Refusal> {
        let nyquist = sample_rate_hz / 2.0;
        let outside = |f: &&f64| !(0.0..=nyquist * (1.0 + SLACK)).contains(*f);
        let refusal = |f: &f64| {
            let (f, nyquist) = (number(*f), number(nyquist));
            format!("{f} Hz is not between 0 and {nyquist} Hz, half the sample rate")
        };
        if let Some(foi) = &self.foi
            && let Some(f) = foi.value.iter().find(outside)
        {
            return Err(foi.refuse(refusal(f)));
        }
        if let Some(foilim) = &self.foilim
            && let Some(f) = foilim.value.iter().find(outside)
        {
            return Err(foilim.refuse(refusal(f)));
        }
        Ok(())
    }
}

/// The frequencies of a result: bins of an FFT's grid `k · sample rate / n_fft`, k = 0 … n_fft/2.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    sample_rate_hz: f64,
    n_fft: usize,
    bins: Bins,
}

#[derive(Clone, Debug, PartialEq)]
enum Bins {
    /// From the first to the last, both included; never empty.
    Between(usize, usize),
    List(Vec<usize>),
}

impl Grid {
    /// All bins up to half the sample rate.
    pub fn whole(sample_rate_hz: f64, n_fft: usize) -> Grid {
        Grid {
            sample_rate_hz,
            n_fft,
            bins: Bins::Between(0, n_fft / 2),
        }
    }

    /// The bins that `foi` or `foilim` ask for; all without either.
    ///
    /// `foi`: the nearest bin of each request, the upper one of a tie, duplicates dropped, order kept. `foilim`: bins
    /// between both limits, included, sorted. A frequency that lies a little above half the sample rate means the highest bin.
    ///
    /// # Errors
    /// Values outside of 0 to half the sample rate, or a range without a bin.
    pub fn select(self, wanted: &Wanted) -> Result<Grid, Refusal> {
        wanted.check(self.sample_rate_hz)?;
        let bins = if let Some(foi) = &wanted.foi {
            let mut bins = Vec::new();
            let mut seen = std::collections::HashSet::new();
            for &f in &foi.value {
                let bin = self.nearest(f);
                if seen.insert(bin) {
                    bins.push(bin);
                }
            }
            Bins::List(bins)
        } else if let Some(foilim) = &wanted.foilim {
            let [a, b] = foilim.value.map(|f| up_to_half(f, self.sample_rate_hz));
            let (low, high) = (a.min(b), a.max(b));
            let mut first = self.nearest(low);
            let mut last = self.nearest(high);
            if self.hz(first) < low - self.inaccuracy(low) {
                first += 1;
            }
            if self.hz(last) > high + self.inaccuracy(high) {
                // an empty range shows as last < first; bin 0 is at 0 Hz, which is never above `high`
                last -= 1;
            }
            if last < first {
                return Err(foilim.refuse(format!(
                    "no frequency of the grid lies in it; the grid has steps of {} Hz",
                    self.step_hz()
                )));
            }
            Bins::Between(first, last)
        } else {
            return Ok(self);
        };
        Ok(Grid { bins, ..self })
    }

    /// What is said of `foi` where the grid does not have its frequencies.
    pub fn remark(&self, wanted: &Wanted) -> Option<Remark> {
        let foi = wanted.foi.as_ref()?;
        let step = self.step_hz();
        let bin_of = |f: f64| self.hz(self.nearest(f));
        let is_moved = |f: &&f64| (bin_of(**f) - **f).abs() > UNTOLD * step + ROUNDING * **f;
        let moved: Vec<&f64> = foi.value.iter().filter(is_moved).collect();
        if moved.is_empty() {
            return None;
        }
        let told = moved.iter().take(MAX_TOLD);
        let told: Vec<String> = told
            .map(|&&f| format!("{} is {}", hz(f), hz(bin_of(f))))
            .collect();
        let more = match moved.len() - told.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        let what = format!(
            "the grid has steps of {}, the nearest frequencies are taken: {}{more}",
            hz(step),
            told.join(", ")
        );
        Some(Remark::Warning(foi.refuse(what).to_string()))
    }

    /// Points of the FFT.
    pub fn n_fft(&self) -> usize {
        self.n_fft
    }

    /// How many frequencies there are.
    pub fn len(&self) -> usize {
        match &self.bins {
            Bins::Between(first, last) => last - first + 1,
            Bins::List(bins) => bins.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bins of the FFT, in the order of the result.
    pub fn bins(&self) -> Vec<usize> {
        match &self.bins {
            Bins::Between(first, last) => (*first..=*last).collect(),
            Bins::List(bins) => bins.clone(),
        }
    }

    /// The frequencies in Hz, in the order of the result.
    pub fn frequencies_hz(&self) -> Vec<f64> {
        self.bins().into_iter().map(|bin| self.hz(bin)).collect()
    }

    /// The lowest and the highest frequency in Hz.
    pub fn range_hz(&self) -> (f64, f64) {
        let (low, high) = match &self.bins {
            Bins::Between(first, last) => (*first, *last),
            Bins::List(bins) => (
                bins.iter().copied().min().unwrap_or(0),
                bins.iter().copied().max().unwrap_or(0),
            ),
        };
        (self.hz(low), self.hz(high))
    }

    fn step_hz(&self) -> f64 {
        self.sample_rate_hz / self.n_fft as f64
    }

    /// How far a limit may lie from a bin that it means.
    fn inaccuracy(&self, limit: f64) -> f64 {
        (SLACK * limit).min(UNTOLD * self.step_hz())
    }

    fn hz(&self, bin: usize) -> f64 {
        bin as f64 * self.sample_rate_hz / self.n_fft as f64
    }

    /// The bin nearest to `f`, the upper one of a tie.
    fn nearest(&self, f: f64) -> usize {
        let guess = (f * self.n_fft as f64 / self.sample_rate_hz) as usize;
        let last = self.n_fft / 2;
        (guess.saturating_sub(1)..=guess.saturating_add(1).min(last))
            .min_by(|&a, &b| {
                (self.hz(a) - f)
                    .abs()
                    .total_cmp(&(self.hz(b) - f).abs())
                    .then(b.cmp(&a))
            })
            .unwrap_or(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foi(values: &[f64]) -> Wanted {
        Wanted {
            foi: Some(Setting::default_of("freqanalysis", "foi", values.to_vec())),
            foilim: None,
        }
    }

    fn foilim(low: f64, high: f64) -> Wanted {
        Wanted {
            foi: None,
            foilim: Some(Setting::default_of("freqanalysis", "foilim", [low, high])),
        }
    }

    #[test]
    fn foi_takes_the_nearest_bin_the_upper_of_a_tie_and_drops_duplicates() {
        // grid of 0.5 Hz
        let asked = foi(&[40.0, 10.25, 10.3, 10.75, 10.0, 10.0, 249.9]);
        let grid = Grid::whole(500.0, 1000).select(&asked).unwrap();
        assert_eq!(grid.frequencies_hz(), [40.0, 10.5, 11.0, 10.0, 250.0]);
    }

    #[test]
    fn foilim_holds_both_its_ends_in_either_order() {
        let grid = Grid::whole(500.0, 1000).select(&foilim(45.0, 5.0)).unwrap();
        let frequencies = grid.frequencies_hz();
        assert_eq!(
            (frequencies[0], *frequencies.last().unwrap(), grid.len()),
            (5.0, 45.0, 81)
        );
        // the last bin of an odd length lies below half the sample rate
        let grid = Grid::whole(500.0, 7).select(&foilim(0.0, 250.0)).unwrap();
        assert_eq!(grid.len(), 4);
        let grid = Grid::whole(500.0, 1).select(&foilim(0.0, 250.0)).unwrap();
        assert_eq!(grid.frequencies_hz(), [0.0]);
    }

    #[test]
    fn a_range_between_two_bins_is_refused_with_the_step() {
        let refusal = Grid::whole(500.0, 1000)
            .select(&foilim(40.1, 40.2))
            .expect_err("empty");
        assert!(refusal.to_string().contains("steps of 0.5 Hz"), "{refusal}");
        assert!(Grid::whole(500.0, 1000).select(&foilim(0.1, 0.2)).is_err());
    }

    #[test]
    fn a_rate_just_below_a_round_number_keeps_its_highest_bin_and_round_limits() {
        let inexact = 999.999_999_999_999_3;
        for fs in [inexact, 999.9995] {
            let grid = |wanted: &Wanted| Grid::whole(fs, 1000).select(wanted).unwrap();
            assert_eq!(grid(&foilim(0.0, 500.0)).len(), 501, "{fs}");
            assert_eq!(grid(&foilim(500.0, 500.0)).bins(), [500], "{fs}");
            assert_eq!(grid(&foi(&[100.0, 500.0])).bins(), [100, 500], "{fs}");
            assert_eq!(grid(&foi(&[100.0, 500.0])).remark(&foi(&[500.0])), None);
            // the bins at 99.99… and 199.99… Hz are meant
            assert_eq!(grid(&foilim(100.0, 200.0)).len(), 101, "{fs}");
        }
        assert!(Grid::whole(inexact, 1000).select(&foi(&[500.01])).is_err());
        assert!(Grid::whole(999.99, 1000).select(&foi(&[500.0])).is_err());
        // the highest bin of an odd length lies lower
        let odd = Grid::whole(inexact, 999).select(&foi(&[500.0])).unwrap();
        assert_eq!(odd.bins(), [499]);
    }

    #[test]
    fn frequencies_that_the_grid_does_not_have_are_listed_with_those_taken() {
        let remark = |values: &[f64]| {
            let wanted = foi(values);
            let grid = Grid::whole(500.0, 1000).select(&wanted).unwrap();
            grid.remark(&wanted).map(|remark| remark.to_string())
        };
        // 1 % of a bin, 0.005 Hz, and what binary numbers make of it
        assert_eq!(remark(&[10.0, 40.5, 10.004, 0.1 + 0.2 + 0.2]), None);
        let text = remark(&[10.0, 10.3, 10.4, 11.24]).expect("off the grid");
        assert!(
            text.ends_with(
                "the grid has steps of 0.5 Hz, the nearest frequencies are taken: 10.3 Hz is 10.5 Hz, 10.4 Hz is 10.5 Hz, \
                 11.24 Hz is 11 Hz"
            ),
            "{text}"
        );
        let many: Vec<f64> = (0..100).map(|k| 10.2 + f64::from(k)).collect();
        let text = remark(&many).expect("off the grid");
        assert!(text.ends_with("15.2 Hz is 15 Hz and 94 more"), "{text}");
    }

    #[test]
    fn frequencies_beyond_half_the_sample_rate_and_nan_are_refused() {
        for bad in [-1.0, 251.0, f64::NAN, f64::INFINITY] {
            assert!(Grid::whole(500.0, 1000).select(&foi(&[1.0, bad])).is_err());
            assert!(Grid::whole(500.0, 1000).select(&foilim(1.0, bad)).is_err());
        }
    }
}
