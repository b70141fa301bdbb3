//! What was found out about passwords, for a while: the key of an entry is a keyed digest, so that neither a password nor
//! anything it could be guessed from is kept.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a right password is known to be right.
const GRANTED: Duration = Duration::from_secs(300);
/// The same of a wrong one: a client that repeats it at once costs nothing.
const DENIED: Duration = Duration::from_secs(2);
/// Entries are spread over so many locks.
const SHARDS: usize = 16;
/// Entries of each kind per lock.
const MOST: usize = 1_024;

/// Stands for a user, a password and the hash they were compared with.
pub(crate) type Key = [u8; 32];

/// Shared by all threads, routes and plans; bounded.
pub struct PasswordCache {
    mac: Hmac<Sha256>,
    shards: [Mutex<Shard>; SHARDS],
}

/// Until when.
#[derive(Default)]
struct Shard {
    granted: HashMap<Key, Instant>,
    denied: HashMap<Key, Instant>,
}

impl PasswordCache {
    /// Empty, with a key of its own.
    ///
    /// # Panics
    /// If the system has no random numbers.
    #[must_use]
    pub fn new() -> Self {
        let mut key = [0; 32];
        getrandom::fill(&mut key).expect("the system has random numbers");
        let mac = Hmac::new_from_slice(&key).expect("keys of any length are taken");
        Self { mac, shards: Default::default() }
    }

    /// Lengths are part of what is digested: no two triples run into one.
    pub(crate) fn key(&self, hash: &str, user: &[u8], password: &[u8]) -> Key {
        let mut mac = self.mac.clone();
        for piece in [hash.as_bytes(), user, password] {
            mac.update(&(piece.len() as u64).to_le_bytes());
            mac.update(piece);
        }
        mac.finalize().into_bytes().into()
    }

    /// What is known.
    pub(crate) fn get(&self, key: &Key, now: Instant) -> Option<bool> {
        let shard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |until: Option<&Instant>| until.is_some_and(|&until| now < until);
        if holds(shard.granted.get(key)) {
            return Some(true);
        }
        holds(shard.denied.get(key)).then_some(false)
    }

    pub(crate) fn put(&self, key: Key, right: bool, now: Instant) {
        let mut shard = self.shard(&key).lock().unwrap_or_else(PoisonError::into_inner);
        let (entries, time) = if right { (&mut shard.granted, GRANTED) } else { (&mut shard.denied, DENIED) };
        if entries.len() >= MOST {
            entries.retain(|_, until| now < *until);
        }
        if entries.len() >= MOST
            && let Some(oldest) = entries.iter().min_by_key(|(_, until)| **until).map(|(key, _)| *key)
        {
            entries.remove(&oldest);
        }
        entries.insert(key, now + time);
    }

    fn shard(&self, key: &Key) -> &Mutex<Shard> {
        &self.shards[usize::from(key[0]) % SHARDS]
    }
}

impl Default for PasswordCache {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for PasswordCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordCache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_forgotten_in_time() {
        let (cache, now) = (PasswordCache::new(), Instant::now());
        let (right, wrong) = (cache.key("h", b"user", b"right"), cache.key("h", b"user", b"wrong"));
        cache.put(right, true, now);
        cache.put(wrong, false, now);
        assert_eq!((cache.get(&right, now), cache.get(&wrong, now)), (Some(true), Some(false)));
        let later = now + DENIED;
        assert_eq!((cache.get(&right, later), cache.get(&wrong, later)), (Some(true), None));
        assert_eq!(cache.get(&right, now + GRANTED), None);
    }

    #[test]
    fn keys_differ_wherever_a_piece_ends_and_in_every_process() {
        let cache = PasswordCache::new();
        assert_ne!(cache.key("h", b"ab", b"c"), cache.key("h", b"a", b"bc"));
        assert_ne!(cache.key("ha", b"b", b"c"), cache.key("h", b"ab", b"c"));
        assert_ne!(cache.key("h", b"a", b"b"), PasswordCache::new().key("h", b"a", b"b"));
    }

    #[test]
    fn a_flood_of_wrong_passwords_displaces_no_right_one() {
        let (cache, now) = (PasswordCache::new(), Instant::now());
        let right = cache.key("h", b"user", b"right");
        cache.put(right, true, now);
        for number in 0..(2 * MOST * SHARDS) {
            cache.put(cache.key("h", b"user", &number.to_le_bytes()), false, now);
        }
        assert_eq!(cache.get(&right, now), Some(true));
        let held = |shard: &Mutex<Shard>| shard.lock().unwrap_or_else(PoisonError::into_inner).denied.len();
        assert!(cache.shards.iter().all(|shard| held(shard) <= MOST));
    }
}
