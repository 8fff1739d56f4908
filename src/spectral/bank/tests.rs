mod superlets;

use ndarray::{Array2, ArrayView2, s};
use num_complex::Complex;

use super::estimator::Bank;
use super::kernel::Kernel;
use crate::spectral::detrend::Detrend;
use crate::spectral::lanes::{Width, Widths};
use crate::spectral::mtmconvol::tests::{design, estimate, recording, samples};
use crate::spectral::superlet::Design as Superlet;
use crate::spectral::{Describe, Design, Estimator, InstructionSet, Piece, Real};

/// Double and single precision, relative to the largest coefficient: FFTs of a few hundred points.
const DOUBLE: f64 = 1e-12;
const SINGLE: f64 = 2e-6;

/// Kernels sampled as Syncopy samples them, and zeros beyond the trial.
const OF_SYNCOPY: &str = "compat = \"syncopy\"\nedges = \"trial\"\n";

/// The convolution by its definition.
fn slowly<K: Kernel>(kernel: &K, line: &[f64], fs: f64) -> Vec<Complex<f64>> {
    let n_points = kernel.n_points(fs);
    let points: Vec<Complex<f64>> = (0..n_points.ceil() as usize)
        .map(|k| kernel.at(((1.0 - n_points) / 2.0 + k as f64) / fs, fs))
        .collect();
    let centre = (points.len() as i64 - 1) / 2;
    let at = |t: i64| -> Complex<f64> {
        let lag = |j: i64| usize::try_from(t + centre - j).ok();
        let terms = line.iter().enumerate();
        terms
            .filter_map(|(j, x)| Some(points.get(lag(j as i64)?)? * x))
            .sum()
    };
    (0..line.len() as i64).map(at).collect()
}

fn detrended(samples: &Array2<f64>, channel: usize) -> Vec<f64> {
    let mut line = vec![0.0; samples.nrows()];
    assert!(Detrend::Mean.apply(samples.column(channel).iter(), &mut line));
    line
}

/// Complex coefficients of all times, filters and channels.
fn complex<T: Real>(block: &[T]) -> Vec<Complex<f64>> {
    let pairs = block.chunks_exact(2);
    pairs
        .map(|z| Complex::new(z[0].to_double(), z[1].to_double()))
        .collect()
}

fn assert_close(got: &[Complex<f64>], want: &[Complex<f64>], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let largest = want.iter().map(|z| z.norm()).fold(0.0, f64::max);
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        let difference = (got - want).norm();
        assert!(
            difference <= tolerance * largest,
            "{what}, {i}: {got}, want {want}"
        );
    }
}

#[test]
fn coefficients_are_the_convolution_also_with_kernels_longer_than_the_trial() {
    let recording = recording(&[150], 2);
    let samples = samples(150, 2);
    for keys in [
        "",
        "wavelet = \"Paul\"\norder = 4\n",
        "wavelet = \"DOG\"\norder = 3\n",
        "width = 10\n",
    ] {
        let config = format!(
            "{OF_SYNCOPY}method = \"wavelet\"\noutput = \"fourier\"\nfoi = [0.5, 5, 30, 99]\n{keys}"
        );
        let design = design(&config, &recording).unwrap();
        let Design::Wavelet(bank) = &design else {
            unreachable!("wavelet was asked for")
        };
        let of_channel = [0, 1].map(|c| {
            let line = detrended(&samples, c);
            let kernels = bank.filters.iter().map(|filter| filter.kernels[0].0);
            kernels
                .map(|kernel| slowly(&kernel, &line, 200.0))
                .collect::<Vec<_>>()
        });
        let places = (0..150).flat_map(|t| (0..4).flat_map(move |f| [(t, f, 0), (t, f, 1)]));
        let want: Vec<_> = places.map(|(t, f, c)| of_channel[c][f][t]).collect();
        assert_close(
            &complex(&estimate(&design, 0, &samples, 150)),
            &want,
            DOUBLE,
            keys,
        );
        let single = samples.mapv(|x| x as f32);
        assert_close(
            &complex(&estimate(&design, 0, &single, 64)),
            &want,
            SINGLE,
            keys,
        );
    }
}

