//! Which servers of a pool with health checks are up, and the sharing among those.

use crate::{Balancer, Method, Share};
use arc_swap::{ArcSwap, Guard};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The servers of one pool as their checks found them. Requests read it, one checker writes.
#[derive(Debug)]
pub struct Checked {
    method: Method,
    shares: Box<[Share]>,
    up: Box<[AtomicBool]>,
    balancer: ArcSwap<Balancer>,
}

impl Checked {
    /// The servers in `shares`, up or not; they go on with the turns they have in `balancer`.
    #[must_use]
    pub fn new(method: Method, shares: &[Share], up: &[bool], balancer: &Balancer) -> Self {
        let present = present(shares, |index| up.get(index).copied().unwrap_or(true));
        let balancer = ArcSwap::from_pointee(balancer.with_servers(method, &present));
        let up = (0..shares.len()).map(|index| AtomicBool::new(up.get(index).copied().unwrap_or(true))).collect();
        Self { method, shares: shares.into(), up, balancer }
    }

    /// The sharing among those that are up.
    #[must_use]
    pub fn balancer(&self) -> Guard<Arc<Balancer>> {
        self.balancer.load()
    }

    /// Whether a server is up.
    #[must_use]
    pub fn is_up(&self, index: usize) -> bool {
        self.up.get(index).is_some_and(|up| up.load(Ordering::Relaxed))
    }

    /// Whether no server is: the pool counts as empty.
    #[must_use]
    pub fn is_deserted(&self) -> bool {
        !self.up.iter().any(|up| up.load(Ordering::Relaxed))
    }

    /// Takes note of a check; whether it found something new. A server that is down has no turns any more, one that comes
    /// back has its old weight.
    pub fn note(&self, index: usize, up: bool) -> bool {
        let Some(known) = self.up.get(index) else { return false };
        if known.swap(up, Ordering::Relaxed) == up {
            return false;
        }
        let present = present(&self.shares, |index| self.is_up(index));
        self.balancer.store(Arc::new(self.balancer.load().with_servers(self.method, &present)));
        true
    }
}

fn present(shares: &[Share], is_up: impl Fn(usize) -> bool) -> Vec<Share> {
    let share =
        |(index, share): (usize, &Share)| Share { weight: if is_up(index) { share.weight } else { 0 }, ..*share };
    shares.iter().enumerate().map(share).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn who_is_down_has_no_turn_and_comes_back_with_its_weight() {
        for method in [Method::Wrr, Method::Drr] {
            let shares = [3, 1, 2].map(|weight| Share { identity: u64::from(weight), weight });
            let checked = Checked::new(method, &shares, &[true, true], &Balancer::new(method, &shares));
            let counts = |picks: usize| {
                let mut counts = [0; 3];
                (0..picks).for_each(|_| counts[checked.balancer().pick().unwrap()] += 1);
                counts
            };
            assert_eq!(counts(600), [300, 100, 200]);
            assert!(checked.note(0, false) && !checked.note(0, false) && !checked.is_up(0));
            assert_eq!(counts(600), [0, 200, 400]);
            assert!(checked.note(1, false) && checked.note(2, false) && checked.is_deserted());
            assert_eq!(checked.balancer().pick(), None);
            assert!((0..3).all(|index| checked.note(index, true)) && !checked.note(3, true));
            assert_eq!(counts(600), [300, 100, 200], "{method:?}");
        }
    }
}
