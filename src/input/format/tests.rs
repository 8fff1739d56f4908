use super::*;
use crate::setting::Setting;

fn options(path: &Path) -> Options {
    Options::of_path(Setting::default_of("input", "path", path.to_owned()))
}

/// The format of a file of this name and content.
fn found(name: &str, bytes: &[u8]) -> Result<Format, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let format = Format::find(&options(&path)).map_err(|error| error.one_line())?;
    Ok(format.0)
}

#[test]
fn readable_formats_are_told_by_name_and_first_bytes() {
    const EDF: &[u8] = b"0       x";
    for (name, bytes, format) in [
        ("x.edf", EDF, Format::Edf),
        ("x.rec", EDF, Format::Edf),
        ("x", EDF, Format::Edf),
        ("x.BDF", b"\xffBIOSEMI", Format::Edf),
        ("x.set", b"MATLAB 5.0 MAT-file", Format::Eeglab),
        ("x.mat", b"", Format::FieldTrip),
        ("x.vhdr", b"", Format::BrainVision),
        ("x.bin", b"\0\0\x01\0", Format::Binary),
        ("x.dat", b"\0\0\x01\0", Format::Binary),
        ("x.nwb", b"\x89HDF\r\n", Format::Nwb),
        ("x.analog", b"", Format::Syncopy),
    ] {
        assert_eq!(found(name, bytes), Ok(format), "{name}");
    }
}

#[test]
fn files_of_unknown_type_are_refused_with_what_is_read() {
    let line = found("x.xyz", b"abc").unwrap_err();
    let want = "this is a file of type .xyz; expected a recording (.spy, .edf, .bdf, .vhdr, .mat, .set, .nwb, .h5, \
                .bin with .meta, structure.oebin, info.rhd), a file of bare numbers with input.dtype, n_channels and \
                samplerate, or a container written in Python (docs/python.md)";
    assert!(line.ends_with(want), "{line}");
    let line = found("x", b"abc").unwrap_err();
    assert!(
        line.contains("a file without an extension; expected a recording"),
        "{line}"
    );
    let line = found("x.foo", b"\x89HDF\r\n\x1a\n").unwrap_err();
    assert!(
        line.contains("in HDF5; expected input.format = \"hdf5\""),
        "{line}"
    );
    let line = found("._x.edf", &[0, 5, 0x16, 7, 0, 2]).unwrap_err();
    assert!(line.contains("macOS"), "{line}");
}

#[test]
fn the_keys_of_a_binary_file_come_before_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x.npy", "x.continuous", "x.lfp", "x.gz"] {
        let path = folder.path().join(name);
        std::fs::write(&path, [0; 32]).unwrap();
        let mut options = options(&path);
        assert!(Format::find(&options).is_err(), "{name}");
        options.dtype = Some(Setting::default_of(
            "input",
            "dtype",
            crate::input::Sample::I16,
        ));
        assert_eq!(Format::find(&options).unwrap().0, Format::Binary, "{name}");
    }
}

#[test]
fn devices_are_called_so() {
    for name in ["/dev/zero", "/dev/null"] {
        let line = Format::find(&options(Path::new(name)))
            .unwrap_err()
            .one_line();
        let want =
            "this is a device; expected a regular file: write what comes from it into one first";
        assert!(line.ends_with(want), "{line}");
    }
}

#[test]
fn a_path_that_does_not_exist_is_answered_with_one_that_does() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("sub-01_eeg.edf"), "").unwrap();
    let line = |name: &str| Format::find(&options(&at(name))).unwrap_err().one_line();
    let text = line("sub-01_egg.edf");
    assert!(
        text.contains("no such file or folder; did you mean "),
        "{text}"
    );
    assert!(text.ends_with("/sub-01_eeg.edf?"), "{text}");
    let text = line("nowhere/x.edf");
    assert!(
        text.contains("no such file or folder; the folder "),
        "{text}"
    );
    assert!(text.ends_with("/nowhere does not exist"), "{text}");
    let text = line("zzz");
    assert!(
        text.ends_with("no such file or folder; expected the path of a recording"),
        "{text}"
    );
}

#[test]
fn a_file_whose_contents_were_not_fetched_is_refused_before_its_format_is_told() {
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    for name in ["x.edf", "x.dat", "x.vhdr", "x.fif", "x"] {
        let line = found(name, pointer.as_bytes()).unwrap_err();
        assert!(line.contains("run \"git lfs pull\""), "{line}");
    }
}

#[test]
fn files_that_lie_beside_and_were_not_fetched_are_not_taken_for_missing() {
    use std::os::unix::fs::symlink;
    const ANNEX: &str = "../.git/annex/objects/x/x";
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let refused = |name: &str| {
        let error = crate::input::describe(&options(&at(name))).unwrap_err();
        error.one_line()
    };
    // a file of numbers without its description would be one of bare numbers
    std::fs::write(at("r.ap.bin"), [0; 8]).unwrap();
    symlink(ANNEX, at("r.ap.meta")).unwrap();
    let line = refused("r.ap.bin");
    assert!(
        line.contains("r.ap.meta: this is a git-annex link"),
        "{line}"
    );
    std::fs::create_dir_all(at("rec/continuous/AP")).unwrap();
    symlink(ANNEX, at("rec/structure.oebin")).unwrap();
    let line = refused("rec");
    assert!(
        line.contains("structure.oebin: this is a git-annex link"),
        "{line}"
    );
    // without the numbers of its samples a recording would have no gaps
    let structure = r#"{"GUI version": "0.6.4", "continuous": [{"folder_name": "AP/", "sample_rate": 1000,
        "source_processor_name": "x", "num_channels": 1, "channels": [{"channel_name": "CH1", "bit_volts": 0.195,
        "units": "uV", "description": "", "identifier": ""}]}], "events": [], "spikes": []}"#;
    std::fs::remove_file(at("rec/structure.oebin")).unwrap();
    std::fs::write(at("rec/structure.oebin"), structure).unwrap();
    std::fs::write(at("rec/continuous/AP/continuous.dat"), [0; 8]).unwrap();
    symlink(ANNEX, at("rec/continuous/AP/sample_numbers.npy")).unwrap();
    let line = refused("rec");
    assert!(
        line.contains("sample_numbers.npy: this is a git-annex link"),
        "{line}"
    );
    symlink(ANNEX, at("s.vhdr")).unwrap();
    std::fs::write(at("s.eeg"), [0; 8]).unwrap();
    let line = refused("s.eeg");
    assert!(line.contains("s.vhdr: this is a git-annex link"), "{line}");
}

#[test]
fn empty_files_are_refused_as_such() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x.edf", "x.set", "x.nwb", "x.vhdr", "x.analog", "x.dat"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "").unwrap();
        let mut options = options(&path);
        if name == "x.dat" {
            options.dtype = Some(Setting::default_of(
                "input",
                "dtype",
                crate::input::Sample::I16,
            ));
        }
        let line = crate::input::describe(&options).unwrap_err().one_line();
        assert!(
            line.contains("this file is empty (0 bytes); expected "),
            "{line}"
        );
    }
}
