use super::*;
use crate::input::edf::starts;
use crate::input::source::one_stretch;

/// Starts that are written with so many digits.
fn written(starts_s: &[f64], n_decimals: u32) -> Starts {
    let mut starts = Starts::default();
    for &seconds in starts_s {
        starts.push(Some(Time {
            seconds,
            n_decimals,
        }));
    }
    starts
}

/// Records of a continuous file with these starts, and the notices about them.
fn of(
    rate_hz: f64,
    per_record: u64,
    starts_s: Vec<f64>,
    n_decimals: u32,
) -> (RecordTimes, Vec<String>) {
    let mut times = RecordTimes::continuous(rate_hz, per_record, starts_s.len() as u64);
    let notices = times.set_continuous(&written(&starts_s, n_decimals));
    (times, notices)
}

/// The same of a file that may have gaps.
fn discontinuous(
    rate_hz: f64,
    per_record: u64,
    starts_s: &[f64],
    n_decimals: u32,
) -> (RecordTimes, Vec<String>) {
    let mut times = RecordTimes::continuous(rate_hz, per_record, starts_s.len() as u64);
    let starts = written(starts_s, n_decimals);
    let notices = times.set_discontinuous(&starts).unwrap();
    (times, notices)
}

fn rounded_to(n_decimals: u32, seconds: f64) -> f64 {
    format!("{seconds:.*}", n_decimals as usize)
        .parse()
        .unwrap()
}

#[test]
fn starts_that_are_rounded_have_no_gaps() {
    let n = 10_000;
    // records of 0.1024 s at 10 kHz with starts in ms, of 1/3 s, and after half a year
    for (rate_hz, per_record, n_decimals, first_s) in [
        (1e4, 1024, 3, 0.0),
        (300.0, 100, 6, 0.5),
        (30.0, 10, 2, 0.0),
        (1000.0, 1000, 0, 0.0),
        (25_000.0, 25_000, 0, 1.5e7),
    ] {
        let record_s = per_record as f64 / rate_hz;
        let start = |k: i32| rounded_to(n_decimals, first_s + f64::from(k) * record_s);
        let (times, notices) = of(rate_hz, per_record, (0..n).map(start).collect(), n_decimals);
        assert_eq!(notices, [""; 0]);
        assert_eq!(times.contiguous_segments().len(), 1);
        // one record is missing
        let start = |k: i32| rounded_to(n_decimals, first_s + f64::from(k + k / 5000) * record_s);
        let (times, notices) = of(rate_hz, per_record, (0..n).map(start).collect(), n_decimals);
        assert_eq!(notices.len(), 1);
        assert_eq!(times.gaps, [5000]);
    }
}

#[test]
fn a_clock_at_another_rate_makes_no_gaps() {
    let starts_s = (0..100).map(|k| f64::from(k) * 1.001).collect();
    let (times, notices) = of(1000.0, 1000, starts_s, 3);
    assert!(times.gaps.is_empty());
    assert!(
        notices[0].starts_with("records start every 1.001 s, but hold 1 s of samples"),
        "{notices:?}"
    );
    // a recorder that pauses after every record does
    let starts_s = (0..100).map(|k| f64::from(k) * 2.0).collect();
    let (times, _) = of(1000.0, 1000, starts_s, 0);
    assert_eq!(times.gaps.len(), 99);
}

#[test]
fn the_first_and_the_last_record_of_a_large_file_agree_if_there_is_no_gap() {
    let times = RecordTimes::continuous(256.0, 256, 1_000_000);
    let at = |seconds: f64| {
        Some(Time {
            seconds,
            n_decimals: 2,
        })
    };
    assert!(times.agree(at(0.25), at(999_999.25)));
    assert!(times.agree(at(0.25), at(999_999.251)));
    assert!(!times.agree(at(0.25), at(1_000_000.25)));
    assert!(!times.agree(at(0.25), at(999_998.25)));
    assert!(!times.agree(None, at(999_999.25)));
}

#[test]
fn a_time_between_records_that_are_off_by_rounding_was_recorded() {
    // the second record starts 5 samples late for want of digits
    let mut times = RecordTimes::continuous(1e4, 1024, 3);
    times.starts_s = Some(vec![0.0, 0.1029, 5.0]);
    times.gaps = vec![2];
    assert_eq!(times.row(0.1026).round(), 1026.0);
    assert_eq!(times.row(0.3), NOT_RECORDED);
    assert_eq!(times.row(-1.0), NOT_RECORDED);
    assert_eq!(times.row(5.1).round(), 3048.0);
    assert_eq!(times.row(6.0), NOT_RECORDED);
}

#[test]
fn too_many_gaps_are_not_believed() {
    let n = starts::MAX_GAPS + 2;
    let starts_s: Vec<f64> = (0..n).map(|k| 3.0 * k as f64).collect();
    let (times, notices) = of(1.0, 1, starts_s.clone(), 0);
    assert!(times.starts_s.is_none());
    assert!(
        notices[0].contains("expected at most 1048576 gaps"),
        "{notices:?}"
    );
    let mut times = RecordTimes::continuous(1.0, 1, n as u64);
    let error = times.set_discontinuous(&written(&starts_s, 0)).unwrap_err();
    assert!(error.contains(CLAIM_CONTINUOUS), "{error}");
}

