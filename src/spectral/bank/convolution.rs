//! Convolutions by FFT: how long it is, and how much of a trial it takes at once.
//!
//! A trial is taken whole where it is short, with an FFT for kernels that are about equally long; else block after block, each with
//! as many samples before and behind it as kernels reach (overlap-save): so the FFT stays in the cache, and memory does not grow
//! with the trial.
//!
//! Source: Press et al., Numerical Recipes, section "Convolution of Large Data Sets".

use std::collections::BTreeMap;
use std::ops::Range;

/// The FFTs that some filters share.
#[derive(Clone, Debug, PartialEq)]
pub struct Convolution {
    /// Samples that come out at once.
    pub n_out: usize,
    /// Samples before the first of them that go in.
    pub n_before: usize,
    /// Points of the FFTs, for shorter and for longer kernels.
    pub lengths: Vec<usize>,
    /// Places of its filters in the bank.
    pub filters: Vec<usize>,
    /// Which of the lengths each kernel of these filters has.
    pub kernels: Vec<usize>,
}

/// Neighbouring filters of a convolution, by their places in it, and their kernels.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The filters.
    pub filters: Range<usize>,
    /// The kernels.
    pub kernels: Range<usize>,
}

/// Shorter FFTs for shorter kernels are worth while down to this part of a trial.
const FINEST: usize = 16;
/// Points beyond which an FFT of a vector of channels leaves the caches, and how much longer the same work takes there.
const MAX_WHOLE: usize = 1 << 15;
const OUTSIDE_CACHES: u64 = 2;
/// Points of the shortest FFT of a block.
const MIN_BLOCK: usize = 1024;

impl Convolution {
    /// The convolutions for stretches of up to `longest` samples, of filters whose kernels reach so far.
    pub fn of_reaches(longest: usize, reaches: &[Vec<usize>]) -> Vec<Convolution> {
        let most = |filter: usize| reaches[filter].iter().max().copied().unwrap_or(0);
        let step = longest.div_ceil(FINEST).max(1);
        // kernels up to the same power of two of steps are about equally long
        let class = |reach: usize| reach.div_ceil(step).next_power_of_two();
        let mut whole = Vec::new();
        let mut by_blocks = BTreeMap::<usize, Vec<usize>>::new();
        for filter in 0..reaches.len() {
            match block_len(longest, most(filter)) {
                None => whole.push(filter),
                Some(n_fft) => by_blocks.entry(n_fft).or_default().push(filter),
            }
        }
        let mut convolutions = Vec::new();
        if !whole.is_empty() {
            let all: Vec<usize> = whole.iter().flat_map(|&f| reaches[f].clone()).collect();
            let mut longest_of = BTreeMap::<usize, usize>::new();
            for &reach in &all {
                let most = longest_of.entry(class(reach)).or_default();
                *most = reach.max(*most);
            }
            let classes: Vec<usize> = longest_of.keys().copied().collect();
            let place = |reach: &usize| classes.partition_point(|&c| c < class(*reach));
            convolutions.push(Convolution {
                n_out: longest,
                n_before: 0,
                // nothing that comes round falls on what is wanted
                lengths: longest_of.values().map(|r| smooth(longest + r)).collect(),
                kernels: all.iter().map(place).collect(),
                filters: whole,
            });
        }
        convolutions.extend(by_blocks.into_iter().map(|(n_fft, filters)| {
            let reach = filters.iter().map(|&f| most(f)).max().unwrap_or(0);
            Convolution {
                n_out: n_fft - 2 * reach,
                n_before: reach,
                lengths: vec![n_fft],
                kernels: vec![0; filters.iter().map(|&f| reaches[f].len()).sum()],
                filters,
            }
        }));
        convolutions
    }

    /// The longest FFT.
    pub fn n_fft(&self) -> usize {
        self.lengths.iter().max().copied().unwrap_or(0)
    }

    /// Points of all spectra of a block.
    pub fn n_spectra(&self) -> usize {
        self.lengths.iter().sum()
    }

    /// Points of the transforms of all kernels.
    pub fn n_points(&self) -> u128 {
        let of_kernels = self.kernels.iter();
        of_kernels.map(|&length| self.lengths[length] as u128).sum()
    }

    /// Shares of the filters whose kernels have so many points together, or are those of one filter; `n_kernels` says how many a
    /// filter has.
    pub fn shares(&self, n_kernels: impl Fn(usize) -> usize, most_points: usize) -> Vec<Share> {
        let mut shares: Vec<Share> = Vec::new();
        let (mut first, mut points) = (0, 0);
        for (place, &filter) in self.filters.iter().enumerate() {
            let kernels = first..first + n_kernels(filter);
            let more = self.points(&kernels);
            match shares.last_mut() {
                Some(share) if points + more <= most_points => {
                    share.filters.end = place + 1;
                    share.kernels.end = kernels.end;
                    points += more;
                }
                _ => {
                    shares.push(Share {
                        filters: place..place + 1,
                        kernels: kernels.clone(),
                    });
                    points = more;
                }
            }
            first = kernels.end;
        }
        shares
    }

