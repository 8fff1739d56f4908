//! The sample rate that the times of samples make, whatever time is missing between some of them.
//!
//! Typical steps over spans of several lengths are the candidates: short spans hold few gaps, long ones average out rounded
//! and jittering times. Each candidate cuts the times where their level jumps; a line of the same slope for all parts, by
//! least squares, corrects it; and the candidate that leaves the least scatter with the fewest parts is the rate. Where the
//! parts are short, spans that are longer still narrow it down, as long as they agree.

use std::f64::consts::SQRT_2;
use std::ops::Range;

use super::level::{self, Part};
use super::rate::obvious_rate;

/// Samples of the spans whose typical steps are candidates.
const SPANS: [u64; 3] = [1, 16, 128];
/// Spans at most of each length.
const MAX_SPANS: usize = 1 << 13;
/// Longer spans at most that narrow the rate down, and by how much they grow.
const MAX_LONG_SPANS: usize = 255;
const GROWTH: u64 = 4;
/// Corrections of a candidate at most; two do unless cuts move.
const MAX_FITS: usize = 4;
/// Standard deviations that count as the largest error, of a rate and of a time.
const SIGMAS: f64 = 4.0;
const SIGMAS_OF_TIMES: f64 = 3.0;
/// Quantiles of the deviations of steps that their scatter is taken from: gaps are rarer than the rest.
const QUANTILES: [f64; 2] = [0.5, 0.9];
/// The part of all steps whose distances count as jitter, and that from which on they are gaps.
const NEARLY_ALL: f64 = 0.98;
const GAP: f64 = 0.5;
/// Errors of times, as a part of a step, that jumps are looked for among in medians.
const JITTERY: f64 = 0.1;
/// Scatter, as a part of the decimal place of times, that is none.
const EXACT: f64 = 0.125;
/// Samples that times may be off: times of more do not tell samples from each other.
const MAX_JITTER: f64 = 2.0;
/// The median of absolute deviations of a normal distribution, in standard deviations, inverted.
const MAD_TO_SD: f64 = 1.4826;
/// Relative error of the mean of some hundred steps.
const SUMMATION: f64 = 64.0 * f64::EPSILON;
/// Scatter in samples below which candidates do not differ, and what a part costs, in the logarithm of the likelihood: as
/// much as some seven samples that are off by a part of a sample.
const NO_SCATTER: f64 = 0.003;
const COST_OF_A_PART: f64 = 30.0;
/// The same of a sample that belongs to no part.
const COST_OF_A_SAMPLE: f64 = 3.0;
/// Decimal places of times that are looked for, and the part of a step below which they do not matter.
const MAX_PLACES: i32 = 9;
const FINE: f64 = 0.005;
/// How many digits shorter than that of the rate the step must be to be the number that a program used.
const SHORTER: usize = 2;

/// A sample that has a time: its row, and the time in seconds.
pub type Point = (u64, f64);

/// The sample rates that times leave open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// The lowest, in Hz.
    pub low_hz: f64,
    /// The highest, in Hz.
    pub high_hz: f64,
    /// How far times may be from where a constant rate puts them, in samples.
    pub jitter: f64,
}

/// The rows of at most `n_blocks` blocks of `block` times that are spread over all `n`, the first and the last among them.
pub fn blocks(n: u64, n_blocks: u64, block: u64) -> Vec<Range<u64>> {
    let n_blocks = n.div_ceil(block).min(n_blocks);
    let mut end = 0;
    let mut found = Vec::new();
    for k in 0..n_blocks {
        let first = match n_blocks {
            1 => 0,
            _ => k * n.saturating_sub(block) / (n_blocks - 1),
        };
        let rows = first.max(end)..n.min(first + block);
        end = rows.end;
        found.push(rows);
    }
    found
}

