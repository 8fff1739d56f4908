//! Every input that fuzzing has kept, replayed: what was found once is not found again.

use std::path::Path;

use crate::support::with_files;

#[path = "../../fuzz/src/targets.rs"]
pub mod targets;

/// Runs the whole corpus of a target; every input of which must still be there.
fn replay(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut n_inputs = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let input = std::fs::read(&path).unwrap();
        let passes = std::panic::catch_unwind(|| with_files(|| target(&input)));
        assert!(passes.is_ok(), "{}", path.display());
        n_inputs += 1;
    }
    assert!(n_inputs > 3, "{} holds {n_inputs} inputs", folder.display());
}

#[test]
fn configs_that_were_fuzzed_are_accepted_or_refused_clearly() {
    replay("config", targets::config);
}

#[test]
fn info_files_that_were_fuzzed_are_accepted_or_refused_clearly() {
    replay("info", targets::info);
}

#[test]
fn containers_that_were_fuzzed_are_accepted_or_refused_clearly() {
    replay("container", targets::container);
}

#[test]
fn edf_files_that_were_fuzzed_are_accepted_or_refused_clearly() {
    replay("edf", targets::edf);
}

#[test]
fn brainvision_files_that_were_fuzzed_are_accepted_or_refused_clearly() {
    replay("brainvision", targets::brainvision);
}

#[test]
fn fieldtrip_files_that_were_fuzzed_are_accepted_or_refused_clearly() {
    replay("fieldtrip", targets::fieldtrip);
}

#[test]
fn eeglab_files_that_were_fuzzed_are_accepted_or_refused_clearly() {
    replay("eeglab", targets::eeglab);
}

#[test]
fn hdf5_files_that_were_fuzzed_are_accepted_or_refused_clearly() {
    replay("nwb", targets::nwb);
}

#[test]
fn raw_recordings_that_were_fuzzed_are_accepted_or_refused_clearly() {
    replay("raw_recording", targets::raw_recording);
}

#[test]
fn tables_of_events_that_were_fuzzed_are_accepted_or_refused_clearly() {
    replay("events", targets::events);
}

#[test]
fn results_that_were_fuzzed_are_verified_or_refused_clearly() {
    replay("result", targets::result);
}

#[test]
fn partial_results_that_were_fuzzed_are_gone_on_with_or_refused_clearly() {
    replay("part", targets::part);
}
