use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use crate::spectral::mtmconvol::tests::{design, estimate, recording, samples};

/// Sums of a few dozen numbers in double precision.
const DOUBLE: f64 = 1e-12;

fn of_windows(keys: &str, config: &str, samples: &Array2<f64>) -> (Vec<f64>, Vec<f64>) {
    let recording = recording(&[samples.nrows()], samples.ncols());
    let windows = design(&format!("method = \"mtmconvol\"\n{keys}"), &recording).unwrap();
    let welch = design(&format!("method = \"welch\"\n{keys}{config}"), &recording).unwrap();
    let at_once = windows.block_layout().times().most_rows();
    let windows = estimate(&windows, 0, samples, at_once);
    (windows, estimate(&welch, 0, samples, 1))
}

#[test]
fn power_is_the_mean_of_the_windows_and_those_that_are_not_finite_do_not_count() {
    for edges in ["zero", "drop"] {
        let keys =
            format!("compat = \"syncopy\"\nt_ftimwin = 0.2\ntoi = 0.5\nedges = \"{edges}\"\n");
        let mut samples = samples(210, 2);
        samples[[100, 1]] = f64::NAN;
        let (windows, welch) = of_windows(&keys, "", &samples);
        for (i, got) in welch.iter().enumerate() {
            let all = windows.iter().skip(i).step_by(welch.len());
            let good: Vec<f64> = all.copied().filter(|x| !x.is_nan()).collect();
            let want = good.iter().sum::<f64>() / good.len() as f64;
            assert!(
                (got - want).abs() <= DOUBLE * want,
                "{i}: {got}, want {want}"
            );
        }
    }
}

#[test]
fn a_channel_without_a_finite_window_is_nan() {
    let mut samples = samples(210, 1);
    samples.fill(f64::NAN);
    for average in ["mean", "median"] {
        let config = format!("average = \"{average}\"\n");
        let (_, welch) = of_windows("t_ftimwin = 0.2\ntoi = 0.5\n", &config, &samples);
        assert!(welch.iter().all(|x| x.is_nan()));
    }
}

/// Welch's density as SciPy 1.14 has it for this signal.
#[test]
fn the_textbooks_welch_is_one_key_away() {
    let n = 30_000;
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let noise = Array2::from_shape_fn((n, 1), |_| {
        2.0 * {
            let x: f64 = StandardNormal.sample(&mut random);
            x
        }
    });
    let keys = "t_ftimwin = 0.5\ntoi = 0.5\nscaling = \"density\"\n";
    for average in ["mean", "median"] {
        let config = format!("average = \"{average}\"\n");
        let (_, welch) = of_windows(keys, &config, &noise);
        // white noise of variance 4 at 200 Hz has 2 · 4 / 200 per Hz, but at both ends of one side
        let level = 2.0 * 4.0 / 200.0;
        let inner = &welch[2..welch.len() - 2];
        let mean = inner.iter().sum::<f64>() / inner.len() as f64;
        // 599 windows that overlap, 47 frequencies: a standard error below one percent, of the median twice that
        assert!(
            (mean / level - 1.0).abs() < 0.03,
            "{average}: {mean}, want {level}"
        );
        // its sum is the variance
        let sum: f64 = welch.iter().sum::<f64>() * 2.0;
        assert!((sum / 4.0 - 1.0).abs() < 0.05, "{average}: {sum}");
    }
}

