//! A time for every sample: the rate that they make, and where time is missing. All of them are read, once and in pieces,
//! since gaps may cancel each other.

use std::ops::Range;
use std::path::Path;

use hdf5::Dataset;

use super::times::{Piece, Times, without_times};
use crate::error::{Error, Hdf5Context, Result};
use crate::input::check_sample_rate;
use crate::input::hdf5_data::{
    NUMBERS_AT_ONCE, data_set, kind, missing, number as number_type, numbers, resolve,
};
use crate::input::rate::obvious_rate;
use crate::input::time_axis::{self, Point, Rates};
use crate::phrase::{count, number, rounded, shorten};

/// Blocks of times that the rate is estimated from, spread over all.
const N_BLOCKS: u64 = 16;
/// Times of such a block.
const BLOCK: u64 = 1 << 12;
/// Pieces of the time axis at most: every one takes a place in memory.
const MAX_PIECES: usize = 1 << 16;
/// A time may be this far from its place, in samples: one further is nearer to another sample.
const MAX_AWAY: f64 = 0.5;
/// A distance from their places, in samples, that the user is told.
const WORTH_TELLING: f64 = 0.25;
/// Times that jitter more than this, in samples, are compared by medians: a single one may be off without a gap.
const JITTER: f64 = 0.1;
/// Times whose median says where these are.
const WINDOW: usize = 32;
/// Times that are looked at behind one that is off its place: where they are back at theirs, only that one is wrong.
const LOOK_AHEAD: u64 = 3;
/// Of two such windows next to each other, how far they are apart at a gap; a rate that drifts moves them less.
const GAP: f64 = 0.25;
/// Doubt about the time of a sample, in samples, of times that are steps of a constant rate.
const EXACT: f64 = 1e-3;
/// Characters that are shown of a name.
const MAX_SHOWN: usize = 200;
/// Times at most of which each is off by itself, as a part of all.
const MAX_OUTLIERS: f64 = 0.05;

/// The time axis that the timestamps of the series `series` make.
///
/// # Errors
/// None, or some that do not grow: path, found, expected.
pub fn find(path: &Path, file: &hdf5::File, series: &str, n_rows: u64) -> Result<Times> {
    let name = format!("{series}/timestamps");
    let wrong = |what: String| Error::Recording {
        path: path.to_owned(),
        what: format!("{what}{}", without_times(series)),
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
    let stamps = Stamps {
        path,
        set,
        series,
        name,
        n,
    };
    stamps.times()
}

/// A time for every sample.
struct Stamps<'a> {
    path: &'a Path,
    set: Dataset,
    series: &'a str,
    name: String,
    n: usize,
}

impl Stamps<'_> {
    fn read(&self, rows: Range<usize>) -> Result<Vec<f64>> {
        numbers(self.path, &self.set, &self.name, rows)
    }

    fn wrong(&self, what: impl std::fmt::Display) -> Error {
        Error::Recording {
            path: self.path.to_owned(),
            what: format!(
                "{} {what}{}",
                shorten(&self.name, MAX_SHOWN),
                without_times(self.series)
            ),
        }
    }

    fn times(&self) -> Result<Times> {
        let rates = self.rates()?;
        let first = self.read(0..1)?[0];
        let mut walk = Walk::new(first, rates.obvious_hz(), rates.jitter);
        let mut ahead = self.n.min(NUMBERS_AT_ONCE);
        let mut stamps = self.read(0..ahead)?;
        loop {
            let next = ahead..self.n.min(ahead + NUMBERS_AT_ONCE);
            let is_last = next.is_empty();
            walk.take(&stamps, is_last)
                .map_err(|what| self.wrong(what))?;
            if is_last {
                break;
            }
            ahead = next.end;
            stamps = self.read(next)?;
        }
        Ok(walk.finish(self.n as u64, &rates, &self.name))
    }

    /// The rates that blocks of times leave open.
    fn rates(&self) -> Result<Rates> {
        let mut points: Vec<Point> = Vec::new();
        for rows in time_axis::blocks(self.n as u64, N_BLOCKS, BLOCK) {
            let stamps = self.read(rows.start as usize..rows.end as usize)?;
            points.extend(rows.zip(stamps));
        }
        if let Some((row, time)) = points.iter().find(|(_, time)| !time.is_finite()) {
            return Err(self.wrong(not_finite(*row, *time)));
        }
        let rates = Rates::of(std::slice::from_ref(&points));
        let is_legal = |rates: &Rates| check_sample_rate(rates.obvious_hz()).is_ok();
        rates.filter(is_legal).ok_or_else(|| {
            let (first, last) = (points[0].1, points[points.len() - 1].1);
            self.wrong(format!(
                "go from {} to {} s in {} samples, and most of them do not grow by a constant step; expected times that do",
                number(first),
                number(last),
                self.n
            ))
        })
    }
}

