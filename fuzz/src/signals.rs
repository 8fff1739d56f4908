//! Files of EEG formats as the bytes choose them: as they are, or as headers that are almost right.

use std::path::Path;

use super::{Choices, run_recording};

/// What trials are made of, so that events are read too.
const TRIALS: &[&[&str]] = &[
    &[],
    &[
        "definetrial.events=markers",
        "definetrial.pre=0.5",
        "definetrial.post=1",
    ],
    &["definetrial.events=markers", "definetrial.clip_edges=true"],
    &["definetrial.length=0.5"],
    &["definetrial.length=all", "input.samplerate=4"],
];

impl Choices<'_> {
    fn one<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    fn sets(&mut self) -> Vec<String> {
        let sets = TRIALS[self.below(TRIALS.len())].iter();
        sets.map(|set| set.to_string()).collect()
    }
}

/// An EDF or BDF file: behind an even byte the bytes as they are, behind an odd one a header that they choose.
pub fn edf(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let is_written = choices.below(2) == 0;
    let sets = choices.sets();
    let file = match is_written {
        true => choices.0.to_vec(),
        false => edf_file(&mut choices),
    };
    with_files(&[("x.edf", &file)], |folder| {
        run_recording(&folder.join("x.edf"), &sets);
    });
}

fn edf_file(choices: &mut Choices) -> Vec<u8> {
    let is_bdf = choices.below(2) == 1;
    let mut file = match is_bdf {
        true => b"\xffBIOSEMI".to_vec(),
        false => b"0       ".to_vec(),
    };
    let n_signals = 1 + choices.below(4);
    let field = |file: &mut Vec<u8>, text: &str, width: usize| {
        file.extend(format!("{text:width$}").bytes().take(width));
    };
    field(&mut file, "", 176);
    let header_bytes = 256 * (1 + n_signals + choices.below(16) / 15);
    field(&mut file, &header_bytes.to_string(), 8);
    let reserved = choices.one(&["", "EDF+C", "EDF+D", "EDF+D", "24BIT", "BDF+D"]);
    field(&mut file, reserved, 44);
    let n_records = choices.one(&["-1", "-1", "-1", "1", "2", "0", "99999999", "-2", "x"]);
    field(&mut file, n_records, 8);
    let record_s = choices.one(&["1", "1", "2.5", "0,5", "0", "-1", "1e-300", "1e300", "nan"]);
    field(&mut file, record_s, 8);
    field(&mut file, &n_signals.to_string(), 4);
    let labels = [
        "Cz",
        "EDF Annotations",
        "Status",
        "\u{1b}[2J",
        "Cz\0x",
        "Fp1",
    ];
    let numbers = [
        "-100", "100", "0", "-32768", "32767", "1e308", "-1e308", "1e-300", "inf", "", "8,5",
    ];
    let n_samples = ["4", "4", "4", "40", "1", "0", "1000", "99999999", "-1"];
    for (words, width) in [
        (&labels[..], 16),
        (&[""], 80),
        (&["uV", "\u{b5}V", ""], 8),
        (&numbers, 8),
        (&numbers, 8),
        (&numbers, 8),
        (&numbers, 8),
        (&[""], 80),
        (&n_samples, 8),
        (&[""], 32),
    ] {
        for _ in 0..n_signals {
            let word = choices.one(words);
            field(&mut file, word, width);
        }
    }
    let n_zeros = choices.below(256) * 16;
    file.extend(choices.0);
    file.resize(file.len() + n_zeros, 0);
    file
}

