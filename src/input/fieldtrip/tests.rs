mod axes;
mod info;
mod others;

use super::*;
use crate::input::matlab::writing::{How, Mat};
use crate::setting::Setting;

/// A file of these variables, described as the config would have it.
fn described(variables: &[(&str, Mat)], dataset: Option<&str>) -> Result<Source> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mat");
    std::fs::write(&path, How::default().file(variables)).unwrap();
    let mut options = Options::of_path(Setting::default_of("input", "path", path.clone()));
    options.dataset = dataset.map(|name| Setting::default_of("input", "dataset", name.to_owned()));
    describe(&path, &options)
}

fn refusal(variables: &[(&str, Mat)], dataset: Option<&str>) -> String {
    described(variables, dataset).unwrap_err().one_line()
}

/// Times of `n` samples from sample `first` on.
fn times(first: f64, n: usize, hz: f64) -> Mat {
    let times: Vec<f64> = (0..n).map(|k| (first + k as f64) / hz).collect();
    Mat::row(&times)
}

/// The fields of raw data: trials of 100 and 60 samples, two channels, 200 Hz.
fn raw() -> Vec<(&'static str, Mat)> {
    let trial = |n: u32| Mat::Doubles(vec![2, n], (0..2 * n).map(f64::from).collect());
    vec![
        ("cfg", Mat::fields(&[("trial", Mat::text("all"))])),
        ("label", Mat::Cells(vec![Mat::text("Cz"), Mat::text("µ")])),
        (
            "time",
            Mat::Cells(vec![times(-40.0, 100, 200.0), times(8.0, 60, 200.0)]),
        ),
        ("trial", Mat::Cells(vec![trial(100), trial(60)])),
        ("fsample", Mat::number(200.0)),
        (
            "trialinfo",
            Mat::Doubles(vec![2, 2], vec![1.0, 2.0, 3.0, f64::NAN]),
        ),
    ]
}

/// Raw data with some fields replaced, or left out where there is nothing to replace them.
fn raw_with(changes: &[(&str, Option<Mat>)]) -> Mat {
    let mut fields = raw();
    for (name, change) in changes {
        fields.retain(|(field, _)| field != name);
        if let Some(value) = change {
            let name: &'static str = String::from(*name).leak();
            fields.push((name, value.clone()));
        }
    }
    Mat::fields(&fields)
}

fn refused(field: &str, value: Option<Mat>) -> String {
    refusal(&[("data", raw_with(&[(field, value)]))], None)
}

#[test]
fn raw_data_are_trials_with_offsets_labels_and_info() {
    let source = described(&[("data", raw_with(&[]))], None).unwrap();
    let recording = &source.recording;
    assert_eq!(recording.sample_rate_hz, 200.0);
    let labels: Vec<&str> = recording
        .channels
        .iter()
        .map(|c| c.label.as_str())
        .collect();
    assert_eq!(labels, ["Cz", "µ"]);
    let trial = |k: usize| {
        let trial = &recording.trials[k];
        (trial.start, trial.n_samples, trial.offset)
    };
    assert_eq!((trial(0), trial(1)), ((0, 100, -40.0), (100, 60, 8.0)));
    assert_eq!(
        (&recording.trialinfo[..], &recording.trials[0].info[..]),
        (&["info1".into(), "info2".into()][..], &[1.0, 3.0][..])
    );
    assert!(recording.trials[1].info[1].is_nan());
    assert_eq!(source.stretches, [0..100, 100..160]);
    assert!(source.location.is_double());
}

#[test]
fn the_sample_rate_follows_from_the_times_where_nothing_says_it() {
    for fsample in [None, Some(Mat::row(&[]))] {
        let data = raw_with(&[("fsample", fsample), ("trialinfo", None)]);
        let recording = described(&[("data", data)], None).unwrap().recording;
        assert_eq!(recording.sample_rate_hz, 200.0);
        assert!(recording.trialinfo.is_empty());
    }
    let text = refused("fsample", Some(Mat::number(f64::NAN)));
    assert!(
        text.contains("data.fsample is NaN; expected a number of Hz"),
        "{text}"
    );
    let short = |name| (name, Some(Mat::Cells(vec![Mat::number(0.0)])));
    let data = raw_with(&[
        ("fsample", None),
        ("trialinfo", None),
        short("time"),
        (
            "trial",
            Some(Mat::Cells(vec![Mat::Doubles(vec![2, 1], vec![0.0; 2])])),
        ),
    ]);
    let text = refusal(&[("data", data)], None);
    assert!(
        text.contains(
            "data has no fsample, and the times of its trials do not grow by a constant step"
        ),
        "{text}"
    );
}

