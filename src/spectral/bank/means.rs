//! Geometric means of the convolutions with several kernels, as they come out of one after the other.

use num_complex::Complex;
use pulp::Simd;

use super::destination::Destination;
use super::kernel::Filter;
use super::mean::{mean, parts, power_of_two};
use crate::spectral::Real;
use crate::spectral::compat::Compat;
use crate::spectral::lanes::{Aligned, Arithmetic, Put, UNWANTED, WIDEST, Z};
use crate::spectral::quantity::Quantity;

/// What a kernel is for its filter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Part {
    /// Its only one.
    Alone,
    /// The first of several, of this weight.
    First(f64),
    /// One more of this weight, which is that of those before it.
    More(f64),
    /// The last, with a weight of its own.
    Other(f64),
}

impl Part {
    pub(super) fn of<K>(filter: &Filter<K>, k: usize) -> Part {
        let (weight, first) = (filter.kernels[k].1, filter.kernels[0].1);
        match filter.kernels.len() {
            1 => Part::Alone,
            _ if k == 0 => Part::First(weight),
            _ if weight == first => Part::More(weight),
            _ => Part::Other(weight),
        }
    }
}

/// Numbers in the widest vector.
pub(super) const MAX_LANES: usize = WIDEST / size_of::<f32>();

/// What becomes of the phases of several coefficients.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Phases {
    /// Nothing: only magnitudes count.
    Unwanted,
    /// Their mean direction, that of the mean of unit vectors with the weights of the coefficients.
    Direction,
    /// The mean of principal angles, as in Syncopy, which lies anywhere where they lie around ±π.
    Principal,
}

impl Phases {
    pub(super) fn of(quantity: Quantity, compat: Compat) -> Phases {
        match (quantity.has_phase(), compat) {
            (false, _) => Phases::Unwanted,
            (true, Compat::Syncopy) => Phases::Principal,
            (true, Compat::None) => Phases::Direction,
        }
    }
}

/// Bytes of one slot and lane, of numbers of `real_bytes`.
pub(super) fn of_product(real_bytes: usize) -> usize {
    size_of::<[f64; 2]>() + 3 * real_bytes
}

/// Means as they grow, of all slots and lanes.
pub(super) struct Means<'a, T> {
    part: Part,
    lanes: usize,
    phases: Phases,
    /// Sums of unit vectors times weights, or of angles times weights.
    turns: &'a mut [[f64; 2]],
    /// Products of squared magnitudes of one weight.
    numbers: &'a mut [T],
    /// Squared magnitudes of another weight.
    others: &'a mut [T],
    /// Sums of the exponents of the products, as [`Factor`] has them.
    sums: &'a mut [T],
}

