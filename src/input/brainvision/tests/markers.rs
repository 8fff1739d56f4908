//! The marker file.

use super::*;

#[test]
fn markers_are_events_with_their_number_as_a_value() {
    let files = Files::new(
        HEADER,
        "Mk1=New Segment,,1,1,0,20260101120000000000\nMk2=Stimulus,S  4,2,1,0\nMk3=Response,R 08\\1,3,20,1\n\
         Mk4=Comment,R 08,4,0,2\nMk5=Stimulus,s1,4\n",
    );
    let source = files.described().unwrap();
    let events: Vec<(f64, Option<f64>, String)> = source
        .events
        .events
        .iter()
        .map(|event| (event.sample, event.duration, event.values.join("/")))
        .collect();
    assert_eq!(
        events,
        [
            (0.0, None, "New Segment///0".into()),
            (1.0, None, "Stimulus/S  4/4/0".into()),
            (2.0, Some(20.0), "Response/R 08,//1".into()),
            (3.0, None, "Comment/R 08/8/2".into()),
            (3.0, None, "Stimulus/s1/1/".into()),
        ]
    );
    assert_eq!(source.stretches, [Range { start: 0, end: 4 }]);
}

#[test]
fn a_new_segment_begins_a_stretch_and_a_trial() {
    let files = Files::new(
        HEADER,
        "Mk1=New Segment,,1,1,0\nMk2=New Segment,,3,1,0\nMk3=New Segment,,99,1,0\n",
    );
    let source = files.described().unwrap();
    assert_eq!(source.stretches, [0..2, 2..4]);
    assert_eq!(source.recording.trials.len(), 2);
    assert!(source.notices[0].contains("1 marker cannot be used and is left out"));
}

#[test]
fn markers_outside_the_recording_or_of_another_form_are_left_out_and_counted() {
    for bad in [
        "Mk2=Stimulus",
        "Mk2=Stimulus,S 1,x,1",
        "Mk2=Stimulus,S 1,,1",
        "Mk2=Stimulus,S 1,1.5,1",
        "Mk2=Stimulus,S 1,-1,1",
        "Mk2=Stimulus,S 1,0,1",
        "Mk2=Stimulus,S 1,5,1",
        "Mk2=Stimulus,S 1,99999999999999999999,1",
        "Mk2=,,1,99999999999999999999",
        "Mk2=,,1,-1",
        "Mk=Stimulus,S 1,1,1",
        "Mk2 Stimulus,S 1,1,1",
    ] {
        let files = Files::new(
            HEADER,
            &format!("Mk1=Stimulus,S 1,1,1\n{bad}\n; a comment\n\n{bad}\nMk3=Stimulus,S 1,4,1\n"),
        );
        let source = files.described().unwrap();
        let rows: Vec<f64> = source.events.events.iter().map(|e| e.sample).collect();
        assert_eq!(rows, [0.0, 3.0], "{bad}");
        let want =
            format!("2 markers cannot be used and are left out, the first is \"{bad}\"; expected");
        assert!(source.notices[0].starts_with(&want), "{:?}", source.notices);
        assert!(source.notices[0].contains("position from 1 to 4 and size"));
    }
}

#[test]
fn no_trial_lies_around_a_marker_at_position_0() {
    let text = "[definetrial]\nevents = \"markers\"\npost = 0.002\n[freqanalysis]\nmethod = \"mtmfft\"\n\
                [input]\npath = \"x\"\n[output]\npath = \"y\"\n";
    let config = crate::config::Config::parse(text, Path::new("study.toml"), &[]).unwrap();
    let trials = config.data.definetrial.unwrap();
    let files = Files::new(HEADER, "Mk1=Stimulus,S 1,0,1\nMk2=Stimulus,S 1,2,1\n");
    let mut source = files.described().unwrap();
    crate::definetrial::define(&trials, &mut source).unwrap();
    let starts: Vec<u64> = source.recording.trials.iter().map(|t| t.start).collect();
    assert_eq!(starts, [1]);
}
