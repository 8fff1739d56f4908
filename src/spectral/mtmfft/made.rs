//! Tapers as the FFT takes them: scaled, and rounded one by one as soon as they are made.

use super::design::Design;
use crate::spectral::Real;
use crate::spectral::kept::{Kept, that_stay};
use crate::spectral::sharing::{Makers, is_worth_sharing, make_together};
use crate::spectral::tapering::Tapers;
use crate::spectral::tapers::{Parity, dpss_halves, unfolded};

/// The tapers of `design` for trials of `n_samples`, scaled and rounded: made by this rank alone, or together with others.
pub(super) fn tapers<T: Real>(
    design: &Design,
    n_samples: usize,
    makers: Option<&dyn Makers>,
) -> Vec<Vec<T>> {
    let (n_fft, level) = (design.n_fft, design.level);
    let Tapers::Dpss(prolate) = &design.tapers else {
        let window = design.tapers.window(n_samples, n_fft, level);
        return vec![window.into_iter().map(T::from_double).collect()];
    };
    let n_made = n_samples + usize::from(prolate.is_periodic);
    let nw = prolate.nw(n_samples);
    let scale = level.of_dpss(n_samples, n_fft);
    let indices = Vec::from_iter(0..prolate.count(n_samples));
    make_together(&indices, n_samples, makers, |indices, take| {
        dpss_halves(n_made, nw, indices, |index, half| {
            let mut taper = Vec::with_capacity(n_samples);
            let whole = unfolded(half, n_made, Parity::of(index)).take(n_samples);
            taper.extend(whole.map(|w| T::from_double(w * scale)));
            take(index, taper);
        });
    })
}

/// Makes the tapers that are worth it together with all other ranks, to be found in `kept` later. Collective.
pub(super) fn together<T: Real>(
    design: &Design,
    kept: &mut Kept<Vec<Vec<T>>>,
    makers: &dyn Makers,
) {
    let n_tapers = |n: usize| design.tapers.count(n);
    let bytes = |n: usize| n_tapers(n) * n * size_of::<T>();
    for n in lengths_to_share(design, n_tapers, bytes) {
        kept.of(n, || tapers(design, n, Some(makers)));
    }
}

/// The trial lengths whose tapers are made by all ranks together before the first trial: their tapers stay, and making them
/// takes long enough.
pub(super) fn lengths_to_share(
    design: &Design,
    n_tapers: impl Fn(usize) -> usize,
    bytes: impl Fn(usize) -> usize,
) -> Vec<usize> {
    let worth: Vec<usize> = design
        .lengths
        .iter()
        .copied()
        .filter(|&n| is_worth_sharing(n_tapers(n), n))
        .collect();
    if design.lengths.len() == 1 {
        return worth;
    }
    that_stay(&worth, bytes)
}
