//! Jobs on a real Slurm of three nodes, which `tests/cluster/slurm.sh` starts and `make test-cluster` runs these tests with,
//! one at a time: some of them take a node away.

#[path = "../support/mod.rs"]
mod support;

mod lost;
mod queue;
mod slurm;
mod submit;
