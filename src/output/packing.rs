//! The compressed copy of a finished part file, made by all ranks together.
//!
//! Compressed tiles have no place of their own before they are written: HDF5 has to place them, with all ranks in step. So
//! the job itself writes plain numbers, and this pass comes last. A kill loses the pass and nothing else. The copy is read
//! back against the ledger before it may become the result, whatever the MPI library did with it.

use std::path::Path;

use hdf5::plist::dataset_create::DatasetCreateBuilder;
use hdf5::{Dataset, File, H5Type};

use super::blocks::{Places, StoredBlocks};
use super::calls::{Transfer, report_hints};
use super::fits::Fits;
use super::ledger;
use super::numbers::with_stored_type;
use super::numbers_of_trials::NumbersOfTrials;
use super::part_file::{attach_all, labels, new_file};
use super::placement::{grid, points};
use super::places::{self, Shape};
use super::publish::room_left;
use super::stored::StoredResult;
use super::tile::tile;
use super::{Claim, Outline, Target};
use crate::comm::{self, Hints, Info, World};
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::faults::{Point, strike};

/// How a result is compressed: in ways that every reader of HDF5 understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compression {
    /// gzip's level, 1 to 9.
    pub level: u8,
    /// Whether the bytes of numbers are sorted by their place first, which lets floats shrink.
    pub shuffle: bool,
}

/// Makes the compressed copy `target.packed`; false when the job was asked to stop. Collective. A rank that
/// fails while the others wait for it ends the job, and says what is `kept`.
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
    world.on_root(|| {
        claim.check()?;
        copy_labels(target, outline, compression)?;
        claim.own(&[path])
    })?;
    let file = open_on_all_ranks(path, outline.mpi_hints, world)?;
    let shape = Shape::of_result(outline);
    let tile = tile(&shape.data, shape.numbers.bytes());
    let data = world.agree(
        data_set(&file, &shape, &tile, compression).at(path, "make room for compressed spectra"),
    )?;
    world.agree(attach_all(&file, &data, outline).at(path, "attach the axes to data"))?;

    let source = StoredBlocks::open(&target.part, places_of_result.data.clone());
    let source = world.agree(source)?;
    let transfer = Transfer::new(world.communicator().is_some());
    let transfer = world.agree(transfer.at(path, "set up the transfer"))?;
    let tiles: Vec<_> = grid(&shape.data, &tile).into_iter().map(|n| 0..n).collect();
    let n_tiles: usize = tiles.iter().map(ExactSizeIterator::len).product();
    let mut mine = points(&tiles).skip(world.rank()).step_by(world.size());
    for _ in 0..n_tiles.div_ceil(world.size()) {
        // all stop, or none: those that went on would wait for the others
        if world.min(u64::from(!world.is_stopping())) == 0 {
            world.agree(close(file, data, path))?;
            return Ok(false);
        }
        let copied = copy_tile(mine.next(), &shape, &tile, &source, &data, &transfer, path);
        // the others are in the middle of a collective write
        copied.unwrap_or_else(|error| comm::fail(error.with_kept(kept.to_owned())));
    }
    world.agree(close(file, data, path))?;
    // what this host has written is on disk before the plain file may go
    let synced = std::fs::File::open(path).and_then(|file| file.sync_data());
    world.agree(synced.at(path, "sync this file to disk"))?;
    world.agree(check(path, outline, world))?;
    Ok(true)
}

fn close(file: File, data: Dataset, path: &Path) -> Result<()> {
    drop(data);
    file.close().at(path, "close this file")
}

/// Everything but the spectra: labels, ledger, flags, identity.
fn copy_labels(target: &Target, outline: Outline, compression: Compression) -> Result<()> {
    let (part, path) = (&target.part, &target.packed);
    let source = places::open(part)?;
    let wrong = |what: String| Error::Output {
        path: part.clone(),
        what,
    };
    let (marks, [n_units, n_blocks]) = ledger::marks(&source).map_err(wrong)?;
    let (flags, [n_trials, n_channels]) = ledger::quality(&source).map_err(wrong)?;
    let identity = ledger::identity(&source).map_err(wrong)?;
    let fits = Fits::of(outline);
    let file = new_file(path, outline.mpi_hints)?;
    labels(&file, outline)
        .and_then(|()| ledger::create(&file, n_units, n_blocks))
        .and_then(|()| ledger::create_records(&file, n_trials, n_channels, &identity))
        .and_then(|()| ledger::write(&file, &marks, &flags))
        .and_then(|()| fits.as_ref().map_or(Ok(()), |fits| fits.create(&file)))
        .and_then(|()| match NumbersOfTrials::of(outline) {
            Some(n) => n.copy(&source, &file, compression.level, outline),
            None => Ok(()),
        })
        .and_then(|()| ledger::seal_labels(&file))
        .at(path, "copy labels and ledger")?;
    file.close().at(path, "close this file")?;
    fits.map_or(Ok(()), |fits| fits.copy(part, path))
}

