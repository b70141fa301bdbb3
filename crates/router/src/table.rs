//! The routes of one entry point.

use crate::entry::{Entry, HostKey};
use crate::matchers::{Fit, View};
use crate::shards::Shards;
use crate::trie::Node;
use crate::{Headers, Request};
use std::sync::Arc;

/// The answer for a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'t, T> {
    /// This route answers.
    Route(&'t T),
    /// Only a trailing slash is missing or too much: answer 301 with this path (raw, percent-encoded) and the request's
    /// query. The body is the router's own: none of the route's middlewares run.
    RedirectSlash {
        /// The route whose path differs by the slash.
        route: &'t T,
        /// Path for Location.
        path: Vec<u8>,
    },
    /// No route: 404.
    Nothing,
}

/// The routes of one entry point, immutable; a changed copy shares all that did not change.
#[derive(Debug)]
pub struct Table<T> {
    parts: Arc<Parts<T>>,
}

#[derive(Debug)]
struct Parts<T> {
    hosts: Shards<T>,
    /// By suffix.
    wildcards: Shards<T>,
    /// Routes for any host, or for hosts that only a regular expression tells.
    others: Node<T>,
    routes: usize,
}

impl<T> Clone for Parts<T> {
    fn clone(&self) -> Self {
        Self {
            hosts: self.hosts.clone(),
            wildcards: self.wildcards.clone(),
            others: self.others.clone(),
            routes: self.routes,
        }
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts) }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        let (hosts, wildcards) = (Shards::default(), Shards::default());
        Self { parts: Arc::new(Parts { hosts, wildcards, others: Node::default(), routes: 0 }) }
    }
}

impl<T> Table<T> {
    /// A table without routes.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A table without `removed` (the very entries it was given before) and with `added`. Costs as much as there is to
    /// change.
    #[must_use]
    pub fn update(&self, removed: &[Arc<Entry<T>>], added: &[Arc<Entry<T>>]) -> Self {
        if removed.is_empty() && added.is_empty() {
            return self.clone();
        }
        let mut parts = Parts::clone(&self.parts);
        removed.iter().for_each(|entry| parts.each_place(entry, |node, key| node.remove(key, entry)));
        added.iter().for_each(|entry| parts.each_place(entry, |node, key| node.insert(key, entry)));
        parts.routes = (parts.routes + added.len()).saturating_sub(removed.len());
        Self { parts: Arc::new(parts) }
    }

    /// Number of routes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.routes
    }

    /// Whether there are no routes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The route that answers `request`: of those all of whose matchers fit, the first in order.
    pub fn find<H: Headers + ?Sized>(&self, request: &Request<'_, H>) -> Found<'_, T> {
        let view = View::new(request);
        let mut best: Option<(&Entry<T>, Fit)> = None;
        self.parts.each_part(&view, |part| {
            part.walk(&view.path, |entries| {
                for entry in entries {
                    if best.is_some_and(|(best, _)| best.order() <= entry.order()) {
                        return;
                    }
                    let (fit, _) = entry.fit(&view);
                    if fit != Fit::No {
                        best = Some((entry, fit));
                        return;
                    }
                }
            });
        });
        match best {
            None => Found::Nothing,
            Some((entry, Fit::Slash)) => {
                Found::RedirectSlash { route: entry.payload(), path: other_slash(request.path) }
            }
            Some((entry, _)) => Found::Route(entry.payload()),
        }
    }

    pub(crate) fn each_candidate<'t, H>(&'t self, view: &View<'_, H>, mut visit: impl FnMut(&'t Arc<Entry<T>>))
    where
        H: Headers + ?Sized,
    {
        self.parts.each_part(view, |part| part.each(&mut visit));
    }

    #[cfg(test)]
    pub(crate) fn hosts(&self) -> usize {
        self.parts.hosts.len() + self.parts.wildcards.len()
    }

    /// Calls `visit` with every entry, as often as it is filed.
    pub fn each<'t>(&'t self, mut visit: impl FnMut(&'t Arc<Entry<T>>)) {
        self.parts.hosts.each(|part| part.each(&mut visit));
        self.parts.wildcards.each(|part| part.each(&mut visit));
        self.parts.others.each(&mut visit);
    }
}

impl<T> Parts<T> {
    /// Calls `visit` with the parts that may have a route for the request's host.
    fn each_part<'t, H: Headers + ?Sized>(&'t self, view: &View<'_, H>, mut visit: impl FnMut(&'t Node<T>)) {
        let (name, text) = (view.host.name(), view.host.text());
        self.hosts.get(name).into_iter().for_each(&mut visit);
        if text != name {
            self.hosts.get(text).into_iter().for_each(&mut visit);
        }
        if !self.wildcards.is_empty()
            && let Some(suffix) = view.host.wildcard()
        {
            self.wildcards.get(suffix).into_iter().for_each(&mut visit);
        }
        visit(&self.others);
    }

    /// Calls `change` for each place where an entry is filed.
    fn each_place(&mut self, entry: &Entry<T>, mut change: impl FnMut(&mut Node<T>, &[u8])) {
        let paths = entry.path_keys();
        for host in entry.host_keys() {
            let mut each = |node: &mut Node<T>| paths.iter().for_each(|path| change(node, path));
            match host {
                HostKey::Exact(host) => self.hosts.change(host, each),
                HostKey::Wildcard(suffix) => self.wildcards.change(suffix, each),
                HostKey::Any => each(&mut self.others),
            }
        }
    }
}

/// A raw path with its last slash taken away or one added. Slashes at its beginning become one: a Location of `//host`,
/// to browsers `/\host` too, would name another host.
fn other_slash(raw: &[u8]) -> Vec<u8> {
    let rest = &raw[raw.iter().take_while(|&&byte| byte == b'/' || byte == b'\\').count()..];
    let mut path = vec![b'/'];
    match rest {
        [] => {}
        [shorter @ .., b'/'] | [shorter @ .., b'%', b'2', b'f' | b'F'] => path.extend_from_slice(shorter),
        _ => {
            path.extend_from_slice(rest);
            path.push(b'/');
        }
    }
    path
}
