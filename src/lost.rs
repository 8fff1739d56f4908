//! Numbers of spectra that single precision does not hold: too small, so that they are 0 or have lost digits, or infinite. Exact
//! zeros are right where a signal has nothing at a frequency: they are held to be lost only beside samples that are so small
//! themselves that what is right could not be told from nothing.

use serde::{Deserialize, Serialize};

use crate::quality::Extent;
use crate::spectral::{BlockLayout, Real};

/// Samples that deviate less than this have power near the least single number, 1.2e-38: their square, times the few parts in 10¹⁵
/// below which roundings of an FFT hide what is there, over some thousand points.
const SMALL_FOR_POWER: f64 = 1e-12;
/// The same for what is in the unit of the samples.
const SMALL: f64 = 1e-30;
/// Samples from here on may leave the range of single precision within an FFT's square, of which comes NaN as well.
const LARGE: f64 = 1e18;
/// Samples up to here have no power that single precision does not hold, whatever the scaling.
const SUSPICIOUS: f64 = 1e12;

/// How many numbers were lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Zero, or below what single precision holds with all its digits.
    pub too_small: u64,
    /// Infinite.
    pub too_large: u64,
}

impl Lost {
    /// The sum of both.
    pub fn and(self, other: Lost) -> Lost {
        Lost {
            too_small: self.too_small + other.too_small,
            too_large: self.too_large + other.too_large,
        }
    }

    /// What is said of them; nothing where there are none.
    pub fn warning(self) -> Option<String> {
        let told = |n: u64, what: &str| match n {
            0 => None,
            1 => Some(format!("1 value of single trials is {what}")),
            n => Some(format!("{n} values of single trials are {what}")),
        };
        let small = "too small for single precision and 0 or inexact";
        let large = "too large for single precision and infinite";
        let told = [told(self.too_small, small), told(self.too_large, large)];
        let told: Vec<String> = told.into_iter().flatten().collect();
        (!told.is_empty())
            .then(|| format!("{}; precision = \"double\" holds them", told.join(", ")))
    }
}

/// Finds them in blocks that are stored in single precision.
pub struct Finder {
    /// Deviation of samples below which zeros are no zeros.
    small: f64,
    n_parts: usize,
    /// Of every frequency whether it is 0 Hz, where nothing is left when a mean was subtracted.
    are_zero_hz: Vec<bool>,
}

impl Finder {
    /// For blocks of a layout; none where there is nothing to lose.
    pub fn new(layout: &BlockLayout, stores_double: bool) -> Option<Finder> {
        let small = match layout.unit {
            "rad" => return None,
            unit if unit.starts_with("unit^2") => SMALL_FOR_POWER,
            _ => SMALL,
        };
        let hz = layout.frequencies()?.hz();
        (!stores_double).then(|| Finder {
            small,
            n_parts: layout.element.n_parts(),
            are_zero_hz: hz.iter().map(|&hz| hz == 0.0).collect(),
        })
    }

    /// How many numbers of `block`, `(…, n_freqs, n_channels)` as the layout says, are lost; `extents` are those of the samples of
    /// every channel.
    pub fn count<T: Real>(&self, extents: &[Extent], block: &[T]) -> Lost {
        let mut lost = Lost::default();
        let may_lose = |extent: &Extent| {
            extent.is_finite && (self.deviates_little(extent) || largest(extent) > SUSPICIOUS)
        };
        // usual samples cost nothing
        if !extents.iter().any(may_lose) {
            return lost;
        }
        let rows = block.chunks_exact(extents.len() * self.n_parts);
        let are_zero_hz = self.are_zero_hz.iter().cycle();
        for (row, &is_zero_hz) in rows.zip(are_zero_hz) {
            for (z, extent) in row.chunks_exact(self.n_parts).zip(extents) {
                if z.iter().any(|&x| is_too_large(x, extent)) {
                    lost.too_large += 1;
                } else if self.deviates_little(extent)
                    && !is_zero_hz
                    && z.iter().all(|&x| is_too_small(x))
                {
                    lost.too_small += 1;
                }
            }
        }
        lost
    }

    /// Flat channels do not deviate at all, and have a right to zeros.
    fn deviates_little(&self, extent: &Extent) -> bool {
        let deviation = extent.highest - extent.lowest;
        extent.is_finite && deviation > 0.0 && deviation < self.small
    }
}

