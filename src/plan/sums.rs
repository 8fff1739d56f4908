//! What is added up of trials that are averaged: for every row and channel numbers and, behind them, counts of the trials that have
//! them, all in places of eight bytes.

use serde::{Deserialize, Serialize};

use crate::spectral::{Averaging, BlockLayout};

/// The places of a row and channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Rows of an average.
    pub n_rows: usize,
    /// Tapers, frequencies and parts of numbers that are added: `(taper, freq, part)`.
    pub shape: [usize; 3],
    /// Counts: one, or one for every frequency.
    pub n_counts: usize,
    /// Counts that a place holds: 8, 4 or 2.
    pub counts_per_place: usize,
}

impl Sums {
    /// Those of averages of groups of at most `largest_group` trials.
    ///
    /// # Panics
    /// If numbers are there by frequency and by taper: no such method has tapers.
    pub fn of(layout: &BlockLayout, averaging: &Averaging, largest_group: usize) -> Sums {
        let shape = layout.shape(1, 1);
        assert!(!averaging.by_frequency || shape[1] == 1, "one taper");
        let n_parts = if averaging.of_directions {
            2
        } else {
            layout.element.n_parts()
        };
        Sums {
            n_rows: layout.times().n_average_rows(),
            shape: [shape[1], shape[2], n_parts],
            n_counts: if averaging.by_frequency { shape[2] } else { 1 },
            counts_per_place: match largest_group {
                0..=0xff => 8,
                0x100..=0xffff => 4,
                _ => 2,
            },
        }
    }

    /// Numbers that are added.
    pub fn n_numbers(&self) -> usize {
        self.shape.iter().product()
    }

    /// Places of numbers and counts.
    pub fn n_places(&self) -> usize {
        self.n_numbers() + self.n_counts.div_ceil(self.counts_per_place)
    }

    /// Bytes of all rows of one channel.
    pub fn bytes(&self) -> u128 {
        self.n_rows as u128 * self.n_places() as u128 * 8
    }

    /// Bytes that a rank holds for all rows of one channel while it adds trials.
    pub fn held_bytes(&self) -> u128 {
        self.bytes() + self.n_rows as u128 * self.n_counts as u128 * 4
    }

    /// Bytes that a rank holds for all rows of one channel while sums become averages: sums, counts, and the numbers of trials of all
    /// frequencies.
    pub fn finished_bytes(&self) -> u128 {
        let per_row = self.n_numbers() * 8 + self.n_counts * 4 + self.shape[1] * 4;
        self.n_rows as u128 * per_row as u128
    }

    /// Puts counts into the places of a row and channel.
    pub fn pack(&self, counts: impl Iterator<Item = u32>) -> impl Iterator<Item = f64> {
        let bits = 64 / self.counts_per_place;
        let mut counts = counts.peekable();
        let per_place = self.counts_per_place;
        std::iter::from_fn(move || {
            counts.peek()?;
            let in_place = counts.by_ref().take(per_place).enumerate();
            let word = in_place.fold(0, |word, (i, n)| word | u64::from(n) << (i * bits));
            Some(f64::from_bits(word))
        })
    }

    /// A count from its place.
    pub fn unpack(&self, place: f64, number: usize) -> u32 {
        let bits = 64 / self.counts_per_place;
        let word = place.to_bits() >> (number % self.counts_per_place * bits);
        (word & (u64::MAX >> (64 - bits))) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_back_from_their_places() {
        for (counts_per_place, most) in [(8, 255), (4, 65_535), (2, u32::MAX)] {
            let sums = Sums {
                n_rows: 1,
                shape: [1, 11, 1],
                n_counts: 11,
                counts_per_place,
            };
            let counts = |i: u32| if i.is_multiple_of(3) { most } else { i };
            let places: Vec<f64> = sums.pack((0..11).map(counts)).collect();
            assert_eq!(places.len(), sums.n_places() - sums.n_numbers());
            for i in 0..11 {
                let place = places[i / counts_per_place];
                assert_eq!(
                    sums.unpack(place, i),
                    counts(i as u32),
                    "{counts_per_place}"
                );
            }
        }
    }
}
