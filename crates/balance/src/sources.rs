//! A bounded table of whoever requests came from, the least recently seen forgotten first.

use crate::key::{Key, Keys};
use std::collections::HashMap;

/// Most sources remembered; compat(1.7).
const MOST: usize = 65_536;
/// Stands for "none" among places.
const NOWHERE: u32 = u32::MAX;
/// Sources past their time that one look-up clears away: more than it can add.
const CLEARED: usize = 2;

/// Places 0 and up, each for one source at a time.
#[derive(Debug)]
pub(crate) struct Sources {
    keys: Keys,
    most: usize,
    forgotten_after_ns: u64,
    places: HashMap<Key, u32>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    newest: u32,
    oldest: u32,
}

#[derive(Debug)]
struct Entry {
    key: Key,
    seen_ns: u64,
    older: u32,
    newer: u32,
}

/// Where a source is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) index: usize,
    /// It was not known, or forgotten.
    pub(crate) is_new: bool,
}

impl Sources {
    /// Empty. A source is forgotten when it was not seen for so long.
    pub(crate) fn new(forgotten_after_ns: u64) -> Self {
        Self::of(MOST, forgotten_after_ns)
    }

    fn of(most: usize, forgotten_after_ns: u64) -> Self {
        Self {
            keys: Keys::default(),
            most,
            forgotten_after_ns,
            places: HashMap::new(),
            entries: Vec::new(),
            free: Vec::new(),
            newest: NOWHERE,
            oldest: NOWHERE,
        }
    }

    /// The place of a source that is seen now.
    pub(crate) fn see(&mut self, source: &[u8], now_ns: u64) -> Place {
        for _ in 0..CLEARED {
            self.forget_oldest_if(|entry, after| now_ns.saturating_sub(entry.seen_ns) >= after);
        }
        let key = self.keys.of(source);
        let (place, is_new) = match self.places.get(&key) {
            Some(&place) => {
                self.unlink(place);
                (place, false)
            }
            None => (self.enter(key), true),
        };
        self.entries[place as usize].seen_ns = now_ns;
        self.link(place);
        Place { index: place as usize, is_new }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.places.len()
    }

    fn enter(&mut self, key: Key) -> u32 {
        if self.places.len() >= self.most {
            self.forget_oldest_if(|_, _| true);
        }
        let entry = Entry { key, seen_ns: 0, older: NOWHERE, newer: NOWHERE };
        let place = match self.free.pop() {
            Some(place) => {
                self.entries[place as usize] = entry;
                place
            }
            None => {
                self.entries.push(entry);
                (self.entries.len() - 1) as u32
            }
        };
        self.places.insert(key, place);
        place
    }

    fn forget_oldest_if(&mut self, condition: impl Fn(&Entry, u64) -> bool) {
        let oldest = self.oldest;
        if oldest != NOWHERE && condition(&self.entries[oldest as usize], self.forgotten_after_ns) {
            self.unlink(oldest);
            self.places.remove(&self.entries[oldest as usize].key);
            self.free.push(oldest);
        }
    }

    fn unlink(&mut self, place: u32) {
        let Entry { older, newer, .. } = self.entries[place as usize];
        match newer {
            NOWHERE => self.newest = older,
            newer => self.entries[newer as usize].older = older,
        }
        match older {
            NOWHERE => self.oldest = newer,
            older => self.entries[older as usize].newer = newer,
        }
    }

    fn link(&mut self, place: u32) {
        let entry = &mut self.entries[place as usize];
        (entry.older, entry.newer) = (self.newest, NOWHERE);
        match self.newest {
            NOWHERE => self.oldest = place,
            newest => self.entries[newest as usize].newer = place,
        }
        self.newest = place;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The table against a list that does the same slowly.
        #[test]
        fn who_was_not_seen_for_longest_is_forgotten(seen in prop::collection::vec((0_u8..12, 0_u64..4), 1..200)) {
            let (mut sources, mut list, mut now) = (Sources::of(8, 10), Vec::<(u8, u64, usize)>::new(), 0);
            for (source, step) in seen {
                now += step;
                for _ in 0..CLEARED {
                    if list.first().is_some_and(|first| now - first.1 >= 10) {
                        list.remove(0);
                    }
                }
                let place = sources.see(&[source], now);
                let known = list.iter().position(|entry| entry.0 == source).map(|at| list.remove(at));
                prop_assert_eq!(place.is_new, known.is_none());
                if let Some((_, _, index)) = known {
                    prop_assert_eq!(index, place.index);
                } else if list.len() == 8 {
                    list.remove(0);
                }
                prop_assert!(list.iter().all(|entry| entry.2 != place.index));
                list.push((source, now, place.index));
                prop_assert_eq!(sources.len(), list.len());
            }
        }
    }
}
