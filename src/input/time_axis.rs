//! The sample rate that the times of samples make, whatever time is missing between some of them: the typical step over
//! spans of samples that grow for as long as they agree, so that neither gaps nor rounded times shift it. Right where gaps
//! are in less than a quarter of all steps, or, of times that jitter, further apart than some 64 samples.

use super::rate::obvious_rate;

/// Single steps at most that the estimate begins with.
const MAX_STEPS: usize = 1 << 15;
/// Longer spans at most that refine it.
const MAX_SPANS: usize = 255;
/// By how much spans grow.
const GROWTH: u64 = 4;
/// Half of all steps are within this part of each other, unless times jitter.
const STEADY: f64 = 0.02;
/// Samples of the shortest spans of times that jitter: with few digits, there may be only long and short single steps.
const JITTERY_SPAN: u64 = 16;
/// By what part of the error of a time longer spans may differ: by more only if most of them hold a gap.
const AGREEMENT: f64 = 0.5;
/// Relative error of the mean of some hundred steps.
const SUMMATION: f64 = 64.0 * f64::EPSILON;
/// Steps off by more than this part of the typical step are gaps, however many there are: of steady times, and of others.
const GAPS: [f64; 2] = [0.5, 1.5];
/// Steps off by less than this part of it are rounded times, however few there are.
const ROUNDED: f64 = 0.1;
/// The part of all steps whose error counts as the error of times.
const QUANTILE: f64 = 0.98;

/// A sample that has a time: its row, and the time in seconds.
pub type Point = (u64, f64);

/// The sample rates that times leave open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// The lowest, in Hz.
    pub low_hz: f64,
    /// The highest, in Hz.
    pub high_hz: f64,
    /// How far times are from where a constant rate puts them, in samples.
    pub jitter: f64,
}

impl Rates {
    /// The rates that `times` of single trials or pieces leave open, each a list of rows and times in ascending order of
    /// the rows; `None` if no list has two rows, or if times do not grow.
    pub fn of(times: &[Vec<Point>]) -> Option<Rates> {
        let longest = times
            .iter()
            .filter_map(|list| Some(list.last()?.0 - list[0].0));
        let longest = longest.max().filter(|&n| n > 0)?;
        let steps = Spans::of(times, 1, MAX_STEPS);
        let is_steady = steps.are_steady();
        let mut n_samples = if is_steady {
            1
        } else {
            JITTERY_SPAN.min(longest)
        };
        let mut step_s = Spans::of(times, n_samples, MAX_STEPS).typical()?;
        if step_s.is_nan() || step_s <= 0.0 {
            return None;
        }
        let jitter_s = steps.jitter(step_s, GAPS[usize::from(!is_steady)]);
        let largest_s = times.iter().flatten().map(|(_, time)| time.abs());
        let largest_s = largest_s.fold(0.0, f64::max);
        // both ends of a span are rounded
        let error_s = jitter_s + 2.0 * f64::EPSILON * largest_s;
        while n_samples < longest {
            let longer = n_samples.saturating_mul(GROWTH).min(longest);
            let Some(longer_s) = Spans::of(times, longer, MAX_SPANS).typical() else {
                break;
            };
            let most_s = AGREEMENT * error_s / n_samples as f64 + SUMMATION * step_s;
            let agrees = (longer_s - step_s).abs() <= most_s;
            if !agrees {
                break;
            }
            (step_s, n_samples) = (longer_s, longer);
        }
        let doubt_s = error_s / n_samples as f64 + SUMMATION * step_s;
        if doubt_s >= step_s {
            return None;
        }
        Some(Rates {
            low_hz: 1.0 / (step_s + doubt_s),
            high_hz: 1.0 / (step_s - doubt_s),
            jitter: jitter_s / step_s,
        })
    }

    /// The roundest of them.
    pub fn obvious_hz(&self) -> f64 {
        obvious_rate(self.low_hz, self.high_hz)
    }

    /// Returns `true` if `hz` is one of them, up to the rounding of doubles.
    pub fn contain(&self, hz: f64) -> bool {
        let rounding = 4.0 * f64::EPSILON * hz;
        (self.low_hz - rounding..=self.high_hz + rounding).contains(&hz)
    }
}

