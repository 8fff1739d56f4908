//! Removal of the mean or of a straight line from one channel of one trial (`polyremoval`). Sums are taken in double
//! precision whatever the samples are.

use ndarray::ArrayView2;
use pulp::Simd;
use serde_json::{Value, json};

use super::Real;
use super::lanes::Arithmetic;
use crate::setting::{Refusal, Section};

/// What is subtracted from every channel of every trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detrend {
    /// Nothing.
    None,
    /// The mean over the trial's own samples.
    Mean,
    /// The least-squares line over the trial's own samples.
    Line,
}

impl Detrend {
    /// Reads `polyremoval`.
    ///
    /// # Errors
    /// Neither 0 nor 1 nor "none".
    pub fn from_section(section: &Section) -> Result<Detrend, Refusal> {
        let expected = "expected 0, 1 or \"none\"";
        let Some(raw) = section.raw("polyremoval") else {
            return Ok(Detrend::Mean);
        };
        let number = match raw.value {
            toml::Value::String(word) if word == "none" => return Ok(Detrend::None),
            toml::Value::Integer(number) => *number as f64,
            toml::Value::Float(number) => *number,
            _ => return Err(raw.refuse(expected)),
        };
        match number {
            0.0 => Ok(Detrend::Mean),
            1.0 => Ok(Detrend::Line),
            _ => Err(raw.refuse(expected)),
        }
    }

    /// As Syncopy's `cfg` holds it.
    pub fn cfg(self) -> Value {
        match self {
            Detrend::None => Value::Null,
            Detrend::Mean => json!(0),
            Detrend::Line => json!(1),
        }
    }

