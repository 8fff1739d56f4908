//! Where the level of a series of numbers jumps, such as that of times ahead of their places at a gap.

use std::ops::Range;

/// A jump of steady numbers, and of medians of numbers that scatter, at least.
const JUMP: f64 = 0.02;
const JUMP_OF_MEDIANS: f64 = 0.4;
/// Numbers that scatter more than this are compared by medians.
const STEADY: f64 = 0.1;
/// Errors of a number that are no jump, and digits.
const ERRORS: f64 = 3.0;
const ROUNDED: f64 = 1.01;
/// Numbers of such a median at most, and the part of them by which medians advance.
const WINDOW: usize = 32;
const STRIDES: usize = 4;

/// Places between two jumps.
pub type Part = Range<usize>;

/// The parts of `numbers` without a jump, where each number is off its level by up to `error`, and may be rounded to
/// multiples of `digit`, which is no jump. What is so near to a jump that it may belong to either side is left out.
pub fn parts(numbers: &[f64], error: f64, digit: f64) -> Vec<Part> {
    let n = numbers.len();
    if error < STEADY {
        let most = JUMP.max(ERRORS * error).max(ROUNDED * digit);
        let is_jump = |pair: &[f64]| {
            let jump = (pair[1] - pair[0]).abs();
            jump > most || jump.is_nan()
        };
        let jumps = numbers
            .windows(2)
            .enumerate()
            .filter(|(_, pair)| is_jump(pair));
        let jumps: Vec<usize> = jumps.map(|(k, _)| k + 1).collect();
        let starts = std::iter::once(0).chain(jumps.iter().copied());
        let ends = jumps.iter().copied().chain([n]);
        return starts.zip(ends).map(|(start, end)| start..end).collect();
    }
    let window = WINDOW.min((n / 8).max(2));
    let stride = (window / STRIDES).max(1);
    let medians: Vec<f64> = numbers
        .windows(window)
        .step_by(stride)
        .map(median)
        .collect();
    // of two windows next to each other
    let distance = |k: usize| (medians[k] - medians[k - STRIDES]).abs();
    let mut parts = Vec::new();
    let mut start = 0;
    let mut k = STRIDES;
    while k < medians.len() {
        if distance(k) <= JUMP_OF_MEDIANS {
            k += 1;
            continue;
        }
        let first = k;
        // a number that is not finite has no distance
        k += 1;
        while k < medians.len() && distance(k) > JUMP_OF_MEDIANS {
            k += 1;
        }
        // at the first of them less than half of the later window, at the last of the earlier one is beyond the jump
        let before = (first * stride).saturating_sub(stride);
        let after = ((k - 1) * stride).max(first * stride + window / 2) + stride;
        parts.push(start..before.max(start));
        start = after.min(n);
    }
    parts.push(start..n);
    parts
}

fn median(numbers: &[f64]) -> f64 {
    let mut sorted = [0.0; WINDOW];
    let sorted = &mut sorted[..numbers.len()];
    sorted.copy_from_slice(numbers);
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[numbers.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_numbers_are_cut_where_they_jump() {
        let numbers = [0.0, 0.01, 0.6, 0.6, 0.59, -3.0];
        assert_eq!(parts(&numbers, 0.01, 0.0), [0..2, 2..5, 5..6]);
        assert_eq!(parts(&numbers, 0.0, 0.6), [0..5, 5..6]);
        assert_eq!(parts(&[1.0], 0.0, 0.0), vec![0..1]);
        assert_eq!(parts(&[0.0, 0.019, 0.0], 0.0, 0.0), vec![0..3]);
        // what is not a number is a jump to both sides
        let gone = [0.0, f64::NAN, 0.0];
        assert_eq!(parts(&gone, 0.0, 0.0), [0..1, 1..2, 2..3]);
    }

    #[test]
    fn numbers_that_scatter_are_cut_near_their_jump() {
        let scatter = |k: usize| (k * 7919 % 1000) as f64 / 1000.0 - 0.5;
        let mut numbers: Vec<f64> = (0..1000)
            .map(|k| 0.6 * scatter(k) + if k < 500 { 0.0 } else { 1.0 })
            .collect();
        let found = parts(&numbers, 0.3, 0.0);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!((470..=500).contains(&found[0].end), "{found:?}");
        assert!((500..=530).contains(&found[1].start), "{found:?}");
        assert_eq!(parts(&numbers[..500], 0.3, 0.0), vec![0..500]);
        numbers[700..].fill(f64::NAN);
        assert!(parts(&numbers, 0.3, 0.0).len() < 1000);
    }
}
