//! Recordings become containers: the same samples, trials and names, on any number of ranks.

use std::path::Path;

use rustix::process::Signal;

use crate::support::{Folder, Launch, Layout, Number, Recording, Spectra, Storage, info, send};

fn spectra(folder: &Folder, input: &str, sets: &[&str]) -> Spectra {
    folder.study("");
    let input = format!("input.path={}", folder.path(input).display());
    folder
        .slepian(&["run", "study.toml", "--quiet", "--overwrite"])
        .sets(&[&input])
        .sets(sets)
        .succeeds();
    Spectra::read(&folder.path("spectra.spy"))
}

#[test]
fn a_converted_recording_has_the_spectra_of_the_one_it_was() {
    let folder = Folder::new();
    let trials: [&[f64]; 3] = [
        &[0.0, 128.0, -64.0, 1.0],
        &[100.0, 300.0, -100.0, 2.0],
        &[400.0, 500.0, 0.5, 3.0],
    ];
    let recording = Recording::of_noise(500, 5).with_trials(&trials);
    for (number, layout, channel_first) in [
        (Number::F32, Layout::Contiguous, false),
        (Number::F64, Layout::Gzip(100, 3), true),
        (Number::I16, Layout::Chunked(64, 2), false),
    ] {
        let storage = Storage {
            layout,
            channel_first,
            ..Storage::plain(number)
        };
        recording.write(&folder.path("recording.spy"), storage);
        let before = spectra(&folder, "recording.spy", &[]);
        for ranks in [1, 3] {
            let launch =
                folder.slepian(&["convert", "recording.spy", "converted.spy", "--overwrite"]);
            let outcome = launch.ranks(ranks).succeeds();
            assert!(
                outcome.stdout.contains("3 trials × 5 channels"),
                "{}",
                outcome.stdout
            );
            spectra(&folder, "converted.spy", &[]).assert_same_as(&before, &format!("{storage:?}"));
        }
    }
}

#[test]
fn only_what_is_selected_is_converted() {
    let folder = Folder::new();
    let trials: [&[f64]; 2] = [&[0.0, 250.0, -64.0], &[250.0, 500.0, -64.0]];
    let recording = Recording::of_noise(500, 5).with_trials(&trials);
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    let selection = [
        "select.trials=[1]",
        "select.channel=[\"-channel2\", \"-0\"]",
        "select.latency=[0, 0.2]",
    ];
    let want = spectra(&folder, "recording.spy", &selection);
    folder
        .slepian(&["convert", "study.toml", "part.spy"])
        .sets(&selection)
        .succeeds();
    let part = spectra(&folder, "part.spy", &[]);
    // trials of a container count from 0 again
    assert_eq!((want.trial, part.trial), (vec![1], vec![0]));
    assert_eq!(
        (part.bits, part.freq_bits, part.channel),
        (want.bits, want.freq_bits, want.channel)
    );
    let info = info(&folder.path("part.spy"));
    assert_eq!(info["data_shape"], serde_json::json!([101, 3]));
    assert_eq!(
        info["channel"],
        serde_json::json!(["channel3", "channel4", "channel5"])
    );
}

#[test]
fn units_and_gains_come_along() {
    let folder = Folder::new();
    let numbers: Vec<u8> = (0..2000_i16).flat_map(i16::to_le_bytes).collect();
    folder.write("recording.dat", numbers);
    let sets = [
        "input.dtype=int16",
        "input.n_channels=4",
        "input.samplerate=250",
        "input.scale=0.195",
        "input.unit=uV",
    ];
    let shown = folder
        .slepian(&["info", "recording.dat"])
        .sets(&sets)
        .succeeds()
        .stdout;
    assert!(
        shown.contains("1 trial of 500 samples, 2 s") && shown.contains("µV"),
        "{shown}"
    );
    let want = spectra(&folder, "recording.dat", &sets);
    folder
        .slepian(&["convert", "recording.dat", "converted.spy"])
        .sets(&sets)
        .succeeds();
    let converted = spectra(&folder, "converted.spy", &[]);
    converted.assert_same_as(&want, "converted");
    let file = crate::support::with_files(|| {
        let file =
            hdf5::File::open(crate::support::data_file(&folder.path("spectra.spy"))).unwrap();
        let units = file.dataset("data").unwrap().attr("units").unwrap();
        units
            .read_scalar::<hdf5::types::VarLenUnicode>()
            .unwrap()
            .to_string()
    });
    assert_eq!(file, "uV^2");
}

#[test]
fn what_is_there_stays_unless_it_is_ours_and_may_be_replaced() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 2 --channels 2 --samples 100");
    folder
        .slepian(&["convert", "recording.spy", "copy.spy"])
        .succeeds();
    let before = folder.content();
    let error = folder
        .slepian(&["convert", "recording.spy", "copy.spy"])
        .fails_with(2);
    assert!(error.contains("--overwrite"), "{error}");
    let error = folder
        .slepian(&["convert", "recording.spy", "recording.spy", "--overwrite"])
        .ranks(2)
        .fails_with(2);
    assert!(error.contains("recording"), "{error}");
    let error = folder
        .slepian(&["convert", "nowhere.spy", "other.spy"])
        .ranks(2)
        .fails_with(2);
    assert!(error.contains("no such file or folder"), "{error}");
    assert_eq!(folder.content(), before);
    folder
        .slepian(&["convert", "recording.spy", "copy.spy", "--overwrite"])
        .succeeds();
}

