//! Files written as text and bytes.

mod files;
mod markers;
mod refused;

use super::*;
use crate::input::{Samples, open};

const HEADER: &str = "Brain Vision Data Exchange Header File Version 1.0
; a comment with [Common Infos] and Channels=7

[Common Infos]
DataFile=$b.eeg
MarkerFile=$b.vmrk
DataFormat=BINARY
DataOrientation=MULTIPLEXED
NumberOfChannels=2
SamplingInterval=2000

[Binary Infos]
BinaryFormat=INT_16

[Channel Infos]
Ch1=Cz\\1 left,,0.5,µV
Ch2=Temp,Ref,,C

[Comment]
[Channel Infos]
Ch3=no channel
";

/// What is said of a recording of four samples: 1 and -1, 2 and -2, ….
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new(header: impl AsRef<[u8]>, markers: &str) -> Files {
        let folder = tempfile::tempdir().unwrap();
        let write = |name, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        write("x.vhdr", header.as_ref());
        let markers = format!(
            "Brain Vision Data Exchange Marker File, Version 1.0\n[Marker Infos]\n{markers}"
        );
        write("x.vmrk", markers.as_bytes());
        let numbers = (1..5_i16).flat_map(|x| [x.to_le_bytes(), (-x).to_le_bytes()]);
        write("x.eeg", numbers.collect::<Vec<_>>().as_flattened());
        Files { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn described(&self) -> Result<Source> {
        describe(&self.path("x.vhdr"))
    }

    fn samples(&self) -> Vec<f64> {
        let source = self.described().unwrap();
        let mut samples = vec![0.0; 2 * source.n_rows() as usize];
        let mut reader = open(&source.location).unwrap();
        let to = Samples::Double(&mut samples);
        reader.read(0..source.n_rows(), &[0, 1], to).unwrap();
        samples
    }
}

#[test]
fn a_header_says_what_its_data_file_holds() {
    let files = Files::new(HEADER, "");
    let source = files.described().unwrap();
    let recording = &source.recording;
    assert_eq!(recording.sample_rate_hz, 500.0);
    let channels: Vec<(&str, &str)> = recording
        .channels
        .iter()
        .map(|c| (c.label.as_str(), c.unit.as_str()))
        .collect();
    assert_eq!(channels, [("Cz, left", "µV"), ("Temp", "C")]);
    assert_eq!(source.location.path, files.path("x.eeg"));
    assert_eq!(
        files.samples(),
        [0.5, -1.0, 1.0, -2.0, 1.5, -3.0, 2.0, -4.0]
    );
    assert_eq!(
        recording.trials,
        trial_of_each(&[Range { start: 0, end: 4 }])
    );
}

#[test]
fn vectorized_and_big_endian_numbers_of_every_type_are_read() {
    let vectorized = HEADER.replace("MULTIPLEXED", "VECTORIZED");
    let files = Files::new(&vectorized, "");
    assert_eq!(
        files.samples(),
        [0.5, 3.0, -0.5, -3.0, 1.0, 4.0, -1.0, -4.0]
    );

    let big = HEADER.replace("INT_16", "INT_16\nUseBigEndianOrder=YES");
    let files = Files::new(&big, "");
    let swapped = |x: i16| f64::from(x.swap_bytes());
    assert_eq!(files.samples()[..2], [swapped(1) * 0.5, swapped(-1)]);

    let wide = HEADER.replace("INT_16", "INT_32");
    let files = Files::new(&wide, "");
    let wide = |low: i32, high: i32| f64::from((high << 16) | (low & 0xFFFF));
    assert_eq!(files.samples()[..2], [wide(1, -1) * 0.5, wide(2, -2)]);

    let float = HEADER.replace("INT_16", "IEEE_FLOAT_32");
    let files = Files::new(&float, "");
    std::fs::write(
        files.path("x.eeg"),
        [0.1_f32, -3e30].map(f32::to_le_bytes).concat(),
    )
    .unwrap();
    assert_eq!(
        files.samples()[..2],
        [f64::from(0.1_f32) * 0.5, f64::from(-3e30_f32)]
    );

    let unsigned = HEADER.replace("INT_16", "UINT_16");
    assert_eq!(Files::new(&unsigned, "").samples()[1], 65535.0);
}

#[test]
fn headers_are_utf_8_or_latin_1_and_their_keys_in_any_case() {
    let latin: Vec<u8> = HEADER.chars().map(|c| c as u8).collect();
    let files = Files::new(latin, "");
    assert_eq!(files.described().unwrap().recording.channels[0].unit, "µV");
    let other = format!(
        "\u{feff}{}",
        HEADER.replace("[Common Infos]", "[Common infos]")
    );
    let other = other.replace("File Version 1.0", "File, Version 2.0");
    let other = other
        .replace("SamplingInterval", "samplinginterval")
        .replace('\n', "\r\n");
    let files = Files::new(other, "");
    assert_eq!(files.described().unwrap().recording.sample_rate_hz, 500.0);
}

#[test]
fn a_channel_that_names_no_unit_has_microvolts_and_no_resolution_is_one() {
    let bare = HEADER.replace("Ch2=Temp,Ref,,C", "Ch2=Temp,,");
    let source = Files::new(bare, "").described().unwrap();
    assert_eq!(source.recording.channels[1].unit, "uV");
    assert_eq!(source.location.calibration.unwrap().gain, [0.5, 1.0]);
}

#[test]
fn segments_of_one_length_are_trials_around_their_time_0() {
    let segmented = HEADER.replace(
        "NumberOf",
        "SegmentationType=MARKERBASED\nSegmentDataPoints=2\nNumberOf",
    );
    let files = Files::new(
        &segmented,
        "Mk1=New Segment,,1,1,0\nMk2=Time 0,,2,1,0\nMk3=New Segment,,3,1,0\n",
    );
    let source = files.described().unwrap();
    assert_eq!(source.stretches, [0..2, 2..4]);
    let offsets: Vec<f64> = source
        .recording
        .trials
        .iter()
        .map(|trial| trial.offset)
        .collect();
    assert_eq!(offsets, [-1.0, 0.0]);
    let three = segmented.replace("Points=2", "Points=3");
    let error = Files::new(three, "").described().unwrap_err().one_line();
    assert!(
        error.contains("SegmentDataPoints is 3 of 4 samples"),
        "{error}"
    );
}

#[test]
fn sections_after_a_comment_are_read() {
    // the comment is in front of the channels, and holds a section that occurred before
    let comment = "[Comment]\nCh1=text\n[Common Infos]\nNumberOfChannels=7\n[Channel Infos]";
    let header = HEADER.replacen("[Channel Infos]", comment, 1);
    let files = Files::new(header, "");
    assert_eq!(files.samples(), Files::new(HEADER, "").samples());
    let source = files.described().unwrap();
    assert_eq!(source.recording.channels[1].label, "Temp");
}

#[test]
fn segments_without_a_common_length_begin_at_new_segment() {
    let header = HEADER.replace(
        "NumberOf",
        "SegmentationType=MARKERBASED\nSegmentDataPoints=0\nNumberOf",
    );
    let source = Files::new(header, "Mk1=New Segment,,1,1,0\nMk2=New Segment,,4,1,0\n");
    assert_eq!(source.described().unwrap().stretches, [0..3, 3..4]);
}

#[test]
fn a_rounded_interval_gives_the_rate_that_it_stands_for() {
    for (interval, rate_hz) in [
        ("488.2812", 2048.0),
        ("3906,25", 256.0),
        ("3906", 1e6 / 3906.0),
        ("1953.125", 512.0),
    ] {
        let header = HEADER.replace("=2000", &format!("={interval}"));
        let source = Files::new(header, "").described().unwrap();
        assert_eq!(source.recording.sample_rate_hz, rate_hz);
    }
}

#[test]
fn a_negative_resolution_inverts_and_is_reported() {
    let files = Files::new(HEADER.replace(",0.5,", ",-0.5,"), "");
    assert_eq!(files.samples()[0], -0.5);
    let notices = files.described().unwrap().notices;
    assert_eq!(
        notices,
        [
            "1 channel with a negative resolution: their samples are inverted; check their polarity: Ch1 (Cz, left)"
        ]
    );
}
