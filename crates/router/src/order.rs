//! Which of two matching routes answers.

use std::cmp::{Ordering, Reverse};

/// A route's place among others: higher priority, then higher tie, then provider and name in byte order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Higher first.
    pub priority: i64,
    /// Higher first among equal priorities.
    pub tie: i64,
    /// Ascending among equal ties.
    pub provider: Box<str>,
    /// Ascending within a provider.
    pub name: Box<str>,
}

impl Ord for Order {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |order: &Self| (Reverse(order.priority), Reverse(order.tie));
        key(self)
            .cmp(&key(other))
            .then_with(|| self.provider.cmp(&other.provider))
            .then_with(|| self.name.cmp(&other.name))
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
