//! A file of blocks, open on one rank: blocks are written to their places, synced, and then marked in the ledger.
//!
//! Nothing but the bytes of blocks, marks and flags ever changes, so the file opens at any moment, and a rank that outlives its job
//! writes the same bytes again.

mod parallel;
mod posix;

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::time::{ClockId, Timespec, clock_gettime};

use super::Driver;
use super::disk::room_left;
use super::ledger::{Mark, checksum};
use super::places::Places;
use crate::comm::{self, Hints, World};
use crate::error::{Error, IoContext, Result};
use crate::faults::{Point, strike};
use parallel::Parallel;
use posix::Posix;

/// How long a rank that marks its blocks believes that the result is still its job's: a check asks the server of the file
/// system's names, which all ranks share, and there may be dozens of marks.
const BELIEVED_FOR: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 10_000_000,
};

/// What a rank says that ends the job while others wait for it.
const KEPT: &str = "what is done is kept, --resume goes on";

/// What is written beside a block.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// Models of the spectra of its first row, if there are any.
    pub fits: &'a [f32],
    /// Trials that its numbers are means of, `(rows, freqs, channels)`, if they are.
    pub n: &'a [u32],
}

/// How the numbers of a file are written; places are counted in elements.
trait Access {
    /// Writes a box of the data set.
    fn write_data(&mut self, start: &[usize], shape: &[usize], bytes: &[u8]) -> io::Result<()>;

    /// Writes numbers of trials, `(rows, freqs, channels)`.
    fn write_n(&self, start: &[usize], shape: &[usize], bytes: &[u8]) -> io::Result<()>;

    /// Writes models of neighbouring channels of a row.
    fn write_fits(&self, row: usize, channel: usize, fits: &[f32]) -> io::Result<()>;

    /// Writes the flags of neighbouring channels of a trial, of whole blocks, and their checksums.
    fn write_quality(
        &self,
        trial: usize,
        first_block: usize,
        flags: &[u8],
        checksums: &[u64],
    ) -> io::Result<()>;

    /// Writes neighbouring entries of the ledger, so that they stay after all that was synced.
    fn write_marks(&self, first: u64, marks: &[Mark]) -> io::Result<()>;

    /// Hands what was written over to the system.
    fn flush(&self) -> io::Result<()>;
}

/// How a file of blocks is opened.
pub struct Opening {
    /// Its data set.
    pub name: &'static str,
    /// Where everything lies in it.
    pub places: Places,
    /// How it is written.
    pub driver: Driver,
    /// What MPI should know of it.
    pub hints: Hints,
}

/// The ways to write an open file.
enum Open {
    Posix(Box<Posix>),
    Parallel(Box<Parallel>),
}

impl Open {
    fn access(&mut self) -> &mut dyn Access {
        match self {
            Open::Posix(posix) => &mut **posix,
            Open::Parallel(parallel) => &mut **parallel,
        }
    }
}

/// The open file.
pub struct Blocks {
    path: PathBuf,
    inode: u64,
    opening: Opening,
    /// None while the ranks rest.
    open: Option<Open>,
    /// A descriptor of its own, to sync the file.
    file: File,
    rank: u32,
    /// Done, but perhaps not on disk yet.
    pending: Vec<(u64, Mark)>,
    bytes_written: u64,
}

impl Blocks {
    /// Opens the file on all ranks. Collective.
    ///
    /// # Errors
    /// It cannot be opened for writing.
    pub fn open(path: &Path, opening: Opening, world: &World) -> Result<Blocks> {
        let mut blocks = world.agree(Blocks::closed(path, opening, world.rank()))?;
        blocks.go_on(world)?;
        Ok(blocks)
    }

    /// Opens the file for this rank alone, while no other one has it open.
    ///
    /// # Errors
    /// It cannot be opened for writing.
    pub fn open_alone(path: &Path, places: Places) -> Result<Blocks> {
        let posix = Posix::open(path, places.clone())?;
        let opening = Opening {
            name: "data",
            places,
            driver: Driver::Posix,
            hints: Hints::default(),
        };
        let blocks = Blocks::closed(path, opening, 0)?;
        Ok(Blocks {
            open: Some(Open::Posix(Box::new(posix))),
            ..blocks
        })
    }

    fn closed(path: &Path, opening: Opening, rank: usize) -> Result<Blocks> {
        const DOING: &str = "open this file";
        let file = File::open(path).at(path, DOING)?;
        let inode = file.metadata().at(path, DOING)?.ino();
        Ok(Blocks {
            path: path.to_owned(),
            inode,
            opening,
            open: None,
            file,
            rank: rank as u32,
            pending: Vec::new(),
            bytes_written: 0,
        })
    }

