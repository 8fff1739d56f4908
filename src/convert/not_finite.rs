//! Counts the samples of a copy that are NaN or infinite.

use serde::{Deserialize, Serialize};

use crate::phrase::{count, shorten};
use crate::recording::Channel;

/// Channels that are named at most.
const MAX_NAMED: usize = 8;
/// Characters of a label that are shown at most.
const MAX_LABEL: usize = 40;

/// How many samples of each channel are NaN or infinite.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NotFinite(Vec<u64>);

impl NotFinite {
    /// No sample counted yet of `n_channels`.
    pub fn new(n_channels: usize) -> NotFinite {
        NotFinite(vec![0; n_channels])
    }

    /// Counts in `samples`, `(n_samples, n_channels)` in C order.
    pub fn add<T: num_traits::Float>(&mut self, samples: &[T]) {
        // rare: whole pieces are looked at before single channels are
        if samples.iter().all(|x| x.is_finite()) {
            return;
        }
        for row in samples.chunks_exact(self.0.len()) {
            for (n, x) in self.0.iter_mut().zip(row) {
                *n += u64::from(!x.is_finite());
            }
        }
    }

    /// The counts of all ranks together.
    pub fn sum(ranks: &[NotFinite]) -> NotFinite {
        let mut total = NotFinite::new(ranks.first().map_or(0, |rank| rank.0.len()));
        for rank in ranks {
            for (sum, n) in total.0.iter_mut().zip(&rank.0) {
                *sum += n;
            }
        }
        total
    }

    /// What the user should know; `None` if all samples are finite.
    pub fn warning(&self, channels: &[Channel]) -> Option<String> {
        let with_some = channels.iter().zip(&self.0).filter(|(_, n)| **n > 0);
        let labels: Vec<String> = with_some
            .map(|(channel, _)| shorten(&channel.label, MAX_LABEL))
            .collect();
        if labels.is_empty() {
            return None;
        }
        let n_samples = self.0.iter().sum::<u64>();
        let verb = if n_samples == 1 { "is" } else { "are" };
        let named = labels[..labels.len().min(MAX_NAMED)].join(", ");
        let more = labels.len().saturating_sub(MAX_NAMED);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        Some(format!(
            "{} in {} {verb} NaN or infinite: {named}{more}",
            count(n_samples, "sample"),
            count(labels.len() as u64, "channel")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_all_ranks_are_counted_by_channel() {
        let channels = Channel::of(vec!["a".into(), "b".into(), "c".into()]);
        let mut first = NotFinite::new(3);
        first.add(&[1.0, 2.0, 3.0]);
        assert_eq!(first.warning(&channels), None);
        let mut second = NotFinite::new(3);
        second.add(&[
            1.0_f32,
            f32::NAN,
            3.0,
            4.0,
            f32::INFINITY,
            f32::NEG_INFINITY,
        ]);
        first.add(&[f64::NAN, 2.0, 3.0]);
        let total = NotFinite::sum(&[first, second]);
        assert_eq!(total.0, [1, 2, 1]);
        let text = total.warning(&channels).unwrap();
        assert_eq!(text, "4 samples in 3 channels are NaN or infinite: a, b, c");
        let mut one = NotFinite::new(3);
        one.add(&[0.0, 0.0, f64::NAN]);
        let text = one.warning(&channels).unwrap();
        assert_eq!(text, "1 sample in 1 channel is NaN or infinite: c");
    }
}
