//! Sources of any length as keys of one size: a client chooses its headers, and must not choose what they cost us.

use std::hash::{BuildHasher, RandomState};

/// 128 bits of two keyed hashes: nobody finds two sources with the same.
pub(crate) type Key = u128;

/// The secret of one table.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    high: RandomState,
    low: RandomState,
}

impl Keys {
    pub(crate) fn of(&self, source: &[u8]) -> Key {
        u128::from(self.high.hash_one(source)) << 64 | u128::from(self.low.hash_one(source))
    }
}
