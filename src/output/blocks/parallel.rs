//! A file of blocks that all ranks write through parallel HDF5, each for itself, with independent `H5Dwrite` over MPI-IO: for file
//! systems on which nothing else is coherent. The file was made whole before; only numbers change, so that no metadata are ever in
//! flight, and a job that is killed leaves a file that opens. A single rank writes through HDF5's default driver.
//!
//! Opening and closing are collective in MPI-IO: a rank that fails there, or while the file is open, ends the job and never closes
//! it.

use std::io;
use std::path::Path;

use hdf5::{Dataset, File};

use super::{Access, Opening};
use crate::comm::{self, Info, World};
use crate::error::{Hdf5Context, IoContext, Result};
use crate::faults::{Point, strike};
use crate::output::calls::{reason, report_hints, unlock, write_box};
use crate::output::fits::FITS;
use crate::output::ledger::{Mark, SETS};
use crate::output::numbers_of_trials::N;

/// The file, open on this rank.
pub struct Parallel {
    file: File,
    data: Dataset,
    n: Option<Dataset>,
    fits: Option<Dataset>,
    /// Entries of the ledger; flags and their checksums, in files that have any.
    marks: Dataset,
    quality: Option<[Dataset; 2]>,
    channels_per_block: usize,
    is_alone: bool,
}

impl Parallel {
    /// Opens the file on all ranks. Collective.
    ///
    /// # Errors
    /// Some rank cannot open it for writing, which is found out before HDF5 is asked.
    pub fn open(path: &Path, opening: &Opening, world: &World) -> Result<Parallel> {
        let there = std::fs::File::options().read(true).write(true).open(path);
        world.agree(there.at(path, "open this file for writing"))?;
        // the others may be in the middle of it, and would wait for this rank
        let opened = Parallel::open_together(path, opening, world);
        Ok(opened.unwrap_or_else(|error| comm::fail(error)))
    }

    fn open_together(path: &Path, opening: &Opening, world: &World) -> Result<Parallel> {
        let hints = opening.hints.without_sieving();
        let mut options = File::with_options();
        let communicator = world.communicator();
        let info = hints.for_mpi();
        if let Some(communicator) = communicator {
            let info = info.as_ref().map(Info::as_raw);
            options.with_fapl(|fapl| fapl.mpio(communicator, info));
        }
        let file = options
            .open_rw(path)
            .at(path, "open this file on all ranks")?;
        if communicator.is_none() {
            // whoever asks for the status of a job reads its ledger
            unlock(&file).at(path, "unlock this file")?;
        } else if world.is_root() {
            // nobody leaves a collective call for a line of the log
            if let Err(error) = report_hints(&file, &opening.hints, path) {
                let path = path.display();
                tracing::debug!("{path}: cannot ask for its MPI-IO hints: {error}");
            }
        }
        let set = |name: &str| {
            let doing = format!("open the data set {name}");
            file.dataset(name).at(path, doing)
        };
        let [marks, flags, checksums] = SETS;
        let is_result = opening.places.quality.is_some();
        Ok(Parallel {
            data: set(opening.name)?,
            n: opening.places.n.as_ref().map(|_| set(N)).transpose()?,
            fits: opening.places.fits.map(|_| set(FITS)).transpose()?,
            marks: set(marks)?,
            quality: match is_result {
                true => Some([set(flags)?, set(checksums)?]),
                false => None,
            },
            channels_per_block: opening.places.channels_per_block,
            is_alone: communicator.is_none(),
            file,
        })
    }

    /// Closes the file on all ranks. Collective.
    pub fn close(self, path: &Path) {
        let Parallel {
            file,
            data,
            n,
            fits,
            marks,
            quality,
            ..
        } = self;
        drop((data, n, fits, marks, quality));
        let closed = file.close().at(path, "close this file on all ranks");
        closed.unwrap_or_else(|error| comm::fail(error));
    }

    /// Whether other ranks have it open too.
    pub fn is_shared(&self) -> bool {
        !self.is_alone
    }
}

fn write(set: &Dataset, start: &[usize], shape: &[usize], bytes: &[u8]) -> io::Result<()> {
    write_box(set, start, shape, bytes).map_err(|error| io::Error::other(reason(&error)))
}

impl Access for Parallel {
    fn write_data(&mut self, start: &[usize], shape: &[usize], bytes: &[u8]) -> io::Result<()> {
        let half = shape[0] / 2;
        if half == 0 {
            strike(Point::MidWrite)?;
            return write(&self.data, start, shape, bytes);
        }
        // rows are the first axis of what is in memory too
        let (mut first, mut second) = (shape.to_vec(), shape.to_vec());
        let mut middle = start.to_vec();
        (first[0], second[0], middle[0]) = (half, shape[0] - half, start[0] + half);
        let (before, after) = bytes.split_at(bytes.len() / shape[0] * half);
        write(&self.data, start, &first, before)?;
        strike(Point::MidWrite)?;
        write(&self.data, &middle, &second, after)
    }

    fn write_n(&self, start: &[usize], shape: &[usize], bytes: &[u8]) -> io::Result<()> {
        let n = self.n.as_ref();
        let n = n.expect("a result has room for numbers of trials");
        write(n, start, shape, bytes)
    }

    fn write_fits(&self, row: usize, channel: usize, fits: &[f32]) -> io::Result<()> {
        let set = self.fits.as_ref().expect("a result has room for models");
        let n_columns = set.shape()[2];
        let shape = [1, fits.len() / n_columns, n_columns];
        write(set, &[row, channel, 0], &shape, bytemuck::cast_slice(fits))
    }

    fn write_quality(
        &self,
        trial: usize,
        first_block: usize,
        flags: &[u8],
        checksums: &[u64],
    ) -> io::Result<()> {
        let [set, of_blocks] = self.quality.as_ref().expect("a result has flags");
        let channel = first_block * self.channels_per_block;
        write(set, &[trial, channel], &[1, flags.len()], flags)?;
        let place = [trial, first_block];
        let bytes = bytemuck::cast_slice(checksums);
        write(of_blocks, &place, &[1, checksums.len()], bytes)
    }

    fn write_marks(&self, first: u64, marks: &[Mark]) -> io::Result<()> {
        let n_blocks = self.marks.shape()[1];
        let mut item = first as usize;
        let mut rest = marks;
        while !rest.is_empty() {
            // as far as the row of a unit goes
            let (unit, block) = (item / n_blocks, item % n_blocks);
            let (row, later) = rest.split_at(rest.len().min(n_blocks - block));
            let bytes = bytemuck::cast_slice(row);
            write(&self.marks, &[unit, block], &[1, row.len()], bytes)?;
            item += row.len();
            rest = later;
        }
        // one rank alone has what it wrote still in memory
        self.flush()
    }

    fn flush(&self) -> io::Result<()> {
        if !self.is_alone {
            return Ok(());
        }
        let flushed = self.file.flush();
        flushed.map_err(|error| io::Error::other(reason(&error)))
    }
}
