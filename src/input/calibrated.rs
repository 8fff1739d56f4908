//! Numbers of a converter into samples, on their way to the caller. The conversion is computed in double precision,
//! whatever the precision of the computation, and rounded once.

use std::ops::Range;

use super::location::{Calibration, Sample};
use super::{READ_STAGING, Reader, Samples};
use crate::error::Result;

/// Reads numbers and makes samples of them.
pub struct Calibrated {
    numbers: Box<dyn Reader>,
    sample: Sample,
    calibration: Calibration,
    staging: Vec<f64>,
}

impl Calibrated {
    /// The samples that `calibration` makes of `numbers`, which are stored as `sample`.
    pub fn new(numbers: Box<dyn Reader>, sample: Sample, calibration: Calibration) -> Calibrated {
        Calibrated {
            numbers,
            sample,
            calibration,
            staging: Vec::new(),
        }
    }

    fn of(&self, columns: &[usize]) -> Vec<(f64, f64)> {
        let of = |&column: &usize| {
            (
                self.calibration.gain[column],
                self.calibration.offset[column],
            )
        };
        columns.iter().map(of).collect()
    }
}

impl Reader for Calibrated {
    fn read(&mut self, rows: Range<u64>, columns: &[usize], to: Samples) -> Result<()> {
        if columns.is_empty() {
            return Ok(());
        }
        let factors = self.of(columns);
        match to {
            Samples::Double(to) => {
                self.numbers.read(rows, columns, Samples::Double(to))?;
                for row in to.chunks_exact_mut(columns.len()) {
                    for (x, (gain, offset)) in row.iter_mut().zip(&factors) {
                        *x = *x * gain + offset;
                    }
                }
            }
            Samples::Single(to) if self.sample.fits_single() => {
                self.numbers.read(rows, columns, Samples::Single(to))?;
                for row in to.chunks_exact_mut(columns.len()) {
                    for (x, (gain, offset)) in row.iter_mut().zip(&factors) {
                        *x = (f64::from(*x) * gain + offset) as f32;
                    }
                }
            }
            Samples::Single(to) => {
                let rows_at_once = (READ_STAGING / (columns.len() * size_of::<f64>())).max(1);
                let mut row = rows.start;
                for part in to.chunks_mut(rows_at_once * columns.len()) {
                    let n_rows = (part.len() / columns.len()) as u64;
                    self.staging.resize(part.len(), 0.0);
                    let staged = Samples::Double(&mut self.staging);
                    self.numbers.read(row..row + n_rows, columns, staged)?;
                    let staged = self.staging.chunks_exact(columns.len());
                    for (to, from) in part.chunks_exact_mut(columns.len()).zip(staged) {
                        for ((to, x), (gain, offset)) in to.iter_mut().zip(from).zip(&factors) {
                            *to = (x * gain + offset) as f32;
                        }
                    }
                    row += n_rows;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives `row · 100 + column`, with a part that single precision loses.
    struct Counting;

    impl Reader for Counting {
        fn read(&mut self, rows: Range<u64>, columns: &[usize], to: Samples) -> Result<()> {
            let numbers = rows.flat_map(|row| {
                columns
                    .iter()
                    .map(move |&column| (row * 100 + column as u64) as f64 + 1e-9)
            });
            match to {
                Samples::Single(to) => to.iter_mut().zip(numbers).for_each(|(x, n)| *x = n as f32),
                Samples::Double(to) => to.iter_mut().zip(numbers).for_each(|(x, n)| *x = n),
            }
            Ok(())
        }
    }

    #[test]
    fn every_channel_has_its_own_gain_and_offset_and_is_rounded_once() {
        let calibration = Calibration {
            gain: vec![1.0, 1e9, -0.5],
            offset: vec![0.0, -2e11, 7.0],
        };
        let mut reader = Calibrated::new(Box::new(Counting), Sample::F64, calibration);
        let mut double = [0.0; 4];
        reader
            .read(2..4, &[2, 1], Samples::Double(&mut double))
            .unwrap();
        let exact = |n: f64, gain: f64, offset: f64| n * gain + offset;
        let want = [
            exact(202.000000001, -0.5, 7.0),
            exact(201.000000001, 1e9, -2e11),
            exact(302.000000001, -0.5, 7.0),
            exact(301.000000001, 1e9, -2e11),
        ];
        assert_eq!(double, want);
        let mut single = [0.0; 4];
        reader
            .read(2..4, &[2, 1], Samples::Single(&mut single))
            .unwrap();
        assert_eq!(single, want.map(|x| x as f32));
    }

    #[test]
    fn a_calibration_that_changes_nothing_is_none() {
        let of = |gain: Vec<f64>, offset| Calibration::of(Sample::I16, gain, offset);
        assert_eq!(of(vec![1.0; 3], vec![0.0; 3]), Ok(None));
        assert!(matches!(of(vec![1.0, 2.0], vec![0.0; 2]), Ok(Some(_))));
        assert!(matches!(of(vec![1.0], vec![-1.0]), Ok(Some(_))));
    }

    #[test]
    fn a_gain_or_an_offset_that_leaves_no_samples_is_refused_by_its_channel() {
        for gain in [0.0, -0.0, f64::NAN, f64::INFINITY, 1e35, -1e35, 1e-43] {
            let text = Calibration::of(Sample::I16, vec![1.0, gain], vec![0.0; 2]).unwrap_err();
            assert!(text.starts_with("channel 1 has the gain"), "{text}");
            assert!(text.contains("; expected"), "{text}");
        }
        for offset in [f64::NAN, 1e39, -1e300] {
            let text = Calibration::of(Sample::F32, vec![1.0], vec![offset]).unwrap_err();
            assert!(text.starts_with("channel 0 has the offset"), "{text}");
        }
        // doubles hold more
        for sample in [Sample::F64, Sample::I32] {
            let found = Calibration::of(sample, vec![1e-43, 1e200], vec![1e39; 2]);
            assert!(found.is_ok(), "{found:?}");
            assert!(Calibration::of(sample, vec![1e300], vec![f64::MAX]).is_err());
        }
        assert!(Calibration::of(Sample::I32, vec![1e300], vec![0.0]).is_err());
    }
}
