//! Nothing is lost: jobs are killed wherever it hurts, resumed, and give the bits of a job that nobody disturbed.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Folder, Random, Spectra, send, wait_until_gone, with_files};

/// The kinds of output: single trials, cut into blocks, averages, compressed, and both.
const KINDS: &[&[&str]] = &[
    &[],
    &["freqanalysis.chan_per_worker=2"],
    &[
        "freqanalysis.keeptrials=false",
        "freqanalysis.chan_per_worker=3",
    ],
    &[
        "output.compression=gzip",
        "freqanalysis.output=fourier",
        "freqanalysis.keeptapers=true",
    ],
    &["output.compression=gzip", "freqanalysis.keeptrials=false"],
];

/// Those that all ranks write through parallel HDF5.
const KINDS_OF_MPIO: &[&[&str]] = &[
    &["output.driver=mpio"],
    &["output.driver=mpio", "freqanalysis.chan_per_worker=2"],
    &["output.driver=mpio", "freqanalysis.keeptrials=false"],
    &["output.driver=mpio", "output.compression=gzip"],
];

/// Where a job kills itself, and how often it comes there at most.
const POINTS: &[(&str, u64)] = &[
    ("read", 7),
    ("compute", 20),
    ("write", 20),
    ("midwrite", 20),
    ("sync", 7),
    ("mark", 7),
    ("midmark", 7),
    ("create", 1),
    ("add", 3),
    ("pack", 3),
    ("rename", 1),
    ("commit", 1),
];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 7 --channels 5 --samples 200 --unequal 0.3 --seed 1");
    folder.study("[freqanalysis]\ntapsmofrq = 20\n\n[output.x]\n");
    let text = std::fs::read_to_string(folder.path("study.toml")).unwrap();
    // marks after every batch: each kill finds another state
    let text = text.replace("\n[output.x]\n", "").replace(
        "path = \"spectra.spy\"\n",
        "path = \"spectra.spy\"\ncheckpoint_every = 0\n",
    );
    folder.write("study.toml", text);
    folder
}

/// What is there after a kill can be looked at: whatever has a name that counts opens.
fn assert_readable(folder: &Folder) {
    for name in [
        "spectra.spy/spectra.spectral.part",
        "spectra.spy/spectra.spectral",
    ] {
        if folder.has(name) {
            assert!(
                with_files(|| hdf5::File::open(folder.path(name)).is_ok()),
                "{name}"
            );
            folder.slepian(&["verify", "spectra.spy"]).succeeds();
            folder.status();
        }
    }
    if folder.has("spectra.spy/spectra.spectral.info") {
        Spectra::read(&folder.path("spectra.spy"));
    }
}

/// The job, resumed, is what it would have been, and nothing else is left.
fn assert_whole(folder: &Folder, undisturbed: &Spectra, how: &str) {
    folder.slepian(&["verify", "spectra.spy"]).succeeds();
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(undisturbed, how);
    let n_files = std::fs::read_dir(folder.path("spectra.spy"))
        .unwrap()
        .count();
    assert_eq!(n_files, 2, "{how}");
    assert_eq!(folder.status()["state"], "finished", "{how}");
}

/// Kills jobs of these kinds at `n` moments of the seed, on `ranks` ranks or in one process; returns how many of them struck.
fn kill_and_resume(
    kinds: &[&[&str]],
    seed: u64,
    n: usize,
    ranks: Option<usize>,
    all: bool,
) -> usize {
    let mut random = Random::new(seed);
    let folder = folder();
    let mut n_struck = 0;
    let mut undisturbed = None;
    let mut kind: &[&str] = kinds[0];
    let mut how = Vec::new();
    for _ in 0..n {
        if undisturbed.is_none() {
            kind = kinds[random.below(kinds.len() as u64) as usize];
            undisturbed = Some(folder.undisturbed(kind));
            folder.remove("spectra.spy");
            how = vec![format!("{kind:?}")];
        }
        let (point, times) = *random.one_of(POINTS);
        let rank = random.below(ranks.unwrap_or(1) as u64);
        let nth = random.below(times);
        let fault = match all {
            false => format!("{point}:{rank}:{nth}:kill"),
            true => {
                let of = |rank: usize| format!("{point}:{rank}:{}:kill", nth / 2);
                (0..ranks.unwrap_or(1))
                    .map(of)
                    .collect::<Vec<_>>()
                    .join(",")
            }
        };
        let mut launch = folder
            .slepian(&["run", "study.toml", "--quiet", "--resume"])
            .sets(kind)
            .variable("SLEPIAN_FAULT", &fault);
        if let Some(ranks) = ranks {
            launch = launch.ranks(ranks);
        }
        let outcome = launch.ends();
        how.push(fault);
        if outcome.status.success() {
            // it never came to that point
            assert_whole(&folder, &undisturbed.take().unwrap(), &how.join(", "));
        } else {
            n_struck += 1;
            assert!(!outcome.stderr.contains("error: "), "{how:?}: {outcome}");
            assert_readable(&folder);
        }
    }
    if let Some(undisturbed) = undisturbed {
        folder
            .slepian(&["run", "study.toml", "--resume"])
            .sets(kind)
            .succeeds();
        assert_whole(&folder, &undisturbed, &how.join(", "));
    }
    n_struck
}

