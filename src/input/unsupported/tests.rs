use super::*;
use std::collections::HashSet;

fn refusal(name: &str, begin: &[u8]) -> String {
    let path = Path::new(name);
    match of_file(path, begin) {
        Some(format) => format.refusal(path),
        None => String::new(),
    }
}

#[test]
fn files_are_named_with_their_extension_and_what_opens_them() {
    for (name, begin, format, reader) in [
        (
            "s_raw.fif",
            "",
            "FIF file of MNE or Neuromag (type .fif)",
            "mne.io.read_raw_fif and write it with from_mne_raw",
        ),
        (
            "s_raw.fif.gz",
            "\x1f",
            "Neuromag (type .fif.gz)",
            "mne.io.read_raw_fif",
        ),
        (
            "s-epo.fif",
            "",
            "MNE epochs (type .fif)",
            "mne.read_epochs and write it with from_mne_epochs",
        ),
        (
            "b.ns6",
            "NEURALCD",
            "Blackrock file (type .ns6)",
            "neo.io.BlackrockIO and write it with from_neo",
        ),
        (
            "b.nev",
            "BREVENTS",
            "Blackrock file (type .nev)",
            "neo.io.BlackrockIO",
        ),
        (
            "noext",
            "NEURALCD",
            "Blackrock file",
            "end in .ns1 to .ns6, or .nev for events: give it back its ending",
        ),
        ("r.xlsx", "PK", "table (type .xlsx)", "pandas.read_excel"),
        (
            "r.feather",
            "",
            "table (type .feather)",
            "pandas.read_feather",
        ),
        (
            "r.tdms",
            "TDSm",
            "LabVIEW (TDMS) file (type .tdms)",
            "nptdms.TdmsFile.read",
        ),
        (
            "raw.mda",
            "",
            "MountainSort recording (type .mda)",
            "read_mda_recording and write it with from_spikeinterface",
        ),
        (
            "r.avg",
            "Version 3.0",
            "file of averages (type .avg)",
            "the .cnt file",
        ),
        (
            "Events.nev",
            "######## Neuralynx",
            "Neuralynx file (type .nev)",
            "neo.io.NeuralynxIO",
        ),
        (
            "CSC1.ncs",
            "",
            "Neuralynx recording (type .ncs)",
            "open the folder in Python with neo.io.NeuralynxIO",
        ),
        (
            "exp_Block-1.Tbk",
            "",
            "TDT block (type .Tbk)",
            "open the folder in Python with neo.io.TdtIO",
        ),
        (
            "r.cnt",
            "Version 3.0",
            "Neuroscan recording (type .cnt)",
            "mne.io.read_raw_cnt",
        ),
        (
            "r.cnt",
            "RIFF",
            "ANT (EEProbe) recording (type .cnt)",
            "mne.io.read_raw_ant",
        ),
        (
            "r.TRC",
            "* MICROMED",
            "Micromed recording (type .TRC)",
            "neo.io.MicromedIO",
        ),
        (
            "r.EEG",
            "EEG-1100A V01.00",
            "Nihon Kohden recording (type .EEG)",
            "mne.io.read_raw_nihon",
        ),
        (
            "r.rec",
            "<?xml version",
            "SpikeGadgets recording (type .rec)",
            "neo.io.SpikeGadgetsIO",
        ),
        (
            "r.dat",
            "BCI2000V= 1.1",
            "BCI2000 recording (type .dat)",
            "neo.io.BCI2000IO",
        ),
        (
            "r.set",
            "trial_date Mon",
            "Axona file (type .set)",
            "neo.io.AxonaIO",
        ),
        (
            "r.edf",
            "SR_RESEARCH",
            "EyeLink recording (type .edf)",
            "mne.io.read_raw_eyelink",
        ),
        (
            "100_CH1.continuous",
            "",
            "Open Ephys recording in the old format (type .continuous)",
            "neo.io.OpenEphysIO",
        ),
        (
            "r.xdf",
            "XDF:",
            "XDF recording (type .xdf)",
            "pyxdf.load_xdf and write it with from_array",
        ),
        ("z.ap.cbin", "x", "mtscomp (type .cbin)", "mtsdecomp"),
        ("r.csv", "a,b", "file of text (type .csv)", "from_array"),
        ("z.zarr/.zattrs", "{}", "Zarr folder", "zarr.open"),
        ("r.edf.gz", "\x1f", "compressed file (type .gz)", "gunzip"),
        (
            "k.ahdr",
            "",
            "V-Amp (type .ahdr)",
            "mne.io.read_raw_brainvision",
        ),
    ] {
        let text = refusal(name, begin.as_bytes());
        assert!(
            text.contains(&format!("{format}, which Slepian does not read; expected ")),
            "{name}: {text}"
        );
        assert!(text.contains(reader), "{name}: {text}");
    }
}

