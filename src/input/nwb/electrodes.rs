//! What the channels of a series are called: rows of the file's table of electrodes.

use std::path::Path;

use crate::error::{Error, Result};
use crate::input::hdf5_data::{Column, column, resolve};
use crate::input::{MAX_CHANNELS, check_label};
use crate::phrase::{number, shorten};
use crate::recording::{Channel, Recording};

/// The table, since NWB 2.0.
const TABLE: &str = "general/extracellular_ephys/electrodes";
/// Columns that name an electrode, the first that there is; the schema knows none, these are what writers use. Else the
/// number of the electrode is its name.
const NAMES: &[&str] = &["label", "channel_name", "electrode_name", "id"];
/// Characters that are shown of what was found.
const SHOWN: usize = 80;

/// The channels of the series `series`, of the unit `unit`.
///
/// # Errors
/// Electrodes that do not fit to the channels: path, found, expected.
pub fn channels(
    path: &Path,
    file: &hdf5::File,
    series: &str,
    n_channels: usize,
    unit: &str,
) -> Result<Vec<Channel>> {
    let labels = match labels(path, file, series, n_channels)? {
        Some(labels) => labels,
        None => Recording::default_labels(n_channels),
    };
    let mut channels = Channel::of(labels);
    for channel in &mut channels {
        channel.unit = unit.to_owned();
    }
    Ok(channels)
}

/// The names of the electrodes; none where the file has no table of them.
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
    let rows = match column(path, file, &region, MAX_CHANNELS)? {
        Some(Column::Numbers(rows)) if rows.len() == n_channels => rows,
        Some(column) => {
            return Err(wrong(format!(
                "{region} has {} values; expected {n_channels} rows of {TABLE}, one for every channel",
                column.len()
            )));
        }
        None => {
            return Err(wrong(format!(
                "{region} is no list; expected rows of {TABLE}"
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
                    "{region} names the row {}; expected 0 to {}, those of {name}",
                    number(row),
                    names.len().saturating_sub(1)
                )));
            }
            let label = names.text(row as usize);
            check_label(&label).map_err(|expected| {
                let found = shorten(&label, SHOWN);
                wrong(format!("{name} holds {found:?}; expected {expected}"))
            })?;
            Ok(label)
        };
        return rows.iter().map(label).collect::<Result<_>>().map(Some);
    }
    Ok(None)
}
