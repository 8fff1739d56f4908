//! The FFT and the instruction set it uses. rustfft's planners for AVX, SSE, NEON and plain code round differently, so
//! the set is chosen explicitly and ranks agree on the lowest that all of them have.

use std::sync::Arc;

use num_complex::Complex;
use rustfft::{Fft, FftPlannerScalar};

use super::Real;

/// Instruction sets that give different bits, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// Plain code.
    Scalar,
    /// SSE4.1 on x86-64.
    Sse,
    /// NEON on AArch64.
    Neon,
    /// AVX with fused multiply-add on x86-64.
    Avx,
}

const ALL: [InstructionSet; 4] = [
    InstructionSet::Scalar,
    InstructionSet::Sse,
    InstructionSet::Neon,
    InstructionSet::Avx,
];

impl InstructionSet {
    /// The best set of this processor.
    pub fn detect() -> InstructionSet {
        let available = |set: &InstructionSet| plan::<f32>(*set, &[2]).is_some();
        ALL.into_iter()
            .rev()
            .find(available)
            .unwrap_or(InstructionSet::Scalar)
    }

    /// Its place in the order, to be agreed upon between ranks.
    pub fn level(self) -> u64 {
        self as u64
    }

    /// The set with this place in the order.
    ///
    /// # Panics
    /// If there is none: levels come from [`InstructionSet::level`].
    pub fn from_level(level: u64) -> InstructionSet {
        ALL.into_iter()
            .find(|set| set.level() == level)
            .expect("a level of a set")
    }

    /// The set of this name, if this processor has it.
    pub fn by_name(name: &str) -> Option<InstructionSet> {
        ALL.into_iter()
            .find(|set| set.name() == name)
            .filter(|set| plan::<f32>(*set, &[2]).is_some())
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            InstructionSet::Scalar => "scalar",
            InstructionSet::Sse => "sse4.1",
            InstructionSet::Neon => "neon",
            InstructionSet::Avx => "avx+fma",
        }
    }

    /// Forward FFTs of these lengths, which share the tables they have in common.
    ///
    /// # Panics
    /// If this processor lacks the set: ranks agree on one that all have.
    pub fn ffts<T: Real>(self, lengths: &[usize]) -> Vec<Arc<dyn Fft<T>>> {
        plan(self, lengths).expect("the ranks agreed on a set that all have")
    }
}

fn plan<T: Real>(set: InstructionSet, lengths: &[usize]) -> Option<Vec<Arc<dyn Fft<T>>>> {
    macro_rules! with {
        ($planner:expr) => {{
            let mut planner = $planner;
            Some(
                lengths
                    .iter()
                    .map(|&n| planner.plan_fft_forward(n))
                    .collect(),
            )
        }};
    }
    match set {
        InstructionSet::Scalar => with!(FftPlannerScalar::new()),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Sse => with!(rustfft::FftPlannerSse::new().ok()?),
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx => with!(rustfft::FftPlannerAvx::new().ok()?),
        #[cfg(target_arch = "aarch64")]
        InstructionSet::Neon => with!(rustfft::FftPlannerNeon::new().ok()?),
        _ => None,
    }
}

/// Complex numbers that an FFT takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FftPoints {
    /// Its tables, which stay.
    pub tables: u128,
    /// Scratch to run it in place.
    pub scratch: u128,
}

/// Complex numbers that an FFT of `n` points takes at most, but for short ones, which take little anyway.
///
/// rustfft 6.4 was measured with scalar, SSE and AVX code for 170 lengths from 65,536 to 12·10⁶. Lengths whose prime factors
/// have kernels of their own took one number a point for either; a rest without goes through padded FFTs of two to four times
/// its length (Bluestein, Rader), and took up to 5.6 and 4.6 for each of its points beside. Planning takes more for a while,
/// but before there is anything else.
pub fn fft_points(n: usize) -> FftPoints {
    let mut rest = n.max(1);
    for factor in [2, 3, 5, 7, 11] {
        while rest.is_multiple_of(factor) {
            rest /= factor;
        }
    }
    let (n, rest) = (n as u128, rest as u128);
    if rest <= MAX_KERNEL {
        let each = n + n / 16;
        return FftPoints {
            tables: each,
            scratch: each,
        };
    }
    FftPoints {
        tables: n + n / 4 + rest * 23 / 4,
        scratch: n + n / 4 + rest * 19 / 4,
    }
}

/// Points of the largest kernel that is no product of others.
const MAX_KERNEL: u128 = 31;

/// The discrete Fourier transform by its definition: slow, and what the fast one is tested against.
#[cfg(test)]
pub fn slow_dft(signal: &[f64], n_fft: usize, bin: usize) -> Complex<f64> {
    signal
        .iter()
        .enumerate()
        .map(|(t, x)| {
            Complex::from_polar(
                *x,
                -std::f64::consts::TAU * ((t * bin) % n_fft) as f64 / n_fft as f64,
            )
        })
        .sum()
}

