//! What single precision does not hold: integers of 32 bits, small differences of large numbers, powers near the ends of its range.

use crate::support::{Folder, Number, Recording, Spectra, Storage, info};

/// Samples of a recording of two trials, and what they become as doubles.
fn folder(samples: impl Fn(usize, usize) -> f64, number: Number, tables: &str) -> Folder {
    let folder = Folder::new();
    let mut recording =
        Recording::of_noise(400, 2).with_trials(&[&[0.0, 200.0, 0.0], &[200.0, 400.0, 0.0]]);
    let shape = recording.samples.dim();
    recording.samples = ndarray::Array2::from_shape_fn(shape, |(t, c)| samples(t, c));
    recording.write(&folder.path("recording.spy"), Storage::plain(number));
    folder.study(tables);
    folder
}

fn noise(t: usize, c: usize) -> f64 {
    let z = crate::support::scramble((2 * t + c) as u64);
    z as f64 / u64::MAX as f64 - 0.5
}

fn run(folder: &Folder, ranks: usize, sets: &[&str]) -> (Spectra, String, String) {
    let run = folder
        .slepian(&["run", "study.toml", "--overwrite"])
        .sets(sets);
    let run = if ranks > 1 { run.ranks(ranks) } else { run };
    let outcome = run.succeeds();
    let spectra = Spectra::read(&folder.path("spectra.spy"));
    (spectra, outcome.stdout, outcome.stderr)
}

fn counted(folder: &Folder, key: &str) -> u64 {
    let made = &info(&folder.path("spectra.spy"))["info"]["slepian"];
    made[key].as_u64().expect(key)
}

#[test]
fn integers_of_32_bits_are_computed_in_double_unasked() {
    let counts = |t: usize, c: usize| 2e8 + (20.0 * noise(t, c)).round();
    let folder = folder(counts, Number::I32, "[freqanalysis]\n");
    let (auto, ..) = run(&folder, 1, &[]);
    assert_eq!(
        info(&folder.path("spectra.spy"))["info"]["slepian"]["computed_in"],
        "float64"
    );
    let (double, ..) = run(&folder, 1, &["freqanalysis.precision=double"]);
    for (auto, double) in auto.numbers().iter().zip(double.numbers()) {
        // stored single: half a unit in the last place, and what is lost beside the mean that is taken off
        assert!(
            (auto - double).abs() <= 1e-7 * double + 1e-20,
            "{auto}, want {double}"
        );
    }
    folder
        .slepian(&["convert", "recording.spy", "copy.spy", "--quiet"])
        .succeeds();
    let samples = crate::support::with_files(|| {
        let file = hdf5::File::open(folder.path("copy.spy/copy.analog")).unwrap();
        file.dataset("data").unwrap().read_2d::<f64>().unwrap()
    });
    for ((t, c), x) in samples.indexed_iter() {
        assert_eq!(*x, counts(t, c), "{t}, {c}");
    }
}

#[test]
fn a_channel_that_is_flat_by_rounding_is_told_from_one_that_is_flat() {
    // single precision holds multiples of 64 near a billion
    let samples = |t: usize, c: usize| match c {
        0 => 1e9 + noise(t, c),
        _ => 7.0,
    };
    let folder = folder(
        samples,
        Number::F64,
        "[freqanalysis]\nprecision = \"single\"\n",
    );
    for ranks in [1, 3] {
        let (_, stdout, _) = run(&folder, ranks, &[]);
        assert!(
            stdout.contains("2 channels of single trials are flat"),
            "{stdout}"
        );
        let want =
            "2 channels of single trials became flat by rounding; precision = \"double\" keeps";
        assert!(stdout.contains(want), "{stdout}");
        assert_eq!(counted(&folder, "channels_flat"), 2);
        assert_eq!(counted(&folder, "channels_flat_by_rounding"), 2);
    }
    let (_, stdout, _) = run(&folder, 1, &["freqanalysis.precision=auto"]);
    assert!(!stdout.contains("rounding"), "{stdout}");
    assert_eq!(counted(&folder, "channels_flat_by_rounding"), 0);
}

#[test]
fn power_below_single_precision_is_counted_over_all_ranks() {
    // the second channel is flat and has a right to its zeros
    let samples = |t: usize, c: usize| match c {
        0 => 1e-23 * noise(t, c),
        _ => 1e-23,
    };
    let folder = folder(samples, Number::F32, "[freqanalysis]\n");
    for (ranks, sets) in [
        (1, &[][..]),
        (3, &[]),
        (1, &["freqanalysis.keeptrials=false"]),
    ] {
        let (_, _, stderr) = run(&folder, ranks, sets);
        // two trials of 101 frequencies, but for 0 Hz
        let want = "warning: 200 values of single trials are too small for single precision";
        assert_eq!(stderr.matches(want).count(), 1, "{stderr}");
        assert!(
            stderr.contains("precision = \"double\" holds them"),
            "{stderr}"
        );
        assert_eq!(counted(&folder, "values_too_small"), 200);
    }
    let (spectra, _, stderr) = run(&folder, 1, &["freqanalysis.precision=double"]);
    assert!(!stderr.contains("warning"), "{stderr}");
    assert!(
        spectra
            .numbers()
            .iter()
            .step_by(2)
            .skip(1)
            .all(|power| *power > 0.0 || power.is_nan())
    );
    assert_eq!(counted(&folder, "values_too_small"), 0);
}

#[test]
fn doubles_that_are_stored_single_are_counted_as_well() {
    for (size, key) in [(1e-25, "values_too_small"), (1e22, "values_too_large")] {
        let folder = folder(
            |t, c| size * noise(t, c),
            Number::F64,
            "[freqanalysis]\nfoilim = [10, 20]\n",
        );
        let (spectra, _, stderr) = run(&folder, 1, &[]);
        let n = spectra.numbers().len() as u64;
        assert!(
            stderr.contains(&format!("warning: {n} values of single trials are too")),
            "{stderr}"
        );
        assert_eq!(counted(&folder, key), n);
    }
}

#[test]
fn exact_zeros_of_whole_numbers_and_powers_of_usual_fields_are_not_lost() {
    let period_of_four = |t: usize, _| [1.0, 0.0, -1.0, 0.0][t % 4];
    let femtotesla = |t: usize, c: usize| 1e-13 * noise(t, c);
    for samples in [&period_of_four as &dyn Fn(usize, usize) -> f64, &femtotesla] {
        let tables = "[freqanalysis]\ntaper = \"boxcar\"\nscaling = \"density\"\n";
        let folder = folder(samples, Number::F32, tables);
        let (_, _, stderr) = run(&folder, 1, &[]);
        assert!(!stderr.contains("warning"), "{stderr}");
        assert_eq!(counted(&folder, "values_too_small"), 0);
    }
}
