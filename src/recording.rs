//! A recording as facts: channels, sample rate, trials. No file handle, no samples. A selection of trials, channels and
//! times gives a recording again.

use serde::{Deserialize, Serialize};

use crate::phrase::{number, shorten};
use crate::setting::{Refusal, Setting};

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

    /// Syncopy's default channel names: `channel1`, …, with leading zeros.
    pub fn default_labels(n_channels: usize) -> Vec<String> {
        let width = n_channels.to_string().len();
        (1..=n_channels)
            .map(|number| format!("channel{number:0width$}"))
            .collect()
    }

    /// The part of the recording that `select` names, and how many trials the latency covers only partly; those stay
    /// in with fewer samples.
    ///
    /// # Errors
    /// A trial, channel or time that the recording does not have.
    pub fn select(&self, select: &Select) -> Result<(Recording, usize), Refusal> {
        let mut selected = self.clone();
        if let Some(wanted) = &select.trials {
            let n_trials = self.trials.len();
            selected.trials = wanted
                .value
                .iter()
                .map(|&number| {
                    self.trials.get(number).cloned().ok_or_else(|| {
                        wanted.refuse(format!(
                            "trial {number} does not exist; expected 0 to {}",
                            n_trials - 1
                        ))
                    })
                })
                .collect::<Result<_, _>>()?;
        }
        if let Some(wanted) = &select.channel {
            selected.channels = wanted
                .value
                .iter()
                .map(|name| self.channel(name).map_err(|what| wanted.refuse(what)))
                .collect::<Result<_, _>>()?;
        }
        let mut n_partly = 0;
        if let Some(latency) = &select.latency {
            for trial in &mut selected.trials {
                n_partly += usize::from(trial.cut_to(latency, self.sample_rate_hz)?);
            }
        }
        Ok((selected, n_partly))
    }

    fn channel(&self, name: &ChannelName) -> Result<Channel, String> {
        match name {
            ChannelName::Number(number) => self.channels.get(*number).cloned().ok_or_else(|| {
                format!(
                    "channel {number} does not exist; expected 0 to {}",
                    self.channels.len() - 1
                )
            }),
            ChannelName::Label(label) => {
                let mut found = (0..self.channels.len())
                    .filter(|&number| self.channels[number].label == *label);
                let shown = shorten(label, 60);
                match (found.next(), found.next()) {
                    (Some(one), None) => Ok(self.channels[one].clone()),
                    (Some(one), Some(other)) => Err(format!(
                        "channels {one} and {other} are both called \"{shown}\"; expected a number"
                    )),
                    (None, _) => {
                        let known = self.channels.iter().map(|channel| channel.label.as_str());
                        let advice = crate::setting::nearest(label, known);
                        Err(format!("channel \"{shown}\" does not exist; {advice}"))
                    }
                }
            }
        }
    }
}

impl Trial {
    /// Keeps the samples from `begin` to `end`, both included; whether some of that window lies outside the trial.
    fn cut_to(
        &mut self,
        latency: &Setting<[f64; 2]>,
        sample_rate_hz: f64,
    ) -> Result<bool, Refusal> {
        let [begin, end] = latency.value;
        let n = self.n_samples;
        // the division decides, as in Syncopy
        let time = |sample: usize| (sample as f64 + self.offset) / sample_rate_hz;
        let first = first_where(n, |sample| time(sample) >= begin);
        let after = first_where(n, |sample| time(sample) > end);
        if after <= first {
            return Err(latency.refuse(format!(
                "trial {} has no sample in it; it lasts from {} to {} s",
                self.number,
                number(time(0)),
                number(time(n - 1))
            )));
        }
        let partly = begin < time(0) || end > time(n - 1);
        self.start += first as u64;
        self.offset += first as f64;
        self.n_samples = after - first;
        Ok(partly)
    }
}

/// The first of `0..n` for which `holds` is true, when it is false up to some number and true from there on; `n` when it
/// is nowhere. Counting there would take days: a trial may have 2⁴⁰ samples, and beside a large offset many of them fall
/// on the same time.
fn first_where(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle
        } else {
            low = middle + 1
        }
    }
    low
}

/// What part of a recording is wanted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Select {
    /// Trials by number; all when absent.
    pub trials: Option<Setting<Vec<usize>>>,
    /// Channels; all when absent.
    pub channel: Option<Setting<Vec<ChannelName>>>,
    /// Begin and end in seconds, both included.
    pub latency: Option<Setting<[f64; 2]>>,
}

