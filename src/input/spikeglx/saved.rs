//! Which of the acquired channels are saved, in the order of the file.

use std::ops::Range;

use super::meta::{Meta, RESTORE, shown};
use crate::error::Result;
use crate::input::MAX_CHANNELS;

/// Kinds of channels of a probe, as [`Saved`] numbers them.
pub const AP: usize = 0;
/// Channels of the LF band.
pub const LF: usize = 1;

/// A kind of channel: its short name, its range among the acquired channels, and how many are saved.
pub struct Kind {
    name: &'static str,
    /// Numbers of its channels among all acquired ones.
    pub acquired: Range<usize>,
    n_saved: usize,
}

/// A saved number: the kind of its channel, its number among those of the kind, and that among all acquired ones.
pub struct Saved {
    /// The place of its kind in the file's list of kinds.
    pub kind: usize,
    /// Its number among the channels of the kind.
    pub number: usize,
    /// Its number among all acquired channels.
    pub acquired: usize,
}

/// The kinds of channels, from the keys of the `saved` and of the `acquired` numbers.
///
/// # Errors
/// What is missing or wrong: path, found, expected.
pub fn kinds<const N: usize>(
    meta: &Meta,
    names: [&'static str; N],
    saved: &str,
    acquired: &str,
) -> Result<[Kind; N]> {
    let n_saved = meta.counts::<N>(saved)?;
    let n_acquired = match meta.optional(acquired) {
        Some(_) => meta.counts::<N>(acquired)?,
        None => n_saved,
    };
    let n: usize = n_saved.iter().sum();
    if n == 0 || n > MAX_CHANNELS {
        return Err(meta.wrong(format!(
            "{saved} names {n} channels; expected 1 to {MAX_CHANNELS}: {RESTORE}"
        )));
    }
    let claimed = meta.text("nSavedChans")?;
    if claimed.parse() != Ok(n) {
        return Err(meta.wrong(format!(
            "nSavedChans is {}; expected {n}, the sum of {saved}: {RESTORE}",
            shown(claimed)
        )));
    }
    let mut begin = 0;
    Ok(std::array::from_fn(|kind| {
        let acquired = begin..begin + n_acquired[kind];
        begin = acquired.end;
        Kind {
            name: names[kind],
            acquired,
            n_saved: n_saved[kind],
        }
    }))
}

/// What is saved, in the order of the file.
///
/// # Errors
/// A list of saved channels that does not fit the kinds.
pub fn saved(meta: &Meta, kinds: &[Kind]) -> Result<Vec<Saved>> {
    let n: usize = kinds.iter().map(|kind| kind.n_saved).sum();
    let acquired = subset(meta, n)?;
    let mut saved = Vec::new();
    for (number, kind) in kinds.iter().enumerate() {
        let range = &kind.acquired;
        for place in 0..kind.n_saved {
            // without a list all of its kind are saved, one after the other
            let acquired = match &acquired {
                Some(list) => list[saved.len()],
                None => range.start + place,
            };
            if !range.contains(&acquired) {
                return Err(meta.wrong(format!(
                    "channel {acquired} is saved in place of one of {}; expected one from {} on, below {}: \
                     {RESTORE}",
                    kind.name, range.start, range.end
                )));
            }
            saved.push(Saved {
                kind: number,
                number: acquired - range.start,
                acquired,
            });
        }
    }
    Ok(saved)
}

/// The numbers of the channels that are saved, `n` of them; none where all are.
fn subset(meta: &Meta, n: usize) -> Result<Option<Vec<usize>>> {
    const KEY: &str = "snsSaveChanSubset";
    let Some(text) = meta.optional(KEY) else {
        return Ok(None);
    };
    if text.eq_ignore_ascii_case("all") || text.is_empty() {
        return Ok(None);
    }
    let wrong = || {
        meta.wrong(format!(
            "{KEY} is {}; expected {n} channels, as 0:383,768: {RESTORE}",
            shown(text)
        ))
    };
    let mut list = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        let number = |text: &str| {
            text.trim()
                .parse::<u32>()
                .ok()
                .map(|number| number as usize)
        };
        let (Some(first), Some(last)) = (number(first), number(last)) else {
            return Err(wrong());
        };
        if last < first || last - first >= n || list.len() + last - first >= n {
            return Err(wrong());
        }
        list.extend(first..=last);
    }
    if list.len() != n {
        return Err(wrong());
    }
    let mut sorted = list.clone();
    sorted.sort_unstable();
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(meta.wrong(format!(
            "{KEY} is {}, which names channel {} twice; expected every channel once: {RESTORE}",
            shown(text),
            twice[0]
        )));
    }
    Ok(Some(list))
}
