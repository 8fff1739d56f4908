//! Jobs that are submitted, wait, run, end and fail.

use rustix::process::Signal;

use crate::slurm::{Job, Node, ask, in_cluster, study, wait};
use crate::support::Spectra;

#[test]
fn a_job_waits_runs_and_is_done() {
    let study = study(40, 400);
    // all cores of the cluster are taken
    let blocker = ask(&[
        "sbatch",
        "--parsable",
        "-N3",
        "--exclusive",
        "-o",
        "/dev/null",
        "--wrap",
        "sleep 6",
    ]);
    Job(blocker.trim().to_owned()).wait_for_state("RUNNING");
    let outcome = study.submit(&[]).succeeds();
    for words in [
        "0/4 workers available, waiting.. ",
        " runs on 4 ranks",
        "% completed",
    ] {
        assert!(outcome.stderr.contains(words), "{words}: {outcome}");
    }
    assert!(
        outcome.stderr.contains("(Resources)") || outcome.stderr.contains("(Priority)"),
        "{outcome}"
    );
    assert_eq!(outcome.stdout, "result: spectra.spy\n");
    study.assert_whole();
}

#[test]
fn two_nodes_share_the_work_over_the_network() {
    let study = study(200, 10).over_network();
    let nodes = [Node("n1".into()), Node("n2".into()), Node("n3".into())];
    let before: Vec<u64> = nodes.iter().map(Node::sent).collect();
    let job = study.detached(&[]);
    job.wait_for_result(&study);
    let log = study.log(&job);
    assert!(log.contains("4 ranks on 2 hosts"), "{log}");
    let sent = nodes
        .iter()
        .zip(before)
        .map(|(node, before)| node.sent() - before);
    // Slurm's own words are some kilobytes
    let talkative = sent.filter(|&bytes| bytes > 10_000).count();
    assert!(talkative >= 2, "{log}");
    study.assert_whole();
}

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
    let error = study.submit(&["--mem-per-job", "100GB"]).fails_with(1);
    assert!(error.contains("sbatch: "), "{error}");
    assert!(
        error.to_lowercase().contains("memory") || error.contains("node configuration"),
        "{error}"
    );
    assert!(!study.folder.has("spectra.spy"));
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
    assert!(script(&["-p", "small"]).contains("\n#SBATCH --mem-per-cpu=250M\n"));
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
    let error = study.submit(&["--timeout", "1 s"]).fails_with(1);
    assert!(error.contains("has not started within 1.00s"), "{error}");
    ask(&["scancel", &blocker.0]);
    wait("the queue is empty", || {
        ask(&["squeue", "-h"]).trim().is_empty()
    });
}

#[test]
fn a_job_inside_of_an_allocation_takes_its_ranks() {
    let study = study(20, 10);
    let run = study.folder.slepian(&["run", "study.toml"]);
    let run = in_cluster(run.through(&["salloc", "-Q", "-N2", "-n4", "--ntasks-per-node=2"]));
    let outcome = run.succeeds();
    assert!(outcome.stderr.contains("4 ranks on 2 hosts"), "{outcome}");
    study.assert_whole();
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
