//! Calls of HDF5 that the bindings do not wrap: links that are looked at and not followed, since behind one may be any file;
//! and whether a type is a standard one.

use std::ffi::CString;

use hdf5::{Datatype, Group};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5l::{H5L_info1_t, H5L_type_t, H5Lget_val};
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5t::H5Tequal;

/// Bytes of what a link says, at most.
const MAX_LINK: usize = 4096;

/// What is behind a name of a group.
#[derive(Debug, PartialEq)]
pub enum Link {
    /// Nothing, or what HDF5 cannot tell.
    Nothing,
    /// An object of this file.
    Hard,
    /// A path in this file.
    Soft(String),
    /// Something in another file: the name of the file, and the path in it.
    Elsewhere(String, String),
}

/// What `name` is in this group; it is not followed.
pub fn link(group: &Group, name: &str) -> Link {
    let Ok(name) = CString::new(name) else {
        return Link::Nothing;
    };
    let _lock = hdf5_sys::LOCK.lock();
    let mut info = H5L_info1_t::default();
    // HDF5 1.12 has a newer form, which says the same
    #[allow(deprecated)]
    use hdf5_sys::h5l::H5Lget_info1;
    // SAFETY: HDF5 is locked, the group is open, the name ends with a zero byte, and `info` is one of what HDF5 fills.
    #[allow(deprecated)]
    let found = unsafe { H5Lget_info1(group.id(), name.as_ptr(), &mut info, H5P_DEFAULT) };
    if found < 0 {
        return Link::Nothing;
    }
    if info.type_ == H5L_type_t::H5L_TYPE_HARD {
        return Link::Hard;
    }
    let mut value = [0_u8; MAX_LINK];
    let buffer = value.as_mut_ptr().cast();
    // SAFETY: as above, and HDF5 writes at most as many bytes as it is told that there are.
    let read = unsafe { H5Lget_val(group.id(), name.as_ptr(), buffer, value.len(), H5P_DEFAULT) };
    if read < 0 {
        return Link::Nothing;
    }
    let text = |bytes: &[u8]| {
        let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    };
    match info.type_ {
        H5L_type_t::H5L_TYPE_SOFT => Link::Soft(text(&value)),
        // a byte of flags, the name of the file, a zero byte, the path in it
        H5L_type_t::H5L_TYPE_EXTERNAL => {
            let file = text(&value[1..]);
            let object = value.get(file.len() + 2..).unwrap_or_default();
            Link::Elsewhere(file, text(object))
        }
        _ => Link::Elsewhere("by a link of another kind".into(), String::new()),
    }
}

/// Whether a type is this standard one.
pub fn equal(dtype: &Datatype, other: hid_t) -> bool {
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: HDF5 is locked, and both types are open: one by its owner, the other for as long as HDF5 runs.
    unsafe { H5Tequal(dtype.id(), other) > 0 }
}

/// Types that are no standard ones, for tests.
#[cfg(test)]
pub mod odd {
    use hdf5_sys::h5t::{
        H5T_order_t, H5Tset_ebias, H5Tset_fields, H5Tset_offset, H5Tset_order, H5Tset_precision,
        H5Tset_size,
    };

    use super::*;

    /// A native type, changed by what `change` does to its id.
    fn changed<T: hdf5::H5Type>(change: impl Fn(hid_t)) -> Datatype {
        let dtype = Datatype::from_type::<T>().unwrap();
        let _lock = hdf5_sys::LOCK.lock();
        change(dtype.id());
        dtype
    }

    pub fn big_endian() -> Datatype {
        // SAFETY: `changed` passes a type of its own and holds the lock
        changed::<i16>(|id| unsafe {
            H5Tset_order(id, H5T_order_t::H5T_ORDER_BE);
        })
    }

    pub fn twelve_bits() -> Datatype {
        // SAFETY: as above
        changed::<i16>(|id| unsafe {
            H5Tset_precision(id, 12);
            H5Tset_offset(id, 4);
        })
    }

    pub fn other_bias() -> Datatype {
        // SAFETY: as above
        changed::<f32>(|id| unsafe {
            H5Tset_ebias(id, 100);
        })
    }

    pub fn half() -> Datatype {
        // SAFETY: as above
        changed::<f32>(|id| unsafe {
            H5Tset_fields(id, 15, 10, 5, 0, 10);
            H5Tset_precision(id, 16);
            H5Tset_size(id, 2);
            H5Tset_ebias(id, 15);
        })
    }
}
