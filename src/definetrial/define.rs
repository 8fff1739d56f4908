//! From events or a length to trials.

use serde::{Deserialize, Serialize};

use super::options::{ClipEdges, EventOptions, Length, LengthOptions};
use super::{Options, columns, table};
use crate::error::Result;
use crate::input::{Event, Events, MAX_TRIALS, NOT_RECORDED, Source};
use crate::phrase::{count, number};
use crate::recording::{Recording, Trial};
use crate::setting::refuse_unexpanded;

/// What became of a recording's trials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defined {
    /// Trials that were left out, past the edges of the recording.
    pub n_dropped: usize,
    /// Trials that were cut short there.
    pub n_clipped: usize,
    /// What the length of trials became that is no whole number of samples.
    pub rounded: Option<String>,
    /// Whether seconds of a table count stored samples, though time is missing between some of them.
    pub onsets_skip_gaps: bool,
    /// What the user should know about the columns that are kept of events.
    pub column_warnings: Vec<String>,
}

/// Gives the recording the trials that `options` ask for.
///
/// # Errors
/// Events that cannot be read, none that count, or trials that the recording does not hold.
pub fn define(options: &Options, source: &mut Source) -> Result<Defined> {
    match options {
        Options::Length(options) => {
            source.recording.trials = of_length(options, source)?;
            source.recording.trialinfo = Vec::new();
            source.recording.trial_labels = Vec::new();
            Ok(Defined {
                rounded: rounded(options, source.recording.sample_rate_hz),
                ..Defined::default()
            })
        }
        Options::Events(options) => around_events(options, source),
    }
}

fn of_length(options: &LengthOptions, source: &Source) -> Result<Vec<Trial>> {
    let sample_rate_hz = source.recording.sample_rate_hz;
    let Length::Seconds(seconds) = options.length.value else {
        let whole = source
            .stretches
            .iter()
            .map(|stretch| (stretch.start, stretch.end - stretch.start));
        return Ok(whole.enumerate().map(trial).collect());
    };
    let n = (seconds * sample_rate_hz).round();
    if n < 1.0 {
        return Err(options
            .length
            .refuse(format!(
                "shorter than a sample; expected at least {} s",
                number(1.0 / sample_rate_hz)
            ))
            .into());
    }
    let n = n as u64;
    let beginnings = Beginnings {
        step: (seconds * (1.0 - options.overlap.value) * sample_rate_hz).max(1.0),
    };
    let fitting = |stretch: &std::ops::Range<u64>| {
        let length = stretch.end - stretch.start;
        let rest = length.checked_sub(n);
        rest.map_or(0, |rest| beginnings.up_to(rest))
    };
    let n_trials: u64 = source.stretches.iter().map(fitting).sum();
    if n_trials == 0 {
        let longest = source
            .stretches
            .iter()
            .map(|s| s.end - s.start)
            .max()
            .unwrap_or(0);
        return Err(options
            .length
            .refuse(format!(
                "longer than the recording, in which at most {} s follow each other",
                number(longest as f64 / sample_rate_hz)
            ))
            .into());
    }
    if n_trials > MAX_TRIALS as u64 {
        return Err(options
            .length
            .refuse(format!(
                "makes {n_trials} trials; expected at most {MAX_TRIALS}"
            ))
            .into());
    }
    let starts = source.stretches.iter().flat_map(|stretch| {
        (0..fitting(stretch)).map(move |k| (stretch.start + beginnings.of(k), n))
    });
    Ok(starts.enumerate().map(trial).collect())
}

/// Where trials begin that follow each other: after a whole number of steps, each rounded by itself, so that an hour of trials
/// of 1 s ends after an hour, whatever the sample rate.
#[derive(Clone, Copy)]
struct Beginnings {
    /// From one to the next, in samples, at least 1.
    step: f64,
}

impl Beginnings {
    /// The first sample of trial `k`.
    fn of(self, k: u64) -> u64 {
        (k as f64 * self.step).round() as u64
    }

    /// How many begin at the samples up to `last`.
    fn up_to(self, last: u64) -> u64 {
        // rounding moves none by more than one step
        let mut k = (last as f64 / self.step) as u64 + 2;
        while self.of(k) > last {
            k -= 1;
        }
        k + 1
    }
}

