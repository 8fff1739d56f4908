//! A picture in characters: lines as Braille dots, or as letters where neither colours nor dots tell them apart; maps as
//! half blocks in colours, or as shades.

use super::axis::{Axis, Tick};
use super::colours::{Colour, of_line};
use super::figure::{Body, Figure, Lines, Map, Maps};
use super::numerals::short;

/// How a terminal shows colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Not at all, and no escape sequence is written.
    Plain,
    /// 256 of them, most in a cube of 6 × 6 × 6.
    Cube,
    /// All.
    Full,
}

/// Lines of characters of a picture of lines, of a single map, and of each of several.
const HEIGHTS: (usize, usize, usize) = (18, 18, 9);
/// Maps without colours, from the lowest fifth to the highest.
const SHADES: [char; 5] = [' ', '░', '▒', '▓', '█'];
/// Where a map has no number.
const NOTHING: char = '·';
/// Characters of the label of a tick at most.
const LONGEST_TICK: usize = 12;
/// Numbers of a map that are looked at for one character, across and down: the largest is shown, so that no narrow peak
/// is lost.
const LOOKS: (usize, usize) = (16, 4);

/// The picture in so many columns, with a line break at its end.
pub fn text(figure: &Figure, columns: usize, ink: Ink) -> String {
    let mut page = vec![cut(&figure.title, columns)];
    if !figure.note.is_empty() {
        page.push(cut(&figure.note, columns));
    }
    match &figure.body {
        Body::Lines(lines) => of_lines(&mut page, lines, columns, ink),
        Body::Maps(maps) => of_maps(&mut page, maps, columns, ink),
    }
    let lines = page.iter().map(|line| line.trim_end().to_owned() + "\n");
    lines.collect()
}

