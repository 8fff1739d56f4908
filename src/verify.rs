//! `slepian verify`: reads a result back and compares it with its ledger. Chunks that are not what was written lose their
//! mark, so that `slepian run --resume` computes them again.

use std::path::Path;

use crate::error::{Error, Result};
use crate::logging::print_report;
use crate::output::{Check, Lock, StoredResult, Target, unmark};
use crate::phrase::count;

/// Chunks that are listed one by one, at most.
const MAX_LINES: usize = 20;

/// Verifies the result at `path`, finished or not, and of averages that are not finished their sums too. It goes on, and marks
/// what is hurt, where stdout cannot be written.
///
/// # Errors
/// No result there; chunks that are hurt: which trials and channels.
pub fn verify(path: &Path) -> Result<()> {
    let target = Target::find(path)?;
    let main = target.current()?;
    // nobody writes, finishes or replaces the result meanwhile; while a job does, or where nothing may be written, this
    // only looks
    let lock = Lock::take(&target.lock);
    let mut files = vec![(main, "data")];
    if main == target.part && target.sums.symlink_metadata().is_ok() {
        files.push((&target.sums, "sums"));
    }
    let blocks = StoredResult::blocks_of(main)?;
    let mut n_hurt = 0;
    for (path, name) in &files {
        let stored = StoredResult::open(path, name, blocks)?;
        let mut hurt = look(&stored, path, name)?;
        if *name == "data" && !stored.labels_are_good() {
            print_report("hurt: labels of the axes or trial definition\n");
            if main == target.part {
                return Err(Error::Recording {
                    path: main.to_owned(),
                    what: "labels are not what was written; expected --overwrite to begin anew"
                        .into(),
                });
            }
            // a result with anything left to do is made anew around what is good of it
            hurt = if hurt.is_empty() { vec![0] } else { hurt };
        }
        drop(stored);
        if !hurt.is_empty() && lock.is_ok() {
            unmark(path, &hurt)?;
        }
        n_hurt += hurt.len();
    }
    if n_hurt == 0 {
        return Ok(());
    }
    let remedy = match lock {
        Ok(_) => "slepian run --resume computes again what is hurt".to_owned(),
        Err(why) => format!("this could not be marked: {why}"),
    };
    let chunks = if n_hurt == 1 {
        "chunk is"
    } else {
        "chunks are"
    };
    Err(Error::Recording {
        path: main.to_owned(),
        what: format!("{n_hurt} {chunks} not what was written; {remedy}"),
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
        match stored.check(unit, block)? {
            Check::NotDone => continue,
            Check::Good(_) => {
                n_done += 1;
                continue;
            }
            Check::Hurt => n_done += 1,
        }
        if hurt.len() < MAX_LINES {
            let channels = &stored.blocks()[block];
            let rows = stored.rows(unit);
            let is_part =
                |trial| trials.iter().filter(|other| *other == trial).count() > rows.len();
            let what = match (name, trials.get(rows.start)) {
                ("data", Some(trial)) if is_part(trial) => {
                    format!("trial {trial}, rows {} to {}", rows.start, rows.end - 1)
                }
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
            print_report(&text);
        }
        hurt.push(item as u64);
    }
    if hurt.len() > MAX_LINES {
        let more = hurt.len() - MAX_LINES;
        print_report(&format!("… and {more} more\n"));
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
    print_report(&format!(
        "{}: {} of {} are what was written{left}\n",
        path.display(),
        n_done - hurt.len() as u64,
        count(all, "chunk"),
    ));
    Ok(hurt)
}
