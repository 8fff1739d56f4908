//! Data sets of every other kind than numbers of time by channel, and of every size that is claimed.

use hdf5::types::VarLenUnicode;
use hdf5::{Extents, File, H5Type, Hyperslab, Selection};
use ndarray::{arr1, arr2};

use super::trials::trials_are_refused;
use super::{
    container, limited, recording_is_refused, refused, sound, sound_data, sparse, write_trials,
};
use crate::support::{Folder, Number, Recording, Spectra, Storage, with_files};

/// The message for data of this kind, with a sound trial definition beside them.
fn data_is_refused(write: impl FnOnce(&File), words: &[&str]) {
    let folder = container(|file| {
        write(file);
        write_trials(file, &[[0.0, 100.0, 0.0]]);
    });
    recording_is_refused(&folder, "recording.spy/recording.analog:", words);
}

#[test]
fn data_files_that_are_cut_off_anywhere_or_empty_are_refused() {
    let folder = sound();
    let data = folder.path("recording.spy/recording.analog");
    let whole = std::fs::read(&data).unwrap();
    for length in [0, 1, 8, 100, 700, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&data, &whole[..length]).unwrap();
        let words = match length {
            0 => ["this file is empty"],
            _ => ["cannot open"],
        };
        recording_is_refused(&folder, "recording.spy/recording.analog: ", &words);
    }
    std::fs::write(&data, "no HDF5 at all").unwrap();
    recording_is_refused(&folder, "recording.spy/recording.analog: ", &["as HDF5"]);
}

#[test]
fn a_bad_recording_is_said_once_on_two_ranks() {
    let folder = container(|file| {
        sparse(file, "data", (1 << 41, 2), 1_f32);
        write_trials(file, &[[0.0, 100.0, 0.0]]);
    });
    let launch = folder.slepian(&["run", "study.toml"]).ranks(2);
    let words = ["claims 2199023255552 samples", "expected at most"];
    refused(&folder, launch, 1, "recording.analog: ", &words);
    let folder = sound();
    folder.write(
        "recording.spy/recording.analog.info",
        "{\"samplerate\": NaN",
    );
    let launch = folder.slepian(&["run", "study.toml"]).ranks(2);
    refused(&folder, launch, 1, "recording.analog.info: ", &["not JSON"]);
}

#[test]
fn data_of_other_types_than_numbers_are_refused_by_their_kind() {
    fn of<T: H5Type>(what: &str) {
        data_is_refused(
            |file| {
                let set = file.new_dataset::<T>().shape((100, 2));
                set.create("data").unwrap();
            },
            &["data holds ", what, "expected integers"],
        );
    }
    of::<num_complex::Complex<f32>>("compounds");
    of::<VarLenUnicode>("strings");
    of::<hdf5::types::FixedAscii<8>>("strings of 8 bytes");
    of::<hdf5::types::VarLenArray<f64>>("arrays");
    of::<[f32; 3]>("arrays of 12 bytes");
    of::<bool>("truth values");
    of::<hdf5::ObjectReference1>("references");
}

#[test]
fn data_of_other_shapes_than_time_by_channel_are_refused() {
    for shape in [vec![], vec![100], vec![100, 2, 1], vec![1; 32]] {
        data_is_refused(
            |file| {
                let set = file
                    .new_dataset::<f32>()
                    .shape(Extents::from(shape.clone()));
                set.create("data").unwrap();
            },
            &[&format!("data has {} dimensions; expected 2", shape.len())],
        );
    }
    data_is_refused(
        |file| {
            let set = file.new_dataset::<f32>().shape(Extents::Null);
            set.create("data").unwrap();
        },
        &["data has 0 dimensions; expected 2"],
    );
    for shape in [(0, 2), (100, 0), (0, 0)] {
        data_is_refused(
            |file| {
                let set = file.new_dataset::<f32>().shape(shape);
                set.create("data").unwrap();
            },
            &["data holds ", "expected at least one of each"],
        );
    }
}

#[test]
fn data_that_claim_more_than_can_be_are_refused() {
    for (shape, word) in [
        ((1 << 41, 2), "expected at most 1099511627776"),
        ((1 << 53, 2), "expected at most 1099511627776"),
        ((2, 1 << 40), "expected at most 1048576"),
        ((1 << 40, (1 << 20) + 1), "expected at most 1048576"),
    ] {
        data_is_refused(|file| sparse(file, "data", shape, 1_u8), &["claims", word]);
    }
}

#[test]
fn data_that_were_never_written_are_refused() {
    let words = ["none was ever written", "expected 800 bytes"];
    data_is_refused(
        |file| {
            let set = file.new_dataset::<f32>().shape((100, 2));
            set.create("data").unwrap();
        },
        &words,
    );
    data_is_refused(
        |file| {
            let set = file.new_dataset::<f32>().chunk((10, 1)).shape((100, 2));
            set.create("data").unwrap();
        },
        &words,
    );
}

