//! A result or a part file as HDF5 has it, compressed or not, read back block by block.

use std::collections::BTreeSet;
use std::hash::Hasher;
use std::ops::Range;
use std::path::{Path, PathBuf};

use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, File, H5Type, Hyperslab, Selection};
use serde_json::Value;
use twox_hash::XxHash3_64;

use super::calls::read_tile;
use super::fits;
use super::identity::Identity;
use super::ledger::{self, Mark, Quality, checksum};
use super::numbers::{Numbers, with_stored_type};
use super::numbers_of_trials;
use super::placement::{grid, padding_of_tile, pieces, points};
use super::places;
use super::units::{self, Unit};
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::plan;
use crate::spectral::Element;

/// How much smaller gzip can make anything.
///
/// Source: zlib's technical details, <https://zlib.net/zlib_tech.html>: 1032 to 1.
const MAX_COMPRESSED: u128 = 1032;
/// Bytes of a block that are read at once where it is only looked at.
const PIECE: usize = 4 << 20;

/// The open file and its ledger.
pub struct StoredResult {
    path: PathBuf,
    set: Dataset,
    file: File,
    /// Models of the spectra, of results that have any.
    fits: Option<Dataset>,
    /// Numbers of trials of averages, of results that have any.
    n: Option<Dataset>,
    numbers: Numbers,
    shape: Vec<usize>,
    channel_axis: usize,
    units: Vec<Unit>,
    /// What was found in the samples, of results.
    quality: Option<Quality>,
    blocks: Vec<Range<usize>>,
    /// Entries of the ledger, unit by unit.
    pub marks: Vec<Mark>,
}

impl StoredResult {
    /// The blocks that the result at `path` is made of.
    ///
    /// # Errors
    /// A file without identity.
    pub fn blocks_of(path: &Path) -> Result<plan::Blocks> {
        let wrong = |what: String| Error::Recording {
            path: path.to_owned(),
            what: format!("{what}; expected a result of slepian, finished or not"),
        };
        let text = ledger::identity(&places::open(path)?).map_err(wrong)?;
        let identity: Identity =
            serde_json::from_str(&text).map_err(|error| wrong(format!("identity: {error}")))?;
        Ok(identity.blocks)
    }

    /// The number of every row's trial; none of averages and sums.
    pub fn trials(&self) -> Vec<i64> {
        let identity = ledger::identity(&self.file).unwrap_or_default();
        let identity = serde_json::from_str::<Identity>(&identity).ok();
        let keeps_trials = identity.is_some_and(|identity| {
            identity.config.get("freqanalysis.keeptrials") == Some(&Value::Bool(true))
        });
        let set = self.file.dataset("trial").ok().filter(|_| keeps_trials);
        let set = set.filter(|set| set.shape() == [self.shape[0]]);
        set.and_then(|set| set.read_raw::<i64>().ok())
            .unwrap_or_default()
    }

    /// Names of the channels, where the file has them.
    pub fn channels(&self) -> Vec<String> {
        let set = self.file.dataset("channel").ok();
        let set = set.filter(|set| set.shape() == [self.shape[self.channel_axis]]);
        set.and_then(|set| set.read_raw::<VarLenUnicode>().ok())
            .unwrap_or_default()
            .iter()
            .map(|label| {
                String::from_utf8_lossy(label.as_bytes())
                    .escape_debug()
                    .to_string()
            })
            .collect()
    }

