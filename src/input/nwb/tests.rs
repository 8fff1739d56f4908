//! Files as NWB has them, written by hand, and what is wrong with others.

mod timestamps;
mod wrong;

use std::path::{Path, PathBuf};

use hdf5::types::VarLenUnicode;
use hdf5::{Group, Location};
use ndarray::{Array1, Array2};

use super::describe;
use crate::input::{Options, Source};
use crate::setting::Setting;

const N_ROWS: usize = 500;

fn text(of: &Location, name: &str, value: &str) {
    let value: VarLenUnicode = value.parse().unwrap();
    let attribute = of.new_attr::<VarLenUnicode>().create(name).unwrap();
    attribute.write_scalar(&value).unwrap();
}

fn number(of: &Location, name: &str, value: f64) {
    let attribute = of.new_attr::<f64>().create(name).unwrap();
    attribute.write_scalar(&value).unwrap();
}

fn numbers(group: &Group, name: &str, values: &[f64]) {
    let builder = group.new_dataset_builder();
    builder
        .with_data(&Array1::from(values.to_vec()))
        .create(name)
        .unwrap();
}

fn texts(group: &Group, name: &str, values: &[&str]) {
    let values: Vec<VarLenUnicode> = values.iter().map(|text| text.parse().unwrap()).collect();
    let builder = group.new_dataset_builder();
    builder
        .with_data(&Array1::from(values))
        .create(name)
        .unwrap();
}

/// A file with a series of 3 channels at 250 Hz from 2 s on, 4 electrodes and 4 trials, then changed.
fn file(folder: &Path, change: impl Fn(&hdf5::File)) -> PathBuf {
    let path = folder.join("x.nwb");
    let file = hdf5::File::create(&path).unwrap();
    text(&file, "nwb_version", "2.7.0");
    let series = file.create_group("acquisition/raw").unwrap();
    text(&series, "neurodata_type", "ElectricalSeries");
    let data = Array2::from_shape_fn((N_ROWS, 3), |(row, column)| (row * 3 + column) as i16);
    let data = series
        .new_dataset_builder()
        .with_data(&data)
        .create("data")
        .unwrap();
    text(&data, "unit", "volts");
    number(&data, "conversion", 2e-6);
    number(&data, "offset", 0.5);
    numbers(&series, "channel_conversion", &[1.0, 2.0, 4.0]);
    numbers(&series, "electrodes", &[3.0, 0.0, 1.0]);
    let start = series.new_dataset::<f64>().create("starting_time").unwrap();
    start.write_scalar(&2.0).unwrap();
    number(&start, "rate", 250.0);
    let electrodes = file
        .create_group("general/extracellular_ephys/electrodes")
        .unwrap();
    texts(&electrodes, "label", &["a", "b", "c", "d"]);
    numbers(&electrodes, "id", &[7.0, 8.0, 9.0, 10.0]);
    let trials = file.create_group("intervals/trials").unwrap();
    numbers(&trials, "start_time", &[1.9, 2.0, 3.0, 3.9]);
    numbers(&trials, "stop_time", &[2.4, 2.4, 3.5, 4.4]);
    texts(&trials, "kind", &["x", "y", "x", "y"]);
    numbers(&trials, "score", &[1.0, f64::NAN, 3.5, 4.0]);
    numbers(&trials, "taps", &[1.0; 4]);
    numbers(&trials, "taps_index", &[1.0, 2.0, 3.0, 4.0]);
    numbers(&trials, "short", &[1.0]);
    change(&file);
    file.close().unwrap();
    path
}

fn options(path: &Path, dataset: Option<&str>) -> Options {
    let path = Setting::default_of("input", "path", path.to_owned());
    Options {
        dataset: dataset.map(|name| Setting::default_of("input", "dataset", name.to_owned())),
        wants_events: true,
        ..Options::of_path(path)
    }
}

fn described(change: impl Fn(&hdf5::File)) -> Source {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), change);
    describe(&path, &options(&path, None)).unwrap()
}

fn refusal(dataset: Option<&str>, change: impl Fn(&hdf5::File)) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), change);
    describe(&path, &options(&path, dataset))
        .unwrap_err()
        .one_line()
}