    /// Opens the file again after [`Blocks::rest`]. Collective.
    ///
    /// # Errors
    /// It cannot be opened for writing.
    pub fn go_on(&mut self, world: &World) -> Result<()> {
        if self.open.is_some() {
            return Ok(());
        }
        let (path, opening) = (&self.path, &self.opening);
        self.open = Some(match opening.driver {
            Driver::Posix => {
                let opened = Posix::open(path, opening.places.clone());
                Open::Posix(Box::new(world.agree(opened)?))
            }
            Driver::Mpio => Open::Parallel(Box::new(Parallel::open(path, opening, world)?)),
        });
        Ok(())
    }

    /// All ranks have written what they will for now: from here on every rank sees what the others have written. Collective.
    pub fn rest(&mut self, world: &World) {
        if let Some(Open::Parallel(_)) = &self.open
            && let Some(Open::Parallel(parallel)) = self.open.take()
        {
            parallel.close(&self.path);
            world.barrier();
        }
    }

    /// Agrees on a result of all ranks; where they share an open file, a rank that has failed ends the job. Collective.
    ///
    /// # Errors
    /// As [`World::agree`].
    pub fn agree<T>(&self, result: Result<T>, world: &World) -> Result<T> {
        let is_shared =
            matches!(&self.open, Some(Open::Parallel(parallel)) if parallel.is_shared());
        match result {
            Err(error) if is_shared => comm::fail(error.with_kept(KEPT.into())),
            result => world.agree(result),
        }
    }

    fn access(&mut self) -> &mut dyn Access {
        let open = self.open.as_mut();
        open.expect("nobody writes while the ranks rest").access()
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
        let written =
            strike(Point::Write).and_then(|()| self.access().write_data(start, shape, bytes));
        written.map_err(|error| self.no_room("write spectra", error))?;
        if !fits.is_empty() {
            let channel = start[self.opening.places.channel_axis];
            self.write_fits(start[0], channel, fits)?;
        }
        let (fits, n): (&[u8], &[u8]) = (bytemuck::cast_slice(fits), bytemuck::cast_slice(n));
        if !n.is_empty() {
            let without_tapers = |place: &[usize]| [place[0], place[2], place[3]];
            let (start, shape) = (without_tapers(start), without_tapers(shape));
            let written = self.access().write_n(&start, &shape, n);
            written.map_err(|error| self.no_room("write the numbers of trials", error))?;
        }
        self.bytes_written += (bytes.len() + fits.len() + n.len()) as u64;
        Ok(checksum([bytes, fits, n]))
    }

    /// Writes the flags of neighbouring channels of one trial, of whole blocks from number `first_block` on, and their checksums.
    ///
    /// # Errors
    /// The system's.
    ///
    /// # Panics
    /// If this file has none.
    pub fn write_quality(&mut self, trial: usize, first_block: usize, flags: &[u8]) -> Result<()> {
        let width = self.opening.places.channels_per_block;
        let checksums: Vec<u64> = flags.chunks(width).map(|flags| checksum([flags])).collect();
        let access = self.access();
        let written = access.write_quality(trial, first_block, flags, &checksums);
        written.map_err(|error| self.no_room("write what was found in the samples", error))
    }

    /// Writes models of neighbouring channels of a row, from this one on.
    ///
    /// # Errors
    /// The system's.
    ///
    /// # Panics
    /// If this file has no place for them.
    pub fn write_fits(&mut self, row: usize, channel: usize, fits: &[f32]) -> Result<()> {
        let written = self.access().write_fits(row, channel, fits);
        written.map_err(|error| self.no_room("write models of spectra", error))
    }

    /// The block is written, which took `seconds`; it will be marked by the next [`Blocks::mark`].
    pub fn done(&mut self, unit: usize, block: usize, checksum: u64, seconds: f64) {
        let item = (unit * self.opening.places.n_blocks + block) as u64;
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
                .and_then(|()| self.access().flush())
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
        let no_room = |blocks: &Blocks, error| blocks.no_room("mark blocks as done", error);
        let mut checked = None;
        let mut check = |blocks: &Blocks| {
            if is_fresh(checked) {
                return Ok(());
            }
            checked = Some(clock_gettime(ClockId::Boottime));
            check().and_then(|()| blocks.check_there())
        };
        strike(Point::Mark).map_err(|error| no_room(self, error))?;
        let mut rest = &pending[..];
        while let Some((first, _)) = rest.first() {
            let follows = |(k, (item, _)): &(usize, &(u64, Mark))| *item == first + *k as u64;
            let n = rest.iter().enumerate().take_while(follows).count();
            let marks: Vec<Mark> = rest[..n].iter().map(|(_, mark)| *mark).collect();
            let (half, other) = marks.split_at(n / 2);
            check(self)?;
            let written = self.access().write_marks(*first, half);
            written
                .and_then(|()| strike(Point::MidMark))
                .map_err(|error| no_room(self, error))?;
            check(self)?;
            let written = self.access().write_marks(first + half.len() as u64, other);
            written.map_err(|error| no_room(self, error))?;
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
