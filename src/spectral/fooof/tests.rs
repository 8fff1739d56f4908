use super::aperiodic::Mode;
use super::fit::Model;
use super::refine::{Fits, Part, Refiner};
use super::settings::{MAX_PEAKS, Settings};

/// What is known of a simulated spectrum.
struct Truth<'a> {
    offset: f64,
    knee: f64,
    exponent: f64,
    /// Centre, height and standard deviation.
    peaks: &'a [[f64; 3]],
    /// Size of what is no part of the model, in decades.
    rough: f64,
}

impl Truth<'_> {
    fn log(&self, i: usize, hz: f64) -> f64 {
        let peak = |[c, h, s]: &[f64; 3]| h * (-(hz - c) * (hz - c) / (2.0 * s * s)).exp();
        let peaks: f64 = self.peaks.iter().map(peak).sum();
        let i = i as f64;
        let rough = (2.3 * i).sin() + (7.1 * i + 1.0).sin() + (0.9 * i * i).sin();
        self.offset - (self.knee + hz.powf(self.exponent)).log10() + peaks + self.rough * rough
    }

    fn spectrum(&self, hz: &[f64]) -> Vec<f64> {
        let power = |(i, &hz)| 10_f64.powf(self.log(i, hz));
        hz.iter().enumerate().map(power).collect()
    }
}

fn grid(n: usize, step_hz: f64) -> Vec<f64> {
    (0..n).map(|i| step_hz * (i as f64 + 2.0)).collect()
}

fn assert_near(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!(
        (got - want).abs() <= tolerance,
        "{what}: {got}, expected {want}"
    );
}

/// Both fits end at relative changes of 1e-5.
const OF_FITS: f64 = 1e-4;

/// Parameters that fooof 1.1.0 with SciPy 1.17 finds in the same spectra.
#[test]
fn parameters_are_those_of_fooof() {
    type Peaks<'a> = &'a [[f64; 3]];
    let check = |truth: &Truth,
                 settings: &Settings,
                 n,
                 step,
                 aperiodic: &[f64],
                 fit: [f64; 2],
                 peaks: Peaks,
                 heights: &[f64]| {
        let hz = grid(n, step);
        let model = Model::fit(settings, &hz, &truth.spectrum(&hz)).expect("a fit");
        for (got, want) in model.aperiodic.iter().zip(aperiodic) {
            assert_near(*got, *want, OF_FITS * want.abs(), "aperiodic");
        }
        assert_near(model.r_squared, fit[0], OF_FITS, "squared correlation");
        assert_near(model.error, fit[1], OF_FITS, "error");
        let found = model.peaks(&hz);
        assert_eq!(found.len(), peaks.len());
        for (got, want) in found.iter().zip(peaks) {
            assert_near(got.centre, want[0], 1e-3, "centre");
            assert_near(got.height, want[1], 1e-3, "height");
            assert_near(got.width, want[2], 1e-2, "width");
        }
        for (got, want) in model.gaussians.iter().zip(heights) {
            assert_near(got.height, *want, 1e-3, "height of the Gaussian");
        }
    };
    let fixed = Truth {
        offset: 1.2,
        knee: 0.0,
        exponent: 1.4,
        peaks: &[[10.0, 0.8, 1.0], [22.0, 0.4, 2.5]],
        rough: 0.01,
    };
    let found = [
        [9.989_143_673_6, 0.790_700_783_4, 1.978_647_936_9],
        [22.053_023_443_6, 0.393_894_872_4, 4.909_313_841_3],
    ];
    let heights = [0.790_746_101_3, 0.393_986_780_8];
    let aperiodic = [1.212_038_608_5, 1.406_943_260_4];
    let of_fit = [0.999_551_417_3, 0.010_535_614_6];
    check(
        &fixed,
        &Settings::default(),
        197,
        0.5,
        &aperiodic,
        of_fit,
        &found,
        &heights,
    );

    let knee = Truth {
        offset: 2.0,
        knee: 30.0,
        exponent: 2.1,
        peaks: &[[9.0, 0.6, 1.2], [31.0, 0.3, 3.0]],
        rough: 0.01,
    };
    let settings = Settings {
        mode: Mode::Knee,
        ..Settings::default()
    };
    let found = [
        [8.994_127_843_0, 0.594_682_479_7, 2.263_914_125_4],
        [24.587_066_510_5, 0.042_383_059_4, 0.594_470_808_1],
        [25.978_480_069_5, 0.071_212_821_6, 0.500_002_362_7],
        [27.277_421_603_6, 0.159_353_303_1, 0.500_007_076_1],
        [28.688_795_320_7, 0.224_482_261_0, 1.090_843_559_1],
        [31.299_317_020_9, 0.285_671_485_6, 5.552_963_242_7],
    ];
    let aperiodic = [2.022_127_897_7, 31.086_424_742_4, 2.112_231_906_6];
    let of_fit = [0.999_692_270_4, 0.010_008_795_9];
    check(&knee, &settings, 150, 0.5, &aperiodic, of_fit, &found, &[]);

    let near = Truth {
        offset: -11.0,
        knee: 0.0,
        exponent: 0.9,
        peaks: &[[10.0, 0.7, 1.5], [12.5, 0.5, 1.0], [60.0, 1.1, 0.8]],
        rough: 0.03,
    };
    let settings = Settings {
        peak_width_limits: [1.0, 8.0],
        max_n_peaks: 4,
        min_peak_height: 0.1,
        ..Settings::default()
    };
    let found = [
        [10.089_343_758_9, 0.755_113_013_7, 2.844_307_525_7],
        [12.513_677_829_1, 0.529_318_459_1, 1.783_480_396_5],
        [59.961_540_265_4, 1.087_998_547_0, 1.583_945_283_4],
    ];
    let heights = [0.747_036_677_0, 0.507_444_234_5, 1.089_282_196_9];
    let aperiodic = [-10.973_840_393_8, 0.913_978_467_5];
    let of_fit = [0.992_471_347_8, 0.030_625_050_0];
    check(
        &near, &settings, 117, 1.0, &aperiodic, of_fit, &found, &heights,
    );
}

