//! Lines in characters: Braille dots, or letters where neither colours nor dots tell them apart.

use super::super::colours::{Colour, of_line};
use super::super::figure::Lines;
use super::{Cell, HEIGHTS, Ink, below, cut, margin, painted};

/// Adds a picture of lines, their axes and their legend.
pub fn of_lines(page: &mut Vec<String>, lines: &Lines, columns: usize, ink: Ink) {
    let height = HEIGHTS.0;
    let margin = margin(&lines.y, height, columns);
    let width = columns - margin.width;
    page.push(cut(&lines.y.title(), columns));
    let uses_letters = ink == Ink::Plain && lines.series.len() > 1;
    let cells = if uses_letters {
        letters(lines, width, height)
    } else {
        braille(lines, width, height)
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
    // a single dot is hard to see and belongs to no name
    let has_stems = lines.are_points && !lines.x.names.is_empty() && lines.series.len() == 1;
    for piece in lines.series[number].points.split(|(_, y)| y.is_nan()) {
        let mut last = None;
        for (x, y) in piece.iter().map(place) {
            let begin = if has_stems {
                (x, (height - 1) as f64)
            } else {
                (x, y)
            };
            let (from_x, from_y) = last.filter(|_| !lines.are_points).unwrap_or(begin);
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
