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

    /// Every flag and its name.
    pub const ALL: [(Flags, &str); 4] = [
        (Flags::NAN, "nan"),
        (Flags::INFINITE, "infinite"),
        (Flags::FLAT, "flat"),
        (Flags::CLIPPED, "clipped"),
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

/// Looks at the samples of all channels in one trial, `(n_samples, n_channels)` in C order; one sum of flags per channel.
/// Channels with NaN or infinite samples are not looked at for more, and trials of a single sample are neither flat nor
/// clipped.
pub fn assess<T: Real>(samples: &[T], n_channels: usize) -> Vec<Flags> {
    let mut flags = Vec::with_capacity(n_channels);
    for first in (0..n_channels).step_by(LANES) {
        let n_lanes = LANES.min(n_channels - first);
        let rows = samples
            .chunks_exact(n_channels)
            .map(|row| &row[first..first + n_lanes]);
        let extremes = Extremes::of(rows.clone());
        let runs = longest_runs(rows, &extremes);
        let n_samples = samples.len() / n_channels;
        flags.extend((0..n_lanes).map(|lane| extremes.flags(lane, runs[lane], n_samples)));
    }
    flags
}

/// Channels that are looked at together: a compiler makes vectors of them.
const LANES: usize = 16;

struct Extremes<T> {
    lowest: [T; LANES],
    highest: [T; LANES],
    has_nan: [bool; LANES],
}

impl<T: Real> Extremes<T> {
    fn of<'a>(rows: impl Iterator<Item = &'a [T]>) -> Extremes<T> {
        let mut extremes = Extremes {
            lowest: [T::infinity(); LANES],
            highest: [T::neg_infinity(); LANES],
            has_nan: [false; LANES],
        };
        let Extremes {
            lowest,
            highest,
            has_nan,
        } = &mut extremes;
        for row in rows {
            for (lane, &x) in row.iter().enumerate() {
                lowest[lane] = if x < lowest[lane] { x } else { lowest[lane] };
                highest[lane] = if x > highest[lane] { x } else { highest[lane] };
                has_nan[lane] |= x.is_nan();
            }
        }
        extremes
    }

    fn flags(&self, lane: usize, longest_run: u32, n_samples: usize) -> Flags {
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
        Flags::default().or(Flags::CLIPPED, longest_run >= CLIPPED_RUN)
    }
}

/// The longest run of every channel's lowest or highest value.
fn longest_runs<'a, T: Real>(
    rows: impl Iterator<Item = &'a [T]>,
    extremes: &Extremes<T>,
) -> [u32; LANES] {
    let mut longest = [0; LANES];
    let (mut low, mut high) = ([0_u32; LANES], [0_u32; LANES]);
    for row in rows {
        for (lane, &x) in row.iter().enumerate() {
            low[lane] = (low[lane].saturating_add(1)) * u32::from(x == extremes.lowest[lane]);
            high[lane] = (high[lane].saturating_add(1)) * u32::from(x == extremes.highest[lane]);
            longest[lane] = longest[lane].max(low[lane]).max(high[lane]);
        }
    }
    longest
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
}

impl Counts {
    /// Counts the flags of all trials and channels.
    pub fn of(flags: &[u8]) -> Counts {
        let n = |of: &dyn Fn(u8) -> bool| flags.iter().filter(|bits| of(**bits)).count() as u64;
        Counts {
            not_finite: n(&|bits| Flags::NAN.are_in(bits) || Flags::INFINITE.are_in(bits)),
            flat: n(&|bits| Flags::FLAT.are_in(bits)),
            clipped: n(&|bits| Flags::CLIPPED.are_in(bits)),
        }
    }

    /// Every count under its name in `.info`.
    pub fn named(&self) -> [(&'static str, u64); 3] {
        [
            ("channels_not_finite", self.not_finite),
            ("channels_flat", self.flat),
            ("channels_clipped", self.clipped),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assess<T: Real>(samples: &[T]) -> Flags {
        super::assess(samples, 1)[0]
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
        let flags = super::assess(&samples, n_channels);
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
