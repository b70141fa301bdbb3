//! Nonces of Digest authentication. One that was only given out is not kept anywhere: it proves by itself when it was made
//! and that we made it. Only those that a user has answered are, with the last count, so that nothing is answered twice.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use blake2::Blake2sMac256;
use blake2::digest::{KeyInit, Mac};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use subtle::ConstantTimeEq;

/// How long one is good.
const LIFE: Duration = Duration::from_secs(3_600);
/// How many in use are known; beyond, the oldest half must be replaced by their users.
const MOST: usize = 8_192;
const STAMP: usize = 16;
const PROOF: usize = 16;

/// Milliseconds since the table began, and 64 random bits.
type Stamp = [u8; STAMP];

/// Shared by all threads, routes and plans; bounded.
pub struct Nonces {
    mac: Blake2sMac256,
    began: Instant,
    opaque: String,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    /// The last count of each.
    counts: HashMap<Stamp, u64>,
    /// Those made earlier are good no more.
    floor: u64,
}

impl Nonces {
    /// Empty, with a key of its own.
    ///
    /// # Panics
    /// If the system has no random numbers.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        let (mut key, mut opaque) = ([0; 32], [0; 16]);
        getrandom::fill(&mut key).expect("the system has random numbers");
        getrandom::fill(&mut opaque).expect("the system has random numbers");
        let mac = Blake2sMac256::new(&key.into());
        Self { mac, began: now, opaque: URL_SAFE_NO_PAD.encode(opaque), used: Mutex::default() }
    }

    /// Comes back with every answer.
    pub(crate) fn opaque(&self) -> &str {
        &self.opaque
    }

    /// One more.
    pub(crate) fn make(&self, now: Instant) -> String {
        let mut nonce = [0; STAMP + PROOF];
        nonce[..8].copy_from_slice(&self.millis(now).to_be_bytes());
        getrandom::fill(&mut nonce[8..STAMP]).expect("the system has random numbers");
        let proof = self.proof(&nonce[..STAMP]);
        nonce[STAMP..].copy_from_slice(&proof);
        URL_SAFE_NO_PAD.encode(nonce)
    }

    /// Takes note that `nonce` was answered with this count; false: not for the first time, or too late.
    pub(crate) fn accept(&self, nonce: &[u8], count: u64, now: Instant) -> bool {
        let Some(stamp) = self.stamp(nonce) else { return false };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = self.millis(now).saturating_sub(LIFE.as_millis() as u64);
        if made(&stamp) < used.floor.max(oldest) || count == 0 {
            return false;
        }
        if let Some(last) = used.counts.get_mut(&stamp) {
            let rises = count > *last;
            *last = count.max(*last);
            return rises;
        }
        if used.counts.len() >= MOST {
            used.make_room(oldest);
        }
        used.counts.insert(stamp, count);
        true
    }

    /// `None`: we did not make it.
    fn stamp(&self, nonce: &[u8]) -> Option<Stamp> {
        let bytes = URL_SAFE_NO_PAD.decode(nonce).ok()?;
        let (stamp, proof) = bytes.split_first_chunk::<STAMP>()?;
        bool::from(self.proof(stamp).as_slice().ct_eq(proof)).then_some(*stamp)
    }

    fn proof(&self, stamp: &[u8]) -> [u8; PROOF] {
        let digest: [u8; 32] = self.mac.clone().chain_update(stamp).finalize().into_bytes().into();
        let mut proof = [0; PROOF];
        proof.copy_from_slice(&digest[..PROOF]);
        proof
    }

    fn millis(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX)
    }
}

impl Used {
    /// Forgets those too old, and the older half if that is not enough: they are refused from now on.
    fn make_room(&mut self, oldest: u64) {
        self.counts.retain(|stamp, _| made(stamp) >= oldest);
        if self.counts.len() < MOST {
            return;
        }
        let mut times: Vec<u64> = self.counts.keys().map(made).collect();
        let middle = times.len() / 2;
        let (_, median, _) = times.select_nth_unstable(middle);
        self.floor = *median + 1;
        let floor = self.floor;
        self.counts.retain(|stamp, _| made(stamp) >= floor);
    }
}

fn made(stamp: &Stamp) -> u64 {
    stamp.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

impl std::fmt::Debug for Nonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nonces")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_rise_and_time_passes() {
        let now = Instant::now();
        let nonces = Nonces::new(now);
        let nonce = nonces.make(now);
        let accept = |count, now| nonces.accept(nonce.as_bytes(), count, now);
        assert!(!accept(0, now) && accept(1, now) && !accept(1, now) && accept(3, now) && !accept(2, now));
        assert!(accept(4, now + LIFE) && !accept(5, now + LIFE + Duration::from_millis(1)));
    }

    #[test]
    fn only_ours_count() {
        let now = Instant::now();
        let (ours, theirs) = (Nonces::new(now), Nonces::new(now).make(now));
        let mut bent = ours.make(now).into_bytes();
        bent[3] = if bent[3] == b'A' { b'B' } else { b'A' };
        for nonce in [theirs.as_bytes(), &bent, b"", b"?", b"AAAA"] {
            assert!(!ours.accept(nonce, 1, now));
        }
    }

    #[test]
    fn the_table_is_bounded_and_nothing_forgotten_is_taken_again() {
        let now = Instant::now();
        let nonces = Nonces::new(now);
        let at = |number: usize| now + Duration::from_millis(number as u64);
        let all: Vec<_> = (0..=MOST).map(|number| nonces.make(at(number))).collect();
        for (number, nonce) in all.iter().enumerate() {
            assert!(nonces.accept(nonce.as_bytes(), 1, at(number)));
        }
        assert!(nonces.used.lock().is_ok_and(|used| used.counts.len() <= MOST));
        let later = at(MOST);
        assert!(all.iter().all(|nonce| !nonces.accept(nonce.as_bytes(), 1, later)));
        assert!(!nonces.accept(all[0].as_bytes(), 2, later) && nonces.accept(all[MOST].as_bytes(), 2, later));
    }
}