impl Rates {
    /// The rates that `times` of single trials or of a recording leave open, each a list of rows and times in ascending
    /// order of the rows; `None` if no list has two rows, or if times do not grow.
    pub fn of(times: &[Vec<Point>]) -> Option<Rates> {
        let steps = Spans::of(times, 1, MAX_SPANS);
        let mut candidates = Vec::new();
        for n_samples in SPANS {
            let spans = Spans::of(times, n_samples, MAX_SPANS);
            candidates.extend([spans.median(), spans.typical()].into_iter().flatten());
        }
        candidates.retain(|&step_s| step_s > 0.0 && step_s.is_finite());
        candidates.sort_unstable_by(f64::total_cmp);
        candidates.dedup_by(|a, b| *a - *b <= 1e-9 * *a);
        let least_s = *candidates.first()?;
        let digit_s = digit(times, least_s);
        let largest_s = times.iter().flatten().map(|(_, time)| time.abs());
        let rounding_s = 2.0 * f64::EPSILON * largest_s.fold(0.0, f64::max);
        // steps differ by the errors of two times
        let [half_s, most_s] = QUANTILES.map(|quantile| steps.deviation(quantile));
        let sd_s = MAD_TO_SD * half_s? / SQRT_2;
        let scatter_s = (SIGMAS_OF_TIMES * sd_s).max(most_s? / SQRT_2);
        // steady times, and times that are rounded or jitter in a way that most steps do not show
        let errors_s =
            [0.0, digit_s / 2.0, JITTERY * least_s].map(|s| s.max(scatter_s) + rounding_s);
        let runs = runs(times);
        let fits = candidates.iter().flat_map(|&step_s| {
            let fit = |error_s: f64| Fit::of(&runs, step_s, error_s, digit_s);
            errors_s.into_iter().filter_map(fit).collect::<Vec<_>>()
        });
        let best = fits.min_by(|a, b| a.score.total_cmp(&b.score))?;
        // steps that are multiples of a decimal place are all alike
        let sd_s = best.sd * best.step_s;
        let is_exact = sd_s < EXACT * digit_s;
        let error_s = if is_exact {
            SIGMAS * sd_s + rounding_s
        } else {
            scatter_s.max(digit_s / 2.0) + rounding_s
        };
        let mut doubt = best.doubt(if is_exact { 0.0 } else { digit_s });
        let mut step_s = best.step_s;
        let longest = times
            .iter()
            .filter_map(|list| Some(list.last()?.0 - list[0].0))
            .max()?;
        let mut n_samples = best.longest;
        while n_samples < longest {
            n_samples = n_samples.saturating_mul(GROWTH).min(longest);
            let Some(longer_s) = Spans::of(times, n_samples, MAX_LONG_SPANS).typical() else {
                break;
            };
            let narrower = 2.0 * error_s / (n_samples as f64 * step_s) + SUMMATION;
            if (longer_s / step_s - 1.0).abs() > doubt {
                break;
            }
            if narrower < doubt {
                (step_s, doubt) = (longer_s, narrower);
            }
        }
        let jitter = error_s.max(steps.jitter(step_s)) / step_s;
        (doubt < 1.0 && jitter < MAX_JITTER).then(|| Rates {
            low_hz: 1.0 / (step_s * (1.0 + doubt)),
            high_hz: 1.0 / (step_s * (1.0 - doubt)),
            jitter,
        })
    }

    /// The roundest of them, or the one whose step is the round number: 333.3 Hz of steps of 3 ms are 1000 / 3 Hz.
    pub fn obvious_hz(&self) -> f64 {
        let hz = obvious_rate(self.low_hz, self.high_hz);
        let step_s = obvious_rate(1.0 / self.high_hz, 1.0 / self.low_hz);
        if n_digits(step_s) + SHORTER <= n_digits(hz) {
            1.0 / step_s
        } else {
            hz
        }
    }

    /// Returns `true` if `hz` is one of them, up to the rounding of doubles.
    pub fn contain(&self, hz: f64) -> bool {
        let rounding = 4.0 * f64::EPSILON * hz;
        (self.low_hz - rounding..=self.high_hz + rounding).contains(&hz)
    }
}

/// Significant decimal digits of a number.
fn n_digits(x: f64) -> usize {
    let text = format!("{x:e}");
    let mantissa = text.split('e').next().unwrap_or_default();
    mantissa.chars().filter(char::is_ascii_digit).count()
}

/// The decimal place that all times are multiples of, in seconds; 0 if there is none that matters for steps of `step_s`.
fn digit(times: &[Vec<Point>], step_s: f64) -> f64 {
    let all = || times.iter().flatten().map(|(_, time)| *time);
    for places in 0..=MAX_PLACES {
        let per_s = 10_f64.powi(places);
        if 1.0 / per_s < FINE * step_s {
            break;
        }
        let is_multiple = |time: f64| {
            let multiple = time * per_s;
            (multiple - multiple.round()).abs() <= 1e-6 + 4.0 * f64::EPSILON * multiple.abs()
        };
        if all().all(is_multiple) {
            return 1.0 / per_s;
        }
    }
    0.0
}

/// Lists of the times of consecutive rows.
fn runs(times: &[Vec<Point>]) -> Vec<&[Point]> {
    let is_next = |a: &Point, b: &Point| a.0 + 1 == b.0;
    let runs = times.iter().flat_map(|list| list.chunk_by(is_next));
    runs.filter(|run| run.len() > 1).collect()
}

