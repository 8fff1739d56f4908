//! From the numbers of a result to a picture: axes, names, units, and what has to be said beside them.

use std::f64::consts::PI;

use super::axis::Axis;
use super::bins::is_logarithmic;
use super::colours::Colours;
use super::cone::Inside;
use super::figure::{Body, Figure, Lines, Map, Maps, Series};
use super::quantity::Quantity;
use super::read::Values;
use super::source::Source;
use super::view::{Kind, View, ends};
use super::words::{MAX_NAME, note, series_names, title};
use crate::cli::PlotArgs;
use crate::error::{Error, Result};
use crate::phrase::{number, printable, shorten};
use crate::unit::displayed;

/// Room above and below lines, of the height.
const ROOM: f64 = 0.04;

/// The picture of these numbers.
///
/// # Errors
/// No number to draw; decibels of what has none; a unit beside the result's own.
pub fn figure(args: &PlotArgs, source: &Source, view: &View, mut values: Values) -> Result<Figure> {
    let units = source.units_of(&view.channels);
    let own = match units[..] {
        [unit] if !unit.is_empty() => Some(unit),
        _ => None,
    };
    let mut quantity = Quantity::of(source, own);
    if let Some(unit) = &args.unit {
        if !quantity.unit.is_empty() && !quantity.unit.contains("unit") {
            return Err(Error::Usage(format!(
                "--unit: this result is in {}; expected no other unit",
                displayed(own.unwrap_or(&source.unit))
            )));
        }
        let unit = printable(&shorten(unit, MAX_NAME));
        quantity = Quantity::of(source, Some(&unit));
    }
    if args.db {
        to_decibels(source, &mut quantity, &mut values)?;
    }
    if values.means.iter().all(|x| !x.is_finite()) {
        let what = if args.db && values.means.iter().any(|x| x.is_infinite()) {
            "every number chosen is 0, of which there are no decibels; expected some above 0"
        } else {
            "every number chosen is NaN; expected some that are finite"
        };
        return Err(wrong(source, what.into()));
    }
    let composer = Composer {
        source,
        view,
        quantity,
        is_decibels: args.db,
        names: series_names(source, view),
    };
    let body = match view.kind {
        Kind::Spectra | Kind::Band | Kind::BandPoints => Body::Lines(composer.lines(&values)),
        Kind::ChannelMap | Kind::TimeMap | Kind::BandMap => Body::Maps(composer.maps(&values)),
    };
    let has_shade = matches!(&body, Body::Maps(maps) if maps.has_shade());
    Ok(Figure {
        title: title(source, view),
        note: note(source, view, &values, has_shade)?,
        body,
    })
}

fn wrong(source: &Source, what: String) -> Error {
    Error::Recording {
        path: source.path.clone(),
        what,
    }
}

fn to_decibels(source: &Source, quantity: &mut Quantity, values: &mut Values) -> Result<()> {
    let Some(factor) = quantity.decibels else {
        return Err(Error::Usage(format!(
            "--db: {} holds {}, of which there are no decibels; expected power or magnitudes",
            source.path.display(),
            if quantity.is_angle {
                "phases".into()
            } else {
                format!("the {}", quantity.name)
            }
        )));
    };
    if let Some(negative) = values.means.iter().find(|x| **x < 0.0) {
        return Err(Error::Usage(format!(
            "--db: {} holds numbers below 0, as {}, of which there are no decibels; leave --db out",
            source.path.display(),
            number(*negative)
        )));
    }
    for x in &mut values.means {
        *x = factor * x.log10();
    }
    quantity.unit = format!("dB re 1 {}", quantity.unit)
        .trim_end_matches(" re 1 ")
        .to_owned();
    Ok(())
}

struct Composer<'a> {
    source: &'a Source,
    view: &'a View,
    quantity: Quantity,
    is_decibels: bool,
    names: Vec<String>,
}

