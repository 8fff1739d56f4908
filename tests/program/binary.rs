//! Flat binary files give the spectra of a container with the same samples, bit for bit.

use ndarray::Array2;

use crate::support::{Folder, Number, Recording, Spectra, Storage};

const RATE: &str = "input.samplerate=500";

/// Whole numbers up to 200 in every type and order, behind some bytes of a header.
fn bytes(samples: &Array2<f64>, dtype: &str, is_big: bool, channel_first: bool) -> Vec<u8> {
    let by_time = samples.view();
    let numbers: Vec<f64> = match channel_first {
        true => by_time.reversed_axes().iter().copied().collect(),
        false => by_time.iter().copied().collect(),
    };
    let number = |x: &f64| -> Vec<u8> {
        let little = match dtype {
            "int8" | "uint8" => vec![(*x as i64) as u8],
            "int16" | "uint16" => (*x as i16).to_le_bytes().to_vec(),
            "int24" => (*x as i32).to_le_bytes()[..3].to_vec(),
            "int32" | "uint32" => (*x as i32).to_le_bytes().to_vec(),
            "int64" | "uint64" => (*x as i64).to_le_bytes().to_vec(),
            "float32" => (*x as f32).to_le_bytes().to_vec(),
            _ => x.to_le_bytes().to_vec(),
        };
        match is_big {
            true => little.into_iter().rev().collect(),
            false => little,
        }
    };
    numbers.iter().flat_map(number).collect()
}

fn run(folder: &Folder, sets: &[&str]) -> Spectra {
    folder
        .slepian(&["run", "study.toml", "--quiet", "--overwrite"])
        .sets(sets)
        .succeeds();
    Spectra::read(&folder.path("spectra.spy"))
}

#[test]
fn numbers_of_every_type_and_order_give_the_spectra_of_a_container() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\ntapsmofrq = 8\nprecision = \"single\"\n");
    let mut recording = Recording::of_whole_numbers(500, 5);
    // below 128, so that all types hold them
    recording.samples.mapv_inplace(|x| (x / 2.0).floor());
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
    let container = run(&folder, &[]);
    let dtypes = [
        "int8", "uint8", "int16", "uint16", "int24", "int32", "uint32", "int64", "uint64",
        "float32", "float64",
    ];
    for (k, dtype) in dtypes.iter().enumerate() {
        for channel_first in [false, true] {
            let is_big = (k + usize::from(channel_first)).is_multiple_of(2);
            let numbers = bytes(&recording.samples, dtype, is_big, channel_first);
            folder.write("recording.dat", [vec![7; 13], numbers].concat());
            let dimord = match channel_first {
                true => "input.dimord=[\"channel\", \"time\"]",
                false => "input.dimord=[\"time\", \"channel\"]",
            };
            let order = if is_big {
                "input.byte_order=big"
            } else {
                "input.byte_order=little"
            };
            let dtype = format!("input.dtype={dtype}");
            let sets = [
                "input.path=recording.dat",
                "input.n_channels=5",
                "input.header_bytes=13",
                RATE,
                &dtype,
                dimord,
                order,
            ]
            .map(|set| set.replace("path=", &format!("path={}/", folder.as_path().display())));
            let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
            run(&folder, &sets).assert_same_as(&container, &format!("{sets:?}"));
        }
    }
}

