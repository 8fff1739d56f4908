//! Jobs that are asked to stop, ranks and nodes that are lost: the job comes back and ends with the bits of a job that nothing happened to.

use rustix::process::Signal;

use crate::slurm::{Node, ask, study};
use crate::support::send;

#[test]
fn a_job_that_is_asked_to_stop_goes_back_into_the_queue_and_finishes() {
    let study = study(200, 100);
    let job = study.detached(&[]);
    study.wait_for_work(&job);
    // what --signal=B:USR1 does before the time limit
    ask(&["scancel", "-b", "-s", "USR1", &job.0]);
    job.wait_for_result(&study);
    let log = study.log(&job);
    assert!(
        log.contains("stopped by SIGUSR1") && log.contains("going on: "),
        "{log}"
    );
    assert_eq!(job.field("Restarts"), "1");
    study.assert_whole();
}

#[test]
fn a_rank_that_is_killed_ends_the_job_and_another_one_goes_on() {
    let study = study(200, 100);
    let mut running = study.submit(&[]).starts();
    running.wait_until("some work is done", |_| {
        study.folder.has("spectra.spy/spectra.spectral.part")
            && study.folder.status()["done"].as_u64() > Some(0)
    });
    send(a_rank(), Signal::KILL);
    let outcome = running.ends();
    assert!(!outcome.status.success(), "{outcome}");
    assert!(
        outcome.only_error().contains("log slepian_jobs/"),
        "{outcome}"
    );
    study.submit(&[]).succeeds();
    study.assert_whole();
}

/// A process of the job that runs: what has its name and its place in it.
fn a_rank() -> u32 {
    let pids = ask(&["pgrep", "-f", "slepian run --resume"]);
    let is_rank = |pid: &&str| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let text = String::from_utf8_lossy(&environment).into_owned();
        let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        name.trim() == "slepian" && text.contains("SLURM_PROCID=1\0")
    };
    pids.split_whitespace()
        .find(is_rank)
        .expect("a rank runs")
        .parse()
        .unwrap()
}

#[test]
fn a_job_whose_node_dies_starts_again_elsewhere_and_finishes() {
    let study = study(400, 100);
    let job = study.detached(&[]);
    study.wait_for_work(&job);
    let node = Node(last_node(&job.field("NodeList")));
    node.dies();
    job.wait_for_result(&study);
    assert!(
        study.log(&job).contains("going on: "),
        "{}",
        study.log(&job)
    );
    assert_eq!(job.field("Restarts"), "1");
    study.assert_whole();
}

#[test]
fn a_job_whose_node_is_cut_off_starts_again_elsewhere_and_finishes() {
    let study = study(400, 100).over_network();
    let job = study.detached(&[]);
    study.wait_for_work(&job);
    let node = Node(last_node(&job.field("NodeList")));
    node.is_cut_off();
    // its ranks live on, and may still write
    job.wait_for_result(&study);
    let log = study.log(&job);
    assert!(log.contains("going on: "), "{log}");
    study.assert_whole();
}

/// The last node of a list such as n[1-2]; the script runs on the first.
fn last_node(list: &str) -> String {
    let nodes = ask(&["scontrol", "show", "hostnames", list]);
    nodes.lines().last().unwrap().to_owned()
}
