//! One item of a list of trials or channels, as FieldTrip writes them where it can: `"EEG*"`, `"-EOG"`; ranges are Python's
//! slices, as in Syncopy.

use regex::Regex;

/// One item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// As written; a channel of exactly this name is what is meant, whatever the name looks like.
    pub written: Option<String>,
    /// What it means else.
    pub pick: Pick,
    /// Whether it is taken out of the others.
    pub is_excluded: bool,
}

/// What an item picks.
#[derive(Clone, Debug, PartialEq)]
pub enum Pick {
    /// `"all"`
    All,
    /// By its place, from 0.
    Number(usize),
    /// By its name.
    Name(String),
    /// `"10:20"`, `"::2"`
    Slice(Slice),
    /// `"EEG*"`; `*` and `?` stand for any characters, and for one.
    Wildcard(String),
    /// `"/^A[0-9]+$/"`: what the expression finds anywhere in a name.
    Expression(String),
}

/// Python's `start:stop:step`, step above 0; negative numbers count from the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    start: Option<i64>,
    stop: Option<i64>,
    step: usize,
}

impl Item {
    /// A number.
    pub fn number(number: usize) -> Item {
        Item {
            written: None,
            pick: Pick::Number(number),
            is_excluded: false,
        }
    }

    /// What a string means: with `-` in front it is taken out of the others.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Item, String> {
        let (rest, is_excluded) = match text.strip_prefix('-') {
            Some(rest) if !rest.is_empty() => (rest, true),
            _ => (text, false),
        };
        Ok(Item {
            written: Some(text.to_owned()),
            pick: Pick::parse(rest, is_excluded)?,
            is_excluded,
        })
    }
}

impl Pick {
    fn parse(text: &str, is_excluded: bool) -> Result<Pick, String> {
        if text == "all" {
            return Ok(Pick::All);
        }
        if let Some(slice) = Slice::parse(text)? {
            return Ok(Pick::Slice(slice));
        }
        let expression = text
            .strip_prefix('/')
            .and_then(|text| text.strip_suffix('/'));
        if let Some(expression) = expression {
            return match Regex::new(expression) {
                Ok(_) => Ok(Pick::Expression(expression.to_owned())),
                Err(error) => {
                    let error = error.to_string();
                    let last = error.lines().last().unwrap_or_default();
                    Err(format!(
                        "{text} is no regular expression: {last}; expected one such as \"/^EEG[0-9]+$/\""
                    ))
                }
            };
        }
        if text.contains(['*', '?']) {
            return Ok(Pick::Wildcard(text.to_owned()));
        }
        match text.parse() {
            // what is taken out cannot be written as a number
            Ok(number) if is_excluded => Ok(Pick::Number(number)),
            _ => Ok(Pick::Name(text.to_owned())),
        }
    }
}

impl Slice {
    /// A slice, or none where this is something else.
    fn parse(text: &str) -> Result<Option<Slice>, String> {
        let is_slice = text.contains(':')
            && text
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, ':' | '-' | ' '));
        if !is_slice {
            return Ok(None);
        }
        let wrong = || {
            format!("\"{text}\" is no range; expected start:stop or start:stop:step, step above 0")
        };
        let number = |text: &str| match text.trim() {
            "" => Ok(None),
            text => text.parse::<i64>().map(Some).map_err(|_| wrong()),
        };
        let numbers: Vec<Option<i64>> = text.split(':').map(number).collect::<Result<_, _>>()?;
        match numbers[..] {
            [start, stop] => Ok(Some(Slice {
                start,
                stop,
                step: 1,
            })),
            [start, stop, step] => match usize::try_from(step.unwrap_or(1)) {
                Ok(step) if step > 0 => Ok(Some(Slice { start, stop, step })),
                _ => Err(wrong()),
            },
            _ => Err(wrong()),
        }
    }

    /// The numbers it picks of `0..n`.
    pub fn of(self, n: usize) -> impl Iterator<Item = usize> {
        let place = |at: i64| {
            let at = if at < 0 {
                at.saturating_add(n as i64)
            } else {
                at
            };
            usize::try_from(at).unwrap_or(0).min(n)
        };
        let start = self.start.map_or(0, place);
        let stop = self.stop.map_or(n, place);
        (start..stop.max(start)).step_by(self.step)
    }
}

