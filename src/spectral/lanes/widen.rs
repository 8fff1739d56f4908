//! Single precision widened to double, and back.

#[cfg(target_arch = "x86_64")]
use std::any::Any;
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m128, __m256, __m256d, __m512d};

use pulp::Simd;

/// The first and the second half of a vector as doubles; a vector of one number has no second half.
#[inline(always)]
pub fn widen<S: Simd>(simd: S, singles: S::f32s) -> [S::f64s; 2] {
    #[cfg(target_arch = "x86_64")]
    {
        let simd: &dyn Any = &simd;
        if let Some(simd) = simd.downcast_ref::<pulp::x86::V4>() {
            let halves: [__m256; 2] = bytemuck::cast(singles);
            return halves.map(|half| bytemuck::cast(simd.avx512f._mm512_cvtps_pd(half)));
        }
        if let Some(simd) = simd.downcast_ref::<pulp::x86::V3>() {
            let halves: [__m128; 2] = bytemuck::cast(singles);
            return halves.map(|half| bytemuck::cast(simd.avx._mm256_cvtps_pd(half)));
        }
    }
    let mut doubles = [simd.splat_f64s(0.0); 2];
    let numbers: &mut [f64] = bytemuck::cast_slice_mut(&mut doubles);
    let singles: &[f32] = bytemuck::cast_slice(std::slice::from_ref(&singles));
    for (double, single) in numbers.iter_mut().zip(singles) {
        *double = f64::from(*single);
    }
    doubles
}

/// What [`widen`] gives, rounded.
#[inline(always)]
pub fn narrow<S: Simd>(simd: S, doubles: [S::f64s; 2]) -> S::f32s {
    #[cfg(target_arch = "x86_64")]
    {
        let simd: &dyn Any = &simd;
        if let Some(simd) = simd.downcast_ref::<pulp::x86::V4>() {
            let halves = doubles.map(bytemuck::cast::<_, __m512d>);
            let halves = halves.map(|half| simd.avx512f._mm512_cvtpd_ps(half));
            return bytemuck::cast::<[__m256; 2], _>(halves);
        }
        if let Some(simd) = simd.downcast_ref::<pulp::x86::V3>() {
            let halves = doubles.map(bytemuck::cast::<_, __m256d>);
            let halves = halves.map(|half| simd.avx._mm256_cvtpd_ps(half));
            return bytemuck::cast::<[__m128; 2], _>(halves);
        }
    }
    let mut singles = simd.splat_f32s(0.0);
    let numbers: &mut [f32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut singles));
    let doubles: &[f64] = bytemuck::cast_slice(&doubles);
    for (single, double) in numbers.iter_mut().zip(doubles) {
        *single = *double as f32;
    }
    singles
}
