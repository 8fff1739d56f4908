//! What a design settles, and what it refuses.

use super::*;

#[test]
fn every_trial_length_has_its_own_tapers_and_one_grid() {
    let recording = recording(&[80, 100], 2);
    // a half-bandwidth of 20 Hz is one product of the mean length in Syncopy, of each length everywhere else
    for (compat, of_lengths) in [
        (
            "syncopy",
            [(80, 20.0 * 90.0 / FS, 6), (100, 20.0 * 90.0 / FS, 6)],
        ),
        (
            "none",
            [(80, 20.0 * 80.0 / FS, 5), (100, 20.0 * 100.0 / FS, 7)],
        ),
    ] {
        let config = format!("tapsmofrq = 20\ncompat = \"{compat}\"\n");
        let design = design(&config, &recording).unwrap();
        assert_eq!(design.block_layout().shape(1, 2), [1, 1, 51, 2]);
        assert_eq!(design.n_tapers(), of_lengths[1].2);
        for (n, nw, n_tapers) in of_lengths {
            let samples = samples::<f64>(n, 2);
            let tapers = dpss(n, nw, n_tapers);
            let bins: Vec<usize> = (0..=50).collect();
            let slow = slowly(&samples, 100, &tapers, (2.0 / n as f64).sqrt(), &bins);
            let power = |i: usize| {
                let of_tapers = (0..n_tapers).map(|k| slow[k * 102 + i].norm_sqr());
                of_tapers.sum::<f64>() / n_tapers as f64
            };
            let want: Vec<f64> = (0..102).map(power).collect();
            assert_close(
                &estimate(&design, &samples),
                &want,
                DOUBLE,
                &format!("{compat}, {n} samples"),
            );
        }
    }
}

#[test]
fn tapers_that_are_kept_are_as_many_in_every_trial() {
    let recording = recording(&[80, 100], 1);
    let design = design("tapsmofrq = 20\nkeeptapers = true\n", &recording).unwrap();
    assert_eq!(design.block_layout().shape(1, 1), [1, 5, 51, 1]);
    assert_eq!(estimate(&design, &samples::<f64>(100, 1)).len(), 5 * 51);
    let said = design.remarks().iter().map(ToString::to_string);
    assert!(
        said.into_iter()
            .any(|text| text.contains("5 tapers, those of the shortest one (trial 0)"))
    );
}

#[test]
fn trials_that_resolve_less_than_the_smoothing_are_refused_by_name_unless_one_taper_is_asked_for() {
    let recording = recording(&[1000, 400], 1);
    // 0.8 s resolve 1.25 Hz
    let refusal = design("tapsmofrq = 1\n", &recording).expect_err("too little");
    let refusal = refusal.to_string();
    assert!(
        refusal.contains("trial 1 lasts 0.8 s") && refusal.contains("1.25 Hz"),
        "{refusal}"
    );
    assert_eq!(
        design("tapsmofrq = 1.25\n", &recording).unwrap().n_tapers(),
        4
    );
    let single = design("tapsmofrq = 1\nnTaper = 1\n", &recording).unwrap();
    assert_eq!(single.n_tapers(), 1);
    assert!(design("tapsmofrq = 0\nnTaper = 1\n", &recording).is_err());
}

#[test]
fn tapsmofrq_is_clipped_to_what_the_trials_resolve_and_says_so() {
    let recording = recording(&[1000], 1);
    let low = design("tapsmofrq = 0.1\ncompat = \"syncopy\"\n", &recording).unwrap();
    assert_eq!(low.n_tapers(), 1);
    assert!(
        low.remarks()
            .iter()
            .any(|remark| remark.to_string().contains("raised to 0.5 Hz"))
    );
    let high = design("tapsmofrq = 400\n", &recording).unwrap();
    assert!(
        high.remarks()
            .iter()
            .any(|remark| remark.to_string().contains("lowered to 249.5 Hz"))
    );
    let high = design("tapsmofrq = 400\ncompat = \"syncopy\"\n", &recording).unwrap();
    assert!(
        high.remarks()
            .iter()
            .any(|remark| remark.to_string().contains("lowered to 249.999 Hz"))
    );
    let fine = design("tapsmofrq = 4\n", &recording).unwrap();
    assert_eq!(fine.n_tapers(), 15);
    assert!(design("tapsmofrq = 4\nnTaper = 1000\n", &recording).is_err());
}

