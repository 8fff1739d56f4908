use super::*;
use crate::input::NOT_RECORDED;

/// A file whose samples have these times.
fn with(times: &[f64]) -> impl Fn(&hdf5::File) {
    move |file: &hdf5::File| {
        let series = file.group("acquisition/raw").unwrap();
        series.unlink("starting_time").unwrap();
        numbers(&series, "timestamps", times);
    }
}

/// The same without a table of trials.
fn without_trials(times: &[f64]) -> impl Fn(&hdf5::File) {
    move |file: &hdf5::File| {
        with(times)(file);
        file.unlink("intervals/trials").unwrap();
    }
}

/// Times at 1 kHz from 2 s on that jump by so many samples before these rows.
fn jumping(jumps: &[(usize, f64)]) -> Vec<f64> {
    let mut times: Vec<f64> = (0..N_ROWS).map(|k| 2.0 + k as f64 / 1000.0).collect();
    for &(row, samples) in jumps {
        times[row..].iter_mut().for_each(|t| *t += samples / 1000.0);
    }
    times
}

/// A pseudo-random number from -0.5 to 0.5.
fn scatter(k: usize) -> f64 {
    ((k as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as f64 / (1_u64 << 24) as f64 - 0.5
}

#[test]
fn a_gap_begins_a_stretch_and_a_trial_and_the_rate_stays() {
    for (jumps, stretches) in [
        (vec![(200, 10.0)], vec![0..200, 200..500]),
        (vec![(250, 1.0)], vec![0..250, 250..500]),
        (vec![(200, 0.6)], vec![0..200, 200..500]),
        (vec![(1, 2.0), (499, 3.0)], vec![0..1, 1..499, 499..500]),
        (
            vec![(100, 5.0), (103, 7.0)],
            vec![0..100, 100..103, 103..500],
        ),
        // there and back again
        (
            vec![(100, 0.8), (300, -0.8)],
            vec![0..100, 100..300, 300..500],
        ),
        // each less than half a sample, together more
        (
            vec![(100, 0.4), (200, 0.4), (300, 0.4)],
            vec![0..200, 200..500],
        ),
    ] {
        let source = described(without_trials(&jumping(&jumps)));
        assert_eq!(source.recording.sample_rate_hz, 1000.0, "{jumps:?}");
        assert_eq!(source.stretches, stretches, "{jumps:?}");
        assert_eq!(source.recording.trials.len(), stretches.len());
        assert!(source.knows_times());
        assert!(source.remarks[0].starts_with("samples are missing at"));
    }
    let source = described(without_trials(&jumping(&[(200, 10.0)])));
    assert_eq!(source.begins[0], 0.0);
    assert!((source.begins[1] - 210.0).abs() < 1e-6);
}

#[test]
fn a_jump_of_less_than_half_a_sample_is_told_and_no_gap() {
    let source = described(without_trials(&jumping(&[(250, 0.4)])));
    assert_eq!(source.recording.sample_rate_hz, 1000.0);
    assert_eq!(source.stretches.len(), 1);
    assert!(
        source.notices[0]
            .contains("off a constant rate of 1000 Hz by up to 0.4 samples (at sample"),
        "{:?}",
        source.notices
    );
    assert!(described(without_trials(&jumping(&[]))).notices.is_empty());
}

#[test]
fn times_that_scatter_are_one_stretch_and_gaps_among_them_are_found() {
    let scattered = |jumps: &[(usize, f64)]| -> Vec<f64> {
        let times = jumping(jumps);
        let times = times.iter().enumerate();
        times.map(|(k, t)| t + 0.8e-3 * scatter(k)).collect()
    };
    let source = described(without_trials(&scattered(&[])));
    assert_eq!(source.recording.sample_rate_hz, 1000.0);
    assert_eq!(source.stretches.len(), 1);
    let source = described(without_trials(&scattered(&[(200, 3.0)])));
    assert_eq!(source.stretches, [0..200, 200..500]);
    assert!(
        (source.begins[1] - 203.0).abs() < 0.5,
        "{:?}",
        source.begins
    );
}

#[test]
fn a_rate_that_drifts_is_one_stretch_and_events_are_placed_by_their_times() {
    // a clock that gains: ten samples in all
    let times: Vec<f64> = (0..N_ROWS)
        .map(|k| {
            let x = k as f64 / N_ROWS as f64;
            2.0 + (k as f64 + 10.0 * x * x) / 1000.0
        })
        .collect();
    let source = described(with(&times));
    assert_eq!(source.stretches.len(), 1);
    let hz = source.recording.sample_rate_hz;
    assert!((hz - 1000.0 * 499.0 / 509.0).abs() < 2.0, "{hz}");
    assert!(source.notices[0].contains("the sample rate drifts"));
    // the trial from 2 to 2.4 s
    let trial = &source.recording.trials[0];
    let row = times.iter().position(|t| *t >= 2.4).unwrap() as u64;
    assert!((trial.start + trial.n_samples as u64).abs_diff(row) <= 1);
}

#[test]
fn trials_and_events_are_placed_by_their_times_and_none_crosses_a_gap() {
    // 2.0 to 2.1 s, then from 2.3 s on
    let times = jumping(&[(100, 200.0)]);
    let source = described(|file| {
        with(&times)(file);
        let trials = file.group("intervals/trials").unwrap();
        for name in ["start_time", "stop_time"] {
            trials.unlink(name).unwrap();
        }
        numbers(&trials, "start_time", &[2.02, 2.05, 2.31, 2.2]);
        numbers(&trials, "stop_time", &[2.1, 2.35, 2.4, 2.4]);
    });
    let trials: Vec<(u64, usize)> = source
        .recording
        .trials
        .iter()
        .map(|t| (t.start, t.n_samples))
        .collect();
    assert_eq!(trials, [(20, 80), (110, 90)]);
    assert_eq!(source.remarks.len(), 2);
    assert!(source.remarks[0].contains("missing at 1 place: trials across them are left out"));
    let samples: Vec<f64> = source
        .events
        .events
        .iter()
        .map(|e| e.sample.round())
        .collect();
    assert_eq!(samples, [20.0, 50.0, 110.0, NOT_RECORDED]);
}

#[test]
fn times_that_go_back_or_are_not_numbers_are_refused_with_what_to_do() {
    let mut broken = jumping(&[]);
    broken[100] = f64::NAN;
    let mut endless = jumping(&[]);
    endless[499] = f64::INFINITY;
    for (times, says) in [
        (broken, "hold NaN at sample 100; expected finite times"),
        (endless, "hold inf at sample 499; expected finite times"),
        (
            jumping(&[(300, -50.0)]),
            "go back from 2.299 to 2.25 s at sample 300; expected times that grow",
        ),
        (vec![1.0; N_ROWS], "go from 1 to 1 s in 500 samples"),
        (
            jumping(&[]).into_iter().rev().collect(),
            "go from 2.499 to 2 s in 500 samples",
        ),
        (
            (0..N_ROWS).map(|k| 1e-14 * k as f64).collect(),
            "expected times that do",
        ),
    ] {
        let text = refusal(None, with(&times));
        assert!(text.contains(says), "{text}");
        assert!(
            text.ends_with(
                "input.format = \"hdf5\" with input.dataset = \"acquisition/raw/data\" and input.samplerate reads the \
                 samples without their times"
            ),
            "{text}"
        );
    }
}

#[test]
fn gaps_are_found_wherever_pieces_that_are_read_end() {
    use crate::input::hdf5_data::NUMBERS_AT_ONCE;
    let n = 3 * NUMBERS_AT_ONCE + 7;
    for gap in [
        NUMBERS_AT_ONCE - 1,
        NUMBERS_AT_ONCE,
        NUMBERS_AT_ONCE + 1,
        NUMBERS_AT_ONCE - 31,
        2 * NUMBERS_AT_ONCE + 17,
        n - 1,
    ] {
        for jitter in [0.0, 0.8] {
            let times: Vec<f64> = (0..n)
                .map(|k| {
                    let missing = if k < gap { 0.0 } else { 2.0 };
                    (k as f64 + missing + jitter * scatter(k)) / 1000.0
                })
                .collect();
            let source = described(|file| {
                let series = file.group("acquisition/raw").unwrap();
                series.unlink("data").unwrap();
                numbers(&series, "data", &vec![1.0; n]);
                series.unlink("electrodes").unwrap();
                series.unlink("channel_conversion").unwrap();
                without_trials(&times)(file);
            });
            assert_eq!(source.recording.sample_rate_hz, 1000.0);
            assert_eq!(source.stretches, [0..gap as u64, gap as u64..n as u64]);
        }
    }
}

#[test]
fn a_stored_rate_loses_its_rounding_and_one_that_is_not_round_stays() {
    let single = |hz: f32| {
        move |file: &hdf5::File| {
            let start = file.dataset("acquisition/raw/starting_time").unwrap();
            start.delete_attr("rate").unwrap();
            let rate = start.new_attr::<f32>().create("rate").unwrap();
            rate.write_scalar(&hz).unwrap();
        }
    };
    let double = |hz: f64| {
        move |file: &hdf5::File| {
            let start = file.dataset("acquisition/raw/starting_time").unwrap();
            start.delete_attr("rate").unwrap();
            number(&start, "rate", hz);
        }
    };
    let rate = |source: Source| source.recording.sample_rate_hz;
    assert_eq!(rate(described(single(512.1))), 512.1);
    assert_eq!(rate(described(single(24414.0625_f64 as f32))), 24414.0625);
    assert_eq!(rate(described(double(1249.9999999))), 1250.0);
    assert_eq!(rate(described(double(30000.1234))), 30000.1234);
    assert_eq!(rate(described(double(1000.0 / 3.0))), 1000.0 / 3.0);
}
