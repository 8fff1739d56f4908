//! Units of samples: spelled in one way in files, `uV`, and displayed with the micro sign, `µV`.

/// What files of different programs write for micro: the micro sign, the Greek letter, and both as text whose UTF-8 bytes
/// were taken for Latin-1 and encoded again.
const MICRO: &[&str] = &["\u{c2}\u{b5}", "\u{ce}\u{bc}", "\u{b5}", "\u{3bc}"];
/// Units that occur with the prefix micro.
const WITH_PREFIX: &[&str] = &[
    "V", "A", "S", "T", "m", "s", "g", "N", "W", "J", "F", "H", "Pa", "Hz", "Ohm", "ohm", "Ω",
    "mol", "M", "L", "l", "C", "K", "rad", "siemens", "volts", "volt",
];

/// A unit as it is spelled in files: `u` for micro.
pub fn spelled(unit: &str) -> String {
    let unit = unit.trim();
    let rest = MICRO.iter().find_map(|micro| unit.strip_prefix(micro));
    rest.map_or_else(|| unit.to_owned(), |rest| format!("u{}", rest.trim_start()))
}

/// A unit, or a product of units, as it is displayed: `µ` for micro.
pub fn displayed(unit: &str) -> String {
    let mut text = String::new();
    let mut rest = unit;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| c.is_alphabetic() != first.is_alphabetic());
        let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
        match part.strip_prefix('u') {
            Some(base) if WITH_PREFIX.contains(&base) => {
                text.push('µ');
                text.push_str(base);
            }
            _ => text.push_str(part),
        }
        rest = after;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_micro_is_spelled_u() {
        for unit in ["uV", "µV", "μV", "ÂµV", "Î¼V", " µV "] {
            assert_eq!(spelled(unit), "uV", "{unit}");
        }
        for unit in ["", "V", "mV", "C", "unit", "volts", "n/a", "°C"] {
            assert_eq!(spelled(unit), unit);
        }
    }

    #[test]
    fn only_a_micro_is_displayed_as_one() {
        let pairs = [
            ("uV", "µV"),
            ("uV^2/Hz", "µV^2/Hz"),
            ("(uV m)^2", "(µV m)^2"),
            ("uV, mV, us", "µV, mV, µs"),
            ("unit^2", "unit^2"),
            ("fT", "fT"),
            ("u", "u"),
            ("µV", "µV"),
            ("", ""),
        ];
        for (unit, want) in pairs {
            assert_eq!(displayed(unit), want);
        }
    }
}