/// A length that is so near to a whole number of samples is one.
const WHOLE: f64 = 1e-6;

/// What is said of a length that is no whole number of samples.
fn rounded(options: &LengthOptions, sample_rate_hz: f64) -> Option<String> {
    let Length::Seconds(seconds) = options.length.value else {
        return None;
    };
    let n = (seconds * sample_rate_hz).round();
    ((seconds * sample_rate_hz - n).abs() > WHOLE).then(|| {
        // five digits say as much as anybody reads
        let rounded = format!("{:.4e}", n / sample_rate_hz);
        format!(
            "{}: trials have {}, {} s; each begins at the sample nearest to its time",
            options.length.found,
            count(n as u64, "sample"),
            number(rounded.parse().unwrap_or(n / sample_rate_hz))
        )
    })
}

/// The trial `number` of `n_samples` samples from `start` on, which begins at time 0.
fn trial((number, (start, n_samples)): (usize, (u64, u64))) -> Trial {
    Trial {
        number,
        start,
        n_samples: n_samples as usize,
        offset: 0.0,
        info: Vec::new(),
        labels: Vec::new(),
    }
}

fn around_events(options: &EventOptions, source: &mut Source) -> Result<Defined> {
    let sample_rate_hz = source.recording.sample_rate_hz;
    let mut defined = Defined::default();
    let events = match &options.table.value {
        Some(path) => {
            if !path.exists() {
                refuse_unexpanded(&options.table, path)?;
            }
            let mut events = table::read(path, options, sample_rate_hz)?;
            if options.sample.is_none() {
                defined.onsets_skip_gaps = !source.knows_times();
                for event in &mut events.events {
                    event.sample = source.row(event.sample);
                }
            }
            events
        }
        None if source.events.events.is_empty() => {
            let what = "the recording's file has no markers; expected a table of events";
            return Err(options.table.refuse(what).into());
        }
        None => std::mem::take(&mut source.events),
    };
    table::check_columns(options, &events.names)?;
    let chosen = choose(options, &events)?;
    let mut columns = columns::find(&options.trialinfo, &events, &chosen)?;
    defined.column_warnings = std::mem::take(&mut columns.warnings);
    let mut trials = Vec::new();
    for &(k, event) in &chosen {
        let place = place(options, event, k, source)?;
        if place.is_cut() {
            match options.clip_edges.value {
                ClipEdges::Clip if place.first < place.last => defined.n_clipped += 1,
                ClipEdges::Drop | ClipEdges::Clip => {
                    defined.n_dropped += 1;
                    continue;
                }
                ClipEdges::Refuse => {
                    return Err(options.clip_edges.refuse(format!(
                        "the trial of event {k}, from {} to {} s, is not in the recording as a whole; expected \
                         clip_edges = \"drop\" or true",
                        number(place.begin / sample_rate_hz),
                        number(place.end / sample_rate_hz)
                    )).into());
                }
            }
        }
        trials.push(Trial {
            number: trials.len(),
            start: place.first as u64,
            n_samples: (place.last - place.first) as usize,
            offset: place.first - place.trigger,
            info: columns.info(k, event),
            labels: columns.labels(event),
        });
    }
    if trials.is_empty() {
        return Err(options
            .table
            .refuse(format!(
                "none of the trials around {} lies in the recording as a whole; expected at least one",
                count(chosen.len() as u64, "event")
            ))
            .into());
    }
    source.recording = Recording {
        trials,
        trialinfo: columns.trialinfo,
        trial_labels: columns.trial_labels,
        ..source.recording.clone()
    };
    Ok(defined)
}

/// Where a trial around an event lies, in samples; all are whole numbers.
struct Place {
    /// As asked for.
    begin: f64,
    end: f64,
    /// As far as it was recorded.
    first: f64,
    last: f64,
    /// The event.
    trigger: f64,
}

impl Place {
    fn is_cut(&self) -> bool {
        self.first != self.begin || self.last != self.end
    }
}

