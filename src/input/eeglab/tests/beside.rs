//! Samples beside the `.set` file, and in other variables of it.

use super::*;

#[test]
fn samples_beside_the_file_are_found_under_its_name_and_their_own() {
    let bytes: Vec<u8> = numbers().iter().flat_map(|x| x.to_le_bytes()).collect();
    // channel × time
    let turned: Vec<u8> = (0..N_CHANNELS)
        .flat_map(|c| (0..N_SAMPLES).map(move |t| t * N_CHANNELS + c))
        .flat_map(|i| numbers()[i as usize].to_le_bytes())
        .collect();
    for (said, name, bytes) in [
        ("x.fdt", "x.fdt", &bytes),
        ("other.fdt", "other.fdt", &bytes),
        ("C:\\data\\other.fdt", "other.fdt", &bytes),
        ("/home/me/old name.fdt", "x.fdt", &bytes),
        ("x.dat", "x.dat", &turned),
    ] {
        let data = eeg_with(&[("data", Mat::text(said))]);
        let (folder, source) = described(&data, &[(name, bytes)]);
        let source = source.unwrap();
        assert_eq!(source.location.path, folder.path().join(name));
        assert_eq!(samples(&source), numbers(), "{said}");
    }
    let missing = Mat::text("no.fdt");
    let text = refusal(&[("data", missing.clone())], &[]);
    assert!(
        text.contains("its samples are in \"no.fdt\", which does not exist"),
        "{text}"
    );
    let text = refusal(&[("data", missing)], &[("no.fdt", &bytes[1..])]);
    assert!(
        text.contains("no.fdt: this file has 399 bytes; expected 400"),
        "{text}"
    );
    for name in ["", "..", ".", "a\0b", "x.set"] {
        let text = refusal(&[("data", Mat::text(name))], &[]);
        assert!(text.contains("expected"), "{text}");
    }
}

#[test]
fn samples_of_the_own_name_come_before_those_that_the_file_names() {
    let own: Vec<u8> = numbers().iter().flat_map(|x| x.to_le_bytes()).collect();
    let others: Vec<u8> = vec![0; own.len()];
    let of = |said: &str, beside: &[(&str, &[u8])]| {
        let (folder, source) = described(&eeg_with(&[("data", Mat::text(said))]), beside);
        let source = source.unwrap();
        let name = source.location.path.file_name().unwrap().to_owned();
        let is_own = samples(&source) == numbers();
        drop(folder);
        (
            name.into_string().unwrap(),
            is_own,
            source.notices.join("|"),
        )
    };
    // another dataset has taken the old name
    for (said, old) in [
        ("rest.fdt", "rest.fdt"),
        ("D:\\study\\rest.fdt", "rest.fdt"),
        ("rest.fdt", "rest.fdt"),
    ] {
        let (name, is_own, notices) = of(said, &[("x.fdt", &own), (old, &others)]);
        assert_eq!((&name[..], is_own), ("x.fdt", true));
        assert!(
            notices.contains("samples are read from x.fdt")
                && notices.contains("rest.fdt, which the .set file names, is not read"),
            "{notices}"
        );
    }
    // only renamed, or as it was written: nothing to tell
    for (said, name) in [
        ("rest.fdt", "x.fdt"),
        ("x.fdt", "x.fdt"),
        ("x.fdt", "x.FDT"),
        ("in set file", "x.fdt"),
    ] {
        assert_eq!(
            of(said, &[(name, &own)]),
            (name.into(), true, String::new()),
            "{said}"
        );
    }
    // only the .set file was renamed, or copied
    let (name, is_own, notices) = of("rest.fdt", &[("rest.fdt", &own)]);
    assert_eq!((&name[..], is_own), ("rest.fdt", true));
    assert!(
        notices.contains("make sure that it belongs to it"),
        "{notices}"
    );
    // in upper case it is the same name
    assert_eq!(of("X.fdt", &[("X.fdt", &own)]).2, "");
}

#[test]
fn samples_that_only_the_field_datfile_names_are_found() {
    let bytes: Vec<u8> = numbers().iter().flat_map(|x| x.to_le_bytes()).collect();
    let mut fields = eeg_with(&[("data", Mat::text("in set file"))]);
    fields.push(("datfile", Mat::text("rest.fdt")));
    let (_folder, source) = described(&fields, &[("rest.fdt", &bytes)]);
    let source = source.unwrap();
    assert_eq!(samples(&source), numbers());
    assert_eq!(source.notices.len(), 1);
}