/// Seconds per sample over some spans of so many samples, in ascending order.
struct Spans(Vec<f64>);

impl Spans {
    fn of(times: &[Vec<Point>], n_samples: u64, most: usize) -> Spans {
        let n_points: usize = times.iter().map(Vec::len).sum();
        let mut spans = Vec::new();
        let mut wanted = 0;
        let mut number = 0;
        for list in times {
            // those that have a partner so far away
            let n = list.partition_point(|(row, _)| row + n_samples <= list[list.len() - 1].0);
            while wanted < number + n {
                let (row, time) = list[wanted - number];
                let partner = list.partition_point(|(other, _)| *other < row + n_samples);
                let (end, later) = list[partner];
                spans.push((later - time) / (end - row) as f64);
                wanted += n_points.div_ceil(most);
            }
            number += list.len();
            wanted = wanted.max(number);
        }
        spans.sort_unstable_by(f64::total_cmp);
        Spans(spans)
    }

    /// The mean of the middle half: where there are only long and short steps, their median is neither.
    fn typical(&self) -> Option<f64> {
        let quarter = self.0.len() / 4;
        let middle = self.0.get(quarter..self.0.len() - quarter)?;
        let n = Some(middle.len()).filter(|&n| n > 0)?;
        Some(middle.iter().sum::<f64>() / n as f64)
    }

    /// Whether at least half of them are the same, up to a small part.
    fn are_steady(&self) -> bool {
        let quarter = self.0.len() / 4;
        let (low, high) = (self.0[quarter], self.0[self.0.len() - 1 - quarter]);
        high - low <= STEADY * low
    }

