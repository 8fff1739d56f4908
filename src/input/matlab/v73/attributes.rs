//! What MATLAB says of an object in its attributes.

use hdf5::Location;
use hdf5::types::{FixedAscii, FixedUnicode, TypeDescriptor, VarLenAscii, VarLenUnicode};

/// Characters of the name of a class at most.
const MAX_CLASS_NAME: usize = 63;

/// The class of an object, `MATLAB_class`; none where it says nothing that is a short text.
pub fn class(object: &Location) -> Option<String> {
    let attribute = object.attr("MATLAB_class").ok()?;
    if !attribute.shape().is_empty() {
        return None;
    }
    let text = match attribute.dtype().ok()?.to_descriptor().ok()? {
        TypeDescriptor::FixedAscii(n) if n <= MAX_CLASS_NAME => attribute
            .read_scalar::<FixedAscii<MAX_CLASS_NAME>>()
            .ok()?
            .as_str()
            .to_owned(),
        TypeDescriptor::FixedUnicode(n) if n <= MAX_CLASS_NAME => attribute
            .read_scalar::<FixedUnicode<MAX_CLASS_NAME>>()
            .ok()?
            .as_str()
            .to_owned(),
        TypeDescriptor::VarLenAscii => attribute
            .read_scalar::<VarLenAscii>()
            .ok()?
            .as_str()
            .to_owned(),
        TypeDescriptor::VarLenUnicode => attribute
            .read_scalar::<VarLenUnicode>()
            .ok()?
            .as_str()
            .to_owned(),
        _ => return None,
    };
    Some(text)
}

/// Whether an object has a mark such as `MATLAB_empty`, which is a number other than 0.
pub fn is_marked(object: &Location, name: &str) -> bool {
    let Ok(attribute) = object.attr(name) else {
        return false;
    };
    attribute.shape().is_empty() && attribute.read_scalar::<u64>().is_ok_and(|mark| mark != 0)
}
