//! What happens to jobs from outside: full disks, recordings that change, folders that vanish, disks that fail to read, a
//! second job. Each ends the job with one clear line, or is got over; work that is done stays.

use std::os::unix::fs::FileExt;
use std::path::Path;

use rustix::process::Signal;
use slepian::output::{Owner, owner};

use crate::support::{
    Folder, Launch, Random, Running, Spectra, data_file, is_stopped, send, wait_until_gone,
    with_files,
};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 12 --channels 4 --samples 4000 --seed 1");
    folder.study("[freqanalysis]\ntapsmofrq = 4\n");
    folder
}

fn run(folder: &Folder) -> Launch {
    folder
        .slepian(&["run", "study.toml"])
        .sets(&["output.checkpoint_every=0"])
}

fn resume(folder: &Folder) -> Launch {
    run(folder).args(&["--resume"])
}

fn assert_same(folder: &Folder) {
    let undisturbed = folder.undisturbed(&[]);
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, "disturbed");
    folder.slepian(&["verify", "spectra.spy"]).succeeds();
}

fn ranks(running: &Running) -> Vec<u32> {
    running.ranks(Path::new(env!("CARGO_BIN_EXE_slepian")))
}

/// Starts a job and returns when `rank` of it has stopped itself at that point.
fn stopped_at(launch: Launch, fault: &str) -> (Running, u32) {
    let mut running = launch.variable("SLEPIAN_FAULT", fault).starts();
    let find = |running: &Running| {
        let mut processes = ranks(running);
        processes.push(running.number());
        processes.into_iter().find(|process| is_stopped(*process))
    };
    running.wait_until("a rank has stopped itself", |running| {
        find(running).is_some()
    });
    let stopped = find(&running).expect("it was found just now");
    (running, stopped)
}

#[test]
fn a_disk_that_fills_up_at_a_random_write_is_named_and_gone_on_with_once_there_is_room() {
    let mut random = Random::new(6);
    for sets in [
        &[][..],
        &["freqanalysis.keeptrials=false"],
        &["freqanalysis.chan_per_worker=1"],
    ] {
        let folder = folder();
        folder.synth("white_noise --trials 12 --channels 4 --samples 20000 --seed 1 --overwrite");
        // 12 trials are 2 MiB; averages 2 MiB of sums; room for some of it, whose rest is taken away once it is there
        let kib = 900 + random.below(900);
        std::fs::create_dir(folder.path("disk")).unwrap();
        let script = format!(
            "mount -t tmpfs -o size={kib}k none disk || exit 99; \"$@\"; code=$?; \
             mount -o remount,size=64m none disk; unset SLEPIAN_FAULT; \"$@\" || exit 98; \
             cp -r disk/spectra.spy . || exit 97; exit $code"
        );
        for unshare in [&["unshare", "-m"][..], &["unshare", "-rm"]] {
            let words: Vec<&str> = unshare
                .iter()
                .copied()
                .chain(["sh", "-c", &script, "sh"])
                .collect();
            let launch = resume(&folder)
                .sets(sets)
                .sets(&["output.path=disk/spectra.spy"])
                // as a file system that cannot reserve room
                .variable("SLEPIAN_FAULT", "reserve:0")
                .through(&words);
            let outcome = launch.ends();
            if outcome.status.code() == Some(99) || outcome.stderr.contains("unshare") {
                println!("skipped: no disk can be mounted here");
                continue;
            }
            assert_eq!(outcome.status.code(), Some(1), "{sets:?} {kib}: {outcome}");
            let error = outcome.only_error();
            assert!(
                error.contains("disk/spectra.spy/spectra.spectral"),
                "{error}"
            );
            assert!(error.contains("No space left on device"), "{error}");
            assert!(
                error.contains("this disk has ") && error.contains(" left"),
                "{error}"
            );
            let undisturbed = folder.undisturbed(sets);
            Spectra::read(&folder.path("spectra.spy"))
                .assert_same_as(&undisturbed, "after a full disk");
            break;
        }
    }
}

