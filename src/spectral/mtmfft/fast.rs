//! Power averaged over many tapers without most of them: the prolate quadratic form, and for the tapers of the transition
//! what it has too little or too much.
//!
//! Σ_{k<K} |X_k|² = Σ_k λ_k |X_k|² + Σ_{k<K} (1−λ_k) |X_k|² − Σ_{k≥K} λ_k |X_k|². What is left out of the last two sums is below
//! ε_P = 2⁻²⁷ of the first by the one, and by the other below ε_L = 2⁻⁴⁰ of the level L that white noise of the detrended trial's
//! energy has, since unit tapers that are orthogonal find no more energy together than there is (Bessel): for the mean S over
//! tapers and its estimate Ŝ, −ε_P S ≤ Ŝ − S ≤ ε_L L at every frequency, with L = s² Σx²/N, N samples and s the scale of the
//! module's header.
//!
//! Everything is in double precision. Two tapers of one channel share an FFT, two channels never do.
//!
//! Source: Karnik, Romberg & Davenport (2022), Thomson's multitaper method revisited, IEEE Trans. Inf. Theory
//! (arXiv 2103.11586).

use num_complex::Complex;

use super::design::Design;
use super::form::{Form, FormMemory, folded};
use super::made;
use super::transition::{Transition, Transitions};
use super::weighted::{Weighted, WeightedMemory};
use crate::spectral::fft::{RealFft, real_fft_len};
use crate::spectral::kept::{Bytes, Kept};
use crate::spectral::lanes::Width;
use crate::spectral::sharing::{Makers, make_together};
use crate::spectral::{Estimator, InstructionSet, Piece, Real, Scratch};

/// The planned method.
pub struct Fast {
    design: Design,
    transitions: Transitions,
    bins: Vec<usize>,
    instructions: InstructionSet,
    weighted: Weighted,
    /// For the quadratic form.
    form_fft: RealFft<f64>,
}

/// What trials of one length need.
pub struct OfLength {
    transition: Transition,
    form: Form,
    indices: Vec<usize>,
    /// Outer halves of the tapers with these indices, with their weights.
    halves: Vec<Vec<f64>>,
}

impl Bytes for OfLength {
    fn bytes(&self) -> usize {
        let halves = self.halves.iter().map(|half| size_of_val(&half[..]));
        Form::bytes(self.form.n_samples()) + halves.sum::<usize>()
    }
}

/// Memory that the fast estimate works in; its content means nothing between two calls.
#[derive(Debug, Default)]
pub struct Memory {
    kept: Kept<OfLength>,
    form: FormMemory,
    weighted: WeightedMemory,
    /// One channel as it is read, and detrended.
    channel: Vec<f64>,
    line: Vec<f64>,
    signal: Vec<Complex<f64>>,
    fft: Vec<Complex<f64>>,
    sums: Vec<f64>,
}

impl std::fmt::Debug for OfLength {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} weighted tapers", self.halves.len())
    }
}

#[cfg(test)]
impl Memory {
    /// Fills everything that means nothing between two calls.
    pub fn spoil(&mut self) {
        self.form.spoil();
        self.weighted.spoil();
        self.channel.fill(f64::NAN);
        self.line.fill(f64::NAN);
        self.signal.fill(Complex::new(f64::NAN, f64::NAN));
        self.fft.fill(Complex::new(f64::NAN, f64::NAN));
        self.sums.fill(f64::NAN);
    }
}

impl Fast {
    /// Plans FFTs for `design`, whose tapers are averaged by way of `transitions`.
    pub fn new(
        design: Design,
        transitions: Transitions,
        instructions: InstructionSet,
        width: Width,
    ) -> Fast {
        let bins = design.grid.bins();
        let n_fft = design.n_fft;
        let form_fft = instructions.ffts(&[real_fft_len(n_fft)]).remove(0);
        Fast {
            form_fft: RealFft::new(form_fft, n_fft, &bins),
            weighted: Weighted::new(n_fft, bins.clone(), instructions, width),
            design,
            transitions,
            bins,
            instructions,
        }
    }

