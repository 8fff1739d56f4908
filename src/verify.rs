//! `slepian verify`: reads a result back and compares it with its ledger. Chunks that are not what was written lose their
//! mark, so that `slepian run --resume` computes them again.

use std::path::Path;

use crate::error::{Error, Result};
use crate::output::{Life, StoredResult, Target, owner, unmark};
use crate::phrase::count;

/// Chunks that are listed one by one, at most.
const MOST_LINES: usize = 20;

/// Verifies the result at `path`, finished or not, and of averages that are not finished their sums too.
///
/// # Errors
/// No result there; chunks that are hurt: which trials and channels.
pub fn verify(path: &Path) -> Result<()> {
    let target = Target::find(path)?;
    let is_there = |path: &Path| path.symlink_metadata().is_ok();
    let mut files = Vec::new();
    if is_there(&target.part) {
        files.push((&target.part, "data"));
        if is_there(&target.sums) {
            files.push((&target.sums, "sums"));
        }
    } else if is_there(&target.data) {
        files.push((&target.data, "data"));
    } else {
        return Err(Error::Recording {
            path: path.to_owned(),
            what:
                "nothing of a result is here; expected the container of a result, finished or not"
                    .into(),
        });
    }
    let main = files[0].0;
    let stored = StoredResult::open_any(main, "data")?;
    let channels_per_block = stored.blocks()[0].len();
    let is_at_work = owner(&target.lock).is_some_and(|owner| owner.life() != Life::Gone);
    let mut hurt = Vec::new();
    for (path, name) in files {
        let stored = StoredResult::open(path, name, channels_per_block)?;
        let found = look(&stored, path, name)?;
        if !found.is_empty() && !is_at_work {
            drop(stored);
            unmark(path, &found)?;
        }
        hurt.push((path, found));
    }
    let Some((path, found)) = hurt.into_iter().find(|(_, found)| !found.is_empty()) else {
        return Ok(());
    };
    let remedy = if is_at_work {
        "a job is at work on it: verify again when it has ended"
    } else {
        "slepian run --resume computes again what is hurt"
    };
    Err(Error::Recording {
        path: path.clone(),
        what: format!(
            "{} not what was written; {remedy}",
            match found.len() {
                1 => "1 chunk is".to_owned(),
                n => format!("{n} chunks are"),
            }
        ),
    })
}

/// The items of a file that are marked and hurt; prints them.
fn look(stored: &StoredResult, path: &Path, name: &str) -> Result<Vec<u64>> {
    let n_blocks = stored.blocks().len();
    let mut hurt = Vec::new();
    let mut n_done: u64 = 0;
    let (trials, labels) = (stored.trials(), stored.channels());
    for item in 0..stored.marks.len() {
        let (unit, block) = (item / n_blocks, item % n_blocks);
        if !stored.mark(unit, block).is_done() {
            continue;
        }
        n_done += 1;
        if stored.good(unit, block).is_some() {
            continue;
        }
        if hurt.len() < MOST_LINES {
            let channels = &stored.blocks()[block];
            let what = match (name, trials.get(unit)) {
                ("data", Some(trial)) => format!("trial {trial}"),
                ("data", None) => "the average".into(),
                _ => format!("group of trials {unit}"),
            };
            let (first, last) = (channels.start, channels.end - 1);
            let names = match (labels.get(first), labels.get(last)) {
                (Some(first), Some(last)) => format!(" ({first} … {last})"),
                _ => String::new(),
            };
            let text = format!("hurt: {what}, channels {first} to {last}{names}\n");
            crate::logging::print(&text)?;
        }
        hurt.push(item as u64);
    }
    if hurt.len() > MOST_LINES {
        let more = hurt.len() - MOST_LINES;
        crate::logging::print(&format!("… and {more} more\n"))?;
    }
    let (all, left) = (
        stored.marks.len() as u64,
        stored.marks.len() as u64 - n_done,
    );
    let left = if left > 0 {
        format!(", {left} are not done yet")
    } else {
        String::new()
    };
    crate::logging::print(&format!(
        "{}: {} of {} are what was written{left}\n",
        path.display(),
        n_done - hurt.len() as u64,
        count(all, "chunk"),
    ))?;
    Ok(hurt)
}
