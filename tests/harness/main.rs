//! What cannot be seen from outside: how ranks agree, share a counter and speak with one voice.
//!
//! The parent lists `case::ranks_n` and never initialises MPI; each case runs in this same program, started again under
//! mpiexec with the name of the case in an environment variable.

mod parallel_io;
#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use slepian::comm::{self, World};
use slepian::error::Error;
use slepian::plan::{Plan, Unit};
use slepian::schedule::{Batch, Policy, Schedule, Todo};

use support::{Launch, Outcome, this_program};

/// Tells a rank which case it is part of. Launches remove variables with the program's own prefix, so this has another.
const CASE: &str = "HARNESS_CASE";

/// What every rank of a case does.
type Body = fn(World);

/// Cases that every rank must end well.
const CASES: &[(&str, Body)] = &[
    ("the_lowest_failing_rank_speaks_and_all_return", agree),
    (
        "a_failure_of_rank_0_alone_returns_everywhere",
        agree_on_rank_0,
    ),
    ("agreeing_keeps_what_every_rank_has", agree_well),
    (
        "values_of_any_size_are_gathered_in_the_order_of_ranks",
        gather,
    ),
    ("rank_0_shares_nothing_little_and_much", share),
    ("the_least_number_is_found", least),
    ("every_number_is_handed_out_once", counter),
    ("no_number_is_lost_that_was_asked_for_ahead", ahead),
    ("work_done_is_added_up_on_rank_0", done),
    ("numbers_are_handed_out_while_rank_0_computes", busy),
    ("both_schedules_hand_out_every_block_once", schedule),
    (SMALL_FILES, parallel_io::small_files),
];

/// Runs with the MPI library's own choices, and with those that job scripts make.
const SMALL_FILES: &str = "many_small_files_hold_what_all_ranks_wrote";

fn main() {
    let name = std::env::var(CASE).unwrap_or_default();
    if !name.is_empty() {
        comm::end_job_on_panic();
        let world = World::join(true).expect("mpiexec has started this");
        let cases = CASES.iter().chain(FAILING);
        let body = cases.clone().find(|(case, _)| *case == name);
        body.expect("the parent knows its cases").1(world);
        return;
    }
    let mut trials = Vec::new();
    for (case, _) in CASES {
        for ranks in 1..=4 {
            trials.push(Trial::test(format!("{case}::ranks_{ranks}"), move || {
                launch(case, ranks).succeeds();
                Ok(())
            }));
        }
    }
    for case in [
        "every_number_is_handed_out_once",
        "numbers_are_handed_out_while_rank_0_computes",
        "both_schedules_hand_out_every_block_once",
    ] {
        let over_tcp = move || {
            launch(case, 3).over_tcp().succeeds();
            Ok(())
        };
        let name = format!("{case}_over_tcp::ranks_3");
        // MPICH may not end there, see comm::may_not_end
        trials.push(Trial::test(name, over_tcp).with_ignored_flag(comm::may_not_end()));
    }
    trials.push(Trial::test(
        "a_panic_while_others_wait_ends_the_job::ranks_3",
        || {
            let outcome = ends_badly("a_panic_while_others_wait", 3)?;
            let error = outcome.only_error();
            assert!(error.starts_with("error: rank 1: this is a bug"), "{error}");
            assert!(error.contains("on purpose"), "{error}");
            Ok(())
        },
    ));
    trials.push(Trial::test(
        "a_failure_while_others_wait_ends_the_job::ranks_3",
        || {
            let outcome = ends_badly("a_failure_while_others_wait", 3)?;
            assert_eq!(outcome.only_error(), "error: rank 2: on purpose");
            assert_eq!(outcome.status.code(), Some(1), "{outcome}");
            Ok(())
        },
    ));
    trials.push(Trial::test(
        "ranks_that_fail_together_give_one_message::ranks_4",
        || {
            let outcome = ends_badly("ranks_that_fail_together", 4)?;
            assert_eq!(outcome.only_error(), "error: wrong on every rank");
            assert_eq!(outcome.status.code(), Some(2), "{outcome}");
            Ok(())
        },
    ));
    trials.push(Trial::test(
        "the_failing_rank_is_heard_before_any_rank_leaves::ranks_3",
        || {
            let outcome = ends_badly("the_failing_rank_is_heard", 3)?;
            assert_eq!(outcome.only_error(), "error: refused by rank 2");
            assert_eq!(outcome.status.code(), Some(2), "{outcome}");
            Ok(())
        },
    ));
    // ranks spin while they wait: more jobs at once would only wait for each other's processors
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    libtest_mimic::run(&arguments, trials).exit();
}

