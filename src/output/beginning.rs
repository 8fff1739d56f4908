//! How a job begins: with files that it makes, or with those that an earlier one has left.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::averages::Averages;
use super::blocks::{Beside, Blocks, Opening};
use super::claim::Claim;
use super::fits::Fits;
use super::found::{Found, Intent};
use super::identity::Identity;
use super::intact::{check_intact, keep_seal, seal_of};
use super::ledger::{self, Mark};
use super::marks::unmark;
use super::places::Places;
use super::recheck::{hurt_items, recheck_part, with_gaps};
use super::spectra::Spectra;
use super::stored::{Check, StoredResult};
use super::{Outline, Sink, Target, check_free_space, part_file, places};
use crate::comm::{World, note_progress};
use crate::error::{Error, IoContext, Result};
use crate::plan::{self, Plan};
use crate::schedule::Todo;

/// What is left of a job when it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Spectra to compute, or averages to add up, or nothing but to publish.
    Compute,
    /// The data file has its name, `.info` is missing.
    Publish,
    /// Nothing.
    Done,
}

/// A job that has begun, on one rank.
pub struct Begun {
    /// What is left.
    pub stage: Stage,
    /// The right to write the result.
    pub claim: Claim,
    /// The pieces of work, cut as they were when the result was begun.
    pub plan: Plan,
    /// Name of the instruction set that the result was begun with.
    pub instruction_set: String,
    /// Items that are left.
    pub todo: Todo,
    /// Whether the files were there before.
    pub is_resumed: bool,
    /// Takes the blocks; there is none when nothing is left to compute.
    pub sink: Option<Box<dyn Sink>>,
    /// Where everything lies in the part file.
    pub places: Option<Places>,
}

/// What rank 0 has found or made.
#[derive(Serialize, Deserialize)]
struct Shared {
    stage: Stage,
    is_resumed: bool,
    plan: Plan,
    instruction_set: String,
    todo: Todo,
    is_averaged: Vec<bool>,
    places: Option<(Places, Option<Places>)>,
}

/// Everything about the job that is to begin.
pub struct Job<'a> {
    /// Files of the result.
    pub target: &'a Target,
    /// The recording's data file.
    pub input: &'a Path,
    /// What is to be done with what is there.
    pub intent: Intent,
    /// What this job would begin a result with.
    pub identity: &'a Identity,
    /// The plan with other blocks.
    pub plan_as_begun: &'a dyn Fn(plan::Blocks) -> Result<Plan>,
}

/// Claims the result, makes its files or takes them over, and opens them. Collective.
///
/// # Errors
/// What is in the way; a partial result that was begun with something else; the file system's.
pub fn begin(job: &Job, outline: Outline, world: &World) -> Result<Begun> {
    let mut claim = None;
    let begun = world.on_root(|| {
        let (taken, found) = Claim::take(job.target, job.input, job.intent)?;
        let taken = claim.insert(taken);
        let begun = on_root(job, outline, taken, found);
        // what was there before this job stays
        if begun.is_err() && found == Found::Nothing {
            taken.discard();
        }
        begun
    })?;
    let mut shared = world.share(begun);
    let again = recheck(job, outline, &shared, claim.as_mut(), world)?;
    if let Some(again) = again {
        shared = again;
    }
    let mut claim = Claim::share(claim, job.target, world);
    let outline = Outline {
        plan: &shared.plan,
        ..outline
    };
    let opened = open_on_this_rank(job, outline, &shared, world);
    if opened.is_err() && !shared.is_resumed {
        claim.discard();
    }
    Ok(Begun {
        stage: shared.stage,
        is_resumed: shared.is_resumed,
        claim,
        instruction_set: shared.instruction_set,
        todo: shared.todo,
        sink: opened?,
        places: shared.places.map(|(result, _)| result),
        plan: shared.plan,
    })
}

/// Reads what earlier jobs have written once more. How the job begins when some of it has to be computed again. Collective.
fn recheck(
    job: &Job,
    outline: Outline,
    shared: &Shared,
    claim: Option<&mut Claim>,
    world: &World,
) -> Result<Option<Shared>> {
    let target = job.target;
    let plan = &shared.plan;
    let is_hurt = match (shared.stage, &shared.places) {
        _ if !shared.is_resumed => false,
        (Stage::Compute, Some(places)) => {
            recheck_part(target, plan, &shared.is_averaged, places, world)?
        }
        (Stage::Publish, _) => {
            let hurt = hurt_items(&target.data, "data", plan, |_| true, world)?;
            let hurt = with_gaps(hurt, &target.data, plan, world)?;
            let hurt = world.on_root(|| unmark(&target.data, &hurt).map(|()| !hurt.is_empty()))?;
            world.share(hurt)
        }
        _ => false,
    };
    if !is_hurt {
        return Ok(None);
    }
    let again = world.on_root(|| {
        let claim = claim.expect("rank 0 has the claim");
        let found = match shared.stage {
            Stage::Compute => Found::Part,
            Stage::Publish | Stage::Done => Found::Unpublished,
        };
        on_root(job, outline, claim, found)
    })?;
    Ok(Some(world.share(again)))
}