#[test]
fn a_process_killed_at_any_moment_is_resumed_to_the_same_bits() {
    let n_struck: usize = (1..=3)
        .map(|seed| kill_and_resume(KINDS, seed, 34, None, false))
        .sum();
    println!("{n_struck} of 102 kills struck");
    assert!(n_struck >= 50, "{n_struck}");
}

#[test]
fn a_rank_that_kills_itself_at_any_moment_is_resumed_to_the_same_bits() {
    let n_struck = kill_and_resume(KINDS, 4, 24, Some(2), false);
    println!("{n_struck} of 24 kills of one rank struck");
    assert!(n_struck >= 8, "{n_struck}");
}

#[test]
fn ranks_that_all_kill_themselves_at_any_moment_are_resumed_to_the_same_bits() {
    let n_struck = kill_and_resume(KINDS, 7, 16, Some(3), true);
    println!("{n_struck} of 16 kills of all ranks struck");
    assert!(n_struck >= 6, "{n_struck}");
}

#[test]
fn ranks_that_write_through_mpi_io_are_resumed_to_the_same_bits() {
    let n = std::env::var("SLEPIAN_KILLS_OF_MPIO").map_or(12, |text| {
        text.parse().expect("a number of kills is a number")
    });
    let alone = kill_and_resume(KINDS_OF_MPIO, 8, n, None, false);
    let one = kill_and_resume(KINDS_OF_MPIO, 9, n / 2, Some(2), false);
    let all = kill_and_resume(KINDS_OF_MPIO, 10, n / 2, Some(3), true);
    println!(
        "{alone} kills of one process of {n}, {one} of one rank and {all} of all ranks of {n} struck"
    );
    assert!(
        alone >= n / 4 && one + all >= n / 4,
        "{alone}, {one}, {all} of {n}"
    );
}

#[test]
fn a_result_that_is_replaced_can_be_gone_on_with_after_a_kill_at_any_step() {
    for (sets, fault) in [
        (&[][..], "replace:0:0:kill"),
        (&[], "commit:0:0:kill"),
        (&["output.compression=gzip"], "replace:0:0:kill"),
        (&["freqanalysis.keeptrials=false"], "replace:0:0:kill"),
    ] {
        for then in ["--resume", "--overwrite"] {
            let folder = folder();
            let other = ["freqanalysis.foilim=[10, 50]"];
            let run = |how: &str| {
                folder
                    .slepian(&["run", "study.toml", "--quiet", how])
                    .sets(sets)
            };
            run("--resume").sets(&other).succeeds();
            let undisturbed = folder.undisturbed(sets);
            let outcome = run("--overwrite").variable("SLEPIAN_FAULT", fault).ends();
            assert!(!outcome.status.success(), "{fault} is never come to");
            run(then).succeeds();
            assert_whole(&folder, &undisturbed, &format!("{sets:?} {fault} {then}"));
        }
    }
}

