//! What is made once for every trial length and kept for the next trial, within bounds.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

/// Bytes that are kept for their next trial, beside those of the latest length. Recordings with a handful of trial lengths
/// stay below, so that tapers are made once; with hundreds of lengths memory matters more than the share of the time that
/// making them again takes.
pub const KEPT: usize = 64 << 20;

/// Things that take memory.
pub trait Bytes: Debug {
    /// How much.
    fn bytes(&self) -> usize;
}

impl<T: Debug> Bytes for Vec<Vec<T>> {
    fn bytes(&self) -> usize {
        self.iter().map(|row| size_of_val(&row[..])).sum()
    }
}

/// Things by trial length: those of the lengths that came first, as many as [`KEPT`] allows, and that of the latest length.
/// They are the same whenever they are made, so what is kept changes no result.
#[derive(Debug)]
pub struct Kept<S> {
    first: HashMap<usize, Arc<S>>,
    first_bytes: usize,
    latest: Option<(usize, Arc<S>)>,
}

impl<S> Default for Kept<S> {
    fn default() -> Kept<S> {
        Kept {
            first: HashMap::new(),
            first_bytes: 0,
            latest: None,
        }
    }
}

impl<S: Bytes> Kept<S> {
    /// What trials of `n_samples` need: kept, or else made by `make`.
    pub fn of(&mut self, n_samples: usize, make: impl FnOnce() -> S) -> Arc<S> {
        if let Some(there) = self.first.get(&n_samples) {
            return there.clone();
        }
        if let Some((_, there)) = self.latest.as_ref().filter(|(n, _)| *n == n_samples) {
            return there.clone();
        }
        // the old one goes before the new one comes
        self.latest = None;
        let made = Arc::new(make());
        let bytes = made.bytes();
        if self.first_bytes.saturating_add(bytes) <= KEPT {
            self.first_bytes += bytes;
            self.first.insert(n_samples, made.clone());
        } else {
            self.latest = Some((n_samples, made.clone()));
        }
        made
    }
}

/// The lengths whose things stay when they are made in this order before anything else. `bytes` is what [`Bytes`] will say.
pub fn that_stay(lengths: &[usize], bytes: impl Fn(usize) -> usize) -> Vec<usize> {
    let mut sum = 0_usize;
    let fits = |n: &usize| {
        let with = sum.saturating_add(bytes(*n));
        let fits = with <= KEPT;
        sum = if fits { with } else { sum };
        fits
    };
    lengths.iter().copied().filter(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Bytes for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    #[test]
    fn things_are_made_once_while_they_fit_and_the_latest_stays_when_they_do_not() {
        let mut kept = Kept::<usize>::default();
        let mut n_made = 0;
        let mut ask = |n_samples: usize| {
            let made = kept.of(n_samples, || {
                n_made += 1;
                3 * n_samples
            });
            (*made, n_made)
        };
        for (n_samples, made) in [(10, 1), (20, 2), (10, 2), (20, 2)] {
            assert_eq!(ask(n_samples), (3 * n_samples, made));
        }
        // neither of these fits
        let large = KEPT;
        for (n_samples, made) in [(large, 3), (large, 3), (large + 1, 4), (large, 5), (10, 5)] {
            assert_eq!(ask(n_samples), (3 * n_samples, made));
        }
    }

    #[test]
    fn what_is_said_to_stay_is_not_made_again() {
        for lengths in [
            vec![KEPT],
            vec![7, KEPT / 2, KEPT / 2 + 1, KEPT],
            vec![1, 2, 3],
        ] {
            let stay = that_stay(&lengths, |n| n);
            let mut kept = Kept::<usize>::default();
            let mut n_made = 0;
            for n in [&stay[..], &stay].concat() {
                kept.of(n, || {
                    n_made += 1;
                    n
                });
            }
            assert_eq!(n_made, stay.len());
        }
    }
}
