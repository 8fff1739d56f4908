//! What a resumed job goes on with, and what it refuses; what the ledger holds, and what `verify` finds by it.

use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use slepian::output::stored_marks;

use crate::support::{
    Folder, Launch, Number, Recording, Spectra, Storage, data_file, seal_again, with_files,
};

const PART: &str = "spectra.spy/spectra.spectral.part";
const DATA: &str = "spectra.spy/spectra.spectral";
const INFO: &str = "spectra.spy/spectra.spectral.info";
const AVERAGE: &str = "freqanalysis.keeptrials=false";
const GZIP: &str = "output.compression=gzip";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 9 --channels 4 --samples 200 --seed 1");
    folder.study("[freqanalysis]\ntapsmofrq = 20\n");
    folder
}

fn run(folder: &Folder) -> Launch {
    folder.slepian(&["run", "study.toml"])
}

fn resume(folder: &Folder) -> Launch {
    run(folder).args(&["--resume"])
}

/// A job that is killed when some of its chunks are done.
fn interrupt(folder: &Folder, sets: &[&str]) {
    let launch = run(folder).sets(&["output.checkpoint_every=0"]).sets(sets);
    let outcome = launch.variable("SLEPIAN_FAULT", "compute:0:5:kill").ends();
    assert!(!outcome.status.success() && folder.has(PART), "{outcome}");
    let status = folder.status();
    assert_eq!(status["state"], "interrupted");
    let (done, total) = (
        status["done"].as_u64().unwrap(),
        status["total"].as_u64().unwrap(),
    );
    assert!(done > 0 && done < total, "{done} of {total}");
}

fn assert_same(folder: &Folder, sets: &[&str]) {
    let undisturbed = folder.undisturbed(sets);
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, &format!("{sets:?}"));
    folder.slepian(&["verify", "spectra.spy"]).succeeds();
}

#[test]
fn with_nothing_there_resume_begins() {
    let folder = folder();
    resume(&folder).succeeds();
    assert_same(&folder, &[]);
    let contradiction = resume(&folder).args(&["--overwrite"]).ends();
    assert_eq!(contradiction.status.code(), Some(2));
}

#[test]
fn a_finished_result_is_left_alone_and_that_is_said() {
    let folder = folder();
    run(&folder).succeeds();
    let before = folder.content();
    for ranks in [None, Some(2)] {
        let launch = resume(&folder);
        let outcome = match ranks {
            Some(ranks) => launch.ranks(ranks).succeeds(),
            None => launch.succeeds(),
        };
        assert!(
            outcome.stdout.contains("nothing is left to do"),
            "{outcome}"
        );
    }
    assert!(folder.content() == before);
    // a result of something else is not this job's
    let error = resume(&folder)
        .sets(&["freqanalysis.tapsmofrq=21"])
        .fails_with(2);
    assert!(
        error.contains("begun with freqanalysis.tapsmofrq = 20, the config has 21"),
        "{error}"
    );
    assert!(folder.content() == before);
}

#[test]
fn an_interrupted_job_is_in_the_way_until_it_is_said_what_becomes_of_it() {
    let folder = folder();
    interrupt(&folder, &[]);
    let before = folder.content();
    let error = run(&folder).fails_with(2);
    assert!(
        error.contains("--resume") && error.contains("--overwrite"),
        "{error}"
    );
    assert!(folder.content() == before);
    let plan = folder.slepian(&["plan", "study.toml"]).succeeds();
    assert!(plan.stdout.contains("in the way"), "{plan}");
    run(&folder).args(&["--overwrite"]).succeeds();
    assert_same(&folder, &[]);
}

