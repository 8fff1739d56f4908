//! The formats that are recognised, so that their refusal names them and what opens them. One row each; the first that
//! fits counts.
//!
//! Source: extensions and first bytes as the readers of MNE-Python (mne/io), Neo (neo/rawio) and SpikeInterface have them,
//! and the formats' own descriptions. tests/readers/formats/python_objects.py checks that every reader exists.

use super::Unsupported;
use super::row::{EXPORT, NEUROSCOPE, TEXT, any, begun, but, folder, named};

/// All formats that are recognised.
pub const TABLE: &[Unsupported] = &[
    // of MEG and EEG
    named(
        "a file of MNE epochs",
        &["-epo.fif", "_epo.fif", "-epo.fif.gz", "_epo.fif.gz"],
        "mne.read_epochs",
    ),
    any(but(
        named(
            "an MNE file of averages, models or settings",
            &[
                "-ave.fif",
                "_ave.fif",
                "-cov.fif",
                "_cov.fif",
                "-fwd.fif",
                "-inv.fif",
                "-ica.fif",
                "-trans.fif",
                "-src.fif",
                "-bem.fif",
                "-proj.fif",
                "-eve.fif",
                "-annot.fif",
            ],
            "",
        ),
        "expected a recording, raw or epochs",
    )),
    named(
        "a FIF file of MNE or Neuromag",
        &[".fif", ".fif.gz"],
        "mne.io.read_raw_fif",
    ),
    folder(
        "a CTF recording",
        &[".ds", ".meg4", ".res4"],
        "mne.io.read_raw_ctf",
    ),
    named("a KIT recording", &[".con", ".sqd"], "mne.io.read_raw_kit"),
    folder("an EGI recording", &[".mff"], "mne.io.read_raw_egi"),
    begun(
        "an EGI simple binary file",
        &[".raw"],
        &[
            b"\0\0\0\x02",
            b"\0\0\0\x03",
            b"\0\0\0\x04",
            b"\0\0\0\x05",
            b"\0\0\0\x06",
            b"\0\0\0\x07",
        ],
        "mne.io.read_raw_egi",
    ),
    named(
        "an OPM recording of the FIL",
        &["_meg.bin"],
        "mne.io.read_raw_fil",
    ),
    begun(
        "an ANT (EEProbe) recording",
        &[".cnt"],
        &[b"RIFF", b"RF64"],
        "mne.io.read_raw_ant",
    ),
    named("a Neuroscan recording", &[".cnt"], "mne.io.read_raw_cnt"),
    but(
        begun(
            "a Neuroscan file of epochs",
            &[".eeg"],
            &[b"Version 3.0"],
            "",
        ),
        EXPORT,
    ),
    any(but(
        named("a file of averages", &[".avr", ".avg"], ""),
        "expected the recording itself, such as the .cnt file of Neuroscan or ANT",
    )),
    but(named("an ANT (EEProbe) file", &[".eep"], ""), EXPORT),
    named(
        "a Curry recording",
        &[".cdt", ".dap", ".rs3", ".cdt.dpa", ".cdt.dpo"],
        "mne.io.read_raw_curry",
    ),
    named("a GDF file", &[".gdf"], "mne.io.read_raw_gdf"),
    named(
        "a header of BrainVision's V-Amp",
        &[".ahdr", ".amrk"],
        "mne.io.read_raw_brainvision",
    ),
    named("a Persyst recording", &[".lay"], "mne.io.read_raw_persyst"),
    begun(
        "a Nihon Kohden recording",
        &[".eeg"],
        &[b"EEG-1", b"EEG-2", b"QI-403A", b"DAE-2100D"],
        "mne.io.read_raw_nihon",
    ),
    named(
        "a file of a Nihon Kohden recording",
        &[".21e", ".pnt"],
        "mne.io.read_raw_nihon",
    ),
    named("a Starstim recording", &[".nedf"], "mne.io.read_raw_nedf"),
    named("an eXimia recording", &[".nxe"], "mne.io.read_raw_eximia"),
    folder(
        "a MEF3 recording",
        &[".mefd", ".timd", ".segd", ".tdat", ".tmet"],
        "mne.io.read_raw_mef",
    ),
    folder("a MED recording", &[".medd"], "neo.io.MedIO"),
    named("a Micromed recording", &[".trc"], "neo.io.MicromedIO"),
    begun(
        "a BCI2000 recording",
        &[".dat"],
        &[b"BCI2000V", b"HeaderLen="],
        "neo.io.BCI2000IO",
    ),
    named(
        "an fNIRS recording (SNIRF)",
        &[".snirf"],
        "mne.io.read_raw_snirf",
    ),
    folder(
        "a NIRx recording",
        &[".wl1", ".wl2"],
        "mne.io.read_raw_nirx",
    ),
    but(
        begun("an EyeLink recording", &[], &[b"SR_RESEARCH"], ""),
        "expected text of edf2asc, the program of its maker, which mne.io.read_raw_eyelink opens",
    ),
    but(
        named("a Natus recording", &[".erd", ".stc", ".ent", ".snc"], ""),
        EXPORT,
    ),
    but(named("a Nicolet recording", &[".e"], ""), EXPORT),
    but(
        named("a BESA recording", &[".besa", ".foc", ".fsg"], ""),
        EXPORT,
    ),
    but(named("a Cadwell recording", &[".ez3"], ""), EXPORT),
    // of electrodes in the brain
    folder(
        "a TDT block",
        &[".tsq", ".tev", ".tbk", ".tdx", ".tin", ".tnt", ".sev"],
        "neo.io.TdtIO",
    ),
    begun(
        "a Neuralynx file",
        &[".nev"],
        &[b"########"],
        "neo.io.NeuralynxIO",
    ),
    folder(
        "a Neuralynx recording",
        &[".ncs", ".nse", ".nst", ".ntt", ".nvt", ".nrd"],
        "neo.io.NeuralynxIO",
    ),
    named(
        "a Blackrock file",
        &[
            ".ns1", ".ns2", ".ns3", ".ns4", ".ns5", ".ns6", ".nev", ".nf3", ".ccf", ".sif",
        ],
        "neo.io.BlackrockIO",
    ),
    but(
        begun(
            "a Blackrock file",
            &[],
            &[
                b"NEURALSG",
                b"NEURALCD",
                b"NEURALEV",
                b"BRSMPGRP",
                b"BREVENTS",
            ],
            "",
        ),
        "expected its name to end in .ns1 to .ns6, or .nev for events: give it back its ending, then open it in Python with \
         neo.io.BlackrockIO and write it with from_neo, see docs/python.md",
    ),
    folder(
        "a MountainSort recording",
        &[".mda"],
        "spikeinterface.extractors.read_mda_recording",
    ),
    named("a LabVIEW (TDMS) file", &[".tdms"], "nptdms.TdmsFile.read"),
    folder(
        "an Open Ephys recording in the old format",
        &[".continuous", ".openephys"],
        "neo.io.OpenEphysIO",
    ),
    begun(
        "a Spike2 file",
        &[".smr"],
        &[b"\x06\0", b"\x07\0", b"\x08\0", b"\x09\0"],
        "neo.io.Spike2IO",
    ),
    named("a Spike2 file", &[".smr", ".smrx", ".son"], "neo.io.CedIO"),
    named("a Plexon file", &[".plx"], "neo.io.PlexonIO"),
    named("a Plexon file", &[".pl2"], "neo.io.Plexon2IO"),
    named("a NeuroExplorer file", &[".nex"], "neo.io.NeuroExplorerIO"),
    but(
        named("a NeuroExplorer 5 file", &[".nex5"], ""),
        "expected a .nex file, as which NeuroExplorer saves it and which neo.io.NeuroExplorerIO opens: see docs/python.md",
    ),
    begun(
        "a SpikeGadgets recording",
        &[".rec"],
        &[b"<"],
        "neo.io.SpikeGadgetsIO",
    ),
    named("an Intan RHS recording", &[".rhs"], "neo.io.IntanIO"),
    named(
        "an Alpha Omega file",
        &[".mpx", ".lsx"],
        "neo.io.AlphaOmegaIO",
    ),
    begun("an Axona file", &[], &[b"trial_date"], "neo.io.AxonaIO"),
    begun(
        "an Axona file",
        &[".bin"],
        &[b"ADU1", b"ADU2"],
        "neo.io.AxonaIO",
    ),
    named("an Axon (pCLAMP) file", &[".abf"], "neo.io.AxonIO"),
    named("an AxoGraph file", &[".axgd", ".axgx"], "neo.io.AxographIO"),
    named("a WinWCP file", &[".wcp"], "neo.io.WinWcpIO"),
    named("a WinEDR file", &[".edr"], "neo.io.WinEdrIO"),
    named("an Igor file", &[".ibw", ".pxp"], "neo.io.IgorIO"),
    named(
        "a NeuroNexus recording",
        &[".xdat", ".xdat.json"],
        "neo.io.NeuroNexusIO",
    ),
    named("a NIX file", &[".nix"], "neo.io.NixIO"),
    named("a BioCAM recording", &[".brw"], "neo.io.BiocamIO"),
    begun(
        "a recording of Multi Channel Systems",
        &[".raw"],
        &[b"MC_DataTool"],
        "neo.io.RawMCSIO",
    ),
    but(
        named(
            "a recording of Multi Channel Systems",
            &[".mcd", ".msrd", ".msrs"],
            "",
        ),
        "expected HDF5, to which Multi Channel DataManager exports it: format = \"hdf5\"",
    ),
    but(named("a NeuroScope file", &[".lfp"], ""), NEUROSCOPE),
    but(
        named("an HDF5 file of Klusta", &[".kwd"], ""),
        "expected format = \"hdf5\" with input.dataset and input.samplerate",
    ),
    but(
        named("a recording compressed by mtscomp", &[".cbin", ".ch"], ""),
        "expected the .bin file: decompress it with \"mtsdecomp FILE.cbin -o FILE.bin\" (pip install mtscomp tqdm), see \
         docs/python.md",
    ),
    // of Python and other programs
    but(
        folder("a folder of Kilosort or phy", &["params.py"], ""),
        "expected the recording that dat_path in its params.py names, with the keys of format = \"binary\"",
    ),
    folder(
        "a SpikeInterface folder",
        &["si_folder.json", "binary.json", "spikeinterface.json"],
        "spikeinterface.load",
    ),
    folder(
        "a Zarr folder",
        &[
            ".zarr",
            "zarr.json",
            ".zgroup",
            ".zarray",
            ".zattrs",
            ".zmetadata",
        ],
        "zarr.open",
    ),
    any(but(
        named("a NumPy array", &[".npy"], ""),
        "expected format = \"binary\" with input.header_bytes, dtype, n_channels and samplerate, or a container written \
         in Python with numpy.load and from_array, see docs/python.md",
    )),
    any(named("a file of NumPy arrays", &[".npz"], "numpy.load")),
    any(but(
        named(
            "a file of Python objects",
            &[".pkl", ".pickle", ".joblib"],
            "",
        ),
        "expected a container: load the object in Python and write it with docs/to_container.py, see docs/python.md",
    )),
    named(
        "an XDF recording",
        &[".xdf", ".xdfz", ".xdf.gz"],
        "pyxdf.load_xdf",
    ),
    named("a BIOPAC recording", &[".acq"], "bioread.read_file"),
    any(named("a WFDB header", &[".hea"], "wfdb.rdrecord")),
    any(named("a sound", &[".wav"], "scipy.io.wavfile.read")),
    any(named("a table", &[".parquet"], "pandas.read_parquet")),
    any(named("a table", &[".feather"], "pandas.read_feather")),
    any(named(
        "a table",
        &[".xlsx", ".xls", ".ods"],
        "pandas.read_excel",
    )),
    but(
        begun("a text file of OpenBCI", &[], &[b"%OpenBCI"], ""),
        TEXT,
    ),
    any(but(
        named(
            "a file of text",
            &[".csv", ".tsv", ".txt", ".asc", ".ascii", ".mul"],
            "",
        ),
        TEXT,
    )),
    any(but(
        named(
            "a description of a recording",
            &[".json", ".xml", ".channels"],
            "",
        ),
        "expected the recording itself, or its folder",
    )),
    // neither
    but(
        begun("a Windows shortcut", &[".lnk"], &[b"L\0\0\0"], ""),
        "expected the file that it points to",
    ),
    but(
        begun(
            "an archive",
            &[],
            &[b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!"],
            "",
        ),
        "expected the file in it: unpack it first (unzip, 7z x, unrar x)",
    ),
    any(but(
        named(
            "an archive",
            &[
                ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip", ".7z", ".rar",
            ],
            "",
        ),
        "expected the file in it: unpack it first (tar -xf)",
    )),
    but(
        begun("a gzip-compressed file", &[], &[b"\x1f\x8b"], ""),
        "expected the file in it: decompress it first (gunzip)",
    ),
    any(but(
        named(
            "a compressed file",
            &[".gz", ".bz2", ".xz", ".zst", ".lz4", ".z"],
            "",
        ),
        "expected the file in it: decompress it first (gunzip, bunzip2, unxz, unzstd)",
    )),
    but(
        begun(
            "a compressed file",
            &[],
            &[b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"BZh9"],
            "",
        ),
        "expected the file in it: decompress it first (unxz, unzstd, bunzip2)",
    ),
];
