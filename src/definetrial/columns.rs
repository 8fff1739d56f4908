//! The columns of events that trials keep: numbers go into the trial definition, text beside it.

use crate::input::{Event, Events, MAX_LABEL, check_label};
use crate::phrase::{count, shorten};
use crate::recording::{EVENT, MAX_TRIAL_COLUMNS, trial_label_names, trialinfo_names};
use crate::setting::{Refusal, Setting};

/// Characters that are shown of what was found.
const SHOWN: usize = 60;

/// How tables write that there is no value.
const MISSING: &[&str] = &["", "n/a", "nan", "NaN"];

/// The columns that are kept of events.
#[derive(Debug, Default)]
pub struct Columns {
    /// Names of the columns of numbers, the number of the event first.
    pub trialinfo: Vec<String>,
    /// Names of the columns of text.
    pub trial_labels: Vec<String>,
    /// What the user should know: columns without any value, values that are not numbers.
    pub warnings: Vec<String>,
    numbers: Vec<usize>,
    texts: Vec<usize>,
}

/// Sorts the columns of `definetrial.trialinfo` by what they hold for the `chosen` events. A column whose values are numbers
/// and text is kept as both.
///
/// # Errors
/// A text that HDF5 does not hold, or too many columns.
///
/// # Panics
/// If `events` lacks one of the columns.
pub fn find(
    names: &[Setting<String>],
    events: &Events,
    chosen: &[(usize, &Event)],
) -> Result<Columns, Refusal> {
    let mut found = Columns::default();
    for name in names {
        let column = events.names.iter().position(|known| *known == name.value);
        let column = column.expect("columns were checked");
        let texts = chosen.iter().map(|(_, event)| &event.values[column]);
        let texts = texts.filter(|text| is_text(text));
        let n_texts = texts.clone().count();
        let has_numbers = chosen
            .iter()
            .any(|(_, event)| !number(event, column).is_nan());
        if let Some(text) = texts.clone().find(|text| check_label(text).is_err()) {
            return Err(name.refuse(format!(
                "column {} holds \"{}\"; expected texts of at most {MAX_LABEL} bytes without zero bytes: shorten them, or leave \
                 the column out of definetrial.trialinfo",
                shorten(&name.value, SHOWN),
                shorten(text, SHOWN)
            )));
        }
        let shown = shorten(&name.value, SHOWN);
        if n_texts > 0 {
            found.texts.push(column);
        }
        if has_numbers || n_texts == 0 {
            found.numbers.push(column);
        }
        // the first column of numbers is the number of the event
        if found.texts.len() > MAX_TRIAL_COLUMNS || found.numbers.len() >= MAX_TRIAL_COLUMNS {
            return Err(name.refuse(format!(
                "column {shown} is one too many; expected at most {} columns of numbers and {MAX_TRIAL_COLUMNS} of text: \
                 leave some out of definetrial.trialinfo",
                MAX_TRIAL_COLUMNS - 1
            )));
        }
        if n_texts == 0 && !has_numbers {
            found.warnings.push(format!(
                "column {shown} has no value for any of {}: it is NaN for all trials",
                count(chosen.len() as u64, "event")
            ));
        } else if let (true, Some(text)) = (has_numbers, texts.clone().next()) {
            found.warnings.push(format!(
                "column {shown} holds numbers and text, \"{}\" for example: {n_texts} of {} values are NaN in \
                 trialdefinition; trial_label holds all of them as text",
                shorten(text, SHOWN),
                chosen.len()
            ));
        }
    }
    let names = |columns: &[usize]| {
        let names = columns.iter().map(|&column| events.names[column].as_str());
        names.collect::<Vec<_>>()
    };
    found.trialinfo = trialinfo_names(std::iter::once(EVENT).chain(names(&found.numbers)));
    found.trial_labels = trial_label_names(names(&found.texts));
    Ok(found)
}

impl Columns {
    /// The row of the trial definition of the event numbered `k`.
    pub fn info(&self, k: usize, event: &Event) -> Vec<f64> {
        let own = self.numbers.iter().map(|&column| number(event, column));
        std::iter::once(k as f64).chain(own).collect()
    }

    /// The texts of an event.
    pub fn labels(&self, event: &Event) -> Vec<String> {
        let texts = self.texts.iter();
        texts.map(|&column| event.values[column].clone()).collect()
    }
}

/// The value of an event as a number; NaN where it is none.
fn number(event: &Event, column: usize) -> f64 {
    finite(&event.values[column]).unwrap_or(f64::NAN)
}

/// The finite number that a value is: conditions of an experiment may be called INF, and 1e999 is beyond all numbers.
pub fn finite(value: &str) -> Option<f64> {
    let number = value.parse::<f64>().ok();
    number.filter(|number| number.is_finite())
}

