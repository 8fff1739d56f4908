//! The times of records: gaps, what a header claims, and annotations that cannot be read.

use super::annotations::MAX_RECORDS;
use super::*;

/// Records of four samples at 4 Hz with these annotations.
fn with(reserved: &'static str, texts: &[&str]) -> File {
    let records = texts
        .iter()
        .map(|text| [i16s(0..4), tals(text, 60)].concat());
    let mut file = File::of(EDF, &[EEG, TEXT], records.collect::<Vec<_>>().concat());
    file.reserved = reserved;
    file
}

#[test]
fn records_between_which_time_is_missing_are_stretches_and_trials_of_their_own() {
    let texts = [
        "+10||\0+9|early|\0+13.5|in a gap|",
        "+11||\0+11.999999|last sample|",
        "+14.5||\0+14.75|after it|\0+15.5|past the end|",
    ];
    let source = with("EDF+D", &texts).described(None).unwrap();
    assert_eq!(source.stretches, [0..8, 8..12]);
    let trials: Vec<(u64, usize)> = source
        .recording
        .trials
        .iter()
        .map(|t| (t.start, t.n_samples))
        .collect();
    assert_eq!(trials, [(0, 8), (8, 4)]);
    let mut found: Vec<(&str, f64)> = Vec::new();
    for event in &source.events.events {
        found.push((event.values[0].as_str(), event.sample));
    }
    // a time that rounds to the sample after a stretch was not recorded
    assert_eq!(
        found,
        [
            ("early", NOT_RECORDED),
            ("in a gap", NOT_RECORDED),
            ("last sample", NOT_RECORDED),
            ("past the end", NOT_RECORDED),
            ("after it", 9.0),
        ]
    );
}

#[test]
fn records_of_a_header_that_claims_continuity_are_read_by_their_times() {
    for reserved in ["EDF+C", ""] {
        let texts = ["+0||", "+1||", "+4||\0+4.25|go|", "+5||"];
        let file = with(reserved, &texts);
        let source = file.described(None).unwrap();
        assert_eq!(source.stretches, [0..8, 8..16]);
        assert_eq!(source.begins, [0.0, 16.0]);
        assert_eq!(source.recording.trials.len(), 2);
        assert_eq!(source.events.events[0].sample, 9.0);
        let [notice] = &source.notices[..] else {
            panic!("{:?}", source.notices);
        };
        assert!(notice.contains("claims continuous data"), "{notice}");
        assert!(
            notice.ends_with(
                "at 1 place: no trial goes over one; the first gap, of 2 s, is before record 2"
            ),
            "{notice}"
        );
        assert_eq!(source.remarks, [""; 0]);
        // a job without markers reads the same segments
        let (_folder, path) = file.write();
        let options = Options {
            wants_events: false,
            ..options(&path, None)
        };
        let without = describe(&path, &options).unwrap();
        assert_eq!(without.stretches, source.stretches);
        assert_eq!(without.notices, source.notices);
    }
}

#[test]
fn records_that_follow_each_other_have_no_notice() {
    for texts in [
        ["+0||", "+1||", "+2||"],
        ["+0.25||", "+1.25||", "+2.25||"],
        // less than half a sample
        ["+0||", "+1.1||", "+1.99||"],
    ] {
        for reserved in ["EDF+C", "EDF+D"] {
            let source = with(reserved, &texts).described(None).unwrap();
            assert_eq!(source.stretches, [Range { start: 0, end: 12 }]);
            assert!(source.notices.is_empty(), "{:?}", source.notices);
        }
    }
    // without any times there is only the claim
    let source = with("EDF+C", &["", "+1|x|"]).described(None).unwrap();
    assert_eq!(source.stretches, [Range { start: 0, end: 8 }]);
    assert_eq!(source.events.events[0].sample, 4.0);
    assert!(source.notices.is_empty(), "{:?}", source.notices);
}

#[test]
fn times_that_go_back_are_a_notice_where_the_header_claims_continuity() {
    let texts = ["+0||", "+1||", "+0.5||\0+1.5|go|", "+3||"];
    let source = with("EDF+C", &texts).described(None).unwrap();
    assert_eq!(source.stretches, [Range { start: 0, end: 16 }]);
    assert_eq!(source.events.events[0].sample, 6.0);
    assert!(
        source.notices[0].starts_with("record 2 starts at 0.5 s, before the end of the record"),
        "{:?}",
        source.notices
    );
    assert!(source.notices[0].contains("read as continuous"));
}

