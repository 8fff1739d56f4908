//! `slepian synth`: recordings of known content, the same ones every time.

use std::f64::consts::TAU;

use crate::support::{Folder, Spectra, data_file, info, with_files};
use ndarray::Array2;
use twox_hash::XxHash3_64;

/// Every kind with the flags that it needs.
const KINDS: &[&str] = &[
    "white_noise",
    "harmonics",
    "linear_trend",
    "sine --freq 40 --noise 0.1",
    "phase_diffusion --freq 60 --eps 0.1",
    "red_noise --alpha 0.9",
    "ar2_network",
    "events --times 0.01,0.03 --freq 100 --width 0.01 --noise 1",
];

/// What version 0.1.0 made of `--trials 3 --channels 5 --samples 50 --unequal 0.5 --seed 4`: studies refer to them.
const FIRST_KINDS: [(&str, u64); 3] = [
    ("white_noise", 7_262_308_064_947_482_392),
    ("harmonics", 12_756_359_039_104_257_010),
    ("linear_trend", 6_100_538_516_991_330_473),
];

/// The samples of a recording and its trial definition, as bits.
fn bits(folder: &Folder, container: &str) -> (Array2<u32>, Array2<u64>) {
    with_files(|| read_bits(&data_file(&folder.path(container))))
}

fn read_bits(path: &std::path::Path) -> (Array2<u32>, Array2<u64>) {
    let file = hdf5::File::open(path).unwrap();
    let data = file.dataset("data").unwrap().read_2d::<f32>().unwrap();
    let trials = file.dataset("trialdefinition").unwrap();
    let trials = trials.read_2d::<f64>().unwrap();
    (data.mapv(f32::to_bits), trials.mapv(f64::to_bits))
}

fn synth(folder: &Folder, words: &str, output: &str) {
    let words: Vec<&str> = words.split_whitespace().collect();
    folder
        .slepian(&["synth"])
        .args(&words)
        .args(&["-o", output])
        .succeeds();
}

#[test]
fn the_same_seed_gives_the_same_recording_and_another_seed_another() {
    let folder = Folder::new();
    for (number, kind) in KINDS.iter().enumerate() {
        let of = |seed: u32, output: &str| {
            let words =
                format!("{kind} --trials 3 --channels 2 --samples 50 --unequal 0.5 --seed {seed}");
            synth(&folder, &words, &format!("{number}-{output}.spy"));
            bits(&folder, &format!("{number}-{output}.spy"))
        };
        let first = of(4, "a");
        assert_eq!(first, of(4, "b"), "{kind}");
        assert_ne!(first, of(5, "c"), "{kind}");
    }
}

#[test]
fn a_trial_does_not_depend_on_how_many_others_there_are() {
    let folder = Folder::new();
    let words = "--channels 3 --samples 80 --unequal 0.3 --seed 2 --overwrite";
    for kind in KINDS {
        synth(&folder, &format!("{kind} --trials 2 {words}"), "two.spy");
        synth(&folder, &format!("{kind} --trials 9 {words}"), "nine.spy");
        let ((two, two_trials), (nine, nine_trials)) =
            (bits(&folder, "two.spy"), bits(&folder, "nine.spy"));
        assert_eq!(two, nine.slice(ndarray::s![..two.nrows(), ..]), "{kind}");
        assert_eq!(two_trials, nine_trials.slice(ndarray::s![..2, ..]));
    }
}

#[test]
fn unequal_trials_have_different_lengths_that_fill_the_recording() {
    let folder = Folder::new();
    synth(
        &folder,
        "white_noise --trials 8 --channels 1 --samples 100 --unequal 0.5",
        "a.spy",
    );
    let (data, trials) = bits(&folder, "a.spy");
    let trials = trials.mapv(f64::from_bits);
    let lengths: Vec<f64> = trials
        .rows()
        .into_iter()
        .map(|row| row[1] - row[0])
        .collect();
    assert!(
        lengths.iter().all(|n| (50.0..=100.0).contains(n)),
        "{lengths:?}"
    );
    assert!(lengths.iter().any(|n| *n != lengths[0]), "{lengths:?}");
    assert_eq!(lengths.iter().sum::<f64>(), data.nrows() as f64);
    assert!(
        trials
            .rows()
            .into_iter()
            .skip(1)
            .zip(trials.rows())
            .all(|(b, a)| b[0] == a[1])
    );
}