impl<'a, T: Real> Means<'a, T> {
    /// In `memory`, for `n_slots` vectors of `lanes`; `part` is what comes.
    pub(super) fn new(
        part: Part,
        (n_slots, lanes): (usize, usize),
        phases: Phases,
        memory: &'a mut Aligned,
    ) -> Means<'a, T> {
        let n = n_slots * lanes;
        let memory = memory.first::<u8>(n * of_product(size_of::<T>()));
        let (turns, memory) = memory.split_at_mut(n * size_of::<[f64; 2]>());
        let (numbers, memory) = memory.split_at_mut(n * size_of::<T>());
        let (others, sums) = memory.split_at_mut(n * size_of::<T>());
        Means {
            part,
            lanes,
            phases,
            turns: bytemuck::cast_slice_mut(turns),
            numbers: bytemuck::cast_slice_mut(numbers),
            others: bytemuck::cast_slice_mut(others),
            sums: bytemuck::cast_slice_mut(sums),
        }
    }

    /// Stores the means of filter `f` after its last kernel, whose part this is; `weight` is that of `n_before` kernels.
    /// Samples were scaled by two to the power of `exponents`.
    #[inline(always)]
    pub(super) fn store(
        &self,
        rows: &[u32],
        (f, weight, n_before): (usize, f64, i32),
        exponents: &[i32],
        to: &mut Destination<T>,
    ) {
        let n_parts = to.quantity.element().n_parts();
        let power = match to.quantity {
            Quantity::Pow => 2,
            _ => 1,
        };
        let lanes = self.lanes;
        let mut columns = Columns::new();
        for (place, exponent) in columns.exponents.iter_mut().zip(exponents.iter().cycle()) {
            *place = -power * exponent;
        }
        let of_square = 0.5 * f64::from(power);
        for (c, rows) in rows.chunks(AT_ONCE / lanes).enumerate() {
            let at = c * AT_ONCE..c * AT_ONCE + rows.len() * lanes;
            columns.take(&self.numbers[at.clone()], 0);
            let sums = &self.sums[at.clone()];
            for (exponent, sum) in columns.products[0].1.iter_mut().zip(sums) {
                *exponent += T::exponent(*sum, n_before);
            }
            if let Part::Other(other) = self.part {
                columns.take(&self.others[at.clone()], 1);
                columns.mean_of_two([weight * of_square, other * of_square]);
            } else {
                columns.mean_of_one([weight * of_square]);
            }
            let means = columns.means.chunks_exact(lanes);
            let turns = self.turns[at].chunks_exact(lanes);
            for ((&row, means), turns) in rows.iter().zip(means).zip(turns) {
                if row == UNWANTED {
                    continue;
                }
                let quantity = to.quantity;
                let places = to.places(row, f);
                if self.phases == Phases::Unwanted {
                    for (place, mean) in places.iter_mut().zip(means) {
                        *place = T::from_double(*mean);
                    }
                    continue;
                }
                let polar = means.iter().zip(turns);
                for (place, (mean, turn)) in places.chunks_exact_mut(n_parts).zip(polar) {
                    let parts = self.unit_vector(*turn);
                    let [re, im] = parts.map(|x| T::from_double(mean * x));
                    quantity.store(Complex::new(re, im), place);
                }
            }
        }
    }

    /// What the sums of phases say.
    fn unit_vector(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        if self.phases == Phases::Principal {
            return [libm::cos(x), libm::sin(x)];
        }
        let length = (x * x + y * y).sqrt();
        if length > 0.0 {
            [x / length, y / length]
        } else {
            [1.0, 0.0]
        }
    }

    /// Adds the phase of a coefficient to the sum of those before it.
    #[inline(always)]
    fn add_phase(&self, before: [f64; 2], re: T, im: T) -> [f64; 2] {
        let turn = match self.phases {
            Phases::Principal => [T::angle(re, im).to_double(), 0.0],
            _ => {
                let length = T::magnitude(re, im).to_double();
                let length = if length > 0.0 { length } else { 1.0 };
                [re.to_double() / length, im.to_double() / length]
            }
        };
        match self.part {
            Part::Alone => turn,
            Part::First(weight) => turn.map(|x| weight * x),
            Part::More(weight) | Part::Other(weight) => {
                [before[0] + weight * turn[0], before[1] + weight * turn[1]]
            }
        }
    }
}

/// Numbers of a few slots that means are taken of: so many that a compiler makes vectors of them, and few enough for the first
/// level of the cache.
const AT_ONCE: usize = 256;

/// Products and means of [`AT_ONCE`] lanes of some slots.
struct Columns {
    products: [([f64; AT_ONCE], [i32; AT_ONCE]); 2],
    /// What means are scaled by.
    exponents: [i32; AT_ONCE],
    means: [f64; AT_ONCE],
}

impl Columns {
    fn new() -> Columns {
        Columns {
            products: [([1.0; AT_ONCE], [0; AT_ONCE]); 2],
            exponents: [0; AT_ONCE],
            means: [0.0; AT_ONCE],
        }
    }

