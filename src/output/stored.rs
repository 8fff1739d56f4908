//! A result or a part file as HDF5 has it, compressed or not, read back block by block.

use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use hdf5::types::VarLenUnicode;
use hdf5::{Dataset, File, H5Type, Hyperslab, Selection};
use num_complex::Complex;
use serde_json::Value;

use super::identity::Identity;
use super::ledger::{self, MARK_BYTES, Mark, checksum};
use super::numbers::Numbers;
use super::places;
use crate::error::{Error, Hdf5Context, IoContext, Result};
use crate::spectral::Element;

/// Bytes of one block at most: a file may claim any.
const LARGEST_BLOCK: u128 = 64 << 30;

/// The open file and its ledger.
pub struct StoredResult {
    path: PathBuf,
    set: Dataset,
    file: File,
    numbers: Numbers,
    shape: Vec<usize>,
    channel_axis: usize,
    rows_per_unit: usize,
    blocks: Vec<Range<usize>>,
    /// Entries of the ledger, unit by unit.
    pub marks: Vec<Mark>,
}

/// The ledger of the file at `path`, and its shape.
///
/// # Errors
/// A file without one.
pub fn stored_marks(path: &Path) -> Result<(Vec<Mark>, [usize; 2])> {
    ledger::marks(&places::open(path)?).map_err(|what| Error::Recording {
        path: path.to_owned(),
        what: format!("{what}; expected a result of slepian, finished or not"),
    })
}

/// Takes the marks of these items back.
///
/// # Errors
/// The file cannot be written.
pub fn unmark(path: &Path, items: &[u64]) -> Result<()> {
    let (ledger, _) = ledger::addresses(&places::open(path)?);
    let file = std::fs::File::options()
        .write(true)
        .open(path)
        .at(path, "open this file for writing, to mark what is hurt")?;
    for item in items {
        let Some(ledger) = ledger else { break };
        let at = ledger + item * MARK_BYTES as u64;
        file.write_all_at(bytemuck::bytes_of(&Mark::default()), at)
            .at(path, "mark what is hurt")?;
    }
    file.sync_all().at(path, "sync this file to disk")
}

impl StoredResult {
    /// Opens the data set `name` with the blocks that its identity says.
    ///
    /// # Errors
    /// Those of [`StoredResult::open`]; a file without identity.
    pub fn open_any(path: &Path, name: &str) -> Result<StoredResult> {
        let wrong = |what: String| Error::Recording {
            path: path.to_owned(),
            what: format!("{what}; expected a result of slepian, finished or not"),
        };
        let text = ledger::identity(&places::open(path)?).map_err(wrong)?;
        let identity: Identity =
            serde_json::from_str(&text).map_err(|error| wrong(format!("identity: {error}")))?;
        StoredResult::open(path, name, identity.channels_per_block)
    }

    /// Numbers of the trials, of a result that has one row for each; none of averages and sums.
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
            .map(|label| label.escape_debug().to_string())
            .collect()
    }

    /// Opens the data set `name` of a file with blocks of `channels_per_block` channels, the last axis.
    ///
    /// # Errors
    /// A file that has no ledger, or one that does not fit its data.
    pub fn open(path: &Path, name: &str, channels_per_block: usize) -> Result<StoredResult> {
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
            && channels_per_block > 0
            && shape[0].is_multiple_of(n_units)
            && shape[channel_axis].div_ceil(channels_per_block) == n_blocks;
        if !fits {
            return Err(wrong(format!(
                "the ledger has {n_units} × {n_blocks} entries for blocks of {channels_per_block} channels, which do not \
                 fit {name} of {shape:?}"
            )));
        }
        let blocks = (0..shape[channel_axis])
            .step_by(channels_per_block)
            .map(|first| first..shape[channel_axis].min(first + channels_per_block))
            .collect();
        let stored = StoredResult {
            path: path.to_owned(),
            set,
            file,
            numbers,
            channel_axis,
            rows_per_unit: shape[0] / n_units,
            shape,
            blocks,
            marks,
        };
        let (_, shape) = stored.place(0, 0);
        let elements: u128 = shape.iter().map(|&n| n as u128).product();
        if elements * numbers.bytes() as u128 > LARGEST_BLOCK {
            return Err(wrong(format!("{name} claims blocks of {elements} numbers")));
        }
        Ok(stored)
    }

    /// Blocks of channels.
    pub fn blocks(&self) -> &[Range<usize>] {
        &self.blocks
    }

    /// The file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where a block begins, and its shape.
    pub fn place(&self, unit: usize, block: usize) -> (Vec<usize>, Vec<usize>) {
        let mut start = vec![0; self.shape.len()];
        let mut shape = self.shape.clone();
        start[0] = unit * self.rows_per_unit;
        shape[0] = self.rows_per_unit;
        start[self.channel_axis] = self.blocks[block].start;
        shape[self.channel_axis] = self.blocks[block].len();
        (start, shape)
    }

    /// The bytes of a block.
    ///
    /// # Errors
    /// HDF5 cannot read it.
    pub fn read(&self, unit: usize, block: usize) -> Result<Vec<u8>> {
        fn typed<T: H5Type + bytemuck::Pod>(
            set: &Dataset,
            place: Selection,
        ) -> hdf5::Result<Vec<u8>> {
            let numbers = set.read_slice::<T, _, ndarray::IxDyn>(place)?;
            let numbers = numbers.as_slice().expect("what was read is in C order");
            Ok(bytemuck::cast_slice(numbers).to_vec())
        }
        let (start, shape) = self.place(unit, block);
        let ranges: Vec<_> = start
            .iter()
            .zip(&shape)
            .map(|(&start, &n)| (start..start + n).into())
            .collect();
        let place = Selection::from(Hyperslab::from(ranges));
        let bytes = match (self.numbers.element, self.numbers.double) {
            (Element::Real, false) => typed::<f32>(&self.set, place),
            (Element::Real, true) => typed::<f64>(&self.set, place),
            (Element::Complex, false) => typed::<Complex<f32>>(&self.set, place),
            (Element::Complex, true) => typed::<Complex<f64>>(&self.set, place),
        };
        bytes.at(&self.path, "read spectra back")
    }

    /// The entry of a block.
    pub fn mark(&self, unit: usize, block: usize) -> &Mark {
        &self.marks[unit * self.blocks.len() + block]
    }

    /// The bytes of a block that is done and whose checksum is right; none if it has to be computed again.
    pub fn good(&self, unit: usize, block: usize) -> Option<Vec<u8>> {
        let mark = self.mark(unit, block);
        let bytes = mark.is_done().then(|| self.read(unit, block))?.ok()?;
        (checksum(&bytes) == mark.checksum).then_some(bytes)
    }
}
