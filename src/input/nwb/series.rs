//! Which series of a file is the recording, and where its numbers lie.

use std::path::Path;

use hdf5::LocationType;

use super::electrodes;
use crate::error::{Error, Result};
use crate::input::hdf5_data::{
    self, Axes, Column, column, data_set, number_attribute, objects, resolve, text_attribute,
};
use crate::input::location::{Calibration, Layout};
use crate::input::{MAX_CHANNELS, MAX_LABEL, Options};
use crate::phrase::{number, shorten};
use crate::setting::nearest;

/// Where recordings are; what was shown or played is elsewhere.
const PLACES: &[&str] = &["acquisition", "processing"];
/// The type of a recording.
const ELECTRICAL: &str = "ElectricalSeries";
/// Short pieces around spikes: a series by its name, but without one time axis.
const SPIKES: &str = "SpikeEventSeries";
/// Series that are listed at most.
const MAX_LISTED: usize = 20;
/// Characters that are shown of what was found.
const MAX_SHOWN: usize = 200;

/// The numbers of a series.
pub struct Found {
    /// Where they lie.
    pub layout: Layout,
    /// What makes volts of them.
    pub calibration: Option<Calibration>,
    /// As the file writes it.
    pub unit: String,
    /// Samples.
    pub n_rows: u64,
    /// Channels.
    pub n_channels: usize,
}

/// The path of the series that the config names, or of the only one.
///
/// # Errors
/// None there, or several, which are listed.
pub fn find(path: &Path, file: &hdf5::File, options: &Options) -> Result<String> {
    if let Some(dataset) = &options.dataset {
        let known = || all(path, file).unwrap_or_default();
        let Some(name) = resolve(path, file, &dataset.value)? else {
            let known = known();
            let known = known.iter().map(String::as_str);
            let advice = nearest(dataset.value.trim_matches('/'), known);
            return Err(dataset
                .refuse(format!("not in {}; {advice}", path.display()))
                .into());
        };
        // the data set itself names its series as well
        let name = name.strip_suffix("/data").unwrap_or(&name).to_owned();
        return match file.group(&format!("/{name}")) {
            Ok(group) if text_attribute(&group, "neurodata_type").as_deref() == Some(SPIKES) => {
                let what = "holds pieces around spikes, without one time axis; expected the series that they were cut from";
                Err(dataset.refuse(what).into())
            }
            Ok(_) => Ok(name),
            Err(_) => {
                let what = match &known()[..] {
                    [] => "is not a series (a group); expected the path of one, or input.format = \"hdf5\" for a data set"
                        .to_owned(),
                    known => format!(
                        "is not a series (a group); expected {}, or input.format = \"hdf5\" for a data set",
                        listed(known)
                    ),
                };
                Err(dataset.refuse(what).into())
            }
        };
    }
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    match &all(path, file)?[..] {
        [one] => Ok(one.clone()),
        [] => Err(wrong(format!(
            "no {ELECTRICAL} in acquisition or processing; expected one, or input.dataset to name another series{}",
            match &others(path, file)?[..] {
                [] => String::new(),
                series => format!(": {}", listed(series)),
            }
        ))),
        several => Err(wrong(format!(
            "holds {} series; expected input.dataset to name one of them: {}",
            several.len(),
            listed(several)
        ))),
    }
}

/// The paths of all recordings.
fn all(path: &Path, file: &hdf5::File) -> Result<Vec<String>> {
    groups(path, file, |group| {
        text_attribute(group, "neurodata_type").as_deref() == Some(ELECTRICAL)
    })
}

/// The paths of all series that could be read, but for pieces around spikes.
fn others(path: &Path, file: &hdf5::File) -> Result<Vec<String>> {
    groups(path, file, |group| {
        let has = |name: &str| group.link_exists(name);
        let is_series = has("data") && (has("starting_time") || has("timestamps"));
        is_series && text_attribute(group, "neurodata_type").as_deref() != Some(SPIKES)
    })
}

fn groups(
    path: &Path,
    file: &hdf5::File,
    is_one: impl Fn(&hdf5::Group) -> bool,
) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for place in PLACES {
        for (name, kind) in objects(path, file, place)? {
            if kind == LocationType::Group
                && let Ok(group) = file.group(&format!("/{name}"))
                && is_one(&group)
            {
                found.push(name);
            }
        }
    }
    Ok(found)
}

