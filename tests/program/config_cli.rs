//! The config and the command line, as a user meets them.

use crate::support::{Folder, Spectra, info};
use serde_json::Value;

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("harmonics --trials 3 --channels 4 --samples 500 --sample-rate 500 --seed 1");
    folder.study("[freqanalysis]\n");
    folder
}

/// What `.info` says about the job.
fn made(folder: &Folder, container: &str) -> Value {
    info(&folder.path(container))["info"]["slepian"].clone()
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_nearest_key() {
    let folder = folder();
    folder.study("[freqanalysis]\n  tapsmofrk = 4\n");
    let error = folder.slepian(&["run", "study.toml"]).fails_with(2);
    assert!(error.starts_with("error: study.toml:8:3: "), "{error}");
    assert!(
        error.contains("tapsmofrk") && error.contains("did you mean tapsmofrq?"),
        "{error}"
    );
    let error = folder.slepian(&["plan", "study.toml"]).fails_with(2);
    assert!(error.starts_with("error: study.toml:8:3: "), "{error}");
}

#[test]
fn an_illegal_value_is_refused_with_what_was_found() {
    let folder = folder();
    for (line, found) in [
        ("output = \"power\"", "power"),
        ("tapsmofrq = -3", "-3"),
        ("foilim = [10, 20, 30]", "foilim"),
        ("keeptrials = \"yes\"", "yes"),
        ("chan_per_worker = 0", "0"),
        ("pad = \"long\"", "long"),
    ] {
        folder.study(&format!("[freqanalysis]\n{line}\n"));
        let error = folder.slepian(&["run", "study.toml"]).fails_with(2);
        assert!(
            error.starts_with("error: study.toml:8:1: freqanalysis."),
            "{error}"
        );
        assert!(error.contains(found), "{line}: {error}");
        assert!(folder.has_no_trace_of_a_result());
    }
}

#[test]
fn a_slip_in_the_toml_is_refused_with_its_line() {
    let folder = folder();
    folder.study("[freqanalysis\n");
    let error = folder.slepian(&["run", "study.toml"]).fails_with(2);
    assert!(error.starts_with("error: study.toml:7:"), "{error}");
    assert!(error.contains("not TOML"), "{error}");
}

#[test]
fn keys_of_another_method_give_a_warning() {
    let folder = folder();
    folder.study("[freqanalysis]\nt_ftimwin = 0.5\n");
    let outcome = folder.slepian(&["run", "study.toml"]).ranks(2).succeeds();
    let warnings = outcome
        .stderr
        .matches("freqanalysis.t_ftimwin has no effect for mtmfft");
    assert_eq!(warnings.count(), 1, "{outcome}");
    assert!(outcome.stderr.contains("study.toml:8:1: "), "{outcome}");
}

#[test]
fn tables_and_methods_that_are_not_there_yet_are_refused_by_name() {
    let folder = folder();
    folder.study("[connectivityanalysis]\n");
    let error = folder.slepian(&["run", "study.toml"]).fails_with(2);
    assert!(
        error.contains("[connectivityanalysis]") && error.contains("not available yet"),
        "{error}"
    );
    folder.study("[frequencyanalysis]\n");
    let error = folder.slepian(&["run", "study.toml"]).fails_with(2);
    assert!(error.contains("did you mean freqanalysis?"), "{error}");
}

#[test]
fn set_takes_toml_and_words_and_paths_of_the_current_folder() {
    let folder = folder();
    let text = "[input]\npath = \"../recording.spy\"\n[output]\npath = \"spectra.spy\"\n";
    folder.write("deep/study.toml", text);
    folder
        .slepian(&["run", "deep/study.toml", "--quiet"])
        .succeeds();
    assert!(folder.has("deep/spectra.spy"));
    let sets = [
        "output.path=here.spy",
        "freqanalysis.foilim=[20, 40.5]",
        "freqanalysis.output=abs",
        "select.channel=[\"channel3\", 0]",
        "freqanalysis.keeptrials = false",
    ];
    folder
        .slepian(&["run", "deep/study.toml"])
        .sets(&sets)
        .succeeds();
    let spectra = Spectra::read(&folder.path("here.spy"));
    assert_eq!(spectra.channel, ["channel3", "channel1"]);
    assert_eq!(spectra.shape, [1, 1, 21, 2]);
    assert_eq!(made(&folder, "here.spy")["set"], serde_json::json!(sets));
    let error = folder
        .slepian(&["run", "deep/study.toml"])
        .sets(&["freqanalysis.foilimm=[1, 2]"])
        .fails_with(2);
    assert!(
        error.contains("--set") && error.contains("did you mean foilim?"),
        "{error}"
    );
    let run = folder.slepian(&["run", "deep/study.toml"]);
    let error = run.sets(&["tapsmofrq=4"]).fails_with(2);
    assert!(error.contains("expected table.key=value"), "{error}");
}

#[test]
fn exit_codes_tell_success_failure_and_misuse_apart() {
    let folder = folder();
    folder.slepian(&["run", "study.toml"]).succeeds();
    folder.slepian(&["info", "nothing.spy"]).fails_with(1);
    for args in [
        &["run"][..],
        &["walk"],
        &["run", "study.toml", "--ranks", "0"],
        &["run", "study.toml", "--fast"],
        &["run", "study.toml", "--quiet", "--verbose"],
        &["defaults", "superlets"],
    ] {
        folder.slepian(args).fails_with(2);
    }
    // no subcommand prints the help, which is no success either
    assert_eq!(folder.slepian(&[]).ends().status.code(), Some(2));
}

#[test]
fn the_defaults_are_a_config_that_runs_and_changes_nothing() {
    let folder = folder();
    folder.slepian(&["run", "study.toml"]).succeeds();
    let defaults = folder.slepian(&["defaults", "mtmfft"]).succeeds().stdout;
    let other = defaults.replace("spectra.spy", "defaults.spy");
    folder.write("defaults.toml", &other);
    let outcome = folder.slepian(&["run", "defaults.toml"]).succeeds();
    assert!(!outcome.stderr.contains("warning"), "{outcome}");
    Spectra::read(&folder.path("defaults.spy")).assert_same_as(
        &Spectra::read(&folder.path("spectra.spy")),
        "defaults written out",
    );
    assert_eq!(folder.slepian(&["defaults"]).succeeds().stdout, defaults);
}

#[test]
fn plan_says_what_a_run_will_do_and_touches_nothing() {
    let folder = folder();
    folder.study("[freqanalysis]\ntapsmofrq = 5\nkeeptapers = true\nfoilim = [10, 60]\n");
    let before = folder.content();
    let page = folder
        .slepian(&["plan", "study.toml", "--ranks", "64"])
        .succeeds()
        .stdout;
    assert!(before == folder.content(), "plan has written something");
    let line = |name: &str| -> &str {
        let found = page
            .lines()
            .find(|line| line.split_whitespace().next() == Some(name));
        found.unwrap_or_else(|| panic!("no line {name} in\n{page}"))
    };
    assert!(
        line("trials").contains("3 of 500 samples, 4 channels, 500 Hz"),
        "{page}"
    );
    assert!(
        line("frequencies").contains("51 from 10 Hz to 60 Hz"),
        "{page}"
    );
    // K = 2 NW - 1, NW = 5 Hz × 1 s
    assert!(line("tapers").ends_with(" 9"), "{page}");
    assert!(
        line("shape").contains("3 trial × 9 taper × 51 freq × 4 channel"),
        "{page}"
    );
    // 3 × 9 × 51 × 4 numbers of 4 bytes
    let bytes = "21.5 KiB";
    assert!(line("shape").contains(bytes), "{page}");
    assert!(
        line("output").ends_with("spectra.spy/spectra.spectral"),
        "{page}"
    );
    assert!(
        line("disk").contains(bytes) && line("disk").contains("free"),
        "{page}"
    );
    assert!(line("memory").contains("per rank"), "{page}");
    assert!(
        line("chunks").contains("12, each a trial × 1 channel"),
        "{page}"
    );
    assert!(line("time").contains('s'), "{page}");
    assert!(
        line("advice").contains("3 trials for 64 ranks: 52 idle"),
        "{page}"
    );
    assert!(
        line("advice").contains("no more than 12 can be used"),
        "{page}"
    );
    let page = folder
        .slepian(&["plan", "study.toml", "--ranks", "5"])
        .sets(&["freqanalysis.chan_per_worker=4"])
        .succeeds()
        .stdout;
    let advice = "3 trials for 5 ranks: 2 idle; chan_per_worker = 3 would use them";
    assert!(page.contains(advice), "{page}");
    // left to itself it cuts the channels so that nobody idles
    for (ranks, chunks) in [("5", "each a trial × 2"), ("3", "each a trial × 4")] {
        let page = folder
            .slepian(&["plan", "study.toml", "--ranks", ranks])
            .succeeds()
            .stdout;
        assert!(page.contains(chunks) && !page.contains("advice"), "{page}");
    }
    let page = folder
        .slepian(&["plan", "study.toml", "--ranks", "1"])
        .succeeds()
        .stdout;
    assert!(!page.contains("advice"), "{page}");
    assert!(page.contains("\ntime "), "{page}");
    let untimed = folder
        .slepian(&["plan", "study.toml", "--ranks", "1", "--no-timing"])
        .succeeds()
        .stdout;
    let without_time = page.lines().filter(|line| !line.starts_with("time "));
    let without_disk = |line: &&str| !line.starts_with("disk") && !line.starts_with("memory");
    assert!(
        untimed
            .lines()
            .filter(without_disk)
            .eq(without_time.filter(without_disk)),
        "{untimed}"
    );
}

#[test]
fn a_run_gives_the_same_advice_as_the_plan() {
    let folder = folder();
    let run = folder.slepian(&["run", "study.toml"]).ranks(4);
    let outcome = run.sets(&["freqanalysis.chan_per_worker=4"]).succeeds();
    let advice = "3 trials for 4 ranks: 1 idle; chan_per_worker = 3 would use them";
    assert_eq!(outcome.stderr.matches(advice).count(), 1, "{outcome}");
}

#[test]
fn the_version_names_mpi_and_hdf5() {
    let version = Folder::new().slepian(&["--version"]).succeeds().stdout;
    assert!(
        version.starts_with(concat!("slepian ", env!("CARGO_PKG_VERSION"))),
        "{version}"
    );
    assert!(version.contains("HDF5 1."), "{version}");
    assert!(version.contains("MPI"), "{version}");
}

#[test]
fn every_subcommand_has_an_example_in_its_help() {
    let folder = Folder::new();
    let help = folder.slepian(&["--help"]).succeeds().stdout;
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(
        commands.contains(&"run") && commands.contains(&"plan"),
        "{help}"
    );
    for command in commands {
        let help = folder.slepian(&[command, "--help"]).succeeds().stdout;
        assert!(
            help.contains(&format!("slepian {command}")) && help.contains("Example"),
            "{help}"
        );
    }
}

#[test]
fn info_shows_a_recording_and_a_result() {
    let folder = folder();
    folder.slepian(&["run", "study.toml"]).ranks(2).succeeds();
    let page = folder.slepian(&["info", "recording.spy"]).succeeds().stdout;
    for words in [
        "AnalogData",
        "1500 time × 4 channel",
        "500.0 Hz",
        "channel1 … channel4",
    ] {
        assert!(page.contains(words), "{words} is missing in\n{page}");
    }
    for path in [
        "spectra.spy",
        "spectra",
        "spectra.spy/spectra.spectral",
        "spectra.spy/spectra.spectral.info",
    ] {
        let page = folder.slepian(&["info", path]).succeeds().stdout;
        for words in ["SpectralData", "251 from 0 Hz to 250 Hz", "on 2 ranks"] {
            assert!(page.contains(words), "{words} is missing in\n{page}");
        }
        assert!(page.contains("channel2: 15 Hz"), "{page}");
    }
}

#[test]
fn the_program_starts_its_ranks_itself() {
    let folder = folder();
    // one rank per processor: `parallel` starts as many as there are
    let n_cores = std::thread::available_parallelism().unwrap().get();
    for (args, set, ranks) in [
        (&["--ranks", "3"][..], "output.path=asked.spy", 3),
        (&["--ranks", "1"], "output.path=alone.spy", 1),
        (
            &["--set", "freqanalysis.parallel=true"],
            "output.path=parallel.spy",
            n_cores,
        ),
        (
            &["--set", "freqanalysis.parallel=true", "--serial"],
            "output.path=serial.spy",
            1,
        ),
        (
            &["--set", "freqanalysis.parallel=false", "--ranks", "2"],
            "output.path=two.spy",
            2,
        ),
    ] {
        folder
            .slepian(&["run", "study.toml"])
            .args(args)
            .sets(&[set])
            .succeeds();
        let container = set.split_once('=').unwrap().1;
        assert_eq!(made(&folder, container)["ranks"], ranks, "{args:?}");
    }
    let both = folder.slepian(&["run", "study.toml", "--serial", "--ranks", "2"]);
    assert!(both.fails_with(2).contains("contradict"));
    // the exit code comes through the launcher
    folder
        .slepian(&["run", "nothing.toml", "--ranks", "2"])
        .fails_with(2);
    assert!(folder.has_no_trace_of_a_result());
}

#[test]
fn wishes_that_contradict_the_launcher_are_refused() {
    let folder = folder();
    for args in [&["--ranks", "3"][..], &["--serial"]] {
        let outcome = folder
            .slepian(&["run", "study.toml"])
            .args(args)
            .ranks(2)
            .ends();
        assert_eq!(outcome.status.code(), Some(2), "{outcome}");
        assert!(outcome.stderr.contains("under a launcher"), "{outcome}");
        assert!(folder.has_no_trace_of_a_result());
    }
}

#[test]
fn processes_that_do_not_find_each_other_are_refused() {
    let folder = folder();
    let step = folder
        .slepian(&["run", "study.toml"])
        .variable("SLURM_JOB_ID", "1")
        .variable("SLURM_STEP_ID", "0")
        .variable("SLURM_STEP_NUM_TASKS", "3");
    let error = step.fails_with(2);
    assert!(
        error.contains("started 3 processes, but each is alone"),
        "{error}"
    );
    assert!(error.contains("srun --mpi="), "{error}");
    assert!(folder.has_no_trace_of_a_result());
}

#[test]
fn serial_inside_an_allocation_starts_no_srun() {
    let folder = folder();
    let run = folder
        .slepian(&["run", "study.toml"])
        .variable("SLURM_JOB_ID", "1");
    run.clone().args(&["--serial"]).succeeds();
    assert_eq!(made(&folder, "spectra.spy")["ranks"], 1);
    // without it, srun is asked: a folder with another srun shows how
    folder.write("bin/srun", "#!/bin/sh\necho \"srun $*\"\n");
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.path("bin/srun"), mode).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", folder.path("bin").display());
    let said = run
        .variable("PATH", &path)
        .args(&["--ranks", "5"])
        .succeeds()
        .stdout;
    assert!(said.starts_with("srun -K1 --wait=0 --mpi="), "{said}");
    assert!(
        said.contains(" -n 5 ") && said.contains("run study.toml"),
        "{said}"
    );
}

