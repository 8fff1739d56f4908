//! However a recording is stored, its spectra are the same.

use crate::support::{Folder, Layout, Number, Recording, Spectra, Storage};

const LAYOUTS: &[Layout] = &[
    Layout::Contiguous,
    // chunks that no trial and no channel block fits
    Layout::Chunked(64, 2),
    Layout::Gzip(100, 3),
];

fn trials() -> Vec<&'static [f64]> {
    // of different lengths, with a gap, overlapping, and not in the order of time
    vec![
        &[0.0, 128.0, -64.0, 1.0],
        &[100.0, 300.0, -100.0, 2.0],
        &[400.0, 500.0, 0.0, 1.0],
        &[200.0, 328.0, 0.5, 3.0],
    ]
}

/// The spectra of a recording stored in this way.
fn spectra(folder: &Folder, recording: &Recording, storage: Storage, set: &str) -> Spectra {
    recording.write(&folder.path("recording.spy"), storage);
    let sets = [set, "freqanalysis.chan_per_worker=2"];
    folder
        .slepian(&["run", "study.toml", "--quiet", "--overwrite"])
        .sets(&sets)
        .succeeds();
    Spectra::read(&folder.path("spectra.spy"))
}

#[test]
fn numbers_byte_orders_layouts_and_axis_orders_give_the_same_spectra() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\ntapsmofrq = 8\n");
    let recording = Recording::of_whole_numbers(500, 5).with_trials(&trials());
    // whole numbers up to 200 are the same in all types, so all compute the same once the precision is
    let set = "freqanalysis.precision=single";
    let plain = spectra(&folder, &recording, Storage::plain(Number::F32), set);
    assert!(plain.numbers().iter().any(|x| *x > 0.0));
    for number in [
        Number::F32,
        Number::F64,
        Number::I16,
        Number::I32,
        Number::U8,
    ] {
        for (k, &layout) in LAYOUTS.iter().enumerate() {
            for channel_first in [false, true] {
                // both byte orders in turn, and each with each layout and axis order of some type
                let big_endian =
                    (number as usize + k + usize::from(channel_first)).is_multiple_of(2);
                let storage = Storage {
                    number,
                    big_endian,
                    layout,
                    channel_first,
                    ..Storage::plain(number)
                };
                let stored = spectra(&folder, &recording, storage, set);
                stored.assert_same_as(&plain, &format!("{storage:?}"));
            }
        }
    }
}

#[test]
fn double_recordings_keep_their_digits_in_every_storage() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\noutput = \"fourier\"\n");
    let recording = Recording::of_noise(500, 3).with_trials(&trials());
    let set = "freqanalysis.precision=double";
    let plain = spectra(&folder, &recording, Storage::plain(Number::F64), set);
    assert!(plain.is_double);
    for &layout in LAYOUTS {
        for (big_endian, channel_first) in [(true, false), (false, true), (true, true)] {
            let storage = Storage {
                layout,
                big_endian,
                channel_first,
                ..Storage::plain(Number::F64)
            };
            let stored = spectra(&folder, &recording, storage, set);
            stored.assert_same_as(&plain, &format!("{storage:?}"));
        }
    }
}

#[test]
fn ranks_read_compressed_and_transposed_recordings_alike() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    let recording = Recording::of_noise(500, 5).with_trials(&trials());
    for layout in [Layout::Contiguous, Layout::Gzip(100, 2)] {
        let storage = Storage {
            layout,
            channel_first: true,
            ..Storage::plain(Number::F32)
        };
        let one = spectra(&folder, &recording, storage, "parallel.schedule=static");
        let run = folder
            .slepian(&["run", "study.toml", "--overwrite"])
            .ranks(3);
        run.succeeds();
        Spectra::read(&folder.path("spectra.spy")).assert_same_as(&one, &format!("{layout:?}"));
    }
}

