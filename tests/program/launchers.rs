//! Launchers, job scripts and hosts: ranks that give no sign of life, signals on their way to the ranks, jobs that go back
//! into the queue, and starts of a job that live on after the batch system has given them up.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::{
    Folder, Launch, Outcome, Running, Spectra, is_mpich, is_stopped, send, wait_until_gone,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_slepian");
/// Every rank has work from the start.
const STATIC: &str = "parallel.schedule=static";
/// What is done is marked at once.
const MARK_ALL: &str = "output.checkpoint_every=0";

/// Much to compute, little to write: what is left when a job is interrupted takes a while.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 60 --channels 4 --samples 4000 --seed 3");
    folder.study("[freqanalysis]\nnTaper = 20\ntapsmofrq = 8\nfoilim = [1, 40]\n");
    folder
}

fn run(folder: &Folder, sets: &[&str]) -> Launch {
    folder
        .slepian(&["run", "study.toml", "--quiet", "--resume"])
        .sets(sets)
}

/// What runs the program: below a launcher or a script, or without one.
fn ranks(running: &Running) -> Vec<u32> {
    match running.ranks(Path::new(PROGRAM)) {
        none if none.is_empty() => vec![running.number()],
        ranks => ranks,
    }
}

fn assert_whole(folder: &Folder, undisturbed: &Spectra, how: &str) {
    folder.slepian(&["verify", "spectra.spy"]).succeeds();
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(undisturbed, how);
    assert_eq!(folder.status()["state"], "finished", "{how}");
}

#[test]
fn a_rank_that_gives_no_sign_of_life_ends_the_job_and_is_named() {
    let folder = folder();
    let undisturbed = folder.undisturbed(&[]);
    for (silent, speaker) in [(1, 0), (0, 1)] {
        folder.remove("spectra.spy");
        let mut running = run(&folder, &[STATIC, MARK_ALL, "parallel.peer_timeout=5 s"])
            .variable("SLEPIAN_FAULT", &format!("compute:{silent}:8:stop"))
            .ranks(3)
            .starts();
        wait_for_a_stopped_rank(&mut running);
        let all = ranks(&running);
        let outcome = running.ends();
        all.iter().for_each(|rank| send(*rank, Signal::KILL));
        wait_until_gone(&all);
        assert_eq!(outcome.status.code(), Some(1), "{outcome}");
        let error = outcome.only_error();
        let expected = format!(
            "error: rank {speaker}: rank {silent} has given no sign of life for 5 s (parallel.peer_timeout)"
        );
        assert_eq!(error, expected);
    }
    run(&folder, &[]).succeeds();
    assert_whole(&folder, &undisturbed, "after silent ranks");
}

#[test]
fn a_rank_that_is_silent_for_a_shorter_time_does_no_harm() {
    let folder = folder();
    let undisturbed = folder.undisturbed(&[]);
    for silent in [0, 1] {
        folder.remove("spectra.spy");
        let mut running = run(&folder, &[STATIC, "parallel.peer_timeout=30 s"])
            .variable("SLEPIAN_FAULT", &format!("compute:{silent}:8:stop"))
            .ranks(3)
            .starts();
        let stopped = wait_for_a_stopped_rank(&mut running);
        std::thread::sleep(Duration::from_millis(500));
        send(stopped, Signal::CONT);
        let outcome = running.ends();
        assert!(outcome.status.success(), "{outcome}");
        assert_whole(&folder, &undisturbed, "after a short silence");
    }
}

#[test]
fn a_job_that_is_suspended_as_a_whole_goes_on() {
    let folder = folder();
    let undisturbed = folder.undisturbed(&[]);
    let mut running = run(&folder, &["parallel.peer_timeout=5 s"])
        .variable("SLEPIAN_FAULT", "compute:1:3:stop")
        .ranks(2)
        .starts();
    wait_for_a_stopped_rank(&mut running);
    let all = ranks(&running);
    all.iter().for_each(|rank| send(*rank, Signal::STOP));
    // longer than the timeout: nobody has waited meanwhile
    std::thread::sleep(Duration::from_secs(3));
    all.iter().for_each(|rank| send(*rank, Signal::CONT));
    let outcome = running.ends();
    assert!(outcome.status.success(), "{outcome}");
    assert_whole(&folder, &undisturbed, "after a pause");
}

