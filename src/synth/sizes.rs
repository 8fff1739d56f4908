//! How long, how many, how fast: what every kind of recording has.

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardUniform};

use super::flags::refuse;
use super::random::{Stream, generator};
use crate::cli::SynthArgs;
use crate::error::Result;
use crate::input::SAMPLE_RATES_HZ;
use crate::phrase::number;

/// Samples of one channel at most, so that bytes fit 64 bits; before or after the trigger at most.
const LONGEST: u64 = 1 << 40;

/// Trials, channels and times of a recording.
pub struct Sizes {
    /// Channels.
    pub n_channels: usize,
    /// Samples per second.
    pub sample_rate_hz: f64,
    /// Trigger to first sample, in samples: negative when the trial begins before it.
    pub offset: f64,
    /// Of the random numbers.
    pub seed: u64,
    /// Samples of every trial.
    pub lengths: Vec<usize>,
}

impl Sizes {
    /// The sizes that the flags ask for.
    ///
    /// # Errors
    /// Sizes that are not possible.
    pub fn new(args: &SynthArgs) -> Result<Sizes> {
        let fs = args.sample_rate;
        if !SAMPLE_RATES_HZ.contains(&fs) {
            return refuse(format!(
                "--sample-rate {}: expected a number of Hz from {:e} to {:e}",
                number(fs),
                SAMPLE_RATES_HZ.start(),
                SAMPLE_RATES_HZ.end()
            ));
        }
        if !(0.0..1.0).contains(&args.unequal) {
            return refuse(format!(
                "--unequal {}: expected a fraction from 0 to below 1",
                args.unequal
            ));
        }
        let n_samples = match (args.samples, args.seconds) {
            (Some(samples), _) => samples,
            (None, Some(seconds)) => {
                let n = (seconds * fs).round();
                if !(1.0..=LONGEST as f64).contains(&n) {
                    return refuse(format!(
                        "--seconds {}: expected a trial of 1 to {LONGEST} samples",
                        number(seconds)
                    ));
                }
                n as u64
            }
            (None, None) => return refuse("expected --samples or --seconds".into()),
        };
        if n_samples
            .checked_mul(args.trials)
            .is_none_or(|n| n > LONGEST)
        {
            return refuse(format!(
                "{} trials of {n_samples} samples: expected at most {LONGEST} samples",
                args.trials
            ));
        }
        // adding zero makes minus zero plus zero
        let offset = (args.offset * fs).round() + 0.0;
        if !(0.0..=LONGEST as f64).contains(&offset.abs()) {
            return refuse(format!(
                "--offset {}: expected seconds of at most {LONGEST} samples",
                number(args.offset)
            ));
        }
        let length = |trial: u64| {
            let u: f64 = StandardUniform.sample(&mut generator(args.seed, trial, Stream::Length));
            ((n_samples as f64 * (1.0 - args.unequal * u)).round() as usize).max(1)
        };
        Ok(Sizes {
            n_channels: args.channels as usize,
            sample_rate_hz: fs,
            offset,
            seed: args.seed,
            lengths: (0..args.trials).map(length).collect(),
        })
    }

    /// Samples of all trials.
    pub fn n_rows(&self) -> u64 {
        self.lengths.iter().map(|&n| n as u64).sum()
    }

    /// The trial of this number, from 0.
    pub fn trial(&self, number: usize) -> Trial<'_> {
        Trial {
            sizes: self,
            number: number as u64,
            n_samples: self.lengths[number],
        }
    }

    /// Seconds from the trigger to a sample of a trial.
    pub fn time_s(&self, sample: usize) -> f64 {
        (sample as f64 + self.offset) / self.sample_rate_hz
    }

    /// Start, stop and offset of every trial, in samples.
    pub fn trialdefinition(&self) -> Array2<f64> {
        let mut table = Array2::zeros((self.lengths.len(), 3));
        let mut start = 0.0;
        for (mut row, &n) in table.rows_mut().into_iter().zip(&self.lengths) {
            row[0] = start;
            row[1] = start + n as f64;
            row[2] = self.offset;
            start = row[1];
        }
        table
    }
}

/// One trial of a recording.
#[derive(Clone, Copy)]
pub struct Trial<'a> {
    /// Of the recording.
    pub sizes: &'a Sizes,
    /// From 0.
    pub number: u64,
    /// Its length.
    pub n_samples: usize,
}

impl Trial<'_> {
    /// Its random numbers for one use.
    pub fn random(&self, stream: Stream) -> ChaCha8Rng {
        generator(self.sizes.seed, self.number, stream)
    }
}
