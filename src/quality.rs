//! What can be wrong with the samples of one channel in one trial, found while they are in memory anyway.

use crate::spectral::Real;

/// Samples in a row at the highest or lowest value that count as clipped: an amplifier at its limit stays there, a signal
/// that merely peaks has one sample there, or two when it is coarsely digitised.
const CLIPPED_RUN: u32 = 5;

/// What was found, as a sum of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// At least one NaN.
    pub const NAN: Flags = Flags(1);
    /// At least one infinity.
    pub const INFINITE: Flags = Flags(2);
    /// All samples have one value, as those of an electrode that is not connected.
    pub const FLAT: Flags = Flags(4);
    /// The highest or the lowest value is held for five samples or more.
    pub const CLIPPED: Flags = Flags(8);
    /// All samples have one value in single precision, but not as they are stored.
    pub const FLAT_BY_ROUNDING: Flags = Flags(16);

    /// Every flag and its name.
    pub const ALL: [(Flags, &str); 5] = [
        (Flags::NAN, "nan"),
        (Flags::INFINITE, "infinite"),
        (Flags::FLAT, "flat"),
        (Flags::CLIPPED, "clipped"),
        (Flags::FLAT_BY_ROUNDING, "flat_by_rounding"),
    ];

    /// As stored.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Whether stored `bits` hold one of these flags.
    pub fn are_in(self, bits: u8) -> bool {
        self.0 & bits != 0
    }

    fn or(self, other: Flags, holds: bool) -> Flags {
        if holds { Flags(self.0 | other.0) } else { self }
    }
}

/// Looks at the samples of all channels in one trial, piece by piece. Channels with NaN or infinite samples are not looked at
/// for more, and trials of a single sample are neither flat nor clipped.
#[derive(Clone, Debug)]
pub struct Assessment<T> {
    n_channels: usize,
    n_samples: usize,
    groups: Vec<Group<T>>,
}

impl<T: Real> Assessment<T> {
    /// Nothing was seen yet of these channels.
    pub fn new(n_channels: usize) -> Assessment<T> {
        Assessment {
            n_channels,
            n_samples: 0,
            groups: vec![Group::default(); n_channels.div_ceil(LANES)],
        }
    }

    /// Looks at the next samples, `(n_samples, n_channels)` in C order.
    pub fn add(&mut self, samples: &[T]) {
        let n_channels = self.n_channels;
        for (number, group) in self.groups.iter_mut().enumerate() {
            let first = number * LANES;
            let lanes = first..n_channels.min(first + LANES);
            let rows = samples.chunks_exact(n_channels);
            group.add(rows.map(|row| &row[lanes.clone()]));
        }
        self.n_samples += samples.len() / n_channels;
    }

    /// Where the samples of every channel lie.
    pub fn extents(&self) -> Vec<Extent> {
        let extent = |c: usize| self.groups[c / LANES].extent(c % LANES);
        (0..self.n_channels).map(extent).collect()
    }

    /// One sum of flags per channel.
    pub fn flags(&self) -> Vec<Flags> {
        let flags = |c: usize| self.groups[c / LANES].flags(c % LANES, self.n_samples);
        (0..self.n_channels).map(flags).collect()
    }
}

/// Where the samples of a channel lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The lowest.
    pub lowest: f64,
    /// The highest.
    pub highest: f64,
    /// Whether none is NaN or infinite.
    pub is_finite: bool,
}

/// Channels that are looked at together: a compiler makes vectors of them.
const LANES: usize = 16;

/// What was seen of some channels.
#[derive(Clone, Debug)]
struct Group<T> {
    lowest: [T; LANES],
    highest: [T; LANES],
    has_nan: [bool; LANES],
    /// Samples in a row at the lowest and at the highest value up to now.
    low: [u32; LANES],
    high: [u32; LANES],
    /// The most there were of either.
    longest_low: [u32; LANES],
    longest_high: [u32; LANES],
}

