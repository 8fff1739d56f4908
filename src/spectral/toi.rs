//! `toi`, the times of interest: every sample, windows that overlap, or a list of times, in Syncopy's words.

use serde_json::{Value, json};

use crate::phrase;
use crate::recording::Recording;
use crate::setting::{Refusal, Section, Setting, number};
use crate::spectral::remark::Remark;

/// What the config asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Toi {
    /// Every sample of every trial.
    All,
    /// Windows that share this part of their samples with the next one, from 0 to 1.
    Overlap(f64),
    /// These times in s from time 0 of every trial, rising.
    At(Vec<f64>),
}

impl Toi {
    /// Reads `toi`.
    ///
    /// # Errors
    /// None of the three; times that are not finite or do not rise.
    pub fn from_section(section: &Section) -> Result<Setting<Toi>, Refusal> {
        let Some(raw) = section.raw("toi") else {
            return Ok(Setting::default_of("freqanalysis", "toi", Toi::All));
        };
        raw.try_map(|value| match value {
            toml::Value::String(word) if word == "all" => Ok(Toi::All),
            toml::Value::Array(list) => match list.iter().map(number).collect::<Option<Vec<f64>>>()
            {
                Some(times) if times.is_empty() => Err("expected at least one time"),
                Some(times) if times.iter().any(|time| !time.is_finite()) => {
                    Err("expected times in s, all of them finite")
                }
                Some(times) if times.windows(2).any(|pair| pair[0] >= pair[1]) => {
                    Err("expected times that rise from the first to the last")
                }
                Some(times) => Ok(Toi::At(times)),
                None => Err("expected a list of times in s"),
            },
            other => match number(other) {
                Some(overlap) if (0.0..=1.0).contains(&overlap) => Ok(Toi::Overlap(overlap)),
                Some(_) => Err("expected an overlap of neighbouring windows from 0 to 1"),
                None => Err(
                    "expected \"all\", an overlap of windows from 0 to 1 or a list of times in s",
                ),
            },
        })
    }

    /// As Syncopy's `cfg` holds it.
    pub fn cfg(&self) -> Value {
        match self {
            Toi::All => json!("all"),
            Toi::Overlap(overlap) => json!(overlap),
            Toi::At(times) => json!(times),
        }
    }
}

/// Samples that times of a list are apart at least: a sample, but for rounding.
const NEAREST: f64 = 0.999;

/// Checks that the times of a list are no nearer than samples and lie between the earliest start and the latest end of the trials.
///
/// # Errors
/// Times that are too near; a time outside, with both bounds.
pub fn check_span(toi: &Setting<Toi>, recording: &Recording) -> Result<(), Refusal> {
    let Toi::At(times) = &toi.value else {
        return Ok(());
    };
    let fs = recording.sample_rate_hz;
    let starts = recording.trials.iter().map(|trial| trial.offset / fs);
    let ends = recording.trials.iter();
    let ends = ends.map(|trial| (trial.offset + trial.n_samples as f64 - 1.0) / fs);
    let (first, last) = (
        starts.fold(f64::INFINITY, f64::min),
        ends.fold(f64::NEG_INFINITY, f64::max),
    );
    // a time for each sample is the most there is
    if let Some(pair) = times
        .windows(2)
        .find(|pair| (pair[1] - pair[0]) * fs < NEAREST)
    {
        return Err(toi.refuse(format!(
            "{} s and {} s are less than a sample apart",
            phrase::number(pair[0]),
            phrase::number(pair[1])
        )));
    }
    // half a sample: times are taken to the nearest
    let slack = 0.5 / fs;
    match times
        .iter()
        .find(|&&time| time < first - slack || time > last + slack)
    {
        Some(time) => Err(toi.refuse(format!(
            "{} s lies outside of all trials, which reach from {} s to {} s",
            phrase::number(*time),
            phrase::number(first),
            phrase::number(last)
        ))),
        None => Ok(()),
    }
}

/// What is said of times that are not equally far apart.
pub fn uneven(toi: &Setting<Toi>) -> Remark {
    Remark::Warning(format!(
        "{}: times that are not equally far apart have no sample rate: 1 Hz stands for it, the times are coordinates of the result",
        toi.found
    ))
}

/// What is said when some trials do not reach over all times of a list.
pub fn outside(toi: &Setting<Toi>, n_trials: usize) -> Remark {
    let reach = match n_trials {
        1 => "1 trial does not reach",
        _ => "trials do not reach",
    };
    let n_trials = match n_trials {
        1 => String::new(),
        n => format!("{n} "),
    };
    Remark::Warning(format!(
        "{}: {n_trials}{reach} over all of these times; spectra outside of a trial are NaN",
        toi.found
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::setting::{Entry, Place};
    use crate::spectral::keys::PLAIN;

    fn read(written: &str) -> Result<Toi, String> {
        let table: toml::Table = toml::from_str(&format!("toi = {written}")).expect(written);
        let entry = |value| Entry::new(value, Place::CommandLine);
        let entries: BTreeMap<String, Entry> = table
            .into_iter()
            .map(|(key, value)| (key, entry(value)))
            .collect();
        let section = Section::unchecked("freqanalysis", &PLAIN, &entries);
        let toi = Toi::from_section(&section).map_err(|refusal| refusal.to_string());
        toi.map(|toi| toi.value)
    }

    #[test]
    fn every_form_is_understood_and_everything_else_refused() {
        assert_eq!(read("\"all\""), Ok(Toi::All));
        assert_eq!(read("0.5"), Ok(Toi::Overlap(0.5)));
        assert_eq!(read("1"), Ok(Toi::Overlap(1.0)));
        assert_eq!(read("[-0.5, 0, 0.25]"), Ok(Toi::At(vec![-0.5, 0.0, 0.25])));
        for (wrong, why) in [
            ("\"foo\"", "expected \"all\""),
            ("\"none\"", "expected \"all\""),
            ("1.5", "from 0 to 1"),
            ("nan", "from 0 to 1"),
            ("-1", "from 0 to 1"),
            ("[0.5, 0.1]", "that rise"),
            ("[0.1, 0.1]", "that rise"),
            ("[]", "at least one"),
            ("[nan]", "finite"),
            ("[inf]", "finite"),
            ("[\"a\"]", "a list of times"),
            ("true", "expected \"all\""),
        ] {
            let refusal = read(wrong).expect_err(wrong);
            assert!(
                refusal.contains(why) && refusal.contains("freqanalysis.toi"),
                "{refusal}"
            );
        }
    }
}
