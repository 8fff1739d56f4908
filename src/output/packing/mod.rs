//! The compressed copy of a finished part file, made by all ranks together.
//!
//! Compressed tiles have no place of their own before they are written: HDF5 has to place them. So the job itself writes plain
//! numbers, and this pass comes last: every rank compresses tiles, and rank 0 alone has the copy open and stores them. No rank
//! ever waits for others inside HDF5, where a disk that fills up would keep them for ever. A kill loses the pass and nothing
//! else. The copy is read back against the ledger before it may become the result.

mod encode;
mod tiles;

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use hdf5::plist::dataset_create::DatasetCreateBuilder;
use hdf5::{Dataset, File, H5Type};

use super::calls::{place_of_tile, reason, write_tile};
use super::disk::room_left;
use super::fits::{FITS, Fits};
use super::ledger::{self, SETS};
use super::numbers::with_stored_type;
use super::numbers_of_trials::{N, NumbersOfTrials};
use super::part_file::{ALIGNMENT, attach_all, labels, new_file};
use super::places::Places;
use super::places::{self, Shape};
use super::seal::Seal;
use super::stored::StoredResult;
use super::stored_blocks::StoredBlocks;
use super::tile::tile;
use super::{Claim, Outline, Target};
use crate::comm::{self, World};
use crate::error::{Error, Hdf5Context, IoContext, Result};
use tiles::{Tiles, first_element};

/// How often rank 0 looks for tiles when it has none of its own.
const LOOK_EVERY: Duration = Duration::from_micros(200);
/// Bytes that are stored before they are synced to disk: at the end it takes no long time then.
const SYNC_AFTER: u64 = 1 << 30;
/// Bytes of a tile's number, which its message begins with.
const NUMBER: usize = size_of::<u64>();
const DOING: &str = "write compressed spectra";

/// How a result is compressed: in ways that every reader of HDF5 understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    /// gzip's level, 1 to 9.
    pub level: u8,
    /// Whether the bytes of numbers are sorted by their place first, which lets floats shrink.
    pub shuffle: bool,
}

/// Makes the compressed copy `target.packed`; false when the job was asked to stop. What is left of a
/// copy that is not whole is for the caller to remove. A rank that fails while rank 0 waits for its tiles ends the job, and says what is `kept`. Collective.
///
/// # Errors
/// The copy cannot be made, or does not hold what it should.
pub fn pack(
    target: &Target,
    outline: Outline,
    places_of_result: &Places,
    compression: Compression,
    claim: &mut Claim,
    kept: &str,
    world: &World,
) -> Result<bool> {
    let path = &target.packed;
    let copy = world.on_root(|| {
        claim.check()?;
        let file = new_file(path, outline.mpi_hints)?;
        claim.own(&[path])?;
        Copy::begin(target, outline, compression, file)
    })?;
    claim.own_if_there(path);
    let source = StoredBlocks::open(&target.part, places_of_result.data.clone());
    let mut tiles = Tiles::new(world.agree(source)?, outline, compression, world);
    let made = match copy {
        Some(mut copy) => {
            let gathered = gather(&mut copy, &mut tiles, path, world);
            gathered.and_then(|()| copy.end(path))
        }
        None => hand_in(&mut tiles, path, world),
    };
    // the others wait for this rank's tiles, or for the end of rank 0's work
    made.unwrap_or_else(|error| {
        claim.remove_packed();
        comm::fail(error.with_kept(kept.to_owned()))
    });
    // all stop, or none
    if world.min(u64::from(!tiles.were_left)) == 0 {
        return Ok(false);
    }
    world.agree(check(path, outline, world))?;
    Ok(true)
}

/// Rank 0's work: it stores the tiles of all ranks, and compresses its own.
fn gather(copy: &mut Copy, tiles: &mut Tiles, path: &Path, world: &World) -> Result<()> {
    let mut n_at_work = world.size() - 1;
    loop {
        while let Some(message) = world.take_handed_in() {
            if message.is_empty() {
                n_at_work -= 1;
            } else {
                copy.store(&message, path)?;
            }
        }
        match tiles.next(path, world)? {
            Some(message) => copy.store(&message, path)?,
            None if n_at_work == 0 => return Ok(()),
            None => std::thread::sleep(LOOK_EVERY),
        }
    }
}

/// The work of every other rank; a message without a tile is the last one.
fn hand_in(tiles: &mut Tiles, path: &Path, world: &World) -> Result<()> {
    let mut ready = tiles.next(path, world)?;
    while let Some(message) = ready {
        ready = world.hand_in(&message, || tiles.next(path, world))?;
    }
    world.hand_in(&[], || ());
    Ok(())
}

/// The copy, open on rank 0.
struct Copy {
    file: File,
    data: Dataset,
    /// A descriptor of its own, to sync it.
    plain: std::fs::File,
    shape: Vec<usize>,
    tile: Vec<usize>,
    not_synced: u64,
    /// Where the tiles lie, `(first byte, bytes)`.
    places: Vec<(u64, u64)>,
}

impl Copy {
    /// Everything but the spectra: labels, ledger, flags, identity; and room for the tiles.
    fn begin(
        target: &Target,
        outline: Outline,
        compression: Compression,
        file: File,
    ) -> Result<Copy> {
        let path = &target.packed;
        copy_labels(target, outline, compression, &file)?;
        let shape = Shape::of_result(outline);
        let tile = tile(&shape.data, shape.numbers.bytes());
        let data = data_set(&file, &shape, &tile, compression)
            .at(path, "make room for compressed spectra")?;
        attach_all(&file, &data, outline).at(path, "attach the axes to data")?;
        Ok(Copy {
            file,
            data,
            plain: std::fs::File::open(path).at(path, "open this file")?,
            shape: shape.data,
            tile,
            not_synced: 0,
            places: Vec::new(),
        })
    }

