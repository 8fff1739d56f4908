//! What `slepian submit` and Slurm make of a job whatever its MPI: `setup/test_cluster.sh` runs these tests with one MPI alone.

use rustix::process::Signal;

use crate::slurm::{Job, ask, base, study, wait};
use crate::support::Spectra;

#[test]
fn what_slurm_refuses_is_said_with_what_there_is() {
    let study = study(2, 0);
    let error = study
        .submit(&["--partition", "nowhere"])
        .args(&["--set", "cluster.mem_per_job=\"none\""])
        .fails_with(2);
    assert!(
        error.contains("no partition nowhere") && error.contains("main, small"),
        "{error}"
    );
    let error = study.submit(&["--partition", "nowhere"]).fails_with(2);
    assert!(error.contains("no partition nowhere"), "{error}");
    // a qualified host that is not there
    let error = study.submit(&["--sbatch=--nodelist=n9"]).fails_with(1);
    assert!(error.contains("sbatch: "), "{error}");
    assert!(!study.folder.has("spectra.spy"));
}

#[test]
fn what_no_nodes_of_a_partition_can_run_is_refused_and_what_some_could_is_not() {
    let study = study(2, 0);
    for (args, expected) in [
        (
            &["--nodes", "4", "--processes", "1"][..],
            "a job gets 3 nodes",
        ),
        (&["-n", "5"], "room for 4 on 2 nodes"),
        (&["--processes", "5", "-n", "5"], "a job gets 4 CPUs"),
        (&["--mem-per-job", "100GB"], "cluster.mem_per_job"),
        (
            &["-p", "small", "--nodes", "1", "-n", "2", "--time", "6"],
            "it allows 5m",
        ),
        (
            &["-p", "small", "--nodes", "1", "--mem-per-job", "600MiB"],
            "room for 1 on 1 node",
        ),
    ] {
        let error = study.submit(args).fails_with(2);
        assert!(error.contains("can never run this job: "), "{error}");
        assert!(error.contains(expected), "{args:?}: {error}");
    }
    // a node that is drained comes back one day
    let state = |state: &str| {
        let state = format!("state={state}");
        ask(&["scontrol", "update", "nodename=n3", &state, "reason=test"]);
    };
    state("drain");
    let all = ["--nodes", "3", "--processes", "4", "-n", "12", "--dry-run"];
    let outcome = study.submit(&all).ends();
    state("resume");
    assert!(outcome.status.success(), "{outcome}");
    wait("the queue is empty", || {
        ask(&["squeue", "-h"]).trim().is_empty()
    });
}

#[test]
fn a_partition_that_cancels_what_it_preempts_is_a_warning() {
    let study = study(2, 0);
    let name = "partitionname=preempted";
    ask(&[
        "scontrol",
        "create",
        name,
        "nodes=ALL",
        "PreemptMode=CANCEL",
    ]);
    let outcome = study.submit(&["-p", "preempted", "--dry-run"]).ends();
    ask(&["scontrol", "delete", name]);
    assert!(outcome.status.success(), "{outcome}");
    let said = "warning: partition preempted cancels jobs that it preempts";
    assert!(outcome.stderr.contains(said), "{outcome}");
    let outcome = study.submit(&["--dry-run"]).succeeds();
    assert!(!outcome.stderr.contains("preempts"), "{outcome}");
}

#[test]
fn a_launch_that_fails_for_what_an_earlier_job_left_on_a_node_is_tried_once_more() {
    for nodes in [&["n1", "n2", "n3"][..], &["n2"]] {
        let study = study(10, 0);
        let words = ["sbatch", "--parsable", "-o", "/dev/null", "--wrap", "true"];
        let last: u64 = ask(&words).trim().parse().unwrap();
        Job(last.to_string()).wait_for_state("COMPLETED");
        // srun's PMIx finds its folder of the first step taken
        let left = format!("spmix_appdir_0_{}.0", last + 1);
        for node in nodes {
            std::fs::create_dir_all(base().join("tmp").join(node).join(&left)).unwrap();
        }
        let job = study.detached(&[]);
        assert_eq!(job.0, (last + 1).to_string());
        job.wait_for_result(&study);
        let log = study.log(&job);
        let said = " before a rank had started; it is tried once more";
        assert_eq!(log.matches(said).count(), 1, "{nodes:?}: {log}");
        assert!(log.contains("launch failed: "), "{nodes:?}: {log}");
        study.assert_whole();
    }
}

#[test]
fn the_memory_of_a_job_is_the_partitions_when_nothing_is_said() {
    let study = study(2, 0);
    let script = |args: &[&str]| {
        let args = [
            &["--dry-run", "--set", "cluster.mem_per_job=\"none\""],
            args,
        ]
        .concat();
        study.submit(&args).succeeds().stdout
    };
    assert!(script(&[]).contains("\n#SBATCH --mem-per-cpu=500M\n"));
    let small = ["-p", "small", "--nodes", "1", "-n", "2"];
    assert!(script(&small).contains("\n#SBATCH --mem-per-cpu=250M\n"));
}