fn not_finite(row: u64, time_s: f64) -> String {
    let time = number(time_s);
    format!("hold {time} at sample {row}; expected finite times")
}

/// Follows the times of all samples, in samples from where a constant rate would put them.
struct Walk {
    first_s: f64,
    sample_rate_hz: f64,
    window: usize,
    /// How far ahead of their places the times of some rows are, the first of them that of row `base`.
    ahead: Vec<f64>,
    base: u64,
    /// The next row.
    row: u64,
    /// The row that the stretch begins at.
    start: u64,
    /// How far ahead the times of the piece are.
    anchor: f64,
    pieces: Vec<Piece>,
    /// Rows of the stretches so far, less one of each, and how long they last, in samples.
    steps: f64,
    lasts: f64,
    n_outliers: u64,
    first_outlier: u64,
    /// The time that is furthest from its place: how far, and its row.
    furthest: (f64, u64),
}

impl Walk {
    fn new(first_s: f64, sample_rate_hz: f64, jitter: f64) -> Walk {
        Walk {
            first_s,
            sample_rate_hz,
            window: if jitter > JITTER { WINDOW } else { 1 },
            ahead: Vec::new(),
            base: 0,
            row: 0,
            start: 0,
            anchor: 0.0,
            pieces: Vec::new(),
            steps: 0.0,
            lasts: 0.0,
            n_outliers: 0,
            first_outlier: 0,
            furthest: (0.0, 0),
        }
    }

    /// Takes the next times; the inner rows of those before wait for what comes after them.
    fn take(&mut self, stamps: &[f64], is_last: bool) -> Result<(), String> {
        let first = self.base + self.ahead.len() as u64;
        for (row, time) in (first..).zip(stamps) {
            let ahead = (time - self.first_s) * self.sample_rate_hz - row as f64;
            if !ahead.is_finite() {
                return Err(not_finite(row, *time));
            }
            self.ahead.push(ahead);
        }
        let end = self.base + self.ahead.len() as u64;
        let ready = if is_last {
            end
        } else {
            end.saturating_sub(1 + LOOK_AHEAD.max(self.window as u64))
        };
        if self.pieces.is_empty() && ready > 0 {
            self.anchor = self.median(0..self.window as u64);
            self.begin(0, true)?;
        }
        while self.row < ready {
            let away = (self.ahead[(self.row - self.base) as usize] - self.anchor).abs();
            if away <= MAX_AWAY {
                if away > self.furthest.0 {
                    self.furthest = (away, self.row);
                }
            } else {
                self.leave(end)?;
            }
            self.row += 1;
        }
        if is_last {
            self.end_stretch(end);
        }
        let kept = self.row.saturating_sub(self.window as u64).max(self.base);
        self.ahead.drain(..(kept - self.base) as usize);
        self.base = kept;
        Ok(())
    }

    /// How far ahead the times of these rows are that are held.
    fn median(&self, rows: Range<u64>) -> f64 {
        let end = (rows.end - self.base).min(self.ahead.len() as u64) as usize;
        let start = rows.start.saturating_sub(self.base) as usize;
        let mut some = self.ahead[start..end].to_vec();
        some.sort_unstable_by(f64::total_cmp);
        some[some.len() / 2]
    }