/// A rate that was fitted to times, cut where their level jumps.
struct Fit {
    step_s: f64,
    /// Rows of the longest part.
    longest: u64,
    /// Standard deviation of times, in samples.
    sd: f64,
    /// Sum of the squares of rows, less their mean of each part.
    sxx: f64,
    /// The lower the better: minus the logarithm of the likelihood, and what parts cost.
    score: f64,
}

impl Fit {
    fn of(runs: &[&[Point]], step_s: f64, error_s: f64, digit_s: f64) -> Option<Fit> {
        let mut step_s = step_s;
        let mut fit = None;
        for _ in 0..MAX_FITS {
            let mut sums = Sums::default();
            let mut n_points = 0;
            for run in runs {
                let start_s = run[0].1;
                let ahead = (0..).zip(*run);
                let ahead: Vec<f64> = ahead
                    .map(|(k, (_, time))| (time - start_s) / step_s - f64::from(k))
                    .collect();
                n_points += ahead.len();
                for part in level::parts(&ahead, error_s / step_s, digit_s / step_s) {
                    sums.add(&ahead, part);
                }
            }
            if sums.sxx == 0.0 {
                break;
            }
            let slope = sums.sxy / sums.sxx;
            let variance = ((sums.syy - slope * sums.sxy) / sums.n_rows as f64).max(0.0);
            let sd = variance.sqrt();
            step_s *= 1.0 + slope;
            let is_usable = step_s > 0.0 && step_s.is_finite();
            if !is_usable {
                return None;
            }
            let n_left_out = n_points - sums.n_rows;
            fit = Some(Fit {
                step_s,
                longest: sums.longest as u64,
                sd,
                sxx: sums.sxx,
                score: n_points as f64 * (sd + NO_SCATTER).ln()
                    + COST_OF_A_PART * sums.n_parts as f64
                    + COST_OF_A_SAMPLE * n_left_out as f64,
            });
            if slope.abs() * (sums.longest as f64) < 1e-6 {
                break;
            }
        }
        fit
    }

    /// The relative error of the rate.
    fn doubt(&self, digit_s: f64) -> f64 {
        let longest = self.longest as f64;
        let of_scatter = if self.sd < NO_SCATTER {
            // rounding of doubles and of single precision is not by chance: both ends may be off
            2.0 * SIGMAS * self.sd / longest
        } else {
            SIGMAS * self.sd / self.sxx.sqrt()
        };
        // neither is that to decimal places
        let of_digits = digit_s / self.step_s / longest;
        of_scatter.max(of_digits) + SUMMATION
    }
}

/// Sums over the rows of parts, for a line of a common slope.
#[derive(Default)]
struct Sums {
    sxx: f64,
    sxy: f64,
    syy: f64,
    n_rows: usize,
    n_parts: usize,
    longest: usize,
}

impl Sums {
    fn add(&mut self, ahead: &[f64], part: Part) {
        let values = &ahead[part];
        let n = values.len();
        if n < 2 {
            return;
        }
        let middle = (n - 1) as f64 / 2.0;
        let mean = values.iter().sum::<f64>() / n as f64;
        for (k, y) in values.iter().enumerate() {
            let (x, y) = (k as f64 - middle, y - mean);
            self.sxx += x * x;
            self.sxy += x * y;
            self.syy += y * y;
        }
        self.n_rows += n;
        self.n_parts += 1;
        self.longest = self.longest.max(n);
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
        for list in times.iter().filter(|list| !list.is_empty()) {
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

    fn median(&self) -> Option<f64> {
        self.0.get(self.0.len() / 2).copied()
    }

    /// The mean of the middle half: where there are only long and short steps, their median is neither.
    fn typical(&self) -> Option<f64> {
        let quarter = self.0.len() / 4;
        let middle = self.0.get(quarter..self.0.len() - quarter)?;
        let n = Some(middle.len()).filter(|&n| n > 0)?;
        Some(middle.iter().sum::<f64>() / n as f64)
    }

    /// How far nearly all steps are from `step_s`, but for gaps.
    fn jitter(&self, step_s: f64) -> f64 {
        let off = self.0.iter().map(|step| (step - step_s).abs());
        let mut off: Vec<f64> = off.filter(|off| *off <= GAP * step_s).collect();
        off.sort_unstable_by(f64::total_cmp);
        let nearly_all = off.get((off.len() as f64 * NEARLY_ALL) as usize);
        nearly_all.map_or(0.0, |off| off / SQRT_2)
    }

    /// A quantile of the distances from the median.
    fn deviation(&self, quantile: f64) -> Option<f64> {
        let median = self.median()?;
        let mut off: Vec<f64> = self.0.iter().map(|step| (step - median).abs()).collect();
        off.sort_unstable_by(f64::total_cmp);
        off.get((off.len() as f64 * quantile) as usize).copied()
    }
}

#[cfg(test)]
mod tests;
