//! How often a column of text has each of its values.

use std::collections::BTreeMap;

/// Different values of a column that are listed at most.
const MAX_VALUES: usize = 12;

/// The values of the column `name` and how often it has each; only their number if they are too many.
pub fn tally<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    if counts.len() > MAX_VALUES {
        return format!("{name}: {} different values", counts.len());
    }
    let each: Vec<String> = counts
        .iter()
        .map(|(value, n)| format!("\"{value}\" {n}×"))
        .collect();
    format!("{name}: {}", each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_counted_unless_there_are_too_many() {
        let text = tally("cond", ["go", "stop", "go"].into_iter());
        assert_eq!(text, "cond: \"go\" 2×, \"stop\" 1×");
        let many: Vec<String> = (0..13).map(|n| n.to_string()).collect();
        let text = tally("file", many.iter().map(String::as_str));
        assert_eq!(text, "file: 13 different values");
    }
}
