//! Jobs that are submitted, wait, run, end and fail.

use crate::slurm::{Job, Node, ask, in_cluster, study};

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
fn a_job_inside_of_an_allocation_takes_its_ranks() {
    let study = study(20, 10);
    let run = study.folder.slepian(&["run", "study.toml"]);
    let run = in_cluster(run.through(&["salloc", "-Q", "-N2", "-n4", "--ntasks-per-node=2"]));
    let outcome = run.succeeds();
    assert!(outcome.stderr.contains("4 ranks on 2 hosts"), "{outcome}");
    study.assert_whole();
}
