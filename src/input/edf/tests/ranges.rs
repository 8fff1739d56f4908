//! Physical and digital ranges.

use super::*;

/// One record of four samples with this range, beside a channel without a fault.
fn with(range: [&'static str; 4]) -> File {
    let mut signal = EEG;
    signal[0] = "Fp1";
    signal[2..6].copy_from_slice(&range);
    File::of(EDF, &[signal, EEG], i16s([-7, 0, 7, 2000, 1, 2, 3, 4]))
}

/// Samples of the first channel.
fn samples(file: &File) -> [f64; 4] {
    let (_folder, path) = file.write();
    let source = describe(&path, &options(&path, None)).unwrap();
    let mut samples = [0.0; 4];
    let mut reader = open(&source.location).unwrap();
    reader
        .read(0..4, &[0], Samples::Double(&mut samples))
        .unwrap();
    samples
}

#[test]
fn a_channel_whose_range_makes_no_samples_is_read_as_stored_without_a_unit_and_reported() {
    for (range, part) in [
        (
            ["0", "0", "-2048", "2047"],
            "an empty physical range (minimum = maximum)",
        ),
        (["5", "5,0", "-2048", "2047"], "an empty physical range"),
        (["-100", "100", "7", "7"], "an empty digital range"),
        (
            ["low", "100", "-2048", "2047"],
            "ranges that are not numbers",
        ),
        (["-100", "", "-2048", "2047"], "ranges that are not numbers"),
        (
            ["nan", "100", "-2048", "2047"],
            "ranges that are not numbers",
        ),
        (["-100", "100", "", ""], "ranges that are not numbers"),
        (
            ["0", "1e999", "-2048", "2047"],
            "ranges that are not numbers",
        ),
        (["-1e308", "1e308", "-2048", "2047"], "no finite samples"),
        (["-1e38", "1e38", "-1", "1"], "no finite samples"),
        (["0", "1e-40", "-2048", "2047"], "only zeros"),
        (["-100", "100", "0", "1e-300"], "no finite samples"),
    ] {
        let file = with(range);
        let source = file.described(None).unwrap();
        assert_eq!(source.recording.channels[0].unit, "", "{range:?}");
        assert_eq!(source.recording.channels[1].unit, "uV");
        assert_eq!(samples(&file), [-7.0, 0.0, 7.0, 2000.0]);
        let calibration = source.location.calibration.unwrap();
        assert_ne!(calibration.gain[1], 1.0);
        let [notice] = &source.notices[..] else {
            panic!("{range:?}: {:?}", source.notices);
        };
        assert!(
            notice.starts_with("1 channel has ") && notice.contains(part),
            "{notice}"
        );
        assert!(
            notice.contains("read as stored, without a unit: Fp1 ("),
            "{notice}"
        );
    }
}

#[test]
fn ranges_that_no_recorder_has_are_read_by_the_formula_and_reported() {
    for (range, part, written) in [
        (
            ["-100", "100", "2047", "-2048"],
            "upside down",
            "Fp1 (2047 to -2048)",
        ),
        (
            ["-100", "100", "0", "65535"],
            "beyond the numbers that the format stores",
            "Fp1 (0 to 65535)",
        ),
        (
            ["-100", "100", "-8388608", "8388607"],
            "(-32768 to 32767 can be stored)",
            "Fp1 (-8388608 to 8388607)",
        ),
        (
            ["-1e30", "1e30", "-2048", "2047"],
            "that no recorder has",
            "Fp1 (-1e30 to 1e30)",
        ),
        (
            ["0", "1e-20", "-2048", "2047"],
            "that no recorder has",
            "Fp1 (0 to 1e-20)",
        ),
    ] {
        let file = with(range);
        let notice = &file.notices()[0];
        assert!(
            notice.contains(part) && notice.ends_with(written),
            "{notice}"
        );
        assert_eq!(
            file.described(None).unwrap().recording.channels[0].unit,
            "uV"
        );
        let [low, high, from, to] = range.map(|text| text.parse::<f64>().unwrap());
        let gain = (high - low) / (to - from);
        assert_eq!(samples(&file)[3], 2000.0 * gain + (low - from * gain));
    }
}

#[test]
fn usual_ranges_have_no_notice() {
    for range in [
        ["-100", "100", "-2048", "2047"],
        ["100", "-100", "-2048", "2047"],
        ["-3276.8", "3276.7", "-32768", "32767"],
        ["-1e-12", "1e-12", "-32768", "32767"],
        ["0", "4095", "-7", "4088"],
    ] {
        assert_eq!(with(range).notices(), [""; 0], "{range:?}");
    }
}

#[test]
fn numbers_beyond_the_digital_range_are_reported() {
    let file = with(["-100", "100", "0", "1000"]);
    let [notice] = &file.notices()[..] else {
        panic!("{:?}", file.notices());
    };
    let want =
        "1 channel with numbers beyond the digital range of the header, in 1 record looked at";
    assert!(notice.starts_with(want), "{notice}");
    assert!(notice.ends_with("Fp1 (-7 of 0 to 1000)"), "{notice}");
}

#[test]
fn faults_of_many_channels_are_one_notice_and_those_of_channels_that_are_not_read_none() {
    let mut empty = EEG;
    (empty[2], empty[3]) = ("0", "0");
    let mut slow = SLOW;
    slow[2] = "low";
    let signals: Vec<_> = std::iter::repeat_n(empty, 10).chain([slow]).collect();
    let file = File::of(EDF, &signals, i16s(0..41));
    let notices = file.described(Some(4.0)).unwrap().notices;
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices[0].contains("of other rates left out"));
    assert!(notices[1].starts_with("10 channels have an empty physical range"));
    assert!(notices[1].ends_with(" and 2 more"), "{notices:?}");
}

#[test]
fn a_channel_without_samples_is_left_out() {
    let mut file = with(["-100", "100", "-2048", "2047"]);
    let mut unused = EEG;
    (unused[0], unused[6]) = ("unused", "0");
    file.signals.insert(1, unused);
    let source = file.described(None).unwrap();
    assert_eq!(source.recording.channels.len(), 2);
    assert_eq!(
        source.notices,
        ["1 channel without samples left out: unused"]
    );
}
