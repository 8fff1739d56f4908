//! The channels that are read: data signals of one sample rate.

use std::collections::BTreeMap;

use super::header::{Header, Signal, SignalKind};
use crate::error::{Error, Result};
use crate::input::{Options, check_sample_rate};
use crate::phrase::{count, hz, listed, number};

/// Rates and channels that a message lists at most.
const MAX_LISTED: usize = 8;
/// Characters of a channel in a message.
const SHOWN: usize = 60;
/// Relative deviation at which a rate is the requested one: headers round the length of a record to eight characters.
const RATE_TOLERANCE: f64 = 1e-6;

/// The data signals that have samples.
fn data_signals(header: &Header) -> impl Iterator<Item = &Signal> {
    let signals = header.signals.iter();
    signals.filter(|signal| signal.kind == SignalKind::Data && signal.n_samples > 0)
}

/// The signals that have `per_record` samples in each record.
pub fn signals(header: &Header, per_record: u64) -> Vec<&Signal> {
    data_signals(header)
        .filter(|signal| signal.n_samples == per_record)
        .collect()
}

/// Messages listing the channels that are skipped because their sample rate differs, or because they have no samples.
pub fn skipped_channels_messages(header: &Header, per_record: u64) -> Vec<String> {
    let others = data_signals(header).filter(|signal| signal.n_samples != per_record);
    let others: Vec<String> = others
        .map(|signal| {
            format!(
                "{} ({})",
                signal.label,
                hz(header.rate_hz(signal.n_samples))
            )
        })
        .collect();
    let empty = header.signals.iter();
    let empty = empty.filter(|signal| signal.kind == SignalKind::Data && signal.n_samples == 0);
    let empty: Vec<String> = empty.map(|signal| signal.label.clone()).collect();
    let message = |names: &[String], what: &str| {
        let n = count(names.len() as u64, "channel");
        let names_listed = listed(names, MAX_LISTED, SHOWN);
        (!names.is_empty()).then(|| format!("{n} {what} left out: {names_listed}"))
    };
    [
        message(&others, "of other rates"),
        message(&empty, "without samples"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Samples per record of the selected channels: the common value, or the one matching `input.samplerate`.
///
/// # Errors
/// No channel, channels of several rates without a selection, or a rate that no channel has.
pub fn samples_per_record(
    header: &Header,
    options: &Options,
    wrong: &impl Fn(String) -> Error,
) -> Result<u64> {
    let mut n_channels: BTreeMap<u64, usize> = BTreeMap::new();
    for signal in data_signals(header) {
        *n_channels.entry(signal.n_samples).or_default() += 1;
    }
    let Some(&lowest) = n_channels.keys().next() else {
        return Err(wrong(
            "no data channel: all signals are annotations or triggers, or have no samples; expected at least one: export \
             the recording with its channels"
                .into(),
        ));
    };
    let found = match &options.samplerate {
        Some(requested) => {
            let is_requested = |&&n: &&u64| {
                (header.rate_hz(n) - requested.value).abs() <= RATE_TOLERANCE * requested.value
            };
            let Some(&found) = n_channels.keys().find(is_requested) else {
                return Err(requested
                    .refuse(format!(
                        "no channel of the file has this rate; expected one of these, by number of channels: {}",
                        rates(header, &n_channels)
                    ))
                    .into());
            };
            found
        }
        None if n_channels.len() == 1 => lowest,
        None => {
            return Err(options
                .path
                .refuse(format!(
                    "channels of different rates, by their number: {}; expected input.samplerate in the config, the rate \
                     of those that are to be read",
                    rates(header, &n_channels)
                ))
                .into());
        }
    };
    check_sample_rate(header.rate_hz(found)).map_err(|expected| {
        wrong(format!(
            "{found} samples in records of {} s; expected a rate that is {expected}: correct the duration of a record \
             (bytes 244 to 251 of the file)",
            number(header.record_s)
        ))
    })?;
    Ok(found)
}

/// The rates of a file and how many channels have each, the highest rate first.
fn rates(header: &Header, n_channels: &BTreeMap<u64, usize>) -> String {
    let all = n_channels.iter().rev();
    let all: Vec<String> = all
        .map(|(&n_samples, n)| format!("{n} of {}", hz(header.rate_hz(n_samples))))
        .collect();
    listed(&all, MAX_LISTED, SHOWN)
}
