//! The places of a picture along one axis, and which of them a frequency, a time or a channel of the result falls into:
//! as many as the picture can show, whatever the result has.

/// What lies on no place.
pub const NOWHERE: u32 = u32::MAX;

/// Places along an axis, rising.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    /// Their centres.
    pub centres: Vec<f64>,
}

impl Bins {
    /// One place for all.
    pub fn single(centre: f64) -> Bins {
        Bins {
            centres: vec![centre],
        }
    }

    /// Evenly spaced places from `first` to `last`.
    pub fn even(first: f64, last: f64, n: usize) -> Bins {
        let step = (last - first) / (n.max(2) - 1) as f64;
        Bins {
            centres: (0..n).map(|i| first + step * i as f64).collect(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.centres.len()
    }

    /// The place nearest to `x`.
    pub fn nearest(&self, x: f64) -> u32 {
        let after = self.centres.partition_point(|&centre| centre < x);
        let before = after.saturating_sub(1);
        let after = after.min(self.len() - 1);
        let is_before = x - self.centres[before] <= self.centres[after] - x;
        if is_before {
            before as u32
        } else {
            after as u32
        }
    }
}

/// `n` things in order, put on at most `most` places: neighbours share one. How many share a place, and the place of each.
pub fn shared(n: usize, most: usize) -> (usize, impl Fn(usize) -> usize) {
    let per_place = n.div_ceil(most.max(1)).max(1);
    (per_place, move |i: usize| i / per_place)
}

/// Frequencies `hz` in any order between `low` and `high`, put on at most `most` rising places: the place of each, those
/// outside nowhere, and how many share one at most.
pub fn frequencies(hz: &[f64], (low, high): (f64, f64), most: usize) -> (Bins, Vec<u32>, usize) {
    let mut order: Vec<usize> = (0..hz.len())
        .filter(|&i| (low..=high).contains(&hz[i]))
        .collect();
    order.sort_by(|&a, &b| hz[a].total_cmp(&hz[b]));
    let (per_place, place) = shared(order.len(), most);
    let mut places = vec![NOWHERE; hz.len()];
    for (rank, &i) in order.iter().enumerate() {
        places[i] = place(rank) as u32;
    }
    let centres = order
        .chunks(per_place)
        .map(|bin| bin.iter().map(|&i| hz[i]).sum::<f64>() / bin.len() as f64)
        .collect();
    (Bins { centres }, places, per_place)
}

/// Whether these rising numbers are the same factor apart, as the scales of wavelets are, and not the same step.
pub fn is_logarithmic(centres: &[f64]) -> bool {
    /// Of a step: lists of frequencies are often written with two or three digits.
    const TOLERANCE: f64 = 0.08;
    if centres.len() < 4 || centres[0] <= 0.0 {
        return false;
    }
    let is_even = |x: &dyn Fn(usize) -> f64| {
        let mean = (x(centres.len() - 1) - x(0)) / (centres.len() - 1) as f64;
        (1..centres.len()).all(|i| (x(i) - x(i - 1) - mean).abs() <= TOLERANCE * mean.abs())
    };
    let is_linear = is_even(&|i| centres[i]);
    !is_linear && is_even(&|i| centres[i].ln())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_finds_the_nearest_place() {
        let bins = Bins::even(-1.0, 1.0, 5);
        let at = [-7.0, -1.0, -0.7, 0.1, 0.8, 9.0].map(|x| bins.nearest(x));
        assert_eq!(at, [0, 0, 1, 2, 4, 4]);
        assert_eq!(Bins::single(3.0).nearest(-1.0), 0);
    }

    #[test]
    fn frequencies_in_any_order_rise_in_the_picture_and_neighbours_share_places() {
        let (bins, places, per_place) = frequencies(&[8.0, 2.0, 4.0, 6.0], (0.0, 9.0), 10);
        assert_eq!(bins.centres, [2.0, 4.0, 6.0, 8.0]);
        assert_eq!((places, per_place), (vec![3, 0, 1, 2], 1));
        let (bins, places, per_place) = frequencies(&[8.0, 2.0, 4.0, 6.0], (3.0, 8.0), 2);
        assert_eq!(bins.centres, [5.0, 8.0]);
        assert_eq!((places, per_place), (vec![1, NOWHERE, 0, 0], 2));
    }

    #[test]
    fn scales_of_wavelets_are_told_from_even_steps() {
        let scales: Vec<f64> = (0..9).map(|i| 2.0_f64.powf(f64::from(i) / 4.0)).collect();
        assert!(is_logarithmic(&scales));
        assert!(is_logarithmic(&[
            2.0, 2.5, 3.2, 4.0, 5.0, 6.3, 8.0, 10.0, 12.6, 16.0
        ]));
        assert!(!is_logarithmic(&[1.0, 2.0, 3.0, 4.0]));
        assert!(!is_logarithmic(&[0.0, 1.0, 2.0, 4.0]));
        assert!(!is_logarithmic(&[1.0, 2.0]));
    }
}
