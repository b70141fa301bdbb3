//! How many series there may be: who can invent statuses must not be able to fill the memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// A process's.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    taken: AtomicUsize,
    left_out: AtomicU64,
}

impl Room {
    pub fn new(most: usize) -> Self {
        Self { most, taken: AtomicUsize::new(0), left_out: AtomicU64::new(0) }
    }

    /// Room for one more series, if there is any.
    pub fn take(self: &Arc<Self>) -> Option<Taken> {
        let taken = Taken(Arc::clone(self));
        (self.taken.fetch_add(1, Ordering::Relaxed) < self.most).then_some(taken)
    }

    /// A request is not counted.
    pub fn leave_out(&self) {
        self.left_out.fetch_add(1, Ordering::Relaxed);
    }

    pub fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

/// Given back when it is dropped.
#[derive(Debug)]
pub(super) struct Taken(Arc<Room>);

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}