fn launch(case: &str, ranks: usize) -> Launch {
    Launch::of(this_program(), &std::env::temp_dir())
        .variable(CASE, case)
        .ranks(ranks)
}

/// The end of a case in which a rank fails while others wait in a collective call. A launch that does not end by itself
/// fails the test: `ends` tells a limit from an end.
fn ends_badly(case: &str, ranks: usize) -> Result<Outcome, Failed> {
    let outcome = launch(case, ranks).ends();
    if outcome.status.success() {
        return Err(format!("a rank failed and nobody noticed: {outcome}").into());
    }
    Ok(outcome)
}

fn usage(rank: usize) -> Error {
    Error::Usage(format!("refused by rank {rank}"))
}

fn agree(world: World) {
    // all but rank 0 fail, each with an error of its own
    let mine = match world.rank() {
        0 => Ok("fine"),
        1 => Err(usage(1)),
        rank => Err(Error::Launch(format!("rank {rank}"))),
    };
    let agreed = world.agree(mine);
    if world.size() == 1 {
        assert_eq!(agreed.expect("nobody failed"), "fine");
        return;
    }
    let error = agreed.expect_err("rank 1 failed");
    assert_eq!(error.is_ours(), world.rank() == 1);
    assert_eq!(error.exit_code(), 2, "everybody returns the speaker's code");
    match error {
        Error::Elsewhere { rank, .. } => assert_eq!(rank, 1),
        error => assert_eq!(error.one_line(), "refused by rank 1"),
    }
    world.barrier();
}

fn agree_on_rank_0(world: World) {
    let mine = if world.is_root() {
        Err(Error::Launch("no room".into()))
    } else {
        Ok(())
    };
    let error = world.agree(mine).expect_err("rank 0 failed");
    assert_eq!((error.is_ours(), error.exit_code()), (world.is_root(), 1));
    if world.is_root() && world.size() > 1 {
        assert_eq!(error.one_line(), "rank 0: no room");
    }
    // the next agreement is not disturbed
    assert!(world.agree(Ok(())).is_ok());
}

fn agree_well(world: World) {
    let mine = world.rank() * 10;
    assert_eq!(world.agree(Ok(mine)).expect("nobody failed"), mine);
}

fn gather(world: World) {
    // rank 0 hears of all, the others of none
    let heard = if world.is_root() { world.size() } else { 0 };
    let ranks: Vec<usize> = world.gather(&world.rank());
    assert_eq!(ranks, (0..heard).collect::<Vec<_>>());
    // nothing from some ranks, from others more than one packet
    let of = |rank: usize| {
        vec![
            rank as f64;
            if rank.is_multiple_of(2) {
                0
            } else {
                rank * 100_000
            }
        ]
    };
    let all: Vec<Vec<f64>> = world.gather(&of(world.rank()));
    assert_eq!(all, (0..heard).map(of).collect::<Vec<_>>());
    let nothing: Vec<()> = world.gather(&());
    assert_eq!(nothing.len(), heard);
    assert_eq!(world.ranks_on_this_host(), world.size());
}

fn share(world: World) {
    for n in [0_usize, 1, 3_000_000] {
        let value: Vec<u32> = (0..n as u32).collect();
        let shared = world.share(world.is_root().then(|| value.clone()));
        assert!(shared == value, "{n} numbers");
        let bytes = vec![7_u8; n];
        // what the other ranks bring along does not matter
        let mine = if world.is_root() {
            bytes.clone()
        } else {
            vec![1; 5]
        };
        assert!(world.broadcast(mine) == bytes, "{n} bytes");
    }
}

fn least(world: World) {
    assert_eq!(
        world.min(100 - world.rank() as u64),
        101 - world.size() as u64
    );
    assert_eq!(world.min(u64::MAX), u64::MAX);
}

fn counter(world: World) {
    const N: u64 = 2000;
    assert!(world.has_counter());
    let mut mine = Vec::new();
    loop {
        let number = next(&world);
        if number >= N {
            break;
        }
        mine.push(number);
    }
    assert!(mine.is_sorted());
    let mut all = world.gather(&mine).concat();
    all.sort_unstable();
    assert!(!world.is_root() || all == (0..N).collect::<Vec<_>>());
}

fn ahead(world: World) {
    world.ask_next();
    world.ask_next();
    // the last one is asked for when the others are there
    let mine: Vec<u64> = (0..3).map(|_| world.next_answer()).collect();
    let mut all = world.gather(&mine).concat();
    all.sort_unstable();
    assert!(!world.is_root() || all == (0..3 * world.size() as u64).collect::<Vec<_>>());
    // nobody asks again before all have their numbers
    world.barrier();
    // a job that is told to stop ends without the answer
    world.ask_next();
}