#[test]
fn only_a_container_of_slepian_is_replaced() {
    let folder = Folder::new();
    folder.write("foreign.spy/foreign.analog", "not ours");
    folder.write("foreign.spy/foreign.analog.info", "{}");
    let words = [
        "synth",
        "white_noise",
        "--trials",
        "1",
        "--channels",
        "1",
        "--samples",
        "10",
    ];
    let make =
        |output: &str, more: &[&str]| folder.slepian(&words).args(&["-o", output]).args(more);
    for more in [&[][..], &["--overwrite"]] {
        make("foreign.spy", more).fails_with(2);
    }
    let kept = std::fs::read_to_string(folder.path("foreign.spy/foreign.analog")).unwrap();
    assert_eq!(kept, "not ours");
    make("ours", &[]).succeeds();
    let error = make("ours.spy", &[]).fails_with(2);
    assert!(error.contains("expected --overwrite"), "{error}");
    make("ours.spy", &["--overwrite", "--seed", "3"]).succeeds();
}

#[test]
fn sizes_that_are_not_possible_are_refused() {
    let folder = Folder::new();
    for words in [
        "white_noise --trials 1 --channels 1",
        "white_noise --trials 1 --channels 1 --samples 10 --seconds 1",
        "white_noise --trials 0 --channels 1 --samples 10",
        "white_noise --trials 1 --channels 1 --seconds nan",
        "white_noise --trials 1 --channels 1 --seconds 1 --sample-rate 0",
        "white_noise --trials 1 --channels 1 --samples 10 --unequal 1",
        "pink_noise --trials 1 --channels 1 --samples 10",
    ] {
        let words: Vec<&str> = words.split_whitespace().collect();
        folder
            .slepian(&["synth"])
            .args(&words)
            .args(&["-o", "a.spy"])
            .fails_with(2);
        assert!(!folder.has("a.spy"));
    }
    // 4 petabytes
    let words = "white_noise --trials 1000 --channels 1048576 --samples 1000000 -o a.spy";
    let words: Vec<&str> = words.split_whitespace().collect();
    let error = folder.slepian(&["synth"]).args(&words).fails_with(1);
    assert!(
        error.contains("this disk has") && !folder.has("a.spy"),
        "{error}"
    );
}

#[test]
fn the_first_kinds_are_what_they_were() {
    let folder = Folder::new();
    for (kind, hash) in FIRST_KINDS {
        let words = "--trials 3 --channels 5 --samples 50 --unequal 0.5 --seed 4";
        synth(&folder, &format!("{kind} {words}"), &format!("{kind}.spy"));
        let (data, trials) = bits(&folder, &format!("{kind}.spy"));
        let bytes = data.iter().flat_map(|x| x.to_le_bytes());
        let bytes: Vec<u8> = bytes
            .chain(trials.iter().flat_map(|x| x.to_le_bytes()))
            .collect();
        assert_eq!(XxHash3_64::oneshot(&bytes), hash, "{kind}");
        let mark = info(&folder.path(&format!("{kind}.spy")))["info"]["slepian"].clone();
        let expected = serde_json::json!({ "version": env!("CARGO_PKG_VERSION"), "seed": 4 });
        assert_eq!(mark, expected);
    }
}

#[test]
fn what_was_made_stands_in_the_info() {
    let folder = Folder::new();
    let sizes = "--trials 2 --channels 2 --samples 2000 --sample-rate 200 --seed 3";
    let made = |words: &str| {
        synth(&folder, &format!("{words} {sizes} --overwrite"), "a.spy");
        let made = info(&folder.path("a.spy"))["info"]["slepian"]["synth"].clone();
        assert_eq!(made["kind"], words.split(' ').next().unwrap());
        made
    };
    let network = made("ar2_network --noise 0.5");
    let coupling = serde_json::json!([{ "from": "channel2", "to": "channel1", "strength": 0.25 }]);
    assert_eq!(network["couplings"], coupling);
    assert_eq!(network["noise"], 0.5);
    let peak_hz = network["theory"]["undriven_peak_hz"].as_f64().unwrap();
    assert!((peak_hz - 39.988).abs() < 0.001, "{peak_hz}");
    let red = made("red_noise --alpha 0.5");
    assert_eq!((&red["alpha"], &red["noise"]), (&0.5.into(), &0.0.into()));
    assert_eq!(red["theory"]["variance"], 1.0 / 0.75);
    let events = made("events --times 1,-0.5 --freq 40 --offset -2 --envelope hann");
    assert_eq!(events["times"], serde_json::json!([-0.5, 1.0]));
    assert_eq!(events["theory"]["samples"], serde_json::json!([300, 600]));
    assert_eq!(events["envelope"], "hann");
    let wide = made("phase_diffusion --freq 40 --eps 0.25 --rand_ini");
    assert_eq!(wide["theory"]["half_height_width_hz"], 10.0);
    assert_eq!(made("white_noise --noise 2")["noise"], 2.0);
}