#[test]
fn gains_and_offsets_of_channels_are_applied_in_double_and_rounded_once() {
    let folder = Folder::new();
    let (gains, offsets) = ([0.195, 2.34375e-6, -0.7], [1e-3, 0.0, 32_768.1]);
    let mut recording = Recording::of_whole_numbers(400, 3);
    let numbers = bytes(&recording.samples, "int16", false, false);
    folder.write("recording.bin", numbers);
    for (column, (gain, offset)) in gains.iter().zip(offsets).enumerate() {
        let mut samples = recording.samples.column_mut(column);
        samples.mapv_inplace(|x| x * gain + offset);
    }
    folder.study("");
    for (precision, number) in [("single", Number::F32), ("double", Number::F64)] {
        let precision = format!("freqanalysis.precision={precision}");
        recording.write(&folder.path("recording.spy"), Storage::plain(number));
        let container = run(&folder, &[&precision]);
        let path = format!("input.path={}", folder.path("recording.bin").display());
        let scale = format!("input.scale={gains:?}");
        let offset = format!("input.offset={offsets:?}");
        let sets = [
            &path,
            &scale,
            &offset,
            &precision,
            "input.dtype=int16",
            "input.n_channels=3",
            RATE,
            "input.unit=uV",
            "input.channel=[\"channel1\", \"channel2\", \"channel3\"]",
        ];
        let binary = run(&folder, &sets);
        binary.assert_same_as(&container, &precision);
        let launch = folder.slepian(&["run", "study.toml", "--quiet", "--overwrite"]);
        launch
            .sets(&sets)
            .sets(&["freqanalysis.chan_per_worker=1"])
            .ranks(3)
            .succeeds();
        let on_three = Spectra::read(&folder.path("spectra.spy"));
        on_three.assert_same_as(&container, "3 ranks");
    }
}

#[test]
fn what_a_binary_file_does_not_say_is_asked_for_and_what_it_does_not_hold_is_refused() {
    let folder = Folder::new();
    folder.study("");
    folder.write("a.dat", vec![0; 1000]);
    let path = format!("input.path={}", folder.path("a.dat").display());
    let good = ["input.dtype=int16", "input.n_channels=5", RATE];
    for (sets, code, part) in [
        (&good[1..], 2, "expected input.dtype in the config"),
        (
            &[good[0], RATE][..],
            2,
            "expected input.n_channels in the config",
        ),
        (&good[..2], 2, "expected input.samplerate in the config"),
        (
            &[good[0], good[2], "input.n_channels=3"],
            1,
            "1000 bytes behind the first 0; expected a multiple of 6",
        ),
        (
            &[good[0], good[2], "input.n_channels=1e15"],
            2,
            "expected at most 1048576 channels",
        ),
        (
            &[&good[..], &["input.header_bytes=1000"]].concat(),
            1,
            "0 bytes behind the first 1000",
        ),
        (
            &[&good[..], &["input.header_bytes=9000000000000000"]].concat(),
            1,
            "0 bytes behind",
        ),
        (
            &[&good[..], &["input.scale=[1, 2]"]].concat(),
            2,
            "2 numbers; expected one, or 5",
        ),
        (
            &[&good[..], &["input.scale=0"]].concat(),
            2,
            "input.scale = 0: channel 0 has the gain 0; expected a finite number other than 0",
        ),
        (
            &[&good[..], &["input.scale=inf"]].concat(),
            2,
            "expected a number, or a list",
        ),
        (
            &[&good[..], &["input.channel=[\"a\"]"]].concat(),
            2,
            "1 names; expected 5",
        ),
        (
            &[&good[..], &["input.dimord=[\"time\"]"]].concat(),
            2,
            "of a binary file",
        ),
        (
            &[&good[..], &["input.dimord=[\"freq\"]"]].concat(),
            2,
            "expected one of",
        ),
        (
            &[&good[..], &["input.dataset=x"]].concat(),
            2,
            "expected no dataset",
        ),
        (&["input.dtype=int12"], 2, "\"int8\", \"uint8\", \"int16\""),
        (
            &[&good[..2], &["input.samplerate=0"]].concat(),
            2,
            "expected a number of Hz",
        ),
        (
            &[&good[..], &["input.format=edf5"]].concat(),
            2,
            "\"auto\", \"syncopy\"",
        ),
    ] {
        let launch = folder
            .slepian(&["run", "study.toml"])
            .sets(&[&path])
            .sets(sets);
        let error = launch.fails_with(code);
        assert!(error.contains(part), "{sets:?}: {error}");
        assert!(folder.has_no_trace_of_a_result());
    }
}
