//! Where everything of a picture goes: titles, axes, legends and colour bars around the numbers, none over another.

use plotters::style::text_anchor::{HPos, VPos};

use super::draw_lines::draw_lines;
use super::draw_maps::draw_maps;
use super::drawing::{Drawing, Pixels};
use super::figure::{Body, Figure};
use super::font;
use super::page::{Drawn, GAP, Page, Place, TICK};

/// Size of the letters of the title.
const TITLE: f64 = 18.0;

/// Draws a picture of so many pixels.
///
/// # Errors
/// What plotters says; it writes into memory.
pub fn draw(figure: &Figure, size: (u32, u32)) -> Result<Drawing, String> {
    let mut chart = String::new();
    let page = Page::new(&mut chart, size);
    let maps = draw_on(page, figure, size).map_err(|error| error.to_string())?;
    Ok(Drawing { size, maps, chart })
}

fn draw_on(mut page: Page, figure: &Figure, (width, height): (u32, u32)) -> Drawn<Vec<Pixels>> {
    let (w, h) = (f64::from(width), f64::from(height));
    let gap = page.px(GAP);
    let mut top = 1.5 * gap;
    let lines = [(&figure.title, TITLE), (&figure.note, TICK)];
    for (text, size) in lines.into_iter().filter(|(text, _)| !text.is_empty()) {
        let em = page.px(size);
        let text = font::shortened(text, em, w - 4.0 * gap);
        page.text((w / 2.0, top), &text, em, HPos::Center, VPos::Top)?;
        top += em + 0.6 * gap;
    }
    let (left, top) = (1.5 * gap, top + gap);
    let room = Place::around((left, top), (w - 2.0 * left, h - top - 1.2 * gap));
    match &figure.body {
        Body::Lines(lines) => draw_lines(&mut page, lines, room)?,
        Body::Maps(maps) => draw_maps(&mut page, maps, room)?,
    }
    page.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::axis::Axis;
    use crate::plot::colours::Colours;
    use crate::plot::figure::{Lines, Map, Maps, Series};

    #[test]
    fn pictures_of_any_size_hold_names_of_any_kind() {
        let hostile = "<a&b> \u{1}\u{1b}[2J\u{ffff}\"'".repeat(30);
        let names: Vec<String> = (0..300).map(|k| format!("{k}{hostile}")).collect();
        let map = |name: &String| Map {
            name: name.clone(),
            values: vec![0.0, f64::NAN],
            inside: vec![(1e-301, f64::MAX)],
        };
        let axis = |name: &str| Axis::linear(name, name, (0.0, 1e-300));
        let maps = Body::Maps(Maps {
            x: axis(&hostile),
            y: Axis::named(&hostile, names.clone()),
            columns: vec![0.0, 1e-300],
            rows: vec![0.0],
            maps: names.iter().take(30).map(map).collect(),
            scale: Axis::logarithmic(&hostile, "", (1e-300, 1e300)),
            colours: Colours::Viridis,
            marks_zero: true,
        });
        let series = |name: &String| Series {
            name: name.clone(),
            points: vec![
                (0.0, 1.0),
                (1.0, f64::NAN),
                (2.0, 0.0),
                (3.0, f64::INFINITY),
            ],
        };
        let lines = |are_points| {
            Body::Lines(Lines {
                x: Axis::named("x", names.clone()),
                y: Axis::logarithmic("y", &hostile, (1e-9, 1.0)),
                series: names.iter().take(40).map(series).collect(),
                are_points,
                marks_zero: true,
            })
        };
        for body in [maps, lines(true), lines(false)] {
            let figure = Figure {
                title: hostile.clone(),
                note: hostile.clone(),
                body,
            };
            for size in [(320, 320), (1000, 320), (320, 1500)] {
                let drawing = draw(&figure, size).unwrap();
                drawing.png().unwrap();
                let svg = drawing.svg();
                assert!(svg.contains("&lt;a&amp;b&gt; \u{fffd}\u{fffd}[2J\u{fffd}"));
                assert!(!svg.contains(|c: char| c.is_control() && c != '\n'));
            }
        }
    }
}