#[test]
fn what_welch_does_not_do_is_refused() {
    let recording = recording(&[210], 1);
    for (keys, why) in [
        (
            "t_ftimwin = 0.2\n",
            "method = \"welch\": this method needs toi",
        ),
        (
            "t_ftimwin = 0.2\ntoi = \"all\"\n",
            "toi = \"all\": expected the overlap",
        ),
        (
            "t_ftimwin = 0.2\ntoi = [0.1, 0.2]\n",
            "expected the overlap",
        ),
        ("toi = 0.5\n", "this method needs t_ftimwin"),
        (
            "t_ftimwin = 0.2\ntoi = 0.5\noutput = \"abs\"\n",
            "expected \"pow\"",
        ),
        (
            "t_ftimwin = 0.2\ntoi = 0.5\ntapsmofrq = 10\nkeeptapers = true\n",
            "expected false",
        ),
        (
            "t_ftimwin = 0.2\ntoi = 0.5\nedges = \"nan\"\n",
            "\"zero\" or \"drop\"",
        ),
        (
            "t_ftimwin = 0.2\ntoi = 0.5\naverage = \"mode\"\n",
            "\"mean\" or \"median\"",
        ),
    ] {
        let refusal = design(&format!("method = \"welch\"\n{keys}"), &recording).expect_err(keys);
        assert!(refusal.contains(why), "{keys}: {refusal}");
    }
}

#[test]
fn windows_may_be_padded() {
    let samples = samples(210, 1);
    let keys = "t_ftimwin = 0.2\ntoi = 0.5\n";
    let (_, plain) = of_windows(keys, "", &samples);
    for (pad, n_fft) in [("\"nextpow2\"", 64), ("0.4", 80), ("\"maxperlen\"", 40)] {
        let (_, padded) = of_windows(keys, &format!("pad = {pad}\n"), &samples);
        assert_eq!(padded.len(), n_fft / 2 + 1);
        // power does not depend on padding
        assert!((padded[0] - plain[0]).abs() <= DOUBLE * plain[0]);
        let nyquist = (padded[n_fft / 2], plain[20]);
        assert!(
            (nyquist.0 - nyquist.1).abs() <= 1e-9 * nyquist.1,
            "{nyquist:?}"
        );
    }
    let fine = design(
        &format!("method = \"welch\"\n{keys}pad = 256\n"),
        &recording(&[210], 1),
    );
    let said = fine
        .unwrap()
        .remarks()
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>();
    assert!(
        said.iter()
            .any(|text| text.contains("windows of 0.2 s are padded to 256 s")),
        "{said:?}"
    );
    let short = design(
        &format!("method = \"welch\"\n{keys}pad = 0.1\n"),
        &recording(&[210], 1),
    );
    let refusal = short.expect_err("shorter than the window");
    assert!(
        refusal.contains("expected at least 0.2 s, the window"),
        "{refusal}"
    );
}

#[test]
fn a_trial_without_a_window_is_nan_and_said() {
    let config = "method = \"welch\"\nt_ftimwin = 1\ntoi = 0.5\n";
    for average in ["mean", "median"] {
        let config = format!("{config}average = \"{average}\"\n");
        let design = design(&config, &recording(&[210, 150], 2)).unwrap();
        assert!(
            estimate(&design, 1, &samples(150, 2), 1)
                .iter()
                .all(|x| x.is_nan())
        );
        assert!(
            estimate(&design, 0, &samples(210, 2), 1)
                .iter()
                .all(|x| x.is_finite())
        );
        assert!(design.has_number(0, 0, 0) && !design.has_number(1, 0, 0));
        let said = design.remarks().iter().map(ToString::to_string);
        let said: Vec<String> = said.filter(|text| text.contains("1 of 2 trials")).collect();
        assert_eq!(said.len(), 1, "{said:?}");
    }
}

#[test]
fn trials_of_unequal_lengths_are_averaged_but_not_as_in_syncopy() {
    let keys = "method = \"welch\"\nt_ftimwin = 0.2\ntoi = 0.5\ncompat = \"syncopy\"\n";
    let unequal = recording(&[210, 330], 1);
    let averaged = format!("{keys}keeptrials = false\n");
    assert!(design(&averaged.replace("syncopy", "none"), &unequal).is_ok());
    let refusal = design(&averaged, &unequal).expect_err("unequal");
    assert!(
        refusal.contains("cannot be averaged row by row"),
        "{refusal}"
    );
    let kept = design(keys, &unequal).unwrap();
    assert_eq!(kept.block_layout().times().most_rows(), 1);
    // as many windows in every trial
    assert!(design(&averaged, &recording(&[210, 215], 1)).is_ok());
}
