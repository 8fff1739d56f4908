//! When the samples of a series were taken: a begin and a rate, or a time for every sample. The latter must lie on a line:
//! no sample more than half a sample away from where a constant rate, from the first to the last, would put it.

use std::ops::Range;
use std::path::Path;

use hdf5::Dataset;

use crate::error::{Error, Hdf5Context, Result};
use crate::input::check_sample_rate;
use crate::input::hdf5_data::{
    NUMBERS_AT_ONCE, data_set, kind, missing, number as number_type, number_attribute, numbers,
    resolve,
};
use crate::phrase::number;

/// Pieces of the list of times at most that are read: of up to 16 million times all, of more some that are spread over
/// all. A gap moves all times from one of its ends to that of the list, so that these pieces show it as well.
const MAX_PIECES: usize = 512;
/// A rate is a whole number of Hz where that moves the last sample by no more than this part of a sample: times are rounded
/// to doubles.
const WHOLE_HZ: f64 = 1e-4;

/// The time axis of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// Of its first sample, in seconds of the session.
    pub start_s: f64,
    /// In Hz.
    pub sample_rate_hz: f64,
}

impl Times {
    /// The place on the time axis of a time of the session, in samples.
    pub fn sample(&self, time_s: f64) -> f64 {
        (time_s - self.start_s) * self.sample_rate_hz
    }
}

/// The time axis of the series `series` of `n_rows` samples.
///
/// # Errors
/// No times, or times that no constant rate gives: path, found, expected.
pub fn find(path: &Path, file: &hdf5::File, series: &str, n_rows: u64) -> Result<Times> {
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    let start = format!("{series}/starting_time");
    if resolve(path, file, &start)?.is_none() {
        return of_every_sample(path, file, series, n_rows);
    }
    let set = data_set(path, file, &start)?;
    let dtype = set.dtype().at(path, format!("read the type of {start}"))?;
    if set.size() != 1 || number_type(&dtype).is_none() {
        let what = kind(&dtype);
        return Err(wrong(format!(
            "{start} holds {} {what}; expected a number",
            set.size()
        )));
    }
    let values = set.read_raw::<f64>();
    let values = values.at(path, format!("read {start} as a number"))?;
    let start_s = values.first().copied().unwrap_or(f64::NAN);
    if !start_s.is_finite() {
        return Err(wrong(format!("{start} is {start_s}; expected seconds")));
    }
    let rate = number_attribute(path, &set, "rate")?;
    let sample_rate_hz = rate.unwrap_or(f64::NAN);
    check_sample_rate(sample_rate_hz).map_err(|expected| {
        let found = rate.map_or("missing".into(), number);
        wrong(format!(
            "the attribute rate of {start} is {found}; expected {expected}"
        ))
    })?;
    Ok(Times {
        start_s,
        sample_rate_hz,
    })
}

fn of_every_sample(path: &Path, file: &hdf5::File, series: &str, n_rows: u64) -> Result<Times> {
    let name = format!("{series}/timestamps");
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what,
    };
    if resolve(path, file, &name)?.is_none() {
        return Err(wrong(format!(
            "{series} has neither starting_time nor timestamps; expected one of them"
        )));
    }
    let set = data_set(path, file, &name)?;
    let shape = set.shape();
    let n = n_rows as usize;
    if shape != [n] || n < 2 {
        return Err(wrong(format!(
            "{name} has the shape {shape:?}; expected [{n}], one time for every sample, and 2 at least"
        )));
    }
    let dtype = set.dtype().at(path, format!("read the type of {name}"))?;
    if number_type(&dtype).is_none() {
        let what = kind(&dtype);
        return Err(wrong(format!("{name} holds {what}; expected numbers")));
    }
    if let Some(what) = missing(path, &set, n as u128 * dtype.size() as u128)? {
        return Err(wrong(what));
    }
    let stamps = Stamps { path, set, name, n };
    let times = stamps.line()?;
    stamps.check(times)?;
    Ok(times)
}

/// A time for every sample.
struct Stamps<'a> {
    path: &'a Path,
    set: Dataset,
    name: String,
    n: usize,
}

impl Stamps<'_> {
    fn read(&self, rows: Range<usize>) -> Result<Vec<f64>> {
        numbers(self.path, &self.set, &self.name, rows)
    }

    fn wrong(&self, what: String) -> Error {
        Error::Recording {
            path: self.path.to_owned(),
            what: format!("{} {what}", self.name),
        }
    }

    /// The constant rate from the first to the last.
    fn line(&self) -> Result<Times> {
        let (first, last) = (self.read(0..1)?, self.read(self.n - 1..self.n)?);
        let (first, last) = (first[0], last[0]);
        let steps = (self.n - 1) as f64;
        let mut rate = steps / (last - first);
        let whole = rate.round();
        if ((last - first) * whole - steps).abs() <= WHOLE_HZ {
            rate = whole;
        }
        check_sample_rate(rate).map_err(|_| {
            self.wrong(format!(
                "go from {} to {} s in {} samples; expected a constant rate",
                number(first),
                number(last),
                self.n
            ))
        })?;
        Ok(Times {
            start_s: first,
            sample_rate_hz: rate,
        })
    }

    /// The pieces that are read.
    fn pieces(&self) -> impl Iterator<Item = Range<usize>> {
        let n_pieces = self.n.div_ceil(NUMBERS_AT_ONCE);
        let n_read = n_pieces.min(MAX_PIECES);
        let n = self.n;
        (0..n_read).map(move |k| {
            // the first and the last among them
            let piece = match n_read {
                1 => 0,
                _ => k * (n_pieces - 1) / (n_read - 1),
            };
            let first = piece * NUMBERS_AT_ONCE;
            first..n.min(first + NUMBERS_AT_ONCE)
        })
    }

    /// Whether all that are read lie on the line.
    fn check(&self, times: Times) -> Result<()> {
        for rows in self.pieces() {
            let stamps = self.read(rows.clone())?;
            let is_off = |(row, stamp): (usize, &f64)| {
                let is_near = (times.sample(*stamp) - row as f64).abs() <= 0.5;
                (!is_near).then_some(row)
            };
            if let Some(row) = rows.zip(&stamps).find_map(is_off) {
                return Err(self.jump(row)?);
            }
        }
        Ok(())
    }

    /// What is said where the times do not lie on a line: the first step unlike the first one of all, or, where the rate
    /// drifts, the first sample that is off.
    fn jump(&self, off: usize) -> Result<Error> {
        let expected =
            "expected a constant rate; a recording with gaps has to be cut into series without";
        let mut step = f64::NAN;
        let mut before: Option<(usize, f64)> = None;
        for rows in self.pieces() {
            for (row, stamp) in rows.clone().zip(self.read(rows)?) {
                // pieces need not follow each other
                if let Some((last, before)) = before
                    && last + 1 == row
                {
                    let this = stamp - before;
                    if step.is_nan() {
                        step = this;
                    }
                    let is_like_it = (this - step).abs() <= 0.5 * step.abs();
                    if !is_like_it {
                        return Ok(self.wrong(format!(
                            "jump from {} to {} s at sample {row}; {expected}",
                            number(before),
                            number(stamp)
                        )));
                    }
                }
                before = Some((row, stamp));
            }
        }
        Ok(self.wrong(format!("leave a constant rate at sample {off}; {expected}")))
    }
}
