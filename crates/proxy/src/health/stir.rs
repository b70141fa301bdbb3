//! Word that somebody's health has changed, for a thread that waits for it.

use std::sync::{Condvar, Mutex, PoisonError};

/// Counts changes; whoever waits sees the newest state, not each.
#[derive(Debug, Default)]
pub struct Stir {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Stir {
    /// Something has changed.
    pub fn stir(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    /// Blocks until there were other than `seen` changes; how many there were.
    #[must_use]
    pub fn wait(&self, seen: u64) -> u64 {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let count = self.changed.wait_while(count, |count| *count == seen);
        *count.unwrap_or_else(PoisonError::into_inner)
    }
}
