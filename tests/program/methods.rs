//! What holds of every method: the same bits however the work was cut, and after every interruption; results that say what
//! their rows are.

use crate::support::{Folder, Number, Recording, Spectra, Storage, seal_again, with_files};

/// A method with as many of its options as can be tried at once, on trials of 200 samples or more at 1 kHz.
const METHODS: &[(&str, &str)] = &[
    (
        "mtmfft, density",
        "tapsmofrq = 20\nfoilim = [0, 100]\nscaling = \"density\"\n",
    ),
    (
        "mtmfft, fooof",
        "output = \"fooof\"\nfooof_opt = { max_n_peaks = 3, peak_width_limits = [10, 60] }\ntapsmofrq = 20\nfoilim = [10, 200]\n",
    ),
    (
        "mtmconvol, all",
        "method = \"mtmconvol\"\nt_ftimwin = 0.1\nfoi = [20, 50, 100]\npolyremoval = 1\n",
    ),
    (
        "mtmconvol, overlap",
        "method = \"mtmconvol\"\nt_ftimwin = 0.1\ntoi = 0.8\ntapsmofrq = 20\nedges = \"drop\"\nscaling = \"density\"\n",
    ),
    (
        "mtmconvol, list",
        "method = \"mtmconvol\"\nt_ftimwin = 0.101\ntoi = [-0.1, -0.05, 0.02, 0.15]\ntapsmofrq = 20\n\
         keeptapers = true\noutput = \"fourier\"\nedges = \"nan\"\n",
    ),
    (
        "welch",
        "method = \"welch\"\nt_ftimwin = 0.1\ntoi = 0.5\ntapsmofrq = 20\n",
    ),
    (
        "welch, median",
        "method = \"welch\"\nt_ftimwin = 0.1\ntoi = 0.5\nedges = \"drop\"\naverage = \"median\"\nscaling = \"density\"\n",
    ),
    (
        "welch, zeros",
        "method = \"welch\"\nt_ftimwin = 0.1\ntoi = 0.5\nedges = \"zero\"\npad = \"nextpow2\"\n",
    ),
    (
        "mtmconvol, directions",
        "method = \"mtmconvol\"\nt_ftimwin = 0.1\ntoi = 0.7\noutput = \"angle\"\nedges = \"zero\"\nmin_trials = 2\n",
    ),
    (
        "mtmfft, NaN",
        "output = \"imag\"\nfoilim = [10, 100]\nnan = \"propagate\"\n",
    ),
    (
        "wavelet",
        "method = \"wavelet\"\nfoilim = [20, 30]\noutput = \"fourier\"\n",
    ),
    (
        "wavelet, list",
        "method = \"wavelet\"\nwavelet = \"DOG\"\norder = 3\nscaling = \"amplitude\"\ntoi = [-0.05, 0.0, 0.05, 0.1]\n",
    ),
    (
        "superlet",
        "method = \"superlet\"\nfoi = [20, 40, 80]\norder_max = 6\nadaptive = true\n",
    ),
    (
        "superlet, zeros",
        "method = \"superlet\"\nfoi = [3, 40]\norder_max = 2\nedges = \"zero\"\ntoi = [-0.05, 0.0, 0.13]\noutput = \"fourier\"\n",
    ),
];

/// Trials of these lengths that begin one after the other a little earlier, with a NaN in the last one.
fn folder(lengths: &[usize]) -> Folder {
    let folder = Folder::new();
    let mut start = 0.0;
    let mut rows = Vec::new();
    for (number, &n) in lengths.iter().enumerate() {
        rows.push([
            start,
            start + n as f64,
            -100.0 - 7.0 * number as f64,
            number as f64,
        ]);
        start += n as f64;
    }
    let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
    let mut recording = Recording::of_noise(start as usize, 5).with_trials(&rows);
    recording.samples[[start as usize - 50, 3]] = f64::NAN;
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    folder
}

const UNEQUAL: &[usize] = &[700, 300, 700, 450, 700];

fn run(folder: &Folder, ranks: Option<usize>, sets: &[&str]) -> Spectra {
    let run = folder.slepian(&["run", "study.toml", "--quiet", "--overwrite"]);
    let run = run.sets(sets);
    match ranks {
        Some(ranks) => run.ranks(ranks).succeeds(),
        None => run.succeeds(),
    };
    Spectra::read(&folder.path("spectra.spy"))
}

/// Every method with trials that are kept, then with trials that are averaged.
fn for_each_method(check: impl Fn(&Folder, &str)) {
    for (name, keys) in METHODS {
        for more in ["", "keeptrials = false\n"] {
            let folder = folder(UNEQUAL);
            folder.study(&format!("[freqanalysis]\n{keys}{more}"));
            check(&folder, &format!("{name} {more}"));
        }
    }
}

