//! Trial definitions that define no trials.

use hdf5::types::VarLenUnicode;
use hdf5::{Extents, File, H5Type};

use super::{container, recording_is_refused, sound_data, sparse, write_trials};

/// The message for trials of this kind, with sound data beside them.
pub fn trials_are_refused(write: impl FnOnce(&File), words: &[&str]) {
    let folder = container(|file| {
        sound_data(file);
        write(file);
    });
    recording_is_refused(&folder, "recording.spy/recording.analog:", words);
}

#[test]
fn trial_definitions_that_are_no_ranges_of_samples_are_refused() {
    for (start, stop) in [
        (f64::NAN, 100.0),
        (0.0, f64::NAN),
        (f64::NEG_INFINITY, f64::INFINITY),
        (-1.0, 100.0),
        (0.0, 101.0),
        (0.0, 1e308),
        (-1e308, 100.0),
        (9_007_199_254_740_993.0, 9_007_199_254_740_994.0),
        (0.5, 100.0),
        (50.0, 50.0),
        (60.0, 50.0),
    ] {
        trials_are_refused(
            |file| write_trials(file, &[[0.0, 100.0, 0.0], [start, stop, 0.0]]),
            &["trial 1 is defined from sample ", "within the 100 samples"],
        );
    }
    for offset in [f64::NAN, f64::INFINITY] {
        trials_are_refused(
            |file| write_trials(file, &[[0.0, 100.0, offset]]),
            &["trial 0 has the offset ", "expected a number"],
        );
    }
}

#[test]
fn trial_definitions_of_other_shapes_types_and_sizes_are_refused() {
    fn of<T: H5Type>(shape: impl Into<Extents>, words: &[&str]) {
        let shape = shape.into();
        trials_are_refused(
            |file| {
                let set = file.new_dataset::<T>().shape(shape);
                set.create("trialdefinition").unwrap();
            },
            words,
        );
    }
    of::<f64>((0, 3), &["holds no trial; expected at least one"]);
    of::<f64>((1, 2), &["has 2 columns; expected start, stop, offset"]);
    of::<f64>(
        (2, 5000),
        &["has 5000 columns; expected start", "up to 1027"],
    );
    of::<f64>((1, 0), &["has 0 columns; expected start, stop, offset"]);
    of::<f64>(3, &["has 1 dimensions; expected 2"]);
    of::<f64>(Extents::Null, &["has 0 dimensions; expected 2"]);
    of::<VarLenUnicode>((1, 3), &["holds strings", "expected numbers"]);
    of::<num_complex::Complex<f64>>((1, 3), &["holds compounds", "expected numbers"]);
    of::<bool>((1, 3), &["holds truth values", "expected numbers"]);
    for (shape, words) in [
        (
            (1 << 40, 3),
            ["trialdefinition claims", "expected at most 33554432"],
        ),
        (
            (1 << 24, 3),
            ["trialdefinition claims", "expected at most 33554432"],
        ),
        (
            (1 << 31, 1 << 31),
            ["trialdefinition has 2147483648 columns", "up to 1027"],
        ),
        (
            (3, 1 << 60),
            [
                "trialdefinition has 1152921504606846976 columns",
                "up to 1027",
            ],
        ),
    ] {
        trials_are_refused(|file| sparse(file, "trialdefinition", shape, 0.0), &words);
    }
    // within the limit, and all zero
    trials_are_refused(
        |file| sparse(file, "trialdefinition", (10_000_000, 3), 0.0),
        &["trial 0 is defined from sample 0 to 0"],
    );
}
