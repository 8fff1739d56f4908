//! A straight line from 0 to 1 over every trial.

use super::signal::{Rows, Signal};
use super::sizes::Trial;

/// `k / n` at sample k of n.
pub struct LinearTrend;

impl Signal for LinearTrend {
    fn rows<'a>(&'a self, trial: Trial<'a>) -> Rows<'a> {
        let mut samples = 0..;
        Box::new(move |row| {
            let k: usize = samples.next().expect("it has no end");
            row.fill(k as f64 / trial.n_samples as f64);
        })
    }
}
