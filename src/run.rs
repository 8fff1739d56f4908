//! The job, in order.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use crate::comm::{self, World};
use crate::compute::{Precise, Tally, Tools, compute};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::input::{self, Fingerprint, History, Reader, Watch};
use crate::memory;
use crate::output::{self, Begun, Claim, Identity, Intent, Job, Outline, Provenance, Sink, Stage};
use crate::phrase::{count, size};
use crate::progress::Progress;
use crate::quality::Counts;
use crate::report::Report;
use crate::schedule::{Policy, Schedule, Todo};
use crate::signals;
use crate::spectral::{InstructionSet, Remark};
use crate::study::Study;

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The config file.
    pub config: PathBuf,
    /// Values of `--set`.
    pub sets: Vec<String>,
    /// What is done with what is there.
    pub intent: Intent,
    /// Whether anything but errors is shown.
    pub quiet: bool,
}

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
    let is_root = world.is_root();
    drop(world);
    match computed {
        Computed::Stopped => Ok(Ending::Stopped),
        Computed::Before(path) => {
            if is_root && !request.quiet {
                let text = format!("nothing is left to do\nresult: {}\n", path.display());
                crate::logging::print(&text)?;
            }
            Ok(Ending::Finished)
        }
        Computed::Now(finished) => {
            if is_root {
                let report = publish(*finished)?;
                if !request.quiet {
                    crate::logging::print(&format!("{report}\n"))?;
                }
            }
            Ok(Ending::Finished)
        }
    }
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

/// What is left to publish once the ranks have done their part.
struct Finished {
    study: Study,
    provenance: Provenance,
    report: Report,
    claim: Claim,
    /// The file that becomes the result.
    source: PathBuf,
}

/// Everything up to the finished part file. Collective: every rank returns an error, or none.
fn compute_spectra(request: &Request, config: Option<Config>, world: &World) -> Result<Computed> {
    let config = match config {
        Some(config) => config,
        None => read_config(request, world)?,
    };
    set_peer_timeout(&config, world);
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
            return finish(
                study,
                provenance,
                begun.claim,
                source,
                Vec::new(),
                0.0,
                world,
            );
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
        computed.unwrap_or_else(|error| comm::fail(kept(error, &work.claim, request, world)));
    let tallies = world.gather(&tally);
    drop(progress);
    let seconds = start.elapsed().as_secs_f64();
    let Work {
        claim,
        sink,
        places,
        ..
    } = work;
    let source = complete(request, &study, sink, &places, world).map_err(|error| {
        if error.is_ours() {
            kept(error, &claim, request, world)
        } else {
            error
        }
    })?;
    match source {
        Some(source) => finish(study, provenance, claim, source, tallies, seconds, world),
        None => Ok(Computed::Stopped),
    }
}

/// What `slepian plan` prints for `n_ranks` ranks on this host. Reads metadata only.
///
/// # Errors
/// A wrong config, or one that the recording does not allow.
pub fn plan(config: &Path, sets: &[String], n_ranks: usize) -> Result<String> {
    let config = load(config, sets)?;
    let (recording, location, _) = input::describe(&config.input)?;
    let study = Study::settle(config, &recording, location, memory::share_of_host(n_ranks))?;
    Ok(crate::preview::page(&study, n_ranks))
}

/// Reads and checks a config.
///
/// # Errors
/// A config that cannot be read or is wrong.
pub fn load(config: &Path, sets: &[String]) -> Result<Config> {
    Ok(Config::parse(&read_text(config)?, config, sets)?)
}

fn read_text(config: &Path) -> Result<String> {
    std::fs::read_to_string(config).map_err(|error| {
        Error::Usage(format!(
            "{}: cannot read this config: {error}",
            config.display()
        ))
    })
}

/// Rank 0 reads the file, every rank checks its text: a refusal is the same everywhere.
fn read_config(request: &Request, world: &World) -> Result<Config> {
    let text = world.on_root(|| read_text(&request.config))?;
    let text: String = world.share(text);
    world.agree(Config::parse(&text, &request.config, &request.sets).map_err(Into::into))
}

