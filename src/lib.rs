//! Slepian computes tapered-FFT spectra of electrophysiology recordings (trials × channels × samples) on any number of
//! MPI ranks, into one HDF5 file in a Syncopy container.
//!
//! ```text
//!  study.toml ─config─▶ Config (checked)
//!    rank 0:              ├─input::describe ──▶ Source ─definetrial─▶ Recording, Location     (facts; shared with all)
//!    every rank:          ├─select::select(Recording) ──▶ Recording, a part of it
//!    every rank:          ├─input::open(Location)──▶ Reader
//!                         ├─Options::design(Recording)──▶ Design ──▶ block layout
//!                         └─Plan::new(Recording, Design, memory limit) ──▶ units, blocks, output shape   (pure)
//!                                                                 │
//!           every rank:   Schedule ──▶ Batch: one trial (or group), neighbouring channel blocks
//!                         Reader.read ──▶ samples ──▶ Estimator.estimate ──▶ block ──▶ Sink.write
//!                         now and then: Sink.sync ──▶ Sink.mark, what is done stands in the ledger
//!  finish:  averages added in a fixed order ──▶ compressed copy, if asked ──▶ rename data ──▶ .info (the commit)
//!           ──▶ Report (rank 0)
//! ```
//!
//! **Axes.** Samples are `(n_samples, n_channels)`, a block is `(n_times, n_tapers, n_freqs, n_channels)`, the result is
//! Syncopy's `(time, taper, freq, channel)` with one row of `time` per trial.
//!
//! **Units and normalisation.** Power is in the square of the recording's unit, per bin, not per Hz, and does not depend
//! on padding; zero and the highest frequency are twice the one-sided convention. The formulas head the source of
//! `spectral::mtmfft`.
//!
//! **Same bits.** A result does not depend on the number of ranks, the schedule, or how channels are cut into blocks, nor on
//! whether and where the job was interrupted: the output file is its own checkpoint (`output`).
//!
//! Words: *recording*, *trial*, *channel*, *sample*, *taper*, *block* (what is written at once), *batch* (what is read and
//! handed out at once), *rank*.

mod announce;
pub mod cli;
pub mod comm;
mod compute;
pub mod config;
pub mod convert;
pub mod definetrial;
pub mod described;
mod ending;
pub mod error;
mod faults;
pub mod hdf5_process;
pub mod info;
pub mod input;
pub mod launch;
pub mod logging;
pub mod lost;
mod memory;
pub mod output;
pub mod phrase;
pub mod plan;
pub mod plot;
mod preview;
mod progress;
mod provenance;
mod quality;
pub mod recording;
mod report;
pub mod request;
pub mod run;
pub mod schedule;
pub mod select;
pub mod setting;
pub mod signals;
pub mod spectral;
pub mod status;
mod stderr;
mod study;
pub mod submit;
pub mod synth;
mod thread;
pub mod trials;
mod unit;
pub mod verify;
