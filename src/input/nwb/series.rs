//! Which series of a file is the recording, and where its numbers lie.

use std::path::Path;

use hdf5::LocationType;

use crate::error::{Error, Result};
use crate::input::hdf5_data::{
    self, Axes, Column, column, data_set, number_attribute, objects, resolve, text_attribute,
};
use crate::input::location::{Calibration, Layout};
use crate::input::{MAX_CHANNELS, MAX_LABEL, Options};
use crate::phrase::shorten;
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
const SHOWN: usize = 200;

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
                let what = "holds pieces around spikes; expected a series of one time axis";
                Err(dataset.refuse(what).into())
            }
            Ok(_) => Ok(name),
            Err(_) => {
                let what = format!("is no series; expected {}", listed(&known()));
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
            "no {ELECTRICAL} in acquisition or processing; expected one, or input.dataset to name another series"
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
    let mut series = Vec::new();
    for place in PLACES {
        for (name, kind) in objects(path, file, place)? {
            if kind == LocationType::Group
                && let Ok(group) = file.group(&format!("/{name}"))
                && text_attribute(&group, "neurodata_type").as_deref() == Some(ELECTRICAL)
            {
                series.push(name);
            }
        }
    }
    Ok(series)
}

fn listed(series: &[String]) -> String {
    let names = series.iter().take(MAX_LISTED);
    let names: Vec<String> = names.map(|name| shorten(name, SHOWN)).collect();
    let more = match series.len() > MAX_LISTED {
        true => ", …",
        false => "",
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
                "{data_name} has {n} dimensions; expected time, or time and channel"
            )));
        }
    };
    let found = hdf5_data::find(path, file, &data_name, axes)?;
    let factor = |name: &str, default: f64| -> Result<f64> {
        match number_attribute(path, &data, name)? {
            Some(factor) if !factor.is_finite() => Err(wrong(format!(
                "{data_name} has the {name} {factor}; expected a finite number"
            ))),
            factor => Ok(factor.unwrap_or(default)),
        }
    };
    let (conversion, offset) = (factor("conversion", 1.0)?, factor("offset", 0.0)?);
    let gain = match channel_conversion(path, file, name, found.n_channels)? {
        None => vec![conversion; found.n_channels],
        Some(by_channel) => by_channel.iter().map(|own| conversion * own).collect(),
    };
    let calibration = Calibration::of(found.layout.sample(), gain, vec![offset; found.n_channels])
        .map_err(|what| wrong(format!("{name}: {what}")))?;
    Ok(Found {
        calibration,
        layout: found.layout,
        unit: text_attribute(&data, "unit")
            .filter(|unit| unit.len() <= MAX_LABEL && !unit.contains('\0'))
            .unwrap_or_default(),
        n_rows: found.n_samples as u64,
        n_channels: found.n_channels,
    })
}

/// What the numbers of each channel are multiplied with, beside what all are.
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
                "{name} holds {}; expected {n_channels}, one for every channel",
                match found {
                    Some(Column::Numbers(factors)) => format!("{} numbers", factors.len()),
                    _ => "no list of numbers".into(),
                }
            ),
        }),
    }
}
