//! What a word that nobody knows was probably meant to be.

use crate::phrase::shorten;

/// Characters of a value that are shown.
const SHOWN: usize = 60;
/// Characters of a word that is compared with others at most, and words that are compared or listed at most: a recording
/// may have a million labels, each of any length.
const MAX_CHARACTERS: usize = 64;
const MAX_COMPARED: usize = 10_000;
const MAX_LISTED: usize = 60;

/// "did you mean `x`?" for a likely slip of the pen, else the list of what is known.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match misspelt(name, known.clone()) {
        Some(word) => did_you_mean(word),
        None => known_are(known),
    }
}

/// A question about the word that is meant.
pub fn did_you_mean(word: &str) -> String {
    format!("did you mean {word}?")
}

/// The words that are known, or the first of them.
pub fn known_are<'a>(known: impl Iterator<Item = &'a str>) -> String {
    let mut known = known.map(|word| shorten(word, SHOWN));
    let listed: Vec<String> = known.by_ref().take(MAX_LISTED).collect();
    let more = match known.count() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("known are {}{more}", listed.join(", "))
}

/// The word that `name` probably should have been.
pub fn misspelt<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Jaro-Winkler's usual threshold for "the same word, misspelt"
    const ALIKE: f64 = 0.8;
    let is_short = |word: &str| word.chars().nth(MAX_CHARACTERS).is_none();
    if !is_short(name) {
        return None;
    }
    let name = name.to_lowercase();
    known
        .take(MAX_COMPARED)
        .filter(|word| is_short(word))
        .map(|word| (strsim::jaro_winkler(&name, &word.to_lowercase()), word))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_words_of_any_length_are_not_all_compared_or_listed() {
        let labels: Vec<String> = (0..1_000_000).map(|n| format!("channel{n}")).collect();
        let known = || labels.iter().map(String::as_str);
        let text = nearest("zzz", known());
        assert!(text.ends_with("channel59 and 999940 more"), "{text}");
        assert!(nearest(&"channel7".repeat(100_000), known()).starts_with("known are"));
        assert_eq!(nearest("chanel7", known()), "did you mean channel7?");
    }
}
