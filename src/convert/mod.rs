//! `slepian convert`: a recording of any format, or the part of it that a config names, into a Syncopy container. All ranks
//! read and write at once, piece by piece, so that a recording may be larger than memory.

mod copy;
mod not_finite;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::ConvertArgs;
use crate::comm::World;
use crate::config::{self, Data};
use crate::described::Described;
use crate::error::{Error, IoContext, Result};
use crate::input::{self, Fingerprint, History, Location, Watch};
use crate::logging;
use crate::output::{self, Analog, Claim, Intent, Target, stacked};
use crate::phrase::{count, size, time};
use crate::progress::Progress;
use crate::recording::Recording;
use crate::select;
use crate::signals;
use crate::spectral::Remark;
use not_finite::NotFinite;

/// What every rank needs to know.
#[derive(Serialize, Deserialize)]
struct Facts {
    recording: Recording,
    location: Location,
    fingerprint: Fingerprint,
    /// The file that samples go to, and the byte of its first one.
    part: PathBuf,
    offset: u64,
}

/// Converts a recording. Collective.
///
/// # Errors
/// Anything that is wrong with the recording, or that stands in the way of the container.
pub fn convert(args: &ConvertArgs, world: World) -> Result<()> {
    let done = convert_all(args, &world).map_err(|error| world.speak(error))?;
    if let Some(text) = done.filter(|_| !args.quiet) {
        logging::print_report(&text);
    }
    Ok(())
}

/// What is printed at the end, on rank 0.
fn convert_all(args: &ConvertArgs, world: &World) -> Result<Option<String>> {
    let begun = world.on_root(|| begin(args))?;
    let (facts, mut job) = begun.unzip();
    let facts = world.share(facts);
    let start = Instant::now();
    let copied = copy_share(&facts, args, world);
    if copied.is_err() {
        // the others need not go on
        signals::ask_to_stop();
    }
    let copied = world.agree(copied).and_then(|not_finite| {
        // a rank may have been asked that could tell nobody
        match (world.min(u64::from(not_finite.is_some())), not_finite) {
            (1, Some(not_finite)) => Ok(not_finite),
            _ => Err(stopped(args, world)),
        }
    });
    if copied.is_err()
        && let Some(job) = &mut job
    {
        job.claim.discard();
    }
    let not_finite = NotFinite::sum(&world.gather(&copied?));
    let seconds = start.elapsed().as_secs_f64();
    world.on_root(|| {
        let job = job.take().expect("rank 0 has begun");
        let warning = not_finite.warning(&facts.recording.channels);
        logging::say(warning.map(Remark::Warning));
        end(&facts, job, seconds)
    })
}

/// The error of a job that was asked to stop, on rank 0; what it has copied so far is of no use.
fn stopped(args: &ConvertArgs, world: &World) -> Error {
    if !world.is_root() {
        return Error::Elsewhere {
            rank: 0,
            exit_code: 1,
        };
    }
    Error::Output {
        path: args.output.clone(),
        what: format!(
            "stopped by {}; nothing is kept, run it again",
            signals::name(world.stop_signal())
        ),
    }
}

/// What rank 0 keeps.
struct Job {
    claim: Claim,
    history: History,
}

/// Describes the recording and makes the file.
fn begin(args: &ConvertArgs) -> Result<(Facts, Job)> {
    let container = config::container(&args.output)
        .map_err(|what| Error::Usage(format!("{}: {what}", args.output.display())))?;
    let container = std::path::absolute(&container).unwrap_or(container);
    let target = Target::new(&container, "analog");
    let data = Data::of(&args.input, &args.set)?;
    let (described, history) = Described::of(&data)?;
    let fingerprint = Fingerprint::of(&described.recording, &described.location)?;
    logging::say(described.remarks());
    let selected = select::select(&described.recording, &data.select)?;
    logging::say(selected.remarks());
    let recording = selected.recording;
    let location = described.location;

    let trialdefinition = stacked(&recording.trials);
    let analog = analog(&recording, &location, &trialdefinition, &history);
    output::check_room(&target, "the recording", analog.bytes(), analog.bytes())?;
    let intent = if args.overwrite {
        Intent::Overwrite
    } else {
        Intent::Anew
    };
    let (mut claim, _) = Claim::take(&target, &location.path, intent)?;
    let made = claim.clear().and_then(|()| {
        std::fs::File::create_new(&target.part).at(&target.part, "create this file")?;
        claim.own(&[&target.part])?;
        analog.create(&target.part)
    });
    if made.is_err() {
        claim.discard();
    }
    let offset = made?;
    let job = Job { claim, history };
    let facts = Facts {
        recording,
        location,
        fingerprint,
        part: target.part,
        offset,
    };
    Ok((facts, job))
}

