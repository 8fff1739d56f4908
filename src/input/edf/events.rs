//! What happened, of annotations and of triggers, in the order of time.

use super::Clock;
use super::annotations::{self, Annotation};
use super::header::{Header, Kind, Signal};
use super::records::Records;
use super::status::{self, Trigger};
use crate::error::Result;
use crate::input::{Event, Events};
use crate::phrase::number;

/// The columns of an annotation: text, seconds, and seconds.
const OF_ANNOTATIONS: &[&str] = &["description", "onset", "duration"];
/// The column of a trigger: its inputs.
const OF_TRIGGERS: &[&str] = &["value"];

/// The events of the file.
///
/// # Errors
/// Annotations or triggers that cannot be read.
pub fn read(header: &Header, records: &Records, clock: &Clock) -> Result<Events> {
    let first_s = match clock.starts_s {
        Some(_) => 0.0,
        None => annotations::first_start(header, records)?,
    };
    let columns = Columns::of(header);
    let annotations = annotations::read(header, records)?;
    let mut events: Vec<Event> = annotations
        .iter()
        .map(|annotation| of_annotation(annotation, clock, first_s, &columns))
        .collect();
    for signal in header.signals.iter().filter(|s| s.kind == Kind::Status) {
        let triggers = status::triggers(signal, records)?;
        events.extend(
            triggers
                .iter()
                .map(|trigger| of_trigger(trigger, signal, clock, &columns)),
        );
    }
    events.sort_by(|a, b| a.sample.total_cmp(&b.sample));
    Ok(Events {
        names: columns.names,
        events,
    })
}

/// The columns that a file has: those of annotations, then those of triggers.
struct Columns {
    names: Vec<String>,
    n_of_triggers: usize,
    n_of_annotations: usize,
}

impl Columns {
    fn of(header: &Header) -> Columns {
        let names_of = |kind: Kind, names: &'static [&'static str]| {
            let has_any = header.signals.iter().any(|signal| signal.kind == kind);
            if has_any { names } else { &[] }
        };
        let of_annotations = names_of(Kind::Annotations, OF_ANNOTATIONS);
        let of_triggers = names_of(Kind::Status, OF_TRIGGERS);
        let names = [of_annotations, of_triggers].concat();
        Columns {
            names: names.into_iter().map(str::to_owned).collect(),
            n_of_annotations: of_annotations.len(),
            n_of_triggers: of_triggers.len(),
        }
    }
}

fn nothing(n: usize) -> impl Iterator<Item = String> {
    std::iter::repeat_n(String::new(), n)
}

fn of_annotation(annotation: &Annotation, clock: &Clock, first_s: f64, columns: &Columns) -> Event {
    let duration = annotation.duration_s;
    let own = [
        annotation.text.clone(),
        // a list has one time for all its annotations, which would be as long for each of them
        number(annotation.onset_s),
        duration.map_or(String::new(), number),
    ];
    Event {
        sample: clock.row(annotation.onset_s, first_s),
        duration: duration.map(|duration_s| duration_s * clock.sample_rate_hz()),
        values: own
            .into_iter()
            .chain(nothing(columns.n_of_triggers))
            .collect(),
    }
}

fn of_trigger(trigger: &Trigger, signal: &Signal, clock: &Clock, columns: &Columns) -> Event {
    // of a file whose channels differ in rate
    let per_sample = clock.per_record as f64 / signal.n_samples as f64;
    Event {
        sample: trigger.sample as f64 * per_sample,
        duration: None,
        values: nothing(columns.n_of_annotations)
            .chain([trigger.value.to_string()])
            .collect(),
    }
}
