//! The ledger of a file: one entry per block, and what was found in the samples. It lies in a group of its own, since
//! unlabelled data sets beside labelled ones would keep xarray from opening the file. Entries have their room from the
//! start and are written in place, so that the file opens at any moment.

use bytemuck::{Pod, Zeroable};
use hdf5::dataset::{AllocTime, Layout};
use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, File, H5Type};
use serde::{Deserialize, Serialize};
use std::hash::Hasher;
use std::str::FromStr;
use twox_hash::XxHash3_64;

use super::fits;
use super::numbers_of_trials::N;
use super::trial_labels;
use crate::quality::Flags;

/// The group.
pub const GROUP: &str = "ledger";
const BLOCKS: &str = "ledger/blocks";
const QUALITY: &str = "ledger/quality";
const IDENTITY: &str = "ledger/identity";
/// Attribute of the group.
const LABELS: &str = "labels_checksum";

/// Bytes of an identity at most, however long the lists of a config are.
const MAX_IDENTITY: usize = 256 << 20;

/// One block's entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, H5Type, Pod, Zeroable, Serialize, Deserialize)]
#[repr(C)]
pub struct Mark {
    /// 1 when the block is done, else 0.
    pub done: u32,
    /// The rank that did it.
    pub rank: u32,
    /// XXH3-64 of the block's bytes as stored, in C order.
    pub checksum: u64,
    /// Time it took, in s.
    pub seconds: f64,
    /// When it was done, in s since 1970.
    pub finished: f64,
}

/// Bytes of an entry, also in the file.
pub const MARK_BYTES: usize = size_of::<Mark>();

impl Mark {
    /// Whether the block is done.
    pub fn is_done(&self) -> bool {
        self.done == 1
    }
}

/// The checksum of a block's bytes, one piece after the other.
///
/// Source: XXH3, Collet, <https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md>.
pub fn checksum<const N: usize>(pieces: [&[u8]; N]) -> u64 {
    let mut hash = XxHash3_64::new();
    pieces.iter().for_each(|bytes| hash.write(bytes));
    hash.finish()
}

/// Makes the group with an empty ledger for `n_units` × `n_blocks` blocks.
///
/// # Errors
/// HDF5's.
pub fn create(file: &File, n_units: usize, n_blocks: usize) -> hdf5::Result<()> {
    file.create_group(GROUP)?;
    let set = file
        .new_dataset::<Mark>()
        .shape((n_units, n_blocks))
        .no_chunk()
        .alloc_time(Some(AllocTime::Early))
        .create(BLOCKS)?;
    describe(
        &set,
        "one entry per block, (trial or group of trials) x (block of channels); checksum is XXH3-64 of the block's bytes \
         as stored, and of its models' and its numbers of trials where there are any, seconds what it took, finished is seconds since 1970",
    )
}

/// Adds the record of what was found in the samples of every trial and channel, empty, and the identity of the job.
///
/// # Errors
/// HDF5's.
pub fn create_records(
    file: &File,
    n_trials: usize,
    n_channels: usize,
    identity: &str,
) -> hdf5::Result<()> {
    let quality = file
        .new_dataset::<u8>()
        .shape((n_trials, n_channels))
        .no_chunk()
        .alloc_time(Some(AllocTime::Early))
        .create(QUALITY)?;
    describe(
        &quality,
        "what was found in the samples, (trial, channel), as a sum of flags",
    )?;
    quality
        .new_attr_builder()
        .with_data(&Flags::ALL.map(|(flag, _)| flag.bits()))
        .create("flag_masks")?;
    let meanings = Flags::ALL.map(|(_, name)| name).join(" ");
    text_attribute(&quality, "flag_meanings", &meanings)?;
    let text =
        VarLenUnicode::from_str(identity).map_err(|error| hdf5::Error::from(error.to_string()))?;
    file.new_dataset::<VarLenUnicode>()
        .create(IDENTITY)?
        .write_scalar(&text)
}

/// The checksum of all that stands beside the numbers: axes, their labels, the trial definition, the names of models' numbers.
///
/// # Errors
/// HDF5 cannot read it.
fn checksum_of_labels(file: &File) -> hdf5::Result<u64> {
    let mut hash = XxHash3_64::new();
    let mut names = file.member_names()?;
    names.sort_unstable();
    names.retain(|name| !["data", "sums", N].contains(&name.as_str()) && file.group(name).is_err());
    names.extend(trial_labels::stored(file)?);
    for name in &names {
        let set = file.dataset(name)?;
        let (claimed, stored) = (set.size() as u128 * 8, set.storage_size());
        if claimed > u128::from(stored) || stored > file.size() {
            return Err(format!("{name} claims more than is stored").into());
        }
        hash.write(name.as_bytes());
        if set.dtype()?.is::<VarLenUnicode>() {
            for label in set.read_raw::<VarLenUnicode>()? {
                hash.write(label.as_bytes());
                hash.write_u8(0);
            }
        } else {
            let numbers = set.read_raw::<f64>()?;
            hash.write(bytemuck::cast_slice(&numbers));
        }
    }
    fits::columns(file)?.iter().for_each(|name| {
        hash.write(name.as_bytes());
        hash.write_u8(0);
    });
    Ok(hash.finish())
}

/// Writes down the checksum of the labels that the file has.
///
/// # Errors
/// HDF5's.
pub fn seal_labels(file: &File) -> hdf5::Result<()> {
    let checksum = checksum_of_labels(file)?;
    let group = file.group(GROUP)?;
    group
        .new_attr::<u64>()
        .create(LABELS)?
        .write_scalar(&checksum)
}

