//! What is computed: from the samples of one trial to a block of spectra. No files, no ranks, no communicator.
//!
//! [`Options`] is what the config asks for, [`Options::design`] settles it against a recording (plain data: grid,
//! tapers, layout, memory), [`Design::estimator`] plans the FFTs. A method is one file: its options, its design, its
//! [`Estimator`].

mod detrend;
mod fft;
mod frequencies;
mod keys;
mod lanes;
mod layout;
mod mtmfft;
mod options;
mod quantity;
mod remark;
pub mod tapers;

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use ndarray::ArrayView2;

pub use fft::InstructionSet;
pub use frequencies::Grid;
pub use keys::{KEYS, MethodKey, N_SYNCOPY};
pub use layout::{Axis, BlockLayout, Coordinates, Element};
pub use options::{Options, Precision, check_method};
pub use quantity::Quantity;
pub use remark::Remark;

use crate::recording::Recording;
use crate::setting::Refusal;

/// Floating-point numbers that spectra are computed with: `f32` or `f64`.
pub trait Real:
    rustfft::FftNum + num_traits::Float + bytemuck::Pod + Default + Debug + lanes::Vectors
{
    /// Rounds to this type.
    fn from_double(value: f64) -> Self;
    /// Widens to a double.
    fn to_double(self) -> f64;
    /// Angle of a complex number in radians, with the same bits on every processor.
    fn angle(re: Self, im: Self) -> Self;
}

impl Real for f32 {
    fn from_double(value: f64) -> f32 {
        value as f32
    }
    fn to_double(self) -> f64 {
        f64::from(self)
    }
    fn angle(re: f32, im: f32) -> f32 {
        libm::atan2f(im, re)
    }
}

impl Real for f64 {
    fn from_double(value: f64) -> f64 {
        value
    }
    fn to_double(self) -> f64 {
        self
    }
    fn angle(re: f64, im: f64) -> f64 {
        libm::atan2(im, re)
    }
}

/// Computes blocks of spectra. Everything that can be planned is planned; `estimate` only computes.
pub trait Estimator<T: Real>: Send + Sync {
    /// Memory for [`Estimator::estimate`], to be used again for every block.
    fn scratch(&self) -> Scratch<T>;

    /// Spectra of one trial: `samples` is `(n_samples, n_channels)` in the recording's unit, `block` is
    /// `(n_times, n_tapers, n_freqs, n_channels)` in C order as [`BlockLayout`] says, complex numbers as pairs. A channel
    /// that holds NaN or an infinity gives NaN everywhere in the block; returned is how many such channels there were.
    ///
    /// # Panics
    /// If `block` has another length, or the trial another number of samples than the recording's trials.
    fn estimate(&self, samples: ArrayView2<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize;
}

/// Memory an estimator works in; its content means nothing between two calls.
#[derive(Debug)]
pub struct Scratch<T> {
    /// Many channels, detrended.
    lines: lanes::Aligned,
    /// What is transformed, in place.
    points: lanes::Aligned,
    /// Wanted coefficients of one transform.
    outputs: lanes::Aligned,
    /// Sums over tapers.
    sums: lanes::Aligned,
    /// One channel, detrended.
    line: Vec<T>,
    /// One channel that is transformed, in place.
    signal: Vec<num_complex::Complex<T>>,
    /// The FFT's own scratch.
    fft: Vec<num_complex::Complex<T>>,
    /// One channel's means over tapers.
    means: Vec<f64>,
    /// Tapers that are made already.
    tapers: KeptTapers<T>,
}

impl<T: Real> Default for Scratch<T> {
    fn default() -> Scratch<T> {
        Scratch {
            lines: lanes::Aligned::default(),
            points: lanes::Aligned::default(),
            outputs: lanes::Aligned::default(),
            sums: lanes::Aligned::default(),
            line: Vec::new(),
            signal: Vec::new(),
            fft: Vec::new(),
            means: Vec::new(),
            tapers: KeptTapers::new(),
        }
    }
}

/// Tapers by trial length: those of the lengths that came first, as many as [`KEPT_TAPERS`] allows, and those of the
/// latest length. They are the same whenever they are made, so what is kept changes no result.
#[derive(Debug)]
struct KeptTapers<T> {
    first: HashMap<usize, Arc<[Vec<T>]>>,
    first_bytes: usize,
    latest: Option<(usize, Arc<[Vec<T>]>)>,
}

/// Bytes of tapers that are kept for their next trial, beside those of the latest length. Recordings with a handful of
/// trial lengths stay below, so that tapers are made once; with hundreds of lengths memory matters more than the share
/// of the time that making them again takes.
const KEPT_TAPERS: usize = 64 << 20;

impl<T: Real> KeptTapers<T> {
    fn new() -> KeptTapers<T> {
        KeptTapers {
            first: HashMap::new(),
            first_bytes: 0,
            latest: None,
        }
    }

