//! What ranks hold at most, beside what `slepian plan` says of it and what they may take.

use crate::support::{
    Folder, Layout, Number, Recording, Storage, is_stopped, is_under_another_program, send,
};

/// What the plan may be wrong by, either way: a tenth, and this for the program, its libraries and MPI.
const BESIDE_MIB: f64 = 64.0;

fn with_tolerance(mib: f64) -> f64 {
    mib * 1.1 + BESIDE_MIB
}

/// The first size in a text, in MiB.
fn mib(text: &str) -> f64 {
    let words: Vec<&str> = text.split_whitespace().collect();
    let sizes = words.windows(2).filter_map(|pair| {
        let unit = match pair[1] {
            "KiB" => 1.0 / 1024.0,
            "MiB" => 1.0,
            "GiB" => 1024.0,
            _ => return None,
        };
        Some(pair[0].parse::<f64>().ok()? * unit)
    });
    sizes
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("no size in {text:?}"))
}

fn line<'t>(text: &'t str, start: &str) -> &'t str {
    let found = text.lines().find(|line| line.starts_with(start));
    found.unwrap_or_else(|| panic!("no line begins with {start:?}: {text}"))
}

/// What the plan says for `ranks` ranks, and what they say that they have held, both in MiB.
fn planned_and_held(folder: &Folder, sets: &[&str], ranks: usize) -> (f64, f64) {
    let n = ranks.to_string();
    let plan = folder
        .slepian(&["plan", "study.toml", "--no-timing", "--ranks", &n])
        .sets(sets)
        .succeeds();
    let run = folder
        .slepian(&["run", "study.toml", "--overwrite"])
        .sets(sets)
        // which takes time and no memory
        .sets(&["output.checksum=false"]);
    let run = if ranks > 1 { run.ranks(ranks) } else { run };
    let report = run.succeeds().stdout;
    let planned = mib(line(&plan.stdout, "memory"));
    let held = mib(line(&report, "at most"));
    println!("{sets:?}, {ranks} ranks: {planned} MiB planned, {held} MiB held");
    (planned, held)
}

/// The plan is right on one rank and on two, where it says at least `least_mib`: less would prove nothing.
fn assert_predicted(folder: &Folder, sets: &[&str], least_mib: f64) {
    if is_under_another_program() {
        println!("skipped: the other program takes memory of its own");
        return;
    }
    for ranks in [1, 2] {
        let (planned, held) = planned_and_held(folder, sets, ranks);
        let what = format!("{sets:?}, {ranks} ranks: {planned} MiB planned, {held} MiB held");
        assert!(planned >= least_mib, "{what}");
        assert!(held <= with_tolerance(planned), "{what}");
        assert!(planned <= with_tolerance(held), "{what}");
    }
}

fn folder(synth: &str) -> Folder {
    let folder = Folder::new();
    folder.synth(synth);
    folder.study("");
    folder
}

#[test]
fn one_window_on_a_long_trial_takes_what_is_planned() {
    let folder = folder("white_noise --trials 1 --channels 1 --samples 4000000");
    let few = "freqanalysis.foilim=[0, 10]";
    assert_predicted(&folder, &["freqanalysis.taper=hann", few], 110.0);
    let double = "freqanalysis.precision=double";
    let padded = "freqanalysis.pad=nextpow2";
    assert_predicted(
        &folder,
        &["freqanalysis.taper=none", double, padded, few],
        200.0,
    );
}

#[test]
fn many_tapers_of_a_long_trial_take_what_is_planned() {
    let folder = folder("white_noise --trials 1 --channels 1 --samples 200000");
    let exact = [
        "freqanalysis.tapsmofrq=0.25",
        "freqanalysis.estimate=exact",
        "freqanalysis.precision=double",
    ];
    assert_predicted(&folder, &exact, 150.0);
}

#[test]
fn the_fast_estimate_takes_what_is_planned() {
    let folder = folder("white_noise --trials 1 --channels 1 --samples 600000");
    let fast = ["freqanalysis.tapsmofrq=0.02", "freqanalysis.estimate=fast"];
    assert_predicted(&folder, &fast, 150.0);
}

/// Options that make blocks of 75 MiB of trials of 100 channels × 2000 samples: 99 tapers × 1001 frequencies.
const LARGE_BLOCKS: &[&str] = &[
    "freqanalysis.tapsmofrq=25",
    "freqanalysis.output=fourier",
    "freqanalysis.keeptapers=true",
    // on two ranks too
    "freqanalysis.chan_per_worker=100",
];

#[test]
fn large_blocks_take_what_is_planned_whether_kept_averaged_or_packed() {
    let folder = folder("white_noise --trials 2 --channels 100 --samples 2000");
    assert_predicted(&folder, LARGE_BLOCKS, 80.0);
    let averaged = [LARGE_BLOCKS, &["freqanalysis.keeptrials=false"]].concat();
    assert_predicted(&folder, &averaged, 200.0);
    let packed = [
        "select.trials=0",
        "output.compression=gzip",
        "output.compression_level=1",
    ];
    assert_predicted(&folder, &[LARGE_BLOCKS, &packed].concat(), 80.0);
}

