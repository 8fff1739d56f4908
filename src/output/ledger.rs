//! The ledger of a file: one entry per block, and what was found in the samples. It lies in a group of its own, since
//! unlabelled data sets beside labelled ones would keep xarray from opening the file. Entries have their room from the
//! start and are written in place, so that the file opens at any moment.

use bytemuck::{Pod, Zeroable};
use hdf5::dataset::{AllocTime, Layout};
use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, File, H5Type};
use serde::{Deserialize, Serialize};
use std::hash::Hasher;
use std::ops::Range;
use std::str::FromStr;
use std::time::SystemTime;
use twox_hash::XxHash3_64;

use crate::quality::Flags;

/// The group.
pub const GROUP: &str = "ledger";
const BLOCKS: &str = "ledger/blocks";
const QUALITY: &str = "ledger/quality";
const CHECKSUMS: &str = "ledger/quality_checksums";
/// The data sets of numbers.
pub const SETS: [&str; 3] = [BLOCKS, QUALITY, CHECKSUMS];
const IDENTITY: &str = "ledger/identity";

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
    pub seconds: f32,
    /// The low half of the XXH3-64 of the entry's place in the ledger and its other fields.
    pub check: u32,
    /// When it was done, in s since 1970.
    pub finished: f64,
}

/// [`Mark::done`] of an entry that was read and is not what was written.
const HURT: u32 = u32::MAX;

/// Bytes of an entry, also in the file.
pub const MARK_BYTES: usize = size_of::<Mark>();

impl Mark {
    /// The entry of item number `item`, done now.
    pub fn of(item: u64, rank: u32, checksum: u64, seconds: f64) -> Mark {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let mark = Mark {
            done: 1,
            rank,
            checksum,
            seconds: seconds as f32,
            check: 0,
            finished: since.map_or(0.0, |since| since.as_secs_f64()),
        };
        Mark {
            check: mark.check_at(item),
            ..mark
        }
    }

    fn check_at(&self, item: u64) -> u32 {
        let fields = Mark { check: 0, ..*self };
        checksum([&item.to_le_bytes(), bytemuck::bytes_of(&fields)]) as u32
    }

    /// Whether the block is done.
    pub fn is_done(&self) -> bool {
        self.done == 1
    }

    /// Whether the entry is not what was written.
    pub fn is_hurt(&self) -> bool {
        self.done == HURT
    }
}

/// Entries as they are in a file, from item number 0 on: those that are not what was written are [`Mark::is_hurt`].
pub fn checked_marks(mut marks: Vec<Mark>) -> Vec<Mark> {
    for (item, mark) in marks.iter_mut().enumerate() {
        let is_good = match mark.done {
            0 => bytemuck::bytes_of(mark) == bytemuck::bytes_of(&Mark::default()),
            _ => mark.is_done() && mark.check == mark.check_at(item as u64),
        };
        if !is_good {
            mark.done = HURT;
        }
    }
    marks
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
         as stored, and of its models' and its numbers of trials where there are any, seconds what it took, check the low half of the \
         XXH3-64 of the entry's number and its other fields, finished is seconds since 1970",
    )
}

/// Adds the record of what was found in the samples of every trial and channel, empty, its checksums by block of channels, and
/// the identity of the job.
///
/// # Errors
/// HDF5's.
pub fn create_records(
    file: &File,
    [n_trials, n_channels, n_blocks]: [usize; 3],
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
    let checksums = file
        .new_dataset::<u64>()
        .shape((n_trials, n_blocks))
        .no_chunk()
        .alloc_time(Some(AllocTime::Early))
        .create(CHECKSUMS)?;
    describe(
        &checksums,
        "XXH3-64 of the flags in quality, (trial, block of channels); 0 where nothing was looked at yet",
    )?;
    let text =
        VarLenUnicode::from_str(identity).map_err(|error| hdf5::Error::from(error.to_string()))?;
    file.new_dataset::<VarLenUnicode>()
        .create(IDENTITY)?
        .write_scalar(&text)
}

/// Fills the entries, the flags and their checksums of a file that has them.
///
/// # Errors
/// HDF5's.
pub fn write(file: &File, marks: &[Mark], quality: &Quality) -> hdf5::Result<()> {
    file.dataset(BLOCKS)?.write_raw(marks)?;
    file.dataset(QUALITY)?.write_raw(&quality.flags)?;
    file.dataset(CHECKSUMS)?.write_raw(&quality.checksums)
}

