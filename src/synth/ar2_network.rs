//! Autoregressive processes, alone or coupled: Syncopy's `ar2_network` and `red_noise`.
//!
//! Differs from Syncopy in where it begins: trials are stationary from their first sample on, Syncopy's begin with two
//! samples of white noise.

use std::f64::consts::TAU;

use serde_json::{Map, Value, json};

use super::couplings::{Coupling, Decay, decay, parse};
use super::flags::{refuse, required};
use super::random::{Stream, normal};
use super::signal::{Rows, Signal, members};
use super::sizes::{Sizes, Trial};
use crate::cli::{Kind, SignalArgs};
use crate::error::Result;
use crate::phrase::number;
use crate::recording::Recording;

/// Syncopy's: at 200 Hz a peak at 40 Hz. Dhamala, Rangarajan and Ding (2008), Phys. Rev. Lett. 100, 018701.
const ALPHAS: [f64; 2] = [0.55, -0.8];
/// Syncopy's, from the second channel to the first.
const STRENGTH: f64 = 0.25;
/// A pole further out forgets in millions of samples.
const MAX_POLE: f64 = 0.99999;

/// `x(t) = (α₁ + Aᵀ) x(t−1) + α₂ x(t−2) + ε(t)`, ε normal of variance 1, independent in every channel.
pub struct Ar2Network {
    alphas: [f64; 2],
    couplings: Vec<Coupling>,
    decay: Decay,
    is_red: bool,
}

impl Ar2Network {
    /// The network that the flags describe.
    pub fn new(args: &SignalArgs, sizes: &Sizes) -> Result<Ar2Network> {
        let alphas = match args.alphas.as_deref() {
            None => ALPHAS,
            Some(&[alpha1, alpha2]) if alpha1.is_finite() && alpha2.is_finite() => [alpha1, alpha2],
            Some(found) => {
                return refuse(format!(
                    "--alphas {}: expected two numbers, as 0.55,-0.8",
                    joined(found)
                ));
            }
        };
        let couplings = match &args.adj_mat {
            Some(text) => parse(text, sizes.n_channels)?,
            None if sizes.n_channels == 1 => Vec::new(),
            None => vec![Coupling {
                from: 1,
                to: 0,
                strength: STRENGTH,
            }],
        };
        let alone = decay(alphas, &[])?.largest_pole;
        if !(0.0..=MAX_POLE).contains(&alone) {
            return refuse(format!(
                "--alphas {}: a pole of modulus {}, expected at most {MAX_POLE}: from 1 on it grows for ever",
                joined(&alphas),
                number(alone)
            ));
        }
        let decay = decay(alphas, &couplings)?;
        if !(0.0..=MAX_POLE).contains(&decay.largest_pole) {
            return refuse(format!(
                "--AdjMat: a pole of modulus {}, expected at most {MAX_POLE}: from 1 on it grows for ever",
                number(decay.largest_pole)
            ));
        }
        Ok(Ar2Network {
            alphas,
            couplings,
            decay,
            is_red: false,
        })
    }

    /// First-order processes without couplings.
    pub fn red_noise(args: &SignalArgs) -> Result<Ar2Network> {
        let alpha = required(Kind::RedNoise, "--alpha", args.alpha)?;
        if !(0.0..=MAX_POLE).contains(&alpha) {
            return refuse(format!(
                "--alpha {}: expected a number from 0 to {MAX_POLE}: from 1 on it grows for ever",
                number(alpha)
            ));
        }
        Ok(Ar2Network {
            alphas: [alpha, 0.0],
            couplings: Vec::new(),
            decay: decay([alpha, 0.0], &[])?,
            is_red: true,
        })
    }

    /// The frequency of the largest power of a channel that nothing drives, in cycles per sample; none without a peak
    /// between 0 and one half. Source: Box and Jenkins (1976), Time Series Analysis, section 3.2.4.
    fn peak(&self) -> Option<f64> {
        let [alpha1, alpha2] = self.alphas;
        let cosine = alpha1 * (alpha2 - 1.0) / (4.0 * alpha2);
        (alpha2 < 0.0 && cosine.abs() < 1.0).then(|| libm::acos(cosine) / TAU)
    }

    /// The variance of a channel that nothing drives. Source: Box and Jenkins (1976), section 3.2.4.
    fn variance(&self) -> f64 {
        let [alpha1, alpha2] = self.alphas;
        (1.0 - alpha2) / ((1.0 + alpha2) * ((1.0 - alpha2).powi(2) - alpha1 * alpha1))
    }
}

impl Signal for Ar2Network {
    fn rows<'a>(&'a self, trial: Trial<'a>) -> Rows<'a> {
        let mut random = trial.random(Stream::Drive);
        let n = trial.sizes.n_channels;
        let (mut last, mut before) = (vec![0.0; n], vec![0.0; n]);
        let [alpha1, alpha2] = self.alphas;
        let mut next = move |row: &mut [f64]| {
            for ((x, last), before) in row.iter_mut().zip(&last).zip(&before) {
                *x = alpha1 * last + alpha2 * before + normal(&mut random);
            }
            for coupling in &self.couplings {
                row[coupling.to] += coupling.strength * last[coupling.from];
            }
            before.copy_from_slice(&last);
            last.copy_from_slice(row);
        };
        let mut row = vec![0.0; n];
        for _ in 0..self.decay.burn_in {
            next(&mut row);
        }
        Box::new(next)
    }

