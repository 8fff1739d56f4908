//! Files written byte by byte.

mod ranges;
mod refused;
mod times;

use std::ops::Range;
use std::path::PathBuf;

use super::*;
use crate::input::{NOT_RECORDED, Samples, open};
use crate::setting::Setting;

/// A file of fields as they are written.
#[derive(Clone)]
struct File {
    version: &'static [u8],
    header_bytes: Option<&'static str>,
    reserved: &'static str,
    n_records: &'static str,
    record_s: &'static str,
    n_signals: Option<&'static str>,
    /// Label, unit, physical minimum and maximum, digital minimum and maximum, samples of a record.
    signals: Vec<[&'static str; 7]>,
    data: Vec<u8>,
}

const EDF: &[u8] = b"0       ";
const BDF: &[u8] = b"\xffBIOSEMI";

impl File {
    fn of(version: &'static [u8], signals: &[[&'static str; 7]], data: Vec<u8>) -> File {
        File {
            version,
            header_bytes: None,
            reserved: "",
            n_records: "-1",
            record_s: "1",
            n_signals: None,
            signals: signals.to_vec(),
            data,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let n = self.signals.len();
        let mut bytes = self.version.to_vec();
        let mut field = |text: &str, width: usize| {
            bytes.extend(format!("{text:width$}").bytes().take(width));
        };
        let header_bytes = (256 * (n + 1)).to_string();
        field("X X X X", 80);
        field("Startdate X X X X", 80);
        field("02.03.0412.30.00", 16);
        field(self.header_bytes.unwrap_or(&header_bytes), 8);
        field(self.reserved, 44);
        field(self.n_records, 8);
        field(self.record_s, 8);
        field(self.n_signals.unwrap_or(&n.to_string()), 4);
        let widths = [16, 80, 8, 8, 8, 8, 8, 80, 8, 32];
        let kept = [
            Some(0),
            None,
            Some(1),
            Some(2),
            Some(3),
            Some(4),
            Some(5),
            None,
            Some(6),
            None,
        ];
        for (kept, width) in kept.into_iter().zip(widths) {
            for signal in &self.signals {
                field(kept.map_or("", |k: usize| signal[k]), width);
            }
        }
        bytes.extend(&self.data);
        bytes
    }

    /// Writes it to a folder that is removed with the first part of what is given.
    fn write(&self) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.edf");
        std::fs::write(&path, self.bytes()).unwrap();
        (folder, path)
    }

    fn described(&self, samplerate: Option<f64>) -> Result<Source> {
        let (_folder, path) = self.write();
        describe(&path, &options(&path, samplerate))
    }

    fn notices(&self) -> Vec<String> {
        self.described(None).unwrap().notices
    }

    fn refused(&self) -> String {
        self.described(None).unwrap_err().one_line()
    }
}

fn options(path: &Path, samplerate: Option<f64>) -> Options {
    Options {
        wants_events: true,
        samplerate: samplerate.map(|hz| Setting::default_of("input", "samplerate", hz)),
        ..Options::of_path(Setting::default_of("input", "path", path.to_owned()))
    }
}

fn i16s(numbers: impl IntoIterator<Item = i16>) -> Vec<u8> {
    numbers.into_iter().flat_map(i16::to_le_bytes).collect()
}

/// Annotations, filled to `n` bytes.
fn tals(text: &str, n: usize) -> Vec<u8> {
    let mut bytes = text.replace('|', "\x14").replace('~', "\x15").into_bytes();
    bytes.push(0);
    assert!(bytes.len() <= n);
    bytes.resize(n, 0);
    bytes
}

const EEG: [&str; 7] = ["EEG Cz", "uV", "-100", "100", "-2048", "2047", "4"];
const SLOW: [&str; 7] = [
    "Temp rectal",
    "degC",
    "34,4",
    "4.02e1",
    "-2048",
    "2047",
    "1",
];
const TEXT: [&str; 7] = ["EDF Annotations", "", "-1", "1", "-32768", "32767", "30"];

/// Two records of two channels of 4 Hz and one of 1 Hz.
fn of_two_rates() -> File {
    let mut inverted = EEG;
    (inverted[0], inverted[2], inverted[3]) = ("Pz", "100", "-100");
    let record = |k: i16| {
        i16s(
            (0..4)
                .map(|t| k + t)
                .chain([-7])
                .chain((0..4).map(|t| -k - t)),
        )
    };
    let data = [record(100), record(200)].concat();
    File::of(EDF, &[EEG, SLOW, inverted], data)
}