    /// Writes the detrended `samples` to `line`; whether all of them were finite.
    ///
    /// # Panics
    /// If the two have different lengths.
    pub fn apply<'a, T: Real>(
        self,
        samples: impl Iterator<Item = &'a T> + Clone,
        line: &mut [T],
    ) -> bool {
        let n = line.len();
        let mut sum = 0.0;
        let mut count = 0;
        for (place, sample) in line.iter_mut().zip(samples) {
            *place = *sample;
            sum += sample.to_double();
            count += 1;
        }
        assert_eq!(count, n, "one sample per place");
        // a NaN or an infinity anywhere leaves the sum NaN or infinite; a sum of finite floats below 2^64 samples
        // overflows only for doubles near their limit, which the closer look settles
        if !sum.is_finite()
            && !line
                .iter()
                .all(|sample| num_traits::Float::is_finite(*sample))
        {
            return false;
        }
        let mean = sum / n as f64;
        match self {
            Detrend::None => {}
            Detrend::Mean => line
                .iter_mut()
                .for_each(|x| *x = T::from_double(x.to_double() - mean)),
            Detrend::Line => {
                let centre = (n as f64 - 1.0) / 2.0;
                let moment: f64 = line
                    .iter()
                    .enumerate()
                    .map(|(t, x)| (t as f64 - centre) * x.to_double())
                    .sum();
                // Σ (t - centre)² over n samples
                let square = n as f64 * (n as f64 * n as f64 - 1.0) / 12.0;
                let slope = if n > 1 { moment / square } else { 0.0 };
                for (t, x) in line.iter_mut().enumerate() {
                    *x = T::from_double(x.to_double() - mean - slope * (t as f64 - centre));
                }
            }
        }
        true
    }

    /// [`Detrend::apply`] for the channels of `rows`, `(n_samples, n_channels)` and at most as many as lanes, each with the bits it
    /// has alone. `lines` has a vector for every sample, zero where there is no channel; returned is which lanes are not finite.
    ///
    /// # Panics
    /// If the channels do not lie side by side, or `lines` has another length.
    #[inline(always)]
    pub fn apply_vectors<S: Simd, T: Real>(
        self,
        a: Arithmetic<S, T>,
        rows: ArrayView2<T>,
        lines: &mut [T::Vector<S>],
    ) -> Vec<bool> {
        let (n, n_channels) = rows.dim();
        let lanes = size_of::<T::Vector<S>>() / size_of::<T>();
        assert_eq!(lines.len(), n, "one vector per sample");
        let mut sums = a.doubles(0.0);
        for (line, row) in lines.iter_mut().zip(rows.rows()) {
            let row = row.to_slice().expect("channels lie side by side");
            if n_channels == lanes {
                *line = a.read(row);
            } else {
                *line = a.splat(T::zero());
                let numbers: &mut [T] = bytemuck::cast_slice_mut(std::slice::from_mut(line));
                numbers[..n_channels].copy_from_slice(row);
            }
            sums = a.add_doubles(sums, a.widen(*line));
        }
        let is_bad = |lane: usize| {
            let is_finite = |line: &T::Vector<S>| {
                let numbers: &[T] = bytemuck::cast_slice(std::slice::from_ref(line));
                num_traits::Float::is_finite(numbers[lane])
            };
            let sum = bytemuck::cast_slice::<_, f64>(&sums)[lane];
            !sum.is_finite() && !lines.iter().all(is_finite)
        };
        let is_bad = (0..lanes).map(is_bad).collect();
        let mut means = sums;
        for mean in bytemuck::cast_slice_mut::<_, f64>(&mut means) {
            *mean /= n as f64;
        }
        match self {
            Detrend::None => {}
            Detrend::Mean => {
                for line in lines {
                    *line = a.narrow(a.sub_doubles(a.widen(*line), means));
                }
            }
            Detrend::Line => {
                let centre = (n as f64 - 1.0) / 2.0;
                let mut slopes = a.doubles(0.0);
                for (t, line) in lines.iter().enumerate() {
                    let time = a.doubles(t as f64 - centre);
                    slopes = a.add_doubles(slopes, a.mul_doubles(time, a.widen(*line)));
                }
                // Σ (t - centre)² over n samples
                let square = n as f64 * (n as f64 * n as f64 - 1.0) / 12.0;
                for slope in bytemuck::cast_slice_mut::<_, f64>(&mut slopes) {
                    *slope = if n > 1 { *slope / square } else { 0.0 };
                }
                for (t, line) in lines.iter_mut().enumerate() {
                    let trend = a.mul_doubles(slopes, a.doubles(t as f64 - centre));
                    let rest = a.sub_doubles(a.widen(*line), means);
                    *line = a.narrow(a.sub_doubles(rest, trend));
                }
            }
        }
        is_bad
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // doubles of size 100 and a thousand additions
    const ROUND_OFF: f64 = 1e-10;

    #[test]
    fn a_line_vanishes_and_a_mean_vanishes() {
        let samples: Vec<f64> = (0..1001).map(|t| 3.0 + 0.1 * f64::from(t)).collect();
        let mut line = vec![f64::NAN; samples.len()];
        assert!(Detrend::Line.apply(samples.iter(), &mut line));
        assert!(line.iter().all(|x| x.abs() < ROUND_OFF));
        assert!(Detrend::Mean.apply(samples.iter(), &mut line));
        assert!(line.iter().sum::<f64>().abs() < ROUND_OFF);
        assert!((line[0] + 50.0).abs() < ROUND_OFF);
        assert!(Detrend::None.apply(samples.iter(), &mut line));
        assert_eq!(line, samples);
    }

    #[test]
    fn a_trial_of_one_sample_has_no_slope() {
        let mut line = [0.0_f32];
        assert!(Detrend::Line.apply([7.0].iter(), &mut line));
        assert_eq!(line, [0.0]);
    }

    #[test]
    fn nan_and_infinity_are_seen_and_huge_doubles_are_not_mistaken_for_them() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(!Detrend::Mean.apply([1.0, bad, 2.0].iter(), &mut [0.0; 3]));
        }
        assert!(Detrend::None.apply([f64::MAX, f64::MAX].iter(), &mut [0.0; 2]));
    }
}