#[test]
fn a_disk_that_is_full_for_one_rank_of_several_ends_the_job_with_its_line() {
    for point in ["write", "sync", "mark"] {
        let folder = folder();
        let error = run(&folder)
            .ranks(2)
            .sets(&["parallel.schedule=static"])
            .variable("SLEPIAN_FAULT", &format!("{point}:1:2:full"))
            .fails_with(1);
        assert!(error.starts_with("error: rank 1: "), "{error}");
        assert!(error.contains("spectra.spectral.part: cannot "), "{error}");
        assert!(
            error.contains("No space left on device") && error.contains("this disk has "),
            "{error}"
        );
        assert!(
            error.contains("what is done is kept, slepian run --resume study.toml"),
            "{error}"
        );
        resume(&folder).ranks(2).succeeds();
        assert_same(&folder);
    }
}

#[test]
fn packing_onto_a_full_disk_loses_the_packing_alone() {
    let folder = folder();
    let gzip = ["output.compression=gzip"];
    for ranks in [1, 2] {
        let launch = resume(&folder).sets(&gzip).ranks(ranks);
        let last = ranks - 1;
        let fault = format!("pack:{last}:0:full");
        let error = launch.variable("SLEPIAN_FAULT", &fault).fails_with(1);
        assert!(
            error.contains("spectra.spectral.packed.part: cannot write"),
            "{error}"
        );
        assert_eq!(folder.status()["left"], 0);
    }
    let outcome = resume(&folder).sets(&gzip).succeeds();
    assert!(outcome.stdout.contains("0 B read"), "{outcome}");
    assert_same(&folder);
}

#[test]
fn a_read_that_fails_once_is_tried_again() {
    for launch in [run(&folder()), run(&folder()).ranks(2)] {
        launch.variable("SLEPIAN_FAULT", "read:0:2:eio").succeeds();
    }
    let folder = folder();
    run(&folder)
        .variable("SLEPIAN_FAULT", "read:0:2:eio")
        .succeeds();
    assert_same(&folder);
}

#[test]
fn a_read_that_fails_again_is_given_up_with_rank_trial_and_file() {
    let folder = folder();
    let error = run(&folder)
        .sets(&["parallel.schedule=static", "select.trials=[3, 7, 5, 9]"])
        .ranks(2)
        .variable("SLEPIAN_FAULT", "read:1:1:eio,read:1:2:eio")
        .fails_with(1);
    assert!(
        error.starts_with("error: rank 1: trial 9, tried twice: "),
        "{error}"
    );
    assert!(
        error.contains("recording.analog: cannot read samples: Input/output error"),
        "{error}"
    );
    let sets = ["select.trials=[3, 7, 5, 9]"];
    resume(&folder).sets(&sets).succeeds();
    let undisturbed = folder.undisturbed(&sets);
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, "read in the end");
}

#[test]
fn a_recording_that_changes_while_the_job_runs_ends_it_and_spoils_nothing() {
    type Change = fn(&Folder, &Path);
    let changes: [(&str, Change, &str); 4] = [
        (
            "cut off",
            |_, path| {
                let file = std::fs::File::options().write(true).open(path).unwrap();
                file.set_len(file.metadata().unwrap().len() / 3).unwrap();
            },
            "recording.analog: this ",
        ),
        (
            "written to",
            |_, path| {
                let file = std::fs::File::options().write(true).open(path).unwrap();
                file.write_all_at(&[7; 100_000], 300_000).unwrap();
            },
            "was changed while the job ran: it was written at ",
        ),
        (
            "replaced",
            |folder, path| {
                std::fs::copy(path, folder.path("other")).unwrap();
                std::fs::rename(folder.path("other"), path).unwrap();
            },
            "was changed while the job ran: another file has taken its place",
        ),
        (
            "removed",
            |_, path| std::fs::remove_file(path).unwrap(),
            "recording.analog: cannot find this recording again",
        ),
    ];
    for (name, change, what) in changes {
        for ranks in [None, Some(2)] {
            let folder = folder();
            let path = data_file(&folder.path("recording.spy"));
            let good = std::fs::read(&path).unwrap();
            let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
            let launch = match ranks {
                Some(ranks) => run(&folder)
                    .sets(&["parallel.schedule=static"])
                    .ranks(ranks),
                None => run(&folder),
            };
            let (running, stopped) = stopped_at(launch, "compute:0:3:stop");
            change(&folder, &path);
            send(stopped, Signal::CONT);
            let outcome = running.ends();
            assert_eq!(outcome.status.code(), Some(1), "{name}: {outcome}");
            let error = outcome.only_error();
            assert!(error.contains(what), "{name}: {error}");
            assert!(!folder.has("spectra.spy/spectra.spectral.info"));
            // as it was before: what was marked was computed from that
            let _ = std::fs::remove_file(&path);
            std::fs::write(&path, good).unwrap();
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            file.set_modified(modified).unwrap();
            resume(&folder).succeeds();
            assert_same(&folder);
        }
    }
}

