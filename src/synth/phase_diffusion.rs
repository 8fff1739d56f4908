//! An oscillation whose phase wanders: Syncopy's `phase_diffusion`.
//!
//! Differs from Syncopy in its times, which are those of the samples; Syncopy's reach the end of the trial one sample early,
//! so that its frequency is higher by n / (n − 1).

use std::f64::consts::TAU;

use rand_distr::{Distribution, StandardUniform};
use serde_json::{Map, Value, json};

use super::flags::{frequency, not_negative, required};
use super::random::{Stream, normal};
use super::signal::{Rows, Signal, members};
use super::sine::turn;
use super::sizes::{Sizes, Trial};
use crate::cli::{Kind, SignalArgs};
use crate::error::Result;

/// As Syncopy's.
const EPS: f64 = 0.1;

/// `cos(2π freq t + W)`: W is a random walk, another one in every channel, whose steps have the variance
/// `eps · 2π freq / sample rate`. The autocorrelation at a lag of k samples is that of the oscillation times
/// `exp(−k · variance / 2)`: the spectrum is a Lorentz curve, `eps · freq` Hz wide at half its height.
pub struct PhaseDiffusion {
    freq_hz: f64,
    eps: f64,
    begins_anywhere: bool,
    step_variance: f64,
}

impl PhaseDiffusion {
    /// The oscillation that the flags describe.
    pub fn new(args: &SignalArgs, sizes: &Sizes) -> Result<PhaseDiffusion> {
        let freq = required(Kind::PhaseDiffusion, "--freq", args.freq)?;
        let freq_hz = frequency(freq, sizes.sample_rate_hz)?;
        let eps = not_negative("--eps", args.eps.unwrap_or(EPS))?;
        Ok(PhaseDiffusion {
            freq_hz,
            eps,
            begins_anywhere: args.rand_ini,
            step_variance: eps * TAU * freq_hz / sizes.sample_rate_hz,
        })
    }

    /// The phases of a trial in radians, row by row: the oscillation's, and the walk's.
    fn phases<'a>(&'a self, trial: Trial<'a>) -> impl FnMut(&mut [f64]) + 'a {
        let mut walk = vec![0.0; trial.sizes.n_channels];
        if self.begins_anywhere {
            let mut random = trial.random(Stream::Phase);
            for phase in &mut walk {
                let u: f64 = StandardUniform.sample(&mut random);
                *phase = TAU * u;
            }
        }
        let mut random = trial.random(Stream::Drive);
        let step = self.step_variance.sqrt();
        let mut samples = 0..;
        move |row| {
            let k: usize = samples.next().expect("it has no end");
            let angle = turn(self.freq_hz, trial.sizes.time_s(k));
            for (phase, walk) in row.iter_mut().zip(&mut walk) {
                *walk += step * normal(&mut random);
                *phase = angle + *walk;
            }
        }
    }
}

impl Signal for PhaseDiffusion {
    fn rows<'a>(&'a self, trial: Trial<'a>) -> Rows<'a> {
        let mut phases = self.phases(trial);
        Box::new(move |row| {
            phases(row);
            row.iter_mut().for_each(|x| *x = libm::cos(*x));
        })
    }

    fn known(&self, sizes: &Sizes) -> Map<String, Value> {
        members(json!({
            "freq": self.freq_hz,
            "eps": self.eps,
            "rand_ini": self.begins_anywhere,
            "theory": {
                "peak_hz": self.freq_hz,
                "half_height_width_hz": self.eps * self.freq_hz,
                "variance": 0.5,
                "phase_step_mean": TAU * self.freq_hz / sizes.sample_rate_hz,
                "phase_step_variance": self.step_variance,
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::trials::{rows_of, samples, sizes};

    /// Five standard errors of a mean and of a variance of n normal numbers.
    fn margins(variance: f64, n: f64) -> (f64, f64) {
        (
            5.0 * (variance / n).sqrt(),
            5.0 * variance * (2.0 / n).sqrt(),
        )
    }

    fn diffusion(sizes: &Sizes, eps: f64, rand_ini: bool) -> PhaseDiffusion {
        let args = SignalArgs {
            freq: Some(60.0),
            eps: Some(eps),
            rand_ini,
            ..SignalArgs::default()
        };
        PhaseDiffusion::new(&args, sizes).unwrap()
    }

    #[test]
    fn phase_steps_have_the_mean_of_the_frequency_and_the_variance_of_eps() {
        let sizes = sizes(1, 20_000, 3);
        let signal = diffusion(&sizes, 0.2, false);
        let phases = rows_of(signal.phases(sizes.trial(0)), &sizes, 20_000);
        let (mean, variance) = (TAU * 0.06, 0.2 * TAU * 0.06);
        let steps: Vec<f64> = (1..20_000)
            .flat_map(|k| (0..3).map(move |c| (k, c)))
            .map(|(k, c)| {
                let step: f64 = phases[(k, c)] - phases[(k - 1, c)];
                // the oscillation's angle starts anew with every turn
                step + TAU * ((mean - step) / TAU).round()
            })
            .collect();
        let n = steps.len() as f64;
        let found = steps.iter().sum::<f64>() / n;
        let spread = steps.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let (mean_margin, variance_margin) = margins(variance, n);
        assert!((found - mean).abs() < mean_margin, "{found}, {mean}");
        // steps further than half a turn from the mean are taken for others: 5 standard deviations are 1.4
        assert!(
            (spread - variance).abs() < variance_margin,
            "{spread}, {variance}"
        );
    }

    #[test]
    fn the_autocorrelation_decays_with_half_the_variance_of_a_step() {
        let sizes = sizes(200, 1000, 2);
        let signal = diffusion(&sizes, 0.1, true);
        let rate = 0.1 * TAU * 0.06 / 2.0;
        let lag = 50;
        let mut sum = 0.0;
        for trial in 0..200 {
            let x = samples(&signal, &sizes, trial);
            let pairs =
                (0..1000 - lag).map(|k| x[(k, 0)] * x[(k + lag, 0)] + x[(k, 1)] * x[(k + lag, 1)]);
            sum += pairs.sum::<f64>() / (2 * (1000 - lag)) as f64;
        }
        // three turns of 60 Hz in 50 samples of 1 ms
        let (found, expected) = (sum / 200.0, 0.5 * (-rate * lag as f64).exp());
        // a trial holds about 1000 · rate ≈ 19 independent stretches of each channel
        let margin = 5.0 * 0.5 / (200.0 * 2.0 * 19.0_f64).sqrt();
        assert!((found - expected).abs() < margin, "{found}, {expected}");
    }

    #[test]
    fn without_eps_it_is_the_oscillation() {
        let sizes = sizes(1, 500, 1);
        let x = samples(&diffusion(&sizes, 0.0, false), &sizes, 0);
        for k in 0..500 {
            assert!((x[(k, 0)] - (TAU * 60.0 * k as f64 / 1000.0).cos()).abs() < 1e-12);
        }
    }
}