#[test]
fn a_sine_has_its_amplitude_at_any_sample_rate() {
    for rate in [200.0, 333.0, 1000.0] {
        let mut recording = recording(&[4000], 1);
        recording.sample_rate_hz = rate;
        let hz = 20.0;
        let sine = Array2::from_shape_fn((4000, 1), |(t, _)| {
            3.0 * (std::f64::consts::TAU * hz * t as f64 / rate).sin()
        });
        for keys in [
            "method = \"wavelet\"\n",
            "method = \"wavelet\"\nwidth = 12\n",
            "method = \"wavelet\"\nwavelet = \"Paul\"\norder = 8\n",
            "method = \"superlet\"\norder_max = 4\n",
        ] {
            let config = format!(
                "{keys}foi = [20]\noutput = \"abs\"\nscaling = \"amplitude\"\npolyremoval = \"none\"\n"
            );
            let design = design(&config, &recording).unwrap();
            let magnitude = estimate(&design, 0, &sine, 4000);
            // far from the ends; negative frequencies and the sampled kernel's ends leave a little, most of all in Paul's
            let inner = &magnitude[1500..2500];
            let mean = inner.iter().sum::<f64>() / 1000.0;
            assert!((mean / 3.0 - 1.0).abs() < 2e-3, "{keys}, {rate} Hz: {mean}");
        }
        let ricker = "method = \"wavelet\"\nwavelet = \"Ricker\"\nfoi = [20]\noutput = \"abs\"\nscaling = \"amplitude\"\n";
        let magnitude = estimate(&design(ricker, &recording).unwrap(), 0, &sine, 4000);
        let largest = magnitude[1500..2500]
            .iter()
            .fold(0.0_f64, |most, x| most.max(*x));
        assert!((largest / 3.0 - 1.0).abs() < 5e-2, "{rate} Hz: {largest}");
    }
}

#[test]
fn white_noise_has_the_power_of_the_kernel() {
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};
    let n = 100_000;
    let recording = recording(&[n], 1);
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let noise = Array2::from_shape_fn((n, 1), |_| -> f64 { StandardNormal.sample(&mut random) });
    let config = format!("{OF_SYNCOPY}method = \"wavelet\"\nfoi = [20, 50]\n");
    let design = design(&config, &recording).unwrap();
    let Design::Wavelet(bank) = &design else {
        unreachable!("wavelet was asked for")
    };
    let power = estimate(&design, 0, &noise, n);
    for (f, filter) in bank.filters.iter().enumerate() {
        let kernel = &filter.kernels[0].0;
        let n_points = kernel.n_points(200.0);
        let energy: f64 = (0..n_points.ceil() as usize)
            .map(|k| {
                kernel
                    .at(((1.0 - n_points) / 2.0 + k as f64) / 200.0, 200.0)
                    .norm_sqr()
            })
            .sum();
        let mean = power.iter().skip(f).step_by(2).sum::<f64>() / n as f64;
        // some thousand independent values of power, whose mean scatters by two percent
        assert!(
            (mean / energy - 1.0).abs() < 0.1,
            "{}: {mean}, want {energy}",
            filter.hz
        );
    }
}