#[test]
fn selected_channels_are_read_from_their_own_columns() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    let recording = Recording::of_noise(500, 5).with_trials(&trials());
    let all = spectra(
        &folder,
        &recording,
        Storage::plain(Number::F32),
        "select.trials=all",
    );
    for &layout in LAYOUTS {
        for channel_first in [false, true] {
            let storage = Storage {
                layout,
                channel_first,
                ..Storage::plain(Number::F32)
            };
            let two = spectra(&folder, &recording, storage, "select.channel=[4, 1]");
            assert_eq!(two.channel, ["channel5", "channel2"]);
            let of = |spectra: &Spectra, n: usize, c: usize| -> Vec<u64> {
                spectra.bits.iter().skip(c).step_by(n).copied().collect()
            };
            assert_eq!(of(&two, 2, 0), of(&all, 5, 4), "{storage:?}");
            assert_eq!(of(&two, 2, 1), of(&all, 5, 1), "{storage:?}");
        }
    }
}

#[test]
fn a_container_its_data_file_and_its_info_file_name_the_same_recording() {
    let folder = Folder::new();
    folder.synth("white_noise --trials 2 --channels 2 --samples 100");
    folder.study("[freqanalysis]\n");
    let run = |input: &str| {
        let set = format!("input.path={input}");
        folder
            .slepian(&["run", "study.toml", "--overwrite"])
            .sets(&[&set])
            .succeeds();
        Spectra::read(&folder.path("spectra.spy"))
    };
    let container = run("recording.spy");
    for input in [
        "recording",
        "recording.spy/",
        "recording.spy/recording.analog",
        "recording.spy/recording.analog.info",
    ] {
        run(input).assert_same_as(&container, input);
    }
}

#[test]
fn several_recordings_in_a_container_are_listed_and_refused_until_one_is_named() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    let (first, second) = (Recording::of_noise(100, 2), Recording::of_noise(200, 3));
    let container = folder.path("recording.spy");
    first.write_object(&container, "recording_eeg", Storage::plain(Number::F32));
    second.write_object(&container, "recording_lfp", Storage::plain(Number::F64));
    let error = folder
        .slepian(&["run", "study.toml"])
        .ranks(2)
        .fails_with(2);
    assert!(
        error.contains("holds 2 recordings; expected the path of one of them"),
        "{error}"
    );
    assert!(
        error.contains("recording_eeg.analog, recording_lfp.analog"),
        "{error}"
    );
    assert!(folder.has_no_trace_of_a_result());
    let named = folder.slepian(&["run", "study.toml"]);
    named
        .sets(&["input.path=recording.spy/recording_lfp.analog"])
        .succeeds();
    assert_eq!(Spectra::read(&folder.path("spectra.spy")).channel.len(), 3);
    let page = folder.slepian(&["info", "recording.spy"]).succeeds().stdout;
    assert!(
        page.contains("recording_eeg.analog") && page.contains("recording_lfp.analog"),
        "{page}"
    );
}

#[test]
fn labels_that_are_missing_are_channel1_and_so_on() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    let recording = Recording::of_noise(100, 12);
    let with = |labels| Storage {
        labels,
        ..Storage::plain(Number::F32)
    };
    let set = "select.trials=all";
    for labels in [None, Some("null")] {
        let found = spectra(&folder, &recording, with(labels), set).channel;
        assert_eq!(
            (found[0].as_str(), found[11].as_str()),
            ("channel01", "channel12")
        );
    }
    let recording = Recording::of_noise(100, 2);
    let named = with(Some("[\"Cz\", \"µ \\\"1\\\"\"]"));
    assert_eq!(
        spectra(&folder, &recording, named, set).channel,
        ["Cz", "µ \"1\""]
    );
    for wrong in ["[\"Cz\"]", "\"Cz\"", "[1, 2]"] {
        recording.write(&folder.path("recording.spy"), with(Some(wrong)));
        let error = folder
            .slepian(&["run", "study.toml", "--overwrite"])
            .fails_with(1);
        assert!(error.contains("recording.analog.info: channel"), "{error}");
    }
}

#[test]
fn pythons_nan_and_infinity_in_info_are_understood() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    let storage = Storage {
        more_info: "\"info\": { \"a\": NaN, \"b\": [Infinity, -Infinity], \"NaN\": \"NaN\" },",
        ..Storage::plain(Number::F32)
    };
    let recording = Recording::of_noise(100, 2);
    let found = spectra(&folder, &recording, storage, "select.trials=all");
    assert_eq!(found.shape, [1, 1, 51, 2]);
}
