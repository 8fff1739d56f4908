//! `slepian synth`: recordings of known content, the same ones every time.

use crate::support::{Folder, data_file, with_files};
use ndarray::Array2;

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
    for kind in ["white_noise", "harmonics", "linear_trend"] {
        let of = |seed: u32, output: &str| {
            let words =
                format!("{kind} --trials 3 --channels 2 --samples 50 --unequal 0.5 --seed {seed}");
            synth(&folder, &words, &format!("{kind}-{output}.spy"));
            bits(&folder, &format!("{kind}-{output}.spy"))
        };
        let first = of(4, "a");
        assert_eq!(first, of(4, "b"));
        assert_ne!(first, of(5, "c"));
    }
}

#[test]
fn a_trial_does_not_depend_on_how_many_others_there_are() {
    let folder = Folder::new();
    let words = "--channels 3 --samples 80 --unequal 0.3 --seed 2";
    synth(
        &folder,
        &format!("white_noise --trials 2 {words}"),
        "two.spy",
    );
    synth(
        &folder,
        &format!("white_noise --trials 9 {words}"),
        "nine.spy",
    );
    let ((two, two_trials), (nine, nine_trials)) =
        (bits(&folder, "two.spy"), bits(&folder, "nine.spy"));
    assert_eq!(two, nine.slice(ndarray::s![..two.nrows(), ..]));
    assert_eq!(two_trials, nine_trials.slice(ndarray::s![..2, ..]));
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
