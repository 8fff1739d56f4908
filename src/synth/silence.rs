//! Nothing: `white_noise` is the noise over it.

use super::signal::{Rows, Signal};
use super::sizes::Trial;

/// No signal.
pub struct Silence;

impl Signal for Silence {
    fn rows<'a>(&'a self, _: Trial<'a>) -> Rows<'a> {
        Box::new(|row| row.fill(0.0))
    }
}
