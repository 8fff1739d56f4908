//! The kernel against its definition, computed slowly, and against what theory says of known signals.

mod design;

use std::collections::BTreeMap;

use ndarray::{Array2, s};
use num_complex::Complex;
use proptest::prelude::*;

use crate::recording::{Channel, Recording, Trial};
use crate::setting::{Entry, Place, Refusal};
use crate::spectral::fft::slow_dft;
use crate::spectral::tapers::{Value, Window, dpss};
use crate::spectral::{Design, Estimator, InstructionSet, Options, Piece, Quantity, Real};

const FS: f64 = 500.0;
/// Relative to the largest value: a few hundred roundings of doubles.
const DOUBLE: f64 = 1e-12;
/// The same for singles, FFTs of some hundred points.
const SINGLE: f64 = 2e-6;

pub(super) fn recording(lengths: &[usize], n_channels: usize) -> Recording {
    let trial = |(number, &n_samples): (usize, &usize)| Trial {
        number,
        start: 0,
        n_samples,
        offset: 0.0,
        info: Vec::new(),
        labels: Vec::new(),
    };
    Recording {
        sample_rate_hz: FS,
        channels: Channel::of((0..n_channels).map(|c| format!("c{c}")).collect()),
        trials: lengths.iter().enumerate().map(trial).collect(),
        is_double: true,
        trialinfo: Vec::new(),
        trial_labels: Vec::new(),
    }
}

pub(super) fn design(config: &str, recording: &Recording) -> Result<Design, Refusal> {
    let table: toml::Table = toml::from_str(config).expect("a test's config is TOML");
    let entries: BTreeMap<String, Entry> = table
        .into_iter()
        .map(|(key, value)| (key, Entry::new(value, Place::CommandLine)))
        .collect();
    Options::parse(&entries, &mut Vec::new())?.design(recording)
}

/// A signal without any symmetry, different in every channel.
pub(super) fn samples<T: Real>(n_samples: usize, n_channels: usize) -> Array2<T> {
    Array2::from_shape_fn((n_samples, n_channels), |(t, c)| {
        let (t, c) = (t as f64, c as f64);
        T::from_double(
            (0.37 * t + c).sin() + 0.2 * (0.011 * t * t).cos() + 0.01 * t + 3.0 * (c + 1.0),
        )
    })
}

pub(super) fn estimate<T: Real>(design: &Design, samples: &Array2<T>) -> Vec<T> {
    let layout = design.block_layout();
    let len = layout.shape(1, samples.ncols()).iter().product::<usize>() * layout.element.n_parts();
    let estimator: Box<dyn Estimator<T>> = design.estimator(InstructionSet::detect());
    let mut scratch = estimator.scratch();
    // dirty scratch and a dirty block: nothing may be left of them
    scratch.line.fill(T::nan());
    scratch.signal.fill(Complex::new(T::nan(), T::nan()));
    scratch.fft.fill(Complex::new(T::nan(), T::nan()));
    scratch.means.fill(f64::NAN);
    for memory in [
        &mut scratch.lines,
        &mut scratch.points,
        &mut scratch.outputs,
        &mut scratch.sums,
    ] {
        memory.fill(0xff);
    }
    scratch.fast.spoil();
    let mut block = vec![T::nan(); len];
    estimator.estimate(Piece::whole(samples.view()), &mut scratch, &mut block);
    block
}

/// The definition: detrended in double, one slow transform per taper, bin and channel.
fn slowly(
    samples: &Array2<f64>,
    n_fft: usize,
    tapers: &[Vec<f64>],
    scale: f64,
    bins: &[usize],
) -> Vec<Complex<f64>> {
    let n = samples.nrows() as f64;
    let mut all = Vec::new();
    for taper in tapers {
        for &bin in bins {
            for channel in samples.columns() {
                let mean = channel.sum() / n;
                let line: Vec<f64> = channel
                    .iter()
                    .zip(taper)
                    .map(|(x, w)| (x - mean) * w * scale)
                    .collect();
                all.push(slow_dft(&line, n_fft, bin));
            }
        }
    }
    all
}

fn assert_close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let largest = want.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!(
            (got - want).abs() <= tolerance * largest,
            "{what}, {i}: {got} is not {want}"
        );
    }
}