/// Rank 0 reads the metadata; every rank settles the same study. The history stays on rank 0.
fn settle(config: Config, world: &World) -> Result<(Study, Fingerprint, History)> {
    let described = world.on_root(|| {
        let (recording, location, history) = input::describe(&config.input)?;
        let fingerprint = Fingerprint::of(&recording, &location)?;
        Ok(((recording, location, fingerprint), history))
    })?;
    let (facts, history) = described.unzip();
    let (recording, location, fingerprint) = world.share(facts);
    let memory = world.min(memory::share_of_host(world.ranks_on_this_host()));
    let study = world.agree(Study::settle(config, &recording, location, memory))?;
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
        channels_per_block: study.plan.channel_blocks[0].len(),
        config: study.values(),
        recording: fingerprint,
    };
    let job = Job {
        target: &study.target,
        input: study.location.path(),
        intent: request.intent,
        identity: &identity,
        plan_as_begun: &|channels| study.plan_as_begun(channels),
    };
    output::begin(&job, outline(study), world)
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

fn set_peer_timeout(config: &Config, world: &World) {
    let can_hear = world.set_peer_timeout(config.peer_timeout);
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

/// An error with what is left of the job: its files stay if some block is done, so that nothing is lost, and as long as
/// other ranks may still write them. A job that finds files without any such block begins anew.
fn kept(error: Error, claim: &Claim, request: &Request, world: &World) -> Error {
    if claim.has_progress() {
        return error.with_kept(format!("what is done is kept, {} goes on", resume(request)));
    }
    if world.size() == 1 {
        claim.discard();
    }
    error
}

/// The command that goes on with this job.
fn resume(request: &Request) -> String {
    let set = |set: &String| format!(" --set '{set}'");
    let sets: String = request.sets.iter().map(set).collect();
    format!("slepian run --resume {}{sets}", request.config.display())
}

/// All ranks have marked what they have done: adds up averages and packs; the file that becomes the result, or none when
/// the job was asked to stop before. Collective.
fn complete(
    request: &Request,
    study: &Study,
    mut sink: Box<dyn Sink>,
    places: &output::Places,
    world: &World,
) -> Result<Option<PathBuf>> {
    if stops_short(request, study, false, world)? {
        return Ok(None);
    }
    sink.finish(world)?;
    drop(sink);
    if stops_short(request, study, true, world)? {
        return Ok(None);
    }
    let Some(compression) = study.config.compression else {
        return Ok(Some(study.target.part.clone()));
    };
    let target = &study.target;
    match output::pack(target, outline(study), places, compression, world)? {
        true => Ok(Some(target.packed.clone())),
        false => {
            stopped(
                request,
                "all chunks are done, the result is not compressed yet",
                world,
            );
            Ok(None)
        }
    }
}

/// Whether work is left, since the job was asked to stop. Collective.
///
/// # Errors
/// Work is left though nobody asked.
fn stops_short(
    request: &Request,
    study: &Study,
    with_averages: bool,
    world: &World,
) -> Result<bool> {
    let left = world.on_root(|| output::left_on_disk(&study.target, &study.plan, with_averages))?;
    let left = world.share(left);
    if left == 0 {
        return Ok(false);
    }
    let n_items = study.plan.n_items();
    let done = n_items.saturating_sub(left);
    // a rank may have been asked that could tell nobody
    if world.min(u64::from(!world.is_stopping())) == 0 {
        stopped(
            request,
            &format!("{done} of {} are done", count(n_items, "chunk")),
            world,
        );
        return Ok(true);
    }
    Err(Error::Output {
        path: study.target.part.clone(),
        what: format!("{done} of {n_items} pieces of work were done; this is a bug in slepian"),
    })
}

fn stopped(request: &Request, done: &str, world: &World) {
    let signal = match world.stop_signal() {
        0 => "a signal",
        signal => signals::name(signal),
    };
    if world.is_root() {
        tracing::warn!("stopped by {signal}: {done}; {} goes on", resume(request));
    }
}

/// The report, with what was found in the samples by this job and those before. Collective.
fn finish(
    study: Study,
    provenance: Provenance,
    claim: Claim,
    source: PathBuf,
    tallies: Vec<Tally>,
    seconds: f64,
    world: &World,
) -> Result<Computed> {
    let counts = world.on_root(|| output::quality(&source).map(|flags| Counts::of(&flags)))?;
    let report = Report::new(&study, tallies, seconds, counts.unwrap_or_default());
    Ok(Computed::Now(Box::new(Finished {
        study,
        provenance,
        report,
        claim,
        source,
    })))
}

fn outline(study: &Study) -> Outline<'_> {
    Outline {
        recording: &study.recording,
        layout: &study.layout,
        plan: &study.plan,
        stores_double: study.bytes.stored == 8,
    }
}