#[test]
fn a_config_that_gives_other_numbers_is_refused_by_its_key() {
    let folder = folder();
    interrupt(&folder, &[]);
    // but for the lock of the job that was killed
    let content = || {
        let mut content = folder.content();
        content.retain(|path, _| path.extension().is_none_or(|extension| extension != "lock"));
        content
    };
    let before = content();
    for (set, key) in [
        (
            "freqanalysis.tapsmofrq=25",
            "freqanalysis.tapsmofrq = 20, the config has 25",
        ),
        (
            "freqanalysis.foilim=[10, 50]",
            "freqanalysis.foilim = \"none\", the config has [10,50]",
        ),
        (
            "freqanalysis.polyremoval=1",
            "freqanalysis.polyremoval = 0, the config has 1",
        ),
        (
            "freqanalysis.keeptrials=false",
            "freqanalysis.keeptrials = true",
        ),
        ("freqanalysis.precision=double", "freqanalysis.precision"),
        (
            "freqanalysis.estimate=fast",
            "freqanalysis.estimate = \"exact\", the config has \"fast\"",
        ),
        (
            "select.trials=[0, 1, 2]",
            "select.trials = \"none\", the config has [0,1,2]",
        ),
        ("select.channel=[1]", "select.channel"),
        ("select.latency=[0, 0.1]", "select.latency"),
    ] {
        let error = resume(&folder).sets(&[set]).fails_with(2);
        assert!(
            error.contains("begun with") && error.contains(key),
            "{set}: {error}"
        );
    }
    assert!(content() == before);
}

#[test]
fn what_only_says_how_may_change_from_one_attempt_to_the_next() {
    let others = [
        "parallel.schedule=static",
        "freqanalysis.chan_per_worker=1",
        "parallel.memory_per_rank=20 MiB",
        "output.checksum=false",
        "output.checkpoint_every=1",
    ];
    for begun in [
        &["freqanalysis.chan_per_worker=2"][..],
        &["freqanalysis.chan_per_worker=2", AVERAGE],
    ] {
        let folder = folder();
        interrupt(&folder, begun);
        let averages = begun.iter().filter(|set| **set == AVERAGE).copied();
        let averages: Vec<&str> = averages.collect();
        let outcome = resume(&folder)
            .sets(&averages)
            .sets(&others)
            .ranks(3)
            .succeeds();
        assert!(outcome.stderr.contains("going on: "), "{outcome}");
        assert_same(&folder, &averages);
        let made = &crate::support::info(&folder.path("spectra.spy"))["info"]["slepian"];
        assert_eq!(
            made["channels_per_block"], 2,
            "blocks are those of the first attempt"
        );
    }
}

#[test]
fn a_result_may_be_compressed_by_the_attempt_that_finishes_it() {
    let folder = folder();
    interrupt(&folder, &[]);
    resume(&folder).sets(&[GZIP]).succeeds();
    let is_filtered = with_files(|| {
        let file = hdf5::File::open(folder.path(DATA)).unwrap();
        !file.dataset("data").unwrap().filters().is_empty()
    });
    assert!(is_filtered);
    assert_same(&folder, &[]);
}

#[test]
fn blocks_that_do_not_fit_the_memory_of_a_resumed_job_are_refused_with_what_they_take() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 9 --channels 64 --samples 20000 --seed 1");
    folder.study("[freqanalysis]\n");
    interrupt(&folder, &[]);
    let launch = resume(&folder).sets(&["parallel.memory_per_rank=20 MiB"]);
    let error = launch.fails_with(2);
    assert!(
        error.contains("begun with blocks of 64 channels, one of which takes "),
        "{error}"
    );
    assert!(
        error.contains("may take 20.0 MiB") && error.contains("memory_per_rank"),
        "{error}"
    );
    resume(&folder).succeeds();
    assert_same(&folder, &[]);
}

#[test]
fn a_recording_that_has_changed_is_refused() {
    let folder = folder();
    interrupt(&folder, &[]);
    let path = data_file(&folder.path("recording.spy"));
    let file = std::fs::File::options()
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    let modified = file.metadata().unwrap().modified().unwrap();
    let length = file.metadata().unwrap().len();
    let refusal = || {
        let error = resume(&folder).fails_with(2);
        assert!(
            error.contains("recording.analog: this recording is not the same"),
            "{error}"
        );
        error
    };
    // times
    file.set_modified(modified + std::time::Duration::from_secs(1))
        .unwrap();
    assert!(refusal().contains("changed at"));
    // samples, under the same time
    let mut sample = [0];
    file.read_exact_at(&mut sample, length / 2).unwrap();
    file.write_all_at(&[sample[0] ^ 1], length / 2).unwrap();
    file.set_modified(modified).unwrap();
    assert!(refusal().contains("samples are other ones"));
    file.write_all_at(&sample, length / 2).unwrap();
    // size
    file.set_len(length + 1).unwrap();
    file.set_modified(modified).unwrap();
    assert!(refusal().contains(&format!("{} bytes", length + 1)));
    file.set_len(length).unwrap();
    file.set_modified(modified).unwrap();
    // metadata
    let info = folder.path("recording.spy/recording.analog.info");
    let text = std::fs::read_to_string(&info).unwrap();
    std::fs::write(&info, text.replace("channel1", "other1")).unwrap();
    assert!(refusal().contains("channels, trials, sample rate or storage"));
    std::fs::write(&info, text).unwrap();
    // as it was, under another name
    std::fs::rename(folder.path("recording.spy"), folder.path("moved.spy")).unwrap();
    resume(&folder).sets(&["input.path=moved.spy"]).succeeds();
    std::fs::rename(folder.path("moved.spy"), folder.path("recording.spy")).unwrap();
    assert_same(&folder, &[]);
}

