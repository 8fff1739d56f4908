//! HDF5 dimension scales: what makes `xarray.open_dataset` show named axes. Two calls of HDF5's high-level library, which
//! the bindings link but do not declare.

use std::ffi::{CStr, CString, c_char, c_uint};

use hdf5::Dataset;
use hdf5_sys::h5i::hid_t;

#[link(name = "hdf5_hl")]
unsafe extern "C" {
    fn H5DSset_scale(dsid: hid_t, dimname: *const c_char) -> i32;
    fn H5DSattach_scale(did: hid_t, dsid: hid_t, idx: c_uint) -> i32;
}

/// Makes `coordinates` a dimension scale called `name`. Collective when the file is open on all ranks.
///
/// # Errors
/// HDF5's, as text.
///
/// # Panics
/// If the name holds a zero byte: names of axes are our own.
pub fn make_scale(coordinates: &Dataset, name: &str) -> hdf5::Result<()> {
    let name: &CStr = &CString::new(name).expect("names of axes have no zero byte");
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: the data set is open, the name ends in a zero byte and outlives the call, HDF5's lock is held.
    let status = unsafe { H5DSset_scale(coordinates.id(), name.as_ptr()) };
    check(status, "H5DSset_scale")
}

/// Attaches the scale `coordinates` to the axis `axis` of `data`. Collective when the file is open on all ranks.
///
/// # Errors
/// HDF5's, as text.
pub fn attach_scale(data: &Dataset, coordinates: &Dataset, axis: usize) -> hdf5::Result<()> {
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: both data sets are open, HDF5's lock is held; HDF5 checks the number of the axis.
    let status = unsafe { H5DSattach_scale(data.id(), coordinates.id(), axis as c_uint) };
    check(status, "H5DSattach_scale")
}

fn check(status: i32, call: &str) -> hdf5::Result<()> {
    if status < 0 {
        Err(format!("{call} failed").into())
    } else {
        Ok(())
    }
}
