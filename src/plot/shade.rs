//! The shade of a map: what lies outside of a cone of influence, as outlines on the axes of the map. It has
//! steps, since a number stands for its whole cell.

use super::axis::Axis;
use super::cone::Inside;

/// A place on the axes of a map.
type Point = (f64, f64);

/// What is shaded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shade {
    /// Areas from the left or the right of the map to the cone; together they are all that is outside.
    pub areas: Vec<Vec<Point>>,
    /// The sides of the cone within the map.
    pub borders: Vec<Vec<Point>>,
}

/// The sides of the cone at the lower or the upper edge of a row.
#[derive(Clone, Copy)]
struct Sides {
    left: Point,
    right: Point,
    is_open: bool,
}

/// The shade of a map with these axes, whose rows have these centres and such an inside.
pub fn outside(x: &Axis, y: &Axis, centres: &[f64], inside: &[Inside]) -> Shade {
    let rows = edges(y, centres).into_iter().zip(inside);
    let sides: Vec<Sides> = rows
        .flat_map(|((low, high), &inside)| [low, high].map(|edge| sides(x, edge, inside)))
        .collect();
    if sides.is_empty() {
        return Shade::default();
    }
    let area = |end: f64, of: fn(&Sides) -> Point| {
        let is_there = sides.iter().any(|sides| of(sides).0 != end);
        let ends = [(end, y.high), (end, y.low)];
        is_there.then(|| sides.iter().map(of).chain(ends).collect())
    };
    let areas = [
        area(x.low, |sides| sides.left),
        area(x.high, |sides| sides.right),
    ];
    let border = |of: fn(&Sides) -> Point| {
        let steps = sides.windows(2).map(|pair| {
            let is_border = pair[0].is_open || pair[1].is_open;
            let [from, to] = [of(&pair[0]), of(&pair[1])];
            let is_frame = from.0 == to.0 && (from.0 == x.low || from.0 == x.high);
            (is_border && !is_frame).then_some((from, to))
        });
        joined(steps)
    };
    let borders = [border(|sides| sides.left), border(|sides| sides.right)];
    Shade {
        areas: areas.into_iter().flatten().collect(),
        borders: borders.concat(),
    }
}

/// Where each of the rows around these centres begins and ends, as they are looked up.
fn edges(y: &Axis, centres: &[f64]) -> Vec<(f64, f64)> {
    let between = centres.windows(2).map(|pair| {
        if y.is_log {
            pair[0].sqrt() * pair[1].sqrt()
        } else {
            pair[0] / 2.0 + pair[1] / 2.0
        }
    });
    let between: Vec<f64> = between.collect();
    let lows = std::iter::once(y.low).chain(between.iter().copied());
    let highs = between.iter().copied().chain([y.high]);
    lows.zip(highs).collect()
}

fn sides(x: &Axis, edge: f64, (begin, end): Inside) -> Sides {
    let is_open = begin < end;
    // they meet where no time is inside
    let (begin, end) = if is_open {
        (begin, end)
    } else {
        (begin / 2.0 + end / 2.0, begin / 2.0 + end / 2.0)
    };
    Sides {
        left: (begin.clamp(x.low, x.high), edge),
        right: (end.clamp(x.low, x.high), edge),
        is_open,
    }
}

/// Lines through the steps that follow each other.
fn joined(steps: impl Iterator<Item = Option<(Point, Point)>>) -> Vec<Vec<Point>> {
    let mut lines = Vec::new();
    let mut line: Vec<Point> = Vec::new();
    for step in steps {
        match step {
            Some((from, to)) if line.is_empty() => line.extend([from, to]),
            Some((_, to)) => line.push(to),
            None => lines.extend(Some(std::mem::take(&mut line)).filter(|line| !line.is_empty())),
        }
    }
    lines.extend(Some(line).filter(|line| !line.is_empty()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axes() -> (Axis, Axis) {
        (
            Axis::linear("time", "s", (0.0, 10.0)),
            Axis::linear("frequency", "Hz", (0.0, 4.0)),
        )
    }

    #[test]
    fn the_shade_lies_on_both_sides_of_the_cone_and_ends_with_the_cells() {
        let (x, y) = axes();
        let shade = outside(&x, &y, &[1.0, 3.0], &[(4.0, 6.0), (1.0, 9.0)]);
        let left = vec![(4.0, 0.0), (4.0, 2.0), (1.0, 2.0), (1.0, 4.0)];
        let right = vec![(6.0, 0.0), (6.0, 2.0), (9.0, 2.0), (9.0, 4.0)];
        assert_eq!(shade.borders, [left.clone(), right.clone()]);
        let with = |line: Vec<Point>, end| [line, vec![(end, 4.0), (end, 0.0)]].concat();
        assert_eq!(shade.areas, [with(left, 0.0), with(right, 10.0)]);
        let log = Axis::logarithmic("frequency", "Hz", (1.0, 64.0));
        let shade = outside(&x, &log, &[2.0, 32.0], &[(4.0, 6.0), (1.0, 9.0)]);
        assert!((shade.borders[0][1].1 - 8.0).abs() < 1e-12, "{shade:?}");
    }

    #[test]
    fn the_sides_meet_where_no_time_is_inside() {
        let (x, y) = axes();
        let shade = outside(&x, &y, &[1.0, 3.0], &[(7.0, 3.0), (1.0, 9.0)]);
        let left = vec![(5.0, 2.0), (1.0, 2.0), (1.0, 4.0)];
        let right = vec![(5.0, 2.0), (9.0, 2.0), (9.0, 4.0)];
        assert_eq!(shade.borders, [left, right]);
        let nothing = outside(&x, &y, &[1.0, 3.0], &[(1e9, -1e9), (7.0, 3.0)]);
        assert_eq!((nothing.areas.len(), nothing.borders.len()), (2, 0));
    }

    #[test]
    fn a_map_within_the_cone_has_no_shade() {
        let (x, y) = axes();
        let shade = outside(&x, &y, &[1.0, 3.0], &[(-1.0, 11.0), (-3.0, 10.0)]);
        assert_eq!(shade, Shade::default());
        assert_eq!(outside(&x, &y, &[1.0, 3.0], &[]), Shade::default());
        // one that lies past one side of it is all shaded from the other
        let shade = outside(&x, &y, &[1.0, 3.0], &[(20.0, 30.0), (20.0, 30.0)]);
        assert_eq!((shade.areas.len(), shade.borders.len()), (1, 0));
    }
}