    /// Looks at a time that is not at its place: a gap, a rate that drifts, or a time that is off by itself.
    fn leave(&mut self, end: u64) -> Result<(), String> {
        let (row, window) = (self.row, self.window as u64);
        let after = self.median(row..end.min(row + window));
        let later = row + 1..end.min(row + 1 + LOOK_AHEAD);
        let is_back = !later.is_empty() && (self.median(later) - self.anchor).abs() <= MAX_AWAY;
        if is_back || (after - self.anchor).abs() <= MAX_AWAY {
            if self.n_outliers == 0 {
                self.first_outlier = row;
            }
            self.n_outliers += 1;
            let is_too_often =
                self.n_outliers as f64 > (row as f64 * MAX_OUTLIERS).max(WINDOW as f64);
            return if is_too_often {
                Err(format!(
                    "are more than half a sample away from a constant rate at {} samples, from {} on; expected times that \
                     grow by a constant step between gaps",
                    self.n_outliers, self.first_outlier
                ))
            } else {
                Ok(())
            };
        }
        let before = match row {
            0 => self.anchor,
            _ => self.median(self.start.max(row.saturating_sub(window))..row.max(self.start + 1)),
        };
        let is_gap = (after - before).abs() > GAP && row > self.start;
        // one step is the least between two samples
        if is_gap && after - before < -1.0 {
            let time_s = |row: u64, ahead: f64| {
                number(rounded(
                    self.first_s + (row as f64 + ahead) / self.sample_rate_hz,
                ))
            };
            return Err(format!(
                "go back from {} to {} s at sample {row}; expected times that grow",
                time_s(row - 1, before),
                time_s(row, after)
            ));
        }
        if is_gap {
            self.end_stretch(row);
            self.start = row;
        }
        self.anchor = after;
        self.begin(row, is_gap)
    }

    fn end_stretch(&mut self, end: u64) {
        let steps = (end - 1 - self.start) as f64;
        let window = self.window as u64;
        let last = self.median(self.start.max(end.saturating_sub(window))..end);
        let stretch = self.pieces.iter().rev().find(|piece| piece.is_after_gap);
        let first_s = stretch.map_or(self.first_s, |piece| piece.time_s);
        let first = (first_s - self.first_s) * self.sample_rate_hz - self.start as f64;
        self.steps += steps;
        self.lasts += steps + last - first;
    }

    fn begin(&mut self, row: u64, is_after_gap: bool) -> Result<(), String> {
        if self.pieces.len() == MAX_PIECES {
            return Err(format!(
                "leave a constant rate at more than {MAX_PIECES} places, the last of them sample {row}; expected fewer"
            ));
        }
        self.pieces.push(Piece {
            row,
            time_s: self.first_s + (row as f64 + self.anchor) / self.sample_rate_hz,
            is_after_gap,
        });
        Ok(())
    }

    fn finish(self, n_rows: u64, rates: &Rates, name: &str) -> Times {
        let mut times = Times {
            sample_rate_hz: self.sample_rate_hz,
            pieces: self.pieces,
            notices: Vec::new(),
        };
        if self.n_outliers > 0 {
            times.tell(name, format!(
                "{} off a constant rate by more than half a sample, sample {} first: only their times are wrong if no \
                 sample is missing there",
                count(self.n_outliers, "single time"),
                self.first_outlier
            ));
        }
        let mut is_drifting = times.pieces.iter().any(|piece| !piece.is_after_gap);
        if is_drifting {
            let mean_hz = self.sample_rate_hz * self.steps / self.lasts;
            let doubt = (rates.jitter + EXACT) / self.steps;
            times.sample_rate_hz = obvious_rate(mean_hz * (1.0 - doubt), mean_hz * (1.0 + doubt));
            is_drifting = times.drift() > MAX_AWAY;
        }
        let (away, row) = self.furthest;
        if is_drifting {
            let (off, hz) = (rounded(times.drift()), number(times.sample_rate_hz));
            times.tell(name, format!(
                "the sample rate drifts: times are up to {off} samples off {hz} Hz, the mean; trials and events are placed \
                 by their times"
            ));
        } else {
            times.pieces.retain(|piece| piece.is_after_gap);
            if away > WORTH_TELLING {
                let (away, hz) = (rounded(away), number(times.sample_rate_hz));
                times.tell(name, format!(
                    "times are off a constant rate of {hz} Hz by up to {away} samples (at sample {row}), less than the half \
                     that would be a gap"
                ));
            }
        }
        debug_assert!(times.pieces.iter().all(|piece| piece.row < n_rows));
        times
    }
}

impl Times {
    fn tell(&mut self, name: &str, what: String) {
        let name = shorten(name, MAX_SHOWN);
        self.notices.push(format!("{name}: {what}"));
    }

    /// How far pieces begin from where the mean rate puts them since the last gap, in samples.
    fn drift(&self) -> f64 {
        let mut stretch = self.pieces[0];
        let mut off = 0.0_f64;
        for piece in &self.pieces {
            if piece.is_after_gap {
                stretch = *piece;
            }
            let rows = (piece.row - stretch.row) as f64;
            let lasts = (piece.time_s - stretch.time_s) * self.sample_rate_hz;
            off = off.max((lasts - rows).abs());
        }
        off
    }
}