    /// How far single steps are from `step_s`, without those off by more than the part `gap` of it.
    fn jitter(&self, step_s: f64, gap: f64) -> f64 {
        let off = self.0.iter().map(|step| (step - step_s).abs());
        let mut off: Vec<f64> = off.filter(|off| *off <= gap * step_s).collect();
        off.sort_unstable_by(f64::total_cmp);
        let quantile = off.get((off.len() as f64 * QUANTILE) as usize).copied();
        let rounded = off.iter().rev().find(|off| **off <= ROUNDED * step_s);
        quantile.unwrap_or(0.0).max(rounded.copied().unwrap_or(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rates that these times of consecutive samples leave open.
    fn of(times: &[f64]) -> Rates {
        let points = (0..).zip(times.iter().copied()).collect();
        Rates::of(&[points]).unwrap()
    }

    fn regular(n: usize, hz: f64, start_s: f64) -> Vec<f64> {
        (0..n).map(|k| start_s + k as f64 / hz).collect()
    }

    #[test]
    fn regular_times_give_their_rate() {
        for hz in [1000.0, 512.0, 24414.0625, 30000.1234, 250.0, 0.1] {
            for start_s in [0.0, -0.2, 7.0] {
                let found = of(&regular(5000, hz, start_s)).obvious_hz();
                assert!((found - hz).abs() <= 1e-11 * hz, "{hz}: {found}");
            }
        }
        assert_eq!(of(&regular(500, 1000.0, 7.0)).obvious_hz(), 1000.0);
        let third = 1000.0 / 3.0;
        let found = of(&regular(500, third, 0.0)).obvious_hz();
        assert!((found - third).abs() < 1e-12 * third, "{found}");
        // seconds since 1970 have a quarter of a microsecond
        let found = of(&regular(100_000, 30000.0, 1.7e9)).obvious_hz();
        assert_eq!(found, 30000.0);
    }

    #[test]
    fn gaps_of_any_size_do_not_shift_the_rate() {
        for gaps in [
            vec![(500, 0.4)],
            vec![(500, 1.0)],
            vec![(1, 0.3)],
            vec![(100, 0.4), (300, 0.4), (700, 0.4)],
            vec![(300, 7.0), (600, -7.0)],
            (1..19).map(|k| (k * 50, 1.3)).collect(),
        ] {
            let mut times = regular(1000, 1000.0, 3.0);
            for &(row, samples) in &gaps {
                times[row..].iter_mut().for_each(|t| *t += samples / 1000.0);
            }
            assert_eq!(of(&times).obvious_hz(), 1000.0, "{gaps:?}");
        }
    }

    #[test]
    fn times_of_few_digits_give_the_rate_that_they_leave_open() {
        let rounded = |times: Vec<f64>, digit_s: f64| -> Vec<f64> {
            times
                .iter()
                .map(|t| (t / digit_s).round() * digit_s)
                .collect()
        };
        for (hz, digit_s) in [
            (30000.0, 1e-6),
            (512.0, 1e-3),
            (1000.0, 1e-3),
            (2000.0, 1e-4),
        ] {
            let times = rounded(regular(20_000, hz, 3.0), digit_s);
            assert_eq!(of(&times).obvious_hz(), hz);
        }
        let single: Vec<f64> = regular(20_000, 512.0, 0.0)
            .iter()
            .map(|&t| f64::from(t as f32))
            .collect();
        assert_eq!(of(&single).obvious_hz(), 512.0);
        // only long steps and short ones
        let uneven: Vec<f64> = (0..1000)
            .map(|k| f64::from(k) + f64::from(k % 2) * 0.3)
            .collect();
        assert_eq!(of(&uneven).obvious_hz(), 1.0);
        let jittered: Vec<f64> = (0_u64..)
            .zip(regular(4000, 512.0, 0.0))
            .map(|(k, t)| t + ((k * 7919 % 1000) as f64 / 1000.0 - 0.5) * 2e-4)
            .collect();
        let rates = of(&jittered);
        assert_eq!(rates.obvious_hz(), 512.0);
        assert!((0.05..0.15).contains(&rates.jitter), "{}", rates.jitter);
    }

    #[test]
    fn times_of_several_trials_are_each_for_themselves() {
        let trial = |start_s| (0..).zip(regular(300, 250.0, start_s)).collect();
        let one = vec![(0, 5.0)];
        let rates = Rates::of(&[one.clone(), trial(-1.0), trial(100.0)]).unwrap();
        assert_eq!(rates.obvious_hz(), 250.0);
        assert!(rates.contain(250.0) && !rates.contain(250.0001));
        assert_eq!(Rates::of(&[one]), None);
        assert_eq!(Rates::of(&[]), None);
    }

    #[test]
    fn times_that_do_not_grow_have_no_rate() {
        for times in [
            vec![0.0; 100],
            (0..100).map(|k| -f64::from(k)).collect(),
            vec![f64::NAN; 100],
            vec![0.0, f64::INFINITY],
        ] {
            let points = (0..).zip(times).collect();
            assert_eq!(Rates::of(&[points]), None);
        }
    }

    #[test]
    fn digits_jitter_and_gaps_together_leave_the_rate() {
        let mut state = 7_u64;
        let mut random = || {
            // Knuth's linear congruential generator
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        for hz in [250.0, 512.0, 1000.0, 24414.0625, 30000.0] {
            for n in [300, 3000, 100_000] {
                for jitter in [0.0, 0.01, 0.1, 0.4] {
                    for n_gaps in [0, 1, n / 300] {
                        let mut times = Vec::new();
                        let mut row = 0.0;
                        for k in 0..n {
                            let is_gap = n_gaps > 0 && k % (n / n_gaps) == n / n_gaps / 2;
                            row += if is_gap { 1.0 + 20.0 * random() } else { 1.0 };
                            times.push((row + 2.0 * jitter * (random() - 0.5)) / hz);
                        }
                        let rates = of(&times);
                        // of spans no longer than between two gaps
                        let doubt = 8.0 * jitter / (n / (n_gaps + 1)).min(n / 4) as f64 + 1e-11;
                        let off = (rates.obvious_hz() / hz - 1.0).abs();
                        let case = format!("{hz} Hz, {n} samples, jitter {jitter}, {n_gaps} gaps");
                        assert!(off <= doubt, "{case}: {rates:?}");
                        assert!(rates.jitter <= 2.1 * jitter + 1e-6, "{case}: {rates:?}");
                    }
                }
            }
        }
    }
}
