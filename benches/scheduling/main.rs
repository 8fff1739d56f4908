//! Simulates whole jobs, from 1,000 to 100,000 ranks: how busy the static and the dynamic schedule keep them.
//!
//! `scheduling` writes docs/scheduling.csv, which docs/scheduling.py draws. `scheduling ahead` compares rules for asking
//! ahead, `scheduling wide` sizes of batches; both are printed only.

mod simulation;

use std::fmt::Write;
use std::time::Duration;

use slepian::schedule::asks_ahead;

use simulation::{Job, Rule, by_dynamic_schedule, by_static_schedule};

const RANKS: [usize; 5] = [1_000, 3_000, 10_000, 30_000, 100_000];

/// Jobs that grow with the ranks, and one job of many chunks.
fn curves() -> String {
    const MEAN_S: f64 = 0.25;
    const CHUNKS_PER_RANK: usize = 256;
    const CHUNKS: usize = 3_000_000;
    let mut csv =
        String::from("work,hosts,schedule,ranks,chunks,chunk_s,efficiency,questions,rank_0_busy\n");
    for n_ranks in RANKS {
        for (work, n_chunks) in [("grows", CHUNKS_PER_RANK * n_ranks), ("fixed", CHUNKS)] {
            for (hosts, are_even) in [("even", true), ("uneven", false)] {
                let job = Job::new(n_ranks, n_chunks, MEAN_S, are_even, 1);
                for (schedule, outcome) in [
                    ("static", by_static_schedule(&job)),
                    ("dynamic", by_dynamic_schedule(&job, asks_ahead)),
                ] {
                    writeln!(
                        csv,
                        "{work},{hosts},{schedule},{n_ranks},{n_chunks},{MEAN_S},{:.4},{},{:.3}",
                        outcome.efficiency, outcome.n_questions, outcome.busy
                    )
                    .expect("a string takes all");
                }
            }
        }
    }
    csv
}

/// Efficiency by rules for asking ahead: means of several jobs.
fn compare_rules() {
    const N_JOBS: u64 = 5;
    let rules: [(&str, Rule); 4] = [
        ("never", |_, _| false),
        ("program", asks_ahead),
        ("last batch", |_, n_ahead| n_ahead == 0),
        ("last 20 ms", |before, n_ahead| {
            before.saturating_mul(n_ahead as u32 + 1) < Duration::from_millis(20)
        }),
    ];
    println!(
        "ranks, chunks per rank, s per chunk: {:?}",
        rules.map(|(name, _)| name)
    );
    for n_ranks in [64, 1_000] {
        for per_rank in [16, 64, 256, 1024] {
            for mean_s in [0.001, 0.003, 0.01, 0.02, 0.05, 0.5] {
                let jobs: Vec<Job> = (1..=N_JOBS)
                    .map(|seed| Job::new(n_ranks, per_rank * n_ranks, mean_s, true, seed))
                    .collect();
                let of = rules.map(|(_, rule)| {
                    let all = jobs
                        .iter()
                        .map(|job| by_dynamic_schedule(job, rule).efficiency);
                    all.sum::<f64>() / N_JOBS as f64
                });
                println!("{n_ranks}, {per_rank}, {mean_s}: {of:.4?}");
            }
        }
    }
}

/// Recordings of few trials and many channel blocks, of which as many are read at once as fit.
fn compare_wide() {
    println!("ranks, trials, blocks, blocks per batch: efficiency, questions");
    for n_ranks in [4, 64, 1_000] {
        for (n_trials, n_blocks) in [(1, 64 * n_ranks), (n_ranks, 64), (10 * n_ranks, 16)] {
            for blocks_per_batch in [1, 16, n_blocks] {
                let mut job = Job::new(n_ranks, n_trials, 0.25, true, 1);
                (job.n_blocks, job.blocks_per_batch) = (n_blocks, blocks_per_batch);
                let outcome = by_dynamic_schedule(&job, asks_ahead);
                println!(
                    "{n_ranks}, {n_trials}, {n_blocks}, {blocks_per_batch}: {:.4}, {}",
                    outcome.efficiency, outcome.n_questions
                );
            }
        }
    }
}

fn main() -> std::io::Result<()> {
    match std::env::args().nth(1).as_deref() {
        None => {
            let csv = curves();
            print!("{csv}");
            std::fs::write("docs/scheduling.csv", csv)
        }
        Some("ahead") => {
            compare_rules();
            Ok(())
        }
        Some("wide") => {
            compare_wide();
            Ok(())
        }
        Some(what) => Err(std::io::Error::other(format!(
            "{what}: expected ahead, wide or nothing"
        ))),
    }
}
