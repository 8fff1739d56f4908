use std::collections::BTreeMap;

use ndarray::{Array2, s};

use crate::recording::{Channel, Recording, Trial};
use crate::setting::{Entry, Place};
use crate::spectral::{Design, InstructionSet, Options, Piece, Real};

/// Sums of some hundred products in double precision, and in single.
const DOUBLE: f64 = 1e-12;
const SINGLE: f64 = 2e-6;

pub(in crate::spectral) fn recording(lengths: &[usize], n_channels: usize) -> Recording {
    let trial = |(number, &n_samples): (usize, &usize)| Trial {
        number,
        start: 0,
        n_samples,
        offset: -50.0,
        info: Vec::new(),
        labels: Vec::new(),
    };
    Recording {
        sample_rate_hz: 200.0,
        channels: Channel::of((0..n_channels).map(|c| format!("c{c}")).collect()),
        trials: lengths.iter().enumerate().map(trial).collect(),
        is_double: true,
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    }
}

pub(in crate::spectral) fn design(config: &str, recording: &Recording) -> Result<Design, String> {
    let table: toml::Table = toml::from_str(config).expect(config);
    let entry = |value| Entry::new(value, Place::CommandLine);
    let entries: BTreeMap<_, _> = table
        .into_iter()
        .map(|(key, value)| (key, entry(value)))
        .collect();
    let options =
        Options::parse(&entries, &mut Vec::new()).map_err(|refusal| refusal.to_string())?;
    options
        .design(recording)
        .map_err(|refusal| refusal.to_string())
}

/// All rows of a trial, in pieces of `at_once`.
pub(in crate::spectral) fn estimate<T: Real>(
    design: &Design,
    trial: usize,
    samples: &Array2<T>,
    at_once: usize,
) -> Vec<T> {
    let layout = design.block_layout();
    let estimator = design.estimator::<T>(InstructionSet::detect());
    let mut scratch = estimator.scratch();
    // dirty scratch: nothing may be left of it
    scratch.window.resize(7, T::nan());
    scratch.power.resize(7, T::nan());
    let (n_samples, n_channels) = samples.dim();
    let n_rows = layout.times().rows(trial).len();
    let mut spectra = Vec::new();
    for first in (0..n_rows).step_by(at_once) {
        let rows = first..n_rows.min(first + at_once);
        let wanted = design.samples(trial, n_samples, &rows);
        assert!(wanted.len() <= design.most_samples(n_samples, rows.len()));
        let len = layout
            .shape(rows.len(), n_channels)
            .iter()
            .product::<usize>();
        let mut block = vec![T::nan(); len * layout.element.n_parts()];
        let piece = Piece::of(trial, rows, samples.slice(s![wanted, ..]));
        estimator.estimate(piece, &mut scratch, &mut block);
        spectra.extend(block);
    }
    spectra
}

pub(in crate::spectral) fn samples(n: usize, n_channels: usize) -> Array2<f64> {
    Array2::from_shape_fn((n, n_channels), |(t, c)| {
        let t = t as f64;
        (0.37 * t + c as f64).sin() + 0.3 * (0.011 * t * t).cos() + 0.02 * t
    })
}

/// Every window cut out, filled up with zeros, and estimated by mtmfft as a trial of its own.
fn slowly(config: &str, samples: &Array2<f64>, starts: &[i64], n_window: usize) -> Vec<f64> {
    let n_channels = samples.ncols();
    let window = recording(&[n_window], n_channels);
    let design = design(&format!("compat = \"syncopy\"\n{config}"), &window).unwrap();
    let cut = |start: i64| {
        Array2::from_shape_fn((n_window, n_channels), |(t, c)| {
            let at = start + t as i64;
            let at = usize::try_from(at).ok();
            at.and_then(|at| samples.get([at, c]).copied())
                .unwrap_or(0.0)
        })
    };
    starts
        .iter()
        .flat_map(|&start| estimate(&design, 0, &cut(start), 1))
        .collect()
}

fn assert_close<T: Real>(got: &[T], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let largest = want.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let difference = (got.to_double() - want).abs();
        assert!(
            difference <= tolerance * largest,
            "{what}, {i}: {got:?}, want {want}"
        );
    }
}

