//! Calls of HDF5 that the bindings do not wrap: dimension scales, which make `xarray.open_dataset` show named axes and whose
//! library the bindings link but do not declare; places of tiles, and tiles that are filtered already; boxes of bytes; and what
//! becomes of open files.

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::os::fd::BorrowedFd;
use std::path::Path;

use hdf5::{Dataset, Dataspace, Datatype, File};
use hdf5_sys::h5::H5dont_atexit;
use hdf5_sys::h5d::{H5Dget_chunk_info_by_coord, H5Dread_chunk, H5Dwrite, H5Dwrite_chunk};
use hdf5_sys::h5f::H5Fget_vfd_handle;
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5s::{H5S_seloper_t, H5Sselect_hyperslab};

use crate::comm::Hints;

/// No filter of a tile was left out.
const ALL_FILTERS: c_uint = 0;

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

/// First byte of the tile that begins at `first`, and its bytes; none when it has no room yet.
///
/// # Errors
/// HDF5's, as text.
///
/// # Panics
/// If `first` has another number of axes than the data set.
pub fn place_of_tile(set: &Dataset, first: &[u64]) -> hdf5::Result<Option<(u64, u64)>> {
    assert_eq!(
        first.len(),
        set.ndim(),
        "a place has a number for every axis"
    );
    let (mut mask, mut address, mut bytes) = (0, u64::MAX, 0);
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: the data set is open, `first` has a number for each of its axes, the others are places for one number each,
    // HDF5's lock is held.
    let status = unsafe {
        H5Dget_chunk_info_by_coord(
            set.id(),
            first.as_ptr(),
            &mut mask,
            &mut address,
            &mut bytes,
        )
    };
    check(status, "H5Dget_chunk_info_by_coord")?;
    Ok((address != u64::MAX).then_some((address, bytes)))
}

/// Stores the bytes of a tile of a chunked data set as they are, filtered already; it begins at `first`.
///
/// # Errors
/// HDF5's, as text.
///
/// # Panics
/// If `first` has another number of axes than the data set.
pub fn write_tile(set: &Dataset, first: &[u64], bytes: &[u8]) -> hdf5::Result<()> {
    assert_eq!(
        first.len(),
        set.ndim(),
        "a place has a number for every axis"
    );
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: the data set is open, `first` has a number for each of its axes, the bytes are as many as is said, HDF5's lock
    // is held.
    let status = unsafe {
        H5Dwrite_chunk(
            set.id(),
            H5P_DEFAULT,
            ALL_FILTERS,
            first.as_ptr(),
            bytes.len(),
            bytes.as_ptr().cast(),
        )
    };
    check(status, "H5Dwrite_chunk")
}

/// Reads the bytes of a whole tile of a chunked data set that is not filtered, which begins at `first`.
///
/// # Errors
/// HDF5's, as text.
///
/// # Panics
/// If `first` has another number of axes than the data set, or the bytes are not those of a tile.
pub fn read_tile(set: &Dataset, first: &[u64], bytes: &mut [u8]) -> hdf5::Result<()> {
    let tile: usize = set.chunk().unwrap_or_default().iter().product();
    assert_eq!(bytes.len(), tile * set.dtype()?.size(), "a whole tile");
    assert_eq!(first.len(), set.ndim());
    assert!(set.filters().is_empty(), "a tile is stored as it is");
    let mut filters = 0;
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: the data set is open, `first` has a number for each of its axes, there is a byte for every byte of a tile, which is as
    // long as that since it is not filtered, HDF5's lock is held.
    let status = unsafe {
        H5Dread_chunk(
            set.id(),
            H5P_DEFAULT,
            first.as_ptr(),
            &mut filters,
            bytes.as_mut_ptr().cast(),
        )
    };
    check(status, "H5Dread_chunk")
}

/// Says which of the hints a file that is open on all ranks has.
///
/// # Errors
/// HDF5's, as text.
pub fn report_hints(file: &File, hints: &Hints, path: &Path) -> hdf5::Result<()> {
    let mut handle = std::ptr::null_mut::<c_void>();
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: the file is open, and the driver of files of all ranks gives the address of its MPI_File, which stays open as
    // long as the file; HDF5's lock is held.
    unsafe {
        let status = H5Fget_vfd_handle(file.id(), H5P_DEFAULT, &mut handle);
        check(status, "H5Fget_vfd_handle")?;
        if !handle.is_null() {
            hints.report(handle, path);
        }
    }
    Ok(())
}

