//! The program from outside, as one test binary: linking HDF5 and MPI once saves minutes.

#[path = "../support/mod.rs"]
mod support;

mod config_cli;
mod configs;
mod failures;
mod golden;
mod input_formats;
mod kills;
mod launchers;
mod same_bits;
mod synth;
