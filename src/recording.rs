//! A recording as facts: channels, sample rate, trials. No file handle, no samples.

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
    /// Whether the samples are stored as 64-bit floats.
    pub is_double: bool,
    /// Names of the trial definition's columns after start, stop, offset: `info1`, ….
    pub n_info: usize,
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
    /// The user's columns of the trial definition.
    pub info: Vec<f64>,
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

    /// Syncopy's default channel names: `channel1`, …, with leading zeros.
    pub fn default_labels(n_channels: usize) -> Vec<String> {
        let width = n_channels.to_string().len();
        (1..=n_channels)
            .map(|number| format!("channel{number:0width$}"))
            .collect()
    }
}