#[test]
fn compressed_files_are_told_by_their_first_bytes_whatever_they_are_called() {
    for (begin, tool) in [
        (&b"\x1f\x8b\x08"[..], "gunzip"),
        (b"PK\x03\x04", "unzip"),
        (b"\xfd7zXZ\0", "unxz"),
        (b"\x28\xb5\x2f\xfd", "unzstd"),
        (b"BZh91AY", "bunzip2"),
    ] {
        for name in ["x.edf", "x.vhdr", "x"] {
            assert!(refusal(name, begin).contains(tool), "{name}");
        }
    }
}

#[test]
fn readable_formats_are_left_alone() {
    for (name, begin) in [
        ("x.edf", "0       "),
        ("x.rec", "0       "),
        ("x.eeg", "\0\0"),
        ("x.dat", "\0\0"),
        ("x.raw", "\x01\0\0\0"),
        ("x.bin", "\0\0"),
        ("x.set", "MATLAB 5.0"),
        ("x.nwb", "\u{89}HDF"),
        ("data.events", ""),
    ] {
        assert_eq!(refusal(name, begin.as_bytes()), "", "{name}");
    }
}

#[test]
fn files_beside_a_header_of_another_format_are_of_that_format() {
    let folder = tempfile::tempdir().unwrap();
    for (name, header, reader) in [
        ("x.dat", "x.dap", "mne.io.read_raw_curry"),
        ("x.dat", "x.LAY", "mne.io.read_raw_persyst"),
        ("x.data", "x.head", "mne.io.read_raw_nicolet"),
        ("x.eeg", "x.eeg.ent", "neo.io.ElanIO"),
        ("x.dat", "x.xml", "input.dtype = \"int16\""),
    ] {
        let folder = folder.path().join(header);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join(header), "").unwrap();
        let path = folder.join(name);
        let format = of_file(&path, b"\0\0").unwrap_or_else(|| panic!("{name} beside {header}"));
        assert!(
            format.refusal(&path).contains(reader),
            "{name} beside {header}"
        );
        assert!(of_file(&folder.join("µ.dat"), b"\0\0").is_none());
    }
}