/// A BrainVision recording: behind an even byte the three files as they are, each behind a zero byte; behind an odd one
/// files that the bytes choose.
pub fn brainvision(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let is_written = choices.below(2) == 0;
    let sets = choices.sets();
    let (header, markers, data) = match is_written {
        true => {
            let mut parts = choices.0.splitn(3, |&b| b == 0).map(<[u8]>::to_vec);
            let mut part = || parts.next().unwrap_or_default();
            (part(), part(), part())
        }
        false => {
            let header = header(&mut choices).into_bytes();
            (
                header,
                markers(&mut choices).into_bytes(),
                choices.0.to_vec(),
            )
        }
    };
    let files = [
        ("x.vhdr", &header[..]),
        ("x.vmrk", &markers),
        ("x.eeg", &data),
    ];
    with_files(&files, |folder| {
        run_recording(&folder.join("x.vhdr"), &sets)
    });
}

fn header(choices: &mut Choices) -> String {
    let mut text =
        "Brain Vision Data Exchange Header File Version 1.0\n[Common Infos]\n".to_owned();
    let numbers = [
        "1",
        "2",
        "2",
        "3",
        "0",
        "-1",
        "1048577",
        "18446744073709551616",
        "x",
        "",
    ];
    let lines: &[(&str, &[&str])] = &[
        (
            "DataFile",
            &[
                "$b.eeg",
                "x.eeg",
                "x.eeg",
                ".",
                "../x.eeg",
                "/dev/zero",
                "nowhere",
            ],
        ),
        (
            "MarkerFile",
            &["$b.vmrk", "x.vmrk", "", "x.vhdr", "nowhere"],
        ),
        ("DataFormat", &["BINARY", "BINARY", "BINARY", "ASCII"]),
        (
            "DataType",
            &["TIMEDOMAIN", "TIMEDOMAIN", "TIMEDOMAIN", "FREQUENCYDOMAIN"],
        ),
        (
            "DataOrientation",
            &["MULTIPLEXED", "VECTORIZED", "multiplexed", "x"],
        ),
        ("NumberOfChannels", &numbers),
        (
            "DataPoints",
            &["", "", "", "1", "4", "4611686018427387904", "-1"],
        ),
        (
            "SamplingInterval",
            &["2000", "2000", "3906.25", "0", "-1", "nan", "1e300", "2,5"],
        ),
        (
            "SegmentationType",
            &["NOTSEGMENTED", "MARKERBASED", "FIXTIME", "x"],
        ),
        ("SegmentDataPoints", &numbers),
        ("[Binary Infos]", &[""]),
        (
            "BinaryFormat",
            &["INT_16", "IEEE_FLOAT_32", "INT_32", "UINT_16", "x"],
        ),
        ("UseBigEndianOrder", &["NO", "YES", "x"]),
        ("[Channel Infos]", &[""]),
        (
            "Ch1",
            &["Cz,,0.5,µV", "Cz", ",,,", "Cz,,inf,", "\u{1b}[2J,,1"],
        ),
        ("Ch2", &["Pz,Ref,2,mV", "Pz\\1,,1e308", "Cz,,x"]),
        ("Ch3", &["Oz"]),
    ];
    for (key, words) in lines {
        let is_left_out = choices.below(12) == 11;
        let word = choices.one(words);
        match key.starts_with('[') {
            _ if is_left_out => {}
            true => text += &format!("{key}\n"),
            false => text += &format!("{key}={word}\n"),
        }
    }
    text
}

fn markers(choices: &mut Choices) -> String {
    let mut text =
        "Brain Vision Data Exchange Marker File, Version 1.0\n[Marker Infos]\n".to_owned();
    for k in 0..choices.below(6) {
        let kind = choices.one(&["Stimulus", "New Segment", "Time 0", "", "\u{1b}[2J"]);
        let description = choices.one(&["S  4", "R 08", "", "\\1", "x"]);
        let position = choices.one(&["1", "2", "3", "0", "-1", "9007199254740993", "x"]);
        let size = choices.one(&["1", "0", "2", "9007199254740992", "-1", ""]);
        text += &format!("Mk{k}={kind},{description},{position},{size},0\n");
    }
    text
}

fn with_files(files: &[(&str, &[u8])], run: impl Fn(&Path)) {
    let folder = tempfile::tempdir().expect("a folder for the recording");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("room for a small file");
    }
    run(folder.path());
}