#[test]
fn a_wavelet_of_0_hz_is_refused_and_the_highest_frequency_survives_an_inexact_rate() {
    let mut recording = recording(&[500], 1);
    for keys in [
        "method = \"wavelet\"\n",
        "method = \"superlet\"\norder_max = 2\n",
    ] {
        for (what, f) in [
            ("foi = [0, 10]", "0"),
            ("foilim = [-1, 10]", "-1"),
            ("foi = [10, 1e-13]", "1e-13"),
        ] {
            let refusal = design(&format!("{keys}{what}\n"), &recording).expect_err(what);
            let want = format!("a wavelet of {f} Hz does not exist; expected frequencies above 0");
            assert!(refusal.to_string().ends_with(&want), "{refusal}");
        }
    }
    recording.sample_rate_hz = 999.999_999_999_999_3;
    for wanted in ["foi = [100, 500]", "foilim = [100, 500]"] {
        let keys = format!("method = \"wavelet\"\nwidth = 20\n{wanted}\n");
        let layout = design(&keys, &recording).expect(wanted).block_layout();
        let (low, high) = layout.frequencies().unwrap().range_hz();
        assert!(
            (low - 100.0).abs() < 1e-9 && (high - 500.0).abs() < 1e-9,
            "{low} {high}"
        );
    }
}

#[test]
fn frequencies_as_syncopy_takes_them_are_raised_to_its_lowest() {
    let recording = recording(&[500], 1);
    let keys = "method = \"wavelet\"\nfoi = [0, 0.005, 10]\nedges = \"trial\"\n";
    let syncopys = design(&format!("{keys}compat = \"syncopy\"\n"), &recording).unwrap();
    let hz = syncopys.block_layout().frequencies().unwrap().hz();
    for (got, want) in hz.iter().zip([0.01, 0.01, 10.0]) {
        assert!((got / want - 1.0_f64).abs() < 1e-12, "{hz:?}");
    }
    assert!(design(keys, &recording).is_err());
}

#[test]
fn channels_and_rows_have_the_same_bits_alone_and_kernels_that_are_not_kept_change_none() {
    let recording = recording(&[150, 90], 5);
    let samples = samples(150, 5).mapv(|x| x as f32);
    for keys in [
        "method = \"wavelet\"\n",
        "method = \"superlet\"\norder_max = 3\nadaptive = true\n",
    ] {
        let config = format!("{keys}foilim = [10, 40]\nedges = \"trial\"\n");
        let design = design(&config, &recording).unwrap();
        let all = estimate(&design, 0, &samples, 150);
        assert_eq!(estimate(&design, 0, &samples, 17), all, "{keys}");
        let alone = estimate(&design, 0, &samples.slice(s![.., 2..3]).to_owned(), 150);
        let among: Vec<f32> = all.iter().skip(2).step_by(5).copied().collect();
        assert_eq!(alone, among, "{keys}");
    }
}

/// Every width of vectors, with kernels kept and made again, in dirty memory, against one channel and one number at a time.
fn assert_lanes_are_alone<K: Kernel, T: Real>(design: &super::Design<K>, samples: &Array2<T>) {
    let run = |width: Width, samples: ArrayView2<T>, remade: Option<usize>| {
        let mut bank = Bank::<K, T>::new(design, InstructionSet::detect(), Widths::only(width));
        if let Some(most_points) = remade {
            bank.forget_kernels(most_points);
        }
        let layout = design.block_layout();
        let n_rows = layout.times().rows(0).len();
        let shape = layout.shape(n_rows, samples.ncols());
        let len = shape.iter().product::<usize>() * layout.element.n_parts();
        let mut block = vec![T::nan(); len];
        let mut scratch = bank.scratch();
        scratch.lines.fill(0xff);
        scratch.points.fill(0xff);
        scratch.outputs.fill(0xff);
        scratch.bank.products.fill(0xff);
        let piece = Piece::of(0, 0..n_rows, samples);
        assert_eq!(bank.estimate(piece, &mut scratch, &mut block), 0);
        block
    };
    let n_channels = samples.ncols();
    let n_parts = design.block_layout().element.n_parts();
    let scalar = run(Width::all()[0], samples.view(), None);
    assert!(scalar.iter().all(|x| !num_traits::Float::is_nan(*x)));
    for width in Width::all() {
        for remade in [None, Some(0), Some(3000), Some(usize::MAX)] {
            let got = run(width, samples.view(), remade);
            assert_eq!(got, scalar, "{width:?}");
        }
        let c = n_channels - 1;
        let alone = run(width, samples.slice(s![.., c..]), None);
        let of_channel = scalar.chunks(n_parts).skip(c).step_by(n_channels).flatten();
        assert!(alone.iter().eq(of_channel), "{width:?}, channel {c}");
    }
}

