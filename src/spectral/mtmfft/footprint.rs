//! The memory of mtmfft's estimators, from their design alone: what `slepian plan` says, and what a rank is given.

use super::design::{Design, Tapers};
use super::form::Form;
use super::transition::Transition;
use super::weighted::Weighted;
use crate::spectral::fft::{fft_points, real_fft_len};
use crate::spectral::kept::KEPT;
use crate::spectral::lanes::WIDEST;

/// Doubles per sample while dpss tapers are made: the chain takes one and eight halves four.
const MAKING_DPSS: u128 = 5;
/// Doubles per sample while a window is made: the spectrum of chebwin takes four and its window two.
const MAKING_WINDOW: u128 = 6;

/// Bytes that an estimator of `design` holds whatever the number of channels, with numbers of `real_bytes` bytes.
pub(super) fn bytes(design: &Design, real_bytes: usize) -> u128 {
    let longest = design.lengths.last().copied().unwrap_or(0);
    if let Some(fast) = &design.fast {
        return of_fast(design, fast, longest);
    }
    let longest = longest as u128;
    let n_tapers = design.tapers.count() as u128;
    let making = match design.tapers {
        Tapers::Dpss { .. } => MAKING_DPSS,
        _ => MAKING_WINDOW,
    };
    let making = longest * making * 8;
    let of_sample = n_tapers * real_bytes as u128;
    let all = design.lengths.iter().map(|&n| n as u128).sum::<u128>() * of_sample;
    let tapers = all.min(longest * of_sample + KEPT as u128);
    let n_freqs = design.grid.len();
    if design.is_by_lanes() {
        // lines, points, outputs, sums and totals; turns, places and slots of two transforms
        let vectors = longest + 2 * design.n_fft as u128 + 8 * n_freqs as u128;
        let plans = 2 * design.n_fft as u128 * (4 * real_bytes as u128 + 8) + 64 * n_freqs as u128;
        return tapers + making + vectors * WIDEST as u128 + plans;
    }
    let ffts: u128 = design.fft_lengths().into_iter().map(fft_points).sum();
    let transform = (design.n_fft as u128 + ffts) * 2 * real_bytes as u128;
    // one channel, detrended; bins, sums and turns
    let line = longest * real_bytes as u128;
    tapers + making + transform + line + design.grid.len() as u128 * 32
}

/// The same for the fast estimate.
fn of_fast(design: &Design, fast: &Transition, longest: usize) -> u128 {
    const DOUBLE: u128 = 8;
    let of_length = |n: usize| {
        let halves = fast.indices(n).len() as u128 * n.div_ceil(2) as u128 * DOUBLE;
        halves + Form::bytes(n) as u128
    };
    let all: u128 = design.lengths.iter().map(|&n| of_length(n)).sum();
    let made = all.min(of_length(longest) + KEPT as u128);
    // making tapers and estimating have a memory each for the form
    let form = 2 * Form::memory_doubles(longest) as u128 * DOUBLE;
    let making = longest as u128 * MAKING_DPSS * DOUBLE;
    // the form's FFT is counted with the form, with the scratch of one of the two memories
    let ffts = fft_points(real_fft_len(design.n_fft)) + Form::fft_len(longest) as u128;
    let transform = (design.n_fft as u128 + ffts) * 2 * DOUBLE;
    // one channel, as read and detrended
    let line = 2 * longest as u128 * DOUBLE;
    let n_freqs = design.grid.len();
    let weighted = Weighted::bytes(design.n_fft, n_freqs);
    made + form + making + transform + weighted + line + n_freqs as u128 * 40
}