    /// What trials of `n_samples` need, made by this rank alone or together with others.
    fn of_length(&self, n_samples: usize, makers: Option<&dyn Makers>) -> OfLength {
        let transition = self.transitions.of(n_samples);
        let form = Form::new(n_samples, transition.nw, self.instructions);
        let mut indices = Vec::from_iter(transition.indices(n_samples));
        let half_len = n_samples.div_ceil(2);
        let mut halves = make_together(&indices, half_len, makers, |indices, take| {
            transition.weighted_halves(&form, indices, take);
        });
        let n_left_out = transition.n_whole(&indices, &halves);
        OfLength {
            transition,
            form,
            indices: indices.split_off(n_left_out),
            halves: halves.split_off(n_left_out),
        }
    }

    /// Power of the detrended `memory.line`, averaged over tapers; left in `memory.sums`.
    fn mean_power(&self, of_length: &OfLength, memory: &mut Memory) {
        let Memory {
            form,
            weighted,
            line,
            signal,
            fft,
            sums,
            ..
        } = memory;
        let n_fft = self.design.n_fft;
        let lags = of_length.form.lags(line, form);
        let scratch = &mut fft[..self.form_fft.scratch_len()];
        self.form_fft
            .process(|t| folded(lags, n_fft, t), signal, scratch);
        for (i, (sum, &bin)) in sums.iter_mut().zip(&self.bins).enumerate() {
            *sum = self.form_fft.coefficient(i, bin, signal).re;
        }

        let OfLength {
            transition,
            indices,
            halves,
            ..
        } = of_length;
        let n_added = indices.partition_point(|&k| transition.adds(k));
        let added = (&indices[..n_added], &halves[..n_added]);
        let subtracted = (&indices[n_added..], &halves[n_added..]);
        self.weighted.add(line, added, subtracted, weighted, sums);

        let of_taper = self.design.level.of_dpss(line.len(), n_fft);
        let scale = of_taper * of_taper / transition.n_tapers as f64;
        for sum in sums {
            *sum *= scale;
            // where there is no power rounding may leave less than none; NaN stays
            if *sum < 0.0 {
                *sum = 0.0;
            }
        }
    }
}

impl<T: Real> Estimator<T> for Fast {
    fn scratch(&self) -> Scratch<T> {
        let zero = Complex::new(0.0, 0.0);
        let memory = Memory {
            weighted: self.weighted.memory(),
            signal: vec![zero; self.design.n_fft],
            fft: vec![zero; self.form_fft.scratch_len()],
            sums: vec![0.0; self.bins.len()],
            ..Memory::default()
        };
        Scratch {
            fast: memory,
            ..Scratch::default()
        }
    }

    fn prepare(&self, scratch: &mut Scratch<T>, makers: &dyn Makers) {
        let n_tapers = |n: usize| self.transitions.indices(n).len();
        let bytes = |n: usize| Form::bytes(n) + n_tapers(n) * n.div_ceil(2) * size_of::<f64>();
        for n in made::lengths_to_share(&self.design, n_tapers, bytes) {
            scratch.fast.kept.of(n, || self.of_length(n, Some(makers)));
        }
    }

    fn estimate(&self, piece: Piece<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize {
        let samples = piece.samples;
        let (n_samples, n_channels) = samples.dim();
        self.design.assert_shape(block, n_channels);
        let memory = &mut scratch.fast;
        let of_length = memory
            .kept
            .of(n_samples, || self.of_length(n_samples, None));
        let mut n_bad = 0;
        for (c, samples) in samples.columns().into_iter().enumerate() {
            memory.channel.clear();
            memory.channel.extend(samples.iter().map(|x| x.to_double()));
            memory.line.resize(n_samples, 0.0);
            let detrend = piece.detrend(self.design.detrend);
            if detrend.apply(memory.channel.iter(), &mut memory.line) {
                self.mean_power(&of_length, memory);
                for (i, sum) in memory.sums.iter().enumerate() {
                    block[i * n_channels + c] = T::from_double(*sum);
                }
            } else {
                n_bad += 1;
                for i in 0..self.bins.len() {
                    block[i * n_channels + c] = T::nan();
                }
            }
        }
        n_bad
    }
}