/// A channel as the user calls it.
#[derive(Clone, Debug, PartialEq)]
pub enum ChannelName {
    /// By its place, from 0.
    Number(usize),
    /// By its name.
    Label(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording() -> Recording {
        let trial = |number: usize, n_samples| Trial {
            number,
            start: number as u64 * 1000,
            n_samples,
            offset: -500.0,
            info: vec![number as f64],
        };
        Recording {
            sample_rate_hz: 500.0,
            channels: Channel::of(["Cz", "Pz", "Fz"].map(String::from).to_vec()),
            trials: vec![trial(0, 1000), trial(1, 600), trial(2, 1000)],
            is_double: false,
            n_info: 1,
        }
    }

    fn select(begin: f64, end: f64) -> Select {
        let latency = Setting::default_of("select", "latency", [begin, end]);
        Select {
            latency: Some(latency),
            ..Select::default()
        }
    }

    #[test]
    fn a_latency_holds_both_its_ends() {
        let (cut, n_partly) = recording().select(&select(-0.5, 0.1)).unwrap();
        assert_eq!(
            (
                cut.trials[0].start,
                cut.trials[0].n_samples,
                cut.trials[0].offset
            ),
            (250, 301, -250.0)
        );
        assert_eq!(n_partly, 0);
        // 0.1 s × 500 Hz is not exact in binary, sample 50 belongs to it all the same
        let (cut, _) = recording().select(&select(0.1, 0.1)).unwrap();
        assert_eq!((cut.trials[0].n_samples, cut.trials[0].offset), (1, 50.0));
    }

    #[test]
    fn trials_covered_partly_stay_in_with_fewer_samples_and_are_counted() {
        let (cut, n_partly) = recording().select(&select(0.0, 0.5)).unwrap();
        assert_eq!(n_partly, 1);
        assert_eq!((cut.trials[1].n_samples, cut.trials[1].offset), (100, 0.0));
        assert_eq!(cut.trials[0].n_samples, 251);
    }

    #[test]
    fn trials_outside_the_latency_are_refused() {
        let refusal = recording()
            .select(&select(0.5, 0.6))
            .expect_err("trial 1 ends at 0.198 s");
        assert!(
            refusal.to_string().contains("trial 1 has no sample in it"),
            "{refusal}"
        );
    }

    #[test]
    fn channels_are_found_by_name_and_number_and_keep_their_column() {
        let names = vec![ChannelName::Label("Fz".into()), ChannelName::Number(0)];
        let wanted = Select {
            channel: Some(Setting::default_of("select", "channel", names)),
            trials: Some(Setting::default_of("select", "trials", vec![2, 0, 2])),
            latency: None,
        };
        let (cut, _) = recording().select(&wanted).unwrap();
        assert_eq!(
            cut.channels.iter().map(|c| c.column).collect::<Vec<_>>(),
            [2, 0]
        );
        assert_eq!(
            cut.trials.iter().map(|t| t.number).collect::<Vec<_>>(),
            [2, 0, 2]
        );
        let missing = vec![ChannelName::Label("cz".into())];
        let wanted = Select {
            channel: Some(Setting::default_of("select", "channel", missing)),
            ..Select::default()
        };
        assert!(
            recording()
                .select(&wanted)
                .expect_err("no cz")
                .to_string()
                .contains("did you mean Cz?")
        );
    }

    #[test]
    fn a_latency_finds_its_place_at_once_in_the_longest_trials_and_beside_the_largest_offsets() {
        for offset in [0.0, -1e300, 1e300, f64::MAX, -9_007_199_254_740_992.0] {
            let mut long = recording();
            long.trials.truncate(1);
            long.trials[0].n_samples = 1 << 40;
            long.trials[0].offset = offset;
            for (begin, end) in [
                (0.0, 1.0),
                (-f64::MAX, f64::MAX),
                (offset / 500.0, offset / 500.0),
                (1e9, 2e9),
            ] {
                match long.select(&select(begin, end)) {
                    Ok((cut, _)) => {
                        let trial = &cut.trials[0];
                        assert!(trial.n_samples > 0 && trial.offset.is_finite());
                        assert!(trial.start + trial.n_samples as u64 <= 1 << 40);
                    }
                    Err(refusal) => assert!(refusal.to_string().len() < 200, "{refusal}"),
                }
            }
        }
    }

    #[test]
    fn a_name_that_two_channels_have_is_refused_with_their_numbers() {
        let mut twice = recording();
        twice.channels[2].label = "Cz".into();
        let wanted = |name| Select {
            channel: Some(Setting::default_of("select", "channel", vec![name])),
            ..Select::default()
        };
        let refusal = twice.select(&wanted(ChannelName::Label("Cz".into())));
        let text = refusal.expect_err("two of them").to_string();
        assert!(text.contains("channels 0 and 2 are both called"), "{text}");
        let (cut, _) = twice.select(&wanted(ChannelName::Number(2))).unwrap();
        assert_eq!(cut.channels[0].column, 2);
    }

    #[test]
    fn default_labels_have_leading_zeros() {
        assert_eq!(Recording::default_labels(2), ["channel1", "channel2"]);
        assert_eq!(Recording::default_labels(12)[0], "channel01");
    }
}
