//! A study before its first spectrum: config, recording, design and plan, settled against each other. `slepian plan`
//! prints it, `slepian run` does it.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::config::Config;
use crate::definetrial::Defined;
use crate::described::Described;
use crate::error::Result;
use crate::input::Location;
use crate::output::{Outline, Target};
use crate::plan::{Blocks, Bytes, Cut, Plan};
use crate::recording::Recording;
use crate::select::{self, Selected};
use crate::spectral::{BlockLayout, Design, Remark};

/// Everything that is known before samples are read.
#[derive(Clone, Debug)]
pub struct Study {
    /// The checked config.
    pub config: Config,
    /// The selected part of the recording.
    pub recording: Recording,
    /// Where its samples lie.
    pub location: Location,
    /// What is computed.
    pub design: Design,
    /// Axes of the result.
    pub layout: BlockLayout,
    /// The pieces of work.
    pub plan: Plan,
    /// The numbers that are computed and stored.
    pub bytes: Bytes,
    /// What became of trials past the edges of the recording.
    pub defined: Defined,
    /// Trials that the latency covers only partly.
    pub n_partly: usize,
    /// Syncopy's parameters of this analysis, defaults and selection included.
    pub cfg: Map<String, Value>,
    /// Files of the result.
    pub target: Target,
    /// What the user should know before anything is designed.
    remarks: Vec<Remark>,
}

impl Study {
    /// Settles a config against a recording, for `n_ranks` ranks that may take `memory_per_rank` bytes each unless the
    /// config says otherwise.
    ///
    /// # Errors
    /// What the recording does not allow, with the line of the config, and what does not fit.
    pub fn settle(
        config: Config,
        described: Described,
        memory_per_rank: u64,
        n_ranks: usize,
    ) -> Result<Study> {
        let mut remarks: Vec<Remark> = config
            .warnings
            .iter()
            .cloned()
            .map(Remark::Warning)
            .collect();
        remarks.extend(config.analysis.advice.iter().cloned());
        remarks.extend(described.remarks());
        let (location, defined) = (described.location, described.defined);
        let selected = select::select(&described.recording, &config.data.select)?;
        remarks.extend(selected.remarks());
        let design = config.analysis.design(&selected.recording)?;
        let cfg = config.cfg(&selected);
        let Selected {
            recording,
            n_partly,
            ..
        } = selected;
        let layout = design.block_layout();
        let precision = config.analysis.precision;
        let width = |double| if double { 8 } else { 4 };
        let limit = config
            .memory_per_rank
            .as_ref()
            .map_or(memory_per_rank, |limit| limit.value);
        let bytes = Bytes {
            computed: width(precision.computes_double(recording.is_double)),
            stored: width(precision.stores_double()),
            reader: location.reader_bytes(),
        };
        let asked = config.analysis.chan_per_worker.as_ref();
        let cut = asked.map_or(Cut::ForRanks(n_ranks), Cut::AtMost);
        let plan = Plan::new(&recording, &design, bytes, cut, limit)?;
        let output = std::path::absolute(&config.output.value)
            .unwrap_or_else(|_| config.output.value.clone());
        let target = Target::new(&output, &layout.extension());
        Ok(Study {
            config,
            recording,
            location,
            design,
            layout,
            plan,
            bytes,
            defined,
            n_partly,
            cfg,
            target,
            remarks,
        })
    }

    /// The plan with the blocks that a partial result was begun with.
    ///
    /// # Errors
    /// Such a block does not fit into the memory of a rank.
    pub fn plan_as_begun(&self, blocks: Blocks) -> Result<Plan> {
        let cut = Cut::Exactly(blocks);
        let limit = self.plan.memory_per_rank;
        Ok(Plan::new(
            &self.recording,
            &self.design,
            self.bytes,
            cut,
            limit,
        )?)
    }

    /// The samples of a trial that some of its rows need.
    pub fn samples(&self, trial: usize, rows: &Range<usize>) -> Range<usize> {
        let n_samples = self.recording.trials[trial].n_samples;
        self.design.samples(trial, n_samples, rows)
    }

    /// Samples of all channels.
    pub fn n_samples(&self) -> u64 {
        let trials = self.recording.trials.iter();
        trials.map(|trial| trial.n_samples as u64).sum::<u64>()
            * self.recording.channels.len() as u64
    }

    /// What the result looks like.
    pub fn outline(&self) -> Outline<'_> {
        Outline {
            recording: &self.recording,
            layout: &self.layout,
            design: &self.design,
            plan: &self.plan,
            stores_double: self.bytes.stored == 8,
            mpi_hints: &self.config.mpi_hints,
            driver: self.config.driver,
        }
    }

    /// Values of the config that change numbers, by `table.key`.
    pub fn values(&self) -> Map<String, Value> {
        let mut values = Map::new();
        for (key, value) in self.cfg.clone() {
            match (key.as_str(), value) {
                // these say how, not what
                ("parallel" | "chan_per_worker", _) => {}
                ("select", Value::Object(select)) => {
                    let named = |(key, value)| (format!("select.{key}"), value);
                    values.extend(select.into_iter().map(named));
                }
                (key, value) => {
                    values.insert(format!("freqanalysis.{key}"), value);
                }
            }
        }
        let name = |bytes| if bytes == 8 { "double" } else { "single" };
        let (computed, stored) = (name(self.bytes.computed), name(self.bytes.stored));
        let precision = format!("{computed}, stored {stored}");
        values.insert("freqanalysis.precision".into(), precision.into());
        let named = |(key, value)| (format!("freqanalysis.{key}"), value);
        values.extend(self.design.choices().into_iter().map(named));
        values
    }

    /// What the user should know, though nothing is wrong.
    pub fn remarks(&self) -> Vec<Remark> {
        let mut remarks = self.remarks.clone();
        remarks.extend(self.design.remarks().iter().cloned());
        if let Some(asked) = &self.config.analysis.chan_per_worker {
            let block = self.plan.channel_blocks[0].len() as u64;
            if block < asked.value.min(self.recording.channels.len() as u64) {
                remarks.push(Remark::Note(format!(
                    "{}: blocks of {block} channels, which are even and fit",
                    asked.found
                )));
            }
        }
        remarks
    }
}