/// Whether a name is as a wildcard says, in which `*` stands for any characters and `?` for one.
pub fn matches(wildcard: &str, name: &str) -> bool {
    let (wildcard, name): (Vec<char>, Vec<char>) =
        (wildcard.chars().collect(), name.chars().collect());
    // where the last * was, and up to where it reaches: going back there at most is enough
    let (mut w, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match wildcard.get(w) {
            Some('*') => {
                star = Some((w, n));
                w += 1;
            }
            Some(&c) if c == '?' || c == name[n] => (w, n) = (w + 1, n + 1),
            _ => match star {
                Some((at, reached)) => {
                    star = Some((at, reached + 1));
                    (w, n) = (at + 1, reached + 1);
                }
                None => return false,
            },
        }
    }
    wildcard[w..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_those_of_python() {
        let of = |text: &str| -> Vec<usize> {
            Slice::parse(text)
                .unwrap()
                .expect("a slice")
                .of(10)
                .collect()
        };
        assert_eq!(of("2:5"), [2, 3, 4]);
        assert_eq!(of(":3"), [0, 1, 2]);
        assert_eq!(of("8:"), [8, 9]);
        assert_eq!(of("-3:"), [7, 8, 9]);
        assert_eq!(of("::4"), [0, 4, 8]);
        assert_eq!(of("1:-1:3"), [1, 4, 7]);
        assert_eq!(of("5:2"), [0; 0]);
        assert_eq!(of("0:1000"), (0..10).collect::<Vec<_>>());
        assert_eq!(Slice::parse("A1:A5"), Ok(None));
        for wrong in [
            "1:2:0",
            "1:2:-1",
            "1:2:3:4",
            "1-2:3",
            "99999999999999999999:",
        ] {
            assert!(
                Slice::parse(wrong).unwrap_err().contains("is no range"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn wildcards_stand_for_any_characters_and_for_one() {
        for (wildcard, name) in [
            ("EEG*", "EEG Fp1"),
            ("*z", "Cz"),
            ("A?", "A1"),
            ("*", ""),
            ("*1*2*", "a1b2c"),
            ("a*ab", "aaab"),
        ] {
            assert!(matches(wildcard, name), "{wildcard} {name}");
        }
        for (wildcard, name) in [
            ("EEG*", "eeg"),
            ("A?", "A10"),
            ("A?", "A"),
            ("*1*2", "12 3"),
        ] {
            assert!(!matches(wildcard, name), "{wildcard} {name}");
        }
        // no number of stars takes long
        assert!(!matches(&"*a".repeat(500), &"a".repeat(499)));
    }

    #[test]
    fn strings_mean_what_they_look_like() {
        let pick = |text: &str| {
            let item = Item::parse(text).unwrap();
            (item.pick, item.is_excluded)
        };
        assert_eq!(pick("Cz"), (Pick::Name("Cz".into()), false));
        assert_eq!(pick("-Cz"), (Pick::Name("Cz".into()), true));
        assert_eq!(pick("3"), (Pick::Name("3".into()), false));
        assert_eq!(pick("-3"), (Pick::Number(3), true));
        assert_eq!(pick("-EOG*"), (Pick::Wildcard("EOG*".into()), true));
        assert_eq!(
            pick("/^A[0-9]$/"),
            (Pick::Expression("^A[0-9]$".into()), false)
        );
        assert_eq!(pick("all"), (Pick::All, false));
        assert_eq!(pick("-"), (Pick::Name("-".into()), false));
        let error = Item::parse("/(/").unwrap_err();
        assert!(error.contains("is no regular expression"), "{error}");
    }
}
