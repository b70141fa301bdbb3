//! What a look-up costs, by number of routes: `cost [ROUTES [LOOKUPS]]` prints nanoseconds per look-up and per change.
//! For instructions: `valgrind --tool=callgrind --toggle-collect='*lookups*' cost 10 10000`, the same with 10000 routes.

use pointsman_plan::{Action, Matcher, Pattern, Route};
use pointsman_router::{Entry, Found, Headers, Regexes, Request, Table};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

struct NoFields;

impl Headers for NoFields {
    fn any(&self, _: &str, _: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        false
    }
}

/// How the routes differ.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// A host for each, and `/api` on it.
    Hosts,
    /// One host, a path for each.
    Paths,
}

fn route(shape: Shape, index: usize) -> Route {
    let literal = |text: String| Pattern { source: text.clone(), literal: Some(text), ..Pattern::default() };
    let (host, path) = match shape {
        Shape::Hosts => (format!("service-{index}.example.com"), "/api".to_owned()),
        Shape::Paths => ("www.example.com".to_owned(), format!("/service-{index}/api")),
    };
    Route {
        provider: "kubernetes".to_owned(),
        name: format!("{host}{path}"),
        origin: String::new(),
        labels: Default::default(),
        entry_points: vec!["http".to_owned()],
        priority: (host.len() + path.len()) as i64,
        tie: 0,
        matchers: vec![Matcher::PathPrefix { patterns: vec![literal(path)] }, Matcher::Host { hosts: vec![host] }],
        modifiers: Vec::new(),
        middlewares: Vec::new(),
        rate_limit: None,
        action: Action::Refuse { status: 404, reason: String::new() },
    }
}

fn entries(shape: Shape, range: std::ops::Range<usize>) -> Vec<Arc<Entry<usize>>> {
    let mut regexes = Regexes::default();
    range.filter_map(|i| Entry::build(&route(shape, i), &mut regexes, i).ok().map(Arc::new)).collect()
}

/// Look-ups of ten hosts or paths that are there at any number of routes; the number found.
#[inline(never)]
fn lookups(table: &Table<usize>, asks: &[(String, String)], times: usize) -> usize {
    let mut found = 0;
    for (host, path) in asks.iter().cycle().take(times) {
        let (host, path) = (host.as_bytes(), path.as_bytes());
        let request = Request { host, method: b"GET", path, query: b"", headers: &NoFields };
        found += usize::from(matches!(black_box(table).find(&request), Found::Route(_)));
    }
    found
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let counts = numbers.first().map_or(vec![10, 100, 1_000, 10_000], |&routes| vec![routes]);
    let times = numbers.get(1).copied().unwrap_or(2_000_000);
    for shape in [Shape::Hosts, Shape::Paths] {
        for &routes in &counts {
            let table = Table::new().update(&[], &entries(shape, 0..routes));
            let asks: Vec<_> = (0..10).map(|ask| ask * routes / 10).map(|index| ask(shape, index)).collect();
            let start = Instant::now();
            let found = lookups(&table, &asks, times);
            let lookup = start.elapsed().as_nanos() as usize / times.max(1);
            let changes = entries(shape, routes..routes + 100);
            let start = Instant::now();
            changes.iter().for_each(|entry| drop(black_box(table.update(&[], std::slice::from_ref(entry)))));
            let change = start.elapsed().as_nanos() / 100;
            println!("{shape:?} {routes:>6} routes: {lookup:>4} ns a look-up, {change:>7} ns a change, {found} found");
        }
    }
}

/// Host, and a path below that of the route.
fn ask(shape: Shape, index: usize) -> (String, String) {
    match shape {
        Shape::Hosts => (format!("service-{index}.example.com"), "/api/v1/users".to_owned()),
        Shape::Paths => ("www.example.com".to_owned(), format!("/service-{index}/api/v1")),
    }
}
