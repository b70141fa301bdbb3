//! Limits of how many requests a source may have under way.

use crate::key::{Key, Keys};
use crate::lock;
use std::collections::HashMap;
use std::sync::Mutex;

/// A map that has room for more than this, and for eight times what it holds, is made smaller.
const ROOMY: usize = 1_024;

/// One limit, used by all threads at once. It knows no more sources than there are requests under way.
#[derive(Debug)]
pub struct ConnectionLimit {
    amount: u64,
    keys: Keys,
    open: Mutex<HashMap<Key, u64>>,
}

/// A request under way; over when it is dropped.
#[derive(Debug)]
pub struct Counted<'l> {
    limit: &'l ConnectionLimit,
    key: Key,
}

impl ConnectionLimit {
    /// So many at once for each source.
    #[must_use]
    pub fn new(amount: u64) -> Self {
        Self { amount, keys: Keys::default(), open: Mutex::default() }
    }

    /// How many each source may have.
    #[must_use]
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// Counts a request of a source; `None`: it has as many as it may.
    pub fn enter(&self, source: &[u8]) -> Option<Counted<'_>> {
        let key = self.keys.of(source);
        let mut open = lock(&self.open);
        let count = open.entry(key).or_default();
        if *count >= self.amount {
            if *count == 0 {
                open.remove(&key);
            }
            return None;
        }
        *count += 1;
        Some(Counted { limit: self, key })
    }

    #[cfg(test)]
    fn sources(&self) -> (usize, usize) {
        let open = lock(&self.open);
        (open.len(), open.capacity())
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        let mut open = lock(&self.limit.open);
        let Some(count) = open.get_mut(&self.key) else { return };
        *count -= 1;
        if *count == 0 {
            open.remove(&self.key);
            if open.capacity() > ROOMY && open.capacity() > 8 * open.len() {
                let room = 2 * open.len();
                open.shrink_to(room);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_so_many_at_once() {
        let limit = ConnectionLimit::new(2);
        let (first, _second) = (limit.enter(b"a").unwrap(), limit.enter(b"a").unwrap());
        assert!(limit.enter(b"a").is_none() && limit.enter(b"b").is_some());
        drop(first);
        assert!(limit.enter(b"a").is_some());
        assert!(ConnectionLimit::new(0).enter(b"a").is_none());
    }

    #[test]
    fn what_many_sources_took_is_given_back() {
        let limit = ConnectionLimit::new(1);
        let counted: Vec<_> = (0..100_000_u32).map(|number| limit.enter(&number.to_be_bytes()).unwrap()).collect();
        assert_eq!(limit.sources().0, 100_000);
        drop(counted);
        let (sources, room) = limit.sources();
        assert!(sources == 0 && room <= 2 * ROOMY, "{room}");
    }
}
