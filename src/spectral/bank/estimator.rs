//! One FFT of a trial or of a block of it, one inverse FFT per kernel, of many channels at once.

use super::design::{Design, is_beyond};
use super::footprint::{keeps_kernels, most_points};
use super::kernel::Kernel;
use super::maker::Maker;
use super::means::of_product;
use super::tile::Tile;
use crate::spectral::lanes::{Aligned, LaneFft, UNWANTED, WIDEST, Widths};
use crate::spectral::{Estimator, InstructionSet, Makers, Piece, Real, Scratch};

/// The planned method.
pub struct Bank<K, T: Real> {
    pub(super) design: Design<K>,
    pub(super) convolutions: Vec<Planned<T>>,
    pub(super) instructions: InstructionSet,
    /// Points of kernels that are made at once where they are not kept.
    pub(super) most_points: usize,
    widths: Widths,
}

/// A convolution with its FFTs.
pub struct Planned<T: Real> {
    /// Forward and inverse, of every length.
    pub(super) ffts: Vec<[LaneFft<T>; 2]>,
    /// Samples that the slots of an inverse FFT stand for, counted from the first that comes out.
    pub(super) outputs: Vec<u32>,
    /// Transforms of all kernels, in the order of the filters; none when they are made for every vector of channels.
    pub(super) kernels: Vec<[T; 2]>,
}

/// What a vector of channels is worked on with, beside what all methods have.
#[derive(Debug, Default)]
pub struct Memory<T> {
    /// Transforms of kernels that are not kept.
    pub(super) kernels: Vec<[T; 2]>,
    /// Products over kernels and sums of angles, for every sample of a block.
    pub(super) products: Aligned,
    /// Rows that samples belong to.
    row_of: Vec<u32>,
    /// Rows that slots belong to.
    pub(super) rows: Vec<u32>,
}

/// Plans the FFTs of `design`, and makes its kernels where they are kept.
pub fn estimator<K: Kernel, T: Real>(
    design: &Design<K>,
    instructions: InstructionSet,
) -> Bank<K, T> {
    Bank::new(design, instructions, Widths::detect())
}

impl<K: Kernel, T: Real> Bank<K, T> {
    /// The same for vectors of these widths.
    pub(super) fn new(
        design: &Design<K>,
        instructions: InstructionSet,
        widths: Widths,
    ) -> Bank<K, T> {
        let all_outputs = design.all_outputs();
        let is_kept = keeps_kernels(design, size_of::<T>());
        let plan = |convolution: &super::convolution::Convolution| {
            let outputs = match convolution.n_before {
                0 => all_outputs.clone(),
                _ => (0..convolution.n_out).collect(),
            };
            let places = outputs.iter().map(|sample| sample + convolution.n_before);
            let places = Vec::from_iter(places);
            let ffts = |&n: &usize| {
                let all = Vec::from_iter(0..n);
                [LaneFft::new(n, &all), LaneFft::new(n, &places)]
            };
            let mut kernels = Vec::new();
            if is_kept {
                kernels.resize(convolution.n_points() as usize, [T::zero(); 2]);
                let lengths = convolution.lengths.iter();
                let maker = |&n: &usize| Maker::new(n, instructions);
                let mut makers = Vec::from_iter(lengths.map(maker));
                let mut rest = &mut kernels[..];
                let all = design.kernels(&convolution.filters);
                for ((hz, kernel), &length) in all.zip(&convolution.kernels) {
                    let transform = rest.split_off_mut(..convolution.lengths[length]);
                    let transform = transform.expect("room for all");
                    makers[length].make(design, kernel, hz, transform);
                }
            }
            Planned {
                ffts: convolution.lengths.iter().map(ffts).collect(),
                outputs: outputs.into_iter().map(|sample| sample as u32).collect(),
                kernels,
            }
        };
        Bank {
            convolutions: design.convolutions.iter().map(plan).collect(),
            design: design.clone(),
            instructions,
            most_points: most_points(size_of::<T>()),
            widths,
        }
    }

