//! EDF and BDF, written here as the standards have them: the spectra are those of the same samples in a container.

use std::path::Path;

use hdf5::types::VarLenUnicode;
use ndarray::Array2;

use crate::support::{Folder, Number, Recording, Spectra, Storage, data_file};

const N_CHANNELS: usize = 3;
const PER_RECORD: usize = 100;
const N_RECORDS: usize = 12;
/// Physical and digital ranges of the channels.
const RANGES: [[f64; 4]; N_CHANNELS] = [
    [-3276.8, 3276.7, -32768.0, 32767.0],
    [0.0, 5.0, -2048.0, 2047.0],
    [100.0, -100.0, -32768.0, 32767.0],
];
const LABELS: &str = "[\"Cz\", \"Pz\", \"EOG left\"]";

/// Numbers that look like noise.
fn number(row: usize, channel: usize) -> i16 {
    (crate::support::Random::new((row * N_CHANNELS + channel) as u64).below(60_000) as i32 - 30_000)
        as i16
}

/// The samples that the numbers stand for.
fn samples() -> Recording {
    let sample = |(row, channel)| {
        let [low, high, digital_low, digital_high] = RANGES[channel];
        let gain = (high - low) / (digital_high - digital_low);
        f64::from(number(row, channel)) * gain + (low - digital_low * gain)
    };
    Recording {
        samples: Array2::from_shape_fn((N_RECORDS * PER_RECORD, N_CHANNELS), sample),
        trials: vec![vec![0.0, (N_RECORDS * PER_RECORD) as f64, 0.0]],
        sample_rate_hz: 500.0,
    }
}

/// An EDF+ or BDF+ file whose records begin at these times, with an annotation in each.
fn write(path: &Path, is_bdf: bool, reserved: &str, starts_s: [f64; N_RECORDS]) {
    let (version, width): (&[u8], usize) = match is_bdf {
        true => (b"\xffBIOSEMI", 3),
        false => (b"0       ", 2),
    };
    let n_signals = N_CHANNELS + 1;
    let text_samples = 30;
    let mut bytes = version.to_vec();
    let mut field = |text: &str, n: usize| bytes.extend(format!("{text:n$}").bytes().take(n));
    field("X X X X", 80);
    field("Startdate X X X X", 80);
    field("02.03.0412.30.00", 16);
    field(&(256 * (1 + n_signals)).to_string(), 8);
    field(reserved, 44);
    field(&N_RECORDS.to_string(), 8);
    field("0.2", 8);
    field(&n_signals.to_string(), 4);
    let annotations = format!("{}DF Annotations", if is_bdf { "B" } else { "E" });
    for label in ["Cz", "Pz", "EOG left", &annotations] {
        field(label, 16);
    }
    field("", 80 * n_signals);
    for unit in ["uV", "mV", "uV", ""] {
        field(unit, 8);
    }
    for k in 0..4 {
        for range in RANGES {
            field(&range[k].to_string(), 8);
        }
        field(["-1", "1", "-32768", "32767"][k], 8);
    }
    field("", 80 * n_signals);
    for n in [PER_RECORD, PER_RECORD, PER_RECORD, text_samples] {
        field(&n.to_string(), 8);
    }
    field("", 32 * n_signals);
    for (record, start_s) in starts_s.iter().enumerate() {
        for channel in 0..N_CHANNELS {
            for row in record * PER_RECORD..(record + 1) * PER_RECORD {
                let number = i32::from(number(row, channel));
                bytes.extend(&number.to_le_bytes()[..width]);
            }
        }
        let side = ["left", "right"][record % 2];
        let text = format!("+{start_s}\x14\x14\0+{}\x14{side}\x14\0", start_s + 0.1);
        let end = bytes.len() + text_samples * width;
        bytes.extend(text.bytes());
        bytes.resize(end, 0);
    }
    std::fs::write(path, bytes).unwrap();
}

fn one_after_the_other() -> [f64; N_RECORDS] {
    std::array::from_fn(|k| k as f64 * 0.2)
}

/// The spectra of the file, or of the same samples in a container.
fn spectra(folder: &Folder, ranks: usize, sets: &[&str]) -> Spectra {
    let run = folder.slepian(&["run", "study.toml", "--quiet", "--overwrite"]);
    run.sets(sets).ranks(ranks).succeeds();
    Spectra::read(&folder.path("spectra.spy"))
}

/// The spectra of the same samples, with these trials.
fn of_container(folder: &Folder, trials: &[&[f64]], sets: &[&str]) -> Spectra {
    let storage = Storage {
        labels: Some(LABELS),
        ..Storage::plain(Number::F32)
    };
    let recording = samples().with_trials(trials);
    recording.write(&folder.path("recording.spy"), storage);
    spectra(folder, 1, sets)
}

/// Spectra without what only one of the two files can say.
fn bare(mut spectra: Spectra) -> Spectra {
    spectra.info.retain(|key, _| !key.contains("unit"));
    spectra
}

