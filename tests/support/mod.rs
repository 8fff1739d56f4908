//! What the tests from outside share: launching the program, folders and configs, recordings, results read back.
// every test program compiles this folder for itself, and none uses all of it
#![allow(dead_code, unused_imports)]

mod folder;
mod launch;
pub mod matlab;
mod random;
mod recording;
mod spectra;

pub use folder::Folder;
pub use launch::{
    Launch, Outcome, Running, is_mpich, is_stopped, is_under_another_program, launcher, send,
    this_program, wait_until_gone, with_files,
};
pub use random::{Random, scramble};
pub use recording::{Layout, Number, Recording, Storage};
pub use spectra::{Spectra, data_file, info, seal_again};
