//! BrainVision recordings, written here: the spectra are those of the same samples in a container.

use ndarray::Array2;

use crate::support::{Folder, Number, Random, Recording, Spectra, Storage};

const N_ROWS: usize = 1000;
const N_CHANNELS: usize = 3;
const RESOLUTIONS: [f64; N_CHANNELS] = [0.0488281, 0.5, 1.0];
const MARKERS: &str = "Brain Vision Data Exchange Marker File, Version 1.0\n[Marker Infos]\n\
                       Mk1=New Segment,,1,1,0,20260101120000000000\nMk2=Stimulus,S  4,101,1,0\n\
                       Mk3=Stimulus,S  1,251,1,0\nMk4=Stimulus,S  4,401,1,0\nMk5=Stimulus,S  4,999,1,0\n";

fn number(row: usize, channel: usize) -> i16 {
    let mut random = Random::new((row * N_CHANNELS + channel) as u64);
    random.below(60_000) as u16 as i16
}

fn samples() -> Recording {
    let sample = |(row, channel)| f64::from(number(row, channel)) * RESOLUTIONS[channel];
    Recording {
        samples: Array2::from_shape_fn((N_ROWS, N_CHANNELS), sample),
        trials: vec![vec![0.0, N_ROWS as f64, 0.0]],
        sample_rate_hz: 500.0,
    }
}

fn write(folder: &Folder, is_vectorized: bool, big_endian: bool) {
    let (orientation, order) = (
        if is_vectorized {
            "VECTORIZED"
        } else {
            "MULTIPLEXED"
        },
        if big_endian { "YES" } else { "NO" },
    );
    let header = format!(
        "Brain Vision Data Exchange Header File Version 2.0\n[Common Infos]\nCodepage=UTF-8\nDataFile=$b.eeg\n\
         MarkerFile=$b.vmrk\nDataFormat=BINARY\nDataOrientation={orientation}\nNumberOfChannels=3\nDataPoints=1000\n\
         SamplingInterval=2000\n[Binary Infos]\nBinaryFormat=INT_16\nUseBigEndianOrder={order}\n[Channel Infos]\n\
         Ch1=Cz,,0.0488281,µV\nCh2=Pz,,0.5,µV\nCh3=EOG\\1 left,,,µV\n"
    );
    folder.write("x.vhdr", header);
    folder.write("x.vmrk", MARKERS);
    let place = |i: usize| match is_vectorized {
        true => (i % N_ROWS, i / N_ROWS),
        false => (i / N_CHANNELS, i % N_CHANNELS),
    };
    let mut bytes = Vec::new();
    for i in 0..N_ROWS * N_CHANNELS {
        let (row, channel) = place(i);
        let number = number(row, channel);
        bytes.extend(match big_endian {
            true => number.to_be_bytes(),
            false => number.to_le_bytes(),
        });
    }
    folder.write("x.eeg", bytes);
}

/// The spectra, without what only one of two formats can say.
fn spectra(folder: &Folder, ranks: usize, sets: &[&str]) -> Spectra {
    let run = folder.slepian(&["run", "study.toml", "--quiet", "--overwrite"]);
    run.sets(sets).ranks(ranks).succeeds();
    let mut spectra = Spectra::read(&folder.path("spectra.spy"));
    spectra.info.retain(|key, _| !key.contains("unit"));
    spectra
}

fn of_container(folder: &Folder, trials: &[&[f64]]) -> Spectra {
    let storage = Storage {
        labels: Some("[\"Cz\", \"Pz\", \"EOG, left\"]"),
        ..Storage::plain(Number::F32)
    };
    let recording = samples().with_trials(trials);
    recording.write(&folder.path("recording.spy"), storage);
    spectra(folder, 1, &[])
}

#[test]
fn both_orientations_and_byte_orders_give_the_spectra_of_their_samples() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\noutput = \"fourier\"\n");
    let want = of_container(&folder, &[&[0.0, N_ROWS as f64, 0.0]]);
    for (is_vectorized, big_endian) in [(false, false), (true, false), (false, true), (true, true)]
    {
        write(&folder, is_vectorized, big_endian);
        for (input, ranks) in [("x.vhdr", 1), ("x.eeg", 3)] {
            let path = format!("input.path={input}");
            let how = format!("{input}, vectorized {is_vectorized}, big-endian {big_endian}");
            spectra(&folder, ranks, &[&path]).assert_same_as(&want, &how);
        }
    }
}

#[test]
fn trials_lie_around_markers_of_one_value() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    write(&folder, true, false);
    // the second and the fourth marker
    let rows = [(100.0, 1.0), (400.0, 3.0)];
    let rows = rows.map(|(trigger, event)| [trigger - 50.0, trigger + 100.0, -50.0, event]);
    let want = of_container(&folder, &[&rows[0], &rows[1]]);
    let around = [
        "input.path=x.vmrk",
        "definetrial.events=markers",
        "definetrial.where=value == 4",
        "definetrial.pre=0.1",
        "definetrial.post=0.2",
    ];
    spectra(&folder, 2, &around).assert_same_as(&want, "around markers");
}

#[test]
fn a_data_file_without_its_header_is_refused_with_what_would_help() {
    let folder = Folder::new();
    folder.study("[freqanalysis]\n");
    folder.write("x.eeg", [0; 100]);
    let run = folder.slepian(&["run", "study.toml"]);
    let error = run.sets(&["input.path=x.eeg"]).fails_with(2);
    assert!(
        error.contains("no header beside it; expected the .vhdr file"),
        "{error}"
    );
    // the config may say what the header does not
    let binary = [
        "input.path=x.eeg",
        "input.dtype=int16",
        "input.n_channels=2",
        "input.samplerate=100",
    ];
    spectra(&folder, 1, &binary);
}
