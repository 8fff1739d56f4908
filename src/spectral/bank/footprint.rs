//! The memory of a bank, from its design alone: what `slepian plan` says, and what a rank is given.

use super::design::Design;
use super::kernel::Kernel;
use super::maker::made_bytes;
use super::means::of_product;
use crate::spectral::kept::KEPT;
use crate::spectral::lanes::WIDEST;

/// Whether the transforms of all kernels are kept: they are few enough.
pub(super) fn keeps_kernels<K: Kernel>(design: &Design<K>, real_bytes: usize) -> bool {
    kernel_bytes(design, real_bytes) <= KEPT as u128
}

/// Points of kernels that are made at once where they are not kept, with numbers of `real_bytes` bytes.
pub(super) fn most_points(real_bytes: usize) -> usize {
    KEPT / (2 * real_bytes)
}

/// The most points of a share of filters.
fn most_at_once<K: Kernel>(design: &Design<K>, most_points: usize) -> usize {
    let n_kernels = |f: usize| design.filters[f].kernels.len();
    let convolutions = design.convolutions.iter();
    let shares = convolutions.flat_map(|convolution| {
        let shares = convolution.shares(n_kernels, most_points);
        shares
            .into_iter()
            .map(|share| convolution.points(&share.kernels))
    });
    shares.max().unwrap_or(0)
}

fn kernel_bytes<K: Kernel>(design: &Design<K>, real_bytes: usize) -> u128 {
    let points = design.convolutions.iter().map(|c| c.n_points());
    points.sum::<u128>() * 2 * real_bytes as u128
}

/// Bytes that an estimator of `design` holds whatever the number of channels, with numbers of `real_bytes` bytes.
pub(super) fn bytes<K: Kernel>(design: &Design<K>, real_bytes: usize) -> u128 {
    let convolutions = || design.convolutions.iter();
    let complex = 2 * real_bytes as u128;
    let n_fft = convolutions().map(|c| c.n_fft()).max().unwrap_or(0);
    let n_spectra = convolutions().map(|c| c.n_spectra()).max().unwrap_or(0);
    let n_out = convolutions().map(|c| c.n_out).max().unwrap_or(0) as u128;
    let lengths = || convolutions().flat_map(|c| &c.lengths);
    let kernels = if keeps_kernels(design, real_bytes) {
        kernel_bytes(design, real_bytes)
    } else {
        most_at_once(design, most_points(real_bytes)) as u128 * complex
    };
    // a maker for every length
    let making: u128 = lengths().map(|n| made_bytes(*n)).sum();
    // turns, places and slots of two transforms
    let plans: u128 = lengths().map(|n| 2 * *n as u128 * (2 * complex + 8)).sum();
    // lines, points and spectra of a vector of channels
    let n_vectors = design.longest_trial() + 2 * n_fft + 2 * n_spectra;
    let vectors = n_vectors as u128 * WIDEST as u128;
    let products = n_out * (WIDEST / real_bytes * of_product(real_bytes)) as u128;
    // the samples that rows stand for, and the rows that outputs go to
    let rows = 8 * design.longest as u128 + 4 * n_out;
    kernels + plans + vectors + products + rows + making
}
