//! A vector's worth of neighbouring channels: detrend, taper, FFT, convert.

use ndarray::ArrayView2;
use pulp::{Simd, WithSimd};

use super::ByLanes;
use super::points::{Alone, Outputs, Pair, Sums};
use super::single::{Single, untangled};
use crate::spectral::detrend::Detrend;
use crate::spectral::lanes::{Arithmetic, WIDEST, Z};
use crate::spectral::phase::Turns;
use crate::spectral::quantity::Quantity;
use crate::spectral::{Real, Scratch};

/// Pairs of tapers whose power is added before the sum goes to a total: rounding grows with this number and with that of
/// totals, not with their product, which may be thousands.
const PAIRS_IN_A_SUM: usize = 16;

/// Some neighbouring channels of a trial, one in each lane; lanes without a channel hold zeros.
pub(super) struct Tile<'a, T: Real> {
    pub(super) method: &'a ByLanes<T>,
    pub(super) tapers: &'a [Vec<T>],
    pub(super) turns: &'a Turns<T>,
    pub(super) detrend: Detrend,
    pub(super) samples: ArrayView2<'a, T>,
    pub(super) first: usize,
    pub(super) n_lanes: usize,
    pub(super) scratch: &'a mut Scratch<T>,
    pub(super) block: &'a mut [T],
}

impl<T: Real> WithSimd for Tile<'_, T> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let n_samples = self.samples.nrows();
        let a = Arithmetic::<S, T>::new(simd);
        let lines = self.scratch.lines.first::<T::Vector<S>>(n_samples);
        let channels = self.first..self.first + self.n_lanes;
        let rows = self.samples.slice_move(ndarray::s![.., channels]);
        let is_bad = self.detrend.apply_vectors(a, rows, lines);
        let Scratch {
            lines,
            points,
            outputs,
            sums,
            ..
        } = self.scratch;
        let n_slots = self.method.n_slots();
        let (sums, totals) = sums.first(2 * n_slots).split_at_mut(n_slots);
        let mut at_work = AtWork::<S, T> {
            a,
            method: self.method,
            turns: self.turns,
            lines: lines.first(n_samples),
            points: points.first(self.method.design.n_fft),
            outputs: outputs.first(n_slots),
            sums,
            totals,
        };
        let mut to = Destination {
            n_channels: self.samples.ncols(),
            first: self.first,
            n_lanes: self.n_lanes,
            block: self.block,
        };
        let design = &self.method.design;
        let n_kept = design.n_kept();
        if design.quantity == Quantity::Pow && n_kept == 1 {
            at_work.mean_power(self.tapers, &mut to);
        } else {
            at_work.coefficients(self.tapers, &mut to);
        }
        let bad = (0..self.n_lanes).filter(|&lane| is_bad[lane]);
        for lane in bad.clone() {
            to.spoil(lane, n_kept * self.method.n_freqs, design.quantity);
        }
        bad.count()
    }
}

/// A tile whose lines are detrended.
struct AtWork<'a, S: Simd, T: Real> {
    a: Arithmetic<S, T>,
    method: &'a ByLanes<T>,
    turns: &'a Turns<T>,
    lines: &'a [T::Vector<S>],
    points: &'a mut [Z<S, T>],
    outputs: &'a mut [Z<S, T>],
    sums: &'a mut [T::Vector<S>],
    totals: &'a mut [T::Vector<S>],
}

impl<'a, S: Simd, T: Real> AtWork<'a, S, T> {
    /// Power of all tapers, averaged.
    ///
    /// With Z the transform of taper a plus i times taper b, `|Z(f)|² + |Z(-f)|² = 2 (|A(f)|² + |B(f)|²)`: power needs
    /// no untangling. A single taper counts for both frequencies, so that halving the sum is right for it too.
    #[inline(always)]
    fn mean_power(&mut self, tapers: &[Vec<T>], to: &mut Destination<T>) {
        let (a, method) = (self.a, self.method);
        let zero = a.splat(T::zero());
        self.sums.fill(zero);
        self.totals.fill(zero);
        let pairs = tapers.chunks_exact(2);
        let rest = pairs.remainder();
        for (p, pair) in pairs.enumerate() {
            if p > 0 && p % PAIRS_IN_A_SUM == 0 {
                self.close_sums();
            }
            let load = self.pair([&pair[0], &pair[1]]);
            let (fft, _) = method.pair.as_ref().expect("two tapers are a pair");
            fft.run(a, load, self.points, Sums(&mut *self.sums));
        }
        let slots_of = |i: usize| method.pair.as_ref().map_or([i, i], |(_, slots)| slots[i]);
        if let [taper] = rest {
            let single = self.transform_alone(taper);
            for i in 0..method.n_freqs {
                let z = single.coefficient(a, i, self.outputs);
                let [at, mirror] = slots_of(i);
                self.sums[at] = a.add_power(z, self.sums[at]);
                if mirror != at {
                    self.sums[mirror] = a.add_power(z, self.sums[mirror]);
                }
            }
        }
        self.close_sums();
        let n_tapers = tapers.len() as f64;
        let whole = a.splat(T::from_double(1.0 / n_tapers));
        let half = a.splat(T::from_double(0.5 / n_tapers));
        for i in 0..method.n_freqs {
            let [at, mirror] = slots_of(i);
            let mean = if at == mirror {
                a.mul(whole, self.totals[at])
            } else {
                a.mul(half, a.plus(self.totals[at], self.totals[mirror]))
            };
            let n_lanes = to.n_lanes;
            to.row(i, 1).copy_from_slice(&lanes_of(&mean)[..n_lanes]);
        }
    }

