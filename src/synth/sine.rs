//! One oscillation, the same in all channels and trials: Syncopy's `harmonic`.

use std::f64::consts::TAU;

use serde_json::{Map, Value, json};

use super::flags::{frequency, moderate, required};
use super::signal::{Rows, Signal, members};
use super::sizes::{Sizes, Trial};
use crate::cli::{Kind, SignalArgs};
use crate::error::Result;

/// `amplitude · cos(2π freq t + phase)`, t seconds after the trigger.
pub struct Sine {
    freq_hz: f64,
    amplitude: f64,
    phase_rad: f64,
}

impl Sine {
    /// The oscillation that the flags describe.
    pub fn new(args: &SignalArgs, sizes: &Sizes) -> Result<Sine> {
        let freq = required(Kind::Sine, "--freq", args.freq)?;
        Ok(Sine {
            freq_hz: frequency(freq, sizes.sample_rate_hz)?,
            amplitude: moderate("--amplitude", args.amplitude.unwrap_or(1.0))?,
            phase_rad: moderate("--phase", args.phase.unwrap_or(0.0))?,
        })
    }
}

impl Signal for Sine {
    fn rows<'a>(&'a self, trial: Trial<'a>) -> Rows<'a> {
        let mut samples = 0..;
        Box::new(move |row| {
            let k: usize = samples.next().expect("it has no end");
            let angle = turn(self.freq_hz, trial.sizes.time_s(k)) + self.phase_rad;
            row.fill(self.amplitude * libm::cos(angle));
        })
    }

    fn known(&self, _: &Sizes) -> Map<String, Value> {
        members(json!({
            "freq": self.freq_hz,
            "amplitude": self.amplitude,
            "phase": self.phase_rad,
            "theory": { "peak_hz": self.freq_hz, "variance": self.amplitude * self.amplitude / 2.0 },
        }))
    }
}

/// The angle of an oscillation at a time, in radians within one turn, where angles have most digits.
pub fn turn(freq_hz: f64, time_s: f64) -> f64 {
    TAU * (freq_hz * time_s).fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::trials::{samples, sizes};

    #[test]
    fn a_sine_has_its_frequency_amplitude_and_phase_at_every_sample() {
        let mut sizes = sizes(1, 2000, 2);
        sizes.offset = -300.0;
        let args = SignalArgs {
            freq: Some(37.5),
            amplitude: Some(3.0),
            phase: Some(0.25),
            ..SignalArgs::default()
        };
        let made = samples(&Sine::new(&args, &sizes).unwrap(), &sizes, 0);
        for ((k, _), x) in made.indexed_iter() {
            let t = (k as f64 - 300.0) / 1000.0;
            let expected = 3.0 * (TAU * 37.5 * t + 0.25).cos();
            assert!((x - expected).abs() < 1e-12, "{k}: {x}, {expected}");
        }
    }
}
