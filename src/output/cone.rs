//! How far the numbers of a time depend on the samples around it, by frequency, and from when to when trials last: what is nearer to the
//! ends of a trial depends on what lies beyond.

use hdf5::File;
use ndarray::Array2;

use super::Outline;
use super::calls::{attach_scale, make_scale};
use super::rows;
use super::text::{set_text, strings};

/// The data set of the cone: seconds by frequency.
pub const CONE: &str = "cone_of_influence";
/// The data set of the first and last time of every trial.
pub const SPAN: &str = "trial_span";
const ENDS: &str = "trial_span_end";

/// Writes the cone, `seconds` by frequency, and the first and last time of every trial. Of averages it is the time from the earliest
/// begin to the latest end where numbers near the ends of a trial are left out of them, else what all trials cover, so that no
/// number outside of the cone has anything from beyond a trial.
///
/// # Errors
/// HDF5's.
pub fn write(file: &File, seconds: &[f64], outline: Outline) -> hdf5::Result<()> {
    let cone = file.new_dataset_builder().with_data(seconds).create(CONE)?;
    set_text(&cone, "units", "s")?;
    set_text(
        &cone,
        "description",
        "three standard deviations of the longest kernel of a frequency: times nearer to an end of their trial depend on what lies \
         beyond it",
    )?;
    attach_scale(&cone, &file.dataset("freq")?, 0)?;

    let fs = outline.recording.sample_rate_hz;
    let trials = outline.recording.trials.iter();
    let mut spans: Vec<[f64; 2]> = trials
        .map(|trial| {
            let last = trial.n_samples as f64 - 1.0;
            [trial.offset / fs, (trial.offset + last) / fs]
        })
        .collect();
    if let Some(averaging) = &outline.layout.averaging {
        let all = spans.into_iter().reduce(|[a, b], [c, d]| {
            if averaging.by_frequency {
                [a.min(c), b.max(d)]
            } else {
                [a.max(c), b.min(d)]
            }
        });
        // trials that have no time in common leave none
        let all = all.map(|[begin, end]| [begin, end.max(begin)]);
        spans = all.into_iter().collect();
    }
    let table = Array2::from(spans);
    let set = file.new_dataset_builder().with_data(&table).create(SPAN)?;
    set_text(&set, "units", "s")?;
    let ends = strings(file, ENDS, ["begin", "end"].into_iter())?;
    make_scale(&ends, ENDS)?;
    let trial = rows::trial_scale(outline.layout.times());
    attach_scale(&set, &file.dataset(trial)?, 0)?;
    attach_scale(&set, &ends, 1)
}