#[test]
fn coefficients_agree_with_the_definition_for_every_length_and_number_of_tapers() {
    for (n, pad, n_fft) in [
        (64, "\"maxperlen\"", 64),
        (63, "\"maxperlen\"", 63),
        (61, "0.2", 100),
        (50, "0.202", 101),
        (33, "\"nextpow2\"", 64),
    ] {
        for n_taper in [1, 2, 5] {
            let config = format!(
                "output = \"fourier\"\nkeeptapers = true\ntapsmofrq = 40\nnTaper = {n_taper}\npad = {pad}\n"
            );
            let design = design(&config, &recording(&[n], 3)).unwrap();
            let samples = samples::<f64>(n, 3);
            let tapers = dpss(n, 40.0 * n as f64 / FS, n_taper);
            let bins: Vec<usize> = (0..=n_fft / 2).collect();
            let want = slowly(&samples, n_fft, &tapers, (2.0 / n as f64).sqrt(), &bins);
            let want: &[f64] = bytemuck::cast_slice(&want);
            let what = format!("{n} samples, {n_taper} tapers, pad {pad}");
            assert_close(&estimate(&design, &samples), want, DOUBLE, &what);
            let single = estimate(&design, &samples.mapv(|x| x as f32));
            let single: Vec<f64> = single.into_iter().map(f64::from).collect();
            assert_close(&single, want, SINGLE, &what);
        }
    }
}

#[test]
fn power_without_untangling_equals_the_mean_over_kept_tapers() {
    for n_taper in [1, 2, 3, 6] {
        let config = format!("tapsmofrq = 20\nnTaper = {n_taper}\nfoilim = [10, 200]\n");
        let recording = recording(&[250], 2);
        let samples = samples::<f64>(250, 2);
        let mean = estimate(&design(&config, &recording).unwrap(), &samples);
        let kept = design(&format!("{config}keeptapers = true\n"), &recording).unwrap();
        let kept = estimate(&kept, &samples);
        let of_tapers = kept.chunks(mean.len());
        let want: Vec<f64> = (0..mean.len())
            .map(|i| of_tapers.clone().map(|taper| taper[i]).sum::<f64>() / f64::from(n_taper))
            .collect();
        assert_close(&mean, &want, DOUBLE, &format!("{n_taper} tapers"));
    }
}

#[test]
fn every_window_is_scaled_by_its_own_sum_and_boxcar_by_its_length() {
    let n = 100;
    let recording = recording(&[n], 1);
    let samples = samples::<f64>(n, 1);
    let bins: Vec<usize> = (0..=50).collect();
    for name in ["hann", "hamming", "blackman", "boxcar", "none"] {
        let config = format!("output = \"fourier\"\ntaper = \"{name}\"\n");
        let got = estimate(&design(&config, &recording).unwrap(), &samples);
        let l = n as f64;
        let (window, scale) = if matches!(name, "boxcar" | "none") {
            (vec![1.0; n], 2.0_f64.sqrt() / l)
        } else {
            let window = Window::from_name(name, None).unwrap().sample(n).unwrap();
            let sum: f64 = window.iter().sum();
            (window, (8.0_f64 / 3.0).sqrt() / (l * sum).sqrt())
        };
        let want = slowly(&samples, n, &[window], scale, &bins);
        assert_close(&got, bytemuck::cast_slice(&want), DOUBLE, name);
    }
}

#[test]
fn a_sine_has_half_its_squared_amplitude_in_its_bin_and_hann_spreads_it_over_three() {
    let n = 500;
    let recording = recording(&[n], 1);
    let sine = Array2::from_shape_fn((n, 1), |(t, _)| {
        3.0 * (std::f64::consts::TAU * 40.0 * t as f64 / FS).sin()
    });
    let power = estimate(&design("taper = \"none\"\n", &recording).unwrap(), &sine);
    let peak = (0..power.len()).max_by(|&a, &b| power[a].total_cmp(&power[b]));
    assert_eq!(peak, Some(40));
    assert!((power[40] - 4.5).abs() < 1e-9, "{} is not 4.5", power[40]);
    let power = estimate(&design("", &recording).unwrap(), &sine);
    // symmetric hann: the thirds and twelfths hold up to 1/L
    for (bin, want) in [(39, 0.75), (40, 3.0), (41, 0.75)] {
        assert!(
            (power[bin] / want - 1.0).abs() < 0.01,
            "bin {bin}: {} is not {want}",
            power[bin]
        );
    }
}

