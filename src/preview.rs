//! What `slepian plan` prints: the work, the room and the time a study takes, from metadata alone.

use std::time::Instant;

use ndarray::Array2;

use crate::compute::Precise;
use crate::output::{self, Intent};
use crate::phrase::{count, hz, size, time};
use crate::spectral::{Coordinates, InstructionSet, Piece, Remark};
use crate::study::Study;

/// How long the calibration runs at least, so that it measures more than the clock.
const CALIBRATE_FOR_S: f64 = 0.05;

/// Cost that is calibrated with at most, some tenths of a second; more is scaled up from fewer tapers.
const CALIBRATE_WITH: u64 = 50_000_000;

/// Rows that are calibrated with at most.
const CALIBRATE_ROWS: usize = 64;

/// Channels that are calibrated with, as many as are computed at once, and samples of a trial from which on one is enough.
const WIDE: usize = 16;
const LONG: usize = 1 << 16;

/// What a process takes before it has anything of ours: one without MPI, and one rank of several with Open MPI.
const OF_LIBRARIES: &str = "20 to 30 MiB";

/// The study in one line.
pub fn essence(study: &Study) -> String {
    let recording = &study.recording;
    format!(
        "{} × {}: {}, {}; {}",
        count(recording.trials.len() as u64, "trial"),
        count(recording.channels.len() as u64, "channel"),
        frequencies(study),
        count(study.design.n_tapers() as u64, "taper"),
        shape(study),
    )
}

/// Shape of the result with the names of its axes, and its size.
fn shape(study: &Study) -> String {
    let axis = |(n, axis): (&usize, &crate::spectral::Axis)| match &axis.coordinates {
        Coordinates::Stacked(times) if times.are_whole() => format!("{n} trial"),
        _ => format!("{n} {}", axis.name),
    };
    let axes: Vec<String> = study
        .plan
        .output_shape
        .iter()
        .zip(&study.layout.axes)
        .map(axis)
        .collect();
    format!("{}, {}", axes.join(" × "), size(study.plan.output_bytes))
}

fn frequencies(study: &Study) -> String {
    let Some(frequencies) = study.layout.frequencies() else {
        return "no frequencies".into();
    };
    let (low, high) = frequencies.range_hz();
    format!(
        "{} frequencies from {} to {}",
        frequencies.len(),
        hz(low),
        hz(high)
    )
}

/// The whole page for `n_ranks` ranks. Where it `is_timed` a part of the work is done to say how long all of it takes.
pub fn page(study: &Study, n_ranks: usize, is_timed: bool) -> String {
    let (plan, recording) = (&study.plan, &study.recording);
    let mut lines = Vec::new();
    let mut line = |name: &str, text: String| lines.push(format!("{name:<12} {text}\n"));
    let (shortest, longest) = (recording.shortest_trial(), recording.longest_trial());
    let samples = if shortest == longest {
        longest.to_string()
    } else {
        format!("{shortest} to {longest}")
    };
    line("recording", study.location.path.display().to_string());
    line(
        "trials",
        format!(
            "{} of {samples} samples, {}, {}",
            recording.trials.len(),
            count(recording.channels.len() as u64, "channel"),
            hz(recording.sample_rate_hz)
        ),
    );
    line(
        "frequencies",
        frequencies(study).replace(" frequencies", ""),
    );
    line("tapers", study.design.n_tapers().to_string());
    let precision = |bytes| if bytes == 8 { "double" } else { "single" };
    let (computed, stored) = (
        precision(study.bytes.computed),
        precision(study.bytes.stored),
    );
    line("precision", format!("{computed}, stored in {stored}"));
    line("output", study.target.data.display().to_string());
    line("shape", shape(study));

    let needed = plan.output_bytes + plan.scratch_bytes;
    let free = output::free_space(&study.target.container);
    let free_text = free.map_or("unknown".to_owned(), size);
    let scratch = match plan.scratch_bytes {
        0 => String::new(),
        bytes => format!(", {} of it only while it runs", size(bytes)),
    };
    line(
        "disk",
        format!("{} needed{scratch}; {free_text} free", size(needed)),
    );
    line(
        "memory",
        format!(
            "{} per rank, of {} allowed; program and libraries take {OF_LIBRARIES} more",
            size(plan.rank_bytes),
            size(plan.memory_per_rank)
        ),
    );
    let (n, ranks) = (plan.n_items(), n_ranks as u64);
    let each = if n.is_multiple_of(ranks) {
        (n / ranks).to_string()
    } else {
        format!("{} to {}", n / ranks, n / ranks + 1)
    };
    let unit = if plan.averages() {
        "group of trials".to_owned()
    } else if plan.is_cut() {
        format!(
            "part of a trial of up to {}",
            count(plan.rows_per_unit as u64, "time")
        )
    } else {
        "trial".to_owned()
    };
    line(
        "chunks",
        format!(
            "{n}, each a {unit} × {}; {each} per rank on {}",
            count(plan.channel_blocks[0].len() as u64, "channel"),
            count(ranks, "rank")
        ),
    );
    if is_timed {
        let seconds = estimate_seconds(study);
        let on_ranks = seconds / n.min(ranks).max(1) as f64;
        line(
            "time",
            format!(
                "about {} of computing, {} on {}; reading and writing come on top",
                time(seconds),
                time(on_ranks),
                count(ranks, "rank")
            ),
        );
    }
    for remark in study.remarks() {
        let name = if matches!(remark, Remark::Warning(_)) {
            "warning"
        } else {
            "note"
        };
        line(name, remark.to_string());
    }
    if let Some(advice) = plan.advice(n_ranks) {
        line("advice", advice);
    }
    let target = &study.target;
    let obstacle = target
        .check_place(&study.location.path)
        .and_then(|()| output::look(target, Intent::Anew));
    if let Err(obstacle) = obstacle {
        line("in the way", obstacle.to_string());
    }
    if free.is_some_and(|free| needed > u128::from(free)) {
        line(
            "too large",
            format!(
                "the result takes {}, this disk has {free_text} left",
                size(needed)
            ),
        );
    }
    lines.concat()
}

