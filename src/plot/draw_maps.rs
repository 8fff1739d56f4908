//! Draws maps in frames side by side, with one colour bar.

use super::colours::{INK, PAPER};
use super::figure::{Map, Maps};
use super::font;
use super::layout::{GAP, Page, Side, sharp};
use super::shapes::{Anchor, Place, Shape};

/// Width over height that maps look best with.
const BEST_RATIO: f64 = 1.5;
/// Width of a colour bar.
const BAR: f64 = 20.0;

/// Draws `maps` with axes and colour bar into `room`.
pub fn draw_maps(page: &mut Page, maps: &Maps, room: Place) {
    let gap = page.px(GAP);
    let all = Place {
        height: room.height - page.below(),
        ..room
    };
    let scale_ticks = page.upwards(&maps.scale, all.height);
    let bar_width = page.px(BAR) + page.ticks_width(&scale_ticks) + 1.5 * page.label_size();
    let has_names = maps.maps.iter().any(|map| !map.name.is_empty());
    let name_height = if has_names {
        1.5 * page.tick_size()
    } else {
        0.0
    };
    let (n_columns, n_rows) = arrangement(maps.maps.len(), room.width / room.height);
    let from_row_to_row = (all.height + gap) / n_rows as f64;
    let cell_height = from_row_to_row - name_height - gap;
    let y_ticks = page.upwards(&maps.y, cell_height);
    let left = 1.7 * page.label_size() + page.ticks_width(&y_ticks);
    let inner = Place {
        x: all.x + left,
        width: all.width - left - bar_width - 2.5 * gap,
        ..all
    };
    let (cell_width, distance) = (inner.width / n_columns as f64, 2.0 * gap);
    for (number, map) in maps.maps.iter().enumerate() {
        let (column, row) = (number % n_columns, number / n_columns);
        let frame = sharp(Place {
            x: inner.x + column as f64 * cell_width,
            y: inner.y + row as f64 * from_row_to_row + name_height,
            width: cell_width - if n_columns > 1 { distance } else { 0.0 },
            height: cell_height,
        });
        draw_map(page, maps, map, frame);
        let x_ticks = page.across(&maps.x, frame.width);
        let is_lowest = number + n_columns >= maps.maps.len();
        let beyond = if n_columns > 1 {
            0.4 * distance
        } else {
            3.0 * gap
        };
        page.x_ticks(frame, &maps.x, &x_ticks, is_lowest.then_some(beyond));
        if column == 0 {
            page.y_ticks(frame, &maps.y, &y_ticks, Side::Left);
        }
        let size = page.tick_size();
        let name = font::shortened(&map.name, size, frame.width);
        if has_names {
            let at = (frame.x + frame.width / 2.0, frame.y - 0.35 * size);
            page.text(at, name, size, Anchor::Middle);
        }
    }
    let size = page.label_size();
    let middle = inner.x + (inner.width - if n_columns > 1 { distance } else { 0.0 }) / 2.0;
    page.text(
        (middle, room.bottom()),
        maps.x.title(),
        size,
        Anchor::Middle,
    );
    let middle = all.y + all.height / 2.0;
    page.upright((room.x + size, middle), &maps.y.title(), room.height);
    let bar = sharp(Place {
        x: inner.right() + 2.5 * gap,
        y: all.y + name_height,
        width: page.px(BAR),
        height: all.height - name_height,
    });
    draw_bar(page, maps, bar);
    page.y_ticks(bar, &maps.scale, &scale_ticks, Side::Right);
    page.upright((room.right(), middle), &maps.scale.title(), room.height);
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

fn draw_map(page: &mut Page, maps: &Maps, map: &Map, frame: Place) {
    let (columns, rows) = (frame.width as usize, frame.height as usize);
    let pixels = (0..rows)
        .flat_map(|row| (0..columns).map(move |column| (row, column)))
        .map(|(row, column)| {
            let x = (column as f64 + 0.5) / columns as f64;
            let y = 1.0 - (row as f64 + 0.5) / rows as f64;
            let value = maps.value_at(map, x, y);
            maps.colours.at(maps.scale.fraction(value))
        });
    page.shapes.push(Shape::Pixels {
        place: Place {
            x: frame.x - 0.5,
            y: frame.y - 0.5,
            ..frame
        },
        columns,
        pixels: pixels.collect(),
    });
    if maps.marks_zero {
        let x = frame.x + maps.x.fraction(0.0) * frame.width;
        page.shapes.push(Shape::Line {
            points: vec![(x, frame.y), (x, frame.bottom())],
            colour: PAPER,
            width: page.px(1.5),
            is_dashed: true,
        });
    }
    page.line(frame.outline(), INK);
}

fn draw_bar(page: &mut Page, maps: &Maps, bar: Place) {
    // as many pixels as it has in the picture: programs that enlarge a few blur them beyond the frame
    let (columns, rows) = (bar.width as usize, bar.height as usize);
    let colour = |row: usize| {
        let fraction = 1.0 - (row as f64 + 0.5) / rows as f64;
        std::iter::repeat_n(maps.colours.at(fraction), columns)
    };
    page.shapes.push(Shape::Pixels {
        place: Place {
            x: bar.x - 0.5,
            y: bar.y - 0.5,
            ..bar
        },
        columns,
        pixels: (0..rows).flat_map(colour).collect(),
    });
    page.line(bar.outline(), INK);
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
