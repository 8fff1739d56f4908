//! Transforms of a few points, in place: radices 2, 3, 4, 5, 7 and 8.
//!
//! Whichever of the outputs a caller uses, they have the same bits: a compiler leaves out what is not used, and never
//! computes the rest in another way.
//!
//! Source: Van Loan (1992), Computational Frameworks for the Fast Fourier Transform, chapters 1 and 2; sums and
//! differences of the points k and R−k halve the products, and one sine is taken out of each sum, so that it costs nothing
//! as part of a fused multiply-add.

use pulp::Simd;

use super::vector::{Arithmetic, Z};
use crate::spectral::Real;

/// cos(2πk/5) for k = 1, 2
const COS_5: [f64; 2] = [0.309_016_994_374_947_45, -0.809_016_994_374_947_5];
/// sin(2πk/5)
const SIN_5: [f64; 2] = [0.951_056_516_295_153_5, 0.587_785_252_292_473_1];
/// cos(2πk/7) for k = 1, 2, 3
const COS_7: [f64; 3] = [
    0.623_489_801_858_733_6,
    -0.222_520_933_956_314_4,
    -0.900_968_867_902_419_1,
];
/// sin(2πk/7)
const SIN_7: [f64; 3] = [
    0.781_831_482_468_029_8,
    0.974_927_912_181_823_6,
    0.433_883_739_117_558_1,
];
/// sin(2π/3)
const SIN_3: f64 = 0.866_025_403_784_438_6;

/// The discrete Fourier transform of `R` points, exp(−2πi jk/R).
///
/// # Panics
/// If there is no code for `R`.
#[inline(always)]
pub fn butterfly<S: Simd, T: Real, const R: usize>(
    a: Arithmetic<S, T>,
    z: [Z<S, T>; R],
) -> [Z<S, T>; R] {
    let mut z = z;
    match R {
        1 => {}
        2 => two(a, part(&mut z)),
        3 => odd::<S, T, 3, 1>(a, part(&mut z), [-0.5], [SIN_3]),
        4 => four(a, part(&mut z)),
        5 => odd::<S, T, 5, 2>(a, part(&mut z), COS_5, SIN_5),
        7 => odd::<S, T, 7, 3>(a, part(&mut z), COS_7, SIN_7),
        8 => eight(a, part(&mut z)),
        _ => unreachable!("a radix of the list"),
    }
    z
}

#[inline(always)]
fn part<V, const N: usize>(z: &mut [V]) -> &mut [V; N] {
    z.first_chunk_mut().expect("as many points as the radix")
}

#[inline(always)]
fn two<S: Simd, T: Real>(a: Arithmetic<S, T>, z: &mut [Z<S, T>; 2]) {
    *z = [a.add(z[0], z[1]), a.sub(z[0], z[1])];
}

#[inline(always)]
fn four<S: Simd, T: Real>(a: Arithmetic<S, T>, z: &mut [Z<S, T>; 4]) {
    let (even, odd) = (a.add(z[0], z[2]), a.add(z[1], z[3]));
    let (even_difference, odd_difference) = (a.sub(z[0], z[2]), a.sub(z[1], z[3]));
    *z = [
        a.add(even, odd),
        a.sub_i(even_difference, odd_difference),
        a.sub(even, odd),
        a.add_i(even_difference, odd_difference),
    ];
}

#[inline(always)]
fn eight<S: Simd, T: Real>(a: Arithmetic<S, T>, z: &mut [Z<S, T>; 8]) {
    let half_root = a.splat(T::from_double(std::f64::consts::FRAC_1_SQRT_2));
    let mut even = [z[0], z[2], z[4], z[6]];
    let mut odd = [z[1], z[3], z[5], z[7]];
    four(a, &mut even);
    four(a, &mut odd);
    // odd outputs times exp(−2πi k/8): (1−i)/√2, −i, −(1+i)/√2
    let first = a.sub_i(odd[1], odd[1]);
    let third = a.add_i(odd[3], odd[3]);
    *z = [
        a.add(even[0], odd[0]),
        a.scale_add(half_root, first, even[1]),
        a.sub_i(even[2], odd[2]),
        a.scale_sub(half_root, third, even[3]),
        a.sub(even[0], odd[0]),
        a.scale_sub(half_root, first, even[1]),
        a.add_i(even[2], odd[2]),
        a.scale_add(half_root, third, even[3]),
    ];
}

/// `R` = 2 `H` + 1 points; `cos[k-1]` and `sin[k-1]` are those of 2πk/`R`.
#[inline(always)]
fn odd<S: Simd, T: Real, const R: usize, const H: usize>(
    a: Arithmetic<S, T>,
    z: &mut [Z<S, T>; R],
    cos: [f64; H],
    sin: [f64; H],
) {
    let splat = |value: f64| a.splat(T::from_double(value));
    let mut sums = [z[0]; H];
    let mut differences = [z[0]; H];
    for k in 0..H {
        sums[k] = a.add(z[k + 1], z[R - 1 - k]);
        differences[k] = a.sub(z[k + 1], z[R - 1 - k]);
    }
    let first = z[0];
    let mut all = sums[0];
    for sum in &sums[1..] {
        all = a.add(all, *sum);
    }
    z[0] = a.add(first, all);
    for j in 1..=H {
        // Σ cos(2πjk/R) sums, and Σ sin(2πjk/R) differences over sin(2πj/R)
        let mut even = first;
        let mut odd = differences[0];
        for k in 1..=H {
            let at = (j * k) % R;
            let (at, sign) = if at > H { (R - at, -1.0) } else { (at, 1.0) };
            even = a.scale_add(splat(cos[at - 1]), sums[k - 1], even);
            if k > 1 {
                let ratio = splat(sign * sin[at - 1] / sin[j - 1]);
                odd = a.scale_add(ratio, differences[k - 1], odd);
            }
        }
        let sine = splat(sin[j - 1]);
        z[j] = a.scale_sub_i(sine, odd, even);
        z[R - j] = a.scale_add_i(sine, odd, even);
    }
}
