//! Sample rates from numbers that are rounded: times with few digits, quotients, single precision.

/// A round rate stands out where it is the roundest of an interval this many times as wide as the doubt.
const STANDS_OUT: f64 = 100.0;
/// Decimal places at most: more are beyond the precision of doubles.
const MAX_DECIMALS: i32 = 15;

/// Returns the roundest rate from `low_hz` to `high_hz`: whole tens before whole numbers of Hz, these before tenths, and so
/// on; of several the one nearest to the middle. The middle itself if the interval has no such number.
pub fn obvious_rate(low_hz: f64, high_hz: f64) -> f64 {
    let middle = low_hz + (high_hz - low_hz) / 2.0;
    let is_interval = low_hz > 0.0 && low_hz <= high_hz && high_hz.is_finite();
    if !is_interval {
        return middle;
    }
    let leading = high_hz.log10().floor() as i32;
    for power in (-MAX_DECIMALS..=leading).rev() {
        let unit = 10_f64.powi(power.abs());
        // dividing by a power of ten gives the double nearest to the decimal number
        let multiple = |k: f64| if power < 0 { k / unit } else { k * unit };
        let inverse = |x: f64| if power < 0 { x * unit } else { x / unit };
        let nearest = multiple(inverse(middle).round());
        if (low_hz..=high_hz).contains(&nearest) {
            return nearest;
        }
    }
    middle
}

/// Returns the round rate that `hz` is, up to an error of `precision` (relative); `hz` itself if no round rate stands out:
/// a rate such as 30000.1234 Hz stays what it is.
pub fn without_rounding(hz: f64, precision: f64) -> f64 {
    let doubt = hz * precision;
    let wide = STANDS_OUT * doubt;
    let round = obvious_rate(hz - wide, hz + wide);
    if (round - hz).abs() <= doubt {
        round
    } else {
        hz
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_obvious_rate_is_the_roundest_of_the_interval() {
        for (low, high, rate) in [
            (999.1, 1000.7, 1000.0),
            (998.0, 1003.0, 1000.0),
            (511.93, 512.07, 512.0),
            (1007.0, 1012.0, 1010.0),
            (1249.9999, 1250.0001, 1250.0),
            (24414.059, 24414.068, 24414.06),
            (24414.062499, 24414.062501, 24414.0625),
            (0.0999, 0.1001, 0.1),
            (1e-6, 1e-6, 1e-6),
            (512.0, 512.0, 512.0),
            (30000.1234, 30000.1234, 30000.1234),
            (299.9995, 300.0007, 300.0),
            (512.46, 512.54, 512.5),
            (62.4999, 62.5003, 62.5),
            (24414.0, 24414.13, 24414.0),
        ] {
            assert_eq!(obvious_rate(low, high), rate, "{low} to {high}");
        }
        // a third has no short decimal number: it stays within the interval
        let third = 1000.0 / 3.0;
        let rate = obvious_rate(third * (1.0 - 1e-12), third * (1.0 + 1e-12));
        assert!((rate - third).abs() <= 1e-12 * third, "{rate}");
    }

    #[test]
    fn what_is_not_an_interval_of_rates_gives_its_middle_and_never_an_endless_search() {
        assert_eq!(obvious_rate(-3.0, 1.0), -1.0);
        assert_eq!(obvious_rate(3.0, 1.0), 2.0);
        assert!(obvious_rate(f64::NAN, 1.0).is_nan());
        assert_eq!(obvious_rate(1.0, f64::INFINITY), f64::INFINITY);
        let tiny = obvious_rate(5e-324, 5e-324);
        assert_eq!(tiny, 5e-324);
        assert!(obvious_rate(1e300, 2e300) >= 1e300);
    }

    #[test]
    fn rounding_is_taken_off_and_rates_that_are_not_round_stay() {
        let single = |hz: f64| without_rounding(f64::from(hz as f32), f64::from(f32::EPSILON));
        assert_eq!(single(512.1), 512.1);
        assert_eq!(single(1250.0), 1250.0);
        for hz in [24414.0625, 30000.1234, 1000.0 / 3.0] {
            assert_eq!(single(hz), f64::from(hz as f32));
            assert_eq!(without_rounding(hz, 1e-9), hz);
        }
        assert_eq!(without_rounding(1249.9999999, 1e-9), 1250.0);
        assert_eq!(without_rounding(999.9999, 1e-9), 999.9999);
        assert_eq!(without_rounding(999.9999, 2.4e-7), 1000.0);
        assert_eq!(without_rounding(512.00003, 2.4e-7), 512.0);
        assert!(without_rounding(f64::NAN, 1e-9).is_nan());
    }
}
