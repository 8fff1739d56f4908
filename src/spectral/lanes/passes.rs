//! The stages of a transform: the first loads, those between work in place, the last hands over.
//!
//! Source: Van Loan (1992), section 2.5, decimation in frequency, with the blocks of one stage finished before the next
//! block as soon as they fit into the first level of the cache.

use pulp::Simd;

use super::butterfly::butterfly;
use super::plan::{LaneFft, UNWANTED};
use super::vector::{Arithmetic, Z};
use crate::spectral::Real;

/// Bytes of a block that is finished before the next one: it stays in the first level of the cache beside turns.
const BLOCK: usize = 32 << 10;

/// Where a transform's points come from.
pub trait Load<S: Simd, T: Real>: Copy {
    /// The point at `t`.
    fn load(&self, a: Arithmetic<S, T>, t: usize) -> Z<S, T>;
    /// Points there are; those after them are zero.
    fn len(&self) -> usize;
}

/// Where a transform's outputs go.
pub trait Put<S: Simd, T: Real> {
    /// Takes the output that belongs to `slot`.
    fn put(&mut self, a: Arithmetic<S, T>, slot: usize, z: Z<S, T>);
}

/// Calls a function with the radix as a constant.
macro_rules! by_radix {
    ($radix:expr, $R:ident => $call:expr) => {
        match $radix {
            1 => {
                const $R: usize = 1;
                $call
            }
            2 => {
                const $R: usize = 2;
                $call
            }
            3 => {
                const $R: usize = 3;
                $call
            }
            4 => {
                const $R: usize = 4;
                $call
            }
            5 => {
                const $R: usize = 5;
                $call
            }
            7 => {
                const $R: usize = 7;
                $call
            }
            8 => {
                const $R: usize = 8;
                $call
            }
            _ => unreachable!("a radix of the list"),
        }
    };
}

impl<T: Real> LaneFft<T> {
    /// Transforms the points of `load`; `put` takes the wanted outputs. `buffer` holds at least n points.
    pub fn run<S: Simd>(
        &self,
        a: Arithmetic<S, T>,
        load: impl Load<S, T>,
        buffer: &mut [Z<S, T>],
        mut put: impl Put<S, T>,
    ) {
        let buffer = &mut buffer[..self.n];
        let n_stages = self.radices.len();
        let (radix, turns) = (self.radices[0], &self.turns[0]);
        a.compiled(
            #[inline(always)]
            || by_radix!(radix, R => first::<S, T, R>(a, load, buffer, turns)),
        );
        let mut size = self.n / radix;
        let mut stage = 1;
        while stage < n_stages - 1 && size * size_of::<Z<S, T>>() > BLOCK {
            self.between(a, stage, buffer, size);
            size /= self.radices[stage];
            stage += 1;
        }
        let mut next = 0;
        let last = self.radices[n_stages - 1];
        for (b, block) in buffer.chunks_exact_mut(size).enumerate() {
            let end = ((b + 1) * (size / last)) as u32;
            let n_groups = self.groups[next..].partition_point(|&group| group < end);
            if n_groups == 0 {
                continue;
            }
            let mut size = size;
            for stage in stage..n_stages - 1 {
                self.between(a, stage, block, size);
                size /= self.radices[stage];
            }
            let first_group = b * (block.len() / last);
            let groups = next..next + n_groups;
            let slots = &self.slots[groups.start * last..groups.end * last];
            next = groups.end;
            let groups = &self.groups[groups];
            a.compiled(
                #[inline(always)]
                || by_radix!(last, R => hand_over::<S, T, R>(a, block, first_group, groups, slots, &mut put)),
            );
        }
    }

    /// The blocks of one stage, in place.
    fn between<S: Simd>(
        &self,
        a: Arithmetic<S, T>,
        stage: usize,
        blocks: &mut [Z<S, T>],
        size: usize,
    ) {
        let (radix, turns) = (self.radices[stage], &self.turns[stage]);
        a.compiled(
            #[inline(always)]
            || by_radix!(radix, R => between::<S, T, R>(a, blocks, size, turns)),
        );
    }
}

#[inline(always)]
fn first<S: Simd, T: Real, const R: usize>(
    a: Arithmetic<S, T>,
    load: impl Load<S, T>,
    buffer: &mut [Z<S, T>],
    turns: &[[T; 2]],
) {
    let step = buffer.len() / R;
    let zero = a.splat(T::zero());
    // points run out in the middle of one of the R parts: before that place there is one more of them than after it
    let (full, rest) = (load.len() / step, load.len() % step);
    for (places, n_full) in [(0..rest, full + 1), (rest..step, full)] {
        for j in places {
            let mut z = [[zero, zero]; R];
            for (k, z) in z.iter_mut().enumerate() {
                if k < n_full {
                    *z = load.load(a, j + k * step);
                }
            }
            let z = butterfly::<S, T, R>(a, z);
            store::<S, T, R>(a, z, buffer, j, step, turns);
        }
    }
}

#[inline(always)]
fn between<S: Simd, T: Real, const R: usize>(
    a: Arithmetic<S, T>,
    blocks: &mut [Z<S, T>],
    size: usize,
    turns: &[[T; 2]],
) {
    let step = size / R;
    for block in blocks.chunks_exact_mut(size) {
        for j in 0..step {
            let mut z = [block[j]; R];
            for (k, z) in z.iter_mut().enumerate() {
                *z = block[j + k * step];
            }
            let z = butterfly::<S, T, R>(a, z);
            store::<S, T, R>(a, z, block, j, step, turns);
        }
    }
}

#[inline(always)]
fn store<S: Simd, T: Real, const R: usize>(
    a: Arithmetic<S, T>,
    z: [Z<S, T>; R],
    block: &mut [Z<S, T>],
    j: usize,
    step: usize,
    turns: &[[T; 2]],
) {
    block[j] = z[0];
    if R > 1 {
        let turns = &turns[j * (R - 1)..][..R - 1];
        for k in 1..R {
            block[j + k * step] = a.turn(z[k], turns[k - 1]);
        }
    }
}

#[inline(always)]
fn hand_over<S: Simd, T: Real, const R: usize>(
    a: Arithmetic<S, T>,
    block: &[Z<S, T>],
    first_group: usize,
    groups: &[u32],
    slots: &[u32],
    put: &mut impl Put<S, T>,
) {
    let (slots, _) = slots.as_chunks::<R>();
    for (&group, slots) in groups.iter().zip(slots) {
        let at = (group as usize - first_group) * R;
        let z: [Z<S, T>; R] = *block[at..].first_chunk().expect("a whole group");
        if !slots.contains(&UNWANTED) {
            let z = butterfly::<S, T, R>(a, z);
            for (slot, z) in slots.iter().zip(z) {
                put.put(a, *slot as usize, z);
            }
            continue;
        }
        for (k, &slot) in slots.iter().enumerate() {
            if slot != UNWANTED {
                // only this output is used in each arm, and only it is computed
                let z = match k {
                    1 if R > 1 => butterfly::<S, T, R>(a, z)[1],
                    2 if R > 2 => butterfly::<S, T, R>(a, z)[2],
                    3 if R > 3 => butterfly::<S, T, R>(a, z)[3],
                    4 if R > 4 => butterfly::<S, T, R>(a, z)[4],
                    5 if R > 5 => butterfly::<S, T, R>(a, z)[5],
                    6 if R > 6 => butterfly::<S, T, R>(a, z)[6],
                    7 if R > 7 => butterfly::<S, T, R>(a, z)[7],
                    _ => butterfly::<S, T, R>(a, z)[0],
                };
                put.put(a, slot as usize, z);
            }
        }
    }
}