#[test]
fn a_job_that_is_cancelled_or_not_followed_any_more_says_so() {
    let study = study(40, 500);
    let mut running = study.submit(&[]).starts();
    running.wait_until("some work is done", |_| {
        study.folder.has("spectra.spy/spectra.spectral.part")
            && study.folder.status()["done"].as_u64() > Some(0)
    });
    running.signal(Signal::INT);
    let outcome = running.ends();
    assert_eq!(outcome.status.code(), Some(75), "{outcome}");
    let number = outcome
        .stderr
        .split("job ")
        .nth(1)
        .and_then(|rest| rest.split(':').next())
        .unwrap()
        .to_owned();
    assert!(
        outcome.stderr.contains(&format!("job {number} goes on")),
        "{outcome}"
    );
    let job = Job(number);
    assert_eq!(job.field("JobState"), "RUNNING");
    ask(&["scancel", &job.0]);
    job.wait_for_state("CANCELLED");
    // what was done counts
    assert!(study.folder.status()["done"].as_u64() > Some(0));

    let mut running = study.submit(&[]).starts();
    let queued = || ask(&["squeue", "-h", "-t", "R", "-o", "%i"]);
    running.wait_until("it runs", |_| !queued().trim().is_empty());
    ask(&["scancel", queued().trim()]);
    let outcome = running.ends();
    assert_eq!(outcome.status.code(), Some(1), "{outcome}");
    assert!(outcome.only_error().contains("cancelled; "), "{outcome}");
}

#[test]
fn a_job_that_has_not_started_in_time_is_cancelled() {
    let study = study(2, 0);
    let blocker = ask(&[
        "sbatch",
        "--parsable",
        "-N3",
        "--exclusive",
        "-o",
        "/dev/null",
        "--wrap",
        "sleep 60",
    ]);
    let blocker = Job(blocker.trim().to_owned());
    blocker.wait_for_state("RUNNING");
    let error = study.submit(&["--timeout", "1"]).fails_with(1);
    assert!(error.contains("has not started within 1.00s"), "{error}");
    ask(&["scancel", &blocker.0]);
    wait("the queue is empty", || {
        ask(&["squeue", "-h"]).trim().is_empty()
    });
}

#[test]
fn a_broken_recording_of_many_fails_alone() {
    let study = study(10, 0);
    for name in ["a", "b", "c"] {
        let (from, to) = (
            study.folder.path("recording.spy"),
            study.folder.path(&format!("all/{name}.spy")),
        );
        std::fs::create_dir_all(study.folder.path("all")).unwrap();
        ask(&["cp", "-r", from.to_str().unwrap(), to.to_str().unwrap()]);
    }
    let data = study.folder.path("all/b.spy/recording.analog");
    std::fs::write(&data, "nothing").unwrap();
    let args = [
        "--each",
        "all/*.spy",
        "--set",
        "output.path=done/{stem}.spy",
        "--nodes",
        "1",
        "-n",
        "2",
    ];
    let outcome = study.submit(&args).ends();
    assert_eq!(outcome.status.code(), Some(1), "{outcome}");
    assert_eq!(outcome.stdout, "2 of 3 recordings done, 1 failed\n");
    assert!(
        outcome.stderr.contains("all/b.spy: failed with exit code"),
        "{outcome}"
    );
    for name in ["a", "c"] {
        let result = study.folder.path(&format!("done/{name}.spy"));
        Spectra::read(&result).assert_same_as(&study.undisturbed, name);
    }
}

#[test]
fn a_job_of_minutes_ends_under_a_limit_of_one() {
    let study = study(400, 900);
    let job = study.detached(&["--time", "1"]);
    job.wait_for_result(&study);
    let log = study.log(&job);
    assert!(
        log.contains("stopped by SIGUSR1") && log.contains("going on: "),
        "{log}"
    );
    assert!(job.field("Restarts").parse::<u64>().unwrap() >= 1);
    study.assert_whole();
}

#[test]
fn a_job_that_takes_more_memory_than_it_asked_for_is_ended_and_says_so() {
    let study = study(200, 200);
    // less than the program and its libraries
    let outcome = study.submit(&["--mem-per-job", "12MiB"]).ends();
    assert!(!outcome.status.success(), "{outcome}");
    let error = outcome.only_error().to_lowercase();
    assert!(error.contains("memory"), "{outcome}");
    study.submit(&[]).succeeds();
    study.assert_whole();
}

#[test]
fn one_recording_of_many_goes_back_into_the_queue_alone() {
    let study = study(100, 100);
    let folder = &study.folder;
    std::fs::create_dir_all(folder.path("all")).unwrap();
    for name in ["a", "b"] {
        let [from, to] = ["recording.spy".to_owned(), format!("all/{name}.spy")];
        let [from, to] = [folder.path(&from), folder.path(&to)];
        ask(&["cp", "-r", from.to_str().unwrap(), to.to_str().unwrap()]);
    }
    let job = study.detached(&[
        "--each",
        "all/*.spy",
        "--set",
        "output.path=done/{stem}.spy",
        "--nodes",
        "1",
        "-n",
        "2",
    ]);
    let works = |name: &str| {
        let path = format!("done/{name}.spy");
        folder.has(&format!("{path}/{name}.spectral.part")) && {
            let status = folder
                .slepian(&["status", &path, "--json"])
                .succeeds()
                .stdout;
            let status: serde_json::Value = serde_json::from_str(&status).unwrap();
            status["done"].as_u64() > Some(0)
        }
    };
    wait("both work", || works("a") && works("b"));
    // the last one has the number of the array
    ask(&["scancel", "-b", "-s", "USR1", &format!("{}_1", job.0)]);
    let task = |index: u32| Job(format!("{}_{index}", job.0));
    for (index, name, restarts) in [(0, "a", "0"), (1, "b", "1")] {
        let result = format!("done/{name}.spy");
        wait(&format!("{name} is done"), || {
            folder.has(&format!("{result}/{name}.spectral.info"))
                && task(index).field("JobState") == "COMPLETED"
        });
        assert_eq!(task(index).field("Restarts"), restarts, "{name}");
        Spectra::read(&folder.path(&result)).assert_same_as(&study.undisturbed, name);
    }
}