    /// Writes NaN where numbers depend on what lies beyond the trial.
    fn mark_edges(&self, piece: &Piece<T>, block: &mut [T]) {
        let n_rows = piece.rows.len();
        let of_filter = block.len() / (n_rows * self.design.reaches.len()).max(1);
        let of_rows = block.chunks_exact_mut((of_filter * self.design.reaches.len()).max(1));
        for (row, numbers) in piece.rows.clone().zip(of_rows) {
            let Some(room) = self.design.room(piece.trial, row) else {
                return;
            };
            let of_filters = numbers.chunks_exact_mut(of_filter);
            for (numbers, &reach) in of_filters.zip(&self.design.reaches) {
                if is_beyond(reach, room) {
                    numbers.fill(T::nan());
                }
            }
        }
    }

    /// Makes kernels for every vector of channels, so many points at once, as where they are too many.
    #[cfg(test)]
    pub(super) fn forget_kernels(&mut self, most_points: usize) {
        self.most_points = most_points;
        for planned in &mut self.convolutions {
            planned.kernels.clear();
        }
    }
}

impl<K: Kernel, T: Real> Estimator<T> for Bank<K, T> {
    fn scratch(&self) -> Scratch<T> {
        let convolutions = || self.design.convolutions.iter();
        let n_fft = convolutions().map(|c| c.n_fft()).max().unwrap_or(0);
        let n_spectra = convolutions().map(|c| c.n_spectra()).max().unwrap_or(0);
        let n_out = convolutions().map(|c| c.n_out).max().unwrap_or(0);
        let n_products = if self.design.has_means() { n_out } else { 0 };
        let lanes = WIDEST / size_of::<T>();
        Scratch {
            lines: Aligned::new(self.design.longest_trial() * WIDEST),
            points: Aligned::new(n_fft * 2 * WIDEST),
            outputs: Aligned::new(n_spectra * 2 * WIDEST),
            bank: Memory {
                products: Aligned::new(n_products * lanes * of_product(size_of::<T>())),
                ..Memory::default()
            },
            ..Scratch::default()
        }
    }

    fn prepare(&self, _scratch: &mut Scratch<T>, _makers: &dyn Makers) {}

    fn estimate(&self, piece: Piece<T>, scratch: &mut Scratch<T>, block: &mut [T]) -> usize {
        let design = &self.design;
        let n_channels = piece.samples.ncols();
        let n_parts = design.quantity.element().n_parts();
        let n_rows = piece.rows.len();
        let of_row = design.filters.len() * n_channels * n_parts;
        assert_eq!(
            block.len(),
            n_rows * of_row,
            "the block has the layout's shape"
        );
        let span = design.span(piece.trial);
        let mut row_of = std::mem::take(&mut scratch.bank.row_of);
        row_of.clear();
        row_of.resize(span.len(), UNWANTED);
        // rows that stand for the same sample as the one before: times may be closer than samples
        let mut repeated = Vec::new();
        let mut n_inside = 0;
        for (row, sample) in design.outputs(piece.trial) {
            if !piece.rows.contains(&row) {
                continue;
            }
            n_inside += 1;
            let row = row - piece.rows.start;
            match row_of[sample] {
                UNWANTED => row_of[sample] = row as u32,
                _ => repeated.push(row),
            }
        }
        if n_inside < n_rows {
            block.fill(T::nan());
        }
        let mut n_bad = 0;
        let mut first = 0;
        while first < n_channels {
            let width = self.widths.of(n_channels - first, size_of::<T>());
            let lanes = width.bytes(size_of::<T>()) / size_of::<T>();
            let n_lanes = lanes.min(n_channels - first);
            n_bad += width.run(Tile {
                bank: self,
                span: span.clone(),
                samples: piece.samples,
                first,
                n_lanes,
                row_of: &row_of,
                scratch,
                block,
            });
            first += n_lanes;
        }
        for row in repeated {
            block.copy_within((row - 1) * of_row..row * of_row, row * of_row);
        }
        scratch.bank.row_of = row_of;
        self.mark_edges(&piece, block);
        n_bad
    }
}