    /// Adds the sums to the totals and begins new ones.
    #[inline(always)]
    fn close_sums(&mut self) {
        let zero = self.a.splat(T::zero());
        for (total, sum) in self.totals.iter_mut().zip(&mut *self.sums) {
            *total = self.a.plus(*total, *sum);
            *sum = zero;
        }
    }

    /// Coefficients of all tapers, converted.
    #[inline(always)]
    fn coefficients(&mut self, tapers: &[Vec<T>], to: &mut Destination<T>) {
        let (a, method) = (self.a, self.method);
        let half = T::from_double(0.5);
        for (p, pair) in tapers.chunks(2).enumerate() {
            let row = 2 * p * method.n_freqs;
            match pair {
                [first, second] => {
                    let load = self.pair([first, second]);
                    let (fft, slots) = method.pair.as_ref().expect("two tapers are a pair");
                    let outputs = &mut *self.outputs;
                    fft.run(a, load, self.points, Outputs(outputs));
                    for (i, &[at, mirror]) in slots.iter().enumerate() {
                        let (z, mirror) = (self.outputs[at], self.outputs[mirror]);
                        let (mut first, mut second) = untangled(a, z, mirror, half);
                        if let Some(turn) = self.turns.at(i) {
                            first = a.turn(first, turn);
                            second = a.turn(second, turn);
                        }
                        to.store(row + i, first, method.design.quantity);
                        to.store(row + method.n_freqs + i, second, method.design.quantity);
                    }
                }
                [taper] => {
                    let single = self.transform_alone(taper);
                    for i in 0..method.n_freqs {
                        let mut z = single.coefficient(a, i, self.outputs);
                        if let Some(turn) = self.turns.at(i) {
                            z = a.turn(z, turn);
                        }
                        to.store(row + i, z, method.design.quantity);
                    }
                }
                _ => unreachable!("chunks of two"),
            }
        }
    }

    #[inline(always)]
    fn pair<'t>(&self, tapers: [&'t [T]; 2]) -> Pair<'t, T::Vector<S>, T>
    where
        'a: 't,
    {
        Pair {
            lines: self.lines,
            tapers,
            means: tapers.map(|taper| self.negative_mean(taper)),
        }
    }

    #[inline(always)]
    fn transform_alone(&mut self, taper: &[T]) -> &'a Single<T> {
        let single = self.method.single.as_ref();
        let single = single.expect("an odd number of tapers has a single one");
        let load = Alone {
            lines: self.lines,
            taper,
            mean: self.negative_mean(taper),
            n_parts: if single.turns.is_empty() { 1 } else { 2 },
        };
        let outputs = &mut *self.outputs;
        single.fft.run(self.a, load, self.points, Outputs(outputs));
        single
    }

    /// The mean of taper × line, negative, which `demean_taper` adds; else nothing.
    #[inline(always)]
    fn negative_mean(&self, taper: &[T]) -> T::Vector<S> {
        if !self.method.design.demean_taper {
            return self.a.splat(T::zero());
        }
        let mut sums = [0.0; WIDEST / size_of::<f32>()];
        for (w, line) in taper.iter().zip(self.lines) {
            for (sum, x) in sums.iter_mut().zip(lanes_of::<_, T>(line)) {
                *sum += (*w * *x).to_double();
            }
        }
        let mut mean = self.a.splat(T::zero());
        let numbers: &mut [T] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut mean));
        for (place, sum) in numbers.iter_mut().zip(sums) {
            *place = T::from_double(-(sum / taper.len() as f64));
        }
        mean
    }
}

fn lanes_of<V: bytemuck::Pod, T: Real>(vector: &V) -> &[T] {
    bytemuck::cast_slice(std::slice::from_ref(vector))
}

/// The part of the block that belongs to a tile.
struct Destination<'a, T> {
    n_channels: usize,
    first: usize,
    n_lanes: usize,
    block: &'a mut [T],
}

impl<T: Real> Destination<'_, T> {
    /// The tile's numbers in a row of the block: one taper, one frequency.
    #[inline(always)]
    fn row(&mut self, row: usize, n_parts: usize) -> &mut [T] {
        let at = (row * self.n_channels + self.first) * n_parts;
        &mut self.block[at..][..self.n_lanes * n_parts]
    }

    #[inline(always)]
    fn store<V: bytemuck::Pod>(&mut self, row: usize, z: [V; 2], quantity: Quantity) {
        let n_lanes = self.n_lanes;
        let (re, im) = (&lanes_of(&z[0])[..n_lanes], &lanes_of(&z[1])[..n_lanes]);
        quantity.store_all(re, im, self.row(row, quantity.element().n_parts()));
    }

    /// Writes NaN wherever the channel in `lane` goes.
    fn spoil(&mut self, lane: usize, n_rows: usize, quantity: Quantity) {
        let n_parts = quantity.element().n_parts();
        for row in 0..n_rows {
            self.row(row, n_parts)[lane * n_parts..][..n_parts].fill(T::nan());
        }
    }
}
