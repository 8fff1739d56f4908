//! What goes wrong ends the job: an exit code, one line that says what and where, no rank that waits for ever, and
//! nothing left behind that looks like a result.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

use crate::support::{
    Folder, Launch, Layout, Number, Recording, Spectra, Storage, data_file, with_files,
};

/// Both kinds of sink: single trials, and averages with their file of sums.
const SINKS: &[&str] = &[
    "freqanalysis.keeptrials=true",
    "freqanalysis.keeptrials=false",
];
/// Every rank has work from the start.
const STATIC: &str = "parallel.schedule=static";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 9 --channels 4 --samples 200 --seed 1");
    folder.study("[freqanalysis]\ntapsmofrq = 20\n");
    folder
}

fn run(folder: &Folder) -> Launch {
    folder.slepian(&["run", "study.toml"])
}

/// The folder is as it was before the job.
fn assert_untouched(folder: &Folder, by: impl FnOnce()) {
    let before = folder.content();
    by();
    let (before, after): (Vec<_>, Vec<_>) = (
        before.into_iter().collect(),
        folder.content().into_iter().collect(),
    );
    let names = |files: &[(std::path::PathBuf, Vec<u8>)]| {
        files
            .iter()
            .map(|(path, _)| path.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&before), names(&after));
    assert!(before == after, "a file has changed");
}

/// No file that could be taken for a result.
fn holds_nothing_whole(folder: &Folder) -> bool {
    !folder.has("spectra.spy/spectra.spectral.info") && !folder.has("spectra.spy/spectra.spectral")
}

/// What the job has left is gone on with, and gives what an undisturbed job gives.
fn assert_resumes(folder: &Folder, sets: &[&str]) {
    assert!(holds_nothing_whole(folder), "{sets:?}");
    run(folder).args(&["--resume"]).sets(sets).succeeds();
    run(folder)
        .sets(sets)
        .sets(&["output.path=undisturbed.spy"])
        .succeeds();
    let undisturbed = Spectra::read(&folder.path("undisturbed.spy"));
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&undisturbed, &format!("{sets:?}"));
}

#[test]
fn a_read_that_fails_on_one_rank_ends_the_job_and_resume_goes_on() {
    for sink in SINKS {
        let folder = folder();
        let launch = run(&folder).sets(&[sink, STATIC]).ranks(3);
        let error = launch.variable("SLEPIAN_FAULT", "read:1:*").fails_with(1);
        assert!(error.starts_with("error: rank 1: "), "{error}");
        assert!(error.contains("trial 3, tried twice: "), "{error}");
        assert!(
            error.contains("recording.analog: cannot read samples"),
            "{error}"
        );
        assert_resumes(&folder, &[sink]);
    }
}

#[test]
fn a_write_that_fails_on_one_rank_ends_the_job_and_resume_goes_on() {
    for sink in SINKS {
        let folder = folder();
        let launch = run(&folder).sets(&[sink, STATIC]).ranks(3);
        let error = launch.variable("SLEPIAN_FAULT", "write:1").fails_with(1);
        assert!(error.starts_with("error: rank 1: "), "{error}");
        assert!(error.contains("cannot write spectra"), "{error}");
        assert_resumes(&folder, &[sink]);
    }
}

#[test]
fn writes_that_fail_on_all_ranks_give_one_message() {
    let folder = folder();
    let launch = run(&folder).sets(&[STATIC]);
    let error = launch
        .faults(&["write:0", "write:1", "write:2"])
        .fails_with(1);
    assert!(error.contains("cannot write spectra"), "{error}");
    assert_resumes(&folder, &[]);
}

#[test]
fn a_failure_without_a_launcher_leaves_nothing() {
    for fault in ["read:0:*", "write:0"] {
        let folder = folder();
        let error = run(&folder).variable("SLEPIAN_FAULT", fault).fails_with(1);
        assert!(!error.contains("rank"), "{error}");
        assert!(folder.has_no_trace_of_a_result());
    }
}