proptest! {
    #[test]
    fn any_rate_bandwidth_and_length_is_designed_or_refused(
        rate in -320.0_f64..308.0, bandwidth in -320.0_f64..308.0, length in 0.0_f64..2.0, other in 1_usize..100
    ) {
        let mut recording = recording(&[10_f64.powf(length) as usize, other], 1);
        recording.sample_rate_hz = 10_f64.powf(rate).max(5e-324);
        for bandwidth in [10_f64.powf(bandwidth), 0.0, recording.sample_rate_hz / 8.0, f64::MAX] {
            if let Ok(design) = design(&format!("tapsmofrq = {bandwidth:e}\n"), &recording) {
                let Design::Mtmfft(design) = design else {
        unreachable!("mtmfft is the default")
    };
                for trial in &recording.trials {
                    let tapers = crate::spectral::mtmfft::made::tapers::<f64>(&design, trial.n_samples, None);
                    prop_assert!(tapers.iter().flatten().all(|w| w.is_finite()));
                }
            }
        }
    }
}

#[test]
fn a_slow_sample_rate_has_room_for_tapers() {
    let mut recording = recording(&[1000], 1);
    recording.sample_rate_hz = 0.001;
    assert_eq!(
        design("tapsmofrq = 1e-5\n", &recording).unwrap().n_tapers(),
        19
    );
}

#[test]
fn a_trial_beyond_all_memory_is_designed_without_sampling_its_window() {
    for n in [1 << 39, (1 << 39) + 1] {
        let recording = recording(&[n], 1);
        let design = design("", &recording).unwrap();
        assert!(design.fixed_bytes(4) > 1 << 42);
        assert!(self::design("tapsmofrq = 100\nkeeptapers = true\n", &recording).is_err());
        let derived = "taper = \"kaiser_bessel_derived\"\ntaper_opt = { beta = 4 }\n";
        assert_eq!(self::design(derived, &recording).is_ok(), n % 2 == 0);
    }
}

#[test]
fn more_tapers_than_the_shortest_trial_has_samples_are_refused() {
    let config = "tapsmofrq = 200\ncompat = \"syncopy\"\n";
    let refusal = design(config, &recording(&[1000, 100], 1)).expect_err("too many");
    assert!(
        refusal
            .to_string()
            .contains("do not fit the shortest trial of 100 samples"),
        "{refusal}"
    );
}

#[test]
fn pad_in_seconds_rounds_to_the_nearest_sample() {
    let mut recording = recording(&[1000], 1);
    recording.sample_rate_hz = 1000.0;
    // 1.001 s × 1000 Hz is 1000.9999999999999 in binary
    let design = design("pad = 1.001\n", &recording).unwrap();
    let Design::Mtmfft(design) = design else {
        unreachable!("mtmfft is the default")
    };
    assert_eq!(design.n_fft, 1001);
}

#[test]
fn taper_options_reach_the_window() {
    let recording = recording(&[64], 1);
    let config = "taper = \"kaiser\"\ntaper_opt = { beta = 14 }\n";
    let options = BTreeMap::from([("beta".to_owned(), Value::Number(14.0))]);
    let window = Window::from_name("kaiser", Some(&options)).unwrap();
    let Design::Mtmfft(design) = design(config, &recording).unwrap() else {
        unreachable!("mtmfft is the default")
    };
    let want = crate::spectral::tapering::Tapers::Window {
        name: "kaiser".into(),
        window,
    };
    assert_eq!((design.tapers, design.quantity), (want, Quantity::Pow));
}

#[test]
fn memory_and_cost_grow_with_the_work() {
    let small = design("", &recording(&[100], 1)).unwrap();
    let large = design("tapsmofrq = 20\n", &recording(&[10_000], 1)).unwrap();
    assert!(large.fixed_bytes(4) > 100 * small.fixed_bytes(4));
    assert!(large.cost(10_000, 1) > 1000 * small.cost(100, 1));
}
