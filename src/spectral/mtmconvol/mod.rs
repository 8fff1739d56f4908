//! `mtmconvol`: tapered FFTs of windows that slide over a trial, Syncopy's and FieldTrip's method of that name.
//!
//! A window of n samples is centred on a sample c: it holds the samples c − ⌊n/2⌋ … c − ⌊n/2⌋ + n − 1, is detrended for itself
//! and estimated as mtmfft estimates a trial of n samples that is not padded; so are its scaling and its frequencies. dpss
//! tapers belong to the window too: their half-bandwidth times the window's length is NW. Windows that reach beyond a trial hold
//! zeros there, are left out or are NaN (`edges`); where a window has its centre outside of the trial there is no spectrum, and
//! it is NaN.
//!
//! Source: Percival & Walden (1993), Spectral Analysis for Physical Applications, ch. 7; Mitra & Pesaran (1999), Biophys. J. 76,
//! 691–708.

mod design;
mod estimator;
mod options;
#[cfg(test)]
pub(super) mod tests;

pub use design::{Alignment, Design};
pub use estimator::{Convol, estimator};
pub use options::{Edges, Options, Windowed};
