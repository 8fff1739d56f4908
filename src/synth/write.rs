//! Samples into a data file, slab by slab, so that a recording may be larger than memory.

use std::fs::File;
use std::os::unix::fs::FileExt;

use ndarray::{Array2, ArrayView2};
use serde_json::Map;

use super::Content;
use super::info::mark;
use super::random::{Stream, normal};
use super::signal::Rows;
use super::sizes::Trial;
use crate::error::{IoContext, Result};
use crate::output::{Analog, Target};
use crate::recording::Recording;

/// Numbers made before they are written.
const SLAB: usize = 1 << 20;

/// What the container will hold.
pub fn analog<'a>(content: &Content, trialdefinition: ArrayView2<'a, f64>) -> Analog<'a> {
    let sizes = &content.sizes;
    Analog {
        sample_rate_hz: sizes.sample_rate_hz,
        labels: Recording::default_labels(sizes.n_channels),
        is_double: false,
        trialdefinition,
        described: None,
        log: String::new(),
        cfg: Map::new(),
        mark: mark(content),
    }
}

/// Writes the part file of a recording, and gives the byte at which its samples begin.
pub fn write(content: &Content, analog: &Analog, target: &Target) -> Result<u64> {
    let part = &target.part;
    let sizes = &content.sizes;
    let offset = analog.create(part)?;
    let file = File::options().write(true).open(part);
    let file = file.at(part, "open this file")?;
    let mut at = offset;
    for (number, &n) in sizes.lengths.iter().enumerate() {
        let mut samples = Samples::of(content, sizes.trial(number));
        let mut left = n;
        while left > 0 {
            let n_now = (SLAB / sizes.n_channels).max(1).min(left);
            let slab = samples.next(n_now);
            let numbers = slab.as_slice().expect("a new array is in C order");
            let bytes: &[u8] = bytemuck::cast_slice(numbers);
            file.write_all_at(bytes, at).at(part, "write samples")?;
            at += bytes.len() as u64;
            left -= n_now;
        }
    }
    file.sync_data().at(part, "sync this file to disk")?;
    Ok(offset)
}

/// The samples of one trial, signal and noise, from the first on.
struct Samples<'a> {
    rows: Rows<'a>,
    row: Vec<f64>,
    noise: rand_chacha::ChaCha8Rng,
    noise_level: f64,
}

impl<'a> Samples<'a> {
    fn of(content: &'a Content, trial: Trial<'a>) -> Samples<'a> {
        Samples {
            rows: content.signal.rows(trial),
            row: vec![0.0; trial.sizes.n_channels],
            noise: trial.random(Stream::Noise),
            noise_level: content.noise_level,
        }
    }

    /// The next samples, `(n_samples, n_channels)`.
    fn next(&mut self, n_samples: usize) -> Array2<f32> {
        let mut slab = Array2::zeros((n_samples, self.row.len()));
        for mut samples in slab.rows_mut() {
            (self.rows)(&mut self.row);
            for (sample, x) in samples.iter_mut().zip(&self.row) {
                // nobody should wait for noise that is not there
                if self.noise_level != 0.0 {
                    *sample = (self.noise_level * normal(&mut self.noise)) as f32;
                }
                *sample += *x as f32;
            }
        }
        slab
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Kind, SignalArgs};
    use crate::synth::signal::signal;
    use crate::synth::trials::sizes;
    use ndarray::concatenate;

    #[test]
    fn samples_do_not_depend_on_how_many_are_made_at_once() {
        let one = |kind, args: SignalArgs| {
            let sizes = sizes(2, 100, 3);
            let signal = signal(kind, &args, &sizes).unwrap();
            let content = Content {
                kind,
                signal,
                noise: Some(0.5),
                noise_level: 0.5,
                sizes,
            };
            let all = Samples::of(&content, content.sizes.trial(1)).next(100);
            let mut samples = Samples::of(&content, content.sizes.trial(1));
            let parts = [1, 7, 32, 60].map(|n| samples.next(n));
            let views = parts.each_ref().map(|part| part.view());
            assert_eq!(
                all,
                concatenate(ndarray::Axis(0), &views).unwrap(),
                "{kind:?}"
            );
        };
        let given = || SignalArgs {
            freq: Some(40.0),
            ..SignalArgs::default()
        };
        one(Kind::WhiteNoise, SignalArgs::default());
        one(Kind::Harmonics, SignalArgs::default());
        one(Kind::LinearTrend, SignalArgs::default());
        one(Kind::Sine, given());
        one(Kind::PhaseDiffusion, given());
        one(Kind::Ar2Network, SignalArgs::default());
        one(
            Kind::RedNoise,
            SignalArgs {
                alpha: Some(0.9),
                ..SignalArgs::default()
            },
        );
        one(
            Kind::Events,
            SignalArgs {
                times: Some(vec![0.05]),
                ..given()
            },
        );
    }
}