#[test]
fn a_panic_on_one_rank_ends_the_job_of_all() {
    for fault in ["compute:0:0:panic", "compute:1:0:panic"] {
        let folder = folder();
        let launch = run(&folder).sets(&[STATIC]).ranks(3);
        let error = launch.variable("SLEPIAN_FAULT", fault).fails_with(1);
        let rank = fault.split(':').nth(1).unwrap();
        assert!(
            error.starts_with(&format!("error: rank {rank}: this is a bug")),
            "{error}"
        );
        assert!(!folder.has("spectra.spy/spectra.spectral.info"));
        assert!(!folder.has("spectra.spy/spectra.spectral"));
    }
}

/// Trials of 100 samples, each a compressed chunk of its own.
fn compressed(folder: &Folder) -> Recording {
    let trials: Vec<Vec<f64>> = (0..9)
        .map(|k| vec![f64::from(k) * 100.0, f64::from(k + 1) * 100.0, 0.0])
        .collect();
    let recording = Recording {
        trials,
        ..Recording::of_noise(900, 3)
    };
    let storage = Storage {
        layout: Layout::Gzip(100, 3),
        ..Storage::plain(Number::F64)
    };
    recording.write(&folder.path("recording.spy"), storage);
    folder.study("[freqanalysis]\n");
    recording
}

#[test]
fn a_corrupt_chunk_of_one_trial_ends_the_job() {
    for ranks in [None, Some(3)] {
        let folder = Folder::new();
        compressed(&folder);
        let path = data_file(&folder.path("recording.spy"));
        let chunk = with_files(|| {
            let file = hdf5::File::open(&path).unwrap();
            let chunk = file.dataset("data").unwrap().chunk_info(4).unwrap();
            chunk.addr as usize..(chunk.addr + chunk.size) as usize
        });
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[chunk].iter_mut().for_each(|byte| *byte ^= 0xa5);
        std::fs::write(&path, bytes).unwrap();
        let mut launch = run(&folder);
        if let Some(ranks) = ranks {
            launch = launch.ranks(ranks);
        }
        let error = launch.fails_with(1);
        assert!(
            error.contains("recording.analog: cannot read samples"),
            "{error}"
        );
        assert_eq!(error.contains("rank "), ranks.is_some(), "{error}");
        assert!(error.contains("trial 4, tried twice"), "{error}");
        assert!(holds_nothing_whole(&folder));
    }
}

fn cut_off(path: &Path, to: u64) {
    let file = std::fs::File::options().write(true).open(path).unwrap();
    file.set_len(to).unwrap();
}

#[test]
fn a_data_file_that_is_cut_off_is_refused_before_anything_is_written() {
    let folder = folder();
    let path = data_file(&folder.path("recording.spy"));
    let length = std::fs::metadata(&path).unwrap().len();
    for to in [length - 1, length / 2, 10, 0] {
        cut_off(&path, to);
        let launch = run(&folder).ranks(2);
        let error = launch.fails_with(1);
        assert!(error.contains("recording.analog"), "{to}: {error}");
        assert!(folder.has_no_trace_of_a_result());
    }
}

#[test]
fn a_compressed_data_file_that_is_cut_off_is_refused() {
    let folder = Folder::new();
    compressed(&folder);
    let path = data_file(&folder.path("recording.spy"));
    let length = std::fs::metadata(&path).unwrap().len();
    cut_off(&path, length * 2 / 3);
    let error = run(&folder).ranks(2).fails_with(1);
    assert!(error.contains("recording.analog"), "{error}");
    assert!(folder.has_no_trace_of_a_result());
}

#[test]
fn a_wrong_config_is_said_once_on_many_ranks() {
    let folder = folder();
    folder.study("[freqanalysis]\ntapsmofrk = 4\n");
    assert_untouched(&folder, || {
        let error = run(&folder).ranks(3).fails_with(2);
        assert!(error.starts_with("error: study.toml:8:1: "), "{error}");
    });
}

#[test]
fn a_config_that_the_recording_does_not_allow_is_said_once_on_many_ranks() {
    let folder = folder();
    assert_untouched(&folder, || {
        let error = run(&folder)
            .sets(&["select.trials=[0, 9]"])
            .ranks(3)
            .fails_with(2);
        assert!(
            error.contains("trial 9 does not exist; expected 0 to 8"),
            "{error}"
        );
    });
}