    fn known(&self, sizes: &Sizes) -> Map<String, Value> {
        if self.is_red {
            return members(json!({
                "alpha": self.alphas[0],
                "theory": { "variance": self.variance() },
            }));
        }
        let labels = Recording::default_labels(sizes.n_channels);
        let couplings: Vec<Value> = self
            .couplings
            .iter()
            .map(|c| json!({ "from": labels[c.from], "to": labels[c.to], "strength": c.strength }))
            .collect();
        members(json!({
            "alphas": self.alphas,
            "couplings": couplings,
            "theory": {
                "largest_pole": self.decay.largest_pole,
                "undriven_peak_hz": self.peak().map(|peak| peak * sizes.sample_rate_hz),
                "undriven_variance": self.variance(),
            },
        }))
    }
}

fn joined(numbers: &[f64]) -> String {
    let numbers: Vec<String> = numbers.iter().take(9).map(|x| number(*x)).collect();
    numbers.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::trials::{mean_power, samples, sizes};
    use num_complex::Complex;

    /// Standard errors of a mean over trials that a test allows: one of a million numbers is further away.
    const MARGIN: f64 = 5.0;

    fn red(alpha: f64) -> Ar2Network {
        let args = SignalArgs {
            alpha: Some(alpha),
            ..SignalArgs::default()
        };
        Ar2Network::red_noise(&args).unwrap()
    }

    fn network(alphas: [f64; 2], adj_mat: &str, sizes: &Sizes) -> Result<Ar2Network> {
        let args = SignalArgs {
            alphas: Some(alphas.to_vec()),
            adj_mat: Some(adj_mat.to_owned()),
            ..SignalArgs::default()
        };
        Ar2Network::new(&args, sizes)
    }

    /// Compares powers with the theory at all bins but the outermost, where a window sees both signs of a frequency.
    fn assert_powers(found: &[f64], n_trials: usize, theory: impl Fn(f64) -> f64, how: &str) {
        let n = 2 * (found.len() - 1);
        for (bin, power) in found.iter().enumerate().take(n / 2 - 2).skip(3) {
            let expected = theory(TAU * bin as f64 / n as f64);
            let apart = (power / expected - 1.0).abs();
            assert!(
                apart < MARGIN / (n_trials as f64).sqrt(),
                "{how}, bin {bin}: {power}, {expected}"
            );
        }
    }

    #[test]
    fn red_noise_has_its_variance_from_the_first_sample_on() {
        let sizes = sizes(4000, 5, 1);
        let red = red(0.9);
        for sample in [0, 4] {
            let variance = (0..4000).map(|trial| samples(&red, &sizes, trial)[(sample, 0)].powi(2));
            let variance = variance.sum::<f64>() / 4000.0;
            let expected = 1.0 / (1.0 - 0.81);
            assert!((red.variance() - expected).abs() < 1e-12);
            let margin = MARGIN * expected * (2.0_f64 / 4000.0).sqrt();
            assert!(
                (variance - expected).abs() < margin,
                "{variance}, {expected}"
            );
        }
    }

    #[test]
    fn red_noise_has_the_spectrum_of_the_first_order() {
        let sizes = sizes(400, 256, 1);
        let found = mean_power(&red(0.8), &sizes, 400);
        let theory = |w: f64| 1.0 / (1.0 - 0.8 * Complex::from_polar(1.0, -w)).norm_sqr();
        assert_powers(&found[0], 400, theory, "red");
    }

    #[test]
    fn a_network_has_the_spectra_of_its_transfer_function() {
        let mut sizes = sizes(400, 256, 2);
        sizes.sample_rate_hz = 200.0;
        let network = network([0.55, -0.8], "0,0;0.25,0", &sizes).unwrap();
        let found = mean_power(&network, &sizes, 400);
        let z = |w: f64| Complex::from_polar(1.0, -w);
        let alone = |w: f64| 1.0 / (1.0 - 0.55 * z(w) + 0.8 * z(w) * z(w)).norm_sqr();
        assert_powers(&found[1], 400, alone, "channel that drives");
        let driven = |w: f64| alone(w) + 0.0625 * alone(w).powi(2);
        assert_powers(&found[0], 400, driven, "channel that is driven");
        // bins are 0.78 Hz apart, and the top is flat
        assert!((network.peak().unwrap() * 200.0 - 39.988).abs() < 0.001);
        let peak = (0..129).max_by(|a, b| found[1][*a].total_cmp(&found[1][*b]));
        assert!((peak.unwrap() as f64 * 200.0 / 256.0 - 40.0).abs() < 3.0);
    }

    #[test]
    fn an_undriven_channel_has_the_variance_of_the_theory() {
        let sizes = sizes(400, 200, 1);
        let network = network([0.55, -0.8], "0", &sizes).unwrap();
        let sum: f64 = (0..400)
            .map(|trial| samples(&network, &sizes, trial).mapv(|x| x * x).sum())
            .sum();
        let variance = sum / 80_000.0;
        // samples further apart than 1 / (1 − 0.8) are nearly independent
        let margin = MARGIN * network.variance() * (2.0_f64 / 16_000.0).sqrt();
        assert!((variance - network.variance()).abs() < margin, "{variance}");
    }

    #[test]
    fn what_does_not_stay_finite_is_refused() {
        let sizes = sizes(1, 10, 2);
        for (alphas, adj_mat, flag) in [
            ([0.55, -1.0], "0,0;0,0", "--alphas 0.55,-1"),
            ([1.1, 0.0], "0,0;0,0", "--alphas 1.1,0"),
            ([0.5, 0.0], "0,0.5;0.5,0", "--AdjMat"),
            ([0.5, f64::NAN], "0,0;0,0", "--alphas"),
            ([1e300, 1e300], "0,0;0,0", "--alphas"),
        ] {
            let error = network(alphas, adj_mat, &sizes).err().unwrap().to_string();
            assert!(error.starts_with(flag), "{error}");
        }
    }
}