    /// The tapers for trials of `n_samples`: kept ones, or else those that `make` makes.
    fn of(&mut self, n_samples: usize, make: impl FnOnce() -> Vec<Vec<T>>) -> Arc<[Vec<T>]> {
        if let Some(tapers) = self.first.get(&n_samples) {
            return tapers.clone();
        }
        if let Some((_, tapers)) = self.latest.as_ref().filter(|(n, _)| *n == n_samples) {
            return tapers.clone();
        }
        // the old ones go before the new ones come
        self.latest = None;
        let tapers: Arc<[Vec<T>]> = make().into();
        let bytes = tapers.len() * n_samples * size_of::<T>();
        if self.first_bytes.saturating_add(bytes) <= KEPT_TAPERS {
            self.first_bytes += bytes;
            self.first.insert(n_samples, tapers.clone());
        } else {
            self.latest = Some((n_samples, tapers.clone()));
        }
        tapers
    }
}

/// A method settled against a recording: plain data, comparable, without FFTs and tapers.
#[derive(Clone, Debug, PartialEq)]
pub enum Design {
    /// Tapered FFT of whole trials.
    Mtmfft(mtmfft::Design),
}

impl Options {
    /// Checks what needs the recording and settles grid and tapers.
    ///
    /// # Errors
    /// Frequencies, lengths and bandwidths that the recording does not allow, with the line of the config.
    pub fn design(&self, recording: &Recording) -> Result<Design, Refusal> {
        match &self.method {
            options::Method::Mtmfft(options) => {
                mtmfft::Design::new(options, recording).map(Design::Mtmfft)
            }
        }
    }
}

impl Design {
    fn method(&self) -> &dyn Describe {
        match self {
            Design::Mtmfft(design) => design,
        }
    }

    /// Shape, unit and coordinates of every axis of a block.
    pub fn block_layout(&self) -> BlockLayout {
        self.method().block_layout()
    }

    /// What the user should know of the choices made.
    pub fn remarks(&self) -> &[Remark] {
        self.method().remarks()
    }

    /// Whether trials are averaged.
    pub fn averages_trials(&self) -> bool {
        self.method().averages_trials()
    }

    /// Number of tapers a trial is multiplied with.
    pub fn n_tapers(&self) -> usize {
        self.method().n_tapers()
    }

    /// Bytes an estimator holds whatever the number of channels, with numbers of `real_bytes` bytes.
    pub fn fixed_bytes(&self, real_bytes: usize) -> u128 {
        self.method().fixed_bytes(real_bytes)
    }

    /// Work for one channel of a trial of `n_samples`, in arbitrary units.
    pub fn cost(&self, n_samples: usize) -> u64 {
        self.method().cost(n_samples)
    }

    /// The same for at most `most` tapers, to measure a part of the work.
    pub fn with_fewer_tapers(&self, most: usize) -> Design {
        match self {
            Design::Mtmfft(design) => Design::Mtmfft(design.with_fewer_tapers(most)),
        }
    }

    /// Plans the FFTs.
    pub fn estimator<T: Real>(&self, instructions: InstructionSet) -> Box<dyn Estimator<T>> {
        match self {
            Design::Mtmfft(design) => mtmfft::estimator(design, instructions),
        }
    }
}

/// What plan and output need to know of a method's design.
trait Describe {
    fn block_layout(&self) -> BlockLayout;
    fn remarks(&self) -> &[Remark];
    fn averages_trials(&self) -> bool;
    fn n_tapers(&self) -> usize;
    fn fixed_bytes(&self, real_bytes: usize) -> u128;
    fn cost(&self, n_samples: usize) -> u64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tapers_are_made_once_while_they_fit_and_the_latest_stay_when_they_do_not() {
        let mut kept = KeptTapers::<f64>::new();
        let mut n_made = 0;
        let mut ask = |n_samples: usize, n_tapers: usize| {
            let tapers = kept.of(n_samples, || {
                n_made += 1;
                vec![Vec::new(); n_tapers]
            });
            (tapers.len(), n_made)
        };
        for (n_samples, made) in [(10, 1), (20, 2), (10, 2), (20, 2)] {
            assert_eq!(ask(n_samples, 3), (3, made));
        }
        // neither of these fits
        let large = KEPT_TAPERS;
        for (n_samples, made) in [(large, 3), (large, 3), (large + 1, 4), (large, 5), (10, 5)] {
            assert_eq!(ask(n_samples, 3), (3, made));
        }
    }
}
