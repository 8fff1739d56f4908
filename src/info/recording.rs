//! What a recording holds that is no Syncopy container.

use super::tally::tally;
use super::{MAX_LINE, ends};
use crate::config::Data;
use crate::error::Result;
use crate::input::{self, Source};
use crate::logging;
use crate::phrase::{count, number, printable, shorten, size};
use crate::spectral::Remark;
use crate::unit::displayed;

/// What is printed of the recording.
///
/// # Errors
/// What is wrong with its file: path, found, expected.
pub fn page(data: &Data) -> Result<String> {
    let (format, source) = input::describe(&input::Options {
        wants_events: true,
        ..data.input.clone()
    })?;
    let known = [&source.notices[..], &source.remarks[..]].concat();
    logging::say(known.into_iter().map(Remark::Warning));
    let (recording, location) = (&source.recording, &source.location);
    let mut lines = vec![printable(&location.path.display().to_string())];
    let mut line = |name: &str, text: String| {
        let text = shorten(&printable(&text), MAX_LINE);
        lines.push(format!("  {name:<12} {text}"));
    };
    let bytes = std::fs::metadata(&location.path).map_or(0, |file| file.len());
    line("format", format!("{} ({})", format.name(), size(bytes)));
    line("trials", trials(&source));
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
        line("unit", displayed(&units.join(", ")));
    }
    if source.stretches.len() > 1 {
        line(
            "stretches",
            format!("{}, between which time is missing", source.stretches.len()),
        );
    }
    if !recording.trialinfo.is_empty() {
        line("trialinfo", recording.trialinfo.join(", "));
    }
    for (column, name) in recording.trial_labels.iter().enumerate() {
        let texts = recording
            .trials
            .iter()
            .map(|trial| trial.labels[column].as_str());
        line("trial_label", tally(name, texts));
    }
    let events = &source.events;
    if !events.events.is_empty() {
        line("markers", count(events.events.len() as u64, "event"));
        for (column, name) in events.names.iter().enumerate() {
            let texts = events
                .events
                .iter()
                .map(|event| event.values[column].as_str());
            line("", tally(name, texts));
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
