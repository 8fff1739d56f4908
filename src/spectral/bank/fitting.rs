//! Which frequencies trials are long enough for: a wavelet that reaches beyond its trial at every time shows none of its frequency.

use super::kernel::{Filter, Kernel};
use super::options::{Edges, Options};
use crate::phrase::{number, rounded, rounded_up};
use crate::recording::Recording;
use crate::setting::{Refusal, Setting};
use crate::spectral::times::Times;
use crate::spectral::toi::check_span;

/// What rounding may take of a number of samples.
pub(super) const ROUNDING: f64 = 1e-6;

impl Options {
    /// The filters that `make` makes of frequencies in Hz. Automatic ones start at the lowest frequency that fits.
    ///
    /// # Errors
    /// A frequency that is asked for and fits no trial, where numbers near the ends of trials are NaN.
    pub fn fitting<K: Kernel>(
        &self,
        recording: &Recording,
        mut frequencies: Vec<f64>,
        make: impl Fn(&[f64]) -> Vec<Filter<K>>,
    ) -> Result<Vec<Filter<K>>, Refusal> {
        check_span(&self.toi, recording)?;
        if self.edges != Edges::Nan {
            return Ok(make(&frequencies));
        }
        let fs = recording.sample_rate_hz;
        let times = self.times(recording);
        let room = room(&times, recording);
        let is_too_long = |filter: &&Filter<K>| filter.reach_s() * fs > room + ROUNDING;
        // of kernels of as many cycles: the higher the frequency, the shorter
        let fits_from = |filter: &Filter<K>| filter.hz * filter.reach_s() * fs / room;
        loop {
            let filters = make(&frequencies);
            // of those that need as much the first that is asked for
            let too_long = filters.iter().filter(is_too_long);
            let worst = too_long.reduce(|worst, other| {
                let needs_more = fits_from(other) > fits_from(worst) * (1.0 + ROUNDING);
                if needs_more { other } else { worst }
            });
            let Some(worst) = worst else {
                return Ok(filters);
            };
            let asked = match (&self.wanted.foi, &self.wanted.foilim) {
                _ if room <= 0.0 && times.is_list() => self.toi.refuse(""),
                (Some(foi), _) => foi.refuse(""),
                (_, Some(foilim)) => foilim.refuse(""),
                (None, None) if frequencies.len() > 1 => {
                    // from low to high
                    frequencies.remove(0);
                    continue;
                }
                (None, None) => Setting::default_of("freqanalysis", "foi", ()).refuse(""),
            };
            let fits = match rounded_up(fits_from(worst)) {
                hz if room > 0.0 && hz <= fs / 2.0 => {
                    format!("the lowest frequency that fits is {} Hz", number(hz))
                }
                _ => "no frequency fits".into(),
            };
            let time = if times.is_list() {
                "no time of toi"
            } else {
                "no time of any trial"
            };
            return Err(Refusal {
                what: format!(
                    ": {time} is {} s, 3 σ of the wavelet of {} Hz, away from both ends of its trial; {fits}; expected higher \
                     frequencies, longer trials, shorter wavelets, or edges = \"trial\", which takes zeros for what lies beyond a trial",
                    number(rounded(worst.reach_s())),
                    number(rounded(worst.hz)),
                ),
                ..asked
            });
        }
    }
}

/// Samples from a sample to the nearer end of its trial, whose last sample this is; negative outside of it.
pub(super) fn room_of(sample: i64, last: i64) -> i64 {
    sample.min(last - sample)
}

/// Samples from the row that lies furthest inside of its trial to the nearer of its ends.
fn room(times: &Times, recording: &Recording) -> f64 {
    let of_trial = |trial: usize| {
        let last = recording.trials[trial].n_samples as i64 - 1;
        let rows = times.rows(trial).len();
        match times.is_list() {
            true => {
                let of_row = |row: usize| room_of(times.centre(trial, row), last);
                (0..rows).map(of_row).max().unwrap_or(-1)
            }
            // every sample has a row
            false => last / 2,
        }
    };
    let trials = 0..recording.trials.len();
    trials.map(of_trial).max().unwrap_or(-1) as f64
}