/// The files that are written, open on this rank. Collective.
fn open_on_this_rank(
    job: &Job,
    outline: Outline,
    shared: &Shared,
    world: &World,
) -> Result<Option<Box<dyn Sink>>> {
    Ok(match &shared.places {
        None => None,
        Some((result, sums)) => {
            let open = |path: &Path, name: &'static str, places: &Places| {
                let opening = Opening {
                    name,
                    places: places.clone(),
                    driver: outline.driver,
                    hints: outline.mpi_hints.clone(),
                };
                Blocks::open(path, opening, world)
            };
            let blocks = open(&job.target.part, "data", result)?;
            let sink: Box<dyn Sink> = match sums {
                None => Box::new(Spectra::new(outline, blocks)),
                Some(places) => {
                    let sums = open(&job.target.sums, "sums", places)?;
                    let is_averaged = shared.is_averaged.clone();
                    Box::new(Averages::new(
                        outline,
                        blocks,
                        sums,
                        places.clone(),
                        is_averaged,
                    ))
                }
            };
            Some(sink)
        }
    })
}

fn on_root(job: &Job, outline: Outline, claim: &mut Claim, found: Found) -> Result<Shared> {
    let target = job.target;
    match found {
        Found::Nothing => {
            check_free_space(target, outline.plan)?;
            claim.clear()?;
            let check = || claim.check_lock();
            let made = part_file::create(target, outline, job.identity, &check, &|_, _| Ok(()));
            claim.own_what_is_there()?;
            let begun = open_files(job, outline, job.identity, Some(made?))?;
            Ok(Shared {
                is_resumed: false,
                ..begun
            })
        }
        Found::Part => {
            let identity = identity_of(&target.part, job.identity)?;
            claim.clear_finish()?;
            let plan = (job.plan_as_begun)(identity.blocks)?;
            let outline = Outline {
                plan: &plan,
                ..outline
            };
            if plan.averages() && check_intact(&target.sums).is_err() {
                // lost or damaged, and computed again
                claim.check_lock()?;
                part_file::create_sums(target, outline)?;
            }
            claim.own_what_is_there()?;
            open_files(job, outline, &identity, None)
        }
        Found::Unpublished | Found::Result => {
            let identity = identity_of(&target.data, job.identity)?;
            let plan = (job.plan_as_begun)(identity.blocks)?;
            let outline = Outline {
                plan: &plan,
                ..outline
            };
            let old = StoredResult::open(&target.data, "data", identity.blocks)?;
            // of data that are not sealed, since somebody has removed their .info, the labels may be anything
            let is_sealed = found == Found::Result || seal_of(&target.data)?.is_some();
            if !is_sealed || !old.marks.iter().all(Mark::is_done) {
                check_free_space(target, outline.plan)?;
                if found == Found::Unpublished {
                    keep_seal(&target.data)?;
                }
                claim.clear()?;
                let check = || claim.check_lock();
                let kept =
                    part_file::create(target, outline, &identity, &check, &|part, places| {
                        keep(&old, part, places, outline)
                    });
                claim.own_what_is_there()?;
                return open_files(job, outline, &identity, Some(kept?));
            }
            // with the data under their name all else is left over
            claim.clear()?;
            Ok(Shared {
                stage: match found {
                    Found::Result => Stage::Done,
                    _ => Stage::Publish,
                },
                is_resumed: true,
                todo: Todo::default(),
                is_averaged: Vec::new(),
                places: None,
                instruction_set: identity.instruction_set,
                plan,
            })
        }
    }
}

/// What the file at `path` was begun with, if this job may go on with it.
fn identity_of(path: &Path, now: &Identity) -> Result<Identity> {
    let file = places::open(path)?;
    let wrong = |what: String| {
        Error::Usage(format!(
            "{}: this file holds no ledger of slepian's ({what}); expected a partial result, or --overwrite to begin anew",
            path.display()
        ))
    };
    let text = ledger::identity(&file).map_err(wrong)?;
    let begun: Identity =
        serde_json::from_str(&text).map_err(|error| wrong(format!("identity: {error}")))?;
    begun.check(now, path)?;
    Ok(begun)
}

