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

#[cfg(test)]
mod tests {
    use super::*;

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
