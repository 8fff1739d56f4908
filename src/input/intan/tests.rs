//! Folders as Intan's programs write them, of which one layout is read.

use super::header::tests::header;
use super::*;

const N: i32 = 100;

/// A folder with a header of one electrode and these files beside it.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join(INFO),
        header([3, 1], 20_000.0, &[("a", 0, 1)]),
    )
    .unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn read(folder: &tempfile::TempDir) -> Result<Source> {
    assert!(is_one(folder.path()));
    describe(&find(folder.path()))
}

fn refused(folder: &tempfile::TempDir) -> String {
    let error = read(folder).expect_err("a refusal").one_line();
    assert!(error.contains("expected"), "{error}");
    error
}

fn times(numbers: impl IntoIterator<Item = i32>) -> Vec<u8> {
    numbers.into_iter().flat_map(i32::to_le_bytes).collect()
}

const SAMPLES: (&str, &[u8]) = (NUMBERS, &[1; 2 * N as usize]);

#[test]
fn numbers_from_before_the_trigger_and_gaps_are_read() {
    let numbers = times((0..N).map(|k| k - 30 + if k < 60 { 0 } else { 9 }));
    let source = read(&folder(&[SAMPLES, (TIMES, &numbers)])).unwrap();
    assert_eq!(source.stretches, [0..60, 60..100]);
    assert_eq!(source.begins, [0.0, 69.0]);
    assert_eq!(source.notices, [""; 0]);
}

#[test]
fn numbers_that_do_not_grow_are_refused_with_a_way_to_read_the_samples() {
    let mut one: Vec<i32> = (0..N).collect();
    one[50] = -1;
    let mut jump: Vec<i32> = (0..N).collect();
    jump[20..40].iter_mut().for_each(|n| *n += 700);
    for (numbers, what) in [
        (times(one), "backwards at sample 50, from 49 to -1"),
        (times(jump), "backwards at sample 40, from 739 to 40"),
        (vec![0; 4 * N as usize], "sample 1 has the number 0"),
        (times(0..N - 1), "has 396 bytes; expected 400"),
        (times(0..N + 1), "has 404 bytes; expected 400"),
        (Vec::new(), "has 0 bytes; expected 400"),
    ] {
        let error = refused(&folder(&[SAMPLES, (TIMES, &numbers)]));
        assert!(error.contains(what), "{error}");
        assert!(
            error.contains("rename it to read the samples as one stretch"),
            "{error}"
        );
    }
    let source = read(&folder(&[SAMPLES])).unwrap();
    assert_eq!(source.stretches, one_stretch(N as u64));
    assert!(
        source.notices[0].contains("no time.dat"),
        "{:?}",
        source.notices
    );
}

#[test]
fn every_other_layout_is_refused_by_its_name_and_with_what_to_do() {
    let alone = folder(&[]);
    assert!(refused(&alone).contains("has no amplifier.dat beside it"));
    let per_channel = folder(&[("amp-A-000.dat", &[0; 10]), (TIMES, &[0; 20])]);
    assert!(refused(&per_channel).contains("saved as \"one file per channel\""));
    let data = [header([3, 1], 20_000.0, &[("a", 0, 1)]), vec![0; 99]].concat();
    let traditional = folder(&[(INFO, &data)]);
    assert!(refused(&traditional).contains("as Intan's \"traditional\" format"));
    for folder in [alone, per_channel, traditional] {
        let error = refused(&folder);
        assert!(error.contains("\"one file per signal type\""), "{error}");
        assert!(error.contains("RHX") && error.contains("Python"), "{error}");
    }
}

#[test]
fn a_folder_of_a_stimulation_system_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let header = folder.path().join(RHS_INFO);
    std::fs::write(
        &header,
        [&0xD691_27AC_u32.to_le_bytes()[..], &[0; 40]].concat(),
    )
    .unwrap();
    let samples = folder.path().join(NUMBERS);
    std::fs::write(&samples, [0; 40]).unwrap();
    for path in [folder.path(), &header, &samples] {
        assert!(is_one(path), "{path:?}");
        let error = describe(&find(path)).err().unwrap().one_line();
        assert!(error.contains("info.rhs: is an .rhs file"), "{error}");
        assert!(
            error.contains("Python") && error.contains("input.format = \"binary\""),
            "{error}"
        );
    }
    assert!(!is_one(tempfile::tempdir().unwrap().path()));
}