    /// Opens the data set `name` of a file with these blocks; channels are the last axis.
    ///
    /// # Errors
    /// A file that has no ledger, or one that does not fit its data.
    pub fn open(path: &Path, name: &str, blocks: plan::Blocks) -> Result<StoredResult> {
        let channels_per_block = blocks.channels;
        let wrong = |what: String| Error::Recording {
            path: path.to_owned(),
            what,
        };
        let file = places::open(path)?;
        let set = file
            .dataset(name)
            .at(path, format!("open the data set {name}"))?;
        let (marks, [n_units, n_blocks]) = ledger::marks(&file).map_err(&wrong)?;
        let shape = set.shape();
        let dtype = set.dtype().at(path, "read the type of the data set")?;
        let all = [Element::Real, Element::Complex]
            .into_iter()
            .flat_map(|element| [false, true].map(|double| Numbers { element, double }));
        let numbers = all
            .into_iter()
            .find(|numbers| numbers.is(&dtype))
            .ok_or_else(|| wrong(format!("{name} holds numbers of another type")))?;
        let channel_axis = shape.len().saturating_sub(1);
        let fits = shape.len() > 1
            && n_units > 0
            && n_blocks > 0
            && channels_per_block > 0
            && shape[channel_axis].div_ceil(channels_per_block) == n_blocks;
        if !fits {
            return Err(wrong(format!(
                "the ledger has {n_units} × {n_blocks} entries for blocks of {channels_per_block} channels, which do not \
                 fit {name} of {shape:?}"
            )));
        }
        let units = units::units(&file, n_units, shape[0], blocks.rows).map_err(&wrong)?;
        let blocks: Vec<Range<usize>> = (0..shape[channel_axis])
            .step_by(channels_per_block)
            .map(|first| first..shape[channel_axis].min(first + channels_per_block))
            .collect();
        let quality = if name == "data" {
            let quality = ledger::quality(&file).map_err(&wrong)?;
            let n_trials = units.last().map_or(0, |unit: &Unit| unit.trial + 1);
            let [of_trials, of_channels, of_blocks] = quality.shape;
            if of_trials < n_trials || [of_channels, of_blocks] != [shape[channel_axis], n_blocks] {
                return Err(wrong(format!(
                    "the ledger has flags of {of_trials} × {of_channels} trials and channels in {of_blocks} blocks, which do \
                     not fit {name} of {shape:?}"
                )));
            }
            Some(quality)
        } else {
            None
        };
        let stored = StoredResult {
            path: path.to_owned(),
            quality,
            set,
            fits: (name == "data")
                .then(|| fits::stored(&file))
                .flatten()
                .filter(|fits| fits.shape()[..2] == [shape[0], shape[channel_axis]]),
            n: (name == "data")
                .then(|| numbers_of_trials::stored(&file, &shape))
                .flatten(),
            file,
            numbers,
            channel_axis,
            units,
            shape,
            blocks,
            marks,
        };
        let largest = stored
            .units
            .iter()
            .enumerate()
            .max_by_key(|(_, of)| of.rows.len());
        let (_, shape) = stored.place(largest.map_or(0, |(unit, _)| unit), 0);
        let elements: u128 = shape.iter().map(|&n| n as u128).product();
        let bytes = elements * numbers.bytes() as u128;
        let length = std::fs::metadata(path)
            .at(path, "read the size of this file")?
            .len();
        let most = if stored.set.filters().is_empty() {
            u128::from(length)
        } else {
            u128::from(length) * MAX_COMPRESSED
        };
        if bytes > most {
            return Err(wrong(format!(
                "{name} claims blocks of {} in a file of {}",
                crate::phrase::size(bytes),
                crate::phrase::size(length)
            )));
        }
        Ok(stored)
    }

    /// Blocks of channels.
    pub fn blocks(&self) -> &[Range<usize>] {
        &self.blocks
    }

