//! How much memory this host has to give.

use std::path::Path;

/// The share of a host's free memory that its ranks take together unless told otherwise.
const SHARE: u64 = 2;
/// What a rank takes at least, however little is free.
const LEAST: u64 = 64 << 20;

/// Bytes a rank may take when nothing is said: half the free memory, shared by the ranks of the host.
pub fn share_of_host(ranks_on_host: usize) -> u64 {
    (available() / SHARE / ranks_on_host as u64).max(LEAST)
}

/// Bytes that processes can still take here: what the kernel says, within the control group's limit.
fn available() -> u64 {
    let free = meminfo("MemAvailable").unwrap_or(u64::MAX);
    match (
        read_number("/sys/fs/cgroup/memory.max"),
        read_number("/sys/fs/cgroup/memory.current"),
    ) {
        (Some(most), current) => free.min(most.saturating_sub(current.unwrap_or(0))),
        _ => free,
    }
}

/// Bytes of memory this host has.
pub fn total() -> u64 {
    let total = meminfo("MemTotal").unwrap_or(0);
    read_number("/sys/fs/cgroup/memory.max").map_or(total, |most| total.min(most))
}

fn meminfo(key: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with(key))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    kib.checked_mul(1024)
}

fn read_number(path: impl AsRef<Path>) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}