#[test]
fn a_result_without_its_info_is_published_without_computing() {
    let folder = folder();
    run(&folder).succeeds();
    let whole = Spectra::read(&folder.path("spectra.spy"));
    std::fs::remove_file(folder.path(INFO)).unwrap();
    let error = run(&folder).fails_with(2);
    assert!(
        error.contains("was not published; expected --resume"),
        "{error}"
    );
    assert_eq!(folder.status()["state"], "interrupted");
    folder.slepian(&["status", "spectra", "--exit-code"]).ends();
    let outcome = resume(&folder).succeeds();
    assert!(outcome.stdout.contains("0 B read"), "{outcome}");
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&whole, "published again");
    std::fs::remove_file(folder.path(DATA)).unwrap();
    let error = resume(&folder).fails_with(2);
    assert!(
        error.contains("this .info file has no data beside it"),
        "{error}"
    );
}

#[test]
fn files_under_the_name_of_a_partial_result_are_checked_before_anything_is_written() {
    let folder = folder();
    interrupt(&folder, &[]);
    let part = folder.path(PART);
    let good = std::fs::read(&part).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(&part, bytes).unwrap();
        let error = resume(&folder).ends();
        let code = error.status.code();
        assert!(code == Some(1) || code == Some(2), "{error}");
        assert!(
            error.only_error().contains("spectra.spectral.part"),
            "{error}"
        );
        assert_eq!(std::fs::read(&part).unwrap(), bytes, "nothing is written");
    };
    refused(b"");
    refused(b"no HDF5 at all");
    refused(&good[..good.len() / 2]);
    refused(&good[..100]);
    // an HDF5 file without a ledger
    let recording = std::fs::read(data_file(&folder.path("recording.spy"))).unwrap();
    refused(&recording);
    std::fs::write(&part, &good).unwrap();
    // a folder, a link
    std::fs::remove_file(&part).unwrap();
    std::fs::create_dir(&part).unwrap();
    let error = resume(&folder).fails_with(2);
    assert!(error.contains("this is no regular file"), "{error}");
    std::fs::remove_dir(&part).unwrap();
    folder.write("elsewhere", &good);
    std::os::unix::fs::symlink(folder.path("elsewhere"), &part).unwrap();
    let error = resume(&folder).fails_with(2);
    assert!(error.contains("this is no regular file"), "{error}");
    std::fs::remove_file(&part).unwrap();
    std::fs::write(&part, &good).unwrap();
    resume(&folder).succeeds();
    assert_same(&folder, &[]);
}

