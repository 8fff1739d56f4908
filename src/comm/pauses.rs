//! Time in which this process itself did not run, as when a whole job is suspended.

use std::time::{Duration, Instant};

/// Notices such times: whoever waits for a sign of life heard nobody meanwhile.
pub struct Pauses {
    looked: Instant,
}

impl Pauses {
    pub fn new() -> Pauses {
        Pauses::since(Instant::now())
    }

    pub fn since(looked: Instant) -> Pauses {
        Pauses { looked }
    }

    /// Whether there was one since the last look that counts against `timeout`.
    pub fn was_one(&mut self, timeout: Duration) -> bool {
        let now = Instant::now();
        let before = std::mem::replace(&mut self.looked, now);
        now - before > timeout / 4
    }
}
