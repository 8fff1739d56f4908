//! What can be wrong with the samples of one channel in one trial, found while they are in memory anyway.

use crate::spectral::Real;

/// Samples in a row at the highest or lowest value that count as clipped: an amplifier at its limit stays there, a signal
/// that merely peaks has one sample there, or two when it is coarsely digitised.
const CLIPPED_RUN: usize = 5;

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

/// Looks at the samples of one channel in one trial. Channels with NaN or infinite samples are not looked at for more, and
/// trials of a single sample are neither flat nor clipped.
pub fn assess<T: Real>(samples: &[T]) -> Flags {
    let Extremes {
        lowest,
        highest,
        has_nan,
    } = Extremes::of(samples);
    if has_nan || lowest.is_infinite() || highest.is_infinite() {
        let has_infinite = samples.iter().any(|x| x.is_infinite());
        return Flags::default()
            .or(Flags::NAN, has_nan)
            .or(Flags::INFINITE, has_infinite);
    }
    if lowest == highest {
        return Flags::default().or(Flags::FLAT, samples.len() > 1);
    }
    let is_held = |limit: T| longest_run(samples, limit) >= CLIPPED_RUN;
    Flags::default().or(Flags::CLIPPED, is_held(lowest) || is_held(highest))
}

/// Samples that are compared at once: a compiler makes vectors of them.
const LANES: usize = 16;

struct Extremes<T> {
    lowest: T,
    highest: T,
    has_nan: bool,
}

impl<T: Real> Extremes<T> {
    fn of(samples: &[T]) -> Extremes<T> {
        let least = |a: T, b: T| if b < a { b } else { a };
        let most = |a: T, b: T| if b > a { b } else { a };
        let mut low = [T::infinity(); LANES];
        let mut high = [T::neg_infinity(); LANES];
        // a NaN is the only number that differs from itself
        let mut nan = [false; LANES];
        let rows = samples.chunks_exact(LANES);
        let rest = rows.remainder();
        for row in rows {
            for lane in 0..LANES {
                low[lane] = least(low[lane], row[lane]);
                high[lane] = most(high[lane], row[lane]);
                nan[lane] |= row[lane].is_nan();
            }
        }
        Extremes {
            lowest: low.iter().chain(rest).copied().fold(T::infinity(), least),
            highest: high
                .iter()
                .chain(rest)
                .copied()
                .fold(T::neg_infinity(), most),
            has_nan: nan.contains(&true) || rest.iter().any(|x| x.is_nan()),
        }
    }
}

/// The longest run of `value`. Most channels have it once or twice: stretches without it are passed over by lanes.
fn longest_run<T: Real>(samples: &[T], value: T) -> usize {
    let (mut longest, mut run) = (0, 0);
    for row in samples.chunks(LANES) {
        let n = row.iter().fold(0_u32, |n, &x| n + u32::from(x == value));
        if n == 0 {
            run = 0;
            continue;
        }
        for &sample in row {
            run = if sample == value { run + 1 } else { 0 };
            longest = longest.max(run);
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
    fn single_samples_and_peaks_that_return_are_fine() {
        assert_eq!(assess(&[1.0_f64]), Flags::default());
        // a coarse signal that touches its limit often, never for long
        let coarse: Vec<f64> = (0..200).map(|n| f64::from(n % 4)).collect();
        assert_eq!(assess(&coarse), Flags::default());
    }
}
