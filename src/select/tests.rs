use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::recording::{Channel, Trial};
use crate::setting::{Entry, Place, Section};

fn recording() -> Recording {
    let trial = |number: usize, n_samples| Trial {
        number,
        start: number as u64 * 1000,
        n_samples,
        offset: -500.0,
        info: vec![number as f64],
        labels: Vec::new(),
    };
    Recording {
        sample_rate_hz: 500.0,
        channels: Channel::of(
            ["Cz", "Pz", "Fz", "EOG 1", "EOG 2", "-x*"]
                .map(String::from)
                .to_vec(),
        ),
        trials: vec![trial(0, 1000), trial(1, 600), trial(2, 1000)],
        is_double: false,
        trialinfo: vec!["info1".into()],
        trial_labels: Vec::new(),
    }
}

fn written(text: &str) -> Result<Select, Refusal> {
    let table: toml::Table = toml::from_str(text).unwrap();
    let entries: BTreeMap<String, Entry> = table
        .into_iter()
        .map(|(key, value)| (key, Entry::new(value, Place::Default)))
        .collect();
    parse(&Section::new("select", KEYS, &entries)?)
}

fn selected(text: &str) -> Selected {
    select(&recording(), &written(text).expect(text)).expect(text)
}

fn refused(text: &str) -> String {
    let refusal = match written(text) {
        Ok(wanted) => select(&recording(), &wanted).expect_err(text),
        Err(refusal) => refusal,
    };
    refusal.to_string()
}

fn channels(text: &str) -> Vec<usize> {
    let channels = selected(&format!("channel = {text}")).recording.channels;
    channels.iter().map(|channel| channel.column).collect()
}

fn trials(text: &str) -> Vec<usize> {
    let trials = selected(&format!("trials = {text}")).recording.trials;
    trials.iter().map(|trial| trial.number).collect()
}

#[test]
fn a_latency_holds_both_its_ends() {
    let cut = selected("latency = [-0.5, 0.1]");
    let trial = &cut.recording.trials[0];
    assert_eq!(
        (trial.start, trial.n_samples, trial.offset),
        (250, 301, -250.0)
    );
    assert_eq!(cut.n_partly, 0);
    // 0.1 s × 500 Hz is not exact in binary, sample 50 belongs to it all the same
    let trial = &selected("latency = [0.1, 0.1]").recording.trials[0];
    assert_eq!((trial.n_samples, trial.offset), (1, 50.0));
}

#[test]
fn a_bound_just_beside_a_sample_selects_it_beside_offsets_of_any_size() {
    for fs in [
        100.0,
        500.0,
        600.614_990_234_375,
        1_017.252_625,
        999.999_999_999_999_3,
    ] {
        for offset in [0.0, -137.0, -1e6, 1e9] {
            let mut of = recording();
            of.sample_rate_hz = fs;
            of.trials.truncate(1);
            of.trials[0].offset = offset;
            for (first, n) in [(0, 1000), (29, 30), (700, 72), (333, 1)] {
                let time = |k: usize| (k as f64 + offset) / fs;
                // below 1e-6 samples, and roundings of times that are large
                for off in [0.0, 0.9e-6 / fs, -0.9e-6 / fs] {
                    let (begin, end) = (time(first) + off, time(first + n - 1) + off);
                    let around = Latency::Window([begin.min(end), end.max(begin)]);
                    let wanted = Select {
                        latency: Some(Setting::default_of("select", "latency", around)),
                        ..Select::default()
                    };
                    let cut = select(&of, &wanted).unwrap();
                    let trial = &cut.recording.trials[0];
                    let found = (trial.start, trial.n_samples);
                    assert_eq!(
                        found,
                        (first as u64, n),
                        "{fs} Hz, {offset}, {begin} to {end} s"
                    );
                    assert_eq!(cut.n_partly, 0, "{fs} Hz, {offset}, {begin} to {end} s");
                }
            }
        }
    }
    // 0.1 + 0.2 s is a little above sample 150, 0.29 · 100 a little below sample 29
    let mut of = recording();
    of.trials[0].offset = 0.0;
    of.trials.truncate(1);
    let cut = |begin: f64, end: f64| {
        let window = Latency::Window([begin, end]);
        let latency = Some(Setting::default_of("select", "latency", window));
        let wanted = Select {
            latency,
            ..Select::default()
        };
        let cut = select(&of, &wanted).unwrap();
        (
            cut.recording.trials[0].start,
            cut.recording.trials[0].n_samples,
        )
    };
    assert_eq!(cut(0.1 + 0.2, 0.7 + 0.1), (150, 251));
    // a bound between two samples takes neither
    assert_eq!(cut(0.3001, 0.7999), (151, 249));
}

