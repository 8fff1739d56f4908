//! Which trials are wanted.

use super::pick::{Item, Pick};
use crate::recording::{Recording, Trial};
use crate::setting::{Refusal, Setting};

/// The trials of a list, in its order.
///
/// # Errors
/// A trial that the recording does not have, or none left.
pub fn pick(wanted: &Setting<Vec<Item>>, recording: &Recording) -> Result<Vec<Trial>, Refusal> {
    let n = recording.trials.len();
    let mut numbers: Vec<usize> = Vec::new();
    let (excluded, included): (Vec<&Item>, Vec<&Item>) =
        wanted.value.iter().partition(|item| item.is_excluded);
    if included.is_empty() {
        numbers.extend(0..n);
    }
    for item in included {
        numbers.extend(of_item(item, n).map_err(|what| wanted.refuse(what))?);
    }
    let mut is_out = vec![false; n];
    for item in excluded {
        for number in of_item(item, n).map_err(|what| wanted.refuse(what))? {
            is_out[number] = true;
        }
    }
    numbers.retain(|&number| !is_out[number]);
    if numbers.is_empty() {
        return Err(wanted.refuse(format!(
            "names none of the {n} trials; expected one at least (slepian trials lists them)"
        )));
    }
    Ok(numbers
        .into_iter()
        .map(|number| recording.trials[number].clone())
        .collect())
}

fn of_item(item: &Item, n: usize) -> Result<Vec<usize>, String> {
    match &item.pick {
        Pick::All => Ok((0..n).collect()),
        Pick::Number(number) if *number < n => Ok(vec![*number]),
        Pick::Number(number) => Err(format!(
            "trial {number} does not exist; expected 0 to {}",
            n - 1
        )),
        Pick::Slice(slice) => Ok(slice.of(n).collect()),
        Pick::Name(_) | Pick::Wildcard(_) | Pick::Expression(_) => {
            Err("trials have no names; expected numbers and ranges, as \"0:10\"".into())
        }
    }
}
