//! What is drawn of a result: its trials, channels and frequencies, and the kind of picture, from the flags and from what
//! there is. The rules stand in the README.

use super::bins::{self, Bins, NOWHERE};
use super::source::Source;
use super::times;
use crate::cli::PlotArgs;
use crate::error::{Error, Result};
use crate::logging;
use crate::phrase::{count, printable, shorten};
use crate::spectral::Remark;

/// Lines that a reader can tell apart, and pictures of single trials at most.
const MAX_LINES: usize = 10;
/// Maps side by side at most.
const MAX_MAPS: usize = 12;
/// Numbers of all lines over frequency together at most.
const MAX_CELLS: usize = 1 << 20;
/// Places of a map along one axis, about as many as a picture has pixels.
const PLACES_OF_A_MAP: usize = 1024;
/// The same where there are several maps.
const PLACES_OF_A_SMALL_MAP: usize = 400;
/// Places along the time of lines.
const MAX_TIMES: usize = 1 << 13;
/// Characters of a name that are repeated in a message.
const SHOWN: usize = 60;

/// The kinds of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lines over frequency, one for each channel.
    Spectra,
    /// Frequency × channel.
    ChannelMap,
    /// Time × frequency.
    TimeMap,
    /// Lines over time, one for each channel.
    Band,
    /// Time × channel.
    BandMap,
    /// A point for each channel.
    BandPoints,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub struct View {
    /// The kind of picture.
    pub kind: Kind,
    /// Trials, by their place in the result, of every group that the mean is taken over.
    pub groups: Vec<Vec<usize>>,
    /// What the groups are called where there are several; none where there is one.
    pub group_names: Vec<String>,
    /// Channels of the result.
    pub channels: Vec<usize>,
    /// The place of every channel of the result.
    pub channel_places: Vec<u32>,
    /// How many places there are along the channels.
    pub n_channel_places: usize,
    /// How many channels share a place at most: their mean is drawn.
    pub channels_per_place: usize,
    /// Places along the frequencies.
    pub freq: Bins,
    /// The place of every frequency of the result.
    pub freq_places: Vec<u32>,
    /// How many frequencies share a place at most.
    pub freqs_per_place: usize,
    /// Places along time; one without a time axis.
    pub times: Bins,
    /// The band that the mean is taken over.
    pub band: Option<(f64, f64)>,
}

impl View {
    /// What `args` ask for of `source`.
    ///
    /// # Errors
    /// Names, numbers and frequencies that the result does not have, and what it has.
    pub fn choose(args: &PlotArgs, source: &Source) -> Result<View> {
        let channels = channels(&args.channel, &source.channels)?;
        let (groups, group_names) = groups(args, source)?;
        let band = args
            .band
            .as_deref()
            .map(|text| range("--band", text))
            .transpose()?;
        let part = args
            .freq
            .as_deref()
            .map(|text| range("--freq", text))
            .transpose()?;
        let within = band.or(part).unwrap_or((0.0, f64::INFINITY));
        if !source
            .freq
            .iter()
            .any(|hz| (within.0..=within.1).contains(hz))
        {
            let (low, high) = ends(&source.freq);
            let flag = if band.is_some() { "--band" } else { "--freq" };
            return Err(Error::Usage(format!(
                "{flag} {}-{}: no frequency lies there; expected some of the {} Hz to {} Hz of {}",
                within.0,
                within.1,
                low,
                high,
                source.path.display()
            )));
        }
        let n_lines = channels.len() * groups.len();
        let kind = match (band, source.is_over_time) {
            (Some(_), true) if n_lines <= MAX_LINES => Kind::Band,
            (Some(_), true) => Kind::BandMap,
            (Some(_), false) => Kind::BandPoints,
            (None, true) => Kind::TimeMap,
            (None, false) if n_lines <= MAX_LINES && !args.map => Kind::Spectra,
            (None, false) => Kind::ChannelMap,
        };
        let n_maps = match kind {
            Kind::TimeMap if n_lines <= MAX_MAPS => n_lines,
            _ => groups.len(),
        };
        let of_map = match n_maps {
            1 => PLACES_OF_A_MAP,
            _ => PLACES_OF_A_SMALL_MAP,
        };
        let n_channel_places = match kind {
            Kind::TimeMap if n_lines > MAX_MAPS => 1,
            Kind::ChannelMap | Kind::BandMap | Kind::BandPoints => of_map,
            _ => channels.len(),
        };
        let n_freq_places = match kind {
            Kind::Spectra => MAX_CELLS / n_lines,
            Kind::ChannelMap | Kind::TimeMap => of_map,
            _ => 1,
        };
        let (freq, freq_places, freqs_per_place) =
            bins::frequencies(&source.freq, within, n_freq_places);
        let (channels_per_place, place) = bins::shared(channels.len(), n_channel_places);
        let mut channel_places = vec![NOWHERE; source.channels.len()];
        for (i, &channel) in channels.iter().enumerate() {
            channel_places[channel] = place(i) as u32;
        }
        let trials = groups.concat();
        let times = match kind {
            Kind::TimeMap | Kind::BandMap => times::places(source, &trials, of_map)?,
            Kind::Band => times::places(source, &trials, MAX_TIMES)?,
            _ => Bins::single(0.0),
        };
        Ok(View {
            kind,
            n_channel_places: channels.len().div_ceil(channels_per_place),
            groups,
            group_names,
            channels,
            channel_places,
            channels_per_place,
            freq,
            freq_places,
            freqs_per_place,
            times,
            band,
        })
    }

