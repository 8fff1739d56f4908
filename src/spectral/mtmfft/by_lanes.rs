//! mtmfft for many channels at once: detrend, taper, FFT, convert, a vector of neighbouring channels at a time. For lengths
//! that are products of 2, 3, 5 and 7.
//!
//! Two tapers of one channel share one complex FFT, as real and imaginary part; two channels never share one.

use ndarray::ArrayView2;
use pulp::{Simd, WithSimd};

use super::design::Design;
use super::made;
use crate::spectral::fft::real_fft_len;
use crate::spectral::lanes::{Aligned, Arithmetic, LaneFft, Load, Put, Vectors, WIDEST, Widths, Z};
use crate::spectral::quantity::Quantity;
use crate::spectral::{Estimator, Makers, Real, Scratch};

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

/// The transform of one real signal: by an FFT of half the length when that is even.
///
/// Source: Press et al., Numerical Recipes, section "FFT of a single real function".
struct Single<T> {
    fft: LaneFft<T>,
    /// Where the two coefficients lie that make up the i-th frequency's; the same one twice for odd lengths.
    slots: Vec<[usize; 2]>,
    /// exp(−2πi k/n) for the i-th frequency; empty for odd lengths.
    turns: Vec<[T; 2]>,
}

/// Bins in the order of their slots.
#[derive(Default)]
struct Slots {
    bins: Vec<usize>,
    of: std::collections::HashMap<usize, usize>,
}

impl Slots {
    fn of(&mut self, bin: usize) -> usize {
        *self.of.entry(bin).or_insert_with(|| {
            self.bins.push(bin);
            self.bins.len() - 1
        })
    }
}

impl<T: Real> Single<T> {
    fn new(n: usize, bins: &[usize]) -> Single<T> {
        let half = real_fft_len(n);
        let mut slots = Slots::default();
        let is_even = half != n;
        let of_bins = bins
            .iter()
            .map(|bin| {
                let mirror = if is_even {
                    (half - bin % half) % half
                } else {
                    *bin
                };
                [slots.of(bin % half), slots.of(mirror)]
            })
            .collect();
        let turn = |&bin: &usize| {
            let angle = -std::f64::consts::TAU * bin as f64 / n as f64;
            [libm::cos(angle), libm::sin(angle)].map(T::from_double)
        };
        Single {
            fft: LaneFft::new(half, &slots.bins),
            slots: of_bins,
            turns: if is_even {
                bins.iter().map(turn).collect()
            } else {
                Vec::new()
            },
        }
    }

    /// The coefficient of the i-th frequency.
    #[inline(always)]
    fn coefficient<S: Simd>(&self, a: Arithmetic<S, T>, i: usize, out: &[Z<S, T>]) -> Z<S, T> {
        let [at, mirror] = self.slots[i];
        let z = out[at];
        if self.turns.is_empty() {
            return z;
        }
        let half = T::from_double(0.5);
        let (even, odd) = untangled(a, z, out[mirror], half);
        a.add(even, a.turn(odd, self.turns[i]))
    }
}

/// The transforms of real and imaginary part, given those of the whole at one frequency and its negative.
#[inline(always)]
fn untangled<S: Simd, T: Real>(
    a: Arithmetic<S, T>,
    z: Z<S, T>,
    mirror: Z<S, T>,
    half: T,
) -> (Z<S, T>, Z<S, T>) {
    let conjugate = a.conjugate(mirror);
    let sum = a.add(z, conjugate);
    let difference = a.sub(z, conjugate);
    (
        a.scale(half, sum),
        a.scale(half, a.times_minus_i(difference)),
    )
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
            sums: Aligned::new(self.n_slots() * WIDEST),
            ..Scratch::default()
        }
    }

    fn prepare(&self, scratch: &mut Scratch<T>, makers: &dyn Makers) {
        made::together(&self.design, &mut scratch.tapers, makers);
    }

    fn estimate(&self, samples: ArrayView2<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize {
        let (n_samples, n_channels) = samples.dim();
        let tapers = scratch
            .tapers
            .of(n_samples, || made::tapers(&self.design, n_samples, None));
        let n_kept = if self.design.keeptapers {
            tapers.len()
        } else {
            1
        };
        let n_parts = self.design.quantity.element().n_parts();
        assert_eq!(
            block.len(),
            n_kept * self.n_freqs * n_channels * n_parts,
            "the block has the layout's shape"
        );
        let mut n_bad = 0;
        let mut first = 0;
        while first < n_channels {
            let width = self.widths.of(n_channels - first, size_of::<T>());
            let lanes = width.bytes(size_of::<T>()) / size_of::<T>();
            let n_lanes = lanes.min(n_channels - first);
            n_bad += width.run(Tile {
                method: self,
                tapers: &tapers,
                samples,
                first,
                n_lanes,
                scratch,
                block,
            });
            first += n_lanes;
        }
        n_bad
    }
}