#[test]
fn the_offset_is_the_time_of_the_first_sample_in_samples() {
    let folder = Folder::new();
    let words = "white_noise --trials 2 --channels 1 --samples 30 --sample-rate 200";
    synth(&folder, &format!("{words} --offset -0.5"), "before.spy");
    synth(&folder, words, "none.spy");
    let (before, trials) = bits(&folder, "before.spy");
    assert_eq!(trials.column(2).mapv(f64::from_bits).to_vec(), [-100.0; 2]);
    let (none, trials) = bits(&folder, "none.spy");
    assert_eq!(trials.column(2).to_vec(), [0; 2]);
    assert_eq!(before, none);
}

#[test]
fn noise_has_the_level_that_was_asked_for() {
    let folder = Folder::new();
    let words = "--trials 1 --channels 2 --samples 20 --seed 5 --overwrite";
    let of = |kind: &str| {
        synth(&folder, &format!("{kind} {words}"), "a.spy");
        bits(&folder, "a.spy").0.mapv(f32::from_bits)
    };
    let white = of("white_noise");
    assert_eq!(of("white_noise --noise 2"), white.mapv(|x| 2.0 * x));
    assert_eq!(of("white_noise --noise 0"), white.mapv(|_| 0.0));
    let sine = of("sine --freq 40 --amplitude 3");
    assert_eq!(
        of("sine --freq 40 --amplitude 3 --noise 0.5"),
        sine + white.mapv(|x| 0.5 * x)
    );
}

#[test]
fn flags_that_a_kind_cannot_have_are_refused() {
    let folder = Folder::new();
    for (words, says) in [
        ("sine", "sine: expected --freq"),
        (
            "sine --freq 500",
            "--freq 500: expected Hz above 0 and below 500",
        ),
        ("sine --freq -5", "--freq -5: expected"),
        ("sine --freq 5 --amplitude nan", "--amplitude NaN: expected"),
        ("sine --freq 5 --phase inf", "--phase inf: expected"),
        (
            "sine --freq 5 --alpha 0.5",
            "--alpha: sine takes --freq, --amplitude, --phase",
        ),
        (
            "white_noise --freq 5",
            "--freq: white_noise takes no parameters",
        ),
        ("white_noise --noise -1", "--noise -1: expected"),
        ("white_noise --offset nan", "--offset NaN: expected"),
        ("white_noise --offset 1e300", "--offset"),
        (
            "phase_diffusion --freq 5 --eps -0.1",
            "--eps -0.1: expected",
        ),
        ("red_noise", "red_noise: expected --alpha"),
        (
            "red_noise --alpha 1",
            "--alpha 1: expected a number from 0 to 0.99999",
        ),
        ("red_noise --alpha -0.5", "--alpha -0.5: expected"),
        (
            "ar2_network --alphas 0.5",
            "--alphas 0.5: expected two numbers",
        ),
        (
            "ar2_network --alphas 0.5,-1.2",
            "--alphas 0.5,-1.2: a pole of modulus 1.09",
        ),
        (
            "ar2_network --AdjMat 0,2;2,0",
            "--AdjMat: a pole of modulus",
        ),
        ("ar2_network --AdjMat 0,1", "--AdjMat: 1 rows, expected 2"),
        ("events --freq 5", "events: expected --times"),
        (
            "events --times 1 --freq 5",
            "--times 1: expected seconds within every trial, from 0 to 0.099",
        ),
        (
            "events --times 0 --freq 5 --width 0",
            "--width 0: expected seconds above 0",
        ),
        ("events --times 0 --freq 5 --envelope square", "square"),
    ] {
        let words: Vec<&str> = words.split_whitespace().collect();
        let error = folder
            .slepian(&["synth"])
            .args(&words)
            .args(&[
                "--trials",
                "1",
                "--channels",
                "2",
                "--samples",
                "100",
                "-o",
                "a.spy",
            ])
            .fails_with(2);
        assert!(error.contains(says), "{words:?}: {error}");
        assert!(!folder.has("a.spy"));
    }
}

