//! mtmfft for many channels at once: detrend, taper, FFT, convert, a vector of neighbouring channels at a time. For lengths
//! that are products of 2, 3, 5 and 7.
//!
//! Two tapers of one channel share one complex FFT, as real and imaginary part; two channels never share one.

mod points;
mod single;
#[cfg(test)]
mod tests;
mod tile;

use super::design::Design;
use super::made;
use crate::spectral::lanes::{Aligned, LaneFft, WIDEST, Widths};
use crate::spectral::{Estimator, Makers, Piece, Real, Scratch};
use single::{Single, Slots};
use tile::Tile;

/// The planned method.
pub struct ByLanes<T: Real> {
    design: Design,
    n_freqs: usize,
    /// For two tapers at once: the slots of the i-th frequency and of its negative, which are one for 0 and Nyquist.
    pair: Option<(LaneFft<T>, Vec<[usize; 2]>)>,
    /// For the last of an odd number of tapers.
    single: Option<Single<T>>,
    widths: Widths,
}

impl<T: Real> ByLanes<T> {
    /// Plans FFTs for `design`, whose length has factors.
    pub fn new(design: Design, widths: Widths) -> ByLanes<T> {
        let n = design.n_fft;
        let bins = design.grid.bins();
        let [has_pair, has_single] = design.has_pair_and_single();
        let pair = has_pair.then(|| {
            let mut slots = Slots::default();
            let of_bins = bins
                .iter()
                .map(|bin| [slots.of(*bin), slots.of((n - bin) % n)])
                .collect();
            (LaneFft::new(n, &slots.bins), of_bins)
        });
        ByLanes {
            n_freqs: bins.len(),
            pair,
            single: has_single.then(|| Single::new(n, &bins)),
            design,
            widths,
        }
    }

    fn n_slots(&self) -> usize {
        2 * self.n_freqs
    }
}

impl<T: Real> Estimator<T> for ByLanes<T> {
    fn scratch(&self) -> Scratch<T> {
        let longest = self.design.lengths.last().copied().unwrap_or(0);
        Scratch {
            lines: Aligned::new(longest * WIDEST),
            points: Aligned::new(self.design.n_fft * 2 * WIDEST),
            outputs: Aligned::new(self.n_slots() * 2 * WIDEST),
            sums: Aligned::new(2 * self.n_slots() * WIDEST),
            ..Scratch::default()
        }
    }

    fn prepare(&self, scratch: &mut Scratch<T>, makers: &dyn Makers) {
        made::together(&self.design, &mut scratch.tapers, makers);
    }

    fn estimate(&self, piece: Piece<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize {
        let samples = piece.samples;
        let (n_samples, n_channels) = samples.dim();
        let tapers = scratch
            .tapers
            .of(n_samples, || made::tapers(&self.design, n_samples, None));
        self.design.assert_shape(block, n_channels);
        let turns = std::mem::take(&mut scratch.turns);
        let turns = self.design.turns(turns, piece.trial);
        let detrend = piece.detrend(self.design.detrend);
        let mut n_bad = 0;
        let mut first = 0;
        while first < n_channels {
            let width = self.widths.of(n_channels - first, size_of::<T>());
            let lanes = width.bytes(size_of::<T>()) / size_of::<T>();
            let n_lanes = lanes.min(n_channels - first);
            n_bad += width.run(Tile {
                method: self,
                tapers: &tapers,
                turns: &turns,
                detrend,
                samples,
                first,
                n_lanes,
                scratch,
                block,
            });
            first += n_lanes;
        }
        scratch.turns = turns;
        n_bad
    }
}