fn is_text(value: &str) -> bool {
    !MISSING.contains(&value) && finite(value).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The columns `a` of events with these values, and what becomes of them.
    fn of(values: &[&str]) -> Result<Columns, String> {
        let names = [Setting::default_of(
            "definetrial",
            "trialinfo",
            "a".to_owned(),
        )];
        let events = Events {
            names: vec!["b".into(), "a".into()],
            events: values
                .iter()
                .map(|value| Event {
                    values: vec!["7".into(), (*value).to_owned()],
                    ..Event::default()
                })
                .collect(),
        };
        let chosen: Vec<(usize, &Event)> = events.events.iter().enumerate().collect();
        let found = find(&names, &events, &chosen).map_err(|refusal| refusal.to_string())?;
        let labels: Vec<_> = events.events.iter().map(|e| found.labels(e)).collect();
        assert_eq!(labels.len(), values.len());
        Ok(found)
    }

    #[test]
    fn columns_of_numbers_and_of_text_are_told_apart() {
        let numbers = of(&["1", "", "-2.5e3"]).unwrap();
        assert_eq!(
            (numbers.trialinfo, numbers.trial_labels.len()),
            (vec!["event".into(), "a".to_owned()], 0)
        );
        assert!(numbers.warnings.is_empty());
        let texts = of(&["target", "", "standard"]).unwrap();
        assert_eq!(
            (texts.trialinfo.len(), &texts.trial_labels[..]),
            (1, &["a".to_owned()][..])
        );
        assert!(texts.warnings.is_empty());
    }

    #[test]
    fn a_column_of_numbers_and_text_is_kept_as_both_with_a_warning() {
        let both = of(&["1", "boundary", "2"]).unwrap();
        assert_eq!((both.trialinfo.len(), both.trial_labels.len()), (2, 1));
        assert!(
            both.warnings[0].contains("1 of 3 values are NaN"),
            "{:?}",
            both.warnings
        );
    }

    #[test]
    fn words_that_mean_infinity_are_text_and_those_that_mean_nothing_are_missing() {
        for word in ["INF", "inf", "-Infinity", "1e999", "NAN", "infinity"] {
            let found = of(&[word, "nan", "NaN", "n/a", ""]).unwrap();
            assert_eq!(found.trial_labels, ["a"], "{word}");
            assert_eq!(found.trialinfo, [EVENT], "{word}");
            assert!(found.warnings.is_empty(), "{:?}", found.warnings);
        }
        let numbers = of(&["1", "nan", "NaN", "n/a", ".5", "+2.", "1E3"]).unwrap();
        assert_eq!(
            (numbers.trialinfo.len(), numbers.trial_labels.len()),
            (2, 0)
        );
        assert!(numbers.warnings.is_empty(), "{:?}", numbers.warnings);
    }

    #[test]
    fn more_columns_than_a_container_has_are_refused() {
        let find_n = |n: usize, value: &str| {
            let columns: Vec<String> = (0..n).map(|k| format!("c{k}")).collect();
            let asked = columns
                .iter()
                .map(|column| Setting::default_of("definetrial", "trialinfo", column.clone()));
            let asked: Vec<_> = asked.collect();
            let events = Events {
                names: columns,
                events: vec![Event {
                    values: vec![value.to_owned(); n],
                    ..Event::default()
                }],
            };
            let chosen: Vec<(usize, &Event)> = events.events.iter().enumerate().collect();
            find(&asked, &events, &chosen).map_err(|refusal| refusal.to_string())
        };
        assert_eq!(find_n(1024, "x").unwrap().trial_labels.len(), 1024);
        assert_eq!(find_n(1023, "1").unwrap().trialinfo.len(), 1024);
        for (n, value, column) in [(1025, "x", "c1024"), (1024, "1", "c1023")] {
            let text = find_n(n, value).unwrap_err();
            assert!(
                text.contains(&format!("column {column} is one too many")),
                "{text}"
            );
        }
    }

    #[test]
    fn a_column_without_any_value_is_a_warning() {
        for values in [&["", ""][..], &["nan", ""], &["NaN", "n/a"]] {
            let empty = of(values).unwrap();
            assert_eq!((empty.trialinfo.len(), empty.trial_labels.len()), (2, 0));
            assert!(
                empty.warnings[0].contains("has no value"),
                "{:?}",
                empty.warnings
            );
        }
    }

    #[test]
    fn text_that_no_label_holds_is_refused() {
        let long = "x".repeat(1001);
        for value in [long.as_str(), "a\0b"] {
            let text = of(&[value]).unwrap_err();
            assert!(text.contains("definetrial.trialinfo"), "{text}");
        }
    }
}