#[test]
fn a_window_around_all_trials_is_told_in_place_of_trials_that_it_covers_partly() {
    let cut = selected("latency = [-200, 800]");
    let remarks: Vec<String> = cut.remarks().iter().map(Remark::to_string).collect();
    assert_eq!(
        remarks,
        [
            "select.latency = [-200, 800]: trials last from -1 to 0.998 s, so that this cuts nothing; expected seconds: were \
             milliseconds meant?"
        ]
    );
    assert_eq!((cut.n_partly, cut.recording.trials[0].n_samples), (0, 1000));
    // one end lies in them
    for (text, is_asked) in [("[-200, 0.1]", true), ("[-2, 0.1]", false)] {
        let cut = selected(&format!("latency = {text}"));
        assert_eq!((cut.n_partly, cut.recording.trials[0].n_samples), (3, 551));
        let remark = cut.remarks()[0].to_string();
        assert_eq!(remark.contains("milliseconds"), is_asked, "{remark}");
    }
    for (text, is_asked) in [
        ("[100, 500]", true),
        ("[3, 4]", false),
        ("[5000, 6000]", false),
    ] {
        let refusal = refused(&format!("latency = {text}"));
        assert_eq!(refusal.contains("milliseconds"), is_asked, "{refusal}");
    }
}

#[test]
fn a_reversed_latency_is_taken_from_the_lower_to_the_higher() {
    let cut = selected("latency = [0.1, -0.5]");
    let straight = selected("latency = [-0.5, 0.1]");
    assert_eq!(cut.recording, straight.recording);
    let remarks: Vec<String> = cut.remarks().iter().map(Remark::to_string).collect();
    assert_eq!(
        remarks,
        ["select.latency = [0.1, -0.5]: taken as from the lower to the higher"]
    );
    assert!(straight.remarks().is_empty());
}

#[test]
fn trials_covered_partly_stay_in_with_fewer_samples_and_are_counted() {
    let cut = selected("latency = [0.0, 0.5]");
    assert_eq!((cut.n_partly, cut.n_dropped), (1, 0));
    let trials = &cut.recording.trials;
    assert_eq!((trials[1].n_samples, trials[1].offset), (100, 0.0));
    assert_eq!(trials[0].n_samples, 251);
}

#[test]
fn trials_outside_the_latency_are_refused() {
    let text = refused("latency = [0.5, 0.6]");
    assert!(
        text.contains("trial 1 has no sample in it; it lasts from -1 to 0.198 s"),
        "{text}"
    );
}

#[test]
fn periods_follow_from_the_trials_and_leave_out_those_that_do_not_cover_them() {
    // trials 0 and 2 last from -1 to 0.998 s, trial 1 to 0.198 s
    for (word, window, n_dropped) in [
        ("maxperiod", [-1.0, 0.998], 1),
        ("minperiod", [-1.0, 0.198], 0),
        ("prestim", [-1.0, 0.0], 0),
        ("poststim", [0.0, 0.998], 1),
    ] {
        let cut = selected(&format!("latency = \"{word}\""));
        assert_eq!(cut.window_s, Some(window), "{word}");
        assert_eq!((cut.n_dropped, cut.n_partly), (n_dropped, 0), "{word}");
        let n = ((window[1] - window[0]) * 500.0_f64).round() as usize + 1;
        assert!(
            cut.recording
                .trials
                .iter()
                .all(|trial| trial.n_samples == n),
            "{word}"
        );
    }
    let mut late = recording();
    late.trials.iter_mut().for_each(|trial| trial.offset = 0.0);
    let text = select(&late, &written("latency = \"prestim\"").unwrap())
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("no trial has times before its trigger"),
        "{text}"
    );
    let mut apart = recording();
    apart.trials[0].offset = 5000.0;
    let wanted = written("latency = \"maxperiod\"").unwrap();
    let text = select(&apart, &wanted)
        .expect_err("no trial is that long")
        .to_string();
    assert!(
        text.contains("none of 3 trials covers this window, from -1 to 11.998 s"),
        "{text}"
    );
}

#[test]
fn channels_are_found_by_name_number_range_and_pattern_and_keep_their_column() {
    assert_eq!(channels("[\"Fz\", 0]"), [2, 0]);
    assert_eq!(channels("\"Pz\""), [1]);
    assert_eq!(channels("\"1:3\""), [1, 2]);
    assert_eq!(channels("\"EOG*\""), [3, 4]);
    assert_eq!(channels("[\"/^.z$/\", \"all\"]"), [0, 1, 2, 3, 4, 5]);
    assert_eq!(channels("[\"EOG 2\", \"EOG*\"]"), [4, 3]);
    // named twice is twice
    assert_eq!(channels("[\"Cz\", \"Cz\", \"?z\"]"), [0, 0, 1, 2]);
}

#[test]
fn what_is_left_out_is_taken_from_the_others_or_from_all() {
    assert_eq!(channels("\"-EOG*\""), [0, 1, 2, 5]);
    assert_eq!(channels("[\"-0\", \"-/EOG/\"]"), [1, 2, 5]);
    assert_eq!(channels("[\"-Cz\", \"?z\"]"), [1, 2]);
    // a channel that is called so
    assert_eq!(channels("\"-x*\""), [5]);
    assert_eq!(trials("\"-1\""), [0, 2]);
    assert_eq!(trials("[\"0:2\", \"-0\"]"), [1]);
}

