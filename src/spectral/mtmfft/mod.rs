//! `mtmfft`: the tapered FFT of whole trials, Syncopy's and FieldTrip's method of that name.
//!
//! Coefficient of taper k at bin m: `s · Σ_n w_k[n] x[n] exp(-2πi m n / N)` with x the detrended trial of L samples and
//! N the padded length. s is `sqrt(2/L)` for dpss (unit energy), `sqrt(2)/L` without taper and for boxcar, `sqrt(8/3) /
//! sqrt(L Σw)` for every other window; `ft_compat` multiplies it with `sqrt(L/N)`. So power does not depend on padding, a
//! sine of amplitude A on a bin has power A²/2 (boxcar), white noise of variance σ² has 2σ²/L per bin (hann, dpss), and
//! zero and the highest frequency are twice what a one-sided spectrum would show. `scaling = "density"` has s = `sqrt(2 / (fs
//! Σw²))` for all of them, and half the power at zero and at half the sample rate: white noise of variance σ² has 2σ²/fs.
//!
//! Source: Thomson (1982), Proc. IEEE 70, 1055–1096; Percival & Walden (1993), Spectral Analysis for Physical
//! Applications, ch. 7; the scaling is Syncopy's.

mod by_channel;
mod by_lanes;
mod choice;
mod design;
mod fast;
#[cfg(test)]
mod fast_tests;
mod fitted;
mod footprint;
mod form;
mod halves;
mod made;
mod one_sided;
mod options;
mod pad;
#[cfg(test)]
mod tests;
mod transition;
mod weighted;

pub use design::{Design, OfWindows};
pub use fast::Memory;
pub use options::Options;
pub use pad::{Pad, finer, padded_to};

use super::lanes::Widths;
use super::{Estimator, InstructionSet, Real};

/// Plans the FFTs of `design`: of few tapers where that was chosen, else of many channels at once where the length allows.
pub fn estimator<T: Real>(design: &Design, instructions: InstructionSet) -> Box<dyn Estimator<T>> {
    let both_sides = two_sided(design, instructions);
    let spectra = match design.level.of_edges() {
        1.0 => both_sides,
        share => Box::new(one_sided::OneSided::new(design, both_sides, share)),
    };
    match design.refiner() {
        // averages are refined when they are made
        Some(refiner) if design.averaging.is_none() => Box::new(fitted::Fitted {
            inner: spectra,
            refiner,
        }),
        _ => spectra,
    }
}

fn two_sided<T: Real>(design: &Design, instructions: InstructionSet) -> Box<dyn Estimator<T>> {
    let is_by_lanes = design.is_by_lanes();
    let design = design.clone();
    match design.fast.clone() {
        Some(fast) => {
            let width = Widths::detect().widest();
            Box::new(fast::Fast::new(design, fast, instructions, width))
        }
        None if is_by_lanes => Box::new(by_lanes::ByLanes::new(design, Widths::detect())),
        None => Box::new(by_channel::ByChannel::new(design, instructions)),
    }
}
