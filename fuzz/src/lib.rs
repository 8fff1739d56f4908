//! The bodies of the fuzz targets. The program's own tests replay the corpus through the same file.

mod targets;

pub use targets::{
    brainvision, config, container, edf, eeglab, events, fieldtrip, info, nwb, part, raw_recording, result,
};