/// The lowest set of all ranks: others would give other bits.
fn agree_on_instructions(world: &World) -> InstructionSet {
    InstructionSet::from_level(world.min(InstructionSet::detect().level()))
}

/// Samples of all channels that are left to read.
fn n_samples(study: &Study, todo: &Todo) -> u64 {
    let (plan, trials) = (&study.plan, &study.recording.trials);
    let of_unit = |unit: usize| -> u64 {
        let trials = &trials[plan.units[unit].clone()];
        trials.iter().map(|trial| trial.n_samples as u64).sum()
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

/// Rank 0 says what is about to happen. Collective.
fn announce(study: &Study, begun: &Begun, instructions: InstructionSet, world: &World) {
    let hosts = world.hosts();
    let memories = world.gather(&memory::total());
    if !world.is_root() {
        return;
    }
    let mut by_host: Vec<(&String, &u64)> = hosts.iter().zip(&memories).collect();
    by_host.sort();
    by_host.dedup_by_key(|(host, _)| *host);
    let memory: u128 = by_host.iter().map(|(_, memory)| u128::from(**memory)).sum();
    for remark in study.remarks() {
        match remark {
            Remark::Note(text) => tracing::info!("{text}"),
            Remark::Warning(text) => tracing::warn!("{text}"),
        }
    }
    if let Some(advice) = study.plan.advice(world.size()) {
        tracing::warn!("{advice}");
    }
    let (ranks, n_hosts) = (
        count(world.size() as u64, "rank"),
        count(by_host.len() as u64, "host"),
    );
    tracing::info!("{ranks} on {n_hosts}, {}", size(memory));
    tracing::info!("{}", crate::preview::essence(study));
    if begun.is_resumed {
        let n_items = study.plan.n_items();
        let done = n_items - begun.todo.len();
        tracing::info!("going on: {done} of {} are done", count(n_items, "chunk"));
    }
    if world.size() > 1 && study.config.compression.is_some() {
        comm::known_defects(|name| std::env::var(name).ok())
            .into_iter()
            .for_each(|text| tracing::warn!("{text}"));
    }
    tracing::debug!(
        "instruction set {}, {}",
        instructions.name(),
        comm::library_version()
    );
}

/// What goes into the result about how it came to be. Collective.
fn provenance(
    study: &Study,
    history: History,
    policy: Policy,
    instructions: InstructionSet,
    world: &World,
) -> Provenance {
    let mut hosts = world.hosts();
    hosts.sort();
    hosts.dedup();
    let config = &study.config;
    let Value::Object(details) = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "mpi": comm::library_version(),
        "hdf5": hdf5_version(),
        "ranks": world.size(),
        "hosts": hosts,
        "schedule": match policy { Policy::Dynamic => "dynamic", Policy::Static => "static" },
        "instruction_set": instructions.name(),
        "computed_in": if study.bytes.computed == 8 { "float64" } else { "float32" },
        "channels_per_block": study.plan.channel_blocks[0].len(),
        "input": study.location.path().display().to_string(),
        "folder": std::env::current_dir().unwrap_or_default().display().to_string(),
        "config": config.text,
        "set": config.sets,
        "trials": study.recording.trials.len(),
        "trials_covered_partly": study.n_partly,
    }) else {
        unreachable!("the macro makes an object")
    };
    let user = std::env::var("USER")
        .or_else(|_| std::env::var("LOGNAME"))
        .unwrap_or_else(|_| "unknown".into());
    let host = hostname::get()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let date = jiff::Zoned::now().strftime("%a %b %e %H:%M:%S %Y");
    Provenance {
        history,
        cfg: config.cfg(&study.recording),
        details,
        signature: format!("{user}@{host}: {date}"),
    }
}

/// Version of the HDF5 library.
pub fn hdf5_version() -> String {
    let (major, minor, release) = hdf5::library_version();
    format!("{major}.{minor}.{release}")
}

/// Publishes the result on rank 0, when the ranks are gone.
fn publish(finished: Finished) -> Result<Report> {
    let Finished {
        study,
        mut provenance,
        report,
        claim,
        source,
    } = finished;
    for (key, n) in report.counts.named() {
        provenance.details.insert(key.into(), json!(n));
    }
    output::publish(
        claim,
        &study.target,
        &source,
        outline(&study),
        &provenance,
        study.config.checksum,
    )?;
    Ok(report)
}