/// Waits for something that another rank or thread does; the launch's limit is the only clock that judges.
fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn done(world: World) {
    for _ in 0..10 {
        world.add_done(world.rank() as u64 + 1);
    }
    let want = 10 * (1..=world.size() as u64).sum::<u64>();
    let done = world.done();
    if world.is_root() {
        let seen = || done.load(std::sync::atomic::Ordering::Relaxed) == want;
        wait_for("the work done is seen on rank 0", seen);
    }
    world.barrier();
}

fn busy(world: World) {
    // rank 0 calls no MPI until rank 1 has its numbers, which it could not have if rank 0 alone made progress
    let name = world.share(world.is_root().then(std::process::id));
    let sign = std::env::temp_dir().join(format!("slepian-harness-{name}"));
    match world.rank() {
        0 if world.size() > 1 => {
            wait_for("rank 1 gets its numbers while rank 0 computes", || {
                sign.exists()
            });
            std::fs::remove_file(&sign).expect("rank 1 has made it");
        }
        1 => {
            for _ in 0..20 {
                next(&world);
            }
            std::fs::write(&sign, "").expect("the folder for temporary files can be written");
        }
        _ => {}
    }
    world.barrier();
}

/// A plan of units × blocks that nothing is computed for.
fn plan(n_units: usize, n_blocks: usize, blocks_per_batch: usize) -> Plan {
    Plan {
        units: (0..n_units).map(Unit::whole).collect(),
        rows_per_unit: 1,
        sums: None,
        channel_blocks: (0..n_blocks)
            .map(|block| 2 * block..2 * block + 2)
            .collect(),
        blocks_per_batch,
        unit_costs: (0..n_units as u64).map(|unit| 1 + unit % 3).collect(),
        output_shape: vec![n_units, 1, 1, 2 * n_blocks],
        result_tile: None,
        sums_tile: None,
        output_bytes: 0,
        scratch_bytes: 0,
        rank_bytes: 0,
        memory_per_rank: 0,
    }
}

fn next(world: &World) -> u64 {
    world.ask_next();
    world.next_answer()
}

fn schedule(world: World) {
    let plans = [(1, 1, 1), (2, 1, 1), (7, 5, 2), (40, 3, 3)];
    for (n_units, n_blocks, at_once) in plans {
        let plan = plan(n_units, n_blocks, at_once);
        let todo = Todo::all(plan.n_items());
        let batches = Schedule::new(&plan, &todo, Policy::Static, &world).collect();
        assert_covers(&plan, batches, &world);
    }
    // the counter counts for one job
    let plan = plan(7, 5, 2);
    let todo = Todo::all(plan.n_items());
    let batches = Schedule::new(&plan, &todo, Policy::Dynamic, &world).collect();
    assert_covers(&plan, batches, &world);
}

fn assert_covers(plan: &Plan, batches: Vec<Batch>, world: &World) {
    let items: Vec<(usize, usize)> = batches
        .iter()
        .inspect(|batch| assert!((1..=plan.blocks_per_batch).contains(&batch.blocks.len())))
        .flat_map(|batch| batch.blocks.clone().map(|block| (batch.unit, block)))
        .collect();
    let mut all = world.gather(&items).concat();
    all.sort_unstable();
    let blocks = 0..plan.channel_blocks.len();
    let every = |unit| blocks.clone().map(move |block| (unit, block));
    let want: Vec<_> = (0..plan.units.len()).flat_map(every).collect();
    assert!(!world.is_root() || all == want, "{all:?}");
}

/// Cases in which a rank fails.
const FAILING: &[(&str, Body)] = &[
    ("a_panic_while_others_wait", |world| {
        assert_ne!(world.rank(), 1, "on purpose");
        world.barrier();
    }),
    ("a_failure_while_others_wait", |world| {
        if world.rank() == 2 {
            comm::fail(Error::Launch("on purpose".into()));
        }
        world.barrier();
    }),
    ("the_failing_rank_is_heard", |world| {
        let mine = match world.rank() {
            2 => Err(usage(2)),
            _ => Ok(()),
        };
        let error = world.agree(mine).expect_err("rank 2 failed");
        // the one that speaks is the slowest
        if error.is_ours() {
            std::thread::sleep(Duration::from_millis(300));
        }
        let code = world.speak(error).exit_code();
        drop(world);
        std::process::exit(i32::from(code));
    }),
    ("ranks_that_fail_together", |world| {
        world.barrier();
        comm::fail(Error::Usage("wrong on every rank".into()));
    }),
];