#[test]
fn every_width_of_vectors_gives_a_channel_the_same_bits() {
    for (n, n_channels) in [(150, 17), (150, 3), (9000, 1)] {
        let recording = recording(&[n], n_channels);
        let samples = samples(n, n_channels);
        for keys in [
            "method = \"wavelet\"\nfoi = [20, 50, 90]\n",
            "method = \"superlet\"\nfoi = [20, 50, 90]\norder_max = 4\nadaptive = true\n",
            "method = \"superlet\"\nfoi = [20, 50]\norder_max = 3\noutput = \"fourier\"\n",
        ] {
            match &design(&format!("{keys}edges = \"trial\"\n"), &recording).unwrap() {
                Design::Wavelet(design) => {
                    assert_lanes_are_alone(design, &samples);
                    assert_lanes_are_alone(design, &samples.mapv(|x| x as f32));
                }
                Design::Superlet(design) => {
                    assert_lanes_are_alone(design, &samples);
                    assert_lanes_are_alone(design, &samples.mapv(|x| x as f32));
                }
                _ => unreachable!("a bank was asked for"),
            }
        }
    }
}

#[test]
fn blocks_of_a_long_trial_join_without_seams_also_where_a_list_has_a_few() {
    let n = 9000;
    let recording = recording(&[n], 1);
    let samples = samples(n, 1);
    let keys = "method = \"wavelet\"\noutput = \"fourier\"\nfoi = [40, 99]\n";
    let design_of = |more: &str| design(&format!("{OF_SYNCOPY}{keys}{more}"), &recording).unwrap();
    let all = design_of("");
    let Design::Wavelet(bank) = &all else {
        unreachable!("wavelet was asked for")
    };
    assert!(bank.convolutions.iter().all(|c| c.n_out < n));
    let line = detrended(&samples, 0);
    let kernels = bank.filters.iter().map(|filter| filter.kernels[0].0);
    let of_filter: Vec<_> = kernels
        .map(|kernel| slowly(&kernel, &line, 200.0))
        .collect();
    let want: Vec<_> = (0..n)
        .flat_map(|t| of_filter.iter().map(move |y| y[t]))
        .collect();
    let got = complex(&estimate(&all, 0, &samples, n));
    assert_close(&got, &want, DOUBLE, "blocks");
    // trials begin at -0.25 s
    let few = estimate(&design_of("toi = [0, 10, 20, 30]\n"), 0, &samples, 3);
    let few = complex(&few);
    for (row, second) in [0, 10, 20, 30].into_iter().enumerate() {
        let sample = 50 + 200 * second;
        assert_eq!(few[2 * row..][..2], got[2 * sample..][..2]);
    }
}

#[test]
fn the_rest_of_the_trial_counts_where_it_is_asked_for() {
    let recording = recording(&[400], 1);
    let samples = samples(400, 1);
    let keys = "method = \"wavelet\"\nfoi = [10]\n";
    let times = "toi = [0.5, 0.505, 0.51, 0.515]\n";
    let of = |more: &str| {
        let design = design(&format!("{keys}{more}"), &recording).unwrap();
        estimate(&design, 0, &samples, 400)
    };
    let all = of("edges = \"trial\"\n");
    // 0.5 s is sample 150 of a trial that begins at -0.25 s
    for edges in ["edges = \"trial\"\n", "edges = \"zero\"\n", ""] {
        assert_eq!(of(&format!("{times}{edges}")), all[150..154], "{edges}");
    }
    // Syncopy has zeros around the times that are asked for
    let syncopys = "compat = \"syncopy\"\n";
    let cut = of(&format!("{times}{syncopys}"));
    assert_ne!(cut, all[150..154]);
    assert_eq!(of(&format!("{times}{syncopys}edges = \"zero\"\n")), cut);
}

