//! `slepian trials`: the trials of a recording, as a config defines and selects them, one on a line.

use crate::cli::TrialsArgs;
use crate::config::Data;
use crate::described::Described;
use crate::error::Result;
use crate::logging;
use crate::phrase::{number, printable};
use crate::recording::{Recording, Trial, names_beside};
use crate::select;

/// Lines that are printed at once.
const AT_ONCE: usize = 10_000;

/// Prints the trials.
///
/// # Errors
/// What is wrong with config or recording.
pub fn trials(args: &TrialsArgs) -> Result<()> {
    let data = Data::of(&args.input, &args.set)?;
    let (described, _) = Described::of(&data)?;
    logging::start(false, false);
    logging::say(described.remarks());
    let selected = select::select(&described.recording, &data.select)?;
    logging::say(selected.remarks());
    let recording = &selected.recording;
    let lines = || {
        let lines = recording.trials.iter().map(|trial| line(trial, recording));
        std::iter::once(header(recording)).chain(lines)
    };
    // made twice and never held: there may be millions
    let mut widths = vec![0; header(recording).len()];
    for line in lines() {
        for (width, text) in widths.iter_mut().zip(&line) {
            *width = (*width).max(text.chars().count());
        }
    }
    let mut lines = lines().peekable();
    while lines.peek().is_some() {
        let some = lines.by_ref().take(AT_ONCE);
        let text: String = some.map(|line| aligned(&line, &widths) + "\n").collect();
        logging::print(&text)?;
    }
    Ok(())
}

/// The columns of every trial.
const COLUMNS: [&str; 6] = [
    "trial",
    "begin_s",
    "end_s",
    "first_sample",
    "n_samples",
    "offset_s",
];

/// Names without blanks, none of them twice, so that other programs find columns.
fn header(recording: &Recording) -> Vec<String> {
    // a column of numbers and text is shown as both
    let texts = recording.trial_labels.iter().map(|name| {
        let is_taken = recording.trialinfo.contains(name);
        if is_taken {
            format!("{name}_text")
        } else {
            name.clone()
        }
    });
    let info: Vec<String> = recording
        .trialinfo
        .iter()
        .cloned()
        .chain(texts)
        .map(|name| name.replace(char::is_whitespace, "_"))
        .collect();
    let info = names_beside(&COLUMNS, info.iter().map(String::as_str));
    COLUMNS.map(str::to_owned).into_iter().chain(info).collect()
}

/// Times of the recording, from its first sample on; the offset is the time of the first sample from the trigger on.
fn line(trial: &Trial, recording: &Recording) -> Vec<String> {
    let seconds = |samples: f64| number(samples / recording.sample_rate_hz);
    let end = trial.start + trial.n_samples as u64;
    [
        trial.number.to_string(),
        seconds(trial.start as f64),
        seconds(end as f64),
        trial.start.to_string(),
        trial.n_samples.to_string(),
        seconds(trial.offset),
    ]
    .into_iter()
    .chain(trial.info.iter().map(|&value| number(value)))
    .chain(trial.labels.iter().map(|label| word(label)))
    .collect()
}

/// A text as one word, so that other programs find columns: in quotes if it has blanks, `n/a` if it is empty.
fn word(text: &str) -> String {
    let text = printable(text);
    if text.is_empty() {
        "n/a".into()
    } else if text.contains(|c: char| c.is_whitespace() || c == '"') {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

fn aligned(line: &[String], widths: &[usize]) -> String {
    let columns = line.iter().zip(widths);
    let columns: Vec<String> = columns
        .map(|(text, &width)| format!("{text:>width$}"))
        .collect();
    columns.join("  ")
}
