//! A recording as facts: channels, sample rate, trials. No file handle, no samples.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// What a recording holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Samples per second, in Hz.
    pub sample_rate_hz: f64,
    /// The channels, in the order of the result.
    pub channels: Vec<Channel>,
    /// The trials, in the order of the result.
    pub trials: Vec<Trial>,
    /// Whether the samples need double precision: 64-bit floats, and integers of 32 and 64 bits.
    pub is_double: bool,
    /// Names of the trial definition's columns after start, stop and offset.
    pub trialinfo: Vec<String>,
    /// Names of the columns of text that every trial has a value in.
    pub trial_labels: Vec<String>,
}

/// One channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    /// Its name.
    pub label: String,
    /// Its place on the channel axis of the file.
    pub column: usize,
    /// Unit of its samples, as the file writes it; empty where it does not say.
    pub unit: String,
}

impl Channel {
    /// Channels of these names, in the order of the file, of no known unit.
    pub fn of(labels: Vec<String>) -> Vec<Channel> {
        let channel = |(column, label)| Channel {
            label,
            column,
            unit: String::new(),
        };
        labels.into_iter().enumerate().map(channel).collect()
    }
}

/// One trial: a stretch of the samples that all trials are stacked in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its number in the recording, from 0.
    pub number: usize,
    /// Its first sample on the time axis of the file.
    pub start: u64,
    /// How many samples it has.
    pub n_samples: usize,
    /// Sample number of its first sample relative to the trigger; usually below zero.
    pub offset: f64,
    /// Its row of the trial definition after start, stop and offset.
    pub info: Vec<f64>,
    /// Its value in each of the recording's columns of text, empty where it has none.
    pub labels: Vec<String>,
}

/// The columns that every trial definition has.
pub const TRIAL_COLUMNS: [&str; 3] = ["start", "stop", "offset"];
/// The column that says which event a trial lies around: the number of its row or marker among all, from 0.
pub const EVENT: &str = "event";
/// Columns of numbers that trials have after those, at most, and columns of text.
pub const MAX_TRIAL_COLUMNS: usize = 1024;
/// Characters of the name of a column at most.
const MAX_NAME: usize = 200;

/// Names for the columns of the trial definition after those that every one has.
pub fn trialinfo_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names_beside(&TRIAL_COLUMNS, names)
}

/// Names for columns beside those that are `taken`: `info1`, `info2`, … for those whose own name is none, or another's.
pub fn names_beside<'a>(taken: &[&str], names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (k, name) in names.into_iter().enumerate() {
        let is_free = |name: &String| {
            !taken.contains(&name.as_str()) && !found.iter().any(|other| other == name)
        };
        let is_a_name = !name.is_empty()
            && name.chars().count() <= MAX_NAME
            && !name.chars().any(char::is_control);
        let own = is_a_name.then(|| name.to_owned());
        let numbered = (k + 1..).map(|k| format!("info{k}"));
        let name = own.into_iter().chain(numbered).find(is_free);
        found.push(name.expect("there are more numbers than names"));
    }
    found
}

/// Names for columns of text, each of which becomes the name of a data set of HDF5.
pub fn trial_label_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let names = names.into_iter().map(|name| name.replace('/', "_"));
    let names: Vec<String> = names.collect();
    // "." is HDF5's name for the group itself
    let names = names.iter().map(|name| name.trim_matches('.'));
    names_beside(&[], names)
}

/// Gives channels without a name the default one of their place, or a longer one if another channel is called so; returns
/// what the user should know of it.
pub fn name_by_place(labels: &mut [String]) -> Option<String> {
    let is_nameless = |label: &String| label.trim().is_empty();
    let first = labels.iter().position(is_nameless)?;
    let n = labels.iter().filter(|label| is_nameless(label)).count();
    let taken: HashSet<String> = labels.iter().cloned().collect();
    let names = Recording::default_labels(labels.len());
    for (label, name) in labels
        .iter_mut()
        .zip(names)
        .filter(|(label, _)| is_nameless(label))
    {
        let longer = (2..).map(|k| format!("{name}_{k}"));
        let mut free = std::iter::once(name.clone()).chain(longer);
        let found = free.find(|name| !taken.contains(name));
        *label = found.expect("there are more numbers than names");
    }
    let (have, each) = match n {
        1 => ("has", "it is called by its place,"),
        _ => ("have", "each is called by its place, such as"),
    };
    Some(format!(
        "{n} of {} channels {have} no name: {each} {}",
        labels.len(),
        labels[first]
    ))
}