#[test]
fn deviations_below_half_a_sample_a_record_add_up() {
    // 50 ppm, at every number of digits, and 0.4 samples a record
    for (rate_hz, step_s, n, n_decimals, off) in [
        (256.0, 1.00005, 20_000, 6, 0.01),
        (256.0, 1.00005, 20_000, 2, 2.6),
        (256.0, 0.99995, 20_000, 6, 0.01),
        (250.0, 1.0016, 200, 4, 0.01),
        (250.0, 1.004, 200, 2, 2.6),
    ] {
        let per_record = rate_hz as u64;
        let start = |k: usize| rounded_to(n_decimals, k as f64 * step_s);
        let starts_s: Vec<f64> = (0..n).map(start).collect();
        let last = (n - 1) as u64;
        for (times, notices) in [
            of(rate_hz, per_record, starts_s.clone(), n_decimals),
            discontinuous(rate_hz, per_record, &starts_s, n_decimals),
        ] {
            assert_eq!(
                times.contiguous_segments(),
                one_stretch(n as u64 * per_record)
            );
            assert_eq!(times.segment_starts(&times.contiguous_segments()), [0.0]);
            let row = times.row(last as f64 * step_s);
            let want = (last * per_record) as f64;
            assert!((row - want).abs() <= off, "{row} is not {want}");
            assert_eq!(notices.len(), 1, "{notices:?}");
            assert!(
                notices[0].contains("those of a table by the sample rate"),
                "{notices:?}"
            );
        }
    }
    // rounded times of records do not shift those of events
    let starts_s = (0..40)
        .map(|k| rounded_to(1, f64::from(k) * 0.25))
        .collect::<Vec<_>>();
    let (times, notices) = discontinuous(256.0, 64, &starts_s, 1);
    assert_eq!(notices, [""; 0]);
    assert!((times.row(0.3) - 76.8).abs() < 1e-9);
}

#[test]
fn gaps_are_those_beside_the_typical_step_of_records() {
    for (step_s, n_decimals) in [(1.004, 3), (1.003, 3), (1.004, 2), (0.997, 3)] {
        let start = |k: usize| {
            rounded_to(
                n_decimals,
                k as f64 * step_s + if k < 50 { 0.0 } else { 60.0 },
            )
        };
        let starts_s: Vec<f64> = (0..100).map(start).collect();
        for (times, notices) in [
            of(250.0, 250, starts_s.clone(), n_decimals),
            discontinuous(250.0, 250, &starts_s, n_decimals),
        ] {
            assert_eq!(times.gaps, [50], "{step_s}");
            assert!(
                notices
                    .iter()
                    .any(|notice| notice.starts_with("records start every"))
            );
            let row = times.row(60.0 + 75.0 * step_s);
            assert!((row - 75.0 * 250.0).abs() < 2.6, "{row}");
            assert_eq!(times.row(80.0), NOT_RECORDED);
        }
    }
    // two records do not make a typical step
    let (times, _) = discontinuous(1.0, 3600, &[0.0, 3630.0], 0);
    assert_eq!(times.gaps, [1]);
    let (times, _) = discontinuous(1.0, 3600, &[0.0, 3630.0, 7250.0, 10_860.0], 0);
    assert_eq!(times.gaps, [1, 2, 3]);
}

#[test]
fn a_start_with_more_digits_than_the_others_is_one_of_them() {
    let mut starts = Starts::default();
    for k in 0..40 {
        starts.push(Some(Time {
            seconds: rounded_to(1, f64::from(k) * 0.25),
            n_decimals: if k == 20 { 3 } else { 1 },
        }));
    }
    let mut times = RecordTimes::continuous(256.0, 64, 40);
    assert_eq!(times.set_discontinuous(&starts).unwrap(), [""; 0]);
    assert_eq!(times.contiguous_segments(), one_stretch(2560));
    // writers that leave out zeros have a gap of 26 samples before a start without digits
    let mut starts = Starts::default();
    for (seconds, n_decimals) in [
        (0.0, 0),
        (0.25, 2),
        (0.5, 1),
        (0.75, 2),
        (1.1, 1),
        (1.35, 2),
    ] {
        starts.push(Some(Time {
            seconds,
            n_decimals,
        }));
    }
    let mut times = RecordTimes::continuous(256.0, 64, 6);
    times.set_discontinuous(&starts).unwrap();
    assert_eq!(times.gaps, [4]);
}

#[test]
fn records_that_wander_off_and_come_back_keep_their_times() {
    let wander = |k: i32| 0.01 * (f64::from(k) / 30.0 * std::f64::consts::TAU).sin();
    let starts_s: Vec<f64> = (0..61)
        .map(|k| rounded_to(6, f64::from(k) + wander(k)))
        .collect();
    let (times, notices) = of(200.0, 200, starts_s.clone(), 6);
    assert!(times.gaps.is_empty());
    // two samples late, and two early
    assert!((times.row(7.0 + wander(7)) - 1400.0).abs() < 0.01);
    assert!((times.row(22.0 + wander(22)) - 4400.0).abs() < 0.01);
    assert_eq!(notices.len(), 1);
    assert!(
        notices[0].starts_with("records start up to 1.989 samples away from where"),
        "{notices:?}"
    );
}