#[test]
fn a_file_of_the_own_name_that_does_not_fit_is_refused_where_the_named_one_does() {
    let bytes: Vec<u8> = vec![0; 400];
    let data = [("data", Mat::text("rest.fdt"))];
    let text = refusal(&data, &[("x.fdt", &bytes[4..]), ("rest.fdt", &bytes)]);
    assert!(
        text.contains("x.fdt has the name of this file but not the 400 bytes")
            && text.contains("remove or rename"),
        "{text}"
    );
    let text = refusal(&data, &[("x.fdt", &bytes[4..]), ("rest.fdt", &bytes[8..])]);
    assert!(
        text.contains("x.fdt: this file has 396 bytes; expected 400"),
        "{text}"
    );
}

#[test]
fn a_link_of_the_own_name_to_the_named_file_is_that_file() {
    let bytes: Vec<u8> = numbers().iter().flat_map(|x| x.to_le_bytes()).collect();
    let (folder, _) = described(
        &eeg_with(&[("data", Mat::text("rest.fdt"))]),
        &[("rest.fdt", &bytes)],
    );
    std::os::unix::fs::symlink("rest.fdt", folder.path().join("x.fdt")).unwrap();
    let path = folder.path().join("x.set");
    let source = describe(&path, &options(&path)).unwrap();
    assert_eq!(source.notices, [""; 0]);
    assert_eq!(find(&folder.path().join("x.fdt")).unwrap(), path);
    std::fs::remove_file(&path).unwrap();
    let text = find(&folder.path().join("x.fdt")).unwrap_err().one_line();
    assert!(
        text.contains("without its .set file; expected x.set beside it"),
        "{text}"
    );
}

#[test]
fn a_file_of_the_own_name_that_is_not_fetched_is_not_replaced_by_the_named_one() {
    let bytes: Vec<u8> = vec![0; 400];
    let fields = eeg_with(&[("data", Mat::text("rest.fdt"))]);
    let key = "annex/objects/aa/bb/MD5E-s400--abc.fdt/MD5E-s400--abc.fdt";
    let pointer = format!("/{key}\n");
    let beside = [("rest.fdt", &bytes[..]), ("x.fdt", pointer.as_bytes())];
    let (folder, source) = described(&fields, &beside);
    let own = folder.path().join("x.fdt");
    let path = folder.path().join("x.set");
    let of_pointer = source.unwrap_err().one_line();
    std::fs::remove_file(&own).unwrap();
    std::os::unix::fs::symlink(format!(".git/{key}"), &own).unwrap();
    let of_link = describe(&path, &options(&path)).unwrap_err().one_line();
    for text in [of_pointer, of_link] {
        let is_of_own = text.contains("x.fdt: this is a git-annex ");
        assert!(is_of_own && text.contains("git annex get x.fdt"), "{text}");
    }
    std::fs::remove_file(&own).unwrap();
    std::fs::write(folder.path().join(".x.fdt.icloud"), "bplist00").unwrap();
    let text = describe(&path, &options(&path)).unwrap_err().one_line();
    assert!(
        text.contains("x.fdt: iCloud has not downloaded this file"),
        "{text}"
    );
}

#[test]
fn a_file_of_the_other_kind_is_only_taken_for_samples_if_it_has_their_size() {
    let bytes: Vec<u8> = numbers().iter().flat_map(|x| x.to_le_bytes()).collect();
    let of = |said: &str, beside: &[(&str, &[u8])]| {
        let (_folder, source) = described(&eeg_with(&[("data", Mat::text(said))]), beside);
        let path = source.unwrap().location.path;
        path.file_name().unwrap().to_str().unwrap().to_owned()
    };
    let behaviour: &[u8] = b"trial rt\n1 .5\n";
    for (said, other) in [("rest.fdt", "x.dat"), ("rest.dat", "x.fdt")] {
        assert_eq!(of(said, &[(said, &bytes), (other, behaviour)]), said);
        assert_eq!(of(said, &[(said, &bytes), (other, &bytes)]), other);
    }
    let missing = [("data", Mat::text("rest.fdt"))];
    let text = refusal(&missing, &[("x.dat", behaviour)]);
    assert!(text.contains("rest.fdt\", which does not exist"), "{text}");
}

#[test]
fn samples_in_a_variable_beside_the_dataset_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.set");
    let eeg = eeg_with(&[("data", Mat::text("EEGDATA"))]);
    let samples_of_it = Mat::Singles(vec![N_CHANNELS, N_SAMPLES], numbers());
    let file = How::default().file(&[("EEG", Mat::fields(&eeg)), ("EEGDATA", samples_of_it)]);
    std::fs::write(&path, file).unwrap();
    std::fs::write(folder.path().join("x.fdt"), [0; 400]).unwrap();
    assert_eq!(
        samples(&describe(&path, &options(&path)).unwrap()),
        numbers()
    );
}