#[test]
fn a_window_has_the_spectrum_of_a_trial_of_its_own() {
    let recording = recording(&[150], 3);
    let samples = samples(150, 3);
    for (keys, n_window, step) in [
        ("t_ftimwin = 0.2\n", 40, 1),
        ("t_ftimwin = 0.205\ntoi = 0.5\npolyremoval = 1\n", 41, 21),
        (
            "t_ftimwin = 0.1\ntoi = 0\noutput = \"fourier\"\ntaper = \"none\"\n",
            20,
            20,
        ),
        (
            "t_ftimwin = 0.5\ntoi = 1.0\npolyremoval = \"none\"\nfoilim = [10, 30]\n",
            100,
            1,
        ),
        ("t_ftimwin = 0.75\ntoi = 0.9\nfoi = [20, 3]\n", 150, 15),
    ] {
        let starts: Vec<i64> = (0..150_i64)
            .step_by(step)
            .map(|centre| centre - n_window as i64 / 2)
            .collect();
        let of_window: String = keys
            .lines()
            .filter(|line| !line.starts_with("t_ftimwin") && !line.starts_with("toi"))
            .map(|line| format!("{line}\n"))
            .collect();
        let want = slowly(&of_window, &samples, &starts, n_window);
        let config = format!("method = \"mtmconvol\"\ncompat = \"syncopy\"\n{keys}");
        let design = design(&config, &recording).unwrap();
        assert_close(&estimate(&design, 0, &samples, 1000), &want, DOUBLE, keys);
        let single = samples.mapv(|x| x as f32);
        assert_close(&estimate(&design, 0, &single, 1000), &want, SINGLE, keys);
    }
}

#[test]
fn rows_have_the_same_bits_in_whatever_pieces_and_among_whatever_channels() {
    let recording = recording(&[150, 90], 5);
    for keys in [
        "t_ftimwin = 0.2\n",
        "t_ftimwin = 0.2\ntoi = [-0.2, 0.0, 0.03, 0.19]\n",
    ] {
        let design = design(
            &format!("method = \"mtmconvol\"\nedges = \"zero\"\ntapsmofrq = 20\n{keys}"),
            &recording,
        )
        .unwrap();
        let samples = samples(150, 5).mapv(|x| x as f32);
        let all = estimate(&design, 0, &samples, 1000);
        for at_once in [1, 3, 64] {
            assert_eq!(estimate(&design, 0, &samples, at_once), all, "{keys}");
        }
        let alone = estimate(&design, 0, &samples.slice(s![.., 2..3]).to_owned(), 1000);
        let among: Vec<f32> = all.iter().skip(2).step_by(5).copied().collect();
        assert_eq!(alone, among, "{keys}");
    }
}

#[test]
fn the_bandwidth_of_the_tapers_belongs_to_the_window() {
    let recording = recording(&[2000], 1);
    let config = "method = \"mtmconvol\"\nt_ftimwin = 0.25\ntapsmofrq = 12\ntoi = 0.5\n";
    // 2 NW - 1 with NW = 12 Hz · 0.25 s
    assert_eq!(design(config, &recording).unwrap().n_tapers(), 5);
}

#[test]
fn windows_beyond_the_trial_are_filled_up_left_out_or_nan() {
    let recording = recording(&[100, 60], 2);
    let of = |edges: &str| {
        let keys = format!("t_ftimwin = 0.2\ntoi = 0.75\nedges = \"{edges}\"\n");
        design(&format!("method = \"mtmconvol\"\n{keys}"), &recording).unwrap()
    };
    let samples = samples(60, 2);
    let [zero, nan, drop] =
        ["zero", "nan", "drop"].map(|edges| estimate(&of(edges), 1, &samples, 7));
    let of_row = 21 * 2;
    // centres 0, 10, …, 50 of 60 samples; windows of 40 lie inside from 20 to 40
    assert_eq!(
        (zero.len(), nan.len(), drop.len()),
        (6 * of_row, 6 * of_row, 3 * of_row)
    );
    for row in 0..6 {
        let numbers = row * of_row..(row + 1) * of_row;
        let is_inside = (2..=4).contains(&row);
        assert!(zero[numbers.clone()].iter().all(|x| x.is_finite()));
        assert_eq!(nan[numbers.clone()].iter().any(|x| x.is_nan()), !is_inside);
        if is_inside {
            assert_eq!(zero[numbers.clone()], nan[numbers.clone()]);
            assert_eq!(zero[numbers], drop[(row - 2) * of_row..(row - 1) * of_row]);
        }
    }
    let layout = of("drop").block_layout();
    assert_eq!(layout.times().second(1, 0), (-50.0 + 20.0) / 200.0);
}

#[test]
fn zeros_beyond_a_trial_are_no_step_behind_its_mean() {
    let recording = recording(&[150], 2);
    let samples = samples(150, 2);
    let shifted = samples.mapv(|x| x + 1e4);
    for polyremoval in ["0", "1"] {
        let keys =
            format!("t_ftimwin = 0.2\ntoi = 0.5\nedges = \"zero\"\npolyremoval = {polyremoval}\n");
        let of = |more: &str, samples: &Array2<f64>| {
            let config = format!("method = \"mtmconvol\"\n{keys}{more}");
            estimate(&design(&config, &recording).unwrap(), 0, samples, 100)
        };
        let want = of("", &samples);
        // an offset of 1e4 leaves 1e-12 of itself in every sample, and its square in power
        assert_close(&of("", &shifted), &want, 1e-9, polyremoval);
        // Syncopy detrends the zeros as well
        let syncopys = of("compat = \"syncopy\"\n", &shifted);
        let highest = |power: &[f64]| power.iter().fold(0.0_f64, |most, x| most.max(*x));
        assert!(highest(&syncopys) > 1e4 * highest(&want), "{polyremoval}");
    }
}

