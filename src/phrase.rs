//! How numbers read in messages.

/// "1 rank", "2 ranks".
pub fn count(n: impl Into<u128>, noun: &str) -> String {
    let n = n.into();
    if n == 1 {
        format!("1 {noun}")
    } else {
        format!("{n} {noun}s")
    }
}

/// Bytes: "7.3 MiB".
pub fn size(bytes: impl Into<u128>) -> String {
    let bytes = bytes.into();
    match u64::try_from(bytes) {
        Ok(bytes) => bytesize::ByteSize(bytes).display().iec().to_string(),
        Err(_) => format!("{:.1e} bytes", bytes as f64),
    }
}

/// Samples per second: "12.3 Msamples/s".
pub fn rate(per_second: f64) -> String {
    let (value, prefix) = match per_second {
        r if r >= 1e9 => (r / 1e9, "G"),
        r if r >= 1e6 => (r / 1e6, "M"),
        r if r >= 1e3 => (r / 1e3, "k"),
        r => (r, ""),
    };
    format!("{value:.1} {prefix}samples/s")
}

/// A duration: "0.35s", "12.3s", "2m 05s", "3h 10m".
pub fn time(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.2}s"),
        s if s < 60.0 => format!("{s:.1}s"),
        s if s < 3600.0 => format!("{}m {:02}s", s as u64 / 60, s as u64 % 60),
        s => format!("{}h {:02}m", s as u64 / 3600, s as u64 % 3600 / 60),
    }
}

/// A frequency: four decimals, below 10 Hz six significant digits, since the steps of long trials are small; no trailing
/// zeros.
pub fn hz(frequency: f64) -> String {
    let text = if frequency.abs() < 10.0 {
        format!("{frequency:.5e}")
    } else {
        format!("{frequency:.4}")
    };
    // the number that this text says prints without its trailing zeros
    format!("{} Hz", text.parse().unwrap_or(frequency))
}

/// A number with four significant digits, the next higher one.
pub fn rounded_up(x: f64) -> f64 {
    let near = rounded(x);
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let step = 10_f64.powi(x.abs().log10().floor() as i32 - 3);
    if near < x { rounded(near + step) } else { near }
}

/// A number with four significant digits.
pub fn rounded(x: f64) -> f64 {
    format!("{x:.3e}").parse().unwrap_or(x)
}

/// A number as short as it reads well: "0.5", "1e308".
pub fn number(value: f64) -> String {
    if value != 0.0 && value.is_finite() && !(1e-5..=1e15).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        value.to_string()
    }
}

/// The text with everything escaped that could steer a terminal or turn the order of what it shows: what stands in a file
/// or its name is not to be trusted with that.
pub fn printable(text: &str) -> String {
    if !text.contains(steers) {
        return text.to_owned();
    }
    text.chars()
        .map(|c| {
            if steers(c) {
                c.escape_default().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

fn steers(c: char) -> bool {
    // Unicode's line and paragraph separators, and its marks, embeddings, overrides and isolates of direction
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text, with its middle left out when it has more than `most` characters.
pub fn shorten(text: &str, most: usize) -> String {
    let n = text.chars().count();
    if n <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most * 2 / 3).collect();
    let tail: String = text.chars().skip(n - most / 3).collect();
    format!("{head} … {tail}")
}

/// The first `most` names, each shortened to `longest` characters: "Fp1, Cz and 3 more".
pub fn listed(names: &[String], most: usize, longest: usize) -> String {
    let shown = names.iter().take(most).map(|name| shorten(name, longest));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_the_first_are_listed() {
        let names = ["Fp1", "Cz", "a very long name"].map(str::to_owned);
        assert_eq!(listed(&names, 3, 6), "Fp1, Cz, a ve … me");
        assert_eq!(listed(&names, 1, 6), "Fp1 and 2 more");
        assert_eq!(listed(&[], 1, 6), "");
    }

    #[test]
    fn what_a_file_holds_does_not_steer_the_terminal() {
        assert_eq!(printable("Cz µ\u{1b}[2J\r\n"), "Cz µ\\u{1b}[2J\\r\\n");
        assert_eq!(printable("a\u{202e}b\u{2028}"), "a\\u{202e}b\\u{2028}");
    }

    #[test]
    fn long_texts_keep_their_ends_and_large_numbers_their_exponent() {
        assert_eq!(shorten("abcdefghijkl", 12), "abcdefghijkl");
        assert_eq!(shorten("äbcdefghijklm", 6), "äbcd … lm");
        assert_eq!(number(1e308), "1e308");
        assert_eq!(number(-0.5), "-0.5");
        assert_eq!(number(f64::NAN), "NaN");
    }

    #[test]
    fn numbers_are_rounded_to_what_still_fits() {
        let text = |x: f64| number(rounded_up(x));
        assert_eq!(text(5.80812), "5.809");
        assert_eq!(text(5.808), "5.808");
        assert_eq!(text(0.99991), "1");
        assert_eq!(text(1234.4), "1235");
        assert_eq!([0.0, f64::INFINITY].map(rounded_up), [0.0, f64::INFINITY]);
        assert_eq!(number(rounded(0.04964351898330073)), "0.04964");
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(1_u64, "rank"), "1 rank");
        assert_eq!(count(0_u64, "rank"), "0 ranks");
        assert_eq!(size(7_654_321_u64), "7.3 MiB");
        assert_eq!(size(1_u128 << 100), "1.3e30 bytes");
        assert_eq!(rate(12_345_678.0), "12.3 Msamples/s");
        assert_eq!(rate(0.0), "0.0 samples/s");
        assert_eq!(time(0.349), "0.35s");
        assert_eq!(time(59.94), "59.9s");
        assert_eq!(time(3599.0), "59m 59s");
        assert_eq!(time(7260.0), "2h 01m");
        assert_eq!(hz(0.50), "0.5 Hz");
        assert_eq!(hz(0.0), "0 Hz");
        assert_eq!(hz(1.0 / 30_000.0), "0.0000333333 Hz");
        assert_eq!(hz(9.999_999), "10 Hz");
        assert_eq!(hz(24414.0625), "24414.0625 Hz");
        assert_eq!(hz(1000.0), "1000 Hz");
    }
}
