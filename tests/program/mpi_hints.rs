//! Hints for MPI-IO reach the files of a result.

use crate::support::{Folder, Spectra, is_mpich};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.synth("white_noise --trials 6 --channels 3 --samples 500 --seed 5");
    folder.study("[freqanalysis]\ntapsmofrq = 8\n");
    folder
}

#[test]
fn hints_reach_the_file_when_it_is_made_and_when_it_is_compressed() {
    let folder = folder();
    let plain = folder.undisturbed(&[]);
    let hints = "output.mpi_hints={ cb_buffer_size = 8388608, cb_nodes = 1, no_such_hint = \"x\" }";
    let run = folder.slepian(&["run", "study.toml", "-v"]).ranks(2);
    let outcome = run.sets(&["output.compression=gzip", hints]).succeeds();
    for file in ["spectra.spectral.new.part", "spectra.spectral.packed.part"] {
        let line = format!("{file}: MPI-IO hint cb_buffer_size = 8388608");
        assert!(outcome.stderr.contains(&line), "{outcome}");
    }
    // Open MPI repeats whatever it is told
    let warnings = outcome.stderr.matches("warning: output.mpi_hints").count();
    let unknown = outcome
        .stderr
        .contains("output.mpi_hints.no_such_hint is not in use for");
    let expected = if is_mpich() { (1, true) } else { (0, false) };
    assert_eq!((warnings, unknown), expected, "{outcome}");
    folder.slepian(&["verify", "spectra.spy"]).succeeds();
    Spectra::read(&folder.path("spectra.spy")).assert_same_as(&plain, "with hints");
}

#[test]
fn one_process_alone_says_that_it_has_no_mpi_for_hints() {
    let folder = folder();
    let run = folder.slepian(&["run", "study.toml"]);
    let sets = [
        "output.compression=gzip",
        "output.mpi_hints={ cb_nodes = 1 }",
    ];
    let outcome = run.sets(&sets).succeeds();
    assert_eq!(
        outcome
            .stderr
            .matches("output.mpi_hints are not used")
            .count(),
        1,
        "{outcome}"
    );
}

#[test]
fn hints_of_all_ranks_are_not_judged_when_one_rank_makes_the_file() {
    let folder = folder();
    let run = folder.slepian(&["run", "study.toml"]).ranks(2);
    let outcome = run.sets(&["output.mpi_hints={ cb_nodes = 2 }"]).succeeds();
    assert!(!outcome.stderr.contains("output.mpi_hints"), "{outcome}");
}

#[test]
fn a_name_that_mpi_would_cut_is_made_without_it() {
    let folder = folder();
    std::fs::create_dir(folder.path("a:b")).unwrap();
    let run = folder.slepian(&["run", "study.toml"]).ranks(2);
    let sets = [
        "output.mpi_hints={ cb_nodes = 1 }",
        "output.path=a:b/spectra.spy",
    ];
    let outcome = run.sets(&sets).succeeds();
    assert!(
        outcome.stderr.contains("MPI-IO cuts names with a colon"),
        "{outcome}"
    );
    folder.slepian(&["verify", "a:b/spectra.spy"]).succeeds();
}
