//! Hints for MPI-IO: what a site knows of its file system and MPI does not, such as over how many servers a file is to be
//! striped. Striping is decided when a file is made, so files with hints are made by MPI, empty; HDF5 fills them.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Mutex;

use mpi::ffi::{
    MPI_Error_string, MPI_File, MPI_File_close, MPI_File_get_info, MPI_File_open, MPI_Info,
    MPI_Info_create, MPI_Info_free, MPI_Info_get, MPI_Info_set, MPI_MAX_ERROR_STRING,
    MPI_MAX_INFO_KEY, MPI_MAX_INFO_VAL, MPI_MODE_CREATE, MPI_MODE_EXCL, MPI_MODE_RDWR, MPI_SUCCESS,
    RSMPI_COMM_SELF, RSMPI_INFO_NULL,
};

use crate::error::{IoContext, Result};

/// Bytes of a name at most: what every MPI takes (Open MPI 36, MPICH 255), its zero byte included.
pub const MAX_NAME: usize = 36;
/// Bytes of a value at most, likewise (256 and 1024).
pub const MAX_VALUE: usize = 256;
// the calls below rely on it
const _: () = assert!(MAX_NAME <= MPI_MAX_INFO_KEY as usize);
const _: () = assert!(MAX_VALUE <= MPI_MAX_INFO_VAL as usize);

/// What was said of hints: several files of a job have the same ones, and what is wrong with them is said once.
static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Warns of `what`, unless that was said before.
fn warn_once(what: &str, text: &str) {
    let mut said = SAID.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if said.insert(what.to_owned()) {
        tracing::warn!("output.mpi_hints{text}");
    }
}

/// In the names of hints that decide about a file when it is made, by one rank; others are for all ranks together.
const DECIDED_WHEN_MADE: [&str; 3] = ["striping", "stripe", "iodevice"];

/// Whether ROMIO writes what lies between bytes too.
///
/// Source: MPICH, src/mpi/romio/adio/common/ad_hints.c.
const SIEVING: &str = "romio_ds_write";

/// MPI's words for an error.
fn reason(status: c_int) -> std::io::Error {
    let mut text = [0 as c_char; MPI_MAX_ERROR_STRING as usize + 1];
    let mut length = 0;
    // SAFETY: MPI is initialised, and writes at most as many bytes as it says in its header, and a zero byte.
    let text = unsafe {
        MPI_Error_string(status, text.as_mut_ptr(), &mut length);
        CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
    };
    std::io::Error::other(text.replace('\n', ": "))
}

/// Names and values, as the MPI library knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints(pub Vec<(String, String)>);

impl Hints {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same, and that ROMIO must not read what lies between the bytes that it writes and write that again: others write there.
    pub fn without_sieving(&self) -> Hints {
        let mut hints = self.clone();
        if !hints.0.iter().any(|(name, _)| name == SIEVING) {
            hints.0.push((SIEVING.into(), "disable".into()));
        }
        hints
    }

    /// Makes an empty file with these hints, where nothing has its name. False where there is no MPI, as in a world of one
    /// rank, or a name that MPI-IO would cut; then there is no file.
    ///
    /// # Errors
    /// MPI cannot make the file.
    pub fn make_file(&self, path: &Path) -> Result<bool> {
        if !mpi::environment::is_initialized() {
            warn_once("", " are not used: one process alone has no MPI");
            return Ok(false);
        }
        // ROMIO takes what stands before a colon for the name of a file system
        if path.as_os_str().as_bytes().contains(&b':') {
            let text = format!(
                " are not used: MPI-IO cuts names with a colon, as {}",
                path.display()
            );
            warn_once("", &text);
            return Ok(false);
        }
        const DOING: &str = "create this file with output.mpi_hints";
        let info = Info::of(self);
        let name = CString::new(path.as_os_str().as_bytes());
        let name = name.map_err(std::io::Error::other).at(path, DOING)?;
        let mode = (MPI_MODE_CREATE | MPI_MODE_EXCL | MPI_MODE_RDWR) as c_int;
        let mut file = std::mem::MaybeUninit::<MPI_File>::uninit();
        // SAFETY: MPI is initialised, and initialised for calls of every thread when there are several ranks; the name ends in a
        // zero byte and outlives the call; the file is written by the call, and read only if that succeeded.
        let status = unsafe {
            MPI_File_open(
                RSMPI_COMM_SELF,
                name.as_ptr(),
                mode,
                info.0,
                file.as_mut_ptr(),
            )
        };
        if status != MPI_SUCCESS as c_int {
            return Err(reason(status)).at(path, DOING);
        }
        // SAFETY: the call above has opened it; nothing else knows this file, which is closed once.
        unsafe {
            let mut file = file.assume_init();
            self.report_of((&raw const file).cast(), path, |name| {
                DECIDED_WHEN_MADE.iter().any(|part| name.contains(part))
            });
            MPI_File_close(&mut file);
        }
        Ok(true)
    }

