//! How a job ends once its ranks have computed: whole, stopped on request, or failed with work that counts.

use std::path::PathBuf;

use serde_json::json;

use crate::comm::World;
use crate::compute::Tally;
use crate::error::{Error, Result};
use crate::memory;
use crate::output::{self, Claim, Places, Provenance, Sink};
use crate::phrase::count;
use crate::quality::Counts;
use crate::report::Report;
use crate::request::Request;
use crate::signals;
use crate::spectral::Nan;
use crate::study::Study;

/// What is left to publish once the ranks have done their part.
pub struct Finished {
    study: Study,
    provenance: Provenance,
    report: Report,
    claim: Claim,
    /// The file that becomes the result.
    source: PathBuf,
}

/// An error with what is left of the job: its files stay if some block is done, so that nothing is lost, and as long as
/// other ranks may still write them. A job that finds files without any such block begins anew.
pub fn kept(error: Error, claim: &mut Claim, request: &Request, world: &World) -> Error {
    if claim.has_progress() {
        return error.with_kept(format!(
            "what is done is kept, {} goes on",
            request.resume()
        ));
    }
    if world.size() == 1 {
        claim.discard();
    }
    error
}

/// All ranks have marked what they have done: adds up averages and packs; the file that becomes the result, or none when
/// the job was asked to stop before. Collective.
pub fn complete(
    request: &Request,
    study: &Study,
    mut sink: Box<dyn Sink>,
    places: &Places,
    claim: &mut Claim,
    world: &World,
) -> Result<Option<PathBuf>> {
    sink.rest(world);
    if stops_short(request, study, false, world)? {
        return Ok(None);
    }
    sink.finish(&|| claim.check_owner(), world)?;
    drop(sink);
    if stops_short(request, study, true, world)? {
        return Ok(None);
    }
    let Some(compression) = study.config.compression else {
        return Ok(Some(study.target.part.clone()));
    };
    let target = &study.target;
    let kept = format!("all chunks are done and kept, {} goes on", request.resume());
    let outline = study.outline();
    let packed = output::pack(target, outline, places, compression, claim, &kept, world);
    if !matches!(packed, Ok(true)) {
        claim.remove_packed();
    }
    if packed? {
        Ok(Some(target.packed.clone()))
    } else {
        stopped(
            request,
            "all chunks are done, the result is not compressed yet",
            world,
        );
        Ok(None)
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
        tracing::warn!("stopped by {signal}: {done}; {} goes on", request.resume());
    }
}

/// The report, with what was found in the samples by this job and those before. Collective.
pub fn finish(
    study: Study,
    provenance: Provenance,
    claim: Claim,
    source: PathBuf,
    tallies: Vec<Tally>,
    seconds: f64,
    world: &World,
) -> Result<Finished> {
    let counts = world.on_root(|| {
        let flags = output::quality(&source)?;
        let counts = Counts {
            not_fitted: output::not_fitted(&source, study.outline())?,
            ..Counts::of(&flags)
        };
        if let Some(range) = output::numbers_averaged(&source, study.outline())? {
            say_of_averages(&study, range, &counts);
        }
        Ok(counts)
    })?;
    // the kernel's number never falls: asked last, it covers averages and packing as well
    let peak = world.gather(&memory::peak()).into_iter().flatten().max();
    let report = Report::new(&study, tallies, seconds, peak, counts.unwrap_or_default());
    Ok(Finished {
        study,
        provenance,
        report,
        claim,
        source,
    })
}

/// What the log says of averages: over how many trials they are, and what became of trials with NaN.
fn say_of_averages(study: &Study, [least, most]: [u64; 2], counts: &Counts) {
    let Some(averaging) = &study.layout.averaging else {
        return;
    };
    let trials = if least == most {
        count(most, "trial")
    } else {
        format!("{least} to {most} trials")
    };
    let few = match (averaging.min_trials, least) {
        (1, 0) => "; times and frequencies that no trial has are NaN".to_owned(),
        (min, least) if least < u64::from(min) => format!("; those over fewer than {min} are NaN"),
        _ => String::new(),
    };
    tracing::info!("averages over {trials}, as n says of each{few}");
    if counts.not_finite > 0 {
        let what = match averaging.nan {
            Nan::Omit => "averages leave them out, and n counts the others",
            Nan::Propagate => "averages over them are NaN",
        };
        tracing::warn!(
            "{} of single trials with NaN or infinite samples: {what}",
            count(counts.not_finite, "channel")
        );
    }
}

/// Publishes the result on rank 0, when the ranks are gone.
///
/// # Errors
/// The file system's. The files stay, and the next job publishes them.
pub fn publish(finished: Finished, request: &Request) -> Result<Report> {
    let Finished {
        study,
        mut provenance,
        mut report,
        claim,
        source,
    } = finished;
    for (key, n) in report.counts.named() {
        provenance.details.insert(key.into(), json!(n));
    }
    let lost = report.lost();
    for (key, n) in [
        ("values_too_small", lost.too_small),
        ("values_too_large", lost.too_large),
    ] {
        provenance.details.insert(key.into(), json!(n));
    }
    let published = output::publish(
        claim,
        &study.target,
        &source,
        study.outline(),
        &provenance,
        study.config.checksum,
    );
    published.map_err(|error| {
        let room = output::room_left(&study.target.container);
        let go_on = request.resume();
        error.with_kept(format!(
            "all chunks are done and kept, {go_on} goes on{room}"
        ))
    })?;
    report.peak_bytes = report.peak_bytes.max(memory::peak());
    Ok(report)
}
