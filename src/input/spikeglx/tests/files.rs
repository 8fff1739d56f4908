//! Files that are missing or of another size.

use super::*;

#[test]
fn one_file_without_the_other_is_refused_with_the_name_of_the_other() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "a_g0_t0.imec0.ap.bin",
        "a.lf.bin",
        "a.nidq.bin",
        "a.obx0.obx.bin",
        "a.obx.bin",
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, [0; 10]).unwrap();
        assert!(has_spikeglx_name(&path) && !is_one(&path), "{name}");
        let error = describe(&path).err().unwrap().one_line();
        let other = name.replace(".bin", ".meta");
        assert!(
            error.contains(&format!("its .meta file is missing; expected {other}")),
            "{error}"
        );
    }
    for name in [
        "ap.bin",
        "a.bin",
        "a.ap.dat",
        "a.apx.bin",
        "ap",
        ".bin",
        "nidq.bin",
    ] {
        assert!(!has_spikeglx_name(Path::new(name)), "{name}");
    }
    let path = folder.path().join("b.ap.meta");
    std::fs::write(&path, "").unwrap();
    let error = describe(&find(&path)).err().unwrap().one_line();
    assert!(
        error.contains("b.ap.meta: its .bin file is missing; expected b.ap.bin"),
        "{error}"
    );
    assert!(error.ends_with("copy it there"), "{error}");
    std::fs::write(folder.path().join("b.ap.cbin"), "").unwrap();
    let error = describe(&find(&path)).err().unwrap().one_line();
    assert!(
        error.ends_with("decompress the .cbin file with mtscomp"),
        "{error}"
    );
}

#[test]
fn a_file_of_another_size_is_refused_with_a_way_to_read_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ap.bin");
    std::fs::write(&path, [0; 100]).unwrap();
    let text = probe("0", &gains("0"), "fileSizeBytes=200");
    std::fs::write(folder.path().join("a.ap.meta"), &text).unwrap();
    let error = describe(&path).err().unwrap().one_line();
    assert!(
        error.contains("has 100 bytes; expected fileSizeBytes of its .meta file, 200"),
        "{error}"
    );
    assert!(
        error.contains("write fileSizeBytes=100 in a copy"),
        "{error}"
    );
    std::fs::write(
        folder.path().join("a.ap.meta"),
        text.replace("=200", "=100"),
    )
    .unwrap();
    assert_eq!(describe(&path).unwrap().n_rows(), 10);
}