impl Composer<'_> {
    /// The axis of the numbers. Of logarithms 0 Hz does not count: where the mean was removed nothing is there.
    fn of_values(&self, values: &Values, is_log: bool) -> Axis {
        let (name, unit) = (self.quantity.name, self.quantity.unit.as_str());
        if self.quantity.is_angle {
            return Axis::linear(name, unit, (-PI, PI));
        }
        let counts = |i: usize| {
            let freq = i / values.shape[3] % values.shape[2];
            let is_zero = self.view.freq.centres[freq] == 0.0;
            !((is_log || self.is_decibels) && is_zero)
        };
        let chosen = |keep: &dyn Fn(usize) -> bool| -> Vec<f64> {
            let means = values.means.iter().enumerate();
            means
                .filter(|(i, x)| keep(*i) && !(is_log && **x <= 0.0))
                .map(|(_, x)| *x)
                .collect()
        };
        let (mut low, mut high) = ends(&chosen(&counts));
        if low > high {
            (low, high) = ends(&chosen(&|_| true));
        }
        if is_log {
            Axis::logarithmic(name, unit, (low, high))
        } else {
            Axis::linear(name, unit, (low, high))
        }
    }

    /// Whether a logarithm shows all of the numbers.
    fn can_be_log(&self, values: &Values) -> bool {
        !self.is_decibels
            && self.quantity.is_wide
            && values.means.iter().all(|x| x.is_nan() || *x >= 0.0)
            && values.means.iter().any(|x| *x > 0.0)
    }

    fn frequencies(&self, of_map: bool) -> Axis {
        let centres = &self.view.freq.centres;
        let is_log = is_logarithmic(centres);
        let ends = if of_map {
            edges(centres, is_log)
        } else {
            ends(centres)
        };
        if is_log {
            Axis::logarithmic("frequency", "Hz", ends)
        } else {
            Axis::linear("frequency", "Hz", ends)
        }
    }

    fn channels(&self) -> Axis {
        let view = self.view;
        let names = (0..view.n_channel_places).map(|c| {
            let channel = view.channels[c * view.channels_per_place];
            printable(&shorten(&self.source.channels[channel], MAX_NAME))
        });
        Axis::named("channel", names.collect())
    }

    /// From when to when kernels lie within the trials of a group, for every row of its map over time.
    fn inside(&self, group: usize, n_rows: usize) -> Vec<Inside> {
        let view = self.view;
        let cone = match view.kind {
            Kind::TimeMap | Kind::BandMap => self.source.cone.as_ref(),
            _ => None,
        };
        let inside = cone.map(|cone| {
            let trials = &view.groups[group];
            cone.inside(trials, &view.freq_places, view.freq.len())
        });
        match (inside, view.kind) {
            // channels have the band's
            (Some(inside), Kind::BandMap) => vec![inside[0]; n_rows],
            (inside, _) => inside.unwrap_or_default(),
        }
    }

    fn lines(&self, values: &Values) -> Lines {
        let view = self.view;
        let [n_groups, n_times, n_freqs, n_channels] = values.shape;
        let is_log = view.kind == Kind::Spectra && self.can_be_log(values);
        let (x, n_series) = match view.kind {
            Kind::Spectra => (self.frequencies(false), n_groups * n_channels),
            Kind::BandPoints => (self.channels(), n_groups),
            _ => {
                let axis = Axis::linear("time", "s", ends(&view.times.centres));
                (axis, n_groups * n_channels)
            }
        };
        let series = (0..n_series).map(|i| {
            let (group, channel) = (i / n_channels, i % n_channels);
            let points = match view.kind {
                Kind::Spectra => (0..n_freqs)
                    .map(|f| (view.freq.centres[f], values.at(group, 0, f, channel)))
                    .collect(),
                Kind::BandPoints => (0..n_channels)
                    .map(|c| (c as f64, values.at(i, 0, 0, c)))
                    .collect(),
                _ => (0..n_times)
                    .map(|t| (view.times.centres[t], values.at(group, t, 0, channel)))
                    .collect(),
            };
            let name = match view.kind {
                Kind::BandPoints => view.group_names.get(i).cloned().unwrap_or_default(),
                _ => self.names[i].clone(),
            };
            Series { name, points }
        });
        let mut y = self.of_values(values, is_log);
        if view.kind == Kind::BandPoints && !self.is_decibels && y.low > 0.0 {
            // points stand on stems
            y = Axis::linear(&y.name, &y.unit, (0.0, y.high));
        }
        Lines {
            series: series.collect(),
            are_points: view.kind == Kind::BandPoints || n_times.max(n_freqs) == 1,
            marks_zero: view.kind == Kind::Band && x.low < 0.0 && x.high > 0.0,
            x,
            y: if y.low == 0.0 {
                Axis {
                    high: y.value(1.0 + ROOM),
                    ..y
                }
            } else {
                y.with_room(ROOM)
            },
        }
    }

    fn maps(&self, values: &Values) -> Maps {
        let view = self.view;
        let [n_groups, n_times, n_freqs, n_channels] = values.shape;
        let places: Vec<f64> = (0..n_channels).map(|c| c as f64).collect();
        let time = || Axis::linear("time", "s", edges(&view.times.centres, false));
        let (x, y, columns, rows) = match view.kind {
            Kind::ChannelMap => {
                let axis = self.frequencies(true);
                (axis, self.channels(), &view.freq.centres, &places)
            }
            Kind::BandMap => (time(), self.channels(), &view.times.centres, &places),
            _ => {
                let axis = self.frequencies(true);
                (time(), axis, &view.times.centres, &view.freq.centres)
            }
        };
        let row_of = |group: usize, row: usize, channel: usize| -> Vec<f64> {
            match view.kind {
                Kind::ChannelMap => (0..n_freqs).map(|f| values.at(group, 0, f, row)).collect(),
                Kind::BandMap => (0..n_times).map(|t| values.at(group, t, 0, row)).collect(),
                _ => (0..n_times)
                    .map(|t| values.at(group, t, row, channel))
                    .collect(),
            }
        };
        let n_maps = match view.kind {
            Kind::TimeMap => n_groups * n_channels,
            _ => n_groups,
        };
        let maps = (0..n_maps).map(|i| {
            let (group, channel, name) = match view.kind {
                Kind::TimeMap => (i / n_channels, i % n_channels, self.names[i].clone()),
                _ => (i, 0, view.group_names.get(i).cloned().unwrap_or_default()),
            };
            Map {
                name,
                values: (0..rows.len())
                    .flat_map(|row| row_of(group, row, channel))
                    .collect(),
                inside: self.inside(group, rows.len()),
            }
        });
        Maps {
            maps: maps.collect(),
            // where half a cell lies before 0 it is the frame's
            marks_zero: view.kind != Kind::ChannelMap && columns[0] < 0.0 && x.high > 0.0,
            scale: self.of_values(
                values,
                view.kind == Kind::ChannelMap && self.can_be_log(values),
            ),
            colours: if self.quantity.is_angle {
                Colours::Twilight
            } else {
                Colours::Viridis
            },
            x,
            y,
            columns: columns.clone(),
            rows: rows.clone(),
        }
    }
}

/// Where the cells around these rising centres begin and end.
fn edges(centres: &[f64], is_log: bool) -> (f64, f64) {
    let [first, .., last] = centres else {
        return (centres[0], centres[0]);
    };
    let (second, before) = (centres[1], centres[centres.len() - 2]);
    if is_log {
        (
            first * (first / second).sqrt(),
            last * (last / before).sqrt(),
        )
    } else {
        (first - (second - first) / 2.0, last + (last - before) / 2.0)
    }
}
