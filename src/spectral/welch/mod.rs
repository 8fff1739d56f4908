//! `welch`: power of windows that overlap, averaged over the windows of a trial.
//!
//! Windows are those of mtmconvol: with `edges = "zero"`, as in Syncopy, they are centred on the first sample and every step
//! after it, so that those at both ends hold zeros and the average of n windows is low by about 1/(2n) of itself; with
//! `edges = "drop"` the first window begins with the first sample and all lie in the trial, as in Welch's method. Windows with
//! samples that are not finite do not count.
//!
//! Source: Welch (1967), IEEE Trans. Audio Electroacoust. 15, 70–73. The median of n windows is divided by its expectation for
//! white noise, Σ (−1)^(k+1)/k over k up to n, or the odd number below: Allen et al. (2012), Phys. Rev. D 85, 122006, eq. B12.

mod average;
mod design;
mod estimator;
#[cfg(test)]
mod tests;

pub use design::{Design, Options};
pub use estimator::estimator;