/// Of an exact model of one peak; the aperiodic part is fitted under the peak's foot first, which costs a percent of its height.
#[test]
fn known_exponents_and_peaks_are_found() {
    let hz = grid(196, 0.5);
    for exponent in [0.0, 0.5, 1.0, 1.5, 2.0, 3.0] {
        for centre in [8.0, 15.0, 33.0, 60.0] {
            for (height, deviation) in [(0.3, 0.8), (0.6, 2.0), (1.5, 1.2)] {
                for offset in [-20.0, 0.0, 3.0] {
                    let truth = Truth {
                        offset,
                        knee: 0.0,
                        exponent,
                        peaks: &[[centre, height, deviation]],
                        rough: 0.0,
                    };
                    let what = format!("{exponent} {centre} {height} {deviation} {offset}");
                    let model = Model::fit(&Settings::default(), &hz, &truth.spectrum(&hz));
                    let model = model.expect(&what);
                    assert_near(model.aperiodic[0], offset, 0.02, &what);
                    assert_near(model.aperiodic[1], exponent, 0.02, &what);
                    // noise of the last bits may be peaks of no height
                    let highest = model.gaussians.iter().copied();
                    let highest = highest
                        .max_by(|a, b| a.height.total_cmp(&b.height))
                        .expect(&what);
                    assert_near(highest.centre, centre, 0.1, &what);
                    assert_near(highest.height, height, 0.05 * height, &what);
                    assert_near(highest.deviation, deviation, 0.1 * deviation, &what);
                    assert!(model.error < 0.01, "{what}: {}", model.error);
                }
            }
        }
    }
}

#[test]
fn a_known_knee_is_found() {
    let hz = grid(300, 0.5);
    for (knee, exponent) in [(20.0, 1.5), (100.0, 2.0), (1000.0, 2.5)] {
        let truth = Truth {
            offset: 1.0,
            knee,
            exponent,
            peaks: &[[40.0, 0.8, 1.5]],
            rough: 0.0,
        };
        let settings = Settings {
            mode: Mode::Knee,
            max_n_peaks: 3,
            ..Settings::default()
        };
        let model = Model::fit(&settings, &hz, &truth.spectrum(&hz)).expect("a fit");
        let [offset, found, found_exponent] = model.aperiodic[..] else {
            panic!("three parameters")
        };
        assert_near(offset, 1.0, 0.05, "offset");
        assert_near(found, knee, 0.1 * knee, "knee");
        assert_near(found_exponent, exponent, 0.05, "exponent");
    }
}

