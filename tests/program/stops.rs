//! Jobs that are asked to stop finish what they are at, keep it, and say how to go on; asked twice they end at once.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use rustix::process::Signal;

use crate::support::{
    Folder, Launch, Running, Spectra, is_mpich, is_stopped, send, wait_until_gone,
};

const STATIC: &str = "parallel.schedule=static";
const DYNAMIC: &str = "parallel.schedule=dynamic";

/// A job of many short batches, some seconds long.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 600 --channels 4 --samples 4000 --seed 1");
    folder.study("[freqanalysis]\nnTaper = 30\ntapsmofrq = 8\nfoilim = [1, 40]\n");
    folder
}

fn run(folder: &Folder) -> Launch {
    let launch = folder.slepian(&["run", "study.toml", "--resume"]);
    launch.sets(&["output.checkpoint_every=0.1"])
}

fn ranks(running: &Running) -> Vec<u32> {
    running.ranks(Path::new(env!("CARGO_BIN_EXE_slepian")))
}

/// Waits until some work of this attempt is done.
fn wait_for_work(folder: &Folder, running: &mut Running) {
    let done = |folder: &Folder| match folder.has("spectra.spy/spectra.spectral.part") {
        true => folder.status()["done"].as_u64().unwrap(),
        false => 0,
    };
    let before = done(folder);
    running.wait_until("some work was done", |_| done(folder) > before);
}

/// What was done is there, marked; the rest gives the bits of a job that was not stopped.
fn assert_goes_on(folder: &Folder) {
    let status = folder.status();
    assert_eq!(status["state"], "interrupted");
    assert!(status["done"].as_u64().unwrap() > 0 && status["left"].as_u64().unwrap() > 0);
    let code = folder
        .slepian(&["status", "spectra.spy", "--exit-code"])
        .ends();
    assert_eq!(code.status.code(), Some(75), "{code}");
    folder.slepian(&["verify", "spectra.spy"]).succeeds();
    let outcome = run(folder).succeeds();
    assert!(outcome.stderr.contains("going on: "), "{outcome}");
    let undisturbed = folder.undisturbed(&[]);
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, "stopped");
    let code = folder
        .slepian(&["status", "spectra.spy", "--exit-code"])
        .ends();
    assert_eq!(code.status.code(), Some(0), "{code}");
}

#[test]
fn a_process_that_is_asked_to_stop_says_how_to_go_on_and_exits_with_75() {
    for (signal, name) in [
        (Signal::USR1, "SIGUSR1"),
        (Signal::TERM, "SIGTERM"),
        (Signal::INT, "SIGINT"),
    ] {
        let folder = folder();
        let mut running = run(&folder).starts();
        wait_for_work(&folder, &mut running);
        assert_eq!(folder.status()["state"], "running");
        running.signal(signal);
        let outcome = running.ends();
        assert_eq!(outcome.status.code(), Some(75), "{name}: {outcome}");
        let said = outcome
            .stderr
            .lines()
            .find(|line| line.contains("stopped by"));
        let said = said.expect("one line says how to go on");
        assert!(said.contains(&format!("stopped by {name}: ")), "{said}");
        assert!(
            said.contains("of 600 chunks are done; slepian run --resume study.toml"),
            "{said}"
        );
        assert_eq!(folder.status()["state"], "interrupted");
        if signal == Signal::USR1 {
            assert_goes_on(&folder);
        }
    }
}

#[test]
fn any_rank_that_is_asked_to_stop_stops_all_under_both_schedules() {
    for (schedule, number) in [(STATIC, 2), (DYNAMIC, 1), (STATIC, 0)] {
        let folder = folder();
        let mut running = run(&folder).sets(&[schedule]).ranks(3).starts();
        wait_for_work(&folder, &mut running);
        let ranks = ranks(&running);
        assert_eq!(ranks.len(), 3);
        send(ranks[number], Signal::USR1);
        let outcome = running.ends();
        assert_eq!(outcome.status.code(), Some(0), "{schedule}: {outcome}");
        assert_eq!(
            outcome.stderr.matches("stopped by SIGUSR1").count(),
            1,
            "{outcome}"
        );
        if number == 2 {
            assert_goes_on(&folder);
        }
    }
}