fn listed(series: &[String]) -> String {
    let names = series.iter().take(MAX_LISTED);
    let names: Vec<String> = names.map(|name| shorten(name, MAX_SHOWN)).collect();
    let more = if series.len() > MAX_LISTED {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", names.join(", "))
}

/// Looks at the numbers of the series `name`.
///
/// # Errors
/// What is wrong with them: path, found, expected.
pub fn look(path: &Path, file: &hdf5::File, name: &str) -> Result<Found> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let data_name = format!("{name}/data");
    let data = data_set(path, file, &data_name)?;
    let axes = match data.ndim() {
        1 => Axes::Time,
        2 => Axes::TimeChannel,
        n => {
            return Err(wrong(format!(
                "{data_name} has {n} dimensions; expected time, or time and channel: input.dataset names another series, \
                 input.format = \"hdf5\" with input.dimord reads three"
            )));
        }
    };
    let found = hdf5_data::find(path, file, &data_name, axes)?;
    let factor = |name: &str, default: f64| -> Result<f64> {
        match number_attribute(path, &data, name)? {
            Some(factor) if !factor.is_finite() => Err(wrong(format!(
                "{data_name} has the {name} {factor}; expected a finite number: correct it, or read the numbers with \
                 input.format = \"hdf5\""
            ))),
            factor => Ok(factor.unwrap_or(default)),
        }
    };
    let (conversion, offset) = (factor("conversion", 1.0)?, factor("offset", 0.0)?);
    if let Some(evidence) = transposed(path, file, name, &found)? {
        let data_name = shorten(&data_name, MAX_SHOWN);
        let keys = keys_of_numbers(path, file, name, &data, (conversion, offset))?;
        return Err(wrong(format!(
            "{data_name} holds {} × {} numbers, but {evidence}: it is transposed, channel × time; expected time × channel: \
             read it with input.format = \"hdf5\", dataset = \"/{data_name}\", dimord = [\"channel\", \"time\"], {keys}",
            found.n_samples, found.n_channels,
        )));
    }
    let gain = match channel_conversion(path, file, name, found.n_channels)? {
        None => vec![conversion; found.n_channels],
        Some(by_channel) => by_channel.iter().map(|own| conversion * own).collect(),
    };
    let calibration = Calibration::of(found.layout.sample(), gain, vec![offset; found.n_channels])
        .map_err(|what| wrong(format!("{name}: {what}")))?;
    Ok(Found {
        calibration,
        layout: found.layout,
        unit: unit(&data),
        n_rows: found.n_samples as u64,
        n_channels: found.n_channels,
    })
}

/// The unit of the samples; empty where the file does not say it.
fn unit(data: &hdf5::Dataset) -> String {
    text_attribute(data, "unit")
        .filter(|unit| unit.len() <= MAX_LABEL && !unit.contains('\0'))
        .unwrap_or_default()
}

/// The keys of the config that make samples of the numbers of a series, if it is read as a data set.
fn keys_of_numbers(
    path: &Path,
    file: &hdf5::File,
    series: &str,
    data: &hdf5::Dataset,
    (conversion, offset): (f64, f64),
) -> Result<String> {
    let start = file.dataset(&format!("/{series}/starting_time"));
    let rate = start
        .ok()
        .and_then(|start| number_attribute(path, &start, "rate").ok()?);
    let mut keys = vec![match rate {
        Some(hz) => format!("samplerate = {}", number(hz)),
        None => "samplerate = …".into(),
    }];
    let own = format!("{series}/channel_conversion");
    if resolve(path, file, &own)?.is_some() {
        keys.push(format!(
            "scale = [{conversion:e} times each of {}]",
            shorten(&own, MAX_SHOWN)
        ));
    } else if conversion != 1.0 {
        keys.push(format!("scale = {conversion:e}"));
    }
    if offset != 0.0 {
        keys.push(format!("offset = {offset:e}"));
    }
    let unit = shorten(&unit(data), MAX_SHOWN);
    if !unit.is_empty() {
        keys.push(format!("unit = {unit:?}"));
    }
    Ok(keys.join(", "))
}

/// What says that the axes of a series are exchanged: electrodes or times, as many as the other axis is long.
fn transposed(
    path: &Path,
    file: &hdf5::File,
    series: &str,
    found: &hdf5_data::Found,
) -> Result<Option<String>> {
    let (n_rows, n_columns) = (found.n_samples, found.n_channels);
    let n_electrodes = electrodes::count(path, file, series)?;
    if let Some(n) = n_electrodes {
        return Ok((n == n_rows && n != n_columns).then(|| format!("there are {n} electrodes")));
    }
    let times = format!("{series}/timestamps");
    if resolve(path, file, &times)?.is_none() {
        return Ok(None);
    }
    let shape = data_set(path, file, &times)?.shape();
    let are_columns = shape == [n_columns] && n_rows != n_columns;
    Ok(are_columns.then(|| format!("there are {n_columns} timestamps")))
}

/// The gain of each channel, beside that of all.
fn channel_conversion(
    path: &Path,
    file: &hdf5::File,
    series: &str,
    n_channels: usize,
) -> Result<Option<Vec<f64>>> {
    let name = format!("{series}/channel_conversion");
    if resolve(path, file, &name)?.is_none() {
        return Ok(None);
    }
    match column(path, file, &name, MAX_CHANNELS)? {
        Some(Column::Numbers(factors)) if factors.len() == n_channels => Ok(Some(factors)),
        found => Err(Error::Recording {
            path: path.to_owned(),
            what: format!(
                "{name} holds {}; expected {n_channels}, one for every channel: correct it, or read the numbers with \
                 input.format = \"hdf5\" and input.scale",
                match found {
                    Some(Column::Numbers(factors)) => format!("{} numbers", factors.len()),
                    _ => "no list of numbers".into(),
                }
            ),
        }),
    }
}
