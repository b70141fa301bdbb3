//! One clock for all threads, for state that they share. A thread's own coarse one is cheaper, but nobody else's.

use std::time::{Duration, Instant};

/// Never goes back; all threads read the same.
#[derive(Clone, Copy, Debug)]
pub struct Steady(Instant);

impl Default for Steady {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Steady {
    /// Time since the process started.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.0.elapsed()
    }

    /// The same in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.now().as_millis()).unwrap_or(u64::MAX)
    }
}