#[test]
fn chunks_that_unpack_to_gigabytes_are_refused() {
    data_is_refused(
        |file| {
            let set = file.new_dataset::<f64>().chunk((1 << 28, 1)).deflate(9);
            let shape = hdf5::SimpleExtents::resizable([1 << 28, 2]);
            set.shape(shape).create("data").unwrap();
        },
        &["chunks of 2147483648 bytes", "expected at most 1073741824"],
    );
    trials_are_refused(
        |file| {
            let set = file.new_dataset::<f64>().chunk((1 << 28, 1));
            let shape = hdf5::SimpleExtents::resizable([1 << 28, 3]);
            set.shape(shape).create("trialdefinition").unwrap();
        },
        &["trialdefinition is stored in chunks of 2147483648 bytes"],
    );
}

#[test]
fn channels_in_very_many_pieces_are_refused_and_small_pieces_take_little_memory() {
    data_is_refused(
        |file| sparse(file, "data", (100, 1 << 20), 1_u8),
        &["are in 524288 chunks", "expected at most 65536"],
    );
    let folder = container(|file| {
        let set = file.new_dataset::<u8>().chunk((1, 1));
        let set = set.shape((100_000, 16)).create("data").unwrap();
        let corner = Selection::from(Hyperslab::from((0..1, 0..1)));
        set.write_slice(&arr2(&[[1_u8]]), corner).unwrap();
        write_trials(file, &[[0.0, 100_000.0, 0.0]]);
    });
    let run = folder.slepian(&["run", "study.toml"]);
    let little = &["sh", "-c", "ulimit -v 1000000; exec \"$@\"", "sh"];
    run.through(little).succeeds();
}

#[test]
fn something_else_than_a_data_set_is_refused() {
    let words = ["cannot open the data set data", "expected it in this file"];
    data_is_refused(|_| (), &words);
    data_is_refused(|file| drop(file.create_group("data").unwrap()), &words);
    data_is_refused(|file| file.link_soft("/nowhere", "data").unwrap(), &words);
    let circle = ["data is a link behind more than 16 others"];
    data_is_refused(|file| file.link_soft("/data", "data").unwrap(), &circle);
    data_is_refused(
        |file| {
            file.link_soft("/b", "data").unwrap();
            file.link_soft("/data", "b").unwrap();
        },
        &circle,
    );
    // whatever is there: HDF5 would wait on a FIFO
    for elsewhere in ["nowhere.h5", "/dev/zero"] {
        data_is_refused(
            |file| file.link_external(elsewhere, "data", "data").unwrap(),
            &["data is a link into another file", elsewhere],
        );
    }
    data_is_refused(
        |file| {
            let numbers = arr2(&[[1.0_f32; 2]; 100]);
            let attribute = file.new_attr_builder().with_data(&numbers);
            attribute.create("data").unwrap();
        },
        &words,
    );
    let words = [
        "cannot open the data set trialdefinition",
        "expected it in this file",
    ];
    trials_are_refused(|_| (), &words);
    trials_are_refused(
        |file| drop(file.create_group("trialdefinition").unwrap()),
        &words,
    );
}

#[test]
fn external_and_virtual_data_without_their_files_are_refused_not_read_as_zeros() {
    let external = |folder: &Folder| {
        let path = folder.path("recording.spy/recording.analog");
        with_files(|| {
            let file = File::create(path).unwrap();
            let set = file.new_dataset::<f32>().external("numbers.raw", 8, 800);
            set.shape((100, 2)).create("data").unwrap();
            write_trials(&file, &[[0.0, 100.0, 0.0]]);
            file.close().unwrap();
        });
    };
    let folder = sound();
    external(&folder);
    let path = "recording.spy/recording.analog: ";
    recording_is_refused(&folder, path, &["numbers.raw, which does not exist"]);
    folder.write("numbers.raw", [0; 807]);
    recording_is_refused(&folder, path, &["which has 807 bytes; expected 808"]);
    folder.write("numbers.raw", [0; 808]);
    folder.slepian(&["run", "study.toml"]).succeeds();

    let folder = sound();
    let source = "source.h5";
    with_files(|| {
        let file = File::create(folder.path("recording.spy/recording.analog")).unwrap();
        let set = file.new_dataset::<f32>().with_dcpl(|dcpl| {
            dcpl.virtual_map(
                source,
                "data",
                (100, 2),
                Selection::All,
                (100, 2),
                Selection::All,
            )
        });
        set.shape((100, 2)).create("data").unwrap();
        write_trials(&file, &[[0.0, 100.0, 0.0]]);
        file.close().unwrap();
    });
    recording_is_refused(&folder, path, &["source.h5, which does not exist"]);
    with_files(|| {
        let file = File::create(folder.path("recording.spy/source.h5")).unwrap();
        sound_data(&file);
        file.close().unwrap();
    });
    folder.slepian(&["run", "study.toml"]).succeeds();
}

