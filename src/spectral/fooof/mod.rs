//! A power spectrum taken apart into what falls with the frequency and the peaks that stand on it, as the package fooof does.
//!
//! In decades of power: log10 P(f) = b − log10(k + f^χ) + Σ_i h_i exp(−(f − c_i)² / 2σ_i²), k = 0 without a knee. The aperiodic
//! part is fitted first, to the points that lie lowest; peaks are found in what is above it, fitted together, and taken away
//! before the aperiodic part is fitted for good.
//!
//! Source: Donoghue et al. (2020), Parameterizing neural power spectra into periodic and aperiodic components, Nature
//! Neuroscience 23, 1655–1665.

mod aperiodic;
mod fit;
mod least_squares;
mod peaks;
mod refine;
mod settings;
#[cfg(test)]
mod tests;
mod trust_region;

pub use refine::{Fits, Refiner, WORDS};
