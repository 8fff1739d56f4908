//! What is written above a picture and beside its lines.

use super::read::Values;
use super::source::Source;
use super::view::{Kind, View, ends};
use crate::error::Result;
use crate::phrase::{count, hz, number, printable, shorten};

/// Characters of a name at most.
pub const MAX_NAME: usize = 40;

/// Names of groups × channels, channels faster; empty where there is one.
pub fn series_names(source: &Source, view: &View) -> Vec<String> {
    let channel = |c: usize| {
        let channel = view.channels[c * view.channels_per_place];
        printable(&shorten(&source.channels[channel], MAX_NAME))
    };
    let n_channels = view.n_channel_places;
    let groups = 0..view.groups.len();
    let names = groups.flat_map(|group| {
        (0..n_channels).map(move |c| match (view.group_names.get(group), n_channels) {
            (Some(group), 1) => group.clone(),
            (Some(group), _) => format!("{}, {group}", channel(c)),
            (None, 1) => String::new(),
            (None, _) => channel(c),
        })
    });
    names.collect()
}

/// What a picture is of: method, trials, channels, frequencies.
pub fn title(source: &Source, view: &View) -> String {
    let mut words = Vec::new();
    words.extend(Some(source.method.clone()).filter(|method| !method.is_empty()));
    match (source.n_averaged, &view.groups[..]) {
        (Some(n), _) => words.push(format!("mean of {}", count(n, "trial"))),
        (None, [one]) => words.push(match one[..] {
            [trial] => format!("trial {}", source.trials[trial].number),
            _ => format!("mean of {}", count(one.len() as u64, "trial")),
        }),
        _ => {}
    }
    match view.channels[..] {
        [channel] => words.push(shorten(&source.channels[channel], MAX_NAME)),
        _ if view.n_channel_places == 1 => {
            words.push(format!(
                "mean of {}",
                count(view.channels.len() as u64, "channel")
            ));
        }
        _ => {}
    }
    if let Some((low, high)) = view.band {
        words.push(format!(
            "{} to {}",
            hz(low).trim_end_matches(" Hz"),
            hz(high)
        ));
    }
    printable(&format!("{}: {}", source.name(), words.join(", ")))
}

/// What was left out, averaged or added up, and what cannot be seen.
///
/// # Errors
/// The file cannot be read.
pub fn note(source: &Source, view: &View, values: &Values, has_shade: bool) -> Result<String> {
    let mut notes = Vec::new();
    if source.has_times && !source.is_over_time {
        let times = view.groups.concat().into_iter().map(|trial| {
            let times = source.times(&source.trials[trial], 0..1)?;
            Ok(times[0])
        });
        // the ends tell whether all are one
        let (first, last) = ends(&times.take(1000).collect::<Result<Vec<f64>>>()?);
        if first == last {
            notes.push(format!("at {} s", number(first)));
        }
    }
    let units = source.units_of(&view.channels);
    if units.len() > 1 {
        let units = units.into_iter().map(|unit| match unit {
            "" => "unknown",
            known => known,
        });
        let units = shorten(&units.collect::<Vec<_>>().join(", "), MAX_NAME);
        notes.push(format!("channels of different units: {units}"));
    }
    if source.is_complex {
        notes.push("magnitudes of complex numbers".into());
    }
    if source.shape[1] > 1 {
        notes.push(format!("mean of {} tapers", source.shape[1]));
    }
    if view.n_channel_places > 1 && view.channels_per_place > 1 {
        notes.push(format!(
            "a row is the mean of {} channels",
            view.channels_per_place
        ));
    }
    if view.band.is_none() && view.freqs_per_place > 1 {
        let what = match view.kind {
            Kind::Spectra => "a point",
            _ => "a cell",
        };
        notes.push(format!(
            "{what} is the mean of {} frequencies",
            view.freqs_per_place
        ));
    }
    if has_shade {
        let is_one =
            source.n_averaged.is_none() && view.groups.iter().all(|group| group.len() == 1);
        let whose = if is_one { "trial's" } else { "trials'" };
        notes.push(format!("shaded: within 3 σ of the {whose} ends"));
    }
    if values.has_gaps {
        notes.push("NaN left out of means".into());
    }
    Ok(notes.join(" · "))
}
