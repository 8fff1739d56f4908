//! Pictures in characters, of made-up numbers.

use super::super::axis::Axis;
use super::super::colours::Colours;
use super::super::figure::{Body, Figure, Lines, Map, Maps, Series};
use super::{Ink, text};

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
                inside: Vec::new(),
            }],
            scale: Axis::linear("power", "unit²", (0.0, 1.0)),
            colours: Colours::Viridis,
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
    let first = highest.chars().position(|c| is_dot(&c)).unwrap();
    let n = highest.chars().filter(is_dot).count();
    let at = first + n / 2;
    let axis = text.lines().find(|line| line.contains('└')).unwrap();
    let ticks: Vec<usize> = (axis.chars().enumerate())
        .filter(|(_, c)| *c == '┬')
        .map(|(k, _)| k)
        .collect();
    // 0, 2, … 20 Hz
    assert_eq!(ticks.len(), 11, "{text}");
    assert!(ticks[5].abs_diff(at) <= 1, "{text}");
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

#[test]
fn shaded_places_alternate_with_their_numbers_and_are_duller_in_colours() {
    let mut figure = map();
    let Body::Maps(maps) = &mut figure.body else {
        panic!("a map");
    };
    maps.maps[0].values.fill(1.0);
    maps.maps[0].inside = vec![(9.0, -9.0), (-9.0, 1.5), (-9.0, 9.0)];
    let plain = text(&figure, 48, Ink::Plain);
    let lines: Vec<&str> = plain.lines().collect();
    let (highest, middle, lowest) = (lines[2], lines[2 + 9], lines[2 + 17]);
    assert!(!highest.contains('╱') && highest.contains("███"), "{plain}");
    assert!(middle.contains("███") && middle.contains("╱█╱"), "{plain}");
    assert!(
        !lowest.contains("██") && lowest.contains("╱█╱█╱"),
        "{plain}"
    );
    assert!(plain.ends_with("; ╱ shaded\n"), "{plain}");
    let coloured = text(&figure, 48, Ink::Full);
    let bright = Colours::Viridis.at(1.0);
    let [red, green, blue] = super::super::colours::shaded(bright);
    assert!(coloured.contains(&format!("38;2;{red};{green};{blue}m")));
    assert!(coloured.contains("38;2;253;231;37m") && !coloured.contains('╱'));
}
