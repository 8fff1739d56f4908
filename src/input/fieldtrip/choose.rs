//! Which struct of a file is the recording.

use std::path::Path;

use super::NEEDED;
use crate::error::{Error, Result};
use crate::input::Options;
use crate::input::matlab::{FieldFilter, MatFile, NamedStruct, Value};
use crate::phrase::shorten;
use crate::setting::nearest;

/// Characters that are shown of names.
const MAX_SHOWN: usize = 200;
/// Variables at most of which it is shown what they hold.
const MAX_KINDS: usize = 8;
/// What reads a matrix.
const MATRIX: &str = "; a matrix of channels × samples in a file of -v7.3 is read with input.format = \"hdf5\", input.dataset \
                      and input.samplerate";
/// Fields that other structures of FieldTrip have, what these are, and what to do.
const OTHER_STRUCTURES: &[(&str, &str)] = &[
    (
        "avg",
        "timelock data: data = ft_checkdata(data, 'datatype', 'raw') makes raw data of them",
    ),
    (
        "powspctrm",
        "frequency data, spectra already: save what ft_freqanalysis was given",
    ),
    (
        "fourierspctrm",
        "frequency data, spectra already: save what ft_freqanalysis was given",
    ),
    (
        "crsspctrm",
        "frequency data, spectra already: save what ft_freqanalysis was given",
    ),
];

/// The path of the struct that the config names, or of the only one that could be raw data: names with points between them.
pub fn recording(path: &Path, file: &mut MatFile, options: &Options) -> Result<Vec<String>> {
    let names: Vec<String> = file.names().into_iter().map(str::to_owned).collect();
    if let Some(wanted) = &options.dataset {
        if names.contains(&wanted.value) {
            return Ok(vec![wanted.value.clone()]);
        }
        let parts: Vec<String> = wanted.value.split('.').map(str::to_owned).collect();
        if names.contains(&parts[0]) {
            return Ok(parts);
        }
        let known = names.iter().map(String::as_str);
        let advice = nearest(&wanted.value, known);
        return Err(wanted
            .refuse(format!("no such variable in this file; {advice}"))
            .into());
    }
    let mut found = Vec::new();
    for name in &names {
        let fields = file.fields(name)?;
        if is_raw(&fields) {
            found.push(name.clone());
        } else if fields.iter().any(|field| field == "nbchan") {
            return Err(wrong(
                path,
                format!(
                    "{} is a dataset of EEGLAB; expected FieldTrip's raw data, or input.format = \"eeglab\"",
                    shorten(name, 60)
                ),
            ));
        }
    }
    match &found[..] {
        [one] => Ok(vec![one.clone()]),
        [] => Err(none(path, file, &names)?),
        some => Err(wrong(
            path,
            format!(
                "holds {} recordings, {}; expected input.dataset in the config, one of them",
                some.len(),
                shorten(&some.join(", "), MAX_SHOWN)
            ),
        )),
    }
}

fn is_raw(fields: &[String]) -> bool {
    NEEDED
        .iter()
        .all(|needed| fields.iter().any(|field| field == needed))
}

/// No variable is raw data: what there is, and what to do.
fn none(path: &Path, file: &mut MatFile, names: &[String]) -> Result<Error> {
    let mut structs: Vec<NamedStruct> = Vec::new();
    for name in names {
        structs.extend(file.structs(name)?);
    }
    let within = structs.iter().filter(|(_, fields)| is_raw(fields));
    let within: Vec<&str> = within.map(|(name, _)| name.as_str()).collect();
    if let [first, ..] = within[..] {
        return Ok(wrong(
            path,
            format!(
                "holds no struct with the fields trial, time and label but within others, {}; expected input.dataset = \
                 \"{first}\" in the config",
                shorten(&within.join(", "), MAX_SHOWN)
            ),
        ));
    }
    let expected = "expected FieldTrip's raw data";
    for (name, fields) in &structs {
        let has = |field: &str| fields.iter().any(|known| known == field);
        let is_other = |(field, _): &&(&str, &str)| has(field) && has("label");
        if let Some((_, what)) = OTHER_STRUCTURES.iter().find(is_other) {
            let name = shorten(name, MAX_SHOWN);
            return Ok(wrong(path, format!("{name} is {what}; {expected}")));
        }
    }
    if names.is_empty() {
        return Ok(wrong(
            path,
            format!("holds no variables; {expected}: save('data.mat', 'data', '-v7.3')"),
        ));
    }
    let mut found = Vec::new();
    let mut has_matrix = false;
    for name in names.iter().take(MAX_KINDS) {
        let nothing = FieldFilter {
            fields: &[],
            whole: &[],
        };
        let value = file.load(name, nothing)?;
        has_matrix |= matches!(&value, Value::Numbers(matrix) if matrix.count() > 1);
        found.push(format!("{} ({})", shorten(name, 60), value.shown()));
    }
    if names.len() > MAX_KINDS {
        found.push("…".into());
    }
    Ok(wrong(
        path,
        format!(
            "holds no struct with the fields trial, time and label; {expected}, found {}: in MATLAB, assign the recording \
             (of cells one) to a variable data and save('data.mat', 'data', '-v7.3'){}",
            shorten(&found.join(", "), 2 * MAX_SHOWN),
            if has_matrix { MATRIX } else { "" }
        ),
    ))
}

fn wrong(path: &Path, what: String) -> Error {
    Error::Recording {
        path: path.to_owned(),
        what,
    }
}