fn analog<'a>(
    recording: &'a Recording,
    location: &Location,
    trialdefinition: &'a ndarray::Array2<f64>,
    history: &History,
) -> Analog<'a> {
    let units: Vec<&str> = recording
        .channels
        .iter()
        .map(|channel| channel.unit.as_str())
        .collect();
    let Value::Object(mark) = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "converted_from": location.path.display().to_string(),
        "unit": units,
    }) else {
        unreachable!("the macro makes an object")
    };
    Analog {
        sample_rate_hz: recording.sample_rate_hz,
        labels: recording
            .channels
            .iter()
            .map(|channel| channel.label.clone())
            .collect(),
        is_double: recording.is_double,
        trialdefinition: trialdefinition.view(),
        described: Some(recording),
        log: format!(
            "{}\n\tconverted from {} by slepian {}\n",
            history.log,
            location.path.display(),
            env!("CARGO_PKG_VERSION")
        ),
        cfg: history.cfg.clone(),
        mark,
    }
}

/// Copies this rank's share of the samples, and checks that the recording is still the one that was described. `None` if the
/// job was asked to stop before the end.
fn copy_share(facts: &Facts, args: &ConvertArgs, world: &World) -> Result<Option<NotFinite>> {
    let recording = &facts.recording;
    let mut reader = input::open(&facts.location)?;
    let watch = Watch::begin(&facts.fingerprint)?;
    let rows: u64 = recording
        .trials
        .iter()
        .map(|trial| trial.n_samples as u64)
        .sum();
    let shows_progress = world.is_root() && !args.quiet;
    let share = copy::share(rows, world.rank(), world.size());
    let n_samples = (share.end - share.start) * recording.channels.len() as u64;
    let done = Arc::new(AtomicU64::new(0));
    let progress = shows_progress.then(|| Progress::start(n_samples, done.clone()));
    let place = copy::Place {
        path: &facts.part,
        offset: facts.offset,
    };
    let stops = || world.is_stopping();
    let copied = if recording.is_double {
        copy::copy::<f64>(&mut *reader, recording, share, place, &done, &stops)
    } else {
        copy::copy::<f32>(&mut *reader, recording, share, place, &done, &stops)
    };
    if let (Err(_) | Ok(None), Some(progress)) = (&copied, progress) {
        progress.abandon();
    }
    let not_finite = copied?;
    watch.check()?;
    Ok(not_finite)
}

/// Publishes the container, or leaves nothing.
fn end(facts: &Facts, job: Job, seconds: f64) -> Result<String> {
    let (recording, target) = (&facts.recording, job.claim.target());
    let trialdefinition = stacked(&recording.trials);
    let analog = analog(recording, &facts.location, &trialdefinition, &job.history);
    let info = analog.info(target, facts.offset);
    let container = target.container.display().to_string();
    output::publish_recording(job.claim, &info)?;
    let bytes = analog.bytes();
    Ok(format!(
        "{} × {}, {} in {}, {}/s\nrecording: {}\n",
        count(recording.trials.len() as u64, "trial"),
        count(recording.channels.len() as u64, "channel"),
        size(bytes),
        time(seconds),
        size((bytes as f64 / seconds.max(1e-9)) as u128),
        container
    ))
}
