//! A transform settled: factors, turns, and which of its outputs are wanted.

use crate::spectral::Real;

/// No slot: this output is not wanted.
pub const UNWANTED: u32 = u32::MAX;

/// A forward FFT of `n` points in place, decimated in frequency, of which only some outputs are computed.
///
/// The first stage loads, the last one hands its outputs over; what lies between works in place on blocks that shrink
/// from stage to stage, so that most of the work is done in the first level of the cache.
#[derive(Clone, Debug)]
pub struct LaneFft<T> {
    pub(super) n: usize,
    /// Radix of every stage.
    pub(super) radices: Vec<usize>,
    /// For every stage but the last one: exp(−2πi jk/m), m the size of its blocks, for k = 1 … radix−1 in turn and
    /// j = 0 … m/radix−1.
    pub(super) turns: Vec<Vec<[T; 2]>>,
    /// Groups of the last stage that hold a wanted output, by their place in the buffer.
    pub(super) groups: Vec<u32>,
    /// Slots of the outputs of each of them.
    pub(super) slots: Vec<u32>,
}

impl<T: Real> LaneFft<T> {
    /// The transform of `n` points; the output of bin `wanted[i]` goes to slot i.
    ///
    /// # Panics
    /// If `n` has no [`factors`], or a bin is not below `n` or wanted twice.
    pub fn new(n: usize, wanted: &[usize]) -> LaneFft<T> {
        let radices = factors(n).expect("a length with factors");
        let last = radices[radices.len() - 1];
        let mut slot_of = vec![UNWANTED; n];
        for (slot, &bin) in wanted.iter().enumerate() {
            assert_eq!(slot_of[bin], UNWANTED, "a bin is wanted once");
            slot_of[bin] = slot as u32;
        }
        let (mut groups, mut slots) = (Vec::new(), Vec::new());
        for group in 0..n / last {
            let base = bin_of(group * last, n, &radices);
            let of_group = (0..last).map(|j| slot_of[base + n / last * j]);
            if of_group.clone().any(|slot| slot != UNWANTED) {
                groups.push(group as u32);
                slots.extend(of_group);
            }
        }
        let mut size = n;
        let mut turns = Vec::new();
        for &radix in &radices[..radices.len() - 1] {
            turns.push(turns_of(size, radix));
            size /= radix;
        }
        LaneFft {
            n,
            radices,
            turns,
            groups,
            slots,
        }
    }
}

/// The bin whose output lies at `place` after all stages.
fn bin_of(place: usize, n: usize, radices: &[usize]) -> usize {
    let (mut size, mut place, mut bin, mut weight) = (n, place, 0, 1);
    for radix in radices {
        size /= radix;
        bin += weight * (place / size);
        place %= size;
        weight *= radix;
    }
    bin
}

fn turns_of<T: Real>(size: usize, radix: usize) -> Vec<[T; 2]> {
    let turn = |at: usize| {
        let angle = -std::f64::consts::TAU * (at % size) as f64 / size as f64;
        [libm::cos(angle), libm::sin(angle)].map(T::from_double)
    };
    (0..size / radix)
        .flat_map(|j| (1..radix).map(move |k| j * k))
        .map(turn)
        .collect()
}

/// The radices of the stages of a transform of `n` points; none if it has other prime factors.
///
/// Even ones come last: where few outputs are wanted, that saves the most. A transform of at most one radix still has two
/// stages, one that loads and one that hands over.
pub fn factors(n: usize) -> Option<Vec<usize>> {
    let mut rest = n;
    let mut radices = Vec::new();
    for radix in [7, 5, 3] {
        while rest != 0 && rest.is_multiple_of(radix) {
            radices.push(radix);
            rest /= radix;
        }
    }
    if !rest.is_power_of_two() {
        return None;
    }
    let twos = rest.ilog2() as usize;
    let (n_eights, others): (usize, &[usize]) = match twos % 3 {
        0 => (twos / 3, &[]),
        1 if twos > 1 => (twos / 3 - 1, &[4, 4]),
        1 => (0, &[2]),
        _ => (twos / 3, &[4]),
    };
    radices.extend(std::iter::repeat_n(8, n_eights));
    radices.extend(others);
    while radices.len() < 2 {
        radices.insert(0, 1);
    }
    Some(radices)
}
