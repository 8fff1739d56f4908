//! The two passes of a long transform: columns, turned and transposed, then rows.

use pulp::Simd;

use super::memory::LongMemory;
use super::plan::{LongFft, PANEL};
use crate::spectral::Real;
use crate::spectral::lanes::{Arithmetic, Load, Put, WIDEST, Z};

/// Where a long transform's points come from.
pub trait Points<S: Simd, T: Real>: Copy {
    /// The point at `t`.
    fn point(&self, t: usize) -> [T; 2];
    /// The points from `t` on, one in each lane; all of them are there.
    fn load(&self, a: Arithmetic<S, T>, t: usize) -> Z<S, T>;
    /// Points there are; those after them are zero.
    fn len(&self) -> usize;
}

/// The first `n` points from `t` on, one in each lane, and zeros.
#[inline(always)]
fn some<S: Simd, T: Real>(
    a: Arithmetic<S, T>,
    points: impl Points<S, T>,
    t: usize,
    n: usize,
) -> Z<S, T> {
    let zero = a.splat(T::zero());
    let mut z = [zero, zero];
    let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
    let numbers: &mut [T] = bytemuck::cast_slice_mut(&mut z);
    for i in 0..n {
        [numbers[i], numbers[lanes + i]] = points.point(t + i);
    }
    z
}

/// Where a long transform's outputs go.
pub trait PutRow<S: Simd, T: Real> {
    /// Takes the outputs of vector `at`, one in each lane, see [`LongFft::place`].
    fn put(&mut self, a: Arithmetic<S, T>, at: usize, z: Z<S, T>);
}

/// Vectors that lie in the order in which they are transformed.
#[derive(Clone, Copy)]
struct InOrder<'a, Z>(&'a [Z]);

impl<S: Simd, T: Real> Load<S, T> for InOrder<'_, Z<S, T>> {
    #[inline(always)]
    fn load(&self, _: Arithmetic<S, T>, t: usize) -> Z<S, T> {
        self.0[t]
    }
    #[inline(always)]
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// Keeps outputs.
struct Keep<'a, Z>(&'a mut [Z]);

impl<S: Simd, T: Real> Put<S, T> for Keep<'_, Z<S, T>> {
    #[inline(always)]
    fn put(&mut self, _: Arithmetic<S, T>, slot: usize, z: Z<S, T>) {
        self.0[slot] = z;
    }
}

/// Hands outputs of one group on.
struct HandOn<'a, P> {
    to: &'a mut P,
    first: usize,
}

impl<S: Simd, T: Real, P: PutRow<S, T>> Put<S, T> for HandOn<'_, P> {
    #[inline(always)]
    fn put(&mut self, a: Arithmetic<S, T>, slot: usize, z: Z<S, T>) {
        self.to.put(a, self.first + slot, z);
    }
}

impl<T: Real> LongFft<T> {
    /// Transforms `points`; `to` takes the outputs of the wanted rows.
    #[inline(always)]
    pub fn run<S: Simd>(
        &self,
        a: Arithmetic<S, T>,
        points: impl Points<S, T>,
        memory: &mut LongMemory,
        to: &mut impl PutRow<S, T>,
    ) {
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        let n_groups = self.n_groups(lanes);
        let LongMemory {
            panel,
            work,
            outputs,
            matrix,
        } = memory;
        let panel = panel.first::<Z<S, T>>(self.n_rows * PANEL);
        let work = work.first::<Z<S, T>>(self.n_rows.max(self.n_columns));
        let outputs = outputs.first::<Z<S, T>>(n_groups * lanes);
        let matrix = matrix.first::<Z<S, T>>(n_groups * self.n_columns);
        let n_full = points.len().div_ceil(self.n_columns);
        for first in (0..self.n_columns).step_by(PANEL * lanes) {
            a.compiled(
                #[inline(always)]
                || self.load_panel(a, points, first, n_full, panel),
            );
            for (g, points) in panel.chunks_exact(self.n_rows).enumerate() {
                let column = first + g * lanes;
                if column >= self.n_columns {
                    break;
                }
                let load = InOrder(&points[..n_full]);
                self.columns.run(a, load, work, Keep(&mut *outputs));
                a.compiled(
                    #[inline(always)]
                    || self.turn_and_transpose::<S>(a, outputs, column, matrix),
                );
            }
        }
        for (group, row) in matrix.chunks_exact(self.n_columns).enumerate() {
            let first = group * self.n_slots();
            self.rows.run(a, InOrder(row), work, HandOn { to, first });
        }
    }
}

impl<T: Real> LongFft<T> {
    /// The rows that hold points, of a few groups of columns from column `first` on.
    #[inline(always)]
    fn load_panel<S: Simd>(
        &self,
        a: Arithmetic<S, T>,
        points: impl Points<S, T>,
        first: usize,
        n_full: usize,
        panel: &mut [Z<S, T>],
    ) {
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        for row in 0..n_full {
            for g in 0..PANEL {
                let column = first + g * lanes;
                if column >= self.n_columns {
                    break;
                }
                let t = row * self.n_columns + column;
                let n_there = points
                    .len()
                    .min((row + 1) * self.n_columns)
                    .saturating_sub(t);
                panel[g * self.n_rows + row] = if n_there >= lanes {
                    points.load(a, t)
                } else {
                    some(a, points, t, n_there)
                };
            }
        }
    }

    /// The transform of a group of columns, turned, to its place in the matrix: a vector of neighbouring columns becomes as
    /// many of neighbouring rows.
    #[inline(always)]
    fn turn_and_transpose<S: Simd>(
        &self,
        a: Arithmetic<S, T>,
        outputs: &[Z<S, T>],
        column: usize,
        matrix: &mut [Z<S, T>],
    ) {
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        let widest = WIDEST / size_of::<T>();
        let (group, offset) = (column / widest, column % widest);
        let of_group = &self.turns_of_group[group * self.n_rows..][..self.n_rows];
        let n_there = lanes.min(self.n_columns - column);
        let zero = a.splat(T::zero());
        let mut tiles = [[zero; WIDEST / 4]; 2];
        let vector = |at: usize| a.read(&self.turns_in_group[at + offset..][..lanes]);
        for (k, outputs) in outputs.chunks_exact(lanes).enumerate() {
            let first = k * lanes;
            for (i, z) in outputs.iter().enumerate() {
                let k = first + i;
                if k < self.n_rows {
                    let at = k * 2 * widest;
                    let turn = a.turn([vector(at), vector(at + widest)], of_group[k]);
                    [tiles[0][i], tiles[1][i]] = a.times(*z, turn);
                }
            }
            let to = &mut matrix[k * self.n_columns + column..][..n_there];
            for (part, tile) in tiles.iter().enumerate() {
                a.transpose(&tile[..lanes], |l, vector| {
                    if l < n_there {
                        to[l][part] = vector;
                    }
                });
            }
        }
    }
}
