//! Raw recordings with metadata beside them: their spectra are those of the same samples in a container.

use ndarray::Array2;

use crate::support::{Folder, Launch, Number, Recording, Spectra, Storage};

const N_ROWS: usize = 1000;

/// Numbers of some channels, and what a file holds of them.
fn numbers(n_channels: usize) -> (Array2<i16>, Vec<u8>) {
    let number = |(row, column)| {
        crate::support::Random::new((row * 5 + column) as u64).below(900) as i16 - 450
    };
    let numbers = Array2::from_shape_fn((N_ROWS, n_channels), number);
    let bytes = numbers.iter().flat_map(|number: &i16| number.to_le_bytes());
    let bytes = bytes.collect();
    (numbers, bytes)
}

/// A container with the first channels of the numbers, each times its gain.
fn write_container(folder: &Folder, numbers: &Array2<i16>, gains: &[f64], trials: &[&[f64]]) {
    let sample = |(row, column): (usize, usize)| f64::from(numbers[(row, column)]) * gains[column];
    let recording = Recording {
        samples: Array2::from_shape_fn((N_ROWS, gains.len()), sample),
        trials: trials.iter().map(|trial| trial.to_vec()).collect(),
        sample_rate_hz: 1000.0,
    };
    recording.write(&folder.path("recording.spy"), Storage::plain(Number::F32));
}

fn spectra(folder: &Folder, input: &str, sets: &[&str]) -> Spectra {
    let input = format!("input.path={input}");
    let sets = [&[&*input], sets].concat();
    let run = folder.slepian(&["run", "study.toml", "--quiet", "--overwrite"]);
    run.sets(&sets).succeeds();
    Spectra::read(&folder.path("spectra.spy"))
}

/// The same numbers, whatever the channels are called.
fn assert_same_numbers(found: &Spectra, want: &Spectra, labels: &[&str], how: &str) {
    assert_eq!(found.channel, labels, "{how}");
    assert_eq!(found.shape, want.shape, "{how}");
    assert!(found.bits == want.bits, "{how}: other numbers");
    assert_eq!(
        found.trialdefinition_bits, want.trialdefinition_bits,
        "{how}"
    );
}

#[test]
fn a_probe_of_spikeglx_gives_the_spectra_of_its_microvolts() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    let (numbers, bytes) = numbers(4);
    folder.write("x.imec0.ap.bin", &bytes);
    let meta = |size: usize| {
        format!(
            "typeThis=imec\nfileSizeBytes={size}\nnSavedChans=4\nimSampRate=1000\nimAiRangeMax=0.6\n\
             snsApLfSy=3,0,1\nacqApLfSy=3,3,1\nsnsSaveChanSubset=0:2,6\n~imroTbl=(0,3)(0 0 0 500 250 1)\
             (1 0 0 250 250 1)(2 0 0 50 250 1)\n~snsChanMap=(3,3,1)(AP0;0:0)(deep;1:1)(SY0;6:2)\n"
        )
    };
    folder.write("x.imec0.ap.meta", meta(bytes.len()));
    let gains = [500.0, 250.0, 50.0].map(|gain| 0.6 / 512.0 * (1.0 / gain) * 1e6);
    write_container(&folder, &numbers, &gains, &[&[0.0, N_ROWS as f64, 0.0]]);
    let want = spectra(&folder, "recording.spy", &[]);
    for input in ["x.imec0.ap.bin", "x.imec0.ap.meta"] {
        assert_same_numbers(
            &spectra(&folder, input, &[]),
            &want,
            &["AP0", "deep", "AP2"],
            input,
        );
    }
    // what the config says goes before what lies beside the file
    let of_four = spectra(
        &folder,
        "x.imec0.ap.bin",
        &[
            "input.dtype=int16",
            "input.n_channels=4",
            "input.samplerate=1000",
        ],
    );
    assert_eq!(of_four.channel.len(), 4);
    for (text, what) in [
        (
            meta(7),
            "has 8000 bytes; expected fileSizeBytes of its .meta file, 7",
        ),
        (
            meta(8000).replace("500 250 1", "x"),
            "imroTbl has (0 0 0 x); expected channel, bank",
        ),
        (
            meta(8000).replace("snsApLfSy=3,0,1", "snsApLfSy=3,0"),
            "expected 3 counts",
        ),
        (
            meta(8000).replace("snsApLfSy=3,0,1", "snsApLfSy=4294967295,0,1"),
            "names 4294967296 channels",
        ),
        (
            meta(8000).replace("nSavedChans=4", "nSavedChans=5"),
            "nSavedChans is 5; expected 4",
        ),
        (
            meta(8000).replace("0:2,6", "0:4294967295"),
            "snsSaveChanSubset is 0:4294967295; expected 4 channels",
        ),
        (
            meta(8000).replace("0:2,6", "0:1,3,6"),
            "channel 3 is saved in place of one of AP",
        ),
        (
            meta(8000).replace("imSampRate=1000", "imSampRate=nan"),
            "imSampRate is nan",
        ),
        (
            meta(8000).replace("~", ""),
            "has imroTbl and snsChanMap without the ~",
        ),
        (
            meta(8000).replace("typeThis=imec", "imDatPrb_type=9999"),
            "imDatPrb_type is 9999; expected a type",
        ),
        ("nothing".into(), "says no number of channels"),
    ] {
        folder.write("x.imec0.ap.meta", text);
        let run = folder.slepian(&["run", "study.toml", "--overwrite"]);
        let error = run.sets(&["input.path=x.imec0.ap.bin"]).fails_with(1);
        assert!(error.contains(what), "{what}: {error}");
    }
    std::fs::remove_file(folder.path("x.imec0.ap.meta")).unwrap();
    let run = folder.slepian(&["run", "study.toml", "--overwrite"]);
    let error = run.sets(&["input.path=x.imec0.ap.bin"]).fails_with(1);
    let want = "its .meta file is missing; expected x.imec0.ap.meta";
    assert!(error.contains(want), "{error}");
}

