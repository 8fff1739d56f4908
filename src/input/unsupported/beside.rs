//! Formats that are recognised by other files: one beside the file, or several in a folder.

use super::Unsupported;
use super::row::{NEUROSCOPE, but, folder, named};

/// Files of any content whose format is that of the file beside them: their ending, the ending of that file, the format.
pub const BESIDE: &[(&str, &str, Unsupported)] = &[
    (
        ".dat",
        ".dap",
        named("a Curry recording", &[], "mne.io.read_raw_curry"),
    ),
    (
        ".dat",
        ".lay",
        named("a Persyst recording", &[], "mne.io.read_raw_persyst"),
    ),
    (
        ".data",
        ".head",
        named("a Nicolet recording", &[], "mne.io.read_raw_nicolet"),
    ),
    (
        ".eeg",
        ".eeg.ent",
        named("an Elan recording", &[], "neo.io.ElanIO"),
    ),
    (
        ".dat",
        ".hea",
        named("a WFDB recording", &[], "wfdb.rdrecord"),
    ),
    (
        ".eeg",
        ".21e",
        named("a Nihon Kohden recording", &[], "mne.io.read_raw_nihon"),
    ),
    (
        ".eeg",
        ".ahdr",
        named(
            "a recording of BrainVision's V-Amp",
            &[],
            "mne.io.read_raw_brainvision",
        ),
    ),
    (
        ".dat",
        ".xml",
        but(named("a NeuroScope file", &[], ""), NEUROSCOPE),
    ),
    (
        ".eeg",
        ".xml",
        but(named("a NeuroScope file", &[], ""), NEUROSCOPE),
    ),
];

/// NWB as Zarr, which is told by what else is in the folder.
pub const NWB_ZARR: Unsupported = folder("an NWB file in Zarr", &[], "zarr.open");

/// SpikeInterface's Zarr, likewise.
pub const SPIKEINTERFACE_ZARR: Unsupported = folder(
    "a SpikeInterface recording in Zarr",
    &[],
    "spikeinterface.load",
);

/// BTi's, whose files have no endings.
pub const BTI: Unsupported = folder("a BTi (4D) recording", &[], "mne.io.read_raw_bti");