#[test]
fn a_missing_config_and_a_missing_recording_are_named() {
    let folder = folder();
    for ranks in [None, Some(2)] {
        let of = |launch: Launch| match ranks {
            Some(ranks) => launch.ranks(ranks),
            None => launch,
        };
        let error = of(folder.slepian(&["run", "nothing.toml"])).fails_with(2);
        assert!(
            error.contains("nothing.toml: cannot read this config"),
            "{error}"
        );
        let error = of(run(&folder).sets(&["input.path=nothing.spy"])).fails_with(2);
        assert!(
            error.contains("input.path = \"nothing.spy\": no such file or folder"),
            "{error}"
        );
        assert!(folder.has_no_trace_of_a_result());
    }
}

#[test]
fn a_container_without_info_or_trials_is_refused() {
    let folder = folder();
    std::fs::remove_file(folder.path("recording.spy/recording.analog.info")).unwrap();
    let error = run(&folder).ranks(2).fails_with(1);
    assert!(error.contains("recording.analog.info"), "{error}");
    folder.write(
        "recording.spy/recording.analog.info",
        "{ \"samplerate\": 100",
    );
    let error = run(&folder).fails_with(1);
    assert!(error.contains("this is not JSON"), "{error}");
    std::fs::remove_file(folder.path("recording.spy/recording.analog")).unwrap();
    let error = run(&folder).fails_with(2);
    assert!(error.contains("no recording in this folder"), "{error}");
}

#[test]
fn a_trial_definition_outside_of_the_samples_is_refused() {
    let folder = folder();
    let recording =
        Recording::of_noise(100, 2).with_trials(&[&[0.0, 50.0, 0.0], &[60.0, 101.0, 0.0]]);
    recording.write(&folder.path("wrong.spy"), Storage::plain(Number::F32));
    let launch = run(&folder).sets(&["input.path=wrong.spy"]);
    let error = launch.fails_with(1);
    assert!(
        error.contains("trial 1 is defined from sample 60 to 101"),
        "{error}"
    );
}

#[test]
fn a_file_in_the_way_of_the_output_is_refused_and_kept() {
    let folder = folder();
    folder.write("spectra.spy", "mine");
    assert_untouched(&folder, || {
        for args in [&[][..], &["--overwrite"]] {
            let error = run(&folder).args(args).ranks(2).fails_with(2);
            assert!(error.contains("spectra.spy: this is a file"), "{error}");
        }
    });
    // a file where a folder should be, which not even root gets past
    let error = run(&folder)
        .sets(&["output.path=spectra.spy/deeper.spy"])
        .ranks(2)
        .fails_with(1);
    assert!(error.contains("cannot make this folder"), "{error}");
}

/// Runs this in a mount namespace of its own, where `disk` is a small disk; what `spectra.spy` holds afterwards is listed
/// in `left`. None when this machine does not allow that.
fn on_a_small_disk(folder: &Folder, launch: Launch, options: &str) -> Option<Launch> {
    std::fs::create_dir(folder.path("disk")).unwrap();
    let script = format!(
        "mount -t tmpfs -o {options} none disk || exit 99; \"$@\"; code=$?; ls -A disk > left; exit $code"
    );
    // an unprivileged user may mount in a user namespace
    for unshare in [&["unshare", "-m"][..], &["unshare", "-rm"]] {
        let words = |script: &str| -> Vec<String> {
            let shell = ["sh", "-c", script, "sh"];
            unshare
                .iter()
                .chain(&shell)
                .map(|w| w.to_string())
                .collect()
        };
        let mut trial = words(&script);
        let program = trial.remove(0);
        let probe = Launch::of(program, folder.as_path()).args(
            &trial
                .iter()
                .map(String::as_str)
                .chain(["true"])
                .collect::<Vec<_>>(),
        );
        if probe.ends().status.success() {
            let words = words(&script);
            return Some(launch.through(&words.iter().map(String::as_str).collect::<Vec<_>>()));
        }
    }
    None
}

#[test]
fn a_disk_that_is_too_small_is_refused_beforehand() {
    let folder = folder();
    let launch = run(&folder).sets(&["output.path=disk/spectra.spy"]);
    let Some(launch) = on_a_small_disk(&folder, launch, "size=64k") else {
        println!("skipped: no disk can be mounted here");
        return;
    };
    let error = launch.fails_with(1);
    assert!(
        error.contains("the result takes") && error.contains("left"),
        "{error}"
    );
    assert_eq!(std::fs::read_to_string(folder.path("left")).unwrap(), "");
}

