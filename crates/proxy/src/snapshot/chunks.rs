//! A list whose copies share all but the parts that were changed.

use std::sync::Arc;

const CHUNK: usize = 64;

/// As long as is asked for: what was never set is the default.
#[derive(Clone, Debug)]
pub(super) struct Chunks<T> {
    chunks: Vec<Arc<[T; CHUNK]>>,
    default: T,
}

impl<T: Clone> Chunks<T> {
    pub(super) fn new(default: T) -> Self {
        Self { chunks: Vec::new(), default }
    }

    pub(super) fn get(&self, index: usize) -> &T {
        self.chunks.get(index / CHUNK).map_or(&self.default, |chunk| &chunk[index % CHUNK])
    }

    /// All of them, those that were never set among them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    pub(super) fn set(&mut self, index: usize, item: T) {
        while self.chunks.len() <= index / CHUNK {
            self.chunks.push(Arc::new(std::array::from_fn(|_| self.default.clone())));
        }
        Arc::make_mut(&mut self.chunks[index / CHUNK])[index % CHUNK] = item;
    }

    pub(super) fn clear(&mut self, index: usize) {
        self.set(index, self.default.clone());
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_change_copies_one_part() {
        let mut list = Chunks::new(0);
        (0..1_000).for_each(|index| list.set(index, index + 1));
        let mut changed = list.clone();
        changed.set(500, 7);
        changed.clear(501);
        let copied = list.chunks.iter().zip(&changed.chunks).filter(|(a, b)| !Arc::ptr_eq(a, b)).count();
        assert_eq!((copied, *list.get(500), *changed.get(500)), (1, 501, 7));
        assert_eq!((*changed.get(501), *changed.get(999), *changed.get(5_000)), (0, 1_000, 0));
    }
}
