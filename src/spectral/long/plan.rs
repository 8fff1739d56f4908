//! A long transform settled: rows and columns, turns, and which rows of the outputs are wanted.

use crate::spectral::Real;
use crate::spectral::lanes::{LaneFft, UNWANTED, WIDEST, factors};

/// Groups of columns that are loaded together: memory is read in runs of a few cache lines.
pub(super) const PANEL: usize = 4;
/// The shortest length that is worth two passes.
const SHORTEST: usize = 1 << 12;
/// The longest one whose short transforms stay in a cache.
const LONGEST: usize = 1 << 27;

/// A forward FFT of one signal of `n_rows` × `n_columns` points.
///
/// Point t is in row t / `n_columns`, column t mod `n_columns`; bin k is in row k / `n_rows`, column k mod `n_rows` of the
/// outputs, whose columns are those of a transform of one of the points' columns.
#[derive(Clone, Debug)]
pub struct LongFft<T> {
    pub(super) n_rows: usize,
    pub(super) n_columns: usize,
    /// Of `n_rows` points.
    pub(super) columns: LaneFft<T>,
    /// Of `n_columns` points.
    pub(super) rows: LaneFft<T>,
    /// exp(−2πi lk/n) for the columns l of a group of the widest vectors: for every k below `n_rows` the real parts of all l,
    /// then the imaginary ones.
    pub(super) turns_in_group: Vec<T>,
    /// exp(−2πi ck/n) for the first column c of every such group: for every c, all k.
    pub(super) turns_of_group: Vec<[T; 2]>,
    /// The slot of every row of the outputs that holds a wanted bin.
    slots: Vec<u32>,
    n_slots: usize,
}

/// Whether a transform of `n` points is done by many short ones: a fixed rule, since it decides on bits.
pub fn is_long(n: usize) -> bool {
    (SHORTEST..=LONGEST).contains(&n) && factors(n).is_some()
}

/// Bytes of a transform of `n` points and of what it works in, with numbers of `real_bytes` bytes.
pub fn long_bytes(n: usize, real_bytes: usize) -> u128 {
    let [n_rows, n_columns] = split(n).map(|n| n as u128);
    let z = 2 * WIDEST as u128;
    let lanes = (WIDEST / real_bytes) as u128;
    let n_groups = n_rows.div_ceil(lanes);
    let memory = (PANEL as u128 * n_rows + n_columns + n_groups * (lanes + n_columns)) * z;
    let turns = n_rows * (lanes + n_columns.div_ceil(lanes)) * 2 * real_bytes as u128;
    // turns, places and slots of two transforms
    let short = (n_rows + n_columns) * (4 * real_bytes as u128 + 12);
    memory + turns + short
}

impl<T: Real> LongFft<T> {
    /// The transform of `n` points, of which the bins of `wanted` are to be had.
    ///
    /// # Panics
    /// If `n` is not long, or a bin is not below `n`.
    pub fn new(n: usize, wanted: impl IntoIterator<Item = usize>) -> LongFft<T> {
        assert!(is_long(n), "a long length with factors");
        let [n_rows, n_columns] = split(n);
        let mut slots = vec![UNWANTED; n_columns];
        wanted.into_iter().for_each(|bin| slots[bin / n_rows] = 0);
        let wanted_rows = Vec::from_iter((0..n_columns).filter(|&row| slots[row] != UNWANTED));
        for (slot, &row) in wanted_rows.iter().enumerate() {
            slots[row] = slot as u32;
        }
        let lanes = WIDEST / size_of::<T>();
        let turn = |at: usize| {
            let angle = -std::f64::consts::TAU * (at % n) as f64 / n as f64;
            [libm::cos(angle), libm::sin(angle)].map(T::from_double)
        };
        let in_group = |k: usize| {
            let part = move |part: usize| (0..lanes).map(move |l| turn(l * k)[part]);
            part(0).chain(part(1))
        };
        let of_group = |c: usize| (0..n_rows).map(move |k| turn(c * k));
        // exactly what is counted: a vector that grows takes up to twice its length
        let mut turns_in_group = Vec::with_capacity(n_rows * 2 * lanes);
        turns_in_group.extend((0..n_rows).flat_map(in_group));
        let mut turns_of_group = Vec::with_capacity(n_columns.div_ceil(lanes) * n_rows);
        turns_of_group.extend((0..n_columns).step_by(lanes).flat_map(of_group));
        LongFft {
            n_rows,
            n_columns,
            columns: LaneFft::new(n_rows, &Vec::from_iter(0..n_rows)),
            rows: LaneFft::new(n_columns, &wanted_rows),
            turns_in_group,
            turns_of_group,
            slots,
            n_slots: wanted_rows.len(),
        }
    }

    #[cfg(test)]
    pub fn bytes_of_turns(&self) -> usize {
        self.turns_in_group.capacity() * size_of::<T>()
            + self.turns_of_group.capacity() * size_of::<[T; 2]>()
    }

    /// Rows of the outputs that are computed.
    pub(super) fn n_slots(&self) -> usize {
        self.n_slots
    }

    /// Groups of neighbouring columns of the outputs, one column in each of `lanes` lanes.
    pub(super) fn n_groups(&self, lanes: usize) -> usize {
        self.n_rows.div_ceil(lanes)
    }

    /// Vectors of outputs that are handed over.
    pub fn n_outputs(&self, lanes: usize) -> usize {
        self.n_groups(lanes) * self.n_slots
    }

    /// The place of a wanted bin among the numbers of the outputs' real or imaginary parts, in vectors of `lanes` numbers.
    pub fn place(&self, bin: usize, lanes: usize) -> usize {
        let (row, column) = (bin / self.n_rows, bin % self.n_rows);
        let vector = column / lanes * self.n_slots + self.slots[row] as usize;
        vector * lanes + column % lanes
    }
}

/// Rows and columns of `n` points: as many rows as columns or fewer, so that a few columns stay in the cache together, and
/// full vectors of them where there is such a divisor nearby.
fn split(n: usize) -> [usize; 2] {
    const LANES: usize = 8;
    let root = n.isqrt();
    let is_divisor = |rows: &usize| n.is_multiple_of(*rows);
    let full = (root / 4 + 1..=root)
        .rev()
        .filter(|rows| rows.is_multiple_of(LANES));
    let n_rows = full.chain((1..=root).rev()).find(is_divisor).unwrap_or(1);
    [n_rows, n / n_rows]
}