/// What was found in the samples.
pub struct Quality {
    /// Flags of every trial and channel.
    pub flags: Vec<u8>,
    /// Their checksums, by trial and block of channels.
    pub checksums: Vec<u64>,
    /// Trials, channels, and blocks of channels.
    pub shape: [usize; 3],
}

impl Quality {
    /// Whether the flags of a trial in a block of `channels` are those that were written; flags that were not written yet are.
    pub fn is_good(&self, trial: usize, block: usize, channels: &Range<usize>) -> bool {
        let [_, n_channels, n_blocks] = self.shape;
        let row = &self.flags[trial * n_channels..(trial + 1) * n_channels];
        let flags = &row[channels.clone()];
        match self.checksums[trial * n_blocks + block] {
            0 => flags.iter().all(|&flag| flag == 0),
            written => written == checksum([flags]),
        }
    }
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
    Ok((checked_marks(marks), shape))
}

/// Flags of every trial and channel.
///
/// # Errors
/// What the file has instead.
pub fn quality(file: &File) -> Result<Quality, String> {
    let set = checked::<u8>(file, QUALITY, 2)?;
    room(&set, 1, QUALITY)?;
    let flags = set
        .read_raw::<u8>()
        .map_err(|error| format!("{QUALITY}: {error}"))?;
    let of_blocks = checked::<u64>(file, CHECKSUMS, 2)?;
    room(&of_blocks, size_of::<u64>(), CHECKSUMS)?;
    let checksums = of_blocks
        .read_raw::<u64>()
        .map_err(|error| format!("{CHECKSUMS}: {error}"))?;
    let (n_trials, n_blocks) = (set.shape()[0], of_blocks.shape()[1]);
    if of_blocks.shape()[0] != n_trials {
        return Err(format!("{QUALITY} and {CHECKSUMS} are of other trials"));
    }
    Ok(Quality {
        flags,
        checksums,
        shape: [n_trials, set.shape()[1], n_blocks],
    })
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

/// First byte of the entries, of the flags, and of their checksums, as far as the file has them.
pub fn addresses(file: &File) -> [Option<u64>; 3] {
    SETS.map(|name| file.dataset(name).ok()?.offset())
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
        let [at, ..] = addresses(&file);
        let at = at.expect("entries have their room from the start") as usize;
        file.close().unwrap();
        let mark = Mark::of(5, 7, 0x0123_4567_89ab_cdef, 0.5);
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

    #[test]
    fn every_flipped_bit_of_an_entry_is_seen() {
        let marks = [Mark::default(), Mark::of(1, 3, 99, 0.25)];
        for item in 0..2 {
            for bit in 0..MARK_BYTES * 8 {
                let mut damaged = marks.to_vec();
                let bytes = bytemuck::bytes_of_mut(&mut damaged[item]);
                bytes[bit / 8] ^= 1 << (bit % 8);
                let read = checked_marks(damaged);
                assert!(read[item].is_hurt() && !read[item].is_done(), "bit {bit}");
                assert!(!read[1 - item].is_hurt());
            }
        }
        // an entry of another block is none
        let moved = checked_marks(vec![marks[1], Mark::default()]);
        assert!(moved[0].is_hurt());
    }

    #[test]
    fn every_flipped_bit_of_the_flags_is_seen() {
        let quality = |flags: Vec<u8>, checksums: Vec<u64>| Quality {
            flags,
            checksums,
            shape: [2, 3, 2],
        };
        let flags = vec![0, 4, 8, 0, 0, 0];
        let checksums = vec![checksum([&[0, 4]]), checksum([&[8]]), 0, 0];
        let is_good = |quality: &Quality| {
            [0, 1].map(|trial| {
                [0..2, 2..3]
                    .iter()
                    .enumerate()
                    .all(|(block, channels)| quality.is_good(trial, block, channels))
            })
        };
        assert_eq!(
            is_good(&quality(flags.clone(), checksums.clone())),
            [true, true]
        );
        for bit in 0..flags.len() * 8 {
            let mut damaged = flags.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let found = is_good(&quality(damaged, checksums.clone()));
            assert!(!found[bit / 24], "bit {bit}");
        }
        for bit in 0..checksums.len() * 64 {
            let mut damaged = checksums.clone();
            damaged[bit / 64] ^= 1 << (bit % 64);
            let found = is_good(&quality(flags.clone(), damaged));
            assert!(!found[bit / 128], "bit {bit}");
        }
    }
}
