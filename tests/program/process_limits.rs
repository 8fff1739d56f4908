//! Limits of a process, of address space and of threads: a launch succeeds within them or says in one line what it lacks.

use std::os::unix::fs::PermissionsExt;

use crate::support::{
    Folder, Layout, Number, Outcome, Recording, Storage, is_under_another_program,
};

/// The exit code of a program whose libraries do not fit.
const NOT_LOADED: i32 = 127;

/// A shell that limits the address space of a program.
fn address_space(mb: u32) -> [String; 4] {
    let limit = format!("ulimit -v {}; exec \"$@\"", mb * 1000);
    ["sh", "-c", &limit, "sh"].map(str::to_owned)
}

/// One trial of `n_samples`, and a study of it.
fn folder(n_samples: usize, n_channels: usize) -> Folder {
    let folder = Folder::new();
    let recording = Recording::of_noise(n_samples, n_channels);
    let storage = Storage {
        // HDF5 reads it
        layout: Layout::Chunked(n_samples.min(1000), n_channels),
        ..Storage::plain(Number::F32)
    };
    recording.write(&folder.path("recording.spy"), storage);
    folder.study("");
    folder
}

/// Nothing but the error of a launch that failed; nothing at all of one that succeeded.
fn assert_one_line(outcome: &Outcome, what: &str) {
    match outcome.status.code() {
        Some(0) => assert_eq!(outcome.stderr, "", "{what}: {outcome}"),
        // without its libraries no program can say anything itself
        Some(NOT_LOADED) => {}
        Some(1 | 2) => {
            outcome.only_error();
            assert_eq!(outcome.stderr.lines().count(), 1, "{what}: {outcome}");
        }
        _ => panic!("{what}: {outcome}"),
    }
}

/// Whether the program gets as far as its first line within a limit: below it, its libraries cannot be loaded, and the system's
/// loader fails or crashes.
fn is_loaded_within(folder: &Folder, mb: u32) -> bool {
    let shell = address_space(mb);
    let version = folder.slepian(&["--version"]);
    let outcome = version
        .through(&shell.each_ref().map(|word| &word[..]))
        .ends();
    outcome.status.success()
}

#[test]
fn any_address_space_is_enough_or_refused_in_one_line() {
    if is_under_another_program() {
        return;
    }
    let folder = folder(300_000, 8);
    for mb in [
        30, 45, 52, 56, 60, 65, 70, 80, 100, 150, 250, 500, 1000, 2000,
    ] {
        if !is_loaded_within(&folder, mb) {
            println!("{mb} MB: skipped, the libraries are not loaded");
            continue;
        }
        for args in [
            &["info", "recording.spy"][..],
            &["trials", "recording.spy"],
            &["plan", "study.toml", "--no-timing"],
            &["run", "study.toml", "--overwrite", "--quiet"],
            &[
                "convert",
                "recording.spy",
                "copy.spy",
                "--overwrite",
                "--quiet",
            ],
        ] {
            let shell = address_space(mb);
            let launch = folder.slepian(args);
            let outcome = launch
                .through(&shell.each_ref().map(|word| &word[..]))
                .ends();
            assert_one_line(&outcome, &format!("{mb} MB, {args:?}"));
        }
    }
}

#[test]
fn memory_that_cannot_be_had_is_an_error_with_what_to_do() {
    if is_under_another_program() {
        return;
    }
    let folder = folder(1 << 20, 8);
    if !is_loaded_within(&folder, 100) {
        println!("skipped: the libraries are not loaded within 100 MB");
        return;
    }
    let shell = address_space(100);
    let little = shell.each_ref().map(|word| &word[..]);
    let study = ["run", "study.toml", "--quiet"];
    let error = folder.slepian(&study).through(&little).fails_with(2);
    assert!(error.contains("and a rank may take "), "{error}");
    let run = folder.slepian(&study);
    let run = run.sets(&["parallel.memory_per_rank=4 GiB"]);
    let outcome = run.through(&little).ends();
    assert_one_line(&outcome, "more than there is");
    assert_eq!(outcome.status.code(), Some(1), "{outcome}");
    let error = outcome.only_error();
    assert!(error.contains("out of memory: "), "{error}");
    assert!(error.contains("(ulimit -v)"), "{error}");
}

#[test]
fn ranks_without_room_for_mpi_are_refused_once() {
    let folder = folder(1000, 2);
    let shell = address_space(200);
    let run = folder.slepian(&["run", "study.toml"]).ranks(2);
    let error = run
        .through(&shell.each_ref().map(|word| &word[..]))
        .fails_with(1);
    assert!(error.contains("MPI cannot start: "), "{error}");
}

#[test]
fn processes_and_threads_that_cannot_be_started_are_errors_with_what_to_do() {
    // root may start as many as it likes, and only root can become another user
    if !rustix::process::getuid().is_root() || is_under_another_program() {
        return;
    }
    let folder = folder(1000, 2);
    let everyone = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(folder.as_path(), everyone).unwrap();
    let of_user = |most: &str| {
        let most = format!("--nproc={most}");
        let words = [
            "setpriv",
            "--reuid=64123",
            "--clear-groups",
            "prlimit",
            &most,
        ];
        words.map(str::to_owned)
    };
    let ends = |most: &str, args: &[&str]| {
        let words = of_user(most);
        let launch = folder.slepian(args);
        launch
            .through(&words.each_ref().map(|word| &word[..]))
            .ends()
    };
    let info = ["info", "recording.spy"];
    if !ends("100", &info).status.success() {
        // such a user may not even come here
        return;
    }
    let run = ["run", "study.toml", "--quiet"];
    for (most, args, word) in [
        ("1", &info[..], "cannot start the process that reads it"),
        ("1", &run, "cannot start a thread"),
        ("2", &run, "cannot start the process that reads it"),
    ] {
        let outcome = ends(most, args);
        assert_one_line(&outcome, word);
        let error = outcome.only_error();
        assert!(
            error.contains(word) && error.contains("ulimit -u"),
            "{error}"
        );
    }
}
