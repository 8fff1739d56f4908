//! A file of blocks, open on one rank: blocks are written to their places, synced, and then marked in the ledger.
//!
//! The rank has two descriptors of its own, neither of them HDF5's. Nothing but the bytes of blocks, marks and flags ever
//! changes, so the file opens at any moment, and a rank that outlives its job writes the same bytes again. Both are for
//! writing only, and the one of the marks syncs with every write: NFS then sends the bytes that were written and never
//! whole pages, in which other hosts may have written meanwhile (Linux, fs/nfs/write.c, `nfs_can_extend_write`).

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::time::{ClockId, Timespec, clock_gettime};
use serde::{Deserialize, Serialize};

use super::ledger::{MARK_BYTES, Mark, checksum};
use super::placement::Placement;
use super::publish::room_left;
use crate::error::{Error, IoContext, Result};
use crate::faults::{Point, is_armed, strike};

/// How long a rank that marks its blocks believes that the result is still its job's: a check asks the server of the file
/// system's names, which all ranks share, and there may be dozens of marks.
const BELIEVED_FOR: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 10_000_000,
};

/// Where everything lies in a file of blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Places {
    /// The spectra or sums.
    pub data: Placement,
    /// First byte of the ledger, and its entries.
    pub ledger: (u64, u64),
    /// First byte of the flags of trials × channels, and of their checksums, in files that have them.
    pub quality: Option<[u64; 2]>,
    /// First byte of the models of spectra and the numbers of one of them, in files that have any.
    pub fits: Option<(u64, usize)>,
    /// The numbers of trials of averages, in files that have any.
    pub n: Option<Placement>,
    /// Blocks of channels in a unit.
    pub n_blocks: usize,
    /// Channels of each block, but of the last one, which may have fewer.
    pub channels_per_block: usize,
    /// Channels in all.
    pub n_channels: usize,
    /// Number of the axis that is cut into blocks.
    pub channel_axis: usize,
}

/// What is written beside a block.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// Models of the spectra of its first row, if there are any.
    pub fits: &'a [f32],
    /// Trials that its numbers are means of, `(rows, freqs, channels)`, if they are.
    pub n: &'a [u32],
}

/// The open file.
pub struct Blocks {
    path: PathBuf,
    inode: u64,
    file: File,
    marks: File,
    places: Places,
    rank: u32,
    /// Done, but perhaps not on disk yet.
    pending: Vec<(u64, Mark)>,
    padded: Vec<u8>,
    bytes_written: u64,
}