#[test]
fn names_that_are_numbers_are_names_also_where_they_are_left_out() {
    let mut numbered = recording();
    numbered.channels = Channel::of(["1", "2", "3", "4"].map(String::from).to_vec());
    let of = |text: &str| -> Vec<usize> {
        let selected = select(&numbered, &written(text).unwrap()).unwrap();
        let channels = selected.recording.channels.iter();
        channels.map(|channel| channel.column).collect()
    };
    assert_eq!(of("channel = [\"3\"]"), [2]);
    assert_eq!(of("channel = [\"-3\"]"), [0, 1, 3]);
    assert_eq!(of("channel = [\"-1\", \"-2\"]"), [2, 3]);
    // no channel is called so: the one numbered 0
    assert_eq!(of("channel = [\"-0\"]"), [1, 2, 3]);
}

#[test]
fn trials_come_in_the_order_written_and_as_often() {
    assert_eq!(trials("[2, 0, 2]"), [2, 0, 2]);
    assert_eq!(trials("[\"1:\", 0]"), [1, 2, 0]);
    assert_eq!(trials("2"), [2]);
}

#[test]
fn what_the_recording_does_not_have_is_refused() {
    for (text, part) in [
        ("channel = \"cz\"", "did you mean Cz?"),
        ("channel = 6", "channel 6 does not exist; expected 0 to 5"),
        (
            "channel = \"EKG*\"",
            "EKG* finds no channel; known are Cz, Pz",
        ),
        ("channel = [\"Cz\", \"-EKG*\"]", "EKG* finds no channel"),
        (
            "channel = [\"Cz\", \"-Cz\"]",
            "names none of the 6 channels",
        ),
        ("channel = \"7:9\"", "this range finds no channel"),
        ("trials = 3", "trial 3 does not exist; expected 0 to 2"),
        ("trials = \"-all\"", "names none of the 3 trials"),
        ("trials = \"first\"", "trials have no names"),
    ] {
        let refusal = refused(text);
        assert!(refusal.contains(part), "{text}: {refusal}");
    }
}

#[test]
fn a_latency_finds_its_place_at_once_in_the_longest_trials_and_beside_the_largest_offsets() {
    for offset in [0.0, -1e300, 1e300, f64::MAX, -9_007_199_254_740_992.0] {
        let mut long = recording();
        long.trials.truncate(1);
        long.trials[0].n_samples = 1 << 40;
        long.trials[0].offset = offset;
        for (begin, end) in [
            (0.0, 1.0),
            (-f64::MAX, f64::MAX),
            (offset / 500.0, offset / 500.0),
            (1e9, 2e9),
        ] {
            let window = Latency::Window([begin, end]);
            let wanted = Select {
                latency: Some(Setting::default_of("select", "latency", window)),
                ..Select::default()
            };
            match select(&long, &wanted) {
                Ok(cut) => {
                    let trial = &cut.recording.trials[0];
                    assert!(trial.n_samples > 0 && trial.offset.is_finite());
                    assert!(trial.start + trial.n_samples as u64 <= 1 << 40);
                }
                Err(refusal) => assert!(refusal.to_string().len() < 200, "{refusal}"),
            }
        }
    }
}

#[test]
fn a_name_that_two_channels_have_is_refused_with_their_numbers() {
    let mut twice = recording();
    twice.channels[2].label = "Cz".into();
    let of = |text: &str| select(&twice, &written(text).unwrap());
    let text = of("channel = \"Cz\"").expect_err("two of them").to_string();
    assert!(text.contains("channels 0 and 2 are both called"), "{text}");
    assert_eq!(of("channel = 2").unwrap().recording.channels[0].column, 2);
}

#[test]
fn a_single_item_is_a_list_of_one_and_all_is_no_selection() {
    let select = written("trials = 3\nchannel = [\"Cz\", 0]\n").unwrap();
    assert_eq!(select.trials.unwrap().value, [Item::number(3)]);
    let items = [Item::parse("Cz").unwrap(), Item::number(0)];
    assert_eq!(select.channel.unwrap().value, items);
    let select = written("trials = \"all\"\nlatency = \"none\"\n").unwrap();
    assert_eq!(select, Select::default());
}

#[test]
fn cfg_has_names_numbers_and_times_whatever_was_written() {
    let of = |text: &str| cfg(&written(text).unwrap(), &selected(text));
    assert_eq!(
        of("channel = [\"P*\", 0]"),
        Some(json!({ "channel": ["Pz", "Cz"] }))
    );
    assert_eq!(of("trials = \"-0\""), Some(json!({ "trials": [1, 2] })));
    let want = json!({ "trials": [0, 2], "latency": [0.0, 0.998] });
    assert_eq!(of("latency = \"poststim\""), Some(want));
    assert_eq!(of("trials = \"all\""), None);
}

#[test]
fn selections_of_the_wrong_type_are_refused() {
    for text in [
        "trials = -1",
        "trials = []",
        "trials = [0.5]",
        "channel = [true]",
        "channel = \"/(/\"",
        "channel = \"1:2:0\"",
        "latency = [1]",
        "latency = \"always\"",
    ] {
        assert!(written(text).is_err(), "{text}");
    }
}
