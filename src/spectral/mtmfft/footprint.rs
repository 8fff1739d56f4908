//! The memory of mtmfft's estimators, from their design alone: what `slepian plan` says, and what a rank is given.

use super::design::Design;
use super::form::Form;
use super::transition::Transitions;
use super::weighted::Weighted;
use crate::spectral::fft::{fft_points, real_fft_len};
use crate::spectral::kept::KEPT;
use crate::spectral::lanes::WIDEST;
use crate::spectral::tapering::Tapers;

/// Bytes of the numbers that tapers are made with.
const DOUBLE: u128 = size_of::<f64>() as u128;
/// Doubles per sample while dpss tapers are made: the chain takes one and eight halves four.
const MAKING_DPSS: usize = 5;

/// Bytes that an estimator of `design` holds whatever the number of channels, with numbers of `real_bytes` bytes.
pub(super) fn bytes(design: &Design, real_bytes: usize) -> u128 {
    let longest = design.lengths.last().copied().unwrap_or(0);
    if let Some(fast) = &design.fast {
        return of_fast(design, fast, longest);
    }
    let making = making(&design.tapers, longest, real_bytes);
    let longest = longest as u128;
    let of_length = |n: usize| (design.tapers.count(n) * n) as u128 * real_bytes as u128;
    let all = design.lengths.iter().map(|&n| of_length(n)).sum::<u128>();
    let largest = design.lengths.iter().map(|&n| of_length(n)).max();
    let tapers = all.min(largest.unwrap_or(0) + KEPT as u128);
    let n_freqs = design.grid.len();
    let n_turns = if design.quantity.has_phase() {
        n_freqs
    } else {
        0
    };
    let tapers = tapers + n_turns as u128 * 2 * real_bytes as u128;
    if design.is_by_lanes() {
        // lines, points, outputs, sums and totals; turns, places and slots of two transforms
        let vectors = longest + 2 * design.n_fft as u128 + 8 * n_freqs as u128;
        let plans = 2 * design.n_fft as u128 * (4 * real_bytes as u128 + 8) + 64 * n_freqs as u128;
        return tapers + making + vectors * WIDEST as u128 + plans;
    }
    let lengths = design.fft_lengths();
    let tables: u128 = lengths.iter().map(|&n| fft_points(n).tables).sum();
    let scratch = lengths.iter().map(|&n| fft_points(n).scratch).max();
    let points = design.signal_len() as u128 + tables + scratch.unwrap_or(0);
    let transform = points * 2 * real_bytes as u128;
    // one channel, detrended, of which nothing is there when the only tapers are made; bins, sums and turns
    let line = longest * real_bytes as u128;
    let working = match design.lengths.len() {
        1 => making.max(line),
        _ => making + line,
    };
    tapers + working + transform + n_freqs as u128 * 32
}

/// Bytes that it takes to make tapers of `n_samples`, beside themselves.
fn making(tapers: &Tapers, n_samples: usize, real_bytes: usize) -> u128 {
    let doubles = match tapers {
        Tapers::Dpss(_) => MAKING_DPSS * n_samples,
        Tapers::Window { window, .. } => window.making(n_samples),
        Tapers::None => n_samples,
    };
    // a window that is not rounded is the taper itself
    let is_there = match tapers {
        Tapers::None | Tapers::Window { .. } if real_bytes == size_of::<f64>() => n_samples,
        _ => 0,
    };
    (doubles - is_there) as u128 * DOUBLE
}

/// The same for the fast estimate.
fn of_fast(design: &Design, fast: &Transitions, longest: usize) -> u128 {
    let of_length = |n: usize| {
        let halves = fast.indices(n).len() as u128 * n.div_ceil(2) as u128 * DOUBLE;
        halves + Form::bytes(n) as u128
    };
    let all: u128 = design.lengths.iter().map(|&n| of_length(n)).sum();
    let made = all.min(of_length(longest) + KEPT as u128);
    let form = fft_points(real_fft_len(design.n_fft));
    let transform = (design.n_fft as u128 + form.tables + form.scratch) * 2 * DOUBLE;
    let n_freqs = design.grid.len();
    let weighted = Weighted::bytes(design.n_fft, n_freqs);
    // making tapers and estimating have a memory each for the form; one channel, as read and detrended
    let making = Form::memory_bytes(longest) + MAKING_DPSS as u128 * longest as u128 * DOUBLE;
    let estimating = Form::memory_bytes(longest) + 2 * longest as u128 * DOUBLE;
    let working = match design.lengths.len() {
        // nothing is estimated before the only tapers are made
        1 => making.max(estimating),
        _ => making + estimating,
    };
    made + working + transform + weighted + n_freqs as u128 * 40
}
