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
    let hints = "output.mpi_hints={ cb_buffer_size = 8388608, no_such_hint = \"x\" }";
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
        .contains("spectra.spectral.new.part: no_such_hint; unknown");
    assert_eq!(
        (warnings, unknown),
        if is_mpich() { (1, true) } else { (0, false) },
        "{outcome}"
    );
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
