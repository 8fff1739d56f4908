//! Gaps of a recording that numbers its samples: places where the number jumps ahead.
//!
//! All numbers are read, once and on rank 0. Fewer looks would do for numbers that only grow, but files exist in which they
//! jump ahead and come back, are set back, or have a single wrong one; such a file would pass for one without gaps. The
//! numbers of 100 million samples (800 MB) take about 0.3 s from memory and as long as the storage needs for 800 MB
//! otherwise, which is 2 % of the samples of 200 channels, and less of more.

use std::ops::Range;

use super::integers::Integers;
use crate::error::Result;
use crate::phrase::count;

/// Gaps at most; each begins a trial, which takes memory.
const MAX_GAPS: usize = 1 << 16;
/// Numbers that are looked at together before each of them is.
const BLOCK: usize = 1 << 10;

/// The numbers of a recording's samples, as stretches without a gap.
#[derive(Debug, Default, PartialEq)]
pub struct SampleNumbers {
    n_rows: u64,
    last: Option<i64>,
    /// The first row of each stretch and its number.
    starts: Vec<(u64, i64)>,
}

impl SampleNumbers {
    /// Reads the numbers of all samples.
    ///
    /// # Errors
    /// They cannot be read, do not grow with every sample, or have too many gaps.
    pub fn read(numbers: &Integers) -> Result<SampleNumbers> {
        let mut found = SampleNumbers::default();
        numbers.for_each_piece(|piece| found.push(piece))?;
        Ok(found)
    }

    /// The rows of each stretch.
    pub fn stretches(&self) -> Vec<Range<u64>> {
        let ends = self.starts.iter().skip(1).map(|(row, _)| *row);
        let ends = ends.chain([self.n_rows]);
        let starts = self.starts.iter().zip(ends);
        starts.map(|((row, _), end)| *row..end).collect()
    }

    /// When each stretch begins, in samples since the first one.
    pub fn begins(&self) -> Vec<f64> {
        let since_first = |number: i64| (i128::from(number) - i128::from(self.starts[0].1)) as f64;
        self.starts
            .iter()
            .map(|(_, number)| since_first(*number))
            .collect()
    }

    /// The number of the first sample.
    pub fn first(&self) -> Option<i64> {
        self.starts.first().map(|(_, number)| *number)
    }

    /// The row of the sample with this number; `None` before the first one, after the last one and in gaps.
    pub fn row(&self, number: i64) -> Option<u64> {
        let k = self.starts.partition_point(|(_, first)| *first <= number);
        let (row, first) = *self.starts.get(k.checked_sub(1)?)?;
        let end = self.starts.get(k).map_or(self.n_rows, |(row, _)| *row);
        let row = row.checked_add(number.abs_diff(first))?;
        (row < end).then_some(row)
    }

    /// Takes the numbers of the next samples.
    fn push(&mut self, numbers: &[i64]) -> Result<(), String> {
        let Some(&first) = numbers.first() else {
            return Ok(());
        };
        match self.last {
            None => self.starts.push((0, first)),
            Some(last) => self.step(self.n_rows, last, first)?,
        }
        let mut at = 0;
        while at + 1 < numbers.len() {
            let end = (at + BLOCK).min(numbers.len() - 1);
            let block = &numbers[at..=end];
            if !counts_up(block) {
                for (k, pair) in block.windows(2).enumerate() {
                    let row = self.n_rows + (at + k + 1) as u64;
                    self.step(row, pair[0], pair[1])?;
                }
            }
            at = end;
        }
        self.n_rows += numbers.len() as u64;
        self.last = numbers.last().copied();
        Ok(())
    }

    /// Looks at the number of the sample `row` and that of the sample before it.
    fn step(&mut self, row: u64, before: i64, number: i64) -> Result<(), String> {
        if number <= before {
            let found = if number == before {
                format!("sample {row} has the number {number}, as the sample before it")
            } else {
                format!(
                    "the numbers of the samples run backwards at sample {row}, from {before} to {number}"
                )
            };
            return Err(format!(
                "{found}; expected numbers that grow with every sample"
            ));
        }
        if number - 1 == before {
            return Ok(());
        }
        if self.starts.len() > MAX_GAPS {
            return Err(format!(
                "samples are missing at more than {MAX_GAPS} places; expected fewer"
            ));
        }
        self.starts.push((row, number));
        Ok(())
    }
}

/// Returns `true` if each number is one above the number before it.
fn counts_up(numbers: &[i64]) -> bool {
    // without branches, so that several numbers are compared at once
    let pairs = numbers.iter().zip(&numbers[1..]);
    let others = pairs.fold(0, |others, (number, next)| {
        others | (next.wrapping_sub(*number) ^ 1)
    });
    // a difference that wraps around is 1, too
    others == 0 && numbers.first() <= numbers.last()
}

