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
