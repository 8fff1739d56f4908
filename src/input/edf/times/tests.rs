use super::*;

/// Records of a continuous file with these starts, and the notices about them.
fn of(
    rate_hz: f64,
    per_record: u64,
    starts_s: Vec<f64>,
    n_decimals: u32,
) -> (RecordTimes, Vec<String>) {
    let mut times = RecordTimes::continuous(rate_hz, per_record, starts_s.len() as u64);
    let notices = times.set_continuous(&starts_s, n_decimals);
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
    assert!(times.starts_s.is_none());
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
    let at = |seconds: f64| Time {
        seconds,
        n_decimals: 2,
    };
    assert!(times.agree(at(0.25), at(999_999.25)));
    assert!(times.agree(at(0.25), at(999_999.251)));
    assert!(!times.agree(at(0.25), at(1_000_000.25)));
    assert!(!times.agree(at(0.25), at(999_998.25)));
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
    let n = MAX_GAPS + 2;
    let starts_s: Vec<f64> = (0..n).map(|k| 3.0 * k as f64).collect();
    let (times, notices) = of(1.0, 1, starts_s.clone(), 0);
    assert!(times.starts_s.is_none());
    assert!(
        notices[0].contains("expected at most 1048576 gaps"),
        "{notices:?}"
    );
    let mut times = RecordTimes::continuous(1.0, 1, n as u64);
    let error = times.set_discontinuous(&starts_s, 0).unwrap_err();
    assert!(error.contains(CLAIM_CONTINUOUS), "{error}");
}