/// The job script `name` with stand-ins for the cluster in PATH: launchers that become the program itself as a rank of one,
/// and a `scontrol` that writes down what it is asked for.
fn script(folder: &Folder, name: &str) -> Launch {
    let stand_in = |name: &str, text: &str| {
        let path = folder.write(&format!("bin/{name}"), format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let skip_options =
        "while case $1 in -n) shift ;; -*) ;; *) false ;; esac; do shift; done; exec \"$@\"";
    let rank_of_srun = "export SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=1 SLURM_NTASKS=1";
    stand_in("srun", &format!("{rank_of_srun}\n{skip_options}"));
    for name in ["mpirun", "mpiexec"] {
        stand_in(
            name,
            &format!("export OMPI_COMM_WORLD_SIZE=1\n{skip_options}"),
        );
    }
    stand_in("scontrol", "echo \"$@\" >>asked_for");
    let path = format!(
        "{}:{}",
        folder.path("bin").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("jobscripts")
        .join(name);
    // whatever has started the tests may ignore signals, which a shell then cannot trap
    Launch::of("env", folder.as_path())
        .args(&["--default-signal", "bash"])
        .args(&[script.to_str().unwrap(), "study.toml"])
        .sets(&[MARK_ALL])
        .variable("PATH", &path)
        .variable("SLEPIAN", PROGRAM)
        .variable("SLURM_JOB_ID", "7")
}

/// What the stand-in for `scontrol` was asked for.
fn asked_for(folder: &Folder) -> String {
    std::fs::read_to_string(folder.path("asked_for")).unwrap_or_default()
}

/// Runs the script until some chunks are done, sends it a signal, and waits for its end.
fn interrupted(script: &Launch, signal: Signal) -> Outcome {
    let mut running = script
        .clone()
        .variable("SLEPIAN_FAULT", "compute:0:5:stop")
        .starts();
    let rank = wait_for_a_stopped_rank(&mut running);
    running.signal(signal);
    // the rank goes on when the signal has come to it by way of the launcher
    running.wait_until("the signal was passed on", |_| {
        has_pending(rank, Signal::USR1)
    });
    send(rank, Signal::CONT);
    running.ends()
}

#[test]
fn batch_scripts_pass_usr1_on_and_put_the_job_back_into_the_queue_until_it_is_done() {
    for name in ["slurm_srun.sbatch", "slurm_mpirun.sbatch"] {
        let folder = folder();
        let undisturbed = folder.undisturbed(&[]);
        let script = script(&folder, name);
        let outcome = interrupted(&script, Signal::USR1);
        assert!(outcome.status.success(), "{name}: {outcome}");
        assert!(outcome.stderr.contains("stopped by SIGUSR1"), "{outcome}");
        assert_eq!(asked_for(&folder), "requeue 7\n", "{name}");
        let status = folder.status();
        assert_eq!(status["state"], "interrupted", "{name}");
        assert!(status["done"].as_u64() > Some(0), "{name}: {status}");

        let outcome = script.variable("SLURM_RESTART_COUNT", "1").succeeds();
        assert!(outcome.stderr.contains("going on: "), "{name}: {outcome}");
        assert_eq!(asked_for(&folder), "requeue 7\n", "{name}");
        assert_whole(&folder, &undisturbed, name);
    }
}

#[test]
fn batch_scripts_give_up_after_many_restarts() {
    for name in ["slurm_srun.sbatch", "slurm_mpirun.sbatch"] {
        let folder = folder();
        let script = script(&folder, name)
            .variable("MAX_RESTARTS", "2")
            .variable("SLURM_RESTART_COUNT", "2");
        let outcome = interrupted(&script, Signal::USR1);
        assert_eq!(outcome.status.code(), Some(75), "{name}: {outcome}");
        assert!(outcome.stderr.contains("not requeued"), "{name}: {outcome}");
        assert_eq!(asked_for(&folder), "", "{name}");
    }
}

#[test]
fn scripts_end_with_the_jobs_own_failure_and_requeue_nothing() {
    for name in ["slurm_srun.sbatch", "slurm_mpirun.sbatch", "workstation.sh"] {
        let folder = folder();
        let script = script(&folder, name);
        let error = script
            .clone()
            .variable("SLEPIAN_FAULT", "write:0:5")
            .fails_with(1);
        assert!(error.contains("cannot write spectra"), "{name}: {error}");
        let error = script
            .clone()
            .sets(&["freqanalysis.tapsmofrk=1"])
            .fails_with(2);
        assert!(error.contains("tapsmofrk"), "{name}: {error}");
        assert_eq!(asked_for(&folder), "", "{name}");
        // and the job that failed goes on when it is submitted again
        let outcome = script.succeeds();
        assert!(outcome.stderr.contains("going on: "), "{name}: {outcome}");
    }
}

#[test]
fn scripts_try_a_launch_once_more_that_failed_before_a_rank_had_started() {
    for (name, launcher) in [
        ("slurm_srun.sbatch", "srun"),
        ("slurm_mpirun.sbatch", "mpirun"),
    ] {
        let folder = folder();
        let undisturbed = folder.undisturbed(&[]);
        let script = script(&folder, name);
        let works = std::fs::read_to_string(folder.path(&format!("bin/{launcher}"))).unwrap();
        // what srun says and does on a node with the state of an earlier job, so many times
        let fails = |times: usize| {
            let text = works.replace(
                "#!/bin/sh\n",
                &format!(
                    "#!/bin/sh\necho x >>launches\nif [ $(wc -l <launches) -le {times} ]; then\n\
                     echo 'srun: error: task 0 launch failed: Unspecified error' >&2; exit 1; fi\n"
                ),
            );
            folder.remove("launches");
            folder.write(&format!("bin/{launcher}"), text);
        };
        let n_launches = || {
            let launches = std::fs::read_to_string(folder.path("launches"));
            launches.unwrap().lines().count()
        };
        let said = "the launch failed with exit code 1 before a rank had started";
        fails(2);
        let outcome = script.ends();
        assert_eq!(outcome.status.code(), Some(1), "{name}: {outcome}");
        assert_eq!(n_launches(), 2, "{name}: {outcome}");
        assert_eq!(outcome.stderr.matches(said).count(), 1, "{name}: {outcome}");

        // a program that ran is not launched again, however it ended
        fails(0);
        for (fault, sets) in [
            ("write:0:5", &[][..]),
            ("", &["freqanalysis.tapsmofrk=1"]),
            ("", &["input.path=nowhere.spy"]),
        ] {
            folder.remove("launches");
            let script = script.clone().variable("SLEPIAN_FAULT", fault).sets(sets);
            let outcome = script.ends();
            assert!(!outcome.status.success(), "{name}: {outcome}");
            assert_eq!(n_launches(), 1, "{name} {sets:?}: {outcome}");
        }

        // srun itself ends well when no rank at all could be launched
        fails(1);
        let path = folder.path(&format!("bin/{launcher}"));
        let ends_well = std::fs::read_to_string(&path)
            .unwrap()
            .replace("exit 1; fi", "exit 0; fi");
        std::fs::write(&path, ends_well).unwrap();
        let said = "the launch failed with exit code 0 before a rank had started";
        let outcome = script.succeeds();
        assert_eq!(n_launches(), 2, "{name}: {outcome}");
        assert_eq!(outcome.stderr.matches(said).count(), 1, "{name}: {outcome}");
        assert_whole(&folder, &undisturbed, name);
        let is_marker = |path: &std::path::PathBuf| path.to_string_lossy().contains(".slepian-");
        assert!(!folder.content().keys().any(is_marker), "{name}");
    }
}

#[test]
fn the_workstation_script_stops_cleanly_and_goes_on() {
    let folder = folder();
    let undisturbed = folder.undisturbed(&[]);
    for signal in [Signal::TERM, Signal::INT, Signal::USR1] {
        folder.remove("spectra.spy");
        let script = script(&folder, "workstation.sh").variable("RANKS", "1");
        let outcome = interrupted(&script, signal);
        assert_eq!(outcome.status.code(), Some(75), "{signal:?}: {outcome}");
        assert_eq!(folder.status()["state"], "interrupted", "{signal:?}");
        script.succeeds();
        assert_whole(&folder, &undisturbed, &format!("{signal:?}"));
    }
}

#[test]
fn a_start_that_lives_on_beside_a_later_one_does_no_harm() {
    let folder = folder();
    let undisturbed = folder.undisturbed(&[]);
    let start = |n: &str| {
        run(&folder, &[MARK_ALL, STATIC])
            .variable("SLURM_JOB_ID", "7")
            .variable("SLURM_RESTART_COUNT", n)
    };
    // the batch system has lost the hosts of the first start and begins the job again
    let mut first = start("0")
        .variable("SLEPIAN_FAULT", "compute:1:5:stop,mark:0:5:stop")
        .ranks(2)
        .starts();
    let mut stopped = Vec::new();
    first.wait_until("both ranks were stopped", |first| {
        stopped = ranks(first);
        stopped.len() == 2 && stopped.iter().all(|rank| is_stopped(*rank))
    });
    let mut second = start("1")
        .args(&["--serial"])
        .variable("SLEPIAN_FAULT", "compute:0:9:stop")
        .starts();
    let rank = wait_for_a_stopped_rank(&mut second);
    // the first start lives on in the middle of the second
    stopped.iter().for_each(|rank| send(*rank, Signal::CONT));
    let outcome = first.ends();
    assert_eq!(outcome.status.code(), Some(1), "{outcome}");
    let error = outcome.only_error();
    assert!(error.contains("this job has lost its lock"), "{error}");
    send(rank, Signal::CONT);
    let outcome = second.ends();
    assert!(outcome.status.success(), "{outcome}");
    assert_whole(&folder, &undisturbed, "beside an earlier start");
}

#[test]
fn status_finds_the_result_of_a_config() {
    let folder = folder();
    run(&folder, &["select.trials=0"]).succeeds();
    let of = |args: &[&str]| folder.slepian(&["status", "--json"]).args(args).succeeds();
    assert_eq!(of(&["study.toml"]).stdout, of(&["spectra.spy"]).stdout);
    let elsewhere = ["study.toml", "--set", "output.path=elsewhere.spy"];
    let status = folder.slepian(&["status"]).args(&elsewhere);
    let error = status.fails_with(1);
    assert!(error.contains("elsewhere.spy"), "{error}");
    let status = folder.slepian(&["status", "spectra.spy", "--set", "output.path=x.spy"]);
    let error = status.fails_with(2);
    assert!(error.contains("--set goes with a config"), "{error}");
}

/// The process that has stopped itself.
fn wait_for_a_stopped_rank(running: &mut Running) -> u32 {
    let mut stopped = None;
    running.wait_until("a rank was stopped", |running| {
        stopped = ranks(running).into_iter().find(|rank| is_stopped(*rank));
        stopped.is_some()
    });
    stopped.expect("it was waited for")
}

/// Whether a signal waits for a process, which is stopped.
fn has_pending(number: u32, signal: Signal) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{number}/status")).unwrap_or_default();
    let sets = status.lines().filter_map(|line| {
        let hex = line
            .strip_prefix("ShdPnd:")
            .or(line.strip_prefix("SigPnd:"))?;
        u64::from_str_radix(hex.trim(), 16).ok()
    });
    let bit = 1 << (signal.as_raw() - 1);
    sets.fold(0, |all, set| all | set) & bit != 0
}

#[test]
fn a_job_of_more_ranks_than_it_may_open_files_raises_the_limit() {
    if is_mpich() {
        println!("skipped: MPICH over UCX needs other connections");
        return;
    }
    let folder = folder();
    let undisturbed = folder.undisturbed(&[]);
    let run = folder.slepian(&["run", "study.toml", "--quiet"]);
    // over TCP rank 0 has a connection to each of the others, beside some twenty files
    let run = run.ranks(20).over_tcp();
    run.through(&["prlimit", "--nofile=34:4096"]).succeeds();
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, "few open files");
}
