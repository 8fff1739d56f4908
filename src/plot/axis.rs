//! An axis: its range, its label and its ticks, which are round numbers.

use super::numerals::{decimals, fixed, power_of_ten, superscript};

/// An axis of a picture, also that of its colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What it shows.
    pub name: String,
    /// Its unit; empty without one.
    pub unit: String,
    /// Its lower end.
    pub low: f64,
    /// Its upper end, above the lower.
    pub high: f64,
    /// Whether it is logarithmic; its ends are above 0 then.
    pub is_log: bool,
    /// Names of the places 0, 1, 2, … in place of numbers.
    pub names: Vec<String>,
}

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, from 0 at the lower end to 1 at the upper.
    pub at: f64,
    /// What is written there.
    pub label: String,
}

impl Axis {
    /// An axis of numbers from `low` to `high`, which is widened where there is nothing in between.
    pub fn linear(name: &str, unit: &str, (low, high): (f64, f64)) -> Axis {
        // a range of floats next to each other has no room for ticks
        let least = 1e-9 * low.abs().max(high.abs());
        let (low, high) = match high - low > least {
            true => (low, high),
            false if low == 0.0 && high == 0.0 => (-0.5, 0.5),
            false => (low - 0.05 * low.abs(), high + 0.05 * high.abs()),
        };
        Axis {
            name: name.to_owned(),
            unit: unit.to_owned(),
            low,
            high,
            is_log: false,
            names: Vec::new(),
        }
    }

    /// A logarithmic axis; both ends are above 0.
    pub fn logarithmic(name: &str, unit: &str, (low, high): (f64, f64)) -> Axis {
        let (low, high) = if high > low * 1.000_001 {
            (low, high)
        } else {
            (low / 2.0, high * 2.0)
        };
        Axis {
            is_log: true,
            low,
            high,
            ..Axis::linear(name, unit, (low, high))
        }
    }

    /// An axis with a place for each name.
    pub fn named(name: &str, names: Vec<String>) -> Axis {
        Axis {
            low: -0.5,
            high: names.len() as f64 - 0.5,
            names,
            ..Axis::linear(name, "", (0.0, 1.0))
        }
    }

    /// This axis with a little room at both ends.
    pub fn with_room(mut self, part: f64) -> Axis {
        let (low, high) = (self.value(-part), self.value(1.0 + part));
        // next to the ends of what floats can hold there is none
        if low.is_finite() && high.is_finite() && (!self.is_log || low > 0.0) {
            (self.low, self.high) = (low, high);
        }
        self
    }

    /// Where `x` lies, from 0 at the lower end to 1 at the upper.
    pub fn fraction(&self, x: f64) -> f64 {
        match self.is_log {
            // of logarithms, since the quotient of two floats may be infinite
            true => (x.ln() - self.low.ln()) / (self.high.ln() - self.low.ln()),
            // halves, since the difference of two large floats may be infinite
            false => (x / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0),
        }
    }

    /// What lies at this fraction.
    pub fn value(&self, fraction: f64) -> f64 {
        if self.is_log {
            (self.low.ln() * (1.0 - fraction) + self.high.ln() * fraction).exp()
        } else {
            self.low * (1.0 - fraction) + self.high * fraction
        }
    }

    /// The power of ten that labels leave out and the title has, a multiple of three.
    fn exponent(&self) -> i32 {
        let largest = self.low.abs().max(self.high.abs());
        if self.is_log || !self.names.is_empty() || (1e-2..1e5).contains(&largest) {
            return 0;
        }
        (largest.log10() / 3.0).floor() as i32 * 3
    }

    /// Name and unit: "power (µV²/Hz)".
    pub fn title(&self) -> String {
        let unit = match (self.exponent(), self.unit.as_str()) {
            (0, "") => return self.name.clone(),
            (0, unit) => unit.to_owned(),
            (exponent, unit) => format!("10{} {unit}", superscript(exponent))
                .trim_end()
                .to_owned(),
        };
        format!("{} ({unit})", self.name)
    }

