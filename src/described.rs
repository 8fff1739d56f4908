//! The recording of a config as facts, found by rank 0 and shared with all: the file described, its trials defined.

use serde::{Deserialize, Serialize};

use crate::config::Data;
use crate::definetrial::{self, Defined};
use crate::error::Result;
use crate::input::{self, History, Location};
use crate::phrase::count;
use crate::recording::Recording;
use crate::spectral::Remark;

/// What ranks need to know of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Described {
    /// Everything in it, whatever is selected.
    pub recording: Recording,
    /// Where its samples lie.
    pub location: Location,
    /// What became of trials past its edges.
    pub defined: Defined,
    /// What the user should know about the file, and about its trials where these are used.
    pub file_remarks: Vec<String>,
}

impl Described {
    /// Reads the metadata of the recording, and the events that its trials lie around.
    ///
    /// # Errors
    /// What is wrong with one of them: path, found, expected.
    pub fn of(data: &Data) -> Result<(Described, History)> {
        let trials = data.definetrial.as_ref();
        let options = input::Options {
            wants_events: trials.is_some_and(definetrial::Options::are_around_markers),
            ..data.input.clone()
        };
        let (_, mut source) = input::describe(&options)?;
        let defined = match &data.definetrial {
            Some(options) => {
                source.remarks.clear();
                definetrial::define(options, &mut source)?
            }
            None => Defined::default(),
        };
        let described = Described {
            recording: source.recording,
            location: source.location,
            defined,
            file_remarks: [source.notices, source.remarks].concat(),
        };
        Ok((described, source.history))
    }

    /// What the user should know about trials that are not what was asked for.
    pub fn remarks(&self) -> Vec<Remark> {
        let Defined {
            n_dropped,
            n_clipped,
            onsets_skip_gaps,
            ref rounded,
            ref column_warnings,
        } = self.defined;
        let trials = |n: usize| count(n as u64, "trial");
        let dropped = (n_dropped > 0).then(|| {
            format!(
                "{} left out: past the edges of the recording, or across a gap",
                trials(n_dropped)
            )
        });
        let clipped = (n_clipped > 0).then(|| {
            format!(
                "{} cut short at the edges of the recording, or at a gap",
                trials(n_clipped)
            )
        });
        let skipping = onsets_skip_gaps.then(|| {
            "time is missing in this recording, nobody knows how much: onsets count the samples that are there; \
             definetrial.sample or markers say it without doubt"
                .to_owned()
        });
        let of_file = self.file_remarks.iter().cloned();
        of_file
            .chain([dropped, clipped, skipping].into_iter().flatten())
            .chain(column_warnings.iter().cloned())
            .map(Remark::Warning)
            .chain(rounded.iter().cloned().map(Remark::Note))
            .collect()
    }
}
