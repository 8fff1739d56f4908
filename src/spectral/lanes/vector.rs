//! Arithmetic on vectors of channels, for both precisions from one source.
//!
//! Every operation rounds once, as IEEE 754 says, on every processor: sums, differences, products and fused multiply-adds.
//! A lane never sees its neighbours, so its bits depend neither on them nor on the width of the vector.

use std::marker::PhantomData;

use bytemuck::Pod;
use pulp::Simd;

use super::transpose::transpose;
use super::widen::{narrow, widen};

/// Numbers that vectors are made of.
pub trait Vectors: Copy + Send + Sync + 'static {
    /// A vector on a processor with `S`.
    type Vector<S: Simd>: Pod;
    /// This number in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// a + b
    fn add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a − b
    fn sub<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a b
    fn mul<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// a b + c, rounded once
    fn mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// c − a b, rounded once
    fn negate_mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// −a
    fn neg<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// a in double precision, in two halves; of doubles the first is all
    fn widen<S: Simd>(simd: S, a: Self::Vector<S>) -> [S::f64s; 2];
    /// What `widen` gives, rounded
    fn narrow<S: Simd>(simd: S, a: [S::f64s; 2]) -> Self::Vector<S>;
}

macro_rules! vectors {
    ($float:ty, $vector:ident, $splat:ident, $add:ident, $sub:ident, $mul:ident, $mul_add:ident, $negate:ident, $neg:ident, $widen:expr, $narrow:expr) => {
        impl Vectors for $float {
            type Vector<S: Simd> = S::$vector;
            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: $float) -> S::$vector {
                simd.$splat(value)
            }
            #[inline(always)]
            fn add<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn sub<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$sub(a, b)
            }
            #[inline(always)]
            fn mul<S: Simd>(simd: S, a: S::$vector, b: S::$vector) -> S::$vector {
                simd.$mul(a, b)
            }
            #[inline(always)]
            fn mul_add<S: Simd>(
                simd: S,
                a: S::$vector,
                b: S::$vector,
                c: S::$vector,
            ) -> S::$vector {
                simd.$mul_add(a, b, c)
            }
            #[inline(always)]
            fn negate_mul_add<S: Simd>(
                simd: S,
                a: S::$vector,
                b: S::$vector,
                c: S::$vector,
            ) -> S::$vector {
                simd.$negate(a, b, c)
            }
            #[inline(always)]
            fn neg<S: Simd>(simd: S, a: S::$vector) -> S::$vector {
                simd.$neg(a)
            }
            #[inline(always)]
            fn widen<S: Simd>(simd: S, a: S::$vector) -> [S::f64s; 2] {
                $widen(simd, a)
            }
            #[inline(always)]
            fn narrow<S: Simd>(simd: S, a: [S::f64s; 2]) -> S::$vector {
                $narrow(simd, a)
            }
        }
    };
}

vectors!(
    f32,
    f32s,
    splat_f32s,
    add_f32s,
    sub_f32s,
    mul_f32s,
    mul_add_f32s,
    negate_mul_add_f32s,
    neg_f32s,
    widen,
    narrow
);
vectors!(
    f64,
    f64s,
    splat_f64s,
    add_f64s,
    sub_f64s,
    mul_f64s,
    mul_add_f64s,
    negate_mul_add_f64s,
    neg_f64s,
    |simd: S, a| [a, simd.splat_f64s(0.0)],
    |_, [a, _]: [S::f64s; 2]| a
);

/// A complex number in every lane: real and imaginary part.
pub type Z<S, T> = [<T as Vectors>::Vector<S>; 2];

/// A processor's operations on complex numbers.
pub struct Arithmetic<S, T> {
    simd: S,
    numbers: PhantomData<T>,
}

impl<S: Simd, T> Clone for Arithmetic<S, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Simd, T> Copy for Arithmetic<S, T> {}

impl<S: Simd, T: Vectors> Arithmetic<S, T> {
    #[inline(always)]
    pub fn new(simd: S) -> Self {
        Arithmetic {
            simd,
            numbers: PhantomData,
        }
    }