    /// Shape of what is kept: (group, time, frequency, channel).
    pub fn shape(&self) -> [usize; 4] {
        [
            self.groups.len(),
            self.times.len(),
            self.freq.len(),
            self.n_channel_places,
        ]
    }
}

/// The lowest and the highest.
pub fn ends(numbers: &[f64]) -> (f64, f64) {
    numbers
        .iter()
        .filter(|x| x.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| {
            (low.min(x), high.max(x))
        })
}

/// Two numbers as "8-12".
fn range(flag: &str, text: &str) -> Result<(f64, f64)> {
    let number = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|x| x.is_finite() && *x >= 0.0)
    };
    let parsed = text
        .match_indices('-')
        .find_map(|(at, _)| Some((number(&text[..at])?, number(&text[at + 1..])?)));
    let (first, second) = parsed.ok_or_else(|| {
        Error::Usage(format!(
            "{flag} {}: expected two frequencies in Hz, as 8-12",
            shorten(text, SHOWN)
        ))
    })?;
    Ok(rising(flag, text, first, second))
}

/// Two limits, the lower first, whatever their order; that they are reversed is said.
fn rising<T: PartialOrd>(flag: &str, text: &str, first: T, second: T) -> (T, T) {
    if first <= second {
        return (first, second);
    }
    logging::say([Remark::Warning(format!(
        "{flag} {}: taken as from the lower to the higher",
        shorten(text, SHOWN)
    ))]);
    (second, first)
}

