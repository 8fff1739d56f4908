//! The obvious sample rate: where a file gives a rate with limited precision, the roundest number within that precision.

/// Significant digits of a double.
const MAX_DIGITS: i32 = 17;

/// The roundest rate from `low_hz` to `high_hz`, both included: the one with the fewest significant decimal digits, so that
/// whole numbers come first; of several the one next to the middle.
///
/// Returns the middle if the bounds are not positive and finite, or not in order.
pub fn obvious_rate(low_hz: f64, high_hz: f64) -> f64 {
    let middle_hz = low_hz + (high_hz - low_hz) / 2.0;
    let is_interval = 0.0 < low_hz && low_hz <= high_hz && high_hz.is_finite();
    if !is_interval {
        return middle_hz;
    }
    // decimal texts are rounded correctly, multiples of 0.1 computed in binary are not
    let rounded = |digits: i32| format!("{middle_hz:.*e}", (digits - 1) as usize).parse::<f64>();
    (1..=MAX_DIGITS)
        .filter_map(|digits| rounded(digits).ok())
        .find(|rate_hz| (low_hz..=high_hz).contains(rate_hz))
        .unwrap_or(middle_hz)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_obvious_rate_has_the_fewest_digits() {
        for (low_hz, high_hz, want) in [
            (299.9995, 300.0007, 300.0),
            (2047.98, 2048.03, 2048.0),
            (1000.0, 1000.0, 1000.0),
            (999.2, 1003.7, 1000.0),
            (255.98, 256.03, 256.0),
            (512.46, 512.54, 512.5),
            (0.0999, 0.1001, 0.1),
            (62.4999, 62.5003, 62.5),
            (24414.0, 24414.13, 24414.0),
            (24414.0624, 24414.0626, 24414.0625),
        ] {
            assert_eq!(obvious_rate(low_hz, high_hz), want);
        }
    }

    #[test]
    fn without_an_interval_the_rate_is_the_middle() {
        assert_eq!(obvious_rate(2.0, 1.0), 1.5);
        assert_eq!(obvious_rate(-1.0, 3.0), 1.0);
        assert_eq!(obvious_rate(1.0, f64::INFINITY), f64::INFINITY);
        assert!(obvious_rate(f64::NAN, 1.0).is_nan());
    }
}
