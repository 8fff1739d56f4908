//! A file of blocks that this rank writes itself, with `pwrite`, at the places that HDF5 has given its numbers.
//!
//! The rank has two descriptors of its own, neither of them HDF5's. Both are for writing only, and the one of the marks syncs with
//! every write: NFS then sends the bytes that were written and never whole pages, in which other hosts may have written meanwhile
//! (Linux, fs/nfs/write.c, `nfs_can_extend_write`).

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use super::Access;
use crate::error::{IoContext, Result};
use crate::faults::{Point, is_armed, strike};
use crate::output::ledger::{MARK_BYTES, Mark};
use crate::output::places::Places;

/// The open file.
pub struct Posix {
    file: File,
    marks: File,
    places: Places,
    padded: Vec<u8>,
}

impl Posix {
    /// Opens the file.
    ///
    /// # Errors
    /// It cannot be opened for writing.
    pub fn open(path: &Path, places: Places) -> Result<Posix> {
        let open = |flags: OFlags| {
            OpenOptions::new()
                .write(true)
                .custom_flags(flags.bits() as i32)
                .open(path)
                .at(path, "open this file for writing")
        };
        Ok(Posix {
            file: open(OFlags::NOFOLLOW)?,
            marks: open(OFlags::NOFOLLOW | OFlags::DSYNC)?,
            places,
            padded: Vec::new(),
        })
    }

    fn write_runs(&self, start: &[usize], shape: &[usize], bytes: &[u8]) -> io::Result<()> {
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
}

impl Access for Posix {
    fn write_data(&mut self, start: &[usize], shape: &[usize], bytes: &[u8]) -> io::Result<()> {
        let axis = self.places.channel_axis;
        let width = shape[axis];
        let reach = start[axis]..start[axis] + width;
        let padded = self.places.data.padded(axis, reach);
        if padded == width {
            return self.write_runs(start, shape, bytes);
        }
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
    }

    fn write_n(&self, start: &[usize], shape: &[usize], bytes: &[u8]) -> io::Result<()> {
        let places = self.places.n.as_ref();
        let places = places.expect("a result has room for numbers of trials");
        let mut runs = places.runs(start, shape).into_iter();
        runs.try_for_each(|run| self.file.write_all_at(&bytes[run.bytes], run.at))
    }

    fn write_fits(&self, row: usize, channel: usize, fits: &[f32]) -> io::Result<()> {
        let (at, n_columns) = self.places.fits.expect("a result has room for models");
        let first = row * self.places.n_channels + channel;
        let at = at + (first * n_columns * size_of::<f32>()) as u64;
        self.file.write_all_at(bytemuck::cast_slice(fits), at)
    }

    fn write_quality(
        &self,
        trial: usize,
        first_block: usize,
        flags: &[u8],
        checksums: &[u64],
    ) -> io::Result<()> {
        let [at, of_blocks] = self.places.quality.expect("a result has flags");
        let channel = first_block * self.places.channels_per_block;
        let at = at + (trial * self.places.n_channels + channel) as u64;
        let block = trial * self.places.n_blocks + first_block;
        let of_blocks = of_blocks + (block * size_of::<u64>()) as u64;
        self.file.write_all_at(flags, at)?;
        self.file
            .write_all_at(bytemuck::cast_slice(checksums), of_blocks)
    }

    fn write_marks(&self, first: u64, marks: &[Mark]) -> io::Result<()> {
        let at = self.places.ledger + first * MARK_BYTES as u64;
        self.marks.write_all_at(bytemuck::cast_slice(marks), at)
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}
