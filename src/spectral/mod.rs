//! What is computed: from the samples of one trial to a block of spectra. No files, no ranks, no communicator.
//!
//! [`Options`] is what the config asks for, [`Options::design`] settles it against a recording (plain data: grid,
//! tapers, layout, memory), [`Design::estimator`] plans the FFTs. A method is one module: its options, its design, its
//! [`Estimator`].

mod advice;
mod averaging;
mod bank;
mod cfg;
mod compat;
mod detrend;
mod element;
mod fft;
mod fit_numbers;
mod fooof;
mod frequencies;
mod kept;
mod keys;
mod lanes;
mod layout;
#[cfg(test)]
mod levels;
mod long;
mod mtmconvol;
mod mtmfft;
mod needed;
mod options;
mod phase;
#[cfg(test)]
mod phases;
mod quantity;
mod remark;
mod sharing;
mod superlet;
mod tapering;
pub mod tapers;
mod times;
mod toi;
mod wavelet;
mod welch;

use std::fmt::Debug;
use std::ops::Range;

use ndarray::ArrayView2;
use serde_json::{Map, Value};

pub use averaging::{Averaging, Nan};
pub use element::Element;
pub use fft::InstructionSet;
pub use fit_numbers::FitNumbers;
pub use fooof::Refiner;
pub use frequencies::Grid;
pub use keys::{KEYS, MethodKey, N_SYNCOPY};
pub use layout::{Axis, BlockLayout, Coordinates, Frequencies};
pub use options::{METHODS, Options, Precision, check_method};
pub use quantity::Quantity;
pub use remark::Remark;
pub use sharing::Makers;
pub use times::Times;

use crate::recording::Recording;
use crate::setting::Refusal;