    /// Hands over a square of vectors by lanes: `to(l, v)` takes lane l of all `rows`.
    #[inline(always)]
    pub fn transpose(self, rows: &[T::Vector<S>], to: impl FnMut(usize, T::Vector<S>))
    where
        T: Pod,
    {
        transpose::<S, T>(self.simd, rows, to);
    }

    /// Runs `work` on what the processor has, for operations that are not here.
    #[inline(always)]
    pub fn with<R>(self, work: impl FnOnce(S) -> R) -> R {
        work(self.simd)
    }

    /// One double in all lanes, in the halves that [`Arithmetic::widen`] gives.
    #[inline(always)]
    pub fn doubles(self, value: f64) -> [S::f64s; 2] {
        [self.simd.splat_f64s(value); 2]
    }

    /// a in double precision
    #[inline(always)]
    pub fn widen(self, a: T::Vector<S>) -> [S::f64s; 2] {
        T::widen(self.simd, a)
    }

    /// a rounded
    #[inline(always)]
    pub fn narrow(self, a: [S::f64s; 2]) -> T::Vector<S> {
        T::narrow(self.simd, a)
    }

    /// a + b in double precision
    #[inline(always)]
    pub fn add_doubles(self, a: [S::f64s; 2], b: [S::f64s; 2]) -> [S::f64s; 2] {
        [
            self.simd.add_f64s(a[0], b[0]),
            self.simd.add_f64s(a[1], b[1]),
        ]
    }

    /// a − b in double precision
    #[inline(always)]
    pub fn sub_doubles(self, a: [S::f64s; 2], b: [S::f64s; 2]) -> [S::f64s; 2] {
        [
            self.simd.sub_f64s(a[0], b[0]),
            self.simd.sub_f64s(a[1], b[1]),
        ]
    }

    /// a b in double precision
    #[inline(always)]
    pub fn mul_doubles(self, a: [S::f64s; 2], b: [S::f64s; 2]) -> [S::f64s; 2] {
        [
            self.simd.mul_f64s(a[0], b[0]),
            self.simd.mul_f64s(a[1], b[1]),
        ]
    }

    /// Runs `work` as code compiled for this processor's vectors.
    pub fn compiled(self, work: impl FnOnce()) {
        self.simd.vectorize(work);
    }

    #[inline(always)]
    pub fn splat(self, value: T) -> T::Vector<S> {
        T::splat(self.simd, value)
    }

    /// A vector of numbers that lie anywhere.
    ///
    /// # Panics
    /// If they are not as many as lanes.
    #[inline(always)]
    pub fn read(self, numbers: &[T]) -> T::Vector<S>
    where
        T: Pod,
    {
        bytemuck::pod_read_unaligned(bytemuck::cast_slice(numbers))
    }

    #[inline(always)]
    pub fn add(self, a: Z<S, T>, b: Z<S, T>) -> Z<S, T> {
        [T::add(self.simd, a[0], b[0]), T::add(self.simd, a[1], b[1])]
    }

    #[inline(always)]
    pub fn sub(self, a: Z<S, T>, b: Z<S, T>) -> Z<S, T> {
        [T::sub(self.simd, a[0], b[0]), T::sub(self.simd, a[1], b[1])]
    }

    /// a + i b
    #[inline(always)]
    pub fn add_i(self, a: Z<S, T>, b: Z<S, T>) -> Z<S, T> {
        [T::sub(self.simd, a[0], b[1]), T::add(self.simd, a[1], b[0])]
    }

    /// a − i b
    #[inline(always)]
    pub fn sub_i(self, a: Z<S, T>, b: Z<S, T>) -> Z<S, T> {
        [T::add(self.simd, a[0], b[1]), T::sub(self.simd, a[1], b[0])]
    }

