//! Random numbers that depend on the seed, the trial and what they are for, and on nothing else.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

/// Streams of the signals begin here; trials are fewer.
const SIGNALS: u64 = 1 << 40;

/// What random numbers of a trial are for: no two uses share a stream.
#[derive(Clone, Copy)]
pub enum Stream {
    /// White noise over all that is made.
    Noise,
    /// The trial's length.
    Length,
    /// What drives a stochastic signal.
    Drive,
    /// The phases that it begins with.
    Phase,
}

/// The generator of a trial's numbers for one use.
pub fn generator(seed: u64, trial: u64, stream: Stream) -> ChaCha8Rng {
    let number = match stream {
        Stream::Noise => 2 * trial,
        Stream::Length => 2 * trial + 1,
        Stream::Drive => SIGNALS + 2 * trial,
        Stream::Phase => SIGNALS + 2 * trial + 1,
    };
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(number);
    generator
}

/// A number of mean 0 and standard deviation 1.
pub fn normal(generator: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(generator)
}