/// Floating-point numbers that spectra are computed with: `f32` or `f64`.
pub trait Real:
    rustfft::FftNum
    + num_traits::Float
    + bytemuck::Pod
    + Default
    + Debug
    + lanes::Vectors
    + bank::Factor
{
    /// Rounds to this type.
    fn from_double(value: f64) -> Self;
    /// Widens to a double.
    fn to_double(self) -> f64;
    /// Angle of a complex number in radians, with the same bits on every processor.
    fn angle(re: Self, im: Self) -> Self;
    /// Magnitude of a complex number, also where its square cannot be held.
    fn magnitude(re: Self, im: Self) -> Self;
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
    fn magnitude(re: f32, im: f32) -> f32 {
        let (re, im) = (f64::from(re), f64::from(im));
        (re * re + im * im).sqrt() as f32
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
    fn magnitude(re: f64, im: f64) -> f64 {
        libm::hypot(re, im)
    }
}

/// Computes blocks of spectra. Everything that can be planned is planned; `estimate` only computes.
pub trait Estimator<T: Real>: Send + Sync {
    /// Memory for [`Estimator::estimate`], to be used again for every block.
    fn scratch(&self) -> Scratch<T>;

    /// Makes the tapers that take long and stay, together with all other ranks, as far as that is worth while. Collective.
    fn prepare(&self, scratch: &mut Scratch<T>, makers: &dyn Makers);

    /// Spectra of a piece of one trial: `block` is `(n_times, n_tapers, n_freqs, n_channels)` in C order as [`BlockLayout`]
    /// says, complex numbers as pairs. Spectra that NaN or an infinity have a part in are NaN; returned is how many channels of
    /// the piece have such samples.
    ///
    /// # Panics
    /// If `block` has another length, or the piece other samples than [`Design::samples`] says.
    fn estimate(&self, piece: Piece<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize;
}

/// What is estimated at once: rows of one trial.
#[derive(Clone, Debug)]
pub struct Piece<'a, T> {
    /// The trial's place among those that are analysed.
    pub trial: usize,
    /// Its rows that are wanted.
    pub rows: Range<usize>,
    /// The samples that they need, `(n_samples, n_channels)` in the recording's unit.
    pub samples: ArrayView2<'a, T>,
    /// Whether the samples are detrended, as those of a window that is filled up with zeros have to be before.
    pub is_detrended: bool,
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
    /// A window that is filled up with zeros.
    window: Vec<T>,
    /// Power of one window, or of all.
    power: Vec<T>,
    /// Sums of the power of windows, and how many there are.
    sums_of_windows: Vec<(f64, u32)>,
    /// What wavelets work in.
    bank: bank::Memory<T>,
    /// What the fast estimate of mtmfft works in.
    fast: mtmfft::Memory,
    /// Models of the last block.
    fits: Vec<f32>,
    /// Turns of the coefficients of the last trial.
    turns: phase::Turns<T>,
}

impl<T> Scratch<T> {
    /// Models of the block that was estimated last, `(n_channels, n_columns)` as [`FitNumbers`] says; empty where none are fitted.
    pub fn fits(&self) -> &[f32] {
        &self.fits
    }
}

impl<'a, T> Piece<'a, T> {
    /// The first trial, whole, of a method that has one row for it.
    pub fn whole(samples: ArrayView2<'a, T>) -> Piece<'a, T> {
        Piece::of(0, 0..1, samples)
    }

    /// Rows of a trial.
    pub fn of(trial: usize, rows: Range<usize>, samples: ArrayView2<'a, T>) -> Piece<'a, T> {
        Piece {
            trial,
            rows,
            samples,
            is_detrended: false,
        }
    }

    /// What is left to subtract.
    fn detrend(&self, wanted: detrend::Detrend) -> detrend::Detrend {
        if self.is_detrended {
            detrend::Detrend::None
        } else {
            wanted
        }
    }
}

/// A method settled against a recording: plain data, comparable, without FFTs and tapers.
#[derive(Clone, Debug, PartialEq)]
pub enum Design {
    /// Tapered FFT of whole trials.
    Mtmfft(mtmfft::Design),
    /// Tapered FFTs of sliding windows.
    Mtmconvol(mtmconvol::Design),
    /// Power averaged over windows.
    Welch(welch::Design),
    /// Continuous wavelet transform.
    Wavelet(wavelet::Design),
    /// Geometric means of wavelets.
    Superlet(superlet::Design),
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
            options::Method::Mtmconvol(options) => {
                mtmconvol::Design::new(options, recording).map(Design::Mtmconvol)
            }
            options::Method::Welch(options) => {
                welch::Design::new(options, recording).map(Design::Welch)
            }
            options::Method::Wavelet(options) => options.design(recording).map(Design::Wavelet),
            options::Method::Superlet(options) => options.design(recording).map(Design::Superlet),
        }
    }
}

impl Design {
    fn method(&self) -> &dyn Describe {
        match self {
            Design::Mtmfft(design) => design,
            Design::Mtmconvol(design) => design,
            Design::Welch(design) => design,
            Design::Wavelet(design) => design,
            Design::Superlet(design) => design,
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

    /// Whether the method gives a number at a frequency of a row of a trial where all samples are finite; the rows of a trial are
    /// counted from its first.
    pub fn has_number(&self, trial: usize, row: usize, freq: usize) -> bool {
        self.method().has_number(trial, row, freq)
    }

    /// What becomes of averages over trials before they are stored, of methods that do more than add.
    pub fn refiner(&self) -> Option<Refiner> {
        match self {
            Design::Mtmfft(design) => design.refiner(),
            _ => None,
        }
    }

    /// Number of tapers a trial is multiplied with.
    pub fn n_tapers(&self) -> usize {
        self.method().n_tapers()
    }

    /// Bytes an estimator holds whatever the number of channels, with numbers of `real_bytes` bytes.
    pub fn fixed_bytes(&self, real_bytes: usize) -> u128 {
        self.method().fixed_bytes(real_bytes)
    }

    /// Work for one channel of `n_rows` rows of a trial of `n_samples`, in arbitrary units.
    pub fn cost(&self, n_samples: usize, n_rows: usize) -> u64 {
        self.method().cost(n_samples, n_rows)
    }

    /// The samples of a trial of `n_samples` that some of its rows need.
    pub fn samples(&self, trial: usize, n_samples: usize, rows: &Range<usize>) -> Range<usize> {
        self.method().samples(trial, n_samples, rows)
    }

    /// Samples that `n_rows` rows of a trial of `n_samples` need at most.
    pub fn most_samples(&self, n_samples: usize, n_rows: usize) -> usize {
        self.method().most_samples(n_samples, n_rows)
    }

    /// Rows that are worth to be computed for themselves, of a method whose rows need only the samples around them.
    pub fn fewest_rows_worth_a_unit(&self) -> Option<usize> {
        self.method().fewest_rows_worth_a_unit()
    }

    /// The same with fewer tapers or filters, to measure about this part of the work for `n_rows` rows of a trial of `n_samples`,
    /// in the units of [`Design::cost`].
    pub fn with_less_work(&self, n_samples: usize, n_rows: usize, most: u64) -> Design {
        let of_taper = self.cost(n_samples, n_rows) / self.n_tapers() as u64;
        // two tapers share an FFT, which is the usual work
        let n_tapers = (most / of_taper.max(1)).max(2) as usize;
        match self {
            Design::Mtmfft(design) => Design::Mtmfft(design.with_fewer_tapers(n_tapers)),
            Design::Mtmconvol(design) => Design::Mtmconvol(design.with_fewer_tapers(n_tapers)),
            Design::Welch(design) => Design::Welch(design.with_fewer_tapers(n_tapers)),
            Design::Wavelet(design) => Design::Wavelet(design.with_less_work(n_samples, most)),
            Design::Superlet(design) => Design::Superlet(design.with_less_work(n_samples, most)),
        }
    }

    /// Plans the FFTs.
    pub fn estimator<T: Real>(&self, instructions: InstructionSet) -> Box<dyn Estimator<T>> {
        match self {
            Design::Mtmfft(design) => mtmfft::estimator(design, instructions),
            Design::Mtmconvol(design) => Box::new(mtmconvol::estimator(design, instructions)),
            Design::Welch(design) => Box::new(welch::estimator(design, instructions)),
            Design::Wavelet(design) => Box::new(bank::estimator(design, instructions)),
            Design::Superlet(design) => Box::new(bank::estimator(design, instructions)),
        }
    }
}

/// What plan and output need to know of a method's design.
trait Describe {
    fn block_layout(&self) -> BlockLayout;
    fn remarks(&self) -> &[Remark];
    fn choices(&self) -> Map<String, Value>;
    fn n_tapers(&self) -> usize;
    fn fixed_bytes(&self, real_bytes: usize) -> u128;
    fn cost(&self, n_samples: usize, n_rows: usize) -> u64;

    /// Rows of most methods need the whole trial.
    fn samples(&self, _trial: usize, n_samples: usize, _rows: &Range<usize>) -> Range<usize> {
        0..n_samples
    }

    fn most_samples(&self, n_samples: usize, _n_rows: usize) -> usize {
        n_samples
    }

    fn fewest_rows_worth_a_unit(&self) -> Option<usize> {
        None
    }

    fn has_number(&self, _trial: usize, _row: usize, _freq: usize) -> bool {
        true
    }
}
