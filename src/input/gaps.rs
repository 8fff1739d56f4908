//! Where samples are missing in a recording that numbers them: the numbers of samples only grow, so that two of them that
//! are as far from each other as their places have no gap between them, and a few looks find every gap.

use std::ops::Range;

use crate::error::Result;
use crate::phrase::count;

/// Stretches at most; every one takes a trial in memory.
const MAX_STRETCHES: usize = 1 << 16;

/// The stretches of `n_rows` samples between which samples are missing, where `number` says which number a sample has.
/// The inner error says what is wrong with the numbers.
///
/// # Errors
/// Those of `number`.
pub fn stretches(
    n_rows: u64,
    mut number: impl FnMut(u64) -> Result<i64>,
) -> Result<std::result::Result<Vec<Range<u64>>, String>> {
    let mut found: Vec<Range<u64>> = Vec::new();
    let mut start = 0;
    let mut end = |row: u64| number(row).map(|number| i128::from(number) - i128::from(row));
    // parts that are left to look at, the first on top: two rows and how far they are ahead of their places
    let mut left = vec![(0, end(0)?, n_rows - 1, end(n_rows - 1)?)];
    while let Some((low, low_ahead, high, high_ahead)) = left.pop() {
        if high_ahead < low_ahead {
            return Ok(Err(format!(
                "the samples {low} and {high} are numbered backwards; expected numbers that grow with every sample"
            )));
        }
        if high_ahead == low_ahead {
            continue;
        }
        if high - low > 1 {
            let middle = low + (high - low) / 2;
            let ahead = end(middle)?;
            left.push((middle, ahead, high, high_ahead));
            left.push((low, low_ahead, middle, ahead));
            continue;
        }
        if found.len() == MAX_STRETCHES {
            return Ok(Err(format!(
                "samples are missing at more than {MAX_STRETCHES} places; expected fewer"
            )));
        }
        found.push(start..high);
        start = high;
    }
    found.push(start..n_rows);
    Ok(Ok(found))
}

/// When each stretch begins, in samples since the first one, where `number` says which number a sample has.
///
/// # Errors
/// Those of `number`.
pub fn begins(
    stretches: &[Range<u64>],
    mut number: impl FnMut(u64) -> Result<i64>,
) -> Result<Vec<f64>> {
    let first = i128::from(number(0)?);
    let begins = stretches.iter().map(|stretch| {
        let begin = i128::from(number(stretch.start)?) - first;
        Ok(begin as f64)
    });
    begins.collect()
}

/// What is said of a recording with gaps.
pub fn remark(stretches: &[Range<u64>]) -> Option<String> {
    (stretches.len() > 1).then(|| {
        format!(
            "samples are missing at {}: every stretch between them is a trial",
            count(stretches.len() as u64 - 1, "place")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::source::one_stretch;

    /// The stretches of samples with these numbers, and how many were looked at.
    fn of(numbers: &[i64]) -> (Result<Vec<Range<u64>>, String>, usize) {
        let mut n_looks = 0;
        let found = stretches(numbers.len() as u64, |row| {
            n_looks += 1;
            Ok(numbers[row as usize])
        });
        (found.unwrap(), n_looks)
    }

    #[test]
    fn every_gap_is_found_with_few_looks() {
        assert_eq!(of(&[7]).0, Ok(one_stretch(1)));
        let mut numbers: Vec<i64> = (-50..9950).collect();
        assert_eq!(of(&numbers), (Ok(one_stretch(10_000)), 2));
        for (gap, n) in [(1, 5), (4000, 1), (4001, 1), (9999, 100)] {
            numbers[gap..].iter_mut().for_each(|number| *number += n);
        }
        let (found, n_looks) = of(&numbers);
        assert_eq!(
            found.unwrap(),
            [0..1, 1..4000, 4000..4001, 4001..9999, 9999..10_000]
        );
        assert!(n_looks < 100, "{n_looks}");
    }

    #[test]
    fn numbers_that_go_back_and_the_most_extreme_ones_are_no_surprise() {
        assert!(of(&[5, 4]).0.unwrap_err().contains("backwards"));
        assert_eq!(of(&[i64::MIN, i64::MAX]).0.unwrap(), [0..1, 1..2]);
    }
}