    /// Stores the tile of a message.
    fn store(&mut self, message: &[u8], path: &Path) -> Result<()> {
        let (number, bytes) = message.split_at(NUMBER);
        let number = u64::from_le_bytes(number.try_into().expect("a number of that size"));
        let first = first_element(number as usize, &self.shape, &self.tile);
        let first: Vec<u64> = first.into_iter().map(|n| n as u64).collect();
        let before = self.file.size();
        write_tile(&self.data, &first, bytes).map_err(|error| no_room(path, reason(&error)))?;
        let place = self.place_of(&first, bytes, before);
        self.places
            .push(place.at(path, "find the tile that was stored")?);
        self.not_synced += bytes.len() as u64;
        if self.not_synced >= SYNC_AFTER {
            self.not_synced = 0;
            self.plain
                .sync_data()
                .map_err(|error| no_room(path, error))?;
        }
        comm::note_progress();
        Ok(())
    }

    /// Where the tile that begins at `first` was stored, in a file of so many bytes `before`. HDF5 looks at all tiles to find one;
    /// this one lies at the end of the file, but for what HDF5 has placed behind or before it.
    fn place_of(&self, first: &[u64], bytes: &[u8], before: u64) -> hdf5::Result<(u64, u64)> {
        let length = bytes.len() as u64;
        let last = self.file.size().saturating_sub(length);
        let mut stored = vec![0; bytes.len()];
        for at in [
            before.next_multiple_of(ALIGNMENT),
            last,
            last / ALIGNMENT * ALIGNMENT,
        ] {
            if self.plain.read_exact_at(&mut stored, at).is_ok() && stored == bytes {
                return Ok((at, length));
            }
        }
        let place = place_of_tile(&self.data, first)?;
        place.ok_or_else(|| "it has no place".into())
    }

    /// Closes the copy, syncs it to disk and seals it, before the plain file may go.
    fn end(self, path: &Path) -> Result<()> {
        drop(self.data);
        let others = [N, FITS].into_iter().chain(SETS).collect::<Vec<_>>();
        let others = places::numbers(&self.file, &others).at(path, "find the numbers")?;
        self.file
            .close()
            .map_err(|error| no_room(path, reason(&error)))?;
        self.plain
            .sync_all()
            .map_err(|error| no_room(path, error))?;
        let numbers = [self.places, others].concat();
        Seal::of(path, numbers)?.write_beside(path)
    }
}

fn no_room(path: &Path, reason: impl std::fmt::Display) -> Error {
    Error::Output {
        path: path.to_owned(),
        what: format!("cannot {DOING}: {reason}{}", room_left(path)),
    }
}

/// Everything but the spectra: labels, ledger, flags, identity.
fn copy_labels(
    target: &Target,
    outline: Outline,
    compression: Compression,
    file: &File,
) -> Result<()> {
    let (part, path) = (&target.part, &target.packed);
    let source = places::open(part)?;
    let wrong = |what: String| Error::Output {
        path: part.clone(),
        what,
    };
    let (marks, [n_units, n_blocks]) = ledger::marks(&source).map_err(wrong)?;
    let quality = ledger::quality(&source).map_err(wrong)?;
    let identity = ledger::identity(&source).map_err(wrong)?;
    let fits = Fits::of(outline);
    labels(file, outline)
        .and_then(|()| ledger::create(file, n_units, n_blocks))
        .and_then(|()| ledger::create_records(file, quality.shape, &identity))
        .and_then(|()| ledger::write(file, &marks, &quality))
        .and_then(|()| fits.as_ref().map_or(Ok(()), |fits| fits.create(file)))
        .and_then(|()| match NumbersOfTrials::of(outline) {
            Some(n) => n.copy(&source, file, compression.level, outline),
            None => Ok(()),
        })
        .at(path, "copy labels and ledger")?;
    fits.map_or(Ok(()), |fits| fits.copy(part, file, path))
}

/// The steps from numbers to stored bytes, in their order.
fn filters(
    builder: &mut DatasetCreateBuilder,
    compression: Compression,
) -> &mut DatasetCreateBuilder {
    if compression.shuffle {
        builder.shuffle();
    }
    builder.deflate(compression.level).fletcher32()
}

fn data_set(
    file: &File,
    shape: &Shape,
    tile: &[usize],
    compression: Compression,
) -> hdf5::Result<Dataset> {
    fn typed<T: H5Type>(
        file: &File,
        shape: &[usize],
        tile: &[usize],
        compression: Compression,
    ) -> hdf5::Result<Dataset> {
        let builder = file.new_dataset::<T>().shape(shape).chunk(tile);
        builder
            .with_dcpl(|builder| {
                filters(builder, compression).fill_time(hdf5::dataset::FillTime::Never)
            })
            .create("data")
    }
    with_stored_type!(shape.numbers, T => typed::<T>(file, &shape.data, tile, compression))
}

/// This rank's share of the copy, read back.
fn check(path: &Path, outline: Outline, world: &World) -> Result<()> {
    let copy = StoredResult::open(path, "data", outline.plan.blocks())?;
    let n_blocks = copy.blocks().len();
    let mut hurt = None;
    for item in (0..copy.marks.len())
        .skip(world.rank())
        .step_by(world.size())
    {
        comm::note_progress();
        if !copy.is_good(item / n_blocks, item % n_blocks)? {
            hurt = Some(item);
            break;
        }
    }
    match hurt {
        None => Ok(()),
        Some(item) => Err(Error::Output {
            path: path.to_owned(),
            what: format!(
                "the compressed copy differs from what was computed (chunk {item}); the disk or the memory of this host may \
                 be at fault; run it again with --resume, or with output.compression = \"none\""
            ),
        }),
    }
}
