//! What the places on the axes of a result are called: in its `.info`, and in the file where only that says it.

use std::path::Path;

use hdf5::File;
use hdf5::types::VarLenUnicode;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::input::data_set;
use crate::output::CHANNEL_UNIT;
use crate::phrase::{printable, shorten};
use crate::unit::displayed;

/// Characters that are shown of what was found.
pub const SHOWN: usize = 80;
/// Characters of a unit at most.
pub const MAX_UNIT: usize = 24;

/// A list of `.info` with one value for each of `n` places of an axis.
fn list<'a>(path: &Path, info: &'a Map<String, Value>, key: &str, n: usize) -> Result<&'a [Value]> {
    let list = info.get(key).and_then(Value::as_array);
    let found = list.map_or("not a list".into(), |list| format!("{} long", list.len()));
    let list = list.filter(|list| list.len() == n);
    list.map(Vec::as_slice).ok_or_else(|| Error::Recording {
        path: path.to_owned(),
        what: format!("{key} is {found}; expected a list of {n}, as long as that axis of data"),
    })
}

/// The frequencies in Hz.
///
/// # Errors
/// What they are instead.
pub fn frequencies(path: &Path, info: &Map<String, Value>, n: usize) -> Result<Vec<f64>> {
    let numbers = list(path, info, "freq", n)?.iter().map(|value| {
        let hz = value.as_f64().filter(|hz| hz.is_finite() && *hz >= 0.0);
        hz.ok_or_else(|| Error::Recording {
            path: path.to_owned(),
            what: format!(
                "freq holds {}; expected numbers from 0 Hz up",
                shorten(&value.to_string(), SHOWN)
            ),
        })
    });
    numbers.collect()
}

/// The names of the channels.
///
/// # Errors
/// What they are instead.
pub fn labels(path: &Path, info: &Map<String, Value>, n: usize) -> Result<Vec<String>> {
    let labels = list(path, info, "channel", n)?;
    let labels = labels.iter().map(|label| match label {
        Value::String(label) => label.clone(),
        other => other.to_string(),
    });
    Ok(labels.collect())
}

/// The number of every trial in the recording, where the file has them.
pub fn trial_numbers(path: &Path, file: &File, n_trials: usize) -> Vec<i64> {
    ["trialdefinition_trial", "trial"]
        .into_iter()
        .filter_map(|name| data_set(path, file, name).ok())
        .filter(|set| set.shape() == [n_trials])
        .find_map(|set| set.read_raw::<i64>().ok())
        .unwrap_or_default()
}

/// Units of the channels as they are displayed; empty if all channels have the same one, or none.
pub fn channel_units(path: &Path, file: &File, n_channels: usize) -> Vec<String> {
    let stored = data_set(path, file, CHANNEL_UNIT)
        .ok()
        .filter(|set| set.shape() == [n_channels] && set.storage_size() > 0)
        .and_then(|set| set.read_raw::<VarLenUnicode>().ok());
    let units = stored.unwrap_or_default().into_iter();
    units
        .map(|unit| displayed(&printable(&shorten(unit.as_str(), MAX_UNIT))))
        .collect()
}