/// Seconds that one processor computes, scaled up from one channel of the longest trial, and from few tapers of many.
fn estimate_seconds(study: &Study) -> f64 {
    match study.bytes.computed {
        8 => calibrate::<f64>(study),
        _ => calibrate::<f32>(study),
    }
}

fn calibrate<T: Precise>(study: &Study) -> f64 {
    let n_samples = study.recording.longest_trial();
    let n_rows = study.plan.rows_per_unit.min(CALIBRATE_ROWS);
    let design = study
        .design
        .with_less_work(n_samples, n_rows, CALIBRATE_WITH);
    let layout = design.block_layout();
    let estimator = design.estimator::<T>(InstructionSet::detect());
    let mut scratch = estimator.scratch();
    let trials = &study.recording.trials;
    let longest = trials.iter().position(|trial| trial.n_samples == n_samples);
    let trial = longest.unwrap_or(0);
    // from the middle of the trial: at its ends there may be less to do
    let of_trial = layout.times().rows(trial).len();
    let n_rows = n_rows.min(of_trial);
    let first = (of_trial - n_rows) / 2;
    let rows = first..first + n_rows;
    let wanted = design.samples(trial, n_samples, &rows);
    // any numbers will do, but zeros and denormals could be faster or slower than data
    let most_channels = if wanted.len() <= LONG { WIDE } else { 1 };
    let n_channels = study.plan.channel_blocks[0].len().min(most_channels);
    let samples = Array2::from_shape_fn((wanted.len(), n_channels), |(t, _)| {
        T::from_double((t as f64 * 0.7).sin())
    });
    let n_numbers = layout
        .shape(rows.len(), n_channels)
        .iter()
        .product::<usize>();
    let mut block = vec![T::zero(); n_numbers * layout.element.n_parts()];
    let mut estimate = || {
        let piece = Piece::of(trial, rows.clone(), samples.view());
        estimator.estimate(piece, &mut scratch, &mut block);
    };
    // the first call makes the tapers
    estimate();
    let start = Instant::now();
    let mut n = 0;
    while n == 0 || start.elapsed().as_secs_f64() < CALIBRATE_FOR_S {
        estimate();
        n += 1;
    }
    let per_channel = start.elapsed().as_secs_f64() / f64::from(n) / n_channels as f64;
    let total: u128 = study.plan.unit_costs.iter().copied().map(u128::from).sum();
    let relative = total as f64 / design.cost(n_samples, rows.len()) as f64;
    per_channel * relative * study.recording.channels.len() as f64
}