/// A list of whole numbers as NumPy stores it.
fn npy(numbers: impl Iterator<Item = i64>) -> Vec<u8> {
    let numbers: Vec<i64> = numbers.collect();
    let header = format!(
        "{{'descr': '<i8', 'fortran_order': False, 'shape': ({},), }}\n",
        numbers.len()
    );
    let mut bytes = [
        &b"\x93NUMPY\x01\x00"[..],
        &(header.len() as u16).to_le_bytes(),
    ]
    .concat();
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    bytes
}

#[test]
fn a_stream_of_open_ephys_gives_its_spectra_stretch_by_stretch_and_its_lines_are_markers() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    let (numbers, bytes) = numbers(3);
    let oebin = r#"{"continuous": [{"folder_name": "A-100.0/", "sample_rate": 1000, "num_channels": 3, "channels": [
        {"channel_name": "CH1", "bit_volts": 0.195, "units": "uV"}, {"channel_name": "CH2", "bit_volts": 0.5},
        {"channel_name": "CH_SYNC", "bit_volts": 1}]}]}"#;
    folder.write("r/structure.oebin", oebin);
    folder.write("r/continuous/A-100.0/continuous.dat", &bytes);
    let at = |row: i64| 5000 + row + if row < 600 { 0 } else { 77 };
    folder.write(
        "r/continuous/A-100.0/sample_numbers.npy",
        npy((0..N_ROWS as i64).map(at)),
    );
    folder.write(
        "r/events/A-100.0/TTL/states.npy",
        npy([2, -2, 2, -2].into_iter()),
    );
    let changes = [100, 300, 590, 650].into_iter().map(at);
    folder.write("r/events/A-100.0/TTL/sample_numbers.npy", npy(changes));
    write_container(
        &folder,
        &numbers,
        &[0.195, 0.5],
        &[&[0.0, 600.0, 0.0], &[600.0, 1000.0, 0.0]],
    );
    let want = spectra(&folder, "recording.spy", &[]);
    for input in [
        "r",
        "r/structure.oebin",
        "r/continuous/A-100.0/continuous.dat",
    ] {
        assert_same_numbers(&spectra(&folder, input, &[]), &want, &["CH1", "CH2"], input);
    }
    for (from, input) in [
        ("r/continuous/A-100.0", "continuous.dat"),
        ("r/continuous/A-100.0", "./continuous.dat"),
        ("r/continuous", "./A-100.0/continuous.dat"),
        ("r/events", "../continuous/A-100.0/continuous.dat"),
    ] {
        let info =
            Launch::of(env!("CARGO_BIN_EXE_slepian"), &folder.path(from)).args(&["info", input]);
        let said = info.succeeds().stdout;
        assert!(said.contains("CH1"), "{from}: {said}");
    }
    write_container(
        &folder,
        &numbers,
        &[0.195, 0.5],
        &[&[100.0, 300.0, 0.0, 0.0]],
    );
    let want = spectra(&folder, "recording.spy", &[]);
    // the second time that the line is on goes over the gap
    let sets = [
        "definetrial.events=markers",
        "definetrial.where=line == 2 and on == 1",
    ];
    assert_same_numbers(
        &spectra(&folder, "r", &sets),
        &want,
        &["CH1", "CH2"],
        "markers",
    );
    let back = (0..N_ROWS as i64).map(|row| at(row) - if row < 700 { 0 } else { 90 });
    folder.write("r/continuous/A-100.0/sample_numbers.npy", npy(back));
    let run = folder.slepian(&["run", "study.toml", "--overwrite"]);
    let error = run.sets(&["input.path=r"]).fails_with(1);
    assert!(
        error.contains("backwards at sample 700, from 5776 to 5687"),
        "{error}"
    );
    for (text, what) in [
        (
            oebin.replace("3, \"channels", "4, \"channels"),
            "has num_channels 4 and describes 3 channels",
        ),
        (oebin.replace("1000", "-1"), "has the sample_rate -1"),
        (oebin.replace("0.195", "0"), "has bit_volts 0 for CH1"),
        ("{\"continuous\": []}".into(), "names no continuous stream"),
        ("[".into(), "expected JSON as Open Ephys writes it"),
    ] {
        folder.write("r/structure.oebin", text);
        let run = folder.slepian(&["run", "study.toml", "--overwrite"]);
        let error = run.sets(&["input.path=r"]).fails_with(1);
        assert!(error.contains(what), "{what}: {error}");
    }
}