#[test]
fn every_method_has_the_same_bits_on_any_number_of_ranks() {
    for_each_method(|folder, name| {
        let one = run(folder, None, &[]);
        for (ranks, sets) in [
            (
                Some(2),
                &["parallel.schedule=static", "freqanalysis.chan_per_worker=2"][..],
            ),
            (
                Some(3),
                &[
                    "parallel.schedule=dynamic",
                    "freqanalysis.chan_per_worker=1",
                ],
            ),
            (Some(4), &["parallel.schedule=dynamic"]),
            (Some(4), &["parallel.schedule=static"]),
            (Some(1), &["output.compression=gzip"]),
        ] {
            run(folder, ranks, sets).assert_same_as(&one, &format!("{name}, {ranks:?} {sets:?}"));
        }
    });
}

#[test]
fn every_method_goes_on_after_a_kill_with_the_same_bits() {
    for_each_method(|folder, name| {
        let sets = [
            "output.checkpoint_every=0",
            "freqanalysis.chan_per_worker=2",
        ];
        let undisturbed = folder.undisturbed(&[]);
        // two ranks cut trials where they can, one of them dies; on a busy machine it might get no work of a dynamic schedule
        let run = folder.slepian(&["run", "study.toml"]).sets(&sets).ranks(2);
        let run = run.sets(&["parallel.schedule=static"]);
        let outcome = run.variable("SLEPIAN_FAULT", "compute:1:3:kill").ends();
        assert!(!outcome.status.success(), "{name}: {outcome}");
        let resume = folder.slepian(&["run", "study.toml", "--resume"]);
        let outcome = resume.ranks(3).succeeds();
        assert!(outcome.stderr.contains("going on: "), "{name}: {outcome}");
        Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, name);
        folder.slepian(&["verify", "spectra.spy"]).succeeds();
    });
}

#[test]
fn a_job_goes_on_with_nothing_that_changes_averages() {
    let folder = folder(UNEQUAL);
    folder.study(
        "[freqanalysis]\nmethod = \"welch\"\nt_ftimwin = 0.1\ntoi = 0.5\nkeeptrials = false\n",
    );
    let sets = [
        "output.checkpoint_every=0",
        "freqanalysis.chan_per_worker=2",
    ];
    let run = folder.slepian(&["run", "study.toml"]).sets(&sets);
    run.variable("SLEPIAN_FAULT", "compute:0:3:kill").ends();
    for other in [
        "freqanalysis.nan=propagate",
        "freqanalysis.min_trials=2",
        "freqanalysis.pad=0.2",
        "freqanalysis.compat=syncopy",
    ] {
        let resume = folder.slepian(&["run", "study.toml", "--resume"]);
        let outcome = resume.sets(&sets).sets(&[other]).ends();
        let key = other.split('=').next().unwrap();
        assert!(
            outcome.only_error().contains(key) || other.contains("compat"),
            "{outcome}"
        );
        assert_eq!(outcome.status.code(), Some(2), "{outcome}");
    }
    folder
        .slepian(&["run", "study.toml", "--resume"])
        .succeeds();
}

#[test]
fn a_long_trial_is_computed_part_by_part_within_the_memory_of_a_rank() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 1 --channels 8 --samples 200000 --seed 3");
    folder.study("[freqanalysis]\nmethod = \"mtmconvol\"\nt_ftimwin = 0.2\nfoi = [10, 20, 40]\n");
    let one = run(&folder, None, &[]);
    assert_eq!(one.shape, [200_000, 1, 3, 8]);
    let limit = "parallel.memory_per_rank=16 MiB";
    let plan = folder.slepian(&["plan", "study.toml", "--no-timing"]);
    let plan = plan.sets(&[limit]).succeeds().stdout;
    assert!(plan.contains("each a part of a trial of up to "), "{plan}");
    run(&folder, Some(2), &[limit]).assert_same_as(&one, "16 MiB");
    let made = &crate::support::info(&folder.path("spectra.spy"))["info"]["slepian"];
    assert!(made["rows_per_block"].as_u64() < Some(100_000), "{made}");
    // one trial, one entry, though it was computed in parts
    let flags = with_files(|| {
        let data = crate::support::data_file(&folder.path("spectra.spy"));
        let file = hdf5::File::open(data).unwrap();
        file.dataset("ledger/quality").unwrap().shape()
    });
    assert_eq!(flags, [1, 8]);
}

