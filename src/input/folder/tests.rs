use super::*;

/// A folder of empty files, and of folders where a name ends with "/".
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if name.ends_with('/') {
            std::fs::create_dir_all(&path).unwrap()
        } else {
            std::fs::write(&path, "").unwrap()
        }
    }
    folder
}

/// The refusal of such a folder, which is called DIR there.
fn refused(names: &[&str]) -> String {
    let folder = folder(names);
    let text = refusal(folder.path()).unwrap();
    text.replace(&folder.path().display().to_string(), "DIR")
}

#[test]
fn the_only_recording_of_a_folder_is_named() {
    for (names, path) in [
        (
            &[
                "sub-01/ses-1/eeg/sub-01_eeg.vhdr",
                "sub-01/ses-1/eeg/sub-01_eeg.eeg",
            ][..],
            "sub-01/ses-1/eeg/sub-01_eeg.vhdr",
        ),
        (&["notes.txt", "a.EDF"], "a.EDF"),
        (
            &["run_g0_imec0/r.ap.bin", "run_g0_imec0/r.ap.meta"],
            "run_g0_imec0/r.ap.bin",
        ),
        (
            &[
                "Record Node 101/experiment1/recording1/structure.oebin",
                "Record Node 101/settings.xml",
                "Record Node 101/experiment1/recording1/continuous/AP/continuous.dat",
            ],
            "Record Node 101/experiment1/recording1",
        ),
        (
            &["rec/info.rhd", "rec/amplifier.dat", "rec/time.dat"],
            "rec",
        ),
        (&["old/trad_200101.rhd"], "old/trad_200101.rhd"),
        (
            &["all/sub.spy/sub.analog", "all/sub.spy/sub.analog.info"],
            "all/sub.spy",
        ),
        (&["x.set", "x.fdt"], "x.set"),
        (
            &["derivatives/clean/sub-01/ses-1/eeg/x.bdf"],
            "derivatives/clean/sub-01/ses-1/eeg/x.bdf",
        ),
    ] {
        assert_eq!(
            refused(names),
            format!(
                "this is a folder, not a recording; expected the path of the recording in it: DIR/{path}"
            )
        );
    }
}

#[test]
fn several_recordings_are_listed_the_nearest_first() {
    let names: Vec<String> = (0..8).map(|k| format!("sub-{k}/eeg/x.edf")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.push("z.nwb");
    assert_eq!(
        refused(&names),
        "this is a folder of 9 recordings; expected the path of one of them: DIR/z.nwb, DIR/sub-0/eeg/x.edf, \
         DIR/sub-1/eeg/x.edf, DIR/sub-2/eeg/x.edf, DIR/sub-3/eeg/x.edf, and 4 more"
    );
}

#[test]
fn a_format_that_is_not_read_is_named_with_what_opens_it() {
    let text = refused(&["day1/CSC1.ncs", "day1/CSC2.ncs"]);
    let want = "no recording in this folder that Slepian reads; found DIR/day1, a Neuralynx recording; expected a \
                container: open the folder in Python with neo.io.NeuralynxIO";
    assert!(text.starts_with(want), "{text}");
    let text = refused(&["b.ns6", "b.nev"]);
    assert!(
        text.contains("found DIR/b.nev, a Blackrock file;"),
        "{text}"
    );
    let text = refused(&["Block-1.tsq", "Block-1.tev"]);
    assert!(
        text.starts_with("this is a TDT block, which Slepian does not read"),
        "{text}"
    );
    let text = refused(&["d.nwb/.zgroup", "d.nwb/acquisition/x/.zarray"]);
    assert!(
        text.contains("found DIR/d.nwb, an NWB file in Zarr;"),
        "{text}"
    );
    // what is read comes first
    let text = refused(&["CSC1.ncs", "export/x.edf", "x.edf"]);
    assert!(
        text.ends_with("expected the path of the recording in it: DIR/x.edf"),
        "{text}"
    );
}

#[test]
fn a_folder_without_a_recording_says_what_is_in_it() {
    let want = "no recording in this folder; found 1 file and 1 folder (README, sub-01/); expected the path of a \
                recording, or a folder that contains some";
    assert_eq!(refused(&["sub-01/eeg/", "README", ".git/x.edf"]), want);
    assert!(refused(&[]).contains("; found nothing; expected "));
    let text = refused(&["a/x.mat", "b.dat"]);
    assert!(
        text.ends_with("if it is among DIR/b.dat, DIR/a/x.mat"),
        "{text}"
    );
}

#[test]
fn links_are_named_but_not_followed_into_folders() {
    use std::os::unix::fs::symlink;
    let folder = folder(&["sub-01/"]);
    let at = |name: &str| folder.path().join(name);
    symlink("../.git/annex/objects/k/k", at("sub-01/x.edf")).unwrap();
    symlink(".", at("sub-01/again")).unwrap();
    symlink("/", at("root")).unwrap();
    let fifo = std::process::Command::new("mkfifo")
        .arg(at("y.edf"))
        .status();
    assert!(fifo.unwrap().success());
    let text = refusal(folder.path()).unwrap();
    assert!(text.ends_with("/sub-01/x.edf"), "{text}");
    assert!(text.contains("this is a folder, not a recording"), "{text}");
    std::fs::remove_file(at("sub-01/x.edf")).unwrap();
    let text = refusal(folder.path()).unwrap();
    assert!(
        text.contains("links to folders are not searched; expected"),
        "{text}"
    );
}

#[test]
fn large_and_deep_folders_are_searched_in_part() {
    let deep = format!("{}x.edf", "d/".repeat(MAX_DEPTH + 1));
    let text = refused(&[&deep]);
    assert_eq!(
        text,
        "no recording in this folder down to 6 folders deep; found 0 files and 1 folder (d/); expected the path of a \
         recording: name the file itself, since the search ends there"
    );
    let text = refused(&[&deep, "x.edf"]);
    assert!(
        text.ends_with("a recording, such as the one in it: DIR/x.edf"),
        "{text}"
    );
    let folder = folder(&["a/x.edf", "a/y.edf"]);
    for k in 0..=MAX_ENTRIES {
        std::fs::write(folder.path().join(format!("a/{k}.log")), "").unwrap();
    }
    // which entries come first is up to the file system
    let found = search(folder.path());
    assert!(found.is_cut_off && found.n_entries <= MAX_ENTRIES);
    refusal(folder.path()).unwrap();
    for name in ["a/x.edf", "a/y.edf"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    let text = refusal(&folder.path().join("a")).unwrap();
    let want = "no recording among the first 10000 entries of this folder and those in it; found at least 10000 files";
    assert!(
        text.starts_with(want) && text.contains("name the file itself"),
        "{text}"
    );
}

#[test]
fn containers_are_told_from_other_folders() {
    for (names, is_one) in [
        (&["x.analog"][..], true),
        (&["x.spectral.info"], true),
        (&["x.spectral.part"], true),
        (&["x.edf", "sub/x.analog"], false),
        (&[], false),
    ] {
        let folder = folder(names);
        assert_eq!(is_container(folder.path()).unwrap(), is_one, "{names:?}");
    }
    let folder = folder(&["empty.spy/"]);
    assert!(is_container(&folder.path().join("empty.spy")).unwrap());
}