#[test]
fn the_power_of_red_noise_falls_as_the_theory_says() {
    let folder = Folder::new();
    folder.synth("red_noise --alpha 0.8 --trials 100 --channels 8 --samples 1000 --seed 7");
    folder.study("[freqanalysis]\ntaper = \"hann\"\nkeeptrials = false\n");
    folder.slepian(&["run", "study.toml"]).succeeds();
    let spectra = Spectra::read(&folder.path("spectra.spy"));
    let power: Vec<f64> = spectra
        .numbers()
        .chunks(8)
        .map(|channels| channels.iter().sum::<f64>() / 8.0)
        .collect();
    let theory = |hz: f64| 1.0 / (1.0 + 0.64 - 1.6 * (TAU * hz / 1000.0).cos());
    let hz = spectra.freq_hz();
    let mean = |numbers: &mut dyn Iterator<Item = f64>| numbers.sum::<f64>();
    let bins = 5..495;
    let scale =
        mean(&mut bins.clone().map(|f| power[f])) / mean(&mut bins.clone().map(|f| theory(hz[f])));
    for f in bins {
        let relative = power[f] / (scale * theory(hz[f]));
        // 800 spectra: five standard errors are 0.18
        assert!((relative - 1.0).abs() < 0.18, "{} Hz: {relative}", hz[f]);
    }
}

#[test]
fn events_are_found_at_their_times_and_frequency() {
    let folder = Folder::new();
    folder.synth(
        "events --times -0.3,0.45 --freq 40 --amplitude 2 --width 0.1 --noise 0.2 --offset -1 \
        --trials 3 --channels 2 --samples 2000 --seed 3",
    );
    for (method, keys) in [
        (
            "wavelet",
            "foi = [20, 30, 35, 40, 45, 50, 60]\ntoi = \"all\"\n",
        ),
        (
            "mtmconvol",
            "foi = [20, 30, 40, 50, 60]\nt_ftimwin = 0.1\ntoi = \"all\"\ntaper = \"hann\"\n",
        ),
    ] {
        folder.study(&format!(
            "[freqanalysis]\nmethod = \"{method}\"\noutput = \"pow\"\n{keys}"
        ));
        folder
            .slepian(&["run", "study.toml", "--overwrite"])
            .succeeds();
        let spectra = Spectra::read(&folder.path("spectra.spy"));
        let (power, hz) = (spectra.numbers(), spectra.freq_hz());
        let n_freqs = hz.len();
        let rows = spectra.shape[0] / 3;
        let time = |row: usize| (row as f64 - 1000.0) / 1000.0;
        for (trial, channel) in (0..3).flat_map(|trial| [(trial, 0), (trial, 1)]) {
            for (event, from, to) in [(-0.3, -0.9, 0.05), (0.45, 0.1, 0.9)] {
                let near = (0..rows).filter(|row| (from..to).contains(&time(*row)));
                let at = |row: usize, f: usize| {
                    power[((trial * rows + row) * n_freqs + f) * 2 + channel]
                };
                let all = near.flat_map(|row| (0..n_freqs).map(move |f| (row, f)));
                // the ends of trials are NaN
                let all = all.filter(|(row, f)| at(*row, *f).is_finite());
                let (row, f) = all
                    .max_by(|a, b| at(a.0, a.1).total_cmp(&at(b.0, b.1)))
                    .unwrap();
                assert_eq!(hz[f], 40.0, "{method}");
                assert!(
                    (time(row) - event).abs() < 0.02,
                    "{method}: {} s",
                    time(row)
                );
            }
        }
    }
}

#[test]
fn harmonics_peak_where_promised() {
    let folder = Folder::new();
    folder.synth("harmonics --trials 4 --channels 6 --seconds 2 --sample-rate 500 --seed 7");
    folder.study("[freqanalysis]\nkeeptrials = false\n");
    folder.slepian(&["run", "study.toml"]).ranks(2).succeeds();
    let spectra = crate::support::Spectra::read(&folder.path("spectra.spy"));
    let (power, hz) = (spectra.numbers(), spectra.freq_hz());
    for channel in 0..6 {
        let at = |f: &usize| power[f * 6 + channel];
        let mut order: Vec<usize> = (1..hz.len()).collect();
        order.sort_by(|a, b| at(b).total_cmp(&at(a)));
        let base = 10.0 + 5.0 * channel as f64;
        assert_eq!(hz[order[0]], base, "channel {channel}");
        // the double stands out at a quarter of the power, once the neighbours of the base are left out
        let second = order.iter().find(|f| (hz[**f] - base).abs() > 2.0);
        assert_eq!(hz[*second.unwrap()], 2.0 * base, "channel {channel}");
    }
}
