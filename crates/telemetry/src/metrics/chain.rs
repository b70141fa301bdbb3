//! A list that its one writer makes longer while others read it.

use std::sync::OnceLock;

/// A list of few items. Nothing is ever taken out of it.
#[derive(Debug)]
pub(super) struct Chain<T>(OnceLock<Box<Link<T>>>);

#[derive(Debug)]
struct Link<T> {
    item: T,
    rest: Chain<T>,
}

impl<T> Default for Chain<T> {
    fn default() -> Self {
        Self(OnceLock::new())
    }
}

impl<T> Chain<T> {
    /// The item that is `wanted`, made if it is missing; `None` where that cannot be, or the list has `most` items already.
    pub fn find_or_add(
        &self,
        most: usize,
        wanted: impl Fn(&T) -> bool,
        make: impl FnOnce() -> Option<T>,
    ) -> Option<&T> {
        let (mut chain, mut length) = (self, 0);
        while let Some(link) = chain.0.get() {
            if wanted(&link.item) {
                return Some(&link.item);
            }
            (chain, length) = (&link.rest, length + 1);
        }
        if length >= most {
            return None;
        }
        let item = make()?;
        Some(&chain.0.get_or_init(|| Box::new(Link { item, rest: Self::default() })).item)
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        std::iter::successors(self.0.get(), |link| link.rest.0.get()).map(|link| &link.item)
    }
}

/// Link by link: a long list must not need a deep stack.
impl<T> Drop for Chain<T> {
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut link) = next {
            next = link.rest.0.take();
        }
    }
}