    /// Says which hints a file that all ranks have open has, where that is asked for, and once of each that it has it not.
    ///
    /// # Safety
    /// This is the address of an `MPI_File` that is open.
    pub unsafe fn report(&self, file: *const c_void, path: &Path) {
        // SAFETY: the caller's promise.
        unsafe { self.report_of(file, path, |_| true) }
    }

    /// The same, where another value than the one asked for is wrong only if the hint `counts` here.
    ///
    /// # Safety
    /// As above.
    unsafe fn report_of(&self, file: *const c_void, path: &Path, counts: impl Fn(&str) -> bool) {
        // SAFETY: the caller's promise.
        let Some(in_use) = (unsafe { Info::of_file(*file.cast::<MPI_File>()) }) else {
            return;
        };
        let path = path.display();
        for (name, value) in &self.0 {
            match in_use.get(name) {
                Some(found) if found == *value => {
                    tracing::debug!("{path}: MPI-IO hint {name} = {value}");
                }
                Some(found) if counts(name) => {
                    let text = format!(".{name} = {value}: MPI uses {found} for {path}");
                    warn_once(name, &text);
                }
                Some(_) => {}
                None => {
                    let text = format!(
                        ".{name} is not in use for {path}: unknown to this MPI, or of no use on this file system"
                    );
                    warn_once(name, &text);
                }
            }
        }
    }

    /// The same for MPI, as long as what is returned lives. None without hints, and without MPI.
    pub fn for_mpi(&self) -> Option<Info> {
        (!self.is_empty() && mpi::environment::is_initialized()).then(|| Info::of(self))
    }
}

/// An `MPI_Info` of our own.
pub struct Info(MPI_Info);

impl Info {
    /// For calls that copy it.
    pub fn as_raw(&self) -> MPI_Info {
        self.0
    }

    /// Hints whose names and values the config has checked.
    fn of(hints: &Hints) -> Info {
        let text = |text: &str| CString::new(text).expect("the config allows no zero byte");
        // SAFETY: MPI is initialised. Names and values end in a zero byte, outlive the call, and are no longer than any
        // MPI allows, which the config has checked.
        unsafe {
            let mut info = Info(RSMPI_INFO_NULL);
            MPI_Info_create(&mut info.0);
            for (name, value) in &hints.0 {
                let (name, value) = (text(name), text(value));
                MPI_Info_set(info.0, name.as_ptr(), value.as_ptr());
            }
            info
        }
    }

    /// What a file uses.
    ///
    /// # Safety
    /// The file is open.
    unsafe fn of_file(file: MPI_File) -> Option<Info> {
        // SAFETY: the caller's file is open; the info is written by the call and this one's own to free.
        unsafe {
            let mut info = RSMPI_INFO_NULL;
            let status = MPI_File_get_info(file, &mut info);
            (status == MPI_SUCCESS as c_int && info != RSMPI_INFO_NULL).then_some(Info(info))
        }
    }

    fn get(&self, name: &str) -> Option<String> {
        let name = CString::new(name).expect("the config allows no zero byte");
        let mut value = [0 as c_char; MPI_MAX_INFO_VAL as usize + 1];
        let mut is_there = 0;
        // SAFETY: MPI writes at most as many bytes as it is told, and a zero byte, for which there is room.
        unsafe {
            let most = MPI_MAX_INFO_VAL as c_int;
            MPI_Info_get(
                self.0,
                name.as_ptr(),
                most,
                value.as_mut_ptr(),
                &mut is_there,
            );
            (is_there != 0).then(|| {
                CStr::from_ptr(value.as_ptr())
                    .to_string_lossy()
                    .into_owned()
            })
        }
    }
}

impl Drop for Info {
    fn drop(&mut self) {
        // SAFETY: it is this one's own, and MPI has not ended: files and their hints go before the world.
        unsafe { MPI_Info_free(&mut self.0) };
    }
}
