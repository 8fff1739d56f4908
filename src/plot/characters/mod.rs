//! A picture in characters: lines as Braille dots, or as letters where neither colours nor dots tell them apart; maps as
//! half blocks in colours, or as shades.

mod lines;
mod maps;
#[cfg(test)]
mod tests;

use super::axis::{Axis, Tick};
use super::colours::Colour;
use super::figure::{Body, Figure};
use lines::of_lines;
use maps::of_maps;

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
/// Characters of the label of a tick at most.
const MAX_TICK: usize = 12;
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
    if text.chars().count() > columns {
        text.chars().take(columns - 1).chain(['…']).collect()
    } else {
        text.to_owned()
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
        .map(|tick| cut(&tick.label, MAX_TICK.min(columns / 4)));
    let labels: Vec<String> = labels.collect();
    let width = labels
        .iter()
        .map(|label| label.chars().count())
        .max()
        .unwrap_or(0);
    let mut lines = vec![format!("{:width$} │", ""); height];
    for (tick, label) in ticks.iter().zip(&labels) {
        let from_above = if axis.names.is_empty() {
            1.0 - tick.at
        } else {
            tick.at
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
    let length = |tick: &Tick| tick.label.chars().count().min(MAX_TICK);
    let fits = |pair: &[Tick]| {
        column(&pair[1]) >= column(&pair[0]) + (length(&pair[0]) + length(&pair[1])).div_ceil(2) + 2
    };
    let mut choices = (2..=width / 6).rev().map(|most| axis.ticks(most));
    let ticks = choices.find(|ticks| ticks.windows(2).all(fits));
    let ticks = ticks.unwrap_or_else(|| axis.ticks(2).into_iter().take(1).collect());
    let mut line = vec!['─'; width];
    let mut labels = vec![' '; left + width];
    for tick in &ticks {
        line[column(tick)] = '┬';
        let label: Vec<char> = cut(&tick.label, MAX_TICK).chars().collect();
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
