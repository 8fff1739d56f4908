//! What a recording holds that is no Syncopy container.

use std::collections::BTreeMap;

use super::{MAX_LINE, ends};
use crate::config::Data;
use crate::error::Result;
use crate::input::{self, Format, Source};
use crate::phrase::{count, number, printable, shorten, size};

/// Different values of a column that are listed at most.
const MAX_VALUES: usize = 12;

/// What is printed of the recording.
///
/// # Errors
/// What is wrong with its file: path, found, expected.
pub fn page(data: &Data) -> Result<String> {
    let (format, _) = Format::find(&data.input)?;
    let source = input::describe(&input::Options {
        wants_events: true,
        ..data.input.clone()
    })?;
    let (recording, location) = (&source.recording, &source.location);
    let mut lines = vec![printable(&location.path.display().to_string())];
    let mut line = |name: &str, text: String| {
        let text = shorten(&printable(&text), MAX_LINE);
        lines.push(format!("  {name:<12} {text}"));
    };
    let bytes = std::fs::metadata(&location.path).map_or(0, |file| file.len());
    line("format", format!("{} ({})", format.name(), size(bytes)));
    line("trials", trials(&source));
    if !recording.trialinfo.is_empty() {
        line("trialinfo", recording.trialinfo.join(", "));
    }
    line(
        "sample rate",
        format!("{} Hz", number(recording.sample_rate_hz)),
    );
    let labels: Vec<String> = recording.channels.iter().map(|c| c.label.clone()).collect();
    line("channels", ends(&labels));
    let mut units: Vec<&str> = recording.channels.iter().map(|c| c.unit.as_str()).collect();
    units.sort_unstable();
    units.dedup();
    if units != [""] {
        line("unit", units.join(", "));
    }
    if source.stretches.len() > 1 {
        line(
            "stretches",
            format!("{}, between which time is missing", source.stretches.len()),
        );
    }
    if !source.events.events.is_empty() {
        line("markers", count(source.events.events.len() as u64, "event"));
        for (column, name) in source.events.names.iter().enumerate() {
            line("", values(&source, column, name));
        }
    }
    Ok(lines.join("\n"))
}

fn trials(source: &Source) -> String {
    let recording = &source.recording;
    let n = count(recording.trials.len() as u64, "trial");
    let seconds = |samples: usize| number(samples as f64 / recording.sample_rate_hz);
    match (recording.shortest_trial(), recording.longest_trial()) {
        (low, high) if low == high => format!("{n} of {low} samples, {} s", seconds(low)),
        (low, high) => {
            format!(
                "{n} of {low} to {high} samples, {} to {} s",
                seconds(low),
                seconds(high)
            )
        }
    }
}

/// The values that events have in a column, and how often, unless there are too many.
fn values(source: &Source, column: usize, name: &str) -> String {
    let mut often: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &source.events.events {
        *often.entry(event.values[column].as_str()).or_default() += 1;
    }
    if often.len() > MAX_VALUES {
        return format!("{name}: {} different values", often.len());
    }
    let each: Vec<String> = often
        .iter()
        .map(|(value, n)| format!("\"{value}\" {n}×"))
        .collect();
    format!("{name}: {}", each.join(", "))
}
