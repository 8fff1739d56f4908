//! A result does not depend on how it was computed: ranks, schedule, channels of a block, memory.

use slepian::comm::may_not_end;

use crate::support::{Folder, Number, Recording, Spectra, Storage};

/// Channels of the recordings here; 5 is cut unevenly by 2 and 3.
const N_CHANNELS: usize = 5;

/// How one job is run: ranks (none: without a launcher) and what it sets.
type How<'a> = (Option<usize>, &'a [&'a str]);

const STATIC: &str = "parallel.schedule=static";
const DYNAMIC: &str = "parallel.schedule=dynamic";

/// Runs `study.toml` in every way and compares with one process that has everything by default.
fn assert_same(folder: &Folder, sets: &[&str], ways: &[How]) -> Spectra {
    let run = |name: &str, (ranks, more): &How| {
        let output = format!("output.path={name}.spy");
        let mut launch = folder
            .slepian(&["run", "study.toml", "--quiet"])
            .sets(sets)
            .sets(more)
            .sets(&[&output]);
        if let Some(ranks) = ranks {
            launch = launch.ranks(*ranks);
        }
        launch.succeeds();
        Spectra::read(&folder.path(&format!("{name}.spy")))
    };
    let one = run("one", &(None, &[]));
    for (k, how) in ways.iter().enumerate() {
        run(&format!("way{k}"), how).assert_same_as(&one, &format!("{sets:?}, {how:?}"));
    }
    one
}

/// Trials of three lengths with a gap and an overlap, a column of the user's, and a NaN in one of them.
fn uneven(number: Number) -> Folder {
    let folder = Folder::new();
    let mut recording = Recording::of_noise(1500, N_CHANNELS).with_trials(&[
        &[0.0, 200.0, -100.0, 1.0],
        &[200.0, 437.0, -100.0, 2.0],
        &[500.0, 700.0, 0.0, 1.0],
        &[650.0, 850.0, 10.0, f64::NAN],
        &[900.0, 1137.0, -50.0, 2.0],
        &[1200.0, 1331.0, -100.0, 3.0],
        &[1300.0, 1500.0, -100.0, 1.0],
    ]);
    recording.samples[[550, 3]] = f64::NAN;
    recording.write(&folder.path("recording.spy"), Storage::plain(number));
    folder.study("[freqanalysis]\ntapsmofrq = 6\nfoilim = [2, 120]\n");
    folder
}

#[test]
fn any_number_of_ranks_and_channels_per_worker_give_the_same_power() {
    let one = assert_same(
        &uneven(Number::F32),
        &[],
        &[
            (Some(1), &[STATIC]),
            (Some(2), &[STATIC, "freqanalysis.chan_per_worker=1"]),
            (Some(3), &[DYNAMIC, "freqanalysis.chan_per_worker=2"]),
            (Some(4), &[STATIC, "freqanalysis.chan_per_worker=3"]),
            (Some(4), &[DYNAMIC]),
            (Some(2), &[DYNAMIC, "freqanalysis.chan_per_worker=5"]),
            (Some(3), &[STATIC, "freqanalysis.chan_per_worker=10"]),
            (None, &[DYNAMIC, "freqanalysis.chan_per_worker=1"]),
            (None, &[STATIC, "freqanalysis.chan_per_worker=3"]),
        ],
    );
    assert_eq!((one.shape[0], one.shape[3]), (7, N_CHANNELS));
    assert_eq!(one.trialdefinition_shape, [7, 4]);
    // channel 3 of trial 2, the NaN, and no other
    let n_nan = one.numbers().iter().filter(|x| x.is_nan()).count();
    assert_eq!(n_nan, one.freq_bits.len());
}

#[test]
fn any_number_of_ranks_and_channels_per_worker_give_the_same_average() {
    let folder = uneven(Number::F32);
    let ways: &[How] = &[
        (Some(1), &[DYNAMIC]),
        (Some(2), &[STATIC]),
        (Some(3), &[DYNAMIC, "freqanalysis.chan_per_worker=2"]),
        (Some(4), &[STATIC, "freqanalysis.chan_per_worker=3"]),
        (Some(4), &[DYNAMIC, "freqanalysis.chan_per_worker=1"]),
        (None, &["freqanalysis.chan_per_worker=2"]),
    ];
    let whole = [
        "freqanalysis.keeptrials=false",
        "select.trials=[0, 1, 3, 4, 5, 6]",
    ];
    let one = assert_same(&folder, &whole, ways);
    assert_eq!((one.shape[0], one.trialdefinition_shape[0]), (1, 1));
    assert!(one.numbers().iter().all(|x| x.is_finite()));
}

#[test]
fn a_trial_that_is_not_finite_is_left_out_of_averages_everywhere() {
    let one = assert_same(
        &uneven(Number::F32),
        &["freqanalysis.keeptrials=false"],
        &[
            (Some(2), &[DYNAMIC]),
            (Some(3), &[STATIC, "freqanalysis.chan_per_worker=2"]),
        ],
    );
    assert!(one.numbers().iter().all(|x| x.is_finite()));
    // sample 550 of channel 3 is in the third trial alone
    for (number, n) in one.n.iter().enumerate() {
        let want = if number % N_CHANNELS == 3 { 6 } else { 7 };
        assert_eq!(*n, want, "{number}");
    }
    let propagated = assert_same(
        &uneven(Number::F32),
        &[
            "freqanalysis.keeptrials=false",
            "freqanalysis.nan=propagate",
        ],
        &[(Some(3), &[DYNAMIC, "freqanalysis.chan_per_worker=2"])],
    );
    let n_nan = propagated.numbers().iter().filter(|x| x.is_nan()).count();
    assert_eq!(n_nan, propagated.freq_bits.len());
    assert!(propagated.n.iter().all(|n| *n == 7));
}

#[test]
fn fourier_coefficients_of_every_taper_are_the_same_for_double_recordings() {
    let one = assert_same(
        &uneven(Number::F64),
        &[
            "freqanalysis.output=fourier",
            "freqanalysis.keeptapers=true",
            "freqanalysis.polyremoval=1",
        ],
        &[
            (Some(2), &[DYNAMIC, "freqanalysis.chan_per_worker=3"]),
            (Some(3), &[STATIC, "freqanalysis.chan_per_worker=1"]),
            (Some(4), &[DYNAMIC]),
            (None, &["freqanalysis.chan_per_worker=2"]),
        ],
    );
    assert!(one.is_complex && one.shape[1] > 1);
}

#[test]
fn averaged_fourier_coefficients_stored_in_double_are_the_same() {
    let one = assert_same(
        &uneven(Number::F64),
        &[
            "freqanalysis.output=fourier",
            "freqanalysis.keeptrials=false",
            "freqanalysis.keeptapers=true",
            "freqanalysis.precision=double",
        ],
        &[
            (Some(3), &[DYNAMIC, "freqanalysis.chan_per_worker=2"]),
            (Some(4), &[STATIC]),
        ],
    );
    assert!(one.is_complex && one.is_double);
}

#[test]
fn little_memory_makes_smaller_pieces_and_the_same_bits() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 3 --channels 12 --samples 20000 --seed 3");
    folder.study("[freqanalysis]\ntaper = \"hann\"\n");
    // 19 MiB hold some channels and not all of them, which `plan` confirms
    let little = "parallel.memory_per_rank=19 MiB";
    let plan = folder
        .slepian(&["plan", "study.toml", "--ranks", "1"])
        .sets(&[little])
        .succeeds();
    let chunks = plan.stdout.lines().find(|line| line.starts_with("chunks"));
    assert!(
        chunks.is_some_and(|line| !line.contains("× 12 channels")),
        "{plan}"
    );
    assert_same(&folder, &[], &[(None, &[little]), (Some(3), &[little])]);
    let average = ["freqanalysis.keeptrials=false"];
    assert_same_again(&folder, &average, &[(Some(2), &[little, STATIC])]);
}

