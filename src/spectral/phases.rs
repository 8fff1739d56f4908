//! What time phases and rows refer to in every method, and which times are NaN, by theory: cos 2πft has the phase 2πft at the time t.

use std::f64::consts::TAU;

use ndarray::Array2;

use super::Design;
use super::mtmconvol::tests::{design, estimate, recording};
use crate::recording::Recording;

const RATE_HZ: f64 = 1000.0;
const HZ: f64 = 20.0;
/// What a window leaks of the negative frequency, relative to the phase.
const LEAK: f64 = 1e-3;

/// A trial of so many samples that begins at a sample counted from time 0.
fn trial(n: usize, offset: f64) -> Recording {
    let mut recording = recording(&[n], 1);
    recording.sample_rate_hz = RATE_HZ;
    recording.trials[0].offset = offset;
    recording
}

fn cosine(n: usize, offset: f64) -> Array2<f64> {
    Array2::from_shape_fn((n, 1), |(t, _)| {
        (TAU * HZ * (t as f64 + offset) / RATE_HZ).cos()
    })
}

/// The time and the phase of every row at the frequency next to 20 Hz.
fn phases(config: &str, n: usize, offset: f64) -> Vec<(f64, f64)> {
    let design = design(config, &trial(n, offset)).expect(config);
    let layout = design.block_layout();
    let times = layout.times();
    let hz = layout.frequencies().expect("spectra").hz();
    let distance = |hz: &f64| (hz - HZ).abs();
    let nearest = |a: &usize, b: &usize| distance(&hz[*a]).total_cmp(&distance(&hz[*b]));
    let freq = (0..hz.len()).min_by(nearest).expect("a frequency");
    let n_rows = times.rows(0).len();
    let angles = estimate(&design, 0, &cosine(n, offset), n_rows);
    (0..n_rows)
        .map(|row| (times.second(0, row), angles[row * hz.len() + freq]))
        .filter(|(_, angle)| !angle.is_nan())
        .collect()
}

fn assert_phase(angle: f64, want: f64, what: &str) {
    let turns = (angle - want) / TAU;
    let difference = (turns - turns.round()) * TAU;
    assert!(difference.abs() < LEAK, "{what}: {angle}, expected {want}");
}

#[test]
fn phases_of_whole_trials_refer_to_time_zero() {
    for offset in [0.0, -130.0, -270.5, 77.0] {
        for n in [1000, 1009] {
            let config = "output = \"angle\"\npad = 5\n";
            let [(_, angle)] = phases(config, n, offset)[..] else {
                panic!("a trial is one row")
            };
            assert_phase(angle, 0.0, &format!("{n} samples from {offset}"));
        }
    }
    let syncopys = "output = \"angle\"\ncompat = \"syncopy\"\n";
    let first = phases(syncopys, 1000, -130.0)[0].1;
    assert_phase(
        first,
        TAU * HZ * -0.13,
        "Syncopy has that at the first sample",
    );
}

#[test]
fn phases_over_time_are_those_of_the_times_of_rows() {
    for method in [
        "method = \"mtmconvol\"\nt_ftimwin = 0.25\n",
        "method = \"mtmconvol\"\nt_ftimwin = 0.251\ntoi = 0.9\n",
        "method = \"mtmconvol\"\nt_ftimwin = 0.25\ntapsmofrq = 12\nnTaper = 1\nkeeptapers = true\n",
        "method = \"mtmconvol\"\nt_ftimwin = 0.251\ntoi = [0.2, 0.33, 0.5]\n",
        "method = \"wavelet\"\nfoi = [20]\nwidth = 8\n",
        "method = \"wavelet\"\nfoi = [20]\nwavelet = \"Paul\"\norder = 20\ntoi = [0.2, 0.33, 0.5]\n",
        "method = \"superlet\"\nfoi = [20]\norder_max = 1\nc_1 = 5\n",
        "method = \"superlet\"\nfoi = [20]\norder_max = 4\norder_min = 2\n",
        "method = \"superlet\"\nfoi = [10, 20]\norder_max = 4\norder_min = 3\nadaptive = true\ntoi = [0.2, 0.33, 0.5]\n",
        "method = \"wavelet\"\nfoi = [20]\nwidth = 8\ntoi = [0.2, 0.33, 0.5]\n",
    ] {
        let config = format!("{method}output = \"angle\"\n");
        let found = phases(&config, 1200, -300.0);
        assert!(found.len() > 2, "{config}");
        for (time, angle) in found {
            assert_phase(angle, TAU * HZ * time, &format!("{config}{time} s"));
        }
    }
}