/// Whether the labels are those that were written.
pub fn labels_are_good(file: &File) -> bool {
    let written = file
        .group(GROUP)
        .and_then(|group| group.attr(LABELS)?.read_scalar::<u64>());
    matches!((written, checksum_of_labels(file)), (Ok(written), Ok(found)) if written == found)
}

/// Fills the entries and flags of a file that has both.
///
/// # Errors
/// HDF5's.
pub fn write(file: &File, marks: &[Mark], flags: &[u8]) -> hdf5::Result<()> {
    file.dataset(BLOCKS)?.write_raw(marks)?;
    file.dataset(QUALITY)?.write_raw(flags)
}

fn describe(set: &Dataset, text: &str) -> hdf5::Result<()> {
    text_attribute(set, "description", text)
}

fn text_attribute(set: &Dataset, name: &str, text: &str) -> hdf5::Result<()> {
    let text = VarLenUnicode::from_str(text).expect("our own words have no zero byte");
    set.new_attr::<VarLenUnicode>()
        .create(name)?
        .write_scalar(&text)
}

/// A data set of a file that may be anything: contiguous, allocated, of the type and shape it should have, or why not.
fn checked<T: H5Type>(file: &File, name: &str, rank: usize) -> Result<Dataset, String> {
    let set = file
        .dataset(name)
        .map_err(|_| format!("no data set {name}"))?;
    let is_type = set.dtype().is_ok_and(|dtype| dtype.is::<T>());
    let shape = set.shape();
    if !is_type || shape.len() != rank {
        return Err(format!("the data set {name} has another type or shape"));
    }
    Ok(set)
}

/// The entries of a ledger, `n_units` × `n_blocks`, and that shape.
///
/// # Errors
/// What the file has instead.
pub fn marks(file: &File) -> Result<(Vec<Mark>, [usize; 2]), String> {
    let set = checked::<Mark>(file, BLOCKS, 2)?;
    room(&set, MARK_BYTES, BLOCKS)?;
    let shape = [set.shape()[0], set.shape()[1]];
    let marks = set
        .read_raw::<Mark>()
        .map_err(|error| format!("{BLOCKS}: {error}"))?;
    Ok((marks, shape))
}

/// Flags of every trial and channel, and that shape.
///
/// # Errors
/// What the file has instead.
pub fn quality(file: &File) -> Result<(Vec<u8>, [usize; 2]), String> {
    let set = checked::<u8>(file, QUALITY, 2)?;
    room(&set, 1, QUALITY)?;
    let flags = set
        .read_raw::<u8>()
        .map_err(|error| format!("{QUALITY}: {error}"))?;
    Ok((flags, [set.shape()[0], set.shape()[1]]))
}

/// The text of the identity.
///
/// # Errors
/// What the file has instead.
pub fn identity(file: &File) -> Result<String, String> {
    let set = checked::<VarLenUnicode>(file, IDENTITY, 0)?;
    let text = set
        .read_scalar::<VarLenUnicode>()
        .map_err(|error| format!("{IDENTITY}: {error}"))?;
    // HDF5 does not check what it calls UTF-8
    let bytes = text.as_bytes();
    if bytes.len() > MAX_IDENTITY {
        let n = bytes.len();
        return Err(format!(
            "{IDENTITY} is {n} bytes long; expected at most {MAX_IDENTITY}"
        ));
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| format!("{IDENTITY} is no UTF-8"))
}

/// First byte of the entries and of the flags, if the file has any.
pub fn addresses(file: &File) -> (Option<u64>, Option<u64>) {
    let of = |name: &str| file.dataset(name).ok()?.offset();
    (of(BLOCKS), of(QUALITY))
}

/// Refuses what claims more than its file holds.
fn room(set: &Dataset, element_bytes: usize, name: &str) -> Result<(), String> {
    let n: u128 = set.shape().iter().map(|&n| n as u128).product();
    let bytes = n * element_bytes as u128;
    let is_there = matches!(set.layout(), Layout::Contiguous)
        && set.offset().is_some()
        && bytes <= u128::from(set.storage_size());
    if is_there {
        Ok(())
    } else {
        Err(format!("the data set {name} is not stored in one piece"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_in_memory_is_the_entry_in_the_file() {
        assert_eq!(Mark::type_descriptor().size(), MARK_BYTES);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let file = File::create(&path).unwrap();
        create(&file, 3, 2).unwrap();
        let (at, _) = addresses(&file);
        let at = at.expect("entries have their room from the start") as usize;
        file.close().unwrap();
        let mark = Mark {
            done: 1,
            rank: 7,
            checksum: 0x0123_4567_89ab_cdef,
            seconds: 0.5,
            finished: 2e9,
        };
        let mut bytes = std::fs::read(&path).unwrap();
        let place = at + 5 * MARK_BYTES..at + 6 * MARK_BYTES;
        bytes[place].copy_from_slice(bytemuck::bytes_of(&mark));
        std::fs::write(&path, bytes).unwrap();
        let file = File::open(&path).unwrap();
        let (marks, shape) = super::marks(&file).unwrap();
        assert_eq!(shape, [3, 2]);
        assert_eq!(marks[5], mark);
        assert!(marks[..5].iter().all(|mark| *mark == Mark::default()));
        assert!(identity(&file).unwrap_err().contains("no data set"));
    }
}
