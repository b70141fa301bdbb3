//! The index against a plain scan of all routes, over random routes, requests and changes.

use crate::matchers::{Fit, View};
use crate::{Entry, Found, Headers, Regexes, Request, Table};
use pointsman_plan::{Action, HeaderPair, Matcher, Pattern, Route};
use proptest::prelude::*;
use proptest::sample::select;
use std::sync::Arc;

struct OneField(Option<&'static str>);

impl Headers for OneField {
    fn any(&self, lower_name: &str, f: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        lower_name == "x-a" && self.0.is_some_and(|value| f(value.as_bytes()))
    }
}

fn literal(text: &str) -> Pattern {
    Pattern {
        source: text.to_owned(),
        literal: Some(text.to_owned()),
        slash: text.ends_with('/'),
        ..Pattern::default()
    }
}

fn regex(regex: &str, prefix: &str) -> Pattern {
    Pattern { source: regex.to_owned(), regex: Some(regex.to_owned()), prefix: prefix.to_owned(), ..Pattern::default() }
}

fn wildcard(suffix: &str) -> Pattern {
    let source = format!("*{suffix}");
    Pattern { regex: Some("unused".to_owned()), wildcard: Some(suffix.to_owned()), source, ..Pattern::default() }
}

const HOSTS: [&str; 6] = ["a", "b.c", "x.b.c", "y.b.c", "[::1]", "B.C"];
const PATHS: [&str; 10] = ["/", "/a", "/a/", "/ab", "/a/b", "/a/b/", "/a/b/c", "/b", "/é", "/a/bc"];

fn any_paths() -> impl Strategy<Value = Vec<Pattern>> {
    let pattern = prop_oneof![
        4 => select(PATHS.as_slice()).prop_map(literal),
        1 => select(vec![
            regex("^/a/(?:[^/]+)", "/a/"),
            regex("^/(?:.*)/?$", "/"),
            regex("^/(?:a|b)", ""),
            regex("^/a/(?:[^/]+)/?$", "/a/"),
        ]),
    ];
    prop::collection::vec(pattern, 1..4)
}

fn any_matcher() -> impl Strategy<Value = Matcher> {
    let hosts = prop::collection::vec(select(HOSTS.as_slice()).prop_map(str::to_owned), 0..3);
    let host_pattern = prop_oneof![
        select(vec![".b.c", "", ".c"]).prop_map(wildcard),
        select(HOSTS.as_slice()).prop_map(literal),
        Just(regex("(?i)^(?:.*)b\\.c$", "")),
    ];
    prop_oneof![
        3 => hosts.prop_map(|hosts| Matcher::Host { hosts }),
        2 => prop::collection::vec(host_pattern, 1..3).prop_map(|patterns| Matcher::HostRegexp { patterns }),
        2 => any_paths().prop_map(|patterns| Matcher::PathPrefix { patterns }),
        2 => (any_paths(), any::<bool>())
            .prop_map(|(patterns, redirect_slash)| Matcher::Path { patterns, redirect_slash }),
        1 => select(PATHS.as_slice()).prop_map(|path| Matcher::PathExact { path: path.to_owned() }),
        1 => select(PATHS.as_slice()).prop_map(|path| Matcher::PathSegments { path: path.to_owned() }),
        1 => Just(Matcher::Method { methods: vec!["GET".to_owned()] }),
        1 => Just(Matcher::Header {
            pairs: vec![HeaderPair { name: "X-A".to_owned(), value: Some("1".to_owned()), regex: None }],
        }),
    ]
}

fn any_route() -> impl Strategy<Value = Route> {
    (prop::collection::vec(any_matcher(), 0..4), -1_i64..3, 0_i64..2).prop_map(|(matchers, priority, tie)| Route {
        provider: String::new(),
        name: String::new(),
        origin: String::new(),
        labels: Default::default(),
        entry_points: Vec::new(),
        priority,
        tie,
        matchers,
        modifiers: Vec::new(),
        middlewares: Vec::new(),
        rate_limit: None,
        action: Action::Refuse { status: 404, reason: String::new() },
    })
}

type Ask = (&'static str, String, &'static str, Option<&'static str>);

fn any_request() -> impl Strategy<Value = Ask> {
    let host =
        select(vec!["a", "A:80", "b.c", "x.b.c:1", "q.B.c", "a.b.c.d", "[::1]", "[::1]:80", "::1", "", "x.c", ".b.c"]);
    let path = (select(PATHS.as_slice()), select(vec!["", "", "x", "/", "//", "%2F", "%2fb"]));
    let path = path.prop_map(|(path, end)| path.replace('é', "%C3%A9") + end);
    (host, path, select(vec!["GET", "PUT"]), select(vec![None, Some("1"), Some("2")]))
}

fn entries(routes: Vec<Route>, first: usize) -> Vec<Arc<Entry<usize>>> {
    let mut regexes = Regexes::default();
    let named = routes.into_iter().enumerate().map(|(index, route)| (first + index, route));
    named
        .map(|(index, route)| {
            let route = Route { name: format!("{index:03}"), ..route };
            Arc::new(Entry::build(&route, &mut regexes, index).unwrap())
        })
        .collect()
}

/// The answer of a scan of all routes: the first in order of those that fit.
fn scan(entries: &[Arc<Entry<usize>>], request: &Request<'_, OneField>) -> Option<(usize, bool)> {
    let view = View::new(request);
    let fits = entries.iter().map(|entry| (entry, entry.fit(&view).0)).filter(|(_, fit)| *fit != Fit::No);
    fits.min_by(|(a, _), (b, _)| a.order().cmp(b.order())).map(|(entry, fit)| (*entry.payload(), fit == Fit::Slash))
}

fn check(table: &Table<usize>, entries: &[Arc<Entry<usize>>], asks: &[Ask]) -> Result<(), TestCaseError> {
    for (host, path, method, field) in asks {
        let headers = OneField(*field);
        let (host, path, method) = (host.as_bytes(), path.as_bytes(), method.as_bytes());
        let request = Request { host, method, path, query: b"", headers: &headers };
        let found = match table.find(&request) {
            Found::Nothing => None,
            Found::Route(index) => Some((*index, false)),
            Found::RedirectSlash { route, path } => {
                prop_assert!(path.starts_with(b"/") && !path.starts_with(b"//"));
                Some((*route, true))
            }
        };
        prop_assert_eq!(found, scan(entries, &request));
        let explained = table.explain(&request);
        prop_assert_eq!(found, explained.matches.first().map(|m| (*m.entry.payload(), m.redirect_slash)));
        prop_assert_eq!(explained.matches.len() + explained.misses.len() + explained.other_hosts, entries.len());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_index_finds_what_a_scan_finds(
        first in prop::collection::vec(any_route(), 0..25),
        then in prop::collection::vec(any_route(), 0..10),
        kept in prop::collection::vec(any::<bool>(), 25),
        asks in prop::collection::vec(any_request(), 1..20),
    ) {
        let old = entries(first, 0);
        let table = Table::new().update(&[], &old);
        check(&table, &old, &asks)?;
        let (stay, gone): (Vec<_>, Vec<_>) = old.iter().cloned().zip(kept).partition(|(_, kept)| *kept);
        let gone: Vec<_> = gone.into_iter().map(|(entry, _)| entry).collect();
        let added = entries(then, 100);
        let new: Vec<_> = stay.into_iter().map(|(entry, _)| entry).chain(added.iter().cloned()).collect();
        let changed = table.update(&gone, &added);
        check(&changed, &new, &asks)?;
        // The old table is what it was, and nothing is left when all are gone.
        check(&table, &old, &asks)?;
        let empty = changed.update(&new, &[]);
        check(&empty, &[], &asks)?;
        let mut left = 0;
        empty.each(|_| left += 1);
        prop_assert_eq!((left, empty.len(), empty.hosts()), (0, 0, 0));
    }
}
