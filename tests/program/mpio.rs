//! `driver = "mpio"`: everything goes through parallel HDF5, with the bits of the other driver.

use crate::support::{Folder, Spectra};

const MPIO: &str = "output.driver=mpio";
const KINDS: &[&[&str]] = &[
    &[],
    &["freqanalysis.chan_per_worker=2"],
    &[
        "freqanalysis.keeptrials=false",
        "freqanalysis.chan_per_worker=3",
    ],
    &["output.compression=gzip", "freqanalysis.keeptrials=false"],
    &[
        "freqanalysis.output=fooof",
        "freqanalysis.tapsmofrq=none",
        "freqanalysis.foilim=[10, 200]",
    ],
];

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 7 --channels 5 --samples 200 --unequal 0.2 --seed 1");
    folder.study("[freqanalysis]\ntapsmofrq = 20\n");
    folder
}

#[test]
fn both_drivers_give_the_same_bits_on_any_ranks() {
    let folder = folder();
    for kind in KINDS {
        let posix = folder.undisturbed(kind);
        for ranks in [None, Some(1), Some(2), Some(4)] {
            let mut launch = folder
                .slepian(&["run", "study.toml", "--quiet", "--overwrite"])
                .sets(kind)
                .sets(&[MPIO]);
            if let Some(ranks) = ranks {
                launch = launch.ranks(ranks);
            }
            launch.succeeds();
            let how = format!("{kind:?} on {ranks:?}");
            Spectra::read(&folder.path("spectra.spy")).assert_same_as(&posix, &how);
            folder.slepian(&["verify", "spectra.spy"]).succeeds();
        }
    }
}

#[test]
fn a_job_that_goes_on_with_the_other_driver_gives_the_same_bits() {
    let folder = folder();
    let undisturbed = folder.undisturbed(&[]);
    for (first, then) in [("mpio", "posix"), ("posix", "mpio")] {
        folder.remove("spectra.spy");
        let run = |driver: &str, fault: &str| {
            folder
                .slepian(&["run", "study.toml", "--quiet", "--resume"])
                .sets(&[
                    "output.checkpoint_every=0",
                    &format!("output.driver={driver}"),
                ])
                .variable("SLEPIAN_FAULT", fault)
                .ranks(2)
        };
        assert!(!run(first, "mark:1:1:kill").ends().status.success());
        assert!(folder.status()["done"].as_u64().unwrap() > 0);
        run(then, "").succeeds();
        let how = format!("{first}, then {then}");
        Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, &how);
    }
}

#[test]
fn a_rank_that_fails_ends_the_job_with_its_line_and_closes_nothing() {
    let folder = folder();
    let undisturbed = folder.undisturbed(&[]);
    for point in ["read", "compute", "write", "midwrite", "sync", "mark"] {
        for (ranks, rank, begins) in [(Some(3), 1, "error: rank 1: "), (None, 0, "error: ")] {
            folder.remove("spectra.spy");
            let run = |fault: &str| {
                let launch = folder
                    .slepian(&["run", "study.toml", "--quiet", "--resume"])
                    .sets(&[MPIO, "parallel.schedule=static"])
                    .variable("SLEPIAN_FAULT", fault);
                match ranks {
                    Some(ranks) => launch.ranks(ranks),
                    None => launch,
                }
            };
            let fault = format!("{point}:{rank}:0:eio,{point}:{rank}:1:eio");
            let error = run(&fault).fails_with(1);
            assert!(error.starts_with(begins), "{point}: {error}");
            run("").succeeds();
            Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, point);
        }
    }
}

/// What a rank has written to the files of a result, by the flags that their descriptors were opened with: HDF5 and MPI-IO open them
/// to read and to write, this program's own descriptors are for writing only.
#[test]
fn nothing_is_written_through_descriptors_of_this_programs_own() {
    let folder = folder();
    let strace = std::process::Command::new("strace").arg("-V").output();
    if strace.is_err() {
        println!("skipped: no strace here");
        return;
    }
    for ranks in [1, 2] {
        for (driver, is_ours) in [("posix", true), ("mpio", false)] {
            folder.remove("spectra.spy");
            let sets = [
                "freqanalysis.keeptrials=false",
                "output.checkpoint_every=0",
                &format!("output.driver={driver}"),
            ];
            let trace = folder.path("trace").display().to_string();
            let calls = "trace=openat,close,write,writev,pwrite64,pwritev";
            let mut launch = folder
                .slepian(&["run", "study.toml", "--quiet"])
                .sets(&sets)
                .through(&["strace", "-ff", "-y", "-e", calls, "-o", &trace]);
            if ranks > 1 {
                launch = launch.ranks(ranks);
            }
            let outcome = launch.ends();
            if outcome.stderr.contains("ptrace") {
                println!("skipped: strace may not trace here");
                return;
            }
            assert!(outcome.status.success(), "{outcome}");
            let n = n_writes_of_our_own(&folder);
            assert_eq!(n > 0, is_ours, "{driver}, {ranks} ranks: {n} writes");
        }
    }
}

/// Writes to part files through descriptors that were opened for writing only; removes the traces.
fn n_writes_of_our_own(folder: &Folder) -> usize {
    let mut n = 0;
    let entries = std::fs::read_dir(folder.as_path()).unwrap();
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("trace.") {
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        std::fs::remove_file(&path).unwrap();
        let mut ours = std::collections::BTreeSet::new();
        for line in text.lines() {
            // openat(AT_FDCWD</…>, "/…/x.part", O_WRONLY|…) = 7</…/x.part>; pwrite64(7</…/x.part>, …)
            let of_part =
                line.contains(".part") && !line.contains(".seal") && !line.contains(".info");
            let descriptor = |text: &str| text.split('<').next().map(str::to_owned);
            if line.starts_with("openat") && of_part && line.contains("O_WRONLY") {
                ours.extend(line.rsplit("= ").next().and_then(descriptor));
            } else if let Some((call, rest)) = line.split_once('(') {
                let is_ours = descriptor(rest).is_some_and(|number| ours.contains(&number));
                if call == "close" && is_ours {
                    ours.remove(&descriptor(rest).unwrap());
                } else if call.contains("write") && of_part && is_ours {
                    n += 1;
                }
            }
        }
    }
    n
}