#[test]
fn an_output_folder_that_vanishes_ends_the_job() {
    for ranks in [None, Some(2)] {
        let folder = folder();
        let launch = match ranks {
            Some(ranks) => run(&folder).ranks(ranks),
            None => run(&folder),
        };
        let (running, stopped) = stopped_at(launch, "compute:0:3:stop");
        folder.remove("spectra.spy");
        send(stopped, Signal::CONT);
        let outcome = running.ends();
        assert_eq!(outcome.status.code(), Some(1), "{outcome}");
        let error = outcome.only_error();
        // the lock is looked after in the background, and may be missed first
        let errors = [
            "spectra.spectral.part: this file was removed or replaced while the job ran",
            "spectra.spectral.lock: this job has lost its lock",
        ];
        assert!(errors.iter().any(|what| error.contains(what)), "{error}");
        assert!(!folder.has("spectra.spy/spectra.spectral.info"));
        resume(&folder).succeeds();
        assert_same(&folder);
    }
}

#[test]
fn a_second_job_on_the_same_output_is_refused_with_the_name_of_the_first() {
    let folder = folder();
    let (running, stopped) = stopped_at(run(&folder), "compute:0:3:stop");
    let pid = format!("process {stopped} on ");
    for (arg, ranks) in [("--resume", 1), ("--overwrite", 1), ("--resume", 2)] {
        let error = folder
            .slepian(&["run", "study.toml", arg])
            .ranks(ranks)
            .fails_with(2);
        assert!(
            error.contains("another job is at work on this result") && error.contains(&pid),
            "{error}"
        );
    }
    let verify = folder.slepian(&["verify", "spectra.spy"]).succeeds();
    assert!(verify.stdout.contains("are not done yet"), "{verify}");
    assert_eq!(folder.status()["owner"]["pid"], stopped);
    send(stopped, Signal::CONT);
    assert!(running.ends().status.success());
    assert_same(&folder);
}

#[test]
fn a_batch_job_started_again_takes_over_from_an_attempt_that_lives_on() {
    for ranks in [None, Some(2)] {
        let folder = folder();
        let attempt = |job: &str, n: &str, ranks: Option<usize>| {
            let launch = resume(&folder)
                .sets(&["parallel.schedule=static"])
                .variable("SLURM_JOB_ID", job)
                .variable("SLURM_RESTART_COUNT", n);
            match ranks {
                Some(ranks) => launch.ranks(ranks),
                None => launch.args(&["--serial"]),
            }
        };
        // a rank of the first attempt is cut off in the middle of a block
        let last = ranks.unwrap_or(1) - 1;
        let fault = format!("midwrite:{last}:1:stop");
        let (mut first, stopped) = stopped_at(attempt("4711", "0", ranks), &fault);
        let lock = folder.path("spectra.spy/spectra.spectral.lock");
        for (job, n) in [("4712", "5"), ("4711", "0")] {
            let error = attempt(job, n, None).fails_with(2);
            assert!(error.contains("job 4711"), "{error}");
        }
        attempt("4711", "1", None).succeeds();
        assert!(owner(&lock).is_none_or(|owner: Owner| owner.restart == 1));
        let whole = Spectra::read(&folder.path("spectra.spy"));
        // the old rank wakes up and writes its block into what is the result now
        assert!(first.is_running());
        send(stopped, Signal::CONT);
        let outcome = first.ends();
        assert_eq!(outcome.status.code(), Some(1), "{outcome}");
        assert!(
            outcome
                .only_error()
                .contains("was removed or replaced while the job ran"),
            "{outcome}"
        );
        wait_until_gone(&[stopped]);
        Spectra::read(&folder.path("spectra.spy")).assert_same_as(&whole, "a rank lives on");
        assert_same(&folder);
    }
}

