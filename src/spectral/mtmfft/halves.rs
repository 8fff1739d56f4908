//! A trial times one taper or two, of which the outer halves are kept: the other halves are mirror images.

use num_complex::Complex;
use pulp::Simd;

use crate::spectral::lanes::{Arithmetic, Z};
use crate::spectral::long::Points;
use crate::spectral::tapers::Parity;

/// Real and imaginary part of every point are the trial times a taper each; the imaginary part is zero of one taper alone.
#[derive(Clone, Copy)]
pub(super) struct Tapered<'a> {
    line: &'a [f64],
    /// Samples of the halves.
    half_len: usize,
    first: &'a [f64],
    second: Option<&'a [f64]>,
    /// What the mirror images are multiplied with.
    signs: [f64; 2],
}

impl<'a> Tapered<'a> {
    /// # Panics
    /// If there is no taper, or a half of another length than half a line.
    pub fn new(line: &'a [f64], indices: &[usize], halves: &'a [Vec<f64>]) -> Tapered<'a> {
        let half_len = line.len().div_ceil(2);
        let sign = |index: &usize| match Parity::of(*index) {
            Parity::Even => 1.0,
            Parity::Odd => -1.0,
        };
        let half = |half: &'a Vec<f64>| {
            assert_eq!(half.len(), half_len, "tapers of this length");
            &half[..]
        };
        Tapered {
            line,
            half_len,
            first: half(&halves[0]),
            second: halves.get(1).map(half),
            signs: [sign(&indices[0]), indices.get(1).map_or(0.0, sign)],
        }
    }

    /// Puts all points into `signal`, and zeros after them.
    pub fn fill(&self, signal: &mut [Complex<f64>]) {
        let n = self.line.len();
        let last = n - 1;
        let [m0, m1] = self.signs;
        let line = self.line;
        match self.second {
            Some(second) => {
                for (t, (a, b)) in self.first.iter().zip(second).enumerate() {
                    let (x, y) = (line[t], line[last - t]);
                    signal[last - t] = Complex::new(m0 * a * y, m1 * b * y);
                    signal[t] = Complex::new(a * x, b * x);
                }
            }
            None => {
                for (t, a) in self.first.iter().enumerate() {
                    signal[last - t] = Complex::new(m0 * a * line[last - t], 0.0);
                    signal[t] = Complex::new(a * line[t], 0.0);
                }
            }
        }
        signal[n..].fill(Complex::new(0.0, 0.0));
    }

    /// The weights at `t` of `half`.
    #[inline(always)]
    fn weight(&self, half: &[f64], sign: f64, t: usize) -> f64 {
        if t < self.half_len {
            half[t]
        } else {
            sign * half[self.line.len() - 1 - t]
        }
    }

    /// The weights of `half` from `t` on.
    #[inline(always)]
    fn weights<S: Simd>(
        &self,
        a: Arithmetic<S, f64>,
        half: &[f64],
        sign: f64,
        t: usize,
    ) -> S::f64s {
        let lanes = size_of::<S::f64s>() / size_of::<f64>();
        let end = t + lanes;
        if end <= self.half_len {
            return a.read(&half[t..end]);
        }
        let mut vector = a.splat(0.0);
        let numbers: &mut [f64] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut vector));
        if t >= self.half_len {
            let n = self.line.len();
            numbers.copy_from_slice(&half[n - end..n - t]);
            numbers.reverse();
            return a.mul(a.splat(sign), vector);
        }
        for (i, number) in numbers.iter_mut().enumerate() {
            *number = self.weight(half, sign, t + i);
        }
        vector
    }
}

impl<S: Simd> Points<S, f64> for Tapered<'_> {
    #[inline(always)]
    fn point(&self, t: usize) -> [f64; 2] {
        let x = self.line[t];
        let [m0, m1] = self.signs;
        let second = self.second.map(|half| self.weight(half, m1, t) * x);
        [self.weight(self.first, m0, t) * x, second.unwrap_or(0.0)]
    }

    #[inline(always)]
    fn load(&self, a: Arithmetic<S, f64>, t: usize) -> Z<S, f64> {
        let lanes = size_of::<S::f64s>() / size_of::<f64>();
        let x = a.read(&self.line[t..t + lanes]);
        let [m0, m1] = self.signs;
        let first = a.mul(self.weights(a, self.first, m0, t), x);
        let second = self
            .second
            .map(|half| a.mul(self.weights(a, half, m1, t), x));
        [first, second.unwrap_or(a.splat(0.0))]
    }

    #[inline(always)]
    fn len(&self) -> usize {
        self.line.len()
    }
}