#[test]
fn a_partial_result_whose_data_sets_are_other_ones_is_refused_before_anything_is_written() {
    let folder = folder();
    interrupt(&folder, &[]);
    let part = folder.path(PART);
    let good = std::fs::read(&part).unwrap();
    type Change = fn(&hdf5::File);
    let changes: [(&str, Change); 5] = [
        ("no flags", |file| file.unlink("ledger/quality").unwrap()),
        ("fewer flags", |file| {
            file.unlink("ledger/quality").unwrap();
            let set = file.new_dataset::<u8>().shape((1, 1)).no_chunk();
            let set = set.create("ledger/quality").unwrap();
            set.write(&ndarray::arr2(&[[1_u8]])).unwrap();
        }),
        ("fewer entries", |file| {
            file.unlink("ledger/blocks").unwrap();
            let set = file
                .new_dataset::<slepian::output::Mark>()
                .shape((2, 1))
                .no_chunk();
            let set = set.create("ledger/blocks").unwrap();
            set.write_raw(&[slepian::output::Mark::default(); 2])
                .unwrap();
        }),
        ("data of another shape", |file| {
            file.unlink("data").unwrap();
            let set = file.new_dataset::<f32>().shape((9, 1, 101, 3)).no_chunk();
            set.create("data").unwrap();
        }),
        ("no identity", |file| {
            file.unlink("ledger/identity").unwrap()
        }),
    ];
    for (name, change) in changes {
        std::fs::write(&part, &good).unwrap();
        with_files(|| {
            let file = hdf5::File::open_rw(&part).unwrap();
            change(&file);
            file.close().unwrap();
        });
        seal_again(&part);
        let before = std::fs::read(&part).unwrap();
        let outcome = resume(&folder).ends();
        assert!(
            matches!(outcome.status.code(), Some(1 | 2)),
            "{name}: {outcome}"
        );
        let error = outcome.only_error();
        assert!(
            error.contains("spectra.spectral.part") && !error.contains("bug"),
            "{name}: {error}"
        );
        assert!(std::fs::read(&part).unwrap() == before, "{name}");
    }
    // what HDF5 calls UTF-8 may be anything
    let text = b"\"version\"";
    let at = good
        .windows(text.len())
        .position(|window| window == text)
        .unwrap();
    let mut bytes = good.clone();
    bytes[at + 1] = 0xff;
    std::fs::write(&part, bytes).unwrap();
    seal_again(&part);
    let error = resume(&folder).fails_with(2);
    assert!(error.contains("is no UTF-8"), "{error}");
    folder.slepian(&["verify", "spectra.spy"]).fails_with(1);
}

/// Where `data` lies in the result's file.
fn data_at(folder: &Folder) -> (PathBuf, u64) {
    let path = folder.path(DATA);
    let offset = with_files(|| {
        let file = hdf5::File::open(&path).unwrap();
        let set = file.dataset("data").unwrap();
        set.offset().or(set.chunk_info(0).map(|chunk| chunk.addr))
    });
    (path, offset.expect("data has a place"))
}

/// Flips a bit of the result.
pub fn flip(folder: &Folder, by: u64) {
    let (path, offset) = data_at(folder);
    let file = std::fs::File::options()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset + by).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], offset + by).unwrap();
}

#[test]
fn a_flipped_byte_is_found_and_its_chunk_alone_is_computed_again() {
    let marks = |folder: &Folder| with_files(|| stored_marks(&folder.path(DATA)).unwrap().0);
    for sets in [
        &[][..],
        &["freqanalysis.chan_per_worker=2"],
        &[GZIP],
        &[AVERAGE, "freqanalysis.chan_per_worker=2"],
        &[AVERAGE, GZIP],
    ] {
        let folder = folder();
        run(&folder).sets(sets).succeeds();
        let whole = Spectra::read(&folder.path("spectra.spy"));
        let before = marks(&folder);
        folder.slepian(&["verify", "spectra.spy"]).succeeds();
        flip(&folder, 25);
        let outcome = folder.slepian(&["verify", "spectra.spy"]).ends();
        assert_eq!(outcome.status.code(), Some(1), "{sets:?} {outcome}");
        let error = outcome.only_error();
        assert!(
            error
                .contains("not what was written; slepian run --resume computes again what is hurt"),
            "{error}"
        );
        let what = match sets.contains(&AVERAGE) {
            true => "hurt: the average, channels 0 to ",
            false => "hurt: trial 0, channels 0 to ",
        };
        assert!(outcome.stdout.contains(what), "{sets:?} {outcome}");
        let status = folder.status();
        assert_eq!(status["state"], "hurt", "{sets:?}");
        let n_hurt = status["left"].as_u64().unwrap() as usize;
        assert!(n_hurt > 0 && (n_hurt < before.len() || before.len() == 1 || sets.contains(&GZIP)));
        let code = folder
            .slepian(&["status", "spectra.spy", "--exit-code"])
            .ends();
        assert_eq!(code.status.code(), Some(75));

        resume(&folder).sets(sets).succeeds();
        Spectra::read(&folder.path("spectra.spy")).assert_same_as(&whole, &format!("{sets:?}"));
        folder.slepian(&["verify", "spectra.spy"]).succeeds();
        let after = marks(&folder);
        let n_again = before
            .iter()
            .zip(&after)
            .filter(|(a, b)| a.finished != b.finished)
            .count();
        assert_eq!(n_again, n_hurt, "{sets:?}");
        assert!(
            before
                .iter()
                .zip(&after)
                .all(|(a, b)| a.checksum == b.checksum)
        );
    }
}

