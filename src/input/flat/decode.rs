//! From bytes of a file to numbers of the precision of the computation.

use crate::input::location::Sample;

/// What stored numbers become.
pub trait Decoded: bytemuck::Pod + Default {
    /// Whether numbers stored like this, in this machine's order, are this type.
    fn is(sample: Sample) -> bool;
    fn from_f32(value: f32) -> Self;
    fn from_f64(value: f64) -> Self;
    fn from_i64(value: i64) -> Self;
    fn from_u64(value: u64) -> Self;
}

macro_rules! decoded {
    ($float:ty, $sample:path) => {
        impl Decoded for $float {
            fn is(sample: Sample) -> bool {
                cfg!(target_endian = "little") && matches!(sample, $sample)
            }
            fn from_f32(value: f32) -> $float {
                value as $float
            }
            fn from_f64(value: f64) -> $float {
                value as $float
            }
            fn from_i64(value: i64) -> $float {
                value as $float
            }
            fn from_u64(value: u64) -> $float {
                value as $float
            }
        }
    };
}
decoded!(f32, Sample::F32);
decoded!(f64, Sample::F64);

/// One number after the other.
pub const WHOLE: Strides = Strides {
    row: 1,
    in_order: true,
};

/// Where the numbers of a row stand among those that were staged.
#[derive(Clone, Copy)]
pub struct Strides {
    /// Numbers from one row to the next.
    pub row: usize,
    /// Whether the wanted ones of a row are its first, in their order.
    pub in_order: bool,
}

/// Fills `to` with the numbers `steps` of every row.
pub fn decode<T: Decoded>(
    sample: Sample,
    big_endian: bool,
    bytes: &[u8],
    strides: Strides,
    steps: impl ExactSizeIterator<Item = usize> + Clone,
    to: &mut [T],
) {
    macro_rules! from {
        ($number:ty, $convert:ident, $wide:ty) => {
            if big_endian {
                fill(bytes, strides, steps, to, |b| {
                    T::$convert(<$number>::from_be_bytes(b) as $wide)
                })
            } else {
                fill(bytes, strides, steps, to, |b| {
                    T::$convert(<$number>::from_le_bytes(b) as $wide)
                })
            }
        };
    }
    match sample {
        Sample::F16 => unreachable!("HDF5 reads floats of two bytes"),
        Sample::F32 => from!(f32, from_f32, f32),
        Sample::F64 => from!(f64, from_f64, f64),
        Sample::I8 => from!(i8, from_i64, i64),
        Sample::I16 => from!(i16, from_i64, i64),
        Sample::I24 => fill(bytes, strides, steps, to, |[a, b, c]: [u8; 3]| {
            let [low, middle, high] = if big_endian { [c, b, a] } else { [a, b, c] };
            T::from_i64(i64::from(i32::from_le_bytes([0, low, middle, high]) >> 8))
        }),
        Sample::I32 => from!(i32, from_i64, i64),
        Sample::I64 => from!(i64, from_i64, i64),
        Sample::U8 => from!(u8, from_u64, u64),
        Sample::U16 => from!(u16, from_u64, u64),
        Sample::U32 => from!(u32, from_u64, u64),
        Sample::U64 => from!(u64, from_u64, u64),
    }
}

fn fill<T, const WIDTH: usize>(
    bytes: &[u8],
    strides: Strides,
    steps: impl ExactSizeIterator<Item = usize> + Clone,
    to: &mut [T],
    convert: impl Fn([u8; WIDTH]) -> T,
) {
    let (numbers, _) = bytes.as_chunks::<WIDTH>();
    let rows = numbers.chunks(strides.row);
    let width = steps.len();
    for (row, to) in rows.zip(to.chunks_exact_mut(width)) {
        if strides.in_order {
            for (place, number) in to.iter_mut().zip(row) {
                *place = convert(*number);
            }
        } else {
            for (place, step) in to.iter_mut().zip(steps.clone()) {
                *place = convert(row[step]);
            }
        }
    }
}
