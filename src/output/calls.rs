//! Calls of HDF5 that the bindings do not wrap: dimension scales, which make `xarray.open_dataset` show named axes and whose
//! library the bindings link but do not declare; addresses of tiles; and collective transfers, which compressed files need
//! from all ranks, also from those with nothing to write.

use std::ffi::{CStr, CString, c_char, c_uint, c_void};
use std::path::Path;

use hdf5::{Dataset, Dataspace, Datatype, File};
use hdf5_sys::h5d::{H5Dget_chunk_info_by_coord, H5Dwrite, H5Dwrite_chunk};
use hdf5_sys::h5f::H5Fget_vfd_handle;
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{
    H5FD_mpio_xfer_t, H5P_CLS_DATASET_XFER, H5P_DEFAULT, H5Pclose, H5Pcreate, H5Pset_dxpl_mpio,
};
use hdf5_sys::h5s::{H5S_seloper_t, H5Sselect_hyperslab, H5Sselect_none};

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

/// How numbers go to a file: by all ranks at once, or by this one alone.
pub struct Transfer {
    list: hid_t,
}

impl Transfer {
    /// Collective for files that all ranks have open together.
    ///
    /// # Errors
    /// HDF5's, as text.
    pub fn new(is_collective: bool) -> hdf5::Result<Transfer> {
        if !is_collective {
            return Ok(Transfer { list: H5P_DEFAULT });
        }
        let _lock = hdf5_sys::LOCK.lock();
        // SAFETY: the class is HDF5's own, the list is closed when this is dropped, HDF5's lock is held.
        let list = unsafe { H5Pcreate(*H5P_CLS_DATASET_XFER) };
        if list < 0 {
            return Err("H5Pcreate failed".into());
        }
        let transfer = Transfer { list };
        // SAFETY: the list was made for transfers just now, HDF5's lock is held.
        let status = unsafe { H5Pset_dxpl_mpio(list, H5FD_mpio_xfer_t::H5FD_MPIO_COLLECTIVE) };
        check(status, "H5Pset_dxpl_mpio").map(|()| transfer)
    }

    /// Writes the bytes of a box of numbers of the data set's own type, `(start, shape)`; nothing without a box, which is
    /// a rank's part in what the others write. Collective if the transfer is.
    ///
    /// # Errors
    /// HDF5's, as text.
    ///
    /// # Panics
    /// If there are not as many bytes as the box has.
    pub fn write(
        &self,
        set: &Dataset,
        place: Option<(&[u64], &[u64])>,
        bytes: &[u8],
    ) -> hdf5::Result<()> {
        let dtype: Datatype = set.dtype()?;
        let (start, shape) = place.unwrap_or((&[], &[]));
        let elements: u64 = shape.iter().product::<u64>() * u64::from(place.is_some());
        assert_eq!(
            elements * dtype.size() as u64,
            bytes.len() as u64,
            "a byte for every byte"
        );
        assert!(place.is_none() || (start.len(), shape.len()) == (set.ndim(), set.ndim()));
        let in_file = set.space()?;
        let in_memory = Dataspace::try_new([elements.max(1) as usize])?;
        let _lock = hdf5_sys::LOCK.lock();
        // SAFETY: both spaces are open and this function's own; start and shape have a number for each axis of the file's,
        // whose bounds HDF5 checks when it writes; the bytes are as many as the selection has; HDF5's lock is held.
        let status = unsafe {
            let selected = match place {
                Some(_) => H5Sselect_hyperslab(
                    in_file.id(),
                    H5S_seloper_t::H5S_SELECT_SET,
                    start.as_ptr(),
                    std::ptr::null(),
                    shape.as_ptr(),
                    std::ptr::null(),
                ),
                None => H5Sselect_none(in_file.id()).min(H5Sselect_none(in_memory.id())),
            };
            check(selected, "selecting a tile")?;
            H5Dwrite(
                set.id(),
                dtype.id(),
                in_memory.id(),
                in_file.id(),
                self.list,
                bytes.as_ptr().cast::<c_void>(),
            )
        };
        check(status, "H5Dwrite")
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        if self.list != H5P_DEFAULT {
            let _lock = hdf5_sys::LOCK.lock();
            // SAFETY: the list is open and this one's own, HDF5's lock is held.
            unsafe { H5Pclose(self.list) };
        }
    }
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
