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
            "is no series; expected acquisition/raw",
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
            "is a link into another file, /dev/zero",
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