    /// Takes numbers apart.
    #[inline(always)]
    fn take<T: Real>(&mut self, numbers: &[T], which: usize) {
        let (mantissas, exponents) = &mut self.products[which];
        let places = mantissas.iter_mut().zip(exponents);
        for ((mantissa, exponent), number) in places.zip(numbers) {
            (*mantissa, *exponent) = parts(number.to_double());
        }
    }

    #[inline(always)]
    fn mean_of_one(&mut self, weights: [f64; 1]) {
        let (mantissas, exponents) = &self.products[0];
        for i in 0..AT_ONCE {
            let products = [(mantissas[i], exponents[i])];
            self.means[i] = mean(products, weights, self.exponents[i]);
        }
    }

    #[inline(always)]
    fn mean_of_two(&mut self, weights: [f64; 2]) {
        let [(first, of_first), (second, of_second)] = &self.products;
        for i in 0..AT_ONCE {
            let products = [(first[i], of_first[i]), (second[i], of_second[i])];
            self.means[i] = mean(products, weights, self.exponents[i]);
        }
    }
}

impl<S: Simd, T: Real> Put<S, T> for Means<'_, T> {
    #[inline(always)]
    fn put(&mut self, a: Arithmetic<S, T>, slot: usize, z: Z<S, T>) {
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        let at = slot * lanes..(slot + 1) * lanes;
        let squares = a.add_power(z, a.splat(T::zero()));
        if let Part::Other(_) = self.part {
            let squares: &[T] = bytemuck::cast_slice(std::slice::from_ref(&squares));
            self.others[at.clone()].copy_from_slice(&squares[..lanes]);
        } else {
            let zero = a.splat(T::zero());
            let [products, sums] = match self.part {
                Part::More(_) => [
                    a.mul(a.read(&self.numbers[at.clone()]), squares),
                    a.read(&self.sums[at.clone()]),
                ],
                _ => [squares, zero],
            };
            let folded = a.with(|simd| T::fold(simd, products, sums));
            let [numbers, sums] = folded.each_ref().map(std::slice::from_ref);
            self.numbers[at.clone()].copy_from_slice(&bytemuck::cast_slice(numbers)[..lanes]);
            self.sums[at.clone()].copy_from_slice(&bytemuck::cast_slice(sums)[..lanes]);
        }
        if self.phases != Phases::Unwanted {
            let [re, im] = a.conjugate(z);
            let [re, im] = [&re, &im].map(std::slice::from_ref);
            let [re, im]: [&[T]; 2] = [re, im].map(bytemuck::cast_slice);
            for (at, (re, im)) in at.zip(re.iter().zip(im)) {
                self.turns[at] = self.add_phase(self.turns[at], *re, *im);
            }
        }
    }
}

/// Scales every lane of `lines`, rows of `lanes` numbers, by a power of two so that its largest number is about 1, whose exponent
/// goes to `exponents`: so squares of single precision stay within its range, whatever unit a recording has.
#[inline(always)]
pub(super) fn scale<T: Real>(lines: &mut [T], lanes: usize, exponents: &mut [i32]) {
    let limit = if size_of::<T>() == size_of::<f32>() {
        120
    } else {
        1000
    };
    let mut largest = [T::zero(); MAX_LANES];
    for line in lines.chunks_exact(lanes) {
        for (largest, x) in largest.iter_mut().zip(line) {
            let x = num_traits::Float::abs(*x);
            *largest = if x > *largest { x } else { *largest };
        }
    }
    let mut factors = [T::zero(); MAX_LANES];
    for (lane, exponent) in exponents.iter_mut().enumerate() {
        *exponent = -parts(largest[lane].to_double()).1.clamp(-limit, limit);
        factors[lane] = T::from_double(power_of_two(*exponent));
    }
    for line in lines.chunks_exact_mut(lanes) {
        for (x, factor) in line.iter_mut().zip(&factors) {
            *x = *x * *factor;
        }
    }
}
