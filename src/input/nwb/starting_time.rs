//! The time axis of a series: a begin and a rate, or else a time for every sample.

use std::path::Path;

use hdf5::Dataset;

use super::times::{Times, without_times};
use super::timestamps;
use crate::error::{Error, Hdf5Context, Result};
use crate::input::check_sample_rate;
use crate::input::hdf5_data::{
    data_set, kind, number as number_type, number_attribute, resolve, text_attribute,
};
use crate::input::rate::without_rounding;
use crate::phrase::number;

/// Relative error of a rate that a program computed as a quotient of times and stored in double precision.
const QUOTIENT: f64 = 1e-9;

/// The time axis of the series `series` of `n_rows` samples.
///
/// # Errors
/// No times, or times that do not grow: path, found, expected.
pub fn find(path: &Path, file: &hdf5::File, series: &str, n_rows: u64) -> Result<Times> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what: format!("{what}{}", without_times(series)),
    };
    let start = format!("{series}/starting_time");
    if resolve(path, file, &start)?.is_none() {
        return timestamps::find(path, file, series, n_rows);
    }
    let set = data_set(path, file, &start)?;
    let dtype = set.dtype().at(path, format!("read the type of {start}"))?;
    if set.size() != 1 || number_type(&dtype).is_none() {
        let what = kind(&dtype);
        return Err(wrong(format!(
            "{start} holds {} {what}; expected a number of seconds",
            set.size()
        )));
    }
    let values = set.read_raw::<f64>();
    let values = values.at(path, format!("read {start} as a number"))?;
    let start_s = values.first().copied().unwrap_or(f64::NAN);
    if !start_s.is_finite() {
        return Err(wrong(format!(
            "{start} is {}; expected a number of seconds",
            number(start_s)
        )));
    }
    let rate = number_attribute(path, &set, "rate")?;
    let sample_rate_hz = rate.unwrap_or(f64::NAN);
    let sample_rate_hz = without_rounding(sample_rate_hz, precision(&set));
    check_sample_rate(sample_rate_hz).map_err(|expected| {
        let found = match rate {
            Some(hz) => number(hz),
            None if text_attribute(&set, "rate").is_some() => "a text".into(),
            None => "missing".into(),
        };
        wrong(format!(
            "the attribute rate of {start} is {found}; expected {expected}"
        ))
    })?;
    Ok(Times::regular(start_s, sample_rate_hz))
}

/// The relative error of the attribute `rate`.
fn precision(set: &Dataset) -> f64 {
    let dtype = set.attr("rate").and_then(|rate| rate.dtype());
    match dtype {
        Ok(dtype) if dtype.size() == size_of::<f32>() => f64::from(f32::EPSILON),
        _ => QUOTIENT,
    }
}
