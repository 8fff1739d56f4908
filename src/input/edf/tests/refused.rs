//! Files that are not what they should be.

use super::*;

#[test]
fn headers_that_cannot_be_true_are_refused_with_what_would_be() {
    type Change = fn(&mut File);
    let changes: &[(Change, &str)] = &[
        (
            |f| f.version = b"GDF 2.20",
            "begins with \"GDF 2.20\"; expected 0 or",
        ),
        (|f| f.n_signals = Some("0"), "there are 0 signals"),
        (
            |f| f.n_signals = Some("x"),
            "number of signals (bytes 252 to 255) is \"x\"; expected a whole number",
        ),
        (
            |f| f.n_signals = Some("9999"),
            "a header of 768 bytes for 9999 signals; expected 2560000",
        ),
        (|f| f.header_bytes = Some("99999999"), "expected 768"),
        (
            |f| f.n_records = "-2",
            "-1 for all that are there) is \"-2\"; expected",
        ),
        (|f| f.record_s = "0", "annotations only"),
        (|f| f.record_s = "-1", "records of -1 s"),
        (
            |f| f.record_s = "nan",
            "duration of a record (bytes 244 to 251) is \"nan\"; expected a number",
        ),
        (
            |f| f.record_s = "1e-300",
            "expected a rate that is a number of Hz",
        ),
        (
            |f| (f.signals[0][6], f.signals[1][6]) = ("0", "0"),
            "no signal has samples",
        ),
        (
            |f| f.signals[1][6] = "4.5",
            "signal 1 (EEG Cz): its number of samples in a record is \"4.5\"; expected a whole number",
        ),
        (
            |f| f.signals[0][6] = "99999999",
            "expected at least 1 record of",
        ),
        (
            |f| f.signals = vec![TEXT],
            "no data channel: all signals are annotations",
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
        let want =
            format!("it has {length} bytes; expected a header of {expected} bytes at least: copy");
        assert!(error.contains(&want), "{error}");
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
    let source = file.described(Some(4.0)).unwrap();
    assert_eq!(source.n_rows(), 4);
    assert_eq!(
        source.notices[1],
        "1 partial record at the end is not read: 17 of its 18 bytes are there, after 1 whole record"
    );
    file.n_records = "2";
    let error = file.described(Some(4.0)).unwrap_err().one_line();
    assert!(
        error.contains("cut off: it has 35 bytes after the header; expected 36, 2 records of 18: copy the file again, or write -1 in the header"),
        "{error}"
    );
    assert!(
        error.ends_with("to read what is there, 1 whole record"),
        "{error}"
    );
    file.n_records = "1";
    let source = file.described(Some(4.0)).unwrap();
    assert_eq!(source.n_rows(), 4);
    assert!(source.notices[1].starts_with("1 partial record at the end"));
    file.data.push(0);
    let error = file.described(Some(4.0)).unwrap_err().one_line();
    assert!(
        error.contains("claims 1 record, but 2 are there; expected as many: write 2, or -1 for all, in the header (bytes 236 to 243"),
        "{error}"
    );
    file.n_records = "99999999";
    assert!(file.refused().contains("cut off"));
    file.data.clear();
    file.n_records = "0";
    assert!(
        file.refused()
            .contains("0 bytes after the header; expected at least 1 record of 18 bytes")
    );
}