/// The place of the trial around the event numbered `k`, in the stretch that the event lies in, or else is nearest to.
fn place(options: &EventOptions, event: &Event, k: usize, source: &Source) -> Result<Place> {
    let sample_rate_hz = source.recording.sample_rate_hz;
    let trigger = event.sample.round();
    let begin = trigger - (options.pre.value * sample_rate_hz).round();
    let end = match (&options.post, event.duration) {
        (Some(post), _) => trigger + (post.value * sample_rate_hz).round(),
        (None, Some(duration)) => (event.sample + duration).round(),
        (None, None) => {
            return Err(options
                .table
                .refuse(format!(
                    "event {k} has no duration; expected definetrial.post, the seconds that a trial lasts after its event"
                ))
                .into());
        }
    };
    // each end is rounded by itself
    if let Some(post) = &options.post
        && (options.pre.value * sample_rate_hz).round() + (post.value * sample_rate_hz).round()
            < 1.0
    {
        return Err(post
            .refuse(format!(
                "trials would be shorter than a sample; expected at least {} s from pre to post",
                number(1.0 / sample_rate_hz)
            ))
            .into());
    }
    // they follow each other
    let stretches = &source.stretches;
    let after = stretches.partition_point(|stretch| stretch.end as f64 <= trigger);
    let stretch = &stretches[after.min(stretches.len() - 1)];
    // what was not recorded is in no stretch
    let (low, high) = if event.sample == NOT_RECORDED {
        (0.0, 0.0)
    } else {
        (stretch.start as f64, stretch.end as f64)
    };
    let place = Place {
        begin,
        end,
        first: begin.max(low),
        last: end.min(high),
        trigger,
    };
    // only without post: what lies outside the recording is cut
    if place.begin >= place.end && !place.is_cut() {
        return Err(options
            .table
            .refuse(format!(
                "the trial of event {k} would end before it has a sample, since the event lasts {} s; expected \
                 definetrial.post, the seconds that a trial lasts after its event",
                number(event.duration.unwrap_or(0.0) / sample_rate_hz)
            ))
            .into());
    }
    Ok(place)
}

/// The events that count, each with its number among all.
fn choose<'a>(options: &EventOptions, events: &'a Events) -> Result<Vec<(usize, &'a Event)>> {
    let all = events.events.iter().enumerate();
    let Some(condition) = &options.condition else {
        return Ok(all.collect());
    };
    let of_event = |event: &'a Event| {
        move |name: &str| {
            let column = events.names.iter().position(|known| known == name);
            column.map_or("", |column| event.values[column].as_str())
        }
    };
    let chosen: Vec<_> = all
        .filter(|(_, event)| condition.value.holds(&of_event(event)))
        .collect();
    if chosen.is_empty() {
        return Err(condition
            .refuse(format!(
                "holds for none of {}; expected one at least",
                count(events.events.len() as u64, "event")
            ))
            .into());
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trials_of_a_second_do_not_drift_at_a_rate_that_is_no_whole_number() {
        let fs = 1_017.252_625;
        let beginnings = Beginnings { step: fs };
        let n_rows = (3600.0 * fs) as u64;
        let n_trials = beginnings.up_to(n_rows - 1017);
        assert_eq!(n_trials, 3600);
        for k in 0..n_trials {
            let off = beginnings.of(k) as f64 / fs - k as f64;
            assert!(off.abs() <= 0.5 / fs + 1e-9, "trial {k} is {off} s off");
        }
        // overlapping by half
        let halves = Beginnings { step: 0.5 * fs };
        assert_eq!(
            [halves.of(1), halves.of(2), halves.of(7199)],
            [509, 1017, 3_661_601]
        );
    }

    #[test]
    fn as_many_trials_begin_as_there_is_room_for() {
        for step in [
            1.0,
            1.0001,
            1.5,
            2.5,
            3.0,
            99.999_999_999_999_98,
            1_017.252_625,
        ] {
            let beginnings = Beginnings { step };
            for last in 0..3000 {
                let n = beginnings.up_to(last);
                assert!(beginnings.of(n - 1) <= last && beginnings.of(n) > last);
                assert!(beginnings.of(n) > beginnings.of(n - 1), "{step} {last}");
            }
        }
    }
}