#[test]
fn power_sums_to_the_signals_own() {
    let n = 128;
    let samples = samples::<f64>(n, 1);
    let config = "taper = \"none\"\npolyremoval = \"none\"\n";
    let power = estimate(&design(config, &recording(&[n], 1)).unwrap(), &samples);
    // zero and the highest frequency are doubled
    let sum = power.iter().sum::<f64>() - (power[0] + power[n / 2]) / 2.0;
    let mean_square = samples.iter().map(|x| x * x).sum::<f64>() / n as f64;
    assert!(
        (sum / mean_square - 1.0).abs() < DOUBLE,
        "{sum} is not {mean_square}"
    );
}

#[test]
fn white_noise_has_the_level_that_theory_says() {
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};
    let (n, n_channels) = (400, 200);
    let mut generator = rand_chacha::ChaCha8Rng::seed_from_u64(1978);
    let noise = Array2::from_shape_simple_fn((n, n_channels), || {
        let z: f64 = StandardNormal.sample(&mut generator);
        2.0 * z
    });
    for config in ["", "tapsmofrq = 10\n"] {
        let design = design(
            &format!("{config}foilim = [20, 230]\n"),
            &recording(&[n], n_channels),
        )
        .unwrap();
        let power = estimate(&design, &noise);
        let mean = power.iter().sum::<f64>() / power.len() as f64;
        let want = 2.0 * 4.0 / n as f64;
        // 200 channels × 84 independent bins: a standard error below one per cent
        assert!(
            (mean / want - 1.0).abs() < 0.03,
            "{config:?}: {mean} is not {want}"
        );
    }
}

#[test]
fn a_channel_with_nan_or_infinity_is_nan_everywhere_and_its_neighbours_keep_their_bits() {
    for config in [
        "tapsmofrq = 20\n",
        "output = \"fourier\"\npolyremoval = \"none\"\n",
    ] {
        let design = design(config, &recording(&[100], 4)).unwrap();
        let clean = samples::<f32>(100, 4);
        let mut dirty = clean.clone();
        dirty[[7, 1]] = f32::NAN;
        dirty[[99, 3]] = f32::INFINITY;
        let n_parts = design.block_layout().element.n_parts();
        let (want, got) = (estimate(&design, &clean), estimate(&design, &dirty));
        for (i, (want, got)) in want.iter().zip(&got).enumerate() {
            match i / n_parts % 4 {
                1 | 3 => assert!(got.is_nan()),
                _ => assert_eq!(want.to_bits(), got.to_bits()),
            }
        }
        let estimator = design.estimator::<f32>(InstructionSet::Scalar);
        let mut block = vec![0.0; got.len()];
        assert_eq!(
            estimator.estimate(
                Piece::whole(dirty.view()),
                &mut estimator.scratch(),
                &mut block
            ),
            2
        );
    }
}

#[test]
fn a_channel_alone_has_the_bits_it_has_among_others() {
    let design = design("tapsmofrq = 20\n", &recording(&[100], 5)).unwrap();
    let all = samples::<f32>(100, 5);
    let block = estimate(&design, &all);
    for c in 0..5 {
        let alone = estimate(&design, &all.slice(s![.., c..c + 1]).to_owned());
        for (i, x) in alone.iter().enumerate() {
            assert_eq!(x.to_bits(), block[i * 5 + c].to_bits());
        }
    }
}

#[test]
fn a_demeaned_taper_leaves_nothing_at_zero() {
    let samples = samples::<f64>(100, 1);
    for tapers in ["", "tapsmofrq = 20\n"] {
        let config = format!("demean_taper = true\n{tapers}");
        let power = estimate(&design(&config, &recording(&[100], 1)).unwrap(), &samples);
        assert!(power[0] < 1e-20 * power[7].max(1.0), "{}", power[0]);
    }
}

#[test]
fn ft_compat_scales_power_by_the_length_over_the_padded_length() {
    let recording = recording(&[100], 1);
    let samples = samples::<f64>(100, 1);
    let plain = estimate(&design("pad = 0.8\n", &recording).unwrap(), &samples);
    let compatible = estimate(
        &design("pad = 0.8\nft_compat = true\n", &recording).unwrap(),
        &samples,
    );
    let want: Vec<f64> = plain.iter().map(|power| power * 100.0 / 400.0).collect();
    assert_close(&compatible, &want, DOUBLE, "ft_compat");
}
