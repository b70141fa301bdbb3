//! How many client connections may be open, over all threads.

use crate::logs::Seldom;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Descriptors for everything that is no connection.
const OTHERS: u64 = 64;
/// Connections always allowed, however few descriptors there are.
const FEWEST: u64 = 16;

/// Counts connections; above the limit they are shed by closing.
#[derive(Debug)]
pub struct Gate {
    open: AtomicUsize,
    limit: usize,
}

/// One connection's place; dropping it frees the place.
#[derive(Debug)]
pub struct Place(Arc<Gate>);

impl Gate {
    /// `limit` 0 stands for what `descriptors` allow: two for each connection, one to each side.
    #[must_use]
    pub fn new(limit: usize, descriptors: u64) -> Arc<Self> {
        let possible = (descriptors.saturating_sub(OTHERS) / 2).max(FEWEST);
        let limit = if limit == 0 { usize::try_from(possible).unwrap_or(usize::MAX) } else { limit };
        Arc::new(Self { open: AtomicUsize::new(0), limit })
    }

    /// A place, if there is one.
    pub fn enter(self: &Arc<Self>) -> Option<Place> {
        static FULL: Seldom = Seldom::new();
        if self.open.fetch_add(1, Ordering::Relaxed) < self.limit {
            return Some(Place(Arc::clone(self)));
        }
        self.open.fetch_sub(1, Ordering::Relaxed);
        FULL.warning(format_args!("{} connections are open: new ones are closed at once", self.limit));
        None
    }

    #[cfg(test)]
    fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Raises the soft limit of open descriptors to the hard one; what holds then.
#[must_use]
pub fn descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let held = if setrlimit(Resource::Nofile, wanted).is_ok() { limit.maximum } else { limit.current };
    held.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_gate_lets_in_when_one_leaves() {
        let gate = Gate::new(2, 0);
        let first = gate.enter().expect("room");
        let _second = gate.enter().expect("room");
        assert!(gate.enter().is_none());
        drop(first);
        assert!(gate.enter().is_some());
        assert_eq!(gate.open(), 1);
    }

    #[test]
    fn without_a_limit_descriptors_decide() {
        assert_eq!(Gate::new(0, 1_064).limit, 500);
        assert_eq!(Gate::new(0, 10).limit, 16);
        assert_eq!(Gate::new(7, 10).limit, 7);
    }
}
