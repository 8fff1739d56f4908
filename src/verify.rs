//! `slepian verify`: reads a result back and compares it with its ledger. Chunks that are not what was written lose their
//! mark, so that `slepian run --resume` computes them again.

use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::input::syncopy::read_info;
use crate::logging::print_report;
use crate::output::{Lock, StoredResult, Target, check_info, sha1_of, unmark};
use crate::phrase::count;

/// Chunks that are listed one by one, at most.
const MAX_LINES: usize = 20;

/// Verifies the result at `path`, finished or not, and of averages that are not finished their sums too: every byte of it. It
/// goes on, and marks what is hurt, where stdout cannot be written.
///
/// # Errors
/// No result there; a file that is damaged; chunks that are hurt: which trials and channels.
pub fn verify(path: &Path) -> Result<()> {
    let target = Target::find(path)?;
    let main = target.current()?;
    let is_result = main == target.data && target.info.symlink_metadata().is_ok();
    // nobody writes, finishes or replaces the result meanwhile; while a job does, or where nothing may be written, this
    // only looks
    let lock = Lock::take(&target.lock);
    if is_result {
        check_info(&target.info)?;
    }
    let mut files = vec![(main, "data")];
    if main == target.part && target.sums.symlink_metadata().is_ok() {
        files.push((&target.sums, "sums"));
    }
    let blocks = StoredResult::blocks_of(main)?;
    let mut n_hurt = 0;
    let mut n_left = 0;
    for (path, name) in &files {
        let stored = StoredResult::open(path, name, blocks)?;
        let found = look(&stored, path, name)?;
        let mut hurt = found.hurt;
        if !stored.gaps_are_good()? {
            print_report("hurt: bytes between the numbers, which were zeros\n");
            // a result with anything left to do is made anew around what is good of it
            hurt = if hurt.is_empty() { vec![0] } else { hurt };
        }
        drop(stored);
        if lock.is_ok() {
            unmark(path, &hurt)?;
        }
        n_hurt += hurt.len() as u64;
        n_left += found.n_left;
    }
    let damaged = |what: String| {
        Err(Error::Recording {
            path: main.to_owned(),
            what,
        })
    };
    let remedy = match lock {
        Ok(_) => "slepian run --resume computes again what is hurt".to_owned(),
        Err(why) => format!("this could not be marked: {why}"),
    };
    let chunks = |n: u64| if n == 1 { "chunk is" } else { "chunks are" };
    if n_hurt > 0 {
        return damaged(format!(
            "{n_hurt} {} not what was written; {remedy}",
            chunks(n_hurt)
        ));
    }
    if is_result && n_left > 0 {
        return damaged(format!(
            "{n_left} {} marked as hurt; {remedy}",
            chunks(n_left)
        ));
    }
    if is_result {
        check_sha1(main, &target.info)?;
    }
    Ok(())
}

/// Compares the SHA-1 of the data with that in `.info`, where there is one.
fn check_sha1(data: &Path, info: &Path) -> Result<()> {
    let written = read_info(info)?.remove("file_checksum");
    let Some(written) = written.as_ref().and_then(Value::as_str) else {
        return Ok(());
    };
    let found = sha1_of(data)?;
    if found == written {
        return Ok(());
    }
    Err(Error::Damaged {
        path: data.to_owned(),
        what: format!("this file has the SHA-1 {found}, .info has {written}"),
    })
}

/// What was found in a file.
struct Found {
    /// Items that are marked, or were, and are not what was written.
    hurt: Vec<u64>,
    /// How many are not done.
    n_left: u64,
}

/// The items of a file that are marked and hurt; prints them.
fn look(stored: &StoredResult, path: &Path, name: &str) -> Result<Found> {
    let n_blocks = stored.blocks().len();
    let mut hurt = Vec::new();
    let mut n_done: u64 = 0;
    let (trials, labels) = (stored.trials(), stored.channels());
    for item in 0..stored.marks.len() {
        let (unit, block) = (item / n_blocks, item % n_blocks);
        let mark = stored.mark(unit, block);
        if !mark.is_done() && !mark.is_hurt() {
            continue;
        }
        n_done += 1;
        if stored.is_good(unit, block)? {
            continue;
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
    let n_left = left;
    let left = if left > 0 {
        format!(", {left} are not done yet")
    } else {
        String::new()
    };
    print_report(&format!(
        "{}: {} of {} {} what was written{left}\n",
        path.display(),
        n_done - hurt.len() as u64,
        count(all, "chunk"),
        if all == 1 { "is" } else { "are" },
    ));
    Ok(Found { hurt, n_left })
}
