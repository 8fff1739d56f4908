//! From an HDF5 file of blocks to the places of its bytes: every claim is checked before anything is written by it.

use std::path::Path;

use hdf5::dataset::Layout;
use hdf5::{Dataset, File};

use super::Outline;
use super::blocks::Places;
use super::calls::tile_address;
use super::ledger::{self, MARK_BYTES};
use super::numbers::Numbers;
use super::placement::{Placement, grid, points};
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::input::syncopy::open_hdf5;

/// What a file of blocks should look like.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
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
}

impl Shape {
    /// The file of the result.
    pub fn of_result(outline: Outline) -> Shape {
        let plan = outline.plan;
        Shape {
            data: plan.output_shape.clone(),
            tile: plan.result_tile.clone(),
            numbers: outline.numbers(),
            n_units: if plan.averages { 1 } else { plan.units.len() },
            n_blocks: plan.channel_blocks.len(),
            channel_axis: outline.layout.channel_axis(),
        }
    }

    /// The file of sums.
    pub fn of_sums(outline: Outline) -> Shape {
        let plan = outline.plan;
        let mut data = outline.layout.shape(outline.recording.channels.len());
        data[0] *= plan.units.len();
        Shape {
            data,
            tile: plan.sums_tile.clone(),
            numbers: Numbers {
                element: outline.layout.element,
                double: true,
            },
            n_units: plan.units.len(),
            ..Shape::of_result(outline)
        }
    }

    fn tile(&self) -> &[usize] {
        self.tile.as_deref().unwrap_or(&self.data)
    }
}

/// Finds the data set `name` and the ledger of the file at `path`, which should be of that `shape`.
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
    let addresses = match (&shape.tile, set.layout()) {
        (None, Layout::Contiguous) => set.offset().map(|offset| vec![offset]),
        (Some(tile), Layout::Chunked) if set.chunk().as_ref() == Some(tile) => {
            addresses(&set, &shape.data, tile).at(path, "find the tiles")?
        }
        _ => None,
    };
    let addresses = addresses.ok_or_else(|| wrong(format!("{name} is stored in other tiles")))?;
    let element_bytes = shape.numbers.bytes();
    let tile_bytes = shape.tile().iter().product::<usize>() as u64 * element_bytes as u64;
    let last = addresses.iter().max().copied().unwrap_or(0);
    let data =
        Placement::new(&shape.data, shape.tile(), addresses, element_bytes).map_err(wrong)?;

    let (ledger, quality) = ledger::addresses(&file);
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
    let end =
        (last + tile_bytes).max(ledger + (shape.n_units * shape.n_blocks * MARK_BYTES) as u64);
    if end > length {
        return Err(wrong(format!(
            "this file has {length} bytes, its data sets end at {end}"
        )));
    }
    Ok(Places {
        data,
        ledger,
        quality,
        n_blocks: shape.n_blocks,
        n_channels: shape.data[shape.channel_axis],
        channel_axis: shape.channel_axis,
    })
}

/// First bytes of the tiles of a chunked data set, in C order; none if one of them has no room.
fn addresses(set: &Dataset, shape: &[usize], tile: &[usize]) -> hdf5::Result<Option<Vec<u64>>> {
    if !set.filters().is_empty() {
        return Ok(None);
    }
    let tiles: Vec<_> = grid(shape, tile).into_iter().map(|n| 0..n).collect();
    let mut addresses = Vec::new();
    for point in points(&tiles) {
        let first: Vec<u64> = point
            .iter()
            .zip(tile)
            .map(|(i, n)| (i * n) as u64)
            .collect();
        match tile_address(set, &first)? {
            Some(address) => addresses.push(address),
            None => return Ok(None),
        }
    }
    Ok(Some(addresses))
}

/// Opens a file of blocks to read its ledger.
///
/// # Errors
/// It cannot be opened.
pub fn open(path: &Path) -> Result<File> {
    open_hdf5(path, |_| ())
}
