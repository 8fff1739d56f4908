//! A picture before it is drawn: what it shows, as plain data. The same goes to files and to the terminal.

use super::axis::Axis;
use super::colours::Colours;
use super::cone::Inside;

/// A picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is of.
    pub title: String,
    /// What was left out, averaged or added up.
    pub note: String,
    /// What it shows.
    pub body: Body,
}

/// What a picture shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Lines or points.
    Lines(Lines),
    /// Maps side by side, with the same axes and colours.
    Maps(Maps),
}

/// Lines or points.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// From left to right.
    pub x: Axis,
    /// From below to above.
    pub y: Axis,
    /// The lines; several have names.
    pub series: Vec<Series>,
    /// Whether numbers are points that nothing connects.
    pub are_points: bool,
    /// Whether 0 on the x axis is marked.
    pub marks_zero: bool,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// x and y; NaN where there is no number.
    pub points: Vec<(f64, f64)>,
}

/// Maps.
#[derive(Clone, Debug, PartialEq)]
pub struct Maps {
    /// From left to right.
    pub x: Axis,
    /// From below to above, or from above of names.
    pub y: Axis,
    /// Centres of the columns, rising.
    pub columns: Vec<f64>,
    /// Centres of the rows, rising.
    pub rows: Vec<f64>,
    /// The maps.
    pub maps: Vec<Map>,
    /// What the colours mean.
    pub scale: Axis,
    /// The colours.
    pub colours: Colours,
    /// Whether 0 on the x axis is marked.
    pub marks_zero: bool,
}

/// A map.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// What it is called; empty where it is the only one.
    pub name: String,
    /// The numbers, row by row; NaN where there is none.
    pub values: Vec<f64>,
    /// For every row from when to when kernels lie within the trial; empty where nothing says so.
    pub inside: Vec<Inside>,
}

impl Maps {
    /// The number of a map at a fraction of the x axis, from the left, and of the y axis, from below; NaN where there is none.
    pub fn value_at(&self, map: &Map, x: f64, y: f64) -> f64 {
        let column = nearest(&self.columns, self.x.value(x), self.x.is_log);
        map.values[self.row_at(y) * self.columns.len() + column]
    }

    /// Whether a map is shaded at a fraction of the x axis, from the left, and of the y axis, from below.
    pub fn is_shaded_at(&self, map: &Map, x: f64, y: f64) -> bool {
        let time = self.x.value(x);
        let inside = map.inside.get(self.row_at(y));
        inside.is_some_and(|&(begin, end)| !(begin..=end).contains(&time))
    }

    /// Whether a map is shaded anywhere.
    pub fn has_shade(&self) -> bool {
        let mut inside = self.maps.iter().flat_map(|map| &map.inside);
        inside.any(|&(begin, end)| begin > self.x.low || end < self.x.high)
    }

    fn row_at(&self, y: f64) -> usize {
        // names are read from above
        let y = if self.y.names.is_empty() { y } else { 1.0 - y };
        nearest(&self.rows, self.y.value(y), self.y.is_log)
    }
}

/// The place of `x` among these centres, each of which reaches to the middle between it and the next.
fn nearest(centres: &[f64], x: f64, is_log: bool) -> usize {
    let after = centres.partition_point(|&centre| centre < x);
    let before = after.saturating_sub(1);
    let after = after.min(centres.len() - 1);
    let is_before = if is_log {
        x * x <= centres[before] * centres[after]
    } else {
        x - centres[before] <= centres[after] - x
    };
    if is_before { before } else { after }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_looked_up_by_place_and_names_are_read_from_above() {
        let mut maps = Maps {
            x: Axis::linear("time", "s", (-0.5, 2.5)),
            y: Axis::linear("frequency", "Hz", (0.5, 2.5)),
            columns: vec![0.0, 1.0, 2.0],
            rows: vec![1.0, 2.0],
            maps: Vec::new(),
            scale: Axis::linear("power", "", (0.0, 6.0)),
            colours: Colours::Viridis,
            marks_zero: false,
        };
        let map = Map {
            name: String::new(),
            values: vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
            inside: vec![(0.5, 1.5), (-9.0, 9.0)],
        };
        assert_eq!(maps.value_at(&map, 0.0, 0.0), 0.0);
        assert_eq!(maps.value_at(&map, 0.99, 0.1), 2.0);
        assert_eq!(maps.value_at(&map, 0.5, 0.9), 4.0);
        assert!(maps.is_shaded_at(&map, 0.1, 0.1) && maps.is_shaded_at(&map, 0.9, 0.1));
        assert!(!maps.is_shaded_at(&map, 0.5, 0.1) && !maps.is_shaded_at(&map, 0.1, 0.9));
        maps.y = Axis::named("channel", vec!["a".into(), "b".into()]);
        maps.rows = vec![0.0, 1.0];
        assert_eq!(maps.value_at(&map, 0.5, 0.9), 1.0);
    }
}
