//! The job, in order.

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::announce::announce;
use crate::comm::{self, World};
use crate::compute::{Precise, Tally, Tools, compute};
use crate::config::Config;
use crate::described::Described;
use crate::ending::{Finished, complete, finish, kept, publish};
use crate::error::{Error, Result};
use crate::input::{self, Fingerprint, History, Reader, Watch};
use crate::logging;
use crate::memory;
use crate::output::{self, Begun, Claim, Identity, Job, Sink, Stage};
use crate::progress::Progress;
use crate::provenance::provenance;
use crate::request::Request;
use crate::schedule::{Policy, Schedule, Todo};
use crate::spectral::{InstructionSet, Remark};
use crate::study::Study;

/// How a job ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The result is there.
    Finished,
    /// The job was asked to stop; what is done is on disk.
    Stopped,
}

/// Runs the job of all ranks: everybody returns when the result is published or the job was asked to stop, or with an error
/// that one rank speaks. `config` is given when it was read already, before there was a world.
///
/// # Errors
/// Anything that ends a job before its first spectrum or after its last. Failures between end the job on all ranks at once.
pub fn run(request: &Request, config: Option<Config>, world: World) -> Result<Ending> {
    let computed = compute_spectra(request, config, &world).map_err(|error| world.speak(error))?;
    let ending = match &computed {
        Computed::Stopped => Ending::Stopped,
        Computed::Before(_) | Computed::Now(_) => Ending::Finished,
    };
    if comm::may_not_end() {
        // the other ranks wait meanwhile, since there may be no time after MPI's end
        let ended = world.on_root(|| end(computed, request));
        ended.map_err(|error| world.speak(error))?;
        world.note_done();
        return Ok(ending);
    }
    let is_root = world.is_root();
    drop(world);
    if is_root {
        end(computed, request)?;
    }
    Ok(ending)
}

/// What rank 0 does alone, when all ranks have done their work.
fn end(computed: Computed, request: &Request) -> Result<()> {
    let text = match computed {
        Computed::Stopped => return Ok(()),
        Computed::Before(path) => {
            format!("nothing is left to do\nresult: {}\n", path.display())
        }
        Computed::Now(finished) => {
            let report = publish(*finished, request)?;
            logging::say(report.lost().warning().map(Remark::Warning));
            format!("{report}\n")
        }
    };
    if !request.quiet {
        logging::print_report(&text);
    }
    Ok(())
}

/// Where the ranks have come to.
enum Computed {
    /// The result was there before.
    Before(PathBuf),
    /// All spectra are there.
    Now(Box<Finished>),
    /// The job was asked to stop.
    Stopped,
}

/// Everything up to the finished part file. Collective: every rank returns an error, or none.
fn compute_spectra(request: &Request, config: Option<Config>, world: &World) -> Result<Computed> {
    let config = match config {
        Some(config) => config,
        None => read_config(request, world)?,
    };
    set_timeouts(&config, world);
    let (mut study, fingerprint, history) = settle(config, world)?;
    let reader = world.agree(input::open(&study.location))?;
    let watch = world.agree(Watch::begin(&fingerprint))?;
    let begun = begin(request, &study, fingerprint, world)?;
    study.plan = begun.plan.clone();
    let instructions = world.agree(instructions(&begun, &study))?;
    let policy = policy(&study, world);
    let provenance = provenance(&study, history, policy, instructions, world);
    match begun.stage {
        Stage::Done => return Ok(Computed::Before(study.config.output.value.clone())),
        Stage::Publish => {
            let source = study.target.data.clone();
            let finished = finish(
                study,
                provenance,
                begun.claim,
                source,
                Vec::new(),
                0.0,
                world,
            )?;
            return Ok(Computed::Now(Box::new(finished)));
        }
        Stage::Compute => {}
    }

    announce(&study, &begun, instructions, world);
    let start = Instant::now();
    let shows_progress = world.is_root() && !request.quiet;
    let progress =
        shows_progress.then(|| Progress::start(n_samples(&study, &begun.todo), world.done()));
    let schedule = Schedule::new(&study.plan, &begun.todo, policy, world);
    let (Some(sink), Some(places)) = (begun.sink, begun.places) else {
        unreachable!("work that is left has files")
    };
    let claim = begun.claim;
    let mut work = Work {
        reader,
        watch,
        sink,
        claim,
        places,
    };
    let computed = match study.bytes.computed {
        8 => work.batches::<f64>(&study, instructions, schedule, world),
        _ => work.batches::<f32>(&study, instructions, schedule, world),
    };
    // the other ranks are in the middle of their work: only the end of the job stops them
    let tally =
        computed.unwrap_or_else(|error| comm::fail(kept(error, &mut work.claim, request, world)));
    let tallies = world.gather(&tally);
    drop(progress);
    let seconds = start.elapsed().as_secs_f64();
    let Work {
        mut claim,
        sink,
        places,
        reader,
        ..
    } = work;
    // what comes now has memory of its own
    drop(reader);
    let source = complete(request, &study, sink, &places, &mut claim, world).map_err(|error| {
        if error.is_ours() {
            kept(error, &mut claim, request, world)
        } else {
            error
        }
    })?;
    let Some(source) = source else {
        return Ok(Computed::Stopped);
    };
    let finished = finish(study, provenance, claim, source, tallies, seconds, world)?;
    Ok(Computed::Now(Box::new(finished)))
}