/// Names for so many columns of which nothing is known.
pub fn nameless_trialinfo(n: usize) -> Vec<String> {
    trialinfo_names(std::iter::repeat_n("", n))
}

impl Recording {
    /// Samples of the longest trial; 0 without trials.
    pub fn longest_trial(&self) -> usize {
        self.trials
            .iter()
            .map(|trial| trial.n_samples)
            .max()
            .unwrap_or(0)
    }

    /// Samples of the shortest trial; 0 without trials.
    pub fn shortest_trial(&self) -> usize {
        self.trials
            .iter()
            .map(|trial| trial.n_samples)
            .min()
            .unwrap_or(0)
    }

    /// The different trial lengths in samples, in ascending order.
    pub fn trial_lengths(&self) -> Vec<usize> {
        let mut lengths: Vec<usize> = self.trials.iter().map(|trial| trial.n_samples).collect();
        lengths.sort_unstable();
        lengths.dedup();
        lengths
    }

    /// The unit that all channels have, where it is known.
    pub fn unit(&self) -> Option<&str> {
        let first = self.channels.first()?.unit.as_str();
        let is_common = self.channels.iter().all(|channel| channel.unit == first);
        (is_common && !first.is_empty()).then_some(first)
    }

    /// Whether its trials lie around events, which the first column of the trial definition's own numbers.
    pub fn names_events(&self) -> bool {
        self.trialinfo.first().is_some_and(|name| name == EVENT)
    }

    /// The unit of each channel, where some are known and they differ.
    pub fn differing_units(&self) -> Option<impl Iterator<Item = &str>> {
        let units = || self.channels.iter().map(|channel| channel.unit.as_str());
        let are_told = self.unit().is_none() && units().any(|unit| !unit.is_empty());
        are_told.then(units)
    }

    /// Syncopy's default channel names: `channel1`, …, with leading zeros.
    pub fn default_labels(n_channels: usize) -> Vec<String> {
        let width = n_channels.to_string().len();
        (1..=n_channels)
            .map(|number| format!("channel{number:0width$}"))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_text_have_names_that_hdf5_takes() {
        let names = trial_label_names(["trial_type", "a/b", "a_b", ".", ""]);
        assert_eq!(names, ["trial_type", "a_b", "info3", "info4", "info5"]);
    }

    #[test]
    fn every_column_of_the_trial_definition_has_a_name_of_its_own() {
        let long = "x".repeat(MAX_NAME + 1);
        let names = trialinfo_names([EVENT, "rt", "offset", "rt", "", "a\nb", &long]);
        assert_eq!(
            names,
            ["event", "rt", "info3", "info4", "info5", "info6", "info7"]
        );
        // also where a name is what a nameless one is called
        assert_eq!(trialinfo_names(["info2", ""]), ["info2", "info3"]);
        assert_eq!(nameless_trialinfo(2), ["info1", "info2"]);
    }

    #[test]
    fn channels_without_a_name_are_called_by_their_place_and_no_name_is_given_twice() {
        let named = |labels: &[&str]| {
            let mut labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
            let notice = name_by_place(&mut labels);
            (labels, notice.unwrap_or_default())
        };
        let (labels, notice) = named(&["", "", " "]);
        assert_eq!(labels, ["channel1", "channel2", "channel3"]);
        assert_eq!(
            notice,
            "3 of 3 channels have no name: each is called by its place, such as channel1"
        );
        let (labels, notice) = named(&["channel2", "", "channel2_2", "Cz", "Cz"]);
        assert_eq!(labels, ["channel2", "channel2_3", "channel2_2", "Cz", "Cz"]);
        assert_eq!(
            notice,
            "1 of 5 channels has no name: it is called by its place, channel2_3"
        );
        let (labels, notice) = named(&["a", "b"]);
        assert_eq!(
            (&labels[..], &notice[..]),
            (&["a".into(), "b".into()][..], "")
        );
    }
}