#[test]
fn one_of_several_variables_is_named_by_the_config() {
    let variables = [
        ("first", raw_with(&[])),
        ("n", Mat::number(1.0)),
        (
            "second",
            raw_with(&[(
                "label",
                Some(Mat::Cells(vec![Mat::text("a"), Mat::text("b")])),
            )]),
        ),
    ];
    let text = refusal(&variables, None);
    assert!(
        text.ends_with(
            "holds 2 recordings, first, second; expected input.dataset in the config, one of them"
        ),
        "{text}"
    );
    let source = described(&variables, Some("second")).unwrap();
    assert_eq!(source.recording.channels[0].label, "a");
    let text = refusal(&variables, Some("secnd"));
    assert!(
        text.contains("no such variable in this file; did you mean second?"),
        "{text}"
    );
    let text = refusal(&variables, Some("n"));
    assert!(
        text.contains("n is 1; expected FieldTrip's raw data, a struct"),
        "{text}"
    );
    let text = refusal(&variables[1..2], None);
    assert!(
        text.contains("holds no struct with the fields trial, time and label"),
        "{text}"
    );
    let eeg = Mat::fields(&[("nbchan", Mat::number(1.0))]);
    let text = refusal(&[("EEG", eeg)], None);
    assert!(text.contains("input.format = \"eeglab\""), "{text}");
}

#[test]
fn fields_that_contradict_each_other_are_refused_by_name() {
    let matrix = |shape: &[u32]| {
        Mat::Doubles(
            shape.to_vec(),
            vec![0.0; shape.iter().product::<u32>() as usize],
        )
    };
    let one = |value: Mat| Some(Mat::Cells(vec![value]));
    let two = |a: Mat, b: Mat| Some(Mat::Cells(vec![a, b]));
    for (field, value, says) in [
        (
            "trial",
            Some(matrix(&[2, 3])),
            "data.trial is 2 × 3 numbers; expected cells",
        ),
        (
            "trial",
            Some(Mat::Cells(vec![])),
            "data.trial is 0 cells; expected cells",
        ),
        (
            "trial",
            two(matrix(&[2, 100]), matrix(&[3, 60])),
            "data.trial{2} has 3 channels; expected 2",
        ),
        (
            "trial",
            two(matrix(&[2, 100]), Mat::text("x")),
            "data.trial{2} is \"x\"; expected a matrix",
        ),
        (
            "trial",
            two(matrix(&[2, 100]), matrix(&[2, 0])),
            "data.trial{2} is 2 × 0 numbers; expected a matrix",
        ),
        (
            "trial",
            two(matrix(&[2, 100]), matrix(&[2, 61])),
            "data.time{2} is 1 × 60 numbers; expected 61 times",
        ),
        (
            "trial",
            one(matrix(&[2, 100])),
            "data.time has 2 cells; expected 1, one for every trial",
        ),
        (
            "label",
            one(Mat::text("Cz")),
            "data.label has 1 names; expected 2",
        ),
        (
            "label",
            two(Mat::text("Cz"), Mat::number(3.0)),
            "data.label{2} is 3; expected characters",
        ),
        (
            "label",
            two(Mat::text("Cz"), Mat::text("a\0b")),
            "expected a string of at most 1000 bytes",
        ),
        (
            "time",
            two(times(0.0, 100, 200.0), times(f64::NAN, 60, 200.0)),
            "data.time{2} holds NaN at sample 0; expected finite times",
        ),
        (
            "time",
            two(times(0.0, 100, 200.0), times(1e300, 60, 200.0)),
            "e297 s at the first; expected steps of 0.005 s: cut the trial",
        ),
        (
            "trialinfo",
            Some(matrix(&[3, 2])),
            "data.trialinfo is 3 × 2 numbers; expected 2 rows",
        ),
        (
            "time",
            None,
            "holds no struct with the fields trial, time and label",
        ),
    ] {
        let text = refused(field, value);
        assert!(text.contains(says), "{text}");
    }
}
