//! Which channels are wanted.

use std::collections::HashMap;

use regex::Regex;

use super::pick::{Item, Pick, matches};
use crate::phrase::shorten;
use crate::recording::{Channel, Recording};
use crate::setting::{Refusal, Setting};

/// Characters that are shown of what was written.
const SHOWN: usize = 60;

/// The channels of a list, in its order; what patterns and ranges find comes once, in the order of the recording.
///
/// # Errors
/// An item that finds nothing, a name that two channels have, or none left.
pub fn pick(wanted: &Setting<Vec<Item>>, recording: &Recording) -> Result<Vec<Channel>, Refusal> {
    let channels = &recording.channels;
    let n = channels.len();
    let names = Names::of(channels);
    let (mut included, mut excluded) = (Vec::new(), Vec::new());
    for item in &wanted.value {
        // a name wins over what it looks like
        let by_name = item
            .written
            .as_deref()
            .filter(|name| names.0.contains_key(name));
        let left_out = item
            .written
            .as_deref()
            .and_then(|name| name.strip_prefix('-'));
        let left_out = left_out.filter(|name| names.0.contains_key(name));
        let (is_excluded, pick) = match (by_name, left_out) {
            (Some(name), _) => (false, Pick::Name(name.to_owned())),
            (None, Some(name)) => (true, Pick::Name(name.to_owned())),
            (None, None) => (item.is_excluded, item.pick.clone()),
        };
        if is_excluded {
            excluded.push(pick)
        } else {
            included.push(pick)
        }
    }
    let of_pick = |pick: &Pick| of_pick(pick, channels, &names).map_err(|what| wanted.refuse(what));
    let mut numbers: Vec<usize> = Vec::new();
    let mut is_in = vec![false; n];
    if included.is_empty() {
        numbers.extend(0..n);
    }
    for pick in &included {
        let is_single = matches!(pick, Pick::Number(_) | Pick::Name(_));
        for number in of_pick(pick)? {
            // who names a channel twice means it
            if is_single || !is_in[number] {
                numbers.push(number);
                is_in[number] = true;
            }
        }
    }
    let mut is_out = vec![false; n];
    for pick in &excluded {
        of_pick(pick)?
            .into_iter()
            .for_each(|number| is_out[number] = true);
    }
    numbers.retain(|&number| !is_out[number]);
    if numbers.is_empty() {
        return Err(wanted.refuse(format!(
            "names none of the {n} channels; expected one at least (slepian info lists them)"
        )));
    }
    Ok(numbers
        .into_iter()
        .map(|number| channels[number].clone())
        .collect())
}

/// The first channel of every name, and the second one.
struct Names<'a>(HashMap<&'a str, (usize, Option<usize>)>);

impl Names<'_> {
    fn of(channels: &[Channel]) -> Names<'_> {
        let mut names = HashMap::new();
        for (number, channel) in channels.iter().enumerate() {
            names
                .entry(channel.label.as_str())
                .and_modify(|(_, second): &mut (usize, Option<usize>)| {
                    second.get_or_insert(number);
                })
                .or_insert((number, None));
        }
        Names(names)
    }
}

/// Numbers of the channels that it finds: one at least.
fn of_pick(pick: &Pick, channels: &[Channel], names: &Names) -> Result<Vec<usize>, String> {
    let n = channels.len();
    let where_label = |holds: &dyn Fn(&str) -> bool| -> Vec<usize> {
        (0..n)
            .filter(|&number| holds(&channels[number].label))
            .collect()
    };
    let (found, written) = match pick {
        Pick::All => (where_label(&|_| true), "all".to_owned()),
        Pick::Number(number) if *number < n => (vec![*number], String::new()),
        Pick::Number(number) => {
            return Err(format!(
                "channel {number} does not exist; expected 0 to {}",
                n - 1
            ));
        }
        Pick::Name(name) => return of_name(name, channels, names).map(|number| vec![number]),
        Pick::Slice(slice) => (slice.of(n).collect(), "this range".to_owned()),
        Pick::Wildcard(wildcard) => (
            where_label(&|label| matches(wildcard, label)),
            shorten(wildcard, SHOWN),
        ),
        Pick::Expression(text) => {
            let expression = Regex::new(text).map_err(|error| error.to_string())?;
            (
                where_label(&|label| expression.is_match(label)),
                shorten(text, SHOWN),
            )
        }
    };
    if found.is_empty() {
        let known = channels.iter().map(|channel| channel.label.as_str());
        return Err(format!(
            "{written} finds no channel; {}",
            crate::setting::nearest("", known)
        ));
    }
    Ok(found)
}

fn of_name(name: &str, channels: &[Channel], names: &Names) -> Result<usize, String> {
    let shown = shorten(name, SHOWN);
    match names.0.get(name) {
        Some((one, None)) => Ok(*one),
        Some((one, Some(other))) => Err(format!(
            "channels {one} and {other} are both called \"{shown}\"; expected the number of one, {one} or {other}"
        )),
        None => {
            let known = channels.iter().map(|channel| channel.label.as_str());
            let advice = crate::setting::nearest(name, known);
            Err(format!("channel \"{shown}\" does not exist; {advice}"))
        }
    }
}