/// What `slepian plan` prints for `n_ranks` ranks on this host, with the time that computing takes where it `is_timed`. Reads
/// metadata only.
///
/// # Errors
/// A wrong config, or one that the recording does not allow.
pub fn plan(config: &Path, sets: &[String], n_ranks: usize, is_timed: bool) -> Result<String> {
    let config = load(config, sets)?;
    let (described, _) = Described::of(&config.data)?;
    let memory = memory::share_of_host(n_ranks);
    let study = Study::settle(config, described, memory, n_ranks)?;
    Ok(crate::preview::page(&study, n_ranks, is_timed))
}

/// Reads and checks a config.
///
/// # Errors
/// A config that cannot be read or is wrong.
pub fn load(config: &Path, sets: &[String]) -> Result<Config> {
    Ok(Config::parse(&Config::read(config)?, config, sets)?)
}

/// Rank 0 reads the file, every rank checks its text: a refusal is the same everywhere.
fn read_config(request: &Request, world: &World) -> Result<Config> {
    let text = world.on_root(|| Config::read(&request.config))?;
    let text: String = world.share(text);
    world.agree(Config::parse(&text, &request.config, &request.sets).map_err(Into::into))
}

/// Rank 0 reads the metadata; every rank settles the same study. The history stays on rank 0.
fn settle(config: Config, world: &World) -> Result<(Study, Fingerprint, History)> {
    let described = world.on_root(|| {
        let (described, history) = Described::of(&config.data)?;
        let fingerprint = Fingerprint::of(&described.recording, &described.location)?;
        Ok(((described, fingerprint), history))
    })?;
    let (facts, history) = described.unzip();
    let (described, fingerprint) = world.share(facts);
    let memory = world.min(memory::share_of_host(world.ranks_on_this_host()));
    let study = world.agree(Study::settle(config, described, memory, world.size()))?;
    Ok((study, fingerprint, history.unwrap_or_default()))
}

/// Claims the result for this job, and no other, and opens its files. Collective.
fn begin(
    request: &Request,
    study: &Study,
    fingerprint: Fingerprint,
    world: &World,
) -> Result<Begun> {
    // ranks on other processors must not compute or cut the work in other ways: rank 0's plan and the lowest set count
    let identity = Identity {
        version: env!("CARGO_PKG_VERSION").into(),
        instruction_set: agree_on_instructions(world).name().into(),
        blocks: study.plan.blocks(),
        config: study.values(),
        recording: fingerprint,
    };
    let job = Job {
        target: &study.target,
        input: &study.location.path,
        intent: request.intent,
        identity: &identity,
        plan_as_begun: &|blocks| study.plan_as_begun(blocks),
    };
    output::begin(&job, study.outline(), world)
}

/// The instruction set that the result was begun with.
fn instructions(begun: &Begun, study: &Study) -> Result<InstructionSet> {
    let name = &begun.instruction_set;
    InstructionSet::by_name(name).ok_or_else(|| {
        Error::Usage(format!(
            "{}: begun on processors with {name}, which this one lacks; expected such processors, or --overwrite to begin \
             anew",
            study.target.part.display()
        ))
    })
}

fn set_timeouts(config: &Config, world: &World) {
    let can_hear = world.set_peer_timeout(config.peer_timeout);
    world.set_step_timeout(config.step_timeout);
    if config.peer_timeout.is_some() && !can_hear && world.is_root() {
        tracing::warn!(
            "parallel.peer_timeout has no effect: this MPI library has no MPI_THREAD_MULTIPLE"
        );
    }
}

/// A rank's share of the job while it computes.
struct Work {
    reader: Box<dyn Reader>,
    watch: Watch,
    sink: Box<dyn Sink>,
    claim: Claim,
    places: output::Places,
}

impl Work {
    fn batches<T: Precise>(
        &mut self,
        study: &Study,
        instructions: InstructionSet,
        schedule: Schedule,
        world: &World,
    ) -> Result<Tally> {
        let estimator = study.design.estimator::<T>(instructions);
        let mut tools = Tools {
            reader: &mut *self.reader,
            sink: &mut *self.sink,
            watch: &self.watch,
            claim: &self.claim,
            checkpoint_every: study.config.checkpoint_every,
        };
        compute(study, &*estimator, schedule, &mut tools, world)
    }
}

/// The lowest set of all ranks: others would give other bits.
fn agree_on_instructions(world: &World) -> InstructionSet {
    InstructionSet::from_level(world.min(InstructionSet::detect().level()))
}

/// Samples of all channels that are left to read.
fn n_samples(study: &Study, todo: &Todo) -> u64 {
    let plan = &study.plan;
    let of_unit = |unit: usize| -> u64 {
        let unit = &plan.units[unit];
        let samples = unit
            .trials
            .clone()
            .map(|trial| study.samples(trial, &unit.rows));
        samples.map(|samples| samples.len() as u64).sum()
    };
    todo.stretches(plan.channel_blocks.len())
        .map(|(unit, blocks)| of_unit(unit) * plan.channels(&blocks).len() as u64)
        .sum()
}

/// The schedule that was asked for, where the MPI library can do it.
fn policy(study: &Study, world: &World) -> Policy {
    if study.config.schedule == Policy::Dynamic && !world.has_counter() {
        tracing::warn!("this MPI library has no MPI_THREAD_MULTIPLE: the schedule is static");
        return Policy::Static;
    }
    study.config.schedule
}