impl<T: Real> Default for Group<T> {
    fn default() -> Group<T> {
        Group {
            lowest: [T::infinity(); LANES],
            highest: [T::neg_infinity(); LANES],
            has_nan: [false; LANES],
            low: [0; LANES],
            high: [0; LANES],
            longest_low: [0; LANES],
            longest_high: [0; LANES],
        }
    }
}

impl<T: Real> Group<T> {
    fn add<'a>(&mut self, rows: impl Iterator<Item = &'a [T]> + Clone) {
        let (lowest, highest) = (self.lowest, self.highest);
        for row in rows.clone() {
            for (lane, &x) in row.iter().enumerate() {
                self.lowest[lane] = if x < self.lowest[lane] {
                    x
                } else {
                    self.lowest[lane]
                };
                self.highest[lane] = if x > self.highest[lane] {
                    x
                } else {
                    self.highest[lane]
                };
                self.has_nan[lane] |= x.is_nan();
            }
        }
        for lane in 0..LANES {
            // runs at what is no limit any more do not count
            if self.lowest[lane] != lowest[lane] {
                (self.low[lane], self.longest_low[lane]) = (0, 0);
            }
            if self.highest[lane] != highest[lane] {
                (self.high[lane], self.longest_high[lane]) = (0, 0);
            }
        }
        for row in rows {
            for (lane, &x) in row.iter().enumerate() {
                let low = self.low[lane].saturating_add(1) * u32::from(x == self.lowest[lane]);
                let high = self.high[lane].saturating_add(1) * u32::from(x == self.highest[lane]);
                (self.low[lane], self.high[lane]) = (low, high);
                self.longest_low[lane] = self.longest_low[lane].max(low);
                self.longest_high[lane] = self.longest_high[lane].max(high);
            }
        }
    }

    fn extent(&self, lane: usize) -> Extent {
        let (lowest, highest) = (self.lowest[lane], self.highest[lane]);
        let is_finite = num_traits::Float::is_finite;
        Extent {
            lowest: lowest.to_double(),
            highest: highest.to_double(),
            is_finite: !self.has_nan[lane] && is_finite(lowest) && is_finite(highest),
        }
    }

    fn flags(&self, lane: usize, n_samples: usize) -> Flags {
        let (lowest, highest) = (self.lowest[lane], self.highest[lane]);
        let has_nan = self.has_nan[lane];
        // a channel of NaN alone keeps the extremes it began with
        let has_infinite = lowest == T::neg_infinity() || highest == T::infinity();
        if has_nan || has_infinite {
            return Flags::default()
                .or(Flags::NAN, has_nan)
                .or(Flags::INFINITE, has_infinite);
        }
        if lowest == highest {
            return Flags::default().or(Flags::FLAT, n_samples > 1);
        }
        let longest = self.longest_low[lane].max(self.longest_high[lane]);
        Flags::default().or(Flags::CLIPPED, longest >= CLIPPED_RUN)
    }
}

/// How many channels of single trials had which flag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// NaN or infinite samples, whose spectra are NaN.
    pub not_finite: u64,
    /// One value.
    pub flat: u64,
    /// At a limit for some samples.
    pub clipped: u64,
    /// One value after rounding to single precision.
    pub flat_by_rounding: u64,
    /// Spectra without a model, where models are fitted.
    pub not_fitted: Option<u64>,
}

impl Counts {
    /// Counts the flags of all trials and channels.
    pub fn of(flags: &[u8]) -> Counts {
        let n = |of: &dyn Fn(u8) -> bool| flags.iter().filter(|bits| of(**bits)).count() as u64;
        Counts {
            not_finite: n(&|bits| Flags::NAN.are_in(bits) || Flags::INFINITE.are_in(bits)),
            flat: n(&|bits| Flags::FLAT.are_in(bits)),
            clipped: n(&|bits| Flags::CLIPPED.are_in(bits)),
            flat_by_rounding: n(&|bits| Flags::FLAT_BY_ROUNDING.are_in(bits)),
            not_fitted: None,
        }
    }

