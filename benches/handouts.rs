//! Hand-outs of chunks that do nothing, and what a question to rank 0 takes. Started under mpiexec:
//!
//! `setup/mpiexec.sh 64 target/release/examples/handouts chunks N` lets the ranks share N chunks by the dynamic schedule;
//! `… handouts questions N` lets every other rank ask N times, one question after the other, then all N at once.
//!
//! Rank 0 prints a line of JSON.

use std::time::Instant;

use slepian::comm::World;
use slepian::plan::{Plan, Unit};
use slepian::schedule::{Policy, Schedule, Todo};

/// What was measured, as a line of JSON.
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let n = arguments.get(1).and_then(|n| n.parse::<usize>().ok());
    let (Some(what), Some(n)) = (arguments.first(), n) else {
        eprintln!("usage: handouts chunks|questions N, under mpiexec");
        std::process::exit(2);
    };
    let world = World::join(true).expect("mpiexec has started this");
    assert!(world.has_counter(), "needs MPI_THREAD_MULTIPLE");
    match what.as_str() {
        "chunks" => chunks(n, &world),
        "questions" => questions(n, &world),
        what => panic!("{what} is neither chunks nor questions"),
    }
}

fn chunks(n_chunks: usize, world: &World) {
    let plan = of_nothing(n_chunks);
    let todo = Todo::all(n_chunks as u64);
    world.barrier();
    let start = Instant::now();
    let n_mine = Schedule::new(&plan, &todo, Policy::Dynamic, world).count();
    world.barrier();
    let seconds = start.elapsed().as_secs_f64();
    let shares = world.gather(&n_mine);
    if world.is_root() {
        assert_eq!(shares.iter().sum::<usize>(), n_chunks);
        let largest = shares.iter().max().copied().unwrap_or(0);
        let n_ranks = world.size();
        // every question moved the counter by one
        world.ask_next();
        let n_fetches = world.next_answer();
        let bound = n_ranks as f64 * (n_chunks as f64 / n_ranks as f64).log2();
        println!(
            "{{\"ranks\": {n_ranks}, \"chunks\": {n_chunks}, \"seconds\": {seconds:.6}, \"handouts_per_s\": {:.0}, \
             \"fetches\": {n_fetches}, \"fetches_per_s\": {:.0}, \"p_log2\": {bound:.0}, \"largest_share\": {largest}}}",
            n_chunks as f64 / seconds,
            n_fetches as f64 / seconds,
        );
    }
}

fn questions(n: usize, world: &World) {
    let (mut alone, mut at_once) = (0.0, 0.0);
    if !world.is_root() {
        let start = Instant::now();
        for _ in 0..n {
            world.ask_next();
            world.next_answer();
        }
        alone = start.elapsed().as_secs_f64() / n as f64;
    }
    world.barrier();
    if !world.is_root() {
        let start = Instant::now();
        (0..n).for_each(|_| world.ask_next());
        for _ in 0..n {
            world.next_answer();
        }
        at_once = start.elapsed().as_secs_f64() / n as f64;
    }
    let measured = world.gather(&(alone, at_once));
    if world.is_root() && world.size() > 1 {
        let others = (world.size() - 1) as f64;
        let alone = measured.iter().map(|(alone, _)| alone).sum::<f64>() / others;
        let longest = measured
            .iter()
            .map(|(_, at_once)| *at_once)
            .fold(0.0, f64::max);
        println!(
            "{{\"ranks\": {}, \"questions\": {n}, \"answer_us\": {:.1}, \"service_us\": {:.2}}}",
            world.size(),
            1e6 * alone,
            1e6 * longest / others,
        );
    }
}

/// A plan of equal chunks that nothing is computed for.
fn of_nothing(n_chunks: usize) -> Plan {
    Plan {
        units: (0..n_chunks).map(Unit::whole).collect(),
        rows_per_unit: 1,
        sums: None,
        channel_blocks: std::iter::once(0..1).collect(),
        blocks_per_batch: 1,
        unit_costs: vec![1; n_chunks],
        output_shape: vec![n_chunks, 1, 1, 1],
        result_tile: None,
        sums_tile: None,
        output_bytes: 0,
        scratch_bytes: 0,
        rank_bytes: 0,
        memory_per_rank: 0,
    }
}
