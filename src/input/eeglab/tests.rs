mod beside;

use super::*;
use crate::input::matlab::writing::{How, Mat};
use crate::input::{Samples, open};
use crate::setting::Setting;

const N_CHANNELS: u32 = 2;
const N_SAMPLES: u32 = 50;

/// The fields of a dataset of two channels: one epoch of 50 samples from −0.1 s on, 100 Hz.
fn eeg() -> Vec<(&'static str, Mat)> {
    let event = Mat::Structs(vec![
        (
            "latency".into(),
            [11.0, 20.5, 31.25].map(Mat::number).to_vec(),
        ),
        (
            "duration".into(),
            vec![Mat::number(3.0), Mat::number(f64::NAN), Mat::row(&[])],
        ),
        (
            "code".into(),
            vec![Mat::number(7.0), Mat::row(&[]), Mat::text("x")],
        ),
        (
            "type".into(),
            vec![Mat::text("go"), Mat::text("boundary"), Mat::number(2.0)],
        ),
    ]);
    let labels = vec![Mat::text("Cz"), Mat::number(2.0)];
    vec![
        ("setname", Mat::text("something")),
        ("nbchan", Mat::number(2.0)),
        ("trials", Mat::number(1.0)),
        ("pnts", Mat::number(50.0)),
        ("srate", Mat::number(100.0)),
        ("xmin", Mat::number(-0.1)),
        ("data", Mat::Singles(vec![N_CHANNELS, N_SAMPLES], numbers())),
        ("chanlocs", Mat::Structs(vec![("labels".into(), labels)])),
        ("event", event),
    ]
}

fn numbers() -> Vec<f32> {
    (0..N_CHANNELS * N_SAMPLES)
        .map(|i| i as f32 + 0.1)
        .collect()
}

fn eeg_with(changes: &[(&str, Mat)]) -> Vec<(&'static str, Mat)> {
    let mut fields = eeg();
    for (name, value) in changes {
        for (field, old) in &mut fields {
            if field == name {
                *old = value.clone();
            }
        }
    }
    fields
}