#[test]
fn a_disk_that_is_read_only_is_refused_beforehand() {
    let folder = folder();
    let launch = run(&folder).sets(&["output.path=disk/spectra.spy"]);
    let Some(launch) = on_a_small_disk(&folder, launch, "ro") else {
        println!("skipped: no disk can be mounted here");
        return;
    };
    let error = launch.fails_with(1);
    assert!(
        error.contains("disk/spectra.spy: cannot make this folder"),
        "{error}"
    );
}

#[test]
fn a_result_larger_than_any_disk_is_refused_before_the_long_run() {
    let folder = Folder::new();
    // 100,000 trials of 1,000 channels of half a million frequencies, all over the same few samples: 200 TB
    let trials = vec![vec![0.0, 10.0, 0.0]; 100_000];
    let recording = Recording {
        trials,
        ..Recording::of_noise(10, 1000)
    };
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    folder.study("[freqanalysis]\npad = 2000.0\n");
    for ranks in [1, 2] {
        let error = run(&folder).ranks(ranks).fails_with(1);
        assert!(
            error.contains("the result takes") && error.contains("left"),
            "{error}"
        );
        assert!(folder.has_no_trace_of_a_result());
    }
}

#[test]
fn a_write_beyond_what_the_system_allows_ends_the_job_and_leaves_nothing() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 8 --channels 16 --samples 100 --seed 1");
    // 25 MB of result, 16 MB allowed, as a full disk would; MPI needs some megabytes for itself
    folder.study("[freqanalysis]\npad = 100.0\n");
    let limited = [
        "sh",
        "-c",
        "trap '' XFSZ; ulimit -f 32768; exec \"$@\"",
        "sh",
    ];
    for ranks in [None, Some(2)] {
        let mut launch = run(&folder).through(&limited);
        if let Some(ranks) = ranks {
            launch = launch.ranks(ranks);
        }
        let error = launch.fails_with(1);
        assert!(error.contains("spectra.spectral.part"), "{error}");
        assert!(folder.has_no_trace_of_a_result());
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let locked = folder.path("locked");
    std::fs::create_dir(&locked).unwrap();
    let allow = |mode| {
        std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    allow(0o555);
    if std::fs::write(locked.join("probe"), "").is_ok() {
        println!("skipped: permissions do not bind this user");
        return;
    }
    let launch = run(&folder).sets(&["output.path=locked/spectra.spy"]);
    let error = launch.fails_with(1);
    allow(0o755);
    assert!(error.contains("cannot make this folder"), "{error}");
}

#[test]
fn the_recording_is_never_replaced_by_its_spectra() {
    let folder = folder();
    std::os::unix::fs::symlink("recording.spy", folder.path("link.spy")).unwrap();
    assert_untouched(&folder, || {
        for output in ["recording.spy", "./recording", "link.spy", "../"] {
            let output = if output == "../" {
                let own = folder.as_path().file_name().unwrap().to_str().unwrap();
                format!("output.path=../{own}/recording.spy")
            } else {
                format!("output.path={output}")
            };
            for input in [
                "recording.spy",
                "recording.spy/recording.analog",
                "link.spy",
            ] {
                let input = format!("input.path={input}");
                let launch = run(&folder).args(&["--overwrite"]).sets(&[&output, &input]);
                let error = launch.fails_with(2);
                assert!(
                    error.contains("the output is the input"),
                    "{output} {input}: {error}"
                );
            }
        }
    });
}

#[test]
fn a_result_is_replaced_only_when_asked() {
    let folder = folder();
    run(&folder).succeeds();
    let first = Spectra::read(&folder.path("spectra.spy"));
    assert_untouched(&folder, || {
        let error = run(&folder).ranks(2).fails_with(2);
        assert!(error.contains("expected --overwrite"), "{error}");
    });
    let again = run(&folder)
        .args(&["--overwrite"])
        .sets(&["freqanalysis.foilim=[10, 50]"]);
    again.ranks(2).succeeds();
    let second = Spectra::read(&folder.path("spectra.spy"));
    assert!(second.freq_bits.len() < first.freq_bits.len());
}

#[test]
fn a_result_that_something_else_wrote_is_not_replaced() {
    let folder = folder();
    folder.write("spectra.spy/spectra.spectral", "not ours");
    folder.write("spectra.spy/spectra.spectral.info", "{\"info\": {}}");
    assert_untouched(&folder, || {
        let error = run(&folder).args(&["--overwrite"]).fails_with(2);
        assert!(error.contains("was not written by slepian"), "{error}");
    });
    std::fs::remove_file(folder.path("spectra.spy/spectra.spectral.info")).unwrap();
    assert_untouched(&folder, || {
        let error = run(&folder).args(&["--overwrite"]).ranks(2).fails_with(2);
        assert!(error.contains("was not written by slepian"), "{error}");
    });
}

#[test]
fn an_old_result_outlives_a_new_run_that_fails() {
    let of_result = |folder: &Folder| {
        let mut content = folder.content();
        content.retain(|path, _| !path.to_string_lossy().ends_with(".part"));
        content.retain(|path, _| !path.to_string_lossy().ends_with(".lock"));
        content.retain(|path, _| !path.to_string_lossy().ends_with(".seal"));
        content
    };
    for sink in SINKS {
        let folder = folder();
        run(&folder).sets(&[sink]).succeeds();
        let before = of_result(&folder);
        for fault in ["read:1:*", "write:0"] {
            let launch = run(&folder).args(&["--overwrite"]).sets(&[sink, STATIC]);
            launch
                .ranks(2)
                .variable("SLEPIAN_FAULT", fault)
                .fails_with(1);
            assert!(of_result(&folder) == before, "{sink} {fault}");
        }
    }
}

#[test]
fn what_an_interrupted_job_left_is_replaced_only_when_asked() {
    let folder = folder();
    folder.write("spectra.spy/spectra.spectral.part", "half a result");
    assert_untouched(&folder, || {
        let error = run(&folder).ranks(2).fails_with(2);
        assert!(
            error.contains("spectra.spectral.part: a job was interrupted here"),
            "{error}"
        );
        assert!(error.contains("expected --resume"), "{error}");
        assert!(error.contains("--overwrite"), "{error}");
        // which is none of ours
        let error = run(&folder).args(&["--resume"]).fails_with(1);
        assert!(error.contains("spectra.spectral.part"), "{error}");
    });
    run(&folder).args(&["--overwrite"]).succeeds();
    assert!(!folder.has("spectra.spy/spectra.spectral.part"));
    Spectra::read(&folder.path("spectra.spy"));
}

#[test]
fn a_rank_that_is_killed_ends_the_job_of_all() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 400 --channels 16 --samples 20000 --seed 1");
    // much to compute, little to write
    folder.study("[freqanalysis]\nnTaper = 40\ntapsmofrq = 2\nfoi = [10, 20]\n");
    let mut running = run(&folder).sets(&[STATIC]).ranks(3).starts();
    let part = "spectra.spy/spectra.spectral.part";
    while running.is_running() && !folder.has(part) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let ranks = running.ranks(Path::new(env!("CARGO_BIN_EXE_slepian")));
    assert_eq!(ranks.len(), 3, "the job ended too early");
    let last = rustix::process::Pid::from_raw(ranks[2] as i32).unwrap();
    rustix::process::kill_process(last, rustix::process::Signal::KILL).unwrap();
    let outcome = running.ends();
    assert!(!outcome.status.success(), "{outcome}");
    assert!(outcome.status.code().is_some() || outcome.status.signal().is_some());
    assert!(folder.has(part) && !folder.has("spectra.spy/spectra.spectral.info"));
    // what it left opens, is for the same job alone, and is replaced when asked
    assert!(with_files(|| hdf5::File::open(folder.path(part)).is_ok()));
    let again = run(&folder).sets(&["select.trials=0", "select.channel=0"]);
    let error = again.clone().args(&["--resume"]).fails_with(2);
    assert!(
        error.contains("begun with select.trials = \"none\", the config has [0]")
            || error.contains("begun with select.channel = \"none\""),
        "{error}"
    );
    again.args(&["--overwrite"]).succeeds();
}
