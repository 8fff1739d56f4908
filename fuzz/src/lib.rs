//! The bodies of the fuzz targets. The program's own tests replay the corpus through the same file.

mod targets;

pub use targets::{config, container, info, nwb, raw_recording};