/// Some neighbouring channels of a trial, one in each lane; lanes without a channel hold zeros.
struct Tile<'a, T: Real> {
    method: &'a ByLanes<T>,
    tapers: &'a [Vec<T>],
    samples: ArrayView2<'a, T>,
    first: usize,
    n_lanes: usize,
    scratch: &'a mut Scratch<T>,
    block: &'a mut [T],
}

/// Two tapers of every channel.
#[derive(Clone, Copy)]
struct Pair<'a, V, T> {
    lines: &'a [V],
    tapers: [&'a [T]; 2],
    /// To be subtracted, negative.
    means: [V; 2],
}

impl<S: Simd, T: Real> Load<S, T> for Pair<'_, T::Vector<S>, T> {
    #[inline(always)]
    fn load(&self, a: Arithmetic<S, T>, t: usize) -> Z<S, T> {
        let x = self.lines[t];
        let [first, second] = self.tapers;
        [
            a.mul_add(a.splat(first[t]), x, self.means[0]),
            a.mul_add(a.splat(second[t]), x, self.means[1]),
        ]
    }
    #[inline(always)]
    fn len(&self) -> usize {
        self.lines.len()
    }
}

/// One taper of every channel: two samples are a point, or one is, without an imaginary part.
#[derive(Clone, Copy)]
struct Alone<'a, V, T> {
    lines: &'a [V],
    taper: &'a [T],
    mean: V,
    /// Samples that are a point.
    n_parts: usize,
}

impl<V, T: Real> Alone<'_, V, T> {
    #[inline(always)]
    fn sample<S: Simd>(&self, a: Arithmetic<S, T>, t: usize) -> V
    where
        T: Vectors<Vector<S> = V>,
        V: Copy,
    {
        a.mul_add(a.splat(self.taper[t]), self.lines[t], self.mean)
    }
}

impl<S: Simd, T: Real> Load<S, T> for Alone<'_, T::Vector<S>, T> {
    #[inline(always)]
    fn load(&self, a: Arithmetic<S, T>, t: usize) -> Z<S, T> {
        let zero = a.splat(T::zero());
        if self.n_parts == 1 {
            return [self.sample(a, t), zero];
        }
        let second = 2 * t + 1;
        [
            self.sample(a, 2 * t),
            if second < self.lines.len() {
                self.sample(a, second)
            } else {
                zero
            },
        ]
    }
    #[inline(always)]
    fn len(&self) -> usize {
        self.lines.len().div_ceil(self.n_parts)
    }
}

/// Adds the power of outputs to sums.
struct Sums<'a, V>(&'a mut [V]);

impl<S: Simd, T: Real> Put<S, T> for Sums<'_, T::Vector<S>> {
    #[inline(always)]
    fn put(&mut self, a: Arithmetic<S, T>, slot: usize, z: Z<S, T>) {
        self.0[slot] = a.add_power(z, self.0[slot]);
    }
}

/// Keeps outputs.
struct Outputs<'a, Z>(&'a mut [Z]);

