//! What grows with the number of ranks, measured in a world that has nothing to compute. Started under mpiexec:
//!
//! `setup/mpiexec.sh 64 target/release/examples/ranks [SECONDS]`
//!
//! Rank 0 prints a line of JSON. Processor times count, not those of the clock: on a machine with fewer cores than ranks the
//! clock says how long ranks wait for a core.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use slepian::comm::World;

/// Bytes that rank 0 hands to all: what a study of 10,000 trials is, and ten times that.
const SHARED: [usize; 2] = [1 << 20, 10 << 20];

fn main() {
    let seconds = std::env::args().nth(1).map_or(Ok(5.0), |text| text.parse());
    let seconds: f64 = seconds.expect("a number of seconds");
    let start = Instant::now();
    let world = World::join(true).expect("mpiexec has started this");
    world.barrier();
    let (joined, joined_cpu) = (start.elapsed().as_secs_f64(), of_process());
    let own = own_memory();

    // nobody has anything to do: what rank 0 takes is its looking for questions, and the pulses
    let before = of_process();
    std::thread::sleep(Duration::from_secs_f64(seconds));
    let idle = (of_process() - before) / seconds;
    world.barrier();

    let shared = SHARED.map(|bytes| {
        let before = of_process();
        let all = world.broadcast(vec![1; if world.is_root() { bytes } else { 0 }]);
        assert_eq!(all.len(), bytes);
        of_process() - before
    });
    let before = of_process();
    let hosts = world.hosts();
    assert!(!world.is_root() || hosts.len() == world.size());
    let gathered = of_process() - before;

    let (join, memory) = (world.gather(&joined_cpu), world.gather(&own));
    let idles = world.gather(&idle);
    if world.is_root() {
        let n = world.size();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / n as f64;
        println!(
            "{{\"ranks\": {n}, \"join_s\": {joined:.3}, \"join_cpu_s\": {:.4}, \"memory_mib\": {:.1}, \"idle_rank_0\": {idle:.5}, \
             \"idle_others\": {:.5}, \"share_1_mib_cpu_s\": {:.5}, \"share_10_mib_cpu_s\": {:.5}, \"hosts_cpu_s\": {gathered:.6}}}",
            mean(&join),
            memory.iter().sum::<u64>() as f64 / n as f64 / f64::from(1 << 20),
            mean(&idles[1..]) * n as f64 / (n.max(2) - 1) as f64,
            shared[0],
            shared[1],
        );
    }
}

/// Memory of this process that is nobody else's, in bytes.
fn own_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.expect("a number of kB") << 10
}

/// Processor time of this process, in s.
fn of_process() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
