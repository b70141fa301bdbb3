//! Why a request goes where it goes: every route that had a chance, from the matchers that decide.

use crate::matchers::{Fit, View};
use crate::{Entry, Headers, Request, Table};
use std::sync::Arc;

/// A route that fits a request.
#[derive(Debug)]
pub struct Match<'t, T> {
    /// The route.
    pub entry: &'t Arc<Entry<T>>,
    /// Only a trailing slash differs: it would answer 301.
    pub redirect_slash: bool,
}

/// A route that does not fit.
#[derive(Debug)]
pub struct Miss<'t, T> {
    /// The route.
    pub entry: &'t Arc<Entry<T>>,
    /// Number, in the plan's list, of the first matcher that fails.
    pub matcher: usize,
    /// The plan's name of that matcher, e.g. `path_prefix`.
    pub kind: &'static str,
}

/// The routes that were compared with a request, best first.
#[derive(Debug)]
pub struct Explanation<'t, T> {
    /// The first answers; the others lost to it by their order.
    pub matches: Vec<Match<'t, T>>,
    /// Those that were nearest first: most matchers passed, then in order.
    pub misses: Vec<Miss<'t, T>>,
    /// Number of routes that were not compared: they are for other hosts.
    pub other_hosts: usize,
}

impl<T> Table<T> {
    /// Compares every route for the request's host, or for any host, with the request.
    pub fn explain<'t, H: Headers + ?Sized>(&'t self, request: &Request<'_, H>) -> Explanation<'t, T> {
        let view = View::new(request);
        let mut entries: Vec<&'t Arc<Entry<T>>> = Vec::new();
        self.each_candidate(&view, |entry| entries.push(entry));
        entries.sort_by(|a, b| a.order().cmp(b.order()).then_with(|| Arc::as_ptr(a).cmp(&Arc::as_ptr(b))));
        entries.dedup_by(|a, b| Arc::ptr_eq(a, b));
        let other_hosts = self.len().saturating_sub(entries.len());
        let mut explanation = Explanation { matches: Vec::new(), misses: Vec::new(), other_hosts };
        for entry in entries {
            match entry.fit(&view) {
                (Fit::No, matcher) => {
                    explanation.misses.push(Miss { entry, matcher, kind: entry.kind(matcher) });
                }
                (fit, _) => explanation.matches.push(Match { entry, redirect_slash: fit == Fit::Slash }),
            }
        }
        explanation.misses.sort_by_key(|miss| std::cmp::Reverse(miss.matcher));
        explanation
    }
}
