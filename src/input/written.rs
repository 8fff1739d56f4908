//! Numbers as a text field writes them: with a point or, on computers set up in German, a comma, and with no more digits
//! than the field has room for. A duration of 1/3 s is written as 0.333333, which would make 300.0003 Hz of 300 Hz.

use super::rate::obvious_rate;

/// A difference that is due to rounding in binary.
const BINARY_ROUNDING: f64 = 1e-12;
/// Hz between the rates that the same text may stand for, at most, where a whole number among them is taken: then there is
/// one at most.
const MAX_WIDTH_HZ: f64 = 0.5;

/// A finite number, whose decimal separator may be a comma.
pub fn float(text: &str) -> Option<f64> {
    let number = text.replace(',', ".").parse::<f64>().ok();
    number.filter(|number| number.is_finite())
}

/// The rate of `n` samples in the duration `text`, of which the value is `duration`, per unit of time: the whole number
/// that the text may stand for, or else `n / duration`.
pub fn rate(n: f64, duration: f64, text: &str) -> f64 {
    let exact = n / duration;
    let Some(step) = last_digit(text).filter(|step| *step < duration) else {
        return exact;
    };
    // the text was rounded, or digits that had no room were cut off
    let low = n / (duration + step);
    let high = n / (duration - step / 2.0);
    if exact.fract() == 0.0 || high - low >= MAX_WIDTH_HZ {
        return exact;
    }
    let obvious = obvious_rate(
        low * (1.0 + BINARY_ROUNDING),
        high * (1.0 + BINARY_ROUNDING),
    );
    if obvious.fract() == 0.0 {
        obvious
    } else {
        exact
    }
}

/// What the last digit of a number counts, where it comes after the decimal separator.
fn last_digit(text: &str) -> Option<f64> {
    let (whole, decimals) = text.split_once(['.', ','])?;
    let are_digits = |digits: &str| digits.bytes().all(|b| b.is_ascii_digit());
    let is_number = are_digits(whole) && !decimals.is_empty() && are_digits(decimals);
    is_number.then(|| 10_f64.powi(-(decimals.len().min(300) as i32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate_of(n: f64, text: &str) -> f64 {
        rate(n, float(text).unwrap(), text)
    }

    #[test]
    fn a_rounded_duration_gives_the_whole_rate_that_it_stands_for() {
        for (n, text, want) in [
            (100.0, "0.333333", 300.0),
            (100.0, "0,333333", 300.0),
            // rounded, and cut off
            (1024.0, "0.666667", 1536.0),
            (1024.0, "0.666666", 1536.0),
            (10.0, "0.019531", 512.0),
            (1e6, "488.28", 2048.0),
            (1e6, "488.2812", 2048.0),
            (1e6, "488.2813", 2048.0),
            (1e6, "3906.3", 256.0),
        ] {
            assert_eq!(rate_of(n, text), want, "{n} in {text}");
        }
    }

    #[test]
    fn a_duration_that_may_be_exact_is_taken_as_it_is_written() {
        for (n, text) in [
            (5.0, "0.4"),
            (256.0, "1"),
            (256.0, "1.0"),
            // a writer at 256 Hz would have written 1
            (256.0, "1.000001"),
            (256.0, "0.999999"),
            (1.0, "0.00512"),
            (1e6, "3906"),
            (1e6, "983.0425"),
            (1e6, "333.3"),
            (1.0, "3.3e-1"),
            (1.0, "0.0"),
            (1.0, "-0.1"),
        ] {
            assert_eq!(rate_of(n, text), n / float(text).unwrap(), "{n} in {text}");
        }
        let step = last_digit(&format!("0.{}", "1".repeat(5000)));
        assert!(step.is_some_and(|step| step > 0.0), "{step:?}");
    }
}
