//! A bank of filters in time: what `wavelet` and `superlet` have in common.
//!
//! A trial is detrended and convolved with one kernel per frequency, or with several whose results are multiplied, each to a power
//! of its own. "Same" as in NumPy: y[t] = Σ_j h[t + ⌊(M − 1)/2⌋ − j] x[j] with M the points of the kernel, also where the kernel
//! is longer than the trial. Phases are those at the time t. Many channels are transformed at once, a vector's worth of them; an FFT serves all kernels of about one
//! length, each of which takes one inverse FFT, and long trials are taken block by block.
//!
//! Source: Press et al., Numerical Recipes, section "Convolution of Large Data Sets"; the wavelets' own are in their modules.

mod convolution;
mod design;
mod destination;
mod estimator;
mod fitting;
mod footprint;
mod kernel;
mod maker;
mod mean;
mod means;
mod options;
mod response;
#[cfg(test)]
pub(super) mod tests;
mod tile;

pub use design::Design;
pub use estimator::{Memory, estimator};
pub use kernel::{Filter, Kernel};
pub use mean::Factor;
pub use options::Options;
