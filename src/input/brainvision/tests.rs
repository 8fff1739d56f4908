//! Files written as text and bytes.

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
    assert_eq!(source.recording.channels[1].unit, "µV");
    assert_eq!(source.location.calibration.unwrap().gain, [0.5, 1.0]);
}

#[test]
fn markers_are_events_with_their_number_as_a_value() {
    let files = Files::new(
        HEADER,
        "Mk1=New Segment,,1,1,0,20260101120000000000\nMk2=Stimulus,S  4,2,1,0\nMk3=Response,R 08\\1,3,20,1\n\
         Mk4=Comment,R 08,4,0,2\nMk5=Stimulus,s1,4\n",
    );
    let source = files.described().unwrap();
    let events: Vec<(f64, Option<f64>, String)> = source
        .events
        .events
        .iter()
        .map(|event| (event.sample, event.duration, event.values.join("/")))
        .collect();
    assert_eq!(
        events,
        [
            (0.0, None, "New Segment///0".into()),
            (1.0, None, "Stimulus/S  4/4/0".into()),
            (2.0, Some(20.0), "Response/R 08,//1".into()),
            (3.0, None, "Comment/R 08/8/2".into()),
            (3.0, None, "Stimulus/s1/1/".into()),
        ]
    );
    assert_eq!(source.stretches, [Range { start: 0, end: 4 }]);
}

#[test]
fn a_new_segment_begins_a_stretch_and_a_trial() {
    let files = Files::new(
        HEADER,
        "Mk1=New Segment,,1,1,0\nMk2=New Segment,,3,1,0\nMk3=New Segment,,99,1,0\n",
    );
    let source = files.described().unwrap();
    assert_eq!(source.stretches, [0..2, 2..4]);
    assert_eq!(source.recording.trials.len(), 2);
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
fn a_data_file_that_is_longer_or_shorter_than_its_header_says_is_refused() {
    let claims = |n: u64| format!("DataPoints={n}\nNumberOf");
    for (n, part) in [
        (
            5,
            "this file is cut off: 16 bytes; expected 20, 5 samples of 2 channels",
        ),
        (3, ": 16 bytes; expected 12, 3 samples"),
        (1 << 62, "cut off"),
    ] {
        let header = HEADER.replace("NumberOf", &claims(n));
        let error = Files::new(header, "").described().unwrap_err().one_line();
        assert!(error.contains("x.eeg: ") && error.contains(part), "{error}");
    }
    // the last sample of a recording that was not ended may not be there in full
    let files = Files::new(HEADER, "");
    std::fs::write(files.path("x.eeg"), [0; 15]).unwrap();
    assert_eq!(files.described().unwrap().n_rows(), 3);
    std::fs::write(files.path("x.eeg"), [0; 3]).unwrap();
    let error = files.described().unwrap_err().one_line();
    assert!(error.contains("holds 0 samples"), "{error}");
    let files = Files::new(HEADER.replace("MULTIPLEXED", "VECTORIZED"), "");
    std::fs::write(files.path("x.eeg"), [0; 15]).unwrap();
    let error = files.described().unwrap_err().one_line();
    assert!(
        error.contains("15 bytes; expected 12, 3 samples"),
        "{error}"
    );
}

#[test]
fn headers_that_cannot_be_read_are_refused_with_what_could_be() {
    for (from, to, part) in [
        (
            "Header File",
            "Marker File",
            "expected Brain Vision Data Exchange Header File",
        ),
        ("Version 1.0", "Version 3.0", "Version 1.0 or 2.0"),
        ("DataFile=$b.eeg", "", "DataFile is missing"),
        (
            "$b.eeg",
            "nowhere.eeg",
            "nowhere.eeg: cannot open the data file that the header names",
        ),
        ("$b.eeg", ".", "this is a folder; expected a regular file"),
        (
            "$b.vmrk",
            "nowhere\0.vmrk",
            "MarkerFile is \"nowhere\\u{0}.vmrk\"; expected the name",
        ),
        (
            "BINARY",
            "ASCII",
            "DataFormat is \"ASCII\"; expected BINARY",
        ),
        (
            "MULTIPLEXED",
            "DIAGONAL",
            "expected MULTIPLEXED or VECTORIZED",
        ),
        ("INT_16", "INT_8", "BinaryFormat is \"INT_8\""),
        ("[Binary Infos]", "", "BinaryFormat is missing"),
        (
            "=2\n",
            "=3\n",
            "[Channel Infos] has no Ch3; expected 3 lines",
        ),
        ("=2\n", "=1\n", "has a line Ch2; expected Ch1 to Ch1"),
        ("=2\n", "=0\n", "NumberOfChannels is \"0\""),
        ("=2\n", "=1152921504606846976\n", "expected at most 1048576"),
        (
            "=2000",
            "=0",
            "SamplingInterval is \"0\"; expected microseconds",
        ),
        ("=2000", "=nan", "SamplingInterval is \"nan\""),
        (",0.5,", ",0,", "channel 0 has the gain 0; expected"),
        (",0.5,", ",inf,", "Ch1 has the resolution \"inf\""),
        (
            "NumberOf",
            "DataType=FREQUENCYDOMAIN\nNumberOf",
            "expected TIMEDOMAIN",
        ),
        (
            "NumberOf",
            "DataPoints=-1\nNumberOf",
            "DataPoints is \"-1\"",
        ),
    ] {
        let header = HEADER.replacen(from, to, 1);
        assert_ne!(header, HEADER, "{from}");
        let error = Files::new(header, "").described().unwrap_err().one_line();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn markers_that_cannot_be_read_are_refused_and_missing_ones_looked_for_beside_the_header() {
    for marker in [
        "Mk1=Stimulus",
        "Mk1=Stimulus,S 1,x,1",
        "Mk1=Stimulus,S 1,-1,1",
        "Mk1=,,1,99999999999999999999",
    ] {
        let error = Files::new(HEADER, marker)
            .described()
            .unwrap_err()
            .one_line();
        assert!(error.contains("x.vmrk: Mk1 is \""), "{error}");
    }
    let renamed = HEADER.replace("$b.vmrk", "old.vmrk");
    let files = Files::new(&renamed, "Mk1=Stimulus,S 1,1,1");
    assert_eq!(files.described().unwrap().events.events.len(), 1);
    std::fs::remove_file(files.path("x.vmrk")).unwrap();
    let error = files.described().unwrap_err().one_line();
    assert!(error.contains("old.vmrk: cannot read this file"), "{error}");
    let files = Files::new(
        HEADER.replace("MarkerFile=$b.vmrk", ""),
        "Mk1=Stimulus,S 1,1,1",
    );
    assert!(files.described().unwrap().events.events.is_empty());
}

#[test]
fn other_files_of_a_recording_lead_to_its_header() {
    let files = Files::new(HEADER, "");
    for name in ["x.vhdr", "x.eeg", "x.vmrk", "x.dat"] {
        assert_eq!(find(&files.path(name)).unwrap(), files.path("x.vhdr"));
    }
    let error = find(&files.path("y.eeg")).unwrap_err().one_line();
    assert!(
        error.contains("y.eeg: no header beside it; expected the .vhdr file"),
        "{error}"
    );
}
