//! Events (EDF+ annotations and BioSemi triggers), sorted by time.

use super::annotations::{Annotation, Annotations};
use super::header::{Header, Signal, SignalKind};
use super::records::Records;
use super::status::{self, Trigger};
use super::times::RecordTimes;
use crate::error::Result;
use crate::input::{Event, Events};
use crate::phrase::number;

/// The columns of an annotation: text, seconds, and seconds.
const ANNOTATION_COLUMNS: &[&str] = &["description", "onset", "duration"];
/// The column of a trigger: its inputs.
const TRIGGER_COLUMNS: &[&str] = &["value"];

/// The events of the file.
///
/// # Errors
/// Triggers that cannot be read.
pub fn read(
    header: &Header,
    records: &Records,
    annotations: &Annotations,
    times: &RecordTimes,
) -> Result<Events> {
    let columns = Columns::of(header);
    let annotations = annotations.found.iter();
    let mut events: Vec<Event> = annotations
        .map(|annotation| of_annotation(annotation, times, &columns))
        .collect();
    let has_triggers = |signal: &&Signal| signal.kind == SignalKind::Status && signal.n_samples > 0;
    for signal in header.signals.iter().filter(has_triggers) {
        let triggers = status::triggers(signal, records)?;
        events.extend(
            triggers
                .iter()
                .map(|trigger| of_trigger(trigger, signal, times, &columns)),
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
    n_trigger_columns: usize,
    n_annotation_columns: usize,
}

impl Columns {
    fn of(header: &Header) -> Columns {
        let names_of = |kind: SignalKind, names: &'static [&'static str]| {
            let has_any = header.signals.iter().any(|signal| signal.kind == kind);
            if has_any { names } else { &[] }
        };
        let of_annotations = names_of(SignalKind::Annotations, ANNOTATION_COLUMNS);
        let of_triggers = names_of(SignalKind::Status, TRIGGER_COLUMNS);
        let names = [of_annotations, of_triggers].concat();
        Columns {
            names: names.into_iter().map(str::to_owned).collect(),
            n_annotation_columns: of_annotations.len(),
            n_trigger_columns: of_triggers.len(),
        }
    }
}

fn nothing(n: usize) -> impl Iterator<Item = String> {
    std::iter::repeat_n(String::new(), n)
}

fn of_annotation(annotation: &Annotation, times: &RecordTimes, columns: &Columns) -> Event {
    let duration = annotation.duration_s;
    let own = [
        annotation.text.clone(),
        // a TAL has one onset and one duration; both apply to each of its annotations
        number(annotation.onset_s),
        duration.map_or(String::new(), number),
    ];
    Event {
        sample: times.row(annotation.onset_s),
        duration: duration.map(|duration_s| duration_s * times.sample_rate_hz),
        values: own
            .into_iter()
            .chain(nothing(columns.n_trigger_columns))
            .collect(),
    }
}

fn of_trigger(trigger: &Trigger, signal: &Signal, times: &RecordTimes, columns: &Columns) -> Event {
    // the Status channel may have a different sample rate: convert its index to rows
    let per_sample = times.per_record as f64 / signal.n_samples as f64;
    Event {
        sample: trigger.sample as f64 * per_sample,
        duration: None,
        values: nothing(columns.n_annotation_columns)
            .chain([trigger.value.to_string()])
            .collect(),
    }
}