#[test]
fn edf_and_bdf_give_the_spectra_of_their_samples_on_any_number_of_ranks() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\noutput = \"fourier\"\n");
    let whole = [0.0, (N_RECORDS * PER_RECORD) as f64, 0.0];
    let want = bare(of_container(&folder, &[&whole], &[]));
    for (name, is_bdf) in [("x.edf", false), ("x.bdf", true)] {
        write(&folder.path(name), is_bdf, "", one_after_the_other());
        let path = format!("input.path={name}");
        for ranks in [1, 3] {
            let found = bare(spectra(&folder, ranks, &[&path]));
            found.assert_same_as(&want, &format!("{name} on {ranks} ranks"));
        }
    }
}

#[test]
fn trials_lie_around_annotations_and_cross_no_gap() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    // a second is missing after the sixth record
    let starts_s = one_after_the_other().map(|s| if s > 1.1 { s + 1.0 } else { s });
    write(&folder.path("x.edf"), false, "EDF+D", starts_s);
    let want = bare(of_container(
        &folder,
        &[&[0.0, 600.0, 0.0], &[600.0, 1200.0, 0.0]],
        &[],
    ));
    bare(spectra(&folder, 2, &["input.path=x.edf"])).assert_same_as(&want, "stretches");
    let around = [
        "input.path=x.edf",
        "definetrial.events=markers",
        "definetrial.where=description == \"right\"",
        "definetrial.pre=0.1",
        "definetrial.post=0.2",
    ];
    // those at 150, 350, … of which that at 550 ends past the gap, and that at 1150 past the end
    let events = [(150.0, 1.0), (350.0, 3.0), (750.0, 7.0), (950.0, 9.0)];
    let rows = events.map(|(trigger, event)| [trigger - 50.0, trigger + 100.0, -50.0, event]);
    let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
    let want = bare(of_container(&folder, &rows, &[]));
    bare(spectra(&folder, 1, &around)).assert_same_as(&want, "around annotations");
}

#[test]
fn channels_keep_their_units_where_these_differ() {
    let folder = Folder::new();
    write(&folder.path("x.edf"), false, "", one_after_the_other());
    let over_time = "method = \"mtmconvol\"\nt_ftimwin = 0.2\ntoi = 0.5\n";
    for (freqanalysis, compression, coordinates) in [
        ("", "none", "channel_unit"),
        (over_time, "gzip", "trial channel_unit"),
    ] {
        folder.study(&format!("[freqanalysis]\n{freqanalysis}"));
        let compression = format!("output.compression={compression}");
        let sets = ["input.path=x.edf", &compression];
        let found = spectra(&folder, 1, &sets);
        assert_eq!(found.channel.len(), N_CHANNELS);
        let file = hdf5::File::open(data_file(&folder.path("spectra.spy"))).unwrap();
        let units = file.dataset("channel_unit").unwrap();
        let units = units.read_1d::<VarLenUnicode>().unwrap();
        assert!(
            units
                .iter()
                .map(|unit| unit.as_str())
                .eq(["uV", "mV", "uV"])
        );
        let data = file.dataset("data").unwrap();
        let text = |name: &str| data.attr(name).unwrap().read_scalar::<VarLenUnicode>();
        assert_eq!(text("units").unwrap().as_str(), "unit^2");
        assert_eq!(text("coordinates").unwrap().as_str(), coordinates);
        file.close().unwrap();
        let shown = |channel: &str| {
            let plot = folder.slepian(&["plot", "spectra.spy", "--channel", channel]);
            plot.succeeds().stdout
        };
        for (channels, unit) in [("Cz,EOG left", "µV²"), ("Pz", "mV²")] {
            let picture = shown(channels);
            assert!(picture.contains(unit), "{picture}");
        }
        let both = shown("Cz,Pz");
        assert!(both.contains("unit²"), "{both}");
        assert!(
            both.contains("channels of different units: mV, µV"),
            "{both}"
        );
        let other = folder.slepian(&["plot", "spectra.spy", "--channel", "Pz", "--unit", "nV"]);
        let error = other.fails_with(2);
        assert!(error.contains("this result is in mV"), "{error}");
    }
}

#[test]
fn a_file_that_is_cut_off_ends_the_job_before_anything_is_written() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    let path = folder.path("x.edf");
    write(&path, false, "", one_after_the_other());
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    file.set_len(5000).unwrap();
    let run = folder.slepian(&["run", "study.toml"]);
    let error = run.sets(&["input.path=x.edf"]).ranks(2).fails_with(1);
    assert!(error.contains("x.edf: this file is cut off"), "{error}");
    assert!(folder.has_no_trace_of_a_result());
}

#[test]
fn what_fits_no_edf_file_is_refused_with_the_line_of_the_config() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    write(&folder.path("x.edf"), false, "", one_after_the_other());
    for (set, part) in [
        ("input.scale=2", "says this itself; expected no scale"),
        (
            "input.samplerate=1000",
            "no channel of the file has this rate",
        ),
        ("input.format=brainvision", "its first line is"),
    ] {
        let run = folder.slepian(&["run", "study.toml"]);
        let error = run
            .sets(&["input.path=x.edf", set])
            .fails_with(if set.contains("vision") { 1 } else { 2 });
        assert!(error.contains(part), "{error}");
    }
    // by its first bytes, whatever it is called
    std::fs::rename(folder.path("x.edf"), folder.path("night.rec")).unwrap();
    spectra(&folder, 1, &["input.path=night.rec"]);
}