#[test]
fn folders_are_told_by_their_name_and_by_what_is_in_them() {
    let said = |folder: &str, names: &[&str]| {
        // folders' names end with "/" here
        let (folders, files): (Vec<&str>, Vec<&str>) =
            names.iter().partition(|name| name.ends_with('/'));
        let folders: Vec<&str> = folders
            .iter()
            .map(|name| name.trim_end_matches('/'))
            .collect();
        let folder = Path::new(folder);
        of_folder(folder, &files, &folders).map_or(String::new(), |format| format.refusal(folder))
    };
    for (folder, names, format, reader) in [
        (
            "tdt.1",
            &["exp_Block-1.tsq", "exp_Block-1.Tbk"][..],
            "a TDT block, which",
            "neo.io.TdtIO",
        ),
        (
            "nlx",
            &["CSC1.ncs"],
            "a Neuralynx recording, which",
            "neo.io.NeuralynxIO",
        ),
        (
            "old",
            &["100_CH1.continuous"],
            "Open Ephys recording in the old format",
            "neo.io.OpenEphysIO",
        ),
        (
            "m.mff",
            &["info.xml"],
            "an EGI recording (type .mff), which",
            "mne.io.read_raw_egi",
        ),
        (
            "s.ds",
            &[],
            "a CTF recording (type .ds), which",
            "mne.io.read_raw_ctf",
        ),
        (
            "sub.mefd",
            &["x.timd/"],
            "a MEF3 recording (type .mefd), which",
            "mne.io.read_raw_mef",
        ),
        (
            "4d",
            &["config", "c,rfDC"],
            "a BTi (4D) recording, which",
            "mne.io.read_raw_bti",
        ),
        (
            "d.nwb",
            &[".zgroup", "acquisition/"],
            "an NWB file in Zarr, which",
            "zarr.open and write it with from_array",
        ),
        (
            "z",
            &["zarr.json", "acquisition/"],
            "an NWB file in Zarr, which",
            "zarr.open and write it with from_array",
        ),
        (
            "si.zarr",
            &["zarr.json", "traces_seg0/"],
            "a SpikeInterface recording in Zarr",
            "spikeinterface.load",
        ),
        (
            "x.zarr",
            &[".zarray"],
            "a Zarr folder (type .zarr), which",
            "zarr.open",
        ),
        (
            "si",
            &["binary.json", "traces_cached_seg0.raw"],
            "a SpikeInterface folder, which",
            "spikeinterface.load",
        ),
        (
            "ks",
            &["params.py", "spike_times.npy"],
            "Kilosort",
            "dat_path",
        ),
    ] {
        let text = said(folder, names);
        assert!(
            text.contains(format) && text.contains(reader),
            "{folder}: {text}"
        );
    }
    assert_eq!(
        said("data", &["a.edf", "notes.txt", "sub-01/", "m.mff/"]),
        ""
    );
    let above = of_folder_above(Path::new("a/m.mff/signal1.bin")).unwrap();
    assert_eq!(above.name(), "an EGI recording");
    assert!(of_folder_above(Path::new("/data/x/y.bin")).is_none());
}

#[test]
fn every_row_can_be_reached_and_says_what_to_do() {
    let mut names = HashSet::new();
    for row in TABLE.iter().chain(BESIDE.iter().map(|(_, _, row)| row)) {
        names.insert(row.name);
        let text = row.instead(Path::new("x"));
        assert!(text.starts_with("expected "), "{}: {text}", row.name);
        assert!(!text.contains('\n') && text.len() < 220, "{text}");
        assert!(
            row.endings
                .iter()
                .all(|ending| *ending == ending.to_lowercase())
        );
    }
    for row in TABLE {
        for ending in row.endings {
            let name = format!("x{ending}");
            let begin = row.begins.first().copied().unwrap_or_default();
            let found = of_file(Path::new(&name), begin).unwrap();
            assert_eq!(found.name, row.name, "{name} is hidden by an earlier row");
        }
    }
    assert!(names.len() > 60);
}

#[test]
fn the_page_on_python_has_every_reader_that_is_advised() {
    let page = include_str!("../../../docs/python.md");
    let single = [NWB_ZARR, SPIKEINTERFACE_ZARR, BTI];
    let beside = BESIDE.iter().map(|(_, _, row)| row);
    for row in TABLE.iter().chain(beside).chain(&single) {
        let (Instead::Reader(text) | Instead::Do(text)) = row.instead;
        let words = text.split([' ', ',', ';', ':', '(', ')']);
        let is_reader = |word: &&str| {
            let packages = [
                "mne.",
                "neo.",
                "spikeinterface.",
                "zarr.",
                "numpy.",
                "pandas.",
                "pyxdf.",
                "wfdb.",
                "bioread.",
                "scipy.",
            ];
            packages.iter().any(|package| word.starts_with(package))
        };
        for reader in words.filter(is_reader) {
            assert!(page.contains(reader), "{reader} is not on the page");
        }
    }
}