/// Points of the FFT that transforms `n` real points.
pub fn real_fft_len(n: usize) -> usize {
    if n.is_multiple_of(2) { n / 2 } else { n }
}

/// An FFT of one real signal: of half the length when that is even.
///
/// Source: Press et al., Numerical Recipes, section "FFT of a single real function".
pub struct RealFft<T: Real> {
    n: usize,
    fft: Arc<dyn Fft<T>>,
    /// `exp(-2πi k/n)` for the bins that are wanted, in their order; empty for odd lengths.
    turns: Vec<Complex<T>>,
}

impl<T: Real> RealFft<T> {
    /// The transform of `n` real points for the bins `bins`, by an FFT of [`real_fft_len`] points.
    pub fn new(fft: Arc<dyn Fft<T>>, n: usize, bins: &[usize]) -> RealFft<T> {
        if n % 2 == 1 {
            return RealFft {
                n,
                fft,
                turns: Vec::new(),
            };
        }
        let turn = |&bin: &usize| {
            let angle = -std::f64::consts::TAU * bin as f64 / n as f64;
            Complex::new(
                T::from_double(libm::cos(angle)),
                T::from_double(libm::sin(angle)),
            )
        };
        RealFft {
            n,
            fft,
            turns: bins.iter().map(turn).collect(),
        }
    }

    /// Scratch that [`RealFft::process`] needs beside its buffer.
    pub fn scratch_len(&self) -> usize {
        self.fft.get_inplace_scratch_len()
    }

    /// Transforms the real signal `signal(0 … n-1)`; `buffer` has [`real_fft_len`] places, or more for an even
    /// `n`.
    pub fn process(
        &self,
        signal: impl Fn(usize) -> T,
        buffer: &mut [Complex<T>],
        scratch: &mut [Complex<T>],
    ) {
        if self.turns.is_empty() {
            for (t, place) in buffer.iter_mut().enumerate() {
                *place = Complex::new(signal(t), T::zero());
            }
            self.fft.process_with_scratch(buffer, scratch);
        } else {
            let half = &mut buffer[..self.n / 2];
            for (t, place) in half.iter_mut().enumerate() {
                *place = Complex::new(signal(2 * t), signal(2 * t + 1));
            }
            self.fft.process_with_scratch(half, scratch);
        }
    }

    /// The coefficient of the `i`-th wanted bin, which is `bin`.
    pub fn coefficient(&self, i: usize, bin: usize, buffer: &[Complex<T>]) -> Complex<T> {
        if self.turns.is_empty() {
            return buffer[bin];
        }
        let m = self.n / 2;
        let half = T::from_double(0.5);
        // remainders without divisions, which would take longer than all the rest
        let at = if bin < m { bin } else { bin - m };
        let mirror = if at == 0 { 0 } else { m - at };
        let a = buffer[at];
        let b = buffer[mirror].conj();
        let even = (a + b).scale(half);
        let odd = (a - b).scale(half);
        // odd / i, turned
        even + Complex::new(odd.im, -odd.re) * self.turns[i]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // rounding of a few dozen operations on numbers of size 30
    const ROUND_OFF: f64 = 1e-11;

    #[test]
    fn the_real_fft_agrees_with_the_definition_for_even_odd_and_prime_lengths() {
        for n in [1_usize, 2, 3, 4, 5, 6, 8, 12, 31, 37, 60, 125] {
            let signal: Vec<f64> = (0..n).map(|t| ((t * t) as f64).sin() + 0.3).collect();
            let bins: Vec<usize> = (0..=n / 2).rev().collect();
            for set in [InstructionSet::Scalar, InstructionSet::detect()] {
                let half = set.ffts(&[real_fft_len(n)]).remove(0);
                let fft = RealFft::<f64>::new(half, n, &bins);
                let mut buffer = vec![Complex::new(f64::NAN, f64::NAN); n];
                let mut scratch = vec![Complex::new(f64::NAN, f64::NAN); fft.scratch_len()];
                fft.process(|t| signal[t], &mut buffer, &mut scratch);
                for (i, &bin) in bins.iter().enumerate() {
                    let want = slow_dft(&signal, n, bin);
                    let got = fft.coefficient(i, bin, &buffer);
                    assert!(
                        (got - want).norm() < ROUND_OFF,
                        "n {n} bin {bin}: {got} is not {want}"
                    );
                }
            }
        }
    }

    #[test]
    fn levels_and_sets_match() {
        for set in ALL {
            assert_eq!(InstructionSet::from_level(set.level()), set);
        }
    }
}
