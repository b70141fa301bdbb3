//! A hash table of hosts in many small parts: a copy shares all parts, a change copies one.

use crate::trie::Node;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

const SHARDS: usize = 256;

/// One host's routes.
#[derive(Debug)]
struct Bucket<T> {
    host: Box<str>,
    paths: Node<T>,
}

impl<T> Clone for Bucket<T> {
    fn clone(&self) -> Self {
        Self { host: self.host.clone(), paths: self.paths.clone() }
    }
}

#[derive(Debug)]
struct Slot<T> {
    hash: u64,
    bucket: Arc<Bucket<T>>,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self { hash: self.hash, bucket: Arc::clone(&self.bucket) }
    }
}

/// Open addressing with linear probing; the length is a power of two and at least a quarter is free.
type Shard<T> = Vec<Option<Slot<T>>>;

/// Hosts to their paths.
#[derive(Debug)]
pub(crate) struct Shards<T> {
    seed: [u64; 2],
    shards: Box<[Arc<Shard<T>>]>,
    hosts: usize,
}

impl<T> Clone for Shards<T> {
    fn clone(&self) -> Self {
        Self { seed: self.seed, shards: self.shards.clone(), hosts: self.hosts }
    }
}

impl<T> Default for Shards<T> {
    fn default() -> Self {
        let (empty, random) = (Arc::new(Shard::new()), RandomState::new());
        let seed = [random.hash_one(1), random.hash_one(2) | 1];
        Self { seed, shards: vec![empty; SHARDS].into(), hosts: 0 }
    }
}

impl<T> Shards<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.hosts == 0
    }

    /// The paths of a host.
    pub(crate) fn get(&self, host: &[u8]) -> Option<&Node<T>> {
        if self.is_empty() {
            return None;
        }
        let hash = hash(self.seed, host);
        let shard = &*self.shards[shard_of(hash)];
        let found = shard.get(find(shard, hash, host)?)?.as_ref()?;
        Some(&found.bucket.paths)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.hosts
    }

    /// Calls `visit` with the paths of each host.
    pub(crate) fn each<'t>(&'t self, mut visit: impl FnMut(&'t Node<T>)) {
        let slots = self.shards.iter().flat_map(|shard| shard.iter()).flatten();
        slots.for_each(|slot| visit(&slot.bucket.paths));
    }

    /// Changes the paths of a host; a host without any is forgotten.
    pub(crate) fn change(&mut self, host: &str, change: impl FnOnce(&mut Node<T>)) {
        let hash = hash(self.seed, host.as_bytes());
        let shard = Arc::make_mut(&mut self.shards[shard_of(hash)]);
        let at = find(shard, hash, host.as_bytes()).filter(|&at| shard[at].is_some());
        if let Some(slot) = at.and_then(|at| shard[at].as_mut()) {
            let bucket = Arc::make_mut(&mut slot.bucket);
            change(&mut bucket.paths);
            if bucket.paths.is_empty() {
                self.hosts -= 1;
                shard.iter_mut().filter(|slot| is(slot, hash, host.as_bytes())).for_each(|slot| *slot = None);
                rebuild(shard);
            }
            return;
        }
        let mut paths = Node::default();
        change(&mut paths);
        if !paths.is_empty() {
            self.hosts += 1;
            shard.push(Some(Slot { hash, bucket: Arc::new(Bucket { host: host.into(), paths }) }));
            rebuild(shard);
        }
    }
}

/// Multiplies and folds, eight bytes at a time. The seed is random: whoever chooses hosts cannot choose collisions, and
/// look-ups add nothing to the table.
fn hash(seed: [u64; 2], bytes: &[u8]) -> u64 {
    let fold = |state: u64, word: [u8; 8]| {
        let product = u128::from(state ^ u64::from_le_bytes(word)) * u128::from(seed[1]);
        (product as u64) ^ (product >> 64) as u64
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let state = words.iter().fold(seed[0] ^ bytes.len() as u64, |state, &word| fold(state, word));
    fold(fold(state, last), [0xA5; 8])
}

fn shard_of(hash: u64) -> usize {
    (hash >> 56) as usize % SHARDS
}

fn is<T>(slot: &Option<Slot<T>>, hash: u64, host: &[u8]) -> bool {
    slot.as_ref().is_some_and(|slot| slot.hash == hash && slot.bucket.host.as_bytes() == host)
}

/// The place of a host, or the free place where it would be.
fn find<T>(shard: &Shard<T>, hash: u64, host: &[u8]) -> Option<usize> {
    let mask = shard.len().checked_sub(1)?;
    let start = hash as usize & mask;
    (0..shard.len()).map(|step| (start + step) & mask).find(|&at| shard[at].is_none() || is(&shard[at], hash, host))
}

/// Files the slots anew, wherever they are.
fn rebuild<T>(shard: &mut Shard<T>) {
    let slots: Vec<_> = shard.drain(..).flatten().collect();
    let length = if slots.is_empty() { 0 } else { (slots.len() * 4 / 3 + 1).next_power_of_two() };
    let mut filed = Shard::with_capacity(length);
    filed.resize_with(length, || None);
    for slot in slots {
        if let Some(at) = find(&filed, slot.hash, slot.bucket.host.as_bytes()) {
            filed[at] = Some(slot);
        }
    }
    *shard = filed;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Entry, Regexes};

    fn entry() -> Arc<Entry<()>> {
        let route = r#"{"provider": "", "name": "", "entry_points": [], "priority": 1, "action": {"type": "refuse"}}"#;
        Arc::new(Entry::build(&serde_json::from_str(route).unwrap(), &mut Regexes::default(), ()).unwrap())
    }

    #[test]
    fn a_change_copies_one_part() {
        let (entry, mut hosts) = (entry(), Shards::default());
        let names: Vec<_> = (0..3_000).map(|index| format!("host-{index}.example")).collect();
        names.iter().for_each(|name| hosts.change(name, |paths| paths.insert(b"/", &entry)));
        assert!(names.iter().all(|name| hosts.get(name.as_bytes()).is_some()) && hosts.get(b"host-x").is_none());
        let mut changed = hosts.clone();
        changed.change("new.example", |paths| paths.insert(b"/", &entry));
        changed.change(&names[7], |paths| paths.remove(b"/", &entry));
        let copied = hosts.shards.iter().zip(&changed.shards).filter(|(a, b)| !Arc::ptr_eq(a, b)).count();
        assert!((1..=2).contains(&copied), "{copied} of {SHARDS} copied");
        assert!(changed.get(b"new.example").is_some() && changed.get(names[7].as_bytes()).is_none());
        assert!(hosts.get(b"new.example").is_none() && hosts.get(names[7].as_bytes()).is_some());
        assert_eq!((hosts.len(), changed.len()), (3_000, 3_000));
    }
}