#[test]
fn quiet_shows_nothing_and_the_report_is_on_stdout() {
    let folder = folder();
    let outcome = folder
        .slepian(&["run", "study.toml", "--quiet"])
        .ranks(2)
        .succeeds();
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
    let outcome = folder
        .slepian(&["run", "study.toml", "--overwrite"])
        .ranks(2)
        .succeeds();
    assert!(
        outcome.stdout.contains("3 trials × 4 channels"),
        "{outcome}"
    );
    assert!(outcome.stdout.contains("result: "), "{outcome}");
}

#[test]
fn the_result_records_config_versions_and_hosts() {
    let folder = folder();
    folder.slepian(&["run", "study.toml"]).ranks(2).succeeds();
    let made = made(&folder, "spectra.spy");
    let config = std::fs::read_to_string(folder.path("study.toml")).unwrap();
    assert_eq!(made["config"], config.as_str());
    assert_eq!(made["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(made["ranks"], 2);
    assert_eq!(made["schedule"], "dynamic");
    assert_eq!(made["hosts"].as_array().map(Vec::len), Some(1));
    for key in ["mpi", "hdf5", "instruction_set", "computed_in"] {
        assert!(
            made[key].as_str().is_some_and(|text| !text.is_empty()),
            "{key}: {made}"
        );
    }
}