/// Opens a file for writing on all ranks at once. Collective.
fn open_on_all_ranks(path: &Path, hints: &Hints, world: &World) -> Result<File> {
    // a rank that cannot open the file is found out before HDF5's collective call, which would wait for it for ever
    let opened = std::fs::File::options().read(true).write(true).open(path);
    world.agree(opened.at(path, "open this file for writing"))?;
    let mut options = File::with_options();
    let communicator = world.communicator();
    let info = hints.for_mpi();
    if let Some(communicator) = communicator {
        options.with_fapl(|fapl| fapl.mpio(communicator, info.as_ref().map(Info::as_raw)));
    }
    let opened = options.open_rw(path);
    let file = world.agree(opened.at(path, "open this file on all ranks"))?;
    if communicator.is_some() && world.is_root() && !hints.is_empty() {
        // the others are on their way to a collective call: nobody leaves for a line of the log
        if let Err(error) = report_hints(&file, hints, path) {
            tracing::debug!(
                "{}: cannot ask for its MPI-IO hints: {error}",
                path.display()
            );
        }
    }
    Ok(file)
}

fn data_set(
    file: &File,
    shape: &Shape,
    tile: &[usize],
    compression: Compression,
) -> hdf5::Result<Dataset> {
    let filtered = |builder: &mut DatasetCreateBuilder| {
        if compression.shuffle {
            builder.shuffle();
        }
        builder.deflate(compression.level);
    };
    fn typed<T: H5Type>(
        file: &File,
        shape: &[usize],
        tile: &[usize],
        filtered: impl Fn(&mut DatasetCreateBuilder),
    ) -> hdf5::Result<Dataset> {
        let builder = file.new_dataset::<T>().shape(shape).chunk(tile);
        builder
            .with_dcpl(|builder| {
                filtered(builder);
                builder.fill_time(hdf5::dataset::FillTime::Never)
            })
            .create("data")
    }
    with_stored_type!(shape.numbers, T => typed::<T>(file, &shape.data, tile, filtered))
}

/// This rank's part in a round: a tile, or nothing.
fn copy_tile(
    tile_number: Option<Vec<usize>>,
    shape: &Shape,
    tile: &[usize],
    source: &StoredBlocks,
    data: &Dataset,
    transfer: &Transfer,
    path: &Path,
) -> Result<()> {
    const DOING: &str = "write compressed spectra";
    let Some(number) = tile_number else {
        return transfer.write(data, None, &[]).at(path, DOING);
    };
    strike(Point::Pack).at(path, DOING)?;
    let start: Vec<usize> = number.iter().zip(tile).map(|(i, n)| i * n).collect();
    let extent: Vec<usize> = start
        .iter()
        .zip(tile)
        .zip(&shape.data)
        .map(|((start, tile), n)| (*tile).min(n - start))
        .collect();
    let mut bytes = vec![0; extent.iter().product::<usize>() * shape.numbers.bytes()];
    source.read(&start, &extent, &mut bytes)?;
    let wide = |numbers: &[usize]| numbers.iter().map(|&n| n as u64).collect::<Vec<_>>();
    let place = (&wide(&start)[..], &wide(&extent)[..]);
    let written = transfer.write(data, Some(place), &bytes);
    written.map_err(|error| Error::Output {
        path: path.to_owned(),
        what: format!("cannot {DOING}: {error}{}", room_left(path)),
    })
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
                "the compressed copy differs from what was computed (chunk {item}); the fault is the parallel library's: \
                 try OMPI_MCA_fcoll=dynamic_gen2, or output.compression = \"none\", with --resume"
            ),
        }),
    }
}