#[test]
fn labels_that_are_not_what_was_written_are_found_and_never_published() {
    let damage = |path: &std::path::Path, name: &str| {
        with_files(|| {
            let file = hdf5::File::open_rw(path).unwrap();
            let set = file.dataset(name).unwrap();
            let mut numbers = set.read_raw::<f64>().unwrap();
            numbers[1] += 0.5;
            set.write_raw(&numbers).unwrap();
            drop(set);
            file.close().unwrap();
        });
    };
    const DAMAGED: &str =
        "this file is damaged: what describes its numbers is not what was written";
    for (sets, name) in [
        (&[][..], "freq"),
        (&[GZIP], "trialdefinition"),
        (&[AVERAGE], "freq"),
    ] {
        let folder = folder();
        run(&folder).sets(sets).succeeds();
        let whole = Spectra::read(&folder.path("spectra.spy"));
        damage(&folder.path(DATA), name);
        for args in [
            &["verify", "spectra.spy"][..],
            &["status", "spectra.spy"],
            &["info", "spectra.spy"],
            &["plot", "spectra.spy"],
        ] {
            let error = folder.slepian(args).fails_with(1);
            assert!(error.contains(DAMAGED), "{args:?}: {error}");
        }
        let error = resume(&folder).sets(sets).fails_with(1);
        assert!(
            error.contains(DAMAGED) && error.contains("--overwrite"),
            "{error}"
        );
        run(&folder).sets(sets).args(&["--overwrite"]).succeeds();
        Spectra::read(&folder.path("spectra.spy")).assert_same_as(&whole, name);
        folder.slepian(&["verify", "spectra.spy"]).succeeds();
    }
    let folder = folder();
    interrupt(&folder, &[]);
    damage(&folder.path(PART), "freq");
    let error = resume(&folder).fails_with(1);
    assert!(error.contains(DAMAGED), "{error}");
    folder.slepian(&["verify", "spectra.spy"]).fails_with(1);
}

#[test]
fn a_hurt_partial_result_is_verified_and_mended_too() {
    let folder = folder();
    interrupt(&folder, &[]);
    folder.slepian(&["verify", PART]).succeeds();
    let offset = with_files(|| {
        let file = hdf5::File::open(folder.path(PART)).unwrap();
        file.dataset("data").unwrap().offset().unwrap()
    });
    let file = std::fs::File::options()
        .write(true)
        .open(folder.path(PART))
        .unwrap();
    file.write_all_at(&[0xff; 8], offset + 3).unwrap();
    let done = folder.status()["done"].as_u64().unwrap();
    folder.slepian(&["verify", "spectra"]).fails_with(1);
    assert_eq!(folder.status()["done"].as_u64().unwrap(), done - 1);
    resume(&folder).succeeds();
    assert_same(&folder, &[]);
}

