//! Bursts of an oscillation at known times.

use serde_json::{Map, Value, json};

use super::flags::{frequency, moderate, name, refuse, required};
use super::signal::{Rows, Signal, members};
use super::sine::turn;
use super::sizes::{Sizes, Trial};
use crate::cli::{Envelope, Kind, SignalArgs};
use crate::error::Result;
use crate::phrase::number;

/// Seconds of half a burst's height.
const WIDTH_S: f64 = 0.1;
/// Widths from its centre to where a Gaussian is below 2e-11 and ends.
const REACH: f64 = 3.0;

/// In every channel and trial `amplitude · E(t − t₀) · cos(2π freq (t − t₀))` for every time t₀, added up.
pub struct Events {
    times_s: Vec<f64>,
    freq_hz: f64,
    amplitude: f64,
    envelope: Envelope,
    width_s: f64,
}

impl Events {
    /// The bursts that the flags describe.
    pub fn new(args: &SignalArgs, sizes: &Sizes) -> Result<Events> {
        let mut times_s = required(Kind::Events, "--times", args.times.clone())?;
        let shortest = sizes.lengths.iter().min().copied().unwrap_or(1);
        let (first, last) = (sizes.time_s(0), sizes.time_s(shortest - 1));
        if let Some(outside) = times_s.iter().find(|t| !(first..=last).contains(*t)) {
            return refuse(format!(
                "--times {}: expected seconds within every trial, from {first} to {last}",
                number(*outside)
            ));
        }
        times_s.sort_by(f64::total_cmp);
        let freq = required(Kind::Events, "--freq", args.freq)?;
        let width_s = args.width.unwrap_or(WIDTH_S);
        if !(width_s > 0.0 && width_s.is_finite()) {
            return refuse(format!(
                "--width {}: expected seconds above 0",
                number(width_s)
            ));
        }
        Ok(Events {
            times_s,
            freq_hz: frequency(freq, sizes.sample_rate_hz)?,
            amplitude: moderate("--amplitude", args.amplitude.unwrap_or(1.0))?,
            envelope: args.envelope.unwrap_or_default(),
            width_s,
        })
    }

    /// All bursts at a time.
    fn sum(&self, time_s: f64) -> f64 {
        let reach = REACH * self.width_s;
        let first = self.times_s.partition_point(|t| *t < time_s - reach);
        let near = self.times_s[first..]
            .iter()
            .take_while(|t| **t <= time_s + reach);
        let burst = |t0: &f64| {
            let t = time_s - t0;
            self.envelope.at(t / self.width_s) * libm::cos(turn(self.freq_hz, t))
        };
        self.amplitude * near.map(burst).sum::<f64>()
    }
}

impl Envelope {
    /// The height at a time in widths from the centre: 1 there, one half at ±½.
    fn at(self, t: f64) -> f64 {
        match self {
            Envelope::Gaussian => libm::exp2(-4.0 * t * t),
            Envelope::Hann if t.abs() < 1.0 => 0.5 + 0.5 * libm::cos(std::f64::consts::PI * t),
            Envelope::Hann => 0.0,
        }
    }
}

impl Signal for Events {
    fn rows<'a>(&'a self, trial: Trial<'a>) -> Rows<'a> {
        let mut samples = 0..;
        Box::new(move |row| {
            let k: usize = samples.next().expect("it has no end");
            row.fill(self.sum(trial.sizes.time_s(k)));
        })
    }

    fn known(&self, sizes: &Sizes) -> Map<String, Value> {
        let sample = |t: &f64| (t * sizes.sample_rate_hz).round() - sizes.offset;
        members(json!({
            "times": self.times_s,
            "freq": self.freq_hz,
            "amplitude": self.amplitude,
            "envelope": name(self.envelope),
            "width": self.width_s,
            "theory": {
                "peak_hz": self.freq_hz,
                "samples": self.times_s.iter().map(|t| sample(t) as u64).collect::<Vec<_>>(),
            },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::trials::{samples, sizes};

    fn events(envelope: Envelope, times: &[f64], sizes: &Sizes) -> Result<Events> {
        let args = SignalArgs {
            times: Some(times.to_vec()),
            freq: Some(40.0),
            amplitude: Some(2.0),
            envelope: Some(envelope),
            width: Some(0.1),
            ..SignalArgs::default()
        };
        Events::new(&args, sizes)
    }

    #[test]
    fn a_burst_is_highest_at_its_time_and_half_as_high_half_a_width_away() {
        let mut sizes = sizes(1, 2000, 1);
        sizes.offset = -500.0;
        for envelope in [Envelope::Gaussian, Envelope::Hann] {
            let x = samples(&events(envelope, &[0.25], &sizes).unwrap(), &sizes, 0);
            // 40 Hz has two turns in half a width of 50 ms
            for (sample, expected) in [(750, 2.0), (700, 1.0), (800, 1.0), (100, 0.0), (1400, 0.0)]
            {
                let found: f64 = x[(sample, 0)];
                assert!(
                    (found - expected).abs() < 1e-10,
                    "{sample}: {found}, {expected}"
                );
            }
        }
    }

    #[test]
    fn bursts_add_up_wherever_their_times_stand() {
        let sizes = sizes(1, 1000, 1);
        let of = |times: &[f64]| {
            samples(
                &events(Envelope::Gaussian, times, &sizes).unwrap(),
                &sizes,
                0,
            )
        };
        let both = of(&[0.5, 0.45]);
        assert!(
            (both - of(&[0.45]) - of(&[0.5]))
                .iter()
                .all(|x| x.abs() < 1e-10)
        );
    }

    #[test]
    fn a_time_outside_of_the_trial_is_refused() {
        let sizes = sizes(1, 1000, 1);
        for time in [-0.001, 1.0, f64::NAN, f64::INFINITY] {
            let error = events(Envelope::Hann, &[0.5, time], &sizes).err().unwrap();
            assert!(error.to_string().starts_with("--times"), "{error}");
        }
    }
}
