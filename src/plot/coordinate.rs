//! An axis as plotters wants it: where numbers lie, and the ticks whose labels have room.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

use super::axis::{Axis, Tick};

/// An axis with its ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinate {
    axis: Axis,
    /// Those with labels.
    pub ticks: Vec<Tick>,
    /// Whether its numbers rise from the upper end to the lower.
    is_reversed: bool,
}

impl Coordinate {
    /// An axis from left to right.
    pub fn across(axis: &Axis, ticks: Vec<Tick>) -> Coordinate {
        Coordinate {
            axis: axis.clone(),
            ticks,
            is_reversed: false,
        }
    }

    /// An axis from below to above; names are read from above.
    pub fn upwards(axis: &Axis, ticks: Vec<Tick>) -> Coordinate {
        Coordinate {
            is_reversed: !axis.names.is_empty(),
            ..Coordinate::across(axis, ticks)
        }
    }

    /// Where the ticks lie, from 0 to 1 along the axis.
    pub fn places(&self) -> Vec<f64> {
        self.ticks.iter().map(|tick| self.along(tick.at)).collect()
    }

    fn along(&self, fraction: f64) -> f64 {
        if self.is_reversed {
            1.0 - fraction
        } else {
            fraction
        }
    }

    /// Where the places of 2, 3, …, 9 in every decade lie, from 0 to 1, of a logarithmic axis of few decades.
    pub fn minor_places(&self) -> Vec<f64> {
        const MAX_DECADES: f64 = 8.0;
        let axis = &self.axis;
        if !axis.is_log || (axis.high / axis.low).log10() > MAX_DECADES {
            return Vec::new();
        }
        let decades = axis.low.log10().floor() as i32..=axis.high.log10().ceil() as i32;
        let values = decades.flat_map(|exponent| {
            (1..10).map(move |digit| f64::from(digit) * 10.0_f64.powi(exponent))
        });
        let inside = values.filter(|x| (axis.low..=axis.high).contains(x));
        inside.map(|x| axis.fraction(x)).collect()
    }
}

impl Ranged for Coordinate {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    /// What lies beyond the axis, as 0 on a logarithmic one, lies at its end.
    fn map(&self, value: &f64, (first, last): (i32, i32)) -> i32 {
        let fraction = self.axis.fraction(*value).clamp(0.0, 1.0);
        first + (f64::from(last - first) * self.along(fraction)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        // none are without a label
        if hint.weight().allow_light_points() {
            Vec::new()
        } else {
            self.ticks
                .iter()
                .map(|tick| self.axis.value(tick.at))
                .collect()
        }
    }

    fn range(&self) -> Range<f64> {
        self.axis.low..self.axis.high
    }
}

impl ValueFormatter<f64> for Coordinate {
    fn format_ext(&self, value: &f64) -> String {
        let is_there = |tick: &&Tick| self.axis.value(tick.at) == *value;
        let tick = self.ticks.iter().find(is_there);
        tick.map(|tick| tick.label.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use plotters::coord::ranged1d::BoldPoints;

    use super::*;

    #[test]
    fn numbers_lie_between_the_ends_and_names_are_read_from_above() {
        let axis = Axis::linear("x", "", (0.0, 10.0));
        let across = Coordinate::across(&axis, axis.ticks(3));
        assert_eq!(
            [-5.0, 0.0, 2.5, 10.0, f64::INFINITY].map(|x| across.map(&x, (100, 200))),
            [100, 100, 125, 200, 200]
        );
        let labels = across.key_points(BoldPoints(9));
        let labels: Vec<String> = labels.iter().map(|x| across.format_ext(x)).collect();
        assert_eq!(labels, ["0", "5", "10"]);
        let names = Axis::named("channel", vec!["a".into(), "b".into()]);
        let upwards = Coordinate::upwards(&names, names.ticks(2));
        assert_eq!([0.0, 1.0].map(|k| upwards.map(&k, (200, 100))), [125, 175]);
        assert_eq!(upwards.format_ext(&1.0), "b");
    }
}
