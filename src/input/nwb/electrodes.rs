//! What the channels of a series are called: rows of the file's table of electrodes.

use std::path::Path;

use crate::error::{Error, Result};
use crate::input::hdf5_data::{Column, column, resolve};
use crate::input::{MAX_CHANNELS, check_label};
use crate::phrase::{number, shorten};
use crate::recording::{Channel, Recording, name_by_place};

/// The table, since NWB 2.0.
const TABLE: &str = "general/extracellular_ephys/electrodes";
/// Columns that name an electrode, the first that there is; the schema knows none, these are what writers use. Else the
/// number of the electrode is its name.
const NAMES: &[&str] = &["label", "channel_name", "electrode_name", "id"];
/// Characters that are shown of what was found.
const MAX_SHOWN: usize = 80;

/// The channels of the series `series`, of the unit `unit`, and what the user should know about their names.
///
/// # Errors
/// Electrodes that do not fit to the channels: path, found, expected.
pub fn channels(
    path: &Path,
    file: &hdf5::File,
    series: &str,
    n_channels: usize,
    unit: &str,
) -> Result<(Vec<Channel>, Option<String>)> {
    let mut labels = match labels(path, file, series, n_channels)? {
        Some(labels) => labels,
        None => Recording::default_labels(n_channels),
    };
    let notice = name_by_place(&mut labels);
    let mut channels = Channel::of(labels);
    for channel in &mut channels {
        channel.unit = unit.to_owned();
    }
    Ok((channels, notice))
}

/// Electrodes of a series; `None` if it does not name them by a list.
///
/// # Errors
/// A list that cannot be read.
pub fn count(path: &Path, file: &hdf5::File, series: &str) -> Result<Option<usize>> {
    let region = format!("{series}/electrodes");
    if resolve(path, file, &region)?.is_none() {
        return Ok(None);
    }
    Ok(column(path, file, &region, MAX_CHANNELS)?.map(|rows| rows.len()))
}

/// The names of the electrodes; `None` if the file has no table of them.
fn labels(
    path: &Path,
    file: &hdf5::File,
    series: &str,
    n_channels: usize,
) -> Result<Option<Vec<String>>> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let region = format!("{series}/electrodes");
    if resolve(path, file, &region)?.is_none() {
        return Ok(None);
    }
    let shown = shorten(series, MAX_SHOWN);
    let rows = match column(path, file, &region, MAX_CHANNELS)? {
        Some(Column::Numbers(rows)) if rows.len() == n_channels => rows,
        Some(column) => {
            return Err(wrong(format!(
                "{region} has {} values; expected {n_channels} rows of {TABLE}, one for every channel: correct it, or read \
                 the numbers with input.format = \"hdf5\" and input.dataset = \"{shown}/data\"",
                column.len()
            )));
        }
        None => {
            return Err(wrong(format!(
                "{region} is not a list of numbers; expected rows of {TABLE}: correct it, or read the numbers with \
                 input.format = \"hdf5\" and input.dataset = \"{shown}/data\""
            )));
        }
    };
    for name in NAMES {
        let name = format!("{TABLE}/{name}");
        if resolve(path, file, &name)?.is_none() {
            continue;
        }
        let Some(names) = column(path, file, &name, MAX_CHANNELS)? else {
            continue;
        };
        let label = |&row: &f64| {
            let is_row = row.fract() == 0.0 && (0.0..names.len() as f64).contains(&row);
            if !is_row {
                return Err(wrong(format!(
                    "{region} names the row {}; expected 0 to {}, those of {name}: correct it, or read the numbers with \
                     input.format = \"hdf5\" and input.dataset = \"{shown}/data\"",
                    number(row),
                    names.len().saturating_sub(1)
                )));
            }
            let label = names.text(row as usize);
            check_label(&label).map_err(|expected| {
                let found = shorten(&label, MAX_SHOWN);
                wrong(format!("{name} holds {found:?}; expected {expected}"))
            })?;
            Ok(label)
        };
        return rows.iter().map(label).collect::<Result<_>>().map(Some);
    }
    Ok(None)
}