/// A recording whose copy takes some seconds: every trial is a piece.
fn long_copy(folder: &Folder, faults: &str) -> Launch {
    folder.synth("white_noise --trials 400 --channels 2 --samples 10");
    let launch = folder.slepian(&["convert", "recording.spy", "copy.spy"]);
    launch.variable("SLEPIAN_FAULT", faults)
}

#[test]
fn a_signal_ends_a_conversion_that_leaves_nothing() {
    for (signal, name) in [(Signal::INT, "SIGINT"), (Signal::TERM, "SIGTERM")] {
        for ranks in [None, Some(2)] {
            let folder = Folder::new();
            let mut launch = long_copy(&folder, "write:0:*:20ms,write:1:*:20ms");
            if let Some(ranks) = ranks {
                launch = launch.ranks(ranks);
            }
            let mut running = launch.starts();
            running.wait_until("the copy began", |_| {
                folder.has("copy.spy/copy.analog.part")
            });
            match ranks {
                None => running.signal(signal),
                Some(_) => running
                    .ranks(Path::new(env!("CARGO_BIN_EXE_slepian")))
                    .iter()
                    .for_each(|rank| send(*rank, signal)),
            }
            let outcome = running.ends();
            assert_eq!(outcome.status.code(), Some(1), "{name}: {outcome}");
            let said = format!("copy.spy: stopped by {name}; nothing is kept");
            assert!(outcome.stderr.contains(&said), "{outcome}");
            assert!(!folder.has("copy.spy"), "{name} {ranks:?}");
        }
    }
}

#[test]
fn a_rank_that_fails_ends_the_conversion_for_all() {
    let folder = Folder::new();
    let launch = long_copy(&folder, "write:1:3:eio,write:0:*:50ms");
    let error = launch.ranks(2).fails_with(1);
    assert!(error.contains("rank 1: "), "{error}");
    assert!(!folder.has("copy.spy"));
}

#[test]
fn what_a_killed_conversion_left_is_not_in_the_way_of_the_next() {
    let folder = Folder::new();
    long_copy(&folder, "write:0:5:kill").ends();
    assert!(folder.has("copy.spy/copy.analog.part"));
    folder
        .slepian(&["convert", "recording.spy", "copy.spy"])
        .succeeds();
    assert!(!folder.has("copy.spy/copy.analog.part"));
    folder.remove("recording.spy");
    long_copy(&folder, "commit:0:0:kill")
        .args(&["--overwrite"])
        .ends();
    let error = folder
        .slepian(&["convert", "recording.spy", "copy.spy"])
        .fails_with(2);
    assert!(
        error.contains("--overwrite") && !error.contains("--resume"),
        "{error}"
    );
}

#[test]
fn a_part_file_that_vanishes_costs_the_old_container_nothing() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 2 --channels 2 --samples 100");
    let convert = |args: &[&str]| {
        let launch = folder.slepian(&["convert", "recording.spy", "copy.spy"]);
        launch.args(args)
    };
    convert(&[]).succeeds();
    let before = folder.content();
    for fault in ["write:0:0:2000ms", "rename:0:0:2000ms"] {
        let mut running = convert(&["--overwrite"])
            .variable("SLEPIAN_FAULT", fault)
            .starts();
        let waits_for = match fault.starts_with("rename") {
            true => "copy.spy/copy.analog.info.part",
            false => "copy.spy/copy.analog.part",
        };
        running.wait_until("it was there", |_| folder.has(waits_for));
        // until HDF5 has made it
        std::thread::sleep(std::time::Duration::from_millis(500));
        folder.remove("copy.spy/copy.analog.part");
        let outcome = running.ends();
        assert_eq!(outcome.status.code(), Some(1), "{fault}: {outcome}");
        assert!(
            outcome.stderr.contains("removed or replaced"),
            "{fault}: {outcome}"
        );
        assert_eq!(folder.content(), before, "{fault}");
    }
}

#[test]
fn a_recording_larger_than_a_file_may_be_is_refused_with_nothing_left() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 2 --channels 16 --samples 200000");
    let limited = ["sh", "-c", "ulimit -f 32768; exec \"$@\"", "sh"];
    // unasked, the refusal is the system's own
    for is_asked in [true, false] {
        for ranks in [None, Some(2)] {
            let launch = folder.slepian(&["convert", "recording.spy", "copy.spy"]);
            let mut launch = launch.through(&limited);
            if !is_asked {
                launch = launch.variable("SLEPIAN_FAULT", "reserve:0");
            }
            if let Some(ranks) = ranks {
                launch = launch.ranks(ranks);
            }
            let error = launch.fails_with(1);
            assert!(error.contains("copy.analog.part"), "{error}");
            assert!(!folder.has("copy.spy"));
        }
    }
    let words = "synth white_noise --trials 2 --channels 16 --samples 200000 -o more.spy";
    let words: Vec<&str> = words.split_whitespace().collect();
    let error = folder.slepian(&words).through(&limited).fails_with(1);
    assert!(error.contains("see ulimit -f"), "{error}");
    assert!(!folder.has("more.spy"));
}