/// A second comparison in the same folder.
fn assert_same_again(folder: &Folder, sets: &[&str], ways: &[How]) {
    for entry in std::fs::read_dir(folder.as_path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "recording.spy") {
            std::fs::remove_dir_all(path).unwrap();
        }
    }
    assert_same(folder, sets, ways);
}

#[test]
fn more_ranks_than_trials_give_the_same_bits() {
    let folder = Folder::new();
    folder.synth("harmonics --trials 2 --channels 5 --samples 300 --seed 5");
    folder.study("[freqanalysis]\n");
    let ways: &[How] = &[(Some(4), &[STATIC]), (Some(4), &[DYNAMIC])];
    assert_same(&folder, &[], ways);
    assert_same_again(&folder, &["freqanalysis.keeptrials=false"], ways);
}

#[test]
fn tapers_that_ranks_make_together_give_the_same_bits_and_the_estimate_is_on_record() {
    let folder = Folder::new();
    // 71 tapers, or 40 of them for the fast estimate, are worth to be shared at this length
    folder
        .synth("white_noise --trials 1 --channels 3 --samples 120000 --sample-rate 1000 --seed 9");
    folder.study("[freqanalysis]\ntapsmofrq = 0.3\nfoilim = [10, 12]\nchan_per_worker = 1\n");
    let ways: &[How] = &[(Some(3), &[DYNAMIC]), (Some(2), &[STATIC])];
    let record = || crate::support::info(&folder.path("way0.spy"))["info"]["slepian"].clone();
    assert_same(&folder, &["freqanalysis.estimate=exact"], ways);
    assert_eq!(record()["estimate"], "exact");
    assert!(record().get("estimate_error_bound").is_none());
    assert_same_again(&folder, &["freqanalysis.estimate=fast"], ways);
    assert_eq!(record()["estimate"], "fast");
    let bound = record()["estimate_error_bound"]["of_power"].as_f64();
    assert!(bound.is_some_and(|bound| 0.0 < bound && bound < 1e-8));
}

#[test]
fn the_dynamic_schedule_works_over_tcp() {
    let folder = uneven(Number::F32);
    let run = |output: &str| {
        let output = format!("output.path={output}");
        folder.slepian(&["run", "study.toml", "--quiet"]).sets(&[
            DYNAMIC,
            "freqanalysis.chan_per_worker=2",
            &output,
        ])
    };
    run("one.spy").succeeds();
    let over_tcp = run("tcp.spy").ranks(3).over_tcp();
    if may_not_end() {
        // the result is there all the same, in time; what a launcher makes of such an end is its own affair
        let outcome = over_tcp.ends();
        assert!(!outcome.stderr.contains("error: "), "{outcome}");
    } else {
        over_tcp.succeeds();
    }
    Spectra::read(&folder.path("tcp.spy")).assert_same_as(
        &Spectra::read(&folder.path("one.spy")),
        "three ranks over TCP",
    );
}

#[test]
fn a_launcher_of_one_is_the_serial_program() {
    let folder = uneven(Number::F32);
    folder.slepian(&["run", "study.toml"]).ranks(1).succeeds();
    let info = crate::support::info(&folder.path("spectra.spy"));
    assert_eq!(info["info"]["slepian"]["ranks"], 1);
}
