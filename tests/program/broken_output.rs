//! stdout or stderr that cannot be written: a computation goes on, whatever becomes of its log and its report.

use crate::resume::flip;
use crate::support::{Folder, Launch, is_mpich, launcher};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 30 --channels 4 --samples 500 --seed 1");
    folder.study("[freqanalysis]\ntapsmofrq = 20\n");
    folder
}

/// Runs the program with what a shell does to its output, such as `2>/dev/full`.
fn shell(folder: &Folder, args: &str, redirection: &str) -> Launch {
    let program = env!("CARGO_BIN_EXE_slepian");
    let line = format!("'{program}' {args} {redirection}");
    Launch::of("bash", folder.as_path()).args(&["-o", "pipefail", "-c", &line])
}

const BROKEN: &[&str] = &[
    "2>/dev/full",
    ">/dev/full",
    ">/dev/full 2>&1",
    "2>&1 | head -1",
    "2>&1 >/dev/null | true",
    "2>&-",
    ">&- 2>&-",
];

#[test]
fn a_computation_goes_on_without_its_log() {
    let folder = folder();
    for redirection in BROKEN {
        for args in [
            "run study.toml --overwrite",
            "run study.toml --overwrite -v",
        ] {
            folder.remove("spectra.spy");
            shell(&folder, args, redirection).succeeds();
            folder.slepian(&["verify", "spectra.spy"]).succeeds();
        }
    }
}

#[test]
fn ranks_go_on_without_their_log() {
    if is_mpich() {
        // with ranks that only print, too
        println!("skipped: MPICH's mpiexec ends a job whose output it cannot write");
        return;
    }
    let folder = folder();
    let program = env!("CARGO_BIN_EXE_slepian");
    let mpiexec = format!(
        "{} -n 2 '{program}' run study.toml -v",
        launcher().join(" ")
    );
    let relaunched = format!("'{program}' run study.toml -v --ranks 2");
    for redirection in BROKEN {
        for command in [&mpiexec, &relaunched] {
            // Open MPI's launcher gets those descriptors for its own files, writes the log into them and hangs
            if command == &mpiexec && redirection.contains("&- 2>&-") {
                continue;
            }
            folder.remove("spectra.spy");
            let line = format!("{command} {redirection}");
            let bash = Launch::of("bash", folder.as_path());
            let outcome = bash.args(&["-o", "pipefail", "-c", &line]).ends();
            assert!(outcome.status.success(), "{line}: {outcome}");
            folder.slepian(&["verify", "spectra.spy"]).succeeds();
        }
    }
}

#[test]
fn ranks_that_say_much_go_on_without_a_reader() {
    let folder = folder();
    let program = env!("CARGO_BIN_EXE_slepian");
    let slow = (0..2).map(|rank| format!("compute:{rank}:*:100ms"));
    let slow = Vec::from_iter(slow).join(",");
    for reader in ["head -1", "true"] {
        folder.remove("spectra.spy");
        // a shell between mpiexec and the rank
        let line = format!(
            "{} -n 2 bash -c \"'{program}' run study.toml -v; exit \\$?\" 2>&1 | {reader}",
            launcher().join(" ")
        );
        let bash = Launch::of("bash", folder.as_path()).variable("SLEPIAN_FAULT", &slow);
        let outcome = bash.args(&["-o", "pipefail", "-c", &line]).ends();
        assert!(outcome.status.success(), "{line}: {outcome}");
        folder.slepian(&["verify", "spectra.spy"]).succeeds();
    }
}

#[test]
fn the_exit_code_is_that_of_the_computation() {
    let folder = folder();
    folder.slepian(&["run", "study.toml"]).succeeds();
    for redirection in BROKEN {
        for (args, code) in [
            ("run study.toml", 2),
            ("run nothing.toml", 2),
            ("run study.toml --resume", 0),
            ("convert recording.spy copy.spy --overwrite", 0),
            (
                "synth white_noise -o noise.spy --trials 1 --channels 1 --samples 5 --overwrite",
                0,
            ),
        ] {
            let outcome = shell(&folder, args, redirection).ends();
            assert_eq!(
                outcome.status.code(),
                Some(code),
                "{args} {redirection}: {outcome}"
            );
        }
    }
}

#[test]
fn what_only_prints_fails_where_it_cannot() {
    let folder = folder();
    folder.slepian(&["run", "study.toml"]).succeeds();
    for args in [
        "info spectra.spy",
        "plan study.toml --no-timing",
        "trials study.toml",
        "status spectra.spy",
        "plot spectra.spy",
        "defaults",
        "--help",
        "--version",
    ] {
        let outcome = shell(&folder, args, ">/dev/full").ends();
        assert_eq!(outcome.status.code(), Some(1), "{args}: {outcome}");
        let error = outcome.only_error();
        assert!(error.contains("stdout: cannot write"), "{args}: {error}");
        // a reader that has seen enough
        shell(&folder, args, "| true").succeeds();
        let outcome = shell(&folder, args, ">/dev/full 2>&1").ends();
        assert_eq!(outcome.status.code(), Some(1), "{args}: {outcome}");
    }
}

#[test]
fn exit_codes_that_say_something_say_it_without_stdout() {
    let folder = folder();
    folder.slepian(&["run", "study.toml"]).succeeds();
    shell(&folder, "status study.toml --exit-code", ">/dev/full").succeeds();
    let outcome = shell(&folder, "verify spectra.spy", ">/dev/full").succeeds();
    assert_eq!(
        outcome
            .stderr
            .matches("warning: stdout: cannot write")
            .count(),
        1
    );
    shell(&folder, "verify spectra.spy", ">/dev/full 2>&1").succeeds();
    for redirection in [">/dev/full", ">/dev/full 2>&1", "2>&1 | true"] {
        folder
            .slepian(&["run", "study.toml", "--overwrite"])
            .succeeds();
        flip(&folder, 25);
        let outcome = shell(&folder, "verify spectra.spy", redirection).ends();
        assert_eq!(outcome.status.code(), Some(1), "{redirection}: {outcome}");
    }
    let left = shell(&folder, "status study.toml --exit-code", ">/dev/full").ends();
    assert_eq!(left.status.code(), Some(75), "{left}");
}