#[test]
fn a_record_without_a_time_follows_the_one_before_it() {
    for (reserved, text) in [("EDF+D", "+9|x|"), ("EDF+D", "x"), ("EDF+C", "+1,5||")] {
        let texts = ["+0||", text, "+2||", "+7||", ""];
        let source = with(reserved, &texts).described(None).unwrap();
        assert_eq!(source.stretches, [0..12, 12..20]);
        let want = "2 of 5 records give no time, the first is record 1: each is read as following";
        let has = source.notices.iter().any(|notice| notice.starts_with(want));
        assert!(has, "{:?}", source.notices);
    }
    // the first ones precede the first that has a time
    let texts = ["", "+5||\0+4.5|go|"];
    let source = with("EDF+D", &texts).described(None).unwrap();
    assert_eq!(source.events.events[0].sample, 2.0);
}

#[test]
fn annotations_that_cannot_be_read_hide_neither_samples_nor_the_others() {
    let texts = [
        "+0||\0+0,5|x|",
        "+1||\0+1.5|good|\0+1.7~0,5|y|",
        "+2||\x001.5|z|",
    ];
    let file = with("EDF+C", &texts);
    let source = file.described(None).unwrap();
    assert_eq!(source.n_rows(), 12);
    assert_eq!(source.events.events.len(), 1);
    assert_eq!(source.events.events[0].sample, 6.0);
    let want = "3 annotations cannot be read and are left out, the first in record 0: \"+0,5 x\"";
    assert!(source.notices[0].starts_with(want), "{:?}", source.notices);
    // a job without markers counts them as well
    let (_folder, path) = file.write();
    let options = Options {
        wants_events: false,
        ..options(&path, None)
    };
    let without = describe(&path, &options).unwrap();
    assert_eq!(without.notices, source.notices);
}

#[test]
fn a_discontinuous_file_without_usable_times_is_refused_with_the_way_to_read_it() {
    let advice = "write EDF+C in place of EDF+D, or BDF+C of BDF+D, in the header";
    let mut bare = File::of(EDF, &[EEG], i16s(0..4));
    bare.reserved = "EDF+D";
    for (file, part) in [
        (bare, "but none of them gives its time"),
        (with("EDF+D", &["", "x"]), "but none of them gives its time"),
        (
            with("EDF+D", &["+1||", "+1.5||"]),
            "record 1 starts at 1.5 s, before the end of the record before it",
        ),
    ] {
        let error = file.refused();
        assert!(error.contains(part) && error.contains(advice), "{error}");
    }
}

#[test]
fn a_rounded_duration_of_a_record_gives_the_rate_it_stands_for() {
    let mut file = of_two_rates();
    file.record_s = "0.013333";
    let source = file.described(Some(300.0)).unwrap();
    assert_eq!(source.recording.sample_rate_hz, 300.0);
    file.record_s = "0.4";
    let source = file.described(Some(10.0)).unwrap();
    assert_eq!(source.recording.sample_rate_hz, 10.0);
    // too few digits to tell
    file.record_s = "0.0133";
    let exact = 4.0 / 0.0133;
    let source = file.described(Some(exact)).unwrap();
    assert_eq!(source.recording.sample_rate_hz, exact);
}

#[test]
fn times_of_more_records_than_there_may_be_are_not_read() {
    let described = |reserved: &'static str| {
        let signals = [["Cz", "uV", "-1", "1", "-2", "2", "1"], TEXT];
        let mut file = File::of(EDF, &signals, Vec::new());
        file.reserved = reserved;
        let (_folder, path) = file.write();
        // zeros that take no room
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.set_len(768 + (MAX_RECORDS + 1) * 62).unwrap();
        let options = Options {
            wants_events: false,
            ..options(&path, None)
        };
        describe(&path, &options)
    };
    let error = described("EDF+D").unwrap_err().one_line();
    assert!(error.contains("between its 16777217 records"), "{error}");
    let source = described("EDF+C").unwrap();
    assert_eq!(source.n_rows(), MAX_RECORDS + 1);
    assert!(
        source.notices[0].starts_with("the times of its 16777217 records are not read"),
        "{:?}",
        source.notices
    );
}