#[test]
fn an_impulse_is_symmetric_around_its_time() {
    let n = 1200;
    let mut impulse = Array2::zeros((n, 1));
    impulse[[700, 0]] = 1.0;
    for method in ["wavelet\"\nwidth = 6.3\n", "superlet\"\norder_max = 3\n"] {
        let config = format!("method = \"{method}foi = [17.3]\npolyremoval = \"none\"\n");
        let design = design(&config, &trial(n, 0.0)).expect(&config);
        let power: Vec<f64> = estimate(&design, 0, &impulse, n);
        for lag in 1..60 {
            let (before, behind) = (power[700 - lag], power[700 + lag]);
            assert!(
                (before / behind - 1.0).abs() < 1e-9,
                "{config}{lag}: {before}, {behind}"
            );
        }
    }
}

/// The first and the last row that is a number, and how many there are.
fn finite(config: &str, n: usize) -> (usize, usize, usize) {
    let design: Design = design(config, &trial(n, 0.0)).expect(config);
    let power = estimate(&design, 0, &cosine(n, 0.0), n);
    let is_there: Vec<usize> = (0..power.len()).filter(|&t| power[t].is_finite()).collect();
    for row in 0..power.len() {
        assert_eq!(
            design.has_number(0, row, 0),
            is_there.contains(&row),
            "{config}{row}"
        );
    }
    (is_there[0], is_there[is_there.len() - 1], is_there.len())
}

#[test]
fn times_within_three_deviations_of_the_ends_are_nan() {
    let n = 2000;
    // Morlet's scale is 4π / (ω₀ + sqrt(2 + ω₀²)) periods' inverse; a superlet of c cycles has σ = c / 5f
    let scale = (6.0 + 38.0_f64.sqrt()) / (2.0 * TAU) / 20.0;
    let paul = (2.0 / 7.0_f64).sqrt() * 9.0 / (2.0 * TAU) / 20.0;
    for (method, sigma_s) in [
        ("wavelet\"\nwidth = 6\n", scale),
        ("wavelet\"\nwavelet = \"Paul\"\norder = 4\n", paul),
        ("superlet\"\norder_max = 4\n", 12.0 / 5.0 / 20.0),
    ] {
        let config = format!("method = \"{method}foi = [20]\n");
        let reach = (3.0 * sigma_s * RATE_HZ).ceil() as usize;
        assert_eq!(
            finite(&config, n),
            (reach, n - 1 - reach, n - 2 * reach),
            "{config}"
        );
        let layout = design(&config, &trial(n, 0.0)).unwrap().block_layout();
        let cone = layout.cone_of_influence.expect("it has a cone")[0];
        assert!(
            (cone / (3.0 * sigma_s) - 1.0).abs() < 1e-12,
            "{config}{cone}"
        );
    }
    let config = "method = \"mtmconvol\"\nt_ftimwin = 0.1\nfoi = [20]\n";
    assert_eq!(finite(config, n), (50, n - 50, n - 99));
}

#[test]
fn frequencies_that_fit_no_trial_are_refused_and_automatic_ones_begin_with_the_lowest_that_fits() {
    let of = |keys: &str| design(&format!("method = \"wavelet\"\n{keys}"), &trial(1001, 0.0));
    let refusal = of("foi = [1, 20]\n").expect_err("too low");
    // 3 σ are 2.9 s at 1 Hz, and half a second is left at 5.81 Hz
    assert!(
        refusal.contains("the wavelet of 1 Hz") && refusal.contains("5.809 Hz"),
        "{refusal}"
    );
    assert!(of("foi = [5.81]\n").is_ok() && of("foi = [5.8]\n").is_err());
    assert!(of("foi = [1]\nedges = \"trial\"\n").is_ok());
    // of listed times only those count
    let refusal = of("foi = [20]\ntoi = [0.1]\n").expect_err("near the end");
    assert!(
        refusal.contains("29.05 Hz") || refusal.contains("29.06 Hz"),
        "{refusal}"
    );
    let lowest = of("")
        .unwrap()
        .block_layout()
        .frequencies()
        .unwrap()
        .range_hz()
        .0;
    assert!((5.8..7.0).contains(&lowest), "{lowest}");
    let superlets = "method = \"superlet\"\norder_max = 6\nadaptive = true\n";
    assert!(design(superlets, &trial(1001, 0.0)).is_ok());
    // of orders that rise with the frequency the one that needs most is named: 18 cycles at 40 Hz, 0.27 s, fit; 90 do not
    let adaptive = "method = \"superlet\"\norder_max = 30\nadaptive = true\nfoi = [0.5, 40]\n";
    let refusal = design(adaptive, &trial(2001, 0.0)).expect_err("too many cycles");
    assert!(
        refusal.contains("the wavelet of 40 Hz") && refusal.contains("54 Hz"),
        "{refusal}"
    );
    // times outside of all trials are to blame themselves
    let outside = of("foi = [20]\ntoi = [5.0]\n").expect_err("outside");
    assert!(
        outside.contains("toi") && outside.contains("outside of all trials"),
        "{outside}"
    );
    let at_the_end = of("foi = [20]\ntoi = [0.0]\n").expect_err("at the end");
    assert!(
        at_the_end.contains("freqanalysis.toi") && at_the_end.contains("no frequency fits"),
        "{at_the_end}"
    );
}
