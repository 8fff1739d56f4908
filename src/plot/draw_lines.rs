//! Draws lines and points in a frame, with the legend beside it, where no line can be.

use plotters::element::{Circle, PathElement};
use plotters::series::LineSeries;
use plotters::style::Color;
use plotters::style::text_anchor::{HPos, VPos};

use super::colours::{GRID, INK, of_line};
use super::coordinate::Coordinate;
use super::figure::{Lines, Series};
use super::font;
use super::page::{Around, Chart, Drawn, GAP, Page, Place, rgb, units};

/// Points of a column of pixels above which only its ends count.
const MAX_PER_PIXEL: usize = 4;
/// Part of the width that a legend takes at most.
const WIDEST_LEGEND: f64 = 0.3;
/// Length of the pieces of lines in a legend.
const SAMPLE: f64 = 26.0;
/// Width of lines.
const LINE: f64 = 1.8;

/// Draws `lines` with axes and legend into `room`.
///
/// # Errors
/// What plotters says.
pub fn draw_lines(page: &mut Page, lines: &Lines, room: Place) -> Drawn {
    let gap = page.px(GAP);
    let legend = legend_width(page, lines, f64::from(room.width));
    let below = page.ticks_height() + page.title_height();
    let height = f64::from(room.height) - below;
    let y_ticks = page.upwards(&lines.y, height);
    let labels = page.title_height() + page.ticks_width(&y_ticks);
    let widest = f64::from(room.width) - labels;
    let (before, overhang) = page.overhang(&page.across(&lines.x, widest), widest);
    let left = labels.max(before);
    let widest = f64::from(room.width) - left;
    let frame = Place::around(
        (f64::from(room.x) + left, f64::from(room.y)),
        (widest - legend.max(overhang).max(gap), height),
    );
    let x_ticks = page.across(&lines.x, f64::from(frame.width));
    let around = Around {
        left,
        below,
        x_title: lines.x.title(),
        y_title: lines.y.title(),
        has_grid: true,
        ..Around::default()
    };
    let (x, y) = (
        Coordinate::across(&lines.x, x_ticks),
        Coordinate::upwards(&lines.y, y_ticks),
    );
    let mut chart = page.axes(frame, x, y, &around)?;
    if lines.marks_zero {
        page.mark_zero(&mut chart, &lines.y, INK, page.px(1.2))?;
    }
    if lines.are_points && !lines.x.names.is_empty() {
        let foot = lines.y.low;
        let points = lines.series.iter().flat_map(|series| &series.points);
        let there = points.copied().filter(|(_, y)| !y.is_nan());
        let stem = |(x, y)| PathElement::new(vec![(x, y), (x, foot)], page.thin(GRID));
        chart.draw_series(there.map(stem))?;
    }
    for (number, series) in lines.series.iter().enumerate() {
        draw_series(page, &mut chart, lines, series, number, frame)?;
    }
    page.outline(frame)?;
    if legend > 0.0 {
        let at = (f64::from(frame.right()) + 1.5 * gap, f64::from(frame.y));
        draw_legend(page, lines, at, f64::from(room.right()))?;
    }
    Ok(())
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

fn draw_legend(page: &Page, lines: &Lines, (x, y): (f64, f64), right: f64) -> Drawn {
    let (size, sample, gap) = (page.tick_size(), page.px(SAMPLE), page.px(GAP));
    for (number, series) in lines.series.iter().enumerate() {
        let middle = y + (0.8 + 1.5 * number as f64) * size;
        let colour = of_line(number);
        if lines.are_points {
            page.dot((x + sample / 2.0, middle), radius(page, sample), colour)?
        } else {
            let style = page.stroke(colour, page.px(LINE));
            page.line(&[(x, middle), (x + sample, middle)], style)?;
        }
        let at = x + sample + gap;
        let name = font::shortened(&series.name, size, right - at);
        page.text((at, middle), &name, size, HPos::Left, VPos::Center)?;
    }
    Ok(())
}

/// Radius in pixels of points that are so many pixels apart.
fn radius(page: &Page, apart: f64) -> f64 {
    page.px((apart / 2.0).clamp(2.5, 4.0))
}

fn draw_series(
    page: &Page,
    chart: &mut Chart,
    lines: &Lines,
    series: &Series,
    number: usize,
    frame: Place,
) -> Drawn {
    let width = f64::from(frame.width);
    let colour = of_line(number);
    let dot = |point: (f64, f64), apart: f64| {
        Circle::new(point, units(radius(page, apart)), rgb(colour).filled())
    };
    if lines.are_points {
        let points = series.points.iter().copied().filter(|(_, y)| !y.is_nan());
        let apart = width / series.points.len() as f64;
        chart.draw_series(points.map(|point| dot(point, apart)))?;
        return Ok(());
    }
    let column = |x: f64| (lines.x.fraction(x) * width).floor();
    for piece in series.points.split(|(_, y)| y.is_nan()) {
        let points = thinned(piece.iter().copied(), column);
        match points[..] {
            [] => {}
            // a point alone is no line
            [point] => {
                chart.draw_series([dot(point, page.px(GAP))])?;
            }
            _ => {
                let style = page.stroke(colour, page.px(LINE));
                chart.draw_series(LineSeries::new(points, style))?;
            }
        }
    }
    Ok(())
}

/// Points in order of x, of columns of pixels with many only the first, the lowest, the highest and the last.
fn thinned(
    points: impl Iterator<Item = (f64, f64)>,
    column_of: impl Fn(f64) -> f64,
) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut begin = 0;
    for point in points {
        if kept
            .get(begin)
            .is_some_and(|first| column_of(first.0) != column_of(point.0))
        {
            begin = kept.len();
        }
        kept.push(point);
        if kept.len() - begin > MAX_PER_PIXEL {
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
        let kept = thinned(points, f64::floor);
        assert!(kept.len() <= 40, "{}", kept.len());
        assert!(kept.iter().any(|point| point.1 == -5.0));
        let few = [(0.0, 1.0), (0.5, 2.0), (3.0, 1.0)];
        assert_eq!(thinned(few.into_iter(), f64::floor), few);
    }
}
