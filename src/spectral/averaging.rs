//! `keeptrials`, `nan` and `min_trials`: whether and how trials are averaged.

use serde_json::{Map, Value};

use super::compat::Compat;
use super::quantity::Quantity;
use crate::recording::Recording;
use crate::setting::{Refusal, Section, Setting};

/// What the config asks for.
#[derive(Clone, Debug)]
pub struct AverageKeys {
    /// Whether every trial has a spectrum of its own.
    pub keeptrials: Setting<bool>,
    nan: Nan,
    min_trials: Setting<u64>,
}

/// What becomes of a trial that has NaN where others have numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nan {
    /// The average is that of the other trials.
    Omit,
    /// The average is NaN.
    Propagate,
}

/// How trials are averaged.
#[derive(Clone, Debug, PartialEq)]
pub struct Averaging {
    /// What becomes of trials with NaN in their samples. Times that a trial does not have are left out in any case.
    pub nan: Nan,
    /// Averages of fewer trials are NaN.
    pub min_trials: u32,
    /// Angles are averaged as directions.
    pub of_directions: bool,
    /// Whether a trial may have numbers at some frequencies of a row and none at others.
    pub by_frequency: bool,
}

impl AverageKeys {
    /// Reads the keys.
    ///
    /// # Errors
    /// Values of another kind.
    pub fn from_section(
        section: &Section,
        compat: Compat,
        warnings: &mut Vec<String>,
    ) -> Result<AverageKeys, Refusal> {
        let keeptrials = section
            .flag("keeptrials")?
            .unwrap_or_else(|| Setting::default_of("freqanalysis", "keeptrials", true));
        let nan = section.word("nan", &["omit", "propagate"])?;
        let min_trials = section.count("min_trials", 1)?;
        if keeptrials.value {
            for key in ["nan", "min_trials"] {
                if let Some(raw) = section.raw_unless_default(key) {
                    warnings.push(raw.refuse("no effect with keeptrials = true").to_string());
                }
            }
        }
        Ok(AverageKeys {
            keeptrials,
            nan: match nan {
                Some(word) if word.value == "propagate" => Nan::Propagate,
                None if compat.is_syncopy() => Nan::Propagate,
                _ => Nan::Omit,
            },
            min_trials: min_trials
                .unwrap_or_else(|| Setting::default_of("freqanalysis", "min_trials", 1)),
        })
    }

    /// How trials are averaged; none where they are kept. Angles are averaged as numbers in Syncopy.
    ///
    /// # Errors
    /// More trials are demanded than there are.
    pub fn settle(
        &self,
        recording: &Recording,
        quantity: Quantity,
        compat: Compat,
        by_frequency: bool,
    ) -> Result<Option<Averaging>, Refusal> {
        if self.keeptrials.value {
            return Ok(None);
        }
        let n_trials = recording.trials.len();
        let Some(min_trials) = u32::try_from(self.min_trials.value)
            .ok()
            .filter(|&min| min as usize <= n_trials.max(1))
        else {
            return Err(self.min_trials.refuse(format!(
                "every average would be NaN; expected at most {n_trials}, the trials there are"
            )));
        };
        Ok(Some(Averaging {
            nan: self.nan,
            min_trials,
            of_directions: quantity == Quantity::Angle && !compat.is_syncopy(),
            by_frequency,
        }))
    }
}

impl Averaging {
    /// The choices for the record.
    pub fn record(&self, record: &mut Map<String, Value>) {
        let nan = match self.nan {
            Nan::Omit => "omit",
            Nan::Propagate => "propagate",
        };
        record.insert("nan".into(), nan.into());
        record.insert("min_trials".into(), self.min_trials.into());
    }
}