    /// Every count under its name in `.info`.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let of_samples = [
            ("channels_not_finite", self.not_finite),
            ("channels_flat", self.flat),
            ("channels_clipped", self.clipped),
            ("channels_flat_by_rounding", self.flat_by_rounding),
        ];
        let of_models = self.not_fitted.map(|n| ("spectra_not_fitted", n));
        of_samples.into_iter().chain(of_models)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assess<T: Real>(samples: &[T]) -> Flags {
        assess_all(samples, 1)[0]
    }

    fn assess_all<T: Real>(samples: &[T], n_channels: usize) -> Vec<Flags> {
        let mut looks = Assessment::new(n_channels);
        looks.add(samples);
        looks.flags()
    }

    #[test]
    fn pieces_of_a_trial_give_the_flags_of_the_whole() {
        for seed in 0..200_u64 {
            // few values, so that there are runs at limits that later pieces raise
            let value =
                |t: u64| ((t / (1 + seed % 7)).wrapping_mul(seed * 2 + 1) >> 2) % (2 + t / 20);
            let samples: Vec<f64> = (0..60).map(|t| value(t) as f64).collect();
            let mut looks = Assessment::new(1);
            for piece in samples.chunks(1 + seed as usize % 9) {
                looks.add(piece);
            }
            assert_eq!(
                looks.flags(),
                assess_all(&samples, 1),
                "{seed}: {samples:?}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_a_channel_is_found() {
        let fine: Vec<f32> = (0..100).map(|n| (n as f32 * 0.3).sin()).collect();
        assert_eq!(assess(&fine), Flags::default());
        let with = |places: std::ops::Range<usize>, value: f32| {
            let mut samples = fine.clone();
            samples[places].fill(value);
            assess(&samples)
        };
        assert_eq!(with(3..4, f32::NAN), Flags::NAN);
        assert_eq!(with(99..100, f32::NEG_INFINITY), Flags::INFINITE);
        assert_eq!(with(0..100, 2.5), Flags::FLAT);
        assert_eq!(with(95..100, 7.0), Flags::CLIPPED);
        assert_eq!(with(20..25, -7.0), Flags::CLIPPED);
        assert_eq!(with(20..24, -7.0), Flags::default());
        let mut both = fine.clone();
        (both[1], both[2]) = (f32::NAN, f32::INFINITY);
        let bits = assess(&both).bits();
        assert_eq!(bits, Flags::NAN.bits() + Flags::INFINITE.bits());
        assert!(Flags::NAN.are_in(bits) && !Flags::FLAT.are_in(bits));
    }

    #[test]
    fn every_channel_has_the_flags_it_has_alone() {
        let n_channels = 37;
        let value = |t: usize, c: usize| match c % 6 {
            0 => f64::NAN,
            1 if t == 40 => f64::INFINITY,
            2 => 4.0,
            3 => (t as f64 * 0.3).sin().clamp(-0.5, 0.5),
            4 if t == 3 => f64::NEG_INFINITY,
            4 if t == 7 => f64::NAN,
            _ => (t as f64 * 0.3 + c as f64).sin(),
        };
        let samples: Vec<f64> = (0..50 * n_channels)
            .map(|i| value(i / n_channels, i % n_channels))
            .collect();
        let flags = assess_all(&samples, n_channels);
        for (c, flags) in flags.iter().enumerate() {
            let alone: Vec<f64> = (0..50).map(|t| value(t, c)).collect();
            assert_eq!(*flags, assess(&alone), "channel {c}");
        }
        assert_eq!(
            flags[..5].iter().map(|f| f.bits()).collect::<Vec<_>>(),
            [1, 2, 4, 8, 3]
        );
    }

    #[test]
    fn single_samples_and_peaks_that_return_are_fine() {
        assert_eq!(assess(&[1.0_f64]), Flags::default());
        // a coarse signal that touches its limit often, never for long
        let coarse: Vec<f64> = (0..200).map(|n| f64::from(n % 4)).collect();
        assert_eq!(assess(&coarse), Flags::default());
    }
}
