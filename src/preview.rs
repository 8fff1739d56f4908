//! What `slepian plan` prints: the work, the room and the time a study takes, from metadata alone.

use std::fmt::Write;
use std::time::Instant;

use ndarray::{Array2, ShapeBuilder};

use crate::compute::Precise;
use crate::output;
use crate::plan::size;
use crate::progress::time;
use crate::spectral::{Coordinates, InstructionSet, Remark};
use crate::study::Study;

/// How long the calibration runs at least, so that it measures more than the clock.
const CALIBRATE_FOR_S: f64 = 0.05;

/// The study in one line.
pub fn essence(study: &Study) -> String {
    let shape = &study.plan.output_shape;
    format!(
        "{} trials × {} channels: {} frequencies, {} tapers; result {} {}, {}",
        study.recording.trials.len(),
        study.recording.channels.len(),
        n_frequencies(study),
        study.design.n_tapers(),
        shape
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" × "),
        study
            .layout
            .axes
            .iter()
            .map(|axis| axis.name)
            .collect::<Vec<_>>()
            .join("/"),
        size(study.plan.output_bytes),
    )
}

fn n_frequencies(study: &Study) -> usize {
    study
        .layout
        .axes
        .iter()
        .find_map(|axis| match &axis.coordinates {
            Coordinates::Frequencies(grid) => Some(grid.len()),
            _ => None,
        })
        .unwrap_or(0)
}

/// The whole page for `n_ranks` ranks.
pub fn page(study: &Study, n_ranks: usize) -> String {
    let (plan, recording) = (&study.plan, &study.recording);
    let mut page = String::new();
    let mut line = |name: &str, text: String| {
        let _ = writeln!(page, "{name:<12} {text}");
    };
    let (shortest, longest) = (recording.shortest_trial(), recording.longest_trial());
    let samples = if shortest == longest {
        longest.to_string()
    } else {
        format!("{shortest} to {longest}")
    };
    line("recording", study.location.path().display().to_string());
    line(
        "trials",
        format!(
            "{} of {samples} samples, {} channels, {} Hz",
            recording.trials.len(),
            recording.channels.len(),
            recording.sample_rate_hz
        ),
    );
    line("frequencies", frequencies(study));
    line("tapers", study.design.n_tapers().to_string());
    let computed = if study.bytes.computed == 8 {
        "double"
    } else {
        "single"
    };
    let stored = if study.bytes.stored == 8 {
        "double"
    } else {
        "single"
    };
    line("precision", format!("{computed}, stored in {stored}"));
    line(
        "output",
        format!(
            "{}: {}",
            study.config.output.value.display(),
            essence(study).rsplit("; ").next().unwrap_or("")
        ),
    );
    let needed = plan.output_bytes + plan.scratch_bytes;
    let scratch = if plan.scratch_bytes > 0 {
        format!(", of which {} only while it runs", size(plan.scratch_bytes))
    } else {
        String::new()
    };
    let free = output::free_space(&study.target.container);
    let free_text = free.map_or("unknown".to_owned(), |free| size(u128::from(free)));
    line(
        "disk",
        format!("{} needed{scratch}; {free_text} free", size(needed)),
    );
    line(
        "memory",
        format!(
            "{} per rank, of {} allowed",
            size(plan.rank_bytes),
            size(u128::from(plan.memory_per_rank))
        ),
    );
    let block = plan.channel_blocks[0].len();
    let (n, ranks) = (plan.n_items(), n_ranks as u64);
    let each = if n.is_multiple_of(ranks) {
        (n / ranks).to_string()
    } else {
        format!("{} to {}", n / ranks, n / ranks + 1)
    };
    line(
        "chunks",
        format!("{n} of {block} channels, {each} for each of {n_ranks} ranks"),
    );
    let seconds = estimate_seconds(study);
    let useful = n.min(ranks).max(1) as f64;
    line(
        "time",
        format!(
            "about {} of computing, {} on {n_ranks} ranks, and reading and writing",
            time(seconds),
            time(seconds / useful)
        ),
    );
    for remark in study.remarks() {
        line(
            if matches!(remark, Remark::Warning(_)) {
                "warning"
            } else {
                "note"
            },
            remark.to_string(),
        );
    }
    if let Some(advice) = plan.advice(n_ranks) {
        line("advice", advice);
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
    page
}

fn frequencies(study: &Study) -> String {
    let grid = study
        .layout
        .axes
        .iter()
        .find_map(|axis| match &axis.coordinates {
            Coordinates::Frequencies(grid) => Some(grid.frequencies_hz()),
            _ => None,
        });
    let Some(hz) = grid else { return "none".into() };
    let (low, high) = hz.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), f| {
        (low.min(*f), high.max(*f))
    });
    format!("{} from {low:.4} to {high:.4} Hz", hz.len())
}

/// Seconds that one processor computes, scaled up from a few channels of the longest trial.
fn estimate_seconds(study: &Study) -> f64 {
    match study.bytes.computed {
        8 => calibrate::<f64>(study),
        _ => calibrate::<f32>(study),
    }
}

fn calibrate<T: Precise>(study: &Study) -> f64 {
    let n_samples = study.recording.longest_trial();
    let estimator = study.design.estimator::<T>(InstructionSet::detect());
    let mut scratch = estimator.scratch();
    // any numbers will do, but zeros and denormals could be faster or slower than data
    let samples = Array2::from_shape_fn((n_samples, 1).f(), |(t, _)| {
        T::from_double((t as f64 * 0.7).sin())
    });
    let mut block = vec![
        T::zero();
        study.layout.elements_per_channel() as usize
            * study.layout.element.n_parts()
    ];
    // the first call makes the tapers
    estimator.estimate(samples.view(), &mut scratch, &mut block);
    let start = Instant::now();
    let mut n = 0;
    while n == 0 || start.elapsed().as_secs_f64() < CALIBRATE_FOR_S {
        estimator.estimate(samples.view(), &mut scratch, &mut block);
        n += 1;
    }
    let per_channel = start.elapsed().as_secs_f64() / f64::from(n);
    let relative: f64 = study.plan.unit_costs.iter().sum::<f64>() / study.design.cost(n_samples);
    per_channel * relative * study.recording.channels.len() as f64
}