fn channels(wanted: &[String], labels: &[String]) -> Result<Vec<usize>> {
    if wanted.is_empty() {
        return Ok((0..labels.len()).collect());
    }
    let mut channels = Vec::new();
    for name in wanted {
        let number = || name.parse::<usize>().ok().filter(|&n| n < labels.len());
        let found = labels
            .iter()
            .position(|label| label == name)
            .or_else(number);
        let Some(channel) = found else {
            let likeness =
                |label: &&String| strsim::jaro_winkler(&name.to_lowercase(), &label.to_lowercase());
            let nearest = labels
                .iter()
                .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
                .map_or(String::new(), |label| {
                    format!("; did you mean {}?", printable(&shorten(label, SHOWN)))
                });
            return Err(Error::Usage(format!(
                "--channel {}: no channel has this name, and no number below {} is it{nearest}",
                shorten(name, SHOWN),
                labels.len()
            )));
        };
        if !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    Ok(channels)
}

/// The trials of every group, and what the groups are called.
fn groups(args: &PlotArgs, source: &Source) -> Result<(Vec<Vec<usize>>, Vec<String>)> {
    if args.trial.is_empty() {
        return Ok((vec![(0..source.trials.len()).collect()], Vec::new()));
    }
    if let Some(n) = source.n_averaged {
        return Err(Error::Usage(format!(
            "--trial: {} holds the mean over {}; expected a result with keeptrials = true",
            source.path.display(),
            count(n, "trial")
        )));
    }
    let mut chosen: Vec<usize> = Vec::new();
    for word in &args.trial {
        let found = trials(word, source)?;
        chosen.extend(
            found
                .filter(|trial| args.average || !chosen.contains(trial))
                .collect::<Vec<_>>(),
        );
    }
    if args.average {
        chosen.sort_unstable();
        chosen.dedup();
        return Ok((vec![chosen], Vec::new()));
    }
    if chosen.len() > MAX_LINES {
        return Err(Error::Usage(format!(
            "--trial names {} trials; expected at most {MAX_LINES}, or --average for their mean",
            chosen.len()
        )));
    }
    let name = |&trial: &usize| format!("trial {}", source.trials[trial].number);
    let names = match chosen.len() {
        1 => Vec::new(),
        _ => chosen.iter().map(name).collect(),
    };
    Ok((chosen.into_iter().map(|trial| vec![trial]).collect(), names))
}

/// The trials that "3" or "3-7" names.
fn trials<'a>(word: &str, source: &'a Source) -> Result<impl Iterator<Item = usize> + use<'a>> {
    let wrong = |what: String| Error::Usage(format!("--trial {}: {what}", shorten(word, SHOWN)));
    let number = |text: &str| {
        let number = text.trim().parse::<i64>().ok().filter(|&n| n >= 0);
        number.ok_or_else(|| wrong("expected numbers of trials, from 0, as 0,3,5-8".into()))
    };
    let (first, last) = match word.split_once('-') {
        Some((first, last)) => rising("--trial", word, number(first)?, number(last)?),
        None => (number(word)?, number(word)?),
    };
    let is_wanted = move |number: i64| (first..=last).contains(&number);
    if !source.trials.iter().any(|trial| is_wanted(trial.number)) {
        let numbers = source.trials.iter().map(|trial| trial.number);
        return Err(wrong(format!(
            "no such trial; {} has {}, from {} to {}",
            source.path.display(),
            count(source.trials.len() as u64, "trial"),
            numbers.clone().min().unwrap_or_default(),
            numbers.max().unwrap_or_default()
        )));
    }
    let trials = source.trials.iter().enumerate();
    Ok(trials.filter_map(move |(i, trial)| is_wanted(trial.number).then_some(i)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_two_frequencies_in_either_order() {
        assert_eq!(range("--band", "8-12").unwrap(), (8.0, 12.0));
        assert_eq!(range("--band", "0.5 - 4.25").unwrap(), (0.5, 4.25));
        assert_eq!(range("--band", "1e-1-2").unwrap(), (0.1, 2.0));
        assert_eq!(range("--band", "12-8").unwrap(), (8.0, 12.0));
        for text in ["", "-", "8", "-1-3", "8-inf", "a-b", "8-12-15"] {
            let error = range("--band", text).unwrap_err().to_string();
            assert!(error.contains("as 8-12"), "{error}");
        }
    }

    #[test]
    fn channels_are_found_by_name_then_by_number_and_the_nearest_name_is_told() {
        let labels = ["Cz", "1", "Oz"].map(str::to_owned);
        let wanted = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
            channels(&names, &labels)
        };
        assert_eq!(wanted(&[]).unwrap(), [0, 1, 2]);
        assert_eq!(wanted(&["Oz", "1", "0", "Oz"]).unwrap(), [2, 1, 0]);
        let error = wanted(&["oz"]).unwrap_err().to_string();
        assert!(error.ends_with("did you mean Oz?"), "{error}");
    }
}
