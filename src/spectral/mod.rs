//! What is computed: from the samples of one trial to a block of spectra. No files, no ranks, no communicator.
//!
//! [`Options`] is what the config asks for, [`Options::design`] settles it against a recording (plain data: grid,
//! tapers, layout, memory), [`Design::estimator`] plans the FFTs. A method is one file: its options, its design, its
//! [`Estimator`].

mod detrend;
mod fft;
mod frequencies;
mod kept;
mod keys;
mod lanes;
mod layout;
mod long;
mod mtmfft;
mod options;
mod quantity;
mod remark;
mod sharing;
pub mod tapers;

use std::fmt::Debug;

use ndarray::ArrayView2;
use serde_json::{Map, Value};

pub use fft::InstructionSet;
pub use frequencies::Grid;
pub use keys::{KEYS, MethodKey, N_SYNCOPY};
pub use layout::{Axis, BlockLayout, Coordinates, Element};
pub use options::{Options, Precision, check_method};
pub use quantity::Quantity;
pub use remark::Remark;
pub use sharing::Makers;

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

    /// Makes the tapers that take long and stay, together with all other ranks, as far as that is worth while. Collective.
    fn prepare(&self, scratch: &mut Scratch<T>, makers: &dyn Makers);

    /// Spectra of one trial: `samples` is `(n_samples, n_channels)` in the recording's unit, `block` is
    /// `(n_times, n_tapers, n_freqs, n_channels)` in C order as [`BlockLayout`] says, complex numbers as pairs. A channel
    /// that holds NaN or an infinity gives NaN everywhere in the block; returned is how many such channels there were.
    ///
    /// # Panics
    /// If `block` has another length, or the trial another number of samples than the recording's trials.
    fn estimate(&self, samples: ArrayView2<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize;
}

/// Memory an estimator works in; its content means nothing between two calls.
#[derive(Debug, Default)]
pub struct Scratch<T> {
    /// Many channels, detrended.
    lines: lanes::Aligned,
    /// What is transformed, in place.
    points: lanes::Aligned,
    /// Wanted coefficients of one transform.
    outputs: lanes::Aligned,
    /// Sums over tapers, and their totals.
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
    tapers: kept::Kept<Vec<Vec<T>>>,
    /// What the fast estimate of mtmfft works in.
    fast: mtmfft::Memory,
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
                let computes_double = self.precision.computes_double(recording.is_double);
                mtmfft::Design::new(options, recording, computes_double).map(Design::Mtmfft)
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

    /// Choices that numbers depend on and that the config leaves to the recording, by key.
    pub fn choices(&self) -> Map<String, Value> {
        self.method().choices()
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
    fn choices(&self) -> Map<String, Value>;
    fn averages_trials(&self) -> bool;
    fn n_tapers(&self) -> usize;
    fn fixed_bytes(&self, real_bytes: usize) -> u128;
    fn cost(&self, n_samples: usize) -> u64;
}
