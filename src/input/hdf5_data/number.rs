//! The type of stored numbers. HDF5's types are free in sign, precision, place of the bits and bias of the exponent: only
//! a type that equals a standard one is what its size says, and HDF5 has to convert all others.

use hdf5::Datatype;
use hdf5::globals::*;
use hdf5::types::{FloatSize, IntSize, TypeDescriptor};
use hdf5_sys::h5i::hid_t;

use super::calls::equal;
use crate::input::location::Sample;

/// Order of the bytes of a standard type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Least significant byte first.
    LittleEndian,
    /// Most significant byte first.
    BigEndian,
}

/// What numbers of this type are read as, and the order of their bytes if the type is a standard one; none for what is
/// no number or too large.
pub fn describe(dtype: &Datatype) -> Option<(Sample, Option<Order>)> {
    let sample = match dtype.to_descriptor() {
        Ok(descriptor) => by_size(&descriptor)?,
        // descriptors know no floats of two bytes, and of what they do not know, nothing else of this size converts
        Err(_) if dtype.size() == 2 && dtype.conv_to::<f32>().is_some() => Sample::F16,
        Err(_) => return None,
    };
    let order = standard(sample).and_then(|(little, big)| {
        if equal(dtype, little) {
            Some(Order::LittleEndian)
        } else if equal(dtype, big) {
            Some(Order::BigEndian)
        } else {
            None
        }
    });
    Some((sample, order))
}

/// What values of this type are, for messages.
pub fn kind(dtype: &Datatype) -> &'static str {
    match dtype.to_descriptor() {
        Ok(TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_)) => "integers",
        Ok(TypeDescriptor::Float(_)) => "floats",
        Ok(TypeDescriptor::Boolean) => "truth values",
        Ok(TypeDescriptor::Enum(_)) => "named values",
        Ok(TypeDescriptor::Compound(_)) => "compounds, such as complex numbers",
        Ok(TypeDescriptor::FixedArray(..) | TypeDescriptor::VarLenArray(_)) => "arrays",
        Ok(
            TypeDescriptor::FixedAscii(_)
            | TypeDescriptor::FixedUnicode(_)
            | TypeDescriptor::VarLenAscii
            | TypeDescriptor::VarLenUnicode,
        ) => "strings",
        Ok(TypeDescriptor::Reference(_)) => "references",
        _ => "values of an unknown type",
    }
}

fn by_size(descriptor: &TypeDescriptor) -> Option<Sample> {
    match descriptor {
        TypeDescriptor::Float(FloatSize::U4) => Some(Sample::F32),
        TypeDescriptor::Float(FloatSize::U8) => Some(Sample::F64),
        TypeDescriptor::Integer(IntSize::U1) => Some(Sample::I8),
        TypeDescriptor::Integer(IntSize::U2) => Some(Sample::I16),
        TypeDescriptor::Integer(IntSize::U4) => Some(Sample::I32),
        TypeDescriptor::Integer(IntSize::U8) => Some(Sample::I64),
        TypeDescriptor::Unsigned(IntSize::U1) => Some(Sample::U8),
        TypeDescriptor::Unsigned(IntSize::U2) => Some(Sample::U16),
        TypeDescriptor::Unsigned(IntSize::U4) => Some(Sample::U32),
        TypeDescriptor::Unsigned(IntSize::U8) => Some(Sample::U64),
        _ => None,
    }
}

/// The standard types of a number, little and big endian.
fn standard(sample: Sample) -> Option<(hid_t, hid_t)> {
    Some(match sample {
        Sample::F16 | Sample::I24 => return None,
        Sample::F32 => (*H5T_IEEE_F32LE, *H5T_IEEE_F32BE),
        Sample::F64 => (*H5T_IEEE_F64LE, *H5T_IEEE_F64BE),
        Sample::I8 => (*H5T_STD_I8LE, *H5T_STD_I8BE),
        Sample::I16 => (*H5T_STD_I16LE, *H5T_STD_I16BE),
        Sample::I32 => (*H5T_STD_I32LE, *H5T_STD_I32BE),
        Sample::I64 => (*H5T_STD_I64LE, *H5T_STD_I64BE),
        Sample::U8 => (*H5T_STD_U8LE, *H5T_STD_U8BE),
        Sample::U16 => (*H5T_STD_U16LE, *H5T_STD_U16BE),
        Sample::U32 => (*H5T_STD_U32LE, *H5T_STD_U32BE),
        Sample::U64 => (*H5T_STD_U64LE, *H5T_STD_U64BE),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::hdf5_data::calls::odd;

    #[test]
    fn only_standard_types_are_read_without_hdf5() {
        let big_endian = odd::big_endian();
        assert_eq!(
            describe(&big_endian),
            Some((Sample::I16, Some(Order::BigEndian)))
        );
        let native = Datatype::from_type::<f64>().unwrap();
        assert!(matches!(describe(&native), Some((Sample::F64, Some(_)))));
        let twelve_bits = odd::twelve_bits();
        assert_eq!(describe(&twelve_bits), Some((Sample::I16, None)));
        let other_bias = odd::other_bias();
        assert_eq!(describe(&other_bias), Some((Sample::F32, None)));
        let half = odd::half();
        assert_eq!(half.size(), 2);
        assert_eq!(describe(&half), Some((Sample::F16, None)));
    }

    #[test]
    fn what_is_no_number_has_no_type() {
        for dtype in [
            Datatype::from_type::<bool>().unwrap(),
            Datatype::from_type::<num_complex::Complex<f32>>().unwrap(),
        ] {
            assert_eq!(describe(&dtype), None);
        }
        let strings = Datatype::from_type::<hdf5::types::VarLenUnicode>().unwrap();
        assert_eq!((describe(&strings), kind(&strings)), (None, "strings"));
    }
}