    /// Points of the transforms of some kernels.
    pub fn points(&self, kernels: &Range<usize>) -> usize {
        let lengths = self.kernels[kernels.clone()].iter();
        lengths.map(|&length| self.lengths[length]).sum()
    }

    /// Work for a channel of `n_samples`, in arbitrary units.
    pub fn work(&self, n_samples: usize) -> u64 {
        let kernels = self.kernels.iter().map(|&length| self.lengths[length]);
        let ffts = kernels.chain(self.lengths.iter().copied()).map(of_fft);
        let of_block = ffts.fold(0, u64::saturating_add);
        of_block.saturating_mul(n_samples.div_ceil(self.n_out) as u64)
    }
}

/// Work for an FFT.
fn of_fft(n: usize) -> u64 {
    let n = n as u64;
    n.saturating_mul(u64::from(n.max(1).ilog2()) + 1)
}

/// Points of the FFT of a block, where kernels that reach so far take less work block by block than with `longest` samples at
/// once.
fn block_len(longest: usize, reach: usize) -> Option<usize> {
    let whole = smooth(longest + reach);
    let lengths = (0..).map(|k| MIN_BLOCK << k);
    let lengths = lengths
        .skip_while(|n_fft| *n_fft <= 2 * reach)
        .take_while(|n_fft| *n_fft < whole);
    let work = |n_fft: &usize| {
        let n_blocks = longest.div_ceil(n_fft - 2 * reach) as u64;
        of_fft(*n_fft).saturating_mul(n_blocks)
    };
    let best = lengths.min_by_key(work);
    let of_whole = if whole > MAX_WHOLE {
        of_fft(whole).saturating_mul(OUTSIDE_CACHES)
    } else {
        of_fft(whole)
    };
    best.filter(|n_fft| work(n_fft) < of_whole)
}

/// The least product of 2, 3 and 5 that is no less than `n`.
fn smooth(n: usize) -> usize {
    let mut best = n.next_power_of_two();
    let mut fives = 1;
    while fives < best {
        let mut odd = fives;
        while odd < best {
            let rest = n.div_ceil(odd).next_power_of_two();
            best = best.min(odd * rest);
            odd *= 3;
        }
        fives *= 5;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_the_least_products_that_are_long_enough() {
        let has_no_other = |n: usize| {
            let mut rest = n;
            for factor in [2, 3, 5] {
                while rest.is_multiple_of(factor) {
                    rest /= factor;
                }
            }
            rest == 1
        };
        for n in 1..3000 {
            let want = (n..).find(|&n| has_no_other(n)).unwrap();
            assert_eq!(smooth(n), want);
        }
    }

    #[test]
    fn every_kernel_has_an_fft_that_is_long_enough() {
        let reaches = [
            vec![3, 1999],
            vec![100],
            vec![0],
            vec![126, 800],
            vec![3],
            vec![400, 800, 1200],
        ];
        for longest in [1, 100, 2000, 1_000_000] {
            let within = |of: &Vec<usize>| of.iter().map(|&r| r.min(longest - 1)).collect();
            let reaches: Vec<Vec<usize>> = reaches.iter().map(within).collect();
            let convolutions = Convolution::of_reaches(longest, &reaches);
            let mut filters = Vec::<usize>::new();
            for convolution in &convolutions {
                let of_kernels = convolution.filters.iter().flat_map(|&f| &reaches[f]);
                let mut n_kernels = 0;
                for (reach, &length) in of_kernels.zip(&convolution.kernels) {
                    let is_whole = convolution.n_out == longest && convolution.n_before == 0;
                    let n_more = if is_whole { 1 } else { 2 } * reach;
                    assert!(convolution.lengths[length] >= convolution.n_out + n_more);
                    n_kernels += 1;
                }
                assert_eq!(n_kernels, convolution.kernels.len());
                filters.extend(&convolution.filters);
            }
            filters.sort_unstable();
            assert_eq!(filters, Vec::from_iter(0..reaches.len()));
        }
        for convolution in Convolution::of_reaches(2000, &reaches) {
            for most in [0, 5000, usize::MAX] {
                let shares = convolution.shares(|f| reaches[f].len(), most);
                let of_filters = shares.iter().flat_map(|share| share.filters.clone());
                assert!(of_filters.eq(0..convolution.filters.len()));
                let of_kernels = shares.iter().flat_map(|share| share.kernels.clone());
                assert!(of_kernels.eq(0..convolution.kernels.len()));
                let is_small = |share: &Share| {
                    share.filters.len() == 1 || convolution.points(&share.kernels) <= most
                };
                assert!(shares.iter().all(is_small));
            }
        }
        // long recordings go block by block, short ones are taken whole
        let first = |longest| Convolution::of_reaches(longest, &[vec![100]]).remove(0);
        assert_eq!((first(900).n_before, first(1_000_000).n_before), (0, 100));
        assert!(first(1_000_000).n_fft() <= 1 << 14);
    }
}
