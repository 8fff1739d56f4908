//! Square tiles transposed: neighbours in memory become neighbours in a vector.

#[cfg(target_arch = "x86_64")]
use std::any::Any;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256d, __m512d};

use bytemuck::Pod;
use pulp::Simd;

use super::vector::Vectors;

/// Hands over the lanes of `rows`, of which there are as many as lanes: `to(l, v)` takes lane l of all of them. Doubles go
/// through shuffles where the processor has them, which is faster than moving number by number.
#[inline(always)]
pub fn transpose<S: Simd, T: Vectors + Pod>(
    simd: S,
    rows: &[T::Vector<S>],
    mut to: impl FnMut(usize, T::Vector<S>),
) {
    #[cfg(target_arch = "x86_64")]
    {
        let simd: &dyn Any = &simd;
        if let (Some(simd), 8) = (simd.downcast_ref::<pulp::x86::V4>(), size_of::<T>()) {
            let rows = std::array::from_fn(|i| bytemuck::cast::<_, __m512d>(rows[i]));
            for (l, vector) in eight(*simd, rows).into_iter().enumerate() {
                to(l, bytemuck::cast::<__m512d, T::Vector<S>>(vector));
            }
            return;
        }
        if let (Some(simd), 8) = (simd.downcast_ref::<pulp::x86::V3>(), size_of::<T>()) {
            let rows = std::array::from_fn(|i| bytemuck::cast::<_, __m256d>(rows[i]));
            for (l, vector) in four(*simd, rows).into_iter().enumerate() {
                to(l, bytemuck::cast::<__m256d, T::Vector<S>>(vector));
            }
            return;
        }
    }
    let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
    let numbers: &[T] = bytemuck::cast_slice(rows);
    for l in 0..lanes {
        let mut vector = rows[0];
        let places: &mut [T] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut vector));
        for (i, place) in places.iter_mut().enumerate() {
            *place = numbers[i * lanes + l];
        }
        to(l, vector);
    }
}

/// Eight vectors of eight doubles.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn eight(simd: pulp::x86::V4, rows: [__m512d; 8]) -> [__m512d; 8] {
    const EVEN: i32 = 0b10_00_10_00;
    const ODD: i32 = 0b11_01_11_01;
    let avx = simd.avx512f;
    // columns of even and of odd number, two rows each
    let low = |i: usize| avx._mm512_unpacklo_pd(rows[2 * i], rows[2 * i + 1]);
    let high = |i: usize| avx._mm512_unpackhi_pd(rows[2 * i], rows[2 * i + 1]);
    let quarters = |parts: [_; 4]| {
        let [a, b, c, d] = parts;
        let (first, second) = (
            avx._mm512_shuffle_f64x2::<EVEN>(a, b),
            avx._mm512_shuffle_f64x2::<EVEN>(c, d),
        );
        let (third, fourth) = (
            avx._mm512_shuffle_f64x2::<ODD>(a, b),
            avx._mm512_shuffle_f64x2::<ODD>(c, d),
        );
        [
            avx._mm512_shuffle_f64x2::<EVEN>(first, second),
            avx._mm512_shuffle_f64x2::<EVEN>(third, fourth),
            avx._mm512_shuffle_f64x2::<ODD>(first, second),
            avx._mm512_shuffle_f64x2::<ODD>(third, fourth),
        ]
    };
    let [a, c, e, g] = quarters([low(0), low(1), low(2), low(3)]);
    let [b, d, f, h] = quarters([high(0), high(1), high(2), high(3)]);
    [a, b, c, d, e, f, g, h]
}

/// Four vectors of four doubles.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn four(simd: pulp::x86::V3, rows: [__m256d; 4]) -> [__m256d; 4] {
    const LOW: i32 = 0x20;
    const HIGH: i32 = 0x31;
    let avx = simd.avx;
    let [a, b, c, d] = rows;
    let (even, odd) = (avx._mm256_unpacklo_pd(a, b), avx._mm256_unpackhi_pd(a, b));
    let (even_rest, odd_rest) = (avx._mm256_unpacklo_pd(c, d), avx._mm256_unpackhi_pd(c, d));
    [
        avx._mm256_permute2f128_pd::<LOW>(even, even_rest),
        avx._mm256_permute2f128_pd::<LOW>(odd, odd_rest),
        avx._mm256_permute2f128_pd::<HIGH>(even, even_rest),
        avx._mm256_permute2f128_pd::<HIGH>(odd, odd_rest),
    ]
}