impl<S: Simd, T: Real> Put<S, T> for Outputs<'_, Z<S, T>> {
    #[inline(always)]
    fn put(&mut self, _: Arithmetic<S, T>, slot: usize, z: Z<S, T>) {
        self.0[slot] = z;
    }
}

impl<T: Real> WithSimd for Tile<'_, T> {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let n_samples = self.samples.nrows();
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        let lines = self.scratch.lines.first::<T>(n_samples * lanes);
        let channels = self.first..self.first + self.n_lanes;
        let rows = self.samples.slice_move(ndarray::s![.., channels]);
        let detrend = self.method.design.detrend;
        let is_bad = match lanes {
            1 => detrend.apply_lanes::<T, 1>(rows, lines).to_vec(),
            2 => detrend.apply_lanes::<T, 2>(rows, lines).to_vec(),
            4 => detrend.apply_lanes::<T, 4>(rows, lines).to_vec(),
            8 => detrend.apply_lanes::<T, 8>(rows, lines).to_vec(),
            16 => detrend.apply_lanes::<T, 16>(rows, lines).to_vec(),
            _ => unreachable!("vectors of 4 to 64 bytes"),
        };
        let Scratch {
            lines,
            points,
            outputs,
            sums,
            ..
        } = self.scratch;
        let n_slots = self.method.n_slots();
        let mut at_work = AtWork::<S, T> {
            a: Arithmetic::new(simd),
            method: self.method,
            lines: lines.first(n_samples),
            points: points.first(self.method.design.n_fft),
            outputs: outputs.first(n_slots),
            sums: sums.first(n_slots),
        };
        let mut to = Destination {
            n_channels: self.samples.ncols(),
            first: self.first,
            n_lanes: self.n_lanes,
            block: self.block,
        };
        let design = &self.method.design;
        let n_kept = if design.keeptapers {
            self.tapers.len()
        } else {
            1
        };
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
    lines: &'a [T::Vector<S>],
    points: &'a mut [Z<S, T>],
    outputs: &'a mut [Z<S, T>],
    sums: &'a mut [T::Vector<S>],
}

impl<'a, S: Simd, T: Real> AtWork<'a, S, T> {
    /// Power of all tapers, averaged.
    ///
    /// With Z the transform of taper a plus i times taper b, `|Z(f)|² + |Z(-f)|² = 2 (|A(f)|² + |B(f)|²)`: power needs
    /// no untangling. A single taper counts for both frequencies, so that halving the sum is right for it too.
    #[inline(always)]
    fn mean_power(&mut self, tapers: &[Vec<T>], to: &mut Destination<T>) {
        let (a, method) = (self.a, self.method);
        self.sums.fill(a.splat(T::zero()));
        let pairs = tapers.chunks_exact(2);
        let rest = pairs.remainder();
        for pair in pairs {
            let load = self.pair([&pair[0], &pair[1]]);
            let (fft, _) = method.pair.as_ref().expect("two tapers are a pair");
            let sums = &mut *self.sums;
            fft.run(a, load, self.points, Sums(sums));
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
        let n_tapers = tapers.len() as f64;
        let whole = a.splat(T::from_double(1.0 / n_tapers));
        let half = a.splat(T::from_double(0.5 / n_tapers));
        for i in 0..method.n_freqs {
            let [at, mirror] = slots_of(i);
            let mean = if at == mirror {
                a.mul(whole, self.sums[at])
            } else {
                a.mul(half, a.plus(self.sums[at], self.sums[mirror]))
            };
            let n_lanes = to.n_lanes;
            to.row(i, 1).copy_from_slice(&lanes_of(&mean)[..n_lanes]);
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
                        let (first, second) = untangled(a, z, mirror, half);
                        to.store(row + i, first, method.design.quantity);
                        to.store(row + method.n_freqs + i, second, method.design.quantity);
                    }
                }
                [taper] => {
                    let single = self.transform_alone(taper);
                    for i in 0..method.n_freqs {
                        let z = single.coefficient(a, i, self.outputs);
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
