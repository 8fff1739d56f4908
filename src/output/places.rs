//! From an HDF5 file of blocks to the places of its bytes: every claim is checked before anything is written by it.

use std::path::Path;

use hdf5::dataset::Layout;
use hdf5::{Dataset, File};
use serde::{Deserialize, Serialize};

use super::Outline;
use super::calls::place_of_tile;
use super::fits::Fits;
use super::intact::check_intact;
use super::ledger::{self, MARK_BYTES};
use super::numbers::Numbers;
use super::numbers_of_trials::{BYTES, N, NumbersOfTrials, stored};
use super::placement::{Placement, grid, points};
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::input::open_hdf5;
use crate::spectral::Element;

/// Where everything lies in a file of blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Places {
    /// The spectra or sums.
    pub data: Placement,
    /// First byte of the ledger.
    pub ledger: u64,
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

/// What a file of blocks should look like.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape<'a> {
    /// Shape of the data set.
    pub data: Vec<usize>,
    /// Shape of a tile; contiguous storage without.
    pub tile: Option<Vec<usize>>,
    /// What it holds.
    pub numbers: Numbers,
    /// Units: trials, groups of trials, or the one average.
    pub n_units: usize,
    /// Blocks of channels of a unit.
    pub n_blocks: usize,
    /// Number of the axis that is cut into blocks.
    pub channel_axis: usize,
    /// Channels of a block.
    pub channels_per_block: usize,
    /// Trials, channels and blocks of channels whose flags are in it, if any are.
    pub quality: Option<[usize; 3]>,
    /// The models of spectra, if any are fitted.
    pub fits: Option<Fits<'a>>,
    /// The numbers of trials of averages.
    pub n: Option<NumbersOfTrials>,
}