#[test]
fn a_launcher_that_passes_the_signal_on_to_all_ranks_ends_well() {
    let folder = folder();
    let mut running = run(&folder).ranks(3).starts();
    wait_for_work(&folder, &mut running);
    running.signal(Signal::USR1);
    let outcome = running.ends();
    assert_eq!(outcome.status.code(), Some(0), "{outcome}");
    assert_eq!(
        outcome.stderr.matches("stopped by SIGUSR1").count(),
        1,
        "{outcome}"
    );
    assert_goes_on(&folder);
}

#[test]
fn a_launcher_that_is_ended_leaves_nothing_running_and_work_that_counts() {
    for signal in [Signal::TERM, Signal::KILL] {
        let folder = folder();
        // it cannot come to its end
        let stuck = run(&folder).sets(&["output.checkpoint_every=0"]);
        let stuck = stuck.variable("SLEPIAN_FAULT", "compute:0:40:sleep,compute:1:40:sleep");
        let mut running = stuck.ranks(2).starts();
        running.wait_until("a rank is stuck", |_| folder.has("stuck"));
        let ranks = ranks(&running);
        running.signal(signal);
        running.ends();
        wait_until_gone(&ranks);
        assert_goes_on(&folder);
    }
}

#[test]
fn a_second_signal_ends_a_job_at_once() {
    let folder = folder();
    // it is in the middle of a batch that does not end
    let stuck = run(&folder).variable("SLEPIAN_FAULT", "compute:0:3:sleep");
    let mut running = stuck.starts();
    running.wait_until("it is stuck", |_| folder.has("stuck"));
    running.signal(Signal::USR1);
    // one signal and its echo are one request
    running.signal(Signal::USR1);
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert!(running.is_running());
    running.signal(Signal::USR1);
    let outcome = running.ends();
    assert_eq!(outcome.status.signal(), Some(10), "{outcome}");
}

#[test]
fn a_rank_that_is_stopped_for_a_while_leaves_its_work_to_the_others() {
    if is_mpich() {
        println!("skipped: MPICH's ranks wait for each other in shared memory");
        return;
    }
    let folder = folder();
    let running = run(&folder).sets(&[DYNAMIC]).ranks(3);
    let mut running = running
        .variable("SLEPIAN_FAULT", "compute:2:5:stop")
        .starts();
    running.wait_until("one rank is stopped", |running| {
        ranks(running).iter().any(|rank| is_stopped(*rank))
    });
    let stopped: Vec<u32> = ranks(&running)
        .into_iter()
        .filter(|rank| is_stopped(*rank))
        .collect();
    // the range it holds is a trial or two of 600: all others come to be done while it sleeps
    running.wait_until("the others have done the rest", |_| {
        folder.status()["left"].as_u64().unwrap() <= 8
    });
    assert!(is_stopped(stopped[0]));
    send(stopped[0], Signal::CONT);
    let outcome = running.ends();
    assert!(outcome.status.success(), "{outcome}");
    let undisturbed = folder.undisturbed(&[]);
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, "stopped for a while");
}

#[test]
fn a_job_that_is_asked_to_stop_before_its_first_spectrum_or_while_it_finishes_keeps_its_work() {
    let folder = Folder::new();
    // three tiles of compressed spectra
    folder.synth("white_noise --trials 40 --channels 4 --samples 2000 --seed 1");
    folder.study("[freqanalysis]\ntapsmofrq = 2\n");
    let average = "freqanalysis.keeptrials=false";
    for (points, more) in [
        (&["create", "add"][..], &[average][..]),
        (&["create", "pack"], &[]),
    ] {
        folder.remove("spectra.spy");
        let sets: Vec<&str> = more
            .iter()
            .copied()
            .chain(["output.compression=gzip"])
            .collect();
        let run = || {
            folder
                .slepian(&["run", "study.toml", "--resume"])
                .sets(&sets)
        };
        for point in points {
            // a signal to itself
            let fault = format!("{point}:0:0:usr1");
            let outcome = run().variable("SLEPIAN_FAULT", &fault).ends();
            assert_eq!(outcome.status.code(), Some(75), "{point}: {outcome}");
            assert!(outcome.stderr.contains("slepian run --resume"), "{outcome}");
            assert!(!folder.has("spectra.spy/spectra.spectral.info"));
        }
        run().ranks(2).succeeds();
        let undisturbed = folder.undisturbed(&sets);
        let result = Spectra::read(&folder.path("spectra.spy"));
        result.assert_same_as(&undisturbed, "stopped early and late");
    }
}
