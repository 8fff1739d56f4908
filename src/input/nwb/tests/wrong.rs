//! Files that are not what NWB says.

use super::*;

#[test]
fn what_is_wrong_with_a_file_is_said() {
    type Change = fn(&hdf5::File);
    let cases: &[(Option<&str>, Change, &str)] = &[
        (
            None,
            |file| file.unlink("acquisition/raw").unwrap(),
            "no ElectricalSeries",
        ),
        (
            Some("acquisition/row"),
            |_| (),
            "did you mean acquisition/raw?",
        ),
        (
            Some("intervals/trials/kind"),
            |_| (),
            "is not a series (a group); expected acquisition/raw",
        ),
        (
            None,
            |file| {
                let other = file.create_group("processing/ecephys/LFP/low").unwrap();
                text(&other, "neurodata_type", "ElectricalSeries");
            },
            "holds 2 series; expected input.dataset to name one of them: acquisition/raw, processing/ecephys/LFP/low",
        ),
        (
            Some("acquisition/spikes"),
            |file| {
                let other = file.create_group("acquisition/spikes").unwrap();
                text(&other, "neurodata_type", "SpikeEventSeries");
            },
            "holds pieces around spikes",
        ),
        (
            None,
            |file| file.unlink("acquisition/raw/data").unwrap(),
            "acquisition/raw/data",
        ),
        (
            None,
            |file| {
                file.unlink("acquisition/raw/data").unwrap();
                file.link_soft("/acquisition/raw/data", "acquisition/raw/data")
                    .unwrap();
            },
            "behind more than 16 others",
        ),
        (
            None,
            |file| {
                file.unlink("acquisition/raw/data").unwrap();
                file.link_external("/dev/zero", "x", "acquisition/raw/data")
                    .unwrap();
            },
            "is a link into another file, /dev/zero; expected input.path to name that file and input.dataset = \"x\"",
        ),
        (
            None,
            |file| {
                file.unlink("acquisition/raw/data").unwrap();
                let shape = (9, 3, 2);
                file.new_dataset::<i16>()
                    .shape(shape)
                    .create("acquisition/raw/data")
                    .unwrap();
            },
            "has 3 dimensions; expected time, or time and channel",
        ),
        (
            None,
            |file| {
                file.unlink("acquisition/raw/data").unwrap();
                let set = file
                    .new_dataset::<i16>()
                    .chunk((1, 1))
                    .shape((1_usize << 60, 8));
                set.create("acquisition/raw/data").unwrap();
            },
            "samples; expected at most",
        ),
        (
            None,
            |file| {
                file.unlink("acquisition/raw/channel_conversion").unwrap();
                numbers(
                    &file.group("acquisition/raw").unwrap(),
                    "channel_conversion",
                    &[1.0],
                );
            },
            "channel_conversion holds 1 numbers; expected 3",
        ),
        (
            None,
            |file| {
                let data = file.dataset("acquisition/raw/data").unwrap();
                data.attr("conversion").unwrap().write_scalar(&0.0).unwrap();
            },
            "acquisition/raw: channel 0 has the gain 0; expected",
        ),
        (
            None,
            |file| {
                file.unlink("acquisition/raw/channel_conversion").unwrap();
                let factors = [1.0, f64::INFINITY, 1.0];
                numbers(
                    &file.group("acquisition/raw").unwrap(),
                    "channel_conversion",
                    &factors,
                );
            },
            "acquisition/raw: channel 1 has the gain inf; expected",
        ),
        (
            None,
            |file| {
                let data = file.dataset("acquisition/raw/data").unwrap();
                data.attr("offset")
                    .unwrap()
                    .write_scalar(&f64::NAN)
                    .unwrap();
            },
            "has the offset NaN; expected a finite number",
        ),
        (
            None,
            |file| {
                file.unlink("acquisition/raw/electrodes").unwrap();
                numbers(
                    &file.group("acquisition/raw").unwrap(),
                    "electrodes",
                    &[0.0, 4.0, 1.0],
                );
            },
            "names the row 4; expected 0 to 3",
        ),
        (
            None,
            |file| {
                let start = file.dataset("acquisition/raw/starting_time").unwrap();
                start.attr("rate").unwrap().write_scalar(&-1.0).unwrap();
            },
            "the attribute rate of acquisition/raw/starting_time is -1; expected a number of Hz",
        ),
        (
            None,
            |file| file.unlink("acquisition/raw/starting_time").unwrap(),
            "has neither starting_time nor timestamps",
        ),
        (
            None,
            |file| {
                file.unlink("intervals/trials/stop_time").unwrap();
                numbers(
                    &file.group("intervals/trials").unwrap(),
                    "stop_time",
                    &[1.0],
                );
            },
            "has 4 times of start and 1 of stop",
        ),
        (
            None,
            |file| {
                file.unlink("intervals/trials/start_time").unwrap();
                let set = file.new_dataset::<f64>().chunk(1).shape(1_usize << 50);
                set.create("intervals/trials/start_time").unwrap();
            },
            "claims 1125899906842624 values; expected at most 1048576",
        ),
    ];
    for (dataset, change, what) in cases {
        let line = refusal(*dataset, change);
        assert!(line.contains(what), "{what}: {line}");
    }
}

#[test]
fn transposed_data_are_refused_with_what_reads_them() {
    // 3 channels × 500 samples
    fn transpose(file: &hdf5::File) {
        file.unlink("acquisition/raw/data").unwrap();
        let data = Array2::from_shape_fn((3, N_ROWS), |(channel, row)| {
            (channel * N_ROWS + row) as i16
        });
        let series = file.group("acquisition/raw").unwrap();
        let data = series
            .new_dataset_builder()
            .with_data(&data)
            .create("data")
            .unwrap();
        text(&data, "unit", "volts");
        number(&data, "conversion", 2e-6);
        series.unlink("channel_conversion").unwrap();
    }
    let line = refusal(None, transpose);
    assert!(
        line.ends_with(
            "acquisition/raw/data holds 3 × 500 numbers, but there are 3 electrodes: it is transposed, channel × time; \
             expected time × channel: read it with input.format = \"hdf5\", dataset = \"/acquisition/raw/data\", \
             dimord = [\"channel\", \"time\"], samplerate = 250, scale = 2e-6, unit = \"volts\""
        ),
        "{line}"
    );
    let line = refusal(None, |file| {
        transpose(file);
        let series = file.group("acquisition/raw").unwrap();
        series.unlink("electrodes").unwrap();
        series.unlink("starting_time").unwrap();
        numbers(&series, "timestamps", &[0.0; N_ROWS]);
    });
    assert!(
        line.contains("but there are 500 timestamps: it is transposed"),
        "{line}"
    );
    assert!(line.contains("samplerate = …, scale = 2e-6"), "{line}");
    // without either, nobody knows
    let source = described(|file| {
        transpose(file);
        file.unlink("acquisition/raw/electrodes").unwrap();
    });
    assert!(source.notices[0].contains("has 500 channels and only 3 samples: if it is transposed"));
}

#[test]
fn without_a_recording_other_series_are_listed() {
    let line = refusal(None, |file| {
        let series = file.group("acquisition/raw").unwrap();
        series.delete_attr("neurodata_type").unwrap();
        text(&series, "neurodata_type", "TimeSeries");
    });
    assert!(
        line.ends_with("input.dataset to name another series: acquisition/raw"),
        "{line}"
    );
}
