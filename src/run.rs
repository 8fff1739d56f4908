//! The job, in order.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use crate::comm::{self, World};
use crate::compute::{Precise, Tally, compute};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::input::{self, History, Reader};
use crate::memory;
use crate::output::{self, Claim, Outline, Provenance, Sink};
use crate::phrase::{count, size};
use crate::progress::Progress;
use crate::report::Report;
use crate::schedule::{Policy, Schedule};
use crate::spectral::{InstructionSet, Remark};
use crate::study::Study;

/// What the command line asks for.
#[derive(Clone, Debug)]
pub struct Request {
    /// The config file.
    pub config: PathBuf,
    /// Values of `--set`.
    pub sets: Vec<String>,
    /// Whether an earlier result is replaced.
    pub overwrite: bool,
    /// Whether anything but errors is shown.
    pub quiet: bool,
}

/// Runs the job of all ranks: everybody returns when the result is published, or with an error that one rank speaks.
/// `config` is given when it was read already, before there was a world.
///
/// # Errors
/// Anything that ends a job before its first spectrum. Later failures end the job on all ranks at once.
pub fn run(request: &Request, config: Option<Config>, world: World) -> Result<()> {
    let finished = compute_spectra(request, config, &world);
    let Finished {
        study,
        provenance,
        report,
        claim,
    } = finished.map_err(|error| world.speak(error))?;

    let is_root = world.is_root();
    drop(world);
    if is_root {
        publish(claim, &study, provenance, &report)?;
        if !request.quiet {
            crate::logging::print(&format!("{report}\n"))?;
        }
    }
    Ok(())
}

/// What is left to publish once the ranks have done their part.
struct Finished {
    study: Study,
    provenance: Provenance,
    report: Report,
    claim: Claim,
}

/// Everything up to the finished part file. Collective: every rank returns an error, or none.
fn compute_spectra(request: &Request, config: Option<Config>, world: &World) -> Result<Finished> {
    let config = match config {
        Some(config) => config,
        None => read_config(request, world)?,
    };
    let (study, history) = settle(config, world)?;
    let claim = claim(&study, request.overwrite, world)?;
    let (mut reader, mut sink) = open(&study, world).inspect_err(|_| claim.discard())?;

    let policy = policy(&study, world);
    let instructions = agree_on_instructions(world);
    let provenance = provenance(&study, history, policy, instructions, world);
    announce(&study, instructions, world);
    let start = Instant::now();
    let shows_progress = world.is_root() && !request.quiet;
    let progress = shows_progress.then(|| Progress::start(n_samples(&study), world.done()));
    let schedule = Schedule::new(&study.plan, policy, world);
    let computed = match study.bytes.computed {
        8 => batches::<f64>(
            &study,
            instructions,
            schedule,
            &mut *reader,
            &mut *sink,
            world,
        ),
        _ => batches::<f32>(
            &study,
            instructions,
            schedule,
            &mut *reader,
            &mut *sink,
            world,
        ),
    };
    // the other ranks are in the middle of their work: only the end of the job stops them
    let mut tally = computed.unwrap_or_else(|error| {
        claim.discard();
        comm::fail(error)
    });
    tally.bytes_written = sink.bytes_written();
    let tallies = world.gather(&tally);
    world
        .agree(check_complete(&study, &tallies))
        .and_then(|()| sink.finish(world))
        .inspect_err(|_| claim.discard())?;
    drop(progress);
    let report = Report::new(&study, tallies, start.elapsed().as_secs_f64());
    Ok(Finished {
        study,
        provenance,
        report,
        claim,
    })
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
fn settle(config: Config, world: &World) -> Result<(Study, History)> {
    let (facts, history) = match world.on_root(|| input::describe(&config.input))? {
        Some((recording, location, history)) => (Some((recording, location)), history),
        None => (None, History::default()),
    };
    let (recording, location) = world.share(facts);
    let memory = world.min(memory::share_of_host(world.ranks_on_this_host()));
    let mut study = world.agree(Study::settle(config, &recording, location, memory))?;
    // ranks on other processors must not cut the work in other places
    study.plan = world.share(world.is_root().then(|| study.plan.clone()));
    Ok((study, history))
}

/// Makes sure that this job, and no other, may write the result. Collective.
fn claim(study: &Study, overwrite: bool, world: &World) -> Result<Claim> {
    let (target, input) = (&study.target, study.location.path());
    world.on_root(|| output::check_free_space(target, &study.plan))?;
    Claim::take_for_all(target, input, overwrite, study.plan.averages, world)
}

/// Every piece of work was done once: nothing of the result is left as it was allocated.
fn check_complete(study: &Study, tallies: &[Tally]) -> Result<()> {
    let done: u64 = tallies.iter().map(|tally| tally.n_items).sum();
    let expected = study.plan.n_items();
    if done == expected {
        return Ok(());
    }
    Err(Error::Output {
        path: study.target.part.clone(),
        what: format!(
            "{done} pieces of work were done, {expected} were planned; this is a bug in slepian"
        ),
    })
}

/// Opens what is read and creates what is written, before anything long begins.
fn open(study: &Study, world: &World) -> Result<(Box<dyn Reader>, Box<dyn Sink>)> {
    let reader = world.agree(input::open(&study.location))?;
    let sink = output::create(&study.target, outline(study), world)?;
    Ok((reader, sink))
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

fn n_samples(study: &Study) -> u64 {
    study
        .recording
        .trials
        .iter()
        .map(|trial| trial.n_samples as u64)
        .sum::<u64>()
        * study.recording.channels.len() as u64
}

fn batches<T: Precise>(
    study: &Study,
    instructions: InstructionSet,
    schedule: Schedule,
    reader: &mut dyn Reader,
    sink: &mut dyn Sink,
    world: &World,
) -> Result<Tally> {
    let estimator = study.design.estimator::<T>(instructions);
    compute(study, &*estimator, schedule, reader, sink, world)
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
fn announce(study: &Study, instructions: InstructionSet, world: &World) {
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

fn publish(claim: Claim, study: &Study, mut provenance: Provenance, report: &Report) -> Result<()> {
    provenance
        .details
        .insert("channels_not_finite".into(), json!(report.n_not_finite()));
    output::publish(
        claim,
        &study.target,
        outline(study),
        &provenance,
        study.config.checksum,
    )
}