#[test]
fn chunks_that_are_good_outlive_a_kill_while_a_result_is_mended() {
    let folder = folder();
    let run = |fault: &str| {
        let launch = folder.slepian(&["run", "study.toml", "--quiet", "--resume"]);
        launch.variable("SLEPIAN_FAULT", fault)
    };
    run("").succeeds();
    let whole = Spectra::read(&folder.path("spectra.spy"));
    crate::resume::flip(&folder, 25);
    folder.slepian(&["verify", "spectra.spy"]).fails_with(1);
    assert!(!run("write:0:3:kill").ends().status.success());
    let status = folder.status();
    assert_eq!(
        (&status["left"], &status["total"]),
        (&1.into(), &7.into()),
        "{status}"
    );
    run("").succeeds();
    assert_whole(&folder, &whole, "mended");
}

#[test]
fn sums_without_a_seal_are_computed_again() {
    let folder = folder();
    let sets = ["freqanalysis.keeptrials=false"];
    let undisturbed = folder.undisturbed(&sets);
    let run = |fault: &str| {
        let launch = folder.slepian(&["run", "study.toml", "--quiet", "--resume"]);
        launch.sets(&sets).variable("SLEPIAN_FAULT", fault)
    };
    for content in [None, Some("")] {
        folder.remove("spectra.spy");
        assert!(!run("add:0:0:kill").ends().status.success());
        folder.remove("spectra.spy/spectra.spectral.sums.part.seal");
        if let Some(content) = content {
            folder.write("spectra.spy/spectra.spectral.sums.part", content);
        }
        run("").succeeds();
        assert_whole(&folder, &undisturbed, "sums");
    }
}

#[test]
fn every_point_is_killed_at_once() {
    for (point, _) in POINTS {
        let averages = ["freqanalysis.keeptrials=false", "output.compression=gzip"];
        let folder = folder();
        let undisturbed = folder.undisturbed(&averages);
        let run = || {
            folder
                .slepian(&["run", "study.toml", "--quiet", "--resume"])
                .sets(&averages)
        };
        let fault = format!("{point}:0:0:kill");
        let outcome = run().variable("SLEPIAN_FAULT", &fault).ends();
        assert!(!outcome.status.success(), "{point} is never come to");
        assert_readable(&folder);
        run().succeeds();
        assert_whole(&folder, &undisturbed, point);
    }
}

#[test]
fn ranks_and_launchers_killed_from_outside_are_resumed_to_the_same_bits() {
    let mut random = Random::new(5);
    let folder = Folder::new();
    folder.synth("white_noise --trials 60 --channels 6 --samples 4000 --seed 2");
    folder.study("[freqanalysis]\nnTaper = 20\ntapsmofrq = 8\nfoilim = [1, 40]\n");
    let start = Instant::now();
    let undisturbed = folder.undisturbed(&[]);
    let takes = start.elapsed().as_millis() as u64;
    let sets = ["output.checkpoint_every=0"];
    let mut victims = ["one rank", "all ranks", "the launcher"]
        .into_iter()
        .cycle();
    let mut n_killed = 0;
    for attempt in 0..30 {
        if n_killed == 9 {
            break;
        }
        let victim = victims.next().unwrap();
        let mut running = folder
            .slepian(&["run", "study.toml", "--quiet", "--resume"])
            .sets(&sets)
            .ranks(2 + attempt % 2)
            .starts();
        // Open MPI's mpiexec may wait for ever for a rank that dies before MPI is up
        let part = "spectra.spy/spectra.spectral.part";
        let has_begun = || folder.has(part) && folder.status()["state"] == "running";
        while running.is_running() && !has_begun() {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(random.below(takes)));
        let ranks = running.ranks(std::path::Path::new(env!("CARGO_BIN_EXE_slepian")));
        if !running.is_running() {
            // it came to its end: the next one begins anew
            assert!(running.ends().status.success());
            assert_whole(&folder, &undisturbed, "between kills");
            folder.remove("spectra.spy");
            continue;
        }
        match victim {
            "one rank" => ranks
                .iter()
                .take(1)
                .for_each(|rank| send(*rank, Signal::KILL)),
            "all ranks" => ranks.iter().for_each(|rank| send(*rank, Signal::KILL)),
            _ => running.signal(Signal::KILL),
        }
        running.ends();
        wait_until_gone(&ranks);
        n_killed += 1;
        assert_readable(&folder);
    }
    println!("{n_killed} kills from outside");
    assert_eq!(n_killed, 9);
    folder
        .slepian(&["run", "study.toml", "--resume"])
        .ranks(3)
        .succeeds();
    assert_whole(&folder, &undisturbed, "killed from outside");
}