impl Blocks {
    /// Opens the file on `rank`.
    ///
    /// # Errors
    /// It cannot be opened for writing.
    pub fn open(path: &Path, places: Places, rank: usize) -> Result<Blocks> {
        const DOING: &str = "open this file for writing";
        let open = |flags: OFlags| {
            OpenOptions::new()
                .write(true)
                .custom_flags(flags.bits() as i32)
                .open(path)
                .at(path, DOING)
        };
        let file = open(OFlags::NOFOLLOW)?;
        let inode = file.metadata().at(path, DOING)?.ino();
        Ok(Blocks {
            path: path.to_owned(),
            inode,
            file,
            marks: open(OFlags::NOFOLLOW | OFlags::DSYNC)?,
            places,
            rank: rank as u32,
            pending: Vec::new(),
            padded: Vec::new(),
            bytes_written: 0,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of spectra or sums that this rank has written.
    pub fn bytes_written(&self) -> u64 {
        self.bytes_written
    }

    /// Writes the block of `shape` at `start`, and what lies beside it; the checksum of all bytes.
    ///
    /// # Errors
    /// The system's reason, and the room on this disk.
    pub fn write(
        &mut self,
        start: &[usize],
        shape: &[usize],
        bytes: &[u8],
        beside: Beside,
    ) -> Result<u64> {
        let Beside { fits, n } = beside;
        let axis = self.places.channel_axis;
        let width = shape[axis];
        let reach = start[axis]..start[axis] + width;
        let padded = self.places.data.padded(axis, reach);
        let written = if padded == width {
            self.write_runs(start, shape, bytes)
        } else {
            // the channels of a row are not always neighbours: axes behind the channels come with them
            let behind: usize = shape[axis + 1..].iter().product();
            let row = behind * self.places.data.element_bytes();
            let mut room = std::mem::take(&mut self.padded);
            room.clear();
            for channels in bytes.chunks(width * row) {
                room.extend_from_slice(channels);
                room.resize(room.len() + (padded - width) * row, 0);
            }
            let mut shape = shape.to_vec();
            shape[axis] = padded;
            let written = self.write_runs(start, &shape, &room);
            self.padded = room;
            written
        };
        written.map_err(|error| self.no_room("write spectra", error))?;
        if !fits.is_empty() {
            self.write_fits(start[0] * self.places.n_channels + start[axis], fits)?;
        }
        if !n.is_empty() {
            self.write_n(start, shape, n)?;
        }
        let (fits, n): (&[u8], &[u8]) = (bytemuck::cast_slice(fits), bytemuck::cast_slice(n));
        self.bytes_written += (bytes.len() + fits.len() + n.len()) as u64;
        Ok(checksum([bytes, fits, n]))
    }

    fn write_runs(&self, start: &[usize], shape: &[usize], bytes: &[u8]) -> std::io::Result<()> {
        strike(Point::Write)?;
        let runs = self.places.data.runs(start, shape);
        if is_armed(Point::MidWrite) {
            let run = &runs[0];
            let half = run.bytes.start..run.bytes.start + run.bytes.len() / 2;
            self.file.write_all_at(&bytes[half], run.at)?;
            strike(Point::MidWrite)?;
        }
        for run in runs {
            self.file.write_all_at(&bytes[run.bytes], run.at)?;
        }
        Ok(())
    }

    /// Writes the flags of neighbouring channels of one trial, of whole blocks from number `first_block` on, and their checksums.
    ///
    /// # Errors
    /// The system's.
    ///
    /// # Panics
    /// If this file has none.
    pub fn write_quality(&self, trial: usize, first_block: usize, flags: &[u8]) -> Result<()> {
        let [at, of_blocks] = self.places.quality.expect("a result has flags");
        let width = self.places.channels_per_block;
        let checksums: Vec<u64> = flags.chunks(width).map(|flags| checksum([flags])).collect();
        let at = at + (trial * self.places.n_channels + first_block * width) as u64;
        let block = trial * self.places.n_blocks + first_block;
        let of_blocks = of_blocks + (block * size_of::<u64>()) as u64;
        self.file
            .write_all_at(flags, at)
            .and_then(|()| {
                self.file
                    .write_all_at(bytemuck::cast_slice(&checksums), of_blocks)
            })
            .map_err(|error| self.no_room("write what was found in the samples", error))
    }

    /// Writes models of neighbouring channels, from this one on, counted through all rows.
    ///
    /// # Errors
    /// The system's.
    ///
    /// # Panics
    /// If this file has no place for them.
    pub fn write_fits(&self, first: usize, fits: &[f32]) -> Result<()> {
        let (at, n_columns) = self.places.fits.expect("a result has room for models");
        let at = at + (first * n_columns * size_of::<f32>()) as u64;
        self.file
            .write_all_at(bytemuck::cast_slice(fits), at)
            .map_err(|error| self.no_room("write models of spectra", error))
    }

    /// Writes the numbers of trials of the block of `shape` at `start`.
    fn write_n(&self, start: &[usize], shape: &[usize], n: &[u32]) -> Result<()> {
        let places = self
            .places
            .n
            .as_ref()
            .expect("a result has room for numbers of trials");
        let without_tapers = |place: &[usize]| [place[0], place[2], place[3]];
        let bytes: &[u8] = bytemuck::cast_slice(n);
        for run in places.runs(&without_tapers(start), &without_tapers(shape)) {
            self.file
                .write_all_at(&bytes[run.bytes], run.at)
                .map_err(|error| self.no_room("write the numbers of trials", error))?;
        }
        Ok(())
    }

    /// The block is written, which took `seconds`; it will be marked by the next [`Blocks::mark`].
    pub fn done(&mut self, unit: usize, block: usize, checksum: u64, seconds: f64) {
        let item = (unit * self.places.n_blocks + block) as u64;
        self.pending
            .push((item, Mark::of(item, self.rank, checksum, seconds)));
    }

    /// The block is written as an earlier job had it, whose entry is kept.
    pub fn keep(&mut self, item: u64, mark: Mark) {
        self.pending.push((item, mark));
    }

    /// Makes sure that what this rank has written is on disk, in the file that has this name.
    ///
    /// # Errors
    /// The disk's, after which nothing of it counts: the kernel forgets what it could not write. The file is gone.
    pub fn sync(&mut self) -> Result<()> {
        let synced = self.check_there().and_then(|()| {
            strike(Point::Sync)
                .and_then(|()| Ok(rustix::fs::fdatasync(&self.file)?))
                .map_err(|error| self.no_room("sync spectra to disk", error))
        });
        if synced.is_err() {
            self.pending.clear();
        }
        synced
    }

    /// Marks the blocks that are on disk, while `check` says that this is still this job's to do.
    ///
    /// # Errors
    /// The system's; those of `check`.
    pub fn mark(&mut self, check: &dyn Fn() -> Result<()>) -> Result<()> {
        let mut pending = std::mem::take(&mut self.pending);
        pending.sort_unstable_by_key(|(item, _)| *item);
        let no_room = |error| self.no_room("mark blocks as done", error);
        let mut checked = None;
        let mut check = || {
            if is_fresh(checked) {
                return Ok(());
            }
            checked = Some(clock_gettime(ClockId::Boottime));
            check().and_then(|()| self.check_there())
        };
        strike(Point::Mark).map_err(no_room)?;
        let mut rest = &pending[..];
        while let Some((first, _)) = rest.first() {
            let follows = |(k, (item, _)): &(usize, &(u64, Mark))| *item == first + *k as u64;
            let n = rest.iter().enumerate().take_while(follows).count();
            let marks: Vec<Mark> = rest[..n].iter().map(|(_, mark)| *mark).collect();
            let at = self.places.ledger.0 + first * MARK_BYTES as u64;
            let (half, other) = marks.split_at(n / 2);
            check()?;
            let written = self.marks.write_all_at(bytemuck::cast_slice(half), at);
            written
                .and_then(|()| strike(Point::MidMark))
                .map_err(no_room)?;
            check()?;
            let at = at + (half.len() * MARK_BYTES) as u64;
            let written = self.marks.write_all_at(bytemuck::cast_slice(other), at);
            written.map_err(no_room)?;
            rest = &rest[n..];
        }
        Ok(())
    }

    /// Whether the file that is written still has its name.
    fn check_there(&self) -> Result<()> {
        let there = self.path.symlink_metadata();
        if there.is_ok_and(|metadata| metadata.ino() == self.inode) {
            Ok(())
        } else {
            Err(Error::Output {
                path: self.path.clone(),
                what: "this file was removed or replaced while the job ran".into(),
            })
        }
    }

    fn no_room(&self, doing: &str, error: std::io::Error) -> Error {
        Error::Output {
            path: self.path.clone(),
            what: format!("cannot {doing}: {error}{}", room_left(&self.path)),
        }
    }
}

/// Whether what was checked then is still believed. Time counts in which this process, or the host, was stopped.
fn is_fresh(checked: Option<Timespec>) -> bool {
    let now = clock_gettime(ClockId::Boottime);
    checked.is_some_and(|then| now - then < BELIEVED_FOR)
}
