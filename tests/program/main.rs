//! The program from outside, as one test binary: linking HDF5 and MPI once saves minutes.

#[path = "../support/mod.rs"]
mod support;

mod binary;
mod brainvision;
mod broken_output;
mod config_cli;
mod configs;
mod convert;
mod corpus;
mod disturbances;
mod edf;
mod failures;
mod flips;
mod full_disk;
mod golden;
mod hostile_input;
mod input_formats;
mod kills;
mod launchers;
mod limits;
mod matlab_files;
mod memory;
mod methods;
mod mistakes;
mod mpi_hints;
mod mpio;
mod nwb;
mod packaging;
mod plot;
mod precision;
mod process_limits;
mod raw_recordings;
mod resume;
mod same_bits;
mod stops;
mod submit;
mod submit_to_slurm;
mod synth;
mod trial_labels;
mod trials;