    /// About `most` ticks, or fewer.
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        let most = most.max(2);
        if !self.names.is_empty() {
            return self.named_ticks(most);
        }
        if self.is_log {
            let ticks = self.log_ticks(most);
            if ticks.len() >= 2 {
                return ticks;
            }
        }
        let scale = 10.0_f64.powi(self.exponent());
        let (low, high) = (self.low / scale, self.high / scale);
        let step = round_step((high / 2.0 - low / 2.0) * 2.0, most);
        let (first, last) = ((low / step - 1e-6).ceil(), (high / step + 1e-6).floor());
        // of a range far from 0 the steps may be smaller than what floats can tell apart
        let n = ((last - first) as usize).min(2 * most);
        (0..=n)
            .map(|i| (first + i as f64) * step)
            .map(|x| Tick {
                at: self.fraction(x * scale),
                label: fixed(x, decimals(step)),
            })
            .collect()
    }

    fn named_ticks(&self, most: usize) -> Vec<Tick> {
        let least = self.names.len().div_ceil(most);
        let sizes = (0..).map(|exponent| 10_usize.saturating_pow(exponent));
        let mut steps =
            sizes.flat_map(|size| [1_usize, 2, 3, 4, 5].map(|digit| digit.saturating_mul(size)));
        let every = steps.find(|step| *step >= least).unwrap_or(least);
        let names = self.names.iter().enumerate().step_by(every);
        names
            .map(|(i, name)| Tick {
                at: self.fraction(i as f64),
                label: name.clone(),
            })
            .collect()
    }

    fn log_ticks(&self, most: usize) -> Vec<Tick> {
        let lies_within = |x: f64| (self.low * 0.999_999..=self.high * 1.000_001).contains(&x);
        let (first, last) = (
            self.low.log10().floor() as i32,
            self.high.log10().ceil() as i32,
        );
        let digits: [&[u32]; 3] = [&[1, 2, 5], &[1, 3], &[1]];
        let candidates = |digits: &'static [u32], every: i32| {
            (first..=last)
                .filter(move |exponent| exponent.rem_euclid(every) == 0)
                .flat_map(move |exponent| digits.iter().map(move |&digit| (digit, exponent)))
                .filter(move |(digit, exponent)| {
                    lies_within(f64::from(*digit) * 10.0_f64.powi(*exponent))
                })
                .collect::<Vec<_>>()
        };
        let all = digits.into_iter().map(|digits| (digits, 1));
        let rarer = (2..=200).map(|every| (digits[2], every));
        let chosen = all
            .chain(rarer)
            .map(|(digits, every)| candidates(digits, every))
            .find(|ticks| ticks.len() <= most)
            .unwrap_or_default();
        let tick = |(digit, exponent): (u32, i32)| Tick {
            at: self.fraction(f64::from(digit) * 10.0_f64.powi(exponent)),
            label: power_of_ten(digit, exponent),
        };
        chosen.into_iter().map(tick).collect()
    }
}

/// 1, 2 or 5 times a power of ten, so that about `most` steps lie in `range`.
fn round_step(range: f64, most: usize) -> f64 {
    let least = range / most as f64;
    let size = 10.0_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * size);
    let found = steps.into_iter().find(|step| *step >= least * 0.999);
    found.unwrap_or(10.0 * size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis, most: usize) -> Vec<String> {
        axis.ticks(most)
            .into_iter()
            .map(|tick| tick.label)
            .collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        let linear = |low, high| Axis::linear("x", "", (low, high));
        assert_eq!(
            labels(&linear(2.0, 60.0), 7),
            ["10", "20", "30", "40", "50", "60"]
        );
        assert_eq!(
            labels(&linear(-1.0, 1.0), 5),
            ["−1.0", "−0.5", "0.0", "0.5", "1.0"]
        );
        let log = |low, high| Axis::logarithmic("x", "", (low, high));
        assert_eq!(
            labels(&log(1.5, 120.0), 8),
            ["2", "5", "10", "20", "50", "100"]
        );
        assert_eq!(labels(&log(1e-9, 1e-3), 4), ["10⁻⁸", "10⁻⁶", "10⁻⁴"]);
        assert_eq!(
            labels(&log(41.0, 47.0), 6),
            ["41", "42", "43", "44", "45", "46", "47"]
        );
    }

    #[test]
    fn small_numbers_share_a_power_of_ten() {
        let axis = Axis::linear("power", "V²", (0.0, 3.2e-11));
        assert_eq!(axis.title(), "power (10⁻¹² V²)");
        assert_eq!(labels(&axis, 4), ["0", "10", "20", "30"]);
        assert_eq!(Axis::linear("power", "", (0.0, 2e6)).title(), "power (10⁶)");
    }

    #[test]
    fn ranges_without_width_get_one() {
        for x in [0.0, 1.0, -5e30, 1e-300, f64::MAX / 4.0] {
            let axis = Axis::linear("x", "", (x, x));
            assert!(axis.low < axis.high, "{axis:?}");
            assert!(
                (2..20).contains(&axis.ticks(6).len()),
                "{:?}",
                axis.ticks(6)
            );
            assert!((axis.fraction(x) - 0.5).abs() < 1e-6);
        }
        let axis = Axis::logarithmic("x", "", (3.0, 3.0));
        assert!((axis.fraction(3.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn many_names_are_thinned_out() {
        let names: Vec<String> = (0..300).map(|i| format!("c{i}")).collect();
        let ticks = Axis::named("channel", names).ticks(9);
        assert_eq!(ticks.len(), 8);
        assert_eq!(ticks[1].label, "c40");
        assert!((ticks[0].at - 0.5 / 300.0).abs() < 1e-12);
    }
}