fn write_intan(folder: &Folder) -> Array2<i16> {
    let (numbers, bytes) = numbers(2);
    folder.write("i/amplifier.dat", &bytes);
    let text = |text: &str| {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [&(units.len() as u32).to_le_bytes()[..], &units].concat()
    };
    let mut header = 0xC691_2702_u32.to_le_bytes().to_vec();
    header.extend([1, 0, 5, 0]);
    header.extend(1000_f32.to_le_bytes());
    header.extend([0; 36]);
    header.extend([text(""), text("x"), text(""), vec![0; 4], vec![1, 0]].concat());
    header.extend([text("Port A"), text("A"), vec![1, 0, 2, 0, 2, 0]].concat());
    for name in ["left", "right"] {
        header.extend(
            [
                text("A-000"),
                text(name),
                vec![0, 0, 0, 0, 0, 0, 1, 0],
                vec![0; 20],
            ]
            .concat(),
        );
    }
    folder.write("i/info.rhd", header);
    numbers
}

#[test]
fn a_recording_of_intan_gives_the_spectra_of_its_microvolts() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    let numbers = write_intan(&folder);
    write_container(
        &folder,
        &numbers,
        &[0.195; 2],
        &[&[0.0, N_ROWS as f64, 0.0]],
    );
    let want = spectra(&folder, "recording.spy", &[]);
    for input in ["i", "i/info.rhd", "i/amplifier.dat"] {
        assert_same_numbers(
            &spectra(&folder, input, &[]),
            &want,
            &["left", "right"],
            input,
        );
    }
    let refused = |input: &str| {
        let run = folder.slepian(&["run", "study.toml", "--overwrite"]);
        run.sets(&[&format!("input.path={input}")]).fails_with(1)
    };
    folder.write("i/time.dat", vec![0; 4 * N_ROWS - 1]);
    assert!(refused("i").contains("has 3999 bytes; expected 4000"));
    std::fs::copy(folder.path("i/info.rhd"), folder.path("alone.rhd")).unwrap();
    assert!(refused("alone.rhd").contains("a recording saved as \"one file per signal type\""));
    let mut times: Vec<i32> = (0..N_ROWS as i32).collect();
    times[500] = -1;
    let bytes: Vec<u8> = times.into_iter().flat_map(i32::to_le_bytes).collect();
    folder.write("i/time.dat", bytes);
    assert!(refused("i").contains("backwards at sample 500, from 499 to -1"));
    folder.write("s/info.rhs", 0xD691_27AC_u32.to_le_bytes());
    assert!(refused("s").contains("is an .rhs file of an RHS stimulation system"));
}
