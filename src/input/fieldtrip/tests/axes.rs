//! Sample rates and time axes.

use super::*;

/// Raw data of a trial of `n` samples whose times are `times`, with this `fsample`.
fn of(times: Vec<f64>, fsample: Option<Mat>) -> Result<Source> {
    let n = times.len() as u32;
    let data = raw_with(&[
        ("fsample", fsample),
        ("trialinfo", None),
        ("time", Some(Mat::Cells(vec![Mat::row(&times)]))),
        (
            "trial",
            Some(Mat::Cells(vec![Mat::Doubles(
                vec![2, n],
                vec![0.0; 2 * n as usize],
            )])),
        ),
    ]);
    described(&[("data", data)], None)
}

fn regular(n: usize, hz: f64) -> Vec<f64> {
    (0..n).map(|k| -0.2 + k as f64 / hz).collect()
}

fn rate(source: Result<Source>) -> f64 {
    source.unwrap().recording.sample_rate_hz
}

#[test]
fn a_stored_rate_that_is_off_by_rounding_is_that_of_the_times() {
    for (stored, hz) in [
        (999.9999, 1000.0),
        (1000.0001, 1000.0),
        (512.00003, 512.0),
        (1249.9999999, 1250.0),
        (30000.1234, 30000.1234),
        (1000.0 / 3.0, 1000.0 / 3.0),
    ] {
        let source = of(regular(900, hz), Some(Mat::number(stored)));
        assert!((rate(source) / hz - 1.0).abs() < 1e-12, "{stored}");
        let source = of(
            regular(900, hz),
            Some(Mat::Singles(vec![1, 1], vec![stored as f32])),
        )
        .unwrap();
        assert!(
            (source.recording.sample_rate_hz / hz - 1.0).abs() < 1e-12,
            "{stored}"
        );
        assert_eq!(source.notices, [""; 0]);
    }
    // times that say what is stored
    assert_eq!(
        rate(of(regular(900, 999.9999), Some(Mat::number(999.9999)))),
        999.9999
    );
    assert_eq!(
        rate(of(regular(900, 1000.0), Some(Mat::number(1000.0)))),
        1000.0
    );
    // times of few digits, or of a single sample, cannot tell
    let single: Vec<f64> = regular(900, 512.0)
        .iter()
        .map(|&t| f64::from(t as f32))
        .collect();
    assert_eq!(rate(of(single, Some(Mat::number(512.00003)))), 512.0);
    assert_eq!(rate(of(vec![0.5], Some(Mat::number(512.00003)))), 512.0);
    assert_eq!(rate(of(vec![0.5], Some(Mat::number(512.5)))), 512.5);
}

#[test]
fn a_stored_rate_that_the_times_contradict_a_little_gives_way_and_a_wrong_one_is_refused() {
    let source = of(regular(300, 1000.5), Some(Mat::number(1000.0))).unwrap();
    assert!((source.recording.sample_rate_hz - 1000.5).abs() < 1e-9);
    assert_eq!(
        source.notices,
        ["data.fsample is 1000 Hz, but its time axes make 1000.5 Hz, which is used"]
    );
    for (fsample, says) in [
        (
            250.0,
            "data.fsample is 250 Hz, but the steps of data.time make 500 Hz; expected both to agree",
        ),
        (
            0.5,
            "data.fsample is 0.5 Hz, but the steps of data.time make 500 Hz",
        ),
    ] {
        let text = of(regular(300, 500.0), Some(Mat::number(fsample)))
            .unwrap_err()
            .one_line();
        assert!(text.contains(says), "{text}");
    }
    // milliseconds
    let times = regular(300, 1.0);
    let text = of(times, Some(Mat::number(1000.0))).unwrap_err().one_line();
    assert!(text.contains("times in seconds"), "{text}");
}

#[test]
fn times_without_a_stored_rate_make_the_obvious_one() {
    for hz in [1000.0, 512.0, 30000.1234, 24414.0625] {
        assert!((rate(of(regular(900, hz), None)) / hz - 1.0).abs() < 1e-12);
    }
    let single: Vec<f64> = regular(900, 512.0)
        .iter()
        .map(|&t| f64::from(t as f32))
        .collect();
    assert_eq!(rate(of(single, None)), 512.0);
    // a step that is a bit longer than the others is told and does not shift the rate
    let mut jumping = regular(900, 1000.0);
    jumping[500..].iter_mut().for_each(|t| *t += 0.4e-3);
    let source = of(jumping, None).unwrap();
    assert_eq!(source.recording.sample_rate_hz, 1000.0);
    assert!(
        source.notices[0]
            .contains("data.time{1} is off a constant rate of 1000 Hz by up to 0.4 samples")
    );
}

#[test]
fn times_that_are_not_regular_are_refused_with_what_to_do() {
    let with = |row: usize, change: fn(f64) -> f64| {
        let mut times = regular(900, 1000.0);
        times[row..].iter_mut().for_each(|t| *t = change(*t));
        times
    };
    for (times, says) in [
        (
            with(100, |t| t + 0.001),
            "at sample 100 and -0.2 s at the first; expected steps of 0.001 s: cut the trial",
        ),
        (with(100, |t| t - 0.002), "expected steps of 0.001 s"),
        (with(0, |t| -t), "do not grow by a constant step"),
        (with(0, |_| 1.0), "do not grow by a constant step"),
        (
            with(899, |_| f64::NAN),
            "holds NaN at sample 899; expected finite times",
        ),
        (with(0, |_| f64::INFINITY), "do not grow"),
        (with(0, |t| t + 1e14), "do not grow by a constant step"),
    ] {
        let text = of(times.clone(), None).unwrap_err().one_line();
        assert!(
            text.contains(says) || text.contains("do not grow by a constant step"),
            "{says}: {text}"
        );
        // the message names the place where a rate is stored
        let text = of(times, Some(Mat::number(1000.0))).unwrap_err().one_line();
        assert!(
            text.contains("data.time{1} ") && text.contains("; expected"),
            "{text}"
        );
    }
    for fsample in [f64::NAN, f64::INFINITY, 0.0, -1000.0] {
        let text = of(regular(900, 1000.0), Some(Mat::number(fsample)))
            .unwrap_err()
            .one_line();
        assert!(text.contains("data = rmfield(data, 'fsample')"), "{text}");
    }
}
