//! Compiled routes and where the index files them.

use crate::matchers::{Fit, HostPattern, Matcher, Text, View, bare};
use crate::order::Order;
use crate::regexes::Regexes;
use crate::{BuildError, Headers};
use pointsman_plan as plan;

/// Longest path key of the index, in bytes; longer ones are told apart by their matchers.
const KEY: usize = 256;

/// One compiled route with what the caller wants back when it wins.
#[derive(Debug)]
pub struct Entry<T> {
    matchers: Box<[Matcher]>,
    order: Order,
    payload: T,
}

/// The part of the index a host belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HostKey<'e> {
    Exact(&'e str),
    Wildcard(&'e str),
    Any,
}

impl<T> Entry<T> {
    /// Compiles a route's matchers.
    ///
    /// # Errors
    /// Names the matcher and value that cannot be compiled.
    pub fn build(route: &plan::Route, regexes: &mut Regexes, payload: T) -> Result<Self, BuildError> {
        let matchers: Result<_, _> = route.matchers.iter().map(|matcher| Matcher::build(matcher, regexes)).collect();
        let order = Order {
            priority: route.priority,
            tie: route.tie,
            provider: route.provider.as_str().into(),
            name: route.name.as_str().into(),
        };
        Ok(Self { matchers: matchers?, order, payload })
    }

    /// What was given to `build`.
    pub fn payload(&self) -> &T {
        &self.payload
    }

    /// Its place among others.
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// `Fit::No` with the number of the first matcher that fails.
    pub(crate) fn fit<H: Headers + ?Sized>(&self, view: &View<'_, H>) -> (Fit, usize) {
        let mut fit = Fit::Yes;
        for (index, matcher) in self.matchers.iter().enumerate() {
            match matcher.fit(view) {
                Fit::No => return (Fit::No, index),
                other => fit = fit.min(other),
            }
        }
        (fit, self.matchers.len())
    }

    pub(crate) fn kind(&self, matcher: usize) -> &'static str {
        self.matchers.get(matcher).map_or("", Matcher::kind)
    }

    /// Hosts to file it under: every request it matches has one of them.
    pub(crate) fn host_keys(&self) -> Vec<HostKey<'_>> {
        let keys = self.matchers.iter().find_map(host_keys).unwrap_or_else(|| vec![HostKey::Any]);
        distinct(keys)
    }

    /// Starts of paths to file it under: the decoded path of every request it matches begins with one of them.
    pub(crate) fn path_keys(&self) -> Vec<&[u8]> {
        let keys = self.matchers.iter().filter_map(path_keys);
        let best = keys.max_by_key(|keys| keys.iter().map(|key| key.len()).min());
        distinct(best.unwrap_or_else(|| vec![b""]))
    }
}

fn host_keys(matcher: &Matcher) -> Option<Vec<HostKey<'_>>> {
    match matcher {
        Matcher::Host(hosts) => Some(hosts.iter().map(|host| HostKey::Exact(host)).collect()),
        Matcher::HostRegexp(patterns) => patterns
            .iter()
            .map(|pattern| match pattern {
                HostPattern::Literal(host) => Some(HostKey::Exact(host)),
                HostPattern::Wildcard(suffix) => Some(HostKey::Wildcard(suffix)),
                HostPattern::Regex(_) => None,
            })
            .collect(),
        _ => None,
    }
}

fn path_keys(matcher: &Matcher) -> Option<Vec<&[u8]>> {
    match matcher {
        // A slash at the end may be missing in the request.
        Matcher::Path { texts, .. } => Some(texts.iter().map(|text| bare(key(text.start()))).collect()),
        Matcher::PathPrefix(texts) => Some(texts.iter().map(|text| key(text.start())).collect()),
        Matcher::PathExact(path) | Matcher::PathSegments(path) => Some(vec![key(path)]),
        _ => None,
    }
}

fn key(text: &str) -> &[u8] {
    &text.as_bytes()[..text.len().min(KEY)]
}

impl Text {
    /// What every path it fits begins with.
    fn start(&self) -> &str {
        match self {
            Self::Literal(text) => text,
            Self::Regex { prefix, .. } => prefix,
        }
    }
}

fn distinct<K: Ord>(mut keys: Vec<K>) -> Vec<K> {
    keys.sort_unstable();
    keys.dedup();
    keys
}
