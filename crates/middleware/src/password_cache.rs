//! What was found out about passwords, for a while: the key of an entry is a keyed digest, so that neither a password nor
//! anything it could be guessed from is kept. BLAKE2s (RFC 7693): HMAC-SHA-256 costs several times as much
//! where the processor has no instructions for it.

use blake2::digest::{KeyInit, Mac};
use blake2::{Blake2s256, Blake2sMac256, Digest};
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

/// Stands for a hash.
pub(crate) type Mark = [u8; 16];

/// Shared by all threads, routes and plans; bounded.
pub struct PasswordCache {
    mac: Blake2sMac256,
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
        let mac = Blake2sMac256::new(&key.into());
        Self { mac, shards: Default::default() }
    }

    /// Stands for a hash in keys; another in each process.
    pub(crate) fn mark(&self, hash: &str) -> Mark {
        let digest: Key = Mac::chain_update(self.mac.clone(), hash).finalize().into_bytes().into();
        let mut mark = Mark::default();
        mark.copy_from_slice(&digest[..size_of::<Mark>()]);
        mark
    }

    /// The mark, which nobody else knows, is the key: BLAKE2 needs no construction around it. Lengths are told apart, so no
    /// two triples run into one; a usual name and password take one block.
    pub(crate) fn key(mark: &Mark, user: &[u8], password: &[u8]) -> Key {
        let length = u32::try_from(user.len()).unwrap_or(u32::MAX).to_le_bytes();
        let digest = Blake2s256::new_with_prefix(mark).chain_update(length).chain_update(user);
        digest.chain_update(password).finalize().into()
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
        let mark = cache.mark("h");
        let (right, wrong) =
            (PasswordCache::key(&mark, b"user", b"right"), PasswordCache::key(&mark, b"user", b"wrong"));
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
        let (mark, other) = (cache.mark("h"), cache.mark("i"));
        assert_ne!(PasswordCache::key(&mark, b"ab", b"c"), PasswordCache::key(&mark, b"a", b"bc"));
        assert_ne!(PasswordCache::key(&mark, b"a", b"b"), PasswordCache::key(&other, b"a", b"b"));
        assert_ne!(
            PasswordCache::key(&mark, b"a", b"b"),
            PasswordCache::key(&PasswordCache::new().mark("h"), b"a", b"b")
        );
        assert_ne!(cache.mark("h"), PasswordCache::new().mark("h"));
    }

    #[test]
    fn a_flood_of_wrong_passwords_displaces_no_right_one() {
        let (cache, now) = (PasswordCache::new(), Instant::now());
        let mark = cache.mark("h");
        let right = PasswordCache::key(&mark, b"user", b"right");
        cache.put(right, true, now);
        for number in 0..(2 * MOST * SHARDS) {
            cache.put(PasswordCache::key(&mark, b"user", &number.to_le_bytes()), false, now);
        }
        assert_eq!(cache.get(&right, now), Some(true));
        let held = |shard: &Mutex<Shard>| shard.lock().unwrap_or_else(PoisonError::into_inner).denied.len();
        assert!(cache.shards.iter().all(|shard| held(shard) <= MOST));
    }
}