/// What a user is told about a recording with gaps.
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

    /// The numbers, given in pieces of this length.
    fn of(numbers: &[i64], piece: usize) -> Result<SampleNumbers, String> {
        let mut found = SampleNumbers::default();
        for piece in numbers.chunks(piece) {
            found.push(piece)?;
        }
        Ok(found)
    }

    fn wrong(numbers: &[i64]) -> String {
        let error = of(numbers, numbers.len()).unwrap_err();
        for piece in [1, 2, 1000, 1024, 1025] {
            assert_eq!(of(numbers, piece).unwrap_err(), error, "{piece}");
        }
        error
    }

    #[test]
    fn every_gap_is_found_whatever_the_pieces() {
        let mut numbers: Vec<i64> = (-50..9950).collect();
        for (gap, n) in [(1, 5), (4000, 1), (4001, 1), (9999, 100)] {
            numbers[gap..].iter_mut().for_each(|number| *number += n);
        }
        for piece in [1, 2, 3, 1000, 1024, 1025, 4000, 4001, 10_000] {
            let found = of(&numbers, piece).unwrap();
            let stretches = found.stretches();
            assert_eq!(
                stretches,
                [0..1, 1..4000, 4000..4001, 4001..9999, 9999..10_000],
                "{piece}"
            );
            assert_eq!(found.begins(), [0.0, 6.0, 4006.0, 4008.0, 10_106.0]);
        }
        assert_eq!(
            of(&[7], 1).unwrap().stretches(),
            [Range { start: 0, end: 1 }]
        );
    }

    #[test]
    fn numbers_that_jump_ahead_and_come_back_are_refused() {
        let mut numbers: Vec<i64> = (500..6500).collect();
        numbers[2000..4000].iter_mut().for_each(|n| *n += 700);
        let error = wrong(&numbers);
        assert!(
            error.contains("backwards at sample 4000, from 5199 to 4500"),
            "{error}"
        );
    }

    #[test]
    fn one_wrong_number_is_refused_wherever_it_is() {
        for at in [1, 2, 1023, 1024, 1025, 3500, 5998] {
            for number in [-1, 0, i64::MIN, i64::MAX] {
                let mut numbers: Vec<i64> = (500..6500).collect();
                numbers[at] = number;
                assert!(
                    wrong(&numbers).contains("backwards at sample"),
                    "{at} {number}"
                );
            }
        }
    }

    #[test]
    fn numbers_that_begin_again_or_repeat_are_refused() {
        let again: Vec<i64> = (0..3000).chain(0..3000).collect();
        assert!(wrong(&again).contains("backwards at sample 3000, from 2999 to 0"));
        let repeated: Vec<i64> = (0..3000).chain(2999..5000).collect();
        assert!(wrong(&repeated).contains("sample 3000 has the number 2999, as the sample before"));
        assert!(wrong(&[0; 5000]).contains("sample 1 has the number 0"));
    }

    #[test]
    fn the_most_extreme_numbers_do_not_overflow() {
        let found = of(&[i64::MIN, i64::MAX], 2).unwrap();
        assert_eq!(found.stretches(), [0..1, 1..2]);
        assert_eq!(found.begins(), [0.0, u64::MAX as f64]);
        assert!(wrong(&[i64::MAX - 1, i64::MAX, i64::MIN]).contains("backwards at sample 2"));
        assert_eq!(found.row(i64::MAX), Some(1));
        assert_eq!(found.row(0), None);
        assert_eq!(
            of(&[i64::MAX, i64::MIN], 2).unwrap_err(),
            wrong(&[i64::MAX, i64::MIN])
        );
    }

    #[test]
    fn gaps_are_counted_up_to_their_limit() {
        let numbers: Vec<i64> = (0..=MAX_GAPS as i64).map(|k| 2 * k).collect();
        assert_eq!(of(&numbers, 1000).unwrap().starts.len(), MAX_GAPS + 1);
        let numbers: Vec<i64> = (0..=MAX_GAPS as i64 + 1).map(|k| 2 * k).collect();
        assert!(wrong(&numbers).contains("at more than 65536 places"));
    }

    #[test]
    fn numbers_of_samples_have_rows_and_others_have_none() {
        let found = of(&[10, 11, 12, 20, 21], 5).unwrap();
        let rows = [9, 10, 12, 13, 19, 20, 21, 22, i64::MIN, i64::MAX].map(|n| found.row(n));
        let none = None;
        assert_eq!(
            rows,
            [
                none,
                Some(0),
                Some(2),
                none,
                none,
                Some(3),
                Some(4),
                none,
                none,
                none
            ]
        );
    }
}
