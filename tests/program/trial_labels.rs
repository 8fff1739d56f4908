//! Columns of text that trials have: kept from tables of events to results and containers, and shown.

use hdf5::types::VarLenUnicode;

use crate::support::{Folder, Number, Recording, Storage, data_file, with_files};

const EVENTS: &str = "onset\ttrial_type\trt\tblock\tempty\n\
    0.2\ttarget\t0.4\t1\tn/a\n\
    0.4\tgo left\tn/a\tpractice\tn/a\n\
    0.6\ttarget\t0.31\t2\tn/a\n\
    0.7\tn/a\t0.2\t2\tn/a\n";

const STUDY: &str = "[definetrial]\nevents = \"events.tsv\"\npre = 0.1\npost = 0.1\n\
    trialinfo = [\"trial_type\", \"rt\", \"block\", \"empty\"]\n";

fn folder() -> Folder {
    let folder = Folder::new();
    let recording = Recording::of_noise(500, 3);
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    folder.write("events.tsv", EVENTS);
    folder.study(STUDY);
    folder
}

fn texts(folder: &Folder, container: &str, name: &str) -> Vec<String> {
    let file = hdf5::File::open(data_file(&folder.path(container))).unwrap();
    let texts = file
        .dataset(name)
        .unwrap()
        .read_1d::<VarLenUnicode>()
        .unwrap();
    texts.iter().map(ToString::to_string).collect()
}

const TYPES: [&str; 4] = ["target", "go left", "target", ""];
const BLOCKS: [&str; 4] = ["1", "practice", "2", "2"];

#[test]
fn text_of_events_is_stored_beside_their_numbers() {
    let folder = folder();
    let run = folder.slepian(&["run", "study.toml"]).succeeds();
    assert_eq!(
        texts(&folder, "spectra.spy", "trial_label/trial_type"),
        TYPES
    );
    assert_eq!(texts(&folder, "spectra.spy", "trial_label/block"), BLOCKS);
    let columns = texts(&folder, "spectra.spy", "trialdefinition_column");
    assert_eq!(columns[3..], ["event", "rt", "block", "empty"]);
    for warning in [
        "column block holds numbers and text, \"practice\" for example: 1 of 4 values are NaN",
        "column empty has no value for any of 4 events",
    ] {
        assert!(run.stderr.contains(warning), "{}", run.stderr);
    }
    folder.slepian(&["verify", "spectra.spy"]).succeeds();
}

#[test]
fn results_on_any_ranks_and_compressed_ones_hold_the_text_of_the_selected_trials() {
    let folder = folder();
    for (ranks, sets) in [
        (1, &["select.trials=[3, 1]", "output.compression=gzip"][..]),
        (3, &["select.trials=[3, 1]", "output.compression=gzip"]),
        (
            2,
            &[
                "select.trials=[3, 1]",
                "freqanalysis.method=\"mtmconvol\"",
                "freqanalysis.t_ftimwin=0.1",
                "freqanalysis.toi=\"all\"",
            ],
        ),
    ] {
        let run = folder.slepian(&["run", "study.toml", "--overwrite"]);
        run.ranks(ranks).sets(sets).succeeds();
        let found = texts(&folder, "spectra.spy", "trial_label/trial_type");
        assert_eq!(found, ["", "go left"], "{ranks} ranks, {sets:?}");
    }
    // a mean is of trials of any kind
    let mean = folder.slepian(&["run", "study.toml", "--overwrite"]);
    mean.sets(&["freqanalysis.keeptrials=false"]).succeeds();
    let file = hdf5::File::open(data_file(&folder.path("spectra.spy"))).unwrap();
    assert!(file.group("trial_label").is_err());
}

#[test]
fn a_container_keeps_text_and_names_and_gives_them_to_the_results_made_of_it() {
    let folder = folder();
    folder
        .slepian(&["convert", "study.toml", "cut.spy"])
        .succeeds();
    let info = folder.slepian(&["info", "cut.spy"]).succeeds().stdout;
    assert!(
        info.contains("trial_type: \"\" 1×, \"go left\" 1×, \"target\" 2×"),
        "{info}"
    );
    assert!(info.contains("event, rt, block, empty"), "{info}");
    let trials = folder.slepian(&["trials", "cut.spy"]).succeeds().stdout;
    let header = trials.lines().next().unwrap();
    let names: Vec<&str> = header.split_whitespace().skip(6).collect();
    assert_eq!(
        names,
        ["event", "rt", "block", "empty", "block_text", "trial_type"]
    );
    assert!(
        trials.contains("\"go left\"") && trials.contains("n/a"),
        "{trials}"
    );
    folder.write(
        "cut.toml",
        "[input]\npath = \"cut.spy\"\n[output]\npath = \"of_cut.spy\"\n",
    );
    folder.slepian(&["run", "cut.toml"]).succeeds();
    assert_eq!(
        texts(&folder, "of_cut.spy", "trial_label/trial_type"),
        TYPES
    );
    let columns = texts(&folder, "of_cut.spy", "trialdefinition_column");
    assert_eq!(columns[3..], ["event", "rt", "block", "empty"]);
    let info = folder.slepian(&["info", "of_cut.spy"]).succeeds().stdout;
    assert!(info.contains("\"go left\" 1×"), "{info}");
}

#[test]
fn a_result_whose_text_was_changed_is_found_out_and_not_resumed() {
    let folder = folder();
    folder.slepian(&["run", "study.toml"]).succeeds();
    with_files(|| {
        let file = hdf5::File::open_rw(data_file(&folder.path("spectra.spy"))).unwrap();
        let set = file.dataset("trial_label/trial_type").unwrap();
        let texts: Vec<VarLenUnicode> = ["other"; 4].map(|text| text.parse().unwrap()).to_vec();
        set.write_raw(&texts).unwrap();
    });
    let failed = folder.slepian(&["verify", "spectra.spy"]).ends();
    assert!(!failed.status.success(), "{}", failed.stdout);
}

#[test]
fn a_group_that_does_not_hold_a_text_for_each_trial_is_refused() {
    let folder = folder();
    folder
        .slepian(&["convert", "study.toml", "cut.spy"])
        .succeeds();
    with_files(|| {
        let file = hdf5::File::open_rw(data_file(&folder.path("cut.spy"))).unwrap();
        let set = file.new_dataset_builder().with_data(&[1.0, 2.0]);
        set.create("trial_label/wrong").unwrap();
    });
    let line = folder.slepian(&["trials", "cut.spy"]).fails_with(1);
    assert!(
        line.contains("trial_label/wrong does not hold a text for each trial; expected 4"),
        "{line}"
    );
}