#[test]
fn the_flags_of_a_trial_are_those_of_all_its_parts() {
    let folder = Folder::new();
    let mut recording = Recording::of_noise(60_000, 3).with_trials(&[&[0.0, 60_000.0, 0.0]]);
    recording.samples[[59_000, 0]] = f64::NAN;
    recording.samples.column_mut(1).fill(2.0);
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    folder.study("[freqanalysis]\nmethod = \"mtmconvol\"\nt_ftimwin = 0.1\nfoi = [20]\n");
    for ranks in [None, Some(4)] {
        run(&folder, ranks, &[]);
        let made = &crate::support::info(&folder.path("spectra.spy"))["info"]["slepian"];
        assert_eq!(
            (&made["channels_not_finite"], &made["channels_flat"]),
            (&1.into(), &1.into())
        );
    }
}

#[test]
fn rows_say_what_time_of_which_trial_they_are() {
    let folder = folder(&[300, 300]);
    folder.study(
        "[select]\ntrials = [1]\n[freqanalysis]\nmethod = \"mtmconvol\"\nt_ftimwin = 0.1\ntoi = [-0.05, 0.0, 0.12]\n",
    );
    let spectra = run(&folder, None, &[]);
    let times: Vec<f64> = spectra
        .time_bits
        .iter()
        .map(|bits| f64::from_bits(*bits))
        .collect();
    assert_eq!(times, [-0.05, 0.0, 0.12]);
    assert_eq!(spectra.trial, [1, 1, 1]);
    // times that are not equally far apart have no rate, as in Syncopy
    assert_eq!(spectra.info["samplerate"], 1.0);
    assert_eq!(spectra.trialdefinition(), [0.0, 3.0, -0.05, 1.0]);
}

#[test]
fn what_was_cut_otherwise_is_refused_when_the_file_says_so() {
    let folder = folder(&[700]);
    folder.study("[freqanalysis]\nmethod = \"mtmconvol\"\nt_ftimwin = 0.1\nfoi = [20]\n");
    run(&folder, Some(2), &[]);
    let data = crate::support::data_file(&folder.path("spectra.spy"));
    with_files(|| {
        let file = hdf5::File::open_rw(&data).unwrap();
        let table = file.dataset("trialdefinition").unwrap();
        let mut numbers = table.read_2d::<f64>().unwrap();
        numbers[[0, 1]] = 1e300;
        table.write(&numbers).unwrap();
    });
    seal_again(&data);
    let outcome = folder.slepian(&["verify", "spectra.spy"]).ends();
    let error = outcome.only_error();
    assert!(
        !outcome.status.success() && error.contains("units of its ledger"),
        "{outcome}"
    );
}

/// Columns of `fooof/fits` by their names.
fn fits(folder: &Folder) -> std::collections::BTreeMap<String, Vec<f32>> {
    with_files(|| {
        let file =
            hdf5::File::open(crate::support::data_file(&folder.path("spectra.spy"))).unwrap();
        let names = file.dataset("fooof/columns").unwrap();
        let names = names.read_raw::<hdf5::types::VarLenUnicode>().unwrap();
        let set = file.dataset("fooof/fits").unwrap();
        assert_eq!(set.shape()[2], names.len());
        let numbers = set.read_raw::<f32>().unwrap();
        let column = |k: usize| {
            numbers
                .iter()
                .skip(k)
                .step_by(names.len())
                .copied()
                .collect()
        };
        let named = names.iter().enumerate();
        named
            .map(|(k, name)| (name.to_string(), column(k)))
            .collect()
    })
}

#[test]
fn models_of_spectra_find_what_was_put_into_the_samples() {
    let folder = Folder::new();
    folder.synth("harmonics --trials 20 --channels 4 --seconds 2 --sample-rate 500 --seed 2");
    folder.study(
        "[freqanalysis]\noutput = \"fooof\"\ntaper = \"hann\"\nfoilim = [2, 120]\nkeeptrials = false\n\
         fooof_opt = { max_n_peaks = 2, min_peak_height = 0.5 }\n",
    );
    for (ranks, sets) in [
        (None, &[][..]),
        (Some(3), &["output.compression=gzip"]),
        (Some(2), &["freqanalysis.keeptrials=true"]),
    ] {
        let spectra = run(&folder, ranks, sets);
        let fits = fits(&folder);
        let n_rows = spectra.shape[0];
        assert_eq!(fits["is_fitted"], vec![1.0; 4 * n_rows], "{sets:?}");
        // channel c has a sine at 10 + 5 c Hz and one at twice that; in single trials peaks of noise may be higher
        let is_near = |(i, (low, high)): (usize, (&f32, &f32))| {
            let hz = 10.0 + 5.0 * (i % 4) as f32;
            (low - hz).abs() < 0.5 && (high - 2.0 * hz).abs() < 0.5
        };
        let peaks = fits["CF1"].iter().zip(&fits["CF2"]).enumerate();
        let n_near = peaks.filter(|peak| is_near(*peak)).count();
        let least = if n_rows == 1 { 4 } else { 4 * n_rows * 8 / 10 };
        assert!(n_near >= least, "{sets:?}: {n_near} of {}", 4 * n_rows);
        // noise is white, and an average has little of it
        if n_rows == 1 {
            assert!(fits["exponent"].iter().all(|x| x.abs() < 0.1), "{fits:?}");
            assert!(fits["r_squared"].iter().all(|r| *r > 0.8), "{fits:?}");
        }
        assert!(spectra.numbers().iter().all(|p| p.is_finite()));
    }
}