    /// The rows of a unit.
    pub fn rows(&self, unit: usize) -> Range<usize> {
        self.units[unit].rows.clone()
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Whether what was found in the samples of a block is what was written down.
    fn flags_are_good(&self, unit: usize, block: usize) -> bool {
        let Some(quality) = &self.quality else {
            return true;
        };
        let is_good = |trial| quality.is_good(trial, block, &self.blocks[block]);
        let unit = &self.units[unit];
        match &self.n {
            Some(_) => (0..quality.shape[0]).all(is_good),
            None => !unit.is_first || is_good(unit.trial),
        }
    }

    /// Whether nothing was written where no block has a place: in the padding of tiles, and in the flags of trials without
    /// rows.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn gaps_are_good(&self) -> Result<bool> {
        let sets = [(&self.set, self.numbers.bytes())].into_iter();
        let sets = sets.chain(self.n.as_ref().map(|n| (n, numbers_of_trials::BYTES)));
        for (set, element_bytes) in sets.filter(|(set, _)| set.filters().is_empty()) {
            if !padding_is_zero(set, element_bytes).at(&self.path, "read the tiles")? {
                return Ok(false);
            }
        }
        let (Some(quality), None) = (&self.quality, &self.n) else {
            return Ok(true);
        };
        let with_rows: BTreeSet<usize> = self.units.iter().map(|unit| unit.trial).collect();
        let without = (0..quality.shape[0]).filter(|trial| !with_rows.contains(trial));
        Ok(without.into_iter().all(|trial| {
            let mut blocks = self.blocks.iter().enumerate();
            blocks.all(|(block, channels)| quality.is_good(trial, block, channels))
        }))
    }

    /// Where a block begins, and its shape.
    pub fn place(&self, unit: usize, block: usize) -> (Vec<usize>, Vec<usize>) {
        let mut start = vec![0; self.shape.len()];
        let mut shape = self.shape.clone();
        start[0] = self.units[unit].rows.start;
        shape[0] = self.units[unit].rows.len();
        start[self.channel_axis] = self.blocks[block].start;
        shape[self.channel_axis] = self.blocks[block].len();
        (start, shape)
    }

    /// The bytes of a block.
    ///
    /// # Errors
    /// HDF5 cannot read it.
    pub fn read(&self, unit: usize, block: usize) -> Result<Vec<u8>> {
        let (start, shape) = self.place(unit, block);
        self.read_box(&start, &shape)
    }

    fn read_box(&self, start: &[usize], shape: &[usize]) -> Result<Vec<u8>> {
        fn typed<T: H5Type + bytemuck::Pod>(
            set: &Dataset,
            place: Selection,
        ) -> hdf5::Result<Vec<u8>> {
            let numbers = set.read_slice::<T, _, ndarray::IxDyn>(place)?;
            let numbers = numbers.as_slice().expect("what was read is in C order");
            Ok(bytemuck::cast_slice(numbers).to_vec())
        }
        let ranges: Vec<_> = start
            .iter()
            .zip(shape)
            .map(|(&start, &n)| (start..start + n).into())
            .collect();
        let place = Selection::from(Hyperslab::from(ranges));
        let bytes = with_stored_type!(self.numbers, T => typed::<T>(&self.set, place));
        bytes.at(&self.path, "read spectra back")
    }

    /// The bytes of the models of a block; none where no models were fitted.
    fn fits(&self, unit: usize, block: usize) -> Result<Vec<u8>> {
        let Some(fits) = &self.fits else {
            return Ok(Vec::new());
        };
        let (start, shape) = self.place(unit, block);
        let along = |axis: usize| (start[axis]..start[axis] + shape[axis]).into();
        let all = (0..fits.shape()[2]).into();
        let ranges = vec![along(0), along(self.channel_axis), all];
        let place = Selection::from(Hyperslab::from(ranges));
        let numbers = fits.read_slice::<f32, _, ndarray::IxDyn>(place);
        let numbers = numbers.at(&self.path, "read models of spectra back")?;
        let numbers = numbers.as_slice().expect("what was read is in C order");
        Ok(bytemuck::cast_slice(numbers).to_vec())
    }

    /// The bytes of the numbers of trials of a block; none where trials are kept.
    ///
    /// # Errors
    /// HDF5 cannot read them.
    pub fn n(&self, unit: usize, block: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.each_n(unit, block, |n| bytes.extend_from_slice(n))?;
        Ok(bytes)
    }

