use super::*;

/// The rates that these times of consecutive samples leave open.
fn of(times: &[f64]) -> Rates {
    let points = (0..).zip(times.iter().copied()).collect();
    Rates::of(&[points]).unwrap()
}

fn regular(n: usize, hz: f64, start_s: f64) -> Vec<f64> {
    (0..n).map(|k| start_s + k as f64 / hz).collect()
}

#[test]
fn regular_times_give_their_rate() {
    for hz in [1000.0, 512.0, 24414.0625, 30000.1234, 250.0, 0.1] {
        for start_s in [0.0, -0.2, 7.0] {
            let found = of(&regular(5000, hz, start_s)).obvious_hz();
            assert!((found - hz).abs() <= 1e-11 * hz, "{hz}: {found}");
        }
    }
    assert_eq!(of(&regular(500, 1000.0, 7.0)).obvious_hz(), 1000.0);
    let third = 1000.0 / 3.0;
    let found = of(&regular(500, third, 0.0)).obvious_hz();
    assert!((found - third).abs() < 1e-12 * third, "{found}");
    // seconds since 1970 have a quarter of a microsecond
    let found = of(&regular(100_000, 30000.0, 1.7e9)).obvious_hz();
    assert_eq!(found, 30000.0);
}

#[test]
fn gaps_of_any_size_do_not_shift_the_rate() {
    for gaps in [
        vec![(500, 0.4)],
        vec![(500, 1.0)],
        vec![(1, 0.3)],
        vec![(100, 0.4), (300, 0.4), (700, 0.4)],
        vec![(300, 7.0), (600, -7.0)],
        (1..19).map(|k| (k * 50, 1.3)).collect(),
    ] {
        let mut times = regular(1000, 1000.0, 3.0);
        for &(row, samples) in &gaps {
            times[row..].iter_mut().for_each(|t| *t += samples / 1000.0);
        }
        assert_eq!(of(&times).obvious_hz(), 1000.0, "{gaps:?}");
    }
}

#[test]
fn times_of_few_digits_give_the_rate_that_they_leave_open() {
    let rounded = |times: Vec<f64>, digit_s: f64| -> Vec<f64> {
        times
            .iter()
            .map(|t| (t / digit_s).round() * digit_s)
            .collect()
    };
    for (hz, digit_s) in [
        (30000.0, 1e-6),
        (512.0, 1e-3),
        (1000.0, 1e-3),
        (2000.0, 1e-4),
    ] {
        let times = rounded(regular(20_000, hz, 3.0), digit_s);
        assert_eq!(of(&times).obvious_hz(), hz);
    }
    let single: Vec<f64> = regular(20_000, 512.0, 0.0)
        .iter()
        .map(|&t| f64::from(t as f32))
        .collect();
    assert_eq!(of(&single).obvious_hz(), 512.0);
    // only long steps and short ones
    let uneven: Vec<f64> = (0..1000)
        .map(|k| f64::from(k) + f64::from(k % 2) * 0.3)
        .collect();
    assert_eq!(of(&uneven).obvious_hz(), 1.0);
    let jittered: Vec<f64> = (0_u64..)
        .zip(regular(4000, 512.0, 0.0))
        .map(|(k, t)| t + ((k * 7919 % 1000) as f64 / 1000.0 - 0.5) * 2e-4)
        .collect();
    let rates = of(&jittered);
    assert_eq!(rates.obvious_hz(), 512.0);
    assert!((0.05..0.15).contains(&rates.jitter), "{}", rates.jitter);
}

#[test]
fn times_of_several_trials_are_each_for_themselves() {
    let trial = |start_s| (0..).zip(regular(300, 250.0, start_s)).collect();
    let one = vec![(0, 5.0)];
    let rates = Rates::of(&[one.clone(), trial(-1.0), trial(100.0)]).unwrap();
    assert_eq!(rates.obvious_hz(), 250.0);
    assert!(rates.contain(250.0) && !rates.contain(250.0001));
    assert_eq!(Rates::of(&[one]), None);
    assert_eq!(Rates::of(&[]), None);
}

#[test]
fn times_that_do_not_grow_have_no_rate() {
    for times in [
        vec![0.0; 100],
        (0..100).map(|k| -f64::from(k)).collect(),
        vec![f64::NAN; 100],
        vec![0.0, f64::INFINITY],
    ] {
        let points = (0..).zip(times).collect();
        assert_eq!(Rates::of(&[points]), None);
    }
}

#[test]
fn digits_jitter_and_gaps_together_leave_the_rate() {
    let mut state = 7_u64;
    let mut random = || {
        // Knuth's linear congruential generator
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    for hz in [250.0, 512.0, 1000.0, 24414.0625, 30000.0] {
        for n in [300, 3000, 100_000] {
            for jitter in [0.0, 0.01, 0.1, 0.4] {
                for n_gaps in [0, 1, n / 300] {
                    let mut times = Vec::new();
                    let mut row = 0.0;
                    for k in 0..n {
                        let is_gap = n_gaps > 0 && k % (n / n_gaps) == n / n_gaps / 2;
                        row += if is_gap { 2.0 + 19.0 * random() } else { 1.0 };
                        times.push((row + 2.0 * jitter * (random() - 0.5)) / hz);
                    }
                    let rates = of(&times);
                    // of spans no longer than between two gaps
                    let doubt = 8.0 * jitter / (n / (n_gaps + 1)).min(n / 4) as f64 + 1e-11;
                    let off = (rates.obvious_hz() / hz - 1.0).abs();
                    let case = format!("{hz} Hz, {n} samples, jitter {jitter}, {n_gaps} gaps");
                    assert!(off <= doubt, "{case}: {rates:?}");
                    assert!(rates.jitter <= 2.5 * jitter + 1e-6, "{case}: {rates:?}");
                }
            }
        }
    }
}