#[test]
fn one_sample_per_trial_and_one_sample_in_all_have_a_spectrum() {
    let folder = Folder::new();
    folder.study("");
    let recording = Recording::of_noise(3, 2);
    let recording = recording.with_trials(&[&[0.0, 1.0, 0.0], &[2.0, 3.0, 0.0]]);
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F64));
    folder
        .slepian(&[
            "run",
            "study.toml",
            "--set",
            "freqanalysis.polyremoval=none",
        ])
        .succeeds();
    let spectra = Spectra::read(&folder.path("spectra.spy"));
    assert_eq!(
        (&spectra.shape[..], spectra.freq_hz()),
        (&[2, 1, 1, 2][..], vec![0.0])
    );
    assert!(
        spectra
            .numbers()
            .iter()
            .all(|power| *power > 0.0 && power.is_finite())
    );
    for sets in [
        &["freqanalysis.polyremoval=1"][..],
        &["freqanalysis.pad=1", "freqanalysis.taper=none"],
        &["freqanalysis.keeptrials=false", "freqanalysis.pad=nextpow2"],
        &[
            "select.trials=0",
            "select.channel=1",
            "freqanalysis.foi=[250]",
        ],
    ] {
        let run = folder.slepian(&["run", "study.toml", "--overwrite"]);
        run.sets(sets).succeeds();
        let spectra = Spectra::read(&folder.path("spectra.spy"));
        assert!(
            spectra.numbers().iter().all(|power| power.is_finite()),
            "{sets:?}"
        );
    }
    let folder = Folder::new();
    folder.study("");
    Recording::of_noise(1, 1).write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    let run = |set: &str| limited(&folder, &["run", "study.toml", "--set", set]);
    let words = ["too short for several tapers"];
    refused(
        &folder,
        run("freqanalysis.tapsmofrq=5"),
        2,
        "--set freqanalysis.tapsmofrq",
        &words,
    );
    run("freqanalysis.taper=hann").succeeds();
}

#[test]
fn trials_that_lie_far_from_time_zero_are_refused_and_those_at_the_limit_are_not() {
    let study =
        "[freqanalysis]\nmethod = \"mtmconvol\"\nt_ftimwin = 0.05\ntoi = [0.01]\nfoi = [40]\n";
    for (far, code) in [(1e15, 1), (1e19, 1), (-1e300, 1), (1e300, 1), (1e12, 0)] {
        let folder = Folder::new();
        let recording =
            Recording::of_noise(400, 2).with_trials(&[&[0.0, 200.0, -100.0], &[200.0, 400.0, far]]);
        recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
        folder.study(study);
        let outcome = limited(&folder, &["run", "study.toml", "--overwrite"]).ends();
        assert_eq!(outcome.status.code(), Some(code), "{far}: {outcome}");
        if code == 1 {
            let error = outcome.only_error();
            assert!(error.contains("trial 1 has the offset"), "{error}");
            assert!(error.contains("correct the trial's times"), "{error}");
        }
    }
}

#[test]
fn the_spectra_of_a_trial_near_the_end_of_a_long_recording_are_its_own() {
    // 2³⁹ samples of which 8 are stored; 64-bit places, in a file of some kilobytes
    let n_rows = 1_usize << 39;
    let folder = container(|file| {
        let set = file.new_dataset::<f64>().chunk((8, 2)).shape((n_rows, 2));
        let set = set.create("data").unwrap();
        let place = Selection::from(Hyperslab::from((n_rows - 8..n_rows, 1..2)));
        let wave = arr1(&[1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0]);
        let wave = wave.into_shape_with_order((8, 1)).unwrap();
        set.write_slice(&wave, place).unwrap();
        let n = n_rows as f64;
        write_trials(file, &[[0.0, 8.0, 0.0], [n - 8.0, n, 0.0]]);
    });
    let set = ["freqanalysis.taper=none"];
    limited(&folder, &["run", "study.toml"])
        .sets(&set)
        .succeeds();
    let spectra = Spectra::read(&folder.path("spectra.spy"));
    assert_eq!(spectra.shape, [2, 1, 5, 2]);
    // a wave of amplitude 1 at half the sample rate has 2 there, twice the one-sided power
    let mut want = [0.0; 20];
    want[19] = 2.0;
    let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-6;
    assert!(
        spectra.numbers().iter().zip(&want).all(close),
        "{:?}",
        spectra.numbers()
    );
}