    /// The same, some megabytes at a time.
    fn each_n(&self, unit: usize, block: usize, mut take: impl FnMut(&[u8])) -> Result<()> {
        let Some(set) = &self.n else {
            return Ok(());
        };
        let (rows, channels) = (&self.units[unit].rows, &self.blocks[block]);
        let take = |numbers: &[i32]| take(bytemuck::cast_slice(numbers));
        let read = numbers_of_trials::for_each_piece(set, rows, channels, take);
        read.at(&self.path, "read numbers of trials back")
    }

    /// The entry of a block.
    pub fn mark(&self, unit: usize, block: usize) -> &Mark {
        &self.marks[unit * self.blocks.len() + block]
    }

    /// Whether a block is there as its entry says, read back piece by piece: a block may be as large as what a rank may hold.
    ///
    /// # Errors
    /// Those of [`StoredResult::check`].
    pub fn is_good(&self, unit: usize, block: usize) -> Result<bool> {
        let mark = self.mark(unit, block);
        let (start, shape) = self.place(unit, block);
        let mut hash = XxHash3_64::new();
        for (start, shape) in pieces(&start, &shape, PIECE / self.numbers.bytes()) {
            match self.read_box(&start, &shape) {
                Ok(bytes) => hash.write(&bytes),
                Err(_) if !self.set.filters().is_empty() => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        hash.write(&self.fits(unit, block)?);
        match self.each_n(unit, block, |n| hash.write(n)) {
            Ok(()) => {}
            Err(_) if !self.set.filters().is_empty() => return Ok(false),
            Err(error) => return Err(error),
        }
        let is_good = mark.is_done() && hash.finish() == mark.checksum;
        Ok(is_good && self.flags_are_good(unit, block))
    }

    /// Reads a block back and compares it with its entry.
    ///
    /// # Errors
    /// The file cannot be read there, which says nothing of what is in it; of a compressed file that may be what is wrong.
    pub fn check(&self, unit: usize, block: usize) -> Result<Check> {
        let mark = self.mark(unit, block);
        if mark.is_hurt() || mark.is_done() && !self.flags_are_good(unit, block) {
            return Ok(Check::Hurt);
        }
        if !mark.is_done() {
            return Ok(Check::NotDone);
        }
        let fits = self.fits(unit, block)?;
        let beside = |bytes| Ok((bytes, self.n(unit, block)?));
        match self.read(unit, block).and_then(beside) {
            Ok((bytes, n)) if checksum([&bytes, &fits, &n]) == mark.checksum => {
                Ok(Check::Good(bytes))
            }
            Ok(_) => Ok(Check::Hurt),
            Err(_) if !self.set.filters().is_empty() => Ok(Check::Hurt),
            Err(error) => Err(error),
        }
    }
}

/// Whether the padding of the tiles at the far edges of a data set holds the zeros that it was made with.
fn padding_is_zero(set: &Dataset, element_bytes: usize) -> hdf5::Result<bool> {
    let (shape, Some(tile)) = (set.shape(), set.chunk()) else {
        return Ok(true);
    };
    let mut bytes = vec![0; tile.iter().product::<usize>() * element_bytes];
    let tiles: Vec<_> = grid(&shape, &tile).into_iter().map(|n| 0..n).collect();
    for (number, point) in points(&tiles).enumerate() {
        let padding = padding_of_tile(&shape, &tile, number, element_bytes);
        if padding.is_empty() {
            continue;
        }
        let first = point.iter().zip(&tile).map(|(i, n)| (i * n) as u64);
        read_tile(set, &first.collect::<Vec<_>>(), &mut bytes)?;
        let is_zero = |(at, n): &(u64, u64)| {
            let stretch = &bytes[*at as usize..(at + n) as usize];
            stretch.iter().all(|&byte| byte == 0)
        };
        if !padding.iter().all(is_zero) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What a block is, compared with its entry.
pub enum Check {
    /// Nothing is there yet.
    NotDone,
    /// What was written; its bytes.
    Good(Vec<u8>),
    /// Something else.
    Hurt,
}
