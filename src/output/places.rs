//! From an HDF5 file of blocks to the places of its bytes: every claim is checked before anything is written by it.

use std::path::Path;

use hdf5::dataset::Layout;
use hdf5::{Dataset, File};

use super::Outline;
use super::blocks::Places;
use super::calls::tile_address;
use super::fits::Fits;
use super::ledger::{self, MARK_BYTES};
use super::numbers::Numbers;
use super::numbers_of_trials::{BYTES, N, NumbersOfTrials, stored};
use super::placement::{Placement, grid, points};
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::input::open_hdf5;
use crate::spectral::Element;

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
    /// Trials and channels whose flags are in it, if any are.
    pub quality: Option<[usize; 2]>,
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
            ]),
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
    let place = |set: &Dataset, name: &str, tile: Option<&Vec<usize>>, element_bytes| {
        let shape = set.shape();
        let addresses = match (tile, set.layout()) {
            (None, Layout::Contiguous) => set.offset().map(|offset| vec![offset]),
            (Some(tile), Layout::Chunked) if set.chunk().as_ref() == Some(tile) => {
                addresses(set, &shape, tile).at(path, "find the tiles")?
            }
            _ => None,
        };
        let addresses =
            addresses.ok_or_else(|| wrong(format!("{name} is stored in other tiles")))?;
        let tile = tile.unwrap_or(&shape);
        Placement::new(&shape, tile, addresses, element_bytes).map_err(wrong)
    };
    let data = place(&set, name, shape.tile.as_ref(), shape.numbers.bytes())?;

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
    let n_marks = (shape.n_units * shape.n_blocks) as u64;
    let mut ranges: Vec<(u64, u64)> = data.ranges().collect();
    ranges.push((ledger, n_marks * MARK_BYTES as u64));
    let mut fits_at = None;
    if let Some(fits) = &shape.fits {
        let at = fits.address(&file).map_err(wrong)?;
        ranges.push((at, fits.bytes()));
        fits_at = Some((at, fits.n_columns()));
    }
    let mut n_at = None;
    if let Some(n) = &shape.n {
        let set = stored(&file, &shape.data)
            .ok_or_else(|| wrong(format!("no data set {N} of the shape of data")))?;
        let placement = place(&set, N, n.tile.as_ref(), BYTES)?;
        ranges.extend(placement.ranges());
        n_at = Some(placement);
    }
    let mut quality_at = None;
    if let Some(expected) = shape.quality {
        if !ledger::labels_are_good(&file) {
            return Err(wrong(
                "the labels of the axes are not what was written".into(),
            ));
        }
        let (_, found) = ledger::quality(&file).map_err(wrong)?;
        if found != expected {
            return Err(wrong(format!(
                "ledger/quality has {} × {} flags, this job has {} × {} trials and channels",
                found[0], found[1], expected[0], expected[1]
            )));
        }
        let at = quality.expect("flags that were read have a place");
        ranges.push((at, (expected[0] * expected[1]) as u64));
        quality_at = Some(at);
    }
    // what overlaps, or ends behind the file, is no place that HDF5 has given
    ranges.sort_unstable();
    let ends = ranges.iter().map(|(at, bytes)| at.saturating_add(*bytes));
    let next = ranges.iter().skip(1).map(|(at, _)| *at).chain([length]);
    if ends.zip(next).any(|(end, next)| end > next) {
        return Err(wrong(
            "its data sets overlap, or end behind the file".into(),
        ));
    }
    Ok(Places {
        data,
        ledger,
        quality: quality_at,
        fits: fits_at,
        n: n_at,
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
