//! What a sine and white noise have in the methods that take FFTs, by theory; those of filters are tested where filters are.

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};

use super::mtmconvol::tests::{design, estimate, recording};

const RATE_HZ: f64 = 200.0;
const N: usize = 20_000;
/// Windows have 100 samples.
const STEP_HZ: f64 = 2.0;

/// Every method that averages, or whose windows are averaged here, and the samples of a trial.
const MEANS: [(&str, usize); 3] = [
    ("method = \"mtmfft\"\n", 100),
    (
        "method = \"mtmconvol\"\nt_ftimwin = 0.5\ntoi = 0.0\nedges = \"drop\"\n",
        N,
    ),
    (
        "method = \"welch\"\nt_ftimwin = 0.5\ntoi = 0.5\nedges = \"drop\"\n",
        N,
    ),
];
const MEDIAN: (&str, usize) = (
    "method = \"welch\"\naverage = \"median\"\nt_ftimwin = 0.5\ntoi = 0.0\nedges = \"drop\"\n",
    N,
);
/// Windows, and the part of a sine's power that its bin has, where that is known.
const TAPERS: [(&str, Option<f64>); 4] = [
    ("taper = \"boxcar\"\n", Some(1.0)),
    ("taper = \"hann\"\n", Some(2.0 / 3.0)),
    ("taper = \"hamming\"\n", None),
    ("tapsmofrq = 6\n", None),
];

/// Means of Hamming's window and of its square.
const HAMMING_MEAN: f64 = 0.54;
const HAMMING_SQUARES: f64 = 0.54 * 0.54 + 0.46 * 0.46 / 2.0;

/// Power by frequency, 2 Hz apart, averaged over all windows of `signal`.
fn spectrum(config: &str, n_samples: usize, signal: &[f64]) -> Vec<f64> {
    let recording = recording(&[n_samples], 1);
    let design = design(config, &recording).expect(config);
    let mut sums = vec![0.0; 51];
    let trials = signal.chunks_exact(n_samples);
    let mut n_rows = 0;
    for trial in trials {
        let samples = Array2::from_shape_vec((n_samples, 1), trial.to_vec()).unwrap();
        let rows = design.block_layout().times().most_rows();
        let power = estimate(&design, 0, &samples, rows);
        for row in power.chunks_exact(sums.len()) {
            sums.iter_mut().zip(row).for_each(|(sum, p)| *sum += p);
            n_rows += 1;
        }
    }
    sums.iter().map(|sum| sum / f64::from(n_rows)).collect()
}

fn assert_near(got: f64, want: f64, relative: f64, what: &str) {
    assert!(
        (got / want - 1.0).abs() < relative,
        "{what}: {got}, expected {want}"
    );
}

#[test]
fn a_sine_has_the_power_that_theory_says_in_every_method() {
    // of amplitude 3 at 20 Hz, the tenth bin
    let sine = |t: usize| 3.0 * (std::f64::consts::TAU * 20.0 * t as f64 / RATE_HZ).sin();
    let sine: Vec<f64> = (0..N).map(sine).collect();
    for (method, n_samples) in MEANS {
        for (taper, in_its_bin) in TAPERS {
            let what = format!("{method}{taper}");
            let density = spectrum(&format!("{what}scaling = \"density\"\n"), n_samples, &sine);
            let sum: f64 = density.iter().sum::<f64>() * STEP_HZ;
            assert_near(sum, 4.5, 1e-3, &what);
            if let Some(share) = in_its_bin {
                let power = spectrum(&what, n_samples, &sine);
                assert_near(power[10], 4.5 * share, 2e-2, &what);
            }
        }
    }
}

#[test]
fn white_noise_has_the_level_that_theory_says_in_every_method() {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let normal = |_| -> f64 { StandardNormal.sample(&mut random) };
    let noise: Vec<f64> = (0..N).map(normal).map(|x| 2.0 * x).collect();
    for (method, n_samples) in MEANS.into_iter().chain([MEDIAN]) {
        for (taper, _) in TAPERS {
            let what = format!("{method}{taper}");
            // the mean of each window is gone, and with it the power around zero
            let inner = |spectrum: &[f64]| spectrum[6..47].iter().sum::<f64>() / 41.0;
            let density = spectrum(&format!("{what}scaling = \"density\"\n"), n_samples, &noise);
            // 200 windows or more and 41 frequencies: a standard error of one or two percent
            assert_near(inner(&density), 2.0 * 4.0 / RATE_HZ, 0.06, &what);
            let power = spectrum(&what, n_samples, &noise);
            // Syncopy scales every window as is right for hann
            let of_window = if taper.contains("hamming") {
                8.0 / 3.0 * HAMMING_SQUARES / HAMMING_MEAN
            } else {
                2.0
            };
            assert_near(inner(&power), of_window * 4.0 / 100.0, 0.06, &what);
        }
    }
}