/// Writes the bytes of a box of numbers of the data set's own type, for this rank alone, whoever else has the file open.
///
/// # Errors
/// HDF5's, as text.
///
/// # Panics
/// If there are not as many bytes as the box has.
pub fn write_box(
    set: &Dataset,
    start: &[usize],
    shape: &[usize],
    bytes: &[u8],
) -> hdf5::Result<()> {
    let dtype: Datatype = set.dtype()?;
    let elements: usize = shape.iter().product();
    assert_eq!(
        elements * dtype.size(),
        bytes.len(),
        "a byte for every byte"
    );
    assert_eq!((start.len(), shape.len()), (set.ndim(), set.ndim()));
    if elements == 0 {
        return Ok(());
    }
    let wide = |numbers: &[usize]| numbers.iter().map(|&n| n as u64).collect::<Vec<_>>();
    let (start, shape) = (wide(start), wide(shape));
    let in_file = set.space()?;
    let in_memory = Dataspace::try_new([elements])?;
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: both spaces are open and this function's own; start and shape have a number for each axis of the file's,
    // whose bounds HDF5 checks when it writes; the bytes are as many as the selection has; HDF5's lock is held.
    let status = unsafe {
        let selected = H5Sselect_hyperslab(
            in_file.id(),
            H5S_seloper_t::H5S_SELECT_SET,
            start.as_ptr(),
            std::ptr::null(),
            shape.as_ptr(),
            std::ptr::null(),
        );
        check(selected, "selecting a box")?;
        H5Dwrite(
            set.id(),
            dtype.id(),
            in_memory.id(),
            in_file.id(),
            H5P_DEFAULT,
            bytes.as_ptr().cast::<c_void>(),
        )
    };
    check(status, "H5Dwrite")
}

/// Takes HDF5's lock from a file that this process alone has open: others may read it, since its metadata do not change.
///
/// # Errors
/// HDF5's, as text.
pub fn unlock(file: &File) -> hdf5::Result<()> {
    let mut handle = std::ptr::null_mut::<c_void>();
    let _lock = hdf5_sys::LOCK.lock();
    // SAFETY: the file is open with HDF5's default driver, which gives the address of its descriptor; that stays open as long as
    // the file, and longer than this call.
    let unlocked = unsafe {
        let status = H5Fget_vfd_handle(file.id(), H5P_DEFAULT, &mut handle);
        check(status, "H5Fget_vfd_handle")?;
        let descriptor = BorrowedFd::borrow_raw(*handle.cast::<c_int>());
        rustix::fs::flock(descriptor, rustix::fs::FlockOperation::Unlock)
    };
    // where there are no locks there is none to take
    unlocked.or(Ok(()))
}

/// From now on HDF5 closes no files when the process ends: a rank that fails must not, since the others would have to join in.
pub fn close_nothing_at_exit() {
    // SAFETY: it sets a flag of HDF5's, which has not begun.
    unsafe {
        H5dont_atexit();
    }
}

/// The system's words in what HDF5 says of a call of it that failed, which names addresses and numbers of descriptors too.
pub fn reason(error: &hdf5::Error) -> String {
    of_system(&error.to_string()).to_owned()
}

fn of_system(text: &str) -> &str {
    let words = ["error message = '", "MPI error string is '"];
    let after = |word: &str| text.split_once(word).map(|(_, rest)| rest);
    let Some(rest) = words.into_iter().find_map(after) else {
        return text;
    };
    rest.split_once('\'').map_or(rest, |(reason, _)| reason)
}

fn check(status: i32, call: &str) -> hdf5::Result<()> {
    if status >= 0 {
        return Ok(());
    }
    match hdf5::Error::query() {
        // the reason, such as a disk that is full
        Ok(error) if !error.to_string().is_empty() => Err(error),
        _ => Err(format!("{call} failed").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_hdf5_says_the_reason_is_shown() {
        let text = "file write failed: filename = 'a', errno = 28, error message = 'No space left on device', buf = 0x5";
        assert_eq!(of_system(text), "No space left on device");
        let text = "H5Dwrite(): can't write: MPI_File_write_at failed: MPI error string is 'MPI_ERR_NO_SPACE: no space left'";
        assert_eq!(of_system(text), "MPI_ERR_NO_SPACE: no space left");
        assert_eq!(of_system("H5Dwrite_chunk failed"), "H5Dwrite_chunk failed");
    }
}
