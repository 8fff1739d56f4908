//! Any HDF5 file: a data set of numbers is the recording, and the config gives its sample rate and names. Attributes are
//! ignored, since every program has its own.

use std::path::Path;

use hdf5::LocationType;

use super::binary::{calibration, channels};
use super::hdf5_data::{self, Axes, data_set, number, objects, open_hdf5, resolve};
use super::location::Location;
use super::source::{Source, whole};
use super::{Options, nwb};
use crate::error::{Error, Result};
use crate::phrase::shorten;
use crate::recording::{Recording, Trial};
use crate::setting::nearest;

/// The keys of `[input]` that such files need or may have.
pub const KEYS: &[&str] = &[
    "dataset",
    "dimord",
    "samplerate",
    "scale",
    "offset",
    "unit",
    "channel",
];

/// Data sets that are listed at most.
const MAX_LISTED: usize = 20;
/// Characters that are shown of what was found.
const MAX_SHOWN: usize = 200;
/// Axes where the config does not say, by their number.
const AXES: [Axes; 2] = [Axes::Time, Axes::TimeChannel];

/// Whether an HDF5 file is one of NWB, which says more about itself.
///
/// # Errors
/// No HDF5 file.
pub fn is_nwb(path: &Path) -> Result<bool> {
    Ok(nwb::is_nwb(&open_hdf5(path, |_| ())?))
}

/// Describes the data set of the file `path` that the config names, or its only one.
///
/// # Errors
/// A key that is missing, no data set, several of them, or one that is not what it should be: path, found, expected.
pub fn describe(path: &Path, options: &Options) -> Result<Source> {
    let Some(sample_rate_hz) = &options.samplerate else {
        let what = "an HDF5 file has no standard place for its sample rate; expected input.samplerate in the config, such \
                    as samplerate = 1000";
        return Err(options.path.refuse(what).into());
    };
    let file = open_hdf5(path, |_| ())?;
    let (name, axes) = choose(path, &file, options)?;
    let found = hdf5_data::find(path, &file, &name, axes)?;
    let (n_samples, n_rows) = (found.n_samples, (found.n_samples * found.n_trials) as u64);
    let calibration = calibration(options, found.layout.sample(), found.n_channels)?;
    let location = Location {
        path: path.to_owned(),
        layout: found.layout,
        calibration,
    };
    let trials: Vec<Trial> = (0..found.n_trials)
        .map(|number| Trial {
            number,
            start: (number * n_samples) as u64,
            ..whole(n_samples as u64).remove(0)
        })
        .collect();
    let stretches = trials
        .iter()
        .map(|trial| trial.start..trial.start + n_samples as u64);
    let stretches = stretches.collect();
    let recording = Recording {
        sample_rate_hz: sample_rate_hz.value,
        channels: channels(options, found.n_channels)?,
        trials,
        is_double: location.is_double(),
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    };
    Ok(Source {
        // no time is known between trials
        stretches,
        ..Source::new(recording, location, n_rows)
    })
}

/// The path of the data set that is meant, and its axes.
fn choose(path: &Path, file: &hdf5::File, options: &Options) -> Result<(String, Axes)> {
    let dimord = options.dimord.as_ref().map(|dimord| dimord.value);
    if let Some(dataset) = &options.dataset {
        let Some(name) = resolve(path, file, &dataset.value)? else {
            let known = data_sets(path, file).unwrap_or_default();
            let known = known.iter().map(|(name, _)| name.as_str());
            let advice = nearest(dataset.value.trim_matches('/'), known);
            return Err(dataset
                .refuse(format!("not in {}; {advice}", path.display()))
                .into());
        };
        let n_axes = data_set(path, file, &name)?.ndim();
        let known = n_axes.checked_sub(1).and_then(|n| AXES.get(n).copied());
        return match dimord.or(known) {
            Some(axes) => Ok((name, axes)),
            None => {
                let what = format!(
                    "has {n_axes} dimensions; expected input.dimord to name them, or 1 or 2"
                );
                Err(dataset.refuse(what).into())
            }
        };
    }
    let found = data_sets(path, file)?;
    // one that may be a recording: as many axes as the config names; else two, else one
    let wanted: Vec<Axes> = match dimord {
        Some(axes) => vec![axes],
        None => AXES.iter().rev().copied().collect(),
    };
    for axes in wanted {
        let fitting: Vec<&str> = found
            .iter()
            .filter(|(_, n)| *n == axes.names().len())
            .map(|(name, _)| name.as_str())
            .collect();
        match fitting[..] {
            [] => continue,
            [one] => return Ok((one.to_owned(), axes)),
            _ => return Err(several(path, &fitting)),
        }
    }
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let names = if names.is_empty() {
        "none of numbers".to_owned()
    } else {
        listed(&names)
    };
    Err(Error::Recording {
        path: path.to_owned(),
        what: format!(
            "has no data set of the axes {}; found {names}; expected input.dataset to name one and input.dimord its axes",
            wanted_names(dimord)
        ),
    })
}

fn wanted_names(dimord: Option<Axes>) -> String {
    dimord.unwrap_or(Axes::TimeChannel).names().join(" and ")
}

fn several(path: &Path, names: &[&str]) -> Error {
    Error::Recording {
        path: path.to_owned(),
        what: format!(
            "holds {} data sets; expected input.dataset to name one of them: {}",
            names.len(),
            listed(names)
        ),
    }
}

fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(MAX_LISTED)
        .map(|name| shorten(name, MAX_SHOWN))
        .collect();
    let more = if names.len() > MAX_LISTED {
        ", …"
    } else {
        ""
    };
    format!("{}{more}", shown.join(", "))
}

/// The paths of all data sets of numbers, and their dimensions.
fn data_sets(path: &Path, file: &hdf5::File) -> Result<Vec<(String, usize)>> {
    let mut found = Vec::new();
    for (name, kind) in objects(path, file, "/")? {
        if kind == LocationType::Dataset
            && let Ok(set) = file.dataset(&format!("/{name}"))
            && let Ok(dtype) = set.dtype()
            && number(&dtype).is_some()
            && set.ndim() > 0
        {
            found.push((name, set.ndim()));
        }
    }
    Ok(found)
}
