//! Recordings with numbers of samples that are right, wrong or missing.

use std::path::PathBuf;

use super::*;
use crate::setting::Setting;

const N: i64 = 3000;

/// A list of numbers as NumPy stores it.
fn npy(descr: &str, numbers: &[[u8; 8]]) -> Vec<u8> {
    let header = format!(
        "{{'descr': '{descr}', 'fortran_order': False, 'shape': ({},), }}\n",
        numbers.len()
    );
    let mut bytes = [
        &b"\x93NUMPY\x01\x00"[..],
        &(header.len() as u16).to_le_bytes(),
    ]
    .concat();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(numbers.concat());
    bytes
}

fn whole_numbers(numbers: impl IntoIterator<Item = i64>) -> Vec<u8> {
    let numbers: Vec<[u8; 8]> = numbers.into_iter().map(i64::to_le_bytes).collect();
    npy("<i8", &numbers)
}

/// A recording of 3000 samples of these channels, without numbers of samples.
fn recording(channels: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let stream = folder.path().join("continuous/A");
    std::fs::create_dir_all(&stream).unwrap();
    let n_channels = channels.matches("channel_name").count();
    std::fs::write(
        stream.join("continuous.dat"),
        vec![1; N as usize * n_channels * 2],
    )
    .unwrap();
    let structure = format!(
        r#"{{"continuous": [{{"folder_name": "A/", "sample_rate": 1000, "num_channels": {n_channels},
        "channels": [{channels}]}}]}}"#
    );
    std::fs::write(folder.path().join(STRUCTURE), structure).unwrap();
    (folder, stream)
}

const ONE: &str = r#"{"channel_name": "CH1", "bit_volts": 0.195, "units": "uV"}"#;

fn read(folder: &tempfile::TempDir) -> Result<Source> {
    let path = folder.path().join(STRUCTURE);
    let options = Options::of_path(Setting::default_of("input", "path", path.clone()));
    describe(&path, &options)
}

fn refused(folder: &tempfile::TempDir) -> String {
    read(folder).expect_err("a refusal").one_line()
}

#[test]
fn numbers_with_a_gap_give_a_trial_for_each_stretch() {
    for name in numbers::FILES {
        let (folder, stream) = recording(ONE);
        let numbers = (0..N).map(|k| 4_769_840 + k + if k < 2500 { 0 } else { 256 });
        std::fs::write(stream.join(name), whole_numbers(numbers)).unwrap();
        let source = read(&folder).unwrap();
        assert_eq!(source.stretches, [0..2500, 2500..3000], "{name}");
        assert_eq!(source.begins, [0.0, 2756.0]);
        assert!(source.remarks[0].contains("missing at 1 place"));
        assert_eq!(source.notices, [""; 0]);
    }
}

#[test]
fn numbers_that_do_not_grow_are_refused_with_a_way_to_read_the_samples() {
    let in_order: Vec<i64> = (500..500 + N).collect();
    let mut jump = in_order.clone();
    jump[1000..2000].iter_mut().for_each(|n| *n += 700);
    let mut one = in_order.clone();
    one[1500] = -1;
    let again = (0..N).map(|k| k % 1500).collect();
    for (numbers, what) in [
        (jump, "backwards at sample 2000, from 3199 to 2500"),
        (one, "backwards at sample 1500, from 1999 to -1"),
        (again, "backwards at sample 1500, from 1499 to 0"),
        (
            (-1..N - 1).collect(),
            "the first sample has the number -1; expected numbers from 0 up",
        ),
        ((0..N - 448).collect(), "holds 2552 numbers; expected 3000"),
        ((0..N + 1).collect(), "holds 3001 numbers; expected 3000"),
        (Vec::new(), "holds 0 numbers; expected 3000"),
    ] {
        let (folder, stream) = recording(ONE);
        let path = stream.join("sample_numbers.npy");
        std::fs::write(&path, whole_numbers(numbers)).unwrap();
        let error = refused(&folder);
        assert!(error.contains(what), "{error}");
        assert!(error.contains("rename it and timestamps.npy"), "{error}");
        // as the message says
        std::fs::rename(&path, stream.join("unused.npy")).unwrap();
        let source = read(&folder).unwrap();
        assert_eq!(source.stretches, one_stretch(N as u64));
        assert!(source.notices[0].contains("read as one stretch"));
    }
}

#[test]
fn times_in_seconds_are_not_taken_for_numbers() {
    let (folder, stream) = recording(ONE);
    let times: Vec<[u8; 8]> = (0..N).map(|k| (k as f64 / 1e3).to_le_bytes()).collect();
    std::fs::write(stream.join("timestamps.npy"), npy("<f8", &times)).unwrap();
    let error = refused(&folder);
    assert!(
        error.contains("timestamps.npy: holds {'descr': '<f8'"),
        "{error}"
    );
    for advice in [
        "sample_numbers.npy, which is missing",
        "or rename timestamps.npy to read",
    ] {
        assert!(error.contains(advice), "{error}");
    }
    std::fs::write(stream.join("sample_numbers.npy"), whole_numbers(0..N)).unwrap();
    read(&folder).unwrap();
}

#[test]
fn channels_without_a_unit_have_the_one_of_their_kind() {
    let channels = ["CH1", "AUX1", "ADC1", "cortex"]
        .map(|name| format!(r#"{{"channel_name": "{name}", "bit_volts": 0.5}}"#));
    let stated = r#"{"channel_name": "ADC2", "bit_volts": 1, "units": "mV"},
        {"channel_name": "AUX2", "bit_volts": 0.0000374, "units": "mV"},
        {"channel_name": "AUX3", "bit_volts": 0.0000374, "units": "mV"}"#;
    let (folder, _) = recording(&format!("{}, {stated}", channels.join(", ")));
    let source = read(&folder).unwrap();
    let units = source
        .recording
        .channels
        .iter()
        .map(|channel| &*channel.unit);
    let units: Vec<&str> = units.collect();
    assert_eq!(units, ["uV", "V", "V", "", "mV", "mV", "mV"]);
    let doubt = &source.notices[0];
    assert!(
        doubt.contains("AUX2 has 0.0000374 mV") && doubt.contains("2 channels"),
        "{doubt}"
    );
}

#[test]
fn samples_that_are_missing_or_cut_are_refused_with_what_to_do() {
    let (folder, stream) = recording(ONE);
    let samples = stream.join("continuous.dat");
    std::fs::write(&samples, [0; 5]).unwrap();
    let error = refused(&folder);
    assert!(
        error.contains("cut the last 1 byte off a copy of the file"),
        "{error}"
    );
    std::fs::remove_file(&samples).unwrap();
    let error = refused(&folder);
    assert!(
        error.contains("expected continuous/A/continuous.dat"),
        "{error}"
    );
}