impl<'a> Shape<'a> {
    /// The file of the result.
    pub fn of_result(outline: Outline<'a>) -> Shape<'a> {
        let plan = outline.plan;
        Shape {
            data: plan.output_shape.clone(),
            tile: plan.result_tile.clone(),
            numbers: outline.numbers(),
            n_units: if plan.averages() { 1 } else { plan.units.len() },
            n_blocks: plan.channel_blocks.len(),
            channel_axis: outline.layout.channel_axis(),
            quality: Some([
                outline.recording.trials.len(),
                outline.recording.channels.len(),
                plan.channel_blocks.len(),
            ]),
            channels_per_block: plan.channel_blocks[0].len(),
            fits: Fits::of(outline),
            n: NumbersOfTrials::of(outline),
        }
    }

    /// The file of sums.
    ///
    /// # Panics
    /// If trials are kept.
    pub fn of_sums(outline: Outline<'a>) -> Shape<'a> {
        let plan = outline.plan;
        let sums = plan.sums.as_ref().expect("trials are averaged");
        let rows = plan.units.len() * sums.n_rows;
        Shape {
            data: vec![rows, sums.n_places(), outline.recording.channels.len()],
            tile: plan.sums_tile.clone(),
            numbers: Numbers {
                element: Element::Real,
                double: true,
            },
            n_units: plan.units.len(),
            channel_axis: 2,
            quality: None,
            fits: None,
            n: None,
            ..Shape::of_result(outline)
        }
    }
}

/// Finds the data set `name` and the ledger of the intact file at `path`, which should be of that `shape`.
///
/// # Errors
/// A file that is none of ours, or not of this shape: found, expected.
pub fn find(path: &Path, name: &str, shape: &Shape) -> Result<Places> {
    let wrong = |what: String| Error::Output {
        path: path.to_owned(),
        what: format!("{what}; expected --overwrite to begin anew"),
    };
    let file = open_hdf5(path, |_| ())?;
    let set = file
        .dataset(name)
        .at(path, format!("open the data set {name}"))?;
    let dtype = set.dtype().at(path, "read the type of the data set")?;
    if set.shape() != shape.data || !shape.numbers.is(&dtype) {
        return Err(wrong(format!(
            "{name} is {:?}, this job writes {:?} of {}",
            set.shape(),
            shape.data,
            shape.numbers.numpy_name()
        )));
    }
    let place = |set: &Dataset, name: &str, tile: Option<&Vec<usize>>, element_bytes| {
        let found = placement(set, element_bytes).at(path, "find the tiles")?;
        let is_tile = |found: &Placement| found.is_in_tiles_of(tile.unwrap_or(&set.shape()));
        found
            .filter(is_tile)
            .ok_or_else(|| wrong(format!("{name} is stored in other tiles")))
    };
    let data = place(&set, name, shape.tile.as_ref(), shape.numbers.bytes())?;

    let [ledger, quality, checksums] = ledger::addresses(&file);
    let (_, entries) = ledger::marks(&file).map_err(wrong)?;
    if entries != [shape.n_units, shape.n_blocks] {
        return Err(wrong(format!(
            "the ledger has {} × {} entries, this job has {} × {} blocks",
            entries[0], entries[1], shape.n_units, shape.n_blocks
        )));
    }
    let ledger = ledger.expect("a ledger that was read has a place");
    let length = std::fs::metadata(path)
        .at(path, "read the size of this file")?
        .len();
    let mut fits_at = None;
    if let Some(fits) = &shape.fits {
        fits_at = Some((fits.address(&file).map_err(wrong)?, fits.n_columns()));
    }
    let mut n_at = None;
    if let Some(n) = &shape.n {
        let set = stored(&file, &shape.data)
            .ok_or_else(|| wrong(format!("no data set {N} of the shape of data")))?;
        n_at = Some(place(&set, N, n.tile.as_ref(), BYTES)?);
    }
    let mut quality_at = None;
    if let Some(expected) = shape.quality {
        let found = ledger::quality(&file).map_err(wrong)?.shape;
        if found != expected {
            return Err(wrong(format!(
                "the ledger has flags of {} × {} trials and channels in {} blocks, this job has {} × {} in {}",
                found[0], found[1], found[2], expected[0], expected[1], expected[2]
            )));
        }
        let places = quality.zip(checksums).map(|(flags, of)| [flags, of]);
        quality_at = Some(places.expect("flags that were read have a place"));
    }
    let places = Places {
        data,
        ledger,
        quality: quality_at,
        fits: fits_at,
        n: n_at,
        n_blocks: shape.n_blocks,
        channels_per_block: shape.channels_per_block,
        n_channels: shape.data[shape.channel_axis],
        channel_axis: shape.channel_axis,
    };
    let mut ranges = places.numbers(shape);
    // what overlaps, or ends behind the file, is no place that HDF5 has given
    ranges.sort_unstable();
    let ends = ranges.iter().map(|(at, bytes)| at.saturating_add(*bytes));
    let next = ranges.iter().skip(1).map(|(at, _)| *at).chain([length]);
    if ends.zip(next).any(|(end, next)| end > next) {
        return Err(wrong(
            "its data sets overlap, or end behind the file".into(),
        ));
    }
    Ok(places)
}

impl Places {
    /// Where numbers lie that HDF5 only hands on, `(first byte, bytes)`, in a file of that `shape`.
    pub fn numbers(&self, shape: &Shape) -> Vec<(u64, u64)> {
        let n_marks = (shape.n_units * shape.n_blocks) as u64;
        let mut numbers: Vec<(u64, u64)> = self.data.ranges().collect();
        numbers.push((self.ledger, n_marks * MARK_BYTES as u64));
        numbers.extend(self.n.iter().flat_map(Placement::ranges));
        if let (Some((at, _)), Some(fits)) = (self.fits, &shape.fits) {
            numbers.push((at, fits.bytes()));
        }
        if let (Some([flags, checksums]), Some([n_trials, n_channels, n_blocks])) =
            (self.quality, shape.quality)
        {
            numbers.push((flags, (n_trials * n_channels) as u64));
            numbers.push((checksums, (n_trials * n_blocks * size_of::<u64>()) as u64));
        }
        numbers
    }
}

/// Where numbers lie that HDF5 only hands on, `(first byte, bytes)`, in a file of ours: those of the data sets
/// `names`, as far as it has them. HDF5 looks at all tiles of a data set to find one.
///
/// # Errors
/// HDF5's.
pub fn numbers(file: &File, names: &[&str]) -> hdf5::Result<Vec<(u64, u64)>> {
    let mut numbers = Vec::new();
    for name in names {
        let Ok(set) = file.dataset(name) else {
            continue;
        };
        match (set.layout(), set.chunk()) {
            (Layout::Contiguous, _) => {
                numbers.extend(set.offset().map(|at| (at, set.storage_size())));
            }
            (Layout::Chunked, Some(tile)) => {
                let tiles = tiles(&set, &set.shape(), &tile)?;
                numbers.extend(tiles.into_iter().flatten());
            }
            _ => {}
        }
    }
    Ok(numbers)
}

/// Where the numbers of a data set lie that is stored as it is: in one piece, or in tiles that all have their room.
///
/// # Errors
/// HDF5 cannot tell.
pub fn placement(set: &Dataset, element_bytes: usize) -> hdf5::Result<Option<Placement>> {
    let shape = set.shape();
    let (tile, addresses) = match (set.layout(), set.chunk()) {
        (Layout::Contiguous, _) => (shape.clone(), set.offset().map(|offset| vec![offset])),
        (Layout::Chunked, Some(tile)) => {
            let addresses = addresses(set, &shape, &tile)?;
            (tile, addresses)
        }
        _ => return Ok(None),
    };
    Ok(addresses.and_then(|found| Placement::new(&shape, &tile, found, element_bytes).ok()))
}

/// First bytes of the tiles of a chunked data set, in C order; none if one of them has no room, or is filtered.
fn addresses(set: &Dataset, shape: &[usize], tile: &[usize]) -> hdf5::Result<Option<Vec<u64>>> {
    if !set.filters().is_empty() {
        return Ok(None);
    }
    let tiles = tiles(set, shape, tile)?.into_iter();
    Ok(tiles.map(|place| place.map(|(at, _)| at)).collect())
}

/// First byte and bytes of the tiles of a chunked data set, in C order, as far as they have their room.
fn tiles(set: &Dataset, shape: &[usize], tile: &[usize]) -> hdf5::Result<Vec<Option<(u64, u64)>>> {
    let tiles: Vec<_> = grid(shape, tile).into_iter().map(|n| 0..n).collect();
    points(&tiles)
        .map(|point| {
            let first = point.iter().zip(tile).map(|(i, n)| (i * n) as u64);
            place_of_tile(set, &first.collect::<Vec<_>>())
        })
        .collect()
}

/// Opens a file of blocks that is what was written, as far as HDF5 interprets it.
///
/// # Errors
/// It is damaged, or cannot be opened.
pub fn open(path: &Path) -> Result<File> {
    check_intact(path)?;
    open_hdf5(path, |_| ())
}