#[test]
fn a_spectrum_that_has_no_model_is_nan_and_is_said_to_be() {
    let folder = folder(&[300, 300]);
    folder.study("[freqanalysis]\noutput = \"fooof_peaks\"\nfoilim = [10, 200]\n");
    let report = folder.slepian(&["run", "study.toml"]).succeeds();
    assert!(
        report.stdout.contains("1 spectrum without a model"),
        "{report}"
    );
    let spectra = Spectra::read(&folder.path("spectra.spy"));
    let is_fitted = &fits(&folder)["is_fitted"];
    assert_eq!(is_fitted.iter().filter(|fitted| **fitted == 0.0).count(), 1);
    let n_channels = spectra.channel.len();
    let (lost, n_freqs) = (n_channels + 3, spectra.shape[2]);
    assert_eq!(is_fitted[lost], 0.0);
    let n_nan = spectra.numbers().iter().filter(|p| p.is_nan()).count();
    assert_eq!(n_nan, n_freqs);
    assert_eq!(spectra.info["dimord"][0], "time");
    let made = &crate::support::info(&folder.path("spectra.spy"))["info"]["slepian"];
    assert_eq!(made["spectra_not_fitted"], 1);
}

#[test]
fn models_survive_when_a_hurt_result_is_repaired() {
    let folder = folder(&[300; 4]);
    let text =
        "[freqanalysis]\noutput = \"fooof\"\nfoilim = [10, 200]\nfooof_opt = { max_n_peaks = 4 }\n";
    folder.study(text);
    for more in [&[][..], &["freqanalysis.keeptrials=false"]] {
        let whole = run(&folder, Some(2), more);
        for set in ["data", "fooof/fits"] {
            let path = crate::support::data_file(&folder.path("spectra.spy"));
            let mut bytes = std::fs::read(&path).unwrap();
            let offset = with_files(|| {
                let file = hdf5::File::open(&path).unwrap();
                file.dataset(set).unwrap().offset().unwrap()
            });
            bytes[offset as usize + 25] ^= 0x10;
            std::fs::write(&path, bytes).unwrap();
            // takes back the mark of what is hurt
            let verify = folder.slepian(&["verify", "spectra.spy"]).ends();
            assert!(verify.stdout.contains("hurt: "), "{set}: {verify}");
            let resume = folder.slepian(&["run", "study.toml", "--resume"]);
            resume.sets(more).succeeds();
            let repaired = Spectra::read(&folder.path("spectra.spy"));
            repaired.assert_same_as(&whole, &format!("{set} {more:?}"));
            folder.slepian(&["verify", "spectra.spy"]).succeeds();
        }
    }
}

#[test]
fn models_are_in_the_size_that_is_planned() {
    let folder = folder(&[300; 4]);
    folder.study("[freqanalysis]\noutput = \"fooof\"\nfoilim = [10, 200]\nfooof_opt = { max_n_peaks = 40 }\n");
    let plan = folder.slepian(&["plan", "study.toml", "--no-timing"]);
    let plan = plan.succeeds().stdout;
    run(&folder, None, &[]);
    let length = std::fs::metadata(crate::support::data_file(&folder.path("spectra.spy"))).unwrap();
    let n_channels = 5;
    // 167 numbers of four bytes beside every spectrum
    assert!(length.len() > 4 * n_channels * 167 * 4, "{}", length.len());
    let without = folder.slepian(&["plan", "study.toml", "--no-timing"]);
    let without = without.sets(&["freqanalysis.output=pow"]).succeeds().stdout;
    let disk = |plan: &str| {
        plan.lines()
            .find(|line| line.starts_with("disk"))
            .map(str::to_owned)
    };
    assert_ne!(disk(&plan), disk(&without), "{plan}");
}