    /// r a + b, where r is real
    #[inline(always)]
    pub fn scale_add(self, r: T::Vector<S>, a: Z<S, T>, b: Z<S, T>) -> Z<S, T> {
        [
            T::mul_add(self.simd, r, a[0], b[0]),
            T::mul_add(self.simd, r, a[1], b[1]),
        ]
    }

    /// b − r a, where r is real
    #[inline(always)]
    pub fn scale_sub(self, r: T::Vector<S>, a: Z<S, T>, b: Z<S, T>) -> Z<S, T> {
        [
            T::negate_mul_add(self.simd, r, a[0], b[0]),
            T::negate_mul_add(self.simd, r, a[1], b[1]),
        ]
    }

    /// b + i r a, where r is real
    #[inline(always)]
    pub fn scale_add_i(self, r: T::Vector<S>, a: Z<S, T>, b: Z<S, T>) -> Z<S, T> {
        [
            T::negate_mul_add(self.simd, r, a[1], b[0]),
            T::mul_add(self.simd, r, a[0], b[1]),
        ]
    }

    /// b − i r a, where r is real
    #[inline(always)]
    pub fn scale_sub_i(self, r: T::Vector<S>, a: Z<S, T>, b: Z<S, T>) -> Z<S, T> {
        [
            T::mul_add(self.simd, r, a[1], b[0]),
            T::negate_mul_add(self.simd, r, a[0], b[1]),
        ]
    }

    /// a times one complex number for all lanes
    #[inline(always)]
    pub fn turn(self, a: Z<S, T>, by: [T; 2]) -> Z<S, T> {
        let (re, im) = (self.splat(by[0]), self.splat(by[1]));
        [
            T::negate_mul_add(self.simd, im, a[1], T::mul(self.simd, re, a[0])),
            T::mul_add(self.simd, im, a[0], T::mul(self.simd, re, a[1])),
        ]
    }

    /// a b
    #[inline(always)]
    pub fn times(self, a: Z<S, T>, b: Z<S, T>) -> Z<S, T> {
        [
            T::negate_mul_add(self.simd, b[1], a[1], T::mul(self.simd, b[0], a[0])),
            T::mul_add(self.simd, b[1], a[0], T::mul(self.simd, b[0], a[1])),
        ]
    }

    /// |a|² + b, where b is real
    #[inline(always)]
    pub fn add_power(self, a: Z<S, T>, b: T::Vector<S>) -> T::Vector<S> {
        let power = T::mul_add(self.simd, a[0], a[0], T::mul(self.simd, a[1], a[1]));
        self.plus(b, power)
    }

    /// The complex conjugate of a
    #[inline(always)]
    pub fn conjugate(self, a: Z<S, T>) -> Z<S, T> {
        [a[0], self.negative(a[1])]
    }

    /// −i a
    #[inline(always)]
    pub fn times_minus_i(self, a: Z<S, T>) -> Z<S, T> {
        [a[1], self.negative(a[0])]
    }

    /// r a, where r is real
    #[inline(always)]
    pub fn scale(self, r: T, a: Z<S, T>) -> Z<S, T> {
        let r = self.splat(r);
        [self.mul(r, a[0]), self.mul(r, a[1])]
    }

    /// a + b of real numbers
    #[inline(always)]
    pub fn plus(self, a: T::Vector<S>, b: T::Vector<S>) -> T::Vector<S> {
        T::add(self.simd, a, b)
    }

    /// a b of real numbers
    #[inline(always)]
    pub fn mul(self, a: T::Vector<S>, b: T::Vector<S>) -> T::Vector<S> {
        T::mul(self.simd, a, b)
    }

    /// a b + c of real numbers
    #[inline(always)]
    pub fn mul_add(self, a: T::Vector<S>, b: T::Vector<S>, c: T::Vector<S>) -> T::Vector<S> {
        T::mul_add(self.simd, a, b, c)
    }

    /// −a of real numbers
    #[inline(always)]
    pub fn negative(self, a: T::Vector<S>) -> T::Vector<S> {
        T::neg(self.simd, a)
    }
}