#[test]
fn methods_over_time_take_what_is_planned() {
    let folder = folder("white_noise --trials 2 --channels 16 --samples 40000");
    for keys in [
        &[
            "method=mtmconvol",
            "t_ftimwin=0.5",
            "foilim=[2, 100]",
            "toi=all",
        ][..],
        &["method=wavelet", "foilim=[4, 40]"],
        &["method=wavelet", "foilim=[4, 40]", "keeptrials=false"],
        &["method=welch", "t_ftimwin=2", "toi=0.5", "pad=60"],
        &[
            "method=mtmconvol",
            "t_ftimwin=0.1",
            "toi=all",
            "keeptrials=false",
        ],
        &[
            "method=superlet",
            "foi=[5, 10, 20, 40, 80]",
            "order_max=10",
            "output=fourier",
        ],
    ] {
        let sets: Vec<String> = keys
            .iter()
            .map(|key| format!("freqanalysis.{key}"))
            .collect();
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        assert_predicted(&folder, &sets, 25.0);
    }
}

#[test]
fn trials_are_cut_until_ranks_hold_no_more_than_they_may() {
    let folder = folder("white_noise --trials 2 --channels 100 --samples 2000");
    let little = [LARGE_BLOCKS, &["parallel.memory_per_rank=40 MiB"]].concat();
    for ranks in [1, 2] {
        let (planned, held) = planned_and_held(&folder, &little, ranks);
        let held = if is_under_another_program() {
            0.0
        } else {
            held
        };
        assert!(planned <= 40.0, "{planned} MiB planned, {ranks} ranks");
        assert!(
            held <= with_tolerance(40.0),
            "{held} MiB held, {ranks} ranks"
        );
    }
}

#[test]
fn doubles_stored_channel_by_channel_take_what_is_planned() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\ntaper = \"hann\"\nfoilim = [0, 10]\n");
    Recording::of_noise(400_000, 24).write(
        &folder.path("recording.spy"),
        Storage {
            channel_first: true,
            ..Storage::plain(Number::F64)
        },
    );
    assert_predicted(&folder, &[], 90.0);
}

#[test]
fn chunks_that_are_unpacked_take_what_is_planned() {
    let folder = Folder::new();
    folder.study("");
    // one chunk of 23 MiB, of which a trial needs little
    let recording = Recording::of_whole_numbers(1_000_000, 24).with_trials(&[&[0.0, 1000.0, 0.0]]);
    recording.write(
        &folder.path("recording.spy"),
        Storage {
            layout: Layout::Gzip(1_000_000, 24),
            ..Storage::plain(Number::U8)
        },
    );
    assert_predicted(&folder, &[], 70.0);
}

#[test]
fn a_channel_that_does_not_fit_is_refused_with_what_would_do() {
    let folder = folder("white_noise --trials 1 --channels 2 --samples 1000000");
    let with = |memory: &str| {
        let memory = format!("parallel.memory_per_rank={memory}");
        folder
            .slepian(&["run", "study.toml"])
            .sets(&["freqanalysis.taper=hann", &memory])
    };
    let refusal = with("20 MiB").fails_with(2);
    let (_, takes) = refusal
        .split_once("takes ")
        .unwrap_or_else(|| panic!("{refusal}"));
    let enough = mib(takes);
    with(&format!("{} MiB", enough - 2.0)).fails_with(2);
    let report = with(&format!("{enough} MiB")).succeeds().stdout;
    assert!(report.contains("2 chunks per rank"), "{report}");
    let held = mib(line(&report, "at most"));
    assert!(held <= with_tolerance(enough) || is_under_another_program());
}

#[test]
fn what_is_reported_is_what_the_kernel_says() {
    if is_under_another_program() {
        println!("skipped: the process is the other program's");
        return;
    }
    let folder = folder("white_noise --trials 1 --channels 1 --samples 1000000");
    let mut job = folder
        .slepian(&["run", "study.toml"])
        .sets(&["freqanalysis.taper=hann"])
        .variable("SLEPIAN_FAULT", "commit:0:0:stop")
        .starts();
    job.wait_until("its end", |job| is_stopped(job.number()));
    let status = std::fs::read_to_string(format!("/proc/{}/status", job.number())).unwrap();
    let kib = line(&status, "VmHWM:").split_whitespace().nth(1);
    let kernels = kib.and_then(|kib| kib.parse::<f64>().ok()).unwrap() / 1024.0;
    send(job.number(), rustix::process::Signal::CONT);
    let report = job.ends().stdout;
    let reported = mib(line(&report, "at most"));
    // a page or two for the rest of the work, and a digit after the point
    assert!(
        (reported - kernels).abs() < 1.0,
        "{kernels} MiB by the kernel: {report}"
    );
}