/// Finds what is left to do in files that are there, in which everything lies at these `places`, if that is known.
fn open_files(
    job: &Job,
    outline: Outline,
    identity: &Identity,
    places: Option<(Places, Option<Places>)>,
) -> Result<Shared> {
    let target = job.target;
    let places = match places {
        Some(places) => places,
        None => part_file::find(target, outline)?,
    };
    let (todo, is_averaged) = remaining(target, outline.plan)?;
    Ok(Shared {
        stage: Stage::Compute,
        is_resumed: job.intent == Intent::Resume,
        plan: outline.plan.clone(),
        instruction_set: identity.instruction_set.clone(),
        todo,
        is_averaged,
        places: Some(places),
    })
}

/// Copies what is good of a hurt result into a new part file, which has no name yet: half a copy is of no use.
fn keep(old: &StoredResult, part: &Path, places: &Places, outline: Outline) -> Result<()> {
    let quality = ledger::quality(old.file()).map_err(|what| Error::Output {
        path: old.path().to_owned(),
        what,
    })?;
    let mut new = Blocks::open_alone(part, places.clone())?;
    let n_blocks = old.blocks().len();
    for item in 0..old.marks.len() {
        note_progress();
        let (unit, block) = (item / n_blocks, item % n_blocks);
        if let Check::Good(bytes) = old.check(unit, block)? {
            let (start, shape) = old.place(unit, block);
            let n = old.n(unit, block)?;
            let n = bytemuck::pod_collect_to_vec(&n);
            new.write(&start, &shape, &bytes, Beside { fits: &[], n: &n })?;
            new.keep(item as u64, *old.mark(unit, block));
        }
    }
    for (trial, flags) in quality.flags.chunks(quality.shape[1].max(1)).enumerate() {
        new.write_quality(trial, 0, flags)?;
    }
    if let Some(fits) = Fits::of(outline) {
        fits.read(old.path(), |row, channel, fits| {
            new.write_fits(row, channel, fits)
        })?;
    }
    new.sync()?;
    new.mark(&|| Ok(()))
}

impl Claim {
    /// The part file and the sums are this job's own, as far as they are there.
    fn own_what_is_there(&mut self) -> Result<()> {
        let target = self.target().clone();
        let files = [&target.part, &target.sums, &target.new_part];
        let there: Vec<&Path> = files
            .into_iter()
            .map(PathBuf::as_path)
            .filter(|path| path.symlink_metadata().is_ok())
            .collect();
        self.own(&there)
    }
}

/// What is left to do by the ledgers as they are on disk, and which blocks of averages are there.
fn remaining(target: &Target, plan: &Plan) -> Result<(Todo, Vec<bool>)> {
    let read = |path: &PathBuf| -> Result<Vec<Mark>> {
        std::fs::metadata(path).at(path, "find this file again")?;
        let marks = ledger::marks(&places::open(path)?);
        marks.map(|(marks, _)| marks).map_err(|what| Error::Output {
            path: path.clone(),
            what,
        })
    };
    let result = read(&target.part)?;
    let (n_items, n_blocks) = (plan.n_items(), plan.channel_blocks.len());
    if !plan.averages() {
        return Ok((
            Todo::of(n_items, |item| !result[item as usize].is_done()),
            Vec::new(),
        ));
    }
    let sums = read(&target.sums)?;
    let is_averaged: Vec<bool> = result.iter().map(Mark::is_done).collect();
    // a block that is averaged needs its sums no more
    let todo = Todo::of(n_items, |item| {
        !sums[item as usize].is_done() && !is_averaged[item as usize % n_blocks]
    });
    Ok((todo, is_averaged))
}

/// Items that no ledger on disk has as done, and blocks of averages that are not added up although their sums are there.
///
/// # Errors
/// A file cannot be read.
pub fn left_on_disk(target: &Target, plan: &Plan, with_averages: bool) -> Result<u64> {
    let (todo, is_averaged) = remaining(target, plan)?;
    let not_added = is_averaged
        .iter()
        .filter(|is_averaged| !**is_averaged)
        .count();
    Ok(todo.len() + if with_averages { not_added as u64 } else { 0 })
}

/// What was found in the samples, by trial and channel.
///
/// # Errors
/// The file cannot be read.
pub fn quality(path: &Path) -> Result<Vec<u8>> {
    let quality = ledger::quality(&places::open(path)?);
    quality
        .map(|quality| quality.flags)
        .map_err(|what| Error::Output {
            path: path.to_owned(),
            what,
        })
}