#[test]
fn samples_are_those_of_the_header_s_ranges_and_channels_those_of_the_rate_that_is_asked_for() {
    let (_folder, path) = of_two_rates().write();
    let source = describe(&path, &options(&path, Some(4.0))).unwrap();
    assert_eq!(source.recording.sample_rate_hz, 4.0);
    assert_eq!(
        source.notices,
        ["1 channel of other rates left out: Temp rectal (1 Hz)"]
    );
    let labels: Vec<&str> = source
        .recording
        .channels
        .iter()
        .map(|c| c.label.as_str())
        .collect();
    assert_eq!(labels, ["EEG Cz", "Pz"]);
    assert_eq!(source.recording.channels[1].unit, "uV");
    assert_eq!(source.n_rows(), 8);
    let mut samples = [0.0; 16];
    let mut reader = open(&source.location).unwrap();
    reader
        .read(0..8, &[0, 1], Samples::Double(&mut samples))
        .unwrap();
    let gain = 200.0 / 4095.0;
    let (offset, inverted) = (-100.0 + 2048.0 * gain, 100.0 + 2048.0 * -gain);
    let numbers = (100..104).chain(200..204).map(f64::from);
    let want: Vec<f64> = numbers
        .flat_map(|x| [x * gain + offset, -x * -gain + inverted])
        .collect();
    assert_eq!(samples[..], want);

    let source = describe(&path, &options(&path, Some(1.0))).unwrap();
    assert_eq!(source.recording.channels[0].unit, "degC");
    let mut samples = [0.0; 2];
    let mut reader = open(&source.location).unwrap();
    reader
        .read(0..2, &[0], Samples::Double(&mut samples))
        .unwrap();
    let gain = (40.2 - 34.4) / 4095.0;
    assert_eq!(samples, [-7.0 * gain + (34.4 + 2048.0 * gain); 2]);
}

#[test]
fn annotations_are_events_on_the_clock_of_the_first_record() {
    let data = [
        i16s(0..4),
        tals("+0.25||\0+0.5~0.25|Lights off|Küche|", 60),
        i16s(4..8),
        tals("+1.25||\0-3|before|", 60),
    ];
    let mut file = File::of(EDF, &[EEG, TEXT], data.concat());
    file.reserved = "EDF+C";
    let source = file.described(None).unwrap();
    assert_eq!(source.recording.channels.len(), 1);
    assert_eq!(source.stretches, [Range { start: 0, end: 8 }]);
    let events = &source.events.events;
    let found = |k: usize| {
        (
            events[k].sample,
            events[k].duration,
            events[k].values[0].as_str(),
        )
    };
    assert_eq!(found(0), (-13.0, None, "before"));
    assert_eq!(found(1), (1.0, Some(1.0), "Lights off"));
    assert_eq!(found(2), (1.0, Some(1.0), "Küche"));
    assert_eq!(events[1].values[1..], ["0.5", "0.25"]);
    assert_eq!(events.len(), 3);
}

#[test]
fn times_of_annotations_are_short_texts_however_long_the_file_writes_them() {
    let onset = format!("0.{}1", "0".repeat(100));
    let list = format!("+0||\0+{onset}~{onset}|a|b|");
    let mut text = TEXT;
    text[6] = "150";
    let data = [i16s(0..4), tals(&list, 300)];
    let mut file = File::of(EDF, &[EEG, text], data.concat());
    file.reserved = "EDF+C";
    let events = file.described(None).unwrap().events.events;
    assert_eq!(events[0].values, ["a", "1e-101", "1e-101"]);
    assert_eq!(events[1].values, ["b", "1e-101", "1e-101"]);
}

#[test]
fn bdf_has_numbers_of_three_bytes_and_its_status_gives_triggers() {
    let channel = ["A1", "uV", "-262144", "262144", "-8388608", "8388607", "5"];
    let status = [
        "Status", "Boolean", "-8388608", "8388607", "-8388608", "8388607", "5",
    ];
    let i24 = |x: i32| x.to_le_bytes()[..3].to_vec();
    let inputs = [[7, 7, 0, 1, 1], [3, 2, 0xFFFF, 0, 0x100]];
    let record = |k: usize| {
        let samples = (0..5).flat_map(|t| i24(t - 8_388_608 + 5 * k as i32));
        // flags in the highest byte are no triggers
        let status = inputs[k].into_iter().flat_map(|x: i32| i24(x | 0x980000));
        samples.chain(status).collect::<Vec<u8>>()
    };
    let file = File::of(BDF, &[channel, status], [record(0), record(1)].concat());
    let (_folder, path) = file.write();
    let source = describe(&path, &options(&path, None)).unwrap();
    assert_eq!(source.recording.channels.len(), 1);
    let triggers: Vec<(f64, &str)> = source
        .events
        .events
        .iter()
        .map(|event| (event.sample, event.values[0].as_str()))
        .collect();
    assert_eq!(
        triggers,
        [(3.0, "1"), (5.0, "3"), (7.0, "65535"), (9.0, "256")]
    );
    assert_eq!(source.events.names, ["value"]);
    let mut samples = [0.0; 10];
    open(&source.location)
        .unwrap()
        .read(0..10, &[0], Samples::Double(&mut samples))
        .unwrap();
    let gain = 524_288.0 / 16_777_215.0;
    let offset = -262_144.0 + 8_388_608.0 * gain;
    assert_eq!(
        samples,
        std::array::from_fn(|t| (t as f64 - 8_388_608.0) * gain + offset)
    );
    // they take a pass over the file, which is not made unless it is asked for
    let source = describe(
        &path,
        &Options {
            wants_events: false,
            ..options(&path, None)
        },
    );
    assert!(source.unwrap().events.events.is_empty());
}