fn single<T: Real>(x: T) -> f32 {
    x.to_double() as f32
}

fn is_too_small<T: Real>(x: T) -> bool {
    single(x).abs() < f32::MIN_POSITIVE
}

fn is_too_large<T: Real>(x: T, of: &Extent) -> bool {
    // doubles become infinite where they are stored, never NaN
    let is_lost_within = single(x).is_nan() && size_of::<T>() == 4 && largest(of) > LARGE;
    of.is_finite && (single(x).is_infinite() || is_lost_within)
}

fn largest(extent: &Extent) -> f64 {
    extent.lowest.abs().max(extent.highest.abs())
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::quality::Assessment;

    fn finder(small: f64, n_parts: usize) -> Finder {
        Finder {
            small,
            n_parts,
            are_zero_hz: vec![true, false, false],
        }
    }

    fn extents<T: Real>(samples: &Array2<T>) -> Vec<Extent> {
        let mut looks = Assessment::new(samples.ncols());
        looks.add(samples.as_slice().unwrap());
        looks.extents()
    }

    /// Two channels: one of this amplitude, one flat.
    fn samples(amplitude: f64) -> Array2<f32> {
        Array2::from_shape_fn((8, 2), |(t, c)| match c {
            0 => (amplitude * (t as f64).cos()) as f32,
            _ => 5.0,
        })
    }

    #[test]
    fn power_of_tiny_samples_is_lost_but_zeros_of_flat_channels_and_of_usual_ones_are_not() {
        let block = [0.0_f32, 0.0, 1e-40, 0.0, 1e-30, 0.0];
        let count = |amplitude: f64| {
            finder(SMALL_FOR_POWER, 1).count(&extents(&samples(amplitude)), &block)
        };
        assert_eq!(count(1e-20).too_small, 1);
        assert_eq!(count(1.0), Lost::default());
        // as doubles that become singles where they are stored
        let doubles = block.map(f64::from);
        let samples = samples(1e-20).mapv(f64::from);
        let lost = finder(SMALL_FOR_POWER, 1).count(&extents(&samples), &doubles);
        assert_eq!((lost.too_small, lost.too_large), (1, 0));
    }

    #[test]
    fn what_becomes_infinite_is_lost_unless_the_samples_are_not_finite() {
        let block = [f32::INFINITY, 0.0, 1e30, 0.0, f32::NAN, 0.0];
        let mut large = samples(1e20);
        let finder = finder(SMALL_FOR_POWER, 1);
        assert_eq!(finder.count(&extents(&large), &block).too_large, 2);
        // NaN may be meant where samples are not as large
        assert_eq!(finder.count(&extents(&samples(1e15)), &block).too_large, 1);
        assert_eq!(finder.count(&extents(&samples(1.0)), &block).too_large, 0);
        large[[3, 0]] = f32::NAN;
        assert_eq!(finder.count(&extents(&large), &block), Lost::default());
        let doubles = [1e39, 0.0, 1e300, 0.0, f64::NAN, 0.0];
        let samples = samples(1e20).mapv(f64::from);
        assert_eq!(finder.count(&extents(&samples), &doubles).too_large, 2);
    }

    #[test]
    fn nothing_is_lost_where_there_are_no_samples() {
        // times outside of a trial are NaN, and have no samples
        let none: Vec<Extent> = Assessment::<f32>::new(2).extents();
        let block = [f32::NAN; 6];
        assert_eq!(
            finder(SMALL_FOR_POWER, 1).count(&none, &block),
            Lost::default()
        );
    }

    #[test]
    fn a_complex_number_is_lost_with_both_its_parts() {
        let block = [[0.0_f32; 4], [1e-20, 0.0, 0.0, 0.0], [0.0, 1e-40, 0.0, 0.0]].concat();
        let lost = finder(SMALL, 2).count(&extents(&samples(1e-35)), &block);
        assert_eq!(lost.too_small, 1);
    }

    #[test]
    fn one_line_says_both() {
        assert_eq!(Lost::default().warning(), None);
        let lost = Lost {
            too_small: 7,
            too_large: 0,
        };
        let both = lost.and(Lost {
            too_small: 0,
            too_large: 1,
        });
        assert_eq!(
            both.warning().unwrap(),
            "7 values of single trials are too small for single precision and 0 or inexact, 1 value of single trials is too large \
             for single precision and infinite; precision = \"double\" holds them"
        );
    }
}
