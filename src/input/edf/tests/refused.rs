//! Files that are not what they should be.

use super::*;

#[test]
fn files_with_missing_time_say_when_each_record_begins_and_do_so_in_order() {
    let with = |texts: [&str; 2]| {
        let data = texts.map(|text| [i16s(0..4), tals(text, 60)].concat());
        let mut file = File::of(EDF, &[EEG, TEXT], data.concat());
        file.reserved = "EDF+D";
        file.refused()
    };
    let error = with(["+0||", "+2|x|"]);
    assert!(
        error.contains("record 1: it does not say when it begins"),
        "{error}"
    );
    let error = with(["+0||", "x"]);
    assert!(
        error.contains("record 1: annotations hold \"x\""),
        "{error}"
    );
    let error = with(["+1||", "+1.5||"]);
    assert!(
        error.contains("record 1 begins at 1.5 s, before the one ahead of it ends"),
        "{error}"
    );
    let mut file = File::of(EDF, &[EEG], i16s(0..4));
    file.reserved = "EDF+D";
    assert!(file.refused().contains("but it has no annotations"));
}

#[test]
fn headers_that_cannot_be_true_are_refused_with_what_would_be() {
    type Change = fn(&mut File);
    let changes: &[(Change, &str)] = &[
        (
            |f| f.version = b"GDF 2.20",
            "begins with \"GDF 2.20\"; expected 0 or",
        ),
        (|f| f.n_signals = Some("0"), "there are 0 signals"),
        (|f| f.n_signals = Some("x"), "number of signals is \"x\""),
        (
            |f| f.n_signals = Some("9999"),
            "a header of 768 bytes for 9999 signals; expected 2560000",
        ),
        (|f| f.header_bytes = Some("99999999"), "expected 768"),
        (|f| f.n_records = "-2", "number of records is \"-2\""),
        (|f| f.record_s = "0", "annotations only"),
        (|f| f.record_s = "-1", "records of -1 s"),
        (|f| f.record_s = "nan", "duration of a record is \"nan\""),
        (
            |f| f.record_s = "1e-300",
            "expected a rate that is a number of Hz",
        ),
        (
            |f| f.signals[1][6] = "0",
            "signal 1: it has 0 samples in a record",
        ),
        (
            |f| f.signals[0][6] = "99999999",
            "expected at least one record",
        ),
        (
            |f| f.signals[1][2] = "low",
            "signal 1: its physical minimum is \"low\"; expected a number",
        ),
        (
            |f| f.signals[0][3] = "1e999",
            "physical maximum is \"1e999\"",
        ),
        (
            |f| (f.signals[0][2], f.signals[0][3]) = ("-1e308", "1e308"),
            "overflows",
        ),
        (
            |f| f.signals = vec![TEXT],
            "all its signals are annotations",
        ),
    ];
    for (change, part) in changes {
        let mut file = File::of(EDF, &[EEG, EEG], i16s(0..40));
        file.described(None).unwrap();
        change(&mut file);
        let error = file.refused();
        assert!(error.contains("x.edf") && error.contains(part), "{error}");
    }
}

#[test]
fn a_file_that_ends_within_its_header_is_cut_off() {
    let bytes = of_two_rates().bytes();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.edf");
    for (length, expected) in [(0, 256), (255, 256), (256, 1024), (1023, 1024)] {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let error = describe(&path, &options(&path, None))
            .unwrap_err()
            .one_line();
        let want = format!("it has {length} bytes; expected at least {expected}, a header");
        assert!(error.ends_with(&want), "{error}");
    }
}

#[test]
fn channels_of_different_rates_are_refused_until_one_is_asked_for() {
    let file = of_two_rates();
    let error = file.refused();
    assert!(
        error.contains("by their number: 2 of 4 Hz, 1 of 1 Hz; expected input.samplerate"),
        "{error}"
    );
    let error = file.described(Some(2.0)).unwrap_err().one_line();
    assert!(
        error.contains("no channel of the file has this rate"),
        "{error}"
    );
    assert!(error.contains("2 of 4 Hz, 1 of 1 Hz"), "{error}");
}

#[test]
fn records_may_be_unfinished_only_where_their_number_is_unknown() {
    let mut file = of_two_rates();
    file.data.truncate(18 + 17);
    assert_eq!(file.described(Some(4.0)).unwrap().n_rows(), 4);
    file.n_records = "2";
    let error = file.described(Some(4.0)).unwrap_err().one_line();
    assert!(
        error.contains("cut off: it has 35 bytes behind the header; expected 36, 2 records of 18"),
        "{error}"
    );
    file.n_records = "1";
    assert_eq!(file.described(Some(4.0)).unwrap().n_rows(), 4);
    file.data.push(0);
    let error = file.described(Some(4.0)).unwrap_err().one_line();
    assert!(
        error.contains("claims 1 records, but 2 are there"),
        "{error}"
    );
    file.n_records = "99999999";
    assert!(file.refused().contains("cut off"));
    file.data.clear();
    file.n_records = "0";
    assert!(
        file.refused()
            .contains("0 bytes behind the header; expected at least one record")
    );
}
