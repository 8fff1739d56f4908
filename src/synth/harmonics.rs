//! Another sine in every channel, with its double.

use std::f64::consts::TAU;

use super::signal::{Rows, Signal};
use super::sizes::Trial;

/// The sine of channel 0 in Hz, and what every further channel adds.
const BASE_HZ: f64 = 10.0;
const STEP_HZ: f64 = 5.0;

/// In channel c a sine of 10 + 5 c Hz and its double at half the amplitude.
pub struct Harmonics;

impl Signal for Harmonics {
    fn rows<'a>(&'a self, trial: Trial<'a>) -> Rows<'a> {
        let sample_rate_hz = trial.sizes.sample_rate_hz;
        // as many different channels as have their double below half the sample rate
        let n_fit = ((sample_rate_hz / 4.0 - BASE_HZ) / STEP_HZ)
            .floor()
            .max(1.0) as usize;
        let mut samples = 0..;
        Box::new(move |row| {
            let k: usize = samples.next().expect("it has no end");
            for (c, x) in row.iter_mut().enumerate() {
                let hz = BASE_HZ + STEP_HZ * (c % n_fit) as f64;
                let angle = TAU * (hz * k as f64 / sample_rate_hz).fract();
                *x = libm::sin(angle) + 0.5 * libm::sin(2.0 * angle);
            }
        })
    }
}
