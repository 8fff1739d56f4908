//! Draws maps in frames side by side, with one colour bar.

use plotters::element::{PathElement, Polygon};
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::axis::{Axis, Tick};
use super::colours::{PAPER, SHADE, SHADE_OPACITY};
use super::coordinate::Coordinate;
use super::figure::{Map, Maps};
use super::font;
use super::page::{Around, Chart, Drawn, GAP, Page, Place, rgb};
use super::shade::outside;

/// Width over height that maps look best with.
const BEST_RATIO: f64 = 1.5;
/// Width of a colour bar.
const BAR: f64 = 20.0;
/// Width of the line along a shade.
const BORDER: f64 = 1.3;

/// Draws `maps` with axes and colour bar into `room`.
///
/// # Errors
/// What plotters says.
pub fn draw_maps(page: &mut Page, maps: &Maps, room: Place) -> Drawn {
    let gap = page.px(GAP);
    let [x, y, width, height] = [room.x, room.y, room.width, room.height].map(f64::from);
    let (below, title) = (page.ticks_height(), page.title_height());
    let all_height = height - below - title;
    let scale_ticks = page.upwards(&maps.scale, all_height);
    let (bar_ticks, bar) = (page.ticks_width(&scale_ticks), page.px(BAR));
    let has_names = maps.maps.iter().any(|map| !map.name.is_empty());
    let name_height = if has_names {
        1.5 * page.tick_size()
    } else {
        0.0
    };
    let (n_columns, n_rows) = arrangement(maps.maps.len(), width / height);
    let from_row_to_row = (all_height + gap) / n_rows as f64;
    let cell_height = from_row_to_row - name_height - gap;
    let y_ticks = page.upwards(&maps.y, cell_height);
    let left = page.ticks_width(&y_ticks);
    let inner_x = x + title + left;
    let inner_width = width - title - left - bar - bar_ticks - title - 2.5 * gap;
    // labels at the ends of neighbours have room beside each other
    let from_column_to_column = (inner_width + gap) / n_columns as f64;
    let widest = from_column_to_column - gap;
    let (before, behind) = page.overhang(&page.across(&maps.x, widest), widest);
    let distance = match n_columns {
        1 => 0.0,
        _ => (before + behind + 0.7 * page.tick_size())
            .max(2.0 * gap)
            .min(0.3 * widest),
    };
    let from_column_to_column = (inner_width + distance) / n_columns as f64;
    for (number, map) in maps.maps.iter().enumerate() {
        let (column, row) = (number % n_columns, number / n_columns);
        let corner = (
            inner_x + column as f64 * from_column_to_column,
            y + row as f64 * from_row_to_row + name_height,
        );
        let frame = Place::around(corner, (from_column_to_column - distance, cell_height));
        let around = Around {
            left: if column == 0 { left } else { 0.0 },
            below: if number + n_columns < maps.maps.len() {
                0.0
            } else {
                below
            },
            ..Around::default()
        };
        draw_map(page, maps, map, frame, &around, &y_ticks)?;
        if has_names {
            let size = page.tick_size();
            let name = font::shortened(&map.name, size, f64::from(frame.width));
            let middle = f64::from(frame.x) + f64::from(frame.width) / 2.0;
            // letters that hang down stay off the frame
            let at = (middle, f64::from(frame.y) - page.px(2.0));
            page.text(at, &name, size, HPos::Center, VPos::Bottom)?;
        }
    }
    let size = page.label_size();
    let at = (inner_x + inner_width / 2.0, y + height);
    let name = font::shortened(&maps.x.title(), size, width);
    page.text(at, &name, size, HPos::Center, VPos::Bottom)?;
    let middle = y + all_height / 2.0;
    page.upright((x + size, middle), &maps.y.title(), height)?;
    let corner = (inner_x + inner_width + 2.5 * gap, y + name_height);
    let frame = Place::around(corner, (bar, all_height - name_height));
    draw_bar(page, maps, frame, bar_ticks, &scale_ticks)?;
    page.upright((x + width, middle), &maps.scale.title(), height)
}

/// Columns and rows of so many maps in a room of this ratio of width to height.
fn arrangement(n: usize, ratio: f64) -> (usize, usize) {
    let badness = |columns: usize| {
        let rows = n.div_ceil(columns);
        let of_one = ratio * rows as f64 / columns as f64;
        let n_empty = columns * rows - n;
        (of_one / BEST_RATIO).ln().abs() + 0.2 * n_empty as f64
    };
    let columns = (1..=n.max(1)).min_by(|&a, &b| badness(a).total_cmp(&badness(b)));
    let columns = columns.unwrap_or(1);
    (columns, n.div_ceil(columns))
}

fn draw_map(
    page: &mut Page,
    maps: &Maps,
    map: &Map,
    frame: Place,
    around: &Around,
    y_ticks: &[Tick],
) -> Drawn {
    page.fill(frame, |x, y| {
        let value = maps.value_at(map, x, y);
        maps.colours.at(maps.scale.fraction(value))
    });
    let x = Coordinate::across(&maps.x, page.across(&maps.x, f64::from(frame.width)));
    let y = Coordinate::upwards(&maps.y, y_ticks.to_vec());
    let mut chart = page.axes(frame, x, y, around)?;
    draw_shade(page, &mut chart, maps, map)?;
    if maps.marks_zero {
        page.mark_zero(&mut chart, &maps.y, PAPER, page.px(1.5))?;
    }
    page.outline(frame)
}

fn draw_shade(page: &Page, chart: &mut Chart, maps: &Maps, map: &Map) -> Drawn {
    let shade = outside(&maps.x, &maps.y, &maps.rows, &map.inside);
    let colour = rgb(SHADE).mix(SHADE_OPACITY);
    let areas = shade.areas.into_iter();
    chart.draw_series(areas.map(|area| Polygon::new(area, colour.filled())))?;
    let style = page.stroke(PAPER, page.px(BORDER));
    let borders = shade.borders.into_iter();
    chart.draw_series(borders.map(|line| PathElement::new(line, style)))?;
    Ok(())
}

fn draw_bar(page: &mut Page, maps: &Maps, frame: Place, right: f64, ticks: &[Tick]) -> Drawn {
    page.fill(frame, |_, y| maps.colours.at(y));
    let around = Around {
        right,
        ..Around::default()
    };
    let nothing = Coordinate::across(&Axis::linear("", "", (0.0, 1.0)), Vec::new());
    let scale = Coordinate::upwards(&maps.scale, ticks.to_vec());
    page.axes(frame, nothing, scale, &around)?;
    page.outline(frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_fill_the_page() {
        let of = |n| arrangement(n, 1.4);
        assert_eq!(
            [1, 2, 4, 6, 9, 12].map(of),
            [(1, 1), (1, 2), (2, 2), (2, 3), (3, 3), (3, 4)]
        );
    }
}
