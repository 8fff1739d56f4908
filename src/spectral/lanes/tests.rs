//! The transform against its definition, for every width of vectors.

use num_complex::Complex;
use pulp::{Simd, WithSimd};

use super::*;
use crate::spectral::Real;

/// Rounding of a few dozen operations on numbers of size 30.
const ROUND_OFF: f64 = 1e-11;

/// Points of all lanes: `points[t][part][lane]`.
#[derive(Clone, Copy)]
struct Points<'a, T>(&'a [T], usize);

impl<S: Simd, T: Real> Load<S, T> for Points<'_, T> {
    fn load(&self, _: Arithmetic<S, T>, t: usize) -> Z<S, T> {
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        let vector = |part: usize| {
            let numbers = &self.0[(t * 2 + part) * self.1..][..lanes];
            bytemuck::pod_read_unaligned(bytemuck::cast_slice(numbers))
        };
        [vector(0), vector(1)]
    }
    fn len(&self) -> usize {
        self.0.len() / 2 / self.1
    }
}

struct Transform<'a, T> {
    fft: &'a LaneFft<T>,
    points: Points<'a, T>,
    n_wanted: usize,
}

struct Got<'a, T>(&'a mut [Complex<T>]);

impl<S: Simd, T: Real> Put<S, T> for Got<'_, T> {
    fn put(&mut self, _: Arithmetic<S, T>, slot: usize, z: Z<S, T>) {
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        let re: &[T] = bytemuck::cast_slice(std::slice::from_ref(&z[0]));
        let im: &[T] = bytemuck::cast_slice(std::slice::from_ref(&z[1]));
        let places = &mut self.0[slot * lanes..][..lanes];
        for (place, (re, im)) in places.iter_mut().zip(re.iter().zip(im)) {
            *place = Complex::new(*re, *im);
        }
    }
}

impl<T: Real> WithSimd for Transform<'_, T> {
    type Output = Vec<Complex<T>>;
    fn with_simd<S: Simd>(self, simd: S) -> Vec<Complex<T>> {
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        let mut memory = Aligned::new(self.fft.n * 2 * WIDEST);
        memory.first::<T>(self.fft.n * 2 * lanes).fill(T::nan());
        let mut got = vec![Complex::new(T::nan(), T::nan()); self.n_wanted * lanes];
        let buffer = memory.first::<Z<S, T>>(self.fft.n);
        let to = Got(&mut got);
        self.fft.run(Arithmetic::new(simd), self.points, buffer, to);
        got
    }
}

fn points<T: Real>(n: usize, stride: usize) -> Vec<T> {
    (0..n * 2 * stride)
        .map(|i| T::from_double((((i * i) % 1009) as f64 * 0.7).sin() + 0.1))
        .collect()
}

fn slowly(points: &[f64], n: usize, stride: usize, lane: usize, bin: usize) -> Complex<f64> {
    (0..points.len() / 2 / stride)
        .map(|t| {
            let at = |part: usize| points[(t * 2 + part) * stride + lane];
            let turn = -std::f64::consts::TAU * ((t * bin) % n) as f64 / n as f64;
            Complex::new(at(0), at(1)) * Complex::from_polar(1.0, turn)
        })
        .sum()
}

const STRIDE: usize = 16;

#[test]
fn every_length_agrees_with_the_definition_whatever_is_wanted_and_padded() {
    for n in (1..=130).chain([343, 360, 500, 512, 1000, 2000]) {
        if factors(n).is_none() {
            continue;
        }
        for n_points in [n, n.div_ceil(2), n - n / 7] {
            let points = points::<f64>(n_points, STRIDE);
            let few: Vec<usize> = (0..n).filter(|bin| bin % 3 == 1 || bin + 3 > n).collect();
            for wanted in [(0..n).rev().collect(), few, vec![n / 2]] {
                let fft = LaneFft::<f64>::new(n, &wanted);
                let got = Width::all()[Width::all().len() - 1].run(Transform {
                    fft: &fft,
                    points: Points(&points, STRIDE),
                    n_wanted: wanted.len(),
                });
                let lanes = got.len() / wanted.len();
                let lane = lanes - 1;
                let step = if n > 130 { 17 } else { 1 };
                for (i, &bin) in wanted.iter().enumerate().step_by(step) {
                    let want = slowly(&points, n, STRIDE, lane, bin);
                    let error = (got[i * lanes + lane] - want).norm();
                    assert!(error < ROUND_OFF, "n {n}, bin {bin}: {error:e}");
                }
            }
        }
    }
}

fn assert_same_bits<T: Real>() {
    for n in [1, 2, 60, 105, 512, 2000] {
        let points = points::<T>(n, STRIDE);
        let wanted: Vec<usize> = (0..n).filter(|bin| bin % 5 != 2).collect();
        let all: Vec<usize> = (0..n).collect();
        let run = |width: Width, wanted: &[usize]| {
            let fft = LaneFft::<T>::new(n, wanted);
            width.run(Transform {
                fft: &fft,
                points: Points(&points, STRIDE),
                n_wanted: wanted.len(),
            })
        };
        let scalar = run(Width::all()[0], &wanted);
        for width in Width::all() {
            let got = run(width, &wanted);
            let lanes = got.len() / wanted.len();
            let first: Vec<_> = got.iter().step_by(lanes).copied().collect();
            assert_eq!(first, scalar, "{width:?}, n {n}");
        }
        // and whatever else is wanted
        let whole = run(Width::all()[0], &all);
        for (i, &bin) in wanted.iter().enumerate() {
            assert_eq!(scalar[i], whole[bin], "n {n}, bin {bin}");
        }
    }
}

#[test]
fn every_width_gives_the_same_bits_whatever_else_is_wanted() {
    assert_same_bits::<f32>();
    assert_same_bits::<f64>();
}

#[test]
fn lengths_with_other_factors_have_none() {
    for n in [0, 11, 13, 997, 22, 2 * 3 * 5 * 7 * 11] {
        assert_eq!(factors(n), None, "{n}");
    }
    for n in [1, 2, 3, 4, 8, 16, 32, 64, 128, 2000, 2048, 3000, 600_000] {
        let factors = factors(n).unwrap();
        assert_eq!(factors.iter().product::<usize>(), n);
        assert!(factors.len() >= 2);
    }
}
