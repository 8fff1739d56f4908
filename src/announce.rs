//! What rank 0 says before the first spectrum.

use crate::comm::{World, library_version};
use crate::logging;
use crate::memory;
use crate::output::{Begun, Driver, is_on_nfs};
use crate::phrase::{count, size};
use crate::spectral::InstructionSet;
use crate::study::Study;

/// Rank 0 says what is about to happen. Collective.
pub fn announce(study: &Study, begun: &Begun, instructions: InstructionSet, world: &World) {
    let hosts = world.hosts();
    let memories = world.gather(&memory::total());
    if !world.is_root() {
        return;
    }
    let mut by_host: Vec<(&String, &u64)> = hosts.iter().zip(&memories).collect();
    by_host.sort();
    by_host.dedup_by_key(|(host, _)| *host);
    let memory: u128 = by_host.iter().map(|(_, memory)| u128::from(**memory)).sum();
    logging::say(study.remarks());
    if let Some(advice) = study.plan.advice(world.size()) {
        tracing::warn!("{advice}");
    }
    let (ranks, n_hosts) = (
        count(world.size() as u64, "rank"),
        count(by_host.len() as u64, "host"),
    );
    tracing::info!("{ranks} on {n_hosts}, {}", size(memory));
    tracing::info!("{}", crate::preview::essence(study));
    if begun.is_resumed {
        let n_items = study.plan.n_items();
        let done = n_items - begun.todo.len();
        tracing::info!("going on: {done} of {} are done", count(n_items, "chunk"));
    }
    if world.size() > 1
        && study.config.driver == Driver::Posix
        && is_on_nfs(&study.target.container)
    {
        tracing::info!(
            "the result is on NFS, where MPI-IO keeps hosts from seeing old bytes: output.driver = \"mpio\" is recommended"
        );
    }
    if by_host.len() > 1
        && let Some(most) = world.too_few_files()
    {
        tracing::warn!(
            "rank 0 may open {most} files (ulimit -n), and over TCP it needs a connection to each of {ranks}"
        );
    }
    tracing::debug!(
        "instruction set {}, {}",
        instructions.name(),
        library_version()
    );
}