#[test]
fn no_spectrum_ends_a_fit_with_a_panic_or_without_an_end() {
    let hz = grid(100, 1.0);
    let of = |value: &dyn Fn(usize) -> f64| (0..100).map(value).collect::<Vec<f64>>();
    let spectra = [
        of(&|_| 0.0),
        of(&|_| f64::NAN),
        of(&|i| if i == 50 { f64::INFINITY } else { 1.0 }),
        of(&|i| if i == 50 { -1.0 } else { 1.0 }),
        of(&|_| 1.0),
        of(&|_| f64::MIN_POSITIVE),
        of(&|i| if i % 2 == 0 { 1e-300 } else { 1e300 }),
        of(&|i| if i == 0 { 1e300 } else { 1e-300 }),
        of(&|i| 10_f64.powf((i as f64 * 12.9898).sin() * 43758.5453 % 1.0)),
        of(&|i| 10_f64.powf((i as f64 * 78.233).sin() * 43758.5453 % 3.0)),
    ];
    for mode in [Mode::Fixed, Mode::Knee] {
        for (number, spectrum) in spectra.iter().enumerate() {
            let settings = Settings {
                mode,
                peak_threshold: 0.0,
                ..Settings::default()
            };
            let model = Model::fit(&settings, &hz, spectrum);
            assert!(number > 3 || model.is_none(), "{number}");
            if let Some(model) = model {
                assert!(model.log.iter().all(|p| p.is_finite()), "{number}");
                assert!(model.gaussians.len() <= MAX_PEAKS);
            }
        }
    }
    // as few frequencies as there may be
    for n in 4..12 {
        for mode in [Mode::Fixed, Mode::Knee] {
            let settings = Settings {
                mode,
                ..Settings::default()
            };
            Model::fit(&settings, &hz[..n], &spectra[8][..n]);
        }
    }
}

#[test]
fn a_row_becomes_its_models_and_what_cannot_be_fitted_is_nan() {
    let hz = grid(100, 1.0);
    let truth = Truth {
        offset: 1.0,
        knee: 0.0,
        exponent: 1.0,
        peaks: &[[20.0, 0.5, 2.0]],
        rough: 0.0,
    };
    let spectrum = truth.spectrum(&hz);
    let mut power = Vec::new();
    for p in &spectrum {
        power.extend([*p as f32, f32::NAN, 1e4 * *p as f32]);
    }
    let fits = |part| Fits {
        part,
        settings: Settings {
            max_n_peaks: 2,
            ..Settings::default()
        },
    };
    let columns = fits(Part::Whole).numbers().columns;
    let refined = |part| {
        let (mut power, mut numbers) = (power.clone(), vec![7.0; 3]);
        Refiner::new(fits(part), hz.clone()).refine(&mut power, &mut numbers);
        (power, numbers)
    };
    let (whole, numbers) = refined(Part::Whole);
    let (aperiodic, _) = refined(Part::Aperiodic);
    let (peaks, _) = refined(Part::Peaks);
    assert_eq!(numbers.len(), 3 * columns.len());
    let number = |channel: usize, name: &str| {
        let column = columns.iter().position(|column| column == name).unwrap();
        f64::from(numbers[channel * columns.len() + column])
    };
    assert_eq!(number(0, "is_fitted"), 1.0);
    assert_eq!(number(1, "is_fitted"), 0.0);
    assert!(
        number(0, "knee").is_nan() && number(1, "offset").is_nan() && number(1, "n_peaks").is_nan()
    );
    assert_near(number(0, "exponent"), 1.0, 0.02, "exponent");
    assert_near(number(2, "offset"), 5.0, 0.02, "offset");
    assert_near(number(2, "CF1"), 20.0, 0.1, "centre");
    assert_near(number(2, "BW1"), 4.0, 0.4, "width");
    for (i, p) in spectrum.iter().enumerate() {
        let [whole, aperiodic, peaks] =
            [&whole, &aperiodic, &peaks].map(|row| f64::from(row[3 * i]));
        assert_near(whole, *p, 0.03 * p, "model");
        assert_near(aperiodic + peaks, whole, 1e-6 * whole, "parts");
        assert!([&whole, &aperiodic].iter().all(|x| x.is_finite()) && peaks >= 0.0);
    }
    assert!(whole.iter().skip(1).step_by(3).all(|p| p.is_nan()));
}

#[test]
fn a_model_has_four_points_more_than_parameters_or_there_is_none() {
    for (mode, fewest) in [(Mode::Fixed, 6), (Mode::Knee, 7)] {
        let fits = Fits {
            part: Part::Whole,
            settings: Settings {
                mode,
                max_n_peaks: 0,
                ..Settings::default()
            },
        };
        for n in 1..=8 {
            let hz: Vec<f64> = (0..n).map(|i| 20.0 + f64::from(i)).collect();
            let mut power: Vec<f64> = hz.iter().map(|f| 1.0 / (f * f)).collect();
            let mut numbers = Vec::new();
            Refiner::new(fits.clone(), hz.clone()).refine(&mut power, &mut numbers);
            let is_fitted = n >= fewest;
            assert_eq!(numbers[0] == 1.0, is_fitted, "{n} points");
            assert!(power.iter().all(|p| p.is_nan() != is_fitted), "{n} points");
            let remark = fits.remark(&hz).map(|remark| remark.to_string());
            let is_told = remark.is_some_and(|text| text.starts_with("no model is fitted"));
            assert_eq!(is_told, !is_fitted, "{n} points");
        }
    }
}
