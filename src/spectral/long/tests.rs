//! The transform against rustfft, for every width of vectors.

use num_complex::Complex;
use pulp::{Simd, WithSimd};

use super::*;
use crate::spectral::InstructionSet;
use crate::spectral::lanes::{Arithmetic, Width, Z};

/// Rounding of both transforms, relative to the root mean square of the outputs.
const ROUND_OFF: f64 = 1e-14;

#[derive(Clone, Copy)]
struct Signal<'a>(&'a [Complex<f64>]);

impl<S: Simd> Points<S, f64> for Signal<'_> {
    fn point(&self, t: usize) -> [f64; 2] {
        [self.0[t].re, self.0[t].im]
    }
    fn load(&self, a: Arithmetic<S, f64>, t: usize) -> Z<S, f64> {
        let lanes = size_of::<S::f64s>() / size_of::<f64>();
        let part = |part: fn(&Complex<f64>) -> f64| {
            a.read(&Vec::from_iter(self.0[t..t + lanes].iter().map(part)))
        };
        [part(|z| z.re), part(|z| z.im)]
    }
    fn len(&self) -> usize {
        self.0.len()
    }
}

struct Keep<'a, Z>(&'a mut [Z]);

impl<S: Simd> PutRow<S, f64> for Keep<'_, Z<S, f64>> {
    fn put(&mut self, _: Arithmetic<S, f64>, at: usize, z: Z<S, f64>) {
        self.0[at] = z;
    }
}

/// The outputs of `bins`.
struct Transform<'a> {
    fft: &'a LongFft<f64>,
    signal: &'a [Complex<f64>],
    bins: &'a [usize],
}

impl WithSimd for Transform<'_> {
    type Output = Vec<Complex<f64>>;
    fn with_simd<S: Simd>(self, simd: S) -> Vec<Complex<f64>> {
        let a = Arithmetic::<S, f64>::new(simd);
        let lanes = size_of::<S::f64s>() / size_of::<f64>();
        let mut memory = LongMemory::new(self.fft);
        memory.spoil();
        let mut got = vec![[a.splat(f64::NAN); 2]; self.fft.n_outputs(lanes)];
        let to = &mut Keep(&mut got);
        self.fft.run(a, Signal(self.signal), &mut memory, to);
        let number = |bin: &usize| {
            let at = self.fft.place(*bin, lanes);
            let parts = got[at / lanes].map(|part| {
                let numbers: &[f64] = bytemuck::cast_slice(std::slice::from_ref(&part));
                numbers[at % lanes]
            });
            Complex::new(parts[0], parts[1])
        };
        self.bins.iter().map(number).collect()
    }
}

fn signal(n: usize) -> Vec<Complex<f64>> {
    let mut state = n as u64;
    let mut random = || {
        // Knuth's linear congruential generator
        state = state.wrapping_mul(6_364_136_223_846_793_005);
        state = state.wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    (0..n).map(|_| Complex::new(random(), random())).collect()
}

/// Powers of one prime, lengths that fill no vector, and lengths far from a square.
const LENGTHS: [usize; 8] = [4096, 4200, 4374, 5000, 6561, 16_807, 31_250, 60_000];

#[test]
fn the_transform_agrees_with_rustfft_whatever_is_wanted_and_padded() {
    for n in LENGTHS {
        for n_points in [n, n - 1, n / 2 + 5, 3] {
            let signal = signal(n_points);
            let mut want = signal.clone();
            want.resize(n, Complex::new(0.0, 0.0));
            let fft = InstructionSet::detect().ffts::<f64>(&[n]).remove(0);
            fft.process(&mut want);
            let level = (want.iter().map(Complex::norm_sqr).sum::<f64>() / n as f64).sqrt();
            let band = Vec::from_iter((n / 100..n / 7).chain(n - n / 7..=n - n / 100));
            for bins in [Vec::from_iter(0..n), band, vec![n / 2]] {
                let fft = LongFft::new(n, bins.iter().copied());
                let widths = Width::all();
                let got = widths[widths.len() - 1].run(Transform {
                    fft: &fft,
                    signal: &signal,
                    bins: &bins,
                });
                for (&bin, got) in bins.iter().zip(got) {
                    let error = (got - want[bin]).norm() / level;
                    assert!(
                        error < ROUND_OFF,
                        "{n_points} of {n} points, bin {bin}: {error:e}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_width_gives_the_same_bits_whatever_else_is_wanted() {
    for n in [4200, 4374, 6561] {
        let signal = signal(n - n / 5);
        let bins =
            Vec::from_iter((0..n).filter(|bin| bin % 11 == 3 && !(n / 4..n / 2).contains(bin)));
        let run = |width: Width, wanted: &mut dyn Iterator<Item = usize>| {
            let fft = LongFft::new(n, wanted);
            let bits = |z: Complex<f64>| [z.re.to_bits(), z.im.to_bits()];
            let outputs = width.run(Transform {
                fft: &fft,
                signal: &signal,
                bins: &bins,
            });
            Vec::from_iter(outputs.into_iter().map(bits))
        };
        let scalar = run(Width::all()[0], &mut bins.iter().copied());
        for width in Width::all() {
            assert_eq!(
                run(width, &mut bins.iter().copied()),
                scalar,
                "{width:?}, n {n}"
            );
            assert_eq!(run(width, &mut (0..n)), scalar, "{width:?}, n {n}");
        }
    }
}

#[test]
fn short_lengths_and_those_with_other_factors_have_none() {
    for n in [0, 1, 2048, 4095, 4097, 600_600, 1 << 28] {
        assert!(!is_long(n), "{n}");
    }
    for n in LENGTHS.into_iter().chain([600_000, 1_200_000]) {
        assert!(is_long(n), "{n}");
    }
}

#[test]
fn its_memory_is_counted() {
    for n in LENGTHS {
        let fft = LongFft::<f64>::new(n, 0..n);
        let taken = fft.bytes_of_turns() + LongMemory::new(&fft).bytes();
        let counted = long_bytes(n, size_of::<f64>());
        assert!(taken as u128 <= counted, "{n}: {taken}");
        assert!(counted < 2 * taken as u128, "{n}: {taken}");
    }
}