#[test]
fn lists_of_any_times_are_windows_around_their_samples() {
    let recording = recording(&[150], 2);
    let samples = samples(150, 2);
    for (times, centres) in [
        ("[0.1]", vec![70]),
        ("[-0.25, -0.24, 0.2, 0.49]", vec![0, 2, 90, 148]),
        ("[-0.1, -0.05, 0.0, 0.05]", vec![30, 40, 50, 60]),
        ("[0.0, 0.005, 0.01]", vec![50, 51, 52]),
    ] {
        let starts: Vec<i64> = centres.iter().map(|centre| centre - 20).collect();
        let want = slowly("", &samples, &starts, 40);
        let config = format!(
            "method = \"mtmconvol\"\ncompat = \"syncopy\"\nt_ftimwin = 0.2\ntoi = {times}\n"
        );
        let got = estimate(&design(&config, &recording).unwrap(), 0, &samples, 2);
        assert_close(&got, &want, DOUBLE, times);
    }
}

#[test]
fn a_time_outside_of_one_trial_is_nan_there_and_said() {
    let recording = recording(&[150, 60], 1);
    let config = "method = \"mtmconvol\"\nt_ftimwin = 0.1\ntoi = [0.0, 0.3]\n";
    let design = design(config, &recording).unwrap();
    let got = estimate(&design, 1, &samples(60, 1), 2);
    let (inside, outside) = got.split_at(got.len() / 2);
    assert!(inside.iter().all(|x| x.is_finite()) && outside.iter().all(|x| x.is_nan()));
    let remarks: Vec<String> = design.remarks().iter().map(ToString::to_string).collect();
    assert!(
        remarks
            .iter()
            .any(|text| text.contains("1 trial does not reach")),
        "{remarks:?}"
    );
}

#[test]
fn what_is_not_finite_spoils_the_windows_it_is_in_and_no_other() {
    let recording = recording(&[150], 2);
    let config = "method = \"mtmconvol\"\nt_ftimwin = 0.1\nedges = \"zero\"\n";
    let design = design(config, &recording).unwrap();
    let clean = samples(150, 2);
    let mut dirty = clean.clone();
    dirty[[75, 1]] = f64::NAN;
    let (want, got) = (
        estimate(&design, 0, &clean, 50),
        estimate(&design, 0, &dirty, 50),
    );
    let n_freqs = 11;
    for (i, (want, got)) in want.iter().zip(&got).enumerate() {
        let (row, channel) = (i / (n_freqs * 2), i % 2);
        // windows of 20 samples around the row
        let has_it = channel == 1 && (66..=85).contains(&row);
        assert_eq!(got.is_nan(), has_it, "row {row}, channel {channel}");
        assert!(has_it || want == got);
    }
}

#[test]
fn what_a_recording_does_not_allow_is_refused() {
    let recording = recording(&[150, 60], 1);
    for (keys, why) in [
        ("", "method = \"mtmconvol\": this method needs t_ftimwin"),
        (
            "t_ftimwin = 0.31\ncompat = \"syncopy\"\n",
            "0.005 s, one sample, to 0.3 s, the shortest trial",
        ),
        (
            "t_ftimwin = 0.76\n",
            "0.005 s, one sample, to 0.75 s, the longest trial",
        ),
        (
            "t_ftimwin = 0.4\nedges = \"drop\"\n",
            "no window lies in trial 1, which would have no row",
        ),
        (
            "t_ftimwin = 0.74\ntoi = 0.0\n",
            "no window lies in a trial as a whole",
        ),
        (
            "t_ftimwin = 0.4\ntoi = [-0.24]\n",
            "toi = [-0.24]: no window lies in a trial as a whole",
        ),
        (
            "t_ftimwin = 0.35\ntoi = 0.0\nedges = \"zero\"\ntapsmofrq = 2\n",
            "2·T·W − 1 is below 1",
        ),
        ("t_ftimwin = 0.004\n", "one sample"),
        ("t_ftimwin = nan\n", "one sample"),
        (
            "t_ftimwin = 0.1\ntoi = [0.6]\n",
            "0.6 s lies outside of all trials",
        ),
        (
            "t_ftimwin = 0.1\nkeeptrials = false\ncompat = \"syncopy\"\n",
            "from 60 to 150 times",
        ),
        (
            "t_ftimwin = 0.1\ntapsmofrq = 20\nnTaper = 30\n",
            "less than 20",
        ),
        (
            "t_ftimwin = 0.1\nedges = \"trial\"\n",
            "\"zero\", \"drop\" or \"nan\"",
        ),
        (
            "t_ftimwin = 0.1\nedges = \"drop\"\ntoi = [-0.24, 0.0]\n",
            "around -0.24 s reaches beyond",
        ),
        ("t_ftimwin = 0.1\noutput = \"fooof\"\n", "output"),
    ] {
        let refusal =
            design(&format!("method = \"mtmconvol\"\n{keys}"), &recording).expect_err(keys);
        assert!(refusal.contains(why), "{keys}: {refusal}");
    }
}
