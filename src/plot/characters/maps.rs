//! Maps in characters: half blocks in colours, or shades.

use super::super::colours::{Colours, shaded};
use super::super::figure::{Map, Maps};
use super::super::numerals::short;
use super::{Cell, HEIGHTS, Ink, below, cut, escape, margin, painted};

/// Maps without colours, from the lowest fifth to the highest.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
/// Where a map has no number.
const NOTHING: char = '·';
/// What stands in every other place of what is shaded.
const SHADE: char = '╱';
/// Numbers of a map that are looked at for one character, across and down: the largest is shown, so that no narrow peak
/// is lost.
const LOOKS: (usize, usize) = (16, 4);

/// Adds maps, one below the other, their axes and their scale.
pub fn of_maps(page: &mut Vec<String>, maps: &Maps, columns: usize, ink: Ink) {
    let height = match maps.maps.len() {
        1 => HEIGHTS.1,
        _ => HEIGHTS.2,
    };
    let margin = margin(&maps.y, height, columns);
    let width = columns - margin.width;
    page.push(cut(&maps.y.title(), columns));
    for map in &maps.maps {
        if !map.name.is_empty() {
            page.push(format!(
                "{:left$}{}",
                "",
                cut(&map.name, width),
                left = margin.width
            ));
        }
        let rows = match ink {
            Ink::Plain => shades(maps, map, width, height),
            _ => half_blocks(maps, map, width, height, ink),
        };
        for (margin, row) in margin.lines.iter().zip(rows) {
            page.push(format!("{margin}{row}"));
        }
    }
    below(page, &maps.x, margin.width, width);
    let bar: String = match ink {
        Ink::Plain => SHADES
            .iter()
            .map(|shade| shade.to_string().repeat(3))
            .collect(),
        _ => painted(
            &std::array::from_fn::<Cell, 20, _>(|i| ('█', Some(maps.colours.at(i as f64 / 19.0)))),
            ink,
        ),
    };
    let has_nothing = maps
        .maps
        .iter()
        .any(|map| map.values.iter().any(|x| x.is_nan()));
    let nothing = match (has_nothing, ink) {
        (false, _) => "",
        (true, Ink::Plain) => "; · no number",
        (true, _) => "; grey: no number",
    };
    let shade = match ink {
        Ink::Plain if maps.has_shade() => "; ╱ shaded",
        _ => "",
    };
    let scale = &maps.scale;
    let unit = match (scale.unit.as_str(), scale.is_log) {
        (unit, false) => unit.to_owned(),
        ("", true) => "logarithmic".to_owned(),
        (unit, true) => format!("{unit}, logarithmic"),
    };
    let (low, high) = (short(scale.low), short(scale.high));
    page.push(format!(
        "{}: {low} [{bar}] {high} {unit}{nothing}{shade}",
        scale.name
    ));
}

/// The largest number within a character's place of a map; of angles that in the middle, since none is the largest.
fn largest(
    maps: &Maps,
    map: &Map,
    (column, width): (usize, usize),
    (row, height): (usize, usize),
) -> f64 {
    let fraction = |i: usize, n: usize, look: usize, looks: usize| {
        (i as f64 + (look as f64 + 0.5) / looks as f64) / n as f64
    };
    if maps.colours == Colours::Twilight {
        return maps.value_at(
            map,
            fraction(column, width, 0, 1),
            1.0 - fraction(row, height, 0, 1),
        );
    }
    let looks = (0..LOOKS.0).flat_map(|x| (0..LOOKS.1).map(move |y| (x, y)));
    let values = looks.map(|(x, y)| {
        let x = fraction(column, width, x, LOOKS.0);
        maps.value_at(map, x, 1.0 - fraction(row, height, y, LOOKS.1))
    });
    values.fold(f64::NAN, f64::max)
}

/// Whether the middle of a character's place of a map is shaded.
fn is_shaded(
    maps: &Maps,
    map: &Map,
    (column, width): (usize, usize),
    (row, height): (usize, usize),
) -> bool {
    let middle = |i: usize, n: usize| (i as f64 + 0.5) / n as f64;
    maps.is_shaded_at(map, middle(column, width), 1.0 - middle(row, height))
}

fn shades(maps: &Maps, map: &Map, width: usize, height: usize) -> Vec<String> {
    let shade = |row: usize, column: usize| {
        // every other one, so that the numbers can be seen between
        if (row + column).is_multiple_of(2) && is_shaded(maps, map, (column, width), (row, height))
        {
            return SHADE;
        }
        let fraction = maps
            .scale
            .fraction(largest(maps, map, (column, width), (row, height)));
        if fraction.is_nan() {
            NOTHING
        } else {
            SHADES[((fraction * 5.0) as usize).min(4)]
        }
    };
    (0..height)
        .map(|row| (0..width).map(|column| shade(row, column)).collect())
        .collect()
}

fn half_blocks(maps: &Maps, map: &Map, width: usize, height: usize, ink: Ink) -> Vec<String> {
    let colour = |row: usize, column: usize| {
        let value = largest(maps, map, (column, width), (row, 2 * height));
        let colour = maps.colours.at(maps.scale.fraction(value));
        if is_shaded(maps, map, (column, width), (row, 2 * height)) {
            shaded(colour)
        } else {
            colour
        }
    };
    let line = |row: usize| {
        let (mut line, mut last) = (String::new(), None);
        for column in 0..width {
            let (upper, lower) = (colour(2 * row, column), colour(2 * row + 1, column));
            if last != Some((upper, lower)) {
                line += &(escape(upper, ink, true) + &escape(lower, ink, false));
                last = Some((upper, lower));
            }
            line.push('▀');
        }
        line + "\u{1b}[0m"
    };
    (0..height).map(line).collect()
}
