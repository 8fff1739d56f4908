//! Events of a dataset: when, how long, and whatever fields they have. `latency` counts samples from 1, of epoched data
//! those of all epochs one after the other; `duration` is in samples.

use std::ops::Range;

use crate::input::matlab::Value;
use crate::input::{Event, Events};

/// The field that says what an event is.
const TYPE: &str = "type";
/// What EEGLAB puts where data were cut out: a type of its own, of old a number.
const BOUNDARIES: [&str; 2] = ["boundary", "-99"];
/// Bytes of the name of a column at most.
const MAX_COLUMN_NAME: usize = 63;

/// The events of the field `event`. Those that say no time are left out.
pub fn events(event: Option<&Value>) -> Events {
    let Some(Value::Structs(structs)) = event else {
        return Events::default();
    };
    let Some(latencies) = structs.values("latency") else {
        return Events::default();
    };
    let durations = structs.values("duration");
    let columns: Vec<(&str, &[Value])> = structs
        .fields
        .iter()
        .map(|(name, values)| (name.as_str(), &values[..]))
        .filter(|(name, _)| {
            !matches!(*name, "latency" | "duration") && name.len() <= MAX_COLUMN_NAME
        })
        .collect();
    // the first column is what an event is
    let (first, others): (Vec<_>, Vec<_>) = columns.iter().partition(|(name, _)| *name == TYPE);
    let columns = [first, others].concat();
    let event = |(k, latency): (usize, &Value)| {
        let sample = latency.number().filter(|latency| latency.is_finite())? - 1.0;
        let duration = durations.and_then(|values| values[k].number());
        Some(Event {
            sample,
            duration: duration.filter(|n| n.is_finite() && *n >= 0.0),
            values: columns
                .iter()
                .map(|(_, values)| values[k].text().unwrap_or_default())
                .collect(),
        })
    };
    Events {
        names: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        events: latencies.iter().enumerate().filter_map(event).collect(),
    }
}

/// Rows of continuous data between the places where something was cut out.
pub fn stretches(events: &Events, n_rows: u64) -> Vec<Range<u64>> {
    let is_boundary = |event: &&Event| {
        let is_first = events.names.first().is_some_and(|name| name == TYPE);
        is_first && BOUNDARIES.contains(&event.values[0].as_str())
    };
    let borders = events.events.iter().filter(is_boundary);
    // a boundary lies between two samples, at half a sample; of old on the second of them
    let borders = borders.map(|event| event.sample.ceil());
    let mut borders: Vec<u64> = borders
        .filter(|&border| 0.0 < border && border < n_rows as f64)
        .map(|border| border as u64)
        .collect();
    borders.sort_unstable();
    borders.dedup();
    let starts = [0].into_iter().chain(borders.iter().copied());
    let ends = borders.iter().copied().chain([n_rows]);
    starts.zip(ends).map(|(start, end)| start..end).collect()
}
