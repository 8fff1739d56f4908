//! Which frequencies trials are long enough for: a wavelet that reaches beyond its trial at every time shows none of its frequency.

use super::kernel::{Filter, Kernel};
use super::options::{Edges, Options};
use crate::phrase::number;
use crate::recording::Recording;
use crate::setting::Refusal;
use crate::spectral::times::Times;

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
        if self.edges != Edges::Nan {
            return Ok(make(&frequencies));
        }
        let fs = recording.sample_rate_hz;
        let room = room(&self.times(recording), recording);
        let is_too_long = |filter: &Filter<K>| filter.reach_s() * fs > room + ROUNDING;
        loop {
            let filters = make(&frequencies);
            let Some(long) = filters.iter().find(|filter| is_too_long(filter)) else {
                return Ok(filters);
            };
            let asked = match (&self.wanted.foi, &self.wanted.foilim) {
                (Some(foi), _) => foi.refuse(""),
                (_, Some(foilim)) => foilim.refuse(""),
                (None, None) if frequencies.len() > 1 => {
                    // from low to high
                    frequencies.remove(0);
                    continue;
                }
                (None, None) => self.toi.refuse(""),
            };
            let lowest = long.hz * long.reach_s() * fs / room;
            let fits = match room > 0.0 {
                true => format!(
                    "the lowest frequency that fits is {} Hz",
                    rounded_up(lowest)
                ),
                false => "no frequency fits".into(),
            };
            return Err(Refusal {
                what: format!(
                    ": {} Hz has no time that is {} s, 3 σ of its wavelet, away from both ends of a trial; {fits}; expected higher \
                     frequencies, longer trials, or edges = \"trial\", which takes zeros for what lies beyond a trial",
                    number(round(long.hz)),
                    number(round(long.reach_s())),
                ),
                ..asked
            });
        }
    }
}

/// Samples from the row that lies furthest inside of its trial to the nearer of its ends.
fn room(times: &Times, recording: &Recording) -> f64 {
    let of_trial = |trial: usize| {
        let last = recording.trials[trial].n_samples as i64 - 1;
        let rows = times.rows(trial).len();
        let of_row = |row: usize| {
            let centre = times.centre(trial, row);
            centre.min(last - centre)
        };
        match times.is_list() {
            true => (0..rows).map(of_row).max().unwrap_or(-1),
            // every sample has a row
            false => last / 2,
        }
    };
    let trials = 0..recording.trials.len();
    trials.map(of_trial).max().unwrap_or(-1) as f64
}

/// Four significant digits.
pub(super) fn round(x: f64) -> f64 {
    format!("{x:.3e}").parse().unwrap_or(x)
}

/// The next number of four significant digits.
fn rounded_up(x: f64) -> String {
    let near = round(x);
    let step = 10_f64.powi(x.abs().log10().floor() as i32 - 3);
    number(round(if near < x { near + step } else { near }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_to_what_still_fits() {
        assert_eq!(rounded_up(5.80812), "5.809");
        assert_eq!(rounded_up(5.808), "5.808");
        assert_eq!(rounded_up(0.99991), "1");
        assert_eq!(rounded_up(1234.4), "1235");
    }
}