/// A folder with `x.set` of these fields, and what it describes.
fn described(
    fields: &[(&'static str, Mat)],
    beside: &[(&str, &[u8])],
) -> (tempfile::TempDir, Result<Source>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.set");
    let file = How::default().file(&[("EEG", Mat::fields(fields))]);
    std::fs::write(&path, file).unwrap();
    for (name, bytes) in beside {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let source = describe(&path, &options(&path));
    (folder, source)
}

fn options(path: &Path) -> Options {
    Options::of_path(Setting::default_of("input", "path", path.to_owned()))
}

fn refusal(changes: &[(&str, Mat)], beside: &[(&str, &[u8])]) -> String {
    let (_folder, source) = described(&eeg_with(changes), beside);
    source.unwrap_err().one_line()
}

/// The samples of all channels, as single precision.
fn samples(source: &Source) -> Vec<f32> {
    let n_rows = source.n_rows();
    let columns: Vec<usize> = (0..N_CHANNELS as usize).collect();
    let mut samples = vec![f32::NAN; n_rows as usize * columns.len()];
    let mut reader = open(&source.location).unwrap();
    reader
        .read(0..n_rows, &columns, Samples::Single(&mut samples))
        .unwrap();
    samples
}

#[test]
fn continuous_data_have_events_and_stretches_between_boundaries() {
    let (_folder, source) = described(&eeg(), &[]);
    let source = source.unwrap();
    assert_eq!(samples(&source), numbers());
    let recording = &source.recording;
    let channels: Vec<(&str, &str)> = recording
        .channels
        .iter()
        .map(|channel| (channel.label.as_str(), channel.unit.as_str()))
        .collect();
    assert_eq!(channels, [("Cz", "uV"), ("2", "uV")]);
    assert_eq!(
        (recording.trials.len(), recording.trials[0].offset),
        (2, -10.0)
    );
    assert_eq!(source.stretches, [0..20, 20..50]);
    assert_eq!(source.events.names, ["type", "code"]);
    let events: Vec<(f64, Option<f64>, String)> = source
        .events
        .events
        .iter()
        .map(|event| (event.sample, event.duration, event.values.join(" ")))
        .collect();
    let event = |sample, duration, values: &str| (sample, duration, values.to_owned());
    assert_eq!(
        events,
        [
            event(10.0, Some(3.0), "go 7"),
            event(19.5, None, "boundary "),
            event(30.25, None, "2 x")
        ]
    );
}

#[test]
fn fields_that_are_variables_themselves_are_the_same_dataset() {
    let (_folder, one) = described(&eeg(), &[]);
    let one = one.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.set");
    for compressed in [false, true] {
        let how = How {
            compressed,
            big_endian: false,
        };
        std::fs::write(&path, how.file(&eeg())).unwrap();
        let other = describe(&path, &options(&path)).unwrap();
        assert_eq!(
            (&other.recording, &other.events),
            (&one.recording, &one.events)
        );
        assert_eq!(samples(&other), numbers());
    }
}

#[test]
fn channels_without_a_name_have_that_of_their_place() {
    let labels = |labels: Vec<Mat>| -> Vec<String> {
        let places = Mat::Structs(vec![("labels".into(), labels)]);
        let (_folder, source) = described(&eeg_with(&[("chanlocs", places)]), &[]);
        let channels = source.unwrap().recording.channels.into_iter();
        channels.map(|channel| channel.label).collect()
    };
    let text = Mat::text;
    assert_eq!(labels(vec![text(""), text("")]), ["channel1", "channel2"]);
    assert_eq!(
        labels(vec![text("channel2"), text(" ")]),
        ["channel2", "channel2_2"]
    );
    assert_eq!(
        labels(vec![Mat::row(&[]), Mat::number(7.0)]),
        ["channel1", "7"]
    );
    let places = Mat::Structs(vec![("labels".into(), vec![text(""), text("Cz")])]);
    let (_folder, source) = described(&eeg_with(&[("chanlocs", places)]), &[]);
    assert_eq!(
        source.unwrap().notices,
        ["1 of 2 channels has no name: it is called by its place, channel1"]
    );
    // where nothing names channels there is nothing to tell
    let (_folder, source) = described(&eeg_with(&[("chanlocs", Mat::row(&[]))]), &[]);
    assert_eq!(source.unwrap().notices, [""; 0]);
    // a selection by name refuses those that are not one channel's
    assert_eq!(labels(vec![text("Cz"), text("Cz")]), ["Cz", "Cz"]);
}

#[test]
fn a_rate_loses_its_rounding() {
    for (srate, hz) in [
        (Mat::number(499.99999999), 500.0),
        (Mat::Singles(vec![1, 1], vec![512.1]), 512.1),
        (Mat::number(1000.0 / 3.0), 1000.0 / 3.0),
    ] {
        let (_folder, source) = described(&eeg_with(&[("srate", srate)]), &[]);
        assert_eq!(source.unwrap().recording.sample_rate_hz, hz);
    }
}

#[test]
fn epochs_are_trials_and_each_a_stretch() {
    let changes = [
        ("trials", Mat::number(5.0)),
        ("pnts", Mat::number(10.0)),
        ("data", Mat::Singles(vec![2, 10, 5], numbers())),
    ];
    let (_folder, source) = described(&eeg_with(&changes), &[]);
    let source = source.unwrap();
    let trials = &source.recording.trials;
    assert_eq!(trials.len(), 5);
    assert_eq!(
        (trials[3].start, trials[3].n_samples, trials[3].offset),
        (30, 10, -10.0)
    );
    assert_eq!(source.stretches.len(), 5);
    assert_eq!(samples(&source), numbers());
}

#[test]
fn sizes_that_do_not_fit_and_values_that_are_none_are_refused() {
    let number = Mat::number;
    for (field, value, says) in [
        (
            "nbchan",
            number(3.0),
            "EEG.chanlocs is 2 structs; expected 3 structs",
        ),
        (
            "nbchan",
            number(1e300),
            "EEG.nbchan is 1e300; expected a whole number from 1 to 1048576",
        ),
        (
            "pnts",
            number(2.5),
            "EEG.pnts is 2.5; expected a whole number",
        ),
        (
            "pnts",
            number(51.0),
            "EEG.data is 2 × 50 numbers; expected 2 × 51 × 1",
        ),
        (
            "trials",
            number(-1.0),
            "EEG.trials is -1; expected a whole number",
        ),
        (
            "srate",
            number(f64::NAN),
            "EEG.srate is NaN; expected a number of Hz",
        ),
        (
            "xmin",
            number(f64::INFINITY),
            "EEG.xmin is inf; expected the time",
        ),
        (
            "xmin",
            Mat::text("0"),
            "EEG.xmin is \"0\"; expected the time",
        ),
        (
            "data",
            Mat::Cells(vec![]),
            "EEG.data is 0 cells; expected real numbers",
        ),
        (
            "chanlocs",
            Mat::text("x"),
            "EEG.chanlocs is \"x\"; expected 2 structs",
        ),
    ] {
        let text = refusal(&[(field, value)], &[]);
        assert!(text.contains(says), "{text}");
    }
    let labels = Mat::Structs(vec![(
        "labels".into(),
        vec![Mat::text("a\0"), Mat::text("b")],
    )]);
    let text = refusal(&[("chanlocs", labels)], &[]);
    assert!(text.contains("EEG.chanlocs(1).labels is"), "{text}");
    // what says nothing about itself still has its samples
    let bare = eeg_with(&[
        ("chanlocs", Mat::row(&[])),
        ("event", Mat::row(&[])),
        ("xmin", Mat::row(&[])),
    ]);
    let (_folder, source) = described(&bare, &[]);
    let source = source.unwrap();
    assert_eq!(source.recording.channels[1].label, "channel2");
    assert!(source.events.events.is_empty());
}