#[test]
fn a_series_is_channels_a_rate_trials_and_what_makes_volts_of_its_numbers() {
    let source = described(|_| ());
    let recording = &source.recording;
    assert_eq!(recording.sample_rate_hz, 250.0);
    let labels: Vec<&str> = recording
        .channels
        .iter()
        .map(|c| c.label.as_str())
        .collect();
    assert_eq!(labels, ["d", "a", "b"]);
    assert!(
        recording
            .channels
            .iter()
            .all(|channel| channel.unit == "volts")
    );
    let calibration = source.location.calibration.clone().unwrap();
    assert_eq!(calibration.gain, [2e-6, 2e-6 * 2.0, 2e-6 * 4.0]);
    assert_eq!(calibration.offset, [0.5; 3]);
    // the first and the last trial are not in the series as a whole
    let trials: Vec<(u64, usize)> = recording
        .trials
        .iter()
        .map(|t| (t.start, t.n_samples))
        .collect();
    assert_eq!(trials, [(0, 100), (250, 125)]);
    assert_eq!(recording.trialinfo, ["event", "score"]);
    let [first, last] = [0, 1].map(|k| &recording.trials[k].info);
    assert!(first[1].is_nan() && last[1] == 3.5);
    assert_eq!([first[0], last[0]], [1.0, 2.0]);
    assert_eq!(source.remarks.len(), 1, "{:?}", source.remarks);
    assert!(source.remarks[0].starts_with("2 trials of intervals/trials left out"));
    assert_eq!(
        source.events.names,
        ["start_time", "stop_time", "kind", "score"]
    );
    let event = &source.events.events[1];
    assert_eq!(
        (event.sample, event.duration.map(f64::round)),
        (0.0, Some(100.0))
    );
    assert_eq!(event.values, ["2", "2.4", "y", ""]);
    assert_eq!(source.events.events[0].sample.round(), -25.0);
}

#[test]
fn numbers_of_a_table_are_short_texts_and_trials_need_none_of_them() {
    let change = |file: &hdf5::File| {
        let trials = file.group("intervals/trials").unwrap();
        numbers(&trials, "tiny", &[5e-324, -1.5e-300, 1e300, 0.25]);
    };
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), change);
    let with = describe(&path, &options(&path, None)).unwrap();
    let tiny = with.events.names.iter().position(|name| name == "tiny");
    let values = with.events.events.iter().map(|e| &e.values[tiny.unwrap()]);
    assert!(values.eq(["5e-324", "-1.5e-300", "1e300", "0.25"]));
    let only_trials = Options {
        wants_events: false,
        ..options(&path, None)
    };
    let without = describe(&path, &only_trials).unwrap();
    assert!(without.events.events.is_empty());
    let starts = |source: &Source| -> Vec<u64> {
        let trials = source.recording.trials.iter();
        trials.map(|trial| trial.start).collect()
    };
    assert_eq!(starts(&without), starts(&with));
    assert_eq!(without.recording.trials[1].info, [2.0, 3.5, 1e300]);
}

#[test]
fn electrodes_without_names_are_called_by_their_numbers_and_without_a_table_by_their_places() {
    let labels = |change: fn(&hdf5::File)| -> Vec<String> {
        let channels = described(change).recording.channels.into_iter();
        channels.map(|channel| channel.label).collect()
    };
    let numbered = labels(|file| {
        file.unlink("general/extracellular_ephys/electrodes/label")
            .unwrap()
    });
    assert_eq!(numbered, ["10", "7", "8"]);
    let bare = labels(|file| {
        file.unlink("general/extracellular_ephys/electrodes")
            .unwrap()
    });
    assert_eq!(bare, ["channel1", "channel2", "channel3"]);
    let partly = described(|file| {
        let electrodes = file
            .group("general/extracellular_ephys/electrodes")
            .unwrap();
        electrodes.unlink("label").unwrap();
        texts(&electrodes, "label", &["", "", "", ""]);
    });
    let told = partly.notices.iter().any(|notice| {
        notice == "3 of 3 channels have no name: each is called by its place, such as channel1"
    });
    assert!(told, "{:?}", partly.notices);
}

#[test]
fn trials_that_no_sample_is_of_leave_everything_as_one() {
    let source = described(|file| {
        file.unlink("intervals/trials/start_time").unwrap();
        let trials = file.group("intervals/trials").unwrap();
        numbers(&trials, "start_time", &[f64::NAN, 1e300, -1e300, 9.0]);
    });
    assert_eq!(source.recording.trials.len(), 1);
    assert_eq!(source.recording.trials[0].n_samples, N_ROWS);
    assert!(source.remarks[0].starts_with("none of 4 trials of intervals/trials"));
}

#[test]
fn times_of_every_sample_become_a_rate_or_are_refused() {
    let with = |times: Vec<f64>| {
        move |file: &hdf5::File| {
            file.unlink("acquisition/raw/starting_time").unwrap();
            numbers(
                &file.group("acquisition/raw").unwrap(),
                "timestamps",
                &times,
            );
        }
    };
    let regular: Vec<f64> = (0..N_ROWS).map(|k| 7.0 + k as f64 / 1000.0).collect();
    assert_eq!(
        described(with(regular.clone())).recording.sample_rate_hz,
        1000.0
    );
    let odd: Vec<f64> = (0..N_ROWS).map(|k| k as f64 / 997.3).collect();
    let rate = described(with(odd)).recording.sample_rate_hz;
    assert!((rate - 997.3).abs() < 1e-6, "{rate}");
    let mut broken = regular.clone();
    broken[100] = f64::NAN;
    for times in [
        broken,
        vec![0.0; N_ROWS],
        regular[..7].to_vec(),
        regular.iter().map(|x| -x).collect(),
    ] {
        let text = refusal(None, with(times));
        assert!(
            text.contains("acquisition/raw/timestamps") && text.contains("; expected"),
            "{text}"
        );
    }
}