#[test]
fn the_ledger_says_who_did_what_and_what_was_found_in_the_samples() {
    let folder = Folder::new();
    let mut recording = Recording::of_noise(600, 6).with_trials(&[
        &[0.0, 200.0, 0.0],
        &[200.0, 400.0, 0.0],
        &[400.0, 600.0, 0.0],
    ]);
    recording.samples[[10, 1]] = f64::NAN;
    recording.samples[[11, 1]] = f64::INFINITY;
    recording.samples[[250, 2]] = f64::NEG_INFINITY;
    recording
        .samples
        .slice_mut(ndarray::s![400..600, 3])
        .fill(1.5);
    recording
        .samples
        .slice_mut(ndarray::s![300..310, 4])
        .fill(9.0);
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    folder.study("[freqanalysis]\n");
    for sets in [
        &[][..],
        &[AVERAGE],
        &["freqanalysis.chan_per_worker=2"],
        &[GZIP],
    ] {
        let outcome = run(&folder)
            .sets(sets)
            .args(&["--overwrite"])
            .ranks(2)
            .succeeds();
        assert!(
            outcome
                .stdout
                .contains("2 channels of single trials with NaN"),
            "{outcome}"
        );
        assert!(
            outcome
                .stdout
                .contains("1 channel of single trials are flat"),
            "{outcome}"
        );
        assert!(
            outcome
                .stdout
                .contains("1 channel of single trials are clipped"),
            "{outcome}"
        );
        let (flags, masks, meanings) = with_files(|| {
            let file = hdf5::File::open(folder.path(DATA)).unwrap();
            let set = file.dataset("ledger/quality").unwrap();
            let masks = set.attr("flag_masks").unwrap().read_raw::<u8>().unwrap();
            let meanings = set.attr("flag_meanings").unwrap();
            let meanings = meanings
                .read_scalar::<hdf5::types::VarLenUnicode>()
                .unwrap();
            (set.read_2d::<u8>().unwrap(), masks, meanings.to_string())
        });
        assert_eq!(
            (&masks[..], meanings.as_str()),
            (
                &[1, 2, 4, 8, 16][..],
                "nan infinite flat clipped flat_by_rounding"
            )
        );
        let mut want = ndarray::Array2::<u8>::zeros((3, 6));
        (want[[0, 1]], want[[1, 2]], want[[2, 3]], want[[1, 4]]) = (3, 2, 4, 8);
        assert_eq!(flags, want, "{sets:?}");
        let (marks, shape) = with_files(|| stored_marks(&folder.path(DATA)).unwrap());
        assert_eq!(marks.len(), shape[0] * shape[1]);
        assert!(
            marks
                .iter()
                .all(|mark| mark.is_done() && mark.rank < 2 && mark.seconds > 0.0)
        );
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        assert!(
            marks
                .iter()
                .all(|mark| (since.as_secs_f64() - mark.finished).abs() < 3600.0)
        );
        let made = crate::support::info(&folder.path("spectra.spy"))["info"]["slepian"].clone();
        assert_eq!(made["channels_not_finite"], 2);
        assert_eq!(
            (&made["channels_flat"], &made["channels_clipped"]),
            (&1.into(), &1.into())
        );
    }
}

#[test]
fn what_was_found_in_samples_before_a_kill_counts_after_it() {
    let folder = Folder::new();
    let mut recording = Recording::of_noise(600, 2).with_trials(&[
        &[0.0, 200.0, 0.0],
        &[200.0, 400.0, 0.0],
        &[400.0, 600.0, 0.0],
    ]);
    recording.samples[[10, 1]] = f64::NAN;
    recording.samples[[510, 0]] = f64::NAN;
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    folder.study("[freqanalysis]\n");
    for sink in ["freqanalysis.keeptrials=true", AVERAGE] {
        let sets = [sink, "output.checkpoint_every=0"];
        let launch = run(&folder).sets(&sets).args(&["--overwrite"]);
        launch.variable("SLEPIAN_FAULT", "compute:0:1:kill").ends();
        let outcome = resume(&folder).sets(&sets).succeeds();
        assert!(outcome.stdout.contains("2 chunks per rank"), "{outcome}");
        assert!(
            outcome
                .stdout
                .contains("2 channels of single trials with NaN"),
            "{outcome}"
        );
    }
}

#[test]
fn status_and_verify_take_any_name_of_a_result_and_refuse_what_is_none() {
    let folder = folder();
    run(&folder).succeeds();
    for name in ["spectra.spy", "spectra", DATA, INFO, "./spectra.spy/"] {
        let status = folder.slepian(&["status", name]).succeeds();
        assert!(status.stdout.contains("finished"), "{name}: {status}");
        assert!(
            status.stdout.contains("9 of 9 chunks, 100 %"),
            "{name}: {status}"
        );
        folder.slepian(&["verify", name]).succeeds();
        let code = folder
            .slepian(&["status", name, "--exit-code", "--watch"])
            .ends();
        assert_eq!(code.status.code(), Some(0));
    }
    let inside = Launch::of(env!("CARGO_BIN_EXE_slepian"), &folder.path("spectra.spy"));
    for name in [".", "spectra.spectral"] {
        let status = inside.clone().args(&["status", name]).succeeds();
        assert!(status.stdout.contains("finished"), "{name}: {status}");
    }
    std::fs::create_dir(folder.path("empty.spy")).unwrap();
    folder.write("foreign.spy/foreign.spectral", "not HDF5");
    folder.write("foreign.spy/foreign.spectral.info", "{}");
    for name in ["nothing.spy", "recording.spy", "empty.spy", "foreign.spy"] {
        for command in ["status", "verify"] {
            let error = folder.slepian(&[command, name]).fails_with(1);
            assert!(
                error.contains(name.trim_end_matches(".spy")),
                "{command} {name}: {error}"
            );
        }
    }
}