#[test]
fn what_is_not_finite_or_outside_is_nan() {
    let recording = recording(&[150, 60], 2);
    let design = design(
        "method = \"wavelet\"\nfoi = [20]\ntoi = [0.0, 0.1, 0.2]\nedges = \"trial\"\n",
        &recording,
    )
    .unwrap();
    let mut samples = samples(60, 2);
    samples[[3, 1]] = f64::INFINITY;
    let got = estimate(&design, 1, &samples, 3);
    // the second trial ends at 0.045 s
    let is_nan: Vec<bool> = got.iter().map(|x| x.is_nan()).collect();
    assert_eq!(is_nan, [false, true, true, true, true, true]);
}

#[test]
fn what_wavelets_do_not_allow_is_refused() {
    let recording = recording(&[150], 1);
    for (keys, why) in [
        ("wavelet\"\nwavelet = \"foo\"\n", "\"Morlet\", \"Paul\""),
        ("wavelet\"\ntoi = 0.5\n", "wavelets have no windows"),
        (
            "wavelet\"\ntoi = [0.0, 0.1, 0.3]\ncompat = \"syncopy\"\n",
            "equally far apart",
        ),
        ("wavelet\"\nwidth = 0.5\n", "a number from 1 to a million"),
        ("wavelet\"\nwidth = nan\n", "a number from 1 to a million"),
        (
            "wavelet\"\nwavelet = \"Paul\"\n",
            "this wavelet needs order",
        ),
        ("wavelet\"\nwavelet = \"Paul\"\norder = 3\n", "from 4 up"),
        ("wavelet\"\nwavelet = \"DOG\"\norder = 1000\n", "at most 80"),
        ("wavelet\"\nfoi = [200]\n", "half the sample rate"),
        (
            "wavelet\"\nedges = \"drop\"\n",
            "\"nan\", \"zero\" or \"trial\"",
        ),
        (
            "wavelet\"\nscaling = \"density\"\n",
            "\"spectrum\" or \"amplitude\"",
        ),
        ("superlet\"\n", "this method needs order_max"),
        (
            "superlet\"\norder_max = 3\norder_min = 4\n",
            "at most order_max, 3",
        ),
        ("superlet\"\norder_max = 1000000\n", "at most 1000"),
        ("superlet\"\norder_max = 3\nc_1 = 0\n", "from 1 up"),
        (
            "superlet\"\norder_max = 3\nadaptive = true\nfoi = [10]\n",
            "two or more",
        ),
    ] {
        let refusal = design(&format!("method = \"{keys}"), &recording).expect_err(keys);
        assert!(refusal.contains(why), "{keys}: {refusal}");
    }
}

#[test]
fn an_amplitude_is_the_same_beside_longer_trials_and_for_a_single_time() {
    let samples = samples(120, 1);
    for method in [
        "method = \"wavelet\"\nwidth = 10\n",
        "method = \"superlet\"\norder_max = 6\n",
    ] {
        let config = format!(
            "{method}foi = [2]\nscaling = \"amplitude\"\noutput = \"abs\"\nedges = \"trial\"\n"
        );
        let of = |lengths: &[usize], config: &str, n_rows| {
            let design = design(config, &recording(lengths, 1)).unwrap();
            estimate(&design, 0, &samples, n_rows)
        };
        let alone = of(&[120], &config, 120);
        let beside = of(&[120, 3000], &config, 120);
        let largest = alone.iter().fold(0.0_f64, |most, x| most.max(*x));
        for (a, b) in alone.iter().zip(&beside) {
            assert!((a - b).abs() <= 1e-9 * largest, "{method}: {a} and {b}");
        }
        let single = of(&[120], &format!("{config}toi = [0.0]\n"), 1);
        assert!((single[0] - alone[50]).abs() <= 1e-9 * largest, "{method}");
    }
}
