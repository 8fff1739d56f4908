//! Draws lines and points in a frame, with the legend beside it, where no line can be.

use super::colours::{GRID, INK, of_line};
use super::figure::{Lines, Series};
use super::font;
use super::layout::{GAP, Page, Side, sharp};
use super::shapes::{Anchor, Place, Shape};

/// Points of a column of pixels above which only its ends count.
const MOST_PER_PIXEL: usize = 4;
/// Part of the width that a legend takes at most.
const WIDEST_LEGEND: f64 = 0.3;
/// Length of the pieces of lines in a legend.
const SAMPLE: f64 = 26.0;

/// Draws `lines` with axes and legend into `room`.
pub fn draw_lines(page: &mut Page, lines: &Lines, room: Place) {
    let gap = page.px(GAP);
    let legend = legend_width(page, lines, room.width);
    let height = room.height - page.below();
    let y_ticks = page.upwards(&lines.y, height);
    let left = 1.7 * page.label_size() + page.ticks_width(&y_ticks);
    let frame = sharp(Place {
        x: room.x + left,
        y: room.y,
        width: room.width - left - legend.max(gap),
        height,
    });
    let x_ticks = page.across(&lines.x, frame.width);
    page.grid(frame, &x_ticks, &y_ticks);
    if lines.marks_zero {
        let x = frame.x + lines.x.fraction(0.0) * frame.width;
        page.shapes.push(Shape::Line {
            points: vec![(x, frame.y), (x, frame.bottom())],
            colour: INK,
            width: page.px(1.2),
            is_dashed: true,
        });
    }
    for (number, series) in lines.series.iter().enumerate() {
        draw_series(page, lines, series, number, frame);
    }
    page.line(frame.outline(), INK);
    let beyond = legend.max(3.0 * gap);
    page.x_ticks(frame, &lines.x, &x_ticks, Some(beyond));
    page.y_ticks(frame, &lines.y, &y_ticks, Side::Left);
    let size = page.label_size();
    let middle = frame.x + frame.width / 2.0;
    page.text(
        (middle, room.bottom()),
        lines.x.title(),
        size,
        Anchor::Middle,
    );
    let middle = frame.y + frame.height / 2.0;
    page.upright((room.x + size, middle), &lines.y.title(), room.height);
    if legend > 0.0 {
        draw_legend(
            page,
            lines,
            (frame.right() + 1.5 * gap, frame.y),
            room.right(),
        );
    }
}

fn legend_width(page: &Page, lines: &Lines, width: f64) -> f64 {
    let size = page.tick_size();
    let names = lines
        .series
        .iter()
        .map(|series| font::width(&series.name, size));
    match names.fold(0.0, f64::max) {
        0.0 => 0.0,
        widest => (widest + page.px(SAMPLE) + page.px(3.0 * GAP)).min(WIDEST_LEGEND * width),
    }
}

fn draw_legend(page: &mut Page, lines: &Lines, (x, y): (f64, f64), right: f64) {
    let (size, sample, gap) = (page.tick_size(), page.px(SAMPLE), page.px(GAP));
    for (number, series) in lines.series.iter().enumerate() {
        let middle = y + (0.8 + 1.5 * number as f64) * size;
        match lines.are_points {
            true => dot(page, (x + sample / 2.0, middle), sample, number),
            false => line(page, vec![(x, middle), (x + sample, middle)], number),
        }
        let at = x + sample + gap;
        let name = font::shortened(&series.name, size, right - at);
        page.text((at, middle + 0.36 * size), name, size, Anchor::Start);
    }
}

fn line(page: &mut Page, points: Vec<(f64, f64)>, number: usize) {
    let width = page.px(1.8);
    page.shapes.push(Shape::Line {
        points,
        colour: of_line(number),
        width,
        is_dashed: false,
    });
}

fn dot(page: &mut Page, centre: (f64, f64), room: f64, number: usize) {
    let radius = page.px((room / 2.0).clamp(2.5, 4.0));
    page.shapes.push(Shape::Dot {
        centre,
        radius,
        colour: of_line(number),
    });
}

fn draw_series(page: &mut Page, lines: &Lines, series: &Series, number: usize, frame: Place) {
    let place = |&(x, y): &(f64, f64)| {
        // what lies beyond the axis, as 0 on a logarithmic one, runs along its end
        let x = lines.x.fraction(x).clamp(0.0, 1.0);
        let y = lines.y.fraction(y).clamp(0.0, 1.0);
        (frame.x + x * frame.width, frame.bottom() - y * frame.height)
    };
    if lines.are_points {
        let baseline = frame.bottom();
        let room = frame.width / series.points.len() as f64;
        for at in series.points.iter().filter(|(_, y)| !y.is_nan()).map(place) {
            if !lines.x.names.is_empty() {
                page.line(vec![(at.0, at.1), (at.0, baseline)], GRID);
            }
            dot(page, at, room, number);
        }
        return;
    }
    for piece in series.points.split(|(_, y)| y.is_nan()) {
        let points = thinned(piece.iter().map(place));
        match points[..] {
            [] => {}
            // a point alone is no line
            [point] => dot(page, point, page.px(GAP), number),
            _ => line(page, points, number),
        }
    }
}

/// Points in order of x, of columns of pixels with many only the first, the lowest, the highest and the last.
fn thinned(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut begin = 0;
    for point in points {
        if kept
            .get(begin)
            .is_some_and(|first| first.0.floor() != point.0.floor())
        {
            begin = kept.len();
        }
        kept.push(point);
        if kept.len() - begin > MOST_PER_PIXEL {
            let column = &kept[begin..];
            let by_height = |a: &&(f64, f64), b: &&(f64, f64)| a.1.total_cmp(&b.1);
            let (first, last) = (column[0], column[column.len() - 1]);
            let inside = [
                column.iter().min_by(by_height).copied(),
                column.iter().max_by(by_height).copied(),
            ];
            kept.truncate(begin);
            kept.extend(
                [Some(first), inside[0], inside[1], Some(last)]
                    .into_iter()
                    .flatten(),
            );
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_points_of_a_pixel_keep_their_peak() {
        let points = (0..1000).map(|i| (f64::from(i) / 100.0, if i == 457 { -5.0 } else { 1.0 }));
        let kept = thinned(points);
        assert!(kept.len() <= 40, "{}", kept.len());
        assert!(kept.iter().any(|point| point.1 == -5.0));
        let few = [(0.0, 1.0), (0.5, 2.0), (3.0, 1.0)];
        assert_eq!(thinned(few.into_iter()), few);
    }
}