#[test]
fn an_attempt_that_was_given_up_wakes_at_any_point_and_touches_nothing_of_the_next_one() {
    let files = |folder: &Folder| {
        let mut content = folder.content();
        content.retain(|path, _| path.starts_with(folder.path("spectra.spy")));
        content
    };
    let packed_average = &["freqanalysis.keeptrials=false", "output.compression=gzip"][..];
    let cases = [
        (
            packed_average,
            &["create", "mark", "add", "pack", "rename", "commit"][..],
        ),
        (
            &[][..],
            &["read", "midwrite", "sync", "mark", "midmark", "rename"],
        ),
    ];
    let cases = cases
        .iter()
        .flat_map(|(sets, points)| points.iter().map(move |point| (*sets, *point)));
    for (sets, point) in cases {
        for is_late in [false, true] {
            let folder = folder();
            let attempt = |n: &str| {
                resume(&folder)
                    .sets(sets)
                    .args(&["--serial"])
                    .variable("SLURM_JOB_ID", "4711")
                    .variable("SLURM_RESTART_COUNT", n)
            };
            let (old, sleeper) = stopped_at(attempt("0"), &format!("{point}:0:0:stop"));
            let ends_badly = |old: Running| {
                send(sleeper, Signal::CONT);
                let outcome = old.ends();
                assert_eq!(outcome.status.code(), Some(1), "{point}: {outcome}");
                outcome.only_error();
            };
            if is_late {
                attempt("1").succeeds();
                let before = files(&folder);
                ends_badly(old);
                assert!(files(&folder) == before, "{point}");
            } else {
                // it wakes in the middle of the next one
                let (new, other) = stopped_at(attempt("1"), "rename:0:0:stop");
                ends_badly(old);
                send(other, Signal::CONT);
                let outcome = new.ends();
                assert!(outcome.status.success(), "{point}: {outcome}");
            }
            let undisturbed = folder.undisturbed(sets);
            Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, point);
            folder.slepian(&["verify", "spectra.spy"]).succeeds();
            assert_eq!(folder.status()["state"], "finished", "{point}");
        }
    }
}

#[test]
fn sums_that_are_not_what_was_written_are_never_added_up() {
    let folder = folder();
    let sets = ["freqanalysis.keeptrials=false"];
    run(&folder)
        .sets(&sets)
        .variable("SLEPIAN_FAULT", "add:0:0:kill")
        .ends();
    let path = folder.path("spectra.spy/spectra.spectral.sums.part");
    let offset = with_files(|| {
        let file = hdf5::File::open(&path).unwrap();
        file.dataset("sums").unwrap().offset().unwrap()
    });
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&1e9_f64.to_le_bytes(), offset + 80)
        .unwrap();
    let outcome = resume(&folder).sets(&sets).succeeds();
    assert!(
        outcome
            .stderr
            .contains("1 chunk of an earlier job is not what was written: computed again"),
        "{outcome}"
    );
    let undisturbed = folder.undisturbed(&sets);
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, "hurt sums");
    // sums that are lost are computed again
    run(&folder)
        .sets(&sets)
        .args(&["--overwrite"])
        .variable("SLEPIAN_FAULT", "add:0:0:kill")
        .ends();
    std::fs::remove_file(&path).unwrap();
    resume(&folder).sets(&sets).succeeds();
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, "lost sums");
}

#[test]
fn a_lock_that_somebody_has_left_beside_a_finished_result_changes_nothing() {
    let folder = folder();
    run(&folder).succeeds();
    let elsewhere = Owner {
        host: "elsewhere".into(),
        ..Owner::here()
    };
    let lock = "spectra.spy/spectra.spectral.lock";
    folder.write(lock, serde_json::to_vec(&elsewhere).unwrap());
    assert_eq!(folder.status()["state"], "finished");
    let code = folder
        .slepian(&["status", "spectra.spy", "--exit-code", "--watch"])
        .ends();
    assert_eq!(code.status.code(), Some(0));
    folder.slepian(&["verify", "spectra.spy"]).succeeds();
    assert!(!folder.has(lock));
}
