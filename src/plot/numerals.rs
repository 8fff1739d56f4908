//! How numbers are written at ticks.

/// An exponent in small raised digits.
pub fn superscript(exponent: i32) -> String {
    let raised = |c| match c {
        '-' => '⁻',
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        digit => char::from_u32('⁴' as u32 + digit as u32 - '4' as u32).unwrap_or(digit),
    };
    exponent.to_string().chars().map(raised).collect()
}

/// A number with so many decimals, and a minus as wide as a plus.
pub fn fixed(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    let is_zero = text.chars().all(|c| matches!(c, '-' | '0' | '.'));
    match text.strip_prefix('-') {
        Some(digits) if is_zero => digits.to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

/// A number of a logarithmic axis, `digit` · 10^`exponent`.
pub fn power_of_ten(digit: u32, exponent: i32) -> String {
    match (digit, exponent) {
        (_, 0..=4) => (u64::from(digit) * 10_u64.pow(exponent as u32)).to_string(),
        (_, -3..=-1) => fixed(
            f64::from(digit) * 10.0_f64.powi(exponent),
            -exponent as usize,
        ),
        (1, _) => format!("10{}", superscript(exponent)),
        _ => format!("{digit}·10{}", superscript(exponent)),
    }
}

/// A number with three digits that count.
pub fn short(x: f64) -> String {
    let exponent = x.abs().log10().floor();
    if x == 0.0 || !exponent.is_finite() {
        return fixed(x, 0);
    }
    match exponent as i32 {
        exponent @ -3..=4 => fixed(x, (2 - exponent).max(0) as usize),
        exponent => format!(
            "{}·10{}",
            fixed(x / 10.0_f64.powi(exponent), 2),
            superscript(exponent)
        ),
    }
}

/// Decimals that numbers this far apart need to differ.
pub fn decimals(step: f64) -> usize {
    let places = -(step.abs() * 1.000_001).log10().floor();
    // a step of 2.5 has a decimal more than its size says
    let has_half = {
        let digits = step / 10.0_f64.powf(-places);
        (digits - digits.round()).abs() > 0.1
    };
    (places.clamp(0.0, 15.0) as usize) + usize::from(has_half && places >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short() {
        assert_eq!(superscript(-12), "⁻¹²");
        assert_eq!(superscript(45_678_903), "⁴⁵⁶⁷⁸⁹⁰³");
        assert_eq!(fixed(-0.5, 1), "−0.5");
        assert_eq!(fixed(-0.0001, 2), "0.00");
        assert_eq!(power_of_ten(5, 1), "50");
        assert_eq!(power_of_ten(2, -2), "0.02");
        assert_eq!(power_of_ten(1, -9), "10⁻⁹");
        assert_eq!(power_of_ten(2, 6), "2·10⁶");
        assert_eq!(
            [0.0, -0.012_34, 45.678, 12_345.6, 2.5e-7].map(short),
            ["0", "−0.0123", "45.7", "12346", "2.50·10⁻⁷"]
        );
        assert_eq!(
            [10.0, 2.0, 0.5, 0.25, 0.1, 0.02].map(decimals),
            [0, 0, 1, 2, 1, 2]
        );
    }
}
