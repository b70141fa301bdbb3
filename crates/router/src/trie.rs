//! A radix tree of paths. Copies share their nodes; a change copies only the nodes between root and change, and only if
//! they are shared.

use crate::Entry;
use std::sync::Arc;

/// The routes filed under one start of a path, and the longer ones below it.
#[derive(Debug)]
pub(crate) struct Node<T> {
    /// What the path continues with after the parent's text.
    label: Box<[u8]>,
    /// In order: the first that fits wins.
    entries: Vec<Arc<Entry<T>>>,
    /// First bytes of the children's labels, all different, ascending.
    children: Vec<(u8, Arc<Node<T>>)>,
}

impl<T> Clone for Node<T> {
    fn clone(&self) -> Self {
        Self { label: self.label.clone(), entries: self.entries.clone(), children: self.children.clone() }
    }
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl<T> Node<T> {
    fn new(label: &[u8]) -> Self {
        Self { label: label.into(), entries: Vec::new(), children: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.children.is_empty()
    }

    /// Calls `visit` with the routes filed under each start of `path`, shortest first.
    pub(crate) fn walk<'t>(&'t self, path: &[u8], mut visit: impl FnMut(&'t [Arc<Entry<T>>])) {
        let (mut node, mut rest) = (self, path);
        loop {
            if !node.entries.is_empty() {
                visit(&node.entries);
            }
            let Some((&first, _)) = rest.split_first() else { return };
            let Some((_, child)) = node.children.iter().find(|(byte, _)| *byte == first) else { return };
            let Some(after) = rest.strip_prefix(&*child.label) else { return };
            (node, rest) = (child, after);
        }
    }

    /// Calls `visit` with all routes.
    pub(crate) fn each<'t>(&'t self, visit: &mut impl FnMut(&'t Arc<Entry<T>>)) {
        self.entries.iter().for_each(&mut *visit);
        self.children.iter().for_each(|(_, child)| child.each(visit));
    }

    /// Files a route under a start of paths.
    pub(crate) fn insert(&mut self, key: &[u8], entry: &Arc<Entry<T>>) {
        let Some(&first) = key.first() else {
            let at = self.entries.partition_point(|known| known.order() < entry.order());
            return insert_lean(&mut self.entries, at, Arc::clone(entry));
        };
        let at = match self.children.binary_search_by_key(&first, |(byte, _)| *byte) {
            Ok(at) => at,
            Err(at) => {
                insert_lean(&mut self.children, at, (first, Arc::new(Self::new(key))));
                at
            }
        };
        let child = Arc::make_mut(&mut self.children[at].1);
        let shared = child.label.iter().zip(key).take_while(|(a, b)| a == b).count();
        if shared < child.label.len() {
            child.split(shared);
        }
        child.insert(&key[shared..], entry);
    }

    /// Leaves only the first bytes of the label here and moves all else into a child.
    fn split(&mut self, at: usize) {
        let (kept, moved) = self.label.split_at(at);
        let (kept, first) = (Box::from(kept), moved.first().copied().unwrap_or_default());
        let below = Self {
            label: Box::from(moved),
            entries: std::mem::take(&mut self.entries),
            children: std::mem::take(&mut self.children),
        };
        self.label = kept;
        self.children = vec![(first, Arc::new(below))];
    }

    /// Takes a route out from where `insert` filed it under the same key.
    pub(crate) fn remove(&mut self, key: &[u8], entry: &Arc<Entry<T>>) {
        let Some(&first) = key.first() else {
            return self.entries.retain(|known| !Arc::ptr_eq(known, entry));
        };
        let Ok(at) = self.children.binary_search_by_key(&first, |(byte, _)| *byte) else { return };
        let Some(rest) = key.strip_prefix(&*self.children[at].1.label) else { return };
        let child = Arc::make_mut(&mut self.children[at].1);
        child.remove(rest, entry);
        if child.is_empty() {
            self.children.remove(at);
        } else if child.entries.is_empty() && child.children.len() == 1 {
            child.absorb();
        }
    }

    /// Joins the only child's text and content into this node, which has no routes of its own.
    fn absorb(&mut self) {
        let Some((_, only)) = self.children.pop() else { return };
        let below = Arc::unwrap_or_clone(only);
        self.label = [&*self.label, &*below.label].concat().into();
        self.entries = below.entries;
        self.children = below.children;
    }
}

/// Most lists have one or two items, and there are many lists: grow by one at first.
fn insert_lean<I>(items: &mut Vec<I>, at: usize, item: I) {
    if items.len() < 4 {
        items.reserve_exact(1);
    }
    items.insert(at, item);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::Regexes;

    fn entry() -> Arc<Entry<()>> {
        let route = r#"{"provider": "", "name": "", "entry_points": [], "priority": 1, "action": {"type": "refuse"}}"#;
        Arc::new(Entry::build(&serde_json::from_str(route).unwrap(), &mut Regexes::default(), ()).unwrap())
    }

    fn nodes(node: &Node<()>, seen: &mut Vec<*const Node<()>>) {
        for (_, child) in &node.children {
            seen.push(Arc::as_ptr(child));
            nodes(child, seen);
        }
    }

    #[test]
    fn a_change_copies_the_nodes_on_its_way() {
        let (entry, mut root) = (entry(), Node::default());
        (0..1_000).for_each(|index| root.insert(format!("/service-{index}/api").as_bytes(), &entry));
        let mut changed = root.clone();
        changed.insert(b"/service-123/v2", &entry);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        nodes(&root, &mut before);
        nodes(&changed, &mut after);
        let copied = after.iter().filter(|node| !before.contains(node)).count();
        assert!((1..=8).contains(&copied), "{copied} of {} copied", after.len());
    }

    #[test]
    fn what_was_filed_and_taken_out_leaves_nothing() {
        let (entry, mut root) = (entry(), Node::default());
        let keys: [&[u8]; 7] = [b"", b"/", b"/a", b"/ab", b"/abc/d", b"/abc/e", b"/b"];
        keys.iter().for_each(|key| root.insert(key, &entry));
        let mut starts = 0;
        root.walk(b"/abc/e/f", |entries| starts += entries.len());
        assert_eq!(starts, 5);
        keys.iter().for_each(|key| root.remove(key, &entry));
        assert!(root.is_empty());
    }
}