fn cut(text: &str, columns: usize) -> String {
    match text.chars().count() > columns {
        true => text.chars().take(columns - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// A character with its colour.
type Cell = (char, Option<Colour>);

fn painted(cells: &[Cell], ink: Ink) -> String {
    let mut text = String::new();
    let mut last = None;
    for (c, colour) in cells {
        if *colour != last && ink != Ink::Plain {
            text += &colour.map_or("\u{1b}[0m".into(), |colour| escape(colour, ink, true));
            last = *colour;
        }
        text.push(*c);
    }
    if last.is_some() {
        text + "\u{1b}[0m"
    } else {
        text
    }
}

/// The sequence that switches the colour of characters, or of what is behind them, on.
fn escape([red, green, blue]: Colour, ink: Ink, is_fore: bool) -> String {
    let ground = if is_fore { 38 } else { 48 };
    let step = |x: u8| (u32::from(x) * 5 + 127) / 255;
    match ink {
        Ink::Plain => String::new(),
        Ink::Cube => {
            let colour = 16 + 36 * step(red) + 6 * step(green) + step(blue);
            format!("\u{1b}[{ground};5;{colour}m")
        }
        Ink::Full => format!("\u{1b}[{ground};2;{red};{green};{blue}m"),
    }
}

/// What stands left of every line of a frame: the labels of ticks and the axis.
struct Margin {
    width: usize,
    lines: Vec<String>,
}

fn margin(axis: &Axis, height: usize, columns: usize) -> Margin {
    let ticks = axis.ticks((height / 3).max(2));
    let labels = ticks
        .iter()
        .map(|tick| cut(&tick.label, LONGEST_TICK.min(columns / 4)));
    let labels: Vec<String> = labels.collect();
    let width = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0);
    let mut lines = vec![format!("{:width$} │", ""); height];
    for (tick, label) in ticks.iter().zip(&labels) {
        let from_above = match axis.names.is_empty() {
            true => 1.0 - tick.at,
            false => tick.at,
        };
        let line = ((from_above * height as f64) as usize).min(height - 1);
        lines[line] = format!("{label:>width$} ┤");
    }
    Margin {
        width: width + 2,
        lines,
    }
}

/// The axis below a frame, the labels of its ticks and its title.
fn below(page: &mut Vec<String>, axis: &Axis, left: usize, width: usize) {
    let column = |tick: &Tick| ((tick.at * width as f64) as usize).min(width - 1);
    let length = |tick: &Tick| tick.label.chars().count().min(LONGEST_TICK);
    let fits = |pair: &[Tick]| {
        column(&pair[1]) >= column(&pair[0]) + (length(&pair[0]) + length(&pair[1])).div_ceil(2) + 2
    };
    let choices = (2..=width / 6).rev().map(|most| axis.ticks(most));
    let ticks = choices.filter(|ticks| ticks.windows(2).all(fits)).next();
    let ticks = ticks.unwrap_or_else(|| axis.ticks(2).into_iter().take(1).collect());
    let mut line = vec!['─'; width];
    let mut labels = vec![' '; left + width];
    for tick in &ticks {
        line[column(tick)] = '┬';
        let label: Vec<char> = cut(&tick.label, LONGEST_TICK).chars().collect();
        let first = (left + column(tick)).saturating_sub(label.len() / 2);
        let first = first.min((left + width).saturating_sub(label.len()));
        labels[first..first + label.len()].copy_from_slice(&label);
    }
    page.push(format!("{:>left$}{}", "└", line.iter().collect::<String>()));
    page.push(labels.iter().collect());
    let title = cut(&axis.title(), width);
    let indent = left + (width - title.chars().count()) / 2;
    page.push(format!("{:indent$}{title}", ""));
}

fn of_lines(page: &mut Vec<String>, lines: &Lines, columns: usize, ink: Ink) {
    let height = HEIGHTS.0;
    let margin = margin(&lines.y, height, columns);
    let width = columns - margin.width;
    page.push(cut(&lines.y.title(), columns));
    let uses_letters = ink == Ink::Plain && lines.series.len() > 1;
    let cells = match uses_letters {
        true => letters(lines, width, height),
        false => braille(lines, width, height),
    };
    for (margin, cells) in margin.lines.iter().zip(cells.chunks(width)) {
        page.push(format!("{margin}{}", painted(cells, ink)));
    }
    below(page, &lines.x, margin.width, width);
    let mut legend = String::new();
    let mut used = 0;
    for (number, series) in lines.series.iter().enumerate() {
        if series.name.is_empty() {
            continue;
        }
        let sign = if uses_letters { letter(number) } else { '━' };
        let name = cut(&series.name, columns - 2);
        let length = name.chars().count() + 2;
        if used > 0 && used + 3 + length > columns {
            page.push(std::mem::take(&mut legend));
            used = 0;
        }
        let distance = if used > 0 { "   " } else { "" };
        let sign = painted(&[(sign, Some(of_line(number)))], ink);
        legend += &format!("{distance}{sign} {name}");
        used += length + distance.len();
    }
    page.extend(Some(legend).filter(|legend| !legend.is_empty()));
}

fn letter(number: usize) -> char {
    char::from(b'a' + (number % 26) as u8)
}

/// Every place of a grid that a line goes through.
fn trace(
    lines: &Lines,
    number: usize,
    (width, height): (usize, usize),
    mut mark: impl FnMut(usize, usize),
) {
    let place = |&(x, y): &(f64, f64)| {
        let x = lines.x.fraction(x).clamp(0.0, 1.0) * (width - 1) as f64;
        let y = (1.0 - lines.y.fraction(y).clamp(0.0, 1.0)) * (height - 1) as f64;
        (x.round(), y.round())
    };
    for piece in lines.series[number].points.split(|(_, y)| y.is_nan()) {
        let mut last = None;
        for (x, y) in piece.iter().map(place) {
            let (from_x, from_y) = last.filter(|_| !lines.are_points).unwrap_or((x, y));
            let steps = f64::max((x - from_x).abs(), (y - from_y).abs()).max(1.0);
            for step in 0..=steps as usize {
                let share = step as f64 / steps;
                let x = from_x + (x - from_x) * share;
                let y = from_y + (y - from_y) * share;
                mark(x.round() as usize, y.round() as usize);
            }
            last = Some((x, y));
        }
    }
}

fn letters(lines: &Lines, width: usize, height: usize) -> Vec<Cell> {
    let mut cells = vec![(' ', None); width * height];
    for number in 0..lines.series.len() {
        trace(lines, number, (width, height), |x, y| {
            cells[y * width + x].0 = letter(number);
        });
    }
    cells
}

fn braille(lines: &Lines, width: usize, height: usize) -> Vec<Cell> {
    /// The bits of the dots of U+2800, line by line.
    const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
    let mut dots = vec![(0_u8, None); width * height];
    for number in 0..lines.series.len() {
        trace(lines, number, (2 * width, 4 * height), |x, y| {
            let cell = &mut dots[y / 4 * width + x / 2];
            cell.0 |= DOTS[y % 4][x % 2];
            cell.1 = Some(of_line(number));
        });
    }
    let cell = |(bits, colour): (u8, Option<Colour>)| match bits {
        0 => (' ', None),
        _ => (
            char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' '),
            colour,
        ),
    };
    dots.into_iter().map(cell).collect()
}

fn of_maps(page: &mut Vec<String>, maps: &Maps, columns: usize, ink: Ink) {
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
    let scale = &maps.scale;
    let unit = match (scale.unit.as_str(), scale.is_log) {
        (unit, false) => unit.to_owned(),
        ("", true) => "logarithmic".to_owned(),
        (unit, true) => format!("{unit}, logarithmic"),
    };
    let (low, high) = (short(scale.low), short(scale.high));
    page.push(format!(
        "{}: {low} [{bar}] {high} {unit}{nothing}",
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
    if maps.colours == super::colours::Colours::Twilight {
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

fn shades(maps: &Maps, map: &Map, width: usize, height: usize) -> Vec<String> {
    let shade = |row: usize, column: usize| {
        let fraction = maps
            .scale
            .fraction(largest(maps, map, (column, width), (row, height)));
        match fraction.is_nan() {
            true => NOTHING,
            false => SHADES[((fraction * 5.0) as usize).min(4)],
        }
    };
    (0..height)
        .map(|row| (0..width).map(|column| shade(row, column)).collect())
        .collect()
}

fn half_blocks(maps: &Maps, map: &Map, width: usize, height: usize, ink: Ink) -> Vec<String> {
    let colour = |row: usize, column: usize| {
        let value = largest(maps, map, (column, width), (row, 2 * height));
        maps.colours.at(maps.scale.fraction(value))
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

#[cfg(test)]
mod tests {
    use super::super::figure::Series;
    use super::*;

    fn peak() -> Figure {
        let points = (0..=200).map(|i| {
            let hz = f64::from(i) / 10.0;
            (hz, 1.0 + 100.0 * (-(hz - 10.0).powi(2)).exp())
        });
        Figure {
            title: "made up".into(),
            note: String::new(),
            body: Body::Lines(Lines {
                x: Axis::linear("frequency", "Hz", (0.0, 20.0)),
                y: Axis::logarithmic("power", "unit²", (1.0, 101.0)),
                series: vec![Series {
                    name: String::new(),
                    points: points.collect(),
                }],
                are_points: false,
                marks_zero: false,
            }),
        }
    }

    fn map() -> Figure {
        let mut values = vec![0.0; 4 * 3];
        values[4 + 2] = 1.0;
        values[0] = f64::NAN;
        Figure {
            title: "made up".into(),
            note: String::new(),
            body: Body::Maps(Maps {
                x: Axis::linear("time", "s", (-0.5, 3.5)),
                y: Axis::linear("frequency", "Hz", (5.0, 35.0)),
                columns: vec![0.0, 1.0, 2.0, 3.0],
                rows: vec![10.0, 20.0, 30.0],
                maps: vec![Map {
                    name: String::new(),
                    values,
                }],
                scale: Axis::linear("power", "unit²", (0.0, 1.0)),
                colours: super::super::colours::Colours::Viridis,
                marks_zero: true,
            }),
        }
    }

    #[test]
    fn a_peak_is_drawn_above_its_frequency() {
        let text = text(&peak(), 80, Ink::Plain);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        let is_dot = |c: &char| ('\u{2801}'..='\u{28ff}').contains(c);
        let highest = text
            .lines()
            .find(|line| line.contains(|c| is_dot(&c)))
            .unwrap();
        let at = highest.chars().position(|c| is_dot(&c)).unwrap();
        let axis = text.lines().position(|line| line.contains('└')).unwrap();
        let labels: Vec<char> = text.lines().nth(axis + 1).unwrap().chars().collect();
        assert_eq!(
            labels[at - 1..at + 1].iter().collect::<String>(),
            "10",
            "{text}"
        );
    }

    #[test]
    fn plain_pictures_have_no_escapes_and_coloured_ones_end_theirs() {
        for figure in [peak(), map()] {
            assert!(!text(&figure, 80, Ink::Plain).contains('\u{1b}'));
            for ink in [Ink::Cube, Ink::Full] {
                let text = text(&figure, 60, ink);
                for line in text.lines().filter(|line| line.contains('\u{1b}')) {
                    assert_eq!(line.rfind("\u{1b}["), line.rfind("\u{1b}[0m"), "{line:?}");
                }
            }
        }
    }

    #[test]
    fn maps_show_their_largest_number_and_where_there_is_none() {
        let text = text(&map(), 48, Ink::Plain);
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[2 + 9].contains('█'), "{text}");
        assert!(
            !lines[2 + 1].contains('█') && lines[2 + 17].contains('·'),
            "{text}"
        );
        assert!(
            text.ends_with("power: 0 [   ░░░▒▒▒▓▓▓███] 1.00 unit²; · no number\n"),
            "{text}"
        );
    }
}
