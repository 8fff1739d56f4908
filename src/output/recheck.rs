//! What earlier jobs have written is read again before a job goes on with it, by all ranks together: blocks that are not what was
//! written lose their mark and are computed again. A job's own blocks are not read again.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::Target;
use super::ledger;
use super::marks::unmark;
use super::placement::Placement;
use super::places;
use super::places::Places;
use super::seal::mark_closed;
use super::stored::StoredResult;
use super::stored_blocks::StoredBlocks;
use crate::comm::{self, World};
use crate::error::{Error, IoContext, Result};
use crate::phrase::count;
use crate::plan::Plan;

/// The items of the data set `name` in the file at `path` that are marked and not what was written, among those that are
/// `wanted`; on rank 0. Collective.
///
/// # Errors
/// A file that cannot be read.
pub fn hurt_items(
    path: &Path,
    name: &str,
    plan: &Plan,
    wanted: impl Fn(usize) -> bool,
    world: &World,
) -> Result<Vec<u64>> {
    let look = || -> Result<Vec<u64>> {
        let stored = StoredResult::open(path, name, plan.blocks())?;
        let n_blocks = stored.blocks().len();
        let items = (0..stored.marks.len()).filter(|&item| stored.marks[item].is_done());
        let mine = items.filter(|&item| wanted(item)).skip(world.rank());
        let mut hurt = Vec::new();
        for item in mine.step_by(world.size()) {
            if !stored.is_good(item / n_blocks, item % n_blocks)? {
                hurt.push(item as u64);
            }
            comm::note_progress();
        }
        Ok(hurt)
    };
    let hurt = world.agree(look())?;
    Ok(world.gather(&hurt).concat())
}

/// The same items of data that are whole; some item where bytes are hurt that belong to none, so that they are made anew. On rank 0.
/// Collective.
///
/// # Errors
/// A file that cannot be read.
pub fn with_gaps(mut hurt: Vec<u64>, path: &Path, plan: &Plan, world: &World) -> Result<Vec<u64>> {
    let are_good = world.on_root(|| {
        let stored = StoredResult::open(path, "data", plan.blocks())?;
        stored.gaps_are_good()
    })?;
    if are_good == Some(false) && hurt.is_empty() {
        hurt.push(0);
    }
    Ok(hurt)
}

/// Takes back the marks of blocks in the part file, and of averages in their sums, that are not what was written. Whether there
/// were any, on every rank. Collective.
///
/// # Errors
/// A file that cannot be read, or not be written.
pub fn recheck_part(
    target: &Target,
    plan: &Plan,
    is_averaged: &[bool],
    places: &(Places, Option<Places>),
    world: &World,
) -> Result<bool> {
    let n_blocks = plan.channel_blocks.len();
    let hurt = hurt_items(&target.part, "data", plan, |_| true, world)?;
    // an average that is hurt is added up again
    let again = world.share(world.is_root().then(|| hurt.clone()));
    let hurt_sums = match plan.averages() {
        // sums of a block that is averaged are needed no more
        true => {
            let wanted = |item: usize| {
                let block = item % n_blocks;
                !is_averaged[block] || again.contains(&(block as u64))
            };
            hurt_items(&target.sums, "sums", plan, wanted, world)?
        }
        false => Vec::new(),
    };
    let n_hurt = world.on_root(|| {
        let mut n_hurt = hurt.len() + hurt_sums.len();
        unmark(&target.part, &hurt)?;
        if plan.averages() {
            unmark(&target.sums, &hurt_sums)?;
            let of_flags = sums_with_hurt_flags(target, plan)?;
            unmark(&target.sums, &of_flags)?;
            n_hurt += of_flags.len();
        }
        let (result, sums) = places;
        mark_closed(&target.part)?;
        clear_padding(&target.part, &result.data)?;
        if let Some(n) = &result.n {
            clear_padding(&target.part, n)?;
        }
        if let Some(sums) = sums {
            mark_closed(&target.sums)?;
            clear_padding(&target.sums, &sums.data)?;
        }
        if n_hurt > 0 {
            tracing::warn!(
                "{} of an earlier job {} not what was written: computed again",
                count(n_hurt as u64, "chunk"),
                if n_hurt == 1 { "is" } else { "are" }
            );
        }
        Ok(n_hurt > 0)
    })?;
    Ok(world.share(n_hurt))
}

/// The groups of trials whose sums are there, and the flags of whose trials are not what was written, in blocks that are not
/// averaged.
fn sums_with_hurt_flags(target: &Target, plan: &Plan) -> Result<Vec<u64>> {
    let wrong = |what: String| Error::Output {
        path: target.part.clone(),
        what,
    };
    let file = places::open(&target.part)?;
    let quality = ledger::quality(&file).map_err(wrong)?;
    let (result, _) = ledger::marks(&file).map_err(wrong)?;
    let (sums, [_, n_blocks]) = super::stored_marks(&target.sums)?;
    let mut hurt = BTreeSet::new();
    for (unit, of_unit) in plan.units.iter().enumerate() {
        for (block, channels) in plan.channel_blocks.iter().enumerate() {
            let item = unit * n_blocks + block;
            let is_needed = sums[item].is_done() && !result[block].is_done();
            let mut trials = of_unit.trials.clone();
            if is_needed && !trials.all(|trial| quality.is_good(trial, block, channels)) {
                hurt.insert(item as u64);
            }
        }
    }
    Ok(hurt.into_iter().collect())
}

/// Fills the padding of tiles with the zeros that it was made with.
fn clear_padding(path: &Path, placement: &Placement) -> Result<()> {
    const DOING: &str = "clear the padding of tiles";
    let hurt = StoredBlocks::open(path, placement.clone())?.padding_that_is_hurt()?;
    if hurt.is_empty() {
        return Ok(());
    }
    let file = File::options().write(true).open(path).at(path, DOING)?;
    for (at, bytes) in hurt {
        let zeros = vec![0_u8; bytes as usize];
        file.write_all_at(&zeros, at).at(path, DOING)?;
    }
    file.sync_data().at(path, DOING)
}
