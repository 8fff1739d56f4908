//! Containers of recordings: one data set `time × channel` of contiguous numbers, all trials stacked, and Syncopy's keys.

use std::path::Path;
use std::str::FromStr;

use hdf5::dataset::{AllocTime, FillTime};
use hdf5::types::VarLenUnicode;
use ndarray::{Array2, ArrayView2};
use serde_json::{Map, Value, json};

use super::part_file::reserve;
use super::text::strings;
use super::trial_labels;
use super::{MARK, Target};
use crate::error::{Error, Hdf5Context, Result};
use crate::input::syncopy::TRIAL_COLUMN;
use crate::recording::{Recording, TRIAL_COLUMNS, Trial};

/// A recording to be written.
pub struct Analog<'a> {
    /// In Hz.
    pub sample_rate_hz: f64,
    /// Names of the channels.
    pub labels: Vec<String>,
    /// Whether samples are stored in double precision.
    pub is_double: bool,
    /// First sample, end, offset and the user's columns of every trial, as stacked.
    pub trialdefinition: ArrayView2<'a, f64>,
    /// The recording whose names of columns and texts of trials are stored; `None` if its trials have none.
    pub described: Option<&'a Recording>,
    /// What was done to it before, and that it was written.
    pub log: String,
    /// The parameters of every function so far.
    pub cfg: Map<String, Value>,
    /// What this program adds.
    pub mark: Map<String, Value>,
}

impl Analog<'_> {
    /// Samples of all trials.
    fn n_rows(&self) -> u64 {
        let last = self.trialdefinition.rows().into_iter().next_back();
        last.map_or(0, |row| row[1] as u64)
    }

    /// Bytes of all samples.
    pub fn bytes(&self) -> u128 {
        let width = if self.is_double { 8 } else { 4 };
        u128::from(self.n_rows()) * self.labels.len() as u128 * width
    }

    /// Makes the file with room for all samples, and gives the byte at which they begin.
    ///
    /// # Errors
    /// What HDF5 refuses; there is no room.
    pub fn create(&self, path: &Path) -> Result<u64> {
        let file = hdf5::File::create(path).at(path, "create this file")?;
        let builder = if self.is_double {
            file.new_dataset::<f64>().shape(self.shape())
        } else {
            file.new_dataset::<f32>().shape(self.shape())
        };
        let data = builder
            .no_chunk()
            .alloc_time(Some(AllocTime::Early))
            .fill_time(FillTime::Never)
            .create("data")
            .at(path, "create the data set data")?;
        file.new_dataset_builder()
            .with_data(&self.trialdefinition)
            .create("trialdefinition")
            .at(path, "create the data set trialdefinition")?;
        if let Some(recording) = self.described {
            let names = recording.trialinfo.iter().map(String::as_str);
            strings(&file, TRIAL_COLUMN, TRIAL_COLUMNS.into_iter().chain(names))
                .and_then(|_| trial_labels::write(&file, recording, None))
                .at(path, "write the names and texts of trials")?;
        }
        let version = VarLenUnicode::from_str(env!("CARGO_PKG_VERSION")).expect("no zero byte");
        file.new_attr::<VarLenUnicode>()
            .create(MARK)
            .and_then(|mark| mark.write_scalar(&version))
            .at(path, "mark this file")?;
        let offset = data.offset();
        drop(data);
        file.close().at(path, "close this file")?;
        reserve(path)?;
        offset.ok_or_else(|| Error::Output {
            path: path.to_owned(),
            what: "HDF5 has made no room for the samples; expected some".into(),
        })
    }

    fn shape(&self) -> (usize, usize) {
        (self.n_rows() as usize, self.labels.len())
    }

    /// The content of the `.info` file; the samples begin at byte `offset`.
    pub fn info(&self, target: &Target, offset: u64) -> Map<String, Value> {
        let (n_rows, n_channels) = self.shape();
        let Value::Object(info) = json!({
            "filename": target.data.file_name().unwrap_or_default().to_string_lossy(),
            "dataclass": "AnalogData",
            "data_dtype": if self.is_double { "float64" } else { "float32" },
            "data_shape": [n_rows, n_channels],
            "data_offset": offset,
            "trl_dtype": "float64",
            "trl_shape": self.trialdefinition.shape(),
            "trl_offset": null,
            "file_checksum": null,
            "order": "C",
            "checksum_algorithm": "openssl_sha1",
            "dimord": ["time", "channel"],
            "_version": concat!("slepian ", env!("CARGO_PKG_VERSION")),
            "_log": self.log,
            "cfg": self.cfg,
            "info": { MARK: self.mark },
            "samplerate": self.sample_rate_hz,
            "channel": self.labels,
            "_hdfFileDatasetProperties": ["data"],
        }) else {
            unreachable!("the macro makes an object")
        };
        info
    }
}

/// The trial definition of trials that are stacked one after the other.
///
/// # Panics
/// If trials have different numbers of columns of the user's.
pub fn stacked(trials: &[Trial]) -> Array2<f64> {
    let n_info = trials.first().map_or(0, |trial| trial.info.len());
    let mut rows = Vec::with_capacity(trials.len() * (3 + n_info));
    let mut start = 0;
    for trial in trials {
        let stop = start + trial.n_samples as u64;
        rows.extend([start as f64, stop as f64, trial.offset]);
        rows.extend(&trial.info);
        start = stop;
    }
    let shape = (trials.len(), 3 + n_info);
    Array2::from_shape_vec(shape, rows).expect("all trials have as many columns")
}
